"""The initializer picker shows what a rule draws, and what it should draw."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
import pytest
from drive import REPOSITORY, drive
from test_widgets import Redraws

from paramlab import widgets
from paramlab.frameworks import available, load
from paramlab.initializers import CATALOGUE, LayerShape, find
from paramlab.laws import normal
from paramlab.widgets import outputs, picker, scene
from paramlab.widgets.outputs import ACTIVATIONS
from paramlab.widgets.scene import Bars, Line, Panel
from paramlab.widgets.view import NotAView

# Not ours: MXNet 1.9.1 reads an old name of SciPy's.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Please import `csr_matrix`:DeprecationWarning"
)

FRAMEWORKS = [name for name in CATALOGUE if name in available()]
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS)
XAVIER_NORMAL = {
    "pytorch": "xavier_normal_",
    "mxnet": "MSRAPrelu",
    "tensorflow": "GlorotNormal",
    "paddle": "XavierNormal",
}


def make(framework: str, *given: Any, **more: Any) -> picker.InitializerPicker:
    return widgets.initializer_picker(
        *given, framework=framework, language="en", **more
    )


def bars(panel: Panel) -> list[Bars]:
    return [mark for mark in panel.marks if isinstance(mark, Bars)]


@each_framework
def test_picker_draws_what_the_framework_draws(framework: str) -> None:
    shown = make(framework)
    (weights,) = shown.compute().rules
    adapter = load(framework)
    shape = shown.entry.shape(shown.layer)
    drawn = adapter.sample(shown.entry.name, weights.arguments, shape, seed=0)
    heights, _ = np.histogram(drawn, bins=weights.edges, density=True)
    np.testing.assert_allclose(weights.heights, heights, rtol=1e-3, atol=1e-2)
    assert weights.mean == pytest.approx(drawn.mean(), abs=1e-6)
    assert weights.std == pytest.approx(drawn.std(), rel=1e-5)
    panel = shown.scene().panels[0]
    assert np.array_equal(bars(panel)[0].heights, weights.heights)


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


# What a layer gives


def by_hand(activation: str, x: np.ndarray) -> np.ndarray:
    """Write each activation out, as its framework documents it."""
    if activation == "relu":
        return np.where(x > 0, x, 0)
    if activation == "tanh":
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-x))
    if activation == "selu":
        return np.where(x > 0, 1.0507 * x, 1.0507 * 1.67326 * (np.exp(x) - 1))
    return x


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("std", [0.02, 0.1, 0.4])
def test_outputs_are_those_of_theory_and_of_other_inputs(
    activation: str, std: float
) -> None:
    generator = np.random.default_rng(3)
    weights = generator.normal(0, std, (128, 200)).astype(np.float32)
    (given,) = outputs.compute([(weights, normal(0, std))], activation)
    after = by_hand(activation, generator.standard_normal((4000, 200)) @ weights.T)
    assert given.square == pytest.approx((after**2).mean(), rel=0.04)
    assert given.expected_square == pytest.approx((after**2).mean(), rel=0.04)
    clipped = np.clip(after, given.edges[0], given.edges[-1])
    shares = np.histogram(clipped, given.edges)[0] / after.size
    np.testing.assert_allclose(given.shares, shares, atol=0.03)
    np.testing.assert_allclose(given.expected_shares, shares, atol=0.015)
    assert given.shares.sum() == pytest.approx(1)
    assert given.expected_shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("shape", [(64, 1, 1), (70, 3, 5), (33, 512, 1), (64, 512, 90)])
def test_a_product_in_parts_is_the_whole_product(shape: tuple[int, int, int]) -> None:
    rows, fan_in, units = shape
    draw = np.random.default_rng(2)
    X = draw.normal(size=(rows, fan_in)).astype(np.float32)
    weights = draw.normal(size=(units, fan_in)).astype(np.float32)
    found = outputs.product(X, weights)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, X @ weights.T, rtol=1e-4, atol=1e-4)


def test_a_gain_of_two_makes_up_for_relu() -> None:
    expected = outputs.expected_square
    assert expected(1.0, ACTIVATIONS["relu"]) == pytest.approx(0.5, rel=1e-6)
    assert expected(2**0.5, ACTIVATIONS["relu"]) == pytest.approx(1, rel=1e-6)
    assert expected(3.0, ACTIVATIONS["none"]) == pytest.approx(9, rel=1e-6)
    # The fixed point that SELU is made for (Klambauer et al., 2017).
    assert expected(1.0, ACTIVATIONS["selu"]) == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_inverse_leads_back(activation: str) -> None:
    chosen = ACTIVATIONS[activation]
    x = np.linspace(-3, 3, 61)
    positive = x[x > 0] if activation == "relu" else x
    np.testing.assert_allclose(chosen.inverse(chosen.function(positive)), positive)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_weights_that_are_all_zero_leave_one_output(activation: str) -> None:
    (given,) = outputs.compute(
        [(np.zeros((3, 5), np.float32), normal(0, 0))], activation
    )
    assert given.shares.max() == given.expected_shares.max() == 1
    assert given.square == pytest.approx(given.expected_square, abs=1e-6)


@each_framework
@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_each_output_has_the_weights_that_the_framework_gives_it(
    framework: str, kind: str
) -> None:
    """A layer of the framework gives the mean square that is shown."""
    entry = find(framework, XAVIER_NORMAL[framework])
    layer = LayerShape(kind, 5, 5, 3 if kind == "conv" else 1)
    values = np.arange(np.prod(entry.shape(layer)), dtype=np.float32)
    values = values.reshape(entry.shape(layer))
    matrix = entry.matrix(layer, values)
    assert matrix.shape == (5, layer.fan_in)
    adapter = load(framework)
    made = adapter.layer(kind, 5, 5)
    held = [np.zeros(p.shape, np.float32) for p in adapter.parameters(made)]
    held[0] = values
    adapter.assign(made, held)
    if kind == "dense":
        seen = adapter.forward(made, np.eye(5, dtype=np.float32)).T
        np.testing.assert_allclose(matrix, seen)
    else:
        # Ones everywhere: in the middle, an output adds up its whole kernel.
        places = (1, 4, 4, 5) if framework == "tensorflow" else (1, 5, 4, 4)
        seen = adapter.forward(made, np.ones(places, np.float32))
        channel_last = framework == "tensorflow"
        middle = seen[0, 1, 1] if channel_last else seen[0, :, 1, 1]
        np.testing.assert_allclose(matrix.sum(axis=1), middle, rtol=1e-5)


# Its controls


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
    shown = make(framework)
    for name, entry in shown.entries.items():
        shown.initializer.value = name
        assert_right(shown)
        for kind in entry.kinds:
            shown.kind.value = kind
            controls = list(shown._arguments_of(0, name).values())
            for values in itertools.product(*map(options, controls)):
                for control, value in zip(controls, values, strict=True):
                    control.value = value
                assert_right(shown)
            for size in (shown.inputs, shown.outputs, shown.kernel, shown.activation):
                for value in options(size):
                    size.value = value
                    assert_right(shown)
            shown.inputs.value, shown.outputs.value = 6, 9


@each_framework
@pytest.mark.filterwarnings("error")
def test_any_rule_lies_over_any_other(framework: str) -> None:
    shown = make(framework, inputs=9, outputs=6)
    names = [name for name, entry in shown.entries.items() if entry.reason is None]
    for name in names:
        shown.initializer.value = name
        for _, second in list(shown.second._options_full):
            shown.second.value = second
            assert_right(shown)
            if name != names[0]:
                continue  # its arguments move as freely beside any other
            for control in shown._arguments_of(1, second).values():
                for value in options(control):
                    control.value = value
                    assert_right(shown)


@each_framework
@pytest.mark.filterwarnings("error")
def test_every_control_moves_under_every_initializer(framework: str) -> None:
    assert drive(make(framework, second=XAVIER_NORMAL[framework])) > 200


def assert_right(shown: picker.InitializerPicker) -> None:
    """Hold what was sent to the browser against the catalogue's law."""
    sent, entry = shown.plot.scene, shown.entry
    assert entry.name in sent["title"]
    assert sum(panel["span"] for panel in sent["panels"]) == sent["columns"]
    if entry.reason:
        assert sent["panels"][0]["note"] in sent["summary"]
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
    assert sent["code"].startswith(entry.code(shown.layer, shown.arguments))
    if shown.second.value == picker.NONE:
        assert sent["code"] == entry.code(shown.layer, shown.arguments)
        return
    second = shown.entries[shown.second.value]
    other = second.law(shown.layer, shown._values_of(1, second))
    assert rows[0][4] == scene.short(other.mean)
    assert rows[1][4] == scene.short(other.std)
    assert second.name in sent["code"]
    assert second.name in sent["title"]


