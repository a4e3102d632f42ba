"""Signal through depth: how far a batch gets forward, and a gradient back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from paramlab.propagation import (
    ACTIVATIONS,
    EXAMPLES,
    LARGEST,
    RULES,
    SATURATED,
    SLOPE,
    Layer,
    Sizes,
    simulate,
    theory,
)
from paramlab.widgets import controls
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Line,
    Mark,
    Panel,
    Range,
    Scene,
    Table,
    floats,
    wide_range,
)
from paramlab.widgets.shown import Say, Shown
from paramlab.widgets.view import Knob, of_controls

DEPTH = 32  # the most layers
WIDTHS = (8, 16, *range(32, 1281, 32))
SEEDS = 99
GAIN = 1  # a power of ten: from 0.1 to 10
SHOWN = 8  # layers that have histograms, at most
BINS = 40
REACH = 4.0  # standard deviations of the widest histogram that are shown
KEPT = 4.0  # a signal within this factor of its first size has kept it
MANY = 0.5  # a share of dead units or saturated values worth a word
# The heights of the logarithmic axes: they stand still between these powers.
LOWEST, HIGHEST = (-30, -20, -10, -5, -2), (1, 5, 10, 20, 30)

# What each framework writes for a rule, where there is a weight to fill.
SPELLED = {
    "pytorch": {
        "lecun_normal": "nn.init.kaiming_normal_(weight, nonlinearity='linear')",
        "lecun_uniform": "nn.init.kaiming_uniform_(weight, nonlinearity='linear')",
        "xavier_normal": "nn.init.xavier_normal_(weight)",
        "xavier_uniform": "nn.init.xavier_uniform_(weight)",
        "he_normal": "nn.init.kaiming_normal_(weight, nonlinearity='relu')",
        "he_uniform": "nn.init.kaiming_uniform_(weight, nonlinearity='relu')",
        "fan_in_uniform": "nn.init.kaiming_uniform_(weight, a=math.sqrt(5))",
        "fixed_uniform": "nn.init.uniform_(weight, -0.07, 0.07)",
        "small_normal": "nn.init.normal_(weight, std=0.01)",
        "unit_normal": "nn.init.normal_(weight)",
        "constant": "nn.init.ones_(weight)",
        "zeros": "nn.init.zeros_(weight)",
    },
    "mxnet": {
        "lecun_normal": "init.Xavier('gaussian', 'in', 1)",
        "lecun_uniform": "init.Xavier('uniform', 'in', 3)",
        "xavier_normal": "init.Xavier('gaussian', 'avg', 1)",
        "xavier_uniform": "init.Xavier('uniform', 'avg', 3)",
        "he_normal": "init.Xavier('gaussian', 'in', 2)",
        "he_uniform": "init.Xavier('uniform', 'in', 6)",
        "fan_in_uniform": "init.Xavier('uniform', 'in', 1)",
        "fixed_uniform": "init.Uniform(0.07)",
        "small_normal": "init.Normal(0.01)",
        "unit_normal": "init.Normal(1)",
        "constant": "init.One()",
        "zeros": "init.Zero()",
    },
    "tensorflow": {
        "lecun_normal": "initializers.LecunNormal()",
        "lecun_uniform": "initializers.LecunUniform()",
        "xavier_normal": "initializers.GlorotNormal()",
        "xavier_uniform": "initializers.GlorotUniform()",
        "he_normal": "initializers.HeNormal()",
        "he_uniform": "initializers.HeUniform()",
        "fan_in_uniform": "initializers.VarianceScaling(1/3, 'fan_in', 'uniform')",
        "fixed_uniform": "initializers.RandomUniform(-0.07, 0.07)",
        "small_normal": "initializers.RandomNormal(stddev=0.01)",
        "unit_normal": "initializers.RandomNormal(stddev=1.0)",
        "constant": "initializers.Ones()",
        "zeros": "initializers.Zeros()",
    },
    "paddle": {
        "lecun_normal": "nn.initializer.KaimingNormal(nonlinearity='linear')",
        "lecun_uniform": "nn.initializer.KaimingUniform(nonlinearity='linear')",
        "xavier_normal": "nn.initializer.XavierNormal()",
        "xavier_uniform": "nn.initializer.XavierUniform()",
        "he_normal": "nn.initializer.KaimingNormal()",
        "he_uniform": "nn.initializer.KaimingUniform()",
        "fan_in_uniform": "nn.initializer.KaimingUniform("
        "negative_slope=math.sqrt(5), nonlinearity='leaky_relu')",
        "fixed_uniform": "nn.initializer.Uniform(-0.07, 0.07)",
        "small_normal": "nn.initializer.Normal(std=0.01)",
        "unit_normal": "nn.initializer.Normal()",
        "constant": "nn.initializer.Constant(1.0)",
        "zeros": "nn.initializer.Constant(0.0)",
    },
}
# Rule and gain made for each activation. A sigmoid's slope is at most 1/4; a
# still larger gain would saturate it.
GOOD = {
    "linear": ("lecun_normal", 1.0),
    "tanh": ("xavier_normal", 1.0),
    "sigmoid": ("xavier_normal", 4.0),
    "relu": ("he_normal", 1.0),
    "leaky_relu": ("he_normal", 1.0),
}
# The rule of each preset; None is what is good for the activation.
PRESETS = {
    "zero": "zeros",
    "small": "small_normal",
    "good": None,
    "large": "unit_normal",
    "puzzle": "fixed_uniform",
}


@dataclass(frozen=True)
class Setting:
    """What the controls say."""

    depth: int
    width: int
    activation: str
    rule: str
    gain: float
    seed: int


@dataclass(frozen=True)
class Histogram:
    """The shares of a layer's numbers in equal bins over a common range."""

    layer: int
    shares: Floats
    cut: float  # where the panel ends: a bar of zeros goes beyond


