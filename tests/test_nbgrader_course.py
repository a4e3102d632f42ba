"""Stock nbgrader on the course set-up: releasing, collecting, formgrader.

The course is tiny, the tools are the real ones: commands of nbgrader, and a
Jupyter server on loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from tables import read_scores
from tiny_course import (
    ASSIGNMENT,
    FIRST,
    SECOND,
    WRITTEN,
    TinyCourse,
    cell_of,
    hand_in,
)
from traitlets.config import Config

from autograder.cli import main
from autograder.course import (
    DEMONSTRATION,
    PROJECT,
    chosen_language,
    configure_project,
)

REPOSITORY = Path(__file__).resolve().parents[1]
TOKEN = "secret"


@pytest.fixture
def course(tmp_path: Path) -> TinyCourse:
    return TinyCourse(tmp_path / "course")


def api(course: TinyCourse, language: str) -> NbGraderAPI:
    config = Config()
    configure_project(config, language, course.folder)
    return NbGraderAPI(CourseDirectory(config=config), config=config)


@pytest.mark.parametrize(
    ("variable", "language"),
    [("zh", "zh"), ("zh_CN:en", "zh"), ("ja_JP.UTF-8", "ja"), ("fr", "en"), ("", "en")],
)
def test_the_variable_language_chooses_the_course(
    course: TinyCourse, variable: str, language: str
) -> None:
    """Some systems set LANGUAGE to a list of locales for other programs."""
    assert chosen_language({"LANGUAGE": variable}, course.folder) == language
    assert chosen_language({}, course.folder) == "en"


def test_releasing_uses_the_stubs_of_the_language(course: TinyCourse) -> None:
    for language, said in (
        ("zh", "在此处编写代码"),
        ("en", "Write your code here"),
        ("ja", "ここにコードを書いてください"),
    ):
        done = api(course, language).generate_assignment(ASSIGNMENT)
        assert done["success"], done
        path = course.folder / "notebooks" / language / ASSIGNMENT / f"{FIRST}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        assert said in cell_of(notebook, "double").source
        assert notebook == course.student(FIRST, language)


def test_a_student_s_tags_do_not_skip_a_test(course: TinyCourse) -> None:
    """Stock nbgrader gives full marks to a test cell that prints nothing."""
    notebook = course.student(SECOND)
    for cell in notebook.cells:
        cell.metadata.tags = [DEMONSTRATION, "skip-execution"]
    grader = api(course, "en")
    grader.generate_assignment(ASSIGNMENT)
    submitted = course.folder / "build" / "course" / "en" / "submitted"
    hand_in(submitted, "eve", {SECOND: notebook})
    done = grader.autograde(ASSIGNMENT, "eve")
    assert done["success"], done
    with grader.gradebook as book:
        assert book.find_submission(ASSIGNMENT, "eve").score == 0


def test_release_fetch_submit_and_collect(
    course: TinyCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way of an assignment through an exchange, by nbgrader's commands."""
    exchange = tmp_path / "exchange"
    monkeypatch.setenv("NBGRADER_EXCHANGE", str(exchange))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    teacher = api(course, "zh")
    assert teacher.generate_assignment(ASSIGNMENT)["success"]
    assert teacher.release_assignment(ASSIGNMENT)["success"]

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    student = ["--course", teacher.course_id, f"--Exchange.root={exchange}"]
    for command in ("fetch_assignment", "submit"):
        nbgrader(home, command, ASSIGNMENT, *student)
    assert teacher.collect(ASSIGNMENT)["success"]
    (folder,) = (course.folder / "build/course/zh/submitted").iterdir()
    names = sorted(path.name for path in (folder / ASSIGNMENT).glob("*.ipynb"))
    assert names == [f"{FIRST}.ipynb", f"{SECOND}.ipynb"]

    # What nbgrader has collected is what the autograder takes, time included.
    out = tmp_path / "out"
    arguments = [str(folder.parent), "--out", str(out), "--no-feedback"]
    assert main(["grade", *arguments, "--course", str(course.folder)]) == 0
    with book_of(out) as book:
        submission = book.find_submission(ASSIGNMENT, folder.name)
        assert submission.timestamp is not None


