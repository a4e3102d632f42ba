"""Grading on submission: soon, like `autograder grade`, within limits, and for good."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from live_course import fill, kept_warm, new_live_course, page_of, set_tries
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import (
    Exchange,
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeSubmit,
)
from test_course import done, run, set_line, set_table, table
from test_documents import REPOSITORY
from tiny_course import ASSIGNMENT, FIRST, SECOND, TinyCourse, hand_in
from traitlets.config import Config

from autograder import tries
from autograder.course.folder import Course
from autograder.isolation.limits import Limits
from autograder.lock import Watched, alone
from autograder.record import Record
from autograder.task import Settings
from autograder.watch import watcher as watching
from autograder.watch.inbox import Drop
from autograder.watch.scan import Scan
from autograder.watch.watcher import Watch, Watcher

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOWHERE = ("ada-l", ASSIGNMENT, FIRST)


# ---- Parts, without grading ------------------------------------------------


def test_tries_are_free_again_when_their_hour_is_over() -> None:
    times = [NOON + MINUTE * i for i in range(3)]
    now = NOON + 10 * MINUTE
    assert tries.free_from(times, 4, now) == now
    assert tries.free_from(times, 3, now) == NOON + HOUR
    assert tries.free_from(times, 2, now) == NOON + MINUTE + HOUR
    assert tries.free_from(times, 3, NOON + HOUR) == NOON + HOUR


def test_what_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    folder = hand_in(tmp_path, "ada-l", {FIRST: "{"})
    scan = Scan(tmp_path, {ASSIGNMENT: [FIRST]})
    assert scan.look() == []
    assert scan.settling
    (folder / f"{FIRST}.ipynb").write_text("{}", encoding="utf-8")
    assert scan.look() == []
    assert scan.look() == [("ada-l", ASSIGNMENT)]
    assert scan.look() == [("ada-l", ASSIGNMENT)]  # until somebody has done it
    scan.done(("ada-l", ASSIGNMENT))
    assert scan.look() == []
    assert not scan.settling
    (folder / f"{FIRST}.ipynb").write_text("[]", encoding="utf-8")
    scan.look()
    assert scan.look() == [("ada-l", ASSIGNMENT)]


def test_links_and_hidden_folders_are_not_followed(tmp_path: Path) -> None:
    hand_in(tmp_path / "elsewhere", "eve", {FIRST: "{}"})
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "eve").symlink_to(tmp_path / "elsewhere" / "eve")
    hand_in(tmp_path / "class", ".hidden", {FIRST: "{}"})
    scan = Scan(tmp_path / "class", {ASSIGNMENT: [FIRST]})
    scan.look()
    assert scan.look() == []


def test_one_watcher_at_a_time(tmp_path: Path) -> None:
    said = f"autograder watch, process {os.getpid()} on"
    with alone(tmp_path, "autograder watch"):
        second = alone(tmp_path, "autograder watch")
        with pytest.raises(Watched, match=said):
            second.__enter__()
    with alone(tmp_path, "autograder watch"):
        pass


# ---- A watcher in this process, whose clock the test turns -----------------


@dataclass
class Clock:
    """Says what time it is, for the watcher."""

    now: datetime = NOON
    said: list[str] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    with kept_warm():
        yield


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[TinyCourse, Path]:
    return new_live_course(tmp_path_factory.mktemp("released"))


@pytest.fixture
def live(released: tuple[TinyCourse, Path], tmp_path: Path) -> tuple[TinyCourse, Path]:
    """Return a course in which nothing has been handed in."""
    tiny, course = released
    shutil.copytree(course, tmp_path / "course")
    return tiny, tmp_path / "course"


@contextmanager
def watched(folder: Path, clock: Clock, *drops: Path) -> Iterator[Watcher]:
    """Open a watcher, as the command does."""
    course = Course.open(folder)
    settings = Settings(str(course.folder), course.language, Limits(), "auto")
    inboxes = [Drop(drop, course) for drop in drops]
    how = Watch(2, clock.said.append, now=clock)
    with Record(course.folder, config=False) as record:
        watcher = Watcher(course, record, settings, [*inboxes], how)
        watcher.prepare()
        yield watcher
        watcher.write_tables()


def settle(watcher: Watcher) -> None:
    """Look until nothing is left to do."""
    while watcher.round() or watcher.settling:
        pass


def version(tiny: TinyCourse, number: int, name: str = FIRST) -> nbformat.NotebookNode:
    """Return a right notebook that differs from each other one."""
    return tiny.solved(name, double=f"def double(x):\n    return x + x  # {number}")


def score(course: Path, student: str = "ada-l", name: str = FIRST) -> float:
    with Record(course) as record:
        (entry,) = (
            e for e in record.entries() if e.place == (student, ASSIGNMENT, name)
        )
    return sum(result.score for result in entry.results)


def test_grades_are_those_of_autograder_grade(
    live: tuple[TinyCourse, Path], tmp_path: Path
) -> None:
    """The same seed, the same class: the same tables and the same pages."""
    tiny, course = live
    work = fill(tiny, tmp_path / "class")
    hand_in(work, "bob-k", {SECOND: "{"})  # damaged
    other = tmp_path / "other" / "course"
    shutil.copytree(course, other)
    done("collect", other, work)
    done("grade", other)
    with watched(course, Clock(), work) as watcher:
        settle(watcher)
    for name in ("scores.csv", "grades.csv"):
        assert (course / name).read_bytes() == (other / name).read_bytes()
    pages = {p.relative_to(other): p.read_bytes() for p in other.glob("feedback/*/*/*")}
    assert len(pages) == 5
    assert {path: (course / path).read_bytes() for path in pages} == pages
    # Neither would grade anything again.
    assert "6 notebooks were graded by an earlier run" in done("grade", course).out


def test_a_try_above_the_limit_waits_and_the_newest_wins(
    live: tuple[TinyCourse, Path],
) -> None:
    tiny, course = live
    set_tries(course, 2)
    clock = Clock()
    submitted = course / "submitted"
    with watched(course, clock) as watcher:
        for number in range(2):
            hand_in(submitted, "ada-l", {FIRST: version(tiny, number)})
            settle(watcher)
            clock.now += MINUTE
        assert "waits" not in "".join(clock.said)
        # The third one is right where the others are, and would lose points.
        worse = tiny.solved(halve="def halve(x):\n    return 0")
        hand_in(submitted, "ada-l", {FIRST: worse, SECOND: tiny.solved(SECOND)})
        settle(watcher)
        assert watcher.waiting == {NOWHERE: NOON + HOUR}
        assert score(course) == 10
        assert score(course, name=SECOND) == 4  # another notebook has its own tries
        page = page_of(course, "ada-l").read_text(encoding="utf-8")
        assert "2 versions are graded within an hour" in page
        assert (NOON + HOUR).astimezone().isoformat(" ", "minutes") in page
        assert "10 / 10" in page
        # A fourth one replaces it; nothing is graded before the hour is over.
        newest = tiny.solved(halve="def halve(x):\n    return x")
        hand_in(submitted, "ada-l", {FIRST: newest})
        clock.now = NOON + HOUR - timedelta(seconds=1)
        settle(watcher)
        assert score(course) == 10
    # A watcher that starts anew knows of it all.
    with watched(course, clock) as watcher:
        settle(watcher)
        assert score(course) == 10
        assert "within an hour" in page_of(course, "ada-l").read_text(encoding="utf-8")
        clock.now = NOON + HOUR
        settle(watcher)
        assert watcher.waiting == {}
    assert score(course) == 4
    page = page_of(course, "ada-l").read_text(encoding="utf-8")
    assert "within an hour" not in page
    assert "4 / 10" in page


def test_a_student_is_told_in_the_language_of_the_notebook(
    live: tuple[TinyCourse, Path],
) -> None:
    tiny, course = live
    set_tries(course, 1)
    with watched(course, Clock()) as watcher:
        for number in range(2):
            work = tiny.solved(
                FIRST, "zh", double=f"double = lambda x: x + x + {number}"
            )
            hand_in(course / "submitted", "hanmei", {FIRST: work})
            settle(watcher)
    page = page_of(course, "hanmei").read_text(encoding="utf-8")
    assert "一小时内最多评 1 个版本" in page


def test_what_teaches_nothing_about_hidden_inputs_is_no_try(
    live: tuple[TinyCourse, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damaged and untouched notebooks, the same again, and faults of the system."""
    tiny, course = live
    set_tries(course, 1)
    clock = Clock()
    submitted = course / "submitted"
    with watched(course, clock) as watcher:
        for content in ("{", tiny.student(), version(tiny, 1)):
            hand_in(submitted, "ada-l", {FIRST: content})
            settle(watcher)
        assert score(course) == 10
        # But an answer in a cell of one's own beside an untouched one is a try.
        work = tiny.student()
        work.cells.append(nbformat.v4.new_code_cell("def double(x):\n    return 7"))
        hand_in(submitted, "eve", {FIRST: work})
        settle(watcher)
        hand_in(submitted, "ada-l", {FIRST: version(tiny, 1)})
        settle(watcher)
        assert watcher.waiting == {}
        # For somebody else the system fails; it tries again by itself.
        with monkeypatch.context() as patched:
            patched.setattr("autograder.task.run", fail)
            hand_in(submitted, "bob-k", {FIRST: version(tiny, 1)})
            settle(watcher)
            settle(watcher)
        assert sum("the system failed" in line for line in clock.said) == 1
        assert score(course, "bob-k") == 0
        clock.now += MINUTE
        settle(watcher)
        assert score(course, "bob-k") == 10
    with Record(course) as record:
        noted = tries.read(record.gradebook.db)
    assert sorted(one.place[0] for one in noted) == ["ada-l", "bob-k", "eve"]


