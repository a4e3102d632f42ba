"""Judges of 02-initialization."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import chance
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.keep_signal import KEEP_SIGNAL
from paramlab.judges.reading import raised
from paramlab.judges.seen import Seen, filled, frozen, names, role, scaled, see
from paramlab.judges.set_directly import SET_DIRECTLY
from paramlab.plain import Plain

Array = NDArray[Any]

# --- normal-init -----------------------------------------------------------

NORMAL_STD = 0.01


def _draw_normal(rng: np.random.Generator, facts: Facts) -> Plain:
    a, b, c, d, e = (int(size) for size in rng.integers(70, 100, size=5))
    inner = sequential(dense(a, b, activation="relu"), dense(b, c))
    nested = sequential(sequential(inner, dense(c, d)), dense(d, e))
    bare = sequential(dense(a, c, bias=False, activation="relu"), dense(c, b))
    return {
        "nested": filled(rng, facts, nested),
        "no-bias": filled(rng, facts, bare),
    }


def _judge_normal(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, dict) else {}
    findings = _normal(facts, inputs["nested"], records.get("nested"))
    if findings:
        return findings
    bare = records.get("no-bias")
    problem = raised(bare)
    if problem is not None:
        return [Finding("normal-init.no-bias-raised", 0.2, {"problem": problem})]
    if _normal(facts, inputs["no-bias"], bare):
        return [Finding("normal-init.no-bias", 0.2)]
    return []


def _normal(facts: Facts, case: Plain, record: Plain) -> list[Finding]:
    seen = see(facts, case["blueprint"], record, case["fills"])
    if isinstance(seen, Finding):
        return [seen]
    weights, biases = role(seen, "weight"), role(seen, "bias")
    changed = [weight.value for weight in weights if not weight.untouched]
    if not changed:
        return [Finding("normal-init.unchanged")]
    findings = frozen(seen)
    if len(changed) < len(weights):
        counts = {"changed": len(changed), "total": len(weights)}
        findings.append(Finding("normal-init.some-weights", 0.5, counts))
    largest = max(float(np.max(np.abs(bias.value))) for bias in biases)
    if largest > 0:
        findings.append(Finding("normal-init.biases", 0.3, {"got": largest}))
    return findings + _not_normal(changed)


def _not_normal(weights: list[Array]) -> list[Finding]:
    """Hold the weights together, and each on its own, against N(0, 0.01²)."""
    pooled = np.concatenate([weight.ravel() for weight in weights])
    found = {"mean": float(pooled.mean()), "std": float(pooled.std())}
    if found["std"] < 1e-7 * max(1.0, abs(found["mean"])):
        return [Finding("normal-init.constant", 0.8, found)]
    if chance.repeated(pooled):
        return [Finding("normal-init.repeated", 0.5)]
    for part in (pooled, *weights):
        # Held against its own spread: what is too wide is not called off centre.
        if chance.unlikely_mean(part, max(NORMAL_STD, float(part.std()))):
            return [Finding("normal-init.mean", 0.7, found)]
        if chance.unlikely_spread(part, NORMAL_STD):
            worst = {"std": float(part.std())}
            return [Finding("normal-init.spread", 0.7, worst)]
    if chance.unlike_normal(pooled, NORMAL_STD) or _cut_off(pooled):
        largest = float(np.max(np.abs(pooled)))
        return [Finding("normal-init.shape", 0.6, {"largest": largest})]
    return []


def _cut_off(values: Array) -> bool:
    """Tell whether too few (or too many) lie beyond three standard deviations."""
    beyond = int(np.sum(np.abs(values) > 3 * NORMAL_STD))
    return chance.unlikely_share(beyond, values.size, math.erfc(3 / math.sqrt(2)))


# --- block-init ------------------------------------------------------------


def _draw_blocks(rng: np.random.Generator, facts: Facts) -> Plain:
    a, b = int(rng.integers(90, 120)), int(rng.integers(180, 220))
    hidden = [b, *(int(size) for size in rng.integers(5, 12, rng.integers(2, 5)))]
    layers = [
        dense(inputs, outputs, activation="relu")
        for inputs, outputs in zip([a, *hidden], hidden, strict=False)
    ]
    last = dense(hidden[-1], int(rng.integers(3, 7)))
    case = filled(rng, facts, sequential(*layers, last))
    return {**case, "constant": int(rng.integers(30, 400)) / 4}


def _judge_blocks(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    seen = see(facts, inputs["blueprint"], answer, inputs["fills"])
    if isinstance(seen, Finding):
        return [seen]
    weights = role(seen, "weight")
    first, last = weights[0], weights[-1]
    constant = float(inputs["constant"])
    findings = frozen(seen) + _not_xavier(first, facts)
    if not np.all(np.abs(last.value - constant) <= 1e-6 * constant):
        got = {"constant": constant, "got": float(last.value.flat[0])}
        kind = "last-unchanged" if last.untouched else "constant"
        findings.append(Finding(f"block-init.{kind}", 0.4, got))
    others = [one for one in seen if one is not first and one is not last]
    changed = names(one for one in others if not one.untouched)
    if changed:
        findings.append(Finding("block-init.others", 0.3, {"names": changed}))
    return findings


def _not_xavier(first: Seen, facts: Facts) -> list[Finding]:
    if first.untouched:
        return [Finding("block-init.first-unchanged", 0.6)]
    values = first.value
    largest = float(np.max(np.abs(values)))
    fan_in, fan_out = first.slot.shape
    if facts.weight_layout == "out_in":
        fan_in, fan_out = fan_out, fan_in
    bound = math.sqrt(6 / (fan_in + fan_out))
    found = {"fan_in": fan_in, "fan_out": fan_out, "expected": bound, "got": largest}
    if np.ptp(values) == 0:
        return [Finding("block-init.first-constant", 0.6, found)]
    if chance.repeated(values):
        return [Finding("block-init.repeated", 0.6)]
    if chance.unlike_uniform(values, -largest, largest):
        return [Finding("block-init.shape", 0.6, found)]
    if chance.unlikely_largest(values, bound):
        return [Finding("block-init.bound", 0.6, found)]
    return []


# --- custom-init -----------------------------------------------------------


def _draw_custom(rng: np.random.Generator, facts: Facts) -> Plain:
    # The chapter's shortcut, U(-high, high) with what is small set to 0, has
    # low / high zeros: it must not do for the other rule.
    low, high, zeros = 0.0, 1.0, 0.0
    while abs(low / high - zeros) < 0.15:
        low = float(rng.integers(1, 16)) / 4
        high = low + float(rng.integers(2, 7)) / 2
        zeros = float(rng.choice([0.2, 0.25, 0.3, 0.7, 0.75, 0.8]))
    rules = {
        "chapter": {"low": 5.0, "high": 10.0, "zeros": 0.5},
        "other": {"low": low, "high": high, "zeros": zeros},
    }
    return {
        case: {**filled(rng, facts, _custom_network(rng)), **rule}
        for case, rule in rules.items()
    }


def _custom_network(rng: np.random.Generator) -> Blueprint:
    a, b, c, d = (int(size) for size in rng.integers(60, 85, size=4))
    inner = sequential(dense(b, c, activation="relu"))
    return sequential(dense(a, b, activation="relu"), inner, dense(c, d))


def _judge_custom(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, dict) else {}
    findings: list[Finding] = []
    for case, asked in inputs.items():
        findings += scaled(_not_custom(facts, asked, records.get(case)), 0.5)
    return merged(findings)


def _not_custom(facts: Facts, asked: Plain, record: Plain) -> list[Finding]:
    seen = see(facts, asked["blueprint"], record, asked["fills"])
    if isinstance(seen, Finding):
        return [seen]
    rule = {name: float(asked[name]) for name in ("low", "high", "zeros")}
    weights = role(seen, "weight")
    changed = [weight.value for weight in weights if not weight.untouched]
    if not changed:
        return [Finding("custom-init.unchanged", values=rule)]
    if not any(np.any(weight) for weight in changed):
        return [Finding("custom-init.all-zero", values=rule)]
    findings = frozen(seen)
    if len(changed) < len(weights):
        counts = {"changed": len(changed), "total": len(weights)}
        findings.append(Finding("custom-init.some-weights", 0.5, counts))
    biases = names(
        bias
        for bias in role(seen, "bias")
        if not bias.untouched and (facts.rule_keeps_bias or np.any(bias.value))
    )
    if biases:
        findings.append(Finding("custom-init.biases", 0.3, {"names": biases}))
    return findings + _not_in_parts(changed, **rule)


def _not_in_parts(
    weights: list[Array], low: float, high: float, zeros: float
) -> list[Finding]:
    """Hold the weights against the three parts: U(-high, -low), 0, U(low, high)."""
    pooled = np.concatenate([weight.ravel() for weight in weights])
    sizes = np.abs(pooled)
    slack = 1e-5 * high
    parts = {"low": low, "high": high, "zeros": zeros}
    outside = (sizes != 0) & ((sizes < low - slack) | (sizes > high + slack))
    if np.any(outside):
        came = {"share": float(outside.mean()), "got": float(pooled[outside][0])}
        return [Finding("custom-init.outside", 0.7, {**parts, **came})]
    came = {"share": float(np.mean(sizes == 0))}
    if chance.unlikely_share(int(np.sum(sizes == 0)), sizes.size, zeros):
        return [Finding("custom-init.zeros", 0.7, {**parts, **came})]
    if any(_zeros_in_lines(weight, zeros) for weight in weights):
        return [Finding("custom-init.lines", 0.6, parts)]
    drawn = pooled[sizes != 0]
    positive = int(np.sum(drawn > 0))
    if chance.unlikely_share(positive, drawn.size, 0.5):
        came = {"share": positive / drawn.size}
        return [Finding("custom-init.signs", 0.6, {**parts, **came})]
    if chance.repeated(drawn):
        return [Finding("custom-init.repeated", 0.5, parts)]
    if any(
        chance.unlike_uniform(np.abs(part), low, high)
        for part in (drawn[drawn > 0], drawn[drawn < 0])
    ):
        return [Finding("custom-init.bands", 0.6, parts)]
    return []


def _zeros_in_lines(weight: Array, zeros: float) -> bool:
    """Tell whether whole rows or columns are zero (or not) together."""
    return any(
        chance.unlikely_share(np.sum(weight == 0, axis), weight.shape[axis], zeros)
        for axis in (0, 1)
    )


JUDGES = {
    "normal-init": Judge(_draw_normal, _judge_normal),
    "block-init": Judge(_draw_blocks, _judge_blocks),
    "custom-init": Judge(_draw_custom, _judge_custom),
    "set-directly": SET_DIRECTLY,
    "keep-signal": KEEP_SIGNAL,
}
