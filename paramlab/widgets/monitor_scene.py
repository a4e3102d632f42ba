"""What a training looks like at one step: arrays, and then panels."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paramlab.frameworks.protocol import Array
from paramlab.widgets.recording import Recording, Track
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Level,
    Line,
    Panel,
    Range,
    Rule,
    Scene,
    Table,
    decade_range,
    floats,
    height_range,
    short,
    wide_range,
)
from paramlab.widgets.shown import Say

BINS = 31  # at most
GUIDE = 1e-3  # of an update to a value: a rule of thumb for the learning rate
# A panel has so many lines, and each has dashes and dots of its own.
DASHES = ((False, False), (True, False), (False, True), (True, True))
COLUMNS = 12  # one to four panels share a line
LEGEND = 34  # letters that there is room for


@dataclass(frozen=True)
class Histogram:
    """How many values fall between edges."""

    edges: Floats
    heights: Floats


@dataclass(frozen=True)
class Layer:
    """One parameter at the step that is shown, and its way there."""

    track: Track
    start: Histogram
    value: Histogram
    gradient: Histogram | None
    norms: Floats  # of every kept step, the start first
    gradient_norms: Floats  # of every kept step, from the first on
    ratios: Floats  # norm of the update by norm of the value before it
    norm: float  # these three at the step that is shown
    gradient_norm: float
    ratio: float


@dataclass(frozen=True)
class State:
    """A training at one step."""

    step: int
    last: int  # the step that the slider ends at
    steps: Floats  # numbers of the kept steps, from the first on
    losses: Floats  # of each, before its update
    loss: float  # of the step that is shown
    layers: tuple[Layer, ...]
    broken: int | None  # the first step with what is no number, if not later
    still: bool  # the latest step is shown, and it moved nothing


def compute(recording: Recording, step: int, last: int, which: Sequence[int]) -> State:
    """Return what is shown of some parameters after a step, or the nearest kept."""
    place = recording.at(step)
    step = recording.kept[place]
    broken = recording.broken
    return State(
        step=step,
        last=last,
        steps=floats(recording.kept[1:]),
        losses=floats(recording.losses[1:]),
        loss=recording.losses[place],
        layers=tuple(_layer(recording.tracks[number], place) for number in which),
        broken=None if broken is None or broken > step else broken,
        still=recording.still and step == recording.steps,
    )


def _layer(track: Track, place: int) -> Layer:
    moments, now = track.moments, track.moments[place]
    # Around all steps, 0 in the middle: axes stand still.
    reach = min(track.reach, 1e30)
    limits = wide_range([-reach, reach])
    gradient = None
    if now.gradient is not None:
        # Gradients shrink by powers of ten: each step's have axes of their own.
        sizes = np.abs(now.gradient)
        largest = min(float(sizes[np.isfinite(sizes)].max(initial=0.0)), 1e30)
        gradient = _histogram(now.gradient, wide_range([-largest, largest]))
    return Layer(
        track=track,
        start=_histogram(moments[0].values, limits),
        value=_histogram(now.values, limits),
        gradient=gradient,
        norms=floats([moment.norm for moment in moments]),
        gradient_norms=floats([moment.gradient_norm for moment in moments[1:]]),
        ratios=floats([moment.ratio for moment in moments[1:]]),
        norm=now.norm,
        gradient_norm=now.gradient_norm,
        ratio=now.ratio,
    )


def _histogram(values: Array, limits: Range) -> Histogram:
    """Count values between limits; what is no number counts nowhere."""
    # An odd number of bins: zero, and values that are all equal, fill one.
    bins = min(2 * math.isqrt(values.size) + 1, BINS)
    finite = values[np.isfinite(values)].astype(np.float64)
    counts, edges = np.histogram(np.clip(finite, *limits), bins, limits)
    return Histogram(floats(edges), floats(counts))


def scene(state: State, say: Say, notice: str) -> Scene:
    """Return what a training looks like; a notice stands beside its step."""
    at = say("monitor.at", step=state.step, last=state.last)
    panels = [_loss_panel(state, say), _ratio_panel(state, say)]
    span = COLUMNS // max(len(state.layers), 1)
    panels += [_value_panel(layer, say, span) for layer in state.layers]
    panels += [_gradient_panel(layer, state, say, span) for layer in state.layers]
    return Scene(
        title=say("monitor.title"),
        subtitle=say("monitor.noticed", at=at, notice=notice) if notice else at,
        summary=_joined(_summary(state, say), notice, say),
        panels=tuple(panels),
        columns=COLUMNS,
        table=_table(state, say),
    )


def _summary(state: State, say: Say) -> str:
    if not state.step:
        return say("monitor.before")
    said = say("monitor.summary", step=state.step, loss=short(state.loss))
    known = [layer for layer in state.layers if math.isfinite(layer.ratio)]
    if not known:
        return said
    most = max(known, key=lambda layer: layer.ratio)
    name, ratio = most.track.name.removesuffix(":0"), short(most.ratio)
    return _joined(said, say("monitor.most", name=name, ratio=ratio), say)


def _joined(first: str, second: str, say: Say) -> str:
    """Put one sentence after another, if there is another."""
    return say("monitor.joined", first=first, second=second) if second else first


def _loss_panel(state: State, say: Say) -> Panel:
    finite = state.losses[np.isfinite(state.losses)]
    # A loss may be negative, such as that of a density.
    log = not finite.size or bool((finite > 0).any() and (finite >= 0).all())
    return Panel(
        title=say("monitor.loss"),
        marks=(
            Line(state.steps, state.losses, "loss", ""),
            Rule(float(state.step), "now"),
        ),
        x_range=(0.0, float(state.last)),
        y_range=decade_range(finite.tolist()) if log else _bounded(finite),
        x_label=say("monitor.steps"),
        log=log,
        span=COLUMNS // 2,
    )


def _bounded(values: Floats) -> Range:
    return wide_range(np.clip(values, -1e30, 1e30))


def _ratio_panel(state: State, say: Say) -> Panel:
    names = labels([layer.track.name for layer in state.layers])
    lines = [
        Line(state.steps, layer.ratios, f"line-{number + 1}", name, *DASHES[number])
        for number, (name, layer) in enumerate(zip(names, state.layers, strict=True))
    ]
    found = np.concatenate([[0.1 * GUIDE, 10 * GUIDE], *(line.y for line in lines)])
    low, high = decade_range(found[np.isfinite(found)].tolist())
    return Panel(
        title=say("monitor.ratio"),
        marks=(*lines, Level(GUIDE, "guide"), Rule(float(state.step), "now")),
        x_range=(0.0, float(state.last)),
        y_range=(max(low, 1e-9), high),
        x_label=say("monitor.steps"),
        log=True,
        span=COLUMNS // 2,
    )


def labels(names: Sequence[str]) -> list[str]:
    """Return names that fit into one line: without what all of them share."""
    fitting = [name.removesuffix(":0") for name in names]
    # After a separator for what comes first, before one for what comes last.
    for parts, end in ((r"(?<=[._/])", 0), (r"(?=[._/])", -1)):
        if sum(map(len, fitting)) > LEGEND:
            fitting = _without_shared([re.split(parts, name) for name in fitting], end)
    room = LEGEND // max(len(names), 1)
    return [name if len(name) <= room else f"…{name[1 - room :]}" for name in fitting]


def _without_shared(names: list[list[str]], end: int) -> list[str]:
    """Join the parts of names, but for those that all have at this end."""
    while len(names) > 1 and min(map(len, names)) > 1:
        if len({name[end] for name in names}) > 1:
            break
        for name in names:
            name.pop(end)
    return ["".join(name) for name in names]


def _value_panel(layer: Layer, say: Say, span: int) -> Panel:
    heights = np.concatenate([layer.start.heights, layer.value.heights])
    return Panel(
        title=say("monitor.values", name=layer.track.name.removesuffix(":0")),
        marks=(
            Bars(layer.value.edges, layer.value.heights, "data", ""),
            Bars(layer.start.edges, layer.start.heights, "before", "", filled=False),
        ),
        x_range=_ends(layer.value),
        y_range=height_range(heights),
        span=span,
        compact=True,
    )


def _gradient_panel(layer: Layer, state: State, say: Say, span: int) -> Panel:
    title = say("monitor.gradient")
    if layer.gradient is None:
        key = "no-gradient" if state.step else "no-step"
        note = say(f"monitor.{key}")
        unit: Range = (0.0, 1.0)
        return Panel(title, (), unit, unit, span=span, compact=True, note=note)
    counted = layer.gradient
    return Panel(
        title=title,
        marks=(Bars(counted.edges, counted.heights, "gradient", ""),),
        x_range=_ends(counted),
        y_range=height_range(counted.heights),
        span=span,
        compact=True,
    )


def _ends(counted: Histogram) -> Range:
    return float(counted.edges[0]), float(counted.edges[-1])


def _table(state: State, say: Say) -> Table:
    columns = (
        "parameter",
        "shape",
        "norm-first",
        "norm-now",
        "norm-gradient",
        "ratios",
    )
    rows = tuple(
        (
            layer.track.name,
            str(layer.track.shape),
            short(float(layer.norms[0])),
            short(layer.norm),
            "–" if layer.gradient is None else short(layer.gradient_norm),
            short(layer.ratio) if state.step and not math.isnan(layer.ratio) else "–",
        )
        for layer in state.layers
    )
    return Table(tuple(say(f"monitor.{column}") for column in columns), rows)
