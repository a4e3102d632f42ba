"""A PostgreSQL server as the gradebook gives the tables that a file gives."""

from __future__ import annotations

import csv
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from postgresql_server import server
from sqlalchemy import create_engine, text
from tiny_course import FIRST, SECOND, TinyCourse, hand_in

from autograder import task as tasks
from autograder.cli import main
from autograder.record import Record, database_url

pytestmark = pytest.mark.postgresql
ASSIGNMENT = "mxnet"
ANSWERS = {
    "ada": {},
    "bob": {"double": "def double(x):\n    return x"},
    # A character that PostgreSQL takes in no text.
    "eve": {"double": "def double(x):\n    raise ValueError('a \\0 b')"},
    "李雷": {"halve": "def halve(x):\n    raise ValueError('\\ud800')"},
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    return TinyCourse(tmp_path_factory.mktemp("course"), assignment=ASSIGNMENT)


@pytest.fixture(scope="module")
def submissions(course: TinyCourse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for student, answers in ANSWERS.items():
        notebooks = {FIRST: course.solved(**answers), SECOND: course.solved(SECOND)}
        hand_in(folder, student, notebooks, ASSIGNMENT)
    return folder


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def url(started: str) -> Iterator[str]:
    """Give an empty database."""
    engine = create_engine(database_url(Path(), started), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE grades"))
        yield started.rpartition("/")[0] + "/grades"
        connection.execute(text("DROP DATABASE grades WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="module")
def warm() -> Iterator[None]:
    """Keep the warm processes from one run of the command to the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "stop_engines", lambda: None)
        yield
    tasks.stop_engines()


def command(course: TinyCourse, submissions: Path, out: Path, *more: str) -> list[str]:
    arguments = ["grade", str(submissions), "--out", str(out), "--seed", "7"]
    arguments += ["--course", str(course.folder), "--no-feedback", "--jobs", "2"]
    return [*arguments, *more]


def tables(out: Path) -> tuple[bytes, bytes]:
    return (out / "scores.csv").read_bytes(), (out / "grades.csv").read_bytes()


def test_the_tables_are_those_of_a_file(
    course: TinyCourse, submissions: Path, url: str, warm: None, tmp_path: Path
) -> None:
    file, out = tmp_path / "file", tmp_path / "out"
    assert main(command(course, submissions, file)) == 0
    assert main(command(course, submissions, out, "--db", url)) == 0
    assert not (out / "gradebook.db").exists()
    assert tables(out) == tables(file)
    # A person's mark is in the server, and the tables find it there.
    with Record(out, url) as record:
        names = {item.id for item in record.gradebook.students}
        place = ("why-share-written", SECOND, ASSIGNMENT, "ada")
        record.gradebook.find_grade(*place).manual_score = 3
        record.gradebook.db.commit()
    assert names == set(ANSWERS)
    assert main(["report", str(out), "--db", url]) == 0
    assert b"ada,mxnet,17,19" in tables(out)[1]
    assert main(command(course, submissions, out, "--db", url)) == 0
    assert b"ada,mxnet,17,19" in tables(out)[1]


def test_graders_that_open_an_empty_database_at_once_make_its_tables_once(
    url: str, tmp_path: Path
) -> None:
    """nbgrader looks whether they are there, then creates them."""
    graders = 6
    together = threading.Barrier(graders)

    def open_it(number: int) -> int:
        together.wait()
        with Record(tmp_path / str(number), url) as record:
            return len(record.keys())

    with ThreadPoolExecutor(graders) as pool:
        assert list(pool.map(open_it, range(graders))) == [0] * graders


@pytest.mark.slow
def test_two_graders_at_once_do_not_collide(
    course: TinyCourse, submissions: Path, url: str, warm: None, tmp_path: Path
) -> None:
    """Into an empty database, the same students: the tables are made once."""
    outs = [tmp_path / "one", tmp_path / "two"]
    graders = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "autograder",
                *command(course, submissions, out, "--db", url),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for out in outs
    ]
    said = [grader.communicate(timeout=300)[0] for grader in graders]
    assert [grader.returncode for grader in graders] == [0, 0], said
    alone = tmp_path / "alone"
    assert main(command(course, submissions, alone)) == 0
    for out in outs:
        assert main(["report", str(out), "--db", url]) == 0
        assert tables(out) == tables(alone)
    with Record(outs[0], url) as record:
        held = record.gradebook.assignment_submissions(ASSIGNMENT)
        scores = {item.student.id: item.score for item in held}
    with (alone / "grades.csv").open(encoding="utf-8", newline="") as file:
        assert scores == {x["student"]: float(x["score"]) for x in csv.DictReader(file)}


def test_a_server_that_is_not_there_is_said_without_its_password(
    course: TinyCourse,
    submissions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nowhere = "postgresql://teacher:secret@127.0.0.1:9/grades"
    assert main(command(course, submissions, tmp_path / "out", "--db", nowhere)) == 3
    said = capsys.readouterr().err
    assert "teacher:***@127.0.0.1:9/grades does not answer" in said
    assert "secret" not in said
    assert "Traceback" not in said
