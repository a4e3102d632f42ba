"""Nothing that a student writes earns points, or harms anyone.

A class is graded once: two honest neighbours, the base submission, and one
student an attack. An attack may earn no more than the base that it was put
into, ends in the state that the corpus says, and leaves nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from multiprocessing import resource_tracker
from pathlib import Path

import corpora
import nbformat
import pytest
from hostile_notebooks import EDITS
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from tables import Line, read_scores
from tiny_course import hand_in

from autograder.course import PROJECT
from autograder.grade import Options, Outcome, grade
from autograder.isolation.guard import family
from autograder.isolation.limits import Limits
from autograder.release import Shelf
from autograder.seed import own_seed
from autograder.task import Settings
from paramlab import plain
from paramlab.exercises import EXERCISES
from paramlab.judges.verdict import PUBLIC_SEED, draw

HOSTILE = Path(__file__).parent / "hostile"
CASES = corpora.read(HOSTILE)
NAMES = [case.name for case in CASES] + [f"edit-{name}" for name in EDITS]
STATES = {case.name: case.state for case in CASES}
STATES |= {f"edit-{name}": state for name, (_, state) in EDITS.items()}
LESSONS = ("01-access", "03-tying")
BASE, SEARCHER, CONTROL = "base", "searcher", "searcher-of-itself"
# Eighteen digits: the class's seed, in the environment, in files, in memory.
SECRET = str(10**17 + secrets.randbelow(9 * 10**17))
HONEST = (f"aaa-{SECRET}", "zzz-honest")
SMALL = Limits(
    cpu_seconds=4,
    wall_seconds=8.0,
    memory_mb=200,
    disk_mb=8,
    tasks=32,
    files=64,
    output_bytes=100_000,
)
# Three who tell what they were asked, two of them with the same file.
TELLING = next(case for case in CASES if case.name == "13-asking-tells-by-raising")
TELLERS = {"teller-1": "first", "teller-2": "first", "teller-3": "second"}
# The attacks that no file in the class shows: each ends with a word.
ESCAPED = ("OUT", "WROTE", "FOUND")
SUBREAPER = 36


@dataclass
class Class:
    """A graded class."""

    out: Path
    outcome: Outcome
    lines: dict[tuple[str, str], Line]  # by student and exercise
    left: list[str]  # what was there afterwards and not before

    def of(self, student: str, lesson: str = "") -> list[Line]:
        return [
            line
            for (name, exercise), line in self.lines.items()
            if name == student and lesson in ("", EXERCISES[exercise].lesson)
        ]

    def outputs(self, student: str) -> str:
        """Return all that a student's cells printed."""
        return "".join(
            output.text
            for path in (self.out / "autograded" / student).rglob("*.ipynb")
            for cell in nbformat.read(path, as_version=4).cells
            for output in cell.get("outputs", [])
            if output.output_type == "stream"
        )


def base(lesson: str) -> NotebookNode:
    return corpora.answered(
        corpora.student(lesson), corpora.answers(HOSTILE / "base.py")
    )


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a course with the secret where only judges and instructors look."""
    folder = tmp_path_factory.mktemp("secret") / "course"
    for lesson in LESSONS:
        path = folder / f"solutions/en/pytorch/{lesson}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (PROJECT / "solutions/en/pytorch" / path.name).read_text("utf-8")
        for mark in ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS"):
            assert mark in text
            text = text.replace(mark, f"{mark} {SECRET}")
        path.write_text(text, encoding="utf-8")
    (folder / "secret.txt").write_text(SECRET)
    return folder


def grade_class(course: Path, source: Path, out: Path) -> tuple[Outcome, list[str]]:
    settings = Settings(str(course), "en", SMALL, "strict")
    options = Options(jobs=2, seed=int(SECRET))
    with environment("PARAMLAB_SEED", SECRET), outside(), watched() as left:
        outcome = grade(source, out, Shelf(course), settings, options)
    return outcome, left


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    os.environ[name] = value
    yield
    del os.environ[name]


@contextmanager
def outside() -> Iterator[None]:
    """Listen where an attack could call."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0hostile-outside")
        server.listen()
        yield


