"""Feedback for a platform's bulk upload: a ZIP with the names of its download.

Moodle ("Upload multiple feedback files in a zip") knows a student by the
folder's name, so the pages go into the folders that the work came in. Canvas
("Upload Submissions") knows student and file by the numbers in the file's name
and gives the student the file under the name of the notebook; so what it takes
is a notebook, with the feedback as text.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.course.ledger import Place
from autograder.feedback import Page, page_path
from autograder.lms import moodle
from autograder.lms.grades import Wanted
from autograder.report import short
from paramlab.messages import area

_START = 1980, 1, 1, 0, 0, 0  # the same pages make the same ZIP
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|&$~])")


def write_moodle_feedback(wanted: Wanted) -> list[Path]:
    """Write a ZIP for each download of Moodle's that was collected."""
    files: dict[str, dict[str, bytes]] = defaultdict(dict)
    for place, origin in sorted(wanted.origins.lines.items()):
        if origin.platform == "moodle":
            page = page_path(wanted.course.folder, *place)
            if page.is_file():
                name = moodle.feedback_path(origin.path, f"{place[2]}.html")
                files[origin.download][name] = page.read_bytes()
    return [_pack(wanted, f"moodle-feedback-{name}", files[name]) for name in files]


def write_canvas_feedback(wanted: Wanted, pages: dict[Place, Page]) -> list[Path]:
    """Write a ZIP for each download of Canvas's that was collected."""
    files: dict[str, dict[str, bytes]] = defaultdict(dict)
    for place, origin in sorted(wanted.origins.lines.items()):
        if origin.platform == "canvas" and place in pages:
            name = origin.path.rsplit("/", 1)[-1]
            files[origin.download][name] = _notebook(pages[place]).encode()
    return [_pack(wanted, f"canvas-feedback-{name}", files[name]) for name in files]


def _pack(wanted: Wanted, name: str, files: dict[str, bytes]) -> Path:
    path = wanted.folder / f"{name}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in sorted(files.items()):
            info = zipfile.ZipInfo(place, _START)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    part.replace(path)
    return path


def _notebook(page: Page) -> str:
    """Return the feedback on one notebook as a notebook of text."""
    entry = page.entry
    words = area(entry.language, "grading")["feedback"]
    counted = [
        result
        for result in entry.results
        if not result.exercise.written or result.status == "graded"
    ]
    most = sum(result.exercise.max_score for result in counted)
    score = max(0.0, sum(result.score for result in counted) - page.penalty)
    lines = [
        f"# {words['title']}: {_text(entry.notebook)}",
        "",
        f"| {words['exercise']} | {words['points']} | {words['remark']} |",
        "|---|---|---|",
    ]
    for result in entry.results:
        points = f"{short(result.score)} / {short(result.exercise.max_score)}"
        if result.exercise.written and result not in counted:
            points = words["waiting"]
        remark = _text(result.message)
        lines.append(f"| {_text(result.exercise.id)} | {points} | {remark} |")
    if page.penalty:
        lines.append(f"| {words['late']} | −{short(page.penalty)} | |")
    lines.append(f"| **{words['total']}** | {short(score)} / {short(most)} | |")
    if entry.notes:
        lines += ["", f"## {words['notes']}", ""]
        lines += [f"- {_text(note)}" for note in entry.notes]
    notebook = new_notebook(cells=[new_markdown_cell("\n".join(lines), id="feedback")])
    return str(nbformat.writes(notebook)) + "\n"


def _text(text: str) -> str:
    """Return a text as Markdown shows it: nothing in it acts, and no line ends."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
