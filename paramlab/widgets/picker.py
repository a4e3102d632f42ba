"""The initializer picker: what a rule draws, beside what it should draw.

A second rule may lie over the first; and what a layer so filled makes of its
inputs stands beside both.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from paramlab.frameworks.protocol import Framework
from paramlab.initializers import (
    CATALOGUE,
    Argument,
    Arguments,
    Choice,
    Initializer,
    LayerShape,
    Value,
)
from paramlab.laws import Law
from paramlab.widgets import controls, outputs
from paramlab.widgets.outputs import ACTIVATIONS, Outputs
from paramlab.widgets.picture import Picture, draw
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Line,
    Mark,
    Panel,
    Scene,
    Stems,
    Table,
    floats,
    height_range,
    short,
    wide_range,
)
from paramlab.widgets.shown import Say, Shown
from paramlab.widgets.view import Knob, of_controls

BINS = 60
CELLS = 240  # of the theoretical curve
REACH = 4.5  # standard deviations shown of a law without bounds

# Slider ranges: the largest still redraw without a wait.
DENSE = 512
CHANNELS = 32
KERNEL = 7
HIDDEN = 64
SEEDS = 99

COLUMNS = 12  # of the grid that the panels lie on
NONE = "none"


@dataclass(frozen=True)
class Weights:
    """What one rule drew for one layer, reduced to what is shown."""

    entry: Initializer
    layer: LayerShape
    arguments: dict[str, Value]  # those the framework was given
    law: Law
    count: int
    mean: float
    std: float
    low: float
    high: float
    # The continuous part, as densities; empty where there is none.
    edges: Floats
    heights: Floats
    curve_x: Floats
    curve_y: Floats
    # The point masses.
    values: Floats
    shares: Floats
    expected_shares: Floats
    # (outputs, fan_in); None where what is filled is no weight.
    matrix: NDArray[np.float32] | None


def compute(
    framework: Framework,
    entry: Initializer,
    layer: LayerShape,
    arguments: Arguments,
    seed: int,
) -> Weights:
    """Draw a layer's weights and set them beside the rule's law."""
    settled = entry.settled(layer, arguments)
    law = entry.law(layer, settled)
    with warnings.catch_warnings():
        # trunc_normal_ doubts itself where the bounds are far out; it is right.
        warnings.simplefilter("ignore")
        drawn = framework.sample(entry.name, settled, entry.shape(layer), seed)
    samples = drawn.astype(np.float64).ravel()
    values = np.array([value for value, _ in law.atoms])
    # As np.isclose, which takes longer than all else here.
    on_atom = np.abs(samples[:, None] - values) <= 1e-12 + 1e-5 * np.abs(values)
    spread = samples[~on_atom.any(axis=1)] if values.size else samples
    edges, heights = _histogram(spread, law, samples.size)
    curve_x, curve_y = curve(law, edges)
    return Weights(
        entry=entry,
        layer=layer,
        arguments=settled,
        law=law,
        count=samples.size,
        mean=float(samples.mean()),
        std=float(samples.std()),
        low=float(samples.min()),
        high=float(samples.max()),
        edges=floats(edges),
        heights=floats(heights),
        curve_x=floats(curve_x),
        curve_y=floats(curve_y),
        values=floats(values),
        shares=floats(on_atom.mean(axis=0)),
        expected_shares=floats([probability for _, probability in law.atoms]),
        matrix=None if layer.kind == "gates" else entry.matrix(layer, drawn),
    )


def _histogram(
    samples: NDArray[np.float64], law: Law, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if law.continuous is None:
        return np.array([]), np.array([])
    low, high = law.continuous.support()
    centre, spread = law.continuous.mean(), REACH * law.continuous.std()
    low, high = max(low, centre - spread), min(high, centre + spread)
    counts, edges = np.histogram(np.clip(samples, low, high), BINS, (low, high))
    return edges, counts / count / np.diff(edges)


def curve(
    law: Law, edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the density, averaged over small cells: finite everywhere."""
    if edges.size == 0:
        return edges, edges
    cells = np.linspace(edges[0], edges[-1], CELLS + 1)
    density = law.weight * np.diff(law.continuous.cdf(cells)) / np.diff(cells)
    middle = (cells[1:] + cells[:-1]) / 2
    x = np.concatenate([cells[:1], cells[:1], middle, cells[-1:], cells[-1:]])
    y = np.concatenate([[0], density[:1], density, density[-1:], [0]])
    return x, y


