"""The tables of a run: scores.csv, grades.csv, and the summary on the screen."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from statistics import mean, median
from typing import Any

from rich.markup import escape
from rich.table import Table

from autograder.journal import Row
from autograder.record import Record

SCORES = "scores.csv"
GRADES = "grades.csv"
_MOST_LINES = 60  # a longer table is no summary


@dataclass(frozen=True)
class Total:
    """What one student reached in one assignment, after what late work cost."""

    student: str
    assignment: str
    score: float
    max_score: float
    late_penalty: float = 0.0


def write_tables(folder: Path, record: Record) -> tuple[list[Row], list[Total]]:
    """Write both tables, with what people graded; return their lines."""
    marks = record.marks()
    rows = []
    for entry in record.entries():
        for row in entry.rows:
            mark = marks.get((*row.submission, row.notebook, row.exercise))
            if mark is not None:
                row = replace(row, score=mark, status="graded")
            rows.append(row)
    rows.sort(key=lambda row: (*row.submission, row.notebook))
    late: defaultdict[tuple[str, str], float] = defaultdict(float)
    for (student, assignment, _), penalty in record.penalties().items():
        late[student, assignment] += penalty
    totals = [
        replace(
            total,
            score=max(0.0, total.score - late[total.student, total.assignment]),
            late_penalty=late[total.student, total.assignment],
        )
        for total in _totals(rows, record.written(), marks.keys())
    ]
    _write(folder / SCORES, Row, rows)
    _write(folder / GRADES, Total, totals)
    return rows, totals


def summary(totals: Sequence[Total], rows: Sequence[Row]) -> Table:
    """Draw the closing table: a line a submission, or one an assignment if many."""
    many = len(totals) > _MOST_LINES
    return _by_assignment(totals) if many else _by_submission(totals, rows)


def _by_submission(totals: Sequence[Total], rows: Sequence[Row]) -> Table:
    points: dict[tuple[str, str, str], float] = {}
    states: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        place = (*row.submission, row.notebook)
        points[place] = points.get(place, 0.0) + row.score
        states.setdefault(row.submission, Counter())[row.status] += 1
    notebooks = sorted({row.notebook for row in rows})
    table = Table("student", "assignment", title="Points", title_justify="left")
    late = ("late",) if any(total.late_penalty for total in totals) else ()
    for name in (*notebooks, *late, "total", "of"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("exercises by status", overflow="fold")
    for total in totals:
        key = (total.student, total.assignment)
        table.add_row(
            *map(escape, key),
            *(short(points.get((*key, name), 0.0)) for name in notebooks),
            *(short(0 - total.late_penalty) for _ in late),
            short(total.score),
            short(total.max_score),
            ", ".join(f"{n} {status}" for status, n in states[key].items()),
        )
    return table


def _by_assignment(totals: Sequence[Total]) -> Table:
    table = Table("assignment", title="Points", title_justify="left")
    for name in ("submissions", "mean", "median", "of"):
        table.add_column(name, justify="right")
    for assignment in sorted({total.assignment for total in totals}):
        group = [total for total in totals if total.assignment == assignment]
        scores = [total.score for total in group]
        table.add_row(
            assignment,
            str(len(group)),
            f"{mean(scores):.1f}",
            f"{median(scores):.1f}",
            short(max(total.max_score for total in group)),
        )
    return table


def _totals(
    rows: Iterable[Row],
    written: set[tuple[str, str, str]],
    marked: Iterable[tuple[str, str, str, str]],
) -> list[Total]:
    """Add up; a written answer counts from when a person has graded it."""
    done = set(marked)
    sums: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        place = (row.assignment, row.notebook, row.exercise)
        total = sums.setdefault(row.submission, [0.0, 0.0])
        if place not in written or (row.student, *place) in done:
            total[0] += row.score
            total[1] += row.max_score
    return [Total(*key, *total) for key, total in sums.items()]


def _write(path: Path, kind: type[Any], rows: Iterable[Any]) -> None:
    """Write a table whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)])
        writer.writeheader()
        for row in rows:
            line = asdict(row)
            for name, value in line.items():
                if isinstance(value, float):
                    line[name] = short(value)
            writer.writerow(line)
    part.replace(path)


def short(number: float) -> str:
    """Write points without trailing zeros."""
    return f"{round(number, 4):g}"
