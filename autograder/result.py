"""What one exercise earned."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.release import Exercise


@dataclass(frozen=True)
class Found:
    """One mistake that a judge named: its message's key and its values as text."""

    key: str  # such as "tied-network.storage" or "checks.not-written"
    values: dict[str, str]


@dataclass(frozen=True)
class Result:
    """What one exercise earned, and a sentence that says why.

    The status is one of graded, timeout, memory, crashed, invalid, blank and
    manual. ``pending``: a person has to look, so there is no score yet.
    """

    exercise: Exercise
    score: float
    status: str
    message: str
    pending: bool = False
    found: tuple[Found, ...] = ()
