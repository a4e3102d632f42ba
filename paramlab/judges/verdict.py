"""From inputs and a record to points and findings."""

from __future__ import annotations

import hashlib

import numpy as np

from paramlab.exercises import EXERCISES
from paramlab.facts import FACTS
from paramlab.judges import JUDGES
from paramlab.judges.finding import Finding, Verdict
from paramlab.plain import Plain

# What an in-notebook check draws from: public, the same for everybody.
PUBLIC_SEED = 0


def draw(exercise: str, framework: str, seed: int) -> Plain:
    """Draw an exercise's inputs; the same seed gives the same inputs."""
    digest = hashlib.sha256(f"{seed}/{exercise}/{framework}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
    return JUDGES[exercise].draw(rng, FACTS[framework])


def judge(exercise: str, framework: str, inputs: Plain, record: Plain) -> Verdict:
    """Judge the record of one exercise's probe."""
    findings = _findings(exercise, framework, inputs, record)
    lost = min(1.0, sum(finding.lost for finding in findings))
    max_points = float(EXERCISES[exercise].points)
    points = round(max_points * (1 - lost), 2)
    return Verdict(exercise, points, max_points, tuple(findings))


def _findings(
    exercise: str, framework: str, inputs: Plain, record: Plain
) -> list[Finding]:
    outcome = record.get("outcome") if isinstance(record, dict) else None
    if outcome == "not-written":
        return [Finding("checks.not-written")]
    if outcome == "raised":
        values = {key: str(record.get(key, "")) for key in ("type", "message", "line")}
        return [Finding("checks.raised", values=values)]
    if outcome == "missing":
        return [Finding("checks.missing", values={"name": str(record.get("name"))})]
    if outcome != "done":
        return [Finding("checks.no-record")]
    return JUDGES[exercise].judge(FACTS[framework], inputs, record.get("answer"))
