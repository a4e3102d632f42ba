"""The corpora of submissions, hostile and honest: read them, hand them in.

A corpus is a folder of percent files. Each cell is a case: a fragment, where
it goes, and the state that it ends in:

    # %% NAME [in ANSWER | after CELL] [-> STATE]

``in``: it is the end of that answer. Otherwise it is an extra cell, after the
imports or the cell that is named. The lesson is the one of that cell.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.utils import is_solution

from autograder.course import PROJECT
from autograder.release import Shelf, grade_id
from paramlab.exercises import EXERCISES

HEADING = re.compile(
    r"^# %% (?P<name>\S+)(?: (?P<where>in|after) (?P<cell>\S+))?"
    r"(?: -> (?P<state>\S+))?\n",
    re.MULTILINE,
)
DEFAULT = "01-access"


@dataclass(frozen=True)
class Case:
    """One fragment of a corpus."""

    name: str
    where: str  # "in" or "after"
    cell: str
    state: str
    code: str

    @property
    def lesson(self) -> str:
        return EXERCISES[self.cell].lesson if self.cell in EXERCISES else DEFAULT


def read(folder: Path) -> list[Case]:
    """Read every case of a corpus; names begin with their file's."""
    cases = []
    for path in sorted(folder.glob("[0-9]*.py")):
        prefix = path.stem.replace("_", "-")
        for head, code in _split(path):
            name = f"{prefix}-{head['name']}"
            where, cell = head["where"] or "after", head["cell"] or "imports"
            cases.append(Case(name, where, cell, head["state"] or "graded", code))
    assert len({case.name for case in cases}) == len(cases)
    return cases


def answers(path: Path) -> dict[str, str]:
    """Read a percent file of answers: exercise -> code."""
    return {head["name"]: code for head, code in _split(path)}


def _split(path: Path) -> list[tuple[re.Match[str], str]]:
    text = path.read_text(encoding="utf-8")
    heads = list(HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        (head, text[head.end() : end].rstrip())
        for head, end in zip(heads, ends, strict=True)
    ]


def student(
    lesson: str, framework: str = "pytorch", language: str = "en"
) -> NotebookNode:
    """Return a student's untouched notebook."""
    release = _shelf().release(language, framework, lesson)
    return copy.deepcopy(release.given)


def answered(notebook: NotebookNode, given: dict[str, str]) -> NotebookNode:
    """Write answers into a notebook, where it asks for them."""
    for cell in notebook.cells:
        if is_solution(cell) and grade_id(cell) in given:
            cell.source = given[grade_id(cell)]
    return notebook


def with_case(notebook: NotebookNode, case: Case) -> NotebookNode:
    """Put a fragment into a notebook."""
    places = [cell.id for cell in notebook.cells]
    place = places.index(case.cell)
    if case.where == "in":
        notebook.cells[place].source += "\n\n" + case.code
    else:
        extra = new_code_cell(case.code, id="own-cell")
        notebook.cells.insert(place + 1, extra)
    return notebook


@cache
def _shelf() -> Shelf:
    return Shelf(PROJECT)


def solved(
    lesson: str, framework: str = "pytorch", language: str = "en"
) -> NotebookNode:
    """Return a notebook with the model answers."""
    path = PROJECT / "solutions" / language / framework / f"{lesson}.ipynb"
    source = nbformat.read(path, as_version=4)
    right = {grade_id(cell): cell.source for cell in source.cells if is_solution(cell)}
    return answered(student(lesson, framework, language), right)
