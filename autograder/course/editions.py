"""The notebooks of a course: copies of the project's, with the course's points.

They lie in the course's ``solutions/`` and may be edited there. What a change
of points touches is put right in place: the number that nbgrader reads, the
check that the student runs, the hidden test, and the heading.
"""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.course.settings import BadSettings, Catalogue, CourseSettings
from autograder.files import write_whole
from autograder.release import Shelf, exercise_of
from autograder.report import short
from paramlab.exercises import EXERCISES

# How a heading ends, by language: with points, and without.
_HEADINGS = {
    "en": (" ({} point{s})", " (practice, no points)"),
    "zh": ("（{} 分）", "（不计分）"),
    "ja": ("（{}点）", "（配点なし）"),
}
_ENDING = re.compile(
    r" \([\d.]+ points?\)$| \(practice, no points\)$"
    r"|（[\d.]+ ?[分点]）$|（不计分）$|（配点なし）$"
)
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
# The goals of the last lesson say how its points are given.
_SUMS = {
    "en": r"[\d.]+(?= points are given by)|(?<=, and )[\d.]+(?= by a person)",
    "zh": r"(?<=共 )[\d.]+(?= 分)|(?<=文字题 )[\d.]+(?= 分)",
    "ja": r"[\d.]+(?=点はチェックで)|(?<=、)[\d.]+(?=点は最後)",
}


def catalogue_of(shelf: Shelf) -> Catalogue:
    """Return what a course may choose from among a shelf's notebooks."""
    points: dict[str, dict[str, float]] = {}
    languages: list[str] = []
    for assignment in shelf.assignments:
        languages += [x for x in shelf.languages(assignment) if x not in languages]
        for name in shelf.notebooks(assignment):
            if name not in points:
                language = shelf.languages(assignment)[0]
                exercises = shelf.release(language, assignment, name).exercises
                points[name] = {item.id: item.max_score for item in exercises}
    return Catalogue(shelf.assignments, languages, points)


def put_in_order(
    folder: Path, settings: CourseSettings, source: Path
) -> Iterator[bool]:
    """Bring a course's notebooks up to date; yield for each edition if that changed it.

    ``source`` is the shelf from which a notebook comes that the course does
    not have yet. Raises BadSettings for points that a notebook cannot take.
    """
    for framework in settings.frameworks:
        for language in settings.languages:
            changed = False
            for lesson in settings.lessons:
                place = Path("solutions", language, framework, f"{lesson}.ipynb")
                here, there = folder / place, source / place
                changed |= _one(here, there, settings.points, language)
            yield changed


def in_order(folder: Path, settings: CourseSettings) -> bool:
    """Tell whether ``put_in_order`` would leave all as it is.

    Raises BadSettings for points that a notebook cannot take.
    """
    for framework in settings.frameworks:
        for language in settings.languages:
            for lesson in settings.lessons:
                path = folder / "solutions" / language / framework / f"{lesson}.ipynb"
                if not path.exists():
                    return False
                there = nbformat.read(path, as_version=4)
                if with_points(there, settings.points, language) != there:
                    return False
    return True


def _one(path: Path, origin: Path, points: Mapping[str, float], language: str) -> bool:
    new = not path.exists()
    if new:
        if not origin.is_file():
            raise BadSettings(f"there is no {origin} for this course to copy")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, path)
    before = nbformat.read(path, as_version=4)
    after = with_points(before, points, language)
    if after != before:
        write_whole(path, nbformat.writes(after) + "\n")
    return new or after != before


def with_points(
    notebook: NotebookNode, points: Mapping[str, float], language: str
) -> NotebookNode:
    """Return a notebook whose exercises are worth these points.

    Raises BadSettings for an exercise whose own test says its points.
    """
    changed = copy.deepcopy(notebook)
    cells = changed.cells
    heading = answer = None
    for cell in cells:
        if cell.cell_type == "markdown" and _HEADING.search(cell.source):
            heading = cell
        if is_solution(cell):
            answer = heading
        if is_grade(cell) and exercise_of(cell) in points:
            worth = points[exercise_of(cell)]
            if float(cell.metadata.nbgrader.points) == worth:
                continue
            if not is_solution(cell):
                _weigh(cell, exercise_of(cell), worth)
            cell.metadata.nbgrader.points = int(worth) if worth % 1 == 0 else worth
            _head(answer, worth, language)
    if changed != notebook:
        _sum_up(cells, language)
    return changed


def _weigh(cell: NotebookNode, exercise: str, worth: float) -> None:
    """Let the check and the hidden test of an exercise give these points."""
    own = EXERCISES[exercise].points if exercise in EXERCISES else None
    said = "" if own == worth else f", points={short(worth)}"
    call = re.compile(
        rf'^(check|score)\("{re.escape(exercise)}"(.*?)(?:, points=[\d.]+)?\)$',
        re.MULTILINE,
    )
    cell.source, found = call.subn(rf'\1("{exercise}"\2{said})', cell.source)
    if own is None or found != 2:
        raise BadSettings(
            f"points.{exercise}: the notebook's own test says what this exercise is"
            f" worth ({short(float(cell.metadata.nbgrader.points))}); change it there"
        )


def _head(cell: NotebookNode | None, worth: float, language: str) -> None:
    """Say the points in the heading, where it says any."""
    if cell is None:
        return
    lines = cell.source.split("\n")
    for i, line in enumerate(lines):
        if line.startswith("#") and _ENDING.search(line):
            some, none = _HEADINGS[language]
            lines[i] = _ENDING.sub("", line) + (
                some.format(short(worth), s="" if worth == 1 else "s")
                if worth
                else none
            )
    cell.source = "\n".join(lines)


def _sum_up(cells: list[NotebookNode], language: str) -> None:
    """Say the new sums where a lesson says how its points are given."""
    sums = [0.0, 0.0]
    for cell in cells:
        if is_grade(cell):
            sums[bool(is_solution(cell))] += float(cell.metadata.nbgrader.points)
    said = re.compile(_SUMS[language])
    for cell in cells:
        found = list(said.finditer(cell.source))
        if cell.cell_type == "markdown" and len(found) == len(sums):
            for place, total in reversed([*zip(found, sums, strict=True)]):
                before, after = cell.source[: place.start()], cell.source[place.end() :]
                cell.source = before + short(total) + after
