"""The parameter explorer: a network's tree, and the values in each place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from paramlab.facts import FACTS, Absent
from paramlab.frameworks.protocol import (
    Array,
    Framework,
    Layer,
    Net,
    NotAllocated,
    Parameter,
)
from paramlab.widgets.picture import Listing, Picture, draw
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Heat,
    Panel,
    Range,
    Scene,
    Table,
    floats,
    height_range,
    short,
    wide_range,
)
from paramlab.widgets.shown import Say, Shown
from paramlab.widgets.tree import Row, Tree

BINS = 31  # at most
LISTED = 30  # lines of the tree in a picture
SIDE = 64  # of the corner of a matrix that is shown


@dataclass(frozen=True)
class Place:
    """One line of the tree: a layer, or one of its parameters."""

    depth: int
    name: str
    kind: str  # the layer's class; "" for a parameter
    parameters: tuple[Parameter, ...]  # distinct ones, its own and below
    layer: str  # the layer that it is or belongs to, by place
    same_as: tuple[str, str] | None = None  # (name, layer) of the first use

    @property
    def size(self) -> int:
        """Return how many numbers are in here, each counted once."""
        return sum(parameter.size for parameter in self.parameters)


def places(net: Layer) -> list[Place]:
    """List a network's layers and parameters in order, children after parents.

    What stands in a second place says where the first is.
    """
    first: dict[int, tuple[str, str]] = {}
    return list(_walk(net, "", 0, first))


def _walk(
    layer: Layer, path: str, depth: int, first: dict[int, tuple[str, str]]
) -> Iterator[Place]:
    seen = first.get(layer.identity)
    first.setdefault(layer.identity, (layer.kind, path))
    below = tuple({p.identity: p for p in _parameters(layer)}.values())
    name = layer.name or layer.kind
    yield Place(depth, name, layer.kind, below, path, seen)
    for parameter in layer.parameters:
        earlier = first.get(parameter.identity)
        first.setdefault(parameter.identity, (parameter.name, path))
        yield Place(depth + 1, parameter.name, "", (parameter,), path, earlier)
    for child in layer.children:
        inner = f"{path}.{child.name}" if path else child.name
        yield from _walk(child, inner, depth + 1, first)


def _parameters(layer: Layer) -> Iterator[Parameter]:
    yield from layer.parameters
    for child in layer.children:
        yield from _parameters(child)


@dataclass(frozen=True)
class Numbers:
    """Some values, reduced to what is shown."""

    count: int
    edges: Floats
    heights: Floats  # how many values in each bin
    mean: float
    std: float
    low: float
    high: float
    norm: float


def summarize(values: Array, limits: Range | None = None) -> Numbers:
    """Reduce values to a histogram and a few numbers.

    Values that are not finite count in ``count`` alone, and spoil the rest
    where they should: a mean with NaN is NaN.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    low, high = limits or wide_range(_centred(finite))
    # An odd number of bins: zero, and values that are all equal, fill one.
    bins = min(2 * math.isqrt(flat.size) + 1, BINS)
    counts, edges = np.histogram(np.clip(finite, low, high), bins, (low, high))
    with np.errstate(all="ignore"):
        return Numbers(
            count=flat.size,
            edges=floats(edges),
            heights=floats(counts),
            mean=float(flat.mean()),
            std=float(flat.std()),
            low=float(flat.min()),
            high=float(flat.max()),
            norm=float(np.sqrt((flat**2).sum())),
        )


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return limits around values of both signs that have 0 in the middle."""
    if values.size == 0 or values.min() >= 0 or values.max() <= 0:
        return values
    largest = np.abs(values).max()
    return np.array([-largest, largest])


@dataclass(frozen=True)
class Content:
    """What the values in one place are reduced to."""

    place: Place
    value: Numbers | None  # None: the place has no parameters
    gradient: Numbers | None  # None: the framework holds none
    corner: Floats | None  # the start of one parameter's matrix
    corner_of: tuple[int, int]


def compute(place: Place) -> Content:
    """Reduce a place's parameters to the arrays that are drawn."""
    if not place.size:
        return Content(place, None, None, None, (0, 0))
    values = [parameter.value.ravel() for parameter in place.parameters]
    held = [p.gradient.ravel() for p in place.parameters if p.gradient is not None]
    corner, rows, columns = None, 0, 0
    if len(place.parameters) == 1:
        matrix = _matrix(place.parameters[0].value)
        corner, (rows, columns) = floats(matrix[:SIDE, :SIDE]), matrix.shape
    return Content(
        place=place,
        value=summarize(np.concatenate(values)),
        gradient=summarize(np.concatenate(held)) if held else None,
        corner=corner,
        corner_of=(rows, columns),
    )


