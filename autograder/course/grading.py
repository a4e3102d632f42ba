"""What grading a course asks of its folder, before and besides the engine."""

from __future__ import annotations

from datetime import UTC, datetime

from nbgrader.api import Grade

from autograder.arrival import Arrival
from autograder.collect import BadSource, Collection, Submission, look_through
from autograder.course.folder import Course
from autograder.course.ledger import Ledger
from autograder.course.settings import SETTINGS, BadSettings
from autograder.record import Record
from autograder.release import exercise_of_name
from autograder.report import short


def collected(course: Course, ledger: Ledger) -> Collection:
    """Return what lies in a course's ``submitted/``, whoever put it there.

    Work that nbgrader's own commands collected is noted in the ledger. Raises
    BadSource where there is none.
    """
    now = datetime.now(UTC)

    def note(arrival: Arrival, content: bytes) -> None:
        place = arrival.student, arrival.assignment, arrival.notebook
        ledger.note(place, content, arrival.time or now)

    there = course.submitted.is_dir()
    found = look_through(course.submitted, course.editions, note) if there else None
    found = found or Collection()
    add_refused(course, ledger, found)
    if not found.submissions:
        raise BadSource(
            f"there is nothing to grade in {course.submitted}:"
            f" autograder collect {course.folder} SUBMISSIONS"
        )
    for student in sorted({item.student for item in found.submissions}):
        if course.roster and student not in course.roster.students:
            found.ignored.append(
                f"{student!r} is not in the roster, but has work in submitted/;"
                " it is graded all the same."
            )
    ledger.write()
    return found


def add_refused(course: Course, ledger: Ledger, found: Collection) -> None:
    """Add what was refused when it came: it is graded as invalid, not as missing."""
    by_key = {(item.student, item.assignment): item for item in found.submissions}
    for (student, assignment, notebook), line in ledger.lines.items():
        if not line.refused or notebook not in course.editions.get(assignment, ()):
            continue
        key = student, assignment
        if key not in by_key:
            by_key[key] = Submission(*key, course.submitted / student / assignment)
            found.submissions.append(by_key[key])
        by_key[key].refused.setdefault(notebook, line.refused)
    found.submissions.sort(key=lambda item: (item.student, item.assignment))


def refuse_loss(course: Course, record: Record) -> None:
    """Raise BadSettings where a setting would take grades away that there are."""
    path = course.folder / SETTINGS
    for _, assignment, notebook in sorted(record.keys()):
        if assignment not in course.settings.frameworks:
            raise BadSettings(
                f"{path}: frameworks: {assignment!r} has grades and must stay"
            )
        if notebook not in course.settings.lessons:
            raise BadSettings(
                f"{path}: lessons: {notebook!r} has grades and must stay; to leave it"
                " out of the sum, give its exercises 0 points"
            )
    given = Grade.manual_score.is_not(None)
    for grade in record.gradebook.db.query(Grade).filter(given):
        exercise = exercise_of_name(grade.name)
        worth = course.settings.points.get(exercise)
        if worth is not None and worth < grade.manual_score <= grade.max_score:
            raise BadSettings(
                f"{path}: points.{exercise}: {short(worth)} is less than the"
                f" {short(grade.manual_score)} that a person gave"
                f" {grade.student.id!r}; change that mark in formgrader first"
            )
