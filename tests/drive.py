"""Moves every control of a widget, in a test or in a notebook's kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np

from paramlab.frameworks import available
from paramlab.widgets.shown import Shown
from paramlab.widgets.tree import Tree

REPOSITORY = Path(__file__).parent.parent
# The frameworks that are installed here and have lessons.
TAUGHT = [
    framework
    for framework in available()
    if (REPOSITORY / "notebooks" / "en" / framework).is_dir()
]
WIDGETS = (
    "parameter_explorer",
    "initializer_picker",
    "distribution_designer",
    "signal_through_depth",
    "framework_comparison",
    "tie_dissector",
    "training_monitor",
)


def lesson_with(call: str, framework: str) -> Path:
    """Return the first of a framework's built notebooks that shows a widget."""
    paths = sorted((REPOSITORY / "notebooks" / "en" / framework).glob("*.ipynb"))
    return next(p for p in paths if f"{call}(" in p.read_text(encoding="utf-8"))


def controls(widget: Any) -> Iterator[Any]:
    """Yield everything below a widget that a person can move or press."""
    for child in getattr(widget, "children", ()):
        if isinstance(child, ipywidgets.Box):
            yield from controls(child)
        elif options(child):
            yield child


def options(control: Any) -> list[Any]:
    """List the values of a control, or its ends and one in between."""
    if isinstance(control, ipywidgets.Button):
        return [None]
    if isinstance(control, Tree):
        return list(range(len(control.rows)))
    if isinstance(control, ipywidgets.Dropdown | ipywidgets.SelectionSlider):
        return [value for _, value in control._options_full]
    if isinstance(control, ipywidgets.Checkbox):
        return [not control.value, control.value]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return [10.0**control.min, 0.1, 10.0**control.max]
    if hasattr(control, "max") and not isinstance(control, ipywidgets.IntProgress):
        third = control.min + (control.max - control.min) / 3
        whole = isinstance(control.value, int)
        return [control.min, int(third) if whole else third, control.max]
    return []


def move(control: Any, value: Any) -> None:
    """Do to a control what a person in the browser does."""
    if isinstance(control, ipywidgets.Button):
        control.click()
    elif isinstance(control, Tree):
        control.selected = value
    else:
        control.value = value


def drive(shown: Shown) -> int:
    """Move every control, under every option of the first; count the moves.

    Raises AssertionError where the plot was sent what it cannot draw.
    """
    moves = 0
    first = next(controls(shown))
    for outer in options(first):
        move(first, outer)
        for control in list(controls(shown)):
            if control is first:
                continue
            for value in options(control):
                move(control, value)
                moves += 1
                drawable(shown.plot.scene)
    return moves


def drawable(scene: dict[str, Any]) -> None:
    """Check what the browser is sent."""
    assert scene["title"]
    assert scene["summary"]
    assert scene["panels"] or scene["note"]
    size = len(scene["data"]) // 4
    for panel in scene["panels"]:
        limits = [*panel["x_range"], *panel["y_range"]]
        assert np.isfinite(limits).all(), panel["title"]
        assert limits[0] < limits[1]
        assert limits[2] < limits[3]
        for mark in panel["marks"]:
            for value in mark.values():
                if isinstance(value, list) and mark["kind"] != "heat":
                    assert sum(value) <= size


def displayed() -> list[Shown]:
    """List the widgets that a notebook has made and still holds."""
    from ipywidgets.widgets import widget

    return [one for one in widget._instances.values() if isinstance(one, Shown)]
