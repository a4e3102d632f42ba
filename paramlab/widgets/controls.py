"""The controls of a widget, and the panel that holds them: one style for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets


class _Unechoed:
    """A control whose value is not sent back to the browser that has set it.

    ipywidgets sends it for other windows on the same kernel, before anything
    else: the plot would wait for it.
    """

    def trait_metadata(self, name: str, key: str, default: Any = None) -> Any:
        """Return what is said of a trait."""
        if key == "echo_update":
            return False
        return super().trait_metadata(name, key, default)  # type: ignore[misc]


class _IntSlider(_Unechoed, ipywidgets.IntSlider):
    pass


class _FloatSlider(_Unechoed, ipywidgets.FloatSlider):
    pass


class _FloatLogSlider(_Unechoed, ipywidgets.FloatLogSlider):
    pass


class _SelectionSlider(_Unechoed, ipywidgets.SelectionSlider):
    pass


class _Dropdown(_Unechoed, ipywidgets.Dropdown):
    pass


# Labels of all three languages fit into this width; a test measures them.
_LABEL = {"description_width": "132px"}
_WHOLE = {"width": "auto"}  # the panel's grid gives the width


def integer(description: str, value: int, low: int, high: int) -> Any:
    """Return a slider over whole numbers."""
    return _IntSlider(
        value, low, high, description=description, style=_LABEL, layout=_WHOLE
    )


def number(
    description: str,
    value: float,
    low: float,
    high: float,
    step: float,
    digits: int = 3,
) -> Any:
    """Return a slider over numbers, in equal steps."""
    return _FloatSlider(
        value,
        min=low,
        max=high,
        step=step,
        readout_format=f".{digits}f",
        description=description,
        style=_LABEL,
        layout=_WHOLE,
    )


def power(
    description: str, value: float, low: float, high: float, step: float = 0.05
) -> Any:
    """Return a slider over powers of ten, from 10**low to 10**high."""
    return _FloatLogSlider(
        value,
        min=low,
        max=high,
        step=step,
        readout_format=".3g",
        description=description,
        style=_LABEL,
        layout=_WHOLE,
    )


def choice(description: str, options: Sequence[Any], value: Any) -> Any:
    """Return a list to choose from: values, or pairs of a text and a value."""
    return _Dropdown(
        options=list(options),
        value=value,
        description=description,
        style=_LABEL,
        layout=_WHOLE,
    )


def steps(description: str, options: Sequence[Any], value: Any) -> Any:
    """Return a slider over some values only."""
    return _SelectionSlider(
        options=list(options),
        value=value,
        description=description,
        style=_LABEL,
        layout=_WHOLE,
    )


def switch(description: str, value: bool) -> Any:
    """Return a box to tick."""
    return ipywidgets.Checkbox(
        value, description=description, indent=False, layout=_WHOLE
    )


def button(description: str, icon: str = "", tooltip: str = "") -> Any:
    """Return a button as wide as its text."""
    return ipywidgets.Button(
        description=description, icon=icon, tooltip=tooltip, layout=_WHOLE
    )


def panel(*controls: ipywidgets.Widget) -> Any:
    """Return controls side by side in columns, as many as there is room for."""
    box = ipywidgets.Box(controls)
    box.add_class("paramlab-controls")
    return box


def row(*controls: ipywidgets.Widget) -> Any:
    """Return a line of buttons and what belongs to them."""
    box = ipywidgets.Box(controls)
    box.add_class("paramlab-row")
    return box
