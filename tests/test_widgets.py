"""The widgets show right numbers, whatever their controls say.

Everything here runs without a browser: setting a control's value is what a
message from the browser does.
"""

from __future__ import annotations

import asyncio
import io
import random
import threading
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from editions import each_edition
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import Image

from paramlab import edition, widgets
from paramlab.comparison import WIDTHS
from paramlab.defaults import DEFAULTS
from paramlab.facts import FACTS
from paramlab.frameworks import available, load
from paramlab.initializers import CATALOGUE
from paramlab.messages import area
from paramlab.widgets import fonts, palette, scene
from paramlab.widgets.picture import Picture, draw, png
from paramlab.widgets.scene import Bars, Line, Panel, Scene, Stems, floats, pack
from paramlab.widgets.shown import Shown

# Not ours: MXNet 1.9.1 reads an old name of SciPy's.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Please import `csr_matrix`:DeprecationWarning"
)

FRAMEWORKS = [name for name in CATALOGUE if name in available()]
LANGUAGES = list(edition.LANGUAGES)
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS)
each_language = pytest.mark.parametrize("language", LANGUAGES)

NESTED = {
    "kind": "sequential",
    "layers": [
        {
            "kind": "sequential",
            "layers": [
                {"kind": "dense", "inputs": 3, "outputs": 5, "activation": "relu"},
                {"kind": "dense", "inputs": 5, "outputs": 5, "key": "shared"},
            ],
        },
        {"kind": "dense", "inputs": 5, "outputs": 5, "key": "shared"},
        {"kind": "dense", "inputs": 5, "outputs": 2, "trainable": False},
    ],
}


def make(kind: str, framework: str, language: str = "en") -> Shown:
    given = {"framework": framework, "language": language}
    if kind == "picker":
        return widgets.initializer_picker(**given)
    if kind == "depth":
        return widgets.signal_through_depth(**given)
    if kind == "explorer":
        return widgets.parameter_explorer(load(framework).build(NESTED), **given)
    if kind == "comparison":
        return widgets.framework_comparison(**given)
    if kind == "dissector":
        return widgets.tie_dissector(**given)
    if kind == "designer":
        return widgets.distribution_designer(**given)
    return widgets.training_monitor(steps=12, **given)


KINDS = (
    "picker",
    "depth",
    "explorer",
    "comparison",
    "designer",
    "dissector",
    "monitor",
)


class Redraws:
    """Counts the scenes that a plot is sent."""

    def __init__(self, shown: Shown) -> None:
        self.count = 0
        shown.plot.observe(self._seen, names="scene")

    def _seen(self, change: Any) -> None:
        self.count += 1


def bars(panel: Panel) -> Bars:
    return next(mark for mark in panel.marks if isinstance(mark, Bars))


# What all widgets promise


@each_framework
@pytest.mark.parametrize("kind", KINDS)
def test_work_asked_for_on_another_thread_is_done_where_cells_run(
    framework: str, kind: str
) -> None:
    async def notebook() -> tuple[Shown, set[int], int]:
        shown = make(kind, framework)
        threads: set[int] = set()
        count = 0

        def seen(change: Any) -> None:
            nonlocal count
            threads.add(threading.get_ident())
            count += 1

        shown.plot.observe(seen, names="scene")
        control = {
            "picker": lambda: shown.seed,
            "explorer": lambda: shown.tree,
            "comparison": lambda: shown.width,
            "dissector": lambda: shown.seed,
            "designer": lambda: shown.inputs,
            "depth": lambda: shown.seed,
            "monitor": lambda: shown.step,
        }[kind]()
        name = "selected" if kind == "explorer" else "value"

        def drag() -> None:
            for value in WIDTHS if kind == "comparison" else range(1, 9):
                setattr(control, name, value)

        other = threading.Thread(target=drag)
        other.start()
        other.join()  # a busy main thread: nothing is drawn meanwhile
        assert count == 0
        await asyncio.sleep(0.05)
        return shown, threads, count

    shown, threads, count = asyncio.run(notebook())
    assert threads == {threading.get_ident()}
    assert count == 1  # of a row of waiting changes the last is drawn
    assert shown.plot.scene == pack(shown.scene())


def next_draws(framework: str) -> list[float]:
    """Take a few numbers from every global random stream."""
    drawn = [random.random(), float(np.random.rand())]
    if framework == "pytorch":
        import torch

        return [*drawn, float(torch.rand(1))]
    if framework == "mxnet":
        import mxnet as mx

        return [*drawn, float(mx.nd.random.uniform(shape=(1,)).asnumpy()[0])]
    if framework == "tensorflow":
        import tensorflow as tf

        return [*drawn, float(tf.random.uniform([]))]
    import paddle

    return [*drawn, float(paddle.rand([1]))]


@each_framework
@pytest.mark.parametrize("kind", KINDS)
def test_no_widget_draws_from_a_global_stream(framework: str, kind: str) -> None:
    def start() -> None:
        load(framework).seed(5)
        random.seed(5)
        np.random.seed(5)

    net = load(framework).build(NESTED)
    start()
    expected = next_draws(framework)
    start()
    if kind == "picker":
        shown: Any = make(kind, framework)
        for name in shown.entries:
            shown.initializer.value = name
        shown.seed.value = 3
    elif kind == "explorer":
        shown = widgets.parameter_explorer(net, framework=framework, language="en")
        for number in range(len(shown.places)):
            shown.tree.selected = number
    elif kind == "comparison":
        shown = make(kind, framework)
        shown.kind.value = "conv"
    elif kind == "depth":
        shown = make(kind, framework)
        shown.seed.value = 3
        shown.rule.value = "he_uniform"
    elif kind == "dissector":
        shown = make(kind, framework)
        shown.seed.value = 3
        shown.uses.value = 4
        shown.network.value = "fancy"
    elif kind == "designer":
        shown = make(kind, framework)
        shown.seed.value = 3
        shown.inputs.value = 5
    else:
        shown = make(kind, framework)
        shown.go(6)
        shown.again.click()
    png(shown.picture())
    assert next_draws(framework) == expected


