"""``make bench``: how fast grading is, as ratios measured in one run.

The same class is graded by stock nbgrader (a sample of it) and by the engine
at its full isolation. Machines differ and are busy: read the ratios.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.course import PROJECT
from autograder.grade import Options, Outcome, Progress, grade
from autograder.isolation.limits import Limits
from autograder.release import Shelf
from autograder.task import Settings
from benchmarks.classes import write_class, write_trivial_course
from benchmarks.stock import seconds_each


@dataclass
class Timed:
    """One run of the engine."""

    outcome: Outcome
    submissions: int
    notebooks: int
    seconds: float
    first: float  # seconds to the first grade

    @property
    def each(self) -> float:
        """Return the seconds of one submission."""
        return self.seconds / self.submissions


def timed(
    submissions: Path, out: Path, shelf: Shelf, jobs: int, feedback: bool = False
) -> Timed:
    """Grade a class with the engine, all of it, at full isolation."""
    course = str(shelf.folder.parent)
    settings = Settings(course, "en", Limits(), "strict", seed=1)
    grades: list[float] = []
    start = time.perf_counter()

    def advanced() -> None:
        grades.append(time.perf_counter() - start)

    outcome = grade(
        submissions,
        out,
        shelf,
        settings,
        Options(jobs, seed=1, feedback=feedback),
        Progress(advanced=advanced),
    )
    spent = time.perf_counter() - start
    if outcome.faults:
        raise RuntimeError(outcome.faults[0])
    students = sum(1 for _ in submissions.iterdir())
    return Timed(outcome, students, len(grades), spent, grades[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--sample", type=int, default=4, help="for stock nbgrader")
    parser.add_argument("--growth", type=int, nargs="*", default=[50, 500])
    options = parser.parse_args()
    console = Console(width=100)
    shelf = Shelf(PROJECT)
    lessons = shelf.notebooks("pytorch")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        submissions = folder / "class"
        write_class(submissions, shelf, options.students, lessons)
        console.print("stock nbgrader ...")
        stock = seconds_each(PROJECT, submissions, folder / "stock", options.sample)
        console.print("the engine ...")
        engine = timed(submissions, folder / "out", shelf, options.jobs)
        pages = timed(submissions, folder / "pages", shelf, options.jobs, feedback=True)
        _speed(console, stock, engine, pages, options.jobs)
        _where(console, engine)
        _trivial(console, folder, options.jobs)
        _growth(console, folder, shelf, lessons[0], options)


def _speed(
    console: Console, stock: float, engine: Timed, pages: Timed, jobs: int
) -> None:
    title = f"Four PyTorch lessons a submission, {engine.submissions} submissions"
    table = Table("grader", "seconds each", "a minute", "times stock", title=title)
    for name, each in (
        ("stock nbgrader", stock),
        (f"engine, full isolation, {jobs} jobs", engine.each),
        ("the same, with feedback pages", pages.each),
    ):
        table.add_row(name, f"{each:.2f}", f"{60 / each:.0f}", f"{stock / each:.1f}")
    console.print(table)
    console.print(
        f"First grade after {engine.first:.1f} s;"
        f" peak memory of a running notebook {engine.outcome.peak_mb:.0f} MB"
        " above its warm process"
    )


def _where(console: Console, engine: Timed) -> None:
    table = Table("part", "ms a notebook", title="Where the time goes")
    for part, seconds in engine.outcome.seconds.items():
        table.add_row(part, f"{1000 * seconds / engine.notebooks:.0f}")
    console.print(table)


def _trivial(console: Console, folder: Path, jobs: int) -> None:
    shelf = write_trivial_course(folder / "trivial")
    submissions = folder / "trivial-class"
    write_class(submissions, shelf, 200, ["01-access"])
    run = timed(submissions, folder / "trivial-out", shelf, jobs)
    console.print(
        f"One trivial exercise a submission: {60 / run.each:.0f} submissions a minute"
    )


def _growth(
    console: Console,
    folder: Path,
    shelf: Shelf,
    lesson: str,
    options: argparse.Namespace,
) -> None:
    table = Table("submissions", "seconds", "seconds each", title=f"Growth ({lesson})")
    for students in options.growth:
        submissions = folder / f"class-{students}"
        write_class(submissions, shelf, students, [lesson])
        run = timed(submissions, folder / f"out-{students}", shelf, options.jobs)
        table.add_row(str(students), f"{run.seconds:.0f}", f"{run.each:.3f}")
    console.print(table)


if __name__ == "__main__":
    main()
