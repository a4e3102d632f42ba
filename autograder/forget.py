"""Find all that a course stores about one student, hand it out, and erase it.

Nothing is guessed: what belongs to the student by id, or by a name that the
roster or course.toml gives to this student alone. The roster's own line goes
last, so that a run which was stopped finds the rest again.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import tomllib
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import unquote

from nbgrader.api import Student as BookStudent
from sqlalchemy import text

from autograder import journal, tries
from autograder.course.folder import UNMATCHED, Course
from autograder.course.ledger import LEDGER
from autograder.course.names import letters, orders
from autograder.course.origins import ORIGINS
from autograder.course.roster import ROSTER, Student
from autograder.course.settings import SETTINGS
from autograder.exchange import SECRET, feedback_page
from autograder.export import EXPORTS
from autograder.files import write_whole
from autograder.record import DATABASE, Record
from autograder.report import write_tables

_ROOTS = ("submitted", "autograded", "feedback")
_TABLES = (LEDGER, ORIGINS)
_REPORTS = ("report.html",)
_LOG = ".nbgrader.log"
# What is released holds nobody's work.
_RELEASED = {"solutions", "source", "release", "handout"}
_SHORTEST = 3  # letters of a word that is searched for in whole files


class CannotArchive(ValueError):
    """What is stored cannot be written to that file: says why."""


@dataclass
class Stored:
    """What a course stores about one student, by where it lies."""

    student: Student
    known: bool  # has a line in the roster
    names: list[str] = field(default_factory=list)  # of course.toml
    folders: list[Path] = field(default_factory=list)
    exchange: list[Path] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # of tables
    grades: int = 0  # notebooks in the gradebook
    enrolled: bool = False  # the gradebook knows the student

    def __bool__(self) -> bool:
        return bool(
            self.known
            or self.names
            or self.folders
            or self.exchange
            or self.lines
            or self.grades
            or self.enrolled
        )

    @property
    def words(self) -> list[str]:
        """Return what a file that still names the student holds."""
        said = [self.student.id, self.student.name, self.student.email, *self.names]
        return [word for word in dict.fromkeys(said) if len(word) >= _SHORTEST]

    @property
    def forms(self) -> list[str]:
        """Return all that an export or a platform's own file may call the student."""
        who = self.student
        written = [*orders(who.first_name, who.last_name)]
        said = [*self.words, *written, *map(letters, written), *who.more.values()]
        return [word for word in dict.fromkeys(said) if len(word) >= _SHORTEST]


def find_stored(course: Course, record: Record, id_: str) -> Stored:
    """Look everywhere for what belongs to a student."""
    id_ = _nfc(id_)
    known = course.roster.students.get(id_)
    stored = Stored(known or Student(id_), known is not None)
    stored.names = [n for n, i in course.settings.names.items() if _nfc(i) == id_]
    for root in _ROOTS:
        stored.folders += _named(course.folder / root, lambda x: _nfc(x) == id_)
    stored.folders += _named(course.folder / UNMATCHED, _is_of(course, id_))
    if course.settings.exchange:
        stored.exchange = list(_in_exchange(course, id_, stored.folders))
    for name in _TABLES:
        own = _own_rows(course, name, id_)
        if own:
            stored.lines[name] = len(own)
    graded = record.keys()
    stored.grades = sum(_nfc(place[0]) == id_ for place in graded)
    with _books(course, record) as books:
        stored.enrolled = any(_is_enrolled(book, id_) for book in books)
    return stored


