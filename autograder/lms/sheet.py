"""A table of a learning platform: read whole, filled in, written as it was.

Some spreadsheet programs run a cell that begins like a formula, and people may
choose their names. Canvas writes such a name as ``="name"``, a formula that is
nothing but this text; so do we, for every first character that can do harm.
Reading takes it off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collect import Refused, read_file
from autograder.files import write_whole

_RISKY = re.compile(r"\s*[=+\-@|%\t\r＝＋－＠]")
_GUARDED = re.compile(r'="((?:[^"]|"")*)"')
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")
_BOM = "\ufeff"


class BadTemplate(ValueError):
    """A file that the platform should have written cannot be used: says why."""


def guarded(text: str, *, once: bool = False) -> str:
    """Return a text that no spreadsheet program runs; see `unguarded`.

    ``once``: a text that the platform has guarded stays as it is.
    """
    if once and _GUARDED.fullmatch(text):
        return text
    text = unguarded(text) if once else text
    if text == "-" or _NUMBER.fullmatch(text) or not _RISKY.match(text):
        return text
    doubled = text.replace('"', '""')
    return f'="{doubled}"'


def unguarded(text: str) -> str:
    """Return the text that a guarded cell stands for.

    Canvas does not double the quotes in it.
    """
    if found := _GUARDED.fullmatch(text):
        return found[1].replace('""', '"')
    theirs = len(text) > 3 and text.startswith('="') and text.endswith('"')
    return text[2:-1] if theirs else text


@dataclass
class Sheet:
    """The lines of a table, the first one too, and how its file was written."""

    lines: list[list[str]] = field(default_factory=list)
    delimiter: str = ","
    newline: str = "\n"
    bom: bool = True  # without it a spreadsheet program takes UTF-8 for something else

    @property
    def head(self) -> list[str]:
        """Return the names of the columns."""
        return self.lines[0]

    def column(self, *names: str) -> int | None:
        """Return where the first of these columns stands, if one does."""
        known = {name.strip().casefold(): i for i, name in enumerate(self.head)}
        return next((known[n.casefold()] for n in names if n.casefold() in known), None)

    def text(self) -> str:
        """Return the table as its file holds it."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerows(self.lines)
        return (_BOM if self.bom else "") + out.getvalue()

    def write(self, path: Path) -> Path:
        """Write the file, whole."""
        write_whole(path, self.text())
        return path


def read_sheet(path: Path, delimiters: Sequence[str] = (",", ";", "\t")) -> Sheet:
    """Read a table that a platform wrote; raises BadTemplate."""
    try:
        text = read_file(path).decode("utf-8")
    except Refused as error:
        raise BadTemplate(f"{path} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise BadTemplate(
            f"{path} is not UTF-8: take the file as the platform wrote it"
        ) from error
    bom = text.startswith(_BOM)
    text = text.removeprefix(_BOM)
    head = text.partition("\n")[0]
    delimiter = max(delimiters, key=head.count)
    newline = "\r\n" if head.endswith("\r") else "\n"
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        lines = list(reader)
    except csv.Error as error:
        raise BadTemplate(f"{path}, line {reader.line_num}: {error}") from error
    if not lines:
        raise BadTemplate(f"{path} is empty")
    return Sheet(lines, delimiter, newline, bom)
