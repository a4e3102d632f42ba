"""The released notebooks, as grading needs them: with their hidden tests."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from nbgrader.utils import is_grade, is_solution

from autograder.course import PROJECT, stubs

TEST = "test-"  # a test cell's grade id is this and the exercise's id


class NoRelease(LookupError):
    """A folder holds no source notebooks, or not the one that is asked for."""


@dataclass(frozen=True)
class Exercise:
    """One row of the table of scores."""

    id: str
    max_score: float
    written: bool  # graded by a person


@dataclass(frozen=True)
class Release:
    """One notebook as it was released, in one language."""

    assignment: str
    name: str
    language: str
    given: NotebookNode  # what the student got
    graded: NotebookNode  # the same cells, with the hidden tests

    @property
    def exercises(self) -> list[Exercise]:
        """List the notebook's exercises in their order."""
        return [
            Exercise(exercise_of(cell), float(cell.metadata.nbgrader.points), answer)
            for cell in self.graded.cells
            if is_grade(cell)
            for answer in [bool(is_solution(cell))]
        ]


def grade_id(cell: Mapping[str, Any]) -> str:
    """Return a cell's grade id, or an empty text."""
    return mark(cell, "grade_id")


def mark(cell: Mapping[str, Any], name: str) -> str:
    """Return a text that nbgrader put into a cell's metadata, or an empty one."""
    metadata = cell.get("metadata")
    data = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def exercise_of(cell: NotebookNode) -> str:
    """Return the exercise that a graded cell belongs to."""
    return exercise_of_name(grade_id(cell))


def exercise_of_name(name: str) -> str:
    """Return the exercise that a graded cell's id belongs to."""
    return name.removeprefix(TEST)


class Shelf:
    """Every notebook that a course has released.

    ``folder`` holds ``solutions/<language>/<assignment>/<notebook>.ipynb``;
    ``only`` names the notebooks of each assignment that count, if not all do.
    Raises NoRelease when there is none.
    """

    def __init__(
        self, folder: Path = PROJECT, only: Mapping[str, Sequence[str]] | None = None
    ):
        self.folder = folder / "solutions"
        paths = [
            path
            for path in sorted(self.folder.glob("*/*/*.ipynb"))
            if only is None or path.stem in only.get(path.parent.name, ())
        ]
        if not paths:
            raise NoRelease(f"there are no solution notebooks in {self.folder}")
        self._languages: dict[str, list[str]] = {}
        self._notebooks: dict[str, list[str]] = {}
        for path in paths:
            language, assignment = path.parts[-3:-1]
            _add(self._languages.setdefault(assignment, []), language)
            _add(self._notebooks.setdefault(assignment, []), path.stem)

    @property
    def assignments(self) -> list[str]:
        """List the assignments: the frameworks."""
        return sorted(self._notebooks)

    def notebooks(self, assignment: str) -> list[str]:
        """List the notebooks of an assignment: the lessons."""
        return self._notebooks[assignment]

    def languages(self, assignment: str) -> list[str]:
        """List the languages that an assignment was released in."""
        return self._languages[assignment]

    def language(self, assignment: str, wanted: str) -> str:
        """Return a language of an assignment: the wanted one, if there is one."""
        found = self.languages(assignment)
        return wanted if wanted in found else found[0]

    def source(self, language: str, assignment: str) -> Path:
        """Return the folder of an assignment's source notebooks."""
        return self.folder / language / assignment

    def digest(self, assignment: str, name: str) -> str:
        """Return a hash of a notebook's releases, in all languages."""
        parts = hashlib.sha256()
        for language in self.languages(assignment):
            path = self.source(language, assignment) / f"{name}.ipynb"
            parts.update(_digest(path, path.stat().st_mtime_ns))
        return parts.hexdigest()

    def release(self, language: str, assignment: str, name: str) -> Release:
        """Read one notebook; raises NoRelease where there is none."""
        path = self.source(language, assignment) / f"{name}.ipynb"
        try:
            return _release(path, path.stat().st_mtime_ns)
        except FileNotFoundError as error:
            raise NoRelease(f"there is no {path}") from error


# A notebook is read again when it has changed: a worker outlives many runs.


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


@lru_cache(maxsize=256)
def _release(path: Path, changed: int) -> Release:
    language, assignment = path.parts[-3:-1]
    graded = _prepare(nbformat.read(path, as_version=4), language)
    given = _without_hidden(graded)
    return Release(assignment, path.stem, language, given, graded)


def _prepare(source: NotebookNode, language: str) -> NotebookNode:
    code, text = stubs(language)
    notebook = copy.deepcopy(source)
    for step in (
        LockCells(),
        ClearSolutions(code_stub={"python": code}, text_stub=text),
        ClearOutput(),
        ComputeChecksums(),
    ):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


def _without_hidden(graded: NotebookNode) -> NotebookNode:
    notebook: NotebookNode = copy.deepcopy(graded)
    for step in (ClearHiddenTests(), ComputeChecksums()):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


def _add(items: list[str], item: str) -> None:
    if item not in items:
        items.append(item)
