"""The commands of a course that is running: watch, regrade, forget."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from autograder.console import (
    Commands,
    WrongUsage,
    add_command,
    progress_bar,
    say_next,
)
from autograder.course.editions import in_order
from autograder.course.folder import Course
from autograder.course.grading import collected, refuse_loss
from autograder.course.ledger import open_ledger
from autograder.course.penalties import settle
from autograder.engine_options import (
    add_engine_options,
    add_scheduler,
    mapper_of,
    positive,
    settings_of,
)
from autograder.forget import (
    STEPS,
    Stored,
    erase,
    find_stored,
    still_named,
    write_archive,
)
from autograder.grade import Options, Progress
from autograder.lock import alone
from autograder.record import Record
from autograder.regrade import Drafts, draft, record_drafts, table_of
from autograder.release import Shelf
from autograder.task import Task
from autograder.watch.loop import ended_by_signals, watch
from autograder.watch.watcher import Watch

FINE, FAULT = 0, 3

_WATCH = """\
Grade what arrives, within seconds, and publish the feedback: what is put into
COURSE/submitted/ by anybody, what students submit to nbgrader's exchange, and
what is put into a DROP folder, as <student>/<framework>/<notebook>.ipynb.

Grades are those of `autograder grade`. So that nobody finds the hidden inputs by
trying, only so many versions of a notebook are graded within an hour, as
course.toml says; another one waits until its hour is over, the newest counts,
and the student's page says so.

Ctrl+C ends it; what is being graded is finished first. However it ends, the next
one goes on where it was. A change of course.toml or roster.csv counts at once."""

_REGRADE = """\
Grade again what would get another grade today: after a judge was mended, or a
test in COURSE/solutions/. Only the notebooks that this touches run again.

First it shows whose points would change. Nothing is written before you agree.
Marks that people gave stay. What came in since is left to `autograder grade`."""

_FORGET = """\
Erase all that the course stores about a student: work, grades, pages, lines of
tables and of roster.csv, what lies in nbgrader's exchange. STUDENT is the id.

