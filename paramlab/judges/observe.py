"""Judge of observe: each step's parameters and gradients, while it trains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.blueprints import dense, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.reference import values
from paramlab.judges.tied_train import tied_mlp
from paramlab.judges.training import (
    Array,
    Task,
    Values,
    all_close,
    among,
    draw_data,
    minus,
    ratio,
    read_values,
    scaled,
)
from paramlab.plain import Plain

STEPS = 3
ROWS = 7

# What each mistake costs, in each of the two cases.
LOST = {
    "raised": 0.5,
    "not-a-list": 0.5,
    "steps": 0.4,
    "not-a-dict": 0.5,
    "missing": 0.3,
    "pair": 0.5,
    "same-values": 0.4,
    "after-update": 0.3,
    "start": 0.3,
    "no-gradient": 0.3,
    "same-gradients": 0.2,
    "late-gradient": 0.3,
    "accumulates": 0.3,
    "gradient": 0.3,
    "not-trained": 0.3,
    "update": 0.3,
}


def _finding(name: str, **told: Any) -> Finding:
    return Finding(f"observe.{name}", LOST[name], told)


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    inputs, hiddens = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    plain = sequential(
        dense(inputs, hiddens, activation="tanh"),
        dense(hiddens, hiddens - 2, activation="tanh"),
        dense(hiddens - 2, 1),
    )
    networks = [tied_mlp(inputs, hiddens, "tanh"), plain]
    return {
        "cases": [
            {
                "blueprint": networks[n],
                "values": values(rng, facts, networks[n]),
                **draw_data(rng, ROWS, inputs),
                "rate": round(float(rng.uniform(0.02, 0.06)), 4),
                "steps": STEPS + n,
            }
            for n in rng.permutation(2)
        ]
    }


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    answers = answer if isinstance(answer, list) else []
    findings: list[Finding] = []
    for n, case in enumerate(inputs["cases"]):
        record = answers[n] if n < len(answers) else None
        findings += _judge_case(facts, case, record if isinstance(record, dict) else {})
    return merged(findings)


@dataclass(frozen=True)
class _Watched:
    """What the student recorded: values and gradients, step by step."""

    values: list[list[Array]]
    gradients: list[list[Array] | None]  # None where a step has none at all


def _judge_case(facts: Facts, case: Plain, record: Plain) -> Iterator[Finding]:
    raised = reading.raised(record)
    if raised is not None:
        yield _finding("raised", got=raised)
        return
    watched = _read(case, record)
    if isinstance(watched, Finding):
        yield watched
        return
    task = Task(facts, case["blueprint"], case["X"], case["y"])
    wrong = _wrong_values(task, case, watched)
    if wrong is not None:
        yield wrong
        return
    scale = _scale(task, watched)
    if isinstance(scale, Finding):
        yield scale
        return
    wrong_end = _wrong_update(task, case, record, watched, scale)
    if wrong_end is not None:
        yield wrong_end


# --- What came ----------------------------------------------------------------


def _read(case: Plain, record: Plain) -> _Watched | Finding:
    """Bring what was recorded into the order of our parameters."""
    came = record.get("came")
    if not isinstance(came, list):
        return _finding("not-a-list", got=reading.kind(came))
    if len(came) != case["steps"]:
        return _finding("steps", expected=case["steps"], got=len(came))
    if not all(isinstance(step, dict) for step in came):
        other = next(step for step in came if not isinstance(step, dict))
        return _finding("not-a-dict", got=reading.kind(other))
    names = _names(case, record, came)
    known = record.get("names")
    known = known if isinstance(known, list) else []
    missing = [n for n in range(len(case["values"])) if n not in names.values()]
    if missing:
        told = ", ".join(str(known[n]) for n in missing if n < len(known))
        keys = ", ".join(list(came[0])[:8])
        return _finding("missing", missing=told, got=keys)
    return _read_steps(case, came, names)


def _names(case: Plain, record: Plain, came: list[Plain]) -> dict[str, int]:
    """Find which parameter each key of the student's means: key -> its place.

    Keys may be the framework's names, or others for the same numbers.
    """
    listed = record.get("names")
    known = [str(name) for name in listed] if isinstance(listed, list) else []
    found = {}
    for key, item in came[0].items():
        if key in known[: len(case["values"])]:
            found[key] = known.index(key)
            continue
        place = _nearest(_part(item, 0), case["values"])
        if place is not None:
            found[key] = place
    return found


def _nearest(value: Array | None, given: Values) -> int | None:
    """Return the place of the parameter that a value is, or was, nearest to."""
    distances = {
        place: float(np.abs(value - other).sum())
        for place, other in enumerate(given)
        if value is not None and value.shape == other.shape
    }
    return min(distances, key=distances.__getitem__, default=None)


def _part(item: Plain, place: int) -> Array | None:
    """Return the value (0) or the gradient (1) of a pair."""
    if isinstance(item, np.ndarray) and item.ndim == 0:
        return None
    if not isinstance(item, list | np.ndarray) or len(item) != 2:
        return None
    return reading.array(item[place])


def _read_steps(
    case: Plain, came: list[Plain], names: dict[str, int]
) -> _Watched | Finding:
    watched = _Watched([], [])
    for step in came:
        own: dict[int, Array] = {}
        gradients: dict[int, Array] = {}
        for key, place in names.items():
            item = step.get(key)
            value, gradient = _part(item, 0), _part(item, 1)
            shape = case["values"][place].shape
            if value is None or value.shape != shape:
                got = reading.kind(item)
                return _finding("pair", part=key, expected=list(shape), got=got)
            own[place] = value
            if gradient is not None and gradient.shape == shape:
                gradients[place] = gradient
        count = len(case["values"])
        watched.values.append([own[n] for n in range(count)])
        every = len(gradients) == count
        watched.gradients.append(
            [gradients[n] for n in range(count)] if every else None
        )
    return watched


# --- Is it right? -------------------------------------------------------------


def _wrong_values(task: Task, case: Plain, watched: _Watched) -> Finding | None:
    """Look whether the first step's values are those before any update."""
    start, first, last = case["values"], watched.values[0], watched.values[-1]
    if all_close(first, start):
        return None
    if all(np.array_equal(a, b) for a, b in zip(first, last, strict=True)):
        return _finding("same-values")
    base = scaled(task.gradients(start), case["rate"])
    if among(ratio(minus(start, first), base), task.scales) is not None:
        return _finding("after-update")
    return _finding("start", expected=start[0].ravel()[:3], got=first[0].ravel()[:3])


