"""Moodle's "Download all submissions": a folder a student, or all in one folder.

    Ada Lovelace_12345_assignsubmission_file_/01-access.ipynb
    Ada Lovelace_12345_assignsubmission_file_01-access.ipynb

The number is the participant's in this assignment, and another one in the
next. Since 4.1 the folder's name has no underscore at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autograder.collect import Entry
from autograder.course.names import label
from autograder.lms.handed import Handed

NAME = "Moodle"
_PREFIX = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?"
)


def handed_in(entries: Iterable[Entry]) -> Iterator[Handed]:
    """Yield the files of students."""
    for entry in entries:
        for depth, part in enumerate(entry.parts):
            found = _PREFIX.fullmatch(part)
            last = depth == len(entry.parts) - 1
            if not found or entry.read is None or last != bool(found["rest"]):
                continue
            yield Handed(
                label(found["name"], f"moodle {found['number']}"),
                "/".join(entry.parts),
                found["rest"] if last else entry.parts[-1],
                entry.parts[depth + 1 : -1],
                entry.read,
                noted=entry.time,
            )
            break


def participant(path: str) -> str:
    """Return a participant's number from where a file lay; else an empty text."""
    for part in path.split("/"):
        if found := _PREFIX.fullmatch(part):
            return found["number"]
    return ""


def feedback_path(path: str, name: str) -> str:
    """Return where Moodle looks for a feedback file, from where the work lay."""
    *folders, last = path.split("/")
    if found := _PREFIX.fullmatch(last):
        return "/".join((*folders, last.removesuffix(found["rest"] or "") + name))
    # Below the student's own folder Moodle would keep the student's folders.
    depth = next(i for i, part in enumerate(folders) if _PREFIX.fullmatch(part))
    return "/".join((*folders[: depth + 1], name))
