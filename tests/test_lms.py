"""What learning platforms write is read, and what they read is written.

The fixtures in tests/lms/ come from each platform's own documentation; the page
there says which. No test here runs a notebook: the grades are given.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_course import ASSIGNMENT, FIRST, SECOND, TinyCourse

from autograder.arrival import Reading
from autograder.cli import main
from autograder.collect import BadSource
from autograder.course.folder import Course, new_course
from autograder.course.ledger import Ledger
from autograder.course.origins import BadOrigins, Origin, Origins
from autograder.course.roster import Roster, Student, read_roster
from autograder.export import GradeLine, write_csv
from autograder.feedback import Page
from autograder.intake import Taken, take_in
from autograder.journal import Entry, Row
from autograder.lms.canvas_gradebook import write_canvas
from autograder.lms.feedback_files import write_canvas_feedback, write_moodle_feedback
from autograder.lms.grades import Wanted
from autograder.lms.gradescope_grades import write_gradescope
from autograder.lms.lessons import Lessons, split_copy
from autograder.lms.moodle_worksheet import write_moodle
from autograder.lms.readers import READERS, reader_for
from autograder.lms.sheet import BadTemplate, guarded, unguarded
from autograder.release import Exercise
from autograder.result import Result

LMS = Path(__file__).parent / "lms"
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVIL = '=HYPERLINK("http://example.org","Ann")'


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    return TinyCourse(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def folder(tiny: TinyCourse, tmp_path: Path) -> Path:
    """A course that is released, with the roster of the fixtures."""
    new_course(tmp_path / "course", [ASSIGNMENT], ["en"], "Course", tiny.folder)
    solutions = tmp_path / "course" / "solutions"
    solutions.symlink_to(tiny.folder / "solutions")
    (tmp_path / "course" / "roster.csv").write_bytes((LMS / "roster.csv").read_bytes())
    return tmp_path / "course"


def paths(name: str) -> list[str]:
    return (LMS / name).read_text(encoding="utf-8").splitlines()


def content(tiny: TinyCourse, path: str) -> bytes:
    """Return a notebook that is another one for each path."""
    if not path.endswith(".ipynb"):
        return path.encode()
    notebook = tiny.student()
    notebook.cells.append(nbformat.v4.new_markdown_cell(path))
    return json.dumps(notebook).encode()


def packed(
    tiny: TinyCourse,
    target: Path,
    names: list[str],
    form: Callable[[str], str] = str,
    root: str = "",
    **more: bytes,
) -> Path:
    """Write a download as a ZIP, all of it made at one moment, as platforms do."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(root + form(name), (2027, 3, 2, 9, 0, 0))
            archive.writestr(info, content(tiny, name))
        for name, data in more.items():
            archive.writestr(root + name.replace("__", "."), data)
    return target


def unpacked(source: Path, target: Path) -> Path:
    with zipfile.ZipFile(source) as archive:
        archive.extractall(target)
    return target


@contextmanager
def opened(folder: Path, source: Path) -> Iterator[Reading]:
    course = Course.open(folder)
    reader = reader_for(source, course.editions)
    with reader.read(source, course.editions, course.shelf()) as reading:
        yield reading


def take(folder: Path, source: Path, received: datetime | None = None) -> Taken:
    with opened(folder, source) as reading:
        course = Course.open(folder)
        return take_in(course, Ledger(folder), reading, received)


def lying(folder: Path) -> dict[str, str]:
    """Return the last line of every notebook: from which path it came."""
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_bytes())["cells"][-1][
            "source"
        ]
        for root in ("submitted", "unmatched")
        for path in sorted((folder / root).rglob("*.ipynb"))
    }


def place(student: str, name: str = FIRST) -> str:
    return f"submitted/{student}/{ASSIGNMENT}/{name}.ipynb"


# ---- Moodle ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["moodle-folders.txt", "moodle-flat.txt"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("as_folder", [False, True])
def test_moodle(
    tiny: TinyCourse,
    folder: Path,
    tmp_path: Path,
    name: str,
    form: str,
    as_folder: bool,
) -> None:
    def shape(path: str) -> str:
        return unicodedata.normalize(form, path)

    source = packed(tiny, tmp_path / "PL-Access-77.zip", paths(name), shape)
    if as_folder:
        source = unpacked(source, tmp_path / "PL-Access-77")
    with opened(folder, source) as reading:
        assert (reading.platform, reading.download) == ("moodle", "PL-Access-77")
    taken = take(folder, source)
    found = lying(folder)
    kept = {key for key in found if key.startswith("submitted/")}
    ids = ["s001", "s002", "s003", "s004", "s005", "s006", "s010"]
    assert kept == {place(student) for student in ids}
    # The newest of two counts, and the other one is named.
    assert "(1)" in found[place("s001")]
    assert any("is older than" in said for said in taken.ignored)
    # Whose it is cannot be told: kept, with their numbers, never mixed up.
    waiting = {key.split("/")[1] for key in found if key.startswith("unmatched/")}
    assert waiting == {
        "Ada Lovelase (moodle 20099)",
        "Émile Zola (moodle 20097)",
        "Wei Li (moodle 20008)",
        "Wei Li (moodle 20009)",
    }
    assert {*taken.unmatched} == waiting
    assert any("Eve Adams" in said for said in taken.ignored)
    assert any("--received" in said for said in taken.notes)
    # Running it again changes nothing.
    before = (folder / "origins.csv").read_bytes()
    again = take(folder, source)
    assert (again.new, again.refused) == (0, [])
    assert lying(folder) == found
    assert (folder / "origins.csv").read_bytes() == before


