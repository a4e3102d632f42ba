"""Keeps account of which original each paragraph was written for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from authoring.edition import ORIGINAL
from authoring.lesson import Lesson
from authoring.problem import LessonError, Place, Problem
from authoring.prose import read_prose


def hashes(lesson: Lesson) -> Iterator[str]:
    """Yield a line a paragraph: its hash, kind, id, and who is behind."""
    for name, part in lesson.original.paragraphs().items():
        line = f"{part.hash}  {part.kind:8}{name}"
        for language, prose in sorted(lesson.prose.items()):
            if language == ORIGINAL:
                continue
            other = prose.paragraphs().get(name)
            if other is None:
                line += f"  {language}: missing"
            elif other.written_for != part.hash:
                line += f"  {language}: stale"
        yield line


def accept(file: Path, ids: list[str]) -> None:
    """Record that paragraphs of a file render their originals of today."""
    original_file = file.with_name(f"{ORIGINAL}.md")
    for needed in (file, original_file):
        if not needed.is_file():
            raise LessonError([Problem(Place(str(needed), 1), "there is no such file")])
    original, _ = read_prose(
        str(original_file), ORIGINAL, original_file.read_text(encoding="utf-8")
    )
    text = file.read_text(encoding="utf-8")
    prose, _ = read_prose(str(file), file.stem, text)
    originals, written = original.paragraphs(), prose.paragraphs()
    problems = [
        Problem(Place(str(path), 1), f"has no paragraph {name}")
        for name in ids
        for path, paragraphs in ((original_file, originals), (file, written))
        if name not in paragraphs
    ]
    if file.stem == ORIGINAL:
        problems.append(Problem(Place(str(file), 1), "is the original itself"))
    if problems:
        raise LessonError(problems)
    lines = text.removesuffix("\n").split("\n")
    for name in ids:
        number = written[name].place.line - 1
        line = re.sub(r"\s+from=\S*", "", lines[number])
        lines[number] = re.sub(r"\s*-->\s*$", f" from={originals[name].hash} -->", line)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