def _matrix(value: Array) -> Array:
    """Return a tensor as a matrix: its first side by all the others."""
    if value.ndim < 2:
        return value.reshape(1, -1)
    return value.reshape(value.shape[0], -1)


class ParameterExplorer(Shown):
    """A network's tree of parameters; the selected place's values below."""

    def __init__(
        self, net: Net, X: Array | None, framework: str | None, language: str | None
    ) -> None:
        super().__init__(framework, language)
        self.net = net
        if X is not None:
            _allocate(self.framework, net, X)
        self.places: list[Place] = []
        self.missing = ""
        header = [self.say(f"explorer.{key}") for key in _COLUMNS]
        self.tree = Tree(self.say("explorer.tree"), header)
        self.total = ipywidgets.HTML()
        self.refresh_button = ipywidgets.Button(
            description=self.say("explorer.refresh"),
            tooltip=self.say("explorer.refresh-hint"),
            icon="refresh",
            layout={"width": "auto"},
        )
        self.press(self.refresh_button, self.refresh)
        self._read()
        self.follow(self.tree, lambda selected: self.redraw(), "selected")
        line = ipywidgets.HBox([self.total, self.refresh_button])
        line.layout.justify_content = "space-between"
        line.layout.align_items = "center"
        self.show([line, self.tree])

    def select(self, name: str) -> None:
        """Select a parameter or a layer by the name in its line."""
        names = [place.name for place in self.places]
        self.tree.selected = names.index(name)

    def refresh(self) -> None:
        """Read the network again: after training, or a first forward pass."""
        self._read()
        self.redraw()

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        if not self.places:
            return Scene(
                title=self.say("explorer.tree"),
                summary=self.missing,
                note=self.say("explorer.not-allocated", reason=self.missing),
            )
        selected = min(max(self.tree.selected, 0), len(self.places) - 1)
        return _scene(compute(self.places[selected]), self.say, self.framework.id)

    def picture(self) -> Picture:
        """Return the tree and what the plot shows now as a matplotlib figure."""
        header = Row(tuple(self.tree.header), 0, is_layer=True)
        rows = tuple(self._rows())
        first = max(0, self.tree.selected + 1 - LISTED)
        rows = rows[first : first + LISTED]
        listing = Listing(header, rows, self.tree.selected - first)
        return draw(self.scene(), self.language, listing if rows else None)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)
        lines = [
            " | ".join(("  " * row.depth + row.cells[0], *row.cells[1:]))
            for row in self._rows()
        ]
        bundle["text/plain"] = "\n".join([*lines, "", bundle["text/plain"]])
        return bundle

    def _read(self) -> None:
        try:
            self.places = places(self.framework.layers(self.net))
            self.missing = ""
        except NotAllocated as error:
            self.places = []
            self.missing = str(error)
        selected = self.tree.selected
        if not 0 < selected < len(self.places):
            selected = _first_weight(self.places)
        with self.tree.hold_trait_notifications():
            self.tree.show(self._rows(), selected)
        self.total.value = self._total()

    def _rows(self) -> list[Row]:
        return [
            Row(self._cells(place), place.depth, bool(place.kind))
            for place in self.places
        ]

    def _cells(self, place: Place) -> tuple[str, ...]:
        note = ""
        if place.same_as is not None:
            key = "same-layer" if place.kind else "same-parameter"
            name, layer = place.same_as
            note = self.say(f"explorer.{key}", name=name, layer=layer or "·")
        if place.kind:
            return (place.name, place.kind, "", str(place.size), "", note)
        (parameter,) = place.parameters
        trainable = self.say("explorer.yes" if parameter.trainable else "explorer.no")
        shape = str(parameter.shape)
        role = self.say(f"explorer.roles.{parameter.role}")
        return (place.name, role, shape, str(parameter.size), trainable, note)

    def _total(self) -> str:
        if not self.places:
            return ""
        distinct = self.places[0].parameters
        trainable = sum(p.size for p in distinct if p.trainable)
        size = self.places[0].size
        return self.say("explorer.total", size=size, trainable=trainable)


