"""The one file that an instructor edits: course.toml.

It is read with suspicion: what it says wrongly is refused with the file, the
line, the key and the mend, before anything is done.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NoReturn

from autograder.course.late import RULES, LateRule

SETTINGS = "course.toml"
ALL = "all"  # the deadline of every lesson that has none of its own
_EXAMPLE = "2027-03-01T23:59:00+08:00"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEYS = (
    *("id", "name", "frameworks", "languages", "lessons"),
    *("exchange", "gradebook", "notebooks"),
)
_TABLES = ("points", "deadline", "late", "watch", "names")
TRIES = 6  # versions of a notebook that are graded in an hour, on submission


class BadSettings(ValueError):
    """course.toml says what cannot be: names the line, the key and the mend."""


@dataclass(frozen=True)
class Catalogue:
    """What a course may choose from."""

    frameworks: Sequence[str]
    languages: Sequence[str]
    points: Mapping[str, Mapping[str, float]]  # lesson -> exercise -> its own points

    @property
    def lessons(self) -> list[str]:
        """List the lessons in their order."""
        return list(self.points)

    @property
    def exercises(self) -> dict[str, float]:
        """Return the points that each exercise has by itself."""
        return {
            exercise: points
            for exercises in self.points.values()
            for exercise, points in exercises.items()
        }


@dataclass(frozen=True)
class CourseSettings:
    """What course.toml says, checked."""

    id: str
    name: str
    frameworks: tuple[str, ...]
    languages: tuple[str, ...]
    lessons: tuple[str, ...]
    points: Mapping[str, float] = field(default_factory=dict)
    deadlines: Mapping[str, datetime] = field(default_factory=dict)
    late: LateRule = field(default_factory=LateRule)
    tries: int = TRIES
    names: Mapping[str, str] = field(default_factory=dict)
    exchange: str = ""
    gradebook: str = ""
    notebooks: str = ""

    def deadline(self, lesson: str) -> datetime | None:
        """Return when a lesson is due, if it ever is."""
        return self.deadlines.get(lesson, self.deadlines.get(ALL))

    @property
    def due(self) -> datetime | None:
        """Return when all of it is due: the latest deadline of its lessons."""
        each = [self.deadline(lesson) for lesson in self.lessons]
        known = [moment for moment in each if moment is not None]
        return max(known) if known and len(known) == len(each) else None


def read_settings(
    path: Path, catalogue_of: Callable[[str], Catalogue]
) -> CourseSettings:
    """Read and check course.toml; raises BadSettings.

    ``catalogue_of`` is asked for what the folder holds that the file names as
    the source of its notebooks.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise BadSettings(f"{path} is not UTF-8: save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path} cannot be read as TOML: {error}") from error
    origin = data.get("notebooks", "")
    catalogue = catalogue_of(origin if isinstance(origin, str) else "")
    return _Checked(path, text, catalogue).settings(data)


