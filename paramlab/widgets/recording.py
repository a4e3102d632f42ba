"""What a training leaves behind: the loss, and each parameter, step by step."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from paramlab.frameworks.protocol import Array, Framework, Net, Parameter

KEPT = 1000  # entries of a parameter that are kept of each step
BYTES = 32_000_000  # about what all kept entries may take together
FEWEST, MOST = 64, 1000  # steps that are kept, whatever their size


@dataclass(frozen=True)
class Moment:
    """One parameter after one step."""

    values: Array  # at most KEPT of them
    gradient: Array | None  # what this step used; None where it is not known
    norm: float
    gradient_norm: float
    ratio: float  # norm of the update by the norm of the value before it


@dataclass
class Track:
    """One parameter through the whole training, as far as it went."""

    name: str
    role: str
    shape: tuple[int, ...]
    start: Array  # all its first values
    last: Array | None  # all its values before the next step, where they are known
    moments: list[Moment] = field(default_factory=list)
    reach: float = 0.0  # the largest finite size of a kept value so far


class Recording:
    """A network's values after each step that it is told of.

    ``steps`` counts them. A long training is thinned out: once more steps are
    kept than there is room for, every second one is dropped, and from then on
    only every second is kept. The first and the latest are always there.
    """

    def __init__(self, framework: Framework, net: Net, *, late: bool = False) -> None:
        """Begin before the first step, or ``late``, when it has been taken."""
        self.framework = framework
        self.net = net
        self.tracks = [
            Track(p.name, p.role, p.shape, p.value, p.value)
            for p in framework.parameters(net)
        ]
        sizes = [min(track.start.size, KEPT) for track in self.tracks]
        # A value and a gradient of four bytes each.
        self.room = min(max(BYTES // (8 * max(sum(sizes), 1)), FEWEST), MOST)
        self._begin()
        if late:
            for track in self.tracks:
                track.last = None

    def restart(self) -> None:
        """Put the network back to its first values and forget the steps."""
        self.framework.assign(self.net, [track.start for track in self.tracks])
        self._begin()

    def add(self, loss: Any, gradients: Sequence[Any] | None = None) -> None:
        """Read the network after a step.

        ``loss`` is a number or a tensor, of which the mean is taken.
        ``gradients`` are needed where no parameter holds them: those of the
        parameters that are trained, or of all, in the network's order.
        """
        # What is too large or no number shows as such, without warnings.
        with np.errstate(all="ignore"):
            self._add(float(self.framework.to_numpy(loss).mean()), gradients)

    def at(self, step: int) -> int:
        """Return the place of a step in ``kept``, or of the one kept before it."""
        return bisect.bisect_right(self.kept, step) - 1

    def _begin(self) -> None:
        self.steps = 0
        self.kept = [0]  # numbers of the steps that are kept
        self.losses = [math.nan]  # one for each of them, before its update
        self.broken: int | None = None  # the first step with what is no number
        self.still = False  # the latest step moved nothing
        self._stride = 1
        for track in self.tracks:
            track.last = track.start
            track.moments = []
            track.reach = 0.0
            self._remember(track, _moment(track.start, None, math.nan))

    def _add(self, loss: float, gradients: Sequence[Any] | None) -> None:
        parameters = self.framework.parameters(self.net)
        if gradients is None:
            known = [parameter.gradient for parameter in parameters]
        else:
            known = self._given(parameters, gradients)
        updates = [
            math.nan if track.last is None else norm(parameter.value - track.last)
            for parameter, track in zip(parameters, self.tracks, strict=True)
        ]
        self.still = not any(updates)
        if not self.still and not any(one is not None and one.any() for one in known):
            known = [None] * len(known)  # cleared after the step
        befores = [track.moments[-1].norm for track in self.tracks]
        self.steps += 1
        if self.kept[-1] % self._stride:
            self._drop_latest()
        self.kept.append(self.steps)
        self.losses.append(loss)
        for track, parameter, gradient, update, before in zip(
            self.tracks, parameters, known, updates, befores, strict=True
        ):
            # The latest moment's norm is that of the value before this step.
            ratio = _divided(update, before)
            track.last = parameter.value
            self._remember(track, _moment(parameter.value, gradient, ratio))
        if self.broken is None and not self._all_numbers():
            self.broken = self.steps
        if len(self.kept) > self.room:
            self._thin_out()

    def _given(
        self, parameters: list[Parameter], gradients: Sequence[Any]
    ) -> list[Array | None]:
        """Return the gradients that were given, one for each parameter or None."""
        trained = [i for i, p in enumerate(parameters) if p.trainable]
        places = trained if len(gradients) == len(trained) else range(len(parameters))
        if len(gradients) != len(places):
            raise ValueError(
                f"{len(gradients)} gradients were given for a network with "
                f"{len(trained)} parameters that are trained"
            )
        found: list[Array | None] = [None] * len(parameters)
        for place, gradient in zip(places, gradients, strict=True):
            if gradient is not None:
                found[place] = self.framework.to_numpy(gradient)
        return found

    def _remember(self, track: Track, moment: Moment) -> None:
        track.moments.append(moment)
        sizes = np.abs(moment.values)
        largest = float(sizes.max(initial=0.0))
        if not math.isfinite(largest):
            largest = float(sizes[np.isfinite(sizes)].max(initial=0.0))
        track.reach = max(track.reach, largest)

    def _all_numbers(self) -> bool:
        latest = [track.moments[-1] for track in self.tracks]
        numbers = [self.losses[-1], *(moment.norm for moment in latest)]
        numbers += [m.gradient_norm for m in latest if m.gradient is not None]
        return all(map(math.isfinite, numbers))

    def _drop_latest(self) -> None:
        for kept in self._lists():
            kept.pop()

    def _thin_out(self) -> None:
        """Drop every second step but the latest."""
        self._stride *= 2
        latest = self.steps
        stays = [step % self._stride == 0 or step == latest for step in self.kept]
        for kept in self._lists():
            kept[:] = [one for one, stay in zip(kept, stays, strict=True) if stay]

    def _lists(self) -> list[list[Any]]:
        """Return all that grows with the steps."""
        return [self.kept, self.losses, *(track.moments for track in self.tracks)]


class Training(Recording):
    """A training that goes as far as it is asked to."""

    def __init__(
        self, framework: Framework, net: Net, X: Array, y: Array, learning_rate: float
    ) -> None:
        super().__init__(framework, net)
        self.X, self.y = X, y
        self.begin(learning_rate)

    def begin(self, learning_rate: float) -> None:
        """Start from the first values, at this learning rate."""
        self.restart()
        self.learning_rate = learning_rate
        self._step: Callable[..., float] = self.framework.training(
            self.net, learning_rate
        )

    def advance(self, step: int) -> None:
        """Train until so many steps were taken."""
        while self.steps < step:
            with np.errstate(all="ignore"):
                loss = self._step(self.X, self.y)
            self.add(loss)


def norm(values: Array) -> float:
    """Return the root of the sum of squares."""
    flat = values.ravel()
    if flat.dtype != np.float64:
        flat = flat.astype(np.float32, copy=False)
    square = float(np.dot(flat, flat))
    if not 1e-24 < square < 1e30:  # where 32 bits do not do
        exact = flat.astype(np.float64)
        square = float(np.dot(exact, exact))
    return math.sqrt(square)


def _moment(value: Array, gradient: Array | None, ratio: float) -> Moment:
    return Moment(
        values=_some(value),
        gradient=None if gradient is None else _some(gradient),
        norm=norm(value),
        gradient_norm=math.nan if gradient is None else norm(gradient),
        ratio=ratio,
    )


def _some(values: Array) -> Array:
    flat = values.ravel()
    every = math.ceil(flat.size / KEPT) or 1
    return flat[::every].astype(np.float32)


def _divided(update: float, value: float) -> float:
    """Return a ratio; a value of zero has none."""
    return update / value if value else math.nan
