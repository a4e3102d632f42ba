"""Plain SGD on the squared error, in NumPy: what one step should do.

A loss may be the sum over the batch or its mean, with the factor 1/2 or
without: all are in use, and none is wrong. Every step is judged from its own
recorded parameters, since rounding adds up over many steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint
from paramlab.judges.reference import forward, gradients
from paramlab.plain import Plain

Array = NDArray[Any]
Values = Sequence[Array]

CLOSE = 3e-3  # relative; mistakes are off by far more, float32 by far less


@dataclass(frozen=True)
class Task:
    """A network and the data that it is trained on."""

    facts: Facts
    blueprint: Blueprint
    X: Array
    y: Array

    @property
    def scales(self) -> list[float]:
        """List what half the sum of squares may be multiplied with."""
        rows = len(self.X)
        return [1.0, 2.0, 1 / rows, 2 / rows]

    def errors(self, values: Values) -> Array:
        """Return how much each output is too large."""
        return forward(self.facts, self.blueprint, values, self.X) - self.y

    def loss(self, values: Values) -> float:
        """Return half the sum of squared errors."""
        return float(np.sum(self.errors(values) ** 2) / 2)

    def gradients(self, values: Values) -> list[Array]:
        """Return the gradient of that loss for every parameter."""
        errors = self.errors(values)
        return gradients(self.facts, self.blueprint, values, self.X, errors)

    def row(self, n: int) -> Task:
        """Return the task with one example only."""
        return replace(self, X=self.X[n : n + 1], y=self.y[n : n + 1])


def draw_data(rng: np.random.Generator, rows: int, inputs: int) -> Plain:
    """Draw a small regression: y is a linear function of X, with some noise."""
    X = rng.normal(size=(rows, inputs))
    y = X @ rng.normal(size=(inputs, 1)) + 1 + 0.1 * rng.normal(size=(rows, 1))
    return {"X": X.astype(np.float32), "y": y.astype(np.float32)}


def all_close(got: Values, expected: Values) -> bool:
    """Tell whether all arrays agree, each up to what float32 loses."""
    return len(got) == len(expected) and all(
        reading.close(ours, theirs, CLOSE)
        for ours, theirs in zip(got, expected, strict=True)
    )


def scaled(values: Values, factor: float) -> list[Array]:
    """Multiply every array."""
    return [factor * np.asarray(value, dtype=np.float64) for value in values]


def minus(values: Values, others: Values) -> list[Array]:
    """Subtract array by array."""
    return [
        np.asarray(value, dtype=np.float64) - other
        for value, other in zip(values, others, strict=True)
    ]


def ratio(got: Values, base: Values) -> float | None:
    """Return the one factor that turns base into what came, if there is one."""
    if len(got) != len(base):
        return None
    ours, theirs = (np.concatenate([np.ravel(v) for v in many]) for many in (got, base))
    if not np.all(np.isfinite(ours)) or ours.shape != theirs.shape:
        return None
    squares = float(theirs @ theirs)
    factor = float(ours @ theirs) / squares if squares else 0.0
    return factor if all_close(got, scaled(base, factor)) else None


def read_values(answer: Plain, like: Values) -> list[Array] | None:
    """Read a list of arrays of these shapes."""
    if not isinstance(answer, list) or len(answer) != len(like):
        return None
    found = []
    for value, model in zip(answer, like, strict=True):
        array = reading.array(value, np.shape(model))
        if array is None:
            return None
        found.append(array)
    return found


def among(value: float | None, expected: Sequence[float]) -> float | None:
    """Return the expected number that a value is, up to rounding."""
    if value is None:
        return None
    return next((one for one in expected if abs(value / one - 1) < 10 * CLOSE), None)
