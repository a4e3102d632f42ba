"""What a widget shows, as plain data: the canvas and matplotlib both draw it.

A scene is panels on a grid, a table of numbers, and one sentence that says
the same for people who cannot see the panels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Range = tuple[float, float]


def floats(values: ArrayLike) -> Floats:
    """Return values as the 32-bit floats that cross to the browser."""
    return np.ascontiguousarray(values, dtype=np.float32)


@dataclass(frozen=True)
class Bars:
    """A histogram: one more edge than heights."""

    edges: Floats
    heights: Floats
    role: str  # a key of ``palette.ROLES``
    label: str
    filled: bool = True  # else only its outline


@dataclass(frozen=True)
class Line:
    """A curve."""

    x: Floats
    y: Floats
    role: str
    label: str
    dashed: bool = False
    dotted: bool = False  # with dashed too: a dash, a dot


@dataclass(frozen=True)
class Stems:
    """Values with a height each: a bar for what came, a mark for theory."""

    x: Floats
    y: Floats
    role: str
    label: str
    marker: bool = False  # a dash at the height instead of a bar


@dataclass(frozen=True)
class Rule:
    """A vertical line at one place."""

    x: float
    role: str


@dataclass(frozen=True)
class Level:
    """A horizontal line at one height: a guide."""

    y: float
    role: str
    label: str = ""


@dataclass(frozen=True)
class Heat:
    """A matrix as coloured cells, from -limit to limit."""

    values: Floats
    limit: float
    scale: bool = True  # beside it: what the colours mean


@dataclass(frozen=True)
class Scale:
    """What the colours of several matrices mean, from -limit to limit."""

    limit: float


Mark = Bars | Line | Stems | Rule | Level | Heat | Scale


@dataclass(frozen=True)
class Panel:
    """One pair of axes with what is drawn in it."""

    title: str
    marks: tuple[Mark, ...]
    x_range: Range
    y_range: Range
    x_label: str = ""
    y_label: str = ""
    log: bool = False  # the y axis
    span: int = 1  # columns of the grid that it takes
    compact: bool = False  # one of many: low, and without a scale of heights
    note: str = ""  # stands in the middle of a panel with nothing to draw


@dataclass(frozen=True)
class Table:
    """Rows of short texts under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Scene:
    """Everything that a widget shows beside its controls."""

    title: str
    summary: str
    subtitle: str = ""
    panels: tuple[Panel, ...] = ()
    columns: int = 1
    table: Table | None = None
    note: str = ""  # a paragraph, where there is nothing to draw
    code: str = ""

    @property
    def heading(self) -> str:
        """Return title and subtitle in one line."""
        return "    ".join(part for part in (self.title, self.subtitle) if part)

    def text(self) -> str:
        """Return the scene for people and places without pictures."""
        parts = [self.heading, self.summary, self.note]
        if self.table is not None:
            lines = [self.table.header, *self.table.rows]
            parts.append("\n".join(" | ".join(line) for line in lines))
        return "\n".join(part for part in [*parts, self.code] if part)


@dataclass
class _Packed:
    """Arrays on their way into one run of bytes."""

    arrays: list[Floats] = field(default_factory=list)
    length: int = 0

    def add(self, values: Floats) -> list[int]:
        start = self.length
        self.arrays.append(values.ravel())
        self.length += values.size
        return [start, values.size]


def pack(scene: Scene) -> dict[str, Any]:
    """Return what ``plot.js`` draws: a description, and float32 bytes."""
    packed = _Packed()
    panels = [
        {
            "title": panel.title,
            "x_label": panel.x_label,
            "y_label": panel.y_label,
            "x_range": list(panel.x_range),
            "y_range": list(panel.y_range),
            "log": panel.log,
            "span": panel.span,
            "compact": panel.compact,
            "note": panel.note,
            "marks": [_pack_mark(mark, packed) for mark in panel.marks],
        }
        for panel in scene.panels
    ]
    data = np.concatenate(packed.arrays) if packed.arrays else floats([])
    table = scene.table and {
        "header": list(scene.table.header),
        "rows": [list(row) for row in scene.table.rows],
    }
    return {
        "title": scene.title,
        "subtitle": scene.subtitle,
        "summary": scene.summary,
        "columns": scene.columns,
        "panels": panels,
        "table": table,
        "note": scene.note,
        "code": scene.code,
        "data": data.astype("<f4").tobytes(),
    }


def _pack_mark(mark: Mark, packed: _Packed) -> dict[str, Any]:
    packable: dict[str, Any] = {"kind": type(mark).__name__.lower()}
    for name, value in vars(mark).items():
        if isinstance(value, np.ndarray):
            packable[name] = packed.add(value)
            if value.ndim == 2:
                packable["shape"] = list(value.shape)
        else:
            packable[name] = value
    return packable


def wide_range(values: ArrayLike, parts: int = 4) -> Range:
    """Return round limits around values.

    Small changes leave them as they are, so that a slider's effect is seen
    against axes that stand still.
    """
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    if finite.size == 0:
        return (-1.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        margin = abs(low) / 2 or 1.0
        low, high = low - margin, high + margin
    unit = _round_up((high - low) / parts)
    return (math.floor(low / unit) * unit, math.ceil(high / unit) * unit)


def height_range(values: ArrayLike) -> Range:
    """Return (0, a round number above all values)."""
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    top = float(finite.max()) if finite.size else 0.0
    if top <= 0:
        return (0.0, 1.0)
    return (0.0, _round_up(1.04 * top))


def decade_range(values: Sequence[float]) -> Range:
    """Return whole powers of ten around the positive values."""
    positive = [value for value in values if value > 0 and math.isfinite(value)]
    if not positive:
        return (0.1, 1.0)
    low = math.floor(math.log10(min(positive)))
    high = math.ceil(math.log10(max(positive)))
    return (10.0 ** max(low, -30), 10.0 ** max(min(high, 30), low + 1))


def _round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 and 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value * (1 - 1e-9))


def short(value: float) -> str:
    """Write a number with four digits, as people do."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
    text = f"{value + 0.0:.4g}"
    return text.replace("-", "−", 1) if text.startswith("-") else text
