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
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import func, update

from autograder.course.folder import Course
from autograder.course.ledger import Ledger, Place
from autograder.record import Record

_NONE = timedelta(0)


def settle(course: Course, record: Record, ledger: Ledger) -> set[Place]:
    """Bring names, deadlines, extensions and penalties up to date.

    Returns the notebooks whose penalty changed.
    """
    with record.transaction():
        _enter_names(course, record.gradebook)
        _enter_deadlines(course, record.gradebook)
        if not course.settings.deadlines and not record.penalties():
            return set()
        return _enter_penalties(course, record, ledger)


def penalty(course: Course, place: Place, score: float, came: datetime | None) -> float:
    """Return what a notebook loses that came at this time."""
    due = course.settings.deadline(place[2])
    if due is None or came is None:
        return 0.0
    student = course.roster.students.get(place[0])
    extension = student.extension if student else _NONE
    return course.settings.late.penalty(score, came - (due + extension))


def _enter_names(course: Course, book: Gradebook) -> None:
    there = {student.id: student for student in book.db.query(Student)}
    for student in course.roster.students.values():
        row = there.get(student.id)
        if row is None:
            row = Student(id=student.id)
            book.db.add(row)
        row.first_name = student.first_name or None
        row.last_name = student.last_name or None
        row.email = student.email or None


def _enter_deadlines(course: Course, book: Gradebook) -> None:
    """Enter when all is due, and who has how much longer."""
    due = course.settings.due
    for assignment in book.db.query(Assignment):
        assignment.duedate = due and _naive(due)
    longer = {
        student.id: student.extension
        for student in course.roster.students.values()
        if student.extension and due
    }
    given = SubmittedAssignment.extension.is_not(None)
    whose = SubmittedAssignment.student_id.in_(longer)
    for submission in book.db.query(SubmittedAssignment).filter(given | whose):
        submission.extension = longer.get(submission.student_id)


def _enter_penalties(course: Course, record: Record, ledger: Ledger) -> set[Place]:
    db = record.gradebook.db
    # One pass over all grades: nbgrader's own sum would take one a notebook.
    sums = db.query(Grade.notebook_id, func.sum(Grade.score)).group_by(
        Grade.notebook_id
    )
    scores = {notebook: score or 0.0 for notebook, score in sums}
    changed: dict[str, tuple[Place, float]] = {}
    lines = record.submitted(
        SubmittedNotebook.id,
        SubmittedNotebook.late_submission_penalty,
        SubmittedAssignment.timestamp,
    )
    for student, assignment, name, notebook, before, stamp in lines:
        place = student, assignment, name
        came = ledger.time(place) or _aware(stamp)
        off = penalty(course, place, scores.get(notebook, 0.0), came)
        if off != (before or 0.0):
            changed[notebook] = place, off
    for notebook, (_, off) in changed.items():
        own = SubmittedNotebook.id == notebook
        line = update(SubmittedNotebook).where(own)
        db.execute(line.values(late_submission_penalty=off or None))
    return {place for place, _ in changed.values()}


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
