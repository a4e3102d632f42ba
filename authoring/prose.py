"""Reads a lesson's prose: Markdown, divided by comments that name each part.

English gives prose and order; another language gives prose only, and each of
its parts records the hash of the original that it was written for (from=HASH).
A delimiter stands alone on its line:

    <!-- text ID -->      a Markdown cell follows; only=mxnet,paddle limits it
    <!-- written ID -->   a written answer; what follows is shown as the solution
    <!-- picture ID -->   pictures/ID.<framework>.<language>.png; its text follows
    <!-- string ID -->    no cell: what stands in code for {{ID}}
    <!-- code ID -->      the code cell ID of <framework>.py; may take only=
    <!-- exercise ID -->  the solution cell ID, and its test cell
    <!-- setup -->        the cell that names framework and language
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from authoring.edition import FRAMEWORKS, ORIGINAL
from authoring.problem import Place, Problem

PROSE_KINDS = ("text", "written", "string", "picture")
PLACING_KINDS = ("code", "exercise", "setup")

_DELIMITER = re.compile(
    r"<!--\s*(?P<kind>[a-z]+)(?:\s+(?P<id>[^\s=]+))?"
    r"(?P<options>(?:\s+[a-z]+=\S*)*)\s*-->"
)
# nbformat's rule for cell ids, less the room that "test-" takes.
ID = re.compile(r"[A-Za-z0-9_-]{1,59}")


@dataclass(frozen=True)
class Part:
    """What one delimiter opens: a paragraph, or the place of a cell."""

    kind: str
    id: str
    place: Place
    only: tuple[str, ...] | None = None  # the frameworks that have it
    written_for: str | None = None  # the hash after from=
    text: str = ""
    text_line: int = 0

    @property
    def hash(self) -> str:
        """Return the hash that a part written for this text records."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]

    def serves(self, framework: str) -> bool:
        """Return whether the framework's edition has this part."""
        return self.only is None or framework in self.only


@dataclass(frozen=True)
class Prose:
    """One language's file of a lesson."""

    path: str
    language: str
    parts: tuple[Part, ...]
    end: Place

    def paragraphs(self) -> dict[str, Part]:
        """Return the parts that hold text, by id."""
        return {part.id: part for part in self.parts if part.kind in PROSE_KINDS}


def read_prose(path: str, language: str, text: str) -> tuple[Prose, list[Problem]]:
    """Divide one language's file into its parts."""
    problems: list[Problem] = []
    parts: list[Part] = []
    lines = text.removesuffix("\n").split("\n")
    opening: Part | None = None
    body: list[str] = []

    def close() -> None:
        if opening is not None:
            parts.append(_with_text(opening, body, problems))
        elif any(line.strip() for line in body):
            problems.append(
                Problem(Place(path, 1), "text stands before the first <!-- … --> line")
            )

    for number, line in enumerate(lines, start=1):
        if line.startswith("<!--"):
            close()
            opening = _read_delimiter(line, Place(path, number), problems)
            body = []
        else:
            body.append(line)
    close()

    problems += _duplicates(parts)
    problems += _misplaced(parts, language)
    if language != ORIGINAL:
        parts = [part for part in parts if part.kind in PROSE_KINDS]
    return Prose(
        path, language, tuple(parts), Place(path, max(1, len(lines)))
    ), problems


def _read_delimiter(line: str, place: Place, problems: list[Problem]) -> Part:
    match = _DELIMITER.fullmatch(line.rstrip())
    if match is None or match["kind"] not in PROSE_KINDS + PLACING_KINDS:
        problems.append(Problem(place, f"unknown delimiter {line.strip()}"))
        return Part("unknown", "", place)
    kind, name = match["kind"], match["id"] or ""
    if kind == "setup":
        if name:
            problems.append(Problem(place, "the setup cell takes no id"))
        name = "setup"
    elif not ID.fullmatch(name):
        problems.append(
            Problem(
                place,
                f"{name!r} is not an id: letters, digits, '-' and '_', at most 59",
            )
        )
    elif name.startswith("test-"):
        problems.append(Problem(place, f"{name}: test- begins a test cell's id"))
    only: tuple[str, ...] | None = None
    written_for: str | None = None
    for given in match["options"].split():
        option, _, value = given.partition("=")
        if option == "only" and kind in ("text", "picture", "code"):
            only = tuple(value.split(","))
            for framework in only:
                if framework not in FRAMEWORKS:
                    problems.append(
                        Problem(place, f"only= names {framework!r}, no framework")
                    )
        elif option == "from" and kind in PROSE_KINDS:
            written_for = value
        else:
            problems.append(Problem(place, f"{kind} takes no {option}="))
    return Part(kind, name, place, only, written_for)


def _with_text(part: Part, body: list[str], problems: list[Problem]) -> Part:
    text = "\n".join(body).strip()
    if part.kind in PLACING_KINDS and text:
        problems.append(
            Problem(
                part.place,
                f"{part.kind} {part.id} is followed by text of no paragraph",
            )
        )
    if part.kind in PROSE_KINDS and not text:
        problems.append(Problem(part.place, f"{part.kind} {part.id} is empty"))
    blank = next((n for n, line in enumerate(body) if line.strip()), 0)
    return Part(
        part.kind,
        part.id,
        part.place,
        part.only,
        part.written_for,
        text,
        part.place.line + 1 + blank,
    )


def _duplicates(parts: list[Part]) -> list[Problem]:
    first: dict[str, Part] = {}
    problems = []
    for part in parts:
        if part.id and part.id in first:
            problems.append(
                Problem(
                    part.place, f"the id {part.id} is taken by {first[part.id].place}"
                )
            )
        first.setdefault(part.id, part)
    return problems


def _misplaced(parts: list[Part], language: str) -> Iterator[Problem]:
    for part in parts:
        if language == ORIGINAL:
            if part.written_for is not None:
                yield Problem(part.place, "from= belongs in the other languages")
        elif part.kind in PLACING_KINDS:
            yield Problem(part.place, f"{part.kind} belongs in {ORIGINAL}.md only")
        elif part.only is not None:
            yield Problem(part.place, f"only= belongs in {ORIGINAL}.md only")
