"""The same scenes, drawn by matplotlib: for places where no widget runs."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from PIL import Image

from paramlab.widgets import fonts, palette
from paramlab.widgets.scene import (
    Bars,
    Heat,
    Level,
    Line,
    Mark,
    Panel,
    Rule,
    Scale,
    Scene,
    Stems,
    Table,
)
from paramlab.widgets.tree import Row

COLORS = palette.light()
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [COLORS["low"], COLORS["zero"], COLORS["high"]]
)
DPI = 100
ROUND = [1, 2, 2.5, 5, 10]  # a tick's step is one of these

# In inches. Fixed places are many times faster than a layout engine's.
WIDTH = 8.0
ONE_LINE, EACH_LINE, COMPACT_LINE = 2.6, 1.95, 1.1  # heights of panels
LEFT, RIGHT, COMPACT = 0.58, 0.16, 0.07  # margins beside a panel
SCALE = 0.09  # the width of a bar of colours
HEADING, CAPTION = 0.34, 0.28
NOTE = 0.9
ROW_HEIGHT = 0.19
FIRST_COLUMN, TABLE_LINE = 1.85, 0.14  # of a table, whose letters are this wide:
TABLE_SIZE, TABLE_LETTER = 7.6, 0.064
COLUMNS = (0.08, 1.9, 2.8, 3.6, 4.3, 4.9, 5.6)  # where a listing's columns start


@dataclass(frozen=True)
class Listing:
    """The lines of a tree, and the number of the selected one."""

    header: Row
    rows: tuple[Row, ...]
    selected: int


class Picture(Figure):
    """A figure that shows itself in a notebook without pyplot."""

    def _repr_png_(self) -> bytes:
        return png(self)


def draw(
    scene: Scene,
    language: str,
    listing: Listing | None = None,
    *,
    with_table: bool = False,
) -> Picture:
    """Draw a scene's panels, or its note where it has none.

    A listing stands above them; the scene's table below, where it is asked for.
    """
    families = fonts.families(language)
    style = {"font.family": families, "font.size": 9.0, "text.parse_math": False}
    places = _places(scene)
    lines = _line_heights(places)
    below = HEADING + CAPTION + (sum(lines) if scene.panels else NOTE)
    above = (1 + len(listing.rows)) * ROW_HEIGHT if listing else 0.0
    table = _table_lines(scene.table) if with_table and scene.table else []
    height = above + below + sum(map(_height, table))
    with mpl.rc_context(style):
        figure = Picture(figsize=(WIDTH, height), dpi=DPI)
        FigureCanvasAgg(figure)
        figure.set_facecolor(COLORS["paper"])
        page = _Page(figure, WIDTH, height)
        _draw_table(page, table, above + below)
        if listing:
            _draw_listing(page, listing)
        page.write(0.08, above + HEADING / 2, scene.heading, fontsize=10.5)
        if not scene.panels:
            middle = above + HEADING + NOTE / 2
            page.write(0.16, middle, _wrapped(scene.note, 118))
            return figure
        page.write(0.08, above + below - CAPTION / 2, scene.summary, fontsize=8.5)
        for panel, line, start, span in places:
            width = WIDTH / scene.columns
            top = above + HEADING + sum(lines[:line])
            box = (start * width, top, span * width, lines[line])
            _draw_panel(page, panel, box, families)
    return figure


@dataclass(frozen=True)
class _Page:
    """A figure measured in inches from its upper left corner."""

    figure: Figure
    width: float
    height: float

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Return axes with these edges."""
        rectangle = (
            left / self.width,
            1 - bottom / self.height,
            (right - left) / self.width,
            (bottom - top) / self.height,
        )
        return self.figure.add_axes(rectangle)

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write a text that starts at x, its middle at y."""
        place = x / self.width, 1 - y / self.height
        style = {"va": "center", "color": COLORS["ink"], **style}
        self.figure.text(*place, text, **style)


def png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a small PNG file.

    A plot has few colours: a palette of them takes a third of the bytes.
    """
    full = io.BytesIO()
    figure.savefig(full, format="png")
    small = io.BytesIO()
    image = Image.open(full).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(
        small, format="png", optimize=True
    )
    return small.getvalue()


def _places(scene: Scene) -> list[tuple[Panel, int, int, int]]:
    line = start = 0
    places = []
    for panel in scene.panels:
        if start + panel.span > scene.columns:
            line, start = line + 1, 0
        places.append((panel, line, start, panel.span))
        start += panel.span
    return places


