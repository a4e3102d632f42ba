"""A folder a student: the form of `collect`, and files whose name was changed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.arrival import Arrival, Editions, Reading
from autograder.collect import Entry, open_tree
from autograder.lms.handed import Handed, sort_out
from autograder.lms.lessons import Lessons
from autograder.release import Shelf


@contextmanager
def open_folders(source: Path, editions: Editions, shelf: Shelf) -> Iterator[Reading]:
    """Open a folder or a ZIP of a class; raises BadSource."""
    strays: list[Entry] = []
    with open_tree(source, editions, strays) as reading:
        files = [
            Handed(
                unicodedata.normalize("NFC", entry.parts[0]),
                "/".join(entry.parts),
                entry.parts[-1],
                entry.parts[1:-1],
                entry.read,
                noted=entry.time,
            )
            for entry in strays
            if entry.read is not None
        ]
        more = sort_out(files, Lessons(editions, shelf))
        there = {_key(arrival): arrival for arrival in reading.arrivals}
        for arrival in more.arrivals:
            named = there.get(_key(arrival))
            if named is not None:
                reading.ignored.append(
                    f"{arrival.path}: {arrival.notebook}.ipynb is there too and counts."
                )
            else:
                reading.arrivals.append(arrival)
        silent = {f"{folder} holds no notebook." for folder in _folders(reading)}
        reading.ignored = [
            *(said for said in reading.ignored if said not in silent),
            *more.ignored,
        ]
        yield reading


def _key(arrival: Arrival) -> tuple[str, str, str]:
    return arrival.student, arrival.assignment, arrival.notebook


def _folders(reading: Reading) -> set[str]:
    """Return the folders that hold a notebook after all."""
    return {f"{arrival.student}/{arrival.assignment}" for arrival in reading.arrivals}