def fail(*_: object) -> None:
    raise OSError("the disk is full")


def test_what_vanishes_and_what_a_mended_test_changes_keeps_its_grade(
    live: tuple[TinyCourse, Path],
) -> None:
    """A disk that is away, or new code, must not change grades behind one's back."""
    tiny, course = live
    clock = Clock()
    folder = hand_in(course / "submitted", "ada-l", {FIRST: version(tiny, 1)})
    with watched(course, clock) as watcher:
        settle(watcher)
        (folder / f"{FIRST}.ipynb").unlink()
        settle(watcher)
    assert score(course) == 10
    hand_in(course / "submitted", "ada-l", {FIRST: version(tiny, 1)})
    for path in (course / "solutions").glob(f"*/*/{FIRST}.ipynb"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("4.0 if double", "3.0 if double"), "utf-8")
    with watched(course, clock) as watcher:
        settle(watcher)
    assert score(course) == 10
    assert any("autograder regrade" in line for line in clock.said)
    assert "1 exercises of 1 students" in done("regrade", course).out


def test_work_of_an_unknown_name_is_graded_once_it_is_known(
    live: tuple[TinyCourse, Path], tmp_path: Path
) -> None:
    tiny, course = live
    clock = Clock()
    hand_in(tmp_path / "drop", "A. Z.", {FIRST: tiny.solved()})
    with watched(course, clock, tmp_path / "drop") as watcher:
        settle(watcher)
    assert any('"A. Z." = "?"' in line for line in clock.said)
    assert not page_of(course, "ada-l").exists()
    set_table(course, "names", '"A. Z." = "ada-l"')
    with watched(course, clock) as watcher:
        settle(watcher)
    assert score(course) == 10
    assert page_of(course, "ada-l").exists()


