"""A process that has imported one framework, and forks one child a submission.

``python -m autograder.isolation.zygote FRAMEWORK DESCRIPTOR``: takes jobs from
the socket at that descriptor, each with two more sockets: one to the guard,
one to the isolated process. Its memory holds imports only: no judge, no seed,
no other student's work.
"""

from __future__ import annotations

import gc
import importlib
import os
import random
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np

from autograder.isolation import sandbox, shell, wire
from autograder.isolation.guard import guard
from autograder.isolation.limits import Limits
from paramlab import edition, grading, plain
from paramlab.frameworks import load
from paramlab.frameworks.protocol import Framework
from paramlab.probes.runner import run

# What a framework imports late, at its first use: minutes of all submissions.
_LATE = {
    "pytorch": [
        "torch._dynamo",
        "torch._subclasses.schema_check_mode",
        "torch.profiler._cupti_monitor",
    ],
    "mxnet": ["mxnet.gluon", "mxnet.autograd"],
    # TensorFlow imports nearly all at once. What it still does at its first
    # operation, it must not do here: it starts its threads there.
    "tensorflow": ["keras.src.engine.base_layer_v1"],
    "paddle": [
        "paddle.distributed.auto_parallel.fully_shard_fusion",
        "paddle.optimizer.fusion_utils",
    ],
}
_ALWAYS = ["matplotlib.pyplot", "matplotlib_inline.backend_inline", "IPython.display"]

_MAX_RECORD = wire.MAX_BYTES // 2  # characters; the rest is the message's own
_TOO_LARGE = {
    "outcome": "raised",
    "type": "ValueError",
    "message": "what the function returned is too large",
    "line": "",
}


class Leaky(RuntimeError):
    """The zygote holds what it must not hold: names it."""


def main() -> None:
    """Import, check, then serve jobs until the grader closes the socket."""
    framework, descriptor = sys.argv[1], int(sys.argv[2])
    control = socket.socket(fileno=descriptor)
    adapter = load(framework)
    for name in [*_ALWAYS, *_LATE.get(framework, [])]:
        importlib.import_module(name)
    grading.leave_to_grader()
    prepared = shell.new_shell()
    _refuse_leaks()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seen = sandbox.view()
    # Else each child's collections would copy the memory that it shares.
    gc.collect()
    gc.freeze()
    wire.send(control, {"ready": True, "threads": threads(), "pid": os.getpid()})
    while True:
        job, handles = _receive(control)
        if job is None:
            return
        if os.fork() == 0:
            control.close()
            status, talk = (socket.socket(fileno=handle) for handle in handles)
            _serve(job, status, talk, adapter, prepared, seen)
            os._exit(0)
        for handle in handles:
            os.close(handle)


def threads() -> int:
    """Count this process's threads; forking is safe with one."""
    return len(list(Path("/proc/self/task").iterdir()))


def _refuse_leaks() -> None:
    held = [name for name in sys.modules if name.startswith("paramlab.judges")]
    if held:
        raise Leaky(f"the zygote has imported {held[0]}")


def _receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    body, handles, _, _ = socket.recv_fds(control, 1 << 16, 2)
    if not body:
        return None, []
    job: dict[str, Any] = plain.decode(body.decode())
    return job, list(handles)


def _serve(
    job: dict[str, Any],
    status: socket.socket,
    talk: socket.socket,
    adapter: Framework,
    prepared: shell.NotebookShell,
    seen: sandbox.View,
) -> None:
    limits = Limits(**{**job["limits"], "without": frozenset(job["limits"]["without"])})
    if limits.on("descriptors"):
        _close_all_but(status.fileno(), talk.fileno())

    def inside(connection: socket.socket) -> None:
        try:
            sandbox.enter(limits, seen)
            sandbox.limit_tasks(limits)
        except OSError as error:
            wire.send(connection, {"fault": str(error)})
            return
        _obey(connection, job, limits, adapter, prepared)

    try:
        guard(limits, status, talk, inside)
    except OSError as error:
        wire.send(status, {"how": "fault", "message": str(error)})


def _close_all_but(*kept: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    start = 3
    for handle in sorted(kept):
        os.closerange(start, handle)
        start = handle + 1
    os.closerange(start, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65536))


def _obey(
    connection: socket.socket,
    job: dict[str, Any],
    limits: Limits,
    adapter: Framework,
    prepared: shell.NotebookShell,
) -> None:
    """Run cells and probes as the grader asks, until it closes the socket."""
    if limits.on("environment"):
        _clean_environment()
    if limits.on("seeds"):
        random.seed(job["seed"])
        np.random.seed(job["seed"] % 2**32)
        adapter.seed(job["seed"] % 2**31)
    edition.use(adapter.id, job["language"])
    room = limits.output_bytes if limits.on("output") else 10**9
    outputs = shell.start(prepared, room)
    wire.send(connection, {"ready": True})
    while True:
        order = wire.receive(connection)
        if order is None:
            return
        if "cell" in order:
            wire.send(connection, shell.run_cell(prepared, outputs, order["cell"]))
        else:
            record = _probe(order, adapter, prepared.user_ns)
            wire.send(connection, {"record": record})


def _probe(order: dict[str, Any], adapter: Framework, namespace: dict[str, Any]) -> str:
    names = order["answers"]
    missing = [name for name in names if name not in namespace]
    if missing:
        return plain.encode({"outcome": "missing", "name": missing[0]})
    answers = tuple(namespace[name] for name in names)
    # Only the probe holds the inputs, so that it can let go of them.
    record = run(order["probe"], adapter, plain.decode(order.pop("inputs")), answers)
    text = plain.encode(record)
    return text if len(text) <= _MAX_RECORD else plain.encode(_TOO_LARGE)


def _clean_environment() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=sandbox.HOME, MPLCONFIGDIR="/tmp")


if __name__ == "__main__":
    main()
