"""What one process at a time may do with a course."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK = ".watch.lock"
_LOOK = 0.05  # seconds between two looks at a lock that another one holds
_PATIENCE = 1.0  # seconds to wait without a word


class Watched(ValueError):
    """Another process holds a course: says which."""


@contextmanager
def alone(folder: Path, doing: str) -> Iterator[None]:
    """Grade a course by itself or change its past, alone; raises Watched.

    The system gives the lock back however the process ends. The file stays:
    if it went, two processes could hold two files of one name.
    """
    path = folder / LOCK
    # Opened without being emptied: it names who holds it.
    with path.open("a+", encoding="utf-8") as file:
        if not _taken(file):
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise Watched(
                f"{folder} is in use: {holder}; end that first, a watcher with Ctrl+C"
            )
        path.chmod(0o600)
        file.truncate(0)
        file.write(f"{doing}, process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Wait for whoever holds a file, then hold it as long as the block lasts."""
    with path.open("a+", encoding="utf-8") as file:
        began, said = time.monotonic(), False
        while not _taken(file):
            if not said and time.monotonic() - began > _PATIENCE:
                said = True
                print(
                    f"Waiting for another command in {path.parent} ...", file=sys.stderr
                )
            time.sleep(_LOOK)
        yield


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[str]) -> bool:
        # Far behind what is written: there, a locked byte could not be read.
        file.seek(1_000_000)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
