"""The initializer picker: what a rule draws, beside what it should draw."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
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
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Line,
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

BINS = 60
CELLS = 240  # of the theoretical curve
REACH = 4.5  # standard deviations shown of a law without bounds

# Slider ranges: the largest still redraw without a wait.
DENSE = 512
CHANNELS = 32
KERNEL = 7
HIDDEN = 64
SEEDS = 99


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
    on_atom = np.isclose(samples[:, None], values, rtol=1e-5, atol=1e-12)
    edges, heights = _histogram(samples[~on_atom.any(axis=1)], law, samples.size)
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
    )


def _histogram(
    samples: NDArray[np.float64], law: Law, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if law.continuous is None:
        return np.array([]), np.array([])
    low, high = law.continuous.support()
    centre, spread = law.continuous.mean(), REACH * law.continuous.std()
    edges = np.linspace(max(low, centre - spread), min(high, centre + spread), BINS + 1)
    counts, _ = np.histogram(np.clip(samples, edges[0], edges[-1]), edges)
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


class InitializerPicker(Shown):
    """Every built-in initializer, its arguments and a layer to fill."""

    def __init__(
        self,
        initializer: str | None,
        layer: LayerShape,
        arguments: Mapping[str, Value],
        seed: int,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        self.entries = CATALOGUE[self.framework.id]
        self._argument_controls: dict[str, dict[str, ipywidgets.Widget]] = {}
        self._busy = True  # until all controls exist
        name = initializer or _first(self.entries)
        if name not in self.entries:
            raise ValueError(f"{name!r} is not one of {', '.join(self.entries)}")
        self._make_controls(name, layer, seed)
        for key, value in arguments.items():
            self._arguments_of(name)[key].value = value
        self._fit_controls()
        for control in self._fixed_controls():
            self.follow(control, self._changed, "value")
        self.show([self._layout()])
        self._busy = False

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
        """Return what the sliders say."""
        controls = self._arguments_of(self.entry.name)
        return {name: control.value for name, control in controls.items()}

    def compute(self) -> Weights:
        """Draw the weights that the controls ask for."""
        return compute(
            self.framework, self.entry, self.layer, self.arguments, self.seed.value
        )

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        entry = self.entry
        if entry.reason is not None:
            return Scene(
                title=entry.name,
                summary=self.say("picker.no-law"),
                note=self.say(f"reasons.{entry.reason}"),
            )
        return _scene(self.compute(), self.say)

    # Controls

    def _make_controls(self, name: str, layer: LayerShape, seed: int) -> None:
        self.initializer = ipywidgets.Dropdown(
            options=list(self.entries),
            value=name,
            description=self.say("picker.initializer"),
            style=_STYLE,
            layout=_WIDE,
        )
        self.kind = ipywidgets.Dropdown(
            options=self._kinds(self.entries[name]),
            description=self.say("picker.layer"),
            style=_STYLE,
            layout=_WIDE,
        )
        if layer.kind in self.entries[name].kinds:
            self.kind.value = layer.kind
        self.inputs = _integers("", layer.inputs, 1, DENSE)
        self.outputs = _integers("", layer.outputs, 1, DENSE)
        self.kernel = _integers(self.say("picker.kernel"), layer.kernel, 1, KERNEL)
        self.seed = _integers(self.say("picker.seed"), seed, 0, SEEDS)

    def _fixed_controls(self) -> list[ipywidgets.Widget]:
        return [
            self.initializer,
            self.kind,
            self.inputs,
            self.outputs,
            self.kernel,
            self.seed,
        ]

    def _kinds(self, entry: Initializer) -> list[tuple[str, str]]:
        return [(self.say(f"picker.{kind}"), kind) for kind in entry.kinds]

    def _arguments_of(self, name: str) -> dict[str, ipywidgets.Widget]:
        """Return the controls of one entry's arguments, made at first use."""
        if name not in self._argument_controls:
            controls = {a.name: _control(a) for a in self.entries[name].arguments}
            for control in controls.values():
                self.follow(control, self._changed, "value")
            self._argument_controls[name] = controls
        return self._argument_controls[name]

    def _changed(self, value: Any) -> None:
        """Follow one control, with one redraw, whatever else it moves."""
        if self._busy:
            return
        self._busy = True
        try:
            self._fit_controls()
            self._place_controls()
            self.redraw()
        finally:
            self._busy = False

    def _fit_controls(self) -> None:
        """Offer only what the picked initializer and layer can take."""
        if self.entry.reason is not None:
            return
        kinds = self._kinds(self.entry)
        if list(self.kind.options) != kinds:
            kept = self.kind.value
            self.kind.options = kinds
            fits = kept in self.entry.kinds
            self.kind.value = kept if fits else self.entry.kinds[0]
        dense = self.kind.value != "conv"
        limit = {"conv": CHANNELS, "gates": HIDDEN}.get(self.kind.value, DENSE)
        for control, name in ((self.inputs, "inputs"), (self.outputs, "outputs")):
            control.max = limit  # a value above it follows
            key = name if dense else f"channel-{name}"
            if self.kind.value == "gates" and name == "outputs":
                key = "hidden"
            control.description = self.say(f"picker.{key}")

    def _layout(self) -> ipywidgets.Widget:
        self._rule_box = ipywidgets.VBox()
        self._layer_box = ipywidgets.VBox()
        self._place_controls()
        box = ipywidgets.HBox([self._rule_box, self._layer_box])
        box.layout.flex_flow = "row wrap"
        box.add_class("paramlab-controls")
        return box

    def _place_controls(self) -> None:
        """Show the controls that the picked initializer and layer have."""
        rule = [self.initializer, *self._arguments_of(self.entry.name).values()]
        layer: list[ipywidgets.Widget] = []
        if self.entry.reason is None:
            sizes = {
                "dense": [self.inputs, self.outputs],
                "conv": [self.inputs, self.outputs, self.kernel],
                "gates": [self.outputs],
            }
            layer = [self.kind, *sizes[self.kind.value]]
        if self.entry.reason is None and self.entry.random:
            layer.append(self.seed)
        for box, controls in ((self._rule_box, rule), (self._layer_box, layer)):
            if box.children != tuple(controls):
                box.children = controls


