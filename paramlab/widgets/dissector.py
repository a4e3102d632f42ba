"""The tie dissector: the gradient of a shared weight, use by use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import FACTS, Absent, Facts
from paramlab.frameworks.protocol import Array, Blueprint, Framework, Net
from paramlab.widgets import controls
from paramlab.widgets.picture import Picture, draw
from paramlab.widgets.scene import (
    Floats,
    Heat,
    Line,
    Panel,
    Rule,
    Scale,
    Scene,
    Table,
    floats,
    height_range,
    short,
    wide_range,
)
from paramlab.widgets.shown import Say, Shown
from paramlab.widgets.view import Knob, of_controls

Doubles = NDArray[np.float64]

CHAIN, FANCY = "chain", "fancy"
MOST = 4  # uses of the chain's shared layer
FANCY_USES = 2
INPUTS, UNITS = 4, 8
LARGEST_SCALE = 5.0
STEP = 0.05  # of the slider of the scale
LAST_SEED = 20
RATE = 0.1  # the learning rate of the one step
AGREEMENT = 1e-5  # of the largest entry: what float32 may differ by
# Dashes and dots of each use's line.
LINES = ((False, False), (True, False), (False, True), (True, True))
# How FancyMLP holds its constant: the lesson's own way.
HOLDING = {"mxnet": "constant"}


@dataclass(frozen=True)
class Values:
    """What a seed draws, each weight in the layout (outputs, inputs)."""

    layers: tuple[tuple[Array, Array], ...]  # weight and bias; the shared one
    shared: int  # stands here
    constant: Array | None  # FancyMLP's
    X: Array


def values(network: str, seed: int) -> Values:
    """Draw the values of a network and a batch, equal in every framework."""
    generator = np.random.default_rng(seed)
    if network == FANCY:
        # Small enough that a small input is not halved, none of it dead.
        weight = generator.uniform(-0.06, 0.1, (UNITS, UNITS))
        constant = np.random.default_rng(LAST_SEED + 1).uniform(0, 1, (UNITS, UNITS))
        return Values(
            layers=((_single(weight), _single(np.full(UNITS, -0.1))),),
            shared=0,
            constant=_single(constant),
            X=_single(generator.uniform(0, 4, (1, UNITS))),
        )
    layers = []
    for inputs, outputs in ((INPUTS, UNITS), (UNITS, UNITS), (UNITS, 1)):
        weight = generator.normal(0, 1 / math.sqrt(inputs), (outputs, inputs))
        layers.append((_single(weight), _single(generator.normal(0, 0.1, outputs))))
    return Values(tuple(layers), 1, None, _single(generator.normal(size=(2, INPUTS))))


def _single(array: Doubles) -> Array:
    return array.astype(np.float32)


# What the framework says


class Specimen:
    """A network of the framework, tied or with a copy for each use.

    It is built once; other values are written into it.
    """

    def __init__(
        self, framework: Framework, network: str, uses: int, tied: bool
    ) -> None:
        self.framework = framework
        self.network = network
        self.copies = 1 if tied else uses
        self._seed: int | None = None  # whose values it has
        self.tied = tied
        self.uses = uses
        self._outputs_first = FACTS[framework.id].weight_layout == "out_in"
        with framework.preserved_random():
            self.net = self._build()
        self._differentiate = framework.differentiator(self.net)
        self._parameters = framework.parameters(self.net)
        self._weights = [
            number
            for number, parameter in enumerate(self._parameters)
            if parameter.role == "weight" and parameter.shape == (UNITS, UNITS)
        ]

    def _build(self) -> Net:
        if self.network == CHAIN:
            return self.framework.build(_chain(self.uses, self.tied))
        first = values(FANCY, 0)
        assert first.constant is not None
        weight, bias = first.layers[0]
        holding = HOLDING.get(self.framework.id, "attribute")
        return self.framework.fancy_mlp(
            self.own(weight), bias, first.constant, holding, self.tied
        )

    def own(self, weight: Array) -> Array:
        """Turn a weight, or its gradient, into the framework's own layout."""
        return weight if self._outputs_first else np.ascontiguousarray(weight.T)

    @property
    def numbers(self) -> int:
        """Return how many numbers are trained."""
        return sum(p.size for p in self._parameters if p.trainable)

    def fill(self, values: Values, seed: int) -> None:
        """Write a seed's values; every copy gets those of the shared layer."""
        if self._seed == seed:
            return
        self._seed = seed
        start, shared = values.layers[: values.shared], values.layers[values.shared]
        layers = [*start, *[shared] * self.copies, *values.layers[values.shared + 1 :]]
        drawn = iter(
            [array for weight, bias in layers for array in (self.own(weight), bias)]
        )
        self.framework.assign(
            self.net,
            [
                next(drawn) if parameter.role in ("weight", "bias") else parameter.value
                for parameter in self._parameters
            ],
        )

    def gradients(self, X: Array) -> list[Array]:
        """Return the gradient of the shared weight, or of each of its copies.

        What is differentiated is the sum of the outputs.
        """
        found = self._differentiate(X)
        weights = [found[number] for number in self._weights]
        return [weight for weight in weights if weight is not None]


