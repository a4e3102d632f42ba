"""Who is in the course: roster.csv, and finding somebody in it by any name."""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from autograder.collect import is_name
from autograder.course.names import FORMS, letters, orders, parts, plain
from autograder.lms.sheet import unguarded

ROSTER = "roster.csv"
COLUMNS = ("id", "first name", "last name", "email", "extension")
# More columns by which a student is found, where the roster has them.
LOGINS = ("sid", "student id", "sis user id", "sis login id", "login", "username")
PLATFORMS = {"canvas id": "canvas"}
_LIKELY = 100  # names that are compared in full
_EXTENSION = re.compile(
    r"(\d+(?:\.\d+)?)\s*(m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class BadRoster(ValueError):
    """roster.csv cannot be used: names the line and the mend."""


@dataclass(frozen=True)
class Student:
    """One line of the roster. ``more`` holds columns that others may need."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    extension: timedelta = timedelta(0)
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the whole name, or an empty text."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Match:
    """Whom a name means: nobody, one student, or several.

    ``sure`` where it is an id, an email address, a number of the platform, or
    what [names] says; else it is a name that somebody else might bear too.
    """

    ids: tuple[str, ...] = ()
    sure: bool = False

    @property
    def id(self) -> str | None:
        """Return the student's id, if the name means exactly one."""
        return self.ids[0] if len(self.ids) == 1 else None


class Roster:
    """The students of a course. Without any, every name counts as an id.

    ``names`` says what a download calls a student: name -> id.
    """

    def __init__(
        self,
        students: Mapping[str, Student] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.students = dict(students or {})
        self._given = {plain(name): id_ for name, id_ in (names or {}).items()}
        self._sure: dict[str, set[str]] = {}
        self._names: list[dict[str, set[str]]] = [{} for _ in FORMS]
        for student in self.students.values():
            for key in _keys(student):
                self._sure.setdefault(plain(key), set()).add(student.id)
            for name in orders(student.first_name, student.last_name):
                for form, known in zip(FORMS, self._names, strict=True):
                    if form(name):
                        known.setdefault(form(name), set()).add(student.id)

    def __bool__(self) -> bool:
        return bool(self.students)

    def match(self, found: str) -> str | None:
        """Return the id of whom a name means, if it means exactly one student."""
        return self.find(found).id

    def find(self, found: str) -> Match:
        """Return whom a name means, or a label: see `names`.

        A name is an id, an email address, or both names in either order, in
        any case and width, and with or without accents.
        """
        found = unicodedata.normalize("NFC", found)
        name, said = parts(found)
        for whole in (found, *said, name):
            if plain(whole) in self._given:
                # Another person may bear the name that is not the whole label.
                sure = whole in (found, *said)
                return Match((self._given[plain(whole)],), sure)
        if found in self.students or not self.students:
            return Match((found,), sure=True)
        for whole in (found, *said, name):
            if ids := self._sure.get(plain(whole)):
                return Match(tuple(sorted(ids)), sure=True)
        for whole in (found, name):
            for form, known in zip(FORMS, self._names, strict=True):
                if ids := known.get(form(whole), set()) - self._taken(name):
                    return Match(tuple(sorted(ids)))
        return Match()

    def _taken(self, name: str) -> set[str]:
        """Return the ids that [names] gives to others who bear the same name."""
        return {
            id_
            for given, id_ in self._given.items()
            if parts(given)[1] and letters(parts(given)[0]) == letters(name)
        }

    def guess(self, found: str) -> str | None:
        """Return the id whose names are most like this one, if any is."""
        name = letters(parts(found)[0])
        shared = Counter(key for pair in _pairs(name) for key in self._by_pair[pair])
        likely = [key for key, _ in shared.most_common(_LIKELY)]
        close = difflib.get_close_matches(name, likely, n=1, cutoff=0.5)
        ids = self._loose[close[0]] if close else set()
        return next(iter(ids)) if len(ids) == 1 else None

    @cached_property
    def _loose(self) -> dict[str, set[str]]:
        """Return all names and keys by their letters."""
        known = {**self._names[-1]}
        for key, ids in self._sure.items():
            known.setdefault(letters(key), ids)
        return known

    @cached_property
    def _by_pair(self) -> defaultdict[str, list[str]]:
        """Return what holds each pair of letters: few names are like one of many."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for key in self._loose:
            for pair in _pairs(key):
                found[pair].append(key)
        return found


def read_roster(path: Path, names: Mapping[str, str] | None = None) -> Roster:
    """Read the roster; raises BadRoster."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Roster(names=names)
    except UnicodeDecodeError as error:
        raise BadRoster(
            f"{path} is not UTF-8: save it as 'CSV UTF-8' in your spreadsheet program"
        ) from error
    students: dict[str, Student] = {}
    lines: dict[str, int] = {}
    for line, values in _lines(path, text):
        student = _student(path, line, values)
        if student.id in students:
            raise BadRoster(
                f"{path}, line {line}: the id {student.id!r} stands in line"
                f" {lines[student.id]} too: take one of them out"
            )
        students[student.id], lines[student.id] = student, line
    for name, id_ in (names or {}).items():
        if students and id_ not in students:
            raise BadRoster(
                f"{path} has no student {id_!r}, whom [names] in course.toml gives"
                f" the name {name!r}: add the student, or mend that line"
            )
    return Roster(students, names)


def _lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)  # what spreadsheets write differs
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        if "id" not in columns:
            raise BadRoster(
                f"{path}, line 1: there is no column 'id'; the first line must be"
                f" {','.join(COLUMNS)}"
            )
        for values in reader:
            if any(value.strip() for value in values):
                if len(values) > len(columns):
                    raise BadRoster(
                        f"{path}, line {reader.line_num}: {len(values)} values for"
                        f" {len(columns)} columns; put quotes around a value that"
                        f" holds a {delimiter!r}"
                    )
                found = dict(zip(columns, values, strict=False))
                yield (
                    reader.line_num,
                    {k: unguarded(v.strip()) for k, v in found.items()},
                )
    except csv.Error as error:
        raise BadRoster(f"{path}, line {reader.line_num}: {error}") from error


def _student(path: Path, line: int, values: dict[str, str]) -> Student:
    id_ = unicodedata.normalize("NFC", values.pop("id", ""))
    if not is_name(id_):
        raise BadRoster(
            f"{path}, line {line}: {id_!r} cannot be an id: it names a folder, so it"
            " must not be empty, begin with a dot, or hold a slash"
        )
    first, last, email, extension = (values.pop(name, "") for name in COLUMNS[1:])
    try:
        extra = _duration(extension)
    except (ValueError, OverflowError) as error:
        raise BadRoster(
            f"{path}, line {line}: extension: {extension!r} is no time such as 2d,"
            " 36h or 90m"
        ) from error
    return Student(id_, first, last, email, extra, values)


def _duration(text: str) -> timedelta:
    if not text:
        return timedelta(0)
    found = _EXTENSION.fullmatch(text)
    if not found:
        raise ValueError(text)
    return timedelta(**{_UNITS[found[2][0].lower()]: float(found[1])})


def _keys(student: Student) -> Iterator[str]:
    """Yield all that a source may call a student and nobody else."""
    yield student.id
    if student.email:
        yield student.email
    for column in (*LOGINS, *PLATFORMS):
        if value := student.more.get(column):
            # A platform's own number is no id of another system.
            yield f"{PLATFORMS[column]} {value}" if column in PLATFORMS else value


def _pairs(name: str) -> set[str]:
    """Return the pairs of letters of a name, its ends marked."""
    whole = f" {name} "
    return {whole[i : i + 2] for i in range(len(whole) - 1)}
