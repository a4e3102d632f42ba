"""Attacks on the notebook's file: what is edited in it, and what lies beside it.

Each function gets the base submission and the folder that it is handed in to,
and returns what becomes of the notebook; None: it has written the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

Edit = Callable[[NotebookNode, Path], NotebookNode | str | None]
EDITS: dict[str, tuple[Edit, str]] = {}  # name -> (edit, state)
FILE = "01-access.ipynb"
SCRIPT = "<script>hostile()</script><img src=x onerror=hostile()>"


def ends(state: str) -> Callable[[Edit], Edit]:
    """Register an attack, with the state that it ends in."""

    def register(edit: Edit) -> Edit:
        name = edit.__name__.replace("_", "-")
        EDITS[name] = edit, state
        return edit

    return register


def cell_of(notebook: NotebookNode, name: str) -> Any:
    return next(cell for cell in notebook.cells if cell.id == name)


# ---- 6: deserialisation ----------------------------------------------------


@ends("graded")
def metadata_that_loads(notebook: NotebookNode, folder: Path) -> NotebookNode:
    notebook.metadata["widgets"] = {"state": "!!python/object/apply:os.system [true]"}
    notebook.metadata["papermill"] = {"py/reduce": ["os.system", "true"]}
    notebook.metadata["kernelspec"] = {"name": "gASVKAAAAAAAAACMBXBvc2l4"}
    notebook.metadata["paramlab"] = {"framework": "os", "lesson": "../../etc"}
    return notebook


# ---- 8: resources ----------------------------------------------------------


@ends("invalid")
def fifty_megabytes(notebook: NotebookNode, folder: Path) -> str:
    return json.dumps(notebook) + " " * 50_000_000


@ends("invalid")
def nested_json(notebook: NotebookNode, folder: Path) -> str:
    return "[" * 200_000 + "]" * 200_000


@ends("graded")
def long_cell(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Parsing it to find its names would take gigabytes."""
    cell = new_code_cell("x = 1\n" * 500_000, id="long")
    notebook.cells.append(cell)
    notebook.cells.remove(cell_of(notebook, "nested-network"))
    return notebook


@ends("graded")
def deep_expression(notebook: NotebookNode, folder: Path) -> NotebookNode:
    for source in ("-" * 90_000 + "1", "a" + ".b" * 90_000, "(" * 90_000, "f(" * 90):
        notebook.cells.append(new_code_cell(source))
    notebook.cells.remove(cell_of(notebook, "nested-network"))
    return notebook


@ends("graded")
def long_markdown(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """What makes a Markdown parser slow: brackets, stars, quotes, links."""
    for piece in ("[", "*a_ ", "> ", "![a](", "`" * 7, "<a ", "- " * 9):
        notebook.cells.append(new_markdown_cell(piece * 20_000))
    return notebook


# ---- 9: files --------------------------------------------------------------


@ends("invalid")
def symlink_to_a_peer(notebook: NotebookNode, folder: Path) -> None:
    (folder / FILE).symlink_to(folder.parents[1] / "aaa-honest" / "pytorch" / FILE)


@ends("invalid")
def symlink_to_the_system(notebook: NotebookNode, folder: Path) -> None:
    (folder / FILE).symlink_to("/etc/passwd")


@ends("invalid")
def pipe(notebook: NotebookNode, folder: Path) -> None:
    os.mkfifo(folder / FILE)


@ends("blank")
def folder_as_notebook(notebook: NotebookNode, folder: Path) -> None:
    (folder / FILE).mkdir()
    (folder / FILE / "torch.py").write_text("raise SystemExit")


@ends("graded")
def modules_beside(notebook: NotebookNode, folder: Path) -> NotebookNode:
    for name in (
        "torch",
        "numpy",
        "paramlab",
        "sitecustomize",
        "usercustomize",
        "json",
    ):
        (folder / f"{name}.py").write_text("raise SystemExit('hostile')")
    startup = folder / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("check = lambda *given: 4.0")
    (folder / "nbgrader_config.py").write_text("raise SystemExit('hostile')")
    return notebook


# ---- 11: edits of the notebook ---------------------------------------------


@ends("graded")
def more_points(notebook: NotebookNode, folder: Path) -> NotebookNode:
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.points = 1e9
            cell.metadata.nbgrader.locked = False
    return notebook


@ends("graded")
def own_tests(notebook: NotebookNode, folder: Path) -> NotebookNode:
    for cell in notebook.cells:
        if cell.id.startswith("test-"):
            cell.source = "4.0"
            cell.outputs = [new_output("execute_result", {"text/plain": "4.0"})]
    return notebook


@ends("graded")
def no_tests(notebook: NotebookNode, folder: Path) -> NotebookNode:
    notebook.cells = [x for x in notebook.cells if not x.id.startswith("test-")]
    return notebook


@ends("graded")
def doubled_cells(notebook: NotebookNode, folder: Path) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells for _ in range(3)]
    return notebook