@each_framework
def test_the_code_of_two_rules_runs_as_it_is(framework: str) -> None:
    given = {"framework": framework, "inputs": 7, "outputs": 3}
    for layer in ("dense", "conv"):
        shown = make(second=XAVIER_NORMAL[framework], layer=layer, **given)
        scope: dict[str, Any] = {}
        exec(shown.scene().code, scope)
        adapter = load(framework)
        for name in ("layer", "other"):
            weight = adapter.parameters(scope[name])[0]
            assert weight.shape == shown.entry.shape(shown.layer)


@each_framework
def test_a_second_rule_is_an_outline_with_a_theory_of_its_own(framework: str) -> None:
    shown = make(framework)
    alone = shown.scene()
    shown.second.value = XAVIER_NORMAL[framework]
    first, second = shown.compute().rules
    assert second.entry.name == XAVIER_NORMAL[framework]
    both = shown.scene()
    density = both.panels[0]
    filled, outline = bars(density)
    assert (filled.filled, outline.filled) == (True, False)
    assert np.array_equal(outline.heights, second.heights)
    lines = [mark for mark in density.marks if isinstance(mark, Line)]
    assert [line.dashed for line in lines] == [False, True]
    assert both.table is not None
    assert alone.table is not None
    assert [len(row) for row in both.table.rows[:5]] == [5] * 5
    assert both.table.rows[1][4] == scene.short(second.law.std)
    assert [row[:3] for row in both.table.rows[:7]] == list(alone.table.rows)
    assert first.entry.formula in both.table.rows[-1]


