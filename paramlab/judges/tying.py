"""Judges of 03-tying; tied-network has a module of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.reference import (
    dense_uses,
    gradients,
    kink_distance,
    slots,
    use_gradients,
)
from paramlab.judges.tied_network import TIED_NETWORK
from paramlab.plain import Plain

Array = NDArray[Any]


def _distinct(findings: list[Finding]) -> list[Finding]:
    """Keep the first finding of each key: one mistake costs once."""
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.key, finding)
    return list(first.values())


# --- tied-or-equal ---------------------------------------------------------

# Case -> (how the layers are related, do their values agree?, right answer,
# share of the points).
PAIRS = {
    "layer": ("layer", False, True, 0.5),
    "parameters": ("both", False, True, 0.5),
    "weight-only": ("weight", False, True, 0.25),
    "bias-only": ("bias", True, False, 0.25),
    "storage": ("storage", False, False, 0.35),
    "namesake": ("namesake", True, False, 0.35),
    "equal": ("apart", True, False, 0.5),
    "different": ("apart", False, False, 0.5),
}
PAIRS_SHOWN = 12


def _draw_pairs(rng: np.random.Generator, facts: Facts) -> Plain:
    known = [name for name in PAIRS if PAIRS[name][0] in facts.layer_relations]
    more = rng.choice(known, size=PAIRS_SHOWN - len(known))
    return [_draw_pair(rng, str(name)) for name in rng.permutation([*known, *more])]


def _draw_pair(rng: np.random.Generator, name: str) -> Plain:
    relation, agree, _, _ = PAIRS[name]
    size = int(rng.integers(2, 6))
    first, second = (
        [
            rng.normal(size=(size, size)).astype(np.float32),
            rng.normal(size=size).astype(np.float32),
        ]
        for _ in range(2)
    )
    return {
        "case": name,
        "relation": relation,
        "first": first,
        "second": first if agree else second,
    }


def _judge_pairs(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    answers = answer if isinstance(answer, list) else []
    if len(answers) != len(inputs):
        kind = reading.kind(answer)
        return [Finding("tied-or-equal.not-a-truth", 1.0, {"got": kind})]
    findings = []
    for pair, came in zip(inputs, answers, strict=True):
        got = reading.truth(came)
        if got is None:
            kind = reading.kind(came)
            return [Finding("tied-or-equal.not-a-truth", 1.0, {"got": kind})]
        _, _, expected, lost = PAIRS[pair["case"]]
        if got != expected:
            findings.append(Finding(f"tied-or-equal.{pair['case']}", lost))
    return _distinct(findings)


# --- count-tied ------------------------------------------------------------


def _draw_counts(rng: np.random.Generator, facts: Facts) -> Plain:
    a, b, c = (int(size) for size in rng.choice(np.arange(3, 40), 3, replace=False))
    uses = int(rng.integers(3, 6))

    def shared(size: int, key: str, **more: Any) -> Blueprint:
        return dense(size, size, key=key, activation="relu", **more)

    first = dense(a, b, activation="relu")
    block = sequential(first, shared(b, "s"), shared(b, "s"), dense(b, a))
    return {
        "untied": sequential(first, dense(b, b, activation="relu"), dense(b, c)),
        "tied": sequential(first, *[shared(b, "s")] * uses, dense(b, c)),
        "groups": sequential(
            first,
            shared(b, "s"),
            shared(b, "t", bias=False),
            shared(b, "s"),
            shared(b, "t", bias=False),
            shared(b, "s"),
            dense(b, c),
        ),
        "frozen": sequential(
            first, *[shared(b, "s", trainable=False)] * 2, *[shared(b, "t")] * 2
        ),
        "nested": sequential(block, dense(a, b), shared(b, "s"), dense(b, c)),
    }


def _counts(facts: Facts, blueprint: Blueprint) -> tuple[int, int]:
    """Return the trainable numbers with tying, and without."""
    tied = [slot for slot in slots(facts, blueprint) if slot.trainable]
    each_use = [
        int(np.prod(slot.shape))
        for layer in dense_uses(blueprint)
        for slot in slots(facts, sequential(layer))
        if slot.trainable
    ]
    return sum(int(np.prod(slot.shape)) for slot in tied), sum(each_use)


def _judge_counts(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    findings = []
    swapped = 0
    for case, blueprint in inputs.items():
        record = answer.get(case) if isinstance(answer, dict) else None
        stopped = reading.raised(record)
        if stopped is not None:
            findings.append(Finding("count-tied.raised", 0.25, {"got": stopped}))
            continue
        came = record.get("came") if isinstance(record, dict) else None
        pair = reading.array(came, (2,))
        got = None if pair is None else [reading.integer(float(x)) for x in pair]
        if got is None or None in got:
            kind = reading.kind(came)
            return [Finding("count-tied.not-a-pair", 1.0, {"got": kind})]
        expected = list(_counts(facts, blueprint))
        swapped += got != expected and got == expected[::-1]
        wrong = sum(a != b for a, b in zip(got, expected, strict=True))
        if wrong:
            counts = {"expected": expected, "got": got}
            # Half of it for a case where one of the two numbers is right.
            findings.append(Finding(f"count-tied.{case}", 0.125 * wrong, counts))
    if findings and swapped == len(findings):
        return [Finding("count-tied.swapped", 0.5, findings[0].values)]
    return merged(findings)


# --- use-gradients ---------------------------------------------------------

# Gradients below this are too small to tell one mistake from another.
VISIBLE = 0.1
# What each of the three is worth, where no mistake explains them all.
SHARES = (("first", 0.4), ("second", 0.4), ("total", 0.2))
SAFE_DISTANCE = 1e-3


def _twice(size: int, inner: str | None = "relu", outer: str | None = "relu") -> Any:
    return sequential(
        dense(size, size, key="shared", activation=inner),
        dense(size, size, key="shared", activation=outer),
    )


def _draw_uses(rng: np.random.Generator, facts: Facts) -> Plain:
    sizes = rng.choice(np.arange(3, 7), size=2, replace=False)
    return [_draw_use(rng, facts, int(size)) for size in sizes]


def _draw_use(rng: np.random.Generator, facts: Facts, size: int) -> Plain:
    """Draw a layer and a batch whose gradients tell all mistakes apart."""
    while True:
        rows = int(rng.integers(2, 5))
        case = {
            "weight": rng.normal(0, 0.8, (size, size)).astype(np.float32),
            "bias": rng.normal(0, 0.5, size).astype(np.float32),
            "X": rng.normal(size=(rows, size)).astype(np.float32),
            # What the layer has seen before: its gradients are still there.
            "before": rng.normal(size=(rows, size)).astype(np.float32),
        }
        parameters = [case["weight"], case["bias"]]
        if kink_distance(facts, _twice(size), parameters, case["X"]) < SAFE_DISTANCE:
            continue
        first, second, total = _expected_uses(facts, case)
        _, linear, _ = _expected_uses(facts, case, inner=None)
        _, no_outer, _ = _expected_uses(facts, case, outer=None)
        apart = [first, second, total, first - second, second - linear]
        apart += [first - first.T, second - no_outer, _before(facts, case)]
        if min(float(np.max(np.abs(part))) for part in apart) > VISIBLE:
            return case


def _expected_uses(facts: Facts, case: Plain, **activations: Any) -> list[Array]:
    blueprint = _twice(len(case["bias"]), **activations)
    parameters = [case["weight"], case["bias"]]
    first, second = use_gradients(facts, blueprint, parameters, case["X"])[0]
    return [first, second, first + second]


def _before(facts: Facts, case: Plain) -> Array:
    size = len(case["bias"])
    parameters = [case["weight"], case["bias"]]
    layer = sequential(dense(size, size))
    return gradients(facts, layer, parameters, case["before"])[0]


def _judge_uses(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    answers = answer if isinstance(answer, list) else []
    if len(answers) != len(inputs):
        kind = reading.kind(answer)
        return [Finding("use-gradients.not-three", 1.0, {"got": kind})]
    findings = []
    for case, came in zip(inputs, answers, strict=True):
        findings += _judge_use(facts, case, came)
    return _distinct(findings)


def _judge_use(facts: Facts, case: Plain, came: Plain) -> list[Finding]:
    three = list(came) if isinstance(came, np.ndarray) and came.ndim == 3 else came
    if not isinstance(three, list) or len(three) != 3:
        kind = reading.kind(came)
        return [Finding("use-gradients.not-three", 1.0, {"got": kind})]
    shape = case["weight"].shape
    got = [reading.array(part, shape) for part in three]
    for part, read in zip(three, got, strict=True):
        if read is None:
            values = {"expected": list(shape), "got": reading.kind(part)}
            return [Finding("use-gradients.shape", 1.0, values)]
    read_all = [part for part in got if part is not None]
    expected = _expected_uses(facts, case)
    if _agree(read_all, expected):
        return []
    explained = _explain_uses(facts, case, read_all, expected)
    if explained is not None:
        return [explained]
    findings = []
    for (name, lost), right, part in zip(SHARES, expected, read_all, strict=True):
        if not reading.close(part, right):
            row = {"expected": right[0], "got": part[0]}
            findings.append(Finding(f"use-gradients.{name}", lost, row))
    return findings


def _agree(got: list[Array], expected: list[Array]) -> bool:
    return all(reading.close(a, b) for a, b in zip(got, expected, strict=True))


def _explain_uses(
    facts: Facts, case: Plain, got: list[Array], expected: list[Array]
) -> Finding | None:
    """Name the mistake that gives these three arrays, where one does."""
    first, second, total = expected
    row = {"expected": first[0], "got": got[0][0]}
    for place, part in enumerate(got):
        if not part.any():
            return Finding("use-gradients.zero", 0.5, {"place": place + 1})
    old = _before(facts, case)
    for place, part in enumerate(got):
        if reading.close(part, old):
            return Finding("use-gradients.stale", 0.5, {"place": place + 1})
    if _agree(got[:2], [second, first]):
        return Finding("use-gradients.swapped", 0.5, row)
    if _agree(got[:2], [total / 2, total / 2]):
        return Finding("use-gradients.halves", 0.75, row)
    if _agree(got[:2], [total, total]):
        return Finding("use-gradients.same-layer", 0.75, row)
    if any(reading.close(a, b + old) for a, b in zip(got, expected, strict=True)):
        return Finding("use-gradients.accumulated", 0.5)
    if _agree(got, [part.T for part in expected]):
        return Finding("use-gradients.transposed", 0.5, row)
    for inner, outer in ((None, "relu"), ("relu", None), (None, None)):
        if _agree(got, _expected_uses(facts, case, inner=inner, outer=outer)):
            return Finding("use-gradients.activation", 0.5, row)
    scale = float(np.sum(got[2] * total) / np.sum(total * total))
    if _agree(got, [scale * part for part in expected]):
        return Finding("use-gradients.scaled", 0.5, {"scale": scale})
    return None


JUDGES = {
    "tied-network": TIED_NETWORK,
    "tied-or-equal": Judge(_draw_pairs, _judge_pairs),
    "count-tied": Judge(_draw_counts, _judge_counts),
    "use-gradients": Judge(_draw_uses, _judge_uses),
}
