"""The commands of a course folder: new, release, collect, feedback, export."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

from nbgrader.plugins import ExportPlugin
from traitlets.utils.importstring import import_item

from autograder.arrival import Reading
from autograder.collect import TIMESTAMP, Collection
from autograder.console import (
    Commands,
    WrongUsage,
    add_command,
    progress_bar,
    say_next,
    show_grades,
)
from autograder.course.editions import put_in_order
from autograder.course.folder import UNMATCHED, Course, new_course
from autograder.course.grading import collected, refuse_loss
from autograder.course.handout import write_handouts
from autograder.course.ledger import Ledger, open_ledger
from autograder.course.origins import Origins
from autograder.course.penalties import settle
from autograder.course.roster import ROSTER
from autograder.course.settings import SETTINGS
from autograder.exchange import (
    SECRET,
    open_exchange,
    release_assignment,
    release_feedback,
)
from autograder.export import (
    EXPORTS,
    FORMATS,
    export_with_nbgrader,
    grade_lines,
)
from autograder.grade import Progress, give_feedback
from autograder.intake import Taken, take_in
from autograder.lms.grades import Wanted
from autograder.lms.readers import READERS, reader_for
from autograder.lms.writers import PLATFORMS
from autograder.record import Record
from autograder.report import write_tables

FINE = 0
_NBGRADER = "nbgrader"
_MOST = 20  # names that are printed one by one

_COURSE = """\
Make a course folder. Its settings are one file, course.toml, which explains
itself: points, lessons, deadlines, late work. roster.csv names the students."""

_NEW = """\
Make a course folder: settings, a roster, the secret seed of the hidden inputs.
nbgrader and formgrader open it as a course of theirs. A folder that is a
course already keeps every file that it has."""

_RELEASE = """\
Make the notebooks that students get, with the points of course.toml:

  COURSE/handout/<language>/<framework>/   and a ZIP of each
  COURSE/release/<framework>/              nbgrader's own, in the first language

and put them into nbgrader's exchange, if course.toml names one. Run it again
after a change of course.toml; what is the same stays as it is."""

_COLLECT = """\
Take in what students hand in. SOURCE is a folder or a ZIP with

    <student>/<framework>/<notebook>.ipynb

or a download of Moodle, Canvas or Gradescope; without SOURCE it is nbgrader's
exchange that course.toml names. A notebook is known by its name, else by what
it says of itself, else by its cells. A newer notebook replaces an older one,
never the other way round; arrivals.csv says when each came.

Whoever is not in roster.csv is named, with a guess, and the work is kept in
COURSE/unmatched/. Say who it is in roster.csv or under [names] in course.toml,
and the next collect takes it from there."""

_FEEDBACK = """\
Write the feedback pages anew that miss something: a mark or a remark that a
person gave in formgrader, or what late work costs. Students fetch them from
nbgrader's exchange, if course.toml names one."""

_EXPORT = """\
Write the grades for other programs, everybody in roster.csv included:

  csv         grades.csv: a line a student, a column a lesson
  json        grades.json: all exercises with their messages
  nbgrader    nbgrader.csv: what `nbgrader export` writes
  canvas      canvas.csv for Grades > Import; give the gradebook that Canvas
              exports as --template, and it is filled in
  moodle      moodle-….csv for "Upload grading worksheet"; give the worksheet
              of the assignment as --template
  gradescope  gradescope.csv, in the columns of its own "Download Grades"

Without --for it is the first three. Late work has cost what course.toml says,
in all of them. Of work that was collected from a download of Moodle or Canvas,
the feedback is written too: moodle-feedback-….zip and canvas-feedback-….zip,
for their bulk upload."""