def _chain(uses: int, tied: bool) -> Blueprint:
    """Describe a chain: a layer in, the shared one some times, a layer out."""
    inside: Blueprint = {
        "kind": "dense",
        "inputs": UNITS,
        "outputs": UNITS,
        "activation": "tanh",
    }
    if tied:
        inside["key"] = "shared"
    first = {**inside, "inputs": INPUTS}
    first.pop("key", None)
    last = {"kind": "dense", "inputs": UNITS, "outputs": 1}
    return {
        "kind": "sequential",
        "layers": [first, *[dict(inside) for _ in range(uses)], last],
    }


# The same in NumPy, for many inputs at once


def norms_in_loop(values: Values, facts: Facts, scale: float) -> list[float]:
    """Return FancyMLP's norm before its loop and after each halving."""
    norms = [float(_result_norms(values, facts, np.array([scale]))[0])]
    while norms[-1] > 1:
        norms.append(norms[-1] / 2)
    return norms


def _result_norms(values: Values, facts: Facts, scales: Doubles) -> Doubles:
    """Return the norm that the loop of FancyMLP starts with, for every scale."""
    return np.asarray(np.abs(_fancy_forward(values, facts, scales)[-1]).sum((-2, -1)))


def parts(
    network: str, values: Values, facts: Facts, uses: int, scales: Doubles
) -> Doubles:
    """Return each use's gradient for every scale of the input.

    Shape: (scales, uses, units, units), in the layout (outputs, inputs).
    FancyMLP's are those before the loop.
    """
    if network == FANCY:
        return _fancy_parts(values, facts, scales)
    (first, first_bias), (weight, bias), (last, _) = _double(values)
    X = scales[:, None, None] * values.X.astype(np.float64)
    inputs = [np.tanh(X @ first.T + first_bias)]
    for _ in range(uses):
        inputs.append(np.tanh(inputs[-1] @ weight.T + bias))
    back = np.broadcast_to(last, inputs[-1].shape)
    found = []
    for use in reversed(range(uses)):
        back = back * (1 - inputs[use + 1] ** 2)
        found.append(np.swapaxes(back, -1, -2) @ inputs[use])
        back = back @ weight
    return np.stack(found[::-1], axis=1)


def _fancy_forward(values: Values, facts: Facts, scales: Doubles) -> list[Doubles]:
    """Return input, first result, constant's result and last result."""
    ((weight, bias),) = _double(values)
    assert values.constant is not None
    X = scales[:, None, None] * values.X.astype(np.float64)
    first = _active(X @ weight.T + bias, facts)
    middle = np.maximum(first @ values.constant.astype(np.float64) + 1, 0)
    return [X, first, middle, _active(middle @ weight.T + bias, facts)]


def _fancy_parts(values: Values, facts: Facts, scales: Doubles) -> Doubles:
    ((weight, _),) = _double(values)
    assert values.constant is not None
    X, first, middle, last = _fancy_forward(values, facts, scales)
    relu = facts.fancy_activation == "relu"
    back = (last > 0).astype(np.float64) if relu else np.ones_like(last)
    second_use = np.swapaxes(back, -1, -2) @ middle
    back = (back @ weight) * (middle > 0)
    back = back @ values.constant.astype(np.float64).T
    if relu:
        back = back * (first > 0)
    return np.stack([np.swapaxes(back, -1, -2) @ X, second_use], axis=1)


def _double(values: Values) -> list[tuple[Doubles, Doubles]]:
    return [(w.astype(np.float64), b.astype(np.float64)) for w, b in values.layers]


def _active(result: Doubles, facts: Facts) -> Doubles:
    return np.maximum(result, 0) if facts.fancy_activation == "relu" else result


@dataclass(frozen=True)
class Sweep:
    """Norms of gradients for every scale of the input."""

    scales: Floats
    # The chain's: each use's. FancyMLP's: the sum's, broken where one more
    # halving starts, and the sum's without the loop.
    curves: tuple[Floats, ...]


