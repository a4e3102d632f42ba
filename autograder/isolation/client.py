"""The grader's end: start zygotes, give them notebooks, drive them cell by cell."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from autograder.isolation import wire
from autograder.isolation.guard import End
from autograder.isolation.limits import Limits
from autograder.text import clean_all
from paramlab import plain

_START_SECONDS = 120.0
_FIXED = {
    "LANG": "C.UTF-8",
    "MPLBACKEND": "agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Its other engines start threads at every fork.
    "MXNET_ENGINE_TYPE": "NaiveEngine",
}
# Forking is safe only while no library has started its threads.
_ONE_THREAD = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
_ONE_THREAD += ["NUMEXPR_NUM_THREADS"]
# TensorFlow's are started by each notebook: else as many as there are cores.
_ONE_THREAD += ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]


class EngineFault(RuntimeError):
    """A fault of the system, not of a submission: says which."""


class GuardLost(EngineFault):
    """Something ended the guard, and so the notebook, that is not the notebook."""


class Ended(RuntimeError):
    """The isolated process ended before it answered; see ``end``."""

    def __init__(self, end: End) -> None:
        super().__init__(end.how)
        self.end = end


class Zygote:
    """A warm process for one framework; safe to share between threads.

    ``fresh=True`` uses a new process for each session instead: slower, for
    systems where forking a process that has imported the framework is not
    safe.
    """

    def __init__(self, framework: str, fresh: bool = False) -> None:
        self.framework = framework
        self.fresh = fresh
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> dict[str, Any]:
        """Start the process, unless it runs; return what it says of itself."""
        with self._lock:
            self._stop()
            self._process, self._control, ready = _spawn(self.framework)
            return ready

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    @contextmanager
    def session(self, limits: Limits, seed: int, language: str) -> Iterator[Session]:
        """Open an isolated process for one notebook; it ends with the block.

        Raises EngineFault where none can be had, GuardLost where something
        from outside ends it.
        """
        job = {
            "limits": {
                **dataclasses.asdict(limits),
                "without": sorted(limits.without),
            },
            "seed": seed,
            "language": language,
        }
        order = plain.encode(job).encode()
        with ExitStack() as stack:
            try:
                session = stack.enter_context(self._open(order, limits))
            except GuardLost:
                # The zygote died with the job in its hands; now there is a new one.
                session = stack.enter_context(self._open(order, limits))
            yield session

    @contextmanager
    def _open(self, order: bytes, limits: Limits) -> Iterator[Session]:
        status, far_status = socket.socketpair()
        talk, far_talk = socket.socketpair()
        with status, talk:
            with far_status, far_talk:
                handles = [far_status.fileno(), far_talk.fileno()]
                alone = self._submit(order, handles)
            # The guard ends the process in time; this is for a lost guard.
            status.settimeout(limits.wall_seconds + 60)
            talk.settimeout(limits.wall_seconds + 60)
            session = Session(talk, status)
            try:
                session.begin()
                yield session
            finally:
                talk.close()
                session.finish()
                if alone is not None:
                    alone.wait()

    def _submit(self, job: bytes, handles: list[int]) -> subprocess.Popen[bytes] | None:
        if self.fresh:
            process, control, _ = _spawn(self.framework)
            with control:
                socket.send_fds(control, [job], handles)
            return process
        with self._lock:
            for _ in range(2):
                if self._control is None:
                    self._process, self._control, _ = _spawn(self.framework)
                try:
                    socket.send_fds(self._control, [job], handles)
                    return None
                except OSError:
                    # The zygote has died: a new one takes the job.
                    self._stop()
        raise EngineFault(f"the process for {self.framework} cannot be kept alive")


class Session:
    """One isolated process, for one notebook of one student."""

    def __init__(self, talk: socket.socket, status: socket.socket) -> None:
        self._talk = talk
        self._status = status
        self.end: End | None = None

    def begin(self) -> None:
        """Wait until the process has shut itself in."""
        answer = self._ask(None)
        if "fault" in answer:
            raise EngineFault(f"isolation failed: {answer['fault']}")

    def cell(self, source: str) -> dict[str, Any]:
        """Run one cell; raises Ended where the process does not survive it."""
        return self._ask({"cell": source})

    def probe(self, exercise: str, answers: tuple[str, ...], inputs: Any) -> Any:
        """Run one probe and return its record; raises Ended likewise."""
        order = {
            "probe": exercise,
            "answers": list(answers),
            "inputs": plain.encode(inputs),
        }
        record = self._ask(order).get("record")
        try:
            return clean_all(plain.decode(record)) if isinstance(record, str) else None
        except plain.NotPlain:
            return None

    def _ask(self, order: dict[str, Any] | None) -> dict[str, Any]:
        try:
            if order is not None:
                wire.send(self._talk, order)
            answer = wire.receive(self._talk)
        except (OSError, wire.BadMessage):
            answer = None
        if answer is None:
            self._talk.close()
            raise Ended(self.finish())
        return answer

    def finish(self) -> End:
        """Wait for the guard's word on how the process ended."""
        if self.end is None:
            try:
                said = wire.receive(self._status)
            except (OSError, wire.BadMessage):
                said = None
            if said is None:
                raise GuardLost("the guard of a notebook was ended from outside")
            if said["how"] == "fault":
                raise EngineFault(f"isolation failed: {said['message']}")
            self.end = End(**said)
        return self.end


def _spawn(
    framework: str,
) -> tuple[subprocess.Popen[bytes], socket.socket, dict[str, Any]]:
    near, far = socket.socketpair()
    root = str(Path(__file__).parents[2])
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": root,
        "HOME": "/nonexistent",
        **_FIXED,
        **dict.fromkeys(_ONE_THREAD, "1"),
    }
    with far:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "autograder.isolation.zygote",
                framework,
                str(far.fileno()),
            ],
            env=environment,
            pass_fds=[far.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
        )
    near.settimeout(_START_SECONDS)
    try:
        ready = wire.receive(near)
    except (OSError, wire.BadMessage):
        ready = None
    if ready is None:
        near.close()
        process.kill()
        said = process.communicate()[1].decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else "no word"
        raise EngineFault(f"the process for {framework} did not start: {last}")
    near.settimeout(None)
    return process, near, ready
