"""nbgrader's exchange, as the instructor's side of a course uses it."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import notebook_hash
from traitlets.config import Config

from autograder.arrival import Arrival, Editions, Reading
from autograder.collect import TIMESTAMP, BadSource, Refused, read_file, read_time
from autograder.course import configure_course
from autograder.course.folder import Course

SECRET = "submission_secret.txt"  # nbgrader's file beside a submission


class ExchangeFault(RuntimeError):
    """nbgrader could not use the exchange: says what it said."""


@contextmanager
def open_exchange(
    root: Path,
    course_id: str,
    editions: Editions,
    only: Container[str] | None = None,
) -> Iterator[Reading]:
    """Read all that was submitted, oldest first; raises BadSource.

    ``only`` names the submissions that are wanted, if not all are.
    """
    inbound = root / course_id / "inbound"
    if not inbound.is_dir():
        raise BadSource(
            f"there is no {inbound}: nothing has been released to the exchange yet,"
            " or its folder has another name"
        )
    reading = Reading(history=True)
    for item in sorted(os.scandir(inbound), key=lambda item: item.name):
        if only is not None and item.name not in only:
            continue
        found = _submission(item)
        if found is None or found[1] not in editions:
            reading.ignored.append(f"{item.name!r} in {inbound} is no submission.")
            continue
        _note_owner(item, found[0], reading)
        _read(Path(item.path), found, editions, reading)
    reading.arrivals.sort(key=_moment)
    yield reading


def release_assignment(course: Course, assignment: str) -> None:
    """Put what students get into the exchange; raises ExchangeFault."""
    _done(_api(course).release_assignment(assignment))


def release_feedback(course: Course, assignment: str) -> None:
    """Let students fetch their pages from the exchange; raises ExchangeFault."""
    _done(_api(course).release_feedback(assignment))


class Publisher:
    """Gives students their pages one by one, while work is coming in."""

    def __init__(self, course: Course) -> None:
        self._course = course

    @cached_property
    def _api(self) -> NbGraderAPI:
        return _api(self._course)

    def publish(self, student: str, assignment: str) -> bool:
        """Let a student fetch the pages that there are, under the newest secret.

        Returns whether there was anything new. Raises ExchangeFault, OSError.
        """
        if not _lay_beside(self._course, student, assignment):
            return False
        _done(self._api.release_feedback(assignment, student))
        return True


def _lay_beside(course: Course, student: str, assignment: str) -> bool:
    """Put beside a student's pages what nbgrader wants there; tell if some are new."""
    beside = course.submitted / student / assignment
    folder = course.folder / "feedback" / student / assignment
    pages = sorted(folder.glob("*.html"))
    if not pages or not all((beside / x).is_file() for x in (TIMESTAMP, SECRET)):
        return False
    secret = (beside / SECRET).read_text(encoding="utf-8")
    if all(_is_out(course, page, secret) for page in pages):
        return False
    for name in (TIMESTAMP, SECRET):
        (folder / name).write_bytes((beside / name).read_bytes())
    return True


def feedback_page(course: Course, notebook: str, secret: str) -> Path:
    """Return where a student's page lies in the exchange."""
    name: str = notebook_hash(secret=secret, notebook_id=notebook)
    root = Path(course.settings.exchange) / course.settings.id / "feedback"
    return root / f"{name}.html"


def _is_out(course: Course, page: Path, secret: str) -> bool:
    there = feedback_page(course, page.stem, secret)
    return there.is_file() and there.read_bytes() == page.read_bytes()


def _api(course: Course) -> NbGraderAPI:
    config = Config()
    configure_course(config, course.folder)
    config.ExchangeReleaseAssignment.force = True
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def _done(result: dict[str, object]) -> None:
    if not result["success"]:
        said = str(result.get("error") or result.get("log")).strip().splitlines()
        raise ExchangeFault(f"nbgrader's exchange: {said[-1] if said else 'it failed'}")


def _submission(item: os.DirEntry[str]) -> tuple[str, str, datetime] | None:
    """Read nbgrader's name of a submission: user+assignment+time+chance."""
    parts = item.name.rsplit("+", 3)
    if len(parts) < 4 or not item.is_dir(follow_symlinks=False):
        return None
    with suppress(ValueError, OverflowError):
        return parts[0], parts[1], read_time(parts[2].encode())
    return None


def _note_owner(item: os.DirEntry[str], student: str, reading: Reading) -> None:
    """Say so where somebody else's account made a student's submission."""
    try:
        import pwd

        owner = pwd.getpwuid(item.stat().st_uid).pw_name
    except (ImportError, KeyError):
        return
    if owner not in (student, pwd.getpwuid(os.getuid()).pw_name):
        reading.ignored.append(
            f"{item.name!r} says that it is {student!r}'s, but belongs to the account"
            f" {owner!r}; it was taken in all the same."
        )


def _read(
    folder: Path,
    found: tuple[str, str, datetime],
    editions: Editions,
    reading: Reading,
) -> None:
    student, assignment, time = found
    try:
        secret = read_file(folder / SECRET).decode(errors="replace")
    except Refused:
        secret = ""
    for file in sorted(folder.glob("*.ipynb")):
        if file.stem not in editions[assignment]:
            reading.ignored.append(
                f"{folder.name}/{file.name} is not a notebook of its assignment."
            )
            continue
        read = partial(read_file, file)
        arrival = Arrival(student, assignment, file.stem, read, time, secret)
        reading.arrivals.append(arrival)


def _moment(arrival: Arrival) -> float:
    return arrival.time.timestamp() if arrival.time else 0.0
