"""The files that an instructor edits: what is right is taken, what is wrong is said.

A refusal names the file, the line and the key, and how to mend it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import nbformat
import pytest

from autograder.cli import main
from autograder.course.editions import with_points
from autograder.course.folder import Course, NoCourse, new_course
from autograder.course.late import LateRule
from autograder.course.roster import BadRoster, Roster, read_roster
from autograder.course.settings import BadSettings
from autograder.release import Shelf
from paramlab.exercises import EXERCISES, WRITTEN
from paramlab.judges.finding import Finding, Verdict
from paramlab.report import Report

DEADLINE = "# all = 2027-03-31T23:59:00+08:00"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    new_course(tmp_path / "params", ["pytorch"], ["en", "zh"], 'A "quoted" name')
    return tmp_path / "params"


def change(course: Path, before: str, after: str) -> int:
    """Change a text of course.toml and return the line that it stands in."""
    path = course / "course.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, after), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1


def test_a_new_course_has_everything_and_the_points_of_the_lessons(
    course: Path,
) -> None:
    settings = Course.open(course).settings
    assert settings.name == 'A "quoted" name'
    assert (settings.frameworks, settings.languages) == (("pytorch",), ("en", "zh"))
    assert settings.points == own_points()
    assert settings.due is None


def test_a_course_that_is_there_keeps_every_file(course: Path) -> None:
    (course / "roster.csv").write_text("id\nada\n", encoding="utf-8")
    change(course, "grace_minutes = 0", "grace_minutes = 5")
    before = {path: path.read_bytes() for path in course.iterdir() if path.is_file()}
    (course / ".gitignore").unlink()
    assert new_course(course, ["mxnet"], ["en"], "") == [".gitignore"]
    assert {p: p.read_bytes() for p in course.iterdir() if p.is_file()} == before


def test_a_folder_with_other_files_is_no_course(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(NoCourse, match="holds other files"):
        new_course(tmp_path, ["pytorch"], ["en"], "")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("before", "after", "key", "mend"),
    [
        ("survey = 8", "survy = 8", "points.survy", "did you mean 'survey'?"),
        ("survey = 8", "survey = -1", "points.survey", "from 0 up"),
        ("survey = 8", "survey = nan", "points.survey", "from 0 up"),
        ("survey = 8", "survey = true", "points.survey", "from 0 up"),
        ("survey = 8", 'survey = "8"', "points.survey", "from 0 up"),
        (
            DEADLINE,
            "all = 2027-03-31T23:59:00",
            "deadline.all",
            "offset from UTC, as 2027-",
        ),
        (
            DEADLINE,
            "all = 2027-03-31",
            "deadline.all",
            "UTC",
        ),
        (DEADLINE, 'all = "soon"', "deadline.all", "a time"),
        (
            DEADLINE,
            "05-more = 2027-03-31T23:59:00Z",
            "deadline.05-more",
            "no such lesson",
        ),
        ('rule = "none"\n', 'rule = "point"\n', "late.rule", "did you mean 'points'?"),
        ('rule = "none"\n', 'rule = "points"\n', "late", "needs an amount"),
        ('rule = "none"\n', 'rule = "none"\namount = 2\n', "late", "takes no amount"),
        ('rule = "none"\n', 'rule = "points"\namount = 0\n', "late.amount", "above 0"),
        ('rule = "none"\n', 'rule = "percent"\namount = 200\n', "late.amount", "100"),
        ("grace_minutes = 0", "grace_minutes = -1", "late.grace_minutes", "from 0 up"),
        ("grace_minutes = 0", "grace = 10", "late.grace", "grace_minutes"),
        ('["pytorch"]', '["torch"]', "frameworks", "did you mean 'pytorch'?"),
        ('["pytorch"]', '"pytorch"', "frameworks", "name at least one"),
        ('["en", "zh"]', "[]", "languages", "name at least one"),
        ('["en", "zh"]', '["en", "en"]', "languages", "twice"),
        ('id = "params"', 'id = "a/b"', "id", "letters"),
        ('id = "params"', 'id = "params"\nlanguage = "en"', "language", "'languages'"),
        ('exchange = ""', "exchange = 3", "exchange", "a text"),
    ],
)
def test_a_wrong_setting_is_refused_with_line_key_and_mend(
    course: Path,
    capsys: pytest.CaptureFixture[str],
    before: str,
    after: str,
    key: str,
    mend: str,
) -> None:
    line = change(course, before, after)
    for command in ("release", "collect", "grade", "feedback", "export"):
        assert main([command, str(course)]) == 2
        said = capsys.readouterr().err
        assert key in said
        assert mend in said
        assert "Traceback" not in said
        named = said.partition(", line ")[2].partition(":")[0]
        assert line - 1 <= int(named) <= line + 1  # a table's own, or the key's
    assert not (course / "gradebook.db").exists()


def test_what_is_not_toml_is_refused_with_its_line(course: Path) -> None:
    change(course, "survey = 8", "survey == 8")
    with pytest.raises(BadSettings, match=r"course\.toml cannot be read.* line \d+"):
        Course.open(course)


# ---- Students --------------------------------------------------------------

HEAD = "id,first name,last name,email,extension\n"


def roster(tmp_path: Path, text: str, encoding: str = "utf-8") -> Roster:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding=encoding)
    return read_roster(path, {"A. L.": "ada"} if "ada," in text else None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "ada,,,,\nbob,,,,\nada,,,,\n", "line 4: the id 'ada' stands in line 2"),
        (HEAD + ",Ada,Lovelace,,\n", "line 2: '' cannot be an id"),
        (HEAD + "../ada,,,,\n", "line 2: '../ada' cannot be an id"),
        (HEAD + "ada,,,,soon\n", "line 2: extension: 'soon' is no time such as 2d"),
        (HEAD + "ada,,,,99999999999d\n", "line 2: extension"),
        (HEAD + "ada,Ada,Lovelace, Countess,a@b.c,\n", "line 2: 6 values for 5"),
        (HEAD + 'ada,"Ada,,,\n', "line 2"),
        ("name,email\nAda,a@b.c\n", "line 1: there is no column 'id'"),
        (HEAD + "bob,,,,\n", "has no student 'ada'"),
    ],
)
def test_a_wrong_roster_is_refused_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    names = {"A. L.": "ada"} if text.removeprefix(HEAD) == "bob,,,,\n" else None
    with pytest.raises(BadRoster) as error:
        read_roster(path, names)
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_a_roster_of_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRoster, match="CSV UTF-8"):
        roster(tmp_path, HEAD + "lilei,雷,李,,\n", "gb18030")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_roster_comes_from_any_spreadsheet_program(
    tmp_path: Path, delimiter: str
) -> None:
    text = HEAD + 'ada,"Ada =1+1 ""x""",Lovelace,ada@example.org,36h\n\n,,,,\n'
    text += "lilei,雷,李,,1.5 days\n"
    text = text.replace(",", delimiter).replace("\n", "\r\n")
    students = roster(tmp_path, text, "utf-8-sig").students
    assert students["ada"].first_name == 'Ada =1+1 "x"'
    assert students["ada"].extension == timedelta(hours=36)
    assert students["lilei"].extension == timedelta(hours=36)
    assert len(students) == 2


