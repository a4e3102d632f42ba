"""What has been graded, beside the grades themselves and in their transaction.

One line a notebook of a student, under a key made of everything that its
grade depends on. A run that was killed finds here what it need not do again;
the tables are written from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, scoped_session

from autograder.release import Exercise
from autograder.result import Found, Result

Book = scoped_session[Session]


@dataclass(frozen=True)
class Row:
    """One exercise of one student."""

    student: str
    assignment: str
    notebook: str
    exercise: str
    score: float
    max_score: float
    status: str
    message: str

    @property
    def submission(self) -> tuple[str, str]:
        """Return the student and the assignment."""
        return self.student, self.assignment


@dataclass(frozen=True)
class Entry:
    """One graded notebook. An empty key: to be graded again at the next run."""

    student: str
    assignment: str
    notebook: str
    key: str
    language: str
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0  # of computing, from its rebuilding to its judgement
    peak_mb: float = 0.0  # of memory, besides what its framework takes
    content: str = ""  # a hash of what was graded; none in older journals

    @property
    def place(self) -> tuple[str, str, str]:
        """Return what identifies the notebook."""
        return self.student, self.assignment, self.notebook

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the lines of the table of scores."""
        return tuple(
            Row(
                self.student,
                self.assignment,
                self.notebook,
                result.exercise.id,
                result.score,
                result.exercise.max_score,
                result.status,
                result.message,
            )
            for result in self.results
        )


_TABLE = Table(
    "parameter_lab_journal",
    MetaData(),
    Column("student", String(255), primary_key=True),
    Column("assignment", String(255), primary_key=True),
    Column("notebook", String(255), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("results", Text, nullable=False),
    Column("notes", Text, nullable=False),
)


def create(connection: Connection) -> None:
    """Make the table, unless it is there."""
    _TABLE.create(connection, checkfirst=True)


def write(book: Book, entry: Entry) -> None:
    """Write a line in the session's transaction, in place of an older one."""
    book.execute(delete(_TABLE).where(_at(entry.place)))
    values = {
        "student": entry.student,
        "assignment": entry.assignment,
        "notebook": entry.notebook,
        "key": entry.key,
        "language": entry.language,
        "results": json.dumps(
            {
                "results": [asdict(result) for result in entry.results],
                "seconds": entry.seconds,
                "peak_mb": entry.peak_mb,
                "content": entry.content,
            }
        ),
        "notes": json.dumps(entry.notes),
    }
    book.execute(insert(_TABLE).values(**values))


def keys(book: Book) -> dict[tuple[str, str, str], str]:
    """Return the key of every notebook: (student, assignment, notebook) -> key."""
    lines = book.execute(
        select(_TABLE.c.student, _TABLE.c.assignment, _TABLE.c.notebook, _TABLE.c.key)
    )
    return {(line[0], line[1], line[2]): line[3] for line in lines}


def entries(book: Book) -> Iterator[Entry]:
    """Read every line, by student, assignment and notebook."""
    order = (_TABLE.c.student, _TABLE.c.assignment, _TABLE.c.notebook)
    for line in book.execute(select(_TABLE).order_by(*order)).yield_per(500):
        yield _entry(line)


def find(book: Book, place: tuple[str, str, str]) -> Entry | None:
    """Read the line of one notebook."""
    line = book.execute(select(_TABLE).where(_at(place))).first()
    return _entry(line) if line else None


def forget(book: Book, student: str) -> None:
    """Remove a student's lines."""
    book.execute(delete(_TABLE).where(_TABLE.c.student == student))


def _at(place: tuple[str, str, str]) -> ColumnElement[bool]:
    student, assignment, notebook = place
    return (
        (_TABLE.c.student == student)
        & (_TABLE.c.assignment == assignment)
        & (_TABLE.c.notebook == notebook)
    )


def _entry(line: Sequence[str]) -> Entry:
    student, assignment, notebook, key, language, results, notes = line
    data = json.loads(results)
    if isinstance(data, list):  # as it was written before costs were kept
        data = {"results": data}
    return Entry(
        student,
        assignment,
        notebook,
        key,
        language,
        tuple(_result(result) for result in data["results"]),
        tuple(json.loads(notes)),
        data.get("seconds", 0.0),
        data.get("peak_mb", 0.0),
        data.get("content", ""),
    )


def _result(data: dict[str, Any]) -> Result:
    found = tuple(Found(**one) for one in data.get("found", ()))
    exercise = Exercise(**data["exercise"])
    return Result(**{**data, "exercise": exercise, "found": found})