@dataclass(frozen=True)
class Passage:
    """One signal's way forward and back, reduced to what is shown."""

    setting: Setting
    measured: Sizes
    expected: Sizes | None  # where the weights have mean 0
    output_range: Range
    gradient_range: Range
    outputs: tuple[Histogram | None, ...]  # None where 32 bits overflow
    gradients: tuple[Histogram | None, ...]  # None where an output overflowed
    dead: NDArray[np.float64]
    saturated: NDArray[np.float64]
    overflow: int | None  # the first layer that 32 bits do not hold
    alike: bool  # all units of the last layer say the same

    @property
    def layers(self) -> list[int]:
        """Return the numbers of the layers that have histograms."""
        return chosen(self.setting.depth)


def chosen(depth: int) -> list[int]:
    """Return layers in even steps, the first and the last among them."""
    count = min(depth, SHOWN)
    return [round(1 + i * (depth - 1) / max(count - 1, 1)) for i in range(count)]


def compute(setting: Setting) -> Passage:
    """Send a batch through all layers, and a gradient back."""
    s = setting
    signal = simulate(s.activation, s.rule, s.gain, s.width, s.depth, s.seed)
    variance = RULES[s.rule].variance(s.width)
    expected = None
    if variance is not None:
        expected = theory(s.activation, s.gain**2 * variance, s.width, s.depth)
    layers = signal.layers
    numbers = (i for i, layer in enumerate(layers, start=1) if layer.overflows)
    overflow = next(numbers, None)
    seen = [(i, layers[i - 1]) for i in chosen(s.depth)]
    held = [layer for i, layer in seen if overflow is None or i < overflow]
    output_range = _output_range(s.activation, held)
    reach = max((_size(x.gradients, x.gradient_unit) for x in held), default=0.0)
    gradient_range = _range_of(-REACH * reach, REACH * reach)
    outputs = [
        _histogram(i, x.outputs, x.unit, output_range)
        if overflow is None or i < overflow
        else None
        for i, x in seen
    ]
    gradients = [
        _histogram(i, x.gradients, x.gradient_unit, gradient_range)
        if overflow is None
        else None
        for i, x in seen
    ]
    return Passage(
        setting=setting,
        measured=signal.sizes,
        expected=expected,
        output_range=output_range,
        gradient_range=gradient_range,
        outputs=tuple(outputs),
        gradients=tuple(gradients),
        dead=np.array([layer.dead for layer in layers]),
        saturated=np.array([layer.saturated for layer in layers]),
        overflow=overflow,
        alike=signal.alike,
    )


def _size(values: Floats, unit: float) -> float:
    return math.sqrt(float(np.vdot(values, values)) / values.size) * unit