@pytest.mark.parametrize(
    ("found", "id_"),
    [
        ("ada", "ada"),
        ("Ada Lovelace", "ada"),
        ("  lovelace   ADA ", "ada"),
        ("ADA@example.org", "ada"),
        ("A. L.", "ada"),
        ("李雷", "lilei"),
        ("雷 李", "lilei"),
        ("Ludwig van Beethoven", None),
        ("Kim", None),  # two students have this name
        ("kim2", "kim2"),
    ],
)
def test_a_student_is_found_by_any_name_that_means_only_one(
    tmp_path: Path, found: str, id_: str | None
) -> None:
    text = HEAD + "ada,Ada,Lovelace,ada@example.org,\nlilei,雷,李,,\n"
    text += "kim1,Kim,,,\nkim2,Kim,,,\nbeethoven,Ludwig,Beethoven,,\n"
    students = roster(tmp_path, text)
    assert students.match(found) == id_
    assert students.guess("Ludwig van Beethoven") == "beethoven"
    assert students.guess("Zzz") is None


def test_an_empty_roster_takes_everybody(tmp_path: Path) -> None:
    assert roster(tmp_path, HEAD).match("anybody") == "anybody"


# ---- Late work -------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "late", "penalty"),
    [
        (LateRule(), 100 * DAY, 0),
        (LateRule("points", 3), timedelta(0), 0),
        (LateRule("points", 3), -HOUR, 0),
        (LateRule("points", 3), timedelta(seconds=1), 3),
        (LateRule("points", 3), DAY, 3),
        (LateRule("points", 3), DAY + timedelta(seconds=1), 6),
        (LateRule("points", 3), 30 * DAY, 20),
        (LateRule("percent", 5), HOUR, 1),
        (LateRule("percent", 5), 90 * HOUR, 20),
        (LateRule("percent", 5), timedelta(minutes=61), 2),
        (LateRule("cutoff"), timedelta(seconds=1), 20),
        (LateRule("cutoff", 0, HOUR), HOUR, 0),
        (LateRule("cutoff", 0, HOUR), HOUR + timedelta(seconds=1), 20),
        # Grace is no discount: who is late is late by the whole time.
        (LateRule("points", 3, 2 * HOUR), DAY + HOUR, 6),
    ],
)
def test_what_late_work_of_20_points_costs(
    rule: LateRule, late: timedelta, penalty: float
) -> None:
    assert rule.penalty(20, late) == penalty
    assert rule.penalty(0, late) == 0