First it shows what there is. With --export it is all written to a ZIP file
before, in open formats. What it cannot reach is said at the end."""

_UNREACHED = """\
Not reached by this command, look there yourself:
  backups and snapshots, and copies of downloads that you collected from
  the learning platform: its own grades, submissions and feedback
  what the student fetched or was sent"""
_UNREACHED_POSTGRESQL = """\
  PostgreSQL: deleted rows stay in its files until VACUUM FULL, and in its log and
  backups until those are gone"""


def add_live_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    command = add_command(commands, "watch", "grade what arrives", _WATCH)
    command.set_defaults(run=_watch)
    _add_folder(command)
    command.add_argument(
        "drops", metavar="DROP", type=Path, nargs="*", help="a folder to look into"
    )
    command.add_argument(
        "--interval",
        metavar="S",
        type=positive,
        default=1,
        help="seconds between two looks (%(default)s)",
    )
    command.add_argument(
        "--once",
        action="store_true",
        help="end when all that is there is graded or waits",
    )
    add_engine_options(command)
    command = add_command(
        commands, "regrade", "show what a mended judge changes", _REGRADE
    )
    command.set_defaults(run=_regrade)
    _add_folder(command)
    command.add_argument(
        "--exercise",
        metavar="ID",
        action="append",
        help="only the notebooks that hold this exercise; may be given again",
    )
    command.add_argument(
        "--yes", action="store_true", help="write the new grades without asking"
    )
    add_engine_options(command)
    add_scheduler(command)
    command = add_command(commands, "forget", "erase a student", _FORGET)
    command.set_defaults(run=_forget)
    _add_folder(command)
    command.add_argument("student", metavar="STUDENT", help="the id of the roster")
    command.add_argument(
        "--export",
        metavar="FILE",
        type=Path,
        help="a ZIP file to write everything to that is stored, before",
    )
    command.add_argument("--yes", action="store_true", help="erase without asking")


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("course", metavar="COURSE", type=Path, help="a course folder")


def _watch(options: argparse.Namespace) -> int:
    course = Course.open(options.course)
    for drop in options.drops:
        there = drop.resolve()
        if not there.is_dir():
            raise WrongUsage(f"{drop} is not a folder")
        if there == course.folder or course.folder in there.parents:
            raise WrongUsage(f"{drop} lies in the course: name a folder outside")
    say = partial(print, flush=True)
    with ended_by_signals(say) as stop:
        watch(
            course.folder,
            lambda now: settings_of(options, now.folder, now.language),
            options.drops,
            Watch(options.jobs, say, stop.is_set),
            options.interval,
            stop,
            once=options.once,
        )
    say("Ended. The same command goes on.")
    return FINE


def _regrade(options: argparse.Namespace) -> int:
    course = Course.open(options.course)
    shelf = course.shelf()
    with alone(course.folder, "autograder regrade"), Drafts() as drafts:
        chosen = _chosen(shelf, options.exercise or ())
        if not in_order(course.folder, course.settings):
            raise WrongUsage(
                "course.toml has changed since the notebooks were released; first:"
                f" autograder release {options.course}"
            )
        with open_ledger(course.folder) as ledger:
            found = collected(course, ledger)
        settings = settings_of(options, course.folder, course.language)
        how = Options(
            options.jobs,
            url=course.settings.gradebook,
            mapper=mapper_of(options),
            config=False,
            settle=lambda record: settle(course, record, ledger),
        )
        with progress_bar() as bar:
            task = bar.add_task("grading", total=None)
            progress = Progress(
                lambda stage, total: bar.reset(task, total=total, description=stage),
                lambda: bar.advance(task),
            )
            folder = course.folder
            draft(drafts, found, folder, shelf, settings, how, progress, chosen)
        _say_drafts(drafts)
        if len(drafts) and _agreed(options, "Write these grades?"):
            with Record(course.folder, course.settings.gradebook) as record:
                refuse_loss(course, record)
            record_drafts(drafts, found, course.folder, shelf, settings, how)
            print(f"Written: {len(drafts)} notebooks.")
            say_next("feedback", options.course)
        elif len(drafts):
            print("Nothing is written. --yes writes these grades.")
    return FAULT if drafts.faults else FINE


def _chosen(shelf: Shelf, exercises: Sequence[str]) -> Callable[[Task], bool]:
    """Return whether a task is of a notebook that holds one of the exercises."""
    holds: dict[tuple[str, str], set[str]] = {}
    for assignment in shelf.assignments:
        language = shelf.languages(assignment)[0]
        for name in shelf.notebooks(assignment):
            release = shelf.release(language, assignment, name)
            holds[assignment, name] = {item.id for item in release.exercises}
    known = sorted(set().union(*holds.values()))
    for exercise in exercises:
        if exercise not in known:
            raise WrongUsage(
                f"there is no exercise {exercise!r}; there are {', '.join(known)}"
            )
    wanted = {*exercises} or {*known}
    return lambda task: bool(holds[task.assignment, task.notebook] & wanted)


def _say_drafts(drafts: Drafts) -> None:
    changes = drafts.changes
    if changes:
        console = Console()
        if not console.is_terminal:
            console = Console(width=120)
        console.print(table_of(changes))
    students = {change.place[0] for change in changes}
    up = sum(change.new > change.old for change in changes)
    print(
        f"{len(drafts)} notebooks were graded again:"
        f" {len(changes)} exercises of {len(students)} students get other points"
        f" ({up} more, {len(changes) - up} less)."
    )
    for count, words in (
        (drafts.reworded, "exercises keep their points and get another message"),
        (drafts.marked, "exercises keep the mark that a person gave"),
        (drafts.newer, "notebooks came in since: `autograder grade` grades them"),
    ):
        if count:
            print(f"{count} {words}.")
    for title, sentences in (
        ("Weaker than it should be", drafts.weaker),
        ("Not graded, the system failed; the grade stays", drafts.faults),
    ):
        for sentence in sentences:
            print(f"{title}: {sentence}", file=sys.stderr)


def _agreed(options: argparse.Namespace, question: str) -> bool:
    if options.yes:
        return True
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _forget(options: argparse.Namespace) -> int:
    course = Course.open(options.course)
    with (
        alone(course.folder, "autograder forget"),
        open_ledger(course.folder),
        Record(course.folder, course.settings.gradebook, config=False) as record,
    ):
        stored = find_stored(course, record, options.student)
        if not stored:
            guess = course.roster.guess(options.student)
            more = f"; did you mean {guess!r}?" if guess else ""
            raise WrongUsage(
                f"nothing is stored about {options.student!r} in {options.course}{more}"
            )
        _say_stored(course, stored)
        if options.export:
            write_archive(course, record, stored, options.export)
            print(f"Written to {options.export}; keep it as safe as the course.")
        if not _agreed(
            options, f"Erase all this about {stored.student.id!r} for good?"
        ):
            print("Nothing is erased. --yes erases it.")
            return FINE
        with progress_bar("steps") as bar:
            task = bar.add_task("erasing", total=STEPS)
            erase(course, record, stored, lambda: bar.advance(task))
        postgresql = record.gradebook.engine.dialect.name == "postgresql"
    print(f"Erased: {stored.student.id}.")
    for path in still_named(course, stored.words):
        print(f"Still holds the id or the name, look yourself: {path}", file=sys.stderr)
    print(_UNREACHED)
    if postgresql:
        print(_UNREACHED_POSTGRESQL)
    if (course.folder / "exports").is_dir():
        say_next("export", options.course)
    return FINE


def _say_stored(course: Course, stored: Stored) -> None:
    who = stored.student.name
    print(f"Stored about {stored.student.id!r}{f' ({who})' if who else ''}:")
    if stored.known:
        print("  a line in roster.csv")
    for name in stored.names:
        print(f"  the name {name!r} in course.toml")
    for folder in stored.folders:
        print(f"  {folder.relative_to(course.folder)}/")
    for file, count in stored.lines.items():
        print(f"  {count} lines in {file}")
    if stored.grades or stored.enrolled:
        print(f"  {stored.grades} notebooks in the gradebook, with grades and remarks")
    for path in stored.exchange:
        print(f"  {path}")
