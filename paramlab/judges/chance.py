"""Could it be chance? Tests that an honest draw fails once in 10¹².

Each compares an upper bound on a probability, proven for every sample size,
with exp(-LIMIT): Chernoff's bound for shares, means and spreads, the bound of
Dvoretzky, Kiefer, Wolfowitz and Massart for a whole distribution. One judging
may so ask a few hundred questions and raise one false alarm in 10⁹.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LIMIT = 28.0
_LEVELS = np.linspace(0, 1, 401)[1:-1]
_BELLS = np.array([NormalDist().inv_cdf(level) for level in _LEVELS])


def unlikely_share(hits: Array | int, tries: int, probability: float) -> bool:
    """Tell whether any of these counts out of so many tries is no chance."""
    share = np.asarray(hits) / tries
    with np.errstate(divide="ignore", invalid="ignore"):
        hit = np.where(share > 0, share * np.log(share / probability), 0)
        rest = 1 - share
        miss = np.where(rest > 0, rest * np.log(rest / (1 - probability)), 0)
    return bool(np.any(tries * (hit + miss) > LIMIT))


def unlikely_mean(values: Array, std: float) -> bool:
    """Tell whether the mean of N(0, std²) cannot be this far from 0."""
    return bool(values.size * (np.mean(values) / std) ** 2 / 2 > LIMIT)


def unlikely_spread(values: Array, std: float) -> bool:
    """Tell whether values of N(0, std²) cannot be this narrow or wide."""
    ratio = float(np.mean((values / std) ** 2))
    if ratio == 0:
        return True
    return bool(values.size * (ratio - 1 - math.log(ratio)) / 2 > LIMIT)


def unlikely_largest(values: Array, bound: float) -> bool:
    """Tell whether the largest of U(-bound, bound) in size cannot be this."""
    largest = float(np.max(np.abs(values)))
    missing = 1 - largest / bound
    return missing < -1e-5 or values.size * missing > LIMIT


def unlike_normal(values: Array, std: float) -> bool:
    """Tell whether the values do not follow N(0, std²)."""
    return _unlike(values, lambda levels: std * _BELLS)


def unlike_uniform(values: Array, low: float, high: float) -> bool:
    """Tell whether the values do not follow U(low, high)."""
    return _unlike(values, lambda levels: low + (high - low) * levels)


def _unlike(values: Array, quantiles: Callable[[Array], Array]) -> bool:
    """Compare with a continuous distribution at many of its quantiles."""
    points = quantiles(_LEVELS)
    shares = np.searchsorted(np.sort(values.ravel()), points) / values.size
    distance = float(np.max(np.abs(shares - _LEVELS)))
    return 2 * values.size * distance**2 > LIMIT


def repeated(values: Array) -> bool:
    """Tell whether a tenth of the values or more occurred before.

    Independent float32 draws repeat themselves too, but one in a thousand.
    """
    return bool(np.unique(values).size < 0.9 * values.size)
