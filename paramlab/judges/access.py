"""Judges of 01-access."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint, dense, distinct_sizes, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.gradient_states import GRADIENT_STATES
from paramlab.judges.nested_network import NESTED_NETWORK
from paramlab.judges.reference import Slot, slots, values
from paramlab.plain import Plain

# --- count-parameters ------------------------------------------------------


def _draw_count(rng: np.random.Generator, facts: Facts) -> Plain:
    a, b, c = (int(size) for size in rng.integers(3, 12, size=3))
    plain = sequential(dense(a, b, activation="relu"), dense(b, 1))
    no_bias = sequential(dense(a, c, bias=False), dense(c, b))
    inner = sequential(dense(a, b, activation="relu"), dense(b, a))
    nested = sequential(sequential(inner, inner), dense(a, 1))
    frozen = sequential(dense(a, b, trainable=False), dense(b, c))
    tied = sequential(dense(a, b), *[dense(b, b, key="shared", activation="relu")] * 2)
    normed = sequential(dense(a, b), {"kind": "batchnorm", "features": b})
    return {
        "plain": plain,
        "no-bias": no_bias,
        "nested": nested,
        "frozen": frozen,
        "tied": tied,
        "normed": normed,
    }


def _count(facts: Facts, blueprint: Blueprint) -> int:
    trained = sum(
        int(np.prod(slot.shape)) for slot in slots(facts, blueprint) if slot.trainable
    )
    norms = [item for item in blueprint["layers"] if item["kind"] == "batchnorm"]
    # A batch norm trains a scale and a shift; its statistics are not trained.
    return trained + sum(2 * int(item["features"]) for item in norms)


def _judge_count(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    findings = []
    for case, blueprint in inputs.items():
        came = answer.get(case) if isinstance(answer, dict) else None
        got = reading.integer(came)
        expected = _count(facts, blueprint)
        if got is None:
            kind = reading.kind(came)
            return [Finding("count-parameters.not-a-number", 1.0, {"got": kind})]
        if got != expected:
            counts = {"expected": expected, "got": got}
            findings.append(Finding(f"count-parameters.{case}", 0.25, counts))
    return findings


# --- parameter-shapes ------------------------------------------------------


def _draw_shapes(rng: np.random.Generator, facts: Facts) -> Plain:
    a, b, c, d = distinct_sizes(rng, 4)
    inner = sequential(dense(a, b, activation="relu"), dense(b, a))
    return {
        "plain": sequential(dense(a, b, activation="relu"), dense(b, c)),
        "no-bias": sequential(dense(b, c, bias=False), dense(c, d)),
        "frozen": sequential(dense(c, a, trainable=False), dense(a, d)),
        "nested": sequential(sequential(inner, inner), dense(a, d)),
    }


def _judge_shapes(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    answers = answer if isinstance(answer, dict) else {}
    found = [
        _misshaped(slots(facts, blueprint), answers.get(case))
        for case, blueprint in inputs.items()
    ]
    share = 1 / len(found)
    return merged(replace(one, lost=share) for one in found if one is not None)


def _misshaped(expected: list[Slot], came: Plain) -> Finding | None:
    """Return the gravest mistake in one network's names and shapes."""
    if not isinstance(came, dict) or "unreadable" in came:
        return _shapes_finding("not-a-dict", got=reading.said(came))
    names = [slot.name for slot in expected]
    if any(name not in names for name in came):
        return _shapes_finding("names", expected=names, got=list(came))
    missing = [slot for slot in expected if slot.name not in came]
    if missing:
        frozen = not any(slot.trainable for slot in missing)
        said = [slot.name for slot in missing]
        return _shapes_finding("frozen" if frozen else "missing", missing=said)
    for slot in expected:
        got = reading.shape(came[slot.name])
        if got != slot.shape:
            key = "turned" if got == slot.shape[::-1] else "shape"
            shown = reading.said(came[slot.name]) if got is None else str(got)
            return _shapes_finding(
                key, name=slot.name, expected=str(slot.shape), got=shown
            )
    return None


def _shapes_finding(name: str, /, **values: Any) -> Finding:
    return Finding(f"parameter-shapes.{name}", values=values)


# --- nested-bias -----------------------------------------------------------


def _draw_bias(rng: np.random.Generator, facts: Facts) -> Plain:
    cases = []
    # Sub-blocks of two layers, then of three: counting along the list of all
    # parameters must not do in place of looking into the blocks.
    for depth, blocks in ((2, 3), (3, 2)):
        inputs, hiddens, outputs = distinct_sizes(rng, 3)
        inner = sequential(
            dense(inputs, hiddens, activation="relu"),
            *[dense(hiddens, hiddens, activation="relu")] * (depth - 2),
            dense(hiddens, inputs, activation="relu"),
        )
        net = sequential(sequential(*[inner] * blocks), dense(inputs, outputs))
        case = {
            "blueprint": net,
            "values": values(rng, facts, net),
            "indices": [int(i) for i in rng.permutation(blocks)],
        }
        cases.append(case)
    return cases


def _judge_bias(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    asked = [(case, i) for case in inputs for i in case["indices"]]
    if not isinstance(answer, list) or len(answer) != len(asked):
        return [Finding("nested-bias.not-values", values={"got": reading.said(answer)})]
    found = [
        _misread_bias(facts, case, i, record)
        for (case, i), record in zip(asked, answer, strict=True)
    ]
    share = 1 / len(asked)
    return merged(
        replace(one, lost=one.lost * share) for one in found if one is not None
    )


def _misread_bias(facts: Facts, case: Plain, i: int, record: Plain) -> Finding | None:
    """Say what is wrong with what came for sub-block ``i``."""
    blocks = case["blueprint"]["layers"][0]["layers"]
    # Each layer has a weight, then a bias.
    wanted = 2 * sum(len(block["layers"]) for block in blocks[:i]) + 1
    record = record if isinstance(record, dict) else {}
    got = reading.array(record.get("value"))
    if got is None:
        kind = reading.said(record.get("value"))
        return Finding("nested-bias.not-values", values={"got": kind})
    if reading.close(got, case["values"][wanted]):
        if record.get("class") == "Parameter" and not facts.parameter_is_tensor:
            return Finding("nested-bias.object", lost=0.5)
        return None
    names = [slot.name for slot in slots(facts, case["blueprint"])]
    details = {
        "index": i,
        "name": names[wanted],
        "expected": case["values"][wanted],
        "got": got,
    }
    for name, other in zip(names, case["values"], strict=True):
        if reading.close(got, other):
            return Finding("nested-bias.other", values={**details, "other": name})
    return Finding("nested-bias.value", values=details)


JUDGES = {
    "count-parameters": Judge(_draw_count, _judge_count),
    "parameter-shapes": Judge(_draw_shapes, _judge_shapes),
    "nested-bias": Judge(_draw_bias, _judge_bias),
    "gradient-states": GRADIENT_STATES,
    "nested-network": NESTED_NETWORK,
}
