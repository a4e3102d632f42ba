"""Every platform that grades and feedback can be written for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autograder.course.ledger import Place
from autograder.feedback import Page, marked
from autograder.lms.canvas_gradebook import write_canvas
from autograder.lms.feedback_files import write_canvas_feedback, write_moodle_feedback
from autograder.lms.grades import Wanted
from autograder.lms.gradescope_grades import write_gradescope
from autograder.lms.moodle_worksheet import write_moodle
from autograder.record import Record


def _canvas(wanted: Wanted, record: Record) -> list[Path]:
    return [
        *write_canvas(wanted),
        *write_canvas_feedback(wanted, _pages(record)),
    ]


def _moodle(wanted: Wanted, record: Record) -> list[Path]:
    return [*write_moodle(wanted), *write_moodle_feedback(wanted)]


def _gradescope(wanted: Wanted, record: Record) -> list[Path]:
    return write_gradescope(wanted)


PLATFORMS: dict[str, Callable[[Wanted, Record], list[Path]]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "gradescope": _gradescope,
}


def _pages(record: Record) -> dict[Place, Page]:
    marks, remarks, off = record.marks(), record.remarks(), record.penalties()
    return {
        entry.place: Page(marked(entry, marks, remarks), off.get(entry.place, 0.0))
        for entry in record.entries()
    }
