"""The numbers of the class report, from what is graded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.journal import Entry, Row
from autograder.report import Total
from autograder.result import Found

Floats = NDArray[np.float64]
Place = tuple[str, str, str]  # assignment, notebook, exercise

BINS = 10  # of the distribution of scores
TROUBLE = ("timeout", "memory", "crashed", "invalid")


@dataclass(frozen=True)
class Distribution:
    """How the totals of one assignment lie, in percent of its points."""

    assignment: str
    percents: Floats
    counts: tuple[int, ...]  # in BINS equal parts from 0 to 100
    mean: float
    std: float  # of the class itself: divided by its size
    quartiles: tuple[float, float, float]

    @property
    def students(self) -> int:
        """Return how many have a total."""
        return self.percents.size


@dataclass(frozen=True)
class Item:
    """How a class did on one exercise.

    ``difficulty`` is the mean share of the points: 1 is easy.
    ``discrimination`` is the correlation of the exercise with the rest of the
    assignment's points (corrected item-total correlation; Henrysson, 1963);
    None where one of both is the same for all.
    """

    assignment: str
    notebook: str
    exercise: str
    max_score: float
    students: int
    difficulty: float
    discrimination: float | None
    full: float  # shares of the students
    partial: float
    none: float
    blank: float


@dataclass(frozen=True)
class Mistake:
    """One finding, how many students have it, and one of them's values."""

    assignment: str
    notebook: str
    exercise: str
    example: Found
    students: int


@dataclass(frozen=True)
class Cost:
    """What the notebooks of one lesson took."""

    assignment: str
    notebook: str
    count: int
    seconds: tuple[float, float, float]  # median, 95th percentile, largest
    megabytes: tuple[float, float, float]


@dataclass(frozen=True)
class Attention:
    """A notebook that a person should look at, and why."""

    student: str
    assignment: str
    notebook: str
    statuses: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class Numbers:
    """All that the report shows of a class, but for similar answers."""

    distributions: tuple[Distribution, ...]
    items: tuple[Item, ...]
    mistakes: tuple[Mistake, ...]
    costs: tuple[Cost, ...]
    attention: tuple[Attention, ...]


def numbers(
    entries: Iterable[Entry], rows: Sequence[Row], totals: Sequence[Total]
) -> Numbers:
    """Compute the report's numbers from the journal and the tables."""
    mistakes: Counter[tuple[Place, str]] = Counter()
    examples: dict[tuple[Place, str], Found] = {}
    spent: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for entry in entries:
        if entry.seconds:
            cost = (entry.seconds, entry.peak_mb)
            spent.setdefault((entry.assignment, entry.notebook), []).append(cost)
        for result in entry.results:
            place = (entry.assignment, entry.notebook, result.exercise.id)
            if result.status == "blank":
                continue
            for found in {one.key: one for one in result.found}.values():
                mistakes[place, found.key] += 1
                examples.setdefault((place, found.key), found)
    return Numbers(
        distributions=tuple(_distributions(totals)),
        items=tuple(_items(rows)),
        mistakes=tuple(
            Mistake(*place, examples[place, key], count)
            for (place, key), count in mistakes.most_common()
        ),
        costs=tuple(_cost(*place, costs) for place, costs in sorted(spent.items())),
        attention=tuple(_attention(rows)),
    )


def _distributions(totals: Sequence[Total]) -> Iterable[Distribution]:
    for assignment in sorted({total.assignment for total in totals}):
        percents = np.array(
            [
                100 * total.score / total.max_score
                for total in totals
                if total.assignment == assignment and total.max_score
            ]
        )
        if not percents.size:
            continue
        # A total above 100 (extra credit) is in the last part.
        counts, _ = np.histogram(np.clip(percents, 0, 100), BINS, (0, 100))
        low, middle, high = np.percentile(percents, [25, 50, 75])
        yield Distribution(
            assignment,
            percents,
            tuple(counts.tolist()),
            float(percents.mean()),
            float(percents.std()),
            (float(low), float(middle), float(high)),
        )


def _items(rows: Sequence[Row]) -> Iterable[Item]:
    """Yield what is graded without a person, in the order of the lessons."""
    counted = [row for row in rows if row.status != "manual"]
    sums: Counter[tuple[str, str]] = Counter()
    for row in counted:
        sums[row.submission] += row.score  # type: ignore[assignment]
    places: dict[Place, list[Row]] = {}
    for row in counted:
        place = (row.assignment, row.notebook, row.exercise)
        places.setdefault(place, []).append(row)
    order = sorted(places, key=lambda place: place[:2])
    for place in order:
        yield _item(place, places[place], sums)


def _item(
    place: Place, rows: Sequence[Row], sums: Mapping[tuple[str, str], float]
) -> Item:
    most = max(row.max_score for row in rows)
    scores = np.array([row.score for row in rows])
    rest = np.array([sums[row.submission] - row.score for row in rows])
    blank = np.array([row.status == "blank" for row in rows])
    full = scores >= most
    none = ~blank & (scores <= 0)
    return Item(
        *place,
        max_score=most,
        students=scores.size,
        difficulty=float(scores.mean() / most) if most else 0.0,
        discrimination=correlation(scores, rest),
        full=float(full.mean()),
        partial=float((~full & ~none & ~blank).mean()),
        none=float((none & ~full).mean()),
        blank=float((blank & ~full).mean()),
    )


def correlation(x: Floats, y: Floats) -> float | None:
    """Return Pearson's correlation; None where one side does not vary."""
    if x.size < 2 or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _cost(assignment: str, notebook: str, costs: Sequence[tuple[float, float]]) -> Cost:
    seconds, megabytes = (np.array(column) for column in zip(*costs, strict=True))
    return Cost(assignment, notebook, len(costs), _spread(seconds), _spread(megabytes))


def _spread(values: Floats) -> tuple[float, float, float]:
    middle, high = np.percentile(values, [50, 95])
    return float(middle), float(high), float(values.max())


def _attention(rows: Sequence[Row]) -> Iterable[Attention]:
    """Yield a line a notebook: written answers, and what did not end well."""
    found: dict[Place, list[Row]] = {}
    for row in rows:
        if row.status in (*TROUBLE, "manual"):
            place = (row.student, row.assignment, row.notebook)
            found.setdefault(place, []).append(row)
    for place, group in sorted(found.items()):
        group.sort(key=lambda row: row.status == "manual")  # trouble first
        statuses = tuple(dict.fromkeys(row.status for row in group))
        yield Attention(*place, statuses, group[0].message)
