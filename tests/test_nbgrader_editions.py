"""The project's own notebooks, graded by stock nbgrader and by `autograder`.

Right solutions earn all points, untouched notebooks none, and nothing fails but
graded cells. Stock nbgrader and the sample class each run once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from editions import EDITIONS, FEW, FRAMEWORKS, HERE, LANGUAGES, rotated
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade
from tables import Line, read_scores

from autograder.cli import main
from autograder.course import COURSE_ID, PROJECT
from autograder.release import Shelf, exercise_of
from autograder.sample import DESCRIPTION, Student, solved, students
from paramlab.exercises import EXERCISES, LESSONS, WRITTEN
from paramlab.frameworks import available
from paramlab.messages import area

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
# What stock nbgrader grades each time: every framework and every language, once
# solved and once untouched. The long tests grade all editions both ways.
SOLVED = FEW
BLANK = [
    (language, framework)
    for (language, _), framework in zip(FEW, rotated(FRAMEWORKS), strict=True)
]


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    return Shelf()


def need(framework: str) -> None:
    if framework not in available():
        pytest.skip(f"{framework} is not installed here")


def test_every_edition_is_there(shelf: Shelf) -> None:
    for framework in FRAMEWORKS:
        assert shelf.notebooks(framework) == list(LESSONS)
        assert set(shelf.languages(framework)) == set(LANGUAGES)


@pytest.mark.parametrize(("language", "framework"), EDITIONS)
def test_the_points_of_an_edition(shelf: Shelf, framework: str, language: str) -> None:
    """100 automatic points, and the written answer outside them."""
    found = {
        item.id: (name, item.max_score, item.written)
        for name in shelf.notebooks(framework)
        for item in shelf.release(language, framework, name).exercises
    }
    automatic = {
        item.id: (item.lesson, item.points, False) for item in EXERCISES.values()
    }
    written = {name: (*place, True) for name, place in WRITTEN.items()}
    assert found == automatic | written
    assert sum(points for _, points, person in found.values() if not person) == 100


# ---- Stock nbgrader --------------------------------------------------------


@dataclass
class Stock:
    """What stock nbgrader made of one language's course."""

    language: str
    project: Path
    failed: list[str]
    scores: dict[str, float | None]

    def of(self, student: str) -> dict[str, float | None]:
        """Return a student's points by cell."""
        return {
            cell: score
            for key, score in self.scores.items()
            for name, _, cell in [key.split()]
            if name == student
        }


Editions = list[tuple[str, str]]


def grade_stock(
    shelf: Shelf, folder: Path, handed_in: dict[str, Editions]
) -> dict[str, Stock]:
    """Grade "solved" and "blank" submissions, a course a language, all at once."""
    running = {}
    for language in LANGUAGES:
        project = folder / language
        sources = Path("solutions", language)
        shutil.copytree(PROJECT / sources, project / sources)
        submitted = project / "build" / "course" / language / "submitted"
        for work, editions in handed_in.items():
            for framework in (f for wanted, f in editions if wanted == language):
                if framework in available():
                    target = submitted / f"{work}-{framework}" / framework
                    _hand_in(shelf, language, work, target)
        arguments = [TESTS / "stock_nbgrader.py", project, language]
        with (project / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, *map(str, arguments), str(project / "result")],
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        running[language] = (project, process)
    return {
        language: _result(language, project, process)
        for language, (project, process) in running.items()
    }


def _hand_in(shelf: Shelf, language: str, work: str, target: Path) -> None:
    target.mkdir(parents=True)
    for name in shelf.notebooks(target.name):
        notebook = (
            solved(shelf, language, target.name, name)
            if work == "solved"
            else shelf.release(language, target.name, name).given
        )
        nbformat.write(notebook, target / f"{name}.ipynb")


def _result(language: str, project: Path, process: subprocess.Popen[bytes]) -> Stock:
    assert process.wait() == 0, (project / "log").read_text()
    return Stock(language, project, **json.loads((project / "result").read_text()))


@pytest.fixture(scope="session")
def stock(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stock]:
    folder = tmp_path_factory.mktemp("stock")
    return grade_stock(shelf, folder, {"solved": SOLVED, "blank": BLANK})