def _output_range(activation: str, layers: Sequence[Layer]) -> Range:
    if activation in ("tanh", "sigmoid"):
        return (-1.0 if activation == "tanh" else 0.0, 1.0)
    reach = REACH * max((_size(x.outputs, x.unit) for x in layers), default=0.0)
    return _range_of(0.0 if activation == "relu" else -reach, reach)


def _range_of(low: float, high: float) -> Range:
    """Return round limits that 32 bits hold."""
    if high < 1e-30:  # nothing there
        return (-1.0, 1.0) if low or not high else (0.0, 1.0)
    low, high = wide_range([low, min(high, LARGEST / 10)])
    return (max(low, -LARGEST / 10), min(high, LARGEST / 10))


def _histogram(layer: int, values: Floats, unit: float, within: Range) -> Histogram:
    """Return the shares of bins; what lies outside counts in the last ones."""
    low, high = within
    step = (high - low) / BINS
    places = values * np.float32(unit / step) - np.float32(low / step)
    places = np.clip(places, 0, BINS - 1, out=places).ravel().astype(np.intp)
    shares = floats(np.bincount(places, minlength=BINS) / values.size)
    first, second = np.sort(shares)[[-1, -2]]
    # One bar towers where most numbers are 0: let the others be seen.
    cut = second if first > 4 * second and second > 0.02 else first
    return Histogram(layer, shares, 1.15 * float(cut))


def _check(setting: Setting) -> None:
    """Raise ValueError where no control can be set so."""
    for value, known in (
        (setting.rule, RULES),
        (setting.activation, ACTIVATIONS),
        (setting.width, WIDTHS),
    ):
        if value not in known:
            names = ", ".join(map(str, known))
            raise ValueError(f"{value!r} is not one of {names}")
    limits: tuple[tuple[float, float, float], ...] = (
        (setting.depth, 1, DEPTH),
        (setting.gain, 10.0**-GAIN, 10.0**GAIN),
        (setting.seed, 0, SEEDS),
    )
    for number, low, high in limits:
        if not low <= number <= high:
            raise ValueError(f"{number!r} is not one of {low:g} to {high:g}")


