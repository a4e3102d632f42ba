"""A course folder, from an empty folder to exported grades.

The first test follows the commands of docs/instructors.md to the letter, with
the class that comes with the project; the next ones change its settings and
look at what that changes. The rest needs no grading.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import re
import shlex
import shutil
import stat
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import (
    Exchange,
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeSubmit,
)
from test_documents import REPOSITORY
from test_nbgrader_course import Server
from tiny_course import ASSIGNMENT, FIRST, SECOND, WRITTEN, TinyCourse, hand_in
from traitlets.config import Config

from autograder.cli import main
from autograder.course.folder import Course
from autograder.record import Record
from paramlab.frameworks import available

PAGE = (REPOSITORY / "docs" / "instructors.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
TEN_MINUTES = 600


@dataclass
class Said:
    """What one command said and how it ended."""

    status: int
    out: str
    error: str

    @property
    def next(self) -> str:
        """Return the command that it says comes next, or no text."""
        return self.out.partition("Next:\n")[2].strip()


def run(*arguments: object) -> Said:
    """Run the command line in this process."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        status = main([str(argument) for argument in arguments])
    return Said(status, out.getvalue(), error.getvalue())


def done(*arguments: object) -> Said:
    said = run(*arguments)
    assert said.status == 0, said
    return said


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, str]:
    """Return a hash of every file but the database, which holds times."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "gradebook.db"
    }


def set_table(folder: Path, name: str, *lines: str) -> None:
    """Write one table of course.toml anew."""
    path = folder / "course.toml"
    text = path.read_text(encoding="utf-8")
    new = f"[{name}]\n" + "\n".join(lines) + "\n\n"
    text, count = re.subn(
        rf"^\[{name}\]\n.*?(?=^\[|\Z)", lambda _: new, text, flags=re.M | re.S
    )
    assert count == 1
    path.write_text(text, encoding="utf-8")


def set_line(folder: Path, key: str, value: str) -> None:
    path = folder / "course.toml"
    text = path.read_text(encoding="utf-8")
    text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
    assert count == 1
    path.write_text(text, encoding="utf-8")


# ---- The page --------------------------------------------------------------


@dataclass
class Walk:
    """What following the page left."""

    folder: Path
    seconds: float
    said: list[tuple[str, Said]] = field(default_factory=list)
    toml: str = ""

    @property
    def course(self) -> Path:
        return self.folder / "params"

    def grades(self) -> dict[str, dict[str, str]]:
        return {line["student"]: line for line in table(self.course / "grades.csv")}


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Follow the page: its commands, and the roster that it shows."""
    if "pytorch" not in available():
        pytest.skip("needs PyTorch")
    start = PAGE.index("## A course in ten minutes")
    section = PAGE[start : PAGE.index("\n## ", start)]
    walk = Walk(tmp_path_factory.mktemp("empty"), 0.0)
    clock = time.monotonic()
    with contextlib.chdir(walk.folder):
        for kind, text in BLOCK.findall(section):
            if kind == "csv":
                Path("params/roster.csv").write_text(text, encoding="utf-8")
            elif kind == "toml":
                walk.toml = text
            else:
                for line in text.strip().splitlines():
                    program, *words = shlex.split(line)
                    assert program == "autograder"
                    walk.said.append((line, run(*words)))
    walk.seconds = time.monotonic() - clock
    return walk


def test_the_page_leads_from_an_empty_folder_to_exported_grades(walk: Walk) -> None:
    """No step is left out: what the page says is all that it takes."""
    for line, said in walk.said:
        assert said.status == 0, (line, said)
    assert walk.seconds < TEN_MINUTES
    grades = table(walk.course / "exports" / "grades.csv")
    assert [line["id"] for line in grades] == ["ada", "emil", "noor", "sakura", "tom"]
    by_id = {line["id"]: line for line in grades}
    assert by_id["ada"]["score"] == "100"
    assert by_id["emil"]["score"] == "0"
    assert by_id["noor"]["last name"] == "Haddad, Jr."
    assert by_id["sakura"]["first name"] == "さくら"
    assert 0 < float(by_id["sakura"]["score"]) < 100


