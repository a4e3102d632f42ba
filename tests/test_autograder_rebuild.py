"""Putting answers into the released notebook; what runs is seen elsewhere."""

from __future__ import annotations

import copy
import gc
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import compute_checksum
from tiny_course import (
    ANSWERS,
    ASSIGNMENT,
    FIRST,
    SECOND,
    TITLES,
    WRITTEN,
    TinyCourse,
    cell_of,
    position,
)

from autograder import rebuild as rebuilding
from autograder.rebuild import Rebuilt, language_of, readable, rebuild


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    return TinyCourse(tmp_path_factory.mktemp("course"))


def rebuilt(course: TinyCourse, notebook: Any, name: str = FIRST) -> Rebuilt:
    """Rebuild what arrives as JSON."""
    submitted = readable(json.loads(json.dumps(notebook)))
    found = language_of(course.shelf, ASSIGNMENT, name, submitted)
    return rebuild(course.shelf.release(found, ASSIGNMENT, name), submitted)


def sources(made: Rebuilt) -> dict[str, str]:
    nbformat.validate(made.notebook)
    return {cell.id: cell.source for cell in made.notebook.cells}


def test_all_but_answers_and_extra_cells_comes_from_the_release(
    course: TinyCourse,
) -> None:
    notebook = course.solved()
    for cell in notebook.cells:
        if cell.id not in ("double", "halve"):
            cell.source += "\n# changed"
            cell.metadata.tags = ["demonstration"]
    released = course.shelf.release("en", ASSIGNMENT, FIRST).graded
    made = rebuilt(course, notebook)
    for cell, given in zip(made.notebook.cells, released.cells, strict=True):
        assert cell.metadata == given.metadata
        if cell.id not in ("double", "halve"):
            assert cell == given
    assert made.untouched == frozenset()
    assert made.notes == ()


def test_neither_input_is_changed(course: TinyCourse) -> None:
    release = course.shelf.release("en", ASSIGNMENT, FIRST)
    before = copy.deepcopy(release)
    submitted = readable(course.solved())
    kept = copy.deepcopy(submitted)
    made = rebuild(release, submitted)
    made.notebook.cells[0].source = "changed"
    assert release == before
    assert submitted == kept


def test_cells_alike_stay_in_their_order_when_ids_are_lost(tmp_path: Path) -> None:
    """Two released cells with one text must not pull extra cells forward."""
    course = TinyCourse(tmp_path, imports="number = 3\nnumber")  # as the next cell
    notebook = course.solved()
    at = position(notebook, "play") + 1
    notebook.cells.insert(at, new_code_cell("mine = number", id="mine"))
    for cell in notebook.cells:
        cell.metadata = {}
        del cell["id"]
    cells = rebuilt(course, notebook).notebook.cells
    names = [cell.id for cell in cells]
    mine = [cell.source for cell in cells].index("mine = number")
    assert mine == names.index("play") + 1


@pytest.mark.parametrize("said", TITLES)
def test_metadata_tell_the_language_where_no_cell_does(
    course: TinyCourse, said: str
) -> None:
    notebook = course.solved(language="en")
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for metadata in ({"paramlab": {"language": said}}, {"paramlab": 5}, [], None):
        notebook["metadata"] = metadata
        found = language_of(course.shelf, ASSIGNMENT, FIRST, readable(notebook))
        known = isinstance(metadata, dict) and isinstance(metadata["paramlab"], dict)
        assert found == (said if known else "en")


@pytest.mark.parametrize("lost", [False, True])
def test_the_written_answer_keeps_its_pictures(course: TinyCourse, lost: bool) -> None:
    notebook = course.solved(SECOND, "zh")
    cell = cell_of(notebook, WRITTEN)
    cell.source = "![图](attachment:a.png)"
    cell.attachments = {"a.png": {"image/png": "AAAA"}}
    if lost:
        for item in notebook.cells:
            item.metadata = {}
            del item["id"]
    made = cell_of(rebuilt(course, notebook, SECOND).notebook, WRITTEN)
    assert made.source == "![图](attachment:a.png)"
    assert made.attachments == {"a.png": {"image/png": "AAAA"}}


