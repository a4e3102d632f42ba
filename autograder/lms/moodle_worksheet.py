"""Moodle's offline grading worksheet: what "Upload grading worksheet" takes.

    Identifier,Full name,Email address,Status,Grade,Maximum Grade,…
    Participant 12345,Ada Lovelace,ada@example.org,Submitted for grading,18.5,20.00,…

Moodle finds a student by the number, which is another one in each assignment,
and finds the columns by names in the language of the site. So let the file be
filled in that Moodle gives. Without one the numbers come from the downloads
that were collected, and the names are English.
"""

from __future__ import annotations

import re
from collections import defaultdict
from html import unescape
from pathlib import Path

from autograder.lms import moodle
from autograder.lms.grades import Column, Score, Wanted, number, points, read_number
from autograder.lms.sheet import BadTemplate, Sheet, guarded, read_sheet, unguarded

_HEAD = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (submission)"),
    *("Last modified (grade)", "Feedback comments"),
)
_SUBMITTED = "Submitted for grading"
_GRADE = ("Grade", "成绩", "評点", "Bewertung", "Note", "Calificación", "Nota")
_MOST = ("Maximum Grade", "最高成绩", "最大評点", "Bestwertung", "Calificación máxima")
_EMAIL = (
    "Email address",
    "电子邮件地址",
    "电子邮件",
    "メールアドレス",
    "E-Mail-Adresse",
)
_COMMENT = ("Feedback comments", "评语", "反馈评论", "フィードバックコメント")
_TAGS = re.compile(r"<[^<>]*>")
_NUMBER = re.compile(r"(.*?)(\d+)\s*")


def write_moodle(wanted: Wanted) -> list[Path]:
    """Write or fill in worksheets, one an assignment of Moodle's.

    Raises BadTemplate.
    """
    if wanted.template:
        sheet = _filled(wanted, wanted.template)
        return [sheet.write(wanted.folder / f"moodle-{wanted.template.stem}.csv")]
    downloads = sorted(
        {
            origin.download
            for origin in wanted.origins.lines.values()
            if origin.platform == "moodle"
        }
    )
    if not downloads:
        raise BadTemplate(
            "Moodle knows a student by a number that only Moodle says: name the grading"
            " worksheet that it gives, as --template WORKSHEET.csv"
        )
    paths = []
    for download in downloads:
        sheet = _new(wanted, download)
        paths.append(sheet.write(wanted.folder / f"moodle-{download}.csv"))
    return paths


def _column(wanted: Wanted, numbers: dict[str, str], name: str) -> Column:
    """Return what an assignment of Moodle's stands for.

    It is the lessons that were handed in there, or those that are asked for.
    """
    there = set()
    for (student, _, lesson), origin in wanted.origins.lines.items():
        own = moodle.participant(origin.path)
        if origin.platform == "moodle" and own and numbers.get(own) == student:
            there.add(lesson)
    lessons = wanted.lessons or tuple(sorted(there))
    whole = {*lessons} == {*wanted.course.settings.lessons}
    return Column(name, "", () if whole else lessons)


def _numbers(wanted: Wanted, download: str = "") -> dict[str, str]:
    """Return the student of each participant's number, of one download or of all."""
    found: dict[str, str] = {}
    for (student, _, _), origin in wanted.origins.lines.items():
        own = moodle.participant(origin.path)
        if origin.platform == "moodle" and own and download in ("", origin.download):
            found[own] = student
    return found


def _new(wanted: Wanted, download: str) -> Sheet:
    numbers = _numbers(wanted, download)
    scores = wanted.scores(_column(wanted, numbers, download))
    most = number(max((score.most for score in scores.values()), default=0.0))
    students = {student.id: student for student in wanted.students()}
    sheet = Sheet([list(_HEAD)])
    for own, id_ in sorted(numbers.items(), key=lambda item: int(item[0])):
        student, score = students.get(id_), scores.get(id_)
        if student is None:
            continue
        sheet.lines.append(
            [
                f"Participant {own}",
                guarded(student.name or student.id),
                guarded(student.email),
                _SUBMITTED,
                number(score.score) if score else "",
                most,
                *("Yes", "-", "-"),
                score.comment if score else "",
            ]
        )
    return sheet