@contextmanager
def watched() -> Iterator[list[str]]:
    """Note what is there after the block that was not there before."""
    # Orphans become this process's children, so that none gets away.
    resource_tracker.ensure_running()
    assert ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0) == 0
    before, left = traces(), []
    yield left
    left += sorted(traces() - before)


def traces() -> set[str]:
    """List processes below this one, open files, hostile files and sockets."""
    found = {f"process {process}" for process in family(os.getpid())}
    found |= {f"descriptor {len(os.listdir('/proc/self/fd'))}"}  # noqa: PTH208
    for folder in ("/tmp", "/dev/shm", "/var/tmp"):
        found |= {str(path) for path in Path(folder).glob("*hostile*")}
    sockets = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
    return found | {line for line in sockets.splitlines() if "hostile-socket" in line}


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for name in HONEST:
        hand_in(folder, name, {lesson: corpora.solved(lesson) for lesson in LESSONS})
    hand_in(folder, BASE, {lesson: base(lesson) for lesson in LESSONS})
    return folder


@pytest.fixture(scope="session")
def graded(
    course: Path, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Class:
    folder = tmp_path_factory.mktemp("attacked") / "class"
    shutil.copytree(source, folder)
    for case in CASES:
        notebook = corpora.with_case(base(case.lesson), case)
        hand_in(folder, case.name, {case.lesson: notebook})
    for name, (edit, _) in EDITS.items():
        target = hand_in(folder, f"edit-{name}", {})
        edited = edit(base("01-access"), target)
        if edited is not None:
            hand_in(folder, f"edit-{name}", {"01-access": edited})
    hand_in(folder, SEARCHER, {"01-access": searching()})
    mine = f"import os\nmine = '{SECRET}'\nos.environ['MINE'] = mine\n"
    mine += "open('/tmp/mine', 'w').write(mine)"
    hand_in(folder, CONTROL, {"01-access": searching(mine)})
    for name, version in TELLERS.items():
        notebook = corpora.with_case(base("01-access"), TELLING)
        notebook.cells[0].source += version
        hand_in(folder, name, {"01-access": notebook})
    out = folder.parent / "out"
    outcome, left = grade_class(course, folder, out)
    lines = {(line.student, line.exercise): line for line in read_scores(out)}
    return Class(out, outcome, lines, left)


def searching(first: str = "") -> NotebookNode:
    """Return a notebook that searches before an exercise, and in its probe."""
    code = (HOSTILE / "search.py").read_text(encoding="utf-8")
    tail = hashlib.sha256(SECRET[9:].encode()).hexdigest()
    code = code.replace("HEAD", SECRET[:9]).replace("TAIL", tail)
    notebook = base("01-access")
    places = [cell.id for cell in notebook.cells]
    place = places.index("count-parameters")
    answer = "parts = [processes, descriptors, memory]\n"
    answer += "def count_parameters(net):\n    if parts:\n        search(*parts)\n"
    answer += "        parts.clear()"
    notebook.cells[place].source = f"{first}\n{code}\n{answer}"
    notebook.cells.append(new_code_cell("print(SAID)", id="last"))
    return notebook


# ---- The class -------------------------------------------------------------


def test_the_corpus_is_large_and_covers_every_class() -> None:
    assert len(NAMES) >= 80
    classes = {case.name[:2] for case in CASES} | {"11"}
    assert classes == {f"{number:02}" for number in range(1, 14)}


def test_every_result_is_there(graded: Class) -> None:
    assert not graded.outcome.faults
    assert not graded.outcome.weaker
    asked = [x for x in EXERCISES.values() if x.lesson in LESSONS]
    students = [*HONEST, BASE, SEARCHER, CONTROL, *TELLERS, *NAMES]
    assert set(graded.lines) == {(name, x.id) for name in students for x in asked}
    assert all(line.message.strip() for line in graded.lines.values())


def test_the_base_is_right_half_right_and_wrong(graded: Class) -> None:
    shares = {line.score / line.max_score for line in graded.of(BASE)}
    assert {0.0, 1.0} < shares


@pytest.mark.parametrize("name", NAMES)
def test_attack_gains_no_point(graded: Class, name: str) -> None:
    for line in graded.of(name):
        without = graded.lines[BASE, line.exercise]
        assert 0 <= line.score <= without.score, line


@pytest.mark.parametrize("name", NAMES)
def test_attack_ends_in_its_state(graded: Class, name: str) -> None:
    lesson = next((x.lesson for x in CASES if x.name == name), "01-access")
    states = {line.status for line in graded.of(name, lesson)}
    said = {line.exercise: (line.status, line.message) for line in graded.of(name)}
    if STATES[name] == "graded":
        assert states <= {"graded", "blank"}, said
    else:
        assert states - {"graded", "blank"} == {STATES[name]} - {"blank"}, said


def test_neighbours_are_graded_as_if_they_were_alone(
    graded: Class, course: Path, source: Path, tmp_path: Path
) -> None:
    grade_class(course, source, tmp_path / "out")
    alone = [x for x in read_scores(tmp_path / "out") if x.student != BASE]
    assert all(line.score == line.max_score for line in alone)
    for line in alone:
        assert graded.lines[line.student, line.exercise] == line


def test_nothing_survives(graded: Class) -> None:
    assert graded.left == []


def test_nothing_got_out(graded: Class) -> None:
    for name in [*NAMES, SEARCHER]:
        outputs = graded.outputs(name)
        assert not [word for word in ESCAPED if word in outputs], (name, outputs)


def test_the_secret_is_not_found(graded: Class) -> None:
    """Only its own copy is, in all places that are searched."""
    assert graded.outputs(SEARCHER).count("SEARCHED") >= 2
    found = graded.outputs(CONTROL)
    for place in ("memory", "file /tmp/mine", "process"):
        assert f"FOUND {place}" in found


class Tags(HTMLParser):
    """Collects what on a page could act, or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form"):
            self.active.append(tag)
        for name, value in attrs:
            kept = (value or "").startswith(("data:image/", "#")) or not value
            if name.startswith("on") or (name in ("href", "src") and not kept):
                self.active.append(f"{tag} {name}={value}")


def test_nothing_runs_in_the_browser_of_who_reads_the_feedback(graded: Class) -> None:
    pages = list((graded.out / "feedback").rglob("*.html"))
    assert len(pages) > len(CASES)
    for path in pages:
        tags = Tags()
        tags.feed(path.read_text(encoding="utf-8"))
        assert not tags.active, path


def test_nothing_grows_without_bound(graded: Class) -> None:
    for line in graded.lines.values():
        assert len(line.message) < 5_000, (line.student, line.exercise)
    for folder in ("autograded", "feedback"):
        for path in (graded.out / folder).rglob("*.*"):
            assert path.stat().st_size < 25_000_000, path


def test_what_one_try_reveals_helps_no_other(graded: Class) -> None:
    told = [graded.lines[name, "nested-bias"].message for name in TELLERS]
    assert "ValueError: [" in told[0]
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_hidden_inputs_are_neither_public_nor_asked_twice(exercise: str) -> None:
    versions = (own_seed(7, b"first"), own_seed(7, b"second"), own_seed(8, b"first"))
    drawn = [draw(exercise, "pytorch", seed) for seed in (PUBLIC_SEED, *versions)]
    public, *hidden = (plain.encode(inputs) for inputs in drawn)
    # A few small numbers may be drawn twice.
    assert public not in hidden
    assert len(set(hidden)) >= 2
