"""The training monitor: each layer's weights and gradients while it trains."""

from __future__ import annotations

import math
from dataclasses import dataclass

import ipywidgets
import numpy as np

from paramlab.facts import FACTS
from paramlab.frameworks.protocol import Array, Blueprint, Framework, Net, Parameter
from paramlab.widgets import controls
from paramlab.widgets.monitor_scene import DASHES, State, compute, scene
from paramlab.widgets.recording import Recording, Track, Training
from paramlab.widgets.scene import Scene
from paramlab.widgets.shown import Say, Shown
from paramlab.widgets.view import Knob, of_controls, of_options

INTERVAL = 120  # milliseconds between two steps while it plays
SLOWEST, FASTEST = -3, 1  # powers of ten of the learning rate

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
class Group:
    """Parameters that are shown together: as many as a panel has lines."""

    kind: str  # "weights", "biases" or "others"
    first: int  # of this kind, counted from 1
    numbers: tuple[int, ...]  # places in the recording
    alone: bool  # no other group is of this kind

    @property
    def name(self) -> str:
        """Return what it is called in the line of the view."""
        return self.kind if self.alone else f"{self.kind}-{self.first}"

    def label(self, say: Say) -> str:
        """Return what it is called in the list."""
        kind = say(f"monitor.{self.kind}")
        if self.alone:
            return kind
        last = self.first + len(self.numbers) - 1
        return say("monitor.part", kind=kind, first=self.first, last=last)


def groups(tracks: list[Track]) -> list[Group]:
    """Divide parameters into weights, biases and others, a few at a time."""
    kinds = {"weight": "weights", "bias": "biases"}
    members: dict[str, list[int]] = {"weights": [], "biases": [], "others": []}
    for number, track in enumerate(tracks):
        members[kinds.get(track.role, "others")].append(number)
    size = len(DASHES)
    found = [
        Group(kind, 1 + start, tuple(all_[start : start + size]), len(all_) <= size)
        for kind, all_ in members.items()
        for start in range(0, len(all_), size)
    ]
    return found or [Group("weights", 1, (), alone=True)]


class Monitor(Shown):
    """What both ways to watch a training share: a slider through its steps."""

    name = "training_monitor"

    recording: Recording

    def go(self, step: int) -> None:
        """Show a step."""
        self.step.value = step

    def compute(self) -> State:
        """Return what is shown now."""
        group = self.groups[self.which.index or 0]
        return compute(self.recording, self.step.value, self.step.max, group.numbers)

    def scene(self) -> Scene:
        """Return what the plot shows now."""
        state = self.compute()
        return scene(state, self.say, self._notice(state))

    def redraw(self) -> None:
        """Send the scene of this moment to the browser, and how far it is."""
        super().redraw()
        self.progress.value = self.recording.steps

    def _notice(self, state: State) -> str:
        if state.broken is not None:
            return self.say("monitor.broken", step=state.broken)
        return self.say("monitor.still") if state.still and state.step else ""

    def _make_slider(self, steps: int) -> None:
        if steps < 1:
            raise ValueError(f"steps is {steps}, and must be 1 or more")
        self.forward = controls.button(self.say("monitor.step"), "step-forward")
        self.again = controls.button(
            self.say("monitor.restart"), "undo", self.say("monitor.restart-hint")
        )
        self.step = controls.integer(self.say("monitor.steps"), 0, 0, steps)
        self.progress = ipywidgets.IntProgress(
            min=0, max=steps, layout={"width": "100%", "height": "14px"}
        )
        self.which = controls.choice(self.say("monitor.show"), [("", 0)], 0)
        self.follow(self.which, lambda shown: self.redraw())

    def _list_groups(self) -> None:
        self.groups = groups(self.recording.tracks)
        with self.quietly():
            self.which.options = [
                (group.label(self.say), number)
                for number, group in enumerate(self.groups)
            ]

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view."""
        names = [group.name for group in self.groups]
        shown = of_options("show", self.which, names)
        return {"show": shown, **of_controls(step=self.step)}


class TrainingMonitor(Monitor):
    """Trains a network a step at a time and shows each parameter."""

    recording: Training

    def __init__(
        self,
        net: Net | None,
        X: Array | None,
        y: Array | None,
        learning_rate: float,
        steps: int,
        view: str | None,
        framework: str | None,
        language: str | None,
    ) -> None:
        super().__init__(framework, language)
        if (X is None) != (y is None):
            raise ValueError("training_monitor needs both X and y, or neither")
        if not 10**SLOWEST <= learning_rate <= 10**FASTEST:
            raise ValueError(
                f"the learning rate is {learning_rate}, and must be from "
                f"{10**SLOWEST} to {10**FASTEST}"
            )
        if net is None:
            net = tied_network(self.framework)
        if X is None or y is None:
            X, y = _task(_inputs(self.framework, net))
        batch = self.framework.to_numpy(X), self.framework.to_numpy(y)
        self.recording = Training(self.framework, net, *batch, learning_rate)
        self._make_slider(steps)
        self._list_groups()
        self.play = ipywidgets.Play(
            min=0, max=steps, interval=INTERVAL, show_repeat=False
        )
        self.rate = controls.power(
            self.say("monitor.rate"), learning_rate, SLOWEST, FASTEST
        )
        self.rate.continuous_update = False
        for control in (self.play, self.step):
            self.follow(control, self._move)
        self.follow(self.rate, lambda rate: self.restart())
        self.press(self.forward, lambda: self._move(self.step.value + 1))
        self.press(self.again, self.restart)
        row = controls.row(self.play, self.forward, self.again)
        panel = controls.panel(self.step, self.rate, self.which)
        self.show([row, panel, self.progress], view)
        self.progress.value = self.recording.steps

    def restart(self) -> None:
        """Put the network back to its first values, at this learning rate."""
        self.recording.begin(self.rate.value)
        self._move(0)

    def knobs(self) -> dict[str, Knob]:
        """Return what can be set now, by its name in the line of the view."""
        return {**of_controls(rate=self.rate), **super().knobs()}

    def settle(self) -> None:
        """Make the training the one of this rate, as far as the slider says."""
        if self.recording.learning_rate != self.rate.value:
            self.recording.begin(self.rate.value)
        self.play.value = self.step.value

    def compute(self) -> State:
        """Return what is shown now, training so far if need be."""
        self.recording.advance(self.step.value)
        return super().compute()

    def _move(self, step: int) -> None:
        """Go to a step, whichever control asked, with one redraw."""
        with self.quietly():
            self.step.value = min(max(step, 0), self.step.max)
            self.play.value = self.step.value
        self.redraw()


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
