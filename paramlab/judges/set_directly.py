"""The judge of set-directly: one weight changed in place, autograd off and on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import reading, reference
from paramlab.judges.blueprints import dense, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.seen import frozen, names, scaled, see
from paramlab.plain import Plain

Array = NDArray[Any]


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    cases = {}
    for case in ("plain", "recording"):
        a, b = (int(size) for size in rng.choice(range(3, 9), 2, replace=False))
        blueprint = sequential(dense(a, b, activation="tanh"), dense(b, 2))
        i, j = (int(place) for place in rng.choice(min(a, b), 2, replace=False))
        sign, other = rng.choice([-1, 1], 2)
        cases[case] = {
            "blueprint": blueprint,
            "values": reference.values(rng, facts, blueprint),
            "X": (0.3 * rng.normal(size=(4, a))).astype(np.float32),
            "amount": float(sign * rng.integers(4, 17) / 8),
            "i": i,
            "j": j,
            "value": float(other * rng.integers(160, 500) / 8),
        }
    return cases


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, dict) else {}
    findings: list[Finding] = []
    for case, asked in inputs.items():
        record = records.get(case)
        problem = reading.raised(record)
        if problem is not None:
            found = [Finding(f"set-directly.raised-{case}", 1.0, {"problem": problem})]
        else:
            found = _not_set(facts, asked, record)
        findings += scaled(found, 0.5)
    return merged(findings)


def _not_set(facts: Facts, asked: Plain, record: Plain) -> list[Finding]:
    record = record if isinstance(record, dict) else {}
    blueprint, before = asked["blueprint"], asked["values"]
    seen = see(facts, blueprint, record.get("parameters"))
    if isinstance(seen, Finding):
        return [seen]
    weight = before[0] + np.float32(asked["amount"])
    weight[asked["i"], asked["j"]] = asked["value"]
    expected = [weight, *before[1:]]
    findings = _wrong_entries(asked, before[0], weight, seen[0].value)
    changed = names(
        one
        for one, value in zip(seen[1:], before[1:], strict=True)
        if not np.array_equal(one.value, value)
    )
    if changed:
        findings.append(Finding("set-directly.others", 0.4, {"names": changed}))
    if record.get("kept") is not True:
        findings.append(Finding("set-directly.replaced", 0.6))
    findings += frozen(seen)
    if findings:
        return findings
    gradients = record.get("gradients")
    right = reference.gradients(facts, blueprint, expected, asked["X"])
    came = gradients if isinstance(gradients, list) else []
    arrays = [reading.array(item) for item in came]
    if len(arrays) != len(right) or any(
        array is None or not reading.close(array, gradient)
        for array, gradient in zip(arrays, right, strict=False)
    ):
        return [Finding("set-directly.gradients", 0.5)]
    return []


def _wrong_entries(
    asked: Plain, before: Array, expected: Array, got: Array
) -> list[Finding]:
    def close(one: Array | float, other: Array | float) -> bool:
        return bool(np.allclose(one, other, rtol=1e-5, atol=1e-5))

    if close(got, expected):
        return []
    i, j = asked["i"], asked["j"]
    amount, value = asked["amount"], asked["value"]
    values = {
        "amount": amount,
        "value": value,
        "i": i,
        "j": j,
        "got": float(got[i, j]),
        "expected": float(expected[i, j]),
    }
    if close(got, before):
        return [Finding("set-directly.unchanged", 1.0, values)]
    if close(got[i, j], value + amount):
        return [Finding("set-directly.order", 0.5, values)]
    if close(got[j, i], value) and not close(got[i, j], value):
        return [Finding("set-directly.transposed", 0.5, values)]
    if not close(got[i, j], value):
        return [Finding("set-directly.entry", 0.6, values)]
    wrong = np.argwhere(~np.isclose(got, expected, rtol=1e-5, atol=1e-5))[0]
    row, column = (int(place) for place in wrong)
    values |= {
        "i": row,
        "j": column,
        "got": float(got[row, column]),
        "expected": float(expected[row, column]),
    }
    return [Finding("set-directly.amount", 0.6, values)]


SET_DIRECTLY = Judge(_draw, _judge)
