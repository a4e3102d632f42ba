"""Signal through depth: the numbers against theory, and against frameworks."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from drive import drawable, drive
from editions import one_framework
from scipy import integrate, special

from paramlab import propagation, widgets
from paramlab.frameworks import available, load
from paramlab.propagation import ACTIVATIONS, RULES, SLOPE, simulate, theory
from paramlab.widgets import depth
from paramlab.widgets.depth import GOOD, PRESETS, SPELLED, WIDTHS, Setting
from paramlab.widgets.scene import Bars, Line, Scene, pack
from paramlab.widgets.view import NotAView

each_framework = pytest.mark.parametrize("framework", available())
each_activation = pytest.mark.parametrize("activation", ACTIVATIONS)

FUNCTIONS = {
    "linear": (lambda z: z, lambda z: np.ones_like(z)),
    "tanh": (np.tanh, lambda z: np.cosh(np.minimum(np.abs(z), 300)) ** -2.0),
    "sigmoid": (
        special.expit,
        lambda z: special.expit(z) * special.expit(-z),
    ),
    "relu": (lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (
        lambda z: np.where(z > 0, z, SLOPE * z),
        lambda z: np.where(z > 0, 1.0, SLOPE),
    ),
}


def make(**given: Any) -> depth.SignalThroughDepth:
    return widgets.signal_through_depth(
        **{"framework": "pytorch", "language": "en", **given}
    )


def setting(**given: Any) -> Setting:
    usual = {"depth": 20, "width": 256, "activation": "relu", "rule": "he_normal"}
    return Setting(**{**usual, "gain": 1.0, "seed": 0, **given})


# Theory


def expectation(function: Any, variance: float) -> float:
    """Integrate over a normal variable, finely where the function turns."""
    scale = math.sqrt(variance)
    ends = [0.0, *np.geomspace(1e-4, 1, 9) * 10]
    return sum(
        integrate.quad(
            lambda x: (
                (function(scale * x) + function(-scale * x))
                * math.exp(-x * x / 2)
                / math.sqrt(2 * math.pi)
            ),
            low,
            high,
            epsabs=1e-13,
        )[0]
        for low, high in itertools.pairwise(ends)
    )


@each_activation
@pytest.mark.parametrize("variance", [1e-6, 0.01, 0.5, 1.0, 7.0, 900.0, 1e5])
def test_moments_are_the_integrals_that_they_stand_for(
    activation: str, variance: float
) -> None:
    value, slope = FUNCTIONS[activation]
    mean, square, slopes = ACTIVATIONS[activation].moments(variance)
    assert mean == pytest.approx(expectation(value, variance), rel=1e-7, abs=1e-9)
    assert square == pytest.approx(
        expectation(lambda z: value(z) ** 2, variance), rel=1e-7
    )
    assert slopes == pytest.approx(
        expectation(lambda z: slope(z) ** 2, variance), rel=1e-6
    )


@each_activation
@pytest.mark.parametrize("rule", ["lecun_uniform", "he_normal", "fixed_uniform"])
def test_wide_layers_do_what_theory_says(activation: str, rule: str) -> None:
    width, layers = 1024, 12
    # Chance moves a ReLU's mean square by a fifth in one run, and theory holds
    # for the mean square of many.
    variance = RULES[rule].variance(width)
    assert variance is not None
    expected = theory(activation, variance, width, layers)
    runs = [simulate(activation, rule, 1.0, width, layers, seed) for seed in range(6)]
    for name in ("outputs", "gradients"):
        squares = [getattr(run.sizes, name) ** 2 for run in runs]
        measured = np.sqrt(np.mean(squares, axis=0))
        np.testing.assert_allclose(measured, getattr(expected, name), rtol=0.15)


def test_theory_tells_one_variance_from_another() -> None:
    """A tenth of the gain is far more than the tolerance above, over 12 layers."""
    right = theory("relu", 2 / 1024, 1024, 12)
    wrong = theory("relu", 0.9**2 * 2 / 1024, 1024, 12)
    assert wrong.outputs[-1] < 0.5 * right.outputs[-1]
    assert wrong.gradients[0] < 0.5 * right.gradients[0]


# Simulation


def by_hand(s: Setting) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Run the same numbers in float64, without units, layer by layer."""
    value, slope = FUNCTIONS[s.activation]
    law = RULES[s.rule]
    start = propagation._ends(s.width, s.seed).astype(np.float64)
    weights = []
    for layer in range(s.depth):
        ones = np.ones((s.width, s.width))
        drawn = ones
        if law.kind != "constant":
            drawn = propagation._matrix(law.kind, s.seed, layer, s.width)
        weights.append(s.gain * law.std(s.width) * drawn.astype(np.float64))
    sums, outputs = [], [start[0]]
    for weight in weights:
        sums.append(outputs[-1] @ weight)
        outputs.append(value(sums[-1]))
    gradients = [start[1]]
    for weight, z in zip(reversed(weights), reversed(sums), strict=True):
        gradients.append((gradients[-1] * slope(z)) @ weight.T)
    return outputs, gradients[::-1]