# ---- Points ----------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_points_are_changed_everywhere_and_back_again(language: str) -> None:
    shelf = Shelf()
    own = own_points()
    other = {name: (0, 1, 2.5 * x)[i % 3] for i, (name, x) in enumerate(own.items())}
    for name in shelf.notebooks("pytorch"):
        path = shelf.source(language, "pytorch") / f"{name}.ipynb"
        source = nbformat.read(path, as_version=4)
        changed = with_points(source, other, language)
        for cell in changed.cells:
            marks = cell.metadata.get("nbgrader", {})
            exercise = marks.get("grade_id", "").removeprefix("test-")
            if marks.get("grade") and not marks["solution"]:
                assert marks["points"] == other[exercise]
                said = f", points={other[exercise]:g})"
                assert cell.source.count(said) == 2
        assert with_points(changed, other, language) == changed
        assert with_points(changed, own, language) == source


def own_points() -> dict[str, float]:
    own = {name: float(item.points) for name, item in EXERCISES.items()}
    return own | {name: float(points) for name, (_, points) in WRITTEN.items()}


def test_headings_say_the_new_points() -> None:
    shelf = Shelf()
    points = {"count-parameters": 1.0, "nested-bias": 0.0, "parameter-shapes": 7.5}
    for language, endings in {
        "en": ("(1 point)", "(practice, no points)", "(7.5 points)"),
        "zh": ("（1 分）", "（不计分）", "（7.5 分）"),
        "ja": ("（1点）", "（配点なし）", "（7.5点）"),
    }.items():
        path = shelf.source(language, "mxnet") / "01-access.ipynb"
        changed = with_points(nbformat.read(path, as_version=4), points, language)
        text = "\n".join(cell.source for cell in changed.cells)
        for ending in endings:
            assert text.count(ending) == 1, ending


def test_a_test_of_an_instructor_s_own_says_its_points_itself() -> None:
    notebook = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell("assert mine()")
    cell.metadata.nbgrader = {
        "grade": True, "solution": False, "points": 2, "grade_id": "test-mine",
        "locked": True, "schema_version": 3, "task": False,
    }  # fmt: skip
    notebook.cells = [cell]
    with pytest.raises(BadSettings, match="own test says"):
        with_points(notebook, {"mine": 3.0}, "en")
    assert with_points(notebook, {"mine": 2.0}, "en") == notebook


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_a_course_may_give_an_exercise_other_points(language: str) -> None:
    finding = Finding("count-parameters.frozen", 0.25, {"expected": 7, "got": 9})
    partly = Verdict("count-parameters", 3.0, 4.0, (finding,))
    right = Verdict("count-parameters", 4.0, 4.0, ())
    assert partly.worth(None) == partly
    more = Report(partly.worth(8), language)
    assert repr(more) == "6.0"
    assert sorted(re.findall(r"\d+", more.title)) == ["6", "8"]
    assert more.messages == Report(partly, language).messages
    # For practice: the check still says whether the answer is right.
    practice = [Report(verdict.worth(0), language) for verdict in (partly, right)]
    assert [repr(report) for report in practice] == ["0.0", "0.0"]
    assert practice[0].title != practice[1].title
    assert ["✗" in report._repr_html_() for report in practice] == [True, False]
