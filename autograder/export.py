"""Grades as other programs take them: a line a student, in several formats.

A format is a function that writes the lines into a folder; a learning
platform's column layout is one more of them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.plugins import CsvExportPlugin, ExportPlugin

from autograder.course.folder import Course
from autograder.course.roster import Student
from autograder.files import write_whole
from autograder.journal import Row
from autograder.lms.sheet import guarded
from autograder.record import Record
from autograder.report import Total, short

EXPORTS = "exports"


@dataclass(frozen=True)
class GradeLine:
    """What one student reached in one assignment.

    ``lessons`` holds what each lesson earned before a penalty for late work,
    which ``score`` is after, ``most`` what it can earn, ``penalties`` what was
    taken off. An assignment without ``rows`` was not handed in.
    """

    student: Student
    assignment: str
    score: float
    max_score: float
    late_penalty: float = 0.0
    lessons: Mapping[str, float] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    most: Mapping[str, float] = field(default_factory=dict)
    penalties: Mapping[str, float] = field(default_factory=dict)


Writer = Callable[[Course, Sequence[GradeLine], Path], Path]


def grade_lines(
    course: Course, record: Record, rows: Sequence[Row], totals: Sequence[Total]
) -> list[GradeLine]:
    """Return the lines of everybody who is in the roster or handed something in."""
    off, written = record.penalties(), record.written()
    by_submission: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_submission.setdefault(row.submission, []).append(row)
    lines = []
    for total in totals:
        own = by_submission[total.student, total.assignment]
        lessons: dict[str, float] = {}
        most: dict[str, float] = {}
        for row in own:
            name = row.notebook
            lessons[name] = lessons.get(name, 0.0) + row.score
            waits = (row.assignment, name, row.exercise) in written
            if row.status == "graded" or not waits:
                most[name] = most.get(name, 0.0) + row.max_score
        places = {name: (total.student, total.assignment, name) for name in lessons}
        student = course.roster.students.get(total.student, Student(total.student))
        lines.append(
            GradeLine(
                student,
                total.assignment,
                total.score,
                total.max_score,
                total.late_penalty,
                lessons,
                own,
                most,
                {name: off[place] for name, place in places.items() if place in off},
            )
        )
    there = {line.student.id for line in lines}
    for student in course.roster.students.values():
        if student.id not in there:
            lines.append(_nothing(course, student))
    return sorted(lines, key=lambda line: (line.student.id, line.assignment))


def _nothing(course: Course, student: Student) -> GradeLine:
    """Return the line of a student who handed nothing in."""
    shelf = course.shelf()
    assignment = course.settings.frameworks[0]
    language = shelf.language(assignment, course.language)
    most = sum(
        exercise.max_score
        for name in shelf.notebooks(assignment)
        for exercise in shelf.release(language, assignment, name).exercises
        if not exercise.written
    )
    alone = len(course.settings.frameworks) == 1
    return GradeLine(student, assignment if alone else "", 0.0, most)


def write_csv(course: Course, lines: Sequence[GradeLine], folder: Path) -> Path:
    """Write a table with a column a lesson."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    columns = ["id", "first name", "last name", "email", "assignment"]
    columns += ["score", "max_score", "late_penalty", *course.settings.lessons]
    writer.writerow(columns)
    for line in lines:
        who = line.student
        points = [line.score, line.max_score, line.late_penalty]
        points += [line.lessons.get(name, 0.0) for name in course.settings.lessons]
        writer.writerow(
            [*map(guarded, (who.id, who.first_name, who.last_name, who.email))]
            + [line.assignment]
            + [short(number) for number in points]
        )
    path = folder / "grades.csv"
    write_whole(path, text.getvalue())
    return path


def write_json(course: Course, lines: Sequence[GradeLine], folder: Path) -> Path:
    """Write everything, exercise by exercise."""
    students = [
        {
            "id": line.student.id,
            "first_name": line.student.first_name,
            "last_name": line.student.last_name,
            "email": line.student.email,
            "assignment": line.assignment,
            "score": round(line.score, 4),
            "max_score": round(line.max_score, 4),
            "late_penalty": round(line.late_penalty, 4),
            "exercises": [
                {
                    "notebook": row.notebook,
                    "exercise": row.exercise,
                    "score": round(row.score, 4),
                    "max_score": round(row.max_score, 4),
                    "status": row.status,
                    "message": row.message,
                }
                for row in line.rows
            ],
        }
        for line in lines
    ]
    data = {
        "course": course.settings.id,
        "name": course.settings.name,
        "grades": students,
    }
    path = folder / "grades.json"
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    return path


FORMATS: dict[str, Writer] = {"csv": write_csv, "json": write_json}


def export_with_nbgrader(
    record: Record, path: Path, plugin: type[ExportPlugin] = CsvExportPlugin
) -> Path:
    """Let one of nbgrader's exporters write the gradebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exporter = plugin()
    exporter.to = str(path)
    exporter.export(record.gradebook)
    return path
