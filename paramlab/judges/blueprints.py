"""Write the blueprints of ``frameworks.protocol`` briefly."""

from __future__ import annotations

from typing import Any

import numpy as np

Blueprint = dict[str, Any]


def dense(inputs: int, outputs: int, **more: Any) -> Blueprint:
    """Return a dense layer; ``more`` as in the protocol's Blueprint."""
    return {"kind": "dense", "inputs": inputs, "outputs": outputs, **more}


def sequential(*layers: Blueprint) -> Blueprint:
    """Return a network, or a block, of these layers in their order."""
    return {"kind": "sequential", "layers": list(layers)}


def distinct_sizes(rng: np.random.Generator, count: int) -> list[int]:
    """Draw layer sizes, all different, so that none is taken for another."""
    return [int(size) for size in rng.permutation(np.arange(3, 13))[:count]]
