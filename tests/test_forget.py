"""Erasing a student: afterwards no byte below the course names them."""

from __future__ import annotations

import json
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_course import ROSTER, fill, kept_warm, new_live_course, write_roster
from postgresql_server import server
from test_course import done, mark, run, set_line, set_table, table
from tiny_course import ASSIGNMENT, FIRST, SECOND, hand_in

from autograder import forget, tries
from autograder.lock import alone
from autograder.record import Record

NAMES = ("ada-l", "Zylinska", "ada@example.org", "A. L. of London")


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    with kept_warm():
        yield


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course that has stored all that it can about a student."""
    folder = tmp_path_factory.mktemp("forget")
    tiny, course = new_live_course(folder)
    done("collect", course, fill(tiny, folder / "class"))
    # Work under another name, which only now is known to be hers.
    hand_in(folder / "more", "A. L. of London", {SECOND: tiny.solved(SECOND)})
    assert "A. L. of London" in done("collect", course, folder / "more").error
    done("watch", course, "--once")
    set_table(course, "names", '"A. L. of London" = "ada-l"', '"Bobby" = "bob-k"')
    mark(course, "ada-l", 4.0, "Well said, Zylinska.")
    mark(course, "hanmei", 3.0, "好。")
    done("feedback", course)
    done("export", course)
    done("report", course)
    with (course / "report.html").open("a", encoding="utf-8") as report:
        report.write("<!-- a larger class's report names ada-l -->\n")
    log = "autograding submitted/ada-l/pytorch\nautograding submitted/bob-k/pytorch\n"
    (course / ".nbgrader.log").write_text(log, encoding="utf-8")
    return course


@pytest.fixture
def course(full: Path, tmp_path: Path) -> Path:
    shutil.copytree(full, tmp_path / "course")
    return tmp_path / "course"


def naming(course: Path, *names: str) -> set[str]:
    """List what below the course holds a name, in its path or in any byte."""
    found = set()
    for path in course.rglob("*"):
        inside = path.relative_to(course).as_posix()
        content = path.read_bytes() if path.is_file() else b""
        for name in names:
            for form in ("NFC", "NFD"):
                word = unicodedata.normalize(form, name)
                escaped = json.dumps(word)[1:-1].encode()
                if word in inside or word.encode() in content or escaped in content:
                    found.add(inside)
    return found


def test_no_byte_names_the_student_afterwards(course: Path) -> None:
    places = naming(course, *NAMES)
    for expected in (
        *("gradebook.db", "roster.csv", "course.toml", "arrivals.csv", ".nbgrader.log"),
        *("scores.csv", "grades.csv", "report.html", "exports/grades.json"),
        f"submitted/ada-l/{ASSIGNMENT}/{FIRST}.ipynb",
        f"autograded/ada-l/{ASSIGNMENT}/{FIRST}.ipynb",
        f"feedback/ada-l/{ASSIGNMENT}/{FIRST}.html",
        f"unmatched/A. L. of London/{ASSIGNMENT}/{SECOND}.ipynb",
    ):
        assert expected in places  # else the test would prove nothing
    said = done("forget", course, "ada-l", "--yes")
    assert naming(course, *NAMES) == set()
    assert "backups" in said.out
    assert not said.error.replace("erasing", "").count("Still holds")


def test_the_others_keep_everything(course: Path) -> None:
    def of_others(name: str) -> list[dict[str, str]]:
        return [line for line in table(course / name) if "ada-l" not in line.values()]

    tables = ("scores.csv", "grades.csv", "arrivals.csv")
    before = {name: of_others(name) for name in tables}
    work = {
        path: path.read_bytes()
        for root in ("submitted", "autograded", "feedback")
        for path in (course / root).rglob("*.*")
        if "ada-l" not in path.parts
    }
    done("forget", course, "ada-l", "--yes")
    assert {name: table(course / name) for name in tables} == before
    assert {path: path.read_bytes() for path in work} == work
    roster = (course / "roster.csv").read_text(encoding="utf-8")
    assert roster == "".join(x for x in ROSTER.splitlines(True) if "ada-l" not in x)
    assert '"Bobby" = "bob-k"' in (course / "course.toml").read_text(encoding="utf-8")
    assert "bob-k" in (course / ".nbgrader.log").read_text(encoding="utf-8")
    with Record(course) as record:
        assert record.marks() == {
            ("hanmei", ASSIGNMENT, SECOND, "why-share-written"): 3
        }
    # The course goes on: nothing is graded again, and all commands work.
    assert "4 notebooks were graded by an earlier run" in done("grade", course).out
    done("export", course)


def test_everything_is_handed_out_before(course: Path, tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    said = run("forget", course, "ada-l", "--export", path)  # nobody agrees
    assert (said.status, "Nothing is erased." in said.out) == (0, True)
    assert naming(course, "ada-l")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        about = json.loads(archive.read("about.json"))
        handed_in = archive.read(f"submitted/ada-l/{ASSIGNMENT}/{FIRST}.ipynb")
    assert (
        handed_in
        == (course / f"submitted/ada-l/{ASSIGNMENT}/{FIRST}.ipynb").read_bytes()
    )
    assert f"feedback/ada-l/{ASSIGNMENT}/{SECOND}.html" in names
    assert f"unmatched/A. L. of London/{ASSIGNMENT}/{SECOND}.ipynb" in names
    assert about["student"]["email"] == "ada@example.org"
    assert about["also called"] == ["A. L. of London"]
    assert len(about["tables"]["arrivals.csv"]) == 2
    assert about["remarks of people"][0]["remark"] == "Well said, Zylinska."
    assert about["marks of people"][0]["points"] == 4
    assert {x["notebook"] for x in about["notebooks"]} == {FIRST, SECOND}
    assert {x["place"][2] for x in about["recent tries"]} == {FIRST, SECOND}
    assert "bob-k" not in json.dumps(about)
    for wrong, words in ((path, "exists already"), (course / "x.zip", "in the course")):
        said = run("forget", course, "ada-l", "--yes", "--export", wrong)
        assert (said.status, words in said.error) == (2, True)
    assert naming(course, "ada-l")


def test_a_run_that_was_stopped_goes_on(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The roster's line goes last: it says who else the student is."""

    def full_disk(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(forget, "_erase_rows", full_disk)
        said = run("forget", course, "ada-l", "--yes")
    assert said.status == 3
    assert "ada-l" in (course / "roster.csv").read_text(encoding="utf-8")
    done("forget", course, "ada-l", "--yes")
    assert naming(course, *NAMES) == set()


def test_nobody_is_erased_by_mistake(course: Path) -> None:
    said = run("forget", course, "ada-1", "--yes")
    assert said.status == 2
    assert "nothing is stored about 'ada-1'" in said.error
    assert "did you mean 'ada-l'?" in said.error
    with alone(course, "autograder watch"):
        said = run("forget", course, "ada-l", "--yes")
    assert (said.status, "is in use: autograder watch" in said.error) == (2, True)
    assert len(naming(course, "ada-l")) > 10
    done("forget", course, "ada-l", "--yes")
    said = run("forget", course, "ada-l", "--yes")
    assert (said.status, "nothing is stored" in said.error) == (2, True)


def test_a_name_that_is_part_of_another_takes_nothing_with_it(course: Path) -> None:
    """`hanmei` is no part of `hanmeimei`, and 韩梅梅 has no ASCII form."""
    more = "hanmeimei,梅,韩,hanmeimei@example.org,\n"
    write_roster(course, (course / "roster.csv").read_text(encoding="utf-8") + more)
    source = course / "submitted" / "bob-k"
    shutil.copytree(source, course / "submitted" / "hanmeimei")
    done("grade", course)
    done("forget", course, "hanmei", "--yes")
    left = naming(course, "hanmei")
    assert f"submitted/hanmeimei/{ASSIGNMENT}/{FIRST}.ipynb" in left
    assert {line["student"] for line in table(course / "grades.csv")} == {
        *("ada-l", "bob-k", "hanmeimei")
    }
    assert naming(course, "梅梅") == set()


# nbgrader misspells an argument of its own.
@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
def test_the_exchange_is_cleared_too(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAMLAB_SEED", "0")  # what is set here ends with the test
    monkeypatch.delenv("PARAMLAB_SEED")
    exchange = tmp_path / "exchange" / "course"
    set_line(course, "exchange", f'"{exchange.parent}"')
    for student in ("ada-l", "bob-k"):
        name = f"{student}+{ASSIGNMENT}+2027-03-01 12:00:00.000000 UTC+abc"
        work = exchange / "inbound" / name
        work.mkdir(parents=True)
        source = course / "submitted" / student / ASSIGNMENT / f"{FIRST}.ipynb"
        shutil.copy(source, work)
        (work / "timestamp.txt").write_text("2027-03-01 12:00:00.000000 UTC")
        (work / "submission_secret.txt").write_text(f"secret of {student}")
    done("watch", course, "--once")
    assert len(list((exchange / "feedback").iterdir())) == 3  # two of them are hers
    with zipfile.ZipFile(export(course, tmp_path / "ada.zip")) as archive:
        names = archive.namelist()
    assert sum(name.startswith("exchange/course/inbound/ada-l+") for name in names) == 3
    assert sum(name.startswith("exchange/course/feedback/") for name in names) == 2
    done("forget", course, "ada-l", "--yes")
    assert naming(tmp_path / "exchange", *NAMES) == set()
    assert len(list((exchange / "feedback").iterdir())) == 1
    assert len(list((exchange / "inbound").iterdir())) == 1


def export(course: Path, path: Path) -> Path:
    """Hand everything out, without erasing."""
    done("forget", course, "ada-l", "--export", path)
    return path


@pytest.mark.postgresql
def test_a_gradebook_of_postgresql_forgets_too(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Watching records there as well; what its server keeps of deleted rows is said."""
    tiny, course = new_live_course(tmp_path)
    with server(tmp_path_factory.mktemp("server")) as url:
        set_line(course, "gradebook", f'"{url}"')
        fill(tiny, course / "submitted")
        done("watch", course, "--once")
        with Record(course, url, config=False) as record:
            assert {one.place[0] for one in tries.read(record.gradebook.db)} == {
                *("ada-l", "bob-k", "hanmei")
            }
        said = done("forget", course, "ada-l", "--yes")
        assert "VACUUM FULL" in said.out
        with Record(course, url, config=False) as record:
            left = {entry.student for entry in record.entries()}
            left |= {one.place[0] for one in tries.read(record.gradebook.db)}
            left |= {student.id for student in record.gradebook.students}
        assert left == {"bob-k", "hanmei"}
    assert naming(course, *NAMES) == set()
