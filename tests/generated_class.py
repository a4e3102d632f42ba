"""Classes of any size and mixed quality, put together from the banks."""

from __future__ import annotations

import copy
import random
from functools import cache
from pathlib import Path

import nbformat
from corpora import answered, student
from test_banks import BANKS, Solution, read_bank

from paramlab.exercises import EXERCISES

BLANK = 0.2  # of what a student does not solve, the share that stays untouched


@cache
def bank(exercise: str, framework: str) -> tuple[list[Solution], list[Solution]]:
    """Return the right and the wrong solutions of an exercise."""
    found = read_bank(BANKS / exercise / f"{framework}.py")
    kinds = ("right", "wrong")
    right, wrong = ([s for s in found if s.kind == kind] for kind in kinds)
    return right, wrong


def answers(
    lesson: str, framework: str, ability: float, draw: random.Random
) -> dict[str, str]:
    """Draw one student's answers of a lesson; ability is the chance to be right."""
    given = {}
    for exercise in EXERCISES.values():
        if exercise.lesson != lesson:
            continue
        right, wrong = bank(exercise.id, framework)
        if draw.random() < ability:
            given[exercise.id] = draw.choice(right).code
        elif draw.random() > BLANK:
            given[exercise.id] = draw.choice(wrong).code
    return given


def write_class(
    folder: Path,
    students: int,
    lessons: tuple[str, ...],
    framework: str = "pytorch",
    seed: int = 0,
) -> list[str]:
    """Write a class, the same for the same seed; return the students' names."""
    draw = random.Random(seed)
    released = {lesson: student(lesson, framework) for lesson in lessons}
    names = []
    for number in range(students):
        ability = draw.betavariate(3, 1.3)
        name = f"student-{number:05}"
        target = folder / name / framework
        target.mkdir(parents=True)
        for lesson in lessons:
            given = answers(lesson, framework, ability, draw)
            notebook = answered(copy.deepcopy(released[lesson]), given)
            nbformat.write(notebook, target / f"{lesson}.ipynb")
        names.append(name)
    return names
