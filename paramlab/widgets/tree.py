"""A tree with columns, one row of which is selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One line of the tree; its children follow it, one level deeper."""

    cells: tuple[str, ...]
    depth: int
    is_layer: bool


class Tree(anywidget.AnyWidget):
    """Shows rows; ``selected`` is the number of one of them."""

    _esm = _FOLDER / "tree.js"
    _css = _FOLDER / "tree.css"

    label = traitlets.Unicode().tag(sync=True)
    header: traitlets.List[str] = traitlets.List().tag(sync=True)
    rows: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    selected = traitlets.Int(0).tag(sync=True, echo_update=False)

    def __init__(self, label: str, header: Sequence[str]) -> None:
        super().__init__(label=label, header=list(header))

    def show(self, rows: Sequence[Row], selected: int) -> None:
        """Replace all rows."""
        with self.hold_sync():
            self.rows = [asdict(row) for row in rows]
            self.selected = selected
