"""The command line: ``autograder grade``, ``report`` and ``sample``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from sqlalchemy.exc import SQLAlchemyError

from autograder.collect import BadSource
from autograder.course import PROJECT, languages
from autograder.grade import Options, grade
from autograder.record import CONFIG, CannotRecord, Record
from autograder.release import NoRelease, Shelf
from autograder.report import GRADES, SCORES, Row, Total, summary, write_tables
from autograder.run import Limits
from autograder.sample import write_class

FINE, USAGE, FAULT, STOPPED = 0, 2, 3, 130

_GRADE = """\
Grade a class.

SUBMISSIONS is a folder, or a ZIP of a folder, with

    <student>/<assignment>/<notebook>.ipynb

for example ada/pytorch/01-access.ipynb. The assignment is the framework. The
notebooks may be in any language, and one class may mix languages."""

_GRADE_MORE = """\
OUT holds afterwards:
  scores.csv   a line an exercise: student, assignment, notebook, exercise,
               score, max_score, status, message
  grades.csv   a line a submission: student, assignment, score, max_score
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
nbgrader's formgrader since. A written answer counts from then on."""

_SAMPLE = """\
Write a small class to try the autograder on: perfect, half done, blank and
mistaken submissions, and a damaged file."""


class WrongUsage(ValueError):
    """The command cannot do what it is asked: says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (WrongUsage, BadSource, CannotRecord, NoRelease) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return USAGE
    except (OSError, SQLAlchemyError) as error:  # no room, no permission, a lock
        print(f"autograder: the system failed: {error}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        print(
            "autograder: stopped; run the command again to start over", file=sys.stderr
        )
        return STOPPED
    return status


def _grade(options: argparse.Namespace) -> int:
    shelf = Shelf(options.course)
    out: Path = options.out
    _check_out(options.submissions, out)
    _check_language(options.language, languages(options.course))
    limits = Limits(options.time_limit, 5 * options.time_limit, options.memory_limit)
    errors = Console(stderr=True)
    with Progress(
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("notebooks,"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=errors,
    ) as progress:
        task = progress.add_task("grading", total=None)
        outcome = grade(
            options.submissions,
            out,
            shelf,
            Options(
                options.language,
                options.jobs,
                limits,
                options.seed,
                options.feedback,
            ),
            started=lambda notebooks: progress.update(task, total=notebooks),
            finished=lambda: progress.advance(task),
        )
    _show(out, outcome.totals, outcome.rows)
    for sentence in outcome.ignored:
        print(f"Not taken in: {sentence}", file=sys.stderr)
    for sentence in outcome.faults:
        print(f"Not graded, the system failed: {sentence}", file=sys.stderr)
    return FAULT if outcome.faults else FINE


def _report(options: argparse.Namespace) -> int:
    out: Path = options.out
    if not (out / SCORES).is_file():
        raise WrongUsage(f"{out} was not written by `autograder grade`")
    with Record(out) as record:
        rows, totals = write_tables(out, record, [])
    _show(out, totals, rows)
    return FINE


def _sample(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(f"{folder} is not a folder")
    for student in write_class(Shelf(options.course), folder):
        also = f", {student.damaged} damaged" if student.damaged else ""
        print(
            f"{student.name}: {student.assignment}, {student.language},"
            f" {student.work}{also}"
        )
    return FINE


def _check_out(submissions: Path, out: Path) -> None:
    """Refuse a folder that grading would spoil."""
    if out.exists() and not out.is_dir():
        raise WrongUsage(f"{out} is not a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / CONFIG).is_file():
        raise WrongUsage(f"{out} holds other files: choose a new folder")
    inner, outer = out.resolve(), submissions.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise WrongUsage("OUT and SUBMISSIONS must not lie in each other")


def _check_language(language: str, known: Sequence[str]) -> None:
    if language not in known:
        raise WrongUsage(f"{language!r} is not one of {', '.join(known)}")


def _show(out: Path, totals: Sequence[Total], rows: Sequence[Row]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(summary(totals, rows))
    console.print(f"{out / SCORES}, {out / GRADES}", markup=False, highlight=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Grade the notebooks of a class.",
        epilog="To try it: autograder sample CLASS && autograder grade CLASS --out OUT",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = _command(commands, "grade", "grade a class", _GRADE, _GRADE_MORE)
    command.set_defaults(run=_grade)
    command.add_argument(
        "submissions", metavar="SUBMISSIONS", type=Path, help="a folder or a ZIP"
    )
    command.add_argument(
        "--out",
        metavar="OUT",
        type=Path,
        required=True,
        help="the folder to write; a folder of an earlier run is brought up to date",
    )
    command.add_argument(
        "--jobs",
        metavar="N",
        type=_positive,
        default=os.cpu_count() or 1,
        help="how many notebooks to run at once (here: %(default)s)",
    )
    command.add_argument(
        "--time-limit",
        metavar="S",
        type=_positive,
        default=int(Limits.cell_seconds),
        help="seconds for one cell; a notebook has five times as many (%(default)s)",
    )
    command.add_argument(
        "--memory-limit",
        metavar="MB",
        type=_positive,
        default=Limits.megabytes,
        help="memory of one notebook, on Linux (%(default)s)",
    )
    command.add_argument(
        "--seed",
        metavar="N",
        type=int,
        help="draw the hidden inputs from a seed that students do not know",
    )
    command.add_argument(
        "--language",
        metavar="LANGUAGE",
        default="en",
        help="language of messages about missing files, and of OUT as an nbgrader"
        " course (%(default)s); all else is in the language of the notebook",
    )
    command.add_argument(
        "--no-feedback",
        dest="feedback",
        action="store_false",
        help="write no feedback pages",
    )
    _add_course(command)
    command = _command(commands, "report", "bring the tables up to date", _REPORT)
    command.set_defaults(run=_report)
    command.add_argument("out", metavar="OUT", type=Path, help="a graded folder")
    command = _command(commands, "sample", "write a class to try", _SAMPLE)
    command.set_defaults(run=_sample)
    command.add_argument("folder", metavar="CLASS", type=Path, help="the new folder")
    _add_course(command)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    description: str,
    epilog: str = "",
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_course(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--course",
        metavar="DIR",
        type=Path,
        default=PROJECT,
        help="the folder that holds solutions/ (by default this project)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
