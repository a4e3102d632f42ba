"""What a judge says, and what makes a judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from paramlab.facts import Facts
from paramlab.plain import Plain


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: a message's key, its values, its price."""

    key: str  # such as "count-parameters.frozen", in the lesson's messages
    lost: float = 1.0  # share of the exercise's points, in (0, 1]
    values: dict[str, Any] = field(default_factory=dict)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Say each mistake once, as it was first met; its price is what all cost."""
    said: dict[str, Finding] = {}
    for finding in findings:
        first = said.get(finding.key)
        if first is not None:
            finding = replace(first, lost=min(1.0, first.lost + finding.lost))
        said[finding.key] = finding
    return list(said.values())


@dataclass(frozen=True)
class Judge:
    """The judge's side of an exercise: draws inputs, judges what came back.

    ``judge`` must take any plain data as the answer, however wrong its shape,
    and must not raise.
    """

    draw: Callable[[np.random.Generator, Facts], Plain]
    judge: Callable[[Facts, Plain, Plain], list[Finding]]


@dataclass(frozen=True)
class Verdict:
    """What an exercise earned, and why."""

    exercise: str
    points: float
    max_points: float
    findings: tuple[Finding, ...]

    @property
    def right(self) -> bool:
        """Tell whether nothing was lost; so it may be for practice, without points."""
        if not self.max_points:
            return not self.findings
        return self.points >= self.max_points

    def worth(self, max_points: float | None) -> Verdict:
        """Return it for an exercise that an instructor gave other points."""
        if max_points is None or max_points == self.max_points:
            return self
        points = round(self.points * max_points / self.max_points, 2)
        return replace(self, points=points, max_points=float(max_points))