def test_feedback_goes_back_into_moodle_s_own_folders(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    for name in ("moodle-folders.txt", "moodle-flat.txt"):
        source = packed(tiny, tmp_path / f"{name[:-4]}.zip", paths(name), root="all/")
        take(folder, source, NOON)
        for student in ("s001", "s002", "s003"):
            page = folder / "feedback" / student / ASSIGNMENT / f"{FIRST}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(f"<p>{student}</p>", encoding="utf-8")
        (path,) = write_moodle_feedback(wanted(folder, tmp_path))
        assert path.name == f"moodle-feedback-{name[:-4]}.zip"
        with zipfile.ZipFile(path) as archive:
            written = {item: archive.read(item) for item in archive.namelist()}
        folders = "folders" in name
        # Since 4.1 a folder has no underscore at its end.
        ends = ("_/", "/", "/") if folders else ("_", "_", "_")
        students = ("Ada Lovelace_20001", "李 雷_20002", "さくら_20003")
        middle = {
            f"s00{i}": f"{student}_assignsubmission_file{end}"
            for i, (student, end) in enumerate(zip(students, ends, strict=True), 1)
        }
        assert written == {
            f"all/{folder_}{FIRST}.html": f"<p>{student}</p>".encode()
            for student, folder_ in middle.items()
        }


# ---- Canvas ----------------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_canvas(tiny: TinyCourse, folder: Path, tmp_path: Path, form: str) -> None:
    set_deadline(folder, NOON)
    source = packed(
        tiny,
        tmp_path / "submissions.zip",
        paths("canvas-submissions.txt"),
        lambda path: unicodedata.normalize(form, path),
    )
    with opened(folder, source) as reading:
        assert reading.platform == "canvas"
    taken = take(folder, source)
    found = lying(folder)
    kept = {key for key in found if key.startswith("submitted/")}
    ids = ["s001", "s002", "s003", "s004", "s005", "s006", "s010"]
    assert kept == {place(student) for student in ids}
    # Of three uploads the last one counts, whatever name it has.
    assert found[place("s001")] == "lovelaceada_30001_500025_01-access.ipynb"
    assert len([key for key in found if key.startswith("unmatched/")]) == 3
    assert any("adamseve" in said for said in taken.ignored)
    # Who was in time by Canvas is in time here, whenever it was downloaded.
    ledger = Ledger(folder)
    assert ledger.time(("s001", ASSIGNMENT, FIRST)) == NOON
    late = ledger.time(("s002", ASSIGNMENT, FIRST))
    assert late is not None
    assert late > NOON
    assert sorted(taken.late) == [
        f"s002/{ASSIGNMENT}/{FIRST}",
        f"s006/{ASSIGNMENT}/{FIRST}",
    ]


def test_canvas_takes_back_the_names_that_it_gave(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    names = paths("canvas-submissions.txt")
    take(folder, packed(tiny, tmp_path / "submissions.zip", names), NOON)
    results = tuple(
        Result(Exercise(name, 4.0, False), 2.0, "graded", message)
        for name, message in (("double", "<b>3 | 4</b> `x`"), ("halve", "一半"))
    )
    entry = Entry("s002", ASSIGNMENT, FIRST, "key", "zh", results, ("note",))
    pages = {entry.place: Page(entry, 1.0)}
    (path,) = write_canvas_feedback(wanted(folder, tmp_path), pages)
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        notebook = nbformat.reads(archive.read(name).decode(), as_version=4)
    assert name == "李雷_LATE_30002_500030_01-access.ipynb"
    nbformat.validate(notebook)
    (cell,) = notebook.cells
    assert "<b>" not in cell.source
    assert "一半" in cell.source
    assert "3 / 8" in cell.source


def test_an_anonymous_download_is_kept_until_it_is_said_who_it_is(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    names = [
        "anon_aB3dE_500010_01-access.ipynb",
        "LATE_anon_Zz9_500020_01-access.ipynb",
    ]
    taken = take(folder, packed(tiny, tmp_path / "anonymous.zip", names))
    assert {*taken.unmatched} == {"anon_aB3dE", "anon_Zz9"}


# ---- Gradescope ------------------------------------------------------------


def gradescope(tiny: TinyCourse, target: Path, metadata: bytes | None = None) -> Path:
    own = (LMS / "gradescope" / "submission_metadata.yml").read_bytes()
    data = own if metadata is None else metadata
    names = paths("gradescope/files.txt")
    root = "assignment_9_export/"
    return packed(tiny, target, names, root=root, submission_metadata__yml=data)


def test_gradescope(tiny: TinyCourse, folder: Path, tmp_path: Path) -> None:
    taken = take(folder, gradescope(tiny, tmp_path / "export.zip"))
    found = lying(folder)
    assert found[place("s001")].startswith("submission_400000005/")  # 11:59, not 11:58
    assert found[place("s002")] == found[place("s005")]  # a group
    assert place("s009") in found
    assert {*taken.unmatched} == {"Ada Lovelase (0042, al@example.com)"}
    assert not taken.notes  # its times can be trusted
    came = Ledger(folder).time(("s002", ASSIGNMENT, FIRST))
    assert came == NOON + HOUR / 2


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (b"[" * 100_000, "nested too deep"),
        (b"{a: " * 50_000, "nested too deep"),
        (b"\xff\xfe", "cannot be read"),
        (b"a: &a [*a]\nb: <<", "cannot be read"),
        (b"a: [unclosed", "cannot be read"),
        (b"? [1]\n: 2", "cannot be read"),
    ],
)
def test_metadata_that_is_none_is_refused_in_one_sentence(
    tiny: TinyCourse, folder: Path, tmp_path: Path, metadata: bytes, words: str
) -> None:
    source = gradescope(tiny, tmp_path / "export.zip", metadata)
    course = Course.open(folder)
    reader = reader_for(source, course.editions)
    with (
        pytest.raises(BadSource, match=rf"^submission_metadata\.yml [^\n]*{words}"),
        reader.read(source, course.editions, course.shelf()),
    ):
        pass


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"- 1",
        b"submission_400000001: 3",
        b"submission_400000001: {':submitters': [3, {':name': [x]}]}",
        b'submission_400000001: !!python/object/apply:os.system ["touch /tmp/run"]',
    ],
)
def test_without_names_the_work_is_kept_under_its_number(
    tiny: TinyCourse, folder: Path, tmp_path: Path, metadata: bytes
) -> None:
    taken = take(folder, gradescope(tiny, tmp_path / "export.zip", metadata))
    assert {*taken.unmatched} == {f"submission_40000000{i}" for i in range(1, 6)}