@pytest.mark.parametrize("language", LANGUAGES)
def test_generate_assignment_yields_the_committed_notebooks(
    stock: dict[str, Stock], language: str
) -> None:
    made = stock[language].project / "notebooks" / language
    committed = PROJECT / "notebooks" / language
    names = sorted(path.relative_to(made) for path in made.rglob("*.ipynb"))
    assert len(names) == len(FRAMEWORKS) * len(LESSONS)
    assert names == sorted(p.relative_to(committed) for p in committed.rglob("*.ipynb"))
    for name in names:
        assert (made / name).read_bytes() == (committed / name).read_bytes(), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_stock_nbgrader_succeeds(
    stock: dict[str, Stock], language: str
) -> None:
    assert stock[language].failed == []
    course = stock[language].project / "build" / "course" / language
    for path in (course / "submitted").rglob("*.ipynb"):
        page = course / "feedback" / path.relative_to(course / "submitted")
        assert page.with_suffix(".html").is_file()


@pytest.mark.parametrize(("language", "framework"), SOLVED)
def test_solutions_earn_all_points_in_stock_nbgrader(
    stock: dict[str, Stock], language: str, framework: str
) -> None:
    need(framework)
    assert_full(stock[language], framework)


@pytest.mark.parametrize(("language", "framework"), BLANK)
def test_untouched_notebooks_earn_nothing_in_stock_nbgrader(
    stock: dict[str, Stock], language: str, framework: str
) -> None:
    need(framework)
    assert_nothing(stock[language], framework)


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_every_edition_in_stock_nbgrader(shelf: Shelf, tmp_path: Path) -> None:
    found = grade_stock(shelf, tmp_path, {"solved": EDITIONS, "blank": EDITIONS})
    for language, framework in EDITIONS:
        if framework in available():
            assert found[language].failed == []
            assert_full(found[language], framework)
            assert_nothing(found[language], framework)


def assert_full(found: Stock, framework: str) -> None:
    full = {f"test-{item.id}": item.points for item in EXERCISES.values()}
    scores = found.of(f"solved-{framework}")
    (written,) = WRITTEN
    assert scores.pop(written) is None  # waits for a person
    assert scores == full
    assert sum(full.values()) == 100


def assert_nothing(found: Stock, framework: str) -> None:
    student = f"blank-{framework}"
    scores = found.of(student)
    assert len(scores) == len(EXERCISES) + len(WRITTEN)
    assert {cell: score for cell, score in scores.items() if score} == {}
    folder = found.project / "build" / "course" / found.language / "autograded"
    assert list(failing_cells(folder / student)) == []


def failing_cells(folder: Path) -> Iterator[str]:
    """Yield every cell that stopped with an error and is not graded."""
    paths = sorted(folder.rglob("*.ipynb"))
    assert len(paths) == len(LESSONS)
    for path in paths:
        for cell in nbformat.read(path, as_version=4).cells:
            kinds = [item.output_type for item in cell.get("outputs", [])]
            if "error" in kinds and not is_grade(cell):
                yield f"{path.name}: {cell.id}"


# ---- autograder ------------------------------------------------------------


@dataclass
class Class:
    """The sample class, graded."""

    out: Path
    status: int
    rows: list[Line]

    def of(self, student: Student) -> dict[str, Line]:
        return {row.exercise: row for row in self.rows if row.student == student.name}

    def total(self, student: Student) -> float:
        return sum(row.score for row in self.of(student).values())


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Class:
    folder = tmp_path_factory.mktemp("sample")
    assert main(["sample", str(folder / "class")]) == 0
    out = folder / "out"
    status = main(["grade", str(folder / "class"), "--out", str(out), "--jobs", "2"])
    return Class(out, status, read_scores(out))


def having(work: str, damaged: bool = False) -> list[Student]:
    found = [x for x in students() if x.work == work and bool(x.damaged) == damaged]
    assert found
    return found


def test_the_sample_class_has_what_a_class_has() -> None:
    assert len(students()) >= 6
    assert {x.assignment for x in having("perfect")} == set(HERE)
    assert {x.assignment for x in having("blank")} == set(HERE)
    assert {x.language for x in students()} == set(LANGUAGES)
    for work in ("half", "mistakes"):
        having(work)
    having("perfect", damaged=True)