def test_each_command_names_the_one_that_comes_next(walk: Walk) -> None:
    lines = [line for line, _ in walk.said]
    for (_, said), following in zip(walk.said[:-1], lines[1:], strict=True):
        if "SUBMISSIONS" in said.next:  # before the page takes the sample class
            assert said.next == "autograder collect params SUBMISSIONS"
        else:
            assert said.next == following
    assert not walk.said[-1][1].next


def test_the_settings_that_the_page_shows_are_valid(walk: Walk, tmp_path: Path) -> None:
    shutil.copytree(walk.course, tmp_path / "params")
    for name, lines in re.findall(
        r"^\[(\w+)\]\n(.*?)(?=^\[|\Z)", walk.toml, re.M | re.S
    ):
        set_table(tmp_path / "params", name, *lines.strip().splitlines())
    settings = Course.open(tmp_path / "params").settings
    assert settings.due is not None
    assert settings.late.rule == "points"


def test_every_number_agrees(walk: Walk) -> None:
    """Tables, both exports and nbgrader's gradebook say the same."""
    own = walk.grades()
    exports = walk.course / "exports"
    ours = {line["id"]: line for line in table(exports / "grades.csv")}
    theirs = json.loads((exports / "grades.json").read_text(encoding="utf-8"))
    assert {line["id"] for line in theirs["grades"]} == own.keys()
    for line in theirs["grades"]:
        assert line["score"] == float(own[line["id"]]["score"])
        automatic = [x for x in line["exercises"] if x["status"] != "manual"]
        assert sum(x["score"] for x in automatic) == pytest.approx(line["score"])
    for student, line in own.items():
        assert ours[student]["score"] == line["score"]
    text = (exports / "nbgrader.csv").read_text(encoding="utf-8")
    assert ",noor,Haddad, Jr.,Noor," in text  # nbgrader does not quote
    assert f"sakura@example.org,{float(own['sakura']['score'])}," in text


def test_every_command_may_be_run_twice(walk: Walk) -> None:
    before = contents(walk.folder)
    with contextlib.chdir(walk.folder):
        for line, _ in walk.said:
            if " sample " not in line:  # a new class hands in at a new time
                said = done(*shlex.split(line)[1:])
                if " grade " in line:
                    assert "20 notebooks were graded by an earlier run" in said.out
    assert contents(walk.folder) == before


