"""Put a student's answers into the released notebook.

The release decides everything but two things: the source of the answer cells,
and the student's own extra cells, which stay after the cell that they follow.
So a submission may have lost, copied, moved, retyped or unlocked cells, and
all metadata, and still be graded.
"""

from __future__ import annotations

import ast
import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import compute_checksum, is_solution

from autograder.release import Release, Shelf, grade_id, mark
from autograder.text import clean
from paramlab.messages import message

EXTRA = "extra-"  # how the ids of a student's own cells begin
_MAX_CELLS = 5_000
_MAX_PARSED = 100_000  # characters; a parsed cell takes a hundred times that
_parsing = threading.Lock()  # in Python 3.11, `ast` is not safe in threads
_START = -1  # the place of extra cells before the first released one


@dataclass(frozen=True)
class Rebuilt:
    """A notebook that is ready to run."""

    notebook: NotebookNode
    untouched: frozenset[str]  # the answers that are as they were released
    notes: tuple[str, ...]  # what was put right, in the student's language


def language_of(
    shelf: Shelf, assignment: str, name: str, submitted: NotebookNode
) -> str:
    """Return the language of the release that a submission was made from.

    It is the one that shares the most cells: metadata may be lost or wrong.
    Where no cell tells, as when all text was deleted, the metadata does.
    """
    sources = {_source(cell) for cell in submitted.cells}
    said = submitted.get("metadata", {}).get("language")

    def likeness(language: str) -> tuple[int, bool]:
        given = shelf.release(language, assignment, name).given
        shared = sum(_source(cell) in sources for cell in given.cells)
        return shared, language == said

    return max(shelf.languages(assignment), key=likeness)


def readable(data: Any) -> NotebookNode:
    """Turn loaded JSON into a notebook with its cells and language; be lenient.

    Raises ValueError where it has no list of cells, or a huge one. Cells that
    are no cells, and what a cell cannot have, are left out.
    """
    cells = data.get("cells") if isinstance(data, dict) else None
    if cells is None and isinstance(data, dict):  # notebooks before version 4
        sheets = data.get("worksheets")
        if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
            cells = sheets[0].get("cells")
    if not isinstance(cells, list):
        raise ValueError("it has no list of cells")
    if len(cells) > _MAX_CELLS:
        raise ValueError(f"it has more than {_MAX_CELLS} cells")
    kept = [_readable_cell(cell) for cell in cells if isinstance(cell, dict)]
    return NotebookNode(
        cells=[from_dict(cell) for cell in kept],
        metadata={"language": _said_language(data)},
    )


def _said_language(data: dict[str, Any]) -> str:
    """Return what a notebook's metadata says of its language, or an empty text."""
    metadata = data.get("metadata")
    edition = metadata.get("paramlab") if isinstance(metadata, dict) else None
    return clean(edition.get("language")) if isinstance(edition, dict) else ""


