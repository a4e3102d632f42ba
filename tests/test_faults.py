"""Whatever fails while a class is graded, no grade is lost and none changes.

A grader that is killed goes on where it was; one that cannot write says so in
a sentence, and the same command finishes the work when it can.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from grader_process import Grader
from nbformat import NotebookNode
from tiny_course import FIRST, SECOND, TinyCourse, hand_in

from autograder import grade as grading
from autograder import task as tasks
from autograder.cli import main
from autograder.isolation.client import EngineFault, GuardLost, Zygote
from autograder.isolation.limits import Limits
from autograder.record import Record

ASSIGNMENT = "mxnet"  # starts faster than the others
JOBS = 2
LEAVES = "import os\ndef halve(x):\n    os._exit(0)"
WRONG = "def double(x):\n    return x"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    return TinyCourse(tmp_path_factory.mktemp("course"), assignment=ASSIGNMENT)


@pytest.fixture(scope="module")
def warm() -> Iterator[None]:
    """Keep the warm processes from one run of the command to the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "stop_engines", lambda: None)
        yield
    tasks.stop_engines()


def write_class(course: TinyCourse, folder: Path, size: int) -> Path:
    """Write a class in which everything happens: right, wrong, ended, damaged."""
    kinds: list[dict[str, NotebookNode | str | bytes]] = [
        {FIRST: course.solved(), SECOND: course.solved(SECOND)},
        {FIRST: course.solved(double=WRONG), SECOND: course.student(SECOND)},
        {FIRST: course.solved(halve=LEAVES), SECOND: course.solved(SECOND)},
        {FIRST: "{damaged"},
    ]
    for i in range(size):
        hand_in(folder, f"s{i:03}", kinds[i % len(kinds)], course.assignment)
    return folder


@dataclass(frozen=True)
class Class:
    """A class, and what grading it leaves when nothing fails."""

    course: TinyCourse
    submissions: Path
    size: int
    whole: Path

    def command(self, out: Path, *more: str) -> list[str]:
        return command(self.course, self.submissions, out, *more)


def graded_class(course: TinyCourse, folder: Path, size: int) -> Class:
    submissions = write_class(course, folder / "class", size)
    assert main(command(course, submissions, folder / "whole")) == 0
    return Class(course, submissions, size, folder / "whole")


@pytest.fixture(scope="module")
def a_class(
    course: TinyCourse, warm: None, tmp_path_factory: pytest.TempPathFactory
) -> Class:
    return graded_class(course, tmp_path_factory.mktemp("class"), 8)


def command(course: TinyCourse, submissions: Path, out: Path, *more: str) -> list[str]:
    arguments = ["grade", str(submissions), "--out", str(out), "--seed", "7"]
    arguments += ["--course", str(course.folder), "--jobs", str(JOBS)]
    return [*arguments, "--time-limit", "20", *more]


def tables(out: Path) -> tuple[bytes, bytes]:
    return (out / "scores.csv").read_bytes(), (out / "grades.csv").read_bytes()


def book(out: Path) -> dict[str, float]:
    """Read what nbgrader's gradebook holds."""
    with Record(out) as record:
        submissions = record.gradebook.assignment_submissions(ASSIGNMENT)
        return {item.student.id: item.score for item in submissions}


def pages(out: Path) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): path.read_text(encoding="utf-8")
        for path in (out / "feedback").rglob("*.html")
    }


# ---- The grader is killed --------------------------------------------------


def kill_at(grader: Grader, out: Path, points: list[float], size: int) -> None:
    """Kill runs of the command: at the gradebook, in the class, at the feedback.

    A point in the class is a share of its notebooks.
    """
    for share in points:
        grader.start()
        if share < 0:
            grader.wait_until(lambda: any(out.glob("gradebook.*")))
        elif share < 1:
            due = share * 2 * size
            grader.wait_until(lambda due=due: len(grader.begun()) >= due)
            time.sleep(random.uniform(0, 0.2))
        else:
            grader.wait_until(lambda: any(out.glob("feedback/*/*/*")))
        grader.kill()


def check_kills(a_class: Class, folder: Path, points: list[float]) -> None:
    out = folder / "out"
    grader = Grader(a_class.command(out), folder)
    kill_at(grader, out, points, a_class.size)
    grader.start()
    assert grader.finish() == 0, grader.said
    assert tables(out) == tables(a_class.whole)
    assert book(out) == book(a_class.whole)
    assert pages(out) == pages(a_class.whole)
    begun = grader.begun()
    assert len(begun) == 2 * a_class.size
    assert begun.total() <= 2 * a_class.size + JOBS * len(points)
    assert grader.left_behind() == []


@pytest.mark.slow
def test_a_killed_grader_goes_on_and_ends_with_the_same_tables(
    a_class: Class, tmp_path: Path
) -> None:
    check_kills(a_class, tmp_path, [-1, 0.5, 1])


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_twenty_kills_at_random_points_of_a_class_of_two_hundred(
    course: TinyCourse, warm: None, tmp_path: Path
) -> None:
    points = [-1, *sorted(random.uniform(0, 1) for _ in range(18)), 1]
    check_kills(graded_class(course, tmp_path, 200), tmp_path, points)


def test_what_a_run_leaves_that_is_killed_at_once_is_taken_up(
    a_class: Class, tmp_path: Path
) -> None:
    """Else the same command would refuse its own folder as somebody else's."""
    out = tmp_path / "out"
    (out / "submitted").mkdir(parents=True)
    (out / ".seed.part").write_text("", encoding="ascii")
    (out / "gradebook.part").write_bytes(b"half a gradebook")
    (out / "gradebook.part-journal").write_bytes(b"half a journal")
    assert main(a_class.command(out, "--no-feedback")) == 0
    assert tables(out) == tables(a_class.whole)