# ---- Which lesson, and whose -----------------------------------------------


@pytest.mark.parametrize(
    ("stem", "name", "number"),
    [
        ("01-access", "01-access", 0),
        ("01-access (2)", "01-access", 2),
        ("01-access-3", "01-access", 3),
        ("01-access-1 (4)", "01-access", 4),
        ("01-access - Copy", "01-access", 1),
        ("01-access copy 2", "01-access", 2),
        ("01-access（5）", "01-access", 5),
        ("01-access - 副本", "01-access", 1),
        ("(1)", "(1)", 0),
    ],
)
def test_the_number_of_a_copy_is_taken_off(stem: str, name: str, number: int) -> None:
    found, copy = split_copy(stem)
    if stem != "01-access":  # its own number is part of a lesson's name
        assert (found, copy) == (name, number)


def test_a_notebook_is_known_by_name_by_what_it_says_and_by_its_cells(
    tiny: TinyCourse,
) -> None:
    editions = {ASSIGNMENT: [FIRST, SECOND], "mxnet": [FIRST]}
    lessons = Lessons(editions, tiny.shelf)

    def known(name: str, notebook: object, *folders: str) -> object:
        data = json.dumps(notebook).encode()
        found = lessons.place(name, folders, lambda: data)
        return found and (found.assignment, found.notebook)

    blank = nbformat.v4.new_notebook()
    assert known("01_ACCESS (1)", blank, "mxnet") == ("mxnet", FIRST)
    said = nbformat.v4.new_notebook()
    said.metadata.paramlab = {"framework": "mxnet", "lesson": FIRST, "language": "en"}
    assert known("final", said) == ("mxnet", FIRST)
    said.metadata.paramlab = {"framework": ["mxnet"], "lesson": {}}
    assert known("final", said) is None
    second = tiny.solved(SECOND)
    assert known("final", second) == (ASSIGNMENT, SECOND)
    for cell in second.cells:  # as Colab leaves it
        cell.metadata = {}
        cell.id = "x" + cell.id
    assert known("final", second) == (ASSIGNMENT, SECOND)
    assert known("final", blank) is None
    both = tiny.student()  # as much of one lesson as of the other
    mixed = [*both.cells, *tiny.student(SECOND).cells]
    both.cells = [cell for cell in mixed if cell.id in ("goals", "more", "question")]
    assert len(both.cells) == 4
    assert known("final", both) is None
    assert known("final", [1]) is None


