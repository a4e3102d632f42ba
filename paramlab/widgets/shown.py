"""What every widget here has: a live view, a picture, and its numbers as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
from paramlab.widgets.view import Knob, Misfit, NotAView, ViewLine, read, write

Say = Callable[..., str]


class Shown(ipywidgets.VBox):
    """Controls beside a plot.

    Where no widget runs (a notebook read on the web, a PDF) the picture and
    the text in its output stand in for it.
    """

    name = ""  # in the line that says how the widget is set

    def __init__(self, framework: str | None, language: str | None) -> None:
        if framework is None or language is None:
            notebook = edition.current()
            framework = framework or notebook.framework
            language = language or notebook.language
        self.framework: Framework = load(framework)
        self.language = language
        self._main = MainThread()
        self._quiet = False
        super().__init__()
        self.add_class("paramlab-widget")

    def say(self, key: str, **values: object) -> str:
        """Return one of the widgets' texts in this language."""
        return message(self.language, "widgets", key, **values)

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        raise NotImplementedError

    def knobs(self) -> Mapping[str, Knob]:
        """Return what can be set now, by its name in the line of the state."""
        return {}

    def settle(self) -> None:
        """Make the controls fit each other, after one of them was set."""

    def show(self, controls: list[ipywidgets.Widget], view: str | None = None) -> None:
        """Put controls, plot and state in place, once all of them exist.

        ``view`` is a line that says how to set the controls before.
        """
        if view is not None:
            self._restore(view)
        texts = {
            key: self.say(f"view.{key}")
            for key in ("label", "hint", "copy", "copied", "select", "apply")
        }
        self.plot = Plot(self.scene(), texts)
        self.line = ViewLine(line=self.view(), texts=texts)
        self.line.ask(lambda line: self._main.run(lambda: self._asked(line)))
        self.children = [*controls, self.plot, self.line]

    def redraw(self) -> None:
        """Send the scene of this moment to the browser."""
        self.plot.show(self.scene())
        self.line.message = ""
        self.line.line = self.view()

    # How it is set, as one line

    def view(self) -> str:
        """Return how the widget is set, as one line."""
        knobs = self.knobs()
        return write(self.name, [(name, knobs[name].write()) for name in knobs])

    def set_view(self, line: str) -> None:
        """Set the widget as a line says, with one redraw.

        Raises NotAView, and leaves all as it was, where the line does not fit.
        """
        self._restore(line)
        self.redraw()

    def _restore(self, line: str) -> None:
        before = read(self.name, self.view())
        try:
            self._set(read(self.name, line))
        except Misfit as misfit:
            self._set(before)
            raise NotAView(self.say(misfit.key, **misfit.values)) from misfit

    def _set(self, settings: list[tuple[str, str]]) -> None:
        with self.quietly():
            for name, text in settings:
                knobs = self.knobs()
                if name not in knobs:
                    raise Misfit("view.unknown", name=name, names=", ".join(knobs))
                knobs[name].set(text)
                self.settle()

    def _asked(self, line: str) -> None:
        try:
            self.set_view(line)
        except NotAView as error:
            self.line.message = str(error)

    def follow(
        self,
        control: ipywidgets.Widget,
        work: Callable[[Any], None],
        name: str = "value",
    ) -> None:
        """Do work with each new value of a control's trait."""

        def followed(value: Any) -> None:
            if not self._quiet:
                work(value)

        def changed(change: Any) -> None:
            self._main.run(lambda: followed(change["new"]), key=(id(control), name))

        control.observe(changed, names=name)

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Change controls without work for each of them."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

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