def write_archive(course: Course, record: Record, stored: Stored, path: Path) -> None:
    """Write all that is stored to a ZIP of open formats, whole or not at all.

    Raises CannotArchive, OSError.
    """
    if path.exists():
        raise CannotArchive(f"{path} exists already: choose another name")
    if course.folder in path.resolve().parents:
        raise CannotArchive(f"{path} lies in the course: choose another folder")
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with (
            os.fdopen(handle, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            about = _about(course, record, stored)
            said = json.dumps(about, ensure_ascii=False, indent=1)
            archive.writestr("about.json", said + "\n")
            for folder in (*stored.folders, *stored.exchange):
                inside = folder.is_relative_to(course.folder)
                root = course.folder if inside else Path(course.settings.exchange)
                for item in _files(folder):
                    name = item.relative_to(root).as_posix()
                    archive.write(item, name if inside else f"exchange/{name}")
        with zipfile.ZipFile(part) as archive:
            if damaged := archive.testzip():
                raise CannotArchive(f"{path}: {damaged} could not be written")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def erase(
    course: Course, record: Record, stored: Stored, done: Callable[[], None]
) -> None:
    """Erase it all; ``done`` is called after each step. Raises OSError.

    May be run again after it was stopped.
    """
    id_ = stored.student.id
    for path in stored.exchange:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done()
    for folder in stored.folders:
        shutil.rmtree(folder)
    done()
    for path in _reports(course, stored.forms):
        path.unlink()
    _drop_lines(course.folder / _LOG, stored.words)
    done()
    for name in stored.lines:
        own = _own_rows(course, name, id_)
        rows = [row for row in _rows(course.folder / name) if row not in own]
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(rows)
        write_whole(course.folder / name, written.getvalue())
    done()
    with _books(course, record) as books:
        for book in books:
            _erase_rows(book, id_)
    done()
    write_tables(course.folder, record)
    done()
    _drop_names(course.folder / SETTINGS, id_)
    _drop_student(course.folder / ROSTER, id_)
    done()


STEPS = 7  # calls of ``done``


def still_named(course: Course, words: Sequence[str]) -> Iterator[Path]:
    """Yield what below the course still holds one of these words."""
    if not words:
        return
    for path in sorted(_files(course.folder)):
        if path.relative_to(course.folder).parts[0] not in _RELEASED and _names(
            path, words
        ):
            yield path


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _is_of(course: Course, id_: str) -> Callable[[str], bool]:
    """Tell which names mean the student."""

    def mine(name: str) -> bool:
        # A name that can be no folder's is written as in a web address.
        forms = {name, unquote(name.removeprefix("_"))}
        return any(_nfc(x) == id_ or course.roster.match(x) == id_ for x in forms)

    return mine


def _named(root: Path, wanted: Callable[[str], bool]) -> list[Path]:
    if not root.is_dir():
        return []
    return [item for item in sorted(root.iterdir()) if wanted(item.name)]


def _in_exchange(course: Course, id_: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Yield a student's submissions in the exchange, and the pages there."""
    inbound = Path(course.settings.exchange) / course.settings.id / "inbound"
    mine = _is_of(course, id_)
    submissions = _named(inbound, lambda name: mine(name.split("+")[0]))
    secrets = {
        path.read_text(encoding="utf-8", errors="replace")
        for folder in (*folders, *submissions)
        for path in folder.rglob(SECRET)
        if path.is_file() and not path.is_symlink()
    }
    lessons = {name for names in course.editions.values() for name in names}
    for secret in sorted(secrets):
        for name in sorted(lessons):
            page = feedback_page(course, name, secret)
            if page.is_file():
                yield page
    yield from submissions


def _files(root: Path) -> Iterator[Path]:
    if root.is_file() and not root.is_symlink():
        yield root
    for path in root.rglob("*") if root.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            yield path


def _rows(path: Path) -> list[list[str]]:
    """Read a table of ours; a damaged one is left to the command that wrote it."""
    with suppress(FileNotFoundError, csv.Error):
        text = path.read_text(encoding="utf-8", errors="replace")
        return list(csv.reader(io.StringIO(text, newline="")))
    return []


def _own_rows(course: Course, name: str, id_: str) -> list[list[str]]:
    """Return a student's rows: under the id, or under a name that nobody else has."""
    mine = _is_of(course, id_)
    return [row for row in _rows(course.folder / name)[1:] if row and mine(row[0])]


def _about(course: Course, record: Record, stored: Stored) -> Mapping[str, object]:
    id_ = stored.student.id
    who = asdict(stored.student)
    who["extension"] = str(stored.student.extension)
    penalties = record.penalties()
    marks, remarks = record.marks(), record.remarks()
    entries = [entry for entry in record.entries() if _nfc(entry.student) == id_]
    return {
        "course": course.settings.name,
        "student": who,
        "in the roster": stored.known,
        "also called": stored.names,
        "tables": {name: _own_rows(course, name, id_) for name in _TABLES},
        "notebooks": [
            {
                "assignment": entry.assignment,
                "notebook": entry.notebook,
                "language": entry.language,
                "late_penalty": penalties.get(entry.place, 0.0),
                "notes": list(entry.notes),
                "seconds": entry.seconds,
                "peak_mb": entry.peak_mb,
                "results": [asdict(result) for result in entry.results],
            }
            for entry in entries
        ],
        "marks of people": [
            {"place": list(place), "points": points}
            for place, points in sorted(marks.items())
            if place[0] == id_
        ],
        "remarks of people": [
            {"place": list(place), "remark": remark}
            for place, remark in sorted(remarks.items())
            if place[0] == id_
        ],
        "recent tries": [
            {"place": list(one.place), "time": one.time.isoformat()}
            for one in tries.read(record.gradebook.db)
            if one.place[0] == id_
        ],
    }


def _reports(course: Course, words: Sequence[str]) -> list[Path]:
    """List what was made of the grades and names the student: it can be made again."""
    made = [course.folder / name for name in _REPORTS]
    made += _files(course.folder / EXPORTS)
    return [path for path in made if path.is_file() and _names(path, words)]


def _names(path: Path, words: Sequence[str]) -> bool:
    """Tell whether a file holds one of these words; a ZIP is looked into."""
    found = _pattern(words)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(
                found.search(info.filename.encode()) or found.search(archive.read(info))
                for info in archive.infolist()
            )
    return bool(found.search(path.read_bytes()))


def _pattern(words: Sequence[str]) -> re.Pattern[bytes]:
    """Match any of the words where it is no part of a longer one."""
    forms = {
        form.encode()
        for word in words
        for form in (word, json.dumps(word)[1:-1], unicodedata.normalize("NFD", word))
    }
    inner = b"|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    # With no word at all, nothing matches.
    return re.compile(
        rb"(?<![A-Za-z0-9])(?:" + (inner or rb"(?!)") + rb")(?![A-Za-z0-9])"
    )


def _drop_lines(path: Path, words: Sequence[str]) -> None:
    """Take the lines out of a log that name the student."""
    if path.is_file():
        found = _pattern(words)
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not found.search(line)]
        if len(kept) < len(lines):
            _replace(path, b"".join(kept))


@contextmanager
def _books(course: Course, record: Record) -> Iterator[list[Record]]:
    """Open the gradebook, and one in the folder that another has replaced since."""
    if course.settings.gradebook and (course.folder / DATABASE).exists():
        with Record(course.folder, config=False) as old:
            yield [record, old]
    else:
        yield [record]


def _is_enrolled(record: Record, id_: str) -> bool:
    own = record.gradebook.db.query(BookStudent).filter(BookStudent.id == id_)
    return own.first() is not None


def _erase_rows(record: Record, id_: str) -> None:
    """Erase a student from the database, from a file of SQLite's every byte."""
    book = record.gradebook
    record.refresh()
    own_file = book.engine.dialect.name == "sqlite"
    with record.transaction():
        if own_file:
            book.db.execute(text("PRAGMA secure_delete = ON"))
        journal.forget(book.db, id_)
        tries.forget(book.db, id_)
        if _is_enrolled(record, id_):
            book.remove_student(id_)
    record.refresh()
    if own_file:
        with book.engine.connect() as connection:
            plain = connection.execution_options(isolation_level="AUTOCOMMIT")
            plain.execute(text("VACUUM"))


def _drop_names(path: Path, id_: str) -> None:
    """Take the student's lines out of [names] in course.toml."""
    before = path.read_text(encoding="utf-8-sig")
    inside, kept = False, []
    for line in before.splitlines(keepends=True):
        if opening := re.match(r"\s*\[\s*([^\]]*?)\s*\]", line):
            inside = opening[1].strip("\"'") == "names"
        elif inside:
            with suppress(tomllib.TOMLDecodeError):
                if id_ in map(_nfc, map(str, tomllib.loads(line).values())):
                    continue
        kept.append(line)
    after = "".join(kept)
    if after != before:
        tomllib.loads(after)
        _replace(path, after.encode())


def _drop_student(path: Path, id_: str) -> None:
    """Take the student's line out of the roster; the others stay as they are."""
    if not path.is_file():
        return
    lines = list(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    if not lines:
        return
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    column = [name.strip().lower() for name in next(reader)].index("id")
    kept, start = lines[: reader.line_num], reader.line_num
    for row in reader:
        value = _nfc(row[column].strip()) if len(row) > column else ""
        if value != id_ and value.removeprefix("'") != id_:
            kept += lines[start : reader.line_num]
        start = reader.line_num
    if len(kept) < len(lines):
        _replace(path, "".join(kept).encode())


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole, with the mode that it had."""
    part = path.with_name(f".{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    part.chmod(path.stat().st_mode & 0o777)
    part.replace(path)