def add_course_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    course = add_command(commands, "course", "make a course folder", _COURSE)
    inner = course.add_subparsers(required=True, metavar="COMMAND")
    command = add_command(inner, "new", "make a course folder", _NEW)
    command.set_defaults(run=_new)
    command.add_argument("folder", metavar="DIR", type=Path, help="the new folder")
    command.add_argument(
        "--framework",
        metavar="NAME",
        action="append",
        help="pytorch (default), mxnet, tensorflow or paddle; once for each",
    )
    command.add_argument(
        "--lang",
        metavar="LANGUAGE",
        action="append",
        help="en (default), zh or ja; once for each, nbgrader's pages first",
    )
    command.add_argument("--name", default="", help="how people call the course")
    command.add_argument(
        "--course",
        metavar="DIR",
        dest="origin",
        type=Path,
        help="the folder that holds solutions/ to copy (by default this project)",
    )
    command = add_command(commands, "release", "make what students get", _RELEASE)
    command.set_defaults(run=_release)
    _add_folder(command)
    command = add_command(commands, "collect", "take in what they hand in", _COLLECT)
    command.set_defaults(run=_collect)
    _add_folder(command)
    command.add_argument(
        "source", metavar="SOURCE", type=Path, nargs="?", help="a folder or a ZIP"
    )
    command.add_argument(
        "--format",
        choices=[reader.name for reader in READERS],
        help="what SOURCE is (by default it is looked at)",
    )
    command.add_argument(
        "--received",
        metavar="TIME",
        type=_moment,
        help="when all of it came, such as 2027-03-01T23:50:00+08:00 (by default"
        " what timestamp.txt says, else the times of the files)",
    )
    command = add_command(
        commands, "feedback", "bring the students' pages up to date", _FEEDBACK
    )
    command.set_defaults(run=_feedback)
    _add_folder(command)
    command = add_command(commands, "export", "write grades for others", _EXPORT)
    command.set_defaults(run=_export)
    _add_folder(command)
    command.add_argument(
        "--for",
        "--format",
        dest="formats",
        action="append",
        choices=[*FORMATS, _NBGRADER, *PLATFORMS],
        help="only this one; may be given again",
    )
    command.add_argument(
        "--template",
        metavar="FILE",
        type=Path,
        help="the table of Canvas or Moodle to fill in",
    )
    command.add_argument(
        "--lesson",
        metavar="LESSON",
        action="append",
        default=[],
        help="for a platform: the grade of this lesson, not of all; may be given again",
    )
    command.add_argument(
        "--column",
        metavar="TITLE=WHAT",
        action="append",
        default=[],
        type=_column,
        help="what a column of the template stands for: a lesson, an assignment, total"
        " (by default its title tells); in Moodle's, grade or comment",
    )
    command.add_argument(
        "--scale",
        action="store_true",
        help="turn points into those of the template",
    )
    command.add_argument(
        "--to",
        metavar="DIR",
        type=Path,
        help=f"the folder to write (COURSE/{EXPORTS})",
    )
    command.add_argument(
        "--plugin",
        metavar="CLASS",
        help="an exporter of nbgrader's, such as mypackage.MyExporter, instead",
    )


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("course", metavar="COURSE", type=Path, help="a course folder")


