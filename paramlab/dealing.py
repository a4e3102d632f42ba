"""Deals values to parameters by shape, in whatever order a network lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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
