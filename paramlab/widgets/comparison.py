"""The comparison: what four frameworks do with the parameters of one layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import display
from numpy.typing import NDArray

from paramlab.comparison import (
    WIDTHS,
    Behaviour,
    Drawn,
    NotMeasured,
    expected,
    key,
    run,
)
from paramlab.defaults import DEFAULTS, KINDS, Rule
from paramlab.facts import FACTS, Facts
from paramlab.frameworks import available
from paramlab.laws import Law
from paramlab.widgets import controls
from paramlab.widgets.picker import REACH, curve
from paramlab.widgets.picture import Picture, draw
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Line,
    Mark,
    Panel,
    Range,
    Scene,
    Stems,
    Table,
    decade_range,
    floats,
    height_range,
    short,
    wide_range,
)
from paramlab.widgets.shown import Say, Shown
from paramlab.widgets.view import Knob, of_controls

BINS = 31  # of biases that have a law only
STEEP = 20  # times higher than another: the densities need powers of ten
# Dashes and dots of each framework's line.
LINES = {
    "pytorch": (False, False),
    "mxnet": (True, False),
    "tensorflow": (False, True),
    "paddle": (True, True),
}


@dataclass(frozen=True)
class Side:
    """One framework's layer, as arrays to draw."""

    behaviour: Behaviour
    weight: Rule
    bias: Rule | None
    std: float  # of the weights, as drawn; else as the rule has it
    expected_std: float
    # The density of the weights: the outline of a histogram, or a curve.
    x: Floats
    y: Floats
    # The share of the biases in each bin, or at one value.
    edges: Floats
    shares: Floats
    value: float | None


@dataclass(frozen=True)
class Compared:
    """One kind of layer, of one width, in all frameworks."""

    kind: str
    width: int
    sides: tuple[Side, ...]


def compute(kind: str, width: int, behaviours: Iterable[Behaviour]) -> Compared:
    """Set side by side what was drawn, or what the rules say where nothing was."""
    return Compared(kind, width, tuple(_side(kind, width, b) for b in behaviours))


def _side(kind: str, width: int, behaviour: Behaviour) -> Side:
    rules = DEFAULTS[behaviour.framework][kind]
    law = rules.weight.law(kind, width)
    drawn = behaviour.drawn.get(key(kind, width, "weight"))
    x, y = _outline(drawn) if drawn else curve(law, np.array(_reach(law)))
    edges, shares, value = np.array([]), np.array([]), None
    if rules.bias is not None:
        edges, shares, value = _biases(
            behaviour.drawn.get(key(kind, width, "bias")), rules.bias.law(kind, width)
        )
    return Side(
        behaviour=behaviour,
        weight=rules.weight,
        bias=rules.bias,
        std=drawn.std if drawn else law.std,
        expected_std=law.std,
        x=floats(x),
        y=floats(y),
        edges=floats(edges),
        shares=floats(shares),
        value=value,
    )


def _reach(law: Law) -> Range:
    """Return where a law is drawn: its bounds, or far enough."""
    low, high = law.support
    return max(low, -REACH * law.std), min(high, REACH * law.std)