# ---- The disk is full ------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that can be filled up."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=3m", "tmpfs"]
    try:
        subprocess.run(["mount", *options, folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs root, who may mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill a disk but for some bytes; return the file that does it."""
    ballast = folder / "ballast"
    room = os.statvfs(folder)
    ballast.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - leave)))
    return ballast


@pytest.mark.parametrize("leave", [60_000, 250_000])
def test_a_full_disk_is_said_and_costs_nothing(
    a_class: Class,
    small_disk: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    leave: int,
) -> None:
    """With more room it fails later: first at the gradebook, then in the class."""
    out = small_disk / "out"
    ballast = fill(small_disk, leave)
    assert main(a_class.command(out)) == 3
    said = capsys.readouterr().err
    assert "autograder: the system failed: " in said
    assert "No space left on device" in said or "disk is full" in said
    assert "the same command goes on" in said
    assert not caplog.records  # else it would show as a traceback
    ballast.unlink()
    assert main(a_class.command(out)) == 0
    assert tables(out) == tables(a_class.whole)
    assert pages(out) == pages(a_class.whole)
    assert not list(out.rglob("*.part"))


# ---- The database is locked ------------------------------------------------


def lock(out: Path) -> sqlite3.Connection:
    other = sqlite3.connect(out / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


def impatient(out: Path) -> list[str]:
    """Name the folder's own gradebook by an address that says how long to wait."""
    return ["--db", f"sqlite:///{out}/gradebook.db?timeout=0.2"]


def test_a_locked_gradebook_is_said_and_costs_nothing(
    a_class: Class, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    shutil.copytree(a_class.whole, out)
    other = lock(out)
    assert main(a_class.command(out, *impatient(out))) == 3
    said = capsys.readouterr().err
    assert "gradebook.db" in said
    assert "database is locked" in said
    assert "another release" not in said
    other.close()
    assert tables(out) == tables(a_class.whole)
    assert main(a_class.command(out, *impatient(out))) == 0
    assert tables(out) == tables(a_class.whole)


@pytest.mark.parametrize("moment", ["prepare", "record_one"])
def test_a_gradebook_that_is_locked_later_keeps_what_it_has(
    a_class: Class,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """While the exercises are entered, and after two notebooks."""
    out = tmp_path / "out"
    where: Any = Record if moment == "prepare" else grading
    real = getattr(where, moment)
    left = 0 if moment == "prepare" else 2
    others = []

    def locked(*given: Any) -> None:
        nonlocal left
        if not left:
            others.append(lock(out))
        left -= 1
        real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(where, moment, locked)
        assert main(a_class.command(out, "--no-feedback", *impatient(out))) == 3
    assert "database is locked" in capsys.readouterr().err
    others[0].close()
    assert main(a_class.command(out, "--no-feedback")) == 0
    kept = "2 notebooks were graded by an earlier run" in capsys.readouterr().out
    assert kept == (moment == "record_one")
    assert tables(out) == tables(a_class.whole)


# ---- A warm process dies ---------------------------------------------------


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    warm = Zygote(ASSIGNMENT)
    warm.start()
    yield warm
    warm.stop()


def one(zygote: Zygote) -> bool:
    with zygote.session(Limits(), seed=1, language="en") as session:
        return bool(session.cell("1 + 1")["ok"])


def pid_of(zygote: Zygote) -> int:
    assert zygote._process is not None
    return zygote._process.pid


def test_notebooks_survive_the_death_of_their_warm_process(zygote: Zygote) -> None:
    """Killed within a notebook, between two, and with a job in its hands."""
    with zygote.session(Limits(), seed=1, language="en") as session:
        session.cell("x = 20")
        os.kill(pid_of(zygote), signal.SIGKILL)
        assert session.cell("assert x == 20")["ok"]
    assert one(zygote)
    victim = pid_of(zygote)
    os.kill(victim, signal.SIGSTOP)  # it can be sent a job, and does not take it
    killer = threading.Timer(0.3, os.kill, (victim, signal.SIGKILL))
    killer.start()
    assert one(zygote)
    assert pid_of(zygote) != victim


def lose_guard(zygote: Zygote) -> None:
    with zygote.session(Limits(), seed=1, language="en") as session:
        children = Path(f"/proc/{pid_of(zygote)}/task/{pid_of(zygote)}/children")
        for guard in children.read_text().split():
            os.kill(int(guard), signal.SIGKILL)
        session.cell("1 + 1")


def test_a_lost_guard_is_a_fault_of_the_system_and_named(zygote: Zygote) -> None:
    """A student must not lose points because something killed the guard."""
    with pytest.raises(GuardLost, match="ended from outside"):
        lose_guard(zygote)
    assert issubclass(GuardLost, EngineFault)
    assert one(zygote)


def test_a_notebook_whose_guard_is_lost_is_run_again(
    a_class: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Zygote.session
    lost = []

    def loses_the_third(self: Zygote, *given: Any, **named: Any) -> Any:
        lost.append(True)
        if len(lost) == 3:
            raise GuardLost("the guard of a notebook was ended from outside")
        return real(self, *given, **named)

    monkeypatch.setattr(Zygote, "session", loses_the_third)
    out = tmp_path / "out"
    assert main(a_class.command(out, "--no-feedback")) == 0
    assert len(lost) > 3
    assert tables(out) == tables(a_class.whole)
