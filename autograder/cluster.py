"""Grade on a Dask cluster: the same function, mapped over workers.

Student code never runs in a worker's own process, which has threads and may
not fork: each worker starts the warm processes as subprocesses of its own.
Only JSON comes back. A task's name is its key, which is made of the student,
the content and the settings, so a retry after a lost worker costs nothing.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from distributed import CancelledError, Client, LocalCluster, as_completed
from distributed.comm.core import CommClosedError

from autograder.local import Done
from autograder.release import Exercise
from autograder.result import Result
from autograder.task import Graded, Settings, Task, grade_one, key, without_grade

_PATIENCE = "20s"
_RETRIES = 3
_AHEAD = 4  # tasks that wait at the cluster for each of its threads


class NoCluster(ConnectionError):
    """The cluster does not answer: says which address."""


def grade_on(
    address: str, tasks: Iterable[Task], settings: Settings
) -> Generator[Done, None, None]:
    """Grade tasks on the cluster at an address and yield each when it is done.

    A notebook that the cluster could not grade comes back with a fault. Raises
    NoCluster where nobody answers there.
    """
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise NoCluster(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        if not client.nthreads():
            raise NoCluster(f"the Dask cluster at {address} has no workers yet")
        try:
            yield from _grade(client, tasks, settings)
        except (CancelledError, CommClosedError) as error:
            raise NoCluster(f"the Dask scheduler at {address} has gone") from error


def _grade(client: Client, tasks: Iterable[Task], settings: Settings) -> Iterator[Done]:
    threads = sum(client.nthreads().values())
    waiting = iter(tasks)
    running: dict[Any, tuple[Task, str]] = {}
    finished = as_completed(loop=client.loop)

    def submit_next() -> None:
        for task in waiting:
            content = task.content()
            task_key = key(task, content, settings)
            future = client.submit(
                _in_worker,
                task,
                content,
                settings,
                key=f"grade-{task_key}",
                retries=_RETRIES,
                pure=True,
            )
            running[future] = task, task_key
            finished.add(future)
            return

    for _ in range(threads * _AHEAD):
        submit_next()
    for future in finished:
        task, task_key = running.pop(future)
        yield task, task_key, _graded(future, task, settings)
        # The scheduler forgets the task, so a next run with a fault asks again.
        future.release()
        submit_next()


def _graded(future: Any, task: Task, settings: Settings) -> Graded:
    """Read what came back; where nothing did, say what the cluster says."""
    if future.cancelled():
        raise CancelledError
    error = future.exception()
    if error is None:
        return _from_json(future.result())
    what = f"{type(error).__name__}: {error}"
    return without_grade(task, settings, what)


def _in_worker(task: Task, content: bytes | None, settings: Settings) -> str:
    return json.dumps(dataclasses.asdict(grade_one(task, content, settings)))


def _from_json(text: str) -> Graded:
    data: dict[str, Any] = json.loads(text)
    results = [
        Result(**{**result, "exercise": Exercise(**result["exercise"])})
        for result in data.pop("results")
    ]
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in data.items()
    }
    plain["seconds"] = tuple((name, spent) for name, spent in data["seconds"])
    return Graded(tuple(results), **plain)


@contextmanager
def local_cluster(workers: int) -> Iterator[LocalCluster]:
    """Start a cluster on this machine; it ends with the block."""
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
    ) as cluster:
        yield cluster