def _outline(drawn: Drawn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a histogram's outline, from the ground to the ground."""
    x = np.repeat(drawn.edges, 2)
    return x, np.concatenate([[0.0], np.repeat(drawn.heights, 2), [0.0]])


def _biases(
    drawn: Drawn | None, law: Law
) -> tuple[NDArray[np.float64], NDArray[np.float64], float | None]:
    if drawn is not None:
        edges = np.array(drawn.edges)
        if not edges.size:
            return edges, edges, drawn.low
        return edges, np.array(drawn.heights) * np.diff(edges), None
    if law.continuous is None:
        return np.array([]), np.array([]), law.atoms[0][0]
    edges = np.linspace(*_reach(law), BINS)
    return edges, np.diff(law.continuous.cdf(edges)), None


class FrameworkComparison(Shown):
    """One layer in four frameworks, and how each treats parameters."""

    name = "framework_comparison"

    def __init__(
        self,
        layer: str,
        width: int,
        view: str | None,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        if layer not in KINDS:
            raise ValueError(f"{layer!r} is not one of {', '.join(KINDS)}")
        if width not in WIDTHS:
            raise ValueError(f"{width!r} is not one of {', '.join(map(str, WIDTHS))}")
        self.failed: list[str] = []
        self.behaviours = self._measure()
        kinds = [(self.say(f"comparison.{kind}"), kind) for kind in KINDS]
        self.kind = controls.choice(self.say("comparison.layer"), kinds, layer)
        self.width = controls.steps(self.say("comparison.width"), WIDTHS, width)
        for control in (self.kind, self.width):
            self.follow(control, lambda value: self.redraw())
        self.show([controls.panel(self.kind, self.width)], view)

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view."""
        return of_controls(layer=self.kind, width=self.width)

    def compute(self) -> Compared:
        """Return what is shown now."""
        return compute(self.kind.value, self.width.value, self.behaviours)

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        return _scene(self.compute(), self.say, " ".join(self.failed))

    def picture(self) -> Picture:
        """Return the plot and its table as a matplotlib figure."""
        return draw(self.scene(), self.language, with_table=True)

    def _measure(self) -> list[Behaviour]:
        """Run what is installed, one after the other: each takes some memory."""
        installed = available()
        tell = _teller()
        behaviours = []
        for name, facts in FACTS.items():
            behaviour = expected(name)
            if name in installed:
                number = 1 + installed.index(name)
                tell(
                    self.say(
                        "comparison.measuring",
                        name=facts.name,
                        number=number,
                        count=len(installed),
                    )
                )
                try:
                    behaviour = run(name)
                except NotMeasured as error:
                    said = self.say("comparison.failed", name=facts.name, error=error)
                    self.failed.append(said)
            behaviours.append(behaviour)
        tell(_sources(behaviours, self.say))
        return behaviours


def _teller() -> Callable[[str], None]:
    """Return what shows a line of progress in a notebook, and nothing elsewhere."""
    shell: Any = get_ipython()  # type: ignore[no-untyped-call]
    if shell is None:
        return lambda line: None
    shown: list[Any] = []

    def tell(line: str) -> None:
        bundle = {"text/plain": line}
        if shown:
            shown[0].update(bundle, raw=True)
        else:
            shown.append(display(bundle, raw=True, display_id=True))  # type: ignore[no-untyped-call]

    return tell


def _sources(behaviours: Iterable[Behaviour], say: Say) -> str:
    """Say who was measured and who was not."""
    measured: list[str] = []
    others: list[str] = []
    for one in behaviours:
        (measured if one.measured else others).append(FACTS[one.framework].name)
    parts = [("measured-here", measured), ("from-catalogue", others)]
    return " ".join(
        say(f"comparison.{name}", names=say("comparison.and").join(names))
        for name, names in parts
        if names
    )


# What the arrays become on the page


def _scene(compared: Compared, say: Say, note: str) -> Scene:
    kind = say(f"comparison.{compared.kind}")
    stds = [f"{_name(side)} {short(side.std)}" for side in compared.sides]
    panels = [_weights_panel(compared, say)]
    if any(side.bias for side in compared.sides):
        panels += _bias_panels(compared, say)
    return Scene(
        title=say("comparison.title"),
        subtitle=say("comparison.subtitle", layer=kind, width=compared.width),
        summary=say("comparison.summary", stds=say("comparison.and").join(stds)),
        panels=tuple(panels),
        columns=len(compared.sides),
        table=_table(compared, say),
        note=note,
    )


def _facts(side: Side) -> Facts:
    return FACTS[side.behaviour.framework]


def _name(side: Side) -> str:
    return _facts(side).name


def _weights_panel(compared: Compared, say: Say) -> Panel:
    peaks = [float(side.y.max()) for side in compared.sides]
    log = max(peaks) > STEEP * min(peaks)
    reach = max(float(np.abs(side.x).max()) for side in compared.sides)
    lines = []
    for side in compared.sides:
        dashed, dotted = LINES[side.behaviour.framework]
        source = "measured" if side.behaviour.measured else "catalogue"
        label = say(f"comparison.{source}", name=_name(side))
        role = side.behaviour.framework
        lines.append(Line(side.x, side.y, role, label, dashed, dotted))
    return Panel(
        title=say("comparison.weights"),
        marks=tuple(lines),
        x_range=wide_range([-reach, reach]),
        y_range=decade_range([min(peaks) / 5, max(peaks)])
        if log
        else height_range(peaks),
        x_label=say("picker.weight"),
        y_label=say("picker.density"),
        log=log,
        span=len(compared.sides),
    )


def _bias_panels(compared: Compared, say: Say) -> list[Panel]:
    ends = [float(np.abs(side.edges).max(initial=0.0)) for side in compared.sides]
    panels = []
    for side in compared.sides:
        role = side.behaviour.framework
        mark: Mark = Bars(side.edges, side.shares, role, "")
        if side.value is not None:
            mark = Stems(floats([side.value]), floats([1.0]), role, "")
        panels.append(
            Panel(
                title=say("comparison.biases", name=_name(side)),
                marks=(mark,),
                x_range=wide_range([-max(ends), max(ends)]),
                y_range=(0.0, 1.05),
                y_label=say("comparison.share"),
            )
        )
    return panels


def _table(compared: Compared, say: Say) -> Table:
    sides = compared.sides
    rows = [
        ("source", _source),
        ("weight-rule", lambda side, say: side.weight.formula),
        ("weight-std", _std),
        ("bias-rule", _bias_rule),
        (
            "parameter",
            lambda side, say: _facts(side).parameter_class,
        ),
        ("name", lambda side, say: side.behaviour.name),
        ("shape", lambda side, say: str(side.behaviour.shape)),
        ("before", _before),
        ("once", _once),
        ("twice", _twice),
        ("cleared", _cleared),
        ("tie-layers", lambda side, say: _facts(side).tie_layers),
        ("tie-weights", lambda side, say: _facts(side).tie_weights),
        ("listed", lambda side, say: str(side.behaviour.listed)),
        ("tied", _tied),
    ]
    return Table(
        ("", *(_name(side) for side in sides)),
        tuple(
            (say(f"comparison.rows.{row}"), *(cell(side, say) for side in sides))
            for row, cell in rows
        ),
    )


def _source(side: Side, say: Say) -> str:
    version = side.behaviour.version.partition("+")[0]
    if version:
        return say("comparison.version", version=version)
    return say("comparison.not-run")


def _std(side: Side, say: Say) -> str:
    if not side.behaviour.measured:
        return short(side.expected_std)
    return say(
        "comparison.std", drawn=short(side.std), expected=short(side.expected_std)
    )


def _bias_rule(side: Side, say: Say) -> str:
    return side.bias.formula if side.bias else say("comparison.no-bias")


def _before(side: Side, say: Say) -> str:
    if not side.behaviour.held:
        return say("comparison.not-held")
    return _state(side.behaviour.before, say)


def _once(side: Side, say: Say) -> str:
    once = _state(side.behaviour.once, say)
    return once if side.behaviour.held else say("comparison.from-tape", value=once)


def _twice(side: Side, say: Say) -> str:
    twice, once = side.behaviour.twice, side.behaviour.once
    value = _state(twice, say)
    if not side.behaviour.held:
        return say("comparison.new-tape", value=value)
    return say(f"comparison.{'overwritten' if twice == once else 'added'}", value=value)


def _cleared(side: Side, say: Say) -> str:
    if not side.behaviour.held:
        return say("comparison.nothing-to-clear")
    return _state(side.behaviour.cleared, say)


def _state(value: float | None, say: Say) -> str:
    if value is None:
        return "None"
    return say("comparison.zeros") if value == 0 else short(value)


def _tied(side: Side, say: Say) -> str:
    first, second = map(short, side.behaviour.uses)
    return f"{_state(side.behaviour.tied, say)} = {first} + {second}"
