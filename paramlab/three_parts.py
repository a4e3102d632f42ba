"""A rule in three parts: a weight is negative, zero or positive by chance.

The book's rule of its own is U(-10, -5) with probability 1/4, 0 with
probability 1/2, and U(5, 10) with probability 1/4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from paramlab.laws import Law


@dataclass(frozen=True)
class Side:
    """The weights of one sign: their probability, and bounds of their size."""

    share: float
    inner: float
    outer: float


@dataclass(frozen=True)
class ThreeParts:
    """U(-outer, -inner), 0 and U(inner, outer), each with its probability.

    The shares of the sides are at most 1 together; zeros are the rest.
    """

    left: Side
    right: Side

    @property
    def zeros(self) -> float:
        """Return the probability of the part that is 0."""
        return max(0.0, round(1.0 - self.left.share - self.right.share, 9))

    @property
    def law(self) -> Law:
        """Return the law of one weight."""
        return _law(self)

    @property
    def size(self) -> float:
        """Return the root mean square of a weight."""
        return math.hypot(self.law.mean, self.law.std)

    def gain(self, inputs: int) -> float:
        """Return how many times as large a dense layer makes a signal.

        Inputs of mean 0 and variance 1 give outputs of variance
        inputs · E[w²]: a rule of std 1/sqrt(inputs) has the gain 1.
        """
        return math.sqrt(inputs) * self.size

    def weights(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weights at places of the distribution, from 0 to 1."""
        left, right = self.left, self.right
        below, above = left.share, max(left.share, 1.0 - right.share)
        rates = [
            (side.outer - side.inner) / side.share if side.share else 0.0
            for side in (left, right)
        ]
        on_left = np.where(places < below, places * rates[0] - left.outer, 0)
        on_right = (places - 1) * rates[1] + right.outer
        weights = np.where(places >= above, on_right, on_left)
        return weights.astype(np.float32, copy=False)


@lru_cache(32)  # SciPy takes a millisecond, and most changes keep the rule
def _law(rule: ThreeParts) -> Law:
    atoms = {0.0: rule.zeros}
    edges: list[float] = []
    shares: list[float] = []
    ends = (
        (rule.left.share, -rule.left.outer, -rule.left.inner),
        (rule.right.share, rule.right.inner, rule.right.outer),
    )
    for share, low, high in ends:
        if share == 0:
            continue
        if low == high:
            atoms[low + 0.0] = atoms.get(low + 0.0, 0.0) + share
            continue
        if edges and edges[-1] < low:
            shares.append(0.0)  # the gap between the sides
        edges += [low, high] if not edges or edges[-1] < low else [high]
        shares.append(share)
    spread = (
        stats.rv_histogram((np.array(shares), np.array(edges)), density=False)
        if edges
        else None
    )
    kept = sorted((value, p) for value, p in atoms.items() if p > 0)
    return Law(spread, tuple(kept))


BOOK = ThreeParts(Side(0.25, 5.0, 10.0), Side(0.25, 5.0, 10.0))
