"""See what has changed in a folder, by sizes and times, without reading it.

Looking again and again works on every file system, also where changes made
by another machine are not told.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from autograder.arrival import Editions

Owner = tuple[str, str]  # student, assignment
Print = frozenset[tuple[str, int, int, int]]


class Scan:
    """Looks at a tree ``<student>/<assignment>/<file>``.

    What has changed is reported once it is the same in two looks, so that a
    file which is still being copied is left alone.
    """

    def __init__(self, root: Path, editions: Editions) -> None:
        self.root = root
        self._editions = editions
        self._seen: dict[Owner, Print] = {}
        self._done: dict[Owner, Print] = {}
        self.settling = True  # the next look may report more

    def look(self) -> list[Owner]:
        """Return whose files have changed since they were ``done``, oldest first."""
        now = dict(self._prints())
        changed = [owner for owner in now if self._done.get(owner) != now[owner]]
        ready = [owner for owner in changed if self._seen.get(owner) == now[owner]]
        self.settling = len(ready) < len(changed)
        self._seen = now
        return sorted(
            ready, key=lambda owner: max((x[1] for x in now[owner]), default=0)
        )

    def done(self, owner: Owner) -> None:
        """Report these files no more, as they were at the last look."""
        if owner in self._seen:
            self._done[owner] = self._seen[owner]

    def _prints(self) -> Iterator[tuple[Owner, Print]]:
        for student in _folders(self.root):
            for assignment in _folders(Path(student.path)):
                if assignment.name in self._editions:
                    name = unicodedata.normalize("NFC", student.name)
                    with suppress(FileNotFoundError):
                        yield (name, assignment.name), frozenset(_files(assignment))


def _folders(root: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(root) as items:
        for item in items:
            if not item.name.startswith(".") and item.is_dir(follow_symlinks=False):
                yield item


def _files(folder: os.DirEntry[str]) -> Iterator[tuple[str, int, int, int]]:
    with os.scandir(folder.path) as items:
        for item in items:
            if not item.name.startswith("."):
                status = item.stat(follow_symlinks=False)
                yield item.name, status.st_mtime_ns, status.st_size, status.st_ino