@each_activation
@pytest.mark.parametrize(
    ("rule", "gain"),
    [("he_normal", 1.0), ("small_normal", 0.1), ("unit_normal", 10.0), ("zeros", 1.0)],
)
def test_sizes_are_those_of_the_plain_computation(
    activation: str, rule: str, gain: float
) -> None:
    s = setting(activation=activation, rule=rule, gain=gain, width=64, depth=32)
    run = simulate(activation, rule, gain, s.width, s.depth, s.seed)
    outputs, gradients = by_hand(s)
    # A steep tanh doubles the rounding errors of 32 bits again and again.
    steep = activation in ("tanh", "sigmoid") and gain == 10
    stds = [x.std() for x in outputs]
    tolerance = 2e-2 if steep else 2e-3
    np.testing.assert_allclose(run.sizes.outputs, stds, rtol=tolerance)
    if not steep:
        stds = [x.std() for x in gradients]
        np.testing.assert_allclose(run.sizes.gradients, stds, rtol=2e-3)
    assert np.isfinite(run.sizes.gradients).all()


def test_gradients_are_those_of_differences() -> None:
    """Move one input a little: the last outputs, weighted by their gradient, move."""
    s = setting(activation="tanh", rule="he_normal", width=16, depth=4)
    outputs, gradients = by_hand(s)
    run = simulate(s.activation, s.rule, s.gain, s.width, s.depth, s.seed)
    for layer, (h, g) in enumerate(zip(outputs[1:], gradients[1:], strict=True)):
        np.testing.assert_allclose(run.layers[layer].outputs, h, atol=1e-5)
        np.testing.assert_allclose(run.layers[layer].gradients, g, atol=1e-5)
    value, _ = FUNCTIONS["tanh"]
    weights = [
        RULES[s.rule].std(s.width)
        * propagation._matrix("normal", s.seed, layer, s.width).astype(np.float64)
        for layer in range(s.depth)
    ]

    def loss(h: np.ndarray) -> float:
        for weight in weights:
            h = value(h @ weight)
        return float((h * gradients[-1]).sum())

    step = np.zeros_like(outputs[0])
    step[3, 5] = 1e-6
    slope = (loss(outputs[0] + step) - loss(outputs[0] - step)) / 2e-6
    assert slope == pytest.approx(gradients[0][3, 5], rel=1e-5)


def test_shares_of_dead_and_saturated_are_counted() -> None:
    s = setting(rule="he_normal", width=32, depth=16)
    outputs, _ = by_hand(s)
    run = simulate(s.activation, s.rule, s.gain, s.width, s.depth, s.seed)
    dead = [float((h == 0).all(axis=0).mean()) for h in outputs[1:]]
    assert [layer.dead for layer in run.layers] == pytest.approx(dead)
    assert max(dead) > 0.2
    s = setting(activation="tanh", rule="unit_normal", width=32, depth=6)
    outputs, _ = by_hand(s)
    run = simulate(s.activation, s.rule, s.gain, s.width, s.depth, s.seed)
    saturated = [float((np.abs(h) > 0.97).mean()) for h in outputs[1:]]
    assert [x.saturated for x in run.layers] == pytest.approx(saturated, abs=2e-3)
    assert min(saturated) > 0.5
    s = setting(activation="sigmoid", rule="unit_normal", width=512, depth=3)
    run = simulate(s.activation, s.rule, s.gain, s.width, s.depth, s.seed)
    h = by_hand(s)[0][-1]
    far = (np.abs(2 * h - 1) > 0.97).mean()
    assert run.layers[-1].saturated == pytest.approx(far, abs=2e-3)
    assert far > 0.1


