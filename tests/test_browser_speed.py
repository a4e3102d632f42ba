"""The widgets answer faster than plain matplotlib, and do not grow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from drive import REPOSITORY, TAUGHT
from playwright.sync_api import Browser

from authoring.browser import Lab, Opened, jupyterlab
from benchmarks.widgets import (
    CASES,
    Case,
    change,
    focus,
    latencies,
    seconds_to_slider,
    seconds_to_widget,
    sources,
    write_notebook,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SLOWER = 1.5  # than a bare notebook with one slider, a lesson may be


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(REPOSITORY / "notebooks" / "en", root / "notebooks" / "en")
    with jupyterlab(root, tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.mark.soak
@pytest.mark.parametrize("framework", TAUGHT)
def test_widgets_are_faster_than_matplotlib(
    lab: Lab, chrome: Browser, framework: str
) -> None:
    plain, *measured = latencies(lab, chrome, framework, CASES, changes=30)
    slow = {
        one.case.name: plain.median / one.median
        for one in measured
        if plain.median / one.median < one.case.ratio
    }
    assert slow == {}


def lessons(framework: str) -> list[str]:
    """List the lessons to time: all of PyTorch, one of each other framework."""
    folder = REPOSITORY / "notebooks" / "en" / framework
    paths = sorted(folder.glob("*.ipynb"))
    chosen = paths if framework == "pytorch" else paths[1:2]
    return [str(path.relative_to(REPOSITORY)) for path in chosen]


@pytest.mark.soak
@pytest.mark.parametrize("framework", TAUGHT)
def test_a_lesson_is_soon_ready(lab: Lab, chrome: Browser, framework: str) -> None:
    """The least of three: what else the machine does only adds to a time."""
    bare = min(seconds_to_slider(lab, chrome, framework) for _ in range(3))
    for lesson in lessons(framework):
        ready = min(seconds_to_widget(lab, chrome, lesson) for _ in range(3))
        assert ready / bare <= SLOWER, lesson


# A page and a kernel keep some of what they have: caches of compiled code, of
# fonts and of a slider's first values. After the first hundred changes little
# is new, and what grows with each change shows: five hundred scenes of 4 kB alone
# would be 2 MB, a kept canvas 1 MB each.
KERNEL_GROWTH = 6.0  # MB resident; the allocators of C keep pages of their own


def page_megabytes(opened: Opened) -> float:
    """Return the used JavaScript heap, after collecting what is free."""
    session = opened.page.context.new_cdp_session(opened.page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 2**20


def kernel_megabytes(opened: Opened) -> float:
    """Return the kernel's resident memory."""
    code = "import gc, pathlib; _ = gc.collect()"
    resident = "pathlib.Path('/proc/self/statm').read_text().split()[1]"
    text = opened.kernel_value(code, resident)
    return int(text.strip("'")) * 4096 / 2**20


def growth(
    lab: Lab, chrome: Browser, case: Case, warm: int, changes: int
) -> tuple[float, float]:
    """Return how many MB page and kernel have grown over so many changes.

    The first ``warm`` changes come before that.
    """
    write_notebook(lab.root / "growth.ipynb", sources([case], TAUGHT[0]))
    notebook = lab.open(chrome, "growth.ipynb")
    assert notebook.run_all() == []
    area = notebook.cell(1)
    focus(area, case)
    sizes = []
    for number in range(warm + changes + 1):
        if number in (warm, warm + changes):
            sizes.append((page_megabytes(notebook), kernel_megabytes(notebook)))
        change(notebook, area, case.keys[number // 3 % 2])
    notebook.end()
    (page, kernel), (later_page, later_kernel) = sizes
    return later_page - page, later_kernel - kernel


@pytest.mark.parametrize(
    ("case", "warm", "changes", "most"),
    [
        (CASES[0], 150, 150, 0.6),
        *(pytest.param(case, 100, 500, 1.0, marks=pytest.mark.soak) for case in CASES),
    ],
    ids=lambda value: value.name if isinstance(value, Case) else str(value),
)
def test_no_widget_grows(
    lab: Lab, chrome: Browser, case: Case, warm: int, changes: int, most: float
) -> None:
    page, kernel = growth(lab, chrome, case, warm, changes)
    assert page < most  # MB of JavaScript's heap
    assert kernel < KERNEL_GROWTH
