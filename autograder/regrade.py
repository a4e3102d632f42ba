"""Grade again what a mended judge touches, and show it before it counts.

What comes out is kept aside as drafts; whose grade would change is read from
them. Once somebody has agreed, these very drafts are recorded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from rich.markup import escape
from rich.table import Table

from autograder.collect import Collection
from autograder.grade import (
    Mapper,
    Options,
    Outcome,
    Progress,
    grade,
    open_tasks,
    tasks_of,
)
from autograder.journal import Entry
from autograder.local import Done, grade_here
from autograder.record import Record
from autograder.release import Shelf
from autograder.report import short
from autograder.result import Result
from autograder.seed import class_seed
from autograder.task import Graded, Settings, Task, WarmUp, content_digest, key

Place = tuple[str, str, str]


@dataclass(frozen=True)
class Change:
    """An exercise that would earn other points than it did."""

    place: Place  # student, assignment, notebook
    exercise: str
    old: float
    new: float
    max_score: float


@dataclass
class Drafts:
    """Grades that nobody has been given yet; they are gone after its block."""

    changes: list[Change] = field(default_factory=list)
    reworded: int = 0  # exercises with the same points and another message
    marked: int = 0  # exercises that keep a person's mark
    newer: int = 0  # notebooks that came in since they were graded
    faults: list[str] = field(default_factory=list)
    weaker: list[str] = field(default_factory=list)
    _graded: dict[Place, tuple[str, Graded]] = field(default_factory=dict)

    def __enter__(self) -> Drafts:
        self._folder = tempfile.TemporaryDirectory(prefix="regrade-")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def __len__(self) -> int:
        return len(self._graded)

    def __contains__(self, task: Task) -> bool:
        return task.place in self._graded

    def add(self, task: Task, task_key: str, graded: Graded) -> None:
        """Keep what came of a task; the executed notebook on the disk."""
        path = self._path(len(self._graded))
        path.write_text(graded.executed, encoding="utf-8")
        kept = replace(graded, executed=str(path))
        self._graded[task.place] = task_key, kept

    def replay(
        self, tasks: Iterable[Task], settings: Settings
    ) -> Generator[Done, None, None]:
        """Yield what was kept, as if it were graded now; see ``grade.Mapper``.

        What has changed since then is left out.
        """
        for task in tasks:
            task_key, graded = self._graded[task.place]
            if task_key == key(task, task.content(), settings):
                text = Path(graded.executed).read_text(encoding="utf-8")
                yield task, task_key, replace(graded, executed=text)

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number}.json"


def draft(
    drafts: Drafts,
    found: Collection,
    out: Path,
    shelf: Shelf,
    settings: Settings,
    options: Options,
    progress: Progress,
    chosen: Callable[[Task], bool],
) -> None:
    """Grade again what would get another grade today, and record nothing of it.

    Only what was graded already, and in the version that was graded. Raises
    what ``grade`` raises.
    """
    catalogue = {name: shelf.notebooks(name) for name in shelf.assignments}
    settings = replace(settings, seed=class_seed(out, options.seed))
    with Record(out, options.url, config=options.config) as record:
        keys, marks = record.keys(), record.marks()
        there = [t for t in tasks_of(found.submissions, catalogue) if t.place in keys]
        todo = open_tasks(filter(chosen, there), settings, keys)
        places = {task.place for task in todo}
        before = {e.place: e for e in record.entries() if e.place in places}
    kept = []
    for task in todo:
        was = before[task.place].content
        if was and was != content_digest(task.content()):
            drafts.newer += 1
        else:
            kept.append(task)
    progress.started("grading", len(kept))
    local: Mapper = lambda t, s: grade_here(t, s, options.jobs)  # noqa: E731
    with WarmUp(settings) as warm:
        if options.mapper is None:
            warm.begin(task.assignment for task in kept)
            warm.wait()
        with closing((options.mapper or local)(kept, settings)) as done:
            for task, task_key, graded in done:
                progress.advanced()
                drafts.weaker += [x for x in graded.weaker if x not in drafts.weaker]
                if graded.fault:
                    drafts.faults.append(graded.fault)
                    continue
                drafts.add(task, task_key, graded)
                _compare(drafts, before[task.place], graded.results, marks)
    drafts.changes.sort(key=lambda change: (change.place, change.exercise))


def record_drafts(
    drafts: Drafts,
    found: Collection,
    out: Path,
    shelf: Shelf,
    settings: Settings,
    options: Options,
) -> Outcome:
    """Record the drafts as ``grade`` records; raises what it raises."""
    options = replace(options, mapper=drafts.replay, only=drafts.__contains__)
    return grade(found, out, shelf, settings, options)


def _compare(
    drafts: Drafts,
    before: Entry,
    results: Sequence[Result],
    marks: dict[tuple[str, str, str, str], float],
) -> None:
    old = {result.exercise.id: result for result in before.results}
    for result in results:
        name = result.exercise.id
        was = old.get(name)
        changed = was is None or short(was.score) != short(result.score)
        if changed and (*before.place, name) in marks:
            drafts.marked += 1
        elif changed:
            points = was.score if was else 0.0
            most = result.exercise.max_score
            change = Change(before.place, name, points, result.score, most)
            drafts.changes.append(change)
        elif was is not None and was.message != result.message:
            drafts.reworded += 1


def table_of(changes: Sequence[Change]) -> Table:
    """Draw whose grades would change: a line an exercise."""
    table = Table("student", "assignment", "notebook", "exercise")
    for name in ("old", "new", "of"):
        table.add_column(name, justify="right")
    for change in changes:
        points = change.old, change.new, change.max_score
        table.add_row(
            *map(escape, change.place), escape(change.exercise), *map(short, points)
        )
    return table