def _new(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    frameworks = options.framework or ["pytorch"]
    languages = options.lang or ["en"]
    for what, words in (("--framework", frameworks), ("--lang", languages)):
        if len({*words}) < len(words):
            raise WrongUsage(f"{what} names one of them twice")
    written = new_course(folder, frameworks, languages, options.name, options.origin)
    if SETTINGS in written:
        print(f"{folder} is a course now.")
    else:
        print(f"{folder} is a course already; its {SETTINGS} stays as it is.")
    print(f"{folder / SETTINGS}: points, lessons, deadlines, late work")
    print(f"{folder / ROSTER}: the students; while it is empty, every name counts")
    print(f"{folder / '.seed'}: the secret seed of the hidden inputs; show it nobody")
    say_next("release", folder)
    return FINE


def _release(options: argparse.Namespace) -> int:
    course = Course.open(options.course)
    handouts = prepare(course)
    print(f"nbgrader's: {course.folder / 'release'}")
    for path in handouts:
        print(f"For students: {path}")
    if course.settings.exchange:
        for assignment in course.editions:
            release_assignment(course, assignment)
        print(f"In the exchange: {course.settings.exchange}")
    later = () if course.settings.exchange else ("SUBMISSIONS",)
    say_next("collect", options.course, *later)
    return FINE


def prepare(course: Course) -> Sequence[Path]:
    """Bring the notebooks of a course in line with its settings.

    Returns the ZIP files for students. Raises BadSettings, CannotRecord.
    """
    settings = course.settings
    steps = len(settings.frameworks) * (2 * len(settings.languages) + 1)
    with (
        progress_bar("steps") as bar,
        Record(course.folder, settings.gradebook, config=False) as book,
    ):
        task = bar.add_task("releasing", total=steps)
        refuse_loss(course, book)
        for _ in put_in_order(course.folder, settings, course.source):
            bar.advance(task)
        shelf = course.shelf()
        for assignment in shelf.assignments:
            book.prepare(shelf, assignment, course.language)
            bar.advance(task)
        settle(course, book, Ledger(course.folder))
        handouts = []
        for path in write_handouts(course.folder, shelf, settings.languages):
            handouts.append(path)
            bar.advance(task)
    return handouts


def ready_to_grade(course: Course, ledger: Ledger) -> Collection:
    """Apply the settings to the notebooks and return what was collected.

    Raises BadSettings, BadSource and CannotRecord.
    """
    course.shelf()
    found = collected(course, ledger)
    with Record(course.folder, course.settings.gradebook) as record:
        refuse_loss(course, record)
    if any([*put_in_order(course.folder, course.settings, course.source)]):
        print(
            f"What students get has changed with {SETTINGS}; let them have it:"
            f" autograder release {course.folder}"
        )
    return found


def _collect(options: argparse.Namespace) -> int:
    course = Course.open(options.course)
    shelf = course.shelf()
    source: Path | None = options.source
    opened: AbstractContextManager[Reading]
    if source is None and not course.settings.exchange:
        if not any(course.folder.joinpath(UNMATCHED).glob("*/*/*.ipynb")):
            raise WrongUsage(
                f"name a folder or a ZIP, or an exchange in {course.folder / SETTINGS}:"
                f" autograder collect {options.course} SUBMISSIONS"
            )
        opened = nullcontext(Reading())
    elif source is None:
        root = Path(course.settings.exchange)
        opened = open_exchange(root, course.settings.id, course.editions)
    else:
        _check_apart(course, source)
        named = {reader.name: reader for reader in READERS}
        reader = named.get(options.format) or reader_for(source, course.editions)
        opened = reader.read(source, course.editions, shelf)
    with opened as reading, open_ledger(course.folder) as ledger, progress_bar() as bar:
        task = bar.add_task("collecting", total=len(reading.arrivals))
        taken = take_in(
            course, ledger, reading, options.received, lambda: bar.advance(task)
        )
    _say_taken(course, taken)
    say_next("grade", options.course)
    return FINE


def _check_apart(course: Course, source: Path) -> None:
    there = source.resolve()
    if there == course.folder or course.folder in there.parents:
        raise WrongUsage(f"{source} lies in the course: name what was handed in")


def _say_taken(course: Course, taken: Taken) -> None:
    print(
        f"{taken.new} new notebooks, {taken.same} that were there already;"
        f" {len(taken.students)} students."
    )
    for title, sentences in (
        ("Not taken in", taken.ignored),
        ("Refused, and graded as invalid", taken.refused),
        ("Older than what is there, left out", taken.older),
        ("Late, says the platform, but not by how much", taken.late),
    ):
        for sentence in sentences[:_MOST]:
            print(f"{title}: {sentence}", file=sys.stderr)
        if len(sentences) > _MOST:
            print(f"{title}: {len(sentences) - _MOST} more.", file=sys.stderr)
    for note in taken.notes:
        print(f"Note: {note}", file=sys.stderr)
    for student, names in taken.shared.items():
        said = " and ".join(f'"{name}"' for name in names)
        print(f"Several names mean {student!r}: {said}.", file=sys.stderr)
    if taken.unmatched:
        print(
            f"\nNot in {ROSTER}; the work is kept in {course.folder / UNMATCHED}."
            f"\nPut a line into {ROSTER}, or one of these under [names] in"
            f" {SETTINGS}, and run this again:",
            file=sys.stderr,
        )
        for name, count in taken.unmatched.items():
            meant = course.roster.find(name).ids
            guess = meant[0] if meant else course.roster.guess(name) or "?"
            others = f", or {', '.join(meant[1:])}" if meant[1:] else ""
            line = f"{_quoted(name)} = {_quoted(guess)}  # {count} notebooks{others}"
            print(f"  {line}", file=sys.stderr)


def _quoted(text: str) -> str:
    """Return a text as TOML takes it."""
    return json.dumps(text, ensure_ascii=False)


def _feedback(options: argparse.Namespace) -> int:
    course = Course.open(options.course)
    ledger = Ledger(course.folder)
    with (
        Record(course.folder, course.settings.gradebook) as record,
        progress_bar("pages") as bar,
    ):
        _check_graded(options.course, record)
        settle(course, record, ledger)
        task = bar.add_task("feedback", total=None)
        progress = Progress(
            lambda stage, total: bar.reset(task, total=total, description=stage),
            lambda: bar.advance(task),
        )
        written = give_feedback(course.folder, record, 1, progress)
    print(f"{written} pages written; all are in {course.folder / 'feedback'}")
    if course.settings.exchange:
        _lay_out(course)
        for assignment in course.editions:
            release_feedback(course, assignment)
        print(f"In the exchange: {course.settings.exchange}")
    say_next("export", options.course)
    return FINE


def _lay_out(course: Course) -> None:
    """Put beside the pages what nbgrader's exchange wants to find there."""
    for folder in course.folder.glob("feedback/*/*/"):
        beside = course.submitted.joinpath(*folder.parts[-2:])
        for name in (TIMESTAMP, SECRET):
            if (beside / name).is_file():
                (folder / name).write_bytes((beside / name).read_bytes())


def _export(options: argparse.Namespace) -> int:
    course = Course.open(options.course)
    folder: Path = options.to or course.folder / EXPORTS
    formats = options.formats or [*FORMATS, _NBGRADER]
    _check_export(course, options, formats)
    plugin = _plugin(options.plugin) if options.plugin else None
    with Record(course.folder, course.settings.gradebook) as record:
        _check_graded(options.course, record)
        settle(course, record, Ledger(course.folder))
        rows, totals = write_tables(course.folder, record)
        lines = grade_lines(course, record, rows, totals)
        wanted = Wanted(
            course,
            lines,
            folder,
            Origins(course.folder),
            options.template,
            tuple(options.lesson),
            dict(options.column),
            options.scale,
        )
        paths = []
        with progress_bar("files") as bar:
            task = bar.add_task("exporting", total=len(formats))
            for name in formats if plugin is None else []:
                if name in FORMATS:
                    paths.append(FORMATS[name](course, lines, folder))
                elif name in PLATFORMS:
                    paths += PLATFORMS[name](wanted, record)
                else:
                    path = folder / "nbgrader.csv"
                    paths.append(export_with_nbgrader(record, path))
                bar.advance(task)
            if plugin is not None:
                path = folder / plugin.__name__
                paths.append(export_with_nbgrader(record, path, plugin))
    show_grades(course.folder, totals, rows)
    for note in wanted.notes:
        print(f"Note: {note}", file=sys.stderr)
    for path in paths:
        print(path)
    return FINE


def _check_export(
    course: Course, options: argparse.Namespace, formats: Sequence[str]
) -> None:
    """Refuse options that would have no effect."""
    filled = [name for name in formats if name in ("canvas", "moodle")]
    if options.template and len(filled) != 1:
        raise WrongUsage("--template goes with --for canvas or with --for moodle")
    if options.column and not options.template:
        raise WrongUsage("--column says what a column of --template stands for")
    if options.lesson and not set(formats) & {*PLATFORMS}:
        raise WrongUsage("--lesson goes with --for canvas, moodle or gradescope")
    if options.lesson and options.template and "canvas" in formats:
        raise WrongUsage("--column says which lesson a column of Canvas's stands for")
    for lesson in options.lesson:
        if lesson not in course.settings.lessons:
            known = ", ".join(course.settings.lessons)
            raise WrongUsage(f"--lesson {lesson}: the lessons are {known}")


def _column(text: str) -> tuple[str, str]:
    title, sign, what = text.rpartition("=")
    if not sign or not title or not what:
        raise argparse.ArgumentTypeError(f"{text!r} is not TITLE=WHAT")
    return title, what


def _plugin(name: str) -> type[ExportPlugin]:
    try:
        found = import_item(name)
    except ImportError as error:
        raise WrongUsage(f"--plugin {name}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, ExportPlugin)):
        raise WrongUsage(f"--plugin {name}: it is no exporter of nbgrader's")
    return found


def _check_graded(course: Path, record: Record) -> None:
    if not record.keys():
        raise WrongUsage(f"nothing is graded yet: autograder grade {course}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} needs its offset from UTC, such as {text}+08:00"
        )
    return moment
