"""When each notebook came in: arrivals.csv of a course.

nbgrader knows one time for a whole submission. Lessons have deadlines of their
own, so each notebook has its line here, for people to read too.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.files import write_whole
from autograder.lock import in_turn

LEDGER = "arrivals.csv"
_LOCK = ".arrivals.lock"
_COLUMNS = ("student", "assignment", "notebook", "time", "sha256", "refused")
Place = tuple[str, str, str]  # student, assignment, notebook


class BadLedger(ValueError):
    """arrivals.csv was damaged: names the line and the mend."""


@dataclass(frozen=True)
class Line:
    """What came for one place, and when. ``refused``: why it was not taken in."""

    time: datetime
    sha256: str
    refused: str = ""


class Ledger:
    """The lines of a course's ledger; ``write`` puts them into its file."""

    def __init__(self, folder: Path) -> None:
        """Read the file, if it is there; raises BadLedger."""
        self.path = folder / LEDGER
        self.lines: dict[Place, Line] = {}
        if self.path.exists():
            self.lines = dict(_read(self.path))

    def time(self, place: Place) -> datetime | None:
        """Return when a notebook came, if that is known."""
        line = self.lines.get(place)
        return line.time if line else None

    def note(self, place: Place, content: bytes, time: datetime) -> None:
        """Note what lies at a place; the same content keeps its earlier time."""
        line = Line(time, digest(content))
        there = self.lines.get(place)
        if there is None or there.sha256 != line.sha256 or there.time > time:
            self.lines[place] = line

    def write(self) -> None:
        """Write the file, whole."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for place, line in sorted(self.lines.items()):
            moment = line.time.isoformat()
            writer.writerow((*place, moment, line.sha256, line.refused))
        write_whole(self.path, text.getvalue())


@contextmanager
def open_ledger(folder: Path) -> Iterator[Ledger]:
    """Read the ledger to change it: whoever else would, waits for the block's end.

    Else of two who read it, the second to write would undo what the first wrote.
    """
    with in_turn(folder / _LOCK):
        yield Ledger(folder)


def digest(content: bytes) -> str:
    """Return the hash by which a notebook is known again."""
    return hashlib.sha256(content).hexdigest()


def _read(path: Path) -> Iterator[tuple[Place, Line]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if tuple(next(reader, ())) != _COLUMNS:
            raise ValueError("the first line is not as it was written")
        for values in reader:
            student, assignment, notebook, time, sha256, refused = values
            moment = datetime.fromisoformat(time)
            if moment.tzinfo is None:
                raise ValueError(f"{time} has no offset from UTC")
            yield (student, assignment, notebook), Line(moment, sha256, refused)
    except (ValueError, csv.Error) as error:
        raise BadLedger(
            f"{path}, line {reader.line_num}: {error}; mend the line, or delete the"
            " file: then the times of the files in submitted/ count"
        ) from error
