"""Grade a class: collect, rebuild, run, judge, record, feedback, report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from autograder.collect import MAX_NOTEBOOK, TIMESTAMP, Submission, collect
from autograder.feedback import page
from autograder.judge import Result, judge, nothing
from autograder.rebuild import EXTRA, language_of, readable, rebuild
from autograder.record import Record
from autograder.release import Release, Shelf
from autograder.report import Row, Total, write_tables
from autograder.run import Limits, Run, error_of, run
from paramlab.messages import message


class InvalidNotebook(ValueError):
    """A file is no notebook: the key of a message."""


class SystemFault(RuntimeError):
    """A notebook could not be graded for a reason that is not the student's."""


@dataclass(frozen=True)
class Options:
    """How to grade."""

    language: str = "en"  # for what is said about a missing notebook
    jobs: int = 1
    limits: Limits = field(default_factory=Limits)
    seed: int | None = None
    feedback: bool = True


@dataclass(frozen=True)
class Graded:
    """One notebook of one student, graded."""

    results: list[Result]
    fault: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a run produced, and a sentence for each thing that went wrong."""

    rows: list[Row]
    totals: list[Total]
    ignored: list[str]
    faults: list[str]


def grade(
    source: Path,
    out: Path,
    shelf: Shelf,
    options: Options,
    started: Callable[[int], None] = lambda notebooks: None,
    finished: Callable[[], None] = lambda: None,
) -> Outcome:
    """Grade every submission of a folder or a ZIP into an output folder.

    ``started`` is told how many notebooks there are, ``finished`` is called
    after each. Raises BadSource and CannotRecord.
    """
    catalogue = {name: shelf.notebooks(name) for name in shelf.assignments}
    taken = collect(source, out / "submitted", catalogue)
    tasks = [
        (submission, name)
        for submission in taken.submissions
        for name in catalogue[submission.assignment]
    ]
    rows: list[Row] = []
    faults: list[str] = []

    def one(task: tuple[Submission, str]) -> Graded:
        graded = grade_notebook(shelf, *task, out, options)
        finished()
        return graded

    with Record(out) as record:
        for assignment in sorted({item.assignment for item in taken.submissions}):
            record.prepare(shelf, assignment, options.language)
        for submission in taken.submissions:
            _clear(out, submission)
        started(len(tasks))
        pool = ThreadPoolExecutor(options.jobs)
        try:
            graded = pool.map(one, tasks)
            for submission in taken.submissions:
                done = {name: next(graded) for name in catalogue[submission.assignment]}
                results = {name: item.results for name, item in done.items()}
                record.write(
                    submission.student,
                    submission.assignment,
                    results,
                    _timestamp(submission),
                )
                rows += _rows(submission, results)
                faults += [item.fault for item in done.values() if item.fault]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        rows, totals = write_tables(out, record, rows)
    return Outcome(rows, totals, taken.ignored, faults)


def grade_notebook(
    shelf: Shelf, submission: Submission, name: str, out: Path, options: Options
) -> Graded:
    """Grade one notebook; whatever happens, every exercise has a result."""
    place = (submission.student, submission.assignment)
    language = shelf.language(submission.assignment, options.language)
    release = shelf.release(language, submission.assignment, name)
    notes: tuple[str, ...] = ()
    executed = None
    fault = ""
    try:
        submitted = _load(submission, name)
        language = language_of(shelf, submission.assignment, name, submitted)
        release = shelf.release(language, submission.assignment, name)
        rebuilt = rebuild(release, submitted)
        notes = rebuilt.notes
        done = run(rebuilt.notebook, options.limits, options.seed)
        _check(done)
        executed = done.notebook
        results = judge(release, rebuilt, done)
    except FileNotFoundError:
        return Graded(nothing(release, "blank", _say(release, "not-handed-in")))
    except InvalidNotebook as reason:
        said = _say(release, str(reason), megabytes=MAX_NOTEBOOK // 1_000_000)
        results = nothing(release, "invalid", said)
    # One notebook must never stop the class, whatever is wrong with it.
    except Exception as error:  # noqa: BLE001
        fault = f"{'/'.join(place)}/{name}: {type(error).__name__}: {error}"
        said = _say(release, "fault", error=f"{type(error).__name__}: {error}")
        results = nothing(release, "crashed", said, pending=True)
    if executed is not None:
        nbformat.write(executed, out.joinpath("autograded", *place, f"{name}.ipynb"))
    if options.feedback:
        text = page(*place, name, release.language, results, notes, executed)
        path = out.joinpath("feedback", *place, f"{name}.html")
        path.write_text(text, encoding="utf-8")
    return Graded(results, fault)


def _load(submission: Submission, name: str) -> NotebookNode:
    if name in submission.refused:
        raise InvalidNotebook(submission.refused[name])
    data = submission.path(name).read_bytes()
    try:
        return readable(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise InvalidNotebook("not-json") from error


def _check(done: Run) -> None:
    """Raise SystemFault where a cell fails before any that is the student's.

    So it does where the framework is not installed.
    """
    for i, cell in enumerate(done.notebook.cells):
        if cell.cell_type != "code":
            continue
        if is_solution(cell) or cell.id.startswith(EXTRA):
            return
        if error := error_of(cell) or done.states.get(i):
            raise SystemFault(f"the cell {cell.id} stopped with {error}")


def _clear(out: Path, submission: Submission) -> None:
    """Empty the folders that a submission's results go to."""
    for step in ("autograded", "feedback"):
        folder = out / step / submission.student / submission.assignment
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    timestamp = submission.folder / TIMESTAMP
    if timestamp.exists():
        target = out / "autograded" / submission.student / submission.assignment
        shutil.copy(timestamp, target / TIMESTAMP)


def _timestamp(submission: Submission) -> str | None:
    path = submission.folder / TIMESTAMP
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def _rows(submission: Submission, results: dict[str, list[Result]]) -> list[Row]:
    return [
        Row(
            submission.student,
            submission.assignment,
            name,
            result.exercise.id,
            result.score,
            result.exercise.max_score,
            result.status,
            result.message,
        )
        for name, found in results.items()
        for result in found
    ]


def _say(release: Release, key: str, **values: object) -> str:
    return message(release.language, "grading", key, **values)
