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
from paramlab.judges.seen import Seen, frozen, scaled, see
from paramlab.plain import Plain

Array = NDArray[Any]

DEPTH = 20
# A layer's signal is the geometric mean over two networks of 80 to 96 units.
# In layer 20, by He's rule, its logarithm has mean -1.25 and standard deviation
# 0.27, and the units' own share has mean 0.78 and standard deviation 0.05: the
# limits leave honest draws six deviations, and stay as far from the rules that
# lose or inflate the signal (see tests/test_initialization_signal.py).
WEAKEST, STRONGEST = 0.02, 1.5
OWN_SHARE = 0.05
_NETWORKS, _EXAMPLES = 2, 48


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    cases = []
    for width in rng.choice(range(80, 97), _NETWORKS, replace=False):
        layers = [dense(int(width), int(width), activation="relu")] * DEPTH
        X = rng.normal(size=(_EXAMPLES, width)).astype(np.float32)
        cases.append({"blueprint": sequential(*layers), "X": X})
    return cases


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, list) else []
    if len(records) != len(inputs):
        return [Finding("layout")]
    signals, shares, findings = [], [], []
    for case, record in zip(inputs, records, strict=True):
        seen = see(facts, case["blueprint"], record)
        if isinstance(seen, Finding):
            return [seen]
        outputs = _outputs(facts, case["blueprint"], seen, case["X"])
        signals.append([signal(output) for output in outputs])
        shares.append(own_share(outputs[-1]))
        findings += scaled(frozen(seen), 1 / len(inputs))
    lost = _lost_signal(signals)
    if not lost and min(shares) < OWN_SHARE:
        lost = [Finding("keep-signal.alike", 0.8)]
    return merged(findings) + lost


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


def _lost_signal(signals: list[list[float]]) -> list[Finding]:
    with np.errstate(divide="ignore"):
        typical = np.exp(np.mean(np.log(signals), axis=0))
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
    kind = "fades" if low[first] else "explodes"
    return [Finding(f"keep-signal.{kind}", 1.0, values)]


KEEP_SIGNAL = Judge(_draw, _judge)
