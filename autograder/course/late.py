"""What late work costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

RULES = ("none", "points", "percent", "cutoff")
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class LateRule:
    """What is taken off a notebook that came after its deadline.

    ``rule`` is "none" (late work counts in full), "points" (``amount`` points
    for each day begun), "percent" (``amount`` percent of what the notebook
    earned, for each hour begun) or "cutoff" (late work earns nothing). Within
    ``grace`` after the deadline nothing is late; after it, the whole time is.
    """

    rule: str = "none"
    amount: float = 0.0
    grace: timedelta = timedelta(0)

    def penalty(self, score: float, late: timedelta) -> float:
        """Return what is taken off a score: never less than 0 nor more than it."""
        if late <= self.grace or late <= timedelta(0):
            return 0.0
        if self.rule == "points":
            off = self.amount * ceil(late / _DAY)
        elif self.rule == "percent":
            off = score * self.amount / 100 * ceil(late / _HOUR)
        else:
            off = score if self.rule == "cutoff" else 0.0
        return round(min(max(off, 0.0), max(score, 0.0)), 4)
