"""Judges of 01-access."""

from __future__ import annotations

from typing import Any

import numpy as np

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.finding import Finding, Judge
from paramlab.judges.reference import slots
from paramlab.plain import Plain

Blueprint = dict[str, Any]


def _dense(inputs: int, outputs: int, **more: Any) -> Blueprint:
    return {"kind": "dense", "inputs": inputs, "outputs": outputs, **more}


def _sequential(*layers: Blueprint) -> Blueprint:
    return {"kind": "sequential", "layers": list(layers)}


# --- count-parameters ------------------------------------------------------


def _draw_count(rng: np.random.Generator, facts: Facts) -> Plain:
    a, b, c = (int(size) for size in rng.integers(3, 12, size=3))
    plain = _sequential(_dense(a, b, activation="relu"), _dense(b, 1))
    no_bias = _sequential(_dense(a, c, bias=False), _dense(c, b))
    inner = _sequential(_dense(a, b, activation="relu"), _dense(b, a))
    nested = _sequential(_sequential(inner, inner), _dense(a, 1))
    frozen = _sequential(_dense(a, b, trainable=False), _dense(b, c))
    tied = _sequential(
        _dense(a, b), *[_dense(b, b, key="shared", activation="relu")] * 2
    )
    normed = _sequential(_dense(a, b), {"kind": "batchnorm", "features": b})
    return {
        "plain": plain,
        "no-bias": no_bias,
        "nested": nested,
        "frozen": frozen,
        "tied": tied,
        "normed": normed,
    }


def _count(facts: Facts, blueprint: Blueprint) -> int:
    dense = sum(
        int(np.prod(slot.shape))
        for slot in slots(facts, blueprint)
        if slot.trainable
    )
    norms = [item for item in blueprint["layers"] if item["kind"] == "batchnorm"]
    # A batch norm trains a scale and a shift; its statistics are not trained.
    return dense + sum(2 * int(item["features"]) for item in norms)


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


JUDGES = {
    "count-parameters": Judge(_draw_count, _judge_count),
}