def test_an_answer_in_a_new_cell_is_no_blank(course: TinyCourse) -> None:
    notebook = course.student(SECOND)
    answer = new_markdown_cell(ANSWERS["en"], id="mine")
    notebook.cells.append(answer)
    assert WRITTEN not in rebuilt(course, notebook, SECOND).untouched
    assert WRITTEN in rebuilt(course, course.student(SECOND), SECOND).untouched


def test_the_language_is_told_by_the_cells(course: TinyCourse) -> None:
    for language in TITLES:
        notebook = course.solved(language=language)
        notebook.metadata = {"paramlab": {"language": "fr"}}
        found = language_of(course.shelf, ASSIGNMENT, FIRST, readable(notebook))
        assert found == language


def test_the_last_whole_copy_of_an_answer_counts(course: TinyCourse) -> None:
    notebook = course.solved()
    at = position(notebook, "double")
    for number, source in enumerate(("def double(x):\n    return 7", "double(1)")):
        twin = copy.deepcopy(notebook.cells[at])
        twin.update(source=source, id=f"twin{number}")
        notebook.cells.insert(at + 1 + number, twin)
    made = sources(rebuilt(course, notebook))
    assert made["double"].endswith("return 7")
    listed = list(made.values())
    assert listed.index("double(1)") == listed.index(made["double"]) + 1


def test_odd_notebooks_are_read(course: TinyCourse) -> None:
    cells: list[Any] = [
        None,
        7,
        {"cell_type": 5, "source": 5, "metadata": [], "id": {}},
        {"cell_type": "code", "input": ["a = 1\n", 4, "b"]},
        {"cell_type": "code", "source": "x = '\ud800'"},
        {"cell_type": "markdown", "source": "", "attachments": {"a": 1, "b": {"c": 2}}},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["test-double"]}}},
        *course.solved().cells,
    ]
    for notebook in ({"cells": cells}, {"worksheets": [{"cells": cells}]}):
        made = sources(rebuilt(course, notebook))
        assert made["double"] == cell_of(course.solved(), "double").source
        "".join(made.values()).encode()  # no half of a character is left


@pytest.mark.parametrize(
    "data", [None, [], 3, {}, {"cells": {}}, {"worksheets": []}, {"worksheets": [1]}]
)
def test_what_is_no_notebook_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="no list of cells"):
        readable(data)


def test_an_empty_notebook_is_all_blank(course: TinyCourse) -> None:
    made = rebuilt(course, {"cells": []})
    assert made.untouched == {"double", "halve"}
    assert len(made.notes) == 2


def test_an_untouched_stub_of_an_earlier_release_is_blank(course: TinyCourse) -> None:
    """Stubs are improved after they were handed out; nothing was answered."""
    notebook = copy.deepcopy(course.shelf.release("en", ASSIGNMENT, FIRST).given)
    stub = cell_of(notebook, "double")
    stub.source = stub.source.replace("raise", "# An older hint.\n    raise")
    assert "double" not in rebuilt(course, notebook).untouched
    stub.metadata.nbgrader.checksum = compute_checksum(stub)  # as it was released
    assert "double" in rebuilt(course, notebook).untouched
    stub.metadata.nbgrader.grade_id = ["double"]
    rebuilt(course, notebook)
    stub.metadata.nbgrader = "double"
    rebuilt(course, notebook)


class Cycle:
    """What lets another thread run while the parser makes a tree."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        time.sleep(0)


def test_many_threads_take_notebooks_apart_at_once() -> None:
    """In Python 3.11 two threads that parse at a time stop each other."""
    source = "\n".join(f"def f{i}(x):\n    return [x, (x, [x])]" for i in range(40))

    def parse(number: int) -> int:
        for _ in range(3):
            Cycle()
        return len(rebuilding._names(source))

    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(1)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert set(threads.map(parse, range(600))) == {40}
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
