"""Which lesson a notebook is, whatever its file is called.

Browsers, platforms and people rename files: ``01-access (1).ipynb``,
``01-access-2.ipynb``, ``my homework.ipynb``. The name counts where it says a
lesson, then what the notebook says of itself, then its cells.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograder.arrival import Editions
from autograder.collect import Refused
from autograder.rebuild import readable
from autograder.release import Shelf, grade_id

_COPY = re.compile(
    r"(?:\s*[-–_ ]*\(\s*(\d+)\s*\)|\s*（\s*(\d+)\s*）|[-_](\d{1,2})"
    r"|[\s_-]+(?:copy|copie|kopie|副本|のコピー)\s*(\d*)|[-\s]*コピー\s*(\d*))$",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\W_]+")
_ENOUGH = 2  # cells in common; one may be chance


@dataclass(frozen=True)
class Place:
    """What a file is: a notebook of an assignment, and which copy of it."""

    assignment: str
    notebook: str
    copy: int = 0  # 2 in "01-access (2).ipynb"


class Lessons:
    """The notebooks of a course, as a reader asks for them."""

    def __init__(self, editions: Editions, shelf: Shelf) -> None:
        self.editions = editions
        self._shelf = shelf

    def place(
        self, stem: str, folders: tuple[str, ...], read: Callable[[], bytes]
    ) -> Place | None:
        """Return what a file is that lies in these folders, if it is known.

        Raises Refused where its content is needed and cannot be read.
        """
        name, copy = split_copy(stem)
        named = [f for f in reversed(folders) if f in self.editions]
        lesson = self._lesson(stem) or self._lesson(name)
        copy = 0 if self._lesson(stem) else copy
        sure = named or list(self.editions) if len(self.editions) == 1 else named
        if lesson and sure and lesson in self.editions[sure[0]]:
            return Place(sure[0], lesson, copy)
        try:
            content = read()
        except Refused:
            # It is refused with its place, if there is only one that it can have.
            if lesson and len(self.editions) == 1:
                return Place(next(iter(self.editions)), lesson, copy)
            raise
        found = self._said(content) or self._by_cells(content, lesson)
        return Place(*found, copy) if found else None

    def _lesson(self, name: str) -> str:
        """Return the lesson that a name is, in any case and with any dashes."""
        bare = _MARKS.sub("", unicodedata.normalize("NFKC", name)).casefold()
        for lessons in self.editions.values():
            for lesson in lessons:
                if bare == _MARKS.sub("", lesson).casefold():
                    return lesson
        return ""

    def _said(self, content: bytes) -> tuple[str, str] | None:
        """Return what a notebook's metadata says."""
        data = _loaded(content)
        metadata = data.get("metadata") if isinstance(data, dict) else None
        edition = metadata.get("paramlab") if isinstance(metadata, dict) else None
        if isinstance(edition, dict):
            framework, lesson = edition.get("framework"), edition.get("lesson")
            if isinstance(framework, str) and lesson in self.editions.get(
                framework, ()
            ):
                return framework, str(lesson)
        return None

    def _by_cells(self, content: bytes, lesson: str) -> tuple[str, str] | None:
        """Return the notebook that shares the most cells, if one does."""
        try:
            cells = readable(_loaded(content)).cells
        except (ValueError, RecursionError):
            return None
        marks = {mark for cell in cells for mark in _marks(cell)}
        best = sorted(
            (
                (len(marks & known), place)
                for place, known in self._cells.items()
                if not lesson or place[1] == lesson
            ),
            reverse=True,
        )
        if not best or best[0][0] < _ENOUGH:
            return None
        if len(best) > 1 and best[0][0] == best[1][0]:
            return None
        return best[0][1]

    @cached_property
    def _cells(self) -> dict[tuple[str, str], set[str]]:
        return {
            (assignment, name): {
                mark
                for language in self._shelf.languages(assignment)
                for cell in self._shelf.release(language, assignment, name).given.cells
                for mark in _marks(cell)
            }
            for assignment in self._shelf.assignments
            for name in self._shelf.notebooks(assignment)
        }


def split_copy(stem: str) -> tuple[str, int]:
    """Take the number of a copy off a file's name."""
    number = 0
    for _ in range(4):
        found = _COPY.search(stem)
        if not found or not found.start():
            break
        digits = next((group for group in found.groups() if group), "")
        number = number or int(digits or 1)
        stem = stem[: found.start()]
    return stem.strip(), number


def _marks(cell: Any) -> Iterator[str]:
    """Yield by what a cell is known: its text, or its id where that was edited."""
    if text := str(cell.source).strip():
        yield f"text {text}"
    if name := grade_id(cell):
        yield f"id {name}"


def _loaded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