def test_a_layer_keeps_its_numbers_when_others_come_or_go() -> None:
    propagation._pool.cache_clear()
    few = simulate("relu", "he_normal", 1.0, 64, 3, 4).layers[2].outputs
    many = simulate("relu", "he_normal", 1.0, 64, 32, 4).layers[2].outputs
    assert np.array_equal(few, many)
    propagation._pool.cache_clear()
    assert np.array_equal(
        few, simulate("relu", "he_normal", 1.0, 64, 8, 4).layers[2].outputs
    )
    other = simulate("relu", "he_normal", 1.0, 64, 3, 5).layers[2].outputs
    assert not np.array_equal(few, other)


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_matrices_have_mean_0_and_standard_deviation_1(kind: str) -> None:
    for width, layer in ((256, 31), (1280, 31), (1280, 0)):
        matrix = propagation._matrix(kind, 3, layer, width)
        assert matrix.shape == (width, width)
        error = 6 / width  # six standard errors
        assert abs(float(matrix.mean(dtype=np.float64))) < error
        assert float(matrix.std(dtype=np.float64)) == pytest.approx(1, abs=error)
    if kind == "uniform":
        assert float(np.abs(matrix).max()) == pytest.approx(math.sqrt(3), rel=1e-3)


# What frameworks call the rules


@each_framework
@pytest.mark.parametrize("rule", RULES)
# Keras's own, whenever it draws a seed.
@pytest.mark.filterwarnings(
    "ignore:non-integer arguments to randrange:DeprecationWarning"
)
def test_a_framework_fills_a_layer_as_the_rule_says(framework: str, rule: str) -> None:
    weight = filled(framework, SPELLED[framework][rule]).astype(np.float64)
    std = RULES[rule].std(weight.shape[0])
    if RULES[rule].kind == "constant":
        assert np.all(weight == std)
        return
    assert float(weight.std()) == pytest.approx(std, rel=0.015)
    assert abs(float(weight.mean())) < 0.02 * std
    # A uniform rule stops at its bound; a normal one goes on, if only to 2.27.
    reach = float(np.abs(weight).max()) / std
    if RULES[rule].kind == "uniform":
        assert reach == pytest.approx(math.sqrt(3), rel=1e-3)
    else:
        assert reach > 2


def filled(framework: str, spelled: str) -> np.ndarray:
    """Fill a weight of 256 x 256 by what a framework writes."""
    load(framework).seed(1)
    shape = (256, 256)
    if framework == "pytorch":
        import torch

        weight = torch.empty(shape)
        eval(spelled, {"nn": torch.nn, "math": math, "weight": weight})
        return weight.numpy()
    if framework == "mxnet":
        from mxnet import init
        from mxnet.gluon import Parameter

        parameter = Parameter("weight", shape=shape)
        parameter.initialize(eval(spelled, {"init": init}))
        return parameter.data().asnumpy()
    if framework == "tensorflow":
        from tensorflow import keras

        return eval(spelled, {"initializers": keras.initializers})(shape).numpy()
    import paddle

    rule = eval(spelled, {"nn": paddle.nn, "math": math})
    layer = paddle.nn.Linear(*shape, weight_attr=rule)
    return np.asarray(layer.weight.numpy())


# What is shown


def panels(scene: Scene, kind: str) -> list[Any]:
    return [p for p in scene.panels if any(type(m).__name__ == kind for m in p.marks)]


def test_the_layers_shown_are_spread_evenly_from_first_to_last() -> None:
    for layers in range(1, depth.DEPTH + 1):
        shown = depth.chosen(layers)
        assert shown[0] == 1
        assert shown[-1] == layers
        assert len(set(shown)) == len(shown) == min(layers, 8)
        assert np.ptp(np.diff(shown)) <= 1 if layers > 1 else True


@each_activation
def test_histograms_hold_all_numbers(activation: str) -> None:
    passage = depth.compute(setting(activation=activation, rule="lecun_normal"))
    run = simulate(activation, "lecun_normal", 1.0, 256, 20, 0)
    for histogram, kind in [
        *((h, "output") for h in passage.outputs),
        *((h, "gradient") for h in passage.gradients),
    ]:
        assert histogram is not None
        assert histogram.shares.sum() == pytest.approx(1, abs=1e-5)
        layer = run.layers[histogram.layer - 1]
        output = kind == "output"
        values = layer.outputs * layer.unit if output else layer.gradients
        values = values if output else values * layer.gradient_unit
        low, high = passage.output_range if output else passage.gradient_range
        if low < 0 and values.std() < 1e-4 * high:  # one spike at 0
            assert histogram.shares[19:21].sum() == pytest.approx(1)
            continue
        edges = np.linspace(low, high, depth.BINS + 1)
        inside = np.clip(values.astype(np.float64), low, high)
        counts, _ = np.histogram(inside, edges)
        # A few stand so near to an edge that rounding decides.
        assert np.abs(counts / values.size - histogram.shares).sum() < 5e-3


