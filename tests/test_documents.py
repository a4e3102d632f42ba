"""What the pages say is so: links lead somewhere, commands and points exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from paramlab.exercises import EXERCISES

REPOSITORY = Path(__file__).parent.parent
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?P<target>[^)#\s]+)")
COMMAND = re.compile(r"^make ([a-z][a-z-]+)\b", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_exist(page: Path) -> None:
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = link["target"]
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    code = re.findall(r"`([^`\n]+)`|```(.*?)```", page.read_text(), re.DOTALL)
    for command in COMMAND.findall("\n".join("".join(part) for part in code)):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_the_badge_opens_the_configured_repository() -> None:
    data = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    address = data["project"]["urls"]["Repository"]
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    badge = re.search(r"mybinder\.org/v2/gh/([^/]+/[^/]+)/HEAD\?(\S+)\)", readme)
    assert badge is not None
    assert address == f"https://github.com/{badge[1]}"
    notebook = badge[2].removeprefix("urlpath=lab/tree/")
    assert (REPOSITORY / notebook).is_file()


def test_the_table_of_lessons_is_right() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| `([\w-]+)` \|.*\| (\d+) \|$", readme, re.MULTILINE))
    points: dict[str, int] = {}
    for exercise in EXERCISES.values():
        points[exercise.lesson] = points.get(exercise.lesson, 0) + exercise.points
    assert {lesson: int(number) for lesson, number in shown.items()} == points
    assert sum(points.values()) == 100
