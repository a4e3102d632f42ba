"""What the pages say is so: links lead somewhere, commands and points exist.

The README stands in three languages, which must say the same: the same headings,
commands and links, but for the language that a link or a command names.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from authoring.edition import LANGUAGES, ORIGINAL
from paramlab.exercises import EXERCISES

REPOSITORY = Path(__file__).parent.parent
READMES = {
    language: REPOSITORY
    / ("README.md" if language == ORIGINAL else f"README.{language}.md")
    for language in LANGUAGES
}
PAGES = [*READMES.values(), *sorted((REPOSITORY / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?P<target>[^)#\s]+)")
COMMAND = re.compile(r"^make ([a-z][a-z-]+)\b", re.MULTILINE)
LANGUAGE = re.compile(rf"(?<=[=./])({'|'.join(LANGUAGES)})(?=[./ ]|$)")


def code(page: str) -> list[str]:
    """Return a page's lines of code, in the text and in blocks, uncommented."""
    found = re.findall(r"`([^`\n]+)`|```(.*?)```", page, re.DOTALL)
    lines = "\n".join("".join(part) for part in found).split("\n")
    return [line.split(" #")[0].strip() for line in lines]


def outline(page: str) -> dict[str, list[str]]:
    """Return what must be equal in all languages, without the language's code."""
    text = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    links = LINK.findall("\n".join(page.split("\n")[1:]))  # the first names languages
    return {
        "headings": re.findall(r"^#+", text, re.MULTILINE),
        "items": re.findall(r"^(?:- |\| `[\w-]+`)", text, re.MULTILINE),
        "links": [LANGUAGE.sub("…", link) for link in links],
        # A sentence may be turned round, so the order is free.
        "code": sorted(LANGUAGE.sub("…", line) for line in code(page)),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_exist(page: Path) -> None:
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = link["target"]
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    lines = "\n".join(code(page.read_text(encoding="utf-8")))
    for command in COMMAND.findall(lines):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_line_leads_to_the_other_languages(language: str) -> None:
    text = READMES[language].read_text(encoding="utf-8")
    others = [READMES[other].name for other in LANGUAGES if other != language]
    assert LINK.findall(text.split("\n")[0]) == others


@pytest.mark.parametrize("language", [x for x in LANGUAGES if x != ORIGINAL])
def test_the_languages_have_the_same_outline(language: str) -> None:
    original = READMES[ORIGINAL].read_text(encoding="utf-8")
    translation = READMES[language].read_text(encoding="utf-8")
    assert outline(translation) == outline(original)


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("headings", "\n## Play\n", "\nPlay\n"),
        ("items", "- **[For students]", "**[For students]"),
        ("links", "(docs/students.md)", "(docs/instructors.md)"),
        ("links", "pytorch.en.png", "mxnet.en.png"),
        ("code", "make test ", "make soak "),
        ("code", "FRAMEWORK=mxnet", "FRAMEWORK=paddle"),
    ],
)
def test_an_outline_shows_each_difference(part: str, before: str, after: str) -> None:
    text = READMES[ORIGINAL].read_text(encoding="utf-8")
    assert text.count(before) == 1
    one, other = outline(text), outline(text.replace(before, after))
    assert [key for key in one if one[key] != other[key]] == [part]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_badge_opens_the_configured_repository(language: str) -> None:
    data = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    address = data["project"]["urls"]["Repository"]
    readme = READMES[language].read_text(encoding="utf-8")
    badge = re.search(r"mybinder\.org/v2/gh/([^/]+/[^/]+)/HEAD\?(\S+)\)", readme)
    assert badge is not None
    assert address == f"https://github.com/{badge[1]}"
    notebook = badge[2].removeprefix("urlpath=lab/tree/")
    assert notebook.startswith(f"notebooks/{language}/")
    assert (REPOSITORY / notebook).is_file()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_lessons_is_right(language: str) -> None:
    readme = READMES[language].read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| `([\w-]+)` \|.*\| (\d+) \|$", readme, re.MULTILINE))
    points: dict[str, int] = {}
    for exercise in EXERCISES.values():
        points[exercise.lesson] = points.get(exercise.lesson, 0) + exercise.points
    assert {lesson: int(number) for lesson, number in shown.items()} == points
    assert sum(points.values()) == 100