class _Checked:
    """Turns what the file says into settings, or says where it is wrong."""

    def __init__(self, path: Path, text: str, catalogue: Catalogue) -> None:
        self.path = path
        self.lines = text.splitlines()
        self.catalogue = catalogue

    def settings(self, data: dict[str, Any]) -> CourseSettings:
        for key, value in data.items():
            self._known(key, "", (*_KEYS, *_TABLES), "there is no such setting")
            if (key in _TABLES) != isinstance(value, dict):
                self._fail(key, "", f"write it as {self._form(key)}")
        course_id = self._text(data, "id")
        if not _ID.fullmatch(course_id):
            self._fail("id", "", "letters, digits, '.', '_' and '-' only")
        lessons = self._choices(data, "lessons", self.catalogue.lessons)
        return CourseSettings(
            course_id,
            self._text(data, "name", course_id),
            self._choices(data, "frameworks", self.catalogue.frameworks),
            self._choices(data, "languages", self.catalogue.languages),
            tuple(sorted(lessons, key=self.catalogue.lessons.index)),
            self._points(data.get("points", {})),
            self._deadlines(data.get("deadline", {}), lessons),
            self._late(data.get("late", {})),
            self._tries(data.get("watch", {})),
            self._names(data.get("names", {})),
            self._text(data, "exchange", ""),
            self._text(data, "gradebook", ""),
            self._text(data, "notebooks", ""),
        )

    def _text(self, data: dict[str, Any], key: str, default: str | None = None) -> str:
        value = data.get(key, default)
        if not isinstance(value, str):
            self._fail(key, "", 'it must be a text, as in name = "Parameters"')
        return value

    def _choices(
        self, data: dict[str, Any], key: str, known: Sequence[str]
    ) -> tuple[str, ...]:
        value = data.get(key)
        if not isinstance(value, list) or not value:
            self._fail(key, "", f"name at least one, as in {key} = [{known[0]!r}]")
        for item in value:
            if item not in known:
                said = f"{item!r} is not one of {', '.join(known)}"
                self._fail(key, "", said + _guess(item, known))
        if len({*value}) < len(value):
            self._fail(key, "", "one is named twice")
        return tuple(value)

    def _points(self, table: dict[str, Any]) -> dict[str, float]:
        for key, value in table.items():
            what = "there is no such exercise"
            self._known(key, "points", self.catalogue.exercises, what)
            if not _is_number(value) or value < 0:
                self._fail(key, "points", "points are a number from 0 up")
        return {key: float(value) for key, value in table.items()}

    def _deadlines(
        self, table: dict[str, Any], lessons: Sequence[str]
    ) -> dict[str, datetime]:
        for key, value in table.items():
            what = "there is no such lesson in this course"
            self._known(key, "deadline", (ALL, *lessons), what)
            if not isinstance(value, date | datetime | time):
                self._fail(key, "deadline", f"write a time, as {_EXAMPLE}")
            if not isinstance(value, datetime) or value.tzinfo is None:
                mend = f"it needs a day, a time and an offset from UTC, as {_EXAMPLE}"
                self._fail(key, "deadline", mend)
        return dict(table)

    def _late(self, table: dict[str, Any]) -> LateRule:
        for key in table:
            known = ("rule", "amount", "grace_minutes")
            self._known(key, "late", known, "there is no such setting")
        rule = table.get("rule", "none")
        if rule not in RULES:
            said = f"{rule!r} is not one of {', '.join(RULES)}"
            self._fail("rule", "late", said + _guess(rule, RULES))
        grace = table.get("grace_minutes", 0)
        if not _is_number(grace) or not 0 <= grace <= 1e6:
            self._fail("grace_minutes", "late", "write minutes as a number from 0 up")
        takes = rule in ("points", "percent")
        amount = table.get("amount")
        if takes != (amount is not None):
            mend = "needs an amount, as in amount = 5" if takes else "takes no amount"
            self._fail("amount", "late", f"the rule {rule!r} {mend}")
        if amount is None:
            amount = 0
        elif not _is_number(amount) or amount <= 0:
            self._fail("amount", "late", "write a number above 0")
        elif rule == "percent" and amount > 100:
            self._fail("amount", "late", "more than 100 percent cannot be taken off")
        return LateRule(rule, float(amount), timedelta(minutes=float(grace)))

    def _tries(self, table: dict[str, Any]) -> int:
        for key in table:
            self._known(key, "watch", ("tries_per_hour",), "there is no such setting")
        tries = table.get("tries_per_hour", TRIES)
        if type(tries) is not int or not 1 <= tries <= 1000:
            self._fail("tries_per_hour", "watch", "write a whole number from 1 to 1000")
        return tries

    def _names(self, table: dict[str, Any]) -> dict[str, str]:
        for key, value in table.items():
            if not isinstance(value, str):
                self._fail(key, "names", "write an id of the roster, as a text")
        return dict(table)

    def _known(self, key: str, table: str, known: Iterable[str], what: str) -> None:
        if key not in known:
            guess = _guess(key, known) or f"; there are {', '.join(known)}"
            self._fail(key, table, what + guess)

    def _form(self, key: str) -> str:
        return f"a table of its own, [{key}]" if key in _TABLES else f"{key} = …"

    def _fail(self, key: str, table: str, what: str) -> NoReturn:
        line = self._line(key, table)
        place = f"{self.path}, line {line}" if line else str(self.path)
        raise BadSettings(f"{place}: {table + '.' if table else ''}{key}: {what}")

    def _line(self, key: str, table: str) -> int:
        """Return the line that sets a key, or that its table begins in; else 0."""
        name = re.escape(key)
        sets = re.compile(rf"""\s*(?:{name}|"{name}"|'{name}')\s*=""")
        opens = re.compile(r"\s*\[+\s*([^\]]*?)\s*\]")
        current, found = "", 0
        for number, line in enumerate(self.lines, start=1):
            if opening := opens.match(line):
                current = opening[1].strip("\"'")
                if current == (table or key):
                    found = number
            elif current == table and sets.match(line):
                return number
        return found


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


def _guess(word: object, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
