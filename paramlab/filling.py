"""Numbers for the parameters of a network whose structure nobody knows yet.

A probe writes them into a student's network, and the judge, who drew them,
works out from the shapes alone what was written where.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


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