@dataclass(frozen=True)
class Picked:
    """One rule or two for one layer, and what the layer then gives."""

    rules: tuple[Weights, ...]
    activation: str
    outputs: tuple[Outputs, ...]  # one a rule; none for biases


class InitializerPicker(Shown):
    """Every built-in initializer, its arguments and a layer to fill."""

    name = "initializer_picker"

    def __init__(
        self,
        initializer: str | None,
        layer: LayerShape,
        arguments: Mapping[str, Value],
        activation: str,
        second: str | None,
        seed: int,
        view: str | None,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        self.entries = CATALOGUE[self.framework.id]
        self._argument_controls: dict[tuple[int, str], dict[str, Any]] = {}
        name = initializer or _first(self.entries)
        _check("initializer", name, self.entries)
        _check("activation", activation, ACTIVATIONS)
        self._make_controls(name, layer, activation, seed)
        given = self._arguments_of(0, name)
        for key, value in arguments.items():
            _check(f"argument of {name}", key, given)
            with self.quietly():
                given[key].value = value
        self._rule_box, self._second_box = ipywidgets.VBox(), ipywidgets.VBox()
        self.settle()
        if second is not None:
            _check("second initializer for this layer", second, self._seconds())
            self.second.value = second
            self.settle()
        fixed = (self.initializer, self.second, *self._layer_controls())
        for control in fixed:
            self.follow(control, self._changed)
        # Both rules beside the layer: most have so few arguments that the panel
        # is as high as the layer's controls, whatever is picked.
        rules = ipywidgets.VBox([self._rule_box, self._second_box])
        layer_box = ipywidgets.VBox(self._layer_controls())
        self.show([controls.panel(rules, layer_box)], view)

    # What the plot shows

    @property
    def entry(self) -> Initializer:
        """Return the initializer that is picked."""
        return self.entries[self.initializer.value]

    @property
    def layer(self) -> LayerShape:
        """Return the layer that is filled."""
        kind = self.kind.value
        kernel = self.kernel.value if kind == "conv" else 1
        return LayerShape(kind, self.inputs.value, self.outputs.value, kernel)

    @property
    def arguments(self) -> dict[str, Value]:
        """Return what the sliders say of the initializer that is picked."""
        return self._values_of(0, self.entry)

    def compute(self) -> Picked:
        """Draw the weights that the controls ask for, and send inputs through."""
        rules = [self._draw(0, self.entry)]
        if self.second.value != NONE:
            rules.append(self._draw(1, self.entries[self.second.value]))
        drawn = [(one.matrix, one.law) for one in rules if one.matrix is not None]
        activation = self.activation.value
        return Picked(tuple(rules), activation, outputs.compute(drawn, activation))

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        entry = self.entry
        if entry.reason is not None:
            return _without_weights(entry, self.say)
        return _scene(self.compute(), self.say)

    def picture(self) -> Picture:
        """Return the plot and its table as a matplotlib figure."""
        # One line has no room for more: the table below says the rest.
        caption = self.say("picker.no-law")
        if self.entry.reason is None:
            caption = _summary(self._draw(0, self.entry), self.say)
        scene = replace(self.scene(), summary=caption)
        return draw(scene, self.language, with_table=True)

    def _draw(self, place: int, entry: Initializer) -> Weights:
        arguments = self._values_of(place, entry)
        return compute(self.framework, entry, self.layer, arguments, self.seed.value)

    def _values_of(self, place: int, entry: Initializer) -> dict[str, Value]:
        found = self._arguments_of(place, entry.name)
        return {name: control.value for name, control in found.items()}

    # Controls

    def _make_controls(
        self, name: str, layer: LayerShape, activation: str, seed: int
    ) -> None:
        say = self.say
        kinds = self.entries[name].kinds or ("dense", "conv")
        kind = layer.kind if layer.kind in kinds else kinds[0]
        names = list(self.entries)
        functions = [(say(f"picker.activations.{key}"), key) for key in ACTIVATIONS]
        self.initializer = controls.choice(say("picker.initializer"), names, name)
        self.second = controls.choice(
            say("picker.second"), self._second_names([]), NONE
        )
        self.kind = controls.choice(say("picker.layer"), self._kind_names(kinds), kind)
        self.inputs = controls.integer("", layer.inputs, 1, DENSE)
        self.outputs = controls.integer("", layer.outputs, 1, DENSE)
        self.kernel = controls.integer(say("picker.kernel"), layer.kernel, 1, KERNEL)
        self.activation = controls.choice(
            say("picker.activation"), functions, activation
        )
        self.seed = controls.integer(say("picker.seed"), seed, 0, SEEDS)

    def _layer_controls(self) -> list[ipywidgets.Widget]:
        return [
            self.kind,
            self.inputs,
            self.outputs,
            self.kernel,
            self.activation,
            self.seed,
        ]

    def _kind_names(self, kinds: Sequence[str]) -> list[tuple[str, str]]:
        return [(self.say(f"picker.{kind}"), kind) for kind in kinds]

    def _second_names(self, names: Sequence[str]) -> list[tuple[str, str]]:
        return [(self.say("picker.no-second"), NONE), *((n, n) for n in names)]

    def _seconds(self) -> list[str]:
        """Return what can fill the layer beside the first rule."""
        kind = self.kind.value
        return [name for name, entry in self.entries.items() if kind in entry.kinds]

    def _arguments_of(self, place: int, name: str) -> dict[str, Any]:
        """Return the controls of one entry's arguments, made at first use."""
        if name == NONE:
            return {}
        key = (place, name)
        if key not in self._argument_controls:
            made = {a.name: _control(a) for a in self.entries[name].arguments}
            for control in made.values():
                self.follow(control, self._changed)
            self._argument_controls[key] = made
        return self._argument_controls[key]

    def _changed(self, value: Any) -> None:
        """Follow one control, with one redraw, whatever else it moves."""
        with self.quietly():
            self.settle()
        self.redraw()

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view.

        The second rule's arguments follow it: ``second.std``.
        """
        knobs = of_controls(
            initializer=self.initializer,
            **self._arguments_of(0, self.initializer.value),
        )
        if self.entry.reason is not None:
            return knobs
        layer = {
            "layer": self.kind,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "kernel": self.kernel,
            "activation": self.activation,
        }
        free = {name: one for name, one in layer.items() if not one.disabled}
        second = self._arguments_of(1, self.second.value)
        named = {f"second.{name}": control for name, control in second.items()}
        return knobs | of_controls(**free, second=self.second, **named, seed=self.seed)

    def settle(self) -> None:
        """Offer only what the picked initializer and layer can take."""
        if self.entry.reason is None:
            self._settle_layer()
            self._settle_second()
        self._disable()
        first = [self.initializer, *self._arguments_of(0, self.entry.name).values()]
        second = [self.second, *self._arguments_of(1, self.second.value).values()]
        for box, held in ((self._rule_box, first), (self._second_box, second)):
            if box.children != tuple(held):
                box.children = held

    def _settle_layer(self) -> None:
        _offer(self.kind, self._kind_names(self.entry.kinds), self.entry.kinds[0])
        kind = self.kind.value
        limit = {"conv": CHANNELS, "gates": HIDDEN}.get(kind, DENSE)
        for control, name in ((self.inputs, "inputs"), (self.outputs, "outputs")):
            control.max = limit  # a value above it follows
            key = f"channel-{name}" if kind == "conv" else name
            if kind == "gates" and name == "outputs":
                key = "hidden"
            control.description = self.say(f"picker.{key}")

    def _settle_second(self) -> None:
        _offer(self.second, self._second_names(self._seconds()), NONE)

    def _disable(self) -> None:
        """Leave in its place what has no meaning now, but out of reach."""
        silent = self.entry.reason is not None
        gates = self.kind.value == "gates"
        for control in (self.kind, self.outputs, self.second, self.seed):
            control.disabled = silent
        self.inputs.disabled = self.activation.disabled = silent or gates
        self.kernel.disabled = silent or self.kind.value != "conv"


def _check(what: str, name: str, known: Any) -> None:
    if name not in known:
        raise ValueError(f"{what}: {name!r} is not one of {', '.join(known)}")


def _offer(control: Any, options: list[tuple[str, str]], otherwise: str) -> None:
    """Give a list other options; what was chosen stays, if it is among them."""
    if list(control.options) != options:
        kept = control.value
        control.options = options
        control.value = kept if kept in dict(options).values() else otherwise


def _first(entries: Mapping[str, Initializer]) -> str:
    """Return the entry to begin with: the first that is random."""
    return next(name for name, entry in entries.items() if entry.random)


def _control(argument: Argument) -> Any:
    name, default = argument.name, argument.default
    if isinstance(argument, Choice):
        return controls.choice(name, argument.options, default)
    if argument.step == 1:
        low, high = int(argument.low), int(argument.high)
        return controls.integer(name, int(default), low, high)
    return controls.number(
        name, float(default), argument.low, argument.high, argument.step
    )


# What the arrays become on the page


def _without_weights(entry: Initializer, say: Say) -> Scene:
    """Say why an entry draws nothing, in the place where others are drawn."""
    reason = say(f"reasons.{entry.reason}")
    return Scene(
        title=entry.name,
        summary=f"{say('picker.no-law')} {reason}",
        panels=(Panel("", (), (0.0, 1.0), (0.0, 1.0), span=COLUMNS, note=reason),),
        columns=COLUMNS,
    )


def _scene(picked: Picked, say: Say) -> Scene:
    first, *others = picked.rules
    title, subtitle, code = first.entry.name, first.entry.formula, _code(first)
    summary = _summaries(picked, 0, say)
    for second in others:
        title = say("picker.both", first=title, second=second.entry.name)
        subtitle = ""  # the formulas stand in the table
        summary = f"{summary} {_summaries(picked, 1, say)}"
        code = f"{code}\n{_beside(_code(second))}"
    return Scene(
        title=title,
        subtitle=subtitle,
        summary=summary,
        panels=tuple(_panels(picked, say)),
        columns=COLUMNS,
        table=_table(picked, say),
        code=code,
    )


def _code(weights: Weights) -> str:
    return weights.entry.code(weights.layer, weights.arguments)


def _beside(code: str) -> str:
    """Return a layer's code to stand below another's: no imports, another name."""
    return re.sub(r"\b(layer|cell)\b", "other", code.partition("\n\n")[2])


def _summary(weights: Weights, say: Say) -> str:
    return say(
        "picker.summary",
        name=weights.entry.name,
        shape=weights.entry.shape(weights.layer),
        mean=short(weights.mean),
        std=short(weights.std),
        expected_mean=short(weights.law.mean),
        expected_std=short(weights.law.std),
    )


def _summaries(picked: Picked, place: int, say: Say) -> str:
    summary = _summary(picked.rules[place], say)
    if not picked.outputs:
        return summary
    said = say(
        "picker.output-summary",
        square=short(picked.outputs[place].square),
        expected_square=short(picked.outputs[place].expected_square),
    )
    return f"{summary} {said}"


def _panels(picked: Picked, say: Say) -> list[Panel]:
    """Return values that come again, densities and outputs, as there are."""
    rules = picked.rules
    again = any(one.values.size for one in rules)
    dense = any(one.edges.size for one in rules)
    panels = []
    if again:
        panels.append(_values_panel(rules, 3 if dense else 8, say))
    if dense:
        panels.append(_density_panel(rules, 5 if again else 8, say))
    panels.append(_output_panel(picked, say))
    return panels


def _labels(rules: Sequence[Weights], say: Say) -> list[str]:
    """Return what the drawn weights of each rule are called."""
    if len(rules) == 1:
        return [say("picker.drawn")]
    return [say("picker.first"), say("picker.other")]


def _density_panel(rules: Sequence[Weights], span: int, say: Say) -> Panel:
    marks: list[Mark] = []
    theory = say("picker.theory")
    parts = zip(rules, _labels(rules, say), (False, True), strict=False)
    for one, label, second in parts:
        if one.edges.size:
            role = "second" if second else "data"
            marks.append(Bars(one.edges, one.heights, role, label, filled=not second))
            marks.append(
                Line(one.curve_x, one.curve_y, "theory", theory, dashed=second)
            )
    ends = np.concatenate([one.edges for one in rules])
    heights = np.concatenate([part for r in rules for part in (r.heights, r.curve_y)])
    return Panel(
        title=say("picker.histogram"),
        marks=tuple(marks),
        x_range=wide_range(ends),
        y_range=height_range(heights),
        x_label=say("picker.weight"),
        y_label=say("picker.density"),
        span=span,
    )


def _values_panel(rules: Sequence[Weights], span: int, say: Say) -> Panel:
    values = np.concatenate([one.values for one in rules])
    low, high = wide_range(values)
    margin = (high - low) / 8
    marks: list[Mark] = []
    theory = say("picker.theory")
    parts = zip(rules, _labels(rules, say), (False, True), strict=False)
    for one, label, second in parts:
        if not one.values.size:
            continue
        expected = Stems(
            one.values,
            one.expected_shares,
            "theory",
            "" if any(isinstance(mark, Stems) for mark in marks) else theory,
            marker=True,
        )
        if second:
            marks += [_outlined(one, high - low, label), expected]
        else:
            marks += [Stems(one.values, one.shares, "data", label), expected]
    return Panel(
        title=say("picker.exact-values"),
        marks=tuple(marks),
        x_range=(low - margin, high + margin),
        y_range=(0.0, 1.05),
        x_label=say("picker.weight"),
        y_label=say("picker.share"),
        span=span,
    )


def _outlined(weights: Weights, width: float, label: str) -> Bars:
    """Return a second rule's values as narrow outlined bars."""
    values = np.asarray(weights.values, dtype=np.float64)
    half = min([width / 40, *(np.diff(values) / 3)])
    edges = np.stack([values - half, values + half], axis=1).ravel()
    heights = np.zeros(edges.size - 1)
    heights[::2] = weights.shares
    return Bars(floats(edges), floats(heights), "second", label, filled=False)


def _output_panel(picked: Picked, say: Say) -> Panel:
    title = say(
        f"picker.after-{'none' if picked.activation == NONE else 'activation'}",
        activation=say(f"picker.activations.{picked.activation}"),
    )
    if not picked.outputs:
        note = say("picker.no-inputs")
        return Panel(title, (), (0.0, 1.0), (0.0, 1.0), span=4, note=note)
    marks: list[Mark] = []
    for one, second in zip(picked.outputs, (False, True), strict=False):
        role = "second" if second else "data"
        marks.append(Bars(one.edges, one.shares, role, "", filled=not second))
        marks.append(_stairs(one.edges, one.expected_shares, dashed=second))
    shares = [part for o in picked.outputs for part in (o.shares, o.expected_shares)]
    return Panel(
        title=title,
        marks=tuple(marks),
        x_range=wide_range(picked.outputs[0].edges[[0, -1]]),
        y_range=height_range(np.concatenate(shares)),
        x_label=say("picker.output"),
        y_label=say("picker.output-share"),
        span=4,
    )


def _stairs(edges: Floats, heights: Floats, *, dashed: bool) -> Line:
    """Return a histogram's outline, from the ground to the ground."""
    y = np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])
    return Line(floats(np.repeat(edges, 2)), floats(y), "theory", "", dashed=dashed)