def _line_heights(places: list[tuple[Panel, int, int, int]]) -> list[float]:
    """Return each line's height: a single line is high, a compact one low."""
    count = places[-1][1] + 1 if places else 0
    usual = ONE_LINE if count == 1 else EACH_LINE
    lines = [[p for p, line, *_ in places if line == i] for i in range(count)]
    return [COMPACT_LINE if all(p.compact for p in line) else usual for line in lines]


def _draw_listing(page: _Page, listing: Listing) -> None:
    """Write a tree's lines, the selected one on a ground of its own."""
    top = (1 + listing.selected) * ROW_HEIGHT
    ground = page.axes(0, top, page.width, top + ROW_HEIGHT)
    ground.set_facecolor((*to_rgb(COLORS["data"]), 0.3))
    ground.set_xticks([])
    ground.set_yticks([])
    ground.spines[:].set_visible(False)
    for number, row in enumerate([listing.header, *listing.rows]):
        y = (number + 0.5) * ROW_HEIGHT
        weight = "bold" if number == 0 else "normal"
        for column, text in enumerate(row.cells):
            x = COLUMNS[column] + (0.16 * row.depth if column == 0 else 0)
            page.write(x, y, text, fontsize=8.5, fontweight=weight)


def _table_lines(table: Table) -> list[tuple[str, ...]]:
    """Return a table's rows with their texts broken to fit the columns."""
    room = FIRST_COLUMN, (WIDTH - FIRST_COLUMN) / (len(table.header) - 1)
    letters = [int(inches / TABLE_LETTER) for inches in room]
    return [
        tuple(_wrapped(text, letters[min(i, 1)]) for i, text in enumerate(row))
        for row in (table.header, *table.rows)
    ]


def _height(row: tuple[str, ...]) -> float:
    return 0.07 + TABLE_LINE * max(text.count("\n") + 1 for text in row)


def _draw_table(page: _Page, table: list[tuple[str, ...]], top: float) -> None:
    """Write a table's rows, the first row and the first column in bold."""
    for number, row in enumerate(table):
        height = _height(row)
        for column, text in enumerate(row):
            width = (page.width - FIRST_COLUMN) / (len(row) - 1)
            left = FIRST_COLUMN + (column - 1) * width if column else 0.08
            weight = "bold" if 0 in (number, column) else "normal"
            page.write(
                left, top + height / 2, text, fontsize=TABLE_SIZE, fontweight=weight
            )
        top += height


def _draw_panel(
    page: _Page,
    panel: Panel,
    box: tuple[float, float, float, float],
    families: list[str],
) -> None:
    left, top, width, height = box
    wide = width > WIDTH / 2
    heat = next((mark for mark in panel.marks if isinstance(mark, Heat)), None)
    scale = next((mark for mark in panel.marks if isinstance(mark, Scale)), None)
    bare = panel.compact or scale or (heat and not heat.scale)
    labelled = any(getattr(mark, "label", "") for mark in panel.marks)
    beside = 0.72 if heat and heat.scale else COMPACT if bare else RIGHT
    if scale:
        beside = width - COMPACT - SCALE
    edges = (
        left + (COMPACT if bare else LEFT),
        top + (0.46 if labelled else 0.28),
        left + width - beside,
        top + height - (0.44 if panel.x_label else 0.27),
    )
    style = {"fontsize": 9.5, "fontweight": "bold"}
    if panel.compact:
        style = {"fontsize": 8.5}
    page.write(edges[0], top + 0.14, panel.title, **style)
    axes = page.axes(*edges)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(COLORS["faint"])
    axes.set_xlabel(panel.x_label, color=COLORS["faint"])
    axes.set_ylabel(panel.y_label, color=COLORS["faint"])
    axes.tick_params(
        labelfontfamily=families, labelsize=8.5, length=3, colors=COLORS["faint"]
    )
    if panel.note:
        axes.set_xticks([])
        axes.set_yticks([])
        middle: dict[str, Any] = {"ha": "center", "va": "center"}
        note = _wrapped(panel.note, 100 if wide else 28)
        axes.text(0.5, 0.5, note, transform=axes.transAxes, **middle)
        return
    if scale:
        _draw_scale(axes, scale.limit, families)
        return
    for mark in panel.marks:
        _DRAW[type(mark)](axes, mark)
    if heat:
        axes.set_xticks([])
        axes.set_yticks([])
        if heat.scale:
            start = edges[2] + 0.07
            bar = page.axes(start, edges[1], start + SCALE, edges[3])
            _draw_scale(bar, heat.limit, families)
        return
    _draw_grid(axes, panel, wide)
    if labelled:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=4,
            frameon=False,
            borderpad=0.2,
            borderaxespad=0.1,
            handlelength=1.6,
            columnspacing=1.4,
        )


