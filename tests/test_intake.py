"""Work that comes in: whose it is, when it came, and that none of it is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tiny_course import ASSIGNMENT, FIRST, SECOND, TinyCourse, hand_in

from autograder.arrival import Arrival, Reading
from autograder.cli import main
from autograder.collect import Refused, open_tree
from autograder.course.folder import Course, new_course
from autograder.course.grading import collected
from autograder.course.ledger import BadLedger, Ledger, open_ledger
from autograder.exchange import open_exchange
from autograder.intake import Taken, take_in

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROSTER = """\
id,first name,last name,email,extension
ada,Ada,Lovelace,ada@example.org,
lilei,雷,李,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiny = TinyCourse(tmp_path / "tiny")
    new_course(tmp_path / "course", [ASSIGNMENT], ["en"], "", tiny.folder)
    (tmp_path / "course" / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return tmp_path / "course"


def arrival(
    student: str, content: bytes = b"{}", time: datetime = NOON, name: str = FIRST
) -> Arrival:
    return Arrival(student, ASSIGNMENT, name, lambda: content, time)


def take(folder: Path, *arrivals: Arrival) -> Taken:
    """Take work in, as a command does, from the files that there are."""
    return take_in(Course.open(folder), Ledger(folder), Reading([*arrivals]))


def lying(folder: Path) -> dict[str, bytes]:
    """Return all notebooks below submitted/ and unmatched/."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for root in ("submitted", "unmatched")
        for path in sorted((folder / root).rglob("*.ipynb"))
    }


def test_work_goes_to_the_id_of_whom_a_name_means(folder: Path) -> None:
    taken = take(folder, arrival("Lovelace Ada"), arrival("李雷", name=SECOND))
    assert sorted(lying(folder)) == [
        f"submitted/ada/{ASSIGNMENT}/{FIRST}.ipynb",
        f"submitted/lilei/{ASSIGNMENT}/{SECOND}.ipynb",
    ]
    assert (taken.new, taken.unmatched) == (2, {})
    stamp = folder / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt"
    assert stamp.read_text() == "2027-03-01 12:00:00.000000 UTC"


def test_unknown_work_is_kept_with_a_guess_until_somebody_says_whose_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = take(folder, arrival("Ada Lovelase", b"1"), arrival("???", b"2"))
    assert taken.unmatched == {"Ada Lovelase": 1, "???": 1}
    kept = lying(folder)
    assert sorted(kept.values()) == [b"1", b"2"]
    assert all(place.startswith("unmatched/") for place in kept)
    # The command prints a line that can be put into course.toml as it is.
    assert main(["release", str(folder)]) == 0
    assert main(["collect", str(folder)]) == 0
    said = capsys.readouterr().err
    (line,) = (line for line in said.splitlines() if "Lovelase" in line)
    assert '"Ada Lovelase" = "ada"' in line
    with (folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert main(["collect", str(folder)]) == 0
    after = lying(folder)
    assert after[f"submitted/ada/{ASSIGNMENT}/{FIRST}.ipynb"] == b"1"
    assert sorted(after.values()) == [b"1", b"2"]
    # It came when it came, not when somebody said whose it is.
    assert Ledger(folder).time(("ada", ASSIGNMENT, FIRST)) == NOON


def test_a_name_that_can_be_no_folder_is_kept_too(folder: Path) -> None:
    names = ["../../etc", "a/b", "", ".hidden", "x" * 500, "C:"]
    taken = take(folder, *(arrival(name, name.encode()) for name in names))
    assert sorted(lying(folder).values()) == sorted(name.encode() for name in names)
    assert len(taken.unmatched) == len(names)
    assert not list(folder.parent.glob("etc*"))


def test_newer_work_replaces_older_work_and_never_the_other_way_round(
    folder: Path,
) -> None:
    place = f"submitted/ada/{ASSIGNMENT}/{FIRST}.ipynb"
    take(folder, arrival("ada", b"second", NOON))
    taken = take(folder, arrival("ada", b"first", NOON - HOUR))
    assert lying(folder)[place] == b"second"
    assert taken.older == [f"ada/{ASSIGNMENT}/{FIRST}"]
    take(folder, arrival("ada", b"third", NOON + HOUR))
    assert lying(folder)[place] == b"third"
    # Other notebooks of the same submission stay.
    take(folder, arrival("ada", b"other", NOON + HOUR, SECOND))
    assert sorted(lying(folder).values()) == [b"other", b"third"]


def test_the_same_file_again_keeps_its_earlier_time(folder: Path) -> None:
    take(folder, arrival("ada", b"1", NOON))
    before = (folder / "arrivals.csv").read_bytes()
    taken = take(folder, arrival("ada", b"1", NOON + HOUR))
    assert (taken.new, taken.same) == (0, 1)
    assert (folder / "arrivals.csv").read_bytes() == before
    take(folder, arrival("ada", b"1", NOON - HOUR))
    assert Ledger(folder).time(("ada", ASSIGNMENT, FIRST)) == NOON - HOUR


def test_who_collects_at_the_same_time_waits_and_loses_nothing(
    folder: Path, tmp_path: Path
) -> None:
    assert main(["release", str(folder)]) == 0
    hand_in(tmp_path / "class", "ada", {FIRST: b"{}"})
    command = [sys.executable, "-m", "autograder", "collect", folder, "class"]
    with open_ledger(folder) as ledger:
        other = subprocess.Popen(
            command, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        assert other.stderr is not None
        assert f"Waiting for another command in {folder}" in other.stderr.readline()
        take_in(Course.open(folder), ledger, Reading([arrival("lilei")]))
    assert other.wait(60) == 0, other.stderr.read()
    other.stderr.close()
    students = {student for student, _, _ in Ledger(folder).lines}
    assert students == {"ada", "lilei"}


def test_a_refused_file_is_graded_as_invalid_not_as_missing(folder: Path) -> None:
    def refuse() -> bytes:
        raise Refused("too-big")

    taken = take(folder, Arrival("ada", ASSIGNMENT, FIRST, refuse, NOON))
    assert taken.refused == [f"ada/{ASSIGNMENT}/{FIRST}: too-big"]
    course = Course.open(folder)
    (submission,) = collected(course, Ledger(folder)).submissions
    assert submission.refused == {FIRST: "too-big"}
    # A good file mends it.
    take(folder, arrival("ada", b"{}", NOON + HOUR))
    (submission,) = collected(course, Ledger(folder)).submissions
    assert not submission.refused


def test_what_others_put_into_submitted_is_found_with_its_time(folder: Path) -> None:
    """nbgrader's own collect, or a person, may have put it there."""
    home = folder / "submitted" / "zoë" / ASSIGNMENT
    home.mkdir(parents=True)
    (home / f"{FIRST}.ipynb").write_bytes(b"{}")
    (home / "timestamp.txt").write_text("2027-03-01 20:00:00 Asia/Shanghai")
    (home / f"{SECOND}.ipynb").symlink_to("/etc/passwd")
    ledger = Ledger(folder)
    found = collected(Course.open(folder), ledger)
    assert found.submissions[0].refused == {SECOND: "symlink"}
    assert ledger.time(("zoë", ASSIGNMENT, FIRST)) == NOON
    assert any("'zoë' is not in the roster" in said for said in found.ignored)


def test_times_come_from_the_stamp_else_from_the_file(
    folder: Path, tmp_path: Path
) -> None:
    source = tmp_path / "class"
    for student in ("ada", "lilei"):
        home = source / student / ASSIGNMENT
        home.mkdir(parents=True)
        (home / f"{FIRST}.ipynb").write_bytes(b"{}")
        os.utime(home / f"{FIRST}.ipynb", (NOON.timestamp(),) * 2)
    (source / "lilei" / ASSIGNMENT / "timestamp.txt").write_text(
        "2027-03-01 11:00:00 UTC"
    )
    editions = Course.open(folder).editions
    local = NOON.astimezone().timetuple()[:6]
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for path in sorted(source.rglob("*.*")):
            name = f"all/{path.relative_to(source).as_posix()}"
            archive.writestr(zipfile.ZipInfo(name, local), path.read_bytes())
    for form in (source, tmp_path / "class.zip"):
        with open_tree(form, editions) as reading:
            times = {item.student: item.time for item in reading.arrivals}
        assert times == {"ada": NOON, "lilei": NOON - HOUR}


def test_a_time_of_one_s_own_needs_its_offset(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["collect", str(folder), str(tmp_path), "--received", "2027-03-01T12:00"])
    assert ended.value.code == 2
    assert "needs its offset from UTC" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "ada,pytorch,01-access,2027-03-01T12:00:00,00,",
        "ada,pytorch,01-access,yesterday,00,",
        "ada,pytorch",
        '"ada',
    ],
)
def test_a_damaged_ledger_is_refused_with_its_line(folder: Path, line: str) -> None:
    take(folder, arrival("ada"))
    path = folder / "arrivals.csv"
    head = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(f"{head}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadLedger, match=r"arrivals\.csv, line 2: .*delete the file"):
        Ledger(folder)


# ---- nbgrader's exchange ---------------------------------------------------


def submit(root: Path, name: str, **notebooks: bytes) -> Path:
    """Write a submission as nbgrader's own submit does."""
    folder = root / "course" / "inbound" / name
    folder.mkdir(parents=True)
    for key, content in notebooks.items():
        file = {"first": FIRST, "second": SECOND}.get(key, key)
        (folder / f"{file}.ipynb").write_bytes(content)
    (folder / "submission_secret.txt").write_text(f"secret of {name}")
    return folder


def test_each_notebook_of_the_exchange_has_the_time_of_its_last_change(
    folder: Path, tmp_path: Path
) -> None:
    """Who hands in the first lesson in time is not late with it for the second."""
    root = tmp_path / "exchange"
    early, late = "2027-03-01 12:00:00.000000 UTC", "2027-03-01 13:00:00.000000 UTC"
    submit(root, f"ada+{ASSIGNMENT}+{late}+b", first=b"1", second=b"2")
    submit(root, f"ada+{ASSIGNMENT}+{early}+a", first=b"1", second=b"0")
    submit(root, f"b+ob+{ASSIGNMENT}+{early}+c", first=b"3", stray=b"4")
    submit(root, f"eve+other+{early}+d", first=b"5")
    (root / "course" / "inbound" / "junk").touch()
    course = Course.open(folder)
    for _ in range(2):  # it is safe to run twice
        ledger = Ledger(folder)
        with open_exchange(root, "course", course.editions) as reading:
            taken = take_in(course, ledger, reading)
        assert ledger.time(("ada", ASSIGNMENT, FIRST)) == NOON
        assert ledger.time(("ada", ASSIGNMENT, SECOND)) == NOON + HOUR
        assert lying(folder) == {
            f"submitted/ada/{ASSIGNMENT}/{FIRST}.ipynb": b"1",
            f"submitted/ada/{ASSIGNMENT}/{SECOND}.ipynb": b"2",
            f"unmatched/b+ob/{ASSIGNMENT}/{FIRST}.ipynb": b"3",
        }
        assert len(taken.ignored) == 3
        assert not taken.older
    home = folder / "submitted" / "ada" / ASSIGNMENT
    assert (home / "timestamp.txt").read_text() == late
    secret = (home / "submission_secret.txt").read_text()
    assert secret == f"secret of ada+{ASSIGNMENT}+{late}+b"