def test_the_sample_class_is_graded_without_a_fault(sample: Class) -> None:
    assert sample.status == 0
    for student in students():
        assert set(sample.of(student)) == {*EXERCISES, *WRITTEN}


@pytest.mark.parametrize("student", having("perfect"), ids=lambda x: x.name)
def test_solutions_earn_all_points(sample: Class, student: Student) -> None:
    need(student.assignment)
    rows = sample.of(student)
    lost = [
        row for x, row in rows.items() if x in EXERCISES and row.score < row.max_score
    ]
    assert lost == []
    assert sample.total(student) == 100
    (written,) = WRITTEN
    assert rows[written].status == "manual"


@pytest.mark.parametrize("student", having("blank"), ids=lambda x: x.name)
def test_untouched_notebooks_earn_nothing(sample: Class, student: Student) -> None:
    need(student.assignment)
    rows = sample.of(student)
    assert sample.total(student) == 0
    assert {rows[name].status for name in EXERCISES} == {"blank"}
    assert list(failing_cells(sample.out / "autograded" / student.name)) == []


@pytest.mark.parametrize("student", having("half"), ids=lambda x: x.name)
def test_half_the_work_earns_what_was_done(sample: Class, student: Student) -> None:
    need(student.assignment)
    for row in sample.of(student).values():
        if row.status == "graded":
            assert row.score == row.max_score, row
        else:
            assert row.score == 0, row
    assert 20 < sample.total(student) < 80


@pytest.mark.parametrize("student", having("mistakes"), ids=lambda x: x.name)
def test_each_mistake_costs_points_and_is_explained(
    sample: Class, student: Student
) -> None:
    need(student.assignment)
    rows = sample.of(student)
    folder = DESCRIPTION / "mistakes" / student.assignment
    mistaken = {path.stem for path in folder.glob("*.py")}
    assert mistaken <= set(EXERCISES)
    for name, row in rows.items():
        if name in mistaken:
            assert row.status == "graded"
            assert row.score < row.max_score, row
            assert len(row.message) > 30, row
        elif name in EXERCISES:
            assert row.score == row.max_score, row


def test_a_damaged_notebook_costs_only_itself(sample: Class) -> None:
    (student,) = having("perfect", damaged=True)
    need(student.assignment)
    for row in sample.of(student).values():
        damaged = row.notebook == student.damaged
        assert (row.status == "invalid") == damaged, row
        if row.exercise in EXERCISES:
            assert row.score == (0 if damaged else row.max_score), row


def test_feedback_pages_are_in_the_students_languages(sample: Class) -> None:
    titles = {x: area(x, "grading")["feedback"]["title"] for x in LANGUAGES}
    assert len(set(titles.values())) == len(titles)
    for student in students():
        for lesson in LESSONS:
            if lesson == student.damaged:
                continue
            folder = sample.out / "feedback" / student.name / student.assignment
            text = (folder / f"{lesson}.html").read_text(encoding="utf-8")
            assert titles[student.language] in text


def test_the_gradebook_of_the_sample_class(sample: Class) -> None:
    with Gradebook(f"sqlite:///{sample.out / 'gradebook.db'}", COURSE_ID) as book:
        for assignment in book.assignments:
            assert assignment.max_score == 105
            assert [x.name for x in assignment.notebooks] == list(LESSONS)
        scores = {
            (item.student.id, item.name): item.score
            for assignment in book.assignments
            for item in book.assignment_submissions(assignment.name)
        }
    assert scores == {
        (x.name, x.assignment): pytest.approx(sample.total(x)) for x in students()
    }


# ---- Validate --------------------------------------------------------------


def test_validate_tells_solved_from_untouched(shelf: Shelf, tmp_path: Path) -> None:
    """What nbgrader's Validate button runs."""
    need("pytorch")
    name = LESSONS[0]
    nbformat.write(solved(shelf, "en", "pytorch", name), tmp_path / "solved.ipynb")
    blank = shelf.release("en", "pytorch", name)
    nbformat.write(blank.given, tmp_path / "blank.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", "solved.ipynb", "blank.ipynb"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    tests = [
        c for c in blank.given.cells if is_grade(c) and exercise_of(c) in EXERCISES
    ]
    assert done.count("Success! Your notebook passes all the tests.") == 1
    assert done.count(f"VALIDATION FAILED ON {len(tests)} CELL(S)") == 1
