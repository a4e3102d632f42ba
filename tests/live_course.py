"""A tiny course folder with a roster, in which work has been handed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from test_course import done
from tiny_course import ASSIGNMENT, FIRST, SECOND, TinyCourse, hand_in

from autograder import task

ROSTER = """\
id,first name,last name,email,extension
ada-l,Ada,Zylinska,ada@example.org,
bob-k,Bob,Kahn,bob@example.org,
hanmei,梅梅,韩,hanmei@example.org,2d
"""


@contextmanager
def kept_warm() -> Iterator[None]:
    """Let commands in this process share the warm process that each would start."""
    stop = task.stop_engines
    task.stop_engines = lambda: None
    try:
        yield
    finally:
        task.stop_engines = stop
        stop()


def write_roster(course: Path, text: str = ROSTER) -> None:
    (course / "roster.csv").write_text(text, encoding="utf-8")


def new_live_course(folder: Path, roster: str = ROSTER) -> tuple[TinyCourse, Path]:
    """Make a course that has been released, with a roster."""
    tiny = TinyCourse(folder / "tiny")
    course = folder / "course"
    languages = ["--lang", "en", "--lang", "zh"]
    done("course", "new", course, "--course", tiny.folder, *languages)
    write_roster(course, roster)
    done("release", course)
    return tiny, course


def fill(tiny: TinyCourse, folder: Path) -> Path:
    """Hand work in for three students: right, half right, and in Chinese."""
    hand_in(folder, "ada-l", {FIRST: tiny.solved(), SECOND: tiny.solved(SECOND)})
    half = tiny.solved(halve="def halve(x):\n    return x")
    hand_in(folder, "bob-k", {FIRST: half})
    hand_in(folder, "hanmei", {SECOND: tiny.solved(SECOND, "zh")})
    return folder


def set_tries(course: Path, tries: int) -> None:
    path = course / "course.toml"
    text = path.read_text(encoding="utf-8")
    text, count = re.subn(
        r"(?m)^tries_per_hour = \d+$", f"tries_per_hour = {tries}", text
    )
    assert count == 1
    path.write_text(text, encoding="utf-8")


def page_of(course: Path, student: str, name: str = FIRST) -> Path:
    return course / "feedback" / student / ASSIGNMENT / f"{name}.html"
