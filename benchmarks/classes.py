"""Classes to grade: real submissions of mixed quality, as many as asked for."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.release import Shelf
from autograder.sample import Student, hand_in

ASSIGNMENT = "pytorch"
WORK = ("perfect", "half", "mistakes", "blank")


def write_class(
    folder: Path, shelf: Shelf, students: int, notebooks: list[str]
) -> None:
    """Write what students of mixed quality hand in, the same at each call."""
    texts = {
        (work, name): nbformat.writes(
            hand_in(shelf, Student("", ASSIGNMENT, "en", work), name)
        )
        for work in WORK
        for name in notebooks
    }
    for number, work in zip(range(students), cycle(WORK), strict=False):
        target = folder / f"student-{number:04}" / ASSIGNMENT
        target.mkdir(parents=True)
        for name in notebooks:
            text = texts[work, name]
            (target / f"{name}.ipynb").write_text(text, encoding="utf-8")


def write_trivial_course(folder: Path) -> Shelf:
    """Write a course of one notebook with one exercise, and return its shelf."""
    path = folder / "solutions" / "en" / ASSIGNMENT / "01-access.ipynb"
    path.parent.mkdir(parents=True)
    cells = [
        _cell("imports", "import torch\nfrom torch import nn"),
        _cell(
            "count-parameters",
            "def count_parameters(net):\n    ### BEGIN SOLUTION\n"
            "    return sum(p.numel() for p in net.parameters() if p.requires_grad)\n"
            "    ### END SOLUTION",
            solution=True,
        ),
        _cell(
            "test-count-parameters",
            'check("count-parameters", count_parameters)',
            grade=True,
            locked=True,
            points=4,
        ),
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    nbformat.write(notebook, path)
    return Shelf(folder)


def _cell(name: str, source: str, **marks: object) -> nbformat.NotebookNode:
    cell = new_code_cell(source, id=name)
    if marks:
        cell.metadata.nbgrader = {
            "grade": False,
            "grade_id": name,
            "locked": False,
            "schema_version": 3,
            "solution": False,
            "task": False,
            **marks,
        }
    return cell