@each_edition
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_and_the_numbers_stand_where_no_widget_runs(
    framework: str, language: str, kind: str
) -> None:
    shown = make(kind, framework, language)
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    image = Image.open(io.BytesIO(bundle["image/png"]))
    assert image.width >= 700
    assert len(bundle["image/png"]) < 60_000
    text = bundle["text/plain"]
    assert shown.scene().summary in text
    for row in shown.plot.scene["table"]["rows"]:
        assert " | ".join(row) in text
    assert isinstance(shown.picture(), Picture)


@each_language
def test_every_label_of_a_language_has_letters_for_pictures(language: str) -> None:
    found = [
        font_manager.findfont(
            font_manager.FontProperties(family=[name]), fallback_to_default=False
        )
        for name in fonts.families(language)
    ]
    known = set().union(*(FT2Font(path).get_charmap() for path in found))
    texts = list(leaves(area(language, "widgets")))
    texts += [entry.formula for f in CATALOGUE.values() for entry in f.values()]
    texts += [entry.weight.formula for f in DEFAULTS.values() for entry in f.values()]
    missing = {letter for text in texts for letter in text if ord(letter) not in known}
    assert not missing, "run: python -m authoring.fonts"


def leaves(messages: dict[str, Any]) -> Iterator[str]:
    for value in messages.values():
        if isinstance(value, dict):
            yield from leaves(value)
        else:
            yield value


def test_languages_have_the_same_texts_with_the_same_blanks() -> None:
    def blanks(messages: dict[str, Any], path: str = "") -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, value in messages.items():
            if isinstance(value, dict):
                found |= blanks(value, f"{path}{key}.")
            else:
                parts = [part.split("}")[0] for part in value.split("{")[1:]]
                found[path + key] = sorted(parts)
        return found

    english = blanks(area("en", "widgets"))
    for language in LANGUAGES[1:]:
        assert blanks(area(language, "widgets")) == english


@each_language
@pytest.mark.filterwarnings("error:Glyph:UserWarning")
def test_pictures_need_no_font_that_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    manager = font_manager.fontManager
    own = [f for f in manager.ttflist if f.fname.startswith(mpl.get_data_path())]
    monkeypatch.setattr(manager, "ttflist", own)
    manager._findfont_cached.cache_clear()
    fonts.families.cache_clear()
    try:
        for kind in KINDS:
            png(make(kind, FRAMEWORKS[0], language).picture())
    finally:
        manager._findfont_cached.cache_clear()
        fonts.families.cache_clear()


def test_the_notebooks_edition_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition, "_current", None)
    with pytest.raises(edition.NoEdition):
        widgets.initializer_picker()
    edition.use("pytorch", "zh")
    shown = widgets.initializer_picker()
    assert (shown.framework.id, shown.language) == ("pytorch", "zh")
    assert shown.initializer.description == "初始化方法"
    assert widgets.initializer_picker(language="en").language == "en"


def test_packed_bytes_are_the_arrays_in_order() -> None:
    given = Scene(
        title="t",
        summary="s",
        panels=(
            Panel(
                "p",
                (
                    Bars(floats([0, 1, 2]), floats([3, 4]), "data", "a"),
                    Line(floats([5]), floats([6]), "theory", "b", dashed=True),
                    Stems(floats([7]), floats([8]), "data", "c"),
                ),
                (0, 1),
                (0, 2),
            ),
        ),
    )
    packed = pack(given)
    data = np.frombuffer(packed["data"], "<f4")
    assert data.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    first, second, third = packed["panels"][0]["marks"]
    assert (first["edges"], first["heights"]) == ([0, 3], [3, 2])
    assert (second["x"], second["y"], second["dashed"]) == ([5, 1], [6, 1], True)
    assert (third["kind"], third["x"], third["marker"]) == ("stems", [7, 1], False)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [palette.light(), palette.dark()])
def test_texts_and_lines_stand_out_from_the_page(colours: dict[str, str]) -> None:
    for role in ("ink", "faint"):
        assert contrast(colours[role], colours["paper"]) >= 4.5
    uses = [f"use-{number}" for number in range(1, 5)]
    lines = ("theory", "second", "gradient", "before", "loss", "now", *FACTS, *uses)
    for role in lines:
        assert contrast(colours[role], colours["paper"]) >= 3
    # The curve lies over the bars.
    assert contrast(colours["theory"], colours["data"]) >= 1.4


def test_axes_stand_still_for_small_changes() -> None:
    assert scene.wide_range([-0.51, 0.51]) == scene.wide_range([-0.55, 0.55])
    low, high = scene.wide_range([3.0, 3.0])
    assert low < 3 < high
    assert scene.wide_range([]) == (-1, 1)
    assert scene.height_range([0.0]) == (0, 1)
    assert scene.height_range([19])[1] == 20
    assert scene.decade_range([0.02, 3]) == (0.01, 10)
    assert scene.decade_range([]) == (0.1, 1)


def test_a_scene_without_panels_is_a_picture_too() -> None:
    note = "张量的梯度，没有中间的量，" * 12 + "many words with spaces " * 8
    figure = draw(Scene("t", "s", note=note), "zh")
    lines = figure.texts[-1].get_text().splitlines()
    assert "".join(lines).replace(" ", "") == note.replace(" ", "")
    box = figure.texts[-1].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.x1
    assert 0 <= box.y0 < box.y1 <= figure.bbox.y1
