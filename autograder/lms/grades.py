"""Grades as the writers of the platforms' tables ask for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course.folder import Course
from autograder.course.names import letters
from autograder.course.origins import Origins
from autograder.course.roster import Student
from autograder.export import GradeLine
from autograder.lms.sheet import BadTemplate
from autograder.report import short

_TITLE = re.compile(r"(.*)\s\((\d+)\)", re.DOTALL)  # as Canvas reads it


@dataclass(frozen=True)
class Score:
    """What one student reached in what one column stands for."""

    score: float
    most: float
    comment: str = ""


@dataclass(frozen=True)
class Column:
    """A column of grades: of an assignment, or of some lessons of it."""

    title: str
    assignment: str = ""  # none: the one that a student chose
    lessons: tuple[str, ...] = ()  # none: all of it


@dataclass
class Wanted:
    """What a table is asked to hold.

    ``columns`` says what a template's column stands for: title -> a lesson, an
    assignment, or "total". ``notes`` takes what a person should know.
    """

    course: Course
    lines: Sequence[GradeLine]
    folder: Path
    origins: Origins
    template: Path | None = None
    lessons: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    scale: bool = False
    notes: list[str] = field(default_factory=list)

    def students(self) -> list[Student]:
        """List everybody once."""
        return list({line.student.id: line.student for line in self.lines}.values())

    def all_columns(self) -> list[Column]:
        """Return the columns of a table without a template."""
        frameworks = self.course.settings.frameworks
        alone = len(frameworks) == 1
        found = []
        for name in frameworks:
            for lesson in self.lessons or ("",):
                title = lesson or self.course.settings.name
                title = title if alone else f"{title} {name}"
                found.append(Column(title, name, (lesson,) if lesson else ()))
        return found

    def columns_of(self, titles: Sequence[str]) -> dict[int, Column]:
        """Find out which of a template's columns are ours; raises BadTemplate."""
        names = self._names()
        found: dict[int, Column] = {}
        for title, meaning in self.columns.items():
            places = [i for i, t in enumerate(titles) if title in (t, *_apart(t))]
            if len(places) != 1:
                raise BadTemplate(
                    f"{self.template} has {len(places)} columns {title!r}; there are"
                    f" {', '.join(titles)}"
                )
            if letters(meaning) not in names:
                raise BadTemplate(
                    f"{meaning!r} is nothing that has grades; there are"
                    f" {', '.join(sorted({*names}))}"
                )
            assignment, lessons = names[letters(meaning)]
            found[places[0]] = Column(title, assignment, lessons)
        for i, title in enumerate(titles):
            name = letters(_apart(title)[0])
            if not self.columns and name in names:
                found[i] = Column(title, *names[name])
        if not found:
            raise BadTemplate(
                f"no column of {self.template} has the name of a lesson or of the"
                " course. Say which one it is, as in --column"
                f" '{titles[0] if titles else 'Homework 1'}={self._example()}'; there"
                f" are {', '.join(titles) or 'none'}"
            )
        return found

    def _names(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return all that a column's title may be."""
        settings = self.course.settings
        names: dict[str, tuple[str, tuple[str, ...]]] = {
            letters(name): ("", ()) for name in ("total", settings.name) if name
        }
        for lesson in settings.lessons:
            for said in (lesson, lesson.lstrip("0123456789-")):
                names[letters(said)] = "", (lesson,)
                for framework in settings.frameworks:
                    names[letters(f"{said} {framework}")] = framework, (lesson,)
        for framework in settings.frameworks:
            names[letters(framework)] = framework, ()
        return names

    def _example(self) -> str:
        return self.course.settings.lessons[0]

    def scores(self, column: Column) -> dict[str, Score]:
        """Return who reached what: those who handed something in."""
        found: dict[str, Score] = {}
        for line in self.lines:
            student = line.student.id
            if not line.rows or column.assignment not in ("", line.assignment):
                continue
            score = _score(line, column.lessons)
            if student in found:
                self.notes.append(
                    f"{student} handed in {column.title!r} in two frameworks: the"
                    " better grade counts."
                )
                score = max(score, found[student], key=lambda item: item.score)
            found[student] = score
        return found

    def maximum(
        self, title: str, scores: Mapping[str, Score], theirs: float | None
    ) -> float | None:
        """Return the maximum to which points are turned, if they are.

        Raises BadTemplate where it is another one than ours.
        """
        ours = max((score.most for score in scores.values()), default=0.0)
        if not theirs or not ours or number(theirs) == number(ours):
            return None
        if self.scale:
            return theirs
        raise BadTemplate(
            f"the maximum of {title!r} is {number(theirs)} there and {number(ours)}"
            " here: change it there, or say --scale to turn our points into theirs"
        )


def points(score: Score, maximum: float | None = None) -> float:
    """Return a score, or what it is of another maximum."""
    if maximum is None or not score.most:
        return score.score
    return score.score / score.most * maximum


def _score(line: GradeLine, lessons: Sequence[str]) -> Score:
    """Return what a line's lessons earned, after what late work cost."""
    names = [name for name in line.lessons if not lessons or name in lessons]
    parts = [
        f"{name}: {short(line.lessons[name])} / {short(line.most.get(name, 0.0))}"
        + (f" − {short(line.penalties[name])}" if name in line.penalties else "")
        for name in names
    ]
    comment = "<br>".join(parts)
    if not lessons:
        return Score(line.score, line.max_score, comment)
    score = sum(line.lessons[name] - line.penalties.get(name, 0.0) for name in names)
    most = sum(line.most.get(name, 0.0) for name in names)
    return Score(max(0.0, score), most, comment)


def _apart(title: str) -> tuple[str, str]:
    """Take the number off a column's title, as Canvas does."""
    found = _TITLE.fullmatch(title.strip())
    return (found[1], found[2]) if found else (title.strip(), "")


def number(value: float, comma: bool = False) -> str:
    """Write points with two decimals at most: platforms keep no more."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def read_number(text: str) -> float | None:
    """Read points in either way to write decimals."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
