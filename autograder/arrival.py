"""Work as it arrives, before anybody has asked whose it is.

A *reader* turns one form of download into arrivals; `intake` finds out who the
students are and puts the work where grading looks for it. A new form needs a
reader in `autograder.lms` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.release import Shelf

Editions = Mapping[str, Sequence[str]]  # assignment -> the names of its notebooks


@dataclass(frozen=True)
class Arrival:
    """One notebook that somebody handed in.

    ``student`` is the name as the source has it. ``read`` returns the bytes,
    or raises Refused with the key of a message. ``secret`` is nbgrader's, under
    which its exchange gives the feedback back. ``path`` is where it lay in a
    platform's download, under which the platform takes the feedback back.
    ``late`` is what the platform says of it, if it says anything.
    """

    student: str
    assignment: str
    notebook: str
    read: Callable[[], bytes]
    time: datetime | None = None
    secret: str = ""
    path: str = ""
    late: bool | None = None


@dataclass
class Reading:
    """What a source holds, and a sentence for all in it that is no arrival.

    ``history``: it keeps older versions too, of which nobody needs to be told.
    ``platform`` and ``download``: what it was downloaded from, and its name.
    ``notes`` say what a person should know of the whole.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    history: bool = False
    platform: str = ""
    download: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """One form of download.

    ``recognises`` looks at a folder or a file without trusting it; ``read``
    opens it for as long as its block lasts, and raises BadSource. The shelf
    holds what was released: by it a notebook is known whose name was changed.
    """

    name: str  # as `autograder collect --format` takes it
    recognises: Callable[[Path, Editions], bool]
    read: Callable[[Path, Editions, Shelf], AbstractContextManager[Reading]]
