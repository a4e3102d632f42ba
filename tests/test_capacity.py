"""The simulation of a deadline agrees with queueing theory and a plain one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.capacity import WORKERS, Load, _recorded, forecast


def load(
    submissions: int = 20_000,
    grading: tuple[float, ...] = (0.2, 0.4),
    recording: float = 0.001,
) -> Load:
    return Load(submissions, 3600.0, np.array(grading), recording)


@given(
    st.lists(st.floats(0, 1000), min_size=1, max_size=40),
    st.floats(0.001, 50),
)
def test_the_writer_takes_one_after_the_other(ends: list[float], each: float) -> None:
    free, expected = 0.0, []
    for end in sorted(ends):
        free = max(free, end) + each
        expected.append(free)
    found = _recorded(np.array(ends), each)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


def test_more_workers_never_wait_longer() -> None:
    found = forecast(load(), WORKERS)
    waits = [one.waiting[1] for one in found]
    assert all(a >= b - 1e-9 for a, b in pairwise(waits))
    assert found[0].longest_queue > found[-1].longest_queue


def test_enough_workers_wait_only_for_their_own_notebook() -> None:
    (one,) = forecast(load(submissions=500), [500])
    assert one.longest_queue <= 1
    assert one.waiting[0] <= 0.4 + 0.01
    assert one.done < 1


def test_too_few_workers_take_as_long_as_the_work() -> None:
    """Overloaded, the last grade comes when all the work is done."""
    given = load(submissions=30_000)
    (one,) = forecast(given, [1])
    work = 30_000 * 0.3
    assert one.done == pytest.approx(work - given.window, rel=0.2)
    assert one.busy > 0.8
    assert one.worker_hours == pytest.approx(work / 3600, rel=0.2)


def test_a_slow_writer_is_the_limit() -> None:
    slow = load(submissions=30_000, recording=0.2)
    fast = load(submissions=30_000)
    found = [forecast(one, [64])[0].done for one in (slow, fast)]
    assert found[0] > 30_000 * 0.2 - 3600
    assert found[1] < 60


def test_the_same_seed_gives_the_same_table() -> None:
    assert forecast(load(), [4]) == forecast(load(), [4])