def _draw_grid(axes: Axes, panel: Panel, wide: bool) -> None:
    if panel.log:
        axes.set_yscale("log")
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(numticks=4))
        axes.yaxis.set_major_formatter(FuncFormatter(_power))
    else:
        axes.tick_params(axis="y", length=0)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=ROUND))
    if panel.compact:  # room for its limits only, written inwards
        axes.set_yticks([])
        ends = [f"{end:.3g}".replace("-", "−") for end in panel.x_range]
        axes.set_xticks(panel.x_range, ends)
        axes.tick_params(labelsize=7.5)
        first, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(10 if wide else 4, steps=ROUND))
    axes.set_xlim(*panel.x_range)
    axes.set_ylim(*panel.y_range)
    axes.grid(axis="y", color=COLORS["grid"], linewidth=0.8)
    axes.set_axisbelow(True)


def _draw_scale(bar: Axes, limit: float, families: list[str]) -> None:
    """Draw what the colours of a matrix mean."""
    steps = np.linspace(-limit, limit, 65).reshape(-1, 1)
    extent = (0.0, 1.0, -limit, limit)
    bar.imshow(steps, cmap=SIGNED, aspect="auto", origin="lower", extent=extent)
    bar.spines[:].set_visible(False)
    bar.set_xticks([])
    bar.yaxis.tick_right()
    ends = [-limit, 0.0, limit]
    bar.set_yticks(ends, [f"{end:.3g}".replace("-", "−") for end in ends])
    bar.tick_params(
        labelfontfamily=families, labelsize=8.5, length=0, colors=COLORS["faint"]
    )


def _wrapped(text: str, columns: int) -> str:
    """Break a text at spaces and between wide letters, which take two columns."""
    lines, width = [""], 0
    for word in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+", text):
        size = 2 if word[0] >= "\u2e80" else len(word)
        if width + size > columns:
            lines.append("")
            width = 0
        lines[-1] += word
        width += size
    return "\n".join(line.rstrip() for line in lines)


def _power(value: float, position: int) -> str:
    """Write a power of ten without math text, which needs fonts of its own."""
    exponent = round(math.log10(value))
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _bars(axes: Axes, mark: Bars) -> None:
    if mark.filled:
        style: dict[str, Any] = {"fill": True, "linewidth": 0}
    else:
        style = {"fill": False, "linewidth": 1.2}
    color = COLORS[mark.role]
    axes.stairs(mark.heights, mark.edges, color=color, label=mark.label, **style)


def _line(axes: Axes, mark: Line) -> None:
    style = {(0, 0): "-", (1, 0): "--", (0, 1): ":", (1, 1): "-."}[
        mark.dashed, mark.dotted
    ]
    color = COLORS[mark.role]
    axes.plot(mark.x, mark.y, style, color=color, linewidth=1.6, label=mark.label)


def _stems(axes: Axes, mark: Stems) -> None:
    color = COLORS[mark.role]
    if mark.marker:
        style: dict[str, Any] = {
            "marker": "_",
            "markersize": 19,
            "markeredgewidth": 2.2,
        }
        axes.plot(mark.x, mark.y, color=color, ls="", label=mark.label, **style)
    else:
        axes.vlines(mark.x, 0, mark.y, color=color, linewidth=11, label=mark.label)


def _rule(axes: Axes, mark: Rule) -> None:
    axes.axvline(mark.x, color=COLORS[mark.role], linewidth=1.2, linestyle=":")


def _level(axes: Axes, mark: Level) -> None:
    style: dict[str, Any] = {"linewidth": 1.2, "linestyle": ":"}
    axes.axhline(mark.y, color=COLORS[mark.role], label=mark.label or None, **style)


def _heat(axes: Axes, mark: Heat) -> None:
    axes.imshow(
        np.clip(mark.values, -mark.limit, mark.limit),
        cmap=SIGNED,
        vmin=-mark.limit,
        vmax=mark.limit,
        aspect="auto",
        interpolation="nearest",
    )


_DRAW: dict[type[Mark], Callable[[Axes, Any], None]] = {
    Bars: _bars,
    Line: _line,
    Stems: _stems,
    Rule: _rule,
    Level: _level,
    Heat: _heat,
}