@lru_cache(maxsize=64)
def sweep(network: str, framework: str, uses: int, seed: int) -> Sweep:
    """Return the norms of one network's gradients."""
    facts = FACTS[framework]
    scales = np.linspace(0, LARGEST_SCALE, 101)
    drawn = values(network, seed)
    found = parts(network, drawn, facts, uses, scales)
    if network == CHAIN:
        norms = np.linalg.norm(found, axis=(-2, -1))
        return Sweep(floats(scales), tuple(floats(norms[:, i]) for i in range(uses)))
    total = np.linalg.norm(found.sum(axis=1), axis=(-2, -1))
    starts = np.maximum(_result_norms(drawn, facts, scales), 1)
    halvings = np.ceil(np.log2(starts))
    # A gap where it jumps.
    places = np.flatnonzero(np.diff(halvings)) + 1
    middle = (scales[places - 1] + scales[places]) / 2
    looped = np.insert(total / 2.0**halvings, places, np.nan)
    unlooped = np.insert(total, places, np.interp(middle, scales, total))
    scales = np.insert(scales, places, middle)
    return Sweep(floats(scales), (floats(looped), floats(unlooped)))


# What is shown


@dataclass(frozen=True)
class Dissected:
    """A shared weight's gradient in its parts, in the framework's layout."""

    network: str
    tied: bool
    scale: float
    parts: tuple[Array, ...]  # what an untied copy in each use's place gets
    total: Array  # their sum
    reported: Array  # what the framework reports where they are tied
    before: float  # the weight's first entry
    after: tuple[float, ...]  # in each use's place, after one step
    apart: float  # how far any two copies are from each other after one step
    numbers: int  # trained, in the network that is shown
    norms: tuple[float, ...]  # of the result, before and after each halving
    sweep: Sweep

    @property
    def uses(self) -> int:
        """Return how often the weight is used."""
        return len(self.parts)

    @property
    def halvings(self) -> int:
        """Return how often FancyMLP's loop ran."""
        return max(len(self.norms) - 1, 0)

    @property
    def difference(self) -> float:
        """Return the largest difference between sum and reported gradient."""
        return float(np.abs(self.reported - self.total).max())

    @property
    def agrees(self) -> bool:
        """Tell whether the reported gradient is the sum, as far as float32 goes."""
        return self.difference <= AGREEMENT * self.limit

    @property
    def limit(self) -> float:
        """Return the largest entry of all gradients."""
        return max(float(np.abs(g).max()) for g in (*self.parts, self.total))


