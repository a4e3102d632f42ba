"""The widgets show right numbers, whatever their controls say.

Everything here runs without a browser: setting a control's value is what a
message from the browser does.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import Image

from paramlab import edition, widgets
from paramlab.comparison import WIDTHS
from paramlab.defaults import DEFAULTS
from paramlab.facts import FACTS, Absent
from paramlab.frameworks import available, load
from paramlab.initializers import CATALOGUE, LayerShape, find
from paramlab.messages import area
from paramlab.widgets import explorer, fonts, monitor, palette, picker, scene
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
    if kind == "explorer":
        return widgets.parameter_explorer(load(framework).build(NESTED), **given)
    if kind == "comparison":
        return widgets.framework_comparison(**given)
    return widgets.training_monitor(steps=12, **given)


KINDS = ("picker", "explorer", "comparison", "monitor")


def inputs_first(framework: str) -> bool:
    return FACTS[framework].weight_layout == "in_out"


class Redraws:
    """Counts the scenes that a plot is sent."""

    def __init__(self, shown: Shown) -> None:
        self.count = 0
        shown.plot.observe(self._seen, names="scene")

    def _seen(self, change: Any) -> None:
        self.count += 1


def bars(panel: Panel) -> Bars:
    return next(mark for mark in panel.marks if isinstance(mark, Bars))


# The initializer picker


@each_framework
def test_picker_draws_what_the_framework_draws(framework: str) -> None:
    shown = make("picker", framework)
    assert isinstance(shown, picker.InitializerPicker)
    weights = shown.compute()
    adapter = load(framework)
    shape = shown.entry.shape(shown.layer)
    drawn = adapter.sample(shown.entry.name, weights.arguments, shape, seed=0)
    heights, _ = np.histogram(drawn, bins=weights.edges, density=True)
    np.testing.assert_allclose(weights.heights, heights, rtol=1e-3, atol=1e-2)
    assert weights.mean == pytest.approx(drawn.mean(), abs=1e-6)
    assert weights.std == pytest.approx(drawn.std(), rel=1e-5)
    panel = shown.scene().panels[0]
    assert np.array_equal(bars(panel).heights, weights.heights)


@pytest.mark.parametrize(
    ("name", "parts"),
    [("xavier_normal_", (1, 0)), ("sparse_", (1, 1)), ("eye_", (0, 2))],
)
def test_a_histogram_and_its_curve_hold_all_the_weights(
    name: str, parts: tuple[int, int]
) -> None:
    weights = picker.compute(
        load("pytorch"), find("pytorch", name), LayerShape("dense", 90, 70), {}, 1
    )
    width = np.diff(weights.edges)
    share = float((weights.heights * width).sum()) + float(weights.shares.sum())
    assert share == pytest.approx(1, abs=1e-5)
    # np.trapezoid is younger than our NumPy.
    curve = float(np.trapz(weights.curve_y, weights.curve_x))
    total = curve + float(weights.expected_shares.sum())
    assert total == pytest.approx(1, abs=2e-3)
    assert (bool(weights.edges.size), weights.values.size) == parts


def options(control: ipywidgets.Widget) -> list[Any]:
    """List the values that a control can be moved to, or its ends and middle."""
    if isinstance(control, ipywidgets.Dropdown):
        return [value for _, value in control._options_full]
    middle = control.min + (control.max - control.min) / 3
    if isinstance(control.value, int):
        middle = int(middle)
    return [control.min, middle, control.max]


@each_framework
@pytest.mark.filterwarnings("error")
def test_picker_survives_its_whole_grid(framework: str) -> None:
    shown = make("picker", framework)
    assert isinstance(shown, picker.InitializerPicker)
    for name, entry in shown.entries.items():
        shown.initializer.value = name
        assert_right(shown)
        for kind in entry.kinds:
            shown.kind.value = kind
            controls = list(shown._arguments_of(name).values())
            for values in itertools.product(*map(options, controls)):
                for control, value in zip(controls, values, strict=True):
                    control.value = value
                assert_right(shown)
            for size in (shown.inputs, shown.outputs, shown.kernel):
                for value in options(size):
                    size.value = value
                    assert_right(shown)
            shown.inputs.value, shown.outputs.value = 6, 9


def assert_right(shown: picker.InitializerPicker) -> None:
    """Hold what was sent to the browser against the catalogue's law."""
    sent, entry = shown.plot.scene, shown.entry
    assert sent["title"] == entry.name
    if entry.reason:
        assert sent["note"]
        assert not sent["panels"]
        return
    law = entry.law(shown.layer, shown.arguments)
    rows = sent["table"]["rows"]
    assert rows[0][2] == scene.short(law.mean)
    assert rows[1][2] == scene.short(law.std)
    assert str(entry.shape(shown.layer)) in sent["summary"]
    data = np.frombuffer(sent["data"], dtype="<f4")
    assert data.size
    assert np.isfinite(data).all()
    for panel in sent["panels"]:
        low, high = panel["x_range"]
        assert low < high
        assert 0 == panel["y_range"][0] < panel["y_range"][1]
    assert sent["code"] == entry.code(shown.layer, shown.arguments)


