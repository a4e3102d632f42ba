"""Grade on this machine: threads that each drive one isolated process."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from autograder.task import Graded, Settings, Task, grade_one, key

Done = tuple[Task, str, Graded]


def grade_here(
    tasks: Iterable[Task], settings: Settings, jobs: int
) -> Generator[Done, None, None]:
    """Grade tasks, ``jobs`` at once, and yield each with its key when it is done.

    Takes a task only when another one has been dealt with, so memory stays
    the same however many there are, and a kill costs at most ``jobs`` of them.
    """

    def one(task: Task) -> Done:
        content = task.content()
        return task, key(task, content, settings), grade_one(task, content, settings)

    waiting: set[Future[Done]] = set()
    pool = ThreadPoolExecutor(jobs)
    try:
        for task in tasks:
            waiting.add(pool.submit(one, task))
            if len(waiting) == jobs:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
