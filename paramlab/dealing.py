"""Deals values to parameters by shape, in whatever order a network lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def deal(
    values: Iterable[Array], shapes: Iterable[Sequence[int]]
) -> list[Array] | None:
    """Give each shape the first value of that shape that is left.

    Returns None where a shape has none: the network is not the one that the
    values are for.
    """
    left = list(values)
    dealt = []
    for shape in shapes:
        fitting = (n for n, value in enumerate(left) if value.shape == tuple(shape))
        place = next(fitting, None)
        if place is None:
            return None
        dealt.append(left.pop(place))
    return dealt


def fill(
    shapes: Sequence[tuple[int, ...]], weights: Array, biases: Array
) -> list[Array]:
    """Cut an array for each shape: a vector from biases, others from weights.

    Each supply is used up in the order of the shapes, and starts anew when it
    is empty.
    """
    used = {"weights": 0, "biases": 0}
    supplies = {"weights": weights, "biases": biases}
    filled = []
    for shape in shapes:
        name = "biases" if len(shape) == 1 else "weights"
        size = int(np.prod(shape, dtype=np.int64))
        places = np.arange(used[name], used[name] + size) % len(supplies[name])
        filled.append(supplies[name][places].reshape(shape))
        used[name] += size
    return filled
