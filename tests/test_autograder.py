"""The command `autograder grade`, on a tiny course and in real kernels.

One class is graded once; most tests look at what that run left.
"""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell
from tiny_course import (
    ANSWERS,
    ASSIGNMENT,
    FIRST,
    SECOND,
    WRITTEN,
    TinyCourse,
    cell_of,
    hand_in,
    position,
)

from autograder.cli import main
from autograder.record import Record

Rows = dict[str, dict[str, str]]


@dataclass
class Graded:
    """What one run of the command left."""

    out: Path
    status: int

    def lines(self) -> list[dict[str, str]]:
        with (self.out / "scores.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def of(self, student: str) -> Rows:
        """Return a student's lines of scores.csv by exercise."""
        found = [line for line in self.lines() if line["student"] == student]
        return {line["exercise"]: line for line in found}

    def total(self, student: str) -> tuple[float, float]:
        with (self.out / "grades.csv").open(encoding="utf-8", newline="") as file:
            (line,) = (x for x in csv.DictReader(file) if x["student"] == student)
        return float(line["score"]), float(line["max_score"])

    def feedback(self, student: str, name: str = FIRST) -> str:
        path = self.out / "feedback" / student / ASSIGNMENT / f"{name}.html"
        return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    return TinyCourse(tmp_path_factory.mktemp("course"))


def run(
    course: TinyCourse, submissions: Path, out: Path, *options: str
) -> tuple[int, Path]:
    arguments = ["grade", str(submissions), "--out", str(out)]
    arguments += ["--course", str(course.folder), "--jobs", "2", *options]
    return main(arguments), out


@pytest.fixture(scope="session")
def graded(course: TinyCourse, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("class")
    for make in STUDENTS:
        make(course, folder)
    out = tmp_path_factory.mktemp("grades") / "out"
    status, _ = run(course, folder, out, "--time-limit", "4")
    return Graded(out, status)


# ---- The class -------------------------------------------------------------

STUDENTS: list[Callable[[TinyCourse, Path], None]] = []
student = STUDENTS.append


@student
def ada(course: TinyCourse, folder: Path) -> None:
    hand_in(folder, "ada", {FIRST: course.solved(), SECOND: course.solved(SECOND)})


@student
def chinese(course: TinyCourse, folder: Path) -> None:
    wrong = "def double(x):\n    return x"
    notebook = course.solved(language="zh", double=wrong)
    hand_in(folder, "李雷", {FIRST: notebook})


@student
def blank(course: TinyCourse, folder: Path) -> None:
    hand_in(folder, "blank", {FIRST: course.student(), SECOND: course.student(SECOND)})


@student
def corrupt(course: TinyCourse, folder: Path) -> None:
    text = json.dumps(course.solved())
    hand_in(folder, "corrupt", {FIRST: text[:300], SECOND: course.solved(SECOND)})


@student
def extra_cells(course: TinyCourse, folder: Path) -> None:
    notebook = course.solved(double="def double(x):\n    return twice * x")
    at = position(notebook, "double")
    notebook.cells.insert(at, new_code_cell("twice = 2", id="mine"))
    notebook.cells.insert(at, new_markdown_cell("my own note", id="note"))
    notebook.cells.append(new_code_cell("1 / 0", id="broken"))
    hand_in(folder, "extra", {FIRST: notebook})


@student
def split_answer(course: TinyCourse, folder: Path) -> None:
    """JupyterLab copies the metadata when a cell is split."""
    notebook = course.solved(double="def double(x):\n    return helper(x)")
    at = position(notebook, "double")
    first = new_code_cell("def helper(x):\n    return 2 * x", id="other")
    first.metadata = notebook.cells[at].metadata
    notebook.cells.insert(at, first)
    last = new_code_cell("double(5)", id="last")
    last.metadata = notebook.cells[at + 1].metadata
    notebook.cells.insert(at + 2, last)
    hand_in(folder, "split", {FIRST: notebook})


@student
def copied_stub(course: TinyCourse, folder: Path) -> None:
    notebook = course.solved()
    stub = cell_of(course.student(), "double")
    stub.id = "copy"
    notebook.cells.append(stub)
    hand_in(folder, "copied", {FIRST: notebook})


@student
def lost_metadata(course: TinyCourse, folder: Path) -> None:
    notebook = course.solved()
    for cell in notebook.cells:
        cell.metadata = {}
        del cell["id"]
    notebook.metadata = {"kernelspec": {"name": "conda-env-x", "display_name": "x"}}
    notebook.nbformat_minor = 2
    second = course.solved(SECOND)
    for cell in second.cells:
        cell.metadata = {"colab": {}}
        del cell["id"]
    hand_in(folder, "lost", {FIRST: notebook, SECOND: second})


@student
def rearranged(course: TinyCourse, folder: Path) -> None:
    """Cells moved, deleted, retyped and unlocked; points and tests changed."""
    notebook = course.solved()
    test = cell_of(notebook, "test-double")
    test.source = "4000.0"
    test.metadata.nbgrader.points = 4000
    cell_of(notebook, "test-halve").metadata.tags = ["demonstration"]
    answer = cell_of(notebook, "halve")
    answer.cell_type = "raw"
    for key in ("outputs", "execution_count"):
        del answer[key]
    notebook.cells.reverse()
    notebook.cells.remove(cell_of(notebook, "imports"))
    hand_in(folder, "rearranged", {FIRST: notebook})


@student
def deleted_answer(course: TinyCourse, folder: Path) -> None:
    notebook = course.solved()
    notebook.cells.remove(cell_of(notebook, "double"))
    hand_in(folder, "deleted", {FIRST: notebook})


@student
def noisy(course: TinyCourse, folder: Path) -> None:
    """Text on stderr zeroes a cell in stock nbgrader; not here."""
    loud = (
        "import os, sys, warnings\n"
        "def double(x):\n"
        "    warnings.warn('careful'); print('log', file=sys.stderr)\n"
        "    os.write(2, b'from C++')\n"
        "    return 2 * x"
    )
    hand_in(folder, "noisy", {FIRST: course.solved(double=loud)})


@student
def endless(course: TinyCourse, folder: Path) -> None:
    loop = "def double(x):\n    while True:\n        pass"
    hand_in(folder, "endless", {FIRST: course.solved(double=loop)})


@student
def stubborn(course: TinyCourse, folder: Path) -> None:
    """Takes no interrupt: what came before keeps its points."""
    loop = (
        "def halve(x):\n"
        "    while True:\n"
        "        try:\n"
        "            while True:\n"
        "                pass\n"
        "        except BaseException:\n"
        "            pass"
    )
    hand_in(folder, "stubborn", {FIRST: course.solved(halve=loop)})


@student
def leaves(course: TinyCourse, folder: Path) -> None:
    end = "import os\ndef halve(x):\n    os._exit(0)"
    hand_in(folder, "leaves", {FIRST: course.solved(halve=end)})


@student
def greedy(course: TinyCourse, folder: Path) -> None:
    eat = "def double(x):\n    return len(bytearray(40_000_000_000))"
    hand_in(folder, "greedy", {FIRST: course.solved(double=eat)})


@student
def scripts(course: TinyCourse, folder: Path) -> None:
    show = (
        "from IPython.display import HTML, display\n"
        "display(HTML('<script>alert(1)</script><img src=x onerror=alert(2)>'))\n"
        "print('<script>alert(3)</script>')\n"
        "def double(x):\n    return 2 * x"
    )
    notebook = course.solved(double=show)
    notebook.cells.append(new_markdown_cell("<script>alert(4)</script>", id="mark"))
    hand_in(folder, "<b>bold", {FIRST: notebook})


@student
def linked(course: TinyCourse, folder: Path) -> None:
    target = hand_in(folder, "linked", {SECOND: course.solved(SECOND)})
    (target / f"{FIRST}.ipynb").symlink_to(
        folder / "ada" / ASSIGNMENT / f"{FIRST}.ipynb"
    )


@student
def misplaced(course: TinyCourse, folder: Path) -> None:
    hand_in(folder, "misplaced", {FIRST: course.solved()}, assignment="pytorhc")


# ---- What it earns ---------------------------------------------------------


def test_exit_status_is_zero_when_every_submission_has_its_rows(
    graded: Graded,
) -> None:
    assert graded.status == 0


def test_every_exercise_of_every_submission_has_one_row(graded: Graded) -> None:
    lines = graded.lines()
    assert list(lines[0]) == [
        "student",
        "assignment",
        "notebook",
        "exercise",
        "score",
        "max_score",
        "status",
        "message",
    ]
    places = [(line["student"], line["exercise"]) for line in lines]
    assert len(set(places)) == len(places)
    students = {line["student"] for line in lines}
    assert len(students) == len(STUDENTS) - 1  # all but the misplaced one
    for name in students:
        assert set(graded.of(name)) == {"double", "halve", "share", WRITTEN}
    assert all(line["message"].strip() for line in lines)


def test_right_answers_earn_all_points(graded: Graded) -> None:
    rows = graded.of("ada")
    assert graded.total("ada") == (14, 14)
    assert {row["status"] for x, row in rows.items() if x != WRITTEN} == {"graded"}


def test_a_written_answer_waits_outside_the_totals(graded: Graded) -> None:
    row = graded.of("ada")[WRITTEN]
    assert (row["status"], row["score"], row["max_score"]) == ("manual", "0", "5")


def test_partial_credit_is_the_number_that_the_test_ends_in(graded: Graded) -> None:
    row = graded.of("李雷")["double"]
    assert (row["score"], row["status"]) == ("1.5", "graded")


def test_messages_are_in_the_language_of_the_notebook(graded: Graded) -> None:
    assert graded.of("李雷")["halve"]["message"] == "满分。"
    assert graded.of("ada")["halve"]["message"] == "All points."
    assert "作业反馈" in graded.feedback("李雷")


def test_untouched_answers_are_blank_and_earn_nothing(graded: Graded) -> None:
    rows = graded.of("blank")
    assert graded.total("blank") == (0, 14)
    assert [rows[x]["status"] for x in ("double", "halve", "share")] == ["blank"] * 3
    assert rows[WRITTEN]["status"] == "manual"


def test_a_missing_notebook_has_its_rows(graded: Graded) -> None:
    row = graded.of("李雷")["share"]
    assert (row["score"], row["status"]) == ("0", "blank")
    assert "not handed in" in row["message"]
    assert graded.total("李雷") == (7.5, 14)


def test_a_damaged_file_costs_nobody_else_anything(graded: Graded) -> None:
    rows = graded.of("corrupt")
    assert rows["double"]["status"] == rows["halve"]["status"] == "invalid"
    assert "not a notebook" in rows["double"]["message"]
    assert rows["share"]["score"] == "4"
    assert graded.total("corrupt") == (4, 14)
    assert "not a notebook" in graded.feedback("corrupt")


def test_extra_cells_run_after_the_cell_that_they_follow(graded: Graded) -> None:
    assert graded.total("extra")[0] == 10


@pytest.mark.parametrize("name", ["split", "copied", "lost", "rearranged", "noisy"])
def test_honest_trouble_costs_no_point(graded: Graded, name: str) -> None:
    first = [graded.of(name)[x]["score"] for x in ("double", "halve")]
    assert first == ["4", "6"], graded.of(name)


def test_lost_metadata_leaves_the_written_answer(graded: Graded) -> None:
    assert graded.of("lost")["share"]["score"] == "4"
    with Record(graded.out) as record:
        grade = record.gradebook.find_grade(WRITTEN, SECOND, ASSIGNMENT, "lost")
        assert grade.needs_manual_grade
    assert ANSWERS["en"] in graded.feedback("lost", SECOND)


def test_a_deleted_answer_is_named_and_the_rest_is_graded(graded: Graded) -> None:
    rows = graded.of("deleted")
    assert (rows["double"]["score"], rows["halve"]["score"]) == ("0", "6")
    assert "The cell of double was missing" in graded.feedback("deleted")


def test_an_endless_answer_times_out_alone(graded: Graded) -> None:
    rows = graded.of("endless")
    assert (rows["double"]["status"], rows["double"]["score"]) == ("timeout", "0")
    assert rows["halve"]["score"] == "6"


@pytest.mark.parametrize(
    ("name", "status"), [("stubborn", "timeout"), ("leaves", "crashed")]
)
def test_finished_exercises_keep_their_points(
    graded: Graded, name: str, status: str
) -> None:
    rows = graded.of(name)
    assert rows["double"]["score"] == "4"
    assert (rows["halve"]["score"], rows["halve"]["status"]) == ("0", status)


def test_memory_is_limited(graded: Graded) -> None:
    rows = graded.of("greedy")
    assert rows["double"]["status"] == "memory"
    assert rows["halve"]["score"] == "6"


def test_feedback_shows_what_a_student_wrote_and_runs_none_of_it(
    graded: Graded,
) -> None:
    text = graded.feedback("<b>bold")
    soup = BeautifulSoup(text, "html.parser")
    assert soup.find(["script", "img", "b", "iframe", "link", "object"]) is None
    assert not [tag for tag in soup.find_all(True) if "onerror" in tag.attrs]
    for shown in ("<b>bold", "<script>alert(3)</script>", "<script>alert(4)"):
        assert shown in soup.get_text()
    assert "default-src 'none'" in text


def test_feedback_hides_the_hidden_tests(graded: Graded) -> None:
    text = graded.feedback("ada")
    assert "HIDDEN" not in text
    assert "else 1.5" not in BeautifulSoup(text, "html.parser").get_text()
    assert "4 / 4" in text


def test_a_link_is_not_followed(graded: Graded) -> None:
    rows = graded.of("linked")
    assert rows["double"]["status"] == "invalid"
    assert "link" in rows["double"]["message"]
    assert rows["share"]["score"] == "4"


def test_the_gradebook_holds_what_the_tables_say(graded: Graded) -> None:
    with Record(graded.out) as record:
        book = record.gradebook
        submissions = book.assignment_submissions(ASSIGNMENT)
        scores = {item.student.id: item.score for item in submissions}
    assert scores == {name: graded.total(name)[0] for name in scores}
    assert set(scores) == {line["student"] for line in graded.lines()}


def test_messages_stand_in_the_gradebook_as_comments(graded: Graded) -> None:
    with Record(graded.out) as record:
        comment = record.gradebook.find_comment("double", FIRST, ASSIGNMENT, "blank")
        assert comment.comment == graded.of("blank")["double"]["message"]


# ---- The command -----------------------------------------------------------


def test_a_person_s_marks_count_and_survive_a_second_run(
    course: TinyCourse, tmp_path: Path
) -> None:
    folder = tmp_path / "class"
    notebooks = {FIRST: course.student(), SECOND: course.solved(SECOND)}
    hand_in(folder, "ada", notebooks)
    hand_in(folder, "bob", {})
    status, out = run(course, folder, tmp_path / "out", "--no-feedback")
    assert status == 0
    with Record(out) as record:
        book = record.gradebook
        grade = book.find_grade(WRITTEN, SECOND, ASSIGNMENT, "ada")
        assert grade.needs_manual_grade
        grade.manual_score = 3
        book.db.commit()
    assert main(["report", str(out)]) == 0
    graded = Graded(out, status)
    assert graded.total("ada") == (7, 19)
    assert graded.of("ada")[WRITTEN]["status"] == "graded"

    shutil.rmtree(folder / "bob")  # a second run of some students keeps the others
    assert run(course, folder, out)[0] == 0
    assert graded.total("ada") == (7, 19)
    assert graded.total("bob") == (0, 14)


def test_a_zip_is_graded_like_its_folder(
    course: TinyCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(course.solved(SECOND))
    archive = tmp_path / "class.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"class/ada/{ASSIGNMENT}/{SECOND}.ipynb", good)
        file.writestr(f"class/李雷/{ASSIGNMENT}/{SECOND}.ipynb", good)
        file.writestr(f"../evil/{ASSIGNMENT}/{SECOND}.ipynb", good)
        file.writestr(f"class/../up/{ASSIGNMENT}/{SECOND}.ipynb", good)
        file.writestr(f"/abs/{ASSIGNMENT}/{SECOND}.ipynb", good)
        file.writestr("__MACOSX/class/._ada", "x")
    out = tmp_path / "new" / "out"
    status, _ = run(course, archive, out)
    assert status == 0
    graded = Graded(out, status)
    assert {line["student"] for line in graded.lines()} == {"ada", "李雷"}
    assert graded.total("ada") == (4, 14)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class.zip", "new"]
    assert capsys.readouterr().err.count("Not taken in: ") == 3


def test_wrong_usage_is_one_clear_sentence(
    course: TinyCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    hand_in(tmp_path / "class", "ada", {})
    cases = {
        (tmp_path / "nowhere", tmp_path / "out"): "does not exist",
        (full / "thesis.txt", tmp_path / "out"): "no ZIP",
        (empty, tmp_path / "out"): "holds no submission",
        (tmp_path / "class", full): "holds other files",
        (tmp_path / "class", tmp_path / "class" / "out"): "must not lie",
    }
    for (source, out), said in cases.items():
        assert run(course, source, out)[0] == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert (full / "thesis.txt").read_text() == "mine"
    assert main(["grade", str(empty), "--out", "x", "--course", str(empty)]) == 2
    assert run(course, tmp_path / "class", tmp_path / "out", "--language", "fr")[0] == 2
    assert "'fr' is not one of en, ja, zh" in capsys.readouterr().err
    for arguments in (["grade"], ["grade", "x", "--out", "y", "--jobs", "0"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
    assert "'0' is not a whole number above 0" in capsys.readouterr().err


def test_a_damaged_gradebook_is_said_in_a_sentence(
    course: TinyCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(tmp_path / "class", "ada", {})
    out = tmp_path / "out"
    out.mkdir()
    (out / "nbgrader_config.py").touch()  # so the folder is one of ours
    (out / "gradebook.db").write_bytes(b"this was a gradebook" * 100)
    assert run(course, tmp_path / "class", out)[0] == 3
    assert "autograder: the system failed: " in capsys.readouterr().err


def test_a_fault_of_the_system_is_named_and_costs_status_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = (
        "from paramlab.frameworks import FrameworkMissing\n"
        "raise FrameworkMissing('torch is not installed here')"
    )
    course = TinyCourse(tmp_path / "course", imports=missing)
    notebooks = {FIRST: course.solved(), SECOND: course.solved(SECOND)}
    hand_in(tmp_path / "class", "ada", notebooks)
    status, out = run(course, tmp_path / "class", tmp_path / "out")
    assert status == 3
    rows = Graded(out, status).of("ada")
    assert rows["double"]["status"] == "crashed"
    assert "not the student's fault" in rows["double"]["message"]
    assert rows["share"]["score"] == "4"
    assert f"ada/{ASSIGNMENT}/{FIRST}: SystemFault" in capsys.readouterr().err
    with Record(out) as record:
        grade = record.gradebook.find_grade("test-double", FIRST, ASSIGNMENT, "ada")
        assert grade.needs_manual_grade
