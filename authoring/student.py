"""Makes the student's notebook, with nbgrader's own steps, and looks for leaks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nbformat
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
)
from traitlets.config import Config

from authoring.code import BEGIN, END
from authoring.problem import Place, Problem
from authoring.weave import Woven
from paramlab.exercises import EXERCISES
from paramlab.messages import area

# The order of nbgrader's GenerateAssignment, less SaveCells, which writes to the
# gradebook and leaves the notebook as it is.
_STEPS = (
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
)

# A shorter solution, such as "return net", may well stand elsewhere.
_TELLING = 20


@dataclass(frozen=True)
class Stubs:
    """What a student finds in place of a solution."""

    code: str
    text: str


def stubs(language: str) -> Stubs:
    """Return the stubs of a language; raises MissingMessage where it has none."""
    return Stubs(**area(language, "stubs"))


def to_text(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook as nbgrader and Jupyter write it."""
    text: str = nbformat.writes(notebook, version=4)  # type: ignore[no-untyped-call]
    return text + "\n"


def student_notebook(solution: str, stub: Stubs) -> nbformat.NotebookNode:
    """Return what nbgrader releases of a solution notebook."""
    config = Config()
    config.ClearSolutions.code_stub = {"python": stub.code}
    config.ClearSolutions.text_stub = stub.text
    notebook: nbformat.NotebookNode = nbformat.reads(  # type: ignore[no-untyped-call]
        solution, as_version=4
    )
    resources: dict[str, Any] = {}
    for step in _STEPS:
        notebook, resources = step(config=config)(notebook, resources)
    return notebook


def review_student(woven: Woven, student: nbformat.NotebookNode) -> Iterator[Problem]:
    """Yield what a student must not see, and what a student must find."""
    for cell in student.cells:
        place = woven.places[cell.id]
        if cell.id in EXERCISES:
            yield from _review_stub(cell, place)
    for cell in woven.notebook.cells:
        for secret in _secrets(cell):
            for shown in student.cells:
                if secret in _bare(shown.source):
                    yield Problem(
                        woven.places[shown.id],
                        f"the student's notebook shows the solution of {cell.id} "
                        f"({woven.places[cell.id]})",
                    )


def _review_stub(cell: nbformat.NotebookNode, place: Place) -> Iterator[Problem]:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        yield Problem(place, f"the stub of {cell.id} is no Python: {error.msg}")
        return
    if any(_raises(node) for node in tree.body):
        yield Problem(
            place,
            f"the stub of {cell.id} would raise where it is defined: "
            f"put {BEGIN} inside a function",
        )
    for name in EXERCISES[cell.id].answers:
        if name not in _defined(tree):
            yield Problem(place, f"the stub of {cell.id} does not define {name}")


def _raises(node: ast.AST) -> bool:
    """Return whether running a statement may reach a raise of its own."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    if isinstance(node, ast.Raise):
        return True
    return any(_raises(child) for child in ast.iter_child_nodes(node))


def _defined(tree: ast.Module) -> set[str]:
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return names


def _secrets(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Yield each solution of a cell, bare."""
    nbgrader = cell.metadata.get("nbgrader", {})
    if not nbgrader.get("solution"):
        return
    regions = (
        [cell.source]
        if cell.cell_type == "markdown"
        else re.findall(rf"{BEGIN}\n(.*?)^[ \t]*{END}", cell.source, flags=re.S | re.M)
    )
    for secret in map(_bare, regions):
        if len(secret) > _TELLING:
            yield secret


def _bare(source: str) -> str:
    """Return lines without indentation, blank lines and comments."""
    lines = (line.strip() for line in source.split("\n"))
    kept = [line for line in lines if line and not line.startswith("#")]
    return "\n" + "\n".join(kept) + "\n"
