"""The guard of one submission: outside the sandbox, it watches and ends it."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.isolation import kernel, sandbox, wire
from autograder.isolation.limits import Limits

_LOOK_EVERY = 0.05  # seconds between two looks at memory
_MEGABYTE = 1024**2


@dataclass(frozen=True)
class End:
    """How a submission's process ended."""

    how: str  # "exit", "signal", "wall", "cpu", "memory" or "gone"
    code: int
    cpu_seconds: float
    peak_mb: float


def guard(
    limits: Limits,
    status: socket.socket,
    talk: socket.socket,
    inside: Callable[[socket.socket], None],
) -> None:
    """Fork the isolated process, watch it to its end, and say how it ended.

    Runs in a process of its own, which must exit afterwards.
    """
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        # What loses its parent in there becomes the guard's child, and is found.
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    sandbox.separate(limits)
    before = _anonymous(os.getpid())
    child = os.fork()
    if child == 0:
        status.close()
        try:
            inside(talk)
        finally:
            # Whatever happens in there, this process must not go on as a guard.
            os._exit(0)
    talk.close()
    try:
        how = _watch(limits, status, child, before)
    finally:
        _kill_all()
        _, code, used = os.wait4(child, 0)
        _kill_orphans()
    signalled = os.WTERMSIG(code) if os.WIFSIGNALED(code) else 0
    cpu = used.ru_utime + used.ru_stime
    if how == "exit" and signalled:
        # The kernel counts by ticks, and ends a process a little early or late.
        over = limits.on("cpu") and cpu >= 0.7 * limits.cpu_seconds
        how = "cpu" if signalled == signal.SIGXCPU or over else "signal"
    wire.send(
        status,
        {
            "how": how,
            "code": signalled or os.waitstatus_to_exitcode(code),
            "cpu_seconds": cpu,
            "peak_mb": max(0.0, used.ru_maxrss / 1024 - before / _MEGABYTE),
        },
    )


def _watch(limits: Limits, status: socket.socket, child: int, before: int) -> str:
    """Wait for the end: by itself, by a limit, or because the grader has gone."""
    handle = os.pidfd_open(child) if sys.platform == "linux" else -1
    deadline = time.monotonic() + limits.wall_seconds
    poll = select.poll()
    poll.register(status, select.POLLIN | select.POLLHUP)
    if handle >= 0:
        poll.register(handle, select.POLLIN)
    while True:
        ready = dict(poll.poll(_LOOK_EVERY * 1000))
        if handle in ready or (handle < 0 and _has_ended(child)):
            return "exit"
        if status.fileno() in ready:
            return "gone"
        if limits.on("wall") and time.monotonic() > deadline:
            return "wall"
        taken, cpu = 0, 0.0
        for process in family(os.getpid())[1:]:
            taken += max(0, _anonymous(process) - before)
            cpu += _cpu(process)
        if limits.on("memory") and taken > limits.memory_mb * _MEGABYTE:
            return "memory"
        if limits.on("cpu") and cpu > limits.cpu_seconds:
            return "cpu"


def _has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_all() -> None:
    """Kill every process below this one.

    Killing the first process of a pid namespace kills all the others; where
    there is no such namespace, they are killed one by one.
    """
    for process in reversed(family(os.getpid())[1:]):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _kill_orphans() -> None:
    """Kill what was born while the others were killed, until nothing is left."""
    try:
        while True:
            _kill_all()
            os.wait4(-1, 0)
    except ChildProcessError:
        return


def family(process: int) -> list[int]:
    """List a process and its descendants."""
    found = [process]
    for member in found:
        for thread in _threads(member):
            try:
                text = Path(f"/proc/{member}/task/{thread}/children").read_text()
            except OSError:  # it has just ended
                continue
            found += [int(child) for child in text.split()]
    return found


def _threads(process: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{process}/task")  # noqa: PTH208
    except OSError:  # it has just ended
        return []


def _anonymous(process: int) -> int:
    """Return the bytes of memory that belong to no file, shared ones too."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    kinds = ("RssAnon:", "RssShmem:")
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(kinds))


def _cpu(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return 0.0
    fields: list[Any] = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
