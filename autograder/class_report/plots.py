"""The report's plots, as SVG that stands inside the page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.class_report.statistics import BINS, Distribution, Item

# Okabe and Ito's colours, which the color-blind tell apart.
COLORS = {
    "full": "#009e73",
    "partial": "#56b4e9",
    "none": "#d55e00",
    "blank": "#c9ccd1",
}
ENOUGH = 0.2  # of discrimination, by Ebel's rule of thumb (1965)
INK, GRID = "#444444", "#e4e7eb"
_STYLE = {
    "svg.fonttype": "none",  # text stays text: the browser has the letters
    "svg.hashsalt": "parameter-lab",  # the same page each time
    "font.family": "sans-serif",
    "font.size": 9.0,
    "text.parse_math": False,
}
WIDTH = 7.2  # inches


def distribution(shown: Distribution, x_label: str, y_label: str) -> Markup:
    """Draw how many students have how many percent."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, 2.3), layout="constrained")
        axes = figure.subplots()
        edges = [100 * i / BINS for i in range(BINS + 1)]
        axes.stairs(shown.counts, edges, fill=True, color=COLORS["partial"])
        axes.axvline(shown.quartiles[1], color=INK, linestyle="--", linewidth=1.5)
        axes.set_xlim(0, 100)
        axes.set_xticks(edges)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        _plain(axes, "y")
        return _svg(figure)


def outcomes(items: Sequence[Item], labels: Sequence[str], title: str) -> Markup:
    """Draw a line an exercise: what share had which points, and discrimination.

    ``labels`` name all, some and no points, and blank; ``title`` is that of
    the discrimination.
    """
    with mpl.rc_context(_STYLE):
        height = 0.9 + 0.24 * len(items)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        shares, index = figure.subplots(1, 2, sharey=True, width_ratios=[3, 1])
        names = [item.exercise for item in items]
        left = [0.0] * len(items)
        for part, label in zip(COLORS, labels, strict=True):
            values = [100 * getattr(item, part) for item in items]
            shares.barh(names, values, 0.72, left, color=COLORS[part], label=label)
            left = [a + b for a, b in zip(left, values, strict=True)]
        shares.invert_yaxis()
        shares.set_xlim(0, 100)
        shares.set_xlabel("%")
        shares.margins(y=0.01)
        shares.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=4,
            frameon=False,
            columnspacing=3,
        )
        known = [item for item in items if item.discrimination is not None]
        index.axvline(ENOUGH, color=INK, linestyle=":", linewidth=1.2)
        index.plot(
            [item.discrimination for item in known],
            [item.exercise for item in known],
            "o",
            color="#0072b2",
            markersize=4.5,
        )
        low = min([-0.05, *(item.discrimination or 0.0 for item in known)])
        index.set_xlim(low - 0.05, 1.05)
        index.set_title(title, fontsize=9)
        for axes in (shares, index):
            _plain(axes, "x")
        return _svg(figure)


def _plain(axes: Axes, grid: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(colors=INK)
    axes.grid(axis=grid, color=GRID, linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def _svg(figure: Figure) -> Markup:
    file = io.StringIO()
    with warnings.catch_warnings():
        # The letters that this font lacks are the browser's to draw.
        warnings.filterwarnings("ignore", "Glyph")
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    return Markup(text[text.index("<svg") :])
