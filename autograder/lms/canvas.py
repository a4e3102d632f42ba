"""Canvas's "Download Submissions": all files in one folder, named by the student.

    lovelaceada_12345_67890_01-access.ipynb
    lovelaceada_LATE_12345_67890_01-access-1.ipynb
    anon_aB3dE_67890_01-access.ipynb

The numbers are the user's and the file's. A file that is handed in again gets
a higher number, and a name that ends in -1, -2, …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autograder.collect import Entry
from autograder.course.names import label
from autograder.lms.handed import Handed

NAME = "Canvas"
_FILE = re.compile(
    r"(?:(?P<name>.+?)(?P<late>_LATE)?_(?P<user>\d+)"
    r"|(?P<early>LATE_)?(?P<anon>anon_[A-Za-z0-9]+))"
    r"_(?P<file>\d+)_(?P<rest>.+)"
)


def handed_in(entries: Iterable[Entry]) -> Iterator[Handed]:
    """Yield the files of students."""
    for entry in entries:
        found = _FILE.fullmatch(entry.parts[-1])
        if found and entry.read is not None and len(entry.parts) <= 2:
            user = found["user"]
            yield Handed(
                label(found["name"], f"canvas {user}") if user else found["anon"],
                "/".join(entry.parts),
                found["rest"],
                (),
                entry.read,
                version=int(found["file"][:18]),
                noted=entry.time,
                late=bool(found["late"] or found["early"]),
            )


def user(path: str) -> str:
    """Return a user's number from a file's name; else an empty text."""
    found = _FILE.fullmatch(path.rsplit("/", 1)[-1])
    return (found["user"] or "") if found else ""
