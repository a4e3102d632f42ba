"""A large class is graded to the last row, in memory that stays the same."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import psutil
import pytest
from generated_class import write_class

from autograder.course import PROJECT
from autograder.grade import Options, Progress, grade
from autograder.isolation.limits import Limits
from autograder.release import Shelf
from autograder.task import Settings
from paramlab.exercises import EXERCISES

LESSON = "03-tying"
SETTLED = 500  # notebooks after which memory no longer grows
EVERY = 50


class OneLesson(Shelf):
    """The project's notebooks, but one lesson only."""

    def notebooks(self, assignment: str) -> list[str]:
        return [LESSON]


def resident_mb() -> float:
    """Return the memory of this process and of the warm ones below it."""
    gc.collect()
    own = psutil.Process()
    total = own.memory_info().rss
    for child in own.children():
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return float(total) / 1e6


@pytest.mark.parametrize(
    "students",
    [
        pytest.param(300, marks=pytest.mark.slow),
        pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(7200)]),
    ],
)
def test_every_row_is_there_and_memory_is_flat(students: int, tmp_path: Path) -> None:
    names = write_class(tmp_path / "class", students, (LESSON,), seed=7)
    memory: list[float] = []
    done = 0

    def advanced() -> None:
        nonlocal done
        done += 1
        if done % EVERY == 0:
            memory.append(resident_mb())

    started = time.monotonic()
    settings = Settings(str(PROJECT), "en", Limits(), "auto")
    outcome = grade(
        tmp_path / "class",
        tmp_path / "out",
        OneLesson(PROJECT),
        settings,
        Options(jobs=2, seed=3, feedback=False),
        Progress(advanced=advanced),
    )
    seconds = time.monotonic() - started
    assert outcome.faults == []
    exercises = {e.id for e in EXERCISES.values() if e.lesson == LESSON}
    found = {(row.student, row.exercise) for row in outcome.rows}
    assert found == {(name, exercise) for name in names for exercise in exercises}
    assert len(outcome.rows) == len(found)
    settled = memory[min(SETTLED, students // 2) // EVERY - 1 :]
    assert max(settled) <= 1.1 * settled[0]
    assert min(settled) >= 0.9 * settled[0]
    print(
        f"{students:,} notebooks in {seconds:.0f} s: {students / seconds:.1f} a second;"
        f" memory {settled[0]:.0f} MB, then {min(settled):.0f} to {max(settled):.0f}"
    )
