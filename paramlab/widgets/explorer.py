"""The parameter explorer: a network's tree, and the values in each place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets
import numpy as np

from paramlab.facts import FACTS, Absent
from paramlab.frameworks.protocol import (
    Array,
    Framework,
    Layer,
    Net,
    NotAllocated,
    Parameter,
)
from paramlab.widgets import controls
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
from paramlab.widgets.view import Knob, Misfit

BINS = 31  # at most
LISTED = 30  # lines of the tree in a picture
SIDE = 64  # of the corner of a matrix that is shown
READ = 1_000_000  # numbers of a place at most; of a larger one, every so many
NAMED = 3  # places that a line says it is tied with, before it only counts
OFFERED = 20  # places in the answer to one that is not there
ROOT = "net"
PANELS = 3  # side by side, whatever is selected


@dataclass(frozen=True)
class Place:
    """One line of the tree: a layer, or one of its parameters."""

    depth: int
    name: str
    kind: str  # the layer's class; "" for a parameter
    parameters: tuple[Parameter, ...]  # distinct ones, its own and below
    path: str  # from the network: "net.0.weight"; a name of its own
    identity: int  # equal for two places that hold the same
    tied: tuple[str, ...] = ()  # the paths of the other places that hold it

    @property
    def size(self) -> int:
        """Return how many numbers are in here, each counted once."""
        return sum(parameter.size for parameter in self.parameters)


def places(net: Layer) -> list[Place]:
    """List a network's layers and parameters in order, children after parents.

    What stands in several places says in each where the others are.
    """
    found = list(_walk(net, ROOT, 0, {}))
    holders: dict[tuple[bool, int], list[str]] = {}
    for place in found:
        holders.setdefault((bool(place.kind), place.identity), []).append(place.path)
    return [replace(place, tied=_others(place, holders)) for place in found]


def _others(
    place: Place, holders: dict[tuple[bool, int], list[str]]
) -> tuple[str, ...]:
    paths = holders[bool(place.kind), place.identity]
    return tuple(path for path in paths if path != place.path)


def _walk(
    layer: Layer, path: str, depth: int, taken: dict[str, int]
) -> Iterator[Place]:
    below = tuple({p.identity: p for p in _parameters(layer)}.values())
    name = layer.name or layer.kind
    yield Place(depth, name, layer.kind, below, path, layer.identity)
    for one in layer.parameters:
        inner = _own(f"{path}.{one.role}", taken)
        yield Place(depth + 1, one.name, "", (one,), inner, one.identity)
    for child in layer.children:
        inner = _own(f"{path}.{child.name}", taken)
        yield from _walk(child, inner, depth + 1, taken)


def _own(path: str, taken: dict[str, int]) -> str:
    """Return a path with a number, where another place has the same."""
    taken[path] = taken.get(path, 0) + 1
    return path if taken[path] == 1 else f"{path}:{taken[path]}"


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
    flat = np.asarray(values).ravel()
    exact = flat.astype(np.float64)
    known = flat if flat.dtype == np.float32 else exact
    is_finite = np.isfinite(exact)
    finite = known if is_finite.all() else known[is_finite]
    low, high = limits or _limits(finite)
    # An odd number of bins: zero, and values that are all equal, fill one.
    bins = min(2 * math.isqrt(flat.size) + 1, BINS)
    inside = np.clip(finite, low, high) if limits else finite
    counts, edges = np.histogram(inside, bins, (low, high))
    with np.errstate(all="ignore"):
        return Numbers(
            count=flat.size,
            edges=floats(edges),
            heights=floats(counts),
            mean=float(exact.mean()),
            std=float(exact.std()),
            low=float(exact.min()),
            high=float(exact.max()),
            norm=float(np.sqrt(np.dot(exact, exact))),
        )


def _limits(values: Array) -> Range:
    """Return round limits; 0 is in the middle of values of both signs."""
    if values.size == 0:
        return wide_range([])
    low, high = float(values.min()), float(values.max())
    if low < 0 < high:
        high = max(-low, high)
        low = -high
    return wide_range([low, high])


@dataclass(frozen=True)
class Content:
    """What the values in one place are reduced to."""

    place: Place
    value: Numbers | None  # None: the place has no parameters
    gradient: Numbers | None  # None: the framework holds none
    corner: Floats | None  # the start of one parameter's matrix
    corner_of: tuple[int, int]
    every: int = 1  # of so many numbers one was read


def compute(place: Place) -> Content:
    """Reduce a place's parameters to the arrays that are drawn."""
    if not place.size:
        return Content(place, None, None, None, (0, 0))
    every = -(-place.size // READ)
    values = [parameter.value for parameter in place.parameters]
    held = [p.gradient for p in place.parameters if p.gradient is not None]
    corner, rows, columns = None, 0, 0
    if len(values) == 1:
        matrix = _matrix(values[0])
        corner, (rows, columns) = floats(matrix[:SIDE, :SIDE]), matrix.shape
    return Content(
        place=place,
        value=summarize(_joined(values, every)),
        gradient=summarize(_joined(held, every)) if held else None,
        corner=corner,
        corner_of=(rows, columns),
        every=every,
    )


def _joined(arrays: Sequence[Array], every: int) -> Array:
    """Return the numbers of all arrays in one row, or every so many of each."""
    return np.concatenate([array.ravel()[::every] for array in arrays])


def _matrix(value: Array) -> Array:
    """Return a tensor as a matrix: its first side by all the others."""
    if value.ndim < 2:
        return value.reshape(1, -1)
    return value.reshape(value.shape[0], -1)


class ParameterExplorer(Shown):
    """A network's tree of parameters; the selected place's values below."""

    name = "parameter_explorer"

    def __init__(
        self,
        net: Net,
        X: Array | None,
        view: str | None,
        framework: str | None,
        language: str | None,
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
        self.refresh_button = controls.button(
            self.say("explorer.refresh"),
            icon="refresh",
            tooltip=self.say("explorer.refresh-hint"),
        )
        self.press(self.refresh_button, self.refresh)
        self._read()
        self.follow(self.tree, lambda selected: self.redraw(), "selected")
        self.show([controls.row(self.total, self.refresh_button), self.tree], view)

    @property
    def place(self) -> Place:
        """Return the place that is selected."""
        return self.places[min(max(self.tree.selected, 0), len(self.places) - 1)]

    def select(self, name: str) -> None:
        """Select a parameter or a layer by its path, or the name in its line."""
        for names in (
            [place.path for place in self.places],
            [place.name for place in self.places],
        ):
            if name in names:
                self.tree.selected = names.index(name)
                return
        raise ValueError(f"{name!r} is no place of this network")

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set: the place that is selected, by its path."""
        if not self.places:
            return {}
        return {"place": Knob(lambda: self.place.path, self._select_path)}

    def _select_path(self, path: str) -> None:
        paths = [place.path for place in self.places]
        if path not in paths:
            offered = [*paths[:OFFERED], *(["…"] if len(paths) > OFFERED else [])]
            raise Misfit(
                "view.option", name="place", text=path, options=", ".join(offered)
            )
        self.tree.selected = paths.index(path)

    def refresh(self) -> None:
        """Read the network again: after training, or a first forward pass."""
        self._read()
        self.redraw()

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        if not self.places:
            note = self.say("explorer.not-allocated", reason=self.missing)
            return _empty(self.say("explorer.tree"), note)
        return _scene(compute(self.place), self.say, self.framework.id)

    def picture(self) -> Picture:
        """Return the tree and what the plot shows now as a matplotlib figure."""
        header = Row(tuple(self.tree.header), 0, is_layer=True)
        rows = tuple(self._rows())
        first = max(0, self.tree.selected + 1 - LISTED)
        rows = rows[first : first + LISTED]
        listing = Listing(header, rows, self.tree.selected - first)
        scene = self.scene()
        if not rows:  # the panel says it already
            scene = replace(scene, summary="")
        return draw(scene, self.language, listing if rows else None)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)
        lines = [
            " | ".join(("  " * row.depth + row.cells[0], *row.cells[1:]))
            for row in self._rows()
        ]
        bundle["text/plain"] = "\n".join([*lines, "", bundle["text/plain"]])
        return bundle

    def _read(self) -> None:
        before = self.place.path if self.places else None
        try:
            self.places = places(self.framework.layers(self.net))
            self.missing = ""
        except NotAllocated as error:
            self.places = []
            self.missing = str(error)
        paths = [place.path for place in self.places]
        selected = paths.index(before) if before in paths else _first(self.places)
        with self.quietly(), self.tree.hold_trait_notifications():
            self.tree.show(self._rows(), selected)
        self.total.value = self._total()

    def _rows(self) -> list[Row]:
        return [
            Row(self._cells(place), place.depth, bool(place.kind))
            for place in self.places
        ]

    def _cells(self, place: Place) -> tuple[str, ...]:
        kind, shape, dtype = place.kind, "", ""
        if not place.kind:
            (parameter,) = place.parameters
            kind = self.say(f"explorer.roles.{parameter.role}")
            shape, dtype = str(parameter.shape), parameter.dtype
        return (
            place.name,
            kind,
            shape,
            str(place.size),
            self._trainable(place),
            dtype,
            self._tied(place),
        )

    def _trainable(self, place: Place) -> str:
        trained = {parameter.trainable for parameter in place.parameters}
        if len(trained) == 2:
            return self.say("explorer.partly")
        return "".join(self.say(f"explorer.{_ANSWERS[one]}") for one in trained)

    def _tied(self, place: Place) -> str:
        named = ", ".join(place.tied[:NAMED])
        more = len(place.tied) - NAMED
        return self.say("explorer.more", named=named, more=more) if more > 0 else named

    def _total(self) -> str:
        if not self.places:
            return ""
        distinct = self.places[0].parameters
        trainable = sum(p.size for p in distinct if p.trainable)
        size = self.places[0].size
        return self.say("explorer.total", size=size, trainable=trainable)


_COLUMNS = ("name", "kind", "shape", "count", "trainable", "dtype", "tied")
_ANSWERS = {True: "yes", False: "no"}


def _allocate(framework: Framework, net: Net, X: Array) -> None:
    """Show the network a batch, if it has no values before it sees one.

    Its own rules then draw them, as they do when the reader calls net(X).
    """
    try:
        framework.layers(net)
    except NotAllocated:
        framework.prepare(net, framework.to_numpy(X))


def _first(found: list[Place]) -> int:
    """Return the number of the first parameter's line."""
    return next((i for i, place in enumerate(found) if not place.kind), 0)


# What the arrays become on the page


def _scene(content: Content, say: Say, framework: str) -> Scene:
    place = content.place
    title = place.name
    if content.value is None:
        note = say("explorer.no-parameters", name=f"{place.path} ({place.kind})")
        return _empty(title, note)
    panels = [
        _histogram(content.value, "data", say("explorer.values"), say),
        _gradient_panel(content, say, framework),
        _corner_panel(content, say),
    ]
    parameter = place.parameters[0]
    single = len(place.parameters) == 1
    subtitle = place.path
    if single:
        subtitle = f"{place.path}    {parameter.shape}    {parameter.dtype}"
    numbers = content.value
    summary = say(
        "explorer.summary",
        name=title,
        count=place.size,
        mean=short(numbers.mean),
        std=short(numbers.std),
    )
    said = ""
    if content.every > 1:
        said = say("explorer.every", every=content.every, count=numbers.count)
        summary = f"{summary} {said}"
    return Scene(
        title=title,
        subtitle=subtitle,
        summary=summary,
        panels=tuple(panels),
        columns=PANELS,
        table=_table(content, say),
        note=said,
        code=_written(parameter.value) if single else "",
    )


def _empty(title: str, note: str) -> Scene:
    """Say why there is nothing to draw, in the place where it would be."""
    panel = Panel("", (), (0.0, 1.0), (0.0, 1.0), span=PANELS, note=note)
    return Scene(title=title, summary=note, panels=(panel,), columns=PANELS)


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
    if content.corner is None:
        note = say("explorer.choose-one")
        return Panel(say("explorer.as-matrix"), (), (0.0, 1.0), (0.0, 1.0), note=note)
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
