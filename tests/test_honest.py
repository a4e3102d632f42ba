"""What is right earns full marks, however awkward, each time the same.

Every case of the corpus is put into a solved notebook: noise, state that is
left set, magics, other forms of the answers, what editors do to the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import corpora
import pytest
from editions import EDITIONS, FEW, HERE
from honest_notebooks import EDITS
from tiny_course import hand_in

from autograder.course import PROJECT
from autograder.isolation.limits import Limits
from autograder.local import grade_here
from autograder.task import Graded, Settings, Task, stop_engines

CASES = corpora.read(Path(__file__).parent / "honest")
LESSONS = ("01-access", "02-initialization", "03-tying", "04-exercises")
OWN = ("en", "pytorch")  # the edition that the cases are written for
SETTINGS = Settings(str(PROJECT), "en", Limits(), "auto", seed=20)


@dataclass(frozen=True)
class Handed:
    """A notebook that was handed in."""

    name: str
    task: Task


def hand_in_all(
    folder: Path, lessons: tuple[str, ...], editions: list[tuple[str, str]]
) -> list[Handed]:
    """Hand in every case; those that are about an answer, in its lesson."""
    handed = []

    def add(
        name: str, lesson: str, content: object, framework: str = "pytorch"
    ) -> None:
        target = hand_in(folder, name, {lesson: content}, framework)  # type: ignore[dict-item]
        path = str(target / f"{lesson}.ipynb")
        task = Task(name, framework, lesson, path)
        handed.append(Handed(f"{name}/{lesson}", task))

    for case in CASES:
        for lesson in lessons if case.where == "after" else (case.lesson,):
            add(case.name, lesson, corpora.with_case(corpora.solved(lesson), case))
    for name, edit in EDITS.items():
        for lesson in lessons:
            add(f"edit-{name}", lesson, edit(corpora.solved(lesson)))
    for language, framework in editions:
        if (language, framework) == OWN or framework not in HERE:
            continue
        for lesson in lessons:
            name = f"{framework}-{language}"
            add(name, lesson, corpora.solved(lesson, framework, language), framework)
            own_cells = EDITS["own-cells"](corpora.solved(lesson, framework, language))
            add(f"{name}-own-cells", lesson, own_cells, framework)
    return handed


@pytest.fixture(scope="module", autouse=True)
def engines() -> Iterator[None]:
    yield
    stop_engines()


def graded(handed: list[Handed], jobs: int) -> dict[str, Graded]:
    tasks = [one.task for one in handed]
    names = {one.task: one.name for one in handed}
    return {names[task]: done for task, _, done in grade_here(tasks, SETTINGS, jobs)}


def losses(results: dict[str, Graded]) -> list[str]:
    """Name each result that is not full marks."""
    return [
        f"{name} {result.exercise.id}: {result.status}, {result.message}"
        for name, done in sorted(results.items())
        for result in done.results
        if not result.exercise.written
        if result.status != "graded" or result.score != result.exercise.max_score
    ] + [f"{name}: {done.fault}" for name, done in results.items() if done.fault]


def test_the_corpus_is_large() -> None:
    assert len(CASES) + len(EDITS) + 2 * len(FEW) >= 40


def test_honest_submissions_earn_all_points_twice(tmp_path: Path) -> None:
    handed = hand_in_all(tmp_path, ("01-access",), FEW)
    first = graded(handed, 2)
    assert losses(first) == []
    again = graded(handed, 8)
    assert {name: done.results for name, done in again.items()} == {
        name: done.results for name, done in first.items()
    }


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_honest_submissions_earn_all_points_in_every_lesson_and_each_time(
    tmp_path: Path,
) -> None:
    handed = hand_in_all(tmp_path, LESSONS, EDITIONS)
    for repeat in range(20):
        assert not losses(graded(handed, (1, 2, 8)[repeat % 3])), repeat
