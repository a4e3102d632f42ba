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
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from PIL import Image

from paramlab.widgets import fonts, palette
from paramlab.widgets.scene import Bars, Heat, Line, Mark, Panel, Rule, Scene, Stems
from paramlab.widgets.tree import Row

COLORS = palette.light()
WIDTH = 8.0  # inches
ONE_LINE, EACH_LINE = 2.7, 2.0  # heights of panels
DPI = 100
ROW_HEIGHT = 0.19
COLUMNS = (0.01, 0.25, 0.38, 0.48, 0.56, 0.64)  # where a listing's columns start


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


def draw(scene: Scene, language: str, listing: Listing | None = None) -> Picture:
    """Draw a scene's panels, or its note where it has none, below a listing."""
    style = {
        "font.family": fonts.families(language),
        "font.size": 9.0,
        "text.color": COLORS["ink"],
        "axes.labelcolor": COLORS["faint"],
        "axes.edgecolor": COLORS["faint"],
        "xtick.color": COLORS["faint"],
        "ytick.color": COLORS["faint"],
        "text.parse_math": False,
    }
    with mpl.rc_context(style):
        places, lines = _places(scene)
        height = ONE_LINE if lines == 1 else lines * EACH_LINE
        height = (height if scene.panels else 1.2) + 0.55
        above = (1 + len(listing.rows)) * ROW_HEIGHT if listing else 0.0
        whole = Picture(figsize=(WIDTH, height + above), dpi=DPI, layout="constrained")
        FigureCanvasAgg(whole)
        whole.set_facecolor(COLORS["paper"])
        figure: Figure | SubFigure = whole
        if listing:
            top, figure = whole.subfigures(2, height_ratios=(above, height))
            _draw_listing(top, listing)
        figure.suptitle(scene.heading, fontsize=10.5, x=0.01, ha="left")
        if scene.panels:
            figure.supxlabel(scene.summary, fontsize=8.5, x=0.01, ha="left")
        if not scene.panels:
            figure.text(0.02, 0.45, _wrapped(scene.note, 118), va="center")
            return whole
        grid = figure.add_gridspec(lines, scene.columns)
        for panel, line, start, span in places:
            axes = figure.add_subplot(grid[line, start : start + span])
            wide = span == scene.columns
            _draw_panel(axes, panel, fonts.families(language), wide)
        # Ticks are made late, and would forget the style.
        whole.draw_without_rendering()
    return whole


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


def _places(scene: Scene) -> tuple[list[tuple[Panel, int, int, int]], int]:
    line = start = 0
    places = []
    for panel in scene.panels:
        if start + panel.span > scene.columns:
            line, start = line + 1, 0
        places.append((panel, line, start, panel.span))
        start += panel.span
    return places, line + 1


def _draw_listing(figure: SubFigure, listing: Listing) -> None:
    """Write a tree's lines, the selected one on a ground of its own."""
    height = 1 / (len(listing.rows) + 1)
    for number, row in enumerate([listing.header, *listing.rows]):
        y = 1 - (number + 0.5) * height
        if number == listing.selected + 1:
            place = (0, y - height / 2)
            color = COLORS["data"]
            figure.patches.append(
                Rectangle(
                    place,
                    1,
                    height,
                    transform=figure.transSubfigure,
                    alpha=0.3,
                    color=color,
                    linewidth=0,
                )
            )
        weight = "bold" if number == 0 else "normal"
        for column, text in enumerate(row.cells):
            x = COLUMNS[column] + (0.02 * row.depth if column == 0 else 0)
            figure.text(x, y, text, va="center", fontsize=8.5, fontweight=weight)


def _draw_panel(axes: Axes, panel: Panel, family: list[str], wide: bool) -> None:
    # The title, then a line for the legend, as on the canvas.
    axes.set_title(panel.title, loc="left", fontsize=9.5, fontweight="bold", pad=20)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    axes.tick_params(labelfontfamily=family, length=3)
    if panel.note:
        axes.set_xticks([])
        axes.set_yticks([])
        middle: dict[str, Any] = {"ha": "center", "va": "center"}
        note = _wrapped(panel.note, 100 if wide else 32)
        axes.text(0.5, 0.5, note, transform=axes.transAxes, **middle)
        return
    for mark in panel.marks:
        _DRAW[type(mark)](axes, mark)
    if any(isinstance(mark, Heat) for mark in panel.marks):
        return
    if panel.log:
        axes.set_yscale("log")
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(numticks=4))
        axes.yaxis.set_major_formatter(FuncFormatter(_power))
    else:
        axes.tick_params(axis="y", length=0)
        axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(8 if wide else 4))
    axes.set_xlim(*panel.x_range)
    axes.set_ylim(*panel.y_range)
    axes.grid(axis="y", color=COLORS["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    if any(getattr(mark, "label", "") for mark in panel.marks):
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
    style = "--" if mark.dashed else "-"
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


def _heat(axes: Axes, mark: Heat) -> None:
    ends = [COLORS["low"], COLORS["zero"], COLORS["high"]]
    colors = LinearSegmentedColormap.from_list("signed", ends)
    image = axes.imshow(
        np.clip(mark.values, -mark.limit, mark.limit),
        cmap=colors,
        vmin=-mark.limit,
        vmax=mark.limit,
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_xticks([])
    axes.set_yticks([])
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
    bar.ax.spines[:].set_visible(False)
    bar.set_ticks([-mark.limit, 0, mark.limit])


_DRAW: dict[type[Mark], Callable[[Axes, Any], None]] = {
    Bars: _bars,
    Line: _line,
    Stems: _stems,
    Rule: _rule,
    Heat: _heat,
}
