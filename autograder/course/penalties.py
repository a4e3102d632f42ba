"""Put a course's deadlines, names and late penalties into nbgrader's gradebook.

So formgrader, nbgrader's exporters and our own tables agree. A penalty depends
on the score, so it is settled again after each change of one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.folder import Course
from autograder.course.ledger import Ledger, Place
from autograder.record import Record

_NONE = timedelta(0)


def settle(course: Course, record: Record, ledger: Ledger) -> set[Place]:
    """Bring names, deadlines, extensions and penalties up to date.

    Returns the notebooks whose penalty changed.
    """
    with record.transaction():
        return _settle(course, record.gradebook, ledger)


def penalty(course: Course, place: Place, score: float, came: datetime | None) -> float:
    """Return what a notebook loses that came at this time."""
    due = course.settings.deadline(place[2])
    if due is None or came is None:
        return 0.0
    student = course.roster.students.get(place[0])
    extension = student.extension if student else _NONE
    return course.settings.late.penalty(score, came - (due + extension))


def _settle(course: Course, book: Gradebook, ledger: Ledger) -> set[Place]:
    due = course.settings.due
    for assignment in book.db.query(Assignment):
        assignment.duedate = due and _naive(due)
    there = {student.id: student for student in book.db.query(Student)}
    for student in course.roster.students.values():
        row = there.get(student.id)
        if row is None:
            row = Student(id=student.id)
            book.db.add(row)
        row.first_name = student.first_name or None
        row.last_name = student.last_name or None
        row.email = student.email or None
    changed = set()
    lines = (
        book.db.query(
            SubmittedNotebook,
            SubmittedNotebook.score,
            SubmittedAssignment,
            Notebook.name,
            Assignment.name,
        )
        .join(
            SubmittedAssignment,
            SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        )
        .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    )
    for notebook, score, submission, name, assignment in lines:
        place = submission.student_id, assignment, name
        known = course.roster.students.get(submission.student_id)
        extra = known.extension if known and due else _NONE
        submission.extension = extra or None
        came = ledger.time(place) or _aware(submission.timestamp)
        off = penalty(course, place, score or 0.0, came)
        if (notebook.late_submission_penalty or 0.0) != off:
            notebook.late_submission_penalty = off or None
            changed.add(place)
    return changed


class AssignPenalties(NbGraderPreprocessor):
    """nbgrader's step of the same name, by the rule of course.toml."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Write the penalty of one notebook that stock nbgrader has graded."""
        said = resources["nbgrader"]
        place = said["student"], said["assignment"], said["notebook"]
        course = Course.open(Path.cwd())  # nbgrader works in the course's folder
        with Gradebook(said["db_url"]) as book:
            submission = book.find_submission(place[1], place[0])
            notebook = book.find_submission_notebook(place[2], place[1], place[0])
            came = Ledger(course.folder).time(place) or _aware(submission.timestamp)
            off = penalty(course, place, notebook.score or 0.0, came)
            notebook.late_submission_penalty = off or None
            book.db.commit()
        return nb, resources


def _naive(moment: datetime) -> datetime:
    """Return a time as nbgrader keeps it: UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