@each_framework
def test_one_change_is_one_redraw(framework: str) -> None:
    shown = make("picker", framework)
    assert isinstance(shown, picker.InitializerPicker)
    redraws = Redraws(shown)
    changes: list[Callable[[], None]] = [
        lambda: setattr(shown.inputs, "value", 200),
        lambda: setattr(shown.seed, "value", 5),
        # A kind of its own, narrower limits, other labels: all move at once.
        lambda: setattr(shown.kind, "value", "conv"),
        lambda: setattr(shown.initializer, "value", list(shown.entries)[4]),
    ]
    for number, change in enumerate(changes, start=1):
        change()
        assert redraws.count == number


def test_picker_starts_where_it_is_told() -> None:
    shown = widgets.initializer_picker(
        "dirac_",
        layer="conv",
        inputs=4,
        outputs=6,
        kernel=5,
        groups=4,
        framework="pytorch",
        language="zh",
    )
    weights = shown.compute()
    assert weights.layer == LayerShape("conv", 4, 6, kernel=5)
    # Four groups do not divide six channels: three do, and the code says so.
    assert "groups=3" in shown.scene().code
    with pytest.raises(ValueError, match="'glorot' is not one of uniform_"):
        widgets.initializer_picker("glorot", framework="pytorch", language="en")


@each_framework
def test_picker_goes_from_any_initializer_to_any_other(framework: str) -> None:
    entries = CATALOGUE[framework].values()
    names = list({entry.kinds: entry.name for entry in entries}.values())
    for start in names:
        shown = widgets.initializer_picker(start, framework=framework, language="en")
        assert isinstance(shown, picker.InitializerPicker)
        for name in [name for other in names for name in (other, start)]:
            shown.initializer.value = name
            assert_right(shown)


@each_framework
def test_picker_offers_every_initializer_of_the_module(framework: str) -> None:
    shown = make("picker", framework)
    assert isinstance(shown, picker.InitializerPicker)
    offered = list(shown.initializer.options)
    assert sorted(offered) == sorted(load(framework).initializer_names())
    assert offered == list(CATALOGUE[framework])


