"""A course of two small notebooks, and students who hand them in.

Its hidden tests end in plain numbers, so that grading starts a kernel but
imports no framework.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.release import Shelf

ASSIGNMENT = "pytorch"
FIRST, SECOND = "01-access", "04-exercises"
TITLES = {"en": "# Numbers", "zh": "# 数", "ja": "# 数値"}
ANSWERS = {
    "en": "Sharing saves parameters.",
    "zh": "共享可以节省参数。",
    "ja": "共有するとパラメータが減ります。",
}
POINTS = {"double": 4, "halve": 6, "share": 4}
WRITTEN = "why-share-written"


class TinyCourse:
    """The course: ``folder`` is what `autograder grade --course` takes."""

    def __init__(
        self,
        folder: Path,
        imports: str = "import math",
        assignment: str = ASSIGNMENT,
    ) -> None:
        self.folder = folder
        self.assignment = assignment
        self.imports = imports
        for language in TITLES:
            self._write(language, FIRST, _first(language, imports))
            self._write(language, SECOND, _second(language))
        self.shelf = Shelf(folder)

    def _write(self, language: str, name: str, cells: list[NotebookNode]) -> None:
        path = self.folder / "solutions" / language / self.assignment / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        notebook = new_notebook(cells=cells)
        notebook.metadata.kernelspec = {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        }
        nbformat.write(notebook, path)

    def student(self, name: str = FIRST, language: str = "en") -> NotebookNode:
        """Return a student's untouched notebook."""
        return copy.deepcopy(self.shelf.release(language, self.assignment, name).given)

    def solved(
        self, name: str = FIRST, language: str = "en", **answers: str
    ) -> NotebookNode:
        """Return a notebook with right answers, or with others."""
        right = {"double": DOUBLE, "halve": HALVE, "share": WHY} | answers
        notebook = self.student(name, language)
        for cell in notebook.cells:
            key = cell.id.replace("-", "_")
            if key in right:
                cell.source = right[key]
            elif cell.id == WRITTEN:
                cell.source = ANSWERS[language]
        return notebook


DOUBLE = "def double(x):\n    return x + x"
HALVE = "def halve(x):\n    return x / 2"
WHY = "def share(n):\n    return n - 1"


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == name)


def position(notebook: NotebookNode, name: str) -> int:
    return [cell.id for cell in notebook.cells].index(name)


def hand_in(
    folder: Path,
    student: str,
    notebooks: dict[str, NotebookNode | str | bytes],
    assignment: str = ASSIGNMENT,
) -> Path:
    """Write a student's files as they arrive."""
    target = folder / student / assignment
    target.mkdir(parents=True, exist_ok=True)
    for name, content in notebooks.items():
        path = target / f"{name}.ipynb"
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path.write_text(json.dumps(content), encoding="utf-8")
    return target


def _first(language: str, imports: str) -> list[NotebookNode]:
    return [
        new_markdown_cell(TITLES[language], id="goals"),
        _code("imports", imports, locked=True),
        _code("play", "number = 3\nnumber"),
        _code("slow", "import time\ntime.sleep(30)", tags=["demonstration"]),
        *_exercise("double", "x", "2 * x", "4.0 if double(number) == 6 else 1.5"),
        new_markdown_cell("…", id="more"),
        *_exercise("halve", "x", "x / 2", "6.0 * (halve(math.pi) == math.pi / 2)"),
    ]


def _second(language: str) -> list[NotebookNode]:
    written = new_markdown_cell(ANSWERS[language], id=WRITTEN)
    written.metadata.nbgrader = _marks(WRITTEN, grade=True, solution=True, points=5)
    return [
        new_markdown_cell(TITLES[language] + " 4", id="goals"),
        *_exercise("share", "n", "n - 1", "4.0 * (share(2) == 1)"),
        new_markdown_cell("?", id="question"),
        written,
    ]


def _exercise(name: str, argument: str, answer: str, test: str) -> list[NotebookNode]:
    function = name.replace("-", "_")
    return [
        _code(
            name,
            f"def {function}({argument}):\n    ### BEGIN SOLUTION\n"
            f"    return {answer}\n    ### END SOLUTION",
            solution=True,
        ),
        _code(
            f"test-{name}",
            f"{function}(1)\n### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS",
            grade=True,
            locked=True,
            points=POINTS[name],
        ),
    ]


def _code(
    name: str, source: str, tags: list[str] | None = None, **marks: Any
) -> NotebookNode:
    cell = new_code_cell(source, id=name)
    if marks:
        cell.metadata.nbgrader = _marks(name, **marks)
    if tags:
        cell.metadata.tags = tags
    return cell


def _marks(name: str, **given: Any) -> dict[str, Any]:
    return {
        "grade": False,
        "grade_id": name,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
        **given,
    }
