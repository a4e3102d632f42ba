"""What the pages say is so: links lead somewhere, commands and points exist.

The README stands in three languages, which must say the same: the same headings,
commands and links, but for the language that a link or a command names.
"""

from __future__ import annotations

import io
import re
import sys
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from authoring import screenshots
from authoring.edition import LANGUAGES, ORIGINAL
from paramlab import widgets
from paramlab.exercises import EXERCISES
from paramlab.frameworks import available, load
from paramlab.widgets.monitor import tied_network
from paramlab.widgets.view import read

REPOSITORY = Path(__file__).parent.parent
READMES = {
    language: REPOSITORY
    / ("README.md" if language == ORIGINAL else f"README.{language}.md")
    for language in LANGUAGES
}
PAGES = [*READMES.values(), *sorted((REPOSITORY / "docs").glob("*.md"))]
# A link or a picture, in Markdown or in HTML; only its own page starts with a #.
LINK = re.compile(r'(?:\]\(|src(?:set)?=")(?P<target>[^)#"\s]+)')
SECTION = re.compile(r"\]\((?P<page>[^)#\s]*)#(?P<section>[^)\s]+)\)")
VIEW = re.compile(r"^(\w+)\?\S*$")
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


def sections(page: Path) -> list[str]:
    """Return the names under which a page's headings are linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in headings]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_sections_exist(page: Path) -> None:
    for link in SECTION.finditer(page.read_text(encoding="utf-8")):
        other = page.parent / link["page"] if link["page"] else page
        assert link["section"] in sections(other), link[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_has_a_dark_one_and_a_text(page: Path) -> None:
    """Both of the page's own language."""
    text = page.read_text(encoding="utf-8")
    language = (page.suffixes[0][1:]) if len(page.suffixes) > 1 else ORIGINAL
    pictures = re.findall(r"<picture>.*?</picture>", text, re.DOTALL)
    assert len(pictures) == text.count("<img")
    for picture in pictures:
        (light,) = re.findall(r'<img src="([^"]+)"', picture)
        (dark,) = re.findall(r'scheme: dark\)" srcset="([^"]+)"', picture)
        assert dark == light.replace(".light.", ".dark.")
        assert light.endswith(f".{language}.light.png")
        assert re.search(r'alt="[^"]{4,}"', picture), picture


def test_every_widget_is_explained_and_shown() -> None:
    text = (REPOSITORY / "docs" / "widgets.md").read_text(encoding="utf-8")
    for widget in widgets.__all__:
        heading = widget.replace("_", " ").capitalize()
        assert f"\n## {heading}\n" in text
        assert f"pictures/widgets/{widget}.en.light.png" in text


def test_pictures_of_widgets_are_all_there_and_small() -> None:
    folder = REPOSITORY / "docs" / "pictures" / "widgets"
    expected = {
        f"{widget}.{language}.{theme}.png"
        for widget in widgets.__all__
        for language in LANGUAGES
        for theme in screenshots.THEMES
    }
    assert {path.name for path in folder.iterdir()} == expected
    for path in folder.iterdir():
        assert path.stat().st_size <= screenshots.LIMIT, path.name
        with Image.open(path) as picture:
            assert picture.width >= 900, path.name
            dark = np.asarray(picture.convert("L")).mean() < 128
        assert dark == (".dark." in path.name), path.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_view_lines_set_their_widgets(page: Path) -> None:
    lines = code(page.read_text(encoding="utf-8"))
    for found in filter(None, map(VIEW.match, lines)):
        make = getattr(widgets, found[1])
        shown = make(view=found[0], framework=available()[0], language="en")
        assert set(read(found[1], found[0])) <= set(read(found[1], shown.view()))


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
        ("links", "depth.en.light.png", "depth.en.dark.png"),
        ("links", "dissector.en.dark.png", "explorer.en.dark.png"),
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


# ---- The command that takes the pictures ------------------------------------


@pytest.mark.parametrize("framework", available())
@pytest.mark.parametrize("widget", widgets.__all__)
def test_every_screenshots_line_sets_its_widget(widget: str, framework: str) -> None:
    line = screenshots.view(widget, framework)
    make = getattr(widgets, widget)
    if screenshots.MADE[widget].startswith("net"):
        make = partial(make, tied_network(load(framework)))
    made = make(view=line, framework=framework, language="en")
    assert set(read(widget, line)) <= set(read(widget, made.view()))


def test_a_picture_keeps_its_colours_within_the_limit() -> None:
    plain = Image.new("RGB", (900, 400), "#56b4e9")
    plain.paste("#d55e00", (10, 10, 100, 100))
    kept = Image.open(io.BytesIO(screenshots.small(png(plain)))).convert("RGB")
    assert kept.getpixel((50, 50)) == (0xD5, 0x5E, 0x00)
    assert kept.getpixel((200, 50)) == (0x56, 0xB4, 0xE9)
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="more than 80000"):
        screenshots.small(png(Image.fromarray(noise)))


def png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def test_screenshots_say_what_they_lack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "authoring.browser", raising=False)
    monkeypatch.setitem(sys.modules, "playwright", None)
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert screenshots.main([]) == 1
    assert "need playwright, which is not installed" in capsys.readouterr().err