@each_framework
def test_an_initializer_that_the_catalogue_lacks_is_noticed(
    framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter lists the module itself, so a new name shows up."""
    adapter = load(framework)
    before = adapter.initializer_names()
    add_initializer(framework, monkeypatch)
    assert set(adapter.initializer_names()) - set(before) == {NEW[framework]}


NEW = {
    "pytorch": "brand_new_",
    "mxnet": "BrandNew",
    "tensorflow": "BrandNew",
    "paddle": "BrandNew",
}


def add_initializer(framework: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a framework's module one initializer more, as its next release may."""
    name = NEW[framework]
    if framework == "pytorch":
        import torch

        def brand_new_(tensor: Any) -> Any:
            return tensor

        brand_new_.__module__ = "torch.nn.init"
        monkeypatch.setattr(torch.nn.init, name, brand_new_, raising=False)
        return
    if framework == "mxnet":
        import mxnet

        module, base = mxnet.initializer, mxnet.initializer.Initializer
    elif framework == "tensorflow":
        from tensorflow import keras

        module, base = keras.initializers, keras.initializers.Initializer
    else:
        from paddle.nn import initializer as module

        base = module.Initializer
        monkeypatch.setattr(module, "__all__", [*module.__all__, name])
    new = type(name, (base,), {"__module__": module.__name__})
    monkeypatch.setattr(module, name, new, raising=False)


# The parameter explorer


@each_framework
def test_explorer_lists_every_place_and_each_tie(framework: str) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    found = explorer.places(adapter.layers(net))
    distinct = adapter.parameters(net)
    assert found[0].size == sum(parameter.size for parameter in distinct) == 62
    lines = [place for place in found if not place.kind]
    assert len(lines) == len(distinct) + 2  # the tied layer's stand twice
    tied = [place for place in lines if place.same_as]
    assert [place.parameters[0].shape for place in tied] == [(5, 5), (5,)]
    first = next(place for place in lines if place.name == tied[0].same_as[0])  # type: ignore[index]
    assert first.parameters[0].identity == tied[0].parameters[0].identity
    layers = [place for place in found if place.kind and place.same_as]
    assert len(layers) == 1


@each_framework
def test_explorer_reads_on_every_line_what_the_parameter_holds(framework: str) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    shown = widgets.parameter_explorer(net, framework=framework, language="en")
    redraws = Redraws(shown)
    for number, place in enumerate(shown.places):
        shown.tree.selected = number
        sent = shown.plot.scene
        assert sent["title"] == place.name
        if not place.size:
            assert sent["note"]
            continue
        values = np.concatenate([p.value.ravel() for p in place.parameters])
        mean, std, low, high, norm = (row[1] for row in sent["table"]["rows"])
        assert mean == scene.short(float(values.mean(dtype=np.float64)))
        assert std == scene.short(float(values.std(dtype=np.float64)))
        assert low == scene.short(float(values.min()))
        assert high == scene.short(float(values.max()))
        assert norm == scene.short(float(np.linalg.norm(values.astype(np.float64))))
        heights = bars(shown.scene().panels[0]).heights
        assert heights.sum() == values.size
    assert redraws.count >= len(shown.places) - 1
    rows = {row["cells"][0]: row["cells"] for row in shown.tree.rows}
    frozen = [cells for cells in rows.values() if cells[4] == "no"]
    weight = "(5, 2)" if inputs_first(framework) else "(2, 5)"
    assert [cells[2] for cells in frozen] == [weight, "(2,)"]


@each_framework
def test_explorer_shows_gradients_that_are_held_and_asks_for_none(
    framework: str,
) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    before = [parameter.gradient for parameter in adapter.parameters(net)]
    shown = widgets.parameter_explorer(net, framework=framework, language="en")
    after = [parameter.gradient for parameter in adapter.parameters(net)]
    assert [one is None for one in before] == [one is None for one in after]
    gradients = adapter.gradients(net, np.ones((4, 3), np.float32))
    shown.refresh_button.click()
    assert gradients[0] is not None
    norm = scene.short(float(np.linalg.norm(gradients[0].astype(np.float64))))
    if isinstance(FACTS[framework].gradient_before, Absent):
        norm = "–"  # the framework holds no gradients
        assert "GradientTape" in shown.plot.scene["panels"][1]["note"]
    assert shown.plot.scene["table"]["rows"][-1][2] == norm


def deferred(framework: str) -> Any:
    """Build a layer that knows its input only when it sees a batch."""
    if framework == "pytorch":
        from torch import nn

        return nn.Sequential(nn.LazyLinear(6))
    if framework == "mxnet":
        from mxnet.gluon import nn as gluon_nn

        net = gluon_nn.Sequential()
        net.add(gluon_nn.Dense(6))
        net.initialize()
        return net
    import tensorflow as tf

    return tf.keras.Sequential([tf.keras.layers.Dense(6)])


# Paddle's layers are told their inputs.
@pytest.mark.parametrize("framework", [f for f in FRAMEWORKS if f != "paddle"])
def test_explorer_waits_for_a_network_without_values(framework: str) -> None:
    net = deferred(framework)
    shown = widgets.parameter_explorer(net, framework=framework, language="en")
    assert shown.places == []
    assert "no values yet" in shown.plot.scene["note"]
    adapter = load(framework)
    adapter.prepare(net, np.ones((2, 3), np.float32))
    shown.refresh_button.click()
    assert shown.places[0].size == 24
    assert shown.plot.scene["panels"]
    seen = widgets.parameter_explorer(
        deferred(framework),
        adapter.tensor(np.ones((2, 3), np.float32)),
        framework=framework,
        language="en",
    )
    assert seen.places[0].size == 24


def test_values_that_are_not_numbers_are_shown_as_such() -> None:
    numbers = explorer.summarize(np.array([1.0, np.nan, np.inf, 2.0]))
    assert numbers.count == 4
    assert numbers.heights.sum() == 2
    assert np.isnan(numbers.mean)
    assert explorer.summarize(np.full(3, np.nan)).heights.sum() == 0
    equal = explorer.summarize(np.full(25, 7.0))
    assert equal.heights.max() == 25


# The training monitor


def by_hand(framework: str, steps: int) -> tuple[list[float], list[np.ndarray]]:
    """Train the monitor's own network with the adapter alone."""
    adapter = load(framework)
    net = monitor.tied_network(adapter)
    X, y = monitor._task(4)
    step = adapter.training(net, 0.1)
    losses = [step(X, y) for _ in range(steps)]
    return losses, [parameter.value for parameter in adapter.parameters(net)]


@each_framework
def test_monitor_trains_as_the_framework_does(framework: str) -> None:
    losses, values = by_hand(framework, 12)
    shown = make("monitor", framework)
    assert isinstance(shown, monitor.TrainingMonitor)
    shown.play.value = 12  # what the browser's play button sends
    state = shown.compute()
    np.testing.assert_allclose(state.losses, losses, rtol=1e-6)
    weights = [value for value in values if value.ndim == 2]
    assert len(state.layers) == len(weights) == 3  # the tied one counts once
    for layer, expected in zip(state.layers, weights, strict=True):
        assert layer.norm == pytest.approx(np.linalg.norm(expected), rel=1e-5)
        assert layer.value.heights.sum() == expected.size
        assert layer.gradient is not None
    assert shown.progress.value == shown.step.value == 12


def test_monitors_of_all_frameworks_agree() -> None:
    states = []
    for framework in FRAMEWORKS:
        shown = make("monitor", framework)
        assert isinstance(shown, monitor.TrainingMonitor)
        shown.go(12)
        states.append(shown.compute())
    for state in states[1:]:
        np.testing.assert_allclose(state.losses, states[0].losses, rtol=1e-4)
        for layer, other in zip(state.layers, states[0].layers, strict=True):
            assert layer.gradient_norm == pytest.approx(other.gradient_norm, rel=1e-3)


@each_framework
def test_monitor_goes_back_without_training_again(framework: str) -> None:
    shown = make("monitor", framework)
    assert isinstance(shown, monitor.TrainingMonitor)
    redraws = Redraws(shown)
    shown.go(4)
    there = shown.compute()
    shown.go(9)
    shown.go(4)
    again = shown.compute()
    assert shown.recording.steps == 9
    assert [layer.norm for layer in again.layers] == [
        layer.norm for layer in there.layers
    ]
    shown.forward.click()
    assert shown.step.value == 5
    assert redraws.count == 4
    shown.play.value = 0  # the browser's stop button
    assert all(layer.gradient is None for layer in shown.compute().layers)


@each_framework
def test_monitor_starts_again_from_the_first_values(framework: str) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    # Where every unit is dead by chance, nothing would be trained.
    drawn = [np.abs(parameter.value) for parameter in adapter.parameters(net)]
    adapter.assign(net, drawn)
    first = [parameter.value for parameter in adapter.parameters(net)]
    X, y = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32)
    shown = widgets.training_monitor(
        net, X, y, steps=5, framework=framework, language="en"
    )
    shown.go(5)
    trained = [parameter.value for parameter in adapter.parameters(net)]
    assert not np.array_equal(trained[0], first[0])
    assert np.array_equal(trained[-1], first[-1])  # the frozen bias
    shown.again.click()
    for parameter, value in zip(adapter.parameters(net), first, strict=True):
        assert np.array_equal(parameter.value, value)
    assert shown.step.value == shown.recording.steps == shown.progress.value == 0
    shown.go(5)
    for parameter, value in zip(adapter.parameters(net), trained, strict=True):
        np.testing.assert_allclose(parameter.value, value, rtol=1e-6)