def _scale(task: Task, watched: _Watched) -> float | Finding:
    """Return which of the accepted losses the gradients belong to."""
    expected = [task.gradients(step) for step in watched.values]
    scale: float | None = None
    for n, gradients in enumerate(watched.gradients):
        if gradients is None or not any(np.any(part) for part in gradients):
            return _finding("no-gradient", step=n)
        found = among(ratio(gradients, expected[n]), task.scales)
        if found is None or scale not in (None, found):
            return _wrong_gradient(task, watched, expected, n)
        scale = found
    assert scale is not None  # there is at least one step
    return scale


def _wrong_gradient(
    task: Task, watched: _Watched, expected: list[list[Array]], n: int
) -> Finding:
    every = [gradients or [] for gradients in watched.gradients]
    got = every[n]
    first, last = every[0], every[-1]
    if all(np.array_equal(a, b) for a, b in zip(first, last, strict=True)):
        return _finding("same-gradients")
    total = [np.sum(parts, axis=0) for parts in zip(*expected[: n + 1], strict=True)]
    if n and among(ratio(got, total), task.scales) is not None:
        return _finding("accumulates", step=n)
    if n and among(ratio(got, expected[n - 1]), task.scales) is not None:
        return _finding("late-gradient", step=n)
    return _finding(
        "gradient",
        step=n,
        expected=2 / len(task.X) * expected[n][0].ravel()[:3],
        got=got[0].ravel()[:3],
    )


def _wrong_update(
    task: Task, case: Plain, record: Plain, watched: _Watched, scale: float
) -> Finding | None:
    """Look whether each step led to the next, and the last to where it ended."""
    end = read_values(record.get("after"), case["values"])
    if end is None:
        return _finding("update", step=0, rate=case["rate"])
    places = [*watched.values, end]
    # A trainer may divide a gradient of the sum by the batch size.
    used: float | None = None
    for n, gradients in enumerate(watched.gradients):
        change = minus(places[n], places[n + 1])
        if not any(np.any(part) for part in change):
            return _finding("not-trained", step=n)
        factor = ratio(change, scaled(gradients or [], case["rate"]))
        whole = among(None if factor is None else factor * scale, task.scales)
        if whole is None or used not in (None, whole):
            return _finding("update", step=n, rate=case["rate"])
        used = whole
    return None


JUDGE = Judge(_draw, _judge)
