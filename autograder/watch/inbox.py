"""Take in what arrives in a drop folder or in nbgrader's exchange."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from autograder.arrival import Reading
from autograder.collect import open_tree
from autograder.course.folder import Course
from autograder.exchange import SECRET, open_exchange
from autograder.watch.scan import Scan


class Inbox(Protocol):
    """A place where work arrives."""

    @property
    def settling(self) -> bool:
        """Tell whether the next look may find more."""

    def new(self) -> AbstractContextManager[Reading | None]:
        """Open what is new; it counts as taken when the block ends well."""


class Drop:
    """A folder in the form that `autograder collect` takes."""

    def __init__(self, folder: Path, course: Course) -> None:
        self._folder = folder
        self._editions = course.editions
        self._scan = Scan(folder, course.editions)

    @property
    def settling(self) -> bool:
        """Tell whether the next look may find more."""
        return self._scan.settling

    @contextmanager
    def new(self) -> Iterator[Reading | None]:
        """Open what is new; it counts as taken when the block ends well."""
        owners = self._scan.look()
        if not owners:
            yield None
            return
        with open_tree(self._folder, self._editions) as reading:
            wanted = {*owners}
            reading.arrivals = [
                one
                for one in reading.arrivals
                if (one.student, one.assignment) in wanted
            ]
            yield reading
        for owner in owners:
            self._scan.done(owner)


class Exchange:
    """nbgrader's exchange. What lies there never changes; it only gets more."""

    def __init__(self, course: Course) -> None:
        self._root = Path(course.settings.exchange)
        self._id = course.settings.id
        self._editions = course.editions
        self._taken: set[str] = set()
        self._seen: set[str] = set()
        self._settling = True

    @property
    def settling(self) -> bool:
        """Tell whether the next look may find more."""
        return self._settling

    @contextmanager
    def new(self) -> Iterator[Reading | None]:
        """Open what is new; it counts as taken when the block ends well."""
        inbound = self._root / self._id / "inbound"
        now = {path.name for path in inbound.iterdir()} - self._taken
        # nbgrader writes the secret last; older ones wrote none.
        ready = {x for x in now if (inbound / x / SECRET).is_file() or x in self._seen}
        self._settling = ready != now
        self._seen = now
        if not ready:
            yield None
            return
        with open_exchange(self._root, self._id, self._editions, ready) as reading:
            yield reading
        self._taken |= ready
