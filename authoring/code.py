"""Reads a framework's code cells and puts a language's strings into them.

A file is in the percent format: `# %% ID` begins a cell, `tags=["locked"]` or
another tag may follow. Code says nothing by itself: where a comment or a docstring
has {{ID}}, the language's file has the text.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupytext.cell_metadata import text_to_metadata

from authoring.problem import Place, Problem
from authoring.prose import ID, Part

WIDTH = 78
TAGS = ("demonstration", "locked", "raises-exception")
BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
# What nbgrader looks for, anywhere in a line of any cell.
MARKER = re.compile(r"(BEGIN|END)\s+(SOLUTION|HIDDEN TESTS|MARK SCHEME)|AUTOTEST")

_PLACEHOLDER = re.compile(r"\{\{([A-Za-z0-9_-]+)\}\}")
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(
    r"[A-Za-z]+(?:,? [A-Za-z]+){3,}|[\u3040-\u30ff\u4e00-\u9fff]{2,}"
)


@dataclass(frozen=True)
class Line:
    """A line of code, and the source line that an author would edit."""

    text: str
    place: Place


@dataclass(frozen=True)
class CodeCell:
    """One cell of a framework's file."""

    id: str
    place: Place
    tags: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def source(self) -> str:
        """Return the code as the author wrote it."""
        return "\n".join(line.text for line in self.lines)

    @property
    def placeholders(self) -> Iterator[tuple[str, Place]]:
        """Yield the strings that the cell asks for."""
        for line in self.lines:
            for match in _PLACEHOLDER.finditer(line.text):
                yield match[1], line.place


@dataclass(frozen=True)
class Code:
    """One framework's file of a lesson."""

    path: str
    framework: str
    cells: dict[str, CodeCell]
    end: Place


def read_code(path: str, framework: str, text: str) -> tuple[Code, list[Problem]]:
    """Divide a file in the percent format into its cells."""
    problems: list[Problem] = []
    cells: dict[str, CodeCell] = {}
    texts = text.removesuffix("\n").split("\n")
    lines = [Line(t, Place(path, n)) for n, t in enumerate(texts, start=1)]
    starts = [n for n, line in enumerate(lines) if re.match(r"# ?%%", line.text)]
    if any(line.text.strip() for line in lines[: starts[0] if starts else None]):
        problems.append(Problem(Place(path, 1), "code stands before the first # %% id"))
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        cell = _read_cell(lines[start], lines[start + 1 : stop], problems)
        if cell.id in cells:
            problems.append(
                Problem(
                    cell.place, f"the id {cell.id} is taken by {cells[cell.id].place}"
                )
            )
        cells[cell.id] = cell
        problems += _spoken(cell)
    return Code(path, framework, cells, Place(path, max(1, len(lines)))), problems


def weave_code(
    cell: CodeCell, strings: Mapping[str, Part]
) -> tuple[str, list[Problem]]:
    """Return the cell's code with the strings of a language in it.

    Every placeholder must be among the strings.
    """
    problems: list[Problem] = []
    woven = [new for line in cell.lines for new in _expand(line, strings, problems)]
    for line in woven:
        columns = width(line.text)
        if columns > WIDTH:
            problems.append(
                Problem(
                    line.place,
                    f"the line is {columns} columns wide in a notebook, "
                    f"{WIDTH} fit: {line.text.strip()}",
                )
            )
    source = "\n".join(line.text for line in woven)
    error = _syntax_error(source)
    if error is not None:
        line = woven[min(max(error.lineno or 1, 1), len(woven)) - 1]
        problems.append(Problem(line.place, f"this is no Python: {error.msg}"))
    return source, problems


