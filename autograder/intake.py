"""Find out whose the work is that arrived, and put it where grading looks.

Work of somebody who is not in the roster is kept in ``unmatched/`` and named,
with a guess; once the roster or the names in course.toml say who it is, the
next run moves it. Nothing that was newer is replaced by something older.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from autograder.arrival import Arrival, Reading
from autograder.collect import TIMESTAMP, Refused, is_name, open_tree
from autograder.course.folder import UNMATCHED, Course
from autograder.course.ledger import Ledger, Line, digest
from autograder.exchange import SECRET

_TIME = "%Y-%m-%d %H:%M:%S.%f UTC"  # as nbgrader writes it


@dataclass
class Taken:
    """What became of the work that arrived."""

    new: int = 0  # notebooks
    same: int = 0
    older: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unmatched: dict[str, int] = field(default_factory=dict)  # name -> notebooks
    students: set[str] = field(default_factory=set)


def take_in(
    course: Course,
    ledger: Ledger,
    reading: Reading,
    received: datetime | None = None,
    advanced: Callable[[], None] = lambda: None,
) -> Taken:
    """Take in what a source holds, and what waits in ``unmatched/``.

    ``received`` is when work came whose source has no times, or has wrong ones.
    """
    taken = Taken(ignored=list(reading.ignored))
    now = datetime.now(UTC)
    with open_tree(_unmatched(course), course.editions) as waiting:
        for arrival in waiting.arrivals:
            if course.roster.match(arrival.student) is not None:
                time = arrival.time or now
                if _take(course, ledger, arrival, time, taken):
                    _forget(course, arrival)
    for arrival in reading.arrivals:
        _take(course, ledger, arrival, received or arrival.time or now, taken)
        advanced()
    if reading.history:
        taken.older.clear()
    ledger.write()
    with open_tree(_unmatched(course), course.editions) as waiting:
        for arrival in waiting.arrivals:
            here = taken.unmatched.get(arrival.student, 0)
            taken.unmatched[arrival.student] = here + 1
    return taken


def _unmatched(course: Course) -> Path:
    folder = course.folder / UNMATCHED
    folder.mkdir(exist_ok=True)
    return folder


def _forget(course: Course, arrival: Arrival) -> None:
    """Remove from ``unmatched/`` what has found its owner."""
    folder = _unmatched(course) / arrival.student
    (folder / arrival.assignment / f"{arrival.notebook}.ipynb").unlink()
    if not any(folder.rglob("*.ipynb")):
        shutil.rmtree(folder)


def _take(
    course: Course, ledger: Ledger, arrival: Arrival, time: datetime, taken: Taken
) -> bool:
    """Put one notebook into its place; tell whether it is safe there."""
    student = course.roster.match(arrival.student)
    if student is not None and not is_name(student):
        student = None
    known = student is not None
    name = student if student is not None else _folder_name(arrival.student)
    root = course.submitted if known else _unmatched(course)
    path = root / name / arrival.assignment / f"{arrival.notebook}.ipynb"
    place = name, arrival.assignment, arrival.notebook
    if known:
        taken.students.add(name)
    try:
        content = arrival.read()
    except Refused as reason:
        taken.refused.append(f"{'/'.join(place)}: {reason}")
        if known and not path.exists():
            ledger.lines[place] = Line(time, "", str(reason))
        return False
    there = _there(path, place, ledger)
    same = there is not None and there[1] == digest(content)
    if there is not None and not same and there[0] > time:
        taken.older.append("/".join(place))
        return True
    if same:
        taken.same += 1
    else:
        taken.new += 1
        _write(path, content, time)
    if known:
        ledger.note(place, content, time)
        _mark(path.parent, ledger, place, arrival.secret)
    return True


def _write(path: Path, content: bytes, time: datetime) -> None:
    """Write a notebook whole, with the time at which it came."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.utime(part, (time.timestamp(), time.timestamp()))
    part.replace(path)


def _there(
    path: Path, place: tuple[str, str, str], ledger: Ledger
) -> tuple[datetime, str] | None:
    """Return the time and the hash of what lies at a place already."""
    try:
        content = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    line = ledger.lines.get(place)
    own = line is not None and line.sha256 == digest(content)
    return (line.time if line and own else changed), digest(content)


def _mark(
    folder: Path, ledger: Ledger, place: tuple[str, str, str], secret: str
) -> None:
    """Write what nbgrader keeps beside a submission: its time and its secret."""
    student, assignment, _ = place
    names = (path.stem for path in folder.glob("*.ipynb"))
    times = [ledger.time((student, assignment, name)) for name in names]
    latest = max(time for time in times if time is not None)
    stamp = latest.astimezone(UTC).strftime(_TIME)
    (folder / TIMESTAMP).write_text(stamp, encoding="utf-8")
    if secret:
        (folder / SECRET).write_text(secret, encoding="utf-8")


def _folder_name(name: str) -> str:
    """Return a name that can be a folder's; it is read back as it was, if it can."""
    return name if is_name(name) else "_" + quote(name, safe="")[:150]
