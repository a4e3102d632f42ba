"""Read what a probe saw of a network, held against the network's blueprint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint
from paramlab.judges.finding import Finding
from paramlab.judges.reference import Slot, slots
from paramlab.plain import Plain

Array = NDArray[Any]


@dataclass(frozen=True)
class Seen:
    """One parameter of the network after the student's code ran."""

    slot: Slot
    value: Array
    trainable: bool
    fill: float | None  # the number that all entries were before, where one was

    @property
    def untouched(self) -> bool:
        """Tell whether every entry is what it was filled with."""
        return bool(np.all(self.value == self.fill))


def filled(rng: np.random.Generator, facts: Facts, blueprint: Blueprint) -> Plain:
    """Return a network and a number for each parameter to be filled with.

    The numbers are distinct and not zero, so that whatever a student's code
    leaves alone is seen.
    """
    count = len(slots(facts, blueprint))
    fills = (1 + rng.permutation(count)) / 16
    return {"blueprint": blueprint, "fills": fills.astype(np.float32)}


def see(
    facts: Facts,
    blueprint: Blueprint,
    record: Plain,
    fills: Sequence[float] | None = None,
) -> list[Seen] | Finding:
    """Read a record of a network; a finding where it is another network's."""
    expected = slots(facts, blueprint)
    if not isinstance(record, list) or len(record) != len(expected):
        return Finding("layout")
    seen = []
    for place, (slot, item) in enumerate(zip(expected, record, strict=True)):
        item = item if isinstance(item, dict) else {}
        value = reading.array(item.get("value"), slot.shape)
        if value is None:
            return Finding("layout")
        if not np.all(np.isfinite(value)):
            return Finding("not-finite", values={"name": slot.name})
        fill = None if fills is None else float(fills[place])
        seen.append(Seen(slot, value, item.get("trainable") is True, fill))
    return seen


def role(seen: Iterable[Seen], name: str) -> list[Seen]:
    """Return the weights, or the biases."""
    return [one for one in seen if one.slot.role == name]


def names(seen: Iterable[Seen]) -> list[str]:
    """Return the parameters' names."""
    return [one.slot.name for one in seen]


def frozen(seen: Iterable[Seen]) -> list[Finding]:
    """Find the parameters that were trained before and are no longer."""
    still = names(one for one in seen if not one.trainable)
    return [Finding("frozen", 0.4, {"names": still})] if still else []


def scaled(findings: Iterable[Finding], share: float) -> list[Finding]:
    """Let findings of one case cost that case's share only."""
    return [replace(finding, lost=finding.lost * share) for finding in findings]
