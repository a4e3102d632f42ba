"""Write a small class to try the autograder on, from a short description.

The answers come from the solution notebooks, the mistakes from files beside
the description: ``sample_class/mistakes/<assignment>/<exercise>.py``.
"""

from __future__ import annotations

import copy
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from autograder.release import NoRelease, Shelf, grade_id
from paramlab.frameworks import available

DESCRIPTION = Path(__file__).parent / "sample_class"
_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
_CUT = 3000  # characters that are left of a damaged file


@dataclass(frozen=True)
class Student:
    """One line of the description.

    ``work`` is "perfect", "half", "mistakes" or "blank"; ``damaged`` names a
    notebook that arrives cut off.
    """

    name: str
    assignment: str
    language: str
    work: str
    damaged: str = ""


def students(shelf: Shelf | None = None) -> list[Student]:
    """Read the description of the class: whose edition is released and installed.

    Raises NoRelease where that is nobody.
    """
    shelf = shelf or Shelf()
    text = (DESCRIPTION / "class.toml").read_text(encoding="utf-8")
    described = [Student(**entry) for entry in tomllib.loads(text)["student"]]
    here = available()
    found = [
        student
        for student in described
        if student.assignment in here
        and student.assignment in shelf.assignments
        and student.language in shelf.languages(student.assignment)
    ]
    if not found:
        raise NoRelease(
            "nobody in the sample class works with a framework that is both in this"
            f" course ({', '.join(shelf.assignments)}) and installed here"
            f" ({', '.join(here) or 'none is'})"
        )
    return found


def write_class(shelf: Shelf, folder: Path) -> Iterator[Student]:
    """Write what each student hands in, and yield the student.

    What lies in the folder under a student's name is replaced.
    """
    for student in students(shelf):
        target = folder / student.name / student.assignment
        shutil.rmtree(target.parent, ignore_errors=True)
        target.mkdir(parents=True)
        for name in shelf.notebooks(student.assignment):
            text = nbformat.writes(hand_in(shelf, student, name))
            if name == student.damaged:
                text = text[:_CUT]
            (target / f"{name}.ipynb").write_text(text, encoding="utf-8")
        yield student


def solved(shelf: Shelf, language: str, assignment: str, name: str) -> NotebookNode:
    """Return a student's notebook with the answers of the solution notebook."""
    notebook = copy.deepcopy(shelf.release(language, assignment, name).given)
    source = shelf.source(language, assignment) / f"{name}.ipynb"
    solution = nbformat.read(source, as_version=4)
    for cell, answer in zip(notebook.cells, solution.cells, strict=True):
        if is_solution(cell):
            lines = answer.source.splitlines()
            kept = [line for line in lines if line.strip() not in _MARKS]
            cell.source = "\n".join(kept)
    return notebook


def hand_in(shelf: Shelf, student: Student, name: str) -> NotebookNode:
    """Return one notebook of a student, with the work that is described."""
    place = (student.language, student.assignment, name)
    notebook = solved(shelf, *place)
    blank = shelf.release(*place).given.cells
    answers = [i for i, cell in enumerate(notebook.cells) if is_solution(cell)]
    for number, i in enumerate(answers):
        cell = notebook.cells[i]
        mistake = _mistake(student.assignment, grade_id(cell))
        if student.work == "blank" or (student.work == "half" and number % 2):
            cell.source = blank[i].source
        elif student.work == "mistakes" and mistake:
            cell.source = mistake
    return notebook


def _mistake(assignment: str, exercise: str) -> str:
    path = DESCRIPTION / "mistakes" / assignment / f"{exercise}.py"
    return path.read_text(encoding="utf-8") if path.exists() else ""
