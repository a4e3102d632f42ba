"""A class whose students chose any framework and any language, in one run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import corpora
import pytest
from editions import EDITIONS, FRAMEWORKS, HERE, LANGUAGES
from nbgrader.api import Gradebook
from tables import Line, read_scores
from tiny_course import hand_in

from autograder.cli import main
from autograder.course import COURSE_ID
from paramlab.exercises import EXERCISES, LESSONS
from paramlab.messages import area, message

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Classmate:
    """A student, the edition, and the lesson that was handed in."""

    name: str
    language: str
    framework: str
    lesson: str


# Every edition once; a language or a framework meets different lessons.
CLASS = [
    Classmate(f"{language}-{framework}", language, framework, LESSONS[place % 4])
    for language, framework in EDITIONS
    for place in [LANGUAGES.index(language) + FRAMEWORKS.index(framework)]
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
        place = (mate.lesson, mate.framework, mate.language)
        notebooks = {mate.lesson: corpora.solved(*place)}
        hand_in(folder / "class", mate.name, notebooks, mate.framework)
        hand_in(
            folder / "class",
            f"{mate.name}-untouched",
            {mate.lesson: corpora.student(*place)},
            mate.framework,
        )
    out = folder / "out"
    arguments = ["grade", str(folder / "class"), "--out", str(out), "--jobs", "2"]
    assert main(arguments) == 0
    return Graded(out, read_scores(out))


@pytest.mark.parametrize("mate", CLASS, ids=lambda mate: mate.name)
def test_each_is_graded_in_the_edition_that_was_chosen(
    graded: Graded, mate: Classmate
) -> None:
    full = message(mate.language, "grading", "full")
    blank = message(mate.language, "grading", "blank")
    for name, status, said, share in (
        (mate.name, "graded", full, 1),
        (f"{mate.name}-untouched", "blank", blank, 0),
    ):
        rows = [
            row
            for row in graded.rows
            if (row.student, row.notebook) == (name, mate.lesson)
            if row.exercise in EXERCISES
        ]
        assert {row.assignment for row in rows} == {mate.framework}
        assert {row.exercise for row in rows} == {
            item.id for item in EXERCISES.values() if item.lesson == mate.lesson
        }
        assert {row.status for row in rows} == {status}
        assert {row.message for row in rows} == {said}
        assert all(row.score == share * row.max_score for row in rows)
        page = graded.out / "feedback" / name / mate.framework / f"{mate.lesson}.html"
        text = page.read_text(encoding="utf-8")
        assert f'<html lang="{mate.language}">' in text
        assert area(mate.language, "grading")["feedback"]["title"] in text


def test_one_gradebook_has_the_whole_class(graded: Graded) -> None:
    with Gradebook(f"sqlite:///{graded.out / 'gradebook.db'}", COURSE_ID) as book:
        assert [x.name for x in book.assignments] == sorted(HERE)
        scores = {
            (item.student.id, item.name): item.score
            for assignment in book.assignments
            for item in book.assignment_submissions(assignment.name)
        }
    earned = {
        mate: sum(row.score for row in graded.rows if row.student == mate.name)
        for mate in CLASS
    }
    assert scores == {(x.name, x.framework): earned[x] for x in CLASS} | {
        (f"{x.name}-untouched", x.framework): 0 for x in CLASS
    }
