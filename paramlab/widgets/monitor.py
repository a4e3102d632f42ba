"""The training monitor: each layer's weights and gradients while it trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipywidgets
import numpy as np

from paramlab.facts import FACTS
from paramlab.frameworks.protocol import Array, Blueprint, Framework, Net, Parameter
from paramlab.widgets.explorer import Numbers, summarize
from paramlab.widgets.scene import (
    Bars,
    Floats,
    Line,
    Panel,
    Range,
    Rule,
    Scene,
    Table,
    decade_range,
    floats,
    height_range,
    short,
    wide_range,
)
from paramlab.widgets.shown import Say, Shown

KEPT = 2000  # entries of a parameter that are kept of each step
INTERVAL = 120  # milliseconds between two steps while it plays

# What is trained where no network is given: a tied layer, used twice.
TIED: Blueprint = {
    "kind": "sequential",
    "layers": [
        {"kind": "dense", "inputs": 4, "outputs": 8, "activation": "tanh"},
        *[
            {
                "kind": "dense",
                "inputs": 8,
                "outputs": 8,
                "activation": "tanh",
                "key": "shared",
            }
        ]
        * 2,
        {"kind": "dense", "inputs": 8, "outputs": 1},
    ],
}


@dataclass(frozen=True)
class Moment:
    """One parameter at one step."""

    values: Array  # at most KEPT of them
    gradient: Array | None  # what this step used; None before the first
    norm: float
    gradient_norm: float


@dataclass(frozen=True)
class Track:
    """One parameter through the whole training, as far as it went."""

    name: str
    role: str
    shape: tuple[int, ...]
    moments: list[Moment]


class Recording:
    """A training that goes as far as it is asked to, and remembers the way."""

    def __init__(
        self, framework: Framework, net: Net, X: Array, y: Array, learning_rate: float
    ) -> None:
        self.framework = framework
        self.net = net
        self.X, self.y = X, y
        self.start = [p.value.copy() for p in framework.parameters(net)]
        self.tracks = [
            Track(p.name, p.role, p.shape, []) for p in framework.parameters(net)
        ]
        self.losses: list[float] = []
        self.restart(learning_rate)

    def restart(self, learning_rate: float) -> None:
        """Put the network back to its first values and forget the steps."""
        self.framework.assign(self.net, self.start)
        self._step: Callable[..., float] = self.framework.training(
            self.net, learning_rate
        )
        self.losses.clear()
        for track in self.tracks:
            track.moments.clear()
        self._remember(with_gradients=False)

    @property
    def steps(self) -> int:
        """Return how many steps were taken."""
        return len(self.losses)

    def advance(self, step: int) -> None:
        """Train until so many steps were taken."""
        while self.steps < step:
            # A learning rate that is too large shows as such, without warnings.
            with np.errstate(all="ignore"):
                self.losses.append(self._step(self.X, self.y))
            self._remember(with_gradients=True)

    def _remember(self, with_gradients: bool) -> None:
        parameters = self.framework.parameters(self.net)
        for track, parameter in zip(self.tracks, parameters, strict=True):
            track.moments.append(_moment(parameter, with_gradients))


def _moment(parameter: Parameter, with_gradient: bool) -> Moment:
    gradient = parameter.gradient if with_gradient else None
    return Moment(
        values=_some(parameter.value),
        gradient=None if gradient is None else _some(gradient),
        norm=_norm(parameter.value),
        gradient_norm=math.nan if gradient is None else _norm(gradient),
    )


def _some(values: Array) -> Array:
    flat = values.ravel()
    every = math.ceil(flat.size / KEPT)
    return flat[::every].copy()


def _norm(values: Array) -> float:
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.square(values.astype(np.float64)).sum()))


@dataclass(frozen=True)
class Layer:
    """One parameter at the step that is shown."""

    track: Track
    start: Numbers
    value: Numbers
    gradient: Numbers | None
    norm: float
    gradient_norm: float
    norms: Floats  # of every step so far
    gradient_norms: Floats


@dataclass(frozen=True)
class State:
    """A training at one step."""

    step: int
    last: int  # the step that the slider ends at
    losses: Floats
    layers: tuple[Layer, ...]


def compute(recording: Recording, step: int, last: int, roles: Sequence[str]) -> State:
    """Return what is shown of a training at a step, training so far if need be."""
    recording.advance(step)
    chosen = [track for track in recording.tracks if track.role in roles]
    return State(
        step=step,
        last=last,
        losses=floats(recording.losses),
        layers=tuple(_layer(track, step) for track in chosen),
    )


def _layer(track: Track, step: int) -> Layer:
    moments, now = track.moments, track.moments[step]
    values = _limits([moment.values for moment in moments])
    # Gradients shrink by powers of ten: each step's have axes of their own.
    gradient = None
    if now.gradient is not None:
        gradient = summarize(now.gradient, _limits([now.gradient]))
    return Layer(
        track=track,
        start=summarize(moments[0].values, values),
        value=summarize(now.values, values),
        gradient=gradient,
        norm=now.norm,
        gradient_norm=now.gradient_norm,
        norms=floats([moment.norm for moment in moments]),
        gradient_norms=floats([moment.gradient_norm for moment in moments[1:]]),
    )


def _limits(steps: Sequence[Array]) -> Range:
    """Return round limits around all steps, 0 in the middle: axes stand still."""
    sizes = [np.abs(values[np.isfinite(values)]).max(initial=0.0) for values in steps]
    largest = min(float(max(sizes)), 1e30)
    return wide_range([-largest, largest])


class TrainingMonitor(Shown):
    """Trains a network a step at a time and shows each parameter."""

    def __init__(
        self,
        net: Net | None,
        X: Array | None,
        y: Array | None,
        learning_rate: float,
        steps: int,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        if (X is None) != (y is None):
            raise ValueError("training_monitor needs both X and y, or neither")
        if net is None:
            net = tied_network(self.framework)
        if X is None or y is None:
            X, y = _task(_inputs(self.framework, net))
        batch = self.framework.to_numpy(X), self.framework.to_numpy(y)
        self.recording = Recording(self.framework, net, *batch, learning_rate)
        self._busy = False
        self._make_controls(learning_rate, steps)
        self.show(self._layout())

    def go(self, step: int) -> None:
        """Show a step, training up to it where that has not been done."""
        self.step.value = step

    def restart(self) -> None:
        """Put the network back to its first values, at this learning rate."""
        self.recording.restart(self.rate.value)
        self._move(0)

    def compute(self) -> State:
        """Return what is shown now."""
        return compute(self.recording, self.step.value, self.step.max, self.which.value)

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        return _scene(self.compute(), self.say)

    # Controls

    def _make_controls(self, learning_rate: float, steps: int) -> None:
        style = {"description_width": "initial"}
        self.play = ipywidgets.Play(
            min=0, max=steps, interval=INTERVAL, show_repeat=False
        )
        self.forward = self._button("step", "step-forward")
        self.again = self._button("restart", "undo")
        self.step = ipywidgets.IntSlider(
            min=0,
            max=steps,
            description=self.say("monitor.steps"),
            style=style,
            layout={"width": "320px"},
        )
        self.progress = ipywidgets.IntProgress(
            min=0, max=steps, layout={"width": "100%", "height": "14px"}
        )
        self.rate = ipywidgets.FloatLogSlider(
            value=learning_rate,
            min=-3,
            max=1,
            step=0.05,
            description=self.say("monitor.rate"),
            style=style,
            layout={"width": "320px"},
            continuous_update=False,
        )
        self.which = ipywidgets.Dropdown(
            options=[
                (self.say("monitor.weights"), ("weight",)),
                (self.say("monitor.biases"), ("bias",)),
                (self.say("monitor.all"), ("weight", "bias", "constant", "other")),
            ],
            description=self.say("monitor.show"),
            style=style,
            layout={"width": "auto"},
        )
        for control in (self.play, self.step):
            self.follow(control, self._move, "value")
        self.follow(self.rate, lambda rate: self.restart(), "value")
        self.follow(self.which, lambda roles: self.redraw(), "value")
        self.press(self.forward, lambda: self._move(self.step.value + 1))
        self.press(self.again, self.restart)

    def _button(self, key: str, icon: str) -> ipywidgets.Button:
        return ipywidgets.Button(
            description=self.say(f"monitor.{key}"), icon=icon, layout={"width": "auto"}
        )

    def _layout(self) -> list[ipywidgets.Widget]:
        lines = [
            [self.play, self.forward, self.again, self.step],
            [self.rate, self.which],
        ]
        boxes = [ipywidgets.HBox(line) for line in lines]
        for box in boxes:
            box.layout.flex_flow = "row wrap"
            box.add_class("paramlab-controls")
        return [*boxes, self.progress]

    def _move(self, step: int) -> None:
        """Go to a step, whichever control asked, with one redraw."""
        if self._busy:
            return
        self._busy = True
        try:
            step = min(max(step, 0), self.step.max)
            self.step.value = step
            self.play.value = step
            self.redraw()
            self.progress.value = self.recording.steps
        finally:
            self._busy = False


def _inputs(framework: Framework, net: Net) -> int:
    """Return how many numbers the network takes: what its first weight sees."""
    first = next(p for p in framework.parameters(net) if p.role == "weight")
    return first.shape[0] if _inputs_first(framework) else first.shape[-1]


def _inputs_first(framework: Framework) -> bool:
    return FACTS[framework.id].weight_layout == "in_out"


def tied_network(framework: Framework) -> Net:
    """Build a network with one layer used twice, equal in every framework."""
    with framework.preserved_random():
        net = framework.build(TIED)
    generator = np.random.default_rng(0)
    framework.assign(
        net,
        [
            _first_values(parameter, generator, _inputs_first(framework))
            for parameter in framework.parameters(net)
        ],
    )
    return net


def _first_values(
    parameter: Parameter, generator: np.random.Generator, inputs_first: bool
) -> Array:
    """Draw a weight, in one layout and order for all; a bias starts at zero."""
    if parameter.role != "weight":
        return np.zeros(parameter.shape, parameter.dtype)
    shape = parameter.shape[::-1] if inputs_first else parameter.shape
    values = generator.normal(0, 1 / math.sqrt(shape[-1]), shape)
    return (values.T if inputs_first else values).astype(parameter.dtype)


def _task(inputs: int) -> tuple[Array, Array]:
    """Make a small regression: a smooth curve of one direction, with noise."""
    generator = np.random.default_rng(1)
    X = generator.normal(size=(64, inputs))
    direction = generator.normal(size=(inputs, 1)) / math.sqrt(inputs)
    y = np.sin(2 * X @ direction) + 0.05 * generator.normal(size=(64, 1))
    return X.astype(np.float32), y.astype(np.float32)


# What the arrays become on the page


def _scene(state: State, say: Say) -> Scene:
    panels = [_loss_panel(state, say)]
    for layer in state.layers:
        panels += _layer_panels(layer, state, say)
    loss = float(state.losses[state.step - 1]) if state.step else math.nan
    key = "monitor.summary" if state.step else "monitor.before"
    return Scene(
        title=say("monitor.title"),
        subtitle=say("monitor.at", step=state.step, last=state.last),
        summary=say(key, step=state.step, loss=short(loss)),
        panels=tuple(panels),
        columns=3,
        table=_table(state, say),
    )


def _loss_panel(state: State, say: Say) -> Panel:
    x = np.arange(1, state.losses.size + 1)
    positive = [float(loss) for loss in state.losses]
    return Panel(
        title=say("monitor.loss"),
        marks=(
            Line(floats(x), state.losses, "loss", ""),
            Rule(float(state.step), "now"),
        ),
        x_range=(0.0, float(state.last)),
        y_range=decade_range(positive),
        x_label=say("monitor.steps"),
        log=True,
        span=3,
    )


def _layer_panels(layer: Layer, state: State, say: Say) -> list[Panel]:
    name = layer.track.name
    heights = np.concatenate([layer.start.heights, layer.value.heights])
    value = Panel(
        title=f"{name} {layer.track.shape}",
        marks=(
            Bars(layer.value.edges, layer.value.heights, "data", say("monitor.now")),
            Bars(
                layer.start.edges,
                layer.start.heights,
                "before",
                say("monitor.start"),
                filled=False,
            ),
        ),
        x_range=(float(layer.value.edges[0]), float(layer.value.edges[-1])),
        y_range=height_range(heights),
        y_label=say("explorer.how-many"),
    )
    return [value, _gradient_panel(layer, say), _norm_panel(layer, state, say)]


def _gradient_panel(layer: Layer, say: Say) -> Panel:
    title = say("explorer.gradient")
    if layer.gradient is None:
        return Panel(title, (), (0.0, 1.0), (0.0, 1.0), note=say("monitor.no-gradient"))
    numbers = layer.gradient
    return Panel(
        title=title,
        marks=(Bars(numbers.edges, numbers.heights, "gradient", say("monitor.now")),),
        x_range=(float(numbers.edges[0]), float(numbers.edges[-1])),
        y_range=height_range(numbers.heights),
    )


def _norm_panel(layer: Layer, state: State, say: Say) -> Panel:
    norms, gradients = layer.norms, layer.gradient_norms
    return Panel(
        title=say("monitor.norms"),
        marks=(
            Line(floats(np.arange(norms.size)), norms, "loss", say("monitor.value")),
            Line(
                floats(np.arange(1, gradients.size + 1)),
                gradients,
                "gradient",
                say("explorer.gradient"),
                dashed=True,
            ),
            Rule(float(state.step), "now"),
        ),
        x_range=(0.0, float(state.last)),
        y_range=decade_range([*norms.tolist(), *gradients.tolist()]),
        log=True,
    )


def _table(state: State, say: Say) -> Table:
    header = (
        say("monitor.parameter"),
        say("monitor.norm-of-values"),
        say("monitor.norm-of-gradient"),
    )
    rows = tuple(
        (
            layer.track.name,
            short(layer.norm),
            "–" if layer.gradient is None else short(layer.gradient_norm),
        )
        for layer in state.layers
    )
    return Table(header, rows)