class Laboratory:
    """The specimens of one framework, each built when it is first looked at."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self._specimens: dict[tuple[str, int, bool], Specimen] = {}

    def compute(
        self, network: str, uses: int, tied: bool, scale: float, seed: int
    ) -> Dissected:
        """Let the framework differentiate the tied network and the untied one."""
        drawn = values(network, seed)
        X = drawn.X * np.float32(scale)
        with self.framework.usual_settings():
            whole = self._specimen(network, uses, True)
            copies = self._specimen(network, uses, False)
            for specimen in (whole, copies):
                specimen.fill(drawn, seed)
            (reported,) = whole.gradients(X)
            found = copies.gradients(X)
        total = np.sum(found, axis=0)
        weight = whole.own(drawn.layers[drawn.shared][0])
        steps = [reported] * uses if tied else found
        moved = np.stack([weight - RATE * step for step in steps])
        facts = FACTS[self.framework.id]
        norms = norms_in_loop(drawn, facts, scale) if network == FANCY else []
        return Dissected(
            network=network,
            tied=tied,
            scale=scale,
            parts=tuple(found),
            total=total,
            reported=reported,
            before=float(weight[0, 0]),
            after=tuple(float(one[0, 0]) for one in moved),
            apart=float(np.ptp(moved, axis=0).max()),
            numbers=(whole if tied else copies).numbers,
            norms=tuple(norms),
            sweep=sweep(network, self.framework.id, uses, seed),
        )

    def _specimen(self, network: str, uses: int, tied: bool) -> Specimen:
        key = (network, uses, tied)
        if key not in self._specimens:
            self._specimens[key] = Specimen(self.framework, network, uses, tied)
        return self._specimens[key]


class TieDissector(Shown):
    """The gradient of a shared weight: each use, the sum, what is reported."""

    name = "tie_dissector"

    def __init__(
        self,
        network: str,
        uses: int,
        tied: bool,
        scale: float,
        seed: int,
        view: str | None,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        _refuse(network, uses, scale, seed)
        self._laboratory = Laboratory(self.framework)
        names = [(self.say(f"dissector.{key}"), key) for key in (CHAIN, FANCY)]
        self.network = controls.choice(self.say("dissector.network"), names, network)
        self.uses = controls.integer(self.say("dissector.uses"), uses, 1, MOST)
        self.tied = controls.switch(self.say("dissector.tied"), tied)
        self.scale = controls.number(
            self.say("dissector.scale"), scale, 0.0, LARGEST_SCALE, STEP, 2
        )
        self.seed = controls.integer(self.say("picker.seed"), seed, 0, LAST_SEED)
        own = (self.network, self.uses, self.tied, self.scale, self.seed)
        self.settle()
        for control in own:
            self.follow(control, lambda value: self._changed())
        self.show([controls.panel(*own)], view)

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view."""
        named = {"network": self.network}
        if self.network.value == CHAIN:
            named["uses"] = self.uses
        return of_controls(**named, tied=self.tied, scale=self.scale, seed=self.seed)

    def settle(self) -> None:
        """Hold the number of uses where the network has only one."""
        fancy = self.network.value == FANCY
        self.uses.disabled = fancy
        if fancy:
            with self.quietly():
                self.uses.value = FANCY_USES

    def compute(self) -> Dissected:
        """Return what is shown now."""
        return self._laboratory.compute(
            self.network.value,
            self.uses.value,
            self.tied.value,
            self.scale.value,
            self.seed.value,
        )

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        return _scene(self.compute(), self.say, FACTS[self.framework.id])

    def picture(self) -> Picture:
        """Return the plot and its table as a matplotlib figure."""
        return draw(self.scene(), self.language, with_table=True)

    def _changed(self) -> None:
        self.settle()
        self.redraw()


def _refuse(network: str, uses: int, scale: float, seed: int) -> None:
    """Raise ValueError where a control cannot hold what it is given."""
    if network not in (CHAIN, FANCY):
        raise ValueError(f"{network!r} is not one of {CHAIN}, {FANCY}")
    for name, value, low, high in (
        ("uses", uses, 1, MOST),
        ("scale", scale, 0, LARGEST_SCALE),
        ("seed", seed, 0, LAST_SEED),
    ):
        if not low <= value <= high:
            raise ValueError(f"{name} has to be from {low} to {high}, not {value!r}")


# What the arrays become on the page


def _scene(dissected: Dissected, say: Say, facts: Facts) -> Scene:
    tie = "one" if dissected.tied else "copies"
    return Scene(
        title=say("dissector.title"),
        subtitle=say(
            f"dissector.subtitle-{tie}",
            network=say(f"dissector.{dissected.network}"),
            uses=dissected.uses,
            numbers=dissected.numbers,
        ),
        summary=_summary(dissected, say, facts),
        panels=(
            *_part_panels(dissected, say),
            _scale_panel(dissected),
            _sum_panel(dissected, say),
            _reported_panel(dissected, say, facts),
            _norms_panel(dissected, say),
        ),
        columns=9,
        table=_table(dissected, say, facts),
    )


def _summary(dissected: Dissected, say: Say, facts: Facts) -> str:
    if dissected.limit == 0:
        key = "zero"
    elif not dissected.tied:
        key = "apart"
    else:
        key = "agrees" if dissected.agrees else "differs"
    sentence = say(
        f"dissector.{key}",
        name=facts.name,
        difference=short(dissected.difference),
        apart=short(dissected.apart),
        rate=short(RATE),
    )
    if dissected.network == CHAIN:
        return sentence
    return sentence + say(
        "dissector.halved",
        halvings=dissected.halvings,
        factor=_factor(dissected.halvings),
    )


def _factor(halvings: int) -> str:
    return f"1/{2**halvings}" if halvings else "1"


def _limit(dissected: Dissected) -> float:
    """Return a round limit of all colours, which small changes leave as it is."""
    largest = dissected.limit
    return wide_range([-largest, largest])[1] if largest else 1.0


def _heat(title: str, values: Array, dissected: Dissected) -> Panel:
    mark = Heat(floats(values), _limit(dissected), scale=False)
    return Panel(title, (mark,), (0.0, 1.0), (0.0, 1.0), span=2)


def _empty(title: str, note: str) -> Panel:
    return Panel(title, (), (0.0, 1.0), (0.0, 1.0), span=2, compact=True, note=note)


