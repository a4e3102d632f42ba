"""What editors and students do to the notebook's file, without any harm.

Each function gets a solved notebook and returns what is handed in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

Edit = Callable[[NotebookNode], Any]
EDITS: dict[str, Edit] = {}


def edit(change: Edit) -> Edit:
    """Register an edit."""
    EDITS[change.__name__.replace("_", "-")] = change
    return change


@edit
def untouched(notebook: NotebookNode) -> NotebookNode:
    return notebook


@edit
def no_metadata(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.metadata = {}
    return notebook


@edit
def colab(notebook: NotebookNode) -> NotebookNode:
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"id": f"x{number}", "colab": {"base_uri": "https://localhost"}}
        del cell["id"]
    notebook.metadata = {
        "colab": {"provenance": [], "toc_visible": True},
        "accelerator": "GPU",
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    notebook.nbformat_minor = 0
    return notebook


@edit
def vscode(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        cell.metadata = {"vscode": {"languageId": "python"}}
        cell.id = cell.id[::-1]
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": ".venv (3.11)"},
        "language_info": {"name": "python", "version": "3.13.1"},
    }
    return notebook


@edit
def other_kernel(notebook: NotebookNode) -> NotebookNode:
    notebook.metadata.kernelspec = {
        "name": "conda-env-d2l-py",
        "display_name": "Python [conda env:d2l] *",
        "language": "python",
    }
    return notebook


@edit
def outputs_kept(notebook: NotebookNode) -> NotebookNode:
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.execution_count = 100 - number
            cell.outputs = [
                new_output("stream", name="stderr", text="a warning"),
                new_output("display_data", {"image/png": "iVBORw0KGgo="}),
                new_output("error", ename="E", evalue="old", traceback=["old"]),
            ]
    return notebook


@edit
def own_cells(notebook: NotebookNode) -> NotebookNode:
    """A try, a note and an error after each cell; a scratch cell before all."""
    cells = [new_code_cell("scratch = 1", id="scratch")]
    for number, cell in enumerate(notebook.cells):
        cells += [
            cell,
            new_markdown_cell(f"note {number}", id=f"n{number}"),
            new_code_cell(f"mine_{number} = scratch + {number}\nmine_{number}"),
        ]
    cells.append(new_code_cell("1 / 0", id="left"))
    notebook.cells = cells
    return notebook


@edit
def no_examples(notebook: NotebookNode) -> NotebookNode:
    """Nothing is left but answers, tests and imports."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader") or cell.id == "setup"
    ]
    return notebook


@edit
def reordered(notebook: NotebookNode) -> NotebookNode:
    """The answers stand where the student likes them: at the end."""
    answers = [
        x for x in notebook.cells if x.metadata.get("nbgrader", {}).get("solution")
    ]
    rest = [x for x in notebook.cells if x not in answers]
    notebook.cells = rest + answers[::-1]
    return notebook


@edit
def split_answers(notebook: NotebookNode) -> NotebookNode:
    """The answer calls a function of a cell above it."""
    cells = []
    for cell in notebook.cells:
        if (
            cell.metadata.get("nbgrader", {}).get("solution")
            and cell.cell_type == "code"
        ):
            name = _first_name(cell.source)
            mine = cell.source.replace(f"def {name}(", f"def my_{name}(")
            cells.append(new_code_cell(mine))
            cell.source = f"{name} = my_{name}"
        cells.append(cell)
    notebook.cells = cells
    return notebook


def _first_name(source: str) -> str:
    return source.split("def ", 1)[1].split("(", 1)[0]


@edit
def answers_below_the_stubs(notebook: NotebookNode) -> NotebookNode:
    """The stub was left, and the answer written in a new cell below it."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if (
            cell.metadata.get("nbgrader", {}).get("solution")
            and cell.cell_type == "code"
        ):
            name = _first_name(cell.source)
            cells.append(new_code_cell(cell.source))
            cell.source = f"def {name}(*given):\n    raise NotImplementedError"
    notebook.cells = cells
    return notebook


@edit
def windows(notebook: NotebookNode) -> bytes:
    """Line ends and a byte order mark of another system."""
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return b"\xef\xbb\xbf" + json.dumps(notebook, ensure_ascii=False).encode()


@edit
def sources_as_lists(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        cell.source = cell.source.splitlines(keepends=True)
    return notebook


@edit
def tabs(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if (
            cell.metadata.get("nbgrader", {}).get("solution")
            and cell.cell_type == "code"
        ):
            cell.source = cell.source.replace("    ", "\t")
    return notebook


@edit
def locked_cells_changed(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("locked"):
            cell.source = "# " + cell.source.replace("\n", "\n# ")
            cell.metadata.nbgrader.points = 0
    return notebook


@edit
def setup_changed(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if cell.id == "setup":
            cell.source = "!pip install paramlab\nfrom paramlab import *"
    return notebook
