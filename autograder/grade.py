"""Grade a class: collect, grade each notebook, record, feedback, tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from autograder.collect import TIMESTAMP, BadSource, Collection, Submission, collect
from autograder.feedback import Page, marked, page_path, stale_pages, write_pages
from autograder.files import write_whole
from autograder.journal import Entry, Row
from autograder.local import Done, grade_here
from autograder.record import DATABASE, Record
from autograder.release import Shelf
from autograder.report import Total, write_tables
from autograder.seed import class_seed
from autograder.task import Graded, Settings, Task, WarmUp, key

Mapper = Callable[[Iterable[Task], Settings], Generator[Done, None, None]]


@dataclass(frozen=True)
class Options:
    """How to grade, apart from what the grades depend on."""

    jobs: int = 1
    seed: int | None = None  # of the hidden inputs; the output folder's own if None
    url: str = ""  # of the gradebook; the output folder's own if empty
    resume: bool = True
    feedback: bool = True
    mapper: Mapper | None = None  # another scheduler than this machine's threads
    # A course folder has a configuration of its own, and deadlines to settle.
    config: bool = True
    settle: Callable[[Record], object] = lambda record: None
    only: Callable[[Task], bool] = lambda task: True  # the others stay as they are


@dataclass
class Progress:
    """What is told while grading: how many there are, and each that is done."""

    started: Callable[[str, int], None] = lambda stage, total: None
    advanced: Callable[[], None] = lambda: None


@dataclass
class Outcome:
    """What a run produced, and a sentence for each thing that went wrong."""

    rows: list[Row] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    weaker: list[str] = field(default_factory=list)
    kept: int = 0  # notebooks that an earlier run had graded
    seconds: dict[str, float] = field(default_factory=dict)  # summed over notebooks
    peak_mb: float = 0.0


def grade(
    source: Path | Collection,
    out: Path,
    shelf: Shelf,
    settings: Settings,
    options: Options,
    progress: Progress | None = None,
) -> Outcome:
    """Grade every submission of a folder or a ZIP into an output folder.

    A collection lies in the output folder's ``submitted/`` already. What an
    earlier run of the same settings graded is kept, so that a run that was
    stopped at any point goes on where it was. Raises BadSource, OtherRelease
    and CannotRecord.
    """
    progress = progress or Progress()
    catalogue = {name: shelf.notebooks(name) for name in shelf.assignments}
    settings, taken = _begin(source, out, settings, options, catalogue)
    tasks = list(tasks_of(taken.submissions, catalogue))
    outcome = Outcome(ignored=taken.ignored)
    mapper = options.mapper or (lambda todo, how: grade_here(todo, how, options.jobs))
    # A framework takes longer to import than a gradebook to make, and another core.
    with WarmUp(settings) as warm:
        here = options.mapper is None
        if here and not (options.url or (out / DATABASE).exists()):
            warm.begin(task.assignment for task in tasks)
        with Record(out, options.url, config=options.config) as record:
            graded = record.keys() if options.resume else {}
            todo = open_tasks(filter(options.only, tasks), settings, graded)
            if here:
                warm.begin(task.assignment for task in todo)
            for assignment in sorted({task.assignment for task in tasks}):
                record.prepare(shelf, assignment, settings.language)
            outcome.kept = len(tasks) - len(todo)
            progress.started("grading", len(todo))
            warm.wait()
            with closing(mapper(todo, settings)) as done:
                for task, task_key, result in done:
                    clock = perf_counter()
                    record_one(out, record, task, task_key, result)
                    _note(outcome, result, perf_counter() - clock)
                    progress.advanced()
            warm.end()
            options.settle(record)
            if options.feedback:
                give_feedback(out, record, options.jobs, progress)
            outcome.rows, outcome.totals = write_tables(out, record)
    return outcome


def give_feedback(out: Path, record: Record, jobs: int, progress: Progress) -> int:
    """Write the pages that are missing or show another grade; return how many."""
    marks, remarks = record.marks(), record.remarks()
    penalties = record.penalties()
    pages = [
        Page(marked(entry, marks, remarks), penalties.get(entry.place, 0.0))
        for entry in record.entries()
    ]
    stale = list(stale_pages(out, pages))
    progress.started("feedback", len(stale))
    for _ in write_pages(out, stale, jobs):
        progress.advanced()
    return len(stale)


def _begin(
    source: Path | Collection,
    out: Path,
    settings: Settings,
    options: Options,
    catalogue: Mapping[str, Sequence[str]],
) -> tuple[Settings, Collection]:
    """Take the class in, after the seed: it marks the folder as ours.

    So a run that is killed in here can go on. A source that is no class leaves
    no new folder.
    """
    new = not out.exists()
    settings = replace(settings, seed=class_seed(out, options.seed))
    if isinstance(source, Collection):
        return settings, source
    try:
        return settings, collect(source, out / "submitted", catalogue)
    except BadSource:
        if new:
            shutil.rmtree(out)
        raise


def tasks_of(
    submissions: Iterable[Submission], catalogue: Mapping[str, Sequence[str]]
) -> Iterator[Task]:
    """Yield a task for each notebook of each submission, handed in or not."""
    for submission in submissions:
        time = submission.folder / TIMESTAMP
        stamp = time.read_text(encoding="utf-8").strip() if time.exists() else None
        for name in catalogue[submission.assignment]:
            yield Task(
                submission.student,
                submission.assignment,
                name,
                str(submission.path(name)),
                submission.refused.get(name, ""),
                stamp,
            )


def open_tasks(
    tasks: Iterable[Task],
    settings: Settings,
    graded: Mapping[tuple[str, str, str], str],
) -> list[Task]:
    """Leave out what is graded already: same student, content and settings."""
    return [
        task
        for task in tasks
        if task.place not in graded
        or graded[task.place] != key(task, task.content(), settings)
    ]


def record_one(
    out: Path,
    record: Record,
    task: Task,
    task_key: str,
    graded: Graded,
    also: Callable[[Entry], None] = lambda entry: None,
) -> Entry:
    """Put one notebook's results where they belong, the database last.

    ``also`` is called in the transaction. Raises CannotRecord, OSError.
    """
    folder = out / "autograded" / task.student / task.assignment
    folder.mkdir(parents=True, exist_ok=True)
    stamp = Path(task.path).parent / TIMESTAMP
    if stamp.exists():
        # nbgrader leaves files there that nobody may write.
        (folder / TIMESTAMP).unlink(missing_ok=True)
        shutil.copy(stamp, folder / TIMESTAMP)
    write_whole(folder / f"{task.notebook}.ipynb", graded.executed)
    # The page of an earlier run would show another grade.
    page_path(out, *task.place).unlink(missing_ok=True)
    # A fault of the system leaves the key empty: the next run tries again.
    entry = Entry(
        *task.place,
        "" if graded.fault else task_key,
        graded.language,
        graded.results,
        graded.notes,
        sum(seconds for _, seconds in graded.seconds),
        graded.peak_mb,
        graded.content,
    )
    record.write(entry, list(graded.results), task.timestamp, also)
    return entry


def _note(outcome: Outcome, graded: Graded, recording: float) -> None:
    if graded.fault:
        outcome.faults.append(graded.fault)
    for sentence in graded.weaker:
        if sentence not in outcome.weaker:
            outcome.weaker.append(sentence)
    for name, seconds in (*graded.seconds, ("record", recording)):
        outcome.seconds[name] = outcome.seconds.get(name, 0.0) + seconds
    outcome.peak_mb = max(outcome.peak_mb, graded.peak_mb)
