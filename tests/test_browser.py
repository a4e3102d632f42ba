"""In a real JupyterLab the widgets draw what Python computed, and react."""

from __future__ import annotations

import base64
import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from drive import REPOSITORY, TAUGHT, lesson_with
from editions import LANGUAGES
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from authoring.browser import Lab, Opened, chromium, jupyterlab
from paramlab import widgets
from paramlab.frameworks import load
from paramlab.initializers import CATALOGUE
from paramlab.messages import area
from paramlab.widgets import palette
from paramlab.widgets.monitor import tied_network
from paramlab.widgets.picker import InitializerPicker

pytestmark = [pytest.mark.browser, pytest.mark.slow]

each_framework = pytest.mark.parametrize("framework", TAUGHT)

CALLS = (
    "widgets.initializer_picker()",
    "widgets.parameter_explorer(tied_network(load({framework!r})))",
    "widgets.training_monitor(steps=30)",
)
PICKER, EXPLORER, MONITOR = range(3)
# Each framework's notebook is opened in English, and in one other language.
OTHER = dict(zip(TAUGHT, itertools.cycle(LANGUAGES[1:]), strict=False))


def write(
    folder: Path,
    framework: str,
    language: str,
    calls: tuple[str, ...] = CALLS,
    name: str = "",
) -> None:
    """Write a notebook with these widgets in it."""
    sources = [
        "from paramlab import edition, widgets\n"
        "from paramlab.frameworks import load\n"
        "from paramlab.widgets.monitor import tied_network\n"
        f"_ = edition.use({framework!r}, {language!r})",
        *[call.format(framework=framework) for call in calls],
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    book = nbformat.v4.new_notebook(
        cells=cells,
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(book, folder / f"{name or f'{framework}-{language}'}.ipynb")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("root")
    for framework in TAUGHT:
        for language in ("en", OTHER[framework]):
            write(root, framework, language)
    write(root, TAUGHT[0], "en", ("widgets.framework_comparison()",), "comparison")
    for path in lessons():
        copy = root / "notebooks" / path.relative_to(REPOSITORY / "notebooks")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    with jupyterlab(root, tmp_path_factory.mktemp("state")) as running:
        yield running


def lessons() -> list[Path]:
    """List one lesson of each framework, and one of each other widget."""
    pairs = [("initializer_picker", framework) for framework in TAUGHT]
    others = ("parameter_explorer", "training_monitor", "framework_comparison")
    pairs += zip(others, TAUGHT, strict=False)
    return [lesson_with(call, framework) for call, framework in pairs]


@pytest.fixture(scope="module", params=TAUGHT)
def opened(
    request: pytest.FixtureRequest, lab: Lab, chrome: Browser
) -> Iterator[Opened]:
    """Open one framework's notebook and run it."""
    notebook = lab.open(chrome, f"{request.param}-en.ipynb")
    assert notebook.run_all() == []
    yield notebook
    notebook.page.context.close()


@pytest.fixture
def framework(opened: Opened) -> str:
    return opened.page.url.split("tree/")[1].split("-")[0]


def widget(opened: Opened, number: int) -> Locator:
    """Find a widget on the page and bring it into view."""
    found = opened.page.locator(".paramlab-widget:has(.paramlab-plot)").nth(number)
    found.locator("canvas").scroll_into_view_if_needed()
    expect(found.locator("canvas")).to_be_visible()
    return found


def draws(shown: Locator) -> int:
    return int(shown.locator("canvas").get_attribute("data-draws") or 0)


def settled(opened: Opened, shown: Locator, above: int = 0) -> int:
    """Wait until a plot is drawn more often, and then no more; count."""
    canvas = shown.locator("canvas")
    count = above
    for _ in range(100):
        opened.page.wait_for_timeout(150)
        now = int(canvas.get_attribute("data-draws") or 0)
        if now > above and now == count:
            return now
        count = now
    raise AssertionError(f"drawn {count} times, not settled above {above}")


def pixels(shown: Locator) -> np.ndarray:
    """Read a canvas's own pixels, at one a CSS pixel."""
    url = shown.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    image = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
    return np.asarray(image.convert("RGB")).astype(int)


def table(shown: Locator) -> list[list[str]]:
    rows = shown.locator(".paramlab-plot tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def frames(shown: Locator) -> list[dict[str, Any]]:
    text = shown.locator("canvas").get_attribute("data-frames")
    return list(json.loads(text or "[]"))


def bar_heights(
    image: np.ndarray, frame: dict[str, Any], edges: np.ndarray, role: str
) -> np.ndarray:
    """Measure the bars on the canvas, in the units of its axis."""
    colour = [int(palette.light()[role][i : i + 2], 16) for i in (1, 3, 5)]
    centres = (edges[1:] + edges[:-1]) / 2
    low, high = frame["x_range"]
    x = frame["left"] + (centres - low) / (high - low) * (
        frame["right"] - frame["left"]
    )
    top, bottom = round(frame["top"]), round(frame["bottom"])
    columns = image[top:bottom, np.round(x).astype(int)]
    painted = (np.abs(columns - colour) < 12).all(axis=2)
    first = np.where(painted.any(axis=0), painted.argmax(axis=0), bottom - top)
    y_low, y_high = frame["y_range"]
    return y_low + (bottom - top - first) / (bottom - top) * (y_high - y_low)


def mirrored(framework: str, **changes: Any) -> InitializerPicker:
    """Make the widget that should be on the page."""
    return widgets.initializer_picker(framework=framework, language="en", **changes)


def assert_shows(shown: Locator, expected: InitializerPicker) -> None:
    """Hold the page against numbers computed here."""
    scene = expected.scene()
    assert scene.table is not None
    assert table(shown) == [list(row) for row in scene.table.rows]
    assert shown.locator("pre").inner_text().strip() == scene.code.strip()
    canvas = shown.locator("canvas")
    assert scene.summary in (canvas.get_attribute("aria-label") or "")
    weights = expected.compute()
    (frame,) = frames(shown)
    measured = bar_heights(pixels(shown), frame, weights.edges, "data")
    # The curve covers some bars' tops; a pixel is a fair error for the others.
    y_low, y_high = frame["y_range"]
    pixel = (y_high - y_low) / (frame["bottom"] - frame["top"])
    off = np.abs(measured - weights.heights) / pixel
    assert np.median(off) < 1.5
    assert (off < 4.5).mean() > 0.85


def test_the_picker_shows_what_python_computes(opened: Opened, framework: str) -> None:
    shown = widget(opened, PICKER)
    settled(opened, shown)
    assert_shows(shown, mirrored(framework))


def test_a_key_on_a_slider_redraws_once(opened: Opened, framework: str) -> None:
    shown = widget(opened, PICKER)
    before, image = settled(opened, shown), pixels(shown)
    slider = shown.get_by_role("slider").last  # the seed
    slider.focus()
    opened.page.keyboard.press("ArrowRight")
    assert settled(opened, shown, above=before) == before + 1
    after = pixels(shown)
    assert (image != after).any(axis=2).mean() > 0.01
    assert_shows(shown, mirrored(framework, seed=1))
    opened.page.keyboard.press("ArrowLeft")
    settled(opened, shown, above=before + 1)
    assert np.array_equal(pixels(shown), image)


def test_another_initializer_brings_its_own_controls(
    opened: Opened, framework: str
) -> None:
    shown = widget(opened, PICKER)
    before = settled(opened, shown)
    name = {
        "pytorch": "kaiming_normal_",
        "mxnet": "MSRAPrelu",
        "tensorflow": "HeNormal",
        "paddle": "KaimingNormal",
    }[framework]
    first = shown.locator("select").first.evaluate("select => select.value")
    shown.locator("select").first.select_option(name)
    settled(opened, shown, above=before)
    labels = shown.locator(".widget-label").all_inner_texts()
    entry = CATALOGUE[framework][name]
    assert {argument.name for argument in entry.arguments} <= set(labels)
    assert_shows(shown, mirrored(framework, initializer=name))
    # Where nothing is drawn, a sentence says why.
    for silent in (e.name for e in CATALOGUE[framework].values() if e.reason):
        shown.locator("select").first.select_option(silent)
        expect(shown.locator(".paramlab-heading")).to_contain_text(silent)
        expect(shown.locator(".paramlab-note")).to_contain_text(silent)
        expect(shown.locator("canvas")).to_be_hidden()
        assert shown.get_by_role("slider").count() == 0
    shown.locator("select").first.select_option(first)
    expect(shown.locator("canvas")).to_be_visible()


def test_the_tree_is_walked_by_keys(opened: Opened, framework: str) -> None:
    shown = widget(opened, EXPLORER)
    before, image = settled(opened, shown), pixels(shown)
    adapter = load(framework)
    parameters = adapter.parameters(tied_network(adapter))
    selected = shown.get_by_role("row", selected=True)
    expect(selected).to_contain_text(parameters[0].name)
    selected.focus()
    opened.page.keyboard.press("ArrowDown")
    expect(shown.get_by_role("row", selected=True)).to_contain_text(parameters[1].name)
    settled(opened, shown, above=before)
    assert not np.array_equal(pixels(shown), image)
    expect(shown.locator(".paramlab-heading")).to_contain_text(parameters[1].name)
    rows = shown.get_by_role("treegrid").get_by_role("row")
    everything = rows.count()
    opened.page.keyboard.press("Home")
    opened.page.keyboard.press("ArrowLeft")
    folded = sum(row.is_visible() for row in rows.all())
    assert folded < everything
    opened.page.keyboard.press("ArrowRight")
    assert sum(row.is_visible() for row in rows.all()) > folded
    assert shown.get_by_text("same as").count() == 2
    rows.nth(3).click()
    expect(rows.nth(3)).to_have_attribute("aria-selected", "true")


def test_the_monitor_plays(opened: Opened, framework: str) -> None:
    shown = widget(opened, MONITOR)
    before = settled(opened, shown)
    expect(shown.locator(".paramlab-heading")).to_contain_text("step 0 of 30")
    shown.locator(".widget-play button").first.click()
    expect(shown.locator(".paramlab-heading")).to_contain_text(
        "step 30 of 30", timeout=60_000
    )
    count = settled(opened, shown, above=before)
    assert before < count <= before + 30
    expected = widgets.training_monitor(steps=30, framework=framework, language="en")
    expected.go(30)
    scene = expected.scene()
    assert scene.table is not None
    assert table(shown) == [list(row) for row in scene.table.rows]
    assert scene.summary in (shown.locator("canvas").get_attribute("aria-label") or "")
    shown.get_by_role("button", name="Start again").click()
    expect(shown.locator(".paramlab-heading")).to_contain_text("step 0 of 30")


def test_the_page_turns_dark(opened: Opened, framework: str) -> None:
    shown = widget(opened, PICKER)
    before = settled(opened, shown)
    light = pixels(shown)
    opened.theme("JupyterLab Dark")
    try:
        shown = widget(opened, PICKER)
        settled(opened, shown, above=before)
        dark = pixels(shown)
        room = shown.locator(".paramlab-plot").evaluate("plot => plot.clientWidth")
    finally:  # the server remembers it for the notebooks after this one
        opened.theme("JupyterLab Light")
    assert light[0, 0].min() > 240
    assert dark[0, 0].max() < 40
    # With a theme JupyterLab lays the page out anew, and may leave more room
    # beside its side bar: the plot is as high as before, and fills its width.
    assert dark.shape[0] == light.shape[0]
    assert abs(dark.shape[1] - room) <= 1


def test_the_console_is_silent(opened: Opened, framework: str) -> None:
    """Runs last in this module's order: nothing above has left an error."""
    assert opened.errors == []


def test_the_comparison_shows_what_the_frameworks_do(lab: Lab, chrome: Browser) -> None:
    notebook = lab.open(chrome, "comparison.ipynb")
    assert notebook.run_all() == []
    shown = widget(notebook, 0)
    before, image = settled(notebook, shown), pixels(shown)
    expected = widgets.framework_comparison(framework=TAUGHT[0], language="en")
    slider = shown.get_by_role("slider")
    for press in range(2):
        scene = expected.scene()
        assert scene.table is not None
        assert table(shown) == [list(row) for row in scene.table.rows]
        label = shown.locator("canvas").get_attribute("aria-label") or ""
        assert scene.summary in label
        assert len(frames(shown)) == len(scene.panels) == 5
        if not press:
            slider.focus()
            notebook.page.keyboard.press("ArrowRight")
            settled(notebook, shown, above=before)
            expected.width.value = 128
    assert not np.array_equal(pixels(shown), image)
    shown.locator("select").select_option(label=str(expected.kind.options[2][0]))
    expect(shown.locator(".paramlab-heading")).to_contain_text("embedding")
    expect(notebook.page.get_by_text("Measured here: PyTorch")).to_be_visible()
    assert notebook.errors == []
    notebook.page.context.close()


@each_framework
def test_labels_are_in_the_language(lab: Lab, chrome: Browser, framework: str) -> None:
    language = OTHER[framework]
    texts = area(language, "widgets")
    notebook = lab.open(chrome, f"{framework}-{language}.ipynb")
    assert notebook.run_all() == []
    shown = widget(notebook, PICKER)
    settled(notebook, shown)
    labels = shown.locator(".widget-label").all_inner_texts()
    assert texts["picker"]["initializer"] in labels
    numbers = texts["numbers"]
    assert [row[0] for row in table(shown)][:2] == [numbers["mean"], numbers["std"]]
    trainable = texts["explorer"]["trainable"]
    assert widget(notebook, EXPLORER).get_by_text(trainable).count() > 0
    monitor = texts["monitor"]
    training = widget(notebook, MONITOR)
    training.get_by_role("button", name=monitor["step"]).first.click()
    expect(training.locator(".paramlab-heading")).to_contain_text(
        monitor["at"].format(step=1, last=30)
    )
    assert notebook.errors == []
    notebook.page.context.close()


@pytest.mark.parametrize(
    "path", lessons(), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_lesson_runs_and_its_widget_moves(
    lab: Lab, chrome: Browser, path: Path
) -> None:
    notebook = lab.open(chrome, str(path.relative_to(REPOSITORY)))
    notebook.run_all()  # unsolved exercises fail, and the rest goes on
    plots = notebook.page.locator(".paramlab-widget:has(.paramlab-plot)")
    book = nbformat.read(path, as_version=4)
    calls = [
        cell
        for cell in book.cells
        if cell.cell_type == "code" and "paramlab.widgets" in cell.source
    ]
    assert plots.count() >= len(calls) > 0
    for number in range(plots.count()):
        shown = widget(notebook, number)
        before, image = settled(notebook, shown), pixels(shown)
        handle, key = handle_of(shown)
        handle.focus()
        notebook.page.keyboard.press(key)
        settled(notebook, shown, above=before)
        assert not np.array_equal(pixels(shown), image)
    images = notebook.page.locator(".jp-MarkdownOutput img")
    missing = "images => images.filter((image) => !image.naturalWidth).length"
    assert images.evaluate_all(missing) == 0
    assert notebook.errors == []
    notebook.page.context.close()


def handle_of(shown: Locator) -> tuple[Locator, str]:
    """Return what to focus in a widget, and a key that changes its plot."""
    tree = shown.get_by_role("row", selected=True)
    if tree.count():
        return tree, "ArrowDown"
    sliders = shown.get_by_role("slider")
    plays = shown.locator(".widget-play").count()
    return (sliders.first if plays else sliders.last), "ArrowRight"  # step, seed
