"""No file is so broken that it stops the class: each one ends in a sentence.

Notebooks and ZIPs are mutated at random, from seeds, so that what fails once
fails again. Most are only taken apart and judged as if their process had ended
at once, which costs milliseconds; a sample is graded for real.
"""

from __future__ import annotations

import csv
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tiny_course import FIRST, SECOND, TITLES, TinyCourse, hand_in

from autograder import task as tasks
from autograder.cli import main
from autograder.collect import BadSource, collect
from autograder.feedback import page
from autograder.judge import judge, nothing
from autograder.rebuild import language_of, rebuild
from autograder.result import Result
from autograder.run import Run
from autograder.task import InvalidNotebook, Task

ASSIGNMENT = "mxnet"
STATES = {"graded", "timeout", "memory", "crashed", "invalid", "blank", "manual"}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    return TinyCourse(tmp_path_factory.mktemp("course"), assignment=ASSIGNMENT)


# ---- Mutations -------------------------------------------------------------


def deep(levels: int, *, key: str = "") -> Any:
    value: Any = 0
    for _ in range(levels):
        value = {key: value} if key else [value]
    return value


ODD: list[Callable[[random.Random], Any]] = [
    lambda rng: None,
    lambda rng: rng.choice([True, -1, 0, 2**70, 1e308, float("nan"), float("inf")]),
    lambda rng: "",
    lambda rng: "\ud800 alone",
    lambda rng: "nothing \0 here",
    lambda rng: "x" * rng.choice([10, 1000, 50_000]),
    lambda rng: "def double(x):\n    return " + "(" * rng.choice([50, 5000]),
    lambda rng: "double = " + "-" * rng.choice([50, 20_000]) + "1",
    lambda rng: "\x1b[31m\x08\r\n\u2028\u202e",
    lambda rng: [],
    lambda rng: {},
    lambda rng: deep(rng.choice([3, 50])),
    lambda rng: deep(rng.choice([3, 50]), key="metadata"),
    lambda rng: {"nbgrader": {"grade_id": rng.choice([None, 3, "double", ["x"]])}},
    lambda rng: [1, None, "source", {"a": []}],
    lambda rng: rng.choice(["code", "raw", "markdown", "heading", "../../etc"]),
    lambda rng: {"a.png": {"image/png": "????"}, "b": 3, "\ud800": {"x": None}},
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """List every container with each of its keys."""
    found: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            keys = list(item)
        elif isinstance(item, list):
            keys = list(range(len(item)))
        else:
            continue
        found += [(item, key) for key in keys]
        pending += [item[key] for key in keys]
    return found


def mutate_tree(notebook: dict[str, Any], rng: random.Random) -> None:
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        container, key = rng.choice(places(notebook) or [(notebook, "cells")])
        what = rng.randrange(5)
        if what == 0:
            container[key] = rng.choice(ODD)(rng)
        elif what == 1:
            container.pop(key, None) if isinstance(container, dict) else (
                container.pop(key)
            )
        elif what == 2 and isinstance(container, list):
            container.insert(rng.randrange(len(container) + 1), container[key])
        elif what == 3 and isinstance(container, list):
            rng.shuffle(container)
        else:
            other, name = rng.choice(places(notebook) or [(notebook, "cells")])
            try:
                other[name] = json.loads(json.dumps(container[key]))
            except (IndexError, KeyError):
                continue


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    kind = rng.randrange(7)
    at = rng.randrange(len(data))
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + rng.randbytes(rng.choice([1, 4, 100])) + data[at:]
    if kind == 2:
        changed = bytearray(data)
        for _ in range(rng.choice([1, 10, 100])):
            changed[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(changed)
    text = data.decode(errors="replace")
    if kind == 3:
        return text.encode(rng.choice(["utf-16", "utf-32", "utf-8-sig", "utf-7"]))
    if kind == 4:
        return ("\xe4\xf6" + text).encode("latin-1", errors="replace")
    if kind == 5:
        return data + data[at:]
    return data.replace(b'"cells"', b'"cells": 1, "cells"')


def mutant(course: TinyCourse, seed: int) -> bytes:
    rng = random.Random(seed)
    whole = course.solved(rng.choice([FIRST, SECOND]), rng.choice(list(TITLES)))
    notebook: dict[str, Any] = json.loads(json.dumps(whole))
    if rng.random() < 0.75:
        mutate_tree(notebook, rng)
    data = json.dumps(notebook, ensure_ascii=rng.random() < 0.8)
    encoded = data.encode("utf-8", errors="surrogatepass")
    return mutate_bytes(encoded, rng) if rng.random() < 0.35 else encoded


def cells(*sources: str, kind: str = "code") -> bytes:
    made = [
        {"cell_type": kind, "source": source, "metadata": {}, "id": "double"}
        for source in sources
    ]
    return json.dumps({"cells": made}).encode()


# Each has cost some program its life.
MONSTERS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "deep lists": lambda: b"[" * 200_000,
    "deep cells": lambda: b'{"cells":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "deep metadata": lambda: b'{"cells":[{"metadata":' + b'{"a":' * 900 + b"1}",
    "huge number": lambda: b'{"cells": [' + b"9" * 100_000 + b"]}",
    "no object": lambda: b"[[], 3]",
    "many cells": lambda: b'{"cells": [' + b"{}," * 100_000 + b"{}]}",
    "many code cells": lambda: cells(*["x = 1"] * 1_500),
    "old": lambda: b'{"worksheets": [{"cells": [{"input": ["def double(x):"]}]}]}',
    "long source": lambda: cells("x = 1\n" * 500_000),
    "parentheses": lambda: cells("(" * 90_000),
    "signs": lambda: cells("-" * 90_000 + "1"),
    "dots": lambda: cells("x" + ".a" * 40_000),
    "sum": lambda: cells("1" + "+1" * 40_000),
    "lambdas": lambda: cells("lambda:" * 10_000 + "1"),
    "blocks": lambda: cells("".join(" " * i + "if 1:\n" for i in range(400))),
    "one line": lambda: cells("x" * 5_000_000),
    "quotes": lambda: cells(">" * 20_000, "[" * 20_000, "*a _" * 5000, kind="markdown"),
    "pictures": lambda: cells("![" * 10_000, "`" * 20_001, "<" * 20_000, kind="raw"),
    "tables": lambda: cells("|a" * 3000 + "\n" + "|-" * 3000 + "\n|", kind="markdown"),
}


# ---- Taken apart -----------------------------------------------------------


def results_of(course: TinyCourse, content: bytes) -> list[Result]:
    """Grade a file as if its process had ended at once, and write its page."""
    task = Task("ada", ASSIGNMENT, FIRST, "")
    release = course.shelf.release("en", ASSIGNMENT, FIRST)
    try:
        submitted = tasks._load(task, content)
    except InvalidNotebook as reason:
        return nothing(release, "invalid", tasks._say(release, str(reason)))
    language = language_of(course.shelf, ASSIGNMENT, FIRST, submitted)
    release = course.shelf.release(language, ASSIGNMENT, FIRST)
    rebuilt = rebuild(release, submitted)
    results = judge(release, rebuilt, Run(rebuilt.notebook))
    executed = nbformat.reads(nbformat.writes(rebuilt.notebook), as_version=4)
    place = ("ada", ASSIGNMENT, FIRST)
    text = page(*place, language, results, rebuilt.notes, executed)
    assert text.encode("utf-8")
    return results


def check_rows(results: list[Result]) -> None:
    assert [result.exercise.id for result in results] == ["double", "halve"]
    assert {result.status for result in results} <= STATES
    assert all(result.message.strip() for result in results)


def check_mutants(course: TinyCourse, seeds: range) -> None:
    for seed in seeds:
        try:
            check_rows(results_of(course, mutant(course, seed)))
        except Exception as error:
            raise AssertionError(f"mutant {seed}: {error!r}") from error


def test_mutated_notebooks_end_in_a_sentence(course: TinyCourse) -> None:
    check_mutants(course, range(120))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_thousands_of_mutated_notebooks_end_in_a_sentence(course: TinyCourse) -> None:
    check_mutants(course, range(4000))


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_costs_little(course: TinyCourse, name: str) -> None:
    """What is made to exhaust a parser, a recursion or the memory."""
    check_rows(results_of(course, MONSTERS[name]()))


# ---- ZIPs ------------------------------------------------------------------

NAMES = ["ada", "..", ".", "", "/", "C:", "a\\b", "李雷", "\u202e", "x" * 300]
NAMES += ["\ud800", "con", "a\nb", "~", "__MACOSX", ASSIGNMENT, f"{FIRST}.ipynb"]


def mutant_zip(path: Path, rng: random.Random) -> None:
    """Write a ZIP with one good submission, odd paths and damaged bytes."""
    with zipfile.ZipFile(path, "w", rng.choice([0, 8, 12, 14])) as archive:
        good = zipfile.ZipInfo(f"good/{ASSIGNMENT}/{FIRST}.ipynb")
        archive.writestr(good, b"{}")
        for _ in range(rng.randrange(12)):
            parts = [rng.choice(NAMES) for _ in range(rng.randrange(1, 5))]
            if rng.random() < 0.5:
                parts = [parts[0], ASSIGNMENT, f"{FIRST}.ipynb"]
            name = "/".join(parts).encode("utf-8", errors="replace").decode()
            entry = zipfile.ZipInfo(name.replace("\0", "") or "x")
            entry.external_attr = rng.getrandbits(32)
            archive.writestr(entry, rng.randbytes(rng.choice([0, 10, 3000])))
    if rng.random() < 0.6:
        data = bytearray(path.read_bytes())
        for _ in range(rng.choice([1, 3, 30])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.choice([len(data), rng.randrange(len(data))])])


def check_zips(folder: Path, seeds: Sequence[int]) -> None:
    catalogue = {ASSIGNMENT: [FIRST, SECOND]}
    for seed in seeds:
        home = folder / str(seed)
        home.mkdir()
        path = home / "class.zip"
        mutant_zip(path, random.Random(seed))
        try:
            taken = collect(path, home / "taken", catalogue)
        except BadSource:
            continue
        except Exception as error:
            raise AssertionError(f"ZIP {seed}: {error!r}") from error
        for submission in taken.submissions:
            assert submission.folder.parent.parent == home / "taken"
        assert all(line.isprintable() for line in taken.ignored)
        assert {item.name for item in home.iterdir()} <= {"class.zip", "taken"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_mutated_zips_are_taken_in_or_refused(tmp_path: Path) -> None:
    check_zips(tmp_path, [*range(60), 458])  # one whose two names differ


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_thousand_mutated_zips_are_taken_in_or_refused(tmp_path: Path) -> None:
    check_zips(tmp_path, range(1000))


# ---- Graded for real -------------------------------------------------------

TEXTS = {
    "surrogate": "def double(x):\n    raise ValueError('\\ud800 alone')",
    "null": "def double(x):\n    raise ValueError('a \\0 b')",
    "null in source": "def double(x):\n    return '\0'",
    "long": "def double(x):\n    raise ValueError('x' * 3_000_000)",
    "odd name": "E = type('E\\ud800', (Exception,), {})\n"
    "def double(x):\n    raise E('\\ud800')",
}


def check_graded(course: TinyCourse, folder: Path, seeds: range) -> None:
    for name, source in TEXTS.items():
        hand_in(folder / "class", name, {FIRST: course.solved(double=source)}, "mxnet")
    for name in ("deep cells", "many cells", "signs", "one line", "long source"):
        hand_in(folder / "class", name, {FIRST: MONSTERS[name]()}, ASSIGNMENT)
    for seed in seeds:
        hand_in(folder / "class", f"m{seed}", {FIRST: mutant(course, seed)}, ASSIGNMENT)
    out = folder / "out"
    arguments = ["grade", str(folder / "class"), "--out", str(out), "--jobs", "2"]
    arguments += ["--course", str(course.folder), "--time-limit", "10"]
    assert main(arguments) == 0
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    students = {path.name for path in (folder / "class").iterdir()}
    assert {line["student"] for line in lines} == students
    assert len(lines) == 4 * len(students)
    assert all(line["message"].strip() for line in lines)
    assert {line["status"] for line in lines} <= STATES
    for student in students:
        assert (out / "feedback" / student / ASSIGNMENT / f"{FIRST}.html").exists()


@pytest.mark.slow
def test_a_class_of_mutants_is_graded(course: TinyCourse, tmp_path: Path) -> None:
    check_graded(course, tmp_path, range(5_000, 5_012))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_large_class_of_mutants_is_graded(course: TinyCourse, tmp_path: Path) -> None:
    check_graded(course, tmp_path, range(5_000, 5_400))
