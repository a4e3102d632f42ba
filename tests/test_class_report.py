"""The class report says what the tables say, and finds answers that are alike."""

from __future__ import annotations

import csv
import json
import random
import statistics
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from corpora import answered, student
from editions import LANGUAGES
from generated_class import answers, bank, write_class
from nbformat import write

from autograder import journal
from autograder.class_report.likeness import Likeness, fingerprint, pairs, tokens
from autograder.class_report.statistics import correlation
from autograder.cli import main
from autograder.record import Record
from autograder.release import Exercise
from autograder.result import Result
from paramlab.exercises import EXERCISES

LESSONS = ("03-tying",)
COPY = """\
def count_tied(net):
    seen = {}
    amount = [0, 0]
    for number, (key, entry) in enumerate(net.named_parameters()):
        seen.setdefault(entry.data_ptr(), []).append((number, key))
        amount[0] += entry.numel() if len(seen[entry.data_ptr()]) == 1 else 0
        amount[1] = max(amount[1], len(seen[entry.data_ptr()]) * number)
    while len(amount) > 2 and amount[-1] == 0:
        amount.pop()
    return sorted(amount, key=lambda one: (one % 7, -one))
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grade a class of mixed quality once; two students have copied."""
    folder = tmp_path_factory.mktemp("class")
    names = write_class(folder / "class", 14, LESSONS, seed=4)
    for name, code in (
        ("copier-1", COPY),
        ("copier-2", COPY.replace("seen", "pointers").replace("amount", "result")),
    ):
        target = folder / "class" / name / "pytorch"
        target.mkdir(parents=True)
        own = {**answers(LESSONS[0], "pytorch", 0.5, random.Random(name))}
        own["count-tied"] = code
        notebook = answered(student(LESSONS[0]), own)
        write(notebook, target / f"{LESSONS[0]}.ipynb")
    hurt = folder / "class" / names[0] / "pytorch" / f"{LESSONS[0]}.ipynb"
    hurt.write_text("{", encoding="utf-8")
    out = folder / "out"
    command = ["grade", str(folder / "class"), "--out", str(out)]
    assert main([*command, "--seed", "5", "--no-feedback"]) == 0
    return out


def page(out: Path, language: str = "en") -> BeautifulSoup:
    assert main(["report", str(out), "--language", language]) == 0
    return BeautifulSoup((out / "report.html").read_text("utf-8"), "html.parser")


