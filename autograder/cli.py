"""The command line of the autograder."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from autograder.capacity import WORKERS, Load, capacity_table, forecast
from autograder.class_report.page import write_page
from autograder.collect import BadSource, Collection
from autograder.console import (
    WrongUsage,
    add_command,
    progress_bar,
    say_next,
    show_grades,
)
from autograder.course import PROJECT, languages
from autograder.course.commands import add_course_commands, ready_to_grade
from autograder.course.folder import Course, NoCourse, is_course
from autograder.course.ledger import BadLedger, Ledger, open_ledger
from autograder.course.live_commands import add_live_commands
from autograder.course.origins import BadOrigins
from autograder.course.penalties import settle
from autograder.course.roster import BadRoster
from autograder.course.settings import BadSettings
from autograder.engine import Engine, TooWeak
from autograder.engine_options import (
    add_engine_options,
    add_scheduler,
    cluster_module,
    mapper_of,
    positive,
    settings_of,
)
from autograder.exchange import ExchangeFault
from autograder.forget import CannotArchive
from autograder.grade import Options, Progress, grade
from autograder.isolation.limits import Limits
from autograder.lms.sheet import BadTemplate
from autograder.lock import Watched
from autograder.record import CONFIG, CannotRecord, OtherRelease, Record, reason_of
from autograder.release import NoRelease, Shelf
from autograder.report import write_tables
from autograder.sample import write_class
from autograder.seed import SEED, SEED_PART
from autograder.task import Settings
from paramlab.frameworks import available

FINE, USAGE, FAULT, STOPPED = 0, 2, 3, 130

_GRADE = """\
Grade a class.

A course folder (`autograder course new`) is graded as its course.toml says, into
itself. Otherwise SUBMISSIONS is a folder, or a ZIP of a folder, with

    <student>/<assignment>/<notebook>.ipynb

for example ada/pytorch/01-access.ipynb. The assignment is the framework. The
notebooks may be in any language, and one class may mix languages."""

_GRADE_MORE = """\
OUT holds afterwards:
  scores.csv   a line an exercise: student, assignment, notebook, exercise,
               score, max_score, status, message
  grades.csv   a line a submission: student, assignment, score, max_score,
               late_penalty (which the score is after)
  feedback/    a page a notebook: <student>/<assignment>/<notebook>.html
  and what makes it an nbgrader course: submitted/, autograded/, gradebook.db.
  For nbgrader's formgrader run `jupyter lab` in OUT.

A status is one of:
  graded       the test ran; the message says what it found
  blank        the answer is as it was handed out, or not handed in
  manual       a written answer: it counts from when a person has graded it
  timeout, memory, crashed
               the exercise was stopped; finished ones keep their points
  invalid      the file is not a notebook

The exit status is 0 when every submission has its lines, 2 for wrong usage, 3
when the system failed on some notebooks: these are named at the end."""

_REPORT = """\
Write scores.csv and grades.csv of OUT again, with what people have graded in
nbgrader's formgrader since. A written answer counts from then on.

Also write report.html: how the class did, exercise by exercise, what went
wrong most often, which notebooks need a person, which answers are alike. It
names students: keep it where you keep their grades."""

_DOCTOR = """\
Attack every layer of isolation in an isolated process, here and now, and say
which hold, which isolation level that makes, and which frameworks are there.
The exit status is 0 when all hold, 3 when one does not."""

_CLUSTER = """\
Start a Dask cluster on this machine, to try grading on one. A real cluster is
started with Dask's own tools; its workers need this project installed."""

_CAPACITY = """\
Say how many workers a deadline needs, by a simulation with the times that the
notebooks of OUT took. They arrive within the window before the deadline, ever
more of them; a worker grades one notebook at a time, and one writer records
them all. Waiting is from the arrival of a notebook to its grade."""

_SAMPLE = """\
Write a small class to try the autograder on: perfect, half done, blank and
mistaken submissions, and a damaged file."""


