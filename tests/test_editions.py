"""Two editions of a lesson, opened side by side, are the same lesson."""

from __future__ import annotations

import ast
import itertools
import json
import re
from typing import Any

import pytest
from editions import EDITIONS, FRAMEWORKS, LANGUAGES

from paramlab import edition
from paramlab.exercises import EXERCISES, LESSONS, WRITTEN
from paramlab.lab import PROJECT

each_lesson = pytest.mark.parametrize("lesson", LESSONS)


def cells(
    language: str, framework: str, lesson: str, tree: str = "notebooks"
) -> list[dict[str, Any]]:
    path = PROJECT / tree / language / framework / f"{lesson}.ipynb"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def headings(notebook: list[dict[str, Any]]) -> list[str]:
    text = "\n".join(
        "".join(cell["source"]) for cell in notebook if cell["cell_type"] == "markdown"
    )
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"^#+ .*$", without_code, flags=re.MULTILINE)


def test_there_are_forty_eight_notebooks() -> None:
    pairs = itertools.product(edition.LANGUAGES, edition.FRAMEWORKS)
    assert set(EDITIONS) == set(pairs)
    for language, framework in EDITIONS:
        folder = PROJECT / "notebooks" / language / framework
        assert sorted(path.stem for path in folder.glob("*.ipynb")) == list(LESSONS)


@each_lesson
@pytest.mark.parametrize("language", LANGUAGES)
def test_frameworks_have_the_same_headings(lesson: str, language: str) -> None:
    first, *others = [headings(cells(language, f, lesson)) for f in FRAMEWORKS]
    assert len(first) > 8
    assert len(set(first)) == len(first)
    for other in others:
        assert other == first


class WithoutTexts(ast.NodeTransformer):
    """Replaces every string: what is left is what the code does."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        values = [one for one in node.values if isinstance(one, ast.FormattedValue)]
        return ast.Tuple([self.visit(one.value) for one in values], ast.Load())


@each_lesson
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("tree", ["notebooks", "solutions"])
def test_languages_differ_in_texts_only(tree: str, framework: str, lesson: str) -> None:
    first, *others = (
        [
            ast.dump(WithoutTexts().visit(ast.parse("".join(cell["source"]))))
            for cell in cells(language, framework, lesson, tree)
            if cell["cell_type"] == "code"
        ]
        for language in LANGUAGES
    )
    assert len(first) > 8
    for other in others:
        assert other == first


@each_lesson
def test_languages_have_headings_of_the_same_levels(lesson: str) -> None:
    levels = {
        language: [
            line.split()[0] for line in headings(cells(language, "mxnet", lesson))
        ]
        for language in LANGUAGES
    }
    for language in LANGUAGES:
        assert levels[language] == levels["en"]


@each_lesson
def test_editions_have_the_same_exercises_in_the_same_places(lesson: str) -> None:
    wanted = {f"test-{item.id}" for item in EXERCISES.values() if item.lesson == lesson}
    wanted |= {item.id for item in EXERCISES.values() if item.lesson == lesson}
    wanted |= {name for name, (home, _) in WRITTEN.items() if home == lesson}
    found = {
        pair: [
            (cell["id"], {k: v for k, v in marks.items() if k != "checksum"})
            for cell in cells(*pair, lesson)
            if (marks := cell["metadata"].get("nbgrader"))
            if marks["solution"] or marks["grade"]
        ]
        for pair in EDITIONS
    }
    first = found[EDITIONS[0]]
    assert {name for name, _ in first} == wanted
    for pair in EDITIONS:
        assert found[pair] == first, pair


@each_lesson
def test_languages_have_the_same_ids_and_frameworks_the_same_order(lesson: str) -> None:
    ids = {pair: [cell["id"] for cell in cells(*pair, lesson)] for pair in EDITIONS}
    for language, framework in EDITIONS:
        assert ids[language, framework] == ids["en", framework], (language, framework)
    for one, other in itertools.combinations(FRAMEWORKS, 2):
        shared = set(ids["en", one]) & set(ids["en", other])
        orders = [[x for x in ids["en", name] if x in shared] for name in (one, other)]
        assert orders[0] == orders[1]
        assert len(shared) > 0.6 * len(ids["en", one])


@each_lesson
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_locked_cells_are_the_same_in_all_languages(
    lesson: str, framework: str
) -> None:
    locked = [
        {
            cell["id"]: "".join(cell["source"])
            for cell in cells(language, framework, lesson)
            if cell["metadata"].get("nbgrader", {}).get("locked")
        }
        for language in LANGUAGES
    ]
    assert locked[0]
    for other in locked[1:]:
        assert other == locked[0]
