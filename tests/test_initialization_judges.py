"""Judges of draws raise no false alarm, see what they must, and take anything."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from paramlab.facts import FACTS
from paramlab.judges import JUDGES, chance
from paramlab.judges.reference import slots
from paramlab.judges.verdict import draw, judge

EXERCISES = ("normal-init", "block-init", "custom-init", "set-directly", "keep-signal")

# Each test of chance, with an honest draw for it.
HONEST = {
    "share": lambda rng: chance.unlikely_share(int(rng.binomial(4000, 0.2)), 4000, 0.2),
    "rows": lambda rng: chance.unlikely_share(rng.binomial(60, 0.8, 80), 60, 0.8),
    "mean": lambda rng: chance.unlikely_mean(rng.normal(0, 0.01, 5000), 0.01),
    "spread": lambda rng: chance.unlikely_spread(rng.normal(0, 0.01, 5000), 0.01),
    "largest": lambda rng: chance.unlikely_largest(rng.uniform(-2, 2, 5000), 2),
    "normal": lambda rng: chance.unlike_normal(rng.normal(0, 0.01, 5000), 0.01),
    "uniform": lambda rng: chance.unlike_uniform(rng.uniform(5, 10, 5000), 5, 10),
    "repeated": lambda rng: chance.repeated(rng.normal(size=20_000).astype("float32")),
}

# The smallest deviations that the exercises' sizes must show.
DISHONEST = {
    "share": lambda rng: chance.unlikely_share(
        int(rng.binomial(15_000, 0.35)), 15_000, 0.3
    ),
    "share of nothing": lambda rng: chance.unlikely_share(0, 100, 0.5),
    "share of all": lambda rng: chance.unlikely_share(100, 100, 0.5),
    "row of zeros": lambda rng: chance.unlikely_share(np.array([30, 60]), 60, 0.5),
    "mean": lambda rng: chance.unlikely_mean(rng.normal(0.001, 0.01, 25_000), 0.01),
    "spread": lambda rng: chance.unlikely_spread(rng.normal(0, 0.0115, 5000), 0.01),
    "no spread": lambda rng: chance.unlikely_spread(np.zeros(5000), 0.01),
    "beyond the bound": lambda rng: chance.unlikely_largest(
        rng.uniform(-1.01, 1.01, 20_000), 1
    ),
    "short of the bound": lambda rng: chance.unlikely_largest(
        rng.uniform(-0.99, 0.99, 20_000), 1
    ),
    "uniform for normal": lambda rng: chance.unlike_normal(
        rng.uniform(-(3**0.5), 3**0.5, 25_000), 1
    ),
    "normal for uniform": lambda rng: chance.unlike_uniform(
        rng.normal(0, 0.3, 20_000), -1, 1
    ),
    "constant": lambda rng: chance.unlike_uniform(np.full(5000, 0.5), 0, 1),
    "copies": lambda rng: chance.repeated(np.tile(rng.normal(size=500), 2)),
}


@pytest.mark.parametrize("test", HONEST)
def test_chance_is_believed(test: str) -> None:
    rng = np.random.default_rng(1)
    assert not any(HONEST[test](rng) for _ in range(300))


@pytest.mark.parametrize("test", DISHONEST)
def test_what_is_no_chance_is_seen(test: str) -> None:
    rng = np.random.default_rng(2)
    assert all(DISHONEST[test](rng) for _ in range(30))


def test_limit_bounds_a_judging_to_one_false_alarm_in_a_billion() -> None:
    # custom-init asks most: each row and column of three weights, twice.
    questions = 2 * (3 * 2 * 85 + 20)
    assert 2 * questions * math.exp(-chance.LIMIT) < 2e-9
    # A binomial's tail, summed exactly, is smaller than Chernoff's bound.
    tries, probability = 60, 0.8
    alarms = [
        math.comb(tries, hits) * probability**hits * (1 - probability) ** (tries - hits)
        for hits in range(tries + 1)
        if chance.unlikely_share(hits, tries, probability)
    ]
    assert alarms
    assert sum(alarms) < math.exp(-chance.LIMIT)


def garbage(inputs: Any) -> list[Any]:
    """What no honest probe sends."""
    parameters = [{"value": np.zeros((2, 2), np.float32), "trainable": True}]
    nan = {"value": np.full((3, 3), np.nan), "trainable": True}
    answers: list[Any] = [
        None, True, 3, -1.5, math.nan, "text", [], {}, [[1, [2]], None], {"raised": 3},
        {"unreadable": "torch.Tensor"}, np.zeros(3), np.array(math.inf),
        [None, "a"], [{"value": "x"}] * 6, parameters, [nan] * 6, [parameters] * 2,
    ]  # fmt: skip
    if isinstance(inputs, dict):
        answers += [dict.fromkeys(inputs, answer) for answer in list(answers)]
        answers += [
            {case: {"parameters": answer, "kept": 1, "gradients": answer}
             for case in inputs}
            for answer in list(answers[:18])
        ]  # fmt: skip
    return answers


@pytest.mark.parametrize("framework", FACTS)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_any_answer_is_judged_and_none_of_these_is_right(
    exercise: str, framework: str
) -> None:
    inputs = draw(exercise, framework, 5)
    for answer in garbage(inputs):
        findings = JUDGES[exercise].judge(FACTS[framework], inputs, answer)
        assert findings, answer
        assert all(0 < finding.lost <= 1 for finding in findings)
        record = {"outcome": "done", "answer": answer}
        assert judge(exercise, framework, inputs, record).points == 0, answer


@pytest.mark.parametrize("framework", FACTS)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_right_shapes_with_wrong_numbers_are_judged(
    exercise: str, framework: str
) -> None:
    """NaN, infinity, one value everywhere: found, never an exception."""
    inputs = draw(exercise, framework, 6)
    for number in (math.nan, math.inf, 0.0, 1e300):

        def filled(case: Any, number: float = number) -> Any:
            network = [
                {"value": np.full(slot.shape, number), "trainable": True}
                for slot in slots(FACTS[framework], case["blueprint"])
            ]
            if exercise == "set-directly":
                return {"parameters": network, "kept": True, "gradients": []}
            return network

        if isinstance(inputs, list):
            answer: Any = [filled(case) for case in inputs]
        elif "blueprint" in inputs:
            answer = filled(inputs)
        else:
            answer = {case: filled(asked) for case, asked in inputs.items()}
        record = {"outcome": "done", "answer": answer}
        verdict = judge(exercise, framework, inputs, record)
        assert verdict.points <= verdict.max_points / 2