class SignalThroughDepth(Shown):
    """A batch through many layers and a gradient back, computed in NumPy."""

    name = "signal_through_depth"

    def __init__(
        self,
        setting: Setting,
        view: str | None,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        say = self.say
        _check(setting)
        rules = [(say(f"depth.rules.{rule}"), rule) for rule in RULES]
        functions = [
            (say(f"depth.activations.{name}", slope=SLOPE), name)
            for name in ACTIVATIONS
        ]
        self.depth = controls.integer(say("depth.depth"), setting.depth, 1, DEPTH)
        self.width = controls.steps(say("depth.width"), WIDTHS, setting.width)
        self.activation = controls.choice(
            say("depth.activation"), functions, setting.activation
        )
        self.rule = controls.choice(say("depth.rule"), rules, setting.rule)
        self.gain = controls.power(say("depth.gain"), setting.gain, -GAIN, GAIN)
        self.seed = controls.integer(say("depth.seed"), setting.seed, 0, SEEDS)
        moved = (
            self.depth,
            self.width,
            self.activation,
            self.rule,
            self.gain,
            self.seed,
        )
        for control in moved:
            self.follow(control, lambda value: self.redraw())
        self.show([controls.panel(*moved), self._buttons()], view)

    def _buttons(self) -> ipywidgets.Widget:
        buttons = []
        for name in PRESETS:
            button = controls.button(
                self.say(f"depth.presets.{name}"),
                tooltip=self.say(f"depth.preset-hints.{name}"),
            )
            self.press(button, lambda name=name: self.preset(name))  # type: ignore[misc]
            buttons.append(button)
        return controls.row(*buttons)

    def preset(self, name: str) -> None:
        """Take the rule of a preset, with one redraw; the rest stays as it is."""
        rule, gain = PRESETS[name], 1.0
        if rule is None:
            rule, gain = GOOD[self.activation.value]
        with self.quietly():
            self.rule.value, self.gain.value = rule, gain
        self.redraw()

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view."""
        return of_controls(
            depth=self.depth,
            width=self.width,
            activation=self.activation,
            rule=self.rule,
            gain=self.gain,
            seed=self.seed,
        )

    def setting(self) -> Setting:
        """Return what the controls say."""
        return Setting(
            self.depth.value,
            self.width.value,
            self.activation.value,
            self.rule.value,
            self.gain.value,
            self.seed.value,
        )

    def compute(self) -> Passage:
        """Return what is shown now."""
        return compute(self.setting())

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        return _scene(self.compute(), self.say, self.framework.id)


# What the arrays become on the page


def _scene(passage: Passage, say: Say, framework: str) -> Scene:
    setting = passage.setting
    share, name = _lost(passage)
    return Scene(
        title=say("depth.title"),
        subtitle=_verdict(passage, say),
        summary=_summary(passage, say),
        panels=(
            *_histograms(passage, "output", say),
            *_histograms(passage, "gradient", say),
            _sizes(passage, "output", say),
            _sizes(passage, "gradient", say),
            _lost_panel(setting, share, name, say),
        ),
        columns=SHOWN,
        table=_table(passage, say),
        note=say("depth.note", examples=EXAMPLES, saturated=SATURATED),
        code=_code(setting, framework),
    )


def _verdict(passage: Passage, say: Say) -> str:
    """Say in one line what becomes of the signal and of the gradient."""
    if passage.overflow is not None:
        parts = [
            say("depth.signal.overflows", layer=passage.overflow),
            say("depth.gradient.lost"),
        ]
    else:
        sizes = passage.measured
        parts = [
            _course("signal", sizes.outputs[_first(passage) :], say),
            _course("gradient", sizes.gradients[::-1], say),
        ]
    courses = say("depth.then").join(parts)
    units = _units(passage, say)
    return say("depth.verdict", parts=say("depth.also").join([courses, *units]))


def _units(passage: Passage, say: Say) -> list[str]:
    """Say what is wrong with the units of the last layer, where a signal is."""
    if passage.overflow is not None or passage.measured.outputs[-1] == 0:
        return []
    if passage.alike:
        return [say("depth.alike")]
    share, name = _lost(passage)
    if share is None or share[-1] <= MANY:
        return []
    return [say(f"depth.many-{name}", percent=round(100 * share[-1]))]


def _first(passage: Passage) -> int:
    """Return the layer that the last one is compared with: the input, if alone."""
    return min(1, passage.setting.depth - 1)


def _course(which: str, sizes: NDArray[np.float64], say: Say) -> str:
    """Say how a size went on the way from the first to the last."""
    first, last = float(sizes[0]), float(sizes[-1])
    if last == 0 or first == 0:
        return say(f"depth.{which}.zero")
    ratio = last / first
    factor = _number(ratio ** (1 / (len(sizes) - 1)))
    if 1 / KEPT <= ratio <= KEPT:
        return say(f"depth.{which}.stays")
    course = "fades" if ratio < 1 else "grows"
    return say(f"depth.{which}.{course}", factor=factor, left=_number(ratio))


def _summary(passage: Passage, say: Say) -> str:
    s, sizes = passage.setting, passage.measured
    first = _first(passage)
    return say(
        "depth.summary",
        depth=s.depth,
        width=s.width,
        activation=say(f"depth.activations.{s.activation}", slope=SLOPE),
        rule=say(f"depth.rules.{s.rule}"),
        gain=f"{s.gain:.3g}",
        first=first,
        near=_number(sizes.outputs[first]),
        far=_number(sizes.outputs[-1]),
        gradient="–"
        if passage.overflow is not None
        else _number(sizes.gradients[first]),
    )


def _number(value: float) -> str:
    """Write a size with two digits, however small or large."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    if -4 <= int(exponent) <= 3:
        return f"{value:.2g}" if value < 100 else f"{value:.0f}"
    digits = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}·10{digits}"


def _histograms(passage: Passage, which: str, say: Say) -> list[Panel]:
    output = which == "output"
    histograms = passage.outputs if output else passage.gradients
    within = passage.output_range if output else passage.gradient_range
    edges = floats(np.linspace(*within, BINS + 1))
    role = "data" if output else "gradient"
    lost = say("depth.overflow" if output else "depth.no-number")
    panels = []
    for number, histogram in zip(passage.layers, histograms, strict=True):
        marks: tuple[Mark, ...] = ()
        if histogram is not None:
            marks = (Bars(edges, histogram.shares, role, ""),)
        panels.append(
            Panel(
                title=say(f"depth.{which}-of", layer=number),
                marks=marks,
                x_range=within,
                y_range=(0.0, histogram.cut if histogram else 1.0),
                compact=True,
                note="" if histogram else lost,
            )
        )
    # Fewer layers leave places empty; the plot keeps its height.
    empty = Panel("", (), (-1.0, 1.0), (0.0, 1.0), compact=True, note="–")
    return panels + [empty] * (SHOWN - len(panels))


