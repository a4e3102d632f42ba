"""Work that a widget does where cells run, one piece at a time.

JupyterLab handles widget messages on a thread of their own, beside a cell
that runs. Frameworks mind: MXNet keeps its NumPy mode per thread, and two
threads would take turns at one random stream. So the work waits for the main
thread, until the cell is done.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable


class MainThread:
    """Runs work on the thread and event loop that it was made on."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:  # no kernel around: a script, a test
            self._loop = None
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def run(self, work: Callable[[], None], key: Hashable = None) -> None:
        """Run work now on this thread, else as soon as it is free.

        Of waiting work with the same key only the latest is done: a slider
        that moves faster than its plot does not leave a queue behind.
        """
        if self._loop is None or threading.current_thread() is self._thread:
            work()
            return
        if key is None:
            key = object()
        with self._lock:
            scheduled = key in self._waiting
            self._waiting[key] = work
        if not scheduled:
            self._loop.call_soon_threadsafe(self._do, key)

    @property
    def is_here(self) -> bool:
        """Return whether this is the thread that the work is done on."""
        return threading.current_thread() is self._thread

    def catch_up(self) -> None:
        """Do now what waits: for a cell that runs long, from that cell."""
        for key in list(self._waiting):
            self._do(key)

    def after_cell(self, work: Callable[[], None]) -> bool:
        """Do work once the cell that runs now is done; False if none runs."""
        if self._loop is None:
            return False
        self._loop.call_soon(work)
        return True

    def _do(self, key: Hashable) -> None:
        with self._lock:
            work = self._waiting.pop(key, None)
        if work is not None:  # else it was done while a cell ran
            work()