@each_framework
@pytest.mark.filterwarnings(
    "error",
    # Keras's own, whenever it draws a seed; nobody is shown it.
    "ignore:non-integer arguments to randrange:DeprecationWarning",
)
def test_monitor_survives_its_whole_grid(framework: str) -> None:
    shown = widgets.training_monitor(steps=60, framework=framework, language="en")
    for rate in (1e-3, 0.1, 10.0):  # the last one diverges
        shown.rate.value = rate
        for _, which in shown.which._options_full:
            shown.which.value = which
            for step in (0, 1, 30, 60, 2):
                shown.step.value = step
                sent = shown.plot.scene
                assert str(step) in sent["subtitle"]
                tracks = [t for t in shown.recording.tracks if t.role in which]
                assert len(sent["panels"]) == 1 + 3 * len(tracks)
                for panel in sent["panels"]:
                    assert np.isfinite([*panel["x_range"], *panel["y_range"]]).all()
                    assert panel["x_range"][0] < panel["x_range"][1]
                    assert panel["y_range"][0] < panel["y_range"][1]
        png(shown.picture())


def test_monitor_needs_a_whole_batch() -> None:
    with pytest.raises(ValueError, match="both X and y"):
        widgets.training_monitor(X=np.ones((2, 4)), framework="pytorch", language="en")


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
    else:
        shown = make(kind, framework)
        shown.go(6)
        shown.again.click()
    png(shown.picture())
    assert next_draws(framework) == expected


@each_framework
@each_language
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
    for role in ("theory", "gradient", "before", "loss", "now", *FACTS):
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
