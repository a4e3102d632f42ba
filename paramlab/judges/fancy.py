"""Judge of fancy-access: the parameters of the book's FancyMLP.

Each case is one FancyMLP, whose constant is held in another way; the student
sees the network only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts, Holding
from paramlab.judges import reading
from paramlab.judges.finding import Finding, Judge
from paramlab.plain import Plain

Array = NDArray[Any]

ROWS = 2
# Nearer than this to the kink of a relu, or to a norm where one more halving
# starts, float32 may fall on the other side.
SAFE_DISTANCE = 1e-3

# What each part of the answer is worth; they sum to 1.
WORTH = {
    "weight": 0.15,
    "bias": 0.1,
    "constant": 0.15,
    "gradient": 0.15,
    "listed": 0.15,
    "saved": 0.15,
    "trained": 0.15,
}
FLAGS = ("listed", "saved", "trained")


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    order = rng.permutation(sorted(facts.fancy_constant))
    return {"cases": [_draw_case(rng, facts, str(holding)) for holding in order]}


def _draw_case(rng: np.random.Generator, facts: Facts, holding: str) -> Plain:
    units = int(rng.integers(12, 24))
    while True:
        case = {
            "weight": rng.normal(0, np.sqrt(2 / units), (units, units)),
            "bias": rng.normal(0, 0.5, units),
            "constant": rng.uniform(0, 1, (units, units)),
            "X": rng.normal(size=(ROWS, units)),
        }
        case = {key: value.astype(np.float32) for key, value in case.items()}
        gradient, distance = fancy_gradient(facts, **case)
        if distance > SAFE_DISTANCE and np.abs(gradient).max() > 1e-3:
            return {**case, "holding": holding}


def fancy_gradient(
    facts: Facts, weight: Array, bias: Array, constant: Array, X: Array
) -> tuple[Array, float]:
    """Return d(output)/d(weight), and how far from the nearest jump it holds."""
    weight, bias, constant, X = (
        np.asarray(value, dtype=np.float64) for value in (weight, bias, constant, X)
    )
    W = weight.T if facts.weight_layout == "out_in" else weight
    active = facts.fancy_activation == "relu"

    first = X @ W + bias
    hidden = np.maximum(first, 0) if active else first
    second = hidden @ constant + 1
    kept = np.maximum(second, 0)
    third = kept @ W + bias
    out = np.maximum(third, 0) if active else third
    norm = float(np.abs(out).sum())
    halvings = 0
    while norm / 2**halvings > 1:
        halvings += 1

    kinks = [first, second, third] if active else [second]
    jump = abs(np.log2(norm) - np.round(np.log2(norm))) if norm > 0.5 else 1.0
    distance = min(jump, *(float(np.abs(values).min()) for values in kinks))

    delta_out = np.full_like(out, 0.5**halvings) * ((third > 0) if active else 1)
    delta_hidden = (delta_out @ W.T) * (second > 0) @ constant.T
    delta_first = delta_hidden * ((first > 0) if active else 1)
    gradient = X.T @ delta_first + kept.T @ delta_out
    return (gradient.T if facts.weight_layout == "out_in" else gradient), distance


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    found: dict[str, Finding] = {}
    answers = answer if isinstance(answer, list) else []
    for n, case in enumerate(inputs["cases"]):
        came = answers[n] if n < len(answers) else None
        for finding in _judge_case(facts, case, came):
            # One finding of a kind: the next case would say the same again.
            found.setdefault(finding.key, finding)
    return list(found.values())


def _judge_case(facts: Facts, case: Plain, came: Plain) -> list[Finding]:
    holding = facts.fancy_constant[case["holding"]]
    raised = reading.raised(came)
    if raised is not None:
        values = {"code": holding.code, "got": raised}
        return [Finding("fancy-access.raised", 0.3, values)]
    answer = came.get("came") if isinstance(came, dict) else None
    if not isinstance(answer, dict):
        return [Finding("fancy-access.not-a-dict", 1.0, {"got": reading.kind(answer)})]
    missing = [key for key in WORTH if key not in answer]
    if missing:
        lost = sum(WORTH[key] for key in missing)
        names = ", ".join(missing)
        return [Finding("fancy-access.missing", lost, {"missing": names})]
    gradient, _ = fancy_gradient(
        facts, *(case[key] for key in ("weight", "bias", "constant", "X"))
    )
    return [
        *_judge_values({**case, "gradient": gradient}, answer),
        *_judge_flags(holding, answer),
    ]


def _judge_values(expected: dict[str, Any], answer: Plain) -> list[Finding]:
    findings = []
    for key in ("weight", "bias", "constant", "gradient"):
        got = reading.array(answer[key])
        if got is not None and reading.close(got, expected[key], 1e-3):
            continue
        name = f"fancy-access.{key}"
        if key == "gradient" and (got is None or not np.any(got)):
            name = "fancy-access.no-gradient"
        elif got is not None and reading.close(got.T, expected[key], 1e-3):
            name = "fancy-access.transposed"
        values = {
            "part": key,
            "expected": _show(expected[key]),
            "got": reading.kind(answer[key]) if got is None else _show(got),
        }
        findings.append(Finding(name, WORTH[key], values))
    return findings


def _judge_flags(holding: Holding, answer: Plain) -> list[Finding]:
    findings = []
    for key in FLAGS:
        expected: bool = getattr(holding, key)
        got = reading.truth(answer[key])
        if got is not expected:
            values = {
                "code": holding.code,
                "expected": expected,
                "got": reading.kind(answer[key]) if got is None else got,
            }
            findings.append(Finding(f"fancy-access.{key}", WORTH[key], values))
    return findings


def _show(values: Array) -> Array:
    """Take a corner: a message has no room for more."""
    return values[tuple(slice(2) for _ in range(values.ndim))]


JUDGE = Judge(_draw, _judge)
