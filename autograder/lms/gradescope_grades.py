"""Grades in the columns of Gradescope's own "Download Grades".

Gradescope takes no table of grades in; but much that schools have reads this
one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.course.ledger import Ledger
from autograder.course.roster import Student
from autograder.lms.grades import Column, Wanted, number
from autograder.lms.sheet import Sheet, guarded

_WHO = ("First Name", "Last Name", "SID", "Email", "Sections")
_LATE = "Lateness (H:M:S)"
_NONE = timedelta(0)


def write_gradescope(wanted: Wanted) -> list[Path]:
    """Write the table: four columns an assignment."""
    ledger = Ledger(wanted.course.folder)
    columns = wanted.all_columns()
    head = list(_WHO)
    for column in columns:
        more = ("Max Points", "Submission Time", _LATE)
        head += [column.title, *(f"{column.title} - {name}" for name in more)]
    sheet = Sheet([[*head, f"Total {_LATE}"]])
    scores = [wanted.scores(column) for column in columns]
    for student in wanted.students():
        own_id = student.more.get("sid") or student.id
        section = student.more.get("section", "")
        who = student.first_name, student.last_name, own_id, student.email, section
        cells = list(map(guarded, who))
        total = _NONE
        for column, own in zip(columns, scores, strict=True):
            score = own.get(student.id)
            most = max((other.most for other in own.values()), default=0.0)
            came, late = _times(wanted, ledger, student, column)
            total += late
            cells += [number(score.score) if score else "", number(most)]
            cells += [f"{came:%Y-%m-%d %H:%M:%S %z}" if came else "", _clock(late)]
        sheet.lines.append([*cells, _clock(total)])
    return [sheet.write(wanted.folder / "gradescope.csv")]


def _times(
    wanted: Wanted, ledger: Ledger, student: Student, column: Column
) -> tuple[datetime | None, timedelta]:
    """Return when the last of it came, and how late the latest of it was."""
    settings = wanted.course.settings
    last, late = None, _NONE
    for lesson in column.lessons or settings.lessons:
        came = ledger.time((student.id, column.assignment, lesson))
        if came is None:
            continue
        came = came.astimezone(UTC)
        last = max(last, came) if last else came
        if due := settings.deadline(lesson):
            late = max(late, came - due - student.extension)
    return last, late


def _clock(late: timedelta) -> str:
    minutes, seconds = divmod(int(late.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
