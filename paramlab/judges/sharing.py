"""Judge of why-share: what sharing a layer saves, adds up and can express."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.plain import Plain

Array = NDArray[Any]

CASES = 4
ROWS = 12
# Adam keeps a parameter, its gradient and two running means of it.
ADAM_NUMBERS = 4
KEYS = ("parameters", "bytes", "products", "gradient", "share")


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    shared = rng.permutation([True, True, False, False])
    return {"cases": [_draw_case(rng, bool(same)) for same in shared]}


def _draw_case(rng: np.random.Generator, same: bool) -> Plain:
    width, uses = int(rng.integers(3, 9)), int(rng.integers(3, 7))
    gradients = rng.normal(size=(uses, width, width)).astype(np.float32)
    first = rng.normal(size=(width, width))
    second = first if same else first + rng.normal(size=(width, width))
    places = []
    for weight in (first, second):
        X = rng.normal(size=(ROWS, width))
        places.append([X.astype(np.float32), (X @ weight).astype(np.float32)])
    return {
        "width": width,
        "num_uses": uses,
        "num_bytes": int(rng.choice([2, 4, 8])),
        "gradients": list(gradients),
        "places": places,
    }


def _serves_both(places: Plain) -> bool:
    """Tell whether one matrix maps X to Y at both places."""
    X, Y = (
        np.concatenate(parts).astype(np.float64) for parts in zip(*places, strict=True)
    )
    weight = np.linalg.lstsq(X, Y, rcond=None)[0]
    return reading.close(X @ weight, Y, relative=1e-3)


def _expected(case: Plain) -> dict[str, Any]:
    width, uses = case["width"], case["num_uses"]
    layer = width * width + width
    saved = (uses - 1) * layer
    return {
        "parameters": saved,
        "bytes": saved * ADAM_NUMBERS * case["num_bytes"],
        "products": uses * width * width,
        "gradient": np.sum(case["gradients"], axis=0, dtype=np.float64),
        "share": _serves_both(case["places"]),
    }


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    answers = answer if isinstance(answer, list) else []
    findings: list[Finding] = []
    for n, case in enumerate(inputs["cases"]):
        came = answers[n] if n < len(answers) else None
        findings += _judge_case(case, came)
    return merged(findings)


def _judge_case(case: Plain, came: Plain) -> list[Finding]:
    raised = reading.raised(came)
    if raised is not None:
        return [Finding("why-share.raised", 1 / CASES, {"got": raised})]
    answer = came.get("came") if isinstance(came, dict) else None
    if not isinstance(answer, dict):
        got = reading.kind(answer)
        return [Finding("why-share.not-a-dict", 1 / CASES, {"got": got})]
    findings = []
    for key, expected in _expected(case).items():
        if key not in answer:
            name = "why-share.missing"
            findings.append(Finding(name, 1 / len(KEYS) / CASES, {"part": key}))
        elif not _right(answer[key], expected):
            # Half of the cases have each answer to "share": one that is wrong
            # half of the time knows nothing.
            lost = (2 if key == "share" else 1) / len(KEYS) / CASES
            findings.append(_finding(case, key, answer[key], expected, lost))
    return findings


def _right(got: Plain, expected: Any) -> bool:
    if isinstance(expected, bool):
        return reading.truth(got) is expected
    if isinstance(expected, int):
        return reading.integer(got) == expected
    values = reading.array(got)
    return values is not None and reading.close(values, expected)


def _finding(case: Plain, key: str, got: Plain, expected: Any, lost: float) -> Finding:
    told = {
        "width": case["width"],
        "uses": case["num_uses"],
        "size": case["num_bytes"],
        "expected": expected if isinstance(expected, int) else expected[0],
        "got": _told(got),
    }
    return Finding(f"why-share.{_name(case, key, got)}", lost, told)


def _name(case: Plain, key: str, got: Plain) -> str:
    """Name the mistake, where the answer shows which one it is."""
    width, uses, size = case["width"], case["num_uses"], case["num_bytes"]
    layer = width * width + width
    number = reading.number(got)
    mistakes: dict[str, dict[str, float]] = {
        "parameters": {
            "no-bias": (uses - 1) * width * width,
            "all-uses": uses * layer,
            "left": layer,
        },
        "bytes": {
            "values-only": (uses - 1) * layer * size,
            "no-moments": (uses - 1) * layer * size * 2,
        },
        "products": {
            "once": width * width,
            "saved": (uses - 1) * width * width,
        },
    }
    for name, value in mistakes.get(key, {}).items():
        if number == value:
            return f"{key}-{name}"
    values = reading.array(got)
    if key == "gradient" and values is not None:
        mean = np.mean(case["gradients"], axis=0, dtype=np.float64)
        if reading.close(values, mean):
            return "gradient-mean"
        if any(reading.close(values, part) for part in case["gradients"]):
            return "gradient-one"
    return key


def _told(got: Plain) -> Any:
    if isinstance(got, bool | int | float | str):
        return got
    values = reading.array(got)
    if values is None or values.size == 0:
        return reading.kind(got)
    return values[0] if values.ndim > 1 else values


JUDGE = Judge(_draw, _judge)