def lines(out: Path, name: str) -> list[dict[str, str]]:
    with (out / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(table: Tag) -> list[list[str]]:
    rows = table.select("tbody tr")
    return [[c.get_text(" ", strip=True) for c in row.select("td, th")] for row in rows]


def test_the_distribution_is_that_of_the_table(graded: Path) -> None:
    percents = [
        100 * float(line["score"]) / float(line["max_score"])
        for line in lines(graded, "grades.csv")
    ]
    counts = Counter(min(int(percent // 10), 9) for percent in percents)
    shown = page(graded)
    _, *bins = cells(shown.select("#pytorch ~ table")[0])[0]
    assert bins == [str(counts[i]) for i in range(10)]
    sentence = shown.select_one("#pytorch ~ p").get_text()
    for number in (
        statistics.mean(percents),
        statistics.pstdev(percents),
        statistics.median(percents),
    ):
        assert f"{number:.1f}" in sentence


def test_each_exercise_is_as_the_table_has_it(graded: Path) -> None:
    rows = [row for row in lines(graded, "scores.csv") if row["status"] != "manual"]
    whole: dict[str, float] = defaultdict(float)
    for row in rows:
        whole[row["student"]] += float(row["score"])
    shown = {
        line[1]: line for line in cells(page(graded).select("#pytorch ~ table")[1])
    }
    seen = 0
    for exercise in {row["exercise"] for row in rows}:
        own = [row for row in rows if row["exercise"] == exercise]
        scores = [float(row["score"]) for row in own]
        most = float(own[0]["max_score"])
        _, _, points, mean, discrimination, full, *_, blank = shown[exercise]
        assert float(points) == most
        assert mean == f"{100 * statistics.mean(scores) / most:.0f} %"
        assert full == f"{100 * sum(s >= most for s in scores) / len(own):.0f} %"
        blanks = sum(row["status"] == "blank" for row in own)
        assert blank == f"{100 * blanks / len(own):.0f} %"
        rest = [whole[row["student"]] - float(row["score"]) for row in own]
        if len(set(scores)) == 1:
            assert discrimination == "–"
        else:
            seen += 1
            assert discrimination == f"{statistics.correlation(scores, rest):.2f}"
    assert seen >= 3


def test_findings_are_counted_by_student(graded: Path) -> None:
    """As the messages say: each is told to exactly those who have it."""
    table = cells(page(graded).select_one("#mistakes ~ table"))
    assert table
    rows = lines(graded, "scores.csv")
    with Record(graded) as record:
        entries = list(record.entries())
    for count, exercise, _ in table:
        assert int(count) >= 1
        name = exercise.split()[0]
        lost = [r for r in rows if r["exercise"] == name and r["status"] == "graded"]
        assert int(count) <= len(lost)
    told = Counter(
        (result.exercise.id, found.key)
        for entry in entries
        for result in entry.results
        for found in result.found
    )
    assert [int(line[0]) for line in table] == sorted(told.values(), reverse=True)[:40]


def test_what_needs_a_person_is_named(graded: Path) -> None:
    shown = {
        line[0]: line for line in cells(page(graded).select_one("#attention ~ table"))
    }
    assert "not a notebook" in shown["student-00000"][3]


def test_costs_are_measured(graded: Path) -> None:
    table = cells(page(graded).select_one("#costs ~ table"))
    (line,) = [line for line in table if line[1] == LESSONS[0]]
    assert int(line[2]) == 15  # one of 16 is no notebook
    seconds = [float(part) for part in line[3].split(" / ")]
    assert 0 < seconds[0] <= seconds[1] <= seconds[2] < 60


def test_a_copy_with_other_names_is_shown(graded: Path) -> None:
    found = page(graded).select("#alike ~ details")
    said = [pair.summary.get_text() for pair in found]
    (copy,) = [i for i, text in enumerate(said) if text.count("copier") == 2]
    assert said[copy] == "copier-1 and copier-2: count-tied"
    assert "100 % of the shorter answer" in found[copy].get_text()
    assert "data_ptr" in found[copy].select("pre")[0].get_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_else(graded: Path, language: str) -> None:
    shown = page(graded, language)
    assert shown.html["lang"] == language
    for tag in shown.find_all(True):
        for name in ("src", "href", "xlink:href"):
            value = str(tag.get(name, ""))
            assert value == "" or value.startswith("#")
    assert not shown.find_all("script")
    for figure in shown.select("figure"):
        assert figure["aria-label"]
        assert figure.svg
    ids = [tag["id"] for tag in shown.select("h2[id]")]
    assert [link["href"] for link in shown.select("nav a")] == [f"#{i}" for i in ids]


def test_students_cannot_write_html_into_it(graded: Path) -> None:
    text = (graded / "report.html").read_text("utf-8")
    assert "<script" not in text
    assert "default-src 'none'" in text


def test_renaming_and_layout_hide_nothing() -> None:
    renamed = COPY.replace("seen", "x").replace("amount", "y").replace("net", "model")
    commented = "# mine\n" + renamed.replace("\n    return", "\n\n    # so\n    return")
    assert fingerprint(COPY) == fingerprint(commented)
    assert fingerprint(COPY)


def test_a_text_that_is_no_python_is_cut_as_far_as_it_goes() -> None:
    assert tokens("def f(:\n  '''")[:2] == ["def", "name"]
    assert fingerprint("") == set()


def test_what_was_given_or_is_usual_says_nothing() -> None:
    likeness = Likeness("pytorch", "x", [COPY])
    for name in "ab":
        likeness.add(name, COPY)
    assert pairs([likeness]) == []
    likeness = Likeness("pytorch", "x", [])
    for number in range(20):
        likeness.add(f"s{number}", COPY)
    assert pairs([likeness]) == []


# The solutions of the fourth lesson's banks are long, and begin alike.
@pytest.mark.parametrize(
    "exercise", [e.id for e in EXERCISES.values() if e.lesson < "04"]
)
def test_different_right_solutions_are_not_alike(exercise: str) -> None:
    right, _ = bank(exercise, "pytorch")
    likeness = Likeness("pytorch", exercise, [])
    for number, solution in enumerate(right):
        likeness.add(str(number), solution.code.partition("# %%")[0])
    assert [match.students for match in likeness.matches()] == []


def test_a_correlation_needs_two_sides_that_vary() -> None:
    import numpy as np

    same, other = np.ones(4), np.arange(4.0)
    assert correlation(same, other) is None
    assert correlation(other, -other) == pytest.approx(-1)


def test_a_journal_without_costs_is_still_read() -> None:
    """A course that was graded before findings and costs were kept."""
    result = Result(Exercise("e", 2.0, False), 1.0, "graded", "so")
    data = asdict(result)
    del data["found"]
    line = ("s", "a", "n", "k", "en", json.dumps([data]), "[]")
    entry = journal._entry(line)
    assert entry.results == (result,)
    assert entry.seconds == 0.0