@ends("graded")
def tests_as_answers(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """A test cell says that it is the answer, so that its text would be run."""
    for cell in notebook.cells:
        if cell.id.startswith("test-"):
            cell.metadata.nbgrader.solution = True
            cell.source = "score = check = lambda *given: 4.0\n4.0"
    return notebook


@ends("graded")
def graded_cells_of_its_own(notebook: NotebookNode, folder: Path) -> NotebookNode:
    own = new_code_cell("4.0", id="test-nested-network-2")
    own.metadata.nbgrader = {
        "grade": True,
        "grade_id": "test-nested-network",
        "locked": True,
        "points": 100,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    notebook.cells.append(own)
    return notebook


@ends("graded")
def skipped_tests(notebook: NotebookNode, folder: Path) -> NotebookNode:
    for cell in notebook.cells:
        cell.metadata.tags = ["demonstration", "skip-execution", "raises-exception"]
    return notebook


@ends("graded")
def other_kernel(notebook: NotebookNode, folder: Path) -> NotebookNode:
    notebook.metadata.kernelspec = {
        "name": "../../bash",
        "language": "bash",
        "display_name": SCRIPT,
    }
    return notebook


@ends("graded")
def other_types(notebook: NotebookNode, folder: Path) -> NotebookNode:
    for cell in notebook.cells:
        if cell.id.startswith("test-") or cell.id == "setup":
            cell.cell_type = "raw"
            del cell["outputs"], cell["execution_count"]
    return notebook


@ends("graded")
def setup_of_another(notebook: NotebookNode, folder: Path) -> NotebookNode:
    cell_of(notebook, "setup").source = "check = score = lambda *given: 4.0"
    cell_of(notebook, "imports").source = "raise SystemExit"
    return notebook


@ends("graded")
def old_ids_exchanged(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """The right answer offers itself in the place of a wrong one."""
    first = cell_of(notebook, "gradient-states")
    last = cell_of(notebook, "nested-network")
    first.id, last.id = last.id, first.id
    first.metadata.nbgrader.grade_id = "nested-network"
    last.metadata.nbgrader.grade_id = "gradient-states"
    return notebook


@ends("graded")
def scripts_for_the_grader(notebook: NotebookNode, folder: Path) -> NotebookNode:
    show = (
        "from IPython.display import HTML, Javascript, SVG, Markdown, display\n"
        f"script = {SCRIPT!r}\n"
        "for kind in (HTML, Javascript, Markdown):\n    display(kind(script))\n"
        "name = 'http://www.w3.org/2000/svg'\n"
        "display(SVG(f'<svg xmlns=\"{name}\">{script}</svg>'))\n"
        "display({'image/png': '\\\" onerror=hostile() x=\\\"'}, raw=True)\n"
        "print(script, '\\x1b]8;;javascript:hostile()\\x1b\\\\click')\n"
        "raise ValueError(script)"
    )
    code = new_code_cell(show)
    text = new_markdown_cell(
        f"{SCRIPT} [x](javascript:hostile()) ![x](http://192.0.2.1/track.png) "
        '<style>body{display:none}</style> ![x](attachment:x" onerror="hostile()")'
    )
    text.attachments = {'x" onerror="hostile()"': {"image/png": '" onerror="hostile()'}}
    notebook.cells += [code, text]
    cell_of(notebook, "nested-bias").source += f"\nraise ValueError({SCRIPT!r})"
    return notebook


@ends("graded")
def odd_values(notebook: NotebookNode, folder: Path) -> str:
    data = json.loads(json.dumps(notebook))
    data["nbformat"], data["nbformat_minor"] = 10**30, -1
    data["metadata"] = ["x"]
    for i, cell in enumerate(data["cells"]):
        cell["execution_count"] = "NaN"
        cell["outputs"] = {"output_type": 7}
        if i % 3 == 0:
            cell["source"] = list(cell["source"])  # a list of characters
        if cell["cell_type"] == "markdown":
            cell["source"] = "\ud800" + str(cell["source"])
    data["cells"] += [None, 7, "x", [], {}, {"cell_type": 9, "source": {"a": 1}}]
    return json.dumps(data)
