"""Weaves one lesson and one edition into a solution notebook."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import nbformat

from authoring.code import weave_code
from authoring.edition import Edition
from authoring.lesson import Lesson
from authoring.problem import Place, Problem
from authoring.prose import Part
from paramlab.exercises import EXERCISES, WRITTEN, Exercise

Cell = dict[str, Any]


@dataclass
class Woven:
    """A solution notebook, and where each of its cells comes from."""

    notebook: nbformat.NotebookNode
    places: dict[str, Place] = field(default_factory=dict)


def weave(lesson: Lesson, edition: Edition) -> tuple[Woven, list[Problem]]:
    """Return the solution notebook of a reviewed lesson."""
    problems: list[Problem] = []
    cells: list[Cell] = []
    places: dict[str, Place] = {}
    prose = lesson.prose[edition.language].paragraphs()
    code = lesson.code[edition.framework].cells
    strings = {name: part for name, part in prose.items() if part.kind == "string"}
    for part in lesson.original.parts:
        if not part.serves(edition.framework):
            continue
        if part.kind in ("code", "exercise"):
            source, found = weave_code(code[part.id], strings)
            problems += found
            places[part.id] = code[part.id].place
            if part.kind == "code":
                cells.append(_code(part.id, source, code[part.id].tags))
            else:
                exercise = EXERCISES[part.id]
                cells += [_solution(exercise, source), _test(exercise)]
                places[f"test-{part.id}"] = part.place
        elif part.kind == "setup":
            cells.append(_setup(edition))
            places[part.id] = part.place
        elif part.kind != "string":
            written = prose[part.id]
            places[part.id] = written.place
            if part.kind == "text":
                cells.append(_markdown(part.id, written.text))
            elif part.kind == "written":
                cells.append(_written(part.id, written.text))
            else:
                cells.append(_picture(written, lesson, edition))
    return Woven(_notebook(cells, lesson, edition), places), problems


def picture_name(name: str, edition: Edition) -> str:
    """Return the name of the file with an edition's picture."""
    return f"{name}.{edition.framework}.{edition.language}.png"


def _notebook(
    cells: list[Cell], lesson: Lesson, edition: Edition
) -> nbformat.NotebookNode:
    notebook: nbformat.NotebookNode = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {
            "cells": cells,
            "metadata": {
                "kernelspec": {
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": {"name": "python"},
                "paramlab": edition.metadata(lesson.name),
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
    return notebook


def _nbgrader(grade_id: str, **given: bool | int) -> dict[str, Any]:
    return {
        "grade": False,
        "grade_id": grade_id,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
        **given,
    }


def _markdown(name: str, text: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _code(name: str, source: str, tags: tuple[str, ...] = ()) -> Cell:
    metadata: dict[str, Any] = {}
    if "locked" in tags:
        metadata["nbgrader"] = _nbgrader(name, locked=True)
    shown = [tag for tag in tags if tag != "locked"]
    if shown:
        metadata["tags"] = shown
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def _setup(edition: Edition) -> Cell:
    return _code(
        "setup",
        "from paramlab import check, setup\n\n"
        f'setup("{edition.framework}", "{edition.language}")',
    )


def _solution(exercise: Exercise, source: str) -> Cell:
    cell = _code(exercise.id, source)
    cell["metadata"]["nbgrader"] = _nbgrader(exercise.id, solution=True)
    return cell


def _test(exercise: Exercise) -> Cell:
    """Return the cell that checks with public inputs and grades with hidden ones."""
    arguments = ", ".join([f'"{exercise.id}"', *exercise.answers])
    cell = _code(
        f"test-{exercise.id}",
        f"check({arguments})\n"
        "### BEGIN HIDDEN TESTS\n"
        "from paramlab.grading import score\n"
        f"score({arguments})\n"
        "### END HIDDEN TESTS",
    )
    cell["metadata"]["nbgrader"] = _nbgrader(
        f"test-{exercise.id}", grade=True, locked=True, points=exercise.points
    )
    return cell


def _written(name: str, text: str) -> Cell:
    _, points = WRITTEN[name]
    cell = _markdown(name, text)
    cell["metadata"]["nbgrader"] = _nbgrader(
        name, grade=True, solution=True, points=points
    )
    return cell


def _picture(written: Part, lesson: Lesson, edition: Edition) -> Cell:
    name = f"{written.id}.png"
    alternative = " ".join(written.text.split())
    for bracket in "[]":
        alternative = alternative.replace(bracket, "\\" + bracket)
    cell = _markdown(written.id, f"![{alternative}](attachment:{name})")
    content = lesson.pictures[picture_name(written.id, edition)]
    cell["attachments"] = {name: {"image/png": base64.b64encode(content).decode()}}
    return cell
