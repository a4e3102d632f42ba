"""What a layer makes of its inputs: measured, and as theory expects.

The inputs are normal with mean square 1. Then an output before the activation
is normal too, with the variance fan_in · E[w²] (He et al., 2015, section 2.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from paramlab.laws import Law
from paramlab.widgets.scene import Floats, floats

Array = NDArray[np.float64]

BINS = 21  # odd: the outputs of weights that are all zero fill the middle one
REACH = 4.0  # standard deviations before the activation that are shown
COUNT = 32768  # outputs, about, that are computed
ROWS = 64  # inputs at least
NUMBERS = 2**19  # in all inputs, about, at most: more would make a slider wait
# Products of so many multiplications, and of so many rows by a vector of 512,
# are below the size from which OpenBLAS takes a second thread (4 times 65,536,
# and 4 times 2304).
ALONE = 2**17
PART_ROWS = 16
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


@dataclass(frozen=True)
class Activation:
    """A function of one number that never falls, and its inverse."""

    function: Callable[[Array], Array]
    inverse: Callable[[Array], Array]  # infinite beyond what it can return


def _quiet(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Let a function return infinities without a warning."""

    def quiet(values: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return function(values)

    return quiet


def _selu(x: Array) -> Array:
    falling = SELU_ALPHA * np.expm1(np.minimum(x, 0))
    return np.asarray(SELU_SCALE * np.where(x > 0, x, falling))


def _selu_inverse(y: Array) -> Array:
    falling = np.log1p(np.maximum(y / (SELU_SCALE * SELU_ALPHA), -1))
    return np.asarray(np.where(y > 0, y / SELU_SCALE, falling))


def _logit(y: Array) -> Array:
    inside = np.clip(y, 0, 1)
    return np.asarray(np.log(inside) - np.log1p(-inside))


ACTIVATIONS = {
    "none": Activation(lambda x: x, lambda y: y),
    "relu": Activation(
        lambda x: np.maximum(x, 0), lambda y: np.where(y < 0, -np.inf, y)
    ),
    "tanh": Activation(np.tanh, _quiet(lambda y: np.arctanh(np.clip(y, -1, 1)))),
    "sigmoid": Activation(expit, _quiet(_logit)),
    "selu": Activation(_selu, _quiet(_selu_inverse)),
}


@dataclass(frozen=True)
class Outputs:
    """A layer's outputs after its activation, reduced to what is shown."""

    edges: Floats
    shares: Floats  # of the outputs in each bin
    expected_shares: Floats
    square: float  # mean square
    expected_square: float


def compute(
    drawn: Sequence[tuple[NDArray[np.float32], Law]], activation: str
) -> tuple[Outputs, ...]:
    """Send inputs of mean square 1 through layers of weights (outputs, fan_in).

    All histograms have the same bins. Biases are zero.
    """
    chosen = ACTIVATIONS[activation]
    spreads = [_spread(weights.shape[1], law) for weights, law in drawn]
    edges = _edges(max(spreads, default=0.0), chosen)
    return tuple(
        _outputs(weights, spread, chosen, edges)
        for (weights, _), spread in zip(drawn, spreads, strict=True)
    )


def _spread(fan_in: int, law: Law) -> float:
    """Return the standard deviation of an output before the activation."""
    return math.sqrt(fan_in * (law.std**2 + law.mean**2))


def _edges(spread: float, activation: Activation) -> Array:
    low, high = activation.function(np.array([-REACH * spread, REACH * spread]))
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    return np.asarray(np.linspace(low, high, BINS + 1))


def _outputs(
    weights: NDArray[np.float32], spread: float, activation: Activation, edges: Array
) -> Outputs:
    outputs, fan_in = weights.shape
    rows = max(ROWS, min(COUNT // outputs, NUMBERS // fan_in))
    before = product(_inputs(rows, fan_in), weights)
    after = activation.function(before.ravel().astype(np.float64))
    low, high = edges[0], edges[-1]
    counts, _ = np.histogram(np.clip(after, low, high), BINS, (low, high))
    below = ndtr(activation.inverse(edges) / max(spread, 1e-30))
    below[0], below[-1] = 0, 1  # the ends hold what lies beyond them
    return Outputs(
        edges=floats(edges),
        shares=floats(counts / after.size),
        expected_shares=floats(np.diff(below)),
        square=float(np.square(after).mean(dtype=np.float64)),
        expected_square=expected_square(spread, activation),
    )


def product(
    X: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return X @ weights.T, computed in parts that one thread does alone.

    BLAS gives a larger product to several threads, which wait for each other:
    while a browser is busy on the same cores, that takes fifty times as long.
    """
    rows = min(len(X), PART_ROWS)
    columns = max(1, ALONE // (rows * X.shape[1]))
    whole: NDArray[np.float32] = np.empty((len(X), len(weights)), np.float32)
    for i in range(0, len(X), rows):
        for j in range(0, len(weights), columns):
            part = X[i : i + rows] @ weights[j : j + columns].T
            whole[i : i + rows, j : j + columns] = part
    return whole


def expected_square(spread: float, activation: Activation) -> float:
    """Return E[f(spread · z)²] for a standard normal z."""
    z, weight = _normal_grid()
    return float(np.square(activation.function(spread * z)) @ weight)


@lru_cache(maxsize=1)
def _normal_grid() -> tuple[Array, Array]:
    """Return places and weights: a sum over them is a normal's expectation."""
    z = np.linspace(-9, 9, 1801)
    weight = np.exp(-(z**2) / 2)
    return z, weight / weight.sum()


@lru_cache(maxsize=8)
def _inputs(rows: int, fan_in: int) -> NDArray[np.float32]:
    """Return inputs of mean square 1, the same at every call.

    Each comes with its negative: means over few inputs are then closer.
    """
    half = np.random.default_rng(0).standard_normal((rows // 2, fan_in), np.float32)
    drawn = np.concatenate([half, -half])
    return np.asarray(drawn / np.sqrt(np.square(drawn).mean()))
