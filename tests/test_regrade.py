"""Regrading runs what a mended judge touches, shows whose grade changes, and waits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_course import fill, kept_warm, new_live_course
from test_course import contents, done, mark, run, set_table, table
from tiny_course import ASSIGNMENT, FIRST, SECOND, TinyCourse, hand_in

import paramlab
from autograder import task
from autograder.lock import alone


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    with kept_warm():
        yield


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[TinyCourse, Path]:
    """Return a course of three students that is graded."""
    folder = tmp_path_factory.mktemp("regrade")
    tiny, course = new_live_course(folder)
    done("collect", course, fill(tiny, folder / "class"))
    done("grade", course)
    mark(course, "ada-l", 4.0, "Well said.")
    done("feedback", course)
    done("export", course)
    return tiny, course


@pytest.fixture
def course(graded: tuple[TinyCourse, Path], tmp_path: Path) -> Path:
    shutil.copytree(graded[1], tmp_path / "course")
    return tmp_path / "course"


def mend(course: Path) -> None:
    """Let the test of `double` give 3 points to whom it gave 4, in all languages."""
    for path in (course / "solutions").glob(f"*/{ASSIGNMENT}/{FIRST}.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "4.0 if double" in text
        path.write_text(text.replace("4.0 if double", "3.0 if double"), "utf-8")


def scores(course: Path) -> dict[tuple[str, str], str]:
    lines = table(course / "scores.csv")
    return {(line["student"], line["exercise"]): line["score"] for line in lines}


def test_nothing_to_regrade_says_so(course: Path) -> None:
    said = done("regrade", course)
    assert "0 notebooks were graded again" in said.out


def test_whose_grade_changes_is_shown_before_anything_is_written(course: Path) -> None:
    mend(course)
    before = contents(course)
    database = (course / "gradebook.db").read_bytes()
    said = done("regrade", course)
    assert "2 exercises of 2 students get other points (0 more, 2 less)" in said.out
    rows = [[x.strip() for x in line.split("│")] for line in said.out.splitlines()]
    changed = {row[1]: row[5:8] for row in rows if "double" in row}
    assert changed == {"ada-l": ["4", "3", "4"], "bob-k": ["4", "3", "4"]}
    assert "Nothing is written." in said.out
    after = contents(course)
    after.pop(".watch.lock")
    assert after == before
    assert (course / "gradebook.db").read_bytes() == database


def test_what_was_shown_is_written_once_somebody_agrees(course: Path) -> None:
    mend(course)
    old = scores(course)
    page = course / "feedback" / "hanmei" / ASSIGNMENT / f"{SECOND}.html"
    untouched = page.read_bytes(), page.stat().st_mtime_ns
    said = done("regrade", course, "--yes", "--exercise", "double")
    assert "Written: 3 notebooks." in said.out  # one was not handed in
    new = scores(course)
    assert {place for place in old if old[place] != new[place]} == {
        ("ada-l", "double"),
        ("bob-k", "double"),
    }
    # The mark that a person gave, and its page, are as they were.
    assert new["ada-l", "why-share-written"] == "4"
    assert (page.read_bytes(), page.stat().st_mtime_ns) == untouched
    text = (course / "feedback" / "ada-l" / ASSIGNMENT / f"{SECOND}.html").read_text()
    assert "Well said." in text
    # It is what `grade` would have given, so there is nothing left to grade.
    again = done("grade", course)
    assert "6 notebooks were graded by an earlier run" in again.out
    assert scores(course) == new


def test_a_mended_judge_runs_its_own_lesson_only(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judge is edited in a copy of the package, which the keys are made of."""
    copied = tmp_path / "paramlab"
    shutil.copytree(Path(paramlab.__file__).parent, copied)
    with (copied / "judges" / "fancy.py").open("a", encoding="utf-8") as judge:
        judge.write("# mended\n")
    monkeypatch.setattr(task, "PACKAGE", copied)
    said = done("regrade", course)
    assert "3 notebooks were graded again: 0 exercises of 0 students" in said.out
    assert (
        "0 notebooks were graded again"
        in done("regrade", course, "--exercise", "double").out
    )
    assert "Written: 3 notebooks." in done("regrade", course, "--yes").out
    assert "0 notebooks were graded again" in done("regrade", course).out


def test_work_that_came_in_since_is_left_to_grading(
    graded: tuple[TinyCourse, Path], course: Path, tmp_path: Path
) -> None:
    mend(course)
    better = graded[0].solved()
    hand_in(tmp_path / "later", "bob-k", {FIRST: better})
    done("collect", course, tmp_path / "later")
    said = done("regrade", course, "--yes")
    assert "1 notebooks came in since" in said.out
    assert scores(course)["bob-k", "double"] == "4"
    done("grade", course)
    assert scores(course)["bob-k", "double"] == "3"
    assert scores(course)["bob-k", "halve"] == "6"


def test_a_fault_of_the_system_takes_no_grade_away(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend(course)
    old = scores(course)

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(task, "run", fail)
    said = run("regrade", course, "--yes")
    assert said.status == 3
    assert "the grade stays: ada-l/pytorch/01-access: OSError: the disk is full" in (
        said.error
    )
    assert scores(course) == old


def test_wrong_usage_is_one_sentence(course: Path) -> None:
    said = run("regrade", course, "--exercise", "dubble")
    assert (said.status, "there is no exercise 'dubble'" in said.error) == (2, True)
    set_table(course, "points", "why-share-written = 4")
    said = run("regrade", course)
    assert (said.status, "autograder release" in said.error) == (2, True)
    with alone(course, "autograder watch"):
        said = run("regrade", course)
    assert (said.status, "is in use: autograder watch, process" in said.error) == (
        2,
        True,
    )