def _readable_cell(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell.get("source", cell.get("input"))
    lines = source if isinstance(source, list) else [source]
    kept: dict[str, Any] = {
        "cell_type": "code" if cell.get("cell_type") == "code" else "markdown",
        "source": "".join(clean(line) for line in lines),
        "metadata": {
            "nbgrader": {
                "grade_id": grade_id(cell),
                "checksum": mark(cell, "checksum"),
            }
        },
        "id": clean(cell.get("id")),
    }
    attachments = cell.get("attachments")
    if isinstance(attachments, dict):
        kept["attachments"] = {
            clean(name): {clean(kind): clean(data) for kind, data in bundle.items()}
            for name, bundle in attachments.items()
            if isinstance(bundle, dict)
        }
    return kept


def rebuild(release: Release, submitted: NotebookNode) -> Rebuilt:
    """Build the notebook that grading runs; neither input is changed."""
    places = _match(release, submitted)
    answers, extras = _sort_out(release, submitted, places)
    notes = []
    untouched = set()
    cells = _extra_cells(extras.get(_START, []), "start")
    for place, released in enumerate(release.graded.cells):
        cell = copy.deepcopy(released)
        if is_solution(cell):
            answer = answers.get(place)
            if answer is None:
                notes.append(_note(release, "cell-missing", cell))
            elif answer.cell_type != cell.cell_type:
                notes.append(_note(release, "cell-retyped", cell))
            if answer is None or _is_as_released(answer, cell):
                # An answer in a new cell below the released one counts too.
                if place not in extras:
                    untouched.add(grade_id(cell))
            else:
                cell.source = answer.source
                if cell.cell_type == "markdown" and "attachments" in answer:
                    cell.attachments = answer.attachments
        cells.append(cell)
        cells.extend(_extra_cells(extras.get(place, []), str(place)))
    notebook = copy.deepcopy(release.graded)
    notebook.cells = cells
    return Rebuilt(notebook, frozenset(untouched), tuple(notes))


def _is_as_released(answer: NotebookNode, stub: NotebookNode) -> bool:
    """Tell whether nothing was written, perhaps into an earlier release's stub."""
    if _source(answer) == _source(stub):
        return True
    older = copy.deepcopy(stub)
    older.source = answer.source
    return mark(answer, "checksum") == str(compute_checksum(older))


def _match(release: Release, submitted: NotebookNode) -> list[int | None]:
    """Find, for each submitted cell, the released cell that it was."""
    released = release.given.cells
    by_grade_id = {grade_id(cell): i for i, cell in enumerate(released)}
    by_grade_id.pop("", None)
    by_id = {cell.get("id", ""): i for i, cell in enumerate(released)}
    by_id.pop("", None)
    by_source: dict[str, list[int]] = {}
    for i, cell in enumerate(released):
        by_source.setdefault(_source(cell), []).append(i)
    places: list[int | None] = []
    last = _START
    for cell in submitted.cells:
        place = by_grade_id.get(grade_id(cell), by_id.get(cell.id))
        if place is None and (same := by_source.get(_source(cell))):
            place = next((i for i in same if i > last), same[-1])
        places.append(place)
        last = last if place is None else place
    _match_by_content(release, submitted, places)
    return places


def _match_by_content(
    release: Release, submitted: NotebookNode, places: list[int | None]
) -> None:
    """Match the answers that nothing but their content still tells.

    Code is known by the names that it defines, a written answer by standing
    after the cell that it stood after.
    """
    defined = [
        _names(cell.source) if place is None else frozenset()
        for cell, place in zip(submitted.cells, places, strict=True)
    ]
    for place, released in enumerate(release.given.cells):
        if not is_solution(released) or place in places:
            continue
        names = _names(released.source)
        for i, cell in enumerate(submitted.cells):
            if places[i] is not None or cell.cell_type != released.cell_type:
                continue
            if released.cell_type == "code":
                found = bool(names) and names <= defined[i]
            else:
                found = i > 0 and places[i - 1] == place - 1
            if found:
                places[i] = place


def _sort_out(
    release: Release, submitted: NotebookNode, places: list[int | None]
) -> tuple[dict[int, NotebookNode], dict[int, list[NotebookNode]]]:
    """Return the answers by place, and the extra cells by the place they follow."""
    copies: dict[int, list[int]] = {}
    for i, place in enumerate(places):
        if place is not None and is_solution(release.given.cells[place]):
            copies.setdefault(place, []).append(i)
    chosen = {
        place: _choose(release.given.cells[place], submitted, found)
        for place, found in copies.items()
    }
    extras: dict[int, list[NotebookNode]] = {}
    follows = _START
    for i, (cell, place) in enumerate(zip(submitted.cells, places, strict=True)):
        if place is not None and chosen.get(place, i) == i:
            follows = place
        elif place is None or _source(cell) != _source(release.given.cells[place]):
            extras.setdefault(follows, []).append(cell)
    answers = {place: submitted.cells[i] for place, i in chosen.items()}
    return answers, extras


def _choose(released: NotebookNode, submitted: NotebookNode, found: list[int]) -> int:
    """Choose among copies of an answer: the last that answers, else the last."""
    names = _names(released.source)
    changed = [i for i in found if _source(submitted.cells[i]) != _source(released)]
    whole = [i for i in changed if names <= _names(submitted.cells[i].source)]
    return (whole or changed or found)[-1]


def _extra_cells(cells: list[NotebookNode], place: str) -> list[NotebookNode]:
    """Copy a student's own cells, with nothing but their text."""
    new: dict[str, Callable[..., NotebookNode]]
    new = {"code": new_code_cell, "markdown": new_markdown_cell}
    return [
        new[cell.cell_type](cell.source, id=f"{EXTRA}{place}-{i}")
        for i, cell in enumerate(cells)
    ]


def _names(source: str) -> frozenset[str]:
    """Return the names that a cell's top level defines."""
    if len(source) > _MAX_PARSED:
        return frozenset()
    try:
        with _parsing:
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(x.id for x in node.targets if isinstance(x, ast.Name))
    return frozenset(names)


def _source(cell: NotebookNode) -> str:
    return str(cell.source).strip()


def _note(release: Release, key: str, cell: NotebookNode) -> str:
    return message(release.language, "grading", key, exercise=grade_id(cell))
