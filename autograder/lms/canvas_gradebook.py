"""Canvas's gradebook as CSV: what Grades → Import takes.

    Student,ID,SIS User ID,SIS Login ID,Section,Access (4321)
        Points Possible,,,,,20
    "Lovelace, Ada",12345,s001,ada,PL-1,18.5

Canvas finds a student by ID, else by SIS User ID, else by SIS Login ID, and an
assignment by the number in its title. So take the file that Canvas exports and
let it be filled in. Without one the first import makes new assignments.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from autograder.course.roster import Student
from autograder.lms import canvas
from autograder.lms.grades import Wanted, number, points, read_number
from autograder.lms.sheet import BadTemplate, Sheet, guarded, read_sheet, unguarded

_IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_POINTS = "Points Possible"
_LATER = ("Integration ID", "Root Account")
_COMPUTED = (
    *("Current Score", "Current Points", "Current Grade", "Final Score"),
    *("Final Points", "Final Grade", "Override Score", "Override Grade"),
)
_KEPT = ("EX", "N/A")  # excused, and not for this student
_TEST = "Student, Test"  # Canvas's own test student


def write_canvas(wanted: Wanted) -> list[Path]:
    """Write or fill in the gradebook; raises BadTemplate."""
    sheet = _filled(wanted) if wanted.template else _new(wanted)
    return [sheet.write(wanted.folder / "canvas.csv")]


def _new(wanted: Wanted) -> Sheet:
    columns = wanted.all_columns()
    scores = [wanted.scores(column) for column in columns]
    most = [max((s.most for s in own.values()), default=0.0) for own in scores]
    sheet = Sheet([[*_IDENTITY, *(column.title for column in columns)]])
    sheet.lines.append([f"    {_POINTS}", "", "", "", "", *map(number, most)])
    numbers = {student: user for user, student in _users(wanted).items()}
    for student in wanted.students():
        cells = [
            number(own[student.id].score) if student.id in own else "" for own in scores
        ]
        sheet.lines.append([*map(guarded, _identity(student, numbers)), *cells])
    return sheet


def _identity(student: Student, numbers: dict[str, str]) -> list[str]:
    more = student.more
    comma = ", " if student.first_name and student.last_name else ""
    name = f"{student.last_name}{comma}{student.first_name}" or student.id
    login = more.get("sis login id") or more.get("login") or more.get("username")
    return [
        name,
        more.get("canvas id") or numbers.get(student.id, ""),
        more.get("sis user id") or student.id,
        login or student.email,
        more.get("section", ""),
    ]


def _filled(wanted: Wanted) -> Sheet:
    assert wanted.template is not None
    sheet = read_sheet(wanted.template)
    first = _first_column(sheet, wanted.template)
    titles = [
        "" if any(word in title for word in _COMPUTED) else title
        for title in sheet.head[first:]
    ]
    columns = {first + i: c for i, c in wanted.columns_of(titles).items()}
    worth = next((x for x in sheet.lines[1:4] if x and _POINTS in x[0]), [])
    students = _rows(wanted, sheet)
    width = len(sheet.head)
    for place, column in columns.items():
        scores = wanted.scores(column)
        theirs = read_number(worth[place]) if place < len(worth) else None
        maximum = wanted.maximum(column.title, scores, theirs)
        for row, student in students.items():
            line = sheet.lines[row]
            line.extend([""] * (width - len(line)))
            if student in scores and line[place].strip() in _KEPT:
                wanted.notes.append(
                    f"{student}: {column.title!r} says {line[place].strip()}, which"
                    " stays."
                )
            elif student in scores:
                line[place] = number(points(scores[student], maximum))
    for line in sheet.lines[1:]:
        line[:first] = [guarded(cell, once=True) for cell in line[:first]]
    return sheet


def _first_column(sheet: Sheet, path: Path) -> int:
    """Return where the assignments begin: after the student's own columns."""
    head = [title.strip() for title in sheet.head]
    named = head[:1] == ["Student"] or head[:2] == ["LastName", "FirstName"]
    if not named or "ID" not in head or "Section" not in head:
        raise BadTemplate(
            f"{path} is no gradebook of Canvas: its first line must begin with"
            f" {','.join(_IDENTITY)}"
        )
    place = head.index("Section")
    while place + 1 < len(head) and head[place + 1] in _LATER:
        place += 1
    return place + 1


def _rows(wanted: Wanted, sheet: Sheet) -> dict[int, str]:
    """Return the id of each line's student; say whom there is no line for."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    strangers = []
    users = _users(wanted)
    for row, line in enumerate(sheet.lines[1:], start=1):
        cells = dict(zip((t.strip() for t in sheet.head), line, strict=False))
        name = unguarded(cells.get("Student") or "").strip() or " ".join(
            unguarded(cells.get(part) or "") for part in ("FirstName", "LastName")
        )
        if not any(cells.get(title) for title in _IDENTITY[1:]) or _POINTS in name:
            continue
        student = _student(wanted, cells, name, users)
        if student is not None:
            found[student].append(row)
        elif name != _TEST:
            strangers.append(name)
    _say_missing(wanted, found, strangers)
    return {rows[0]: student for student, rows in found.items() if len(rows) == 1}


def _student(
    wanted: Wanted, cells: dict[str, str], name: str, users: dict[str, str]
) -> str | None:
    roster = wanted.course.roster
    number_ = (cells.get("ID") or "").strip()
    known = {student.id for student in wanted.students()}
    own = roster.find(f"canvas {number_}")
    if own.sure and own.id in known:
        return own.id
    if number_ in users:
        return users[number_]
    for title in ("SIS User ID", "SIS Login ID", "Integration ID"):
        said = unguarded(cells.get(title) or "").strip()
        if said and (found := roster.find(said)).sure and found.id in known:
            return found.id
    found = roster.find(name)
    return found.id if found.id in known else None


def _users(wanted: Wanted) -> dict[str, str]:
    """Return the student of each of Canvas's numbers that a download told."""
    return {
        canvas.user(origin.path): place[0]
        for place, origin in wanted.origins.lines.items()
        if origin.platform == "canvas" and canvas.user(origin.path)
    }


def _say_missing(
    wanted: Wanted, found: dict[str, list[int]], strangers: list[str]
) -> None:
    for student, rows in found.items():
        if len(rows) > 1:
            lines = " and ".join(str(row + 1) for row in rows)
            wanted.notes.append(
                f"Lines {lines} of {wanted.template} both mean {student}: they stay as"
                " they are."
            )
    for name in strangers:
        wanted.notes.append(f"{name!r} of {wanted.template} is nobody in the roster.")
    for line in wanted.lines:
        if line.rows and line.student.id not in found:
            wanted.notes.append(
                f"{line.student.id} has grades, but no line in {wanted.template}."
            )
