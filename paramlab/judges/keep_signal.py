"""The judge of keep-signal: a deep network must still tell inputs apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import reference
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.reference import slots
from paramlab.judges.seen import Seen, frozen, role, scaled, see
from paramlab.plain import Plain

Array = NDArray[Any]

DEPTH = 20
# A layer's signal is the geometric mean over four networks of 56 to 72 units.
# In layer 20, by He's rule, its logarithm has mean -1.25 and standard deviation
# 0.22, and the units' own share has mean 0.76 and standard deviation 0.06: the
# limits leave honest draws seven deviations, and stay as far from the rules
# that lose or inflate the signal (see tests/test_initialization_signal.py).
WEAKEST, STRONGEST = 0.02, 1.5
OWN_SHARE = 0.05
_NETWORKS, _EXAMPLES = 4, 48


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    return [_case(rng, facts) for _ in range(_NETWORKS)]


def _case(rng: np.random.Generator, facts: Facts) -> Plain:
    width = int(rng.integers(56, 73))
    blueprint = sequential(*[dense(width, width, activation="relu")] * DEPTH)
    # A constant, so that a function which does nothing shows; biases of 0.
    fills = [0.0 if slot.role == "bias" else 0.5 for slot in slots(facts, blueprint)]
    X = rng.normal(size=(_EXAMPLES, width)).astype(np.float32)
    return {"blueprint": blueprint, "fills": fills, "X": X}


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, list) else []
    if len(records) != len(inputs):
        return [Finding("layout")]
    signals, findings = [], []
    for case, record in zip(inputs, records, strict=True):
        seen = see(facts, case["blueprint"], record, case["fills"])
        if isinstance(seen, Finding):
            return [seen]
        if all(one.untouched for one in role(seen, "weight")):
            return [Finding("keep-signal.unchanged")]
        outputs = _outputs(facts, case["blueprint"], seen, case["X"])
        if own_share(outputs[-1]) < OWN_SHARE:
            return [Finding("keep-signal.alike", 0.8)]
        signals.append([signal(output) for output in outputs])
        findings += scaled(frozen(seen), 0.25)
    with np.errstate(divide="ignore"):
        typical = np.exp(np.mean(np.log(signals), axis=0))
    return merged(findings) + _lost_signal(typical)


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
    scale = float(np.max(np.abs(output)))
    return scale * math.sqrt(float(np.mean(np.var(output / (scale or 1), axis=0))))


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


def _lost_signal(typical: Array) -> list[Finding]:
    low, high = typical < WEAKEST, ~(typical <= STRONGEST)
    if not np.any(low | high):
        return []
    first = int(np.argmax(low | high))
    values = {
        "layer": first + 1,
        "got": float(typical[first]),
        "last": float(typical[-1]),
        "low": WEAKEST,
        "high": STRONGEST,
    }
    if typical[-1] == 0 and low[first]:
        return [Finding("keep-signal.dead", 1.0, values)]
    kind = "fades" if low[first] else "explodes"
    return [Finding(f"keep-signal.{kind}", 1.0, values)]


KEEP_SIGNAL = Judge(_draw, _judge)