def test_a_renamed_file_in_a_plain_folder_is_taken_too(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "class" / "Ada Lovelace" / ASSIGNMENT
    home.mkdir(parents=True)
    (home / "my homework.ipynb").write_bytes(content(tiny, "a.ipynb"))
    (home.parent / "04-exercises (1).ipynb").write_bytes(content(tiny, "b.ipynb"))
    (home / "shopping.ipynb").write_text("{}")
    taken = take(folder, tmp_path / "class")
    assert {*lying(folder)} == {place("s001"), place("s001", SECOND)}
    (said,) = taken.ignored
    assert "shopping" in said


def test_a_name_that_two_bear_is_not_given_to_both(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    with (folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write('"Wei Li" = "s008"\n')
    own = "assignsubmission_file/01-access.ipynb"
    names = [f"Wei Li_1_{own}", f"Wei Li_2_{own}"]
    taken = take(folder, packed(tiny, tmp_path / "two.zip", names))
    assert {*taken.shared} == {"s008"}
    assert not any(key.startswith("submitted/") for key in lying(folder))
    taken = take(folder, packed(tiny, tmp_path / "one.zip", names[:1]))
    assert {*taken.shared} == {"s008"}  # the other one still waits


def test_the_origin_is_that_of_the_work_which_lies_there(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    own = "assignsubmission_file/01-access.ipynb"
    for name, number, received in (("new", 1, NOON), ("old", 2, NOON - HOUR)):
        files = [f"Ada Lovelace_{number}_{own}"]
        take(folder, packed(tiny, tmp_path / f"{name}.zip", files), received)
    assert Origins(folder).lines["s001", ASSIGNMENT, FIRST].download == "new"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("s006", "s006"),
        ("ZOE@example.org", "s006"),
        ("Müller Zoë", "s006"),
        ("muller, zoe", "s006"),
        ("ＭＵＬＬＥＲ　ＺＯＥ", "s006"),
        ("mullerzoe (canvas 1)", "s006"),
        ("somebody else (s006, x@y)", "s006"),
        ("李雷", "s002"),
        ("雷 李", "s002"),
        ("山田 太郎", "s010"),
        ("さくら", "s003"),
        ("さぐら", None),  # another mark is another letter
        ("Wei Li", None),  # two
        ("ONEIL TOM", "s005"),
        ("Noor Haddad Jr", "s004"),
        (EVIL + " =1+1", "s007"),
        ("", None),
        ("()", None),
    ],
)
def test_a_name_finds_its_student(found: str, expected: str | None) -> None:
    roster = read_roster(LMS / "roster.csv")
    for form in ("NFC", "NFD"):
        assert roster.match(unicodedata.normalize(form, found)) == expected


def test_an_exact_name_wins_over_one_that_is_like_it() -> None:
    people = [Student("a", "Ana", "Müller"), Student("b", "Ana", "Muller")]
    roster = Roster({person.id: person for person in people})
    assert roster.match("Ana Müller") == "a"
    assert roster.match("Ana Muller") == "b"
    assert roster.find("ana mullér").ids == ("a", "b")


def test_a_number_of_a_platform_is_no_id_of_the_school() -> None:
    roster = Roster({"12345": Student("12345", "Ada", "Lovelace")})
    assert roster.match("Somebody Else (canvas 12345)") is None
    own = Student("x", "Ada", "Lovelace", more={"canvas id": "7"})
    assert Roster({"x": own}).match("A. L. (canvas 7)") == "x"


def test_several_names_for_one_student_are_named_and_wait(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    names = [
        "Ada Lovelace_1_assignsubmission_file_/01-access.ipynb",
        "ADA LOVELACE_2_assignsubmission_file_/01-access.ipynb",
    ]
    source = packed(tiny, tmp_path / "two.zip", names)
    taken = take(folder, source)
    labels = ["Ada Lovelace (moodle 1)", "ADA LOVELACE (moodle 2)"]
    assert taken.shared == {"s001": labels}
    assert {*taken.unmatched} == {*labels}
    # One of them is said to be hers. The other one is somebody else's for good.
    with (folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write(f'"{labels[0]}" = "s001"\n')
    for reading in (Reading(), Reading()):
        taken = take_in(Course.open(folder), Ledger(folder), reading)
        assert {*taken.unmatched} == {labels[1]}
    assert lying(folder)[place("s001")] == names[0]
    # Where the work came from went with it.
    lines = Origins(folder).lines
    assert lines["s001", ASSIGNMENT, FIRST].path == names[0]
    assert lines[labels[1], ASSIGNMENT, FIRST].path == names[1]


def test_what_several_students_may_have_is_printed_with_all_of_them(
    tiny: TinyCourse, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = packed(tiny, tmp_path / "m.zip", paths("moodle-folders.txt"))
    assert main(["collect", str(folder), str(source)]) == 0
    said = capsys.readouterr().err
    assert '"Wei Li (moodle 20008)" = "s008"  # 1 notebooks, or s009' in said
    assert '"Ada Lovelase (moodle 20099)" = "s001"  # 1 notebooks' in said
    assert "Note: Moodle does not write" in said


@pytest.mark.parametrize("line", ["a,b", "a,b,c,d,e,f,g,h", '"a'])
def test_a_damaged_note_of_origins_is_refused_with_its_line(
    folder: Path, line: str
) -> None:
    origins = Origins(folder)
    origins.lines["a", "b", "c"] = Origin("moodle", "d", "e", "f")
    origins.write()
    with (folder / "origins.csv").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(BadOrigins, match=r"origins\.csv, line 3"):
        Origins(folder)


# ---- Hostile downloads -----------------------------------------------------


def test_a_download_leads_nowhere_else(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    own = "_assignsubmission_file_/01-access.ipynb"
    names = [f"../../Eve_1{own}", f"/etc/Eve_2{own}", f"Ada Lovelace_3{own}"]
    names.append(f"a/../b/Eve_5{own}")
    source = packed(tiny, tmp_path / "d.zip", names)
    link = zipfile.ZipInfo(f"さくら_4{own}", (2027, 3, 2, 9, 0, 0))
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    before = {*tmp_path.rglob("*")} - {*folder.rglob("*")}
    taken = take(folder, source)
    assert {*lying(folder)} == {place("s001")}
    assert taken.refused == [f"s003/{ASSIGNMENT}/{FIRST}: symlink"]
    assert len(taken.ignored) == 3
    assert {*tmp_path.rglob("*")} - {*folder.rglob("*")} == before


def test_a_download_is_read_within_limits(
    tiny: TinyCourse, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.collect.MAX_NOTEBOOK", 100_000)
    own = "_1_assignsubmission_file_"
    source = tmp_path / "bomb.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"Ada Lovelace{own}/01-access.ipynb", b" " * 10_000_000)
        archive.writestr(f"さくら{own}/some.ipynb", b" " * 10_000_000)
    taken = take(folder, source)
    assert taken.refused == [f"s001/{ASSIGNMENT}/{FIRST}: too-big"]
    assert any("too-big" in said for said in taken.ignored)
    monkeypatch.setattr("autograder.collect.MAX_ARCHIVE", 100)
    with pytest.raises(BadSource, match="more than 100 bytes"):
        take(folder, packed(tiny, tmp_path / "m.zip", paths("moodle-flat.txt")))
    monkeypatch.setattr("autograder.collect.MAX_ENTRIES", 1)
    with pytest.raises(BadSource, match="more than 1 entries"):
        take(folder, source)


@pytest.mark.parametrize("reader", [item.name for item in READERS[:3]])
def test_another_source_is_no_download(
    folder: Path, tmp_path: Path, reader: str
) -> None:
    course = Course.open(folder)
    found = next(item for item in READERS if item.name == reader)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no ZIP")
    for name in ("empty", "text.zip", "missing"):
        assert not found.recognises(tmp_path / name, course.editions)
        with (
            pytest.raises(BadSource),
            found.read(tmp_path / name, course.editions, course.shelf()),
        ):
            pass


# ---- Grades ----------------------------------------------------------------


def set_deadline(folder: Path, moment: datetime) -> None:
    path = folder / "course.toml"
    text = path.read_text(encoding="utf-8")
    line = f"[deadline]\nall = {moment.isoformat()}\n"
    path.write_text(text.replace("[deadline]\n", line), encoding="utf-8")


def wanted(folder: Path, out: Path, **more: object) -> Wanted:
    """Return what a table is to hold: half the roster handed something in."""
    course = Course.open(folder)
    lines = []
    for i, student in enumerate(course.roster.students.values()):
        if i % 2 == 0:
            earned = {FIRST: 6.5 + i / 4, SECOND: 4.0}
            rows = [
                Row(student.id, ASSIGNMENT, name, "x", 1.0, 1.0, "graded", "")
                for name in earned
            ]
            most, off = {FIRST: 10.0, SECOND: 4.0}, {FIRST: 1.0}
            score = sum(earned.values()) - 1
            lines.append(
                GradeLine(
                    student, ASSIGNMENT, score, 14.0, 1.0, earned, rows, most, off
                )
            )
        else:
            lines.append(GradeLine(student, ASSIGNMENT, 0.0, 14.0))
    asked = Wanted(course, lines, out / "exports", Origins(folder))
    return replace(asked, **more)  # type: ignore[arg-type]


SCORES = {"s001": "5.5", "s003": "6", "s005": "6.5", "s007": "7", "s009": "7.5"}
SCORES["s011"] = "8"


def cells(path: Path) -> list[list[str]]:
    """Read a table as a program that knows nothing of ours does."""
    text = path.read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def runs(cell: str) -> bool:
    """Tell whether a spreadsheet program would take a cell for a formula to run."""
    if cell.startswith('="') and cell.endswith('"'):
        return '"' in cell[2:-1].replace('""', "")
    return cell not in ("", "-") and cell.lstrip()[:1] in tuple("=+-@")


def test_canvas_s_gradebook_is_filled_and_else_as_it_was(
    folder: Path, tmp_path: Path
) -> None:
    template = LMS / "canvas-gradebook.csv"
    asked = wanted(folder, tmp_path, template=template)
    (path,) = write_canvas(asked)
    before, after = cells(template), cells(path)
    assert after[0] == before[0]
    assert after[2] == before[2]
    place_ = before[0].index("Access (4321)")
    names = [line[0] for line in after]
    grades = {line[2]: line[place_] for line in after[3:]}
    assert {k: grades[k] for k in ("s001", "s007", "s009", "s011")} == {
        k: SCORES[k] for k in ("s001", "s007", "s009", "s011")
    }
    assert grades["s002"] == ""  # nothing was handed in
    assert grades["x077"] == "3"
    assert after[5][place_] == "N/A"  # Canvas has no such work for them
    assert after[7][place_] == "EX"
    for old, new in zip(before, after, strict=True):
        assert new[1:place_] == old[1:place_]
        assert new[place_ + 1 :] == old[place_ + 1 :]
        assert unguarded(new[0]) == unguarded(old[0])
    assert not [name for name in names if runs(name)]
    assert [name for name in names if name.startswith('="')]
    said = " ".join(asked.notes)
    assert "'Known, Nobody'" in said
    assert "Test" not in said
    assert "EX, which stays" in said


def test_a_column_of_canvas_s_may_be_named(folder: Path, tmp_path: Path) -> None:
    template = LMS / "canvas-gradebook.csv"
    essay = {"Essay, part 1": SECOND}
    with pytest.raises(BadTemplate, match="is 30 there and 4 here"):
        write_canvas(wanted(folder, tmp_path, template=template, columns=essay))
    asked = wanted(folder, tmp_path, template=template, columns=essay, scale=True)
    (path,) = write_canvas(asked)
    lines = cells(path)
    assert lines[3][7] == "30"
    assert lines[3][6] == ""  # only what was named
    with pytest.raises(BadTemplate, match="0 columns 'Nothing'"):
        write_canvas(
            wanted(folder, tmp_path, template=template, columns={"Nothing": FIRST})
        )
    with pytest.raises(BadTemplate, match="'99-x' is nothing that has grades"):
        write_canvas(
            wanted(folder, tmp_path, template=template, columns={"4322": "99-x"})
        )


def test_canvas_s_gradebook_from_nothing(folder: Path, tmp_path: Path) -> None:
    (path,) = write_canvas(wanted(folder, tmp_path, lessons=(FIRST,)))
    head, points, *lines = cells(path)
    assert head == [*["Student", "ID", "SIS User ID", "SIS Login ID", "Section"], FIRST]
    assert points == ["    Points Possible", "", "", "", "", "10"]
    assert {line[2]: line[5] for line in lines if line[5]} == SCORES
    by_id = {line[2]: line[0] for line in lines}
    assert by_id["s002"] == "李, 雷"
    assert by_id["s003"] == "さくら"
    assert by_id["s004"] == "Haddad, Jr., Noor"
    assert unguarded(by_id["s007"]) == f"=1+1, {EVIL}"
    assert not [cell for line in lines for cell in line if runs(cell)]
    (path,) = write_canvas(wanted(folder, tmp_path))
    assert cells(path)[0][5:] == ["Course"]
    assert cells(path)[2][5] == "9.5"


def test_moodle_s_worksheet_is_filled_and_else_as_it_was(
    folder: Path, tmp_path: Path
) -> None:
    template = LMS / "moodle-worksheet.csv"
    asked = wanted(folder, tmp_path, template=template, lessons=(FIRST,))
    (path,) = write_moodle(asked)
    before, after = cells(template), cells(path)
    assert path.read_bytes().startswith(b"Identifier")  # Moodle wrote no mark either
    by_email = {line[2]: line for line in after[1:]}
    assert by_email["ada@example.org"][4] == SCORES["s001"]
    assert by_email["ada@example.org"][9] == f"{FIRST}: 6.5 / 10 − 1"
    assert unguarded(by_email["bo@example.org"][1]) == "@sum +Bo"
    for old, new in zip(before, after, strict=True):
        assert [unguarded(new[1])] == [old[1]]
        assert [*new[:1], *new[2:4], *new[5:9]] == [*old[:1], *old[2:4], *old[5:9]]
        if not new[4] or old[9]:  # a person's own comment stays
            assert new[9] == old[9]
    assert by_email["ann@example.org"][4] == SCORES["s007"]
    assert not [cell for line in after for cell in line if runs(cell)]
    assert any("Nobody Known" in note for note in asked.notes)
    # Filled in again, it is the same.
    first = path.read_bytes()
    (path,) = write_moodle(replace(asked, template=path))
    assert path.read_bytes() == first
    # All of it is worth more than Moodle's maximum: it would leave grades out.
    with pytest.raises(BadTemplate, match="is 10 there and 14 here"):
        write_moodle(wanted(folder, tmp_path, template=template))


def test_a_worksheet_in_another_language(folder: Path, tmp_path: Path) -> None:
    text = (LMS / "moodle-worksheet.csv").read_text(encoding="utf-8")
    text = (
        text.replace(
            "Identifier,Full name,Email address,Status,Grade,Maximum Grade",
            ("ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung"),
        )
        .replace("Participant ", "Teilnehmer/in")
        .replace(",10.00,", ',"10,00",')
    )
    template = tmp_path / "Bewertungen.csv"
    template.write_text("\ufeff" + text, encoding="utf-8", newline="\r\n")
    asked = wanted(folder, tmp_path, template=template, lessons=(FIRST,))
    (path,) = write_moodle(asked)
    assert cells(path)[1][4:6] == ["5,5", "10,00"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbfID,")
    assert b"\r\n" in path.read_bytes()
    text = text.replace("Bewertung,", "Ocena,")
    template.write_text(text, encoding="utf-8")
    asked = wanted(folder, tmp_path, template=template, lessons=(FIRST,))
    with pytest.raises(BadTemplate, match="--column"):
        write_moodle(asked)
    (path,) = write_moodle(replace(asked, columns={"Ocena": "grade"}))
    assert cells(path)[1][4] == "5,5"


def test_worksheets_from_the_downloads_that_were_collected(
    tiny: TinyCourse, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadTemplate, match="--template"):
        write_moodle(wanted(folder, tmp_path))
    source = packed(tiny, tmp_path / "PL-77.zip", paths("moodle-folders.txt"))
    take(folder, source, NOON)
    (path,) = write_moodle(wanted(folder, tmp_path))
    assert path.name == "moodle-PL-77.csv"
    lines = {line[0]: line for line in cells(path)}
    assert len(lines) == 8
    # A worksheet without addresses is filled in by the numbers of the download.
    with (folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write('"Wei Li (moodle 20009)" = "s009"\n')
    take(folder, source, NOON)
    template = tmp_path / "w.csv"
    template.write_text(
        "Identifier,Full name,Grade\n"
        "Participant 20009,Wei Li,\nParticipant 20008,Wei Li,\n",
        encoding="utf-8",
    )
    (other,) = write_moodle(wanted(folder, tmp_path, template=template))
    assert [line[2] for line in cells(other)] == ["Grade", SCORES["s009"], ""]
    # One lesson was handed in there, so its grade alone.
    assert lines["Participant 20001"][1:6] == [
        *("Ada Lovelace", "ada@example.org", "Submitted for grading", "5.5", "10")
    ]


def test_a_lesson_s_grade_is_of_the_framework_that_a_student_chose(
    folder: Path, tmp_path: Path
) -> None:
    asked = wanted(folder, tmp_path, lessons=(FIRST,))
    template = tmp_path / "g.csv"
    head = "Student,ID,SIS User ID,SIS Login ID,Section,Access (1),mxnet (2)"
    lines = "".join(f"\nx,,s00{i},,1,," for i in (1, 3, 5))
    template.write_text(head + lines + "\n", encoding="utf-8")
    own = {line.student.id: line for line in asked.lines}
    settings = replace(asked.course.settings, frameworks=(ASSIGNMENT, "mxnet"))
    asked = replace(
        asked,
        course=replace(asked.course, settings=settings),
        template=template,
        lines=[
            own["s001"],
            replace(own["s003"], assignment="mxnet"),
            own["s005"],
            replace(own["s005"], assignment="mxnet", lessons={FIRST: 9.0}, score=11.0),
        ],
    )
    (path,) = write_canvas(asked)
    assert [line[5:] for line in cells(path)[1:]] == [
        *(["5.5", ""], ["6", "10"], ["8", "11"])
    ]
    assert any("s005 handed in 'Access (1)' in two" in note for note in asked.notes)


def test_gradescope_s_columns(folder: Path, tmp_path: Path) -> None:
    set_deadline(folder, NOON)
    ledger = Ledger(folder)
    ledger.note(("s001", ASSIGNMENT, FIRST), b"1", NOON + 26.5 * HOUR)
    ledger.write()
    (path,) = write_gradescope(wanted(folder, tmp_path, lessons=(FIRST,)))
    head, *lines = cells(path)
    title = FIRST
    assert head == [
        *("First Name", "Last Name", "SID", "Email", "Sections"),
        *(title, f"{title} - Max Points", f"{title} - Submission Time"),
        *(f"{title} - Lateness (H:M:S)", "Total Lateness (H:M:S)"),
    ]
    assert lines[0][2:] == [
        *("s001", "ada@example.org", "", "5.5", "10", "2027-03-02 14:30:00 +0000"),
        *("26:30:00", "26:30:00"),
    ]
    assert not [cell for line in lines for cell in line if runs(cell)]


def test_the_plain_table_runs_nothing_either(folder: Path, tmp_path: Path) -> None:
    asked = wanted(folder, tmp_path)
    lines = cells(write_csv(asked.course, asked.lines, asked.folder))
    assert not [cell for line in lines for cell in line if runs(cell)]
    students = asked.course.roster.students.values()
    people = [(s.id, s.first_name, s.last_name, s.email) for s in students]
    assert [tuple(map(unguarded, line[:4])) for line in lines[1:]] == people


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_every_name_survives_and_none_runs(name: str) -> None:
    cell = guarded(name)
    assert not runs(cell) or cell.lstrip("+-").replace(".", "").isdigit()
    if not name.startswith('="'):
        assert unguarded(cell) == name


@pytest.mark.parametrize(
    ("content_", "words"),
    [
        (b"", "is empty"),
        (b"\xff\xfeS\0", "is not UTF-8"),
        (b"Name,Grade\nAda,1\n", "is no gradebook of Canvas"),
        (b'Student,ID,Section\n"' + b"x" * 200_000, "field larger than field limit"),
    ],
)
def test_a_template_that_is_none_is_refused(
    folder: Path, tmp_path: Path, content_: bytes, words: str
) -> None:
    template = tmp_path / "template.csv"
    template.write_bytes(content_)
    with pytest.raises(BadTemplate, match=words):
        write_canvas(wanted(folder, tmp_path, template=template))


def test_lines_of_a_template_that_mean_one_student_stay(
    folder: Path, tmp_path: Path
) -> None:
    template = tmp_path / "g.csv"
    template.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Access (1)\n"
        "    Points Possible,,,,,10\n"
        '"Lovelace, Ada",1,s001,,,\n'
        '"Lovelace, A.",2,s001,,,3\n',
        encoding="utf-8",
    )
    asked = wanted(folder, tmp_path, template=template)
    (path,) = write_canvas(asked)
    assert [line[5] for line in cells(path)] == ["Access (1)", "10", "", "3"]
    assert any("Lines 3 and 4" in note for note in asked.notes)


# ---- The whole way ---------------------------------------------------------


def test_from_a_download_to_grades_and_feedback_and_back(
    tiny: TinyCourse, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Moodle's download, graded; its worksheet and its feedback files."""
    source = tmp_path / "PL-77.zip"
    solved = json.dumps(tiny.solved()).encode()
    name = "Ada Lovelace_20001_assignsubmission_file_/01-access (1).ipynb"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(name, solved)
    late = tmp_path / "submissions.zip"
    other = "さくら_LATE_30003_500040_homework.ipynb"
    with zipfile.ZipFile(late, "w") as archive:
        archive.writestr(other, json.dumps(tiny.solved(double="pass")).encode())
    template = str(LMS / "moodle-worksheet.csv")
    moodle = ["export", str(folder), "--for", "moodle", "--template", template]
    for command in (
        ["collect", str(folder), str(source)],
        ["collect", str(folder), str(late)],
        ["grade", str(folder)],
        ["export", str(folder), "--for", "canvas", "--for", "gradescope"],
        moodle,
    ):
        assert main(command) == 0, capsys.readouterr()
    exports = folder / "exports"
    assert cells(exports / "moodle-moodle-worksheet.csv")[1][4] == "10"
    by_id = {line[2]: line for line in cells(exports / "canvas.csv")}
    assert by_id["s003"][:2] == ["さくら", "30003"]
    assert [by_id[student][5] for student in ("s001", "s002", "s003")] == [
        "10",
        "",
        "6",
    ]
    by_id = {line[2]: line for line in cells(exports / "gradescope.csv")}
    assert by_id["s003"][5:7] == ["6", "14"]
    with zipfile.ZipFile(exports / "canvas-feedback-submissions.zip") as archive:
        assert archive.namelist() == [other]
        assert "6 / 10" in archive.read(other).decode()
    with zipfile.ZipFile(exports / "moodle-feedback-PL-77.zip") as archive:
        (page,) = archive.namelist()
    assert page == "Ada Lovelace_20001_assignsubmission_file_/01-access.html"
    before = {path.name: path.read_bytes() for path in exports.iterdir()}
    assert main(moodle) == 0
    assert {path.name: path.read_bytes() for path in exports.iterdir()} == before
    # What cannot be is one sentence.
    for more, words in (
        (["--for", "csv", "--template", template], "--template goes with"),
        (["--for", "canvas", "--template", template], "is no gradebook of Canvas"),
        (["--for", "moodle", "--column", "a=grade"], "--column says what"),
        (
            ["--for", "canvas", "--template", template, "--lesson", FIRST],
            "--column says which lesson",
        ),
        (["--for", "moodle", "--lesson", "nine"], "the lessons are"),
    ):
        capsys.readouterr()
        assert main(["export", str(folder), *more]) == 2
        said = capsys.readouterr().err
        (line,) = (x for x in said.splitlines() if "files, " not in x)  # the bar
        assert line.startswith("autograder: ")
        assert words in line
