"""A view: a widget's controls as one line of text, to hand out what is prepared.

The line looks like the end of a web address, ``picker?inputs=256&seed=3``:
the widget's name, then each control and what it is set to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import anywidget
import ipywidgets
import traitlets

_FOLDER = Path(__file__).parent


class NotAView(ValueError):
    """A line does not fit a widget; the message says why, to its reader."""


class Misfit(ValueError):
    """What does not fit: the key of a sentence, and its values."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{key}: {values}")
        self.key = key
        self.values = values


@dataclass(frozen=True)
class Knob:
    """One setting: how to write it, and how to set it from what was written."""

    write: Callable[[], str]
    set: Callable[[str], None]  # raises Misfit


def of_control(name: str, control: ipywidgets.Widget) -> Knob:
    """Return the knob of a slider, a list or a box to tick."""
    if hasattr(control, "_options_full"):
        return of_options(name, control, _names(control))
    return Knob(
        lambda: _written(control.value),
        lambda text: setattr(control, "value", _number(name, control, text)),
    )


def of_controls(**named: ipywidgets.Widget) -> dict[str, Knob]:
    """Return the knobs of controls, by name."""
    return {name: of_control(name, control) for name, control in named.items()}


def of_options(name: str, control: ipywidgets.Widget, names: Sequence[str]) -> Knob:
    """Return the knob of a list whose options have these names in a line."""

    def set_option(text: str) -> None:
        if text not in names:
            raise Misfit("view.option", name=name, text=text, options=", ".join(names))
        control.index = list(names).index(text)

    return Knob(lambda: names[control.index], set_option)


def _names(control: Any) -> list[str]:
    return [_written(value) for _, value in control._options_full]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _number(name: str, control: Any, text: str) -> Any:
    """Return what a control is to be set to; refuse what it cannot hold."""
    if isinstance(control.value, bool):
        if text not in ("yes", "no"):
            raise Misfit("view.option", name=name, text=text, options="yes, no")
        return text == "yes"
    kind = int if isinstance(control.value, int) else float
    try:
        value = kind(text)
    except ValueError as error:
        raise Misfit("view.number", name=name, text=text) from error
    low, high = control.min, control.max
    if isinstance(control, ipywidgets.FloatLogSlider):
        low, high = control.base**low, control.base**high
    if not low * (1 - 1e-9) - 1e-12 <= value <= high * (1 + 1e-9) + 1e-12:
        raise Misfit("view.limits", name=name, text=text, low=low, high=high)
    return min(max(value, low), high)


def write(widget: str, settings: Sequence[tuple[str, str]]) -> str:
    """Return a widget's name and settings as one line."""
    return f"{widget}?{urlencode(settings, safe=',:.', quote_via=quote)}"


def read(widget: str, line: str) -> list[tuple[str, str]]:
    """Return the settings in a line; raise Misfit where it is not one of these."""
    name, _, query = line.strip().partition("?")
    if name != widget:
        raise Misfit("view.other", widget=widget, name=name)
    try:
        return parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise Misfit("view.broken", line=line) from error


class ViewLine(anywidget.AnyWidget):
    """Shows the line, copies it, and takes another one."""

    _esm = _FOLDER / "view.js"
    _css = _FOLDER / "view.css"

    line = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)

    def ask(self, work: Callable[[str], None]) -> None:
        """Do work with each line that a reader gives."""
        self.on_msg(lambda widget, content, buffers: work(str(content["line"])))
