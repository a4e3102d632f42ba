"""The line below a plot: it is copied, pasted, and refused with a reason, by keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from editions import LANGUAGES
from pages import OnPage
from playwright.sync_api import Browser, expect

from authoring.browser import Opened, jupyterlab
from benchmarks.widgets import write_notebook
from paramlab import widgets
from paramlab.messages import message
from paramlab.widgets.scene import pack
from paramlab.widgets.view import NotAView

pytestmark = [pytest.mark.browser, pytest.mark.slow]
each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, chrome: Browser
) -> Iterator[Opened]:
    """Open a notebook with the picker in every language."""
    root = tmp_path_factory.mktemp("root")
    pickers = [f"widgets.initializer_picker(language={one!r})" for one in LANGUAGES]
    setup = "from paramlab import edition, widgets\n_ = edition.use('pytorch', 'en')"
    write_notebook(root / "pickers.ipynb", [setup, *pickers])
    clipboard = ["clipboard-read", "clipboard-write"]
    with jupyterlab(root, tmp_path_factory.mktemp("state")) as lab:
        notebook = lab.open(chrome, "pickers.ipynb", permissions=clipboard)
        assert notebook.run_all() == []
        yield notebook
        notebook.end()


def picker(opened: Opened, language: str) -> OnPage:
    return OnPage(opened, LANGUAGES.index(language))


@each_language
def test_a_line_goes_through_the_clipboard(opened: Opened, language: str) -> None:
    shown = picker(opened, language)
    before, page = shown.line, opened.page
    place = shown.place.locator(".paramlab-view")
    place.get_by_role("button", name=message(language, "widgets", "view.copy")).click()
    expect(place.get_by_role("status")).to_have_text(
        message(language, "widgets", "view.copied")
    )
    assert page.evaluate("navigator.clipboard.readText()") == before
    prepared = widgets.initializer_picker(
        "normal_",
        inputs=100,
        outputs=17,
        seed=5,
        std=0.25,
        framework="pytorch",
        language=language,
    )
    page.evaluate("line => navigator.clipboard.writeText(line)", prepared.view())
    place.get_by_role("textbox").focus()  # selects all of it
    page.keyboard.press("Control+v")
    assert shown.line == prepared.view()
    page.keyboard.press("Enter")
    shown.assert_shows(pack(prepared.scene()))
    readouts = shown.place.locator(".widget-readout").all_inner_texts()
    assert {"100", "17", "5", "0.250"} <= set(readouts)
    place.get_by_role("textbox").fill(before)
    page.keyboard.press("Enter")
    back = widgets.initializer_picker(framework="pytorch", language=language)
    assert back.view() == before
    shown.assert_shows(pack(back.scene()))


@each_language
@pytest.mark.parametrize(
    "line",
    [
        "tie_dissector?uses=2",
        "initializer_picker?colour=3",
        "initializer_picker?inputs=many",
        "initializer_picker?inputs=0",
        "initializer_picker?initializer=nothing_",
        "initializer_picker?inputs",
    ],
)
def test_a_wrong_line_says_what_is_wrong(
    opened: Opened, language: str, line: str
) -> None:
    shown = picker(opened, language)
    before, image = shown.line, shown.pixels()
    place = shown.place.locator(".paramlab-view")
    place.get_by_role("textbox").fill(line)
    opened.page.keyboard.press("Enter")
    same = widgets.initializer_picker(framework="pytorch", language=language)
    with pytest.raises(NotAView) as refused:
        same.set_view(line)
    expect(place.get_by_role("status")).to_have_text(str(refused.value))
    opened.kernel_value("", "0")
    assert (shown.pixels() == image).all()
    place.get_by_role("textbox").press("Escape")
    assert shown.line == before


def test_the_console_is_silent(opened: Opened) -> None:
    assert opened.errors == []
