"""Where each notebook lay in a platform's download: origins.csv of a course.

A platform takes feedback back under the very names that it gave the work.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from autograder.course.ledger import Place
from autograder.files import write_whole

ORIGINS = "origins.csv"
_COLUMNS = (
    *("student", "assignment", "notebook"),
    *("platform", "download", "name", "path"),
)


class BadOrigins(ValueError):
    """origins.csv was damaged: names the line and the mend."""


@dataclass(frozen=True)
class Origin:
    """One file of a download; ``name`` is what it calls the student."""

    platform: str
    download: str
    name: str
    path: str


class Origins:
    """The lines of the file; ``write`` puts them there.

    A place may be one of ``unmatched/``, with the name instead of the id.
    """

    def __init__(self, folder: Path) -> None:
        """Read the file, if it is there; raises BadOrigins."""
        self.path = folder / ORIGINS
        self.lines: dict[Place, Origin] = {}
        if self.path.exists():
            self._read()

    def _read(self) -> None:
        text = self.path.read_text(encoding="utf-8", errors="replace")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            if tuple(next(reader, ())) != _COLUMNS:
                raise ValueError("the first line is not as it was written")
            for student, assignment, notebook, *said in reader:
                platform, download, name, path = said
                place = student, assignment, notebook
                self.lines[place] = Origin(platform, download, name, path)
        except (ValueError, csv.Error) as error:
            raise BadOrigins(
                f"{self.path}, line {reader.line_num}: {error}; mend the line, or"
                " delete the file and collect the downloads again"
            ) from error

    def write(self) -> None:
        """Write the file, whole; none where nothing came from a platform."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for place, origin in sorted(self.lines.items()):
            said = origin.platform, origin.download, origin.name, origin.path
            writer.writerow((*place, *said))
        head = ",".join(_COLUMNS) + "\n"
        write_whole(self.path, head + text.getvalue() if self.lines else "")