def test_what_is_secret_stays_so(walk: Walk) -> None:
    """Modes, and a repository that takes nothing of it."""
    modes = {
        name: stat.S_IMODE((walk.course / name).stat().st_mode)
        for name in (".", ".seed", "roster.csv")
    }
    assert modes == {".": 0o700, ".seed": 0o600, "roster.csv": 0o600}
    git = ["git", "-c", "safe.directory=*", "-C", str(walk.course)]
    subprocess.run([*git, "init", "-q"], check=True)
    try:
        listed = [*git, "ls-files", "--others", "--exclude-standard"]
        found = subprocess.run(listed, check=True, capture_output=True, text=True)
        assert found.stdout.split() == [".gitignore"]
    finally:
        shutil.rmtree(walk.course / ".git")


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
def test_stock_nbgrader_works_in_the_folder(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is an nbgrader course: its commands grade and export there."""
    monkeypatch.setenv("PARAMLAB_SEED", "0")  # what is set here ends with the test
    monkeypatch.delenv("PARAMLAB_SEED")
    course = tmp_path / "params"
    shutil.copytree(walk.course, course)
    set_line(course, "lessons", '["01-access"]')  # one is enough, and quicker
    for name in ("gradebook.db", "autograded", "release", "source"):
        path = course / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    set_table(course, "points", "nested-bias = 9", "count-parameters = 0")
    set_table(course, "deadline", "all = 2001-01-01T00:00:00+00:00")
    set_table(course, "late", 'rule = "percent"', "amount = 10", "grace_minutes = 0")
    done("release", course)
    for student in (course / "submitted").iterdir():
        if student.name != "noor":
            shutil.rmtree(student)
    nbgrader(course, "generate_assignment", "pytorch", "--force")
    nbgrader(course, "list")
    nbgrader(course, "autograde", "pytorch", "--student", "noor")
    nbgrader(course, "export", "--to", "all.csv", "--student", "noor")
    (line,) = (course / "all.csv").read_text(encoding="utf-8").splitlines()[1:]
    raw, penalty, score, most = map(float, line.split(",")[-4:])
    assert most == 4 + 4 + 0 + 9 + 4
    assert 0 < raw < most
    assert (penalty, score) == (raw, 0)
    # The same folder, graded by this project's engine.
    done("grade", course)
    (own,) = (x for x in table(course / "grades.csv") if x["student"] == "noor")
    assert (float(own["late_penalty"]), float(own["max_score"])) == (raw, most)


def test_formgrader_opens_the_folder(walk: Walk) -> None:
    server = Server(walk.course)
    try:
        (assignment,) = json.loads(server.get("formgrader/api/assignments"))
        assert (assignment["name"], assignment["max_score"]) == ("pytorch", 105)
        assert assignment["status"] == "released" or assignment["release_path"]
        found = json.loads(server.get("formgrader/api/submissions/pytorch"))
        students = json.loads(server.get("formgrader/api/students"))
    finally:
        server.stop()
    scores = {item["student"]: item["score"] for item in found}
    own = {student: float(line["score"]) for student, line in walk.grades().items()}
    assert scores == own
    names = {item["id"]: (item["last_name"], item["first_name"]) for item in students}
    assert names["noor"] == ("Haddad, Jr.", "Noor")
    assert names["sakura"] == (None, "さくら")


def test_a_deadline_changes_penalties_and_runs_nothing_again(
    walk: Walk, tmp_path: Path
) -> None:
    course = tmp_path / "params"
    shutil.copytree(walk.course, course)
    before, scores = walk.grades(), (course / "scores.csv").read_bytes()
    arrived = max(line["time"] for line in table(course / "arrivals.csv"))
    # Everybody is a moment late; emil has two more days, さくら a day and a half.
    moment = re.sub(r"T.*", "T00:00:00+00:00", arrived)
    set_table(course, "deadline", f"all = {moment}")
    set_table(course, "late", 'rule = "points"', "amount = 3", "grace_minutes = 0")
    said = done("grade", course)
    assert "20 notebooks were graded by an earlier run" in said.out
    assert re.search(r"ada +│ pytorch .* 35 │ +-12 │ +88 │ 100", said.out)
    assert (course / "scores.csv").read_bytes() == scores
    after = {line["student"]: line for line in table(course / "grades.csv")}
    assert after["ada"]["late_penalty"] == "12"  # four notebooks, a day begun
    assert float(after["ada"]["score"]) == float(before["ada"]["score"]) - 12
    assert after["tom"]["late_penalty"] == "9"  # one of them earned nothing
    assert after["sakura"]["score"] == before["sakura"]["score"]
    page = (course / "feedback/ada/pytorch/01-access.html").read_text(encoding="utf-8")
    assert "−3" in page
    assert "17 / 20" in page
    kept = "feedback/sakura/pytorch/01-access.html"
    assert (course / kept).read_bytes() == (walk.course / kept).read_bytes()
    done("export", course)
    text = (course / "exports" / "nbgrader.csv").read_text(encoding="utf-8")
    assert "ada@example.org,100.0,12.0,88.0,105.0" in text
    # No deadline any more: all is as it was.
    set_table(course, "deadline")
    done("grade", course)
    assert {x["student"]: x for x in table(course / "grades.csv")} == before


def test_other_points_grade_their_lesson_again_and_nothing_else(
    walk: Walk, tmp_path: Path
) -> None:
    course = tmp_path / "params"
    shutil.copytree(walk.course, course)
    own = Course.open(course).settings.points
    points = {**own, "tied-network": 12.0, "count-tied": 0.0}
    set_table(course, "points", *(f"{name} = {x:g}" for name, x in points.items()))
    said = done("grade", course)
    assert "15 notebooks were graded by an earlier run" in said.out
    assert "What students get has changed with course.toml" in said.out
    before = {
        (x["student"], x["exercise"]): x for x in table(walk.course / "scores.csv")
    }
    for line in table(course / "scores.csv"):
        old = before[line["student"], line["exercise"]]
        factor = points[line["exercise"]] / own[line["exercise"]]
        assert float(line["score"]) == float(old["score"]) * factor
        assert float(line["max_score"]) == float(old["max_score"]) * factor
        assert (line["status"], line["message"]) == (old["status"], old["message"])
    with Record(course) as record:
        assert record.gradebook.find_assignment("pytorch").max_score == 105 + 6 - 4
        ada = record.gradebook.find_submission("pytorch", "ada")
        assert ada.score == 102
    page = (course / "feedback/ada/pytorch/03-tying.html").read_text(encoding="utf-8")
    assert "12 / 12" in page
    assert "22 / 22" in page
    # What students get says the same, and so does the check that they run.
    done("release", course)
    for path in ("handout/en/pytorch", "release/pytorch"):
        given = (course / path / "03-tying.ipynb").read_text(encoding="utf-8")
        assert r"check(\"tied-network\", tied_network, points=12)" in given
        assert r"check(\"count-tied\", count_tied, points=0)" in given
    # And back again, to the same bytes of the tables.
    set_table(course, "points")
    done("grade", course)
    for name in ("scores.csv", "grades.csv"):
        assert (course / name).read_bytes() == (walk.course / name).read_bytes()


# ---- A tiny course, whose exercises cost no time ----------------------------


@pytest.fixture
def tiny(tmp_path: Path) -> TinyCourse:
    """Make a course folder of tiny notebooks beside them."""
    tiny = TinyCourse(tmp_path / "tiny")
    done("course", "new", tmp_path / "course", "--course", tiny.folder)
    return tiny


def test_lessons_are_added_later_and_marks_stay(
    tiny: TinyCourse, tmp_path: Path
) -> None:
    course = tmp_path / "course"
    set_line(course, "lessons", f'["{SECOND}"]')
    done("release", course)
    assert not (course / "release" / ASSIGNMENT / f"{FIRST}.ipynb").exists()
    # Whoever goes on too fast is told what comes before.
    for command, words in (
        (("grade", course), "autograder collect"),
        (("feedback", course), "autograder grade"),
        (("export", course), "autograder grade"),
        (("collect", course), "name a folder or a ZIP"),
        (("collect", course, course / "release"), "lies in the course"),
        (("collect", course, tmp_path / "nowhere"), "does not exist"),
    ):
        assert words in run(*command).error
    hand_in(tmp_path / "one", "ada", {SECOND: tiny.solved(SECOND)})
    hand_in(tmp_path / "one", "bob", {SECOND: tiny.student(SECOND)})
    done("collect", course, tmp_path / "one")
    done("grade", course)
    mark(course, "ada", 4.0, "Well said.")
    assert "1 pages written" in done("feedback", course).out
    page = course / "feedback" / "ada" / ASSIGNMENT / f"{SECOND}.html"
    assert "4 / 5" in page.read_text(encoding="utf-8")
    assert "Well said." in page.read_text(encoding="utf-8")
    assert "0 pages written" in done("feedback", course).out
    # The other lesson comes, while there are grades already.
    set_line(course, "lessons", f'["{FIRST}", "{SECOND}"]')
    done("release", course)
    assert (course / "release" / ASSIGNMENT / f"{FIRST}.ipynb").exists()
    hand_in(tmp_path / "two", "ada", {FIRST: tiny.solved()})
    done("collect", course, tmp_path / "two")
    said = done("grade", course)
    assert "2 notebooks were graded by an earlier run" in said.out
    done("export", course)
    grades = {x["student"]: x for x in table(course / "grades.csv")}
    assert (grades["ada"]["score"], grades["ada"]["max_score"]) == ("18", "19")
    assert (grades["bob"]["score"], grades["bob"]["max_score"]) == ("0", "14")
    text = (course / "exports" / "nbgrader.csv").read_text(encoding="utf-8")
    assert ",ada,,,,18.0,0.0,18.0,19.0" in text
    # What would take grades away is refused, and nothing is changed by it.
    before = contents(course)
    for change, words in (
        (lambda: set_line(course, "lessons", f'["{SECOND}"]'), "give its exercises 0"),
        (lambda: set_table(course, "points", f"{WRITTEN} = 3"), "change that mark"),
        (lambda: set_table(course, "points", "double = 3"), "own test says"),
    ):
        settings = (course / "course.toml").read_text(encoding="utf-8")
        change()
        for command in ("release", "grade"):
            said = run(command, course)
            assert (said.status, words in said.error) == (2, True), said
        (course / "course.toml").write_text(settings, encoding="utf-8")
    assert contents(course) == before


def mark(course: Path, student: str, score: float, words: str) -> None:
    """Mark the written answer as formgrader does."""
    with Record(course) as record:
        book = record.gradebook
        place = WRITTEN, SECOND, ASSIGNMENT, student
        book.find_grade(*place).manual_score = score
        book.find_comment(*place).manual_comment = words
        book.db.commit()


# nbgrader misspells an argument of its own.
@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
def test_the_whole_way_through_the_exchange_of_nbgrader(
    tiny: TinyCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student fetches, submits and fetches feedback by nbgrader's own classes."""
    monkeypatch.setenv("PARAMLAB_SEED", "0")  # what is set here ends with the test
    monkeypatch.delenv("PARAMLAB_SEED")
    course, root = tmp_path / "course", tmp_path / "exchange"
    root.mkdir(mode=0o777)
    set_line(course, "exchange", f'"{root}"')
    assert done("release", course).next == f"autograder collect {course}"
    done("release", course)  # which replaces what is there
    home = tmp_path / "home"
    home.mkdir()
    config = Config()
    config.CourseDirectory.course_id = "course"
    config.CourseDirectory.assignment_id = ASSIGNMENT
    config.Exchange.root = str(root)
    config.Exchange.cache = str(tmp_path / "cache")

    def student(step: type[Exchange]) -> None:
        with monkeypatch.context() as patched:
            patched.chdir(home)
            where = CourseDirectory(config=config)
            who = Authenticator(config=config)
            step(coursedir=where, authenticator=who, config=config).start()

    student(ExchangeFetchAssignment)
    work = home / ASSIGNMENT / f"{FIRST}.ipynb"
    nbformat.write(tiny.solved(), work)
    student(ExchangeSubmit)
    assert "2 new notebooks" in done("collect", course).out
    assert "0 new notebooks, 2 that were there" in done("collect", course).out
    done("grade", course)
    (line,) = table(course / "grades.csv")
    assert (line["score"], line["max_score"]) == ("10", "14")
    done("feedback", course)
    student(ExchangeFetchFeedback)
    (page,) = home.glob(f"{ASSIGNMENT}/feedback/*/{FIRST}.html")
    assert "10 / 10" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("release", "{here}"), "is no course, it has no course.toml; make one"),
        (("course", "new", "{here}/new", "--lang", "fr"), "not one of en, ja, zh"),
        (("course", "new", "{here}/new", "--framework", "jax"), "not one of"),
        (("collect", "{course}"), "has nothing released yet"),
        (("grade", "{course}"), "has nothing released yet"),
        (("grade", "{here}"), "name the folder to write: --out"),
        (("grade", "{course}", "--out", "{here}/o"), "--out is not for a course"),
        (("grade", "{course}", "--language", "zh"), "--language is not for a course"),
    ],
)
def test_wrong_usage_is_one_sentence(
    tiny: TinyCourse, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    places = {"here": tmp_path, "course": tmp_path / "course"}
    said = run(*(word.format(**places) for word in arguments))
    assert said.status == 2
    assert words in said.error
    assert len(said.error.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run a command of nbgrader's, as its own tests do: in this process."""
    app = NbGraderApp.instance()
    try:
        with contextlib.chdir(folder), contextlib.suppress(NoStart):  # it has ended
            app.initialize([*arguments, "--log-level=ERROR"])
            app.start()
    finally:
        NbGraderApp.clear_instance()
