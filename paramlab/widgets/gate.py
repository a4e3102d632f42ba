"""Where a loop waits while somebody looks: closed by one thread, passed by another."""

from __future__ import annotations

import threading
from collections.abc import Callable

PATIENCE = 0.05  # seconds between two looks at what else is to be done


class Gate:
    """Open at first; a closed one is passed only by who is let through."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._closed = False
        self._passes = 0

    @property
    def closed(self) -> bool:
        """Return whether a loop waits here."""
        return self._closed

    def open(self) -> None:
        """Let the loop run."""
        self._set(closed=False, passes=0)

    def close(self) -> None:
        """Let the loop wait from its next step on."""
        self._set(closed=True, passes=0)

    def let_one(self) -> None:
        """Let the loop take one more step, and wait again."""
        self._set(closed=True, passes=self._passes + 1)

    def _set(self, closed: bool, passes: int) -> None:
        with self._changed:
            self._closed, self._passes = closed, passes
            self._changed.notify_all()

    def wait(self, meanwhile: Callable[[], None]) -> None:
        """Wait until the gate lets the loop pass; do ``meanwhile`` often.

        Whoever interrupts the waiting opens the gate: no later loop is to wait
        for a click that nobody thinks of.
        """
        try:
            while not self._passed():
                meanwhile()
                with self._changed:
                    if self._closed and not self._passes:
                        self._changed.wait(PATIENCE)
        except BaseException:
            self.open()
            raise

    def _passed(self) -> bool:
        with self._changed:
            if self._closed and not self._passes:
                return False
            self._passes = max(0, self._passes - 1)
            return True