_COLUMNS = ("name", "kind", "shape", "count", "trainable", "note")


def _allocate(framework: Framework, net: Net, X: Array) -> None:
    """Show the network a batch, if it has no values before it sees one.

    Its own rules then draw them, as they do when the reader calls net(X).
    """
    try:
        framework.layers(net)
    except NotAllocated:
        framework.prepare(net, framework.to_numpy(X))


def _first_weight(found: list[Place]) -> int:
    """Return the number of the first parameter's line."""
    return next((i for i, place in enumerate(found) if not place.kind), 0)


# What the arrays become on the page


def _scene(content: Content, say: Say, framework: str) -> Scene:
    place = content.place
    title = place.name
    if content.value is None:
        note = say("explorer.no-parameters", name=title)
        return Scene(title=title, summary=note, note=note)
    panels = [
        _histogram(content.value, "data", say("explorer.values"), say),
        _gradient_panel(content, say, framework),
    ]
    if content.corner is not None:
        panels.append(_corner_panel(content, say))
    parameter = place.parameters[0]
    single = len(place.parameters) == 1
    subtitle = f"{parameter.shape}  {parameter.dtype}" if single else place.kind
    numbers = content.value
    summary = say(
        "explorer.summary",
        name=title,
        count=numbers.count,
        mean=short(numbers.mean),
        std=short(numbers.std),
    )
    return Scene(
        title=title,
        subtitle=subtitle,
        summary=summary,
        panels=tuple(panels),
        columns=len(panels),
        table=_table(content, say),
        code=_written(parameter.value) if single else "",
    )


def _histogram(numbers: Numbers, role: str, title: str, say: Say) -> Panel:
    return Panel(
        title=title,
        marks=(Bars(numbers.edges, numbers.heights, role, ""),),
        x_range=(float(numbers.edges[0]), float(numbers.edges[-1])),
        y_range=height_range(numbers.heights),
        y_label=say("explorer.how-many"),
    )


def _gradient_panel(content: Content, say: Say, framework: str) -> Panel:
    title = say("explorer.gradient")
    if content.gradient is not None:
        return _histogram(content.gradient, "gradient", title, say)
    parameters = content.place.parameters
    if not any(parameter.trainable for parameter in parameters):
        key = "never-gradient"
    elif isinstance(FACTS[framework].gradient_before, Absent):
        key = "tape-gradient"
    else:
        key = "no-gradient"
    note = say(f"explorer.{key}")
    return Panel(title, (), (0.0, 1.0), (0.0, 1.0), note=note)


def _corner_panel(content: Content, say: Say) -> Panel:
    assert content.corner is not None
    finite = content.corner[np.isfinite(content.corner)]
    limit = float(np.abs(finite).max()) if finite.size else 0.0
    rows, columns = content.corner_of
    shown = content.corner.shape
    key = "explorer.matrix" if shown == (rows, columns) else "explorer.corner"
    title = say(key, rows=shown[0], columns=shown[1])
    heat = Heat(content.corner, limit or 1.0)
    return Panel(title, (heat,), (0.0, 1.0), (0.0, 1.0))


def _table(content: Content, say: Say) -> Table:
    columns = [content.value, content.gradient]
    rows = [
        (
            say(f"numbers.{key}"),
            *("–" if one is None else short(getattr(one, name)) for one in columns),
        )
        for key, name in (
            ("mean", "mean"),
            ("std", "std"),
            ("smallest", "low"),
            ("largest", "high"),
            ("norm", "norm"),
        )
    ]
    header = ("", say("explorer.values"), say("explorer.gradient"))
    return Table(header, tuple(rows))


def _written(value: Array) -> str:
    return np.array2string(
        value, precision=4, suppress_small=True, threshold=48, edgeitems=3
    )
