"""The limits of keep-signal: honest rules are far inside, others far outside."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paramlab.facts import FACTS
from paramlab.judges import keep_signal, reference
from paramlab.judges.keep_signal import OWN_SHARE, STRONGEST, WEAKEST
from paramlab.judges.verdict import draw

Array = NDArray[Any]
Rule = Callable[[np.random.Generator, int], Array]


def scaled_normal(gain: float) -> Rule:
    return lambda rng, n: rng.normal(0, gain / np.sqrt(n), (n, n))


def he_uniform(rng: np.random.Generator, n: int) -> Array:
    return rng.uniform(-np.sqrt(6 / n), np.sqrt(6 / n), (n, n))


def orthogonal(rng: np.random.Generator, n: int) -> Array:
    q, r = np.linalg.qr(rng.normal(size=(n, n)))
    return np.sqrt(2) * q * np.sign(np.diag(r))


HONEST: dict[str, Rule] = {
    "he normal": scaled_normal(np.sqrt(2)),
    "he uniform": he_uniform,
    "orthogonal": orthogonal,
    "msra with slope 0.25": scaled_normal(np.sqrt(2 / (1 + 0.25**2))),
}
# What a student may well take for a good rule.
OTHERS: dict[str, Rule] = {
    "glorot": scaled_normal(1),
    "gain of tanh": scaled_normal(5 / 3),
}


def measure(rule: Rule, seed: int, judgings: int) -> tuple[Array, Array]:
    """Return log(signal) by judging and layer, and the units' smallest own share."""
    rng = np.random.default_rng(seed)
    facts = FACTS["pytorch"]
    logs, shares = [], []
    for judging in range(judgings):
        case = draw("keep-signal", "pytorch", judging)
        layers = case["blueprint"]["layers"]
        n = layers[0]["inputs"]
        values: list[Array] = []
        for _ in layers:
            values += [rule(rng, n), np.zeros(n)]
        outputs = reference.outputs(facts, case["blueprint"], values, case["X"])
        logs.append([np.log(keep_signal.signal(output)) for output in outputs])
        shares.append(keep_signal.own_share(outputs[-1]))
    return np.array(logs), np.array(shares)


def assert_inside(logs: Array, shares: Array, deviations: float) -> None:
    mean, std = logs.mean(axis=0), logs.std(axis=0)
    assert np.all(mean - deviations * std > np.log(WEAKEST))
    assert np.all(mean + deviations * std < np.log(STRONGEST))
    assert shares.mean() - deviations * shares.std() > OWN_SHARE


def chance_above(values: Array, limit: float) -> float:
    """Estimate how often such values exceed a limit: a normal tail, tilted.

    The tilt is the first term of Cramér's series: a heavier tail than the normal
    distribution's shows in the skewness first.
    """
    mean, std = values.mean(), values.std()
    skewness = np.mean(((values - mean) / std) ** 3)
    far = float((limit - mean) / std)
    tilt = max(0.0, float(skewness)) * (far**3 - 3 * far) / 6
    return NormalDist().cdf(-far) * math.exp(tilt)


@pytest.mark.parametrize("name", HONEST)
def test_honest_rules_are_six_deviations_inside(name: str) -> None:
    # 100 judgings give the deviation to 7 %, hence 5.5 for 6 and a margin.
    assert_inside(*measure(HONEST[name], 1, 100), deviations=5.5)


@pytest.mark.parametrize("name", OTHERS)
def test_other_rules_are_far_outside(name: str) -> None:
    logs, _ = measure(OTHERS[name], 2, 60)
    mean, std = logs[:, -1].mean(), logs[:, -1].std()
    assert mean + 5 * std < np.log(WEAKEST) or mean - 5 * std > np.log(STRONGEST)


def test_theory_of_the_second_moment() -> None:
    """Each He layer multiplies the mean square by 1 ± √(5/n) on average."""
    n, rng = 400, np.random.default_rng(3)
    h = np.maximum(rng.normal(size=n), 0)
    factors = [
        np.mean(np.maximum(HONEST["he normal"](rng, n) @ h, 0) ** 2) / np.mean(h**2)
        for _ in range(300)
    ]
    assert np.mean(factors) == pytest.approx(1, abs=0.03)
    assert np.var(factors) == pytest.approx(5 / n, rel=0.35)


@pytest.mark.soak
@pytest.mark.parametrize("name", HONEST)
def test_thousands_of_honest_draws_raise_no_alarm(name: str) -> None:
    logs, shares = measure(HONEST[name], 4, 4000)
    assert logs.min() > np.log(WEAKEST)
    assert logs.max() < np.log(STRONGEST)
    assert shares.min() > OWN_SHARE
    assert_inside(logs, shares, deviations=5.9)
    last = logs[:, -1]
    assert chance_above(last, np.log(STRONGEST)) < 1e-9
    assert chance_above(-last, -np.log(WEAKEST)) < 1e-9