def _table(picked: Picked, say: Say) -> Table:
    """Return drawn beside expected, two columns a rule."""
    rules = picked.rules
    names = [""] if len(rules) == 1 else [f"{one.entry.name}: " for one in rules]
    header = [
        f"{name}{say(f'picker.{key}')}" for name in names for key in ("drawn", "theory")
    ]
    columns = [_numbers(one) for one in rules]
    for column, given in zip(columns, picked.outputs, strict=False):
        column["square"] = (short(given.square), short(given.expected_square))
    if len(rules) > 1:
        columns = [
            column | {"formula": (one.entry.formula, "")}
            for column, one in zip(columns, rules, strict=True)
        ]
    said = {
        "mean": say("numbers.mean"),
        "std": say("numbers.std"),
        "square": say("picker.mean-square"),
        "smallest": say("numbers.smallest"),
        "largest": say("numbers.largest"),
        "count": say("numbers.count"),
        "fans": "fan_in, fan_out",
        "formula": say("picker.rule"),
    }
    rows = [
        (text, *(cell for column in columns for cell in column[key]))
        for key, text in said.items()
        if key in columns[0]
    ]
    return Table(("", *header), tuple(rows))


def _numbers(weights: Weights) -> dict[str, tuple[str, str]]:
    """Return what was drawn beside what was expected, by row of the table."""
    law, layer = weights.law, weights.layer
    low, high = law.support
    numbers = {
        "mean": (short(weights.mean), short(law.mean)),
        "std": (short(weights.std), short(law.std)),
        "smallest": (short(weights.low), short(low)),
        "largest": (short(weights.high), short(high)),
        "count": (str(weights.count), str(weights.entry.shape(layer))),
    }
    if layer.kind != "gates":
        numbers["fans"] = ("", f"{layer.fan_in}, {layer.fan_out}")
    return numbers
