"""Find out whose the work is that arrived, and put it where grading looks.

Work of somebody who is not in the roster is kept in ``unmatched/`` and named,
with a guess; once the roster or the names in course.toml say who it is, the
next run moves it. Nothing that was newer is replaced by something older.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from autograder.arrival import Arrival, Reading
from autograder.collect import TIMESTAMP, Refused, is_name, open_tree
from autograder.course.folder import UNMATCHED, Course
from autograder.course.ledger import Ledger, Line, Place, digest
from autograder.course.origins import Origin, Origins
from autograder.exchange import SECRET

_TIME = "%Y-%m-%d %H:%M:%S.%f UTC"  # as nbgrader writes it


@dataclass
class Taken:
    """What became of the work that arrived.

    ``shared`` names each student whom several names of a download mean, and
    these names; their work waits in ``unmatched/`` until somebody says whose
    it is.
    """

    new: int = 0  # notebooks
    same: int = 0
    older: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    unmatched: dict[str, int] = field(default_factory=dict)  # name -> notebooks
    shared: dict[str, list[str]] = field(default_factory=dict)  # id -> names
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
    taken = Taken(ignored=list(reading.ignored), notes=list(reading.notes))
    now = datetime.now(UTC)
    origins = Origins(course.folder)
    with open_tree(_unmatched(course), course.editions) as waiting:
        names = [arrival.student for arrival in (*waiting.arrivals, *reading.arrivals)]
        owners = _owners(course, names, taken)
        for arrival in waiting.arrivals:
            owner = owners[arrival.student]
            if owner is not None:
                time = arrival.time or now
                became = _take(course, ledger, arrival, owner, time, taken)
                if became != "refused":
                    _keep_origin(origins, arrival, owner, kept=became == "there")
                    _forget(course, arrival)
    for arrival in reading.arrivals:
        owner = owners[arrival.student]
        time = received or _in_time(course, arrival, owner, now)
        became = _take(course, ledger, arrival, owner, time, taken)
        if became == "there" and reading.platform:
            place = _place(owner, arrival)
            origins.lines[place] = Origin(
                reading.platform, reading.download, arrival.student, arrival.path
            )
        if arrival.late and owner is not None and received is None:
            taken.late.append("/".join(_place(owner, arrival)))
        advanced()
    if reading.history:
        taken.older.clear()
    ledger.write()
    origins.write()
    with open_tree(_unmatched(course), course.editions) as waiting:
        for arrival in waiting.arrivals:
            here = taken.unmatched.get(arrival.student, 0)
            taken.unmatched[arrival.student] = here + 1
    return taken


def _owners(
    course: Course, names: Iterable[str], taken: Taken
) -> dict[str, str | None]:
    """Return the id of each name's student, or none.

    Where several names mean one student, those count that can mean nobody
    else; two people may bear one name.
    """
    found = {name: course.roster.find(name) for name in names}
    by_id: dict[str, list[str]] = {}
    for name, match in found.items():
        if match.id is not None and is_name(match.id):
            by_id.setdefault(match.id, []).append(name)
    owners: dict[str, str | None] = dict.fromkeys(found)
    for student, same in by_id.items():
        sure = [name for name in same if found[name].sure]
        if len(same) > 1 and len(sure) < len(same):
            taken.shared[student] = same
        for name in sure or (same if len(same) == 1 else ()):
            owners[name] = student
    return owners


def _in_time(
    course: Course, arrival: Arrival, owner: str | None, now: datetime
) -> datetime:
    """Return when work came: not after the deadline, if the platform says so."""
    time = arrival.time or now
    due = course.settings.deadline(arrival.notebook)
    if arrival.late is False and due is not None:
        known = course.roster.students.get(owner or "")
        extra = known.extension if known else timedelta(0)
        return min(time, due + extra)
    return time


def _place(owner: str | None, arrival: Arrival) -> Place:
    name = owner if owner is not None else _folder_name(arrival.student)
    return name, arrival.assignment, arrival.notebook


def _keep_origin(origins: Origins, arrival: Arrival, owner: str, *, kept: bool) -> None:
    """Let an origin follow the work that has found its owner."""
    there = arrival.student, arrival.assignment, arrival.notebook
    origin = origins.lines.pop(there, None)
    if origin is not None and kept:
        origins.lines[owner, arrival.assignment, arrival.notebook] = origin


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
    course: Course,
    ledger: Ledger,
    arrival: Arrival,
    owner: str | None,
    time: datetime,
    taken: Taken,
) -> Literal["refused", "older", "there"]:
    """Put one notebook into its place; tell what became of it."""
    known = owner is not None
    place = _place(owner, arrival)
    name = place[0]
    root = course.submitted if known else _unmatched(course)
    path = root / name / arrival.assignment / f"{arrival.notebook}.ipynb"
    if known:
        taken.students.add(name)
    try:
        content = arrival.read()
    except Refused as reason:
        taken.refused.append(f"{'/'.join(place)}: {reason}")
        if known and not path.exists():
            ledger.lines[place] = Line(time, "", str(reason))
        return "refused"
    there = _there(path, place, ledger)
    same = there is not None and there[1] == digest(content)
    if there is not None and not same and there[0] > time:
        taken.older.append("/".join(place))
        return "older"
    if same:
        taken.same += 1
    else:
        taken.new += 1
        _write(path, content, time)
    if known:
        ledger.note(place, content, time)
        _mark(path.parent, ledger, place, arrival.secret)
    return "there"


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
    if is_name(name):
        return name
    whole = "_" + quote(name, safe="", errors="surrogateescape")
    # What is cut off may tell two of them apart.
    return (
        whole if len(whole) <= 150 else f"{whole[:130]}_{digest(whole.encode())[:16]}"
    )
