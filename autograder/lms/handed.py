"""From the files of a download to arrivals: the newest of each lesson counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from autograder.arrival import Arrival, Reading
from autograder.collect import Refused
from autograder.lms.lessons import Lessons, Place

_ENDING = ".ipynb"
_MOST = 5  # names that are said of a student


@dataclass(frozen=True)
class Handed:
    """One file that somebody handed in.

    ``version`` grows with each time that it was handed in, where the platform
    says that; ``time`` is one that can be trusted, ``noted`` one that need not.
    """

    student: str  # a label: see course.names
    path: str  # in the download
    file: str  # its name, as the student gave it
    folders: tuple[str, ...]
    read: Callable[[], bytes]
    version: int = 0
    time: datetime | None = None
    noted: datetime | None = None
    late: bool | None = None

    @property
    def is_notebook(self) -> bool:
        """Tell whether its name says that it is a notebook."""
        return self.file.lower().endswith(_ENDING)


def sort_out(files: Iterable[Handed], lessons: Lessons) -> Reading:
    """Find out what each file is and choose among several of one lesson."""
    reading = Reading()
    known: dict[tuple[str, str, str], list[tuple[Handed, Place]]] = {}
    for file in files:
        if not file.is_notebook:
            continue
        place = _place(file, lessons, reading)
        if place is not None:
            key = file.student, place.assignment, place.notebook
            known.setdefault(key, []).append((file, place))
    for key, found in known.items():
        found.sort(key=_age)
        newest = found[-1][0]
        for file, _ in found[:-1]:
            reading.ignored.append(
                f"{shown(file.path)} is older than {shown(newest.path)}, which counts."
            )
        time = newest.time or newest.noted
        reading.arrivals.append(
            Arrival(*key, newest.read, time, path=newest.path, late=newest.late)
        )
    return reading


def note_empty_handed(files: Iterable[Handed], reading: Reading) -> None:
    """Say who handed in something, but no notebook of the course."""
    there = {arrival.student for arrival in reading.arrivals}
    others: dict[str, list[str]] = {}
    for file in files:
        others.setdefault(file.student, []).append(file.file)
    for student, names in others.items():
        if student not in there:
            held = ", ".join(map(shown, names[:_MOST]))
            reading.ignored.append(
                f"{shown(student)} has no notebook of this course, but {held}."
            )


def _place(file: Handed, lessons: Lessons, reading: Reading) -> Place | None:
    try:
        place = lessons.place(file.file[: -len(_ENDING)], file.folders, file.read)
    except Refused as reason:
        reading.ignored.append(
            f"{shown(file.path)} was refused ({reason}), and its name says no lesson."
        )
        return None
    if place is None:
        reading.ignored.append(
            f"{shown(file.path)} is no notebook of this course: neither its name nor"
            " its cells tell a lesson."
        )
    return place


def _age(found: tuple[Handed, Place]) -> tuple[float, int, int, float, str]:
    """Return by what versions are in order, the newest last."""
    file, place = found
    trusted = file.time.timestamp() if file.time else 0.0
    noted = file.noted.timestamp() if file.noted else 0.0
    return trusted, file.version, place.copy, noted, file.path


def shown(path: str) -> str:
    """Return a path from outside as it may be printed."""
    return path if path.isprintable() else ascii(path)
