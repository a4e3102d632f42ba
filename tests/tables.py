"""Read the tables that `autograder grade` writes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """A line of scores.csv."""

    student: str
    assignment: str
    notebook: str
    exercise: str
    score: float
    max_score: float
    status: str
    message: str


def read_scores(out: Path) -> list[Line]:
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        return [
            Line(**line | {name: float(line[name]) for name in ("score", "max_score")})
            for line in csv.DictReader(file)
        ]
