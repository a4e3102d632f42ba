"""The widgets work in a real kernel, and leave a picture where they do not."""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from drive import REPOSITORY, TAUGHT, WIDGETS, lesson_with
from editions import one_framework
from nbclient import NotebookClient
from nbconvert import HTMLExporter

CALLS = {
    "picker": "initializer_picker()",
    "designer": "distribution_designer()",
    "depth": "signal_through_depth()",
    "explorer": "parameter_explorer(tied_network(load({framework!r})))",
    "dissector": "tie_dissector()",
    "monitor": "training_monitor(steps=10)",
}
# It runs every framework, whatever the kernel's own: one kernel shows it.
COMPARISON = "framework_comparison()"
CLASSES = {
    "parameter_explorer": "ParameterExplorer",
    "initializer_picker": "InitializerPicker",
    "distribution_designer": "DistributionDesigner",
    "signal_through_depth": "SignalThroughDepth",
    "framework_comparison": "FrameworkComparison",
    "tie_dissector": "TieDissector",
    "training_monitor": "TrainingMonitor",
}
DRIVER = """\
import sys
sys.path.insert(0, {tests!r})
from drive import displayed, drive
print([(type(shown).__name__, drive(shown)) for shown in displayed()])
"""


def calls(framework: str) -> list[str]:
    return [*CALLS.values(), *([COMPARISON] if framework == TAUGHT[0] else [])]


def notebook(framework: str, language: str) -> nbformat.NotebookNode:
    """Write a notebook with every widget in it."""
    sources = [
        "from paramlab.edition import use\n"
        f"use({framework!r}, {language!r})\n"
        "from paramlab.frameworks import load\n"
        "from paramlab.widgets import *\n"
        "from paramlab.widgets.monitor import tied_network",
        *[call.format(framework=framework) for call in calls(framework)],
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def run(book: nbformat.NotebookNode, folder: Path, **options: object) -> None:
    client = NotebookClient(
        book,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        **options,
    )
    client.execute()


@pytest.fixture(autouse=True)
def kernels_find_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY), prepend=":")


@pytest.mark.slow
@one_framework
def test_pictures_stand_where_no_widget_runs(framework: str, tmp_path: Path) -> None:
    book = notebook(framework, "zh")
    run(book, tmp_path, store_widget_state=False)
    # As on a page that has no kernel behind it:
    page, _ = HTMLExporter().from_notebook_node(book)
    images = BeautifulSoup(page, "html.parser").select(".jp-OutputArea-output img")
    assert len(images) == len(calls(framework))
    for cell, image in zip(book.cells[1:], images, strict=True):
        *told, output = cell.outputs  # what was done, the widget, no stderr
        assert all(set(one.data) == {"text/plain"} for one in told)
        assert bool(told) == ("framework_comparison" in cell.source)
        png = base64.b64decode(output.data["image/png"])
        assert png.startswith(b"\x89PNG")
        assert image["src"].endswith(output.data["image/png"].strip()[-40:])
        assert len(output.data["text/plain"].splitlines()) > 5


def lessons(framework: str) -> dict[Path, list[str]]:
    """List the lessons in which a widget is first shown, and these widgets."""
    found: dict[Path, list[str]] = {}
    for call in WIDGETS:
        found.setdefault(lesson_with(call, framework), []).append(call)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        # In a browser, every lesson's widgets are moved in every framework.
        pytest.param(*case, marks=pytest.mark.soak if number else ())
        for number, framework in enumerate(TAUGHT)
        for case in lessons(framework).items()
    ],
    ids=lambda value: "-".join(value.parts[-2:]) if isinstance(value, Path) else "",
)
def test_every_control_of_a_lessons_widgets_moves(path: Path, shown: list[str]) -> None:
    book = nbformat.read(path, as_version=4)
    driver = DRIVER.format(tests=str(REPOSITORY / "tests"))
    book.cells.append(nbformat.v4.new_code_cell(driver))
    # Unsolved exercises fail; nothing after them needs them.
    run(book, path.parent, allow_errors=True)
    (output,) = book.cells[-1].outputs
    assert output.output_type == "stream", output
    moves = dict(eval(output.text))
    for call in shown:
        assert moves[CLASSES[call]] > 15
        for cell in book.cells:
            if f"{call}(" in cell.source:
                assert [o for o in cell.outputs if o.get("name") == "stderr"] == []