@each_framework
def test_one_change_is_one_redraw(framework: str) -> None:
    shown = make(framework)
    redraws = Redraws(shown)
    changes: list[Callable[[], None]] = [
        lambda: setattr(shown.inputs, "value", 200),
        lambda: setattr(shown.seed, "value", 5),
        lambda: setattr(shown.activation, "value", "tanh"),
        lambda: setattr(shown.second, "value", XAVIER_NORMAL[framework]),
        # A kind of its own, narrower limits, other labels: all move at once.
        lambda: setattr(shown.kind, "value", "conv"),
        lambda: setattr(shown.initializer, "value", list(shown.entries)[4]),
    ]
    for number, change in enumerate(changes, start=1):
        change()
        assert redraws.count == number


def test_picker_starts_where_it_is_told() -> None:
    shown = make(
        "pytorch", "dirac_", layer="conv", inputs=4, outputs=6, kernel=5, groups=4
    )
    (weights,) = shown.compute().rules
    assert weights.layer == LayerShape("conv", 4, 6, kernel=5)
    # Four groups do not divide six channels: three do, and the code says so.
    assert "groups=3" in shown.scene().code


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"initializer": "glorot"}, "'glorot' is not one of uniform_"),
        ({"activation": "gelu"}, "'gelu' is not one of none, relu"),
        ({"initializer": "normal_", "gain": 2}, "'gain' is not one of mean, std"),
        ({"second": "dirac_"}, "'dirac_' is not one of uniform_"),  # fills no dense
    ],
)
def test_picker_refuses_what_there_is_not(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make("pytorch", **given)


@each_framework
def test_picker_goes_from_any_initializer_to_any_other(framework: str) -> None:
    entries = CATALOGUE[framework].values()
    names = list({entry.kinds: entry.name for entry in entries}.values())
    for start in names:
        shown = make(framework, start)
        for name in [name for other in names for name in (other, start)]:
            shown.initializer.value = name
            assert_right(shown)


@each_framework
def test_picker_offers_every_initializer_of_the_module(framework: str) -> None:
    shown = make(framework)
    offered = list(shown.initializer.options)
    assert sorted(offered) == sorted(load(framework).initializer_names())
    assert offered == list(CATALOGUE[framework])


# Its view


def another(control: ipywidgets.Widget) -> Any:
    """Return a value that a person can give a control, not its own."""
    if isinstance(control, ipywidgets.Dropdown):
        return control._options_full[-1][1]
    return control.min + control.step * int(
        (control.max - control.min) / control.step / 2.7
    )


def views(framework: str) -> list[picker.InitializerPicker]:
    """Set pickers in many ways."""
    found = []
    for name, entry in CATALOGUE[framework].items():
        for kind in entry.kinds or ("dense",):
            shown = make(framework, name, layer=kind)
            for control in shown._arguments_of(0, name).values():
                control.value = another(control)
            if not shown.second.disabled:
                second = shown.second._options_full[-1][1]
                shown.second.value = second
                for control in shown._arguments_of(1, second).values():
                    control.value = another(control)
            found.append(shown)
    return found


@each_framework
def test_a_view_sets_another_picker_alike(framework: str) -> None:
    for shown in views(framework):
        line = shown.view()
        assert line.startswith("initializer_picker?initializer=")
        other = make(framework, view=line)
        assert other.view() == line
        assert scene_of(other) == scene_of(shown)


def scene_of(shown: picker.InitializerPicker) -> dict[str, Any]:
    return dict(shown.plot.scene)


def test_a_view_names_the_second_rules_arguments() -> None:
    line = (
        "initializer_picker?initializer=xavier_uniform_&gain=1&layer=dense"
        "&inputs=256&outputs=128&activation=relu"
        "&second=normal_&second.mean=0.5&second.std=0.1&seed=3"
    )
    shown = make("pytorch", view=line)
    assert shown.view() == line
    assert shown.compute().rules[1].arguments == {"mean": 0.5, "std": 0.1}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("initializer=glorot", "“initializer” cannot be “glorot”"),
        ("initializer=normal_&gain=2", "There is no “gain” here"),
        ("layer=conv&inputs=300", "“inputs” has to be from 1 to 32"),
        ("kernel=3", "There is no “kernel” here"),  # a dense layer has none
        ("second=dirac_", "“second” cannot be “dirac_”"),
        ("seed=many", "“seed” has to be a number"),
    ],
)
def test_a_view_that_does_not_fit_changes_nothing(settings: str, said: str) -> None:
    shown = make("pytorch", "uniform_")
    before, sent = shown.view(), scene_of(shown)
    with pytest.raises(NotAView, match=said):
        shown.set_view(f"initializer_picker?{settings}")
    assert shown.view() == before
    assert scene_of(shown) == sent


@each_framework
def test_names_in_a_view_are_different(framework: str) -> None:
    fixed = {"layer", "inputs", "outputs", "kernel", "activation", "second", "seed"}
    for entry in CATALOGUE[framework].values():
        assert not fixed & set(entry.defaults)


@each_framework
def test_the_lessons_view_shows_what_the_lesson_says(framework: str) -> None:
    """Xavier's rule leaves half of the mean square after ReLU, He's all of it."""
    path = REPOSITORY / "notebooks" / "en" / framework / "02-initialization.ipynb"
    (line,) = re.findall(r"initializer_picker\?[\w=&.]+", path.read_text())
    shown = make(framework, view=line)

    def squares() -> list[str]:
        return [scene.short(one.expected_square) for one in shown.compute().outputs]

    assert squares() == ["0.5", "1"]
    assert [one.square for one in shown.compute().outputs] == pytest.approx(
        [0.5, 1], abs=0.03
    )
    shown.activation.value = "none"
    assert squares() == ["1", "2"]
    shown.activation.value = "tanh"
    assert squares() == ["0.3943", "0.52"]


# A framework may offer more than the catalogue knows


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