_STYLE = {"description_width": "112px"}
_WIDE = {"width": "340px"}


def _first(entries: Mapping[str, Initializer]) -> str:
    """Return the entry to begin with: the first that is random."""
    return next(name for name, entry in entries.items() if entry.random)


def _integers(description: str, value: int, low: int, high: int) -> Any:
    return ipywidgets.IntSlider(
        value=value,
        min=low,
        max=high,
        description=description,
        style=_STYLE,
        layout=_WIDE,
    )


def _control(argument: Argument) -> ipywidgets.Widget:
    common = {
        "value": argument.default,
        "description": argument.name,
        "style": _STYLE,
        "layout": _WIDE,
    }
    if isinstance(argument, Choice):
        return ipywidgets.Dropdown(options=argument.options, **common)
    limits = {"min": argument.low, "max": argument.high, "step": argument.step}
    if isinstance(argument.default, int):
        return ipywidgets.IntSlider(**common, **limits)
    return ipywidgets.FloatSlider(readout_format=".3f", **common, **limits)


# What the arrays become on the page


def _scene(weights: Weights, say: Say) -> Scene:
    panels = []
    if weights.values.size:
        panels.append(_values_panel(weights, say))
    if weights.edges.size:
        panels.append(_density_panel(weights, say))
    law = weights.law
    summary = say(
        "picker.summary",
        name=weights.entry.name,
        shape=weights.entry.shape(weights.layer),
        mean=short(weights.mean),
        std=short(weights.std),
        expected_mean=short(law.mean),
        expected_std=short(law.std),
    )
    return Scene(
        title=weights.entry.name,
        subtitle=weights.entry.formula,
        summary=summary,
        panels=tuple(panels),
        columns=len(panels),
        table=_table(weights, say),
        code=weights.entry.code(weights.layer, weights.arguments),
    )


def _density_panel(weights: Weights, say: Say) -> Panel:
    heights = np.concatenate([weights.heights, weights.curve_y])
    return Panel(
        title=say("picker.histogram"),
        marks=(
            Bars(weights.edges, weights.heights, "data", say("picker.drawn")),
            Line(weights.curve_x, weights.curve_y, "theory", say("picker.theory")),
        ),
        x_range=wide_range(weights.edges[[0, -1]]),
        y_range=height_range(heights),
        x_label=say("picker.weight"),
        y_label=say("picker.density"),
    )


def _values_panel(weights: Weights, say: Say) -> Panel:
    low, high = wide_range(weights.values)
    margin = (high - low) / 8
    return Panel(
        title=say("picker.exact-values"),
        marks=(
            Stems(weights.values, weights.shares, "data", say("picker.drawn")),
            Stems(
                weights.values,
                weights.expected_shares,
                "theory",
                say("picker.theory"),
                marker=True,
            ),
        ),
        x_range=(low - margin, high + margin),
        y_range=(0.0, 1.05),
        x_label=say("picker.weight"),
        y_label=say("picker.share"),
    )


def _table(weights: Weights, say: Say) -> Table:
    law, layer = weights.law, weights.layer
    low, high = law.support
    rows = [
        (say("numbers.mean"), short(weights.mean), short(law.mean)),
        (say("numbers.std"), short(weights.std), short(law.std)),
        (say("numbers.smallest"), short(weights.low), short(low)),
        (say("numbers.largest"), short(weights.high), short(high)),
        (say("numbers.count"), str(weights.count), str(weights.entry.shape(layer))),
    ]
    if layer.kind != "gates":
        rows.append(("fan_in, fan_out", "", f"{layer.fan_in}, {layer.fan_out}"))
    header = ("", say("picker.drawn"), say("picker.theory"))
    return Table(header, tuple(rows))
