"""The theoretical distribution of one entry of a tensor.

A law is a continuous part, point masses, or both: the entries of `sparse_`
are zero with some probability and normal otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]

# Laws that are kept, with their moments: SciPy takes longer to make one than a
# widget to draw it, and a slider comes back to the same ones.
_KEPT = 128


@dataclass(frozen=True)
class Law:
    """A mixture of point masses and at most one continuous distribution."""

    continuous: Any = None  # a frozen distribution of scipy.stats
    atoms: tuple[tuple[float, float], ...] = ()  # (value, probability)

    @property
    def weight(self) -> float:
        """Return the probability of the continuous part."""
        if self.continuous is None:
            return 0.0
        return 1.0 - math.fsum(probability for _, probability in self.atoms)

    @cached_property
    def mean(self) -> float:
        """Return the expected value."""
        return self._expectation(lambda value: value, self._moment(1))

    @cached_property
    def std(self) -> float:
        """Return the standard deviation."""
        mean = self.mean
        spread = self._moment(2) - 2 * mean * self._moment(1) + mean**2
        variance = self._expectation(lambda value: (value - mean) ** 2, spread)
        return math.sqrt(max(variance, 0.0))

    @property
    def support(self) -> tuple[float, float]:
        """Return the smallest and the largest possible value."""
        values = [value for value, _ in self.atoms]
        if self.continuous is not None:
            low, high = self.continuous.support()
            values += [float(low), float(high)]
        return min(values), max(values)

    def density(self, x: ArrayLike) -> Floats:
        """Return the density of the continuous part, times its weight."""
        points = np.asarray(x, dtype=np.float64)
        if self.continuous is None:
            return np.zeros_like(points)
        return np.asarray(self.weight * self.continuous.pdf(points))

    def cdf(self, x: ArrayLike) -> Floats:
        """Return the probability of a value at most x."""
        points = np.asarray(x, dtype=np.float64)
        total = np.zeros_like(points)
        if self.continuous is not None:
            total = total + self.weight * self.continuous.cdf(points)
        for value, probability in self.atoms:
            total = total + probability * (points >= value)
        return np.asarray(total)

    def _moment(self, order: int) -> float:
        if self.continuous is None:
            return 0.0
        mean, std = float(self.continuous.mean()), float(self.continuous.std())
        return mean if order == 1 else mean**2 + std**2

    def _expectation(self, of: Any, continuous: float) -> float:
        terms = [probability * of(value) for value, probability in self.atoms]
        return math.fsum([*terms, self.weight * continuous])


def constant(value: float) -> Law:
    """Return the law of a value that never varies."""
    return Law(atoms=((float(value), 1.0),))


def counted(values: ArrayLike) -> Law:
    """Return the law of an entry picked at random from fixed values."""
    found, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    shares = counts / counts.sum()
    return Law(atoms=tuple(zip(found.tolist(), shares.tolist(), strict=True)))


@lru_cache(_KEPT)
def uniform(low: float, high: float) -> Law:
    """Return U(low, high)."""
    if low == high:
        return constant(low)
    return Law(stats.uniform(low, high - low))


@lru_cache(_KEPT)
def normal(mean: float, std: float) -> Law:
    """Return N(mean, std²)."""
    return constant(mean) if std == 0 else Law(stats.norm(mean, std))


@lru_cache(_KEPT)
def truncated_normal(mean: float, std: float, low: float, high: float) -> Law:
    """Return N(mean, std²) given that the value is between low and high."""
    if low == high:
        return constant(low)
    bounds = (low - mean) / std, (high - mean) / std
    return Law(stats.truncnorm(*bounds, loc=mean, scale=std))


@lru_cache(_KEPT)
def sphere(dimension: int, radius: float) -> Law:
    """Return the law of one coordinate of a random point on a sphere.

    Its square, over the squared radius, is Beta(1/2, (dimension - 1)/2).
    """
    if radius == 0:
        return constant(0.0)
    if dimension == 1:
        return Law(atoms=((-radius, 0.5), (radius, 0.5)))
    shape = (dimension - 1) / 2
    return Law(stats.beta(shape, shape, loc=-radius, scale=2 * radius))


def with_zeros(law: Law, share: float) -> Law:
    """Return the law of an entry that is zero with a probability."""
    if share <= 0:
        return law
    if share >= 1 or law.continuous is None:
        return constant(0.0)
    return Law(law.continuous, ((0.0, share),))
