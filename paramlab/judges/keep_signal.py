"""The judge of keep-signal: a deep network must still tell inputs apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import reference
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.finding import Finding, Judge
from paramlab.judges.seen import Seen, frozen, see
from paramlab.plain import Plain

Array = NDArray[Any]

DEPTH = 20
# One wide network tells as much as several narrow ones, and has fewer layers to
# build. In layer 20, by He's rule, the logarithm of the signal has mean -1.31 and
# standard deviation 0.25, and the units' own share has mean 0.84 and standard
# deviation 0.04. The limits leave honest draws six and a half deviations and stay
# as far from the rules that lose or inflate the signal: one honest draw in 10⁹ is
# beyond them (see tests/test_initialization_signal.py).
WEAKEST, STRONGEST = 0.02, 1.5
OWN_SHARE = 0.05
_WIDTHS, _EXAMPLES = range(164, 186), 48


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    width = int(rng.choice(_WIDTHS))
    blueprint = sequential(*[dense(width, width, activation="relu")] * DEPTH)
    X = rng.normal(size=(_EXAMPLES, width)).astype(np.float32)
    return {"blueprint": blueprint, "X": X}


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    seen = see(facts, inputs["blueprint"], answer)
    if isinstance(seen, Finding):
        return [seen]
    outputs = _outputs(facts, inputs["blueprint"], seen, inputs["X"])
    lost = _lost_signal(np.array([signal(output) for output in outputs]))
    if not lost and own_share(outputs[-1]) < OWN_SHARE:
        lost = [Finding("keep-signal.alike", 0.8)]
    return frozen(seen) + lost


def _outputs(
    facts: Facts, blueprint: Blueprint, seen: list[Seen], X: Array
) -> list[Array]:
    with np.errstate(over="ignore", invalid="ignore"):
        return reference.outputs(facts, blueprint, [one.value for one in seen], X)


def signal(output: Array) -> float:
    """Return how much a unit differs from example to example.

    The standard deviation over the batch, as the root mean square over the
    units; infinite where the output is no number any more.
    """
    if not np.all(np.isfinite(output)):
        return math.inf
    scale = float(np.max(np.abs(output))) or 1.0
    spread = math.sqrt(float(np.mean(np.var(output / scale, axis=0))))
    # Below it is rounding: every example has the same output.
    return scale * spread if spread > 1e-9 else 0.0


def own_share(output: Array) -> float:
    """Return how much of the signal each unit has for itself.

    Of the squares of what differs from example to example, the share that is
    left after what all units have in common; 1 where there is no signal.
    """
    largest = float(np.max(np.abs(output)))
    if not math.isfinite(largest) or largest == 0:
        return 1.0
    differing = output / largest
    differing = differing - np.mean(differing, axis=0)
    whole = float(np.sum(differing**2))
    own = differing - np.mean(differing, axis=1, keepdims=True)
    return float(np.sum(own**2)) / whole if whole > 0 else 1.0


def _lost_signal(signals: Array) -> list[Finding]:
    low, high = signals < WEAKEST, ~(signals <= STRONGEST)
    if not np.any(low | high):
        return []
    first = int(np.argmax(low | high))
    values = {
        "layer": first + 1,
        "got": float(signals[first]),
        "last": float(signals[-1]),
        "low": WEAKEST,
        "high": STRONGEST,
    }
    kind = "fades" if low[first] else "explodes"
    return [Finding(f"keep-signal.{kind}", 1.0, values)]


KEEP_SIGNAL = Judge(_draw, _judge)
