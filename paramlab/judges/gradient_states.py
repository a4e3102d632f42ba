"""The judge of gradient-states: a gradient before, after and when cleared.

Where a framework's parameters hold no gradient, the three are answers of a tape:
it knows nothing of what it has not recorded, nor of what it was told to forget.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Absent, Facts
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint, dense, distinct_sizes, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.reference import gradients, slots, values
from paramlab.plain import Plain

Array = NDArray[Any]


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    a, b, c, d = distinct_sizes(rng, 4)
    shallow = sequential(dense(a, b, activation="relu"), dense(b, c))
    deep = sequential(
        dense(c, d, activation="relu"), dense(d, b, activation="relu"), dense(b, 1)
    )
    return [_draw_case(rng, facts, net) for net in (shallow, deep)]


def _draw_case(
    rng: np.random.Generator, facts: Facts, net: Blueprint
) -> dict[str, Plain]:
    while True:
        X = rng.normal(size=(4, net["layers"][0]["inputs"])).astype(np.float32)
        drawn = values(rng, facts, net)
        gradient = gradients(facts, net, drawn, X)[_last_weight(facts, net)]
        # Units that are all dead give the zeros that a cleared gradient has.
        if np.max(np.abs(gradient)) > 0.5:
            return {"blueprint": net, "values": drawn, "X": X}


def _last_weight(facts: Facts, net: Blueprint) -> int:
    roles = [slot.role for slot in slots(facts, net)]
    return len(roles) - 1 - roles[::-1].index("weight")


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, list) else []
    found: list[Finding] = []
    for n, case in enumerate(inputs):
        record = records[n] if n < len(records) else None
        found += _judge_case(facts, case, record if isinstance(record, dict) else {})
    return merged(replace(one, lost=one.lost / len(inputs)) for one in found)


def _judge_case(facts: Facts, case: Plain, record: dict[str, Plain]) -> list[Finding]:
    states = record.get("states")
    if not isinstance(states, dict) or "unreadable" in states:
        return [_finding("not-a-dict", 1.0, got=reading.said(states))]
    missing = [name for name in ("before", "after", "cleared") if name not in states]
    if missing:
        return [_finding("keys", 1.0, missing=missing, got=list(states))]
    shared = record.get("shared")
    shared = shared if isinstance(shared, list) else []
    found = gradients(facts, case["blueprint"], case["values"], case["X"])
    place = _last_weight(facts, case["blueprint"])
    left = record.get("left")
    held = left[place] if isinstance(left, list) and place < len(left) else None
    findings = [
        _before(facts, states["before"], found[place].shape, "before" in shared),
        _after(facts, case, states["after"], found, "after" in shared),
        _cleared(facts, states["cleared"], found[place], held),
    ]
    return [finding for finding in findings if finding is not None]


def _finding(name: str, lost: float, /, **values: Any) -> Finding:
    return Finding(f"gradient-states.{name}", lost, values)


def _before(
    facts: Facts, came: Plain, shape: tuple[int, ...], shared: bool
) -> Finding | None:
    got = reading.shown(came)
    if isinstance(facts.gradient_before, Absent):
        return None if came is None else _finding("before-tape", 0.25, got=got)
    if facts.gradient_before == "none":
        return None if came is None else _finding("before-none", 0.25, got=got)
    if _is_zeros(came, shape):
        return None
    if shared:
        zeros = np.zeros(shape)
        return _finding("shared", 0.25, state="before", expected=zeros, got=got)
    return _finding("before-zeros", 0.25, expected=str(shape), got=got)


def _after(
    facts: Facts, case: Plain, came: Plain, found: list[Array], shared: bool
) -> Finding | None:
    place = _last_weight(facts, case["blueprint"])
    details = {"expected": found[place], "got": reading.shown(came)}
    got = reading.array(came)
    if got is None:
        tape = isinstance(facts.gradient_before, Absent) and came is None
        return _finding("after-tape" if tape else "after-none", 0.5, **details)
    if reading.close(got, found[place]):
        return None
    if not np.any(got):
        # Nothing at all is left of a gradient whose memory was let go.
        if shared or got.size == 0:
            return _finding("shared", 0.5, state="after", **details)
        return _finding("after-zeros", 0.5, **details)
    ratio = _ratio(got, found[place])
    if ratio is not None:
        return _finding("multiple", 0.5, ratio=ratio, **details)
    names = [slot.name for slot in slots(facts, case["blueprint"])]
    for name, other in zip(names, found, strict=True):
        if reading.close(got, other):
            details |= {"name": names[place], "other": name}
            return _finding("other", 0.5, **details)
    if reading.close(got, case["values"][place]):
        return _finding("weight", 0.5, **details)
    return _finding("after", 0.5, **details)


def _cleared(facts: Facts, came: Plain, gradient: Array, held: Plain) -> Finding | None:
    if isinstance(facts.gradient_cleared, Absent):
        got = reading.shown(came)
        return None if came is None else _finding("cleared-tape", 0.25, got=got)
    if _is_clear(facts, came, gradient.shape):
        if _is_clear(facts, held, gradient.shape):
            return None
        return _finding("left", 0.25, got=reading.shown(held))
    got = reading.array(came)
    kept = got is not None and _ratio(got, gradient) is not None
    key = "not-cleared" if kept else "cleared"
    return _finding(key, 0.25, got=reading.shown(came))


def _is_clear(facts: Facts, came: Plain, shape: tuple[int, ...]) -> bool:
    if came is None:
        # What may be None at first may be let go of later, too.
        return "none" in (facts.gradient_before, facts.gradient_cleared)
    return _is_zeros(came, shape)


def _is_zeros(came: Plain, shape: tuple[int, ...]) -> bool:
    got = reading.array(came, shape)
    return got is not None and not np.any(got)


def _ratio(got: Array, expected: Array) -> float | None:
    """Return how many times the expected array came, if it is a multiple."""
    if got.shape != expected.shape or not np.all(np.isfinite(got)):
        return None
    ratio = float(np.sum(got * expected) / np.sum(expected**2))
    same = abs(ratio) > 1e-6 and reading.close(got, ratio * expected)
    return ratio if same else None


GRADIENT_STATES = Judge(_draw, _judge)
