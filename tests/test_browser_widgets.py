"""Every widget in a real JupyterLab: keys, focus, labels, themes, no flicker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from drive import TAUGHT
from editions import LANGUAGES
from pages import CONTROLS, OnPage
from playwright.sync_api import Browser, expect

from authoring.browser import Lab, Opened, jupyterlab
from benchmarks.widgets import CASES, Case, change, focus, sources, write_notebook
from paramlab import widgets
from paramlab.messages import message
from paramlab.widgets.scene import pack

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAIRS = dict(zip(LANGUAGES, TAUGHT, strict=False))
each_language = pytest.mark.parametrize("opened", PAIRS, indirect=True, scope="module")
# What texts have no part in: the other languages in `make soak`.
one_language = pytest.mark.parametrize(
    "opened",
    [
        pytest.param(language, marks=pytest.mark.soak if number else ())
        for number, language in enumerate(PAIRS)
    ],
    indirect=True,
    scope="module",
)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("root")
    for language, framework in PAIRS.items():
        code = sources(CASES, framework, language)
        write_notebook(root / f"{language}.ipynb", code)
    with jupyterlab(root, tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.fixture(scope="module")
def opened(
    request: pytest.FixtureRequest, lab: Lab, chrome: Browser
) -> Iterator[Opened]:
    """Open a notebook with every widget in one language, and run it."""
    notebook = lab.open(chrome, f"{request.param}.ipynb")
    assert notebook.run_all() == []
    yield notebook
    notebook.end()


@pytest.fixture
def language(opened: Opened) -> str:
    return opened.page.url.split("tree/")[1].split(".")[0]


def widget(opened: Opened, case: Case) -> OnPage:
    """Find a widget on the page."""
    return OnPage(opened, CASES.index(case))


# Labels, buttons and readouts whose text is wider than they are.
CUT = """place => [...place.querySelectorAll(
  '.widget-label, button, .widget-readout, .paramlab-view span, th, td')]
  .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent)"""


@each_language
@each_case
def test_texts_fit(opened: Opened, case: Case) -> None:
    assert widget(opened, case).place.evaluate(CUT) == []


LOOK = """() => {
  const style = getComputedStyle(document.activeElement);
  return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor];
}"""


@one_language
@each_case
def test_tab_goes_through_all_controls(opened: Opened, case: Case) -> None:
    """In the order on the page; where the focus is can be seen."""
    shown = widget(opened, case)
    everything = f"{CONTROLS}, .paramlab-view input, .paramlab-view button:enabled"
    controls = shown.place.locator(everything)
    count = controls.count()
    assert count > 2
    controls.evaluate_all(
        "all => all.forEach((one, i) => { one.dataset.number = String(i); })"
    )
    before = controls.evaluate_all(
        """all => all.map((one) => { one.blur(); const style = getComputedStyle(one);
          return [style.outlineStyle, style.outlineWidth, style.boxShadow,
            style.borderColor]; })"""
    )
    controls.first.focus()
    met: list[int] = []
    for _ in range(3 * count):
        number = opened.page.evaluate("document.activeElement.dataset.number")
        if number is not None:
            met.append(int(number))
            look = opened.page.evaluate(LOOK)
            assert look != before[int(number)], met
            if int(number) == count - 1:
                break
        opened.page.keyboard.press("Tab")
    assert met == list(range(count))


@each_language
@each_case
def test_a_key_redraws_once(opened: Opened, case: Case) -> None:
    shown = widget(opened, case)
    before, image = shown.draws, shown.pixels()
    focus(shown.place, case)
    shown.press(case.keys[0])
    shown.settle()
    assert shown.draws == before + 1
    assert not np.array_equal(shown.pixels(), image)
    shown.assert_shows(shown.computed())
    shown.press(case.keys[1])
    if case.name != "training_monitor":  # it keeps the steps that it has trained
        assert np.array_equal(shown.pixels(), image)


# In every frame: the plot's box, and whether all of it has one colour.
SAMPLE = """place => {
  const canvas = place.querySelector('canvas');
  const seen = { boxes: [], empty: 0, frames: 0, until: true };
  const small = document.createElement('canvas');
  [small.width, small.height] = [48, 32];
  const brush = small.getContext('2d', { willReadFrequently: true });
  const sample = () => {
    const { x, width, height } = canvas.getBoundingClientRect();
    const box = [x, width, height].join(' ');
    if (!seen.boxes.includes(box)) seen.boxes.push(box);
    brush.drawImage(canvas, 0, 0, 48, 32);
    const words = new Uint32Array(brush.getImageData(0, 0, 48, 32).data.buffer);
    if (words.every((word) => word === words[0])) seen.empty += 1;
    seen.frames += 1;
    if (seen.until) requestAnimationFrame(sample);
  };
  requestAnimationFrame(sample);
  window.seen = seen;
}"""


def sampled(opened: Opened, shown: OnPage, case: Case, changes: int) -> dict[str, Any]:
    """Return what was seen of the plot, frame by frame, during some changes."""
    focus(shown.place, case)
    shown.place.evaluate(SAMPLE)
    for number in range(changes):
        change(opened, shown.place, case.keys[number // 3 % 2])
    seen: dict[str, Any] = opened.page.evaluate(
        "() => { window.seen.until = false; return window.seen; }"
    )
    return seen


@one_language
@each_case
def test_the_plot_does_not_flicker(opened: Opened, case: Case) -> None:
    seen = sampled(opened, widget(opened, case), case, 30)
    assert seen["frames"] >= 30
    assert len(seen["boxes"]) == 1
    assert seen["empty"] == 0


# Texts that are fainter against what is behind them than WCAG asks for.
FAINT = """place => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map((v) =>
      v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = (top, below) => {
    const a = top[3] ?? 1;
    return below.map((v, i) => top[i] * a + v * (1 - a));
  };
  const ground = (one) => {
    if (!one) return [255, 255, 255];
    return over(channels(getComputedStyle(one).backgroundColor),
      ground(one.parentElement));
  };
  const opacity = (one) => one && one !== place.parentElement
    ? Number(getComputedStyle(one).opacity) * opacity(one.parentElement) : 1;
  return [...place.querySelectorAll('*')].filter((one) =>
    one.offsetParent && !one.disabled && !one.closest('option, .noUi-target') &&
    [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((one) => {
      const below = ground(one);
      const ink = channels(getComputedStyle(one).color);
      ink[3] = (ink[3] ?? 1) * opacity(one);
      const [a, b] = [light(over(ink, below)), light(below)].sort((x, y) => y - x);
      return [one.textContent.slice(0, 40), (a + 0.05) / (b + 0.05)];
    })
    .filter(([, ratio]) => ratio < 4.5)
    .map(([text, ratio]) => `${text} ${ratio.toFixed(2)}`);
}"""


@each_language
def test_texts_are_readable_in_both_themes(opened: Opened) -> None:
    heights = [widget(opened, case).pixels().shape[0] for case in CASES]
    assert {case.name: _faint(opened, case) for case in CASES} == NONE
    opened.theme("JupyterLab Dark")
    try:
        opened.page.wait_for_function(
            "() => [...document.querySelectorAll('.paramlab-plot')]"
            ".every((plot) => plot.classList.contains('paramlab-dark'))"
        )
        assert {case.name: _faint(opened, case) for case in CASES} == NONE
        for case, height in zip(CASES, heights, strict=True):
            dark = widget(opened, case).pixels()
            assert dark[0, 0].max() < 40
            assert dark.shape[0] == height
    finally:  # the server remembers it for the notebooks after this one
        opened.theme("JupyterLab Light")
    opened.page.wait_for_selector(".paramlab-plot:not(.paramlab-dark)")


NONE: dict[str, list[str]] = {case.name: [] for case in CASES}


def _faint(opened: Opened, case: Case) -> list[str]:
    faint: list[str] = widget(opened, case).place.evaluate(FAINT)
    return faint


@one_language
def test_the_tree_is_walked_by_keys(opened: Opened) -> None:
    case = next(case for case in CASES if case.name == "parameter_explorer")
    shown = widget(opened, case).place
    rows = shown.get_by_role("treegrid").get_by_role("row")
    shown.get_by_role("row", selected=True).focus()
    opened.page.keyboard.press("Home")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    everything = sum(row.is_visible() for row in rows.all())
    opened.page.keyboard.press("ArrowLeft")
    assert sum(row.is_visible() for row in rows.all()) < everything
    opened.page.keyboard.press("ArrowRight")
    assert sum(row.is_visible() for row in rows.all()) == everything
    rows.nth(4).click()
    expect(rows.nth(4)).to_have_attribute("aria-selected", "true")


@one_language
def test_the_monitor_plays(opened: Opened, language: str) -> None:
    case = next(case for case in CASES if case.name == "training_monitor")
    shown = widget(opened, case)
    before = shown.draws
    play = shown.place.locator(".widget-play button").first
    play.focus()
    opened.page.keyboard.press("Enter")
    expect(shown.place.locator(".paramlab-heading")).to_contain_text(
        message(language, "widgets", "monitor.at", step=30, last=30), timeout=60_000
    )
    shown.settle()
    assert before < shown.draws <= before + 31
    expected = widgets.training_monitor(
        steps=30, framework=PAIRS[language], language=language
    )
    expected.go(30)
    shown.assert_shows(pack(expected.scene()))


@each_language
def test_the_console_is_silent(opened: Opened) -> None:
    """Runs last in this module's order: nothing above has left an error."""
    assert opened.errors == []
