"""Reads the folders of lessons/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from authoring.code import Code, read_code
from authoring.edition import FRAMEWORKS, LANGUAGES, ORIGINAL
from authoring.problem import Place, Problem
from authoring.prose import Prose, read_prose


@dataclass(frozen=True)
class Lesson:
    """One folder: prose by language, code by framework, pictures by name."""

    name: str
    path: str
    original: Prose
    prose: dict[str, Prose]  # with the original
    code: dict[str, Code]
    pictures: dict[str, bytes]


def read_lesson(root: Path, name: str) -> tuple[Lesson | None, list[Problem]]:
    """Read one lesson's folder; there is no lesson without its original."""
    path = f"lessons/{name}"
    problems: list[Problem] = []
    prose: dict[str, Prose] = {}
    code: dict[str, Code] = {}
    for file in sorted((root / path).glob("*.md")):
        where = f"{path}/{file.name}"
        if file.stem not in LANGUAGES:
            problems.append(Problem(Place(where, 1), f"{file.stem} is no language"))
            continue
        prose[file.stem], found = read_prose(
            where, file.stem, file.read_text(encoding="utf-8")
        )
        problems += found
    for file in sorted((root / path).glob("*.py")):
        where = f"{path}/{file.name}"
        if file.stem not in FRAMEWORKS:
            problems.append(Problem(Place(where, 1), f"{file.stem} is no framework"))
            continue
        code[file.stem], found = read_code(
            where, file.stem, file.read_text(encoding="utf-8")
        )
        problems += found
    if ORIGINAL not in prose:
        missing = Place(f"{path}/{ORIGINAL}.md", 1)
        return None, [*problems, Problem(missing, "the lesson's original is missing")]
    pictures = {
        file.name: file.read_bytes()
        for file in sorted((root / path / "pictures").glob("*.png"))
    }
    return Lesson(name, path, prose[ORIGINAL], prose, code, pictures), problems
