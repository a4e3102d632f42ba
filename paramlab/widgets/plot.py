"""The canvas that draws a scene in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import anywidget
import traitlets

from paramlab.widgets import palette
from paramlab.widgets.scene import Scene, pack

_FOLDER = Path(__file__).parent


class Plot(anywidget.AnyWidget):
    """Shows one scene; a new scene is one message and one redraw."""

    _esm = _FOLDER / "plot.js"
    _css = _FOLDER / "plot.css"

    scene = traitlets.Dict().tag(sync=True)
    palette = traitlets.Dict().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)  # of the button that copies code

    def __init__(self, scene: Scene, texts: Mapping[str, str]) -> None:
        colors = {"light": palette.light(), "dark": palette.dark()}
        super().__init__(scene=pack(scene), palette=colors, texts=dict(texts))

    def show(self, scene: Scene) -> None:
        """Replace what is drawn."""
        self.scene = pack(scene)