def test_the_plot_shows_what_was_computed() -> None:
    shown = make(rule="he_normal", depth=12)
    scene, passage = shown.scene(), shown.compute()
    assert passage.expected is not None
    for panel, measured, expected in (
        (scene.panels[16], passage.measured.outputs, passage.expected.outputs),
        (scene.panels[17], passage.measured.gradients, passage.expected.gradients),
    ):
        drawn, line = panel.marks
        assert isinstance(drawn, Line)
        assert isinstance(line, Line)
        np.testing.assert_allclose(drawn.y, measured, rtol=1e-6)
        np.testing.assert_allclose(line.y, expected, rtol=1e-6)
        assert (drawn.dashed, line.dashed) == (False, True)
        assert panel.log
    (dead,) = scene.panels[18].marks
    assert isinstance(dead, Bars)
    np.testing.assert_allclose(dead.heights, passage.dead, rtol=1e-6)
    assert len(scene.panels) == 19
    assert all(panel.compact for panel in scene.panels[:16])


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"rule": "xavier_normal"}, "The signal fades: × 0.72 a layer"),
        ({"rule": "he_normal"}, "The signal keeps its size; the gradient keeps"),
        ({"rule": "unit_normal"}, "The signal explodes: × 12 a layer"),
        ({"rule": "zeros"}, "No signal gets through; no gradient comes back."),
        ({"rule": "constant"}, "too large for float32 from layer 17 on; so loss and"),
        (
            {"rule": "constant", "gain": 0.1, "depth": 4},
            "a layer, × 1.7·10⁴ in all; the gradient explodes",
        ),
        ({"rule": "constant", "gain": 0.1, "depth": 4}, "all units say the same"),
        ({"rule": "unit_normal", "activation": "tanh"}, "% saturated"),
        ({"rule": "small_normal", "width": 8, "depth": 32}, "The signal fades"),
        ({"rule": "zeros", "activation": "sigmoid"}, "No signal gets through"),
    ],
)
def test_the_verdict_says_what_happens(given: dict[str, Any], verdict: str) -> None:
    assert verdict in make(**given).plot.scene["subtitle"]


def test_an_overflow_is_told_and_drawn_as_far_as_it_goes() -> None:
    shown = make(rule="constant")
    passage, scene = shown.compute(), shown.scene()
    assert passage.overflow is not None
    largest = [float(np.abs(h).max()) for h in by_hand(passage.setting)[0]]
    assert largest[passage.overflow] > np.finfo(np.float32).max
    assert largest[passage.overflow - 1] < np.finfo(np.float32).max
    for number, panel in zip(passage.layers, scene.panels[:8], strict=True):
        assert bool(panel.note) == (number >= passage.overflow)
    assert {panel.note for panel in scene.panels[8:16]} == {"no number"}
    outputs, gradients = scene.panels[16:18]
    assert gradients.note
    assert not gradients.marks
    assert passage.expected is None
    assert len(outputs.marks) == 1  # no theory where the mean is not 0


def test_the_fixed_bounds_fit_one_width_only() -> None:
    """The puzzle: 2 * 3 / 0.07**2 units for ReLU, half as many for no activation."""
    for activation, mean_square in (("relu", 0.5), ("linear", 1.0)):
        width = 3 / 0.07**2 / mean_square
        best = min(WIDTHS, key=lambda w: abs(w - width))
        changes = {}
        for tried in (best - 320, best, min(best + 320, WIDTHS[-1])):
            variance = RULES["fixed_uniform"].variance(tried)
            assert variance is not None
            sizes = theory(activation, variance, tried, 20).outputs
            changes[tried] = abs(math.log(sizes[-1] / sizes[1]))
        assert min(changes, key=changes.__getitem__) == best
        assert changes[best] < 0.1
    assert best == 608


@pytest.mark.parametrize("name", PRESETS)
@each_activation
def test_a_preset_is_one_redraw_and_changes_the_rule_only(
    name: str, activation: str
) -> None:
    shown = make(activation=activation, width=64, depth=5, gain=3.0)
    before = shown.setting()
    scenes: list[Any] = []
    shown.plot.observe(lambda change: scenes.append(change["new"]), names="scene")
    buttons = shown.children[1].children
    buttons[list(PRESETS).index(name)].click()
    after = shown.setting()
    rule, gain = PRESETS[name] or GOOD[activation][0], 1.0
    if name == "good":
        gain = GOOD[activation][1]
    assert (after.rule, after.gain) == (rule, pytest.approx(gain))
    same = ("depth", "width", "activation", "seed")
    assert all(getattr(before, x) == getattr(after, x) for x in same)
    assert len(scenes) == 1