def _sizes(passage: Passage, which: str, say: Say) -> Panel:
    """Draw standard deviations against depth, and the line of theory."""
    measured, expected = passage.measured, passage.expected
    output = which == "output"
    values = measured.outputs if output else measured.gradients
    layers = floats(np.arange(len(values)))
    role = "loss" if output else "gradient"
    drawn = [values]
    marks = [Line(layers, _drawable(values), role, say("depth.measured"))]
    if expected is not None:
        line = expected.outputs if output else expected.gradients
        drawn.append(line)
        marks.append(
            Line(layers, _drawable(line), "theory", say("depth.theory"), dashed=True)
        )
    lost = passage.overflow is not None and not output
    return Panel(
        title=say(f"depth.{which}-std"),
        marks=() if lost else tuple(marks),
        x_range=_places(passage.setting.depth),
        y_range=_powers(np.concatenate(drawn)),
        x_label=say("depth.layer"),
        log=True,
        span=3,
        note=say("depth.no-gradient") if lost else "",
    )


def _drawable(values: NDArray[np.float64]) -> Floats:
    """Return sizes as a logarithmic axis of 32 bits can take them."""
    return floats(np.clip(values, 1e-35, 1e35))


def _places(depth: int) -> Range:
    """Return an axis of layers that stands still for most moves of the depth."""
    return (0.0, float(next(end for end in (8, 16, 24, DEPTH) if depth <= end)))


def _powers(values: NDArray[np.float64]) -> Range:
    """Return whole powers of ten around the sizes, few of them."""
    positive = values[values > 0]
    low = math.log10(positive.min()) if positive.size else 0.0
    high = math.log10(positive.max()) if positive.size else 0.0
    bottom = max((e for e in LOWEST if e <= low), default=LOWEST[0])
    top = min((e for e in HIGHEST if e >= high), default=HIGHEST[-1])
    return (10.0**bottom, 10.0**top)


def _lost(passage: Passage) -> tuple[NDArray[np.float64] | None, str]:
    """Return the share that does not react any more, and what it is called."""
    if passage.setting.activation == "relu":
        return passage.dead, "dead"
    if passage.setting.activation in ("tanh", "sigmoid"):
        return passage.saturated, "saturated"
    return None, "neither"


def _lost_panel(
    setting: Setting, share: NDArray[np.float64] | None, name: str, say: Say
) -> Panel:
    marks: tuple[Mark, ...] = ()
    if share is not None:
        layers = np.arange(len(share) + 1) + 0.5
        marks = (Bars(floats(layers), floats(share), "now", ""),)
    return Panel(
        title=say(f"depth.{name}"),
        marks=marks,
        x_range=(0.0, _places(setting.depth)[1] + 1),
        y_range=(0.0, 1.0),
        x_label=say("depth.layer"),
        span=2,
        note="" if marks else say("depth.no-bounds"),
    )


def _table(passage: Passage, say: Say) -> Table:
    layers = passage.layers
    measured, expected = passage.measured, passage.expected

    def row(key: str, values: NDArray[np.float64] | None) -> tuple[str, ...]:
        cells = ["–"] * len(layers)
        if values is not None:
            cells = [_number(float(values[layer])) for layer in layers]
        return (say(f"depth.rows.{key}"), *cells)

    def shares(key: str, values: NDArray[np.float64]) -> tuple[str, ...]:
        cells = [f"{100 * values[layer - 1]:.0f} %" for layer in layers]
        return (say(f"depth.rows.{key}"), *cells)

    return Table(
        (say("depth.layer"), *map(str, layers)),
        (
            row("output", measured.outputs),
            row("output-theory", expected.outputs if expected else None),
            row("gradient", None if passage.overflow else measured.gradients),
            row("gradient-theory", expected.gradients if expected else None),
            shares("dead", passage.dead),
            shares("saturated", passage.saturated),
        ),
    )


def _code(setting: Setting, framework: str) -> str:
    """Return how a framework writes the rule; the gain multiplies what it drew."""
    spelled = SPELLED[framework][setting.rule]
    if math.isclose(setting.gain, 1.0):
        return spelled
    return f"{spelled}\nweight = {setting.gain:.3g} * weight"