def _part_panels(dissected: Dissected, say: Say) -> list[Panel]:
    panels = []
    for number in range(1, MOST + 1):
        title = _part_title(dissected, number, say)
        if number > dissected.uses:
            panels.append(_empty(title, say("dissector.not-used")))
            continue
        plus = "+ " if number > 1 else ""
        part = dissected.parts[number - 1]
        panels.append(_heat(plus + title, part, dissected))
    return panels


def _part_title(dissected: Dissected, number: int, say: Say) -> str:
    key = "use" if dissected.tied else "copy"
    return say(f"dissector.{key}", number=number)


def _scale_panel(dissected: Dissected) -> Panel:
    mark = Scale(_limit(dissected))
    return Panel("", (mark,), (0.0, 1.0), (0.0, 1.0), compact=True)


def _sum_panel(dissected: Dissected, say: Say) -> Panel:
    return _heat("= " + say("dissector.sum"), dissected.total, dissected)


def _reported_panel(dissected: Dissected, say: Say, facts: Facts) -> Panel:
    title = _reported(say, facts)
    if dissected.tied:
        mark = "✓" if dissected.agrees else "≠"
        return _heat(f"{mark} {title}", dissected.reported, dissected)
    note = say("dissector.each-its-own", apart=short(dissected.apart))
    return _empty(title, note)


def _reported(say: Say, facts: Facts) -> str:
    taped = isinstance(facts.gradient_before, Absent)
    return say(f"dissector.{'taped' if taped else 'reported'}", name=facts.name)


def _norms_panel(dissected: Dissected, say: Say) -> Panel:
    found = dissected.sweep
    if dissected.network == FANCY:
        title = say(
            "dissector.jumps",
            halvings=dissected.halvings,
            factor=_factor(dissected.halvings),
        )
        looped, unlooped = found.curves
        lines: tuple[Line, ...] = (
            Line(found.scales, looped, "gradient", say("dissector.looped")),
            Line(
                found.scales, unlooped, "before", say("dissector.unlooped"), dashed=True
            ),
        )
        # Without the loop it grows on and on: its start is enough to see that.
        top = 2 * float(np.nanmax(looped))
    else:
        title = say("dissector.norms")
        lines = tuple(
            Line(
                found.scales,
                norms,
                f"use-{number}",
                _part_title(dissected, number, say),
                *LINES[number - 1],
            )
            for number, norms in enumerate(found.curves, start=1)
        )
        top = max(float(norms.max()) for norms in found.curves)
    return Panel(
        title=title,
        marks=(*lines, Rule(dissected.scale, "now")),
        x_range=(0.0, LARGEST_SCALE),
        y_range=height_range([top]),
        x_label=say("dissector.scale"),
        span=5,
    )


def _table(dissected: Dissected, say: Say, facts: Facts) -> Table:
    rows = []
    for number in range(1, dissected.uses + 1):
        title = _part_title(dissected, number, say)
        after = short(dissected.after[number - 1])
        rows.append((title, *_size(dissected.parts[number - 1]), after))
    shown = _size(dissected.reported) if dissected.tied else ("–", "–")
    difference = short(dissected.difference) if dissected.tied else "–"
    unlooped, loop = "–", "–"
    if dissected.network == FANCY:
        loop = " → ".join(short(norm) for norm in dissected.norms)
        unlooped = short(_norm(dissected.total) * 2**dissected.halvings)
    rows += [
        (say("dissector.sum"), *_size(dissected.total), "–"),
        (_reported(say, facts), *shown, "–"),
        (say("dissector.difference"), "–", difference, "–"),
        (say("dissector.before"), "–", "–", short(dissected.before)),
        (say("dissector.spread"), "–", "–", short(dissected.apart)),
        (say("dissector.unlooped-sum"), unlooped, "–", "–"),
        (say("dissector.loop"), loop, "–", "–"),
    ]
    header = ("", *(say(f"dissector.columns.{key}") for key in ("norm", "largest")))
    last = say("dissector.columns.after", rate=short(RATE))
    # A row that says nothing of these settings is left out.
    spoken = [row for row in rows if set(row[1:]) != {"–"}]
    return Table((*header, last), tuple(spoken))


def _size(gradient: Array) -> tuple[str, str]:
    """Return the norm of a gradient and its largest entry."""
    return short(_norm(gradient)), short(float(np.abs(gradient).max()))


def _norm(gradient: Array) -> float:
    return float(np.linalg.norm(gradient.astype(np.float64)))
