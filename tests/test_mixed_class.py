"""A class whose students chose any framework and any language, in one run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import corpora
import nbformat
import pytest
from editions import EDITIONS, HERE
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade
from tables import Line, read_scores
from tiny_course import hand_in

from autograder.cli import main
from autograder.course import COURSE_ID
from paramlab.exercises import EXERCISES, LESSONS
from paramlab.messages import area, message

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Classmate:
    """A student, who solved every lesson of an edition or none."""

    work: str
    language: str
    framework: str

    @property
    def name(self) -> str:
        return f"{self.work}-{self.language}-{self.framework}"


CLASS = [
    Classmate(work, language, framework)
    for language, framework in EDITIONS
    for work in ("solved", "untouched")
    if framework in HERE
]


@dataclass
class Graded:
    """What one run made of the class."""

    out: Path
    rows: list[Line]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("mixed")
    for mate in CLASS:
        write = corpora.solved if mate.work == "solved" else corpora.student
        notebooks = {
            lesson: write(lesson, mate.framework, mate.language) for lesson in LESSONS
        }
        hand_in(folder / "class", mate.name, notebooks, mate.framework)
    out = folder / "out"
    arguments = ["grade", str(folder / "class"), "--out", str(out), "--jobs", "2"]
    assert main(arguments) == 0
    return Graded(out, read_scores(out))


@pytest.mark.parametrize("mate", CLASS, ids=lambda mate: mate.name)
def test_each_is_graded_in_the_edition_that_was_chosen(
    graded: Graded, mate: Classmate
) -> None:
    rows = [
        row
        for row in graded.rows
        if row.student == mate.name and row.exercise in EXERCISES
    ]
    solved = mate.work == "solved"
    assert {row.assignment for row in rows} == {mate.framework}
    assert {row.exercise for row in rows} == set(EXERCISES)
    assert {row.status for row in rows} == {"graded" if solved else "blank"}
    assert sum(row.score for row in rows) == (100 if solved else 0)
    said = message(mate.language, "grading", "full" if solved else "blank")
    assert {row.message for row in rows} == {said}
    for lesson in LESSONS:
        folder = graded.out / "feedback" / mate.name / mate.framework
        text = (folder / f"{lesson}.html").read_text(encoding="utf-8")
        assert f'<html lang="{mate.language}">' in text
        assert area(mate.language, "grading")["feedback"]["title"] in text


@pytest.mark.parametrize("mate", CLASS, ids=lambda mate: mate.name)
def test_nothing_fails_but_graded_cells(graded: Graded, mate: Classmate) -> None:
    for lesson in LESSONS:
        folder = graded.out / "autograded" / mate.name / mate.framework
        notebook = nbformat.read(folder / f"{lesson}.ipynb", as_version=4)
        failing = {
            cell.id
            for cell in notebook.cells
            for output in cell.get("outputs", [])
            if output.output_type == "error" and not is_grade(cell)
        }
        assert failing == set(), lesson


def test_one_gradebook_has_the_whole_class(graded: Graded) -> None:
    with Gradebook(f"sqlite:///{graded.out / 'gradebook.db'}", COURSE_ID) as book:
        assert [x.name for x in book.assignments] == sorted(HERE)
        scores = {
            (item.student.id, item.name): item.score
            for assignment in book.assignments
            for item in book.assignment_submissions(assignment.name)
        }
    assert scores == {
        (mate.name, mate.framework): 100 if mate.work == "solved" else 0
        for mate in CLASS
    }
