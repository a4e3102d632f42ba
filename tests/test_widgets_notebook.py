"""The widgets work in a real kernel, and leave a picture where they do not."""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from paramlab.frameworks import available
from paramlab.initializers import CATALOGUE

REPOSITORY = Path(__file__).parent.parent
FRAMEWORKS = [name for name in CATALOGUE if name in available()]
CALLS = {
    "picker": "initializer_picker()",
    "explorer": "parameter_explorer(tied_network(load({framework!r})))",
    "monitor": "training_monitor(steps=10)",
}
DRIVER = """\
import sys
sys.path.insert(0, {tests!r})
from drive import displayed, drive
print([(type(shown).__name__, drive(shown)) for shown in displayed()])
"""


def notebook(framework: str, language: str) -> nbformat.NotebookNode:
    """Write a notebook with every widget in it."""
    sources = [
        "from paramlab.edition import use\n"
        f"use({framework!r}, {language!r})\n"
        "from paramlab.frameworks import load\n"
        "from paramlab.widgets import *\n"
        "from paramlab.widgets.monitor import tied_network",
        *[call.format(framework=framework) for call in CALLS.values()],
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def built() -> list[Path]:
    """List the students' notebooks that show a widget."""
    paths = sorted((REPOSITORY / "notebooks" / "en").glob("*/*.ipynb"))
    return [
        path
        for path in paths
        if path.parent.name in FRAMEWORKS
        and "paramlab.widgets" in path.read_text(encoding="utf-8")
    ]


def run(book: nbformat.NotebookNode, folder: Path, **options: object) -> None:
    """Run a notebook and then move all its widgets' controls."""
    driver = DRIVER.format(tests=str(REPOSITORY / "tests"))
    book.cells.append(nbformat.v4.new_code_cell(driver))
    client = NotebookClient(
        book,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        **options,
    )
    client.execute()


def printed(cell: nbformat.NotebookNode, stream: str) -> str:
    return "".join(o.text for o in cell.outputs if o.get("name") == stream)


@pytest.fixture(autouse=True)
def kernels_find_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY), prepend=":")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("framework", "language"), zip(FRAMEWORKS, ("en", "zh"), strict=False)
)
def test_every_control_moves_in_a_kernel(
    framework: str, language: str, tmp_path: Path
) -> None:
    book = notebook(framework, language)
    run(book, tmp_path, store_widget_state=False)
    moves = dict(eval(printed(book.cells[-1], "stdout")))
    assert set(moves) == {
        "InitializerPicker",
        "ParameterExplorer",
        "TrainingMonitor",
    }
    assert min(moves.values()) > 15
    for cell in book.cells:
        assert printed(cell, "stderr") == ""
    # Without the widgets' state, as on a page: the pictures are shown.
    page, _ = HTMLExporter().from_notebook_node(book)
    images = BeautifulSoup(page, "html.parser").select(".jp-OutputArea-output img")
    assert len(images) == len(CALLS)
    shown = [output for cell in book.cells[1:4] for output in cell.outputs]
    for output, image in zip(shown, images, strict=True):
        png = base64.b64decode(output.data["image/png"])
        assert png.startswith(b"\x89PNG")
        assert image["src"].endswith(output.data["image/png"].strip()[-40:])
        assert len(output.data["text/plain"].splitlines()) > 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", built(), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_widgets_of_the_built_notebooks_run(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    calls = [
        cell.source
        for cell in book.cells
        if cell.cell_type == "code" and "paramlab.widgets" in cell.source
    ]
    # Unsolved exercises fail; nothing after them needs them.
    run(book, path.parent, allow_errors=True)
    assert book.cells[-1].outputs[0].output_type == "stream", book.cells[-1].outputs
    moves = eval(printed(book.cells[-1], "stdout"))
    assert len(moves) >= len(calls)
    assert all(count > 3 for _, count in moves)
