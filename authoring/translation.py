"""Keeps account of which original each paragraph was written for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authoring.edition import LANGUAGES, ORIGINAL
from authoring.lesson import Lesson
from authoring.problem import LessonError, Place, Problem
from authoring.prose import read_prose
from paramlab.messages import LOCALES


@dataclass(frozen=True)
class State:
    """How far one language is with a lesson, or with a file of messages."""

    language: str
    source: str
    total: int  # paragraphs or messages of the original
    missing: tuple[str, ...]
    stale: tuple[str, ...] = ()  # written for an earlier original
    unknown: tuple[str, ...] = ()  # that the original does not have

    @property
    def done(self) -> int:
        """Return how many are there and up to date."""
        return self.total - len(self.missing) - len(self.stale)

    @property
    def open(self) -> Iterator[str]:
        """Yield a line for each thing that is to be done."""
        for word in ("missing", "stale", "unknown"):
            for name in getattr(self, word):
                yield f"{self.source}: {word}: {name}"


def states(lessons: list[Lesson], locales: Path = LOCALES) -> Iterator[State]:
    """Yield the state of every language, by lesson and by file of messages."""
    for language in LANGUAGES:
        if language == ORIGINAL:
            continue
        for lesson in lessons:
            yield _lesson_state(lesson, language)
        for original in sorted((locales / ORIGINAL).glob("*.toml")):
            yield _messages_state(original, language)


def _lesson_state(lesson: Lesson, language: str) -> State:
    originals = lesson.original.paragraphs()
    prose = lesson.prose.get(language)
    written = prose.paragraphs() if prose else {}
    return State(
        language,
        f"{lesson.path}/{language}.md",
        len(originals),
        missing=tuple(name for name in originals if name not in written),
        stale=tuple(
            name
            for name, part in originals.items()
            if name in written and written[name].written_for != part.hash
        ),
        unknown=tuple(name for name in written if name not in originals),
    )


def _messages_state(original: Path, language: str) -> State:
    file = original.parents[1] / language / original.name
    keys = list(_keys(original))
    there = list(_keys(file)) if file.is_file() else []
    return State(
        language,
        f"locales/{language}/{original.name}",
        len(keys),
        missing=tuple(key for key in keys if key not in there),
        unknown=tuple(key for key in there if key not in keys),
    )


def _keys(file: Path) -> Iterator[str]:
    def walk(found: dict[str, Any], prefix: str) -> Iterator[str]:
        for key, value in found.items():
            if isinstance(value, dict):
                yield from walk(value, f"{prefix}{key}.")
            else:
                yield prefix + key

    yield from walk(tomllib.loads(file.read_text(encoding="utf-8")), "")


def table(found: list[State]) -> Iterator[str]:
    """Yield the lines of a table of states, and below it what is to be done."""
    width = max(len(state.source) for state in found)
    yield f"{'':{width}}  done    of  missing  stale  unknown"
    for state in found:
        counts = (len(x) for x in (state.missing, state.stale, state.unknown))
        missing, stale, unknown = counts
        yield (
            f"{state.source:{width}}  {state.done:4}  {state.total:4}"
            f"  {missing:7}  {stale:5}  {unknown:7}"
        )
    for state in found:
        yield from state.open


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