# What a person can mend: it is said, and nothing was done.
_REFUSED = (
    *(WrongUsage, BadSource, NoRelease, OtherRelease, TooWeak),
    *(NoCourse, BadSettings, BadRoster, BadLedger, Watched, CannotArchive),
    *(BadOrigins, BadTemplate),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except _REFUSED as error:
        print(f"autograder: {error}", file=sys.stderr)
        return USAGE
    except SQLAlchemyError as error:
        return _failed(CannotRecord(reason_of(error)))
    except (BrokenExecutor, CannotRecord, ExchangeFault, OSError) as error:
        return _failed(error)
    except KeyboardInterrupt:
        print("autograder: stopped; the same command goes on", file=sys.stderr)
        return STOPPED
    return status


def _failed(error: Exception) -> int:
    print(
        f"autograder: the system failed: {error}\n"
        "Nothing that was graded is lost: the same command goes on.",
        file=sys.stderr,
    )
    return FAULT


def _grade(options: argparse.Namespace) -> int:
    if is_course(options.submissions):
        return _grade_course(options)
    if options.out is None:
        raise WrongUsage(
            f"name the folder to write: --out OUT ({options.submissions} is no course)"
        )
    project: Path = options.course or PROJECT
    language = options.language or "en"
    _check_out(options.submissions, options.out)
    _check_language(language, languages(project))
    return _run(
        options,
        options.submissions,
        options.out,
        Shelf(project),
        settings_of(options, project, language),
        _how(options),
    )


def _grade_course(options: argparse.Namespace) -> int:
    """Grade what a course has collected, by the settings of its own file."""
    course = Course.open(options.submissions)
    for name in ("out", "db", "seed", "language", "course"):
        if getattr(options, name) not in (None, ""):
            raise WrongUsage(
                f"--{name} is not for a course: what {options.submissions} says counts"
            )
    with open_ledger(course.folder) as ledger:
        found = ready_to_grade(course, ledger)
    how = replace(
        _how(options),
        url=course.settings.gradebook,
        config=False,
        settle=lambda record: settle(course, record, ledger),
    )
    status = _run(
        options,
        found,
        course.folder,
        course.shelf(),
        settings_of(options, course.folder, course.language),
        how,
    )
    print("\nWritten answers wait for a person: start `jupyter lab` in", course.folder)
    say_next("feedback", options.submissions)
    return status


def _how(options: argparse.Namespace) -> Options:
    return Options(
        options.jobs,
        options.seed,
        options.db,
        options.resume,
        options.feedback,
        mapper_of(options),
    )


def _run(
    options: argparse.Namespace,
    source: Path | Collection,
    out: Path,
    shelf: Shelf,
    settings: Settings,
    how: Options,
) -> int:
    with progress_bar() as bar:
        task = bar.add_task("grading", total=None)
        progress = Progress(
            lambda stage, total: bar.reset(task, total=total, description=stage),
            lambda: bar.advance(task),
        )
        outcome = grade(source, out, shelf, settings, how, progress)
    show_grades(out, outcome.totals, outcome.rows)
    if outcome.kept:
        print(f"{outcome.kept} notebooks were graded by an earlier run and are kept.")
    for title, sentences in (
        ("Weaker than it should be", outcome.weaker),
        ("Not taken in", outcome.ignored),
        ("Not graded, the system failed", outcome.faults),
    ):
        for sentence in sentences:
            print(f"{title}: {sentence}", file=sys.stderr)
    return FAULT if outcome.faults else FINE


def _report(options: argparse.Namespace) -> int:
    out: Path = options.out
    if not (out / CONFIG).is_file():
        raise WrongUsage(f"{out} was not written by `autograder grade`")
    url, shelf, language = options.db, Shelf(options.course), "en"
    course = Course.open(out) if is_course(out) else None
    if course:
        url, shelf = course.settings.gradebook, course.shelf()
        language = course.language
    language = options.language or language
    _check_language(language, languages(options.course))
    with Record(out, url) as record:
        if course:
            settle(course, record, Ledger(out))
        rows, totals = write_tables(out, record)
        with progress_bar() as bar:
            count = len({(*row.submission, row.notebook) for row in rows})
            task = bar.add_task("comparing", total=count)
            page = write_page(
                out,
                record,
                shelf,
                rows,
                totals,
                language,
                lambda: bar.advance(task),
            )
    show_grades(out, totals, rows)
    print(page)
    return FINE


def _doctor(options: argparse.Namespace) -> int:
    from autograder.doctor import frameworks, protections

    console = Console()
    limits = Limits()
    engine = Engine(limits)
    try:
        console.print(frameworks(engine))
        installed = available()
        if not installed:
            raise WrongUsage("no framework is installed: pip install '.[pytorch]'")
        warm = engine.warm(installed[0])
        table, missing = protections(warm, warm.limits)
    finally:
        engine.stop()
    console.print(table)
    if missing:
        console.print(
            f"Isolation level: {warm.level}, without {', '.join(missing)}."
            " `--isolation strict` will not start here."
        )
        return FAULT
    console.print("Isolation level: full. `--isolation strict` will start here.")
    return FINE


def _cluster(options: argparse.Namespace) -> int:
    with cluster_module().local_cluster(options.workers) as cluster:
        address = cluster.scheduler_address
        print(f"A cluster of {options.workers} workers listens at {address}")
        print(f"autograder grade SUBMISSIONS --out OUT --scheduler {address}")
        print("Ctrl+C ends it.", flush=True)
        threading.Event().wait()
    return FINE


def _capacity(options: argparse.Namespace) -> int:
    if not (options.out / CONFIG).is_file():
        raise WrongUsage(f"{options.out} was not written by `autograder grade`")
    with Record(options.out, options.db) as record:
        taken = [entry.seconds for entry in record.entries() if entry.seconds]
    if not taken:
        raise WrongUsage(f"no notebook of {options.out} has a measured time")
    load = Load(
        options.submissions,
        60.0 * options.window,
        np.array(taken),
        options.recording / 1000,
    )
    Console().print(capacity_table(load, forecast(load, options.workers)))
    return FINE


def _sample(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(f"{folder} is not a folder")
    source: Path = options.course
    shelf = Course.open(source).shelf() if is_course(source) else Shelf(source)
    for student in write_class(shelf, folder):
        also = f", {student.damaged} damaged" if student.damaged else ""
        print(
            f"{student.name}: {student.assignment}, {student.language},"
            f" {student.work}{also}"
        )
    if is_course(source):
        say_next("collect", source, folder)
    return FINE


def _check_out(submissions: Path, out: Path) -> None:
    """Refuse a folder that grading would spoil."""
    if out.exists() and not out.is_dir():
        raise WrongUsage(f"{out} is not a folder")
    ours = any((out / name).is_file() for name in (CONFIG, SEED, SEED_PART))
    if out.is_dir() and any(out.iterdir()) and not ours:
        raise WrongUsage(f"{out} holds other files: choose a new folder")
    inner, outer = out.resolve(), submissions.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise WrongUsage("OUT and SUBMISSIONS must not lie in each other")


def _check_language(language: str, known: Sequence[str]) -> None:
    if language not in known:
        raise WrongUsage(f"{language!r} is not one of {', '.join(known)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Grade the notebooks of a class.",
        epilog="A course in ten minutes begins with: autograder course new DIR",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = add_command(commands, "grade", "grade a class", _GRADE, _GRADE_MORE)
    command.set_defaults(run=_grade)
    command.add_argument(
        "submissions",
        metavar="SUBMISSIONS",
        type=Path,
        help="a folder, a ZIP, or a course folder, whose course.toml then counts",
    )
    command.add_argument(
        "--out",
        metavar="OUT",
        type=Path,
        help="the folder to write, unless SUBMISSIONS is a course folder; a folder"
        " of an earlier run is brought up to date",
    )
    add_engine_options(command)
    _add_db(command)
    add_scheduler(command)
    again = command.add_mutually_exclusive_group()
    again.add_argument(
        "--resume",
        action="store_true",
        default=True,
        help="keep what an earlier run graded with the same settings and judges"
        " (the default)",
    )
    again.add_argument(
        "--fresh",
        dest="resume",
        action="store_false",
        help="grade everything again",
    )
    command.add_argument(
        "--seed",
        metavar="N",
        type=int,
        help="seed of the hidden inputs (a random one, kept in OUT)",
    )
    command.add_argument(
        "--language",
        metavar="LANGUAGE",
        help="language of messages about missing files, and of OUT as an nbgrader"
        " course (en); all else is in the language of the notebook",
    )
    command.add_argument(
        "--no-feedback",
        dest="feedback",
        action="store_false",
        help="write no feedback pages",
    )
    _add_course(command, default=None)
    add_course_commands(commands)
    add_live_commands(commands)
    command = add_command(commands, "doctor", "try the protections", _DOCTOR)
    command.set_defaults(run=_doctor)
    command = add_command(commands, "cluster", "start a local Dask cluster", _CLUSTER)
    command.set_defaults(run=_cluster)
    command.add_argument(
        "--workers",
        metavar="N",
        type=positive,
        default=2,
        help="how many worker processes (%(default)s)",
    )
    command = add_command(
        commands, "report", "write the tables and the class report", _REPORT
    )
    command.set_defaults(run=_report)
    command.add_argument("out", metavar="OUT", type=Path, help="a graded folder")
    command.add_argument(
        "--language",
        metavar="LANGUAGE",
        help="language of report.html (the first one of the course, else en)",
    )
    _add_db(command)
    _add_course(command)
    command = add_command(
        commands, "capacity", "say how many workers a deadline needs", _CAPACITY
    )
    command.set_defaults(run=_capacity)
    command.add_argument("out", metavar="OUT", type=Path, help="a graded folder")
    command.add_argument(
        "--submissions",
        metavar="N",
        type=positive,
        default=100_000,
        help="how many notebooks arrive (%(default)s)",
    )
    command.add_argument(
        "--window",
        metavar="MINUTES",
        type=positive,
        default=60,
        help="from the first one to the deadline (%(default)s)",
    )
    command.add_argument(
        "--workers",
        metavar="N",
        type=positive,
        nargs="+",
        default=WORKERS,
        help="numbers of workers to try (1 2 4 … 64)",
    )
    command.add_argument(
        "--recording",
        metavar="MS",
        type=positive,
        default=15,
        help="milliseconds to record one notebook, as `make bench` measures them"
        " (%(default)s)",
    )
    _add_db(command)
    command = add_command(commands, "sample", "write a class to try", _SAMPLE)
    command.set_defaults(run=_sample)
    command.add_argument("folder", metavar="CLASS", type=Path, help="the new folder")
    _add_course(command)
    return parser


def _add_db(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--db",
        metavar="URL",
        default="",
        help="the gradebook, such as postgresql://user@host/grades"
        " (gradebook.db in OUT)",
    )


def _add_course(
    command: argparse.ArgumentParser, default: Path | None = PROJECT
) -> None:
    command.add_argument(
        "--course",
        metavar="DIR",
        type=Path,
        default=default,
        help="the folder that holds solutions/ (by default this project)",
    )
