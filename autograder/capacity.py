"""How many workers a deadline needs: a simulation fed with measured times.

Notebooks arrive in the last hour, more of them the nearer the deadline. They
wait in one queue, first come first served; each is graded by the first free
worker, then recorded by the one writer, which is a queue of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

Floats = NDArray[np.float64]

WORKERS = (1, 2, 4, 8, 16, 32, 64)
RUSH = 3.0  # the rate of arrivals grows with this power of the time


@dataclass(frozen=True)
class Load:
    """What arrives, and what each takes; times in seconds."""

    submissions: int
    window: float  # from the first arrival to the deadline
    grading: Floats  # measured times of notebooks, drawn from with replacement
    recording: float  # of one notebook, by the one writer


@dataclass(frozen=True)
class Forecast:
    """How one number of workers does."""

    workers: int
    longest_queue: int  # of notebooks that no worker has begun
    waiting: tuple[float, float]  # p50 and p99, from arrival to the grade
    done: float  # the last grade, after the deadline (0: before it)
    busy: float  # share of the workers' time until the last grade
    worker_hours: float  # from the first arrival to the last grade


def forecast(load: Load, workers: Sequence[int], seed: int = 0) -> list[Forecast]:
    """Simulate the same arrivals on each number of workers."""
    rng = np.random.default_rng(seed)
    # The inverse of the distribution function (t / window) ** RUSH.
    arrivals = np.sort(load.window * rng.random(load.submissions) ** (1 / RUSH))
    grading = rng.choice(load.grading, load.submissions)
    return [_simulate(load, arrivals, grading, count) for count in workers]


def _simulate(load: Load, arrivals: Floats, grading: Floats, workers: int) -> Forecast:
    free = [0.0] * workers  # when each worker is free, a heap
    starts, ends = np.empty_like(arrivals), np.empty_like(arrivals)
    for i, (arrival, service) in enumerate(
        zip(arrivals.tolist(), grading.tolist(), strict=True)
    ):
        start = max(arrival, free[0])
        starts[i] = start
        ends[i] = start + service
        heapq.heapreplace(free, start + service)
    recorded = _recorded(ends, load.recording)
    waits = recorded - arrivals[np.argsort(ends, kind="stable")]
    last = float(recorded[-1])
    begin = float(arrivals[0])
    p50, p99 = np.percentile(waits, [50, 99])
    return Forecast(
        workers=workers,
        longest_queue=_longest_queue(arrivals, starts),
        waiting=(float(p50), float(p99)),
        done=max(0.0, last - load.window),
        busy=float(grading.sum()) / (workers * (last - begin)),
        worker_hours=workers * (last - begin) / 3600,
    )


def _recorded(ends: Floats, each: float) -> Floats:
    """Return when the one writer is done with each, in the order of their ends.

    Lindley's recursion in closed form: with a constant time, the k-th is done
    at the latest of all earlier ends plus what the writer does from there.
    """
    ends = np.sort(ends)
    own = each * np.arange(1, ends.size + 1)
    done: Floats = np.maximum.accumulate(ends - own + each) + own
    return done


def _longest_queue(arrivals: Floats, starts: Floats) -> int:
    """Return the most that had arrived and not begun, at any arrival."""
    begun = np.searchsorted(np.sort(starts), arrivals, side="right")
    waiting = np.arange(1, arrivals.size + 1) - begun
    return int(max(waiting.max(), 0))


def capacity_table(load: Load, forecasts: Sequence[Forecast]) -> Table:
    """Draw the forecasts, a line for each number of workers."""
    title = (
        f"{load.submissions:,} notebooks in {load.window / 60:.0f} minutes,"
        f" {load.grading.mean():.2f} s each"
    )
    table = Table(title=title, title_justify="left")
    for name in (
        "workers",
        "longest queue",
        "wait p50",
        "wait p99",
        "done after the deadline",
        "busy",
        "worker hours",
    ):
        table.add_column(name, justify="right")
    for one in forecasts:
        table.add_row(
            str(one.workers),
            f"{one.longest_queue:,}",
            _duration(one.waiting[0]),
            _duration(one.waiting[1]),
            _duration(one.done),
            f"{100 * one.busy:.0f} %",
            f"{one.worker_hours:.1f}",
        )
    return table


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
