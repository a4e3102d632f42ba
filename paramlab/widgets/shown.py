"""What every widget here has: a live view, a picture, and its numbers as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from paramlab import edition
from paramlab.frameworks import load
from paramlab.frameworks.protocol import Framework
from paramlab.messages import message
from paramlab.widgets import picture
from paramlab.widgets.main_thread import MainThread
from paramlab.widgets.plot import Plot
from paramlab.widgets.scene import Scene

Say = Callable[..., str]


class Shown(ipywidgets.VBox):
    """Controls beside a plot.

    Where no widget runs (a notebook read on the web, a PDF) the picture and
    the text in its output stand in for it.
    """

    def __init__(self, framework: str | None, language: str | None) -> None:
        if framework is None or language is None:
            notebook = edition.current()
            framework = framework or notebook.framework
            language = language or notebook.language
        self.framework: Framework = load(framework)
        self.language = language
        self._main = MainThread()
        super().__init__()
        self.add_class("paramlab-widget")

    def say(self, key: str, **values: object) -> str:
        """Return one of the widgets' texts in this language."""
        return message(self.language, "widgets", key, **values)

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        raise NotImplementedError

    def show(self, controls: list[ipywidgets.Widget]) -> None:
        """Put the controls and the plot in place; once, when both exist."""
        self.plot = Plot(self.scene())
        self.children = [*controls, self.plot]

    def redraw(self) -> None:
        """Send the scene of this moment to the browser."""
        self.plot.show(self.scene())

    def follow(
        self, control: ipywidgets.Widget, work: Callable[[Any], None], name: str
    ) -> None:
        """Do work with each new value of a control's trait."""

        def changed(change: Any) -> None:
            self._main.run(lambda: work(change["new"]), key=(id(control), name))

        control.observe(changed, names=name)

    def press(self, button: ipywidgets.Button, work: Callable[[], None]) -> None:
        """Do work at each click of a button."""
        button.on_click(lambda clicked: self._main.run(work))

    def picture(self) -> picture.Picture:
        """Return what the plot shows now as a matplotlib figure."""
        return picture.draw(self.scene(), self.language)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        bundle["text/plain"] = self.scene().text()
        bundle["image/png"] = picture.png(self.picture())
        return bundle