@pytest.mark.parametrize("step", ["record_one", "settle", "write_pages"])
def test_a_watcher_that_ends_at_any_step_loses_nothing(
    live: tuple[TinyCourse, Path], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed after a step: a new one ends where the first would have."""
    tiny, course = live
    hand_in(course / "submitted", "ada-l", {FIRST: version(tiny, 1)})
    with watched(course, Clock()) as watcher, monkeypatch.context() as patched:
        patched.setattr(watching, step, dies(getattr(watching, step)))
        with pytest.raises(MemoryError):
            settle(watcher)
        watcher.write_tables = lambda: None  # type: ignore[method-assign]
    assert not table(course / "grades.csv")
    with watched(course, Clock()) as watcher:
        settle(watcher)
    assert score(course) == 10
    assert "10 / 10" in page_of(course, "ada-l").read_text(encoding="utf-8")
    (line,) = table(course / "grades.csv")
    assert (line["student"], line["score"]) == ("ada-l", "10")
    with Record(course) as record:  # and it was one try
        assert len(tries.read(record.gradebook.db)) == 1


def dies(step: Callable[..., object]) -> Callable[..., object]:
    """Let a step be done, and the process end right after it."""

    def stopped(*arguments: object, **named: object) -> object:
        result = step(*arguments, **named)
        list(result) if isinstance(result, Iterator) else None
        raise MemoryError

    return stopped


# ---- The exchange ----------------------------------------------------------


# nbgrader misspells an argument of its own.
@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
def test_a_student_submits_and_fetches_the_page_a_moment_later(
    live: tuple[TinyCourse, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By nbgrader's own classes, with the command running beside."""
    monkeypatch.setenv("PARAMLAB_SEED", "0")  # what is set here ends with the test
    monkeypatch.delenv("PARAMLAB_SEED")
    tiny, course = live
    root = tmp_path / "exchange"
    root.mkdir(mode=0o777)
    set_line(course, "exchange", f'"{root}"')
    done("release", course)
    home = tmp_path / "home"
    home.mkdir()
    config = Config()
    config.CourseDirectory.course_id = "course"
    config.CourseDirectory.assignment_id = ASSIGNMENT
    config.CourseDirectory.student_id = "ada-l"
    config.Exchange.root = str(root)
    config.Exchange.cache = str(tmp_path / "cache")

    def student(step: type[Exchange]) -> None:
        with monkeypatch.context() as patched:
            patched.chdir(home)
            where = CourseDirectory(config=config)
            who = Authenticator(config=config)
            step(coursedir=where, authenticator=who, config=config).start()

    def published(count: int) -> list[Path]:
        """Wait for so many pages in the exchange; return those that are fetched."""
        pages = root / "course" / "feedback"
        until(lambda: len(list(pages.glob("*.html"))) >= count)
        student(ExchangeFetchFeedback)
        return sorted(home.glob(f"{ASSIGNMENT}/feedback/*/{FIRST}.html"))

    student(ExchangeFetchAssignment)
    work = home / ASSIGNMENT / f"{FIRST}.ipynb"
    log = tmp_path / "watch.log"
    with command(course, log):
        nbformat.write(tiny.solved(halve="def halve(x):\n    return x"), work)
        student(ExchangeSubmit)
        (first,) = published(2)
        assert "4 / 10" in first.read_text(encoding="utf-8")
        # The same again, but for one other notebook: its page is there for it too.
        nbformat.write(tiny.solved(SECOND), home / ASSIGNMENT / f"{SECOND}.ipynb")
        student(ExchangeSubmit)
        assert len(published(4)) == 2
        # Settings that somebody is editing stop nothing.
        text = (course / "course.toml").read_text(encoding="utf-8")
        (course / "course.toml").write_text(text + "\n[unknown]\n", encoding="utf-8")
        until(lambda: "no such setting" in log.read_text(encoding="utf-8"))
        (course / "course.toml").write_text(text, encoding="utf-8")
        # What was handed in by hand is graded too.
        hand_in(course / "submitted", "bob-k", {FIRST: tiny.solved()})
        until(page_of(course, "bob-k").exists)
        second = run("watch", course, "--once")
        assert (second.status, "autograder watch, process" in second.error) == (2, True)
    assert table(course / "grades.csv")[0]["student"] == "ada-l"


def until(done: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.2)


@contextmanager
def command(course: Path, log: Path) -> Iterator[None]:
    """Run `autograder watch` as an instructor does; Ctrl+C ends it cleanly."""
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder", "watch", str(course)],
            cwd=course.parent,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: "Watching" in log.read_text(encoding="utf-8"), 60)
        yield
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, log.read_text(encoding="utf-8")
    finally:
        process.kill()
    said = log.read_text(encoding="utf-8")
    assert "Ended. The same command goes on." in said
    assert "Traceback" not in said


def test_once_ends_and_says_what_waits(live: tuple[TinyCourse, Path]) -> None:
    tiny, course = live
    set_tries(course, 1)
    for number in range(2):
        hand_in(course / "submitted", "ada-l", {FIRST: version(tiny, number)})
        said = done("watch", course, "--once")
    assert "ada-l/pytorch/01-access: waits until" in said.out
