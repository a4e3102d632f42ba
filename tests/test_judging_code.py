"""A mended judge has those notebooks graded again that it judges, and no others."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import pytest

import paramlab
from autograder.judging_code import digest_of, judging_modules
from paramlab.exercises import EXERCISES, LESSONS
from paramlab.frameworks import PACKAGES
from paramlab.judges import JUDGES
from paramlab.probes import PROBES

PACKAGE = Path(paramlab.__file__).parent
ALL = {(framework, lesson) for framework in PACKAGES for lesson in LESSONS}


def changed(tmp_path: Path, file: str) -> set[tuple[str, str]]:
    """Return the notebooks whose hash a change of one file changes."""
    copied = tmp_path / "paramlab"
    shutil.copytree(PACKAGE, copied, dirs_exist_ok=True)
    before = {place: digest_of(PACKAGE, *place) for place in ALL}
    with (copied / file).open("a", encoding="utf-8") as code:
        code.write("# mended\n")
    return {place for place in ALL if digest_of(copied, *place) != before[place]}


def of_lesson(*lessons: str) -> set[tuple[str, str]]:
    return {place for place in ALL if place[1] in lessons}


@pytest.mark.parametrize(
    ("file", "notebooks"),
    [
        ("judges/fancy.py", of_lesson("04-exercises")),
        ("judges/access.py", of_lesson("01-access")),
        ("judges/gradient_states.py", of_lesson("01-access")),
        ("probes/tying.py", of_lesson("03-tying")),
        ("judges/seen.py", of_lesson("02-initialization")),
        ("judges/training.py", of_lesson("04-exercises")),
        ("filling.py", of_lesson("01-access", "03-tying")),
        ("frameworks/mxnet.py", {place for place in ALL if place[0] == "mxnet"}),
        ("frameworks/protocol.py", ALL),
        ("judges/reading.py", ALL),
        ("judges/verdict.py", ALL),
        ("judges/__init__.py", ALL),
        ("facts.py", ALL),
        ("widgets/picture.py", set()),
    ],
)
def test_a_change_touches_what_uses_it(
    tmp_path: Path, file: str, notebooks: set[tuple[str, str]]
) -> None:
    assert changed(tmp_path, file) == notebooks


def test_what_nobody_knows_counts_everywhere(tmp_path: Path) -> None:
    copied = tmp_path / "paramlab"
    shutil.copytree(PACKAGE, copied)
    (copied / "judges" / "loaded_by_name.py").write_text("X = 1\n", encoding="utf-8")
    for place in ALL:
        assert "judges/loaded_by_name.py" in judging_modules(copied, *place)
        assert digest_of(copied, *place) != digest_of(PACKAGE, *place)
    # A lesson of somebody's own is judged by nobody knows what.
    every = judging_modules(PACKAGE, "pytorch", "05-own")
    assert {"judges/fancy.py", "judges/access.py", "probes/tying.py"} <= every


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_code_of_an_exercise_counts_for_its_lesson(exercise: str) -> None:
    """That a lesson's judges stand in its module is what all this builds on."""
    lesson = EXERCISES[exercise].lesson
    counted = judging_modules(PACKAGE, "pytorch", lesson)
    area = lesson.partition("-")[2]
    for side, register in (("judges", JUDGES), ("probes", PROBES)):
        module = importlib.import_module(f"paramlab.{side}.{area}")
        assert getattr(module, side.upper())[exercise] is register[exercise]
    judge = JUDGES[exercise]
    for function in (judge.draw, judge.judge, PROBES[exercise]):
        inner = getattr(function, "func", function)
        name = inner.__module__.partition(".")[2].replace(".", "/")
        assert f"{name}.py" in counted