def nbgrader(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@contextmanager
def book_of(out: Path) -> Iterator[Any]:
    from autograder.record import Record

    with Record(out) as record:
        yield record.gradebook


# ---- Formgrader ------------------------------------------------------------


class Server:
    """A Jupyter server in an output folder, as an instructor starts it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        self.log = folder.parent / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "jupyter",
                    "lab",
                    "--no-browser",
                    "--ip=127.0.0.1",
                    f"--port={port}",
                    f"--IdentityProvider.token={TOKEN}",
                    "--ServerApp.allow_root=True",
                    "--ServerApp.disable_check_xsrf=True",
                ],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                self.get("api/status")
                return
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.3)
        pytest.fail(f"no server within 90 seconds: {self.log.read_text()}")

    def get(self, path: str, data: Any = None) -> str:
        request = urllib.request.Request(
            self.url + path,
            headers={"Authorization": f"token {TOKEN}"},
            data=None if data is None else json.dumps(data).encode(),
            method="GET" if data is None else "PUT",
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text: str = answer.read().decode()
        return text

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a graded folder: one student with everything, one with a half."""
    folder = tmp_path_factory.mktemp("formgrader")
    course = TinyCourse(folder / "course")
    notebooks = {FIRST: course.solved(), SECOND: course.solved(SECOND)}
    hand_in(folder / "class", "ada", notebooks)
    hand_in(folder / "class", "韩梅梅", {FIRST: course.solved(language="zh")})
    hand_in(folder / "class", "corrupt", {FIRST: "{"})
    out = folder / "out"
    arguments = [str(folder / "class"), "--out", str(out)]
    assert main(["grade", *arguments, "--course", str(course.folder)]) == 0
    return out


@pytest.fixture(scope="module")
def server(graded: Path) -> Iterator[Server]:
    server = Server(graded)
    yield server
    server.stop()


def test_formgrader_lists_assignment_and_submissions(server: Server) -> None:
    assert "nbgrader formgrade" in server.get("formgrader/manage_assignments")
    (assignment,) = json.loads(server.get("formgrader/api/assignments"))
    assert assignment["name"] == ASSIGNMENT
    assert (assignment["max_score"], assignment["num_submissions"]) == (19, 3)
    found = json.loads(server.get(f"formgrader/api/submissions/{ASSIGNMENT}"))
    scores = {item["student"]: item["score"] for item in found}
    assert scores == {"ada": 14, "韩梅梅": 10, "corrupt": 0}
    assert all(item["autograded"] for item in found)


def test_formgrader_shows_a_submission_and_takes_a_mark(
    server: Server, graded: Path
) -> None:
    path = f"formgrader/api/submitted_notebooks/{ASSIGNMENT}/{SECOND}"
    (ada,) = json.loads(server.get(path))  # the others have no such notebook
    assert ada["needs_manual_grade"]
    page = server.get(f"formgrader/submissions/{ada['id']}/")
    assert "Sharing saves parameters." in page
    grades = json.loads(server.get(f"formgrader/api/grades?submission_id={ada['id']}"))
    (grade,) = (item for item in grades if item["name"] == WRITTEN)
    server.get(f"formgrader/api/grade/{grade['id']}", {"manual_score": 4})
    assert main(["report", str(graded)]) == 0
    rows = {(r.student, r.exercise): r for r in read_scores(graded)}
    assert rows["ada", WRITTEN].score == 4
    assert rows["ada", WRITTEN].status == "graded"


def test_stock_feedback_and_export_work_on_a_graded_folder(
    graded: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "out"
    shutil.copytree(graded, copied)
    nbgrader(copied, "generate_feedback", ASSIGNMENT, "--force")
    page = copied / "feedback" / "ada" / ASSIGNMENT / f"{FIRST}.html"
    assert "test-double" in page.read_text(encoding="utf-8")
    nbgrader(copied, "export", "--to", str(tmp_path / "all.csv"))
    lines = (tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert any(",韩梅梅," in line and ",10.0,19.0" in line for line in lines)
