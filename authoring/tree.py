"""Builds notebooks from a project's lessons, and compares them with its files."""

from __future__ import annotations

import json
from pathlib import Path

from authoring.edition import ORIGINAL, Edition
from authoring.lesson import read_lesson
from authoring.problem import LessonError, Place, Problem
from authoring.review import editions, review
from authoring.student import review_student, stubs, student_notebook, to_text
from authoring.weave import weave
from paramlab.exercises import LESSONS

TREES = ("notebooks", "solutions")


def weave_all(root: Path, names: list[str]) -> dict[str, str]:
    """Return the text of every notebook by path, or refuse with all the reasons."""
    problems: list[Problem] = []
    lessons = []
    for name in names:
        lesson, found = read_lesson(root, name)
        lessons += [lesson] if lesson else []
        problems += found
    if names == list(LESSONS):
        problems += _strangers(root)
    problems += review(lessons)
    if problems:
        raise LessonError(problems)

    built: dict[str, str] = {}
    for edition in editions(lessons):
        stub = stubs(edition.language)
        for lesson in lessons:
            woven, found = weave(lesson, edition)
            problems += found
            if found:
                continue
            solution = to_text(woven.notebook)
            student = student_notebook(solution, stub)
            problems += review_student(woven, student)
            path = edition.path(lesson.name)
            built[f"solutions/{path}"] = solution
            built[f"notebooks/{path}"] = to_text(student)
    if problems:
        raise LessonError(problems)
    return built


def differing(root: Path, built: dict[str, str], names: list[str]) -> list[str]:
    """Return the paths of built notebooks that are missing, changed or left over."""
    changed = [
        path for path, text in built.items() if _content(root / path) != text.encode()
    ]
    return sorted(changed + left_over(root, built, names))


def left_over(root: Path, built: dict[str, str], names: list[str]) -> list[str]:
    """Return notebooks that an earlier build made and this one does not.

    A notebook that says something else of itself, such as a student's copy under
    another name, is not the builder's.
    """
    return [
        path
        for tree in TREES
        for file in (root / tree).glob("*/*/*.ipynb")
        if (path := file.relative_to(root).as_posix()) not in built
        if file.stem in names or file.stem not in LESSONS
        if _was_built(file)
    ]


def write(root: Path, built: dict[str, str], names: list[str]) -> list[str]:
    """Bring the files up to date; return the paths that were touched."""
    touched = differing(root, built, names)
    for path in touched:
        file = root / path
        if path not in built:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_bytes(built[path].encode())
        half.replace(file)
    return touched


def _strangers(root: Path) -> list[Problem]:
    return [
        Problem(
            Place(file.relative_to(root).as_posix(), 1),
            f"paramlab/exercises.py has no lesson {file.parent.name}",
        )
        for file in (root / "lessons").glob(f"*/{ORIGINAL}.md")
        if file.parent.name not in LESSONS
    ]


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _was_built(file: Path) -> bool:
    language, framework = file.parts[-3:-1]
    try:
        metadata = json.loads(file.read_bytes())["metadata"]["paramlab"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(metadata == Edition(language, framework).metadata(file.stem))