def width(text: str) -> int:
    """Return how many columns a line takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _read_cell(header: Line, body: list[Line], problems: list[Problem]) -> CodeCell:
    title, options = text_to_metadata(
        header.text.partition("%%")[2].strip(), allow_title=True
    )
    if not ID.fullmatch(title):
        problems.append(Problem(header.place, f"{title!r} is not a cell id"))
    tags = tuple(options.pop("tags", ()))
    for tag in tags:
        if tag not in TAGS:
            problems.append(
                Problem(header.place, f"unknown tag {tag!r}, known: {', '.join(TAGS)}")
            )
    if options:
        problems.append(
            Problem(header.place, 'a cell takes nothing but an id and tags=["…"]')
        )
    while body and not body[0].text.strip():
        body = body[1:]
    while body and not body[-1].text.strip():
        body = body[:-1]
    if not body:
        problems.append(Problem(header.place, f"the cell {title} is empty"))
    return CodeCell(title, header.place, tags, tuple(body))


def _spoken(cell: CodeCell) -> Iterator[Problem]:
    """Yield where code says something that only a language's file may say."""
    if _syntax_error(cell.source) is not None:
        return  # reported when the cell is woven
    for row, comment in _comments(cell.source):
        line = cell.lines[row - 1]
        if not _allowed_comment(comment, alone=line.text.strip() == comment):
            yield Problem(
                line.place,
                f"a comment must be a {{{{string}}}} of the language's file: {comment}",
            )
    tree = ast.parse(cell.source)
    docstrings = {
        statement.value
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        place = cell.lines[node.lineno - 1].place
        text = _PLACEHOLDER.sub("", node.value)
        if MARKER.search(text):
            yield Problem(place, "a marker of nbgrader's in a string")
        elif node in docstrings and _WORD.search(text):
            yield Problem(
                place, "a docstring must be a {{string}} of the language's file"
            )
        elif _SENTENCE.search(text):
            yield Problem(
                place,
                "a sentence in code must be a {{string}} of the language's file: "
                + node.value.strip().splitlines()[0],
            )


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _allowed_comment(comment: str, *, alone: bool) -> bool:
    if comment in (BEGIN, END):
        return alone
    if re.fullmatch(rf"# {_PLACEHOLDER.pattern}", comment):
        return True
    # A single word, such as a unit or a shape's name, is code.
    return len(_WORD.findall(comment)) <= 1 and comment.isascii()


def _expand(
    line: Line, strings: Mapping[str, Part], problems: list[Problem]
) -> list[Line]:
    """Return the line, or the lines, that stand where a placeholder stood.

    They are at the place of the string, for that is what a translator can mend.
    """
    parts = [strings[name] for name in _PLACEHOLDER.findall(line.text)]
    if not parts:
        return [line]
    long = next((part for part in parts if "\n" in part.text), None)
    if long is None:
        text = _PLACEHOLDER.sub(lambda match: strings[match[1]].text, line.text)
        return [Line(text, Place(parts[0].place.path, parts[0].text_line))]
    before, _, after = line.text.partition(f"{{{{{long.id}}}}}")
    indent = before[: len(before) - len(before.lstrip())]
    texts = long.text.split("\n")
    if before.strip() == "#" and not after:
        new = [(before + text).rstrip() for text in texts]
    elif before.strip() in ('"""', 'r"""') and after in ("", '"""'):
        # A docstring of several lines ends on a line of its own.
        new = [before + texts[0]]
        new += [(indent + text).rstrip() for text in texts[1:]]
        new += [indent + after] if after else []
    else:
        problems.append(
            Problem(
                line.place,
                f"{long.id} has several lines ({long.place}); only a docstring or "
                "a comment on its own line can take them",
            )
        )
        return [line]
    places = [Place(long.place.path, long.text_line + n) for n in range(len(texts))]
    places += [line.place] * (len(new) - len(texts))
    return [Line(text, place) for text, place in zip(new, places, strict=True)]


def _syntax_error(source: str) -> SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an escape such as "\s" is a mistake
            ast.parse(source)
    except SyntaxError as error:
        return error
    return None