def _filled(wanted: Wanted, path: Path) -> Sheet:
    sheet = read_sheet(path)
    grade = sheet.column(*_named(wanted, "grade"), *_GRADE)
    people = [line for line in sheet.lines[1:] if line]
    if grade is None or not all(_NUMBER.fullmatch(line[0]) for line in people):
        raise BadTemplate(
            f"{path} is no grading worksheet of Moodle, or in a language that is not"
            " known here: its first line must be like"
            f" {','.join(_HEAD)}. Say which column takes the grade, as in --column"
            f" '{sheet.head[-1]}=grade'; there are {', '.join(sheet.head)}"
        )
    most = sheet.column(*_MOST)
    comment = sheet.column(*_named(wanted, "comment"), *_COMMENT)
    students = _students(wanted, sheet, path)
    numbers = {_own(sheet.lines[row][0]): id_ for row, id_ in students.items()}
    column = _column(wanted, numbers, path.stem)
    scores = wanted.scores(column)
    cells = [line[most] for line in people if most is not None and most < len(line)]
    theirs = next((found for found in map(read_number, cells) if found), None)
    # Moodle leaves out a grade above its own maximum.
    maximum = wanted.maximum(path.stem, scores, theirs)
    for row, student in students.items():
        line = sheet.lines[row]
        line.extend([""] * (len(sheet.head) - len(line)))
        score = scores.get(student)
        if score is not None:
            line[grade] = number(points(score, maximum), comma="," in "".join(cells))
            if comment is not None and _is_ours(line[comment], score):
                line[comment] = score.comment
    status = min(grade, sheet.column("Status") or grade)
    for line in sheet.lines[1:]:
        line[1:status] = [guarded(cell, once=True) for cell in line[1:status]]
    return sheet


def _is_ours(comment: str, score: Score) -> bool:
    """Tell whether a comment may be written over: there is none, or it is ours."""
    text = _TAGS.sub("", comment).strip()
    return not text or text.startswith(score.comment.partition(":")[0] + ": ")


def _named(wanted: Wanted, meaning: str) -> list[str]:
    return [title for title, said in wanted.columns.items() if said == meaning]


def _own(cell: str) -> str:
    found = _NUMBER.fullmatch(cell)
    return found[2] if found else ""


def _students(wanted: Wanted, sheet: Sheet, path: Path) -> dict[int, str]:
    """Return the id of each line's student; say whom there is no line for."""
    roster, known = wanted.course.roster, {s.id for s in wanted.students()}
    numbers = _numbers(wanted)
    email = sheet.column(*_EMAIL)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, line in enumerate(sheet.lines[1:], start=1):
        if not line:
            continue
        name = unescape(unguarded(line[1])) if len(line) > 1 else ""
        said = unguarded(line[email]).strip() if email and email < len(line) else ""
        by_email = roster.find(said) if said else None
        student = numbers.get(_own(line[0]))
        if student is None and by_email and by_email.sure and by_email.id in known:
            student = by_email.id
        elif student is None and (by_name := roster.find(name)).id in known:
            student = by_name.id
        if student is None:
            wanted.notes.append(
                f"{name or line[0]!r} of {path} is nobody in the roster."
            )
        else:
            found[student].append(row)
    for student, rows in found.items():
        if len(rows) > 1:
            lines = " and ".join(str(row + 1) for row in rows)
            wanted.notes.append(
                f"Lines {lines} of {path} both mean {student}: they stay as they are."
            )
    for line_ in wanted.lines:
        if line_.rows and line_.student.id not in found:
            wanted.notes.append(
                f"{line_.student.id} has grades, but no line in {path}."
            )
    return {rows[0]: student for student, rows in found.items() if len(rows) == 1}
