"""A grader in a process of its own, which a test may kill at any moment."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.isolation.guard import family

# Forked from a process that has done the imports, and nothing else.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["autograder.cli", "autograder.cluster"])
_PATIENCE = 120.0


@dataclass
class Grader:
    """A command line, run as often as it takes."""

    arguments: list[str]
    folder: Path  # for what it says, and for which notebooks it began
    process: Any = None
    seen: set[tuple[int, str]] = field(default_factory=set)

    def start(self) -> None:
        self.process = _SERVER.Process(
            target=_grade, args=(self.arguments, self._said, self._begun)
        )
        self.process.start()

    def finish(self) -> int:
        """Wait for the end and return the exit status."""
        self.process.join(_PATIENCE)
        return int(self.process.exitcode)

    def kill(self) -> None:
        """Kill this process alone: what it started has to see to itself."""
        self.seen |= _family(self.process.pid)
        self.process.kill()
        self.process.join()

    def wait_until(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not what():
            assert self.process.is_alive(), self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.002)

    @property
    def _said(self) -> Path:
        return self.folder / "said.txt"

    @property
    def _begun(self) -> Path:
        return self.folder / "begun.txt"

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8") if self._said.exists() else ""

    def begun(self) -> Counter[str]:
        """Count how often grading began on each notebook, over all runs."""
        if not self._begun.exists():
            return Counter()
        return Counter(self._begun.read_text(encoding="utf-8").splitlines())

    def left_behind(self, patience: float = 15.0) -> list[str]:
        """Return the processes of killed runs that did not end by themselves."""
        end = time.monotonic() + patience
        while left := sorted({said for pid, said in self.seen if _same(pid, said)}):
            if time.monotonic() > end:
                break
            time.sleep(0.1)
        return left


def _grade(arguments: list[str], said: Path, begun: Path) -> None:
    from autograder import feedback, local
    from autograder.cli import main

    handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(handle, standard)
    counter = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    grade_one = local.grade_one

    def counted(task: Any, *rest: Any) -> Any:
        os.write(counter, ("/".join(task.place) + "\n").encode())
        return grade_one(task, *rest)

    local.grade_one = counted
    # Feedback in processes of their own, also for a small class.
    feedback._WORTH_PROCESSES = 8
    sys.exit(main(arguments))


def _family(pid: int) -> set[tuple[int, str]]:
    """List what a process has started: number, and start time and name."""
    found = set()
    for member in family(pid)[1:]:
        with contextlib.suppress(OSError):
            found.add((member, _identity(member)))
    return found


def _identity(pid: int) -> str:
    name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    state, *fields = rest.split()
    if state == "Z":
        raise ProcessLookupError(pid)
    return f"{name}) since {fields[18]}"


def _same(pid: int, identity: str) -> bool:
    try:
        return _identity(pid) == identity
    except OSError:
        return False
