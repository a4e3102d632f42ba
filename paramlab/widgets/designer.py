"""The distribution designer: a rule in three parts, and the gain it amounts to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.frameworks import load
from paramlab.three_parts import BOOK, Side, ThreeParts
from paramlab.widgets import controls
from paramlab.widgets.outputs import Outputs
from paramlab.widgets.outputs import compute as send
from paramlab.widgets.picture import Picture, draw
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Line,
    Mark,
    Panel,
    Rule,
    Scene,
    Stems,
    Table,
    decade_range,
    floats,
    height_range,
    short,
    wide_range,
)
from paramlab.widgets.shown import Say, Shown
from paramlab.widgets.view import Knob, of_controls

SIDE_BINS = 24  # of each side's histogram
PLACES = 120  # of the curve of the gain

# Slider ranges: the largest still redraw without a wait.
LARGEST = 12.0
FAN_IN = 512
FAN_OUT = 128
SEEDS = 99
SCALES = (-3.0, 2.0)  # as powers of ten

KEEPS = 1.0  # the gain of Xavier's rule on square layers, and of LeCun's
KEEPS_RELU = math.sqrt(2)  # of He's rule
NEAR = 0.1  # such a share beside a gain is still near it

# How each framework draws from U(0, 1), and what is to be added. The stream of
# MXNet cannot be put back, so its adapter draws by NumPy.
_UNIFORM: dict[str, tuple[str, dict[str, float], float]] = {
    "pytorch": ("uniform_", {"a": 0.0, "b": 1.0}, 0.0),
    "mxnet": ("Uniform", {"scale": 0.5}, 0.5),
    "tensorflow": ("RandomUniform", {"minval": 0.0, "maxval": 1.0}, 0.0),
    "paddle": ("Uniform", {"low": 0.0, "high": 1.0}, 0.0),
}
GENERATORS = {
    "pytorch": "PyTorch",
    "mxnet": "NumPy",
    "tensorflow": "TensorFlow",
    "paddle": "Paddle",
}


@dataclass(frozen=True)
class Drawn:
    """Mean, variance and standard deviation of numbers, and the share of zeros."""

    mean: float
    variance: float
    std: float
    zeros: float


@dataclass(frozen=True)
class Designed:
    """A layer filled by a rule, and what it makes of inputs of variance 1."""

    rule: ThreeParts
    inputs: int
    outputs: int
    drawn: Drawn
    gain: float  # of the weights that were drawn
    # The sides that are spread, as densities; empty where there are none.
    edges: Floats
    heights: Floats
    curve_x: Floats
    curve_y: Floats
    # The point masses, as shares.
    values: Floats
    shares: Floats
    expected_shares: Floats
    after: Outputs
    # The gain of the rule by the number of inputs.
    widths: Floats
    gains: Floats


@lru_cache(8)
def places(framework: str, seed: int) -> Floats:
    """Draw from U(0, 1) for each weight of the largest layer.

    The framework's own generator draws; its global stream is not touched.
    """
    name, arguments, shift = _UNIFORM[framework]
    drawn = load(framework).sample(name, arguments, (FAN_IN, FAN_OUT), seed)
    return floats(drawn + np.float32(shift))


def compute(rule: ThreeParts, at: Floats) -> Designed:
    """Fill a layer by a rule and send inputs of variance 1 through it.

    ``at`` has the place of each weight in the rule's distribution, from 0 to
    1, with shape (inputs, outputs).
    """
    inputs, outputs = at.shape
    weights = rule.weights(at)
    (after,) = send([(weights.T, rule.law)], "none")
    values = np.array([value for value, _ in rule.law.atoms])
    shares = [float((np.abs(weights - v) <= 1e-5 * abs(v)).mean()) for v in values]
    edges, heights = _sides(rule, weights)
    curve_x, curve_y = _outline(rule)
    widths = np.unique(np.rint(np.geomspace(1, FAN_IN, PLACES)))
    return Designed(
        rule=rule,
        inputs=inputs,
        outputs=outputs,
        drawn=_drawn(weights),
        gain=math.sqrt(inputs * float(np.mean(np.square(weights), dtype=np.float64))),
        edges=floats(edges),
        heights=floats(heights),
        curve_x=floats(curve_x),
        curve_y=floats(curve_y),
        values=floats(values),
        shares=floats(shares),
        expected_shares=floats([share for _, share in rule.law.atoms]),
        after=after,
        widths=floats(widths),
        gains=floats(rule.size * np.sqrt(widths)),
    )


def _drawn(weights: Floats) -> Drawn:
    mean = float(weights.mean(dtype=np.float64))
    variance = float(weights.var(dtype=np.float64))
    zeros = 1 - np.count_nonzero(weights) / weights.size
    return Drawn(mean, variance, math.sqrt(variance), zeros)


def _spread(rule: ThreeParts) -> list[tuple[float, float, float]]:
    """Return share and bounds of the sides that are no single value."""
    left, right = rule.left, rule.right
    sides = [
        (left.share, -left.outer, -left.inner),
        (right.share, right.inner, right.outer),
    ]
    return [side for side in sides if side[0] > 0 and side[1] < side[2]]


def _sides(
    rule: ThreeParts, weights: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each side's histogram, with one empty bin between the two."""
    edges: list[NDArray[np.float64]] = []
    heights: list[NDArray[np.float64]] = []
    flat = weights.ravel()
    for _, low, high in _spread(rule):
        if heights:
            heights.append(np.zeros(1))
        edges.append(np.linspace(low, high, SIDE_BINS + 1))
        sign = flat < 0 if low < 0 else flat > 0
        counts = _counts(flat[sign], low, high, SIDE_BINS)
        heights.append(counts * (SIDE_BINS / (high - low) / flat.size))
    if not edges:
        return np.array([]), np.array([])
    return np.concatenate(edges), np.concatenate(heights)