def lost(activation: str, rule: str, gain: float) -> float:
    """Return how far, in powers of e, theory takes both sizes from where they were."""
    variance = RULES[rule].variance(256)
    assert variance is not None
    sizes = theory(activation, gain**2 * variance, 256, 20)
    course = abs(math.log(sizes.outputs[-1] / sizes.outputs[1]))
    return course + abs(math.log(sizes.gradients[0]))


def test_what_is_good_for_an_activation_loses_least() -> None:
    for activation, (rule, gain) in GOOD.items():
        others = ["small_normal", "unit_normal"]
        if activation == "sigmoid":  # nothing is good for it, this is better
            others = ["small_normal", "xavier_normal"]
        for other in others:
            assert lost(activation, rule, gain) < lost(activation, other, 1.0)
        given = {"activation": activation, "rule": rule, "gain": gain}
        assert depth.compute(setting(**given)).saturated[-1] < 0.2


def test_the_box_keeps_its_height_and_sends_what_can_be_drawn() -> None:
    shapes = set()
    for activation, rule in itertools.product(ACTIVATIONS, RULES):
        for layers, width, gain in ((1, 8, 1.0), (32, 64, 10.0), (5, 8, 0.1)):
            given = setting(
                activation=activation, rule=rule, depth=layers, width=width, gain=gain
            )
            scene = depth._scene(depth.compute(given), make().say, "pytorch")
            sent = pack(scene)
            drawable(sent)
            assert np.isfinite(np.frombuffer(sent["data"], "<f4")).all(), given
            assert "nan" not in scene.text().lower()
            assert "inf" not in scene.text().lower()
            assert scene.table is not None
            shapes.add(
                (
                    tuple((p.span, p.compact, bool(p.x_label)) for p in scene.panels),
                    scene.columns,
                    len(scene.table.rows),
                    scene.note,
                )
            )
    assert len(shapes) == 1


def test_axes_stand_still_while_the_gain_moves_a_little() -> None:
    ranges = [
        tuple((p.x_range, p.y_range) for p in make(gain=gain).scene().panels[16:])
        for gain in (0.9, 1.0, 1.12)
    ]
    assert len(set(ranges)) == 1


@pytest.mark.slow
@one_framework  # NumPy computes it for all: they differ in a line of code
@pytest.mark.filterwarnings("error")
def test_every_control_survives_its_whole_range(framework: str) -> None:
    shown = make(framework=framework)
    assert drive(shown) > 3 * (len(WIDTHS) + len(RULES) + len(ACTIVATIONS))


@pytest.mark.filterwarnings("error")
@each_activation
def test_no_setting_is_too_extreme_for_32_bits(activation: str) -> None:
    extremes = [
        *((8, 0.1, rule) for rule in RULES),
        *((8, 10.0, rule) for rule in RULES),
        (1280, 10.0, "unit_normal"),
        (1280, 10.0, "constant"),
    ]
    for width, gain, rule in extremes:
        given = setting(
            activation=activation, rule=rule, depth=32, width=width, gain=gain
        )
        passage = depth.compute(given)
        assert np.isfinite(passage.measured.outputs).all()
        assert np.isfinite(passage.measured.gradients).all()
        pack(depth._scene(passage, make().say, "mxnet"))


# Views, and wrong use


def test_a_view_goes_there_and_back() -> None:
    shown = make(rule="he_uniform", depth=7, width=608, activation="tanh", gain=2.0)
    line = shown.view()
    assert line == (
        "signal_through_depth?depth=7&width=608&activation=tanh"
        "&rule=he_uniform&gain=2&seed=0"
    )
    other = make(view=line)
    assert other.setting() == shown.setting()
    assert other.plot.scene == shown.plot.scene
    with pytest.raises(NotAView, match="width"):
        other.set_view("signal_through_depth?width=1225")
    assert other.view() == line


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"rule": "glorot"}, "'glorot' is not one of lecun_normal"),
        ({"activation": "gelu"}, "'gelu' is not one of linear"),
        ({"width": 100}, "100 is not one of 8, 16, 32"),
        ({"depth": 0}, "0 is not one of 1 to 32"),
        ({"depth": 40}, "40 is not one of 1 to 32"),
        ({"gain": 0.0}, "0.0 is not one of 0.1 to 10"),
        ({"seed": -1}, "-1 is not one of 0 to 99"),
    ],
)
def test_what_is_not_there_is_refused_by_name(
    given: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        make(**given)
