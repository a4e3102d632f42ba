"""Every lesson, of one edition a framework and a language, in a real JupyterLab.

All cells run, every control of every widget is moved by keys, and each plot,
table and sentence is held against what Python computes for that setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from drive import REPOSITORY, TAUGHT
from editions import LANGUAGE_OF
from pages import all_of, worked
from playwright.sync_api import Browser

from authoring.browser import Lab, jupyterlab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSONS = [
    path
    for framework in TAUGHT
    for path in sorted(
        (REPOSITORY / "notebooks" / LANGUAGE_OF[framework] / framework).glob("*.ipynb")
    )
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("root")
    for path in LESSONS:
        copy = root / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    with jupyterlab(root, tmp_path_factory.mktemp("state")) as running:
        yield running


def calls(path: Path) -> int:
    """Count the widgets that a notebook makes."""
    cells = nbformat.read(path, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    return sum("from paramlab.widgets import" in source for source in code)


@pytest.mark.parametrize(
    "path", LESSONS, ids=lambda path: "-".join([*path.parts[-3:-1], path.stem])
)
def test_a_lesson_shows_what_python_computes(
    lab: Lab, chrome: Browser, path: Path
) -> None:
    notebook = lab.open(chrome, str(path.relative_to(REPOSITORY)))
    notebook.run_all()  # unsolved exercises fail, and the rest goes on
    shown = all_of(notebook)
    assert len(shown) >= calls(path) > 0
    for widget in shown:
        widget.assert_shows(widget.computed())
        moves = list(worked(widget))
        assert moves
        widget.assert_shows(widget.computed())
    images = notebook.page.locator(".jp-MarkdownOutput img")
    missing = "images => images.filter((image) => !image.naturalWidth).length"
    assert images.evaluate_all(missing) == 0
    assert notebook.errors == []
    notebook.end()