def _counts(values: Floats, low: float, high: float, bins: int) -> NDArray[np.float64]:
    """Count values in equal bins; those outside go to the first or last."""
    place = (values - np.float32(low)) * np.float32(bins / (high - low))
    numbers = np.clip(place, 0, bins - 1).astype(np.intp)
    return np.bincount(numbers, minlength=bins).astype(np.float64)


def _outline(rule: ThreeParts) -> tuple[list[float], list[float]]:
    """Return the density of the sides: from the ground to the ground, each."""
    x: list[float] = []
    y: list[float] = []
    for share, low, high in _spread(rule):
        density = share / (high - low)
        x += [low, low, high, high]
        y += [0.0, density, density, 0.0]
    return x, y


class DistributionDesigner(Shown):
    """The book's rule in three parts, with every number on a slider."""

    name = "distribution_designer"

    def __init__(
        self,
        zeros: float,
        inner: float,
        outer: float,
        inputs: int,
        outputs: int,
        seed: int,
        view: str | None,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        self._make_rule_controls()
        self._make_layer_controls()
        given = {
            self.zeros: zeros,
            self.inner: inner,
            self.outer: outer,
            self.inputs: inputs,
            self.outputs: outputs,
            self.seed: seed,
        }
        for control, value in given.items():
            _set(control, value)
        if inner > outer:
            raise ValueError(f"inner is {inner!r}, above outer, which is {outer!r}")
        self._settled = self._bounds()
        self.box = controls.panel()
        self.settle()
        for control in self._all():
            self.follow(control, self._changed)
        buttons = self._buttons()
        self.show([self.box, buttons], view)

    # What the plot shows

    @property
    def rule(self) -> ThreeParts:
        """Return the rule that the sliders say."""
        rest, scale = 1 - self.zeros.value, self.scale.value
        alike = self.alike.value
        share = 0.5 if alike else self.share.value
        right = Side(rest * share, scale * self.inner.value, scale * self.outer.value)
        if alike:
            return ThreeParts(right, right)
        inner, outer = self.left_inner.value, self.left_outer.value
        left = Side(rest * (1 - share), scale * inner, scale * outer)
        return ThreeParts(left, right)

    def compute(self) -> Designed:
        """Fill a layer by the rule and send a batch through it."""
        at = places(self.framework.id, self.seed.value)
        return compute(self.rule, at[: self.inputs.value, : self.outputs.value])

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        return _scene(self.compute(), self.framework.id, self.say)

    def picture(self) -> Picture:
        """Return the plot and its table as a matplotlib figure."""
        return draw(self.scene(), self.language, with_table=True)

    # Controls

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view."""
        named = {
            "zeros": self.zeros,
            "inner": self.inner,
            "outer": self.outer,
            "scale": self.scale,
            "alike": self.alike,
        }
        if not self.alike.value:
            named |= {
                "right": self.share,
                "left_inner": self.left_inner,
                "left_outer": self.left_outer,
            }
        named |= {"inputs": self.inputs, "outputs": self.outputs, "seed": self.seed}
        return of_controls(**named)

    def settle(self) -> None:
        """Keep inner bounds inside of outer ones, and equal sides equal."""
        pairs = ((self.inner, self.outer), (self.left_inner, self.left_outer))
        for inner, outer in pairs:
            if inner.value > outer.value:  # the one that was moved pushes the other
                if outer.value != self._settled[outer]:
                    inner.value = outer.value
                else:
                    outer.value = inner.value
        if self.alike.value:
            # Where the left side will start when it is set free.
            self.share.value = 0.5
            self.left_inner.value = self.inner.value
            self.left_outer.value = self.outer.value
        self._settled = self._bounds()
        self._place_controls()

    def _changed(self, value: Any) -> None:
        """Follow one control, with one redraw, whatever else it moves."""
        with self.quietly():
            self.settle()
        self.redraw()

    def _bounds(self) -> dict[Any, float]:
        bounds = (self.inner, self.outer, self.left_inner, self.left_outer)
        return {control: control.value for control in bounds}

    def _make_rule_controls(self) -> None:
        def bound(value: float) -> Any:
            return controls.number("", value, 0.0, LARGEST, 0.05, digits=2)

        def share(key: str) -> Any:
            return controls.number(self.say(f"designer.{key}"), 0.5, 0, 1, 0.01, 2)

        self.zeros, self.share = share("zeros"), share("share")
        self.inner, self.outer = bound(BOOK.right.inner), bound(BOOK.right.outer)
        self.left_inner = bound(BOOK.left.inner)
        self.left_outer = bound(BOOK.left.outer)
        self.scale = controls.power(self.say("designer.scale"), 1.0, *SCALES)
        self.alike = controls.switch(self.say("designer.alike"), True)

    def _make_layer_controls(self) -> None:
        self.inputs = controls.integer(self.say("picker.inputs"), 256, 1, FAN_IN)
        self.outputs = controls.integer(self.say("picker.outputs"), 64, 1, FAN_OUT)
        self.seed = controls.integer(self.say("picker.seed"), 0, 0, SEEDS)

    def _all(self) -> list[Any]:
        return [
            self.zeros,
            self.share,
            self.inner,
            self.outer,
            self.left_inner,
            self.left_outer,
            self.scale,
            self.alike,
            self.inputs,
            self.outputs,
            self.seed,
        ]

    def _place_controls(self) -> None:
        """Show the left side's controls where it has some of its own."""
        alike = self.alike.value
        sides = "both" if alike else "right"
        self.inner.description = self.say(f"designer.{sides}-inner")
        self.outer.description = self.say(f"designer.{sides}-outer")
        self.left_inner.description = self.say("designer.left-inner")
        self.left_outer.description = self.say("designer.left-outer")
        # The box to tick stands before what it adds: the page makes all that comes
        # after a change anew, and the focus in it would be lost.
        left = () if alike else (self.share, self.left_inner, self.left_outer)
        shown = (
            *(self.zeros, self.scale, self.inner, self.outer, self.alike),
            *(*left, self.inputs, self.outputs, self.seed),
        )
        if self.box.children != shown:
            self.box.children = shown

    def _buttons(self) -> Any:
        self.book = controls.button(self.say("designer.book"))
        self.keep = controls.button(self.say("designer.keep"))
        self.keep_relu = controls.button(self.say("designer.keep-relu"))
        self.press(self.book, self._go_to_book)
        self.press(self.keep, self._scaler(KEEPS))
        self.press(self.keep_relu, self._scaler(KEEPS_RELU))
        return controls.row(self.book, self.keep, self.keep_relu)

    def _go_to_book(self) -> None:
        """Set the rule to the book's; the layer stays as it is."""
        with self.quietly():
            self.alike.value, self.scale.value = True, 1.0
            self.zeros.value = BOOK.zeros
            self.inner.value, self.outer.value = BOOK.right.inner, BOOK.right.outer
            self.settle()
        self.redraw()

    def _scaler(self, gain: float) -> Callable[[], None]:
        """Return what scales the rule so that it has this gain."""

        def scale() -> None:
            found = self.rule.gain(self.inputs.value)
            if found > 0:  # else all weights are 0, at any scale
                with self.quietly():
                    self.scale.value *= gain / found
            self.redraw()

        return scale


def _set(control: Any, value: float) -> None:
    """Give a slider its first value; raise ValueError where it has no such place."""
    if not control.min <= value <= control.max:
        raise ValueError(f"{value!r} is not from {control.min} to {control.max}")
    control.value = value


# What the arrays become on the page


def _scene(designed: Designed, framework: str, say: Say) -> Scene:
    rule = designed.rule
    gain = rule.gain(designed.inputs)
    generator = GENERATORS[framework]
    return Scene(
        title=say("designer.title"),
        subtitle=_formula(rule),
        summary=say(
            "designer.summary",
            variance=short(rule.law.std**2),
            std=short(rule.law.std),
            inputs=designed.inputs,
            gain=short(gain),
            measured=short(math.sqrt(designed.after.square)),
        ),
        panels=(
            _weights_panel(designed, generator, say),
            _outputs_panel(designed, say),
            _gains_panel(designed, say),
        ),
        columns=2,
        table=_table(designed, generator, say),
        note=say(
            f"designer.verdicts.{_verdict(gain)}",
            gain=short(gain),
            relu=short(gain / KEEPS_RELU),
        ),
    )


def _formula(rule: ThreeParts) -> str:
    """Write the three parts with their shares, in any language."""
    left, right = rule.left, rule.right
    parts = (
        (-left.outer, -left.inner, left.share),
        (0.0, 0.0, rule.zeros),
        (right.inner, right.outer, right.share),
    )
    return " · ".join(
        f"{_part(low, high)}: {short(100 * share)} %" for low, high, share in parts
    )


def _part(low: float, high: float) -> str:
    return short(low) if low == high else f"U({short(low)}, {short(high)})"


def _verdict(gain: float) -> str:
    if gain == 0:
        return "dead"
    if gain < KEEPS * (1 - NEAR):
        return "fades"
    if gain <= KEEPS * (1 + NEAR):
        return "keeps"
    if gain < KEEPS_RELU * (1 - NEAR):
        return "between"
    return "keeps-relu" if gain <= KEEPS_RELU * (1 + NEAR) else "grows"


def _weights_panel(designed: Designed, generator: str, say: Say) -> Panel:
    rule = designed.rule
    ends = rule.left.outer, rule.right.outer
    heights = height_range(np.concatenate([designed.heights, designed.curve_y]))
    top = np.float32(heights[1])  # a share of 1 is as high as the axis
    zero = designed.drawn.zeros
    zeros = say(
        "designer.stem", drawn=short(100 * zero), theory=short(100 * rule.zeros)
    )
    marks: list[Mark] = []
    spread = designed.edges.size > 0
    theory = say("picker.theory")
    if spread:
        drawn = say("designer.drawn", name=generator)
        marks.append(Bars(designed.edges, designed.heights, "data", drawn))
    if designed.values.size:
        stems = Stems(designed.values, designed.shares * top, "mass", zeros)
        expected = designed.expected_shares * top
        label = "" if spread else theory
        marks += [stems, Stems(designed.values, expected, "theory", label, marker=True)]
    if spread:
        marks.append(Line(designed.curve_x, designed.curve_y, "theory", theory))
    return Panel(
        title=say("designer.weights"),
        marks=tuple(marks),
        x_range=wide_range([-max(ends), max(ends)]),
        y_range=heights,
        x_label=say("picker.weight"),
        y_label=say("picker.density" if spread else "picker.share"),
        span=2,
    )


def _outputs_panel(designed: Designed, say: Say) -> Panel:
    title = say("designer.outputs")
    if not designed.after.square > 0:
        return _empty(title, say)
    after = designed.after
    edges, shares, expected = after.edges, after.shares, after.expected_shares
    return Panel(
        title=title,
        marks=(
            Bars(edges, shares, "data", say("designer.measured")),
            Bars(edges, expected, "theory", say("designer.normal"), filled=False),
        ),
        x_range=wide_range(edges[[0, -1]]),
        y_range=height_range(np.concatenate([shares, expected])),
        x_label=say("designer.output"),
        y_label=say("picker.output-share"),
    )


def _gains_panel(designed: Designed, say: Say) -> Panel:
    title = say("designer.gains")
    if not designed.gains.max() > 0:
        return _empty(title, say)
    ends = floats([1, FAN_IN])
    here = floats([designed.inputs])
    level = floats([1, 1])
    gains = designed.gains
    marks: list[Mark] = [
        Rule(designed.inputs, "now"),
        Line(ends, level * KEEPS_RELU, "line-3", say("designer.he"), dashed=True),
        Line(ends, level, "guide", say("designer.xavier"), dotted=True),
        Line(designed.widths, gains, "theory", say("designer.rule")),
    ]
    if designed.gain > 0:
        marks.append(Stems(here, floats([designed.gain]), "now", "", marker=True))
    return Panel(
        title=title,
        marks=tuple(marks),
        x_range=(0.0, float(FAN_IN)),
        y_range=decade_range([KEEPS / 2, KEEPS_RELU, *gains[[0, -1]].tolist()]),
        x_label=say("picker.inputs"),
        y_label=say("designer.gain"),
        log=True,
    )


def _empty(title: str, say: Say) -> Panel:
    note = say("designer.all-zero")
    return Panel(title, (), (0.0, 1.0), (0.0, 1.0), note=note)


def _table(designed: Designed, generator: str, say: Say) -> Table:
    law, drawn = designed.rule.law, designed.drawn
    gain = designed.rule.gain(designed.inputs)
    rows = [
        ("numbers.mean", short(drawn.mean), short(law.mean)),
        ("designer.variance", short(drawn.variance), short(law.std**2)),
        ("numbers.std", short(drawn.std), short(law.std)),
        ("designer.zeros", short(drawn.zeros), short(designed.rule.zeros)),
        ("designer.gain-is", short(designed.gain), short(gain)),
        ("designer.output-std", short(math.sqrt(designed.after.square)), short(gain)),
        ("designer.to-keep", "", _factor(KEEPS, gain)),
        ("designer.to-keep-relu", "", _factor(KEEPS_RELU, gain)),
    ]
    header = ("", say("designer.drawn", name=generator), say("picker.theory"))
    return Table(header, tuple((say(key), *cells) for key, *cells in rows))


def _factor(wanted: float, gain: float) -> str:
    return f"× {short(wanted / gain)}" if gain > 0 else "–"
