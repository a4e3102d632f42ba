"""`make lecture` shows the widgets of a lesson as a page, and nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from drive import REPOSITORY, TAUGHT
from editions import LANGUAGES, one_framework
from nbclient import NotebookClient
from playwright.sync_api import ConsoleMessage, expect
from program import Program, serving

from authoring.browser import chromium
from paramlab.lecture import __main__ as lecture
from paramlab.lecture.needed import names, needed
from paramlab.lecture.page import NoWidgets, page, shows_widget
from paramlab.messages import area

RELEASED = REPOSITORY / "notebooks"
LESSONS = sorted(path.stem for path in RELEASED.glob("en/pytorch/*.ipynb"))
SECONDS = 120  # on a busy machine


def lesson(name: str, framework: str, language: str = "en") -> nbformat.NotebookNode:
    return nbformat.read(
        RELEASED / language / framework / f"{name}.ipynb", as_version=4
    )


def made(*sources: str) -> nbformat.NotebookNode:
    """Write a lesson: Markdown where a source starts with a star or a #."""
    cells = [
        nbformat.v4.new_markdown_cell(source.removeprefix("* "))
        if source.startswith(("*", "#", "!"))
        else nbformat.v4.new_code_cell(source)
        for source in ("# Title\n\nMuch text.", *sources)
    ]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "paramlab": {"language": "en", "framework": "pytorch", "lesson": "09-new"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def sources(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells[1:]]


# ---- Which cells run --------------------------------------------------------


def test_a_cell_runs_for_what_it_binds_or_changes() -> None:
    cells = [
        "import torch\nfrom torch import nn",  # 0: bound
        "net = nn.Linear(2, 2)",  # 1: bound
        "other = nn.Linear(3, 3)",
        "net.weight",  # reads only
        "net.weight.requires_grad = False",  # 4: sets a part
        "torch.manual_seed(1)",  # a module is not changed
        "net.zero_grad()",  # 6: calls with it
        "def twice(net):\n    return net(net)",  # a name of its own
        "[net for net in range(3)]",  # here too
        "size = 3",  # 9: bound
        "use(net, size)",
        "size = 4",
    ]
    assert needed(cells, {10}) == [0, 1, 4, 6, 9]


def test_names_are_those_of_the_cell_itself() -> None:
    found = names("total = sum(w.numel() for w in net)\ndef size(): return total + n")
    assert found.bound == {"total", "size"}
    assert found.fixed == {"size"}
    assert found.read >= {"net", "n"}
    assert not found.read & {"w", "sum"}
    assert names("%matplotlib inline\nx = 1").bound == {"x"}


# ---- What the page has ------------------------------------------------------


def test_a_page_has_heading_question_widget() -> None:
    shown = page(
        made(
            "## First",
            "* Predict!",
            "initializer_picker()",
            "![A picture of it.](attachment:one.png)",
            "* The answer.",
            "width = 8",
            "* Something else.",
            "![One more.](attachment:two.png)",
            "framework_comparison('dense', width)",
        )
    )
    assert sources(shown) == [
        "## First",
        "Predict!",
        "initializer_picker()",
        "%%capture\nwidth = 8",
        "## First",
        "Something else.",
        "framework_comparison('dense', width)",
    ]
    assert shown.metadata.title == "Title"


def test_a_widget_is_told_what_the_lesson_tells_it() -> None:
    shown = page(
        made(
            "## Watch",
            "rate = 0.1",
            "monitor = training_monitor(net)\nmonitor",
            "for step in range(3):\n    monitor.record(rate)",
            "monitor = training_monitor()\nmonitor.go(rate)",
        )
    )
    assert sources(shown) == [
        "%%capture\nrate = 0.1",
        "## Watch",
        "monitor = training_monitor(net)\nmonitor",
        "%%capture\nfor step in range(3):\n    monitor.record(rate)",
    ]


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ("initializer_picker()", True),
        ("from paramlab import widgets\nwidgets.initializer_picker()", True),
        ("monitor = training_monitor()\nmonitor", True),
        ("monitor = training_monitor()", False),
        ("monitor = training_monitor()\nmonitor.go(3)\nprint(3)", False),
        ("print('initializer_picker()')", False),
        ("# initializer_picker()", False),
    ],
)
def test_a_widget_is_shown_by_the_last_line(source: str, shows: bool) -> None:
    assert shows_widget(nbformat.v4.new_code_cell(source)) is shows


def test_without_widgets_there_is_no_page() -> None:
    with pytest.raises(NoWidgets):
        page(made("* Text", "x = 1"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("framework", TAUGHT)
@pytest.mark.parametrize("name", LESSONS)
def test_no_page_has_exercises(name: str, framework: str, language: str) -> None:
    whole = lesson(name, framework, language)
    shown = page(whole)
    exercises = [cell.source for cell in whole.cells if "nbgrader" in cell.metadata]
    graded = [
        cell.source
        for cell in whole.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
        or cell.metadata.get("nbgrader", {}).get("solution")
    ]
    assert graded or not exercises
    for cell in shown.cells:
        assert cell.source.removeprefix("%%capture\n") not in graded
        assert "attachment:" not in cell.source
    visible = [
        cell.source
        for cell in shown.cells
        if cell.cell_type == "code" and not cell.source.startswith("%%capture")
    ]
    expected = [cell.source for cell in whole.cells if shows_widget(cell)]
    assert visible == expected
    assert shown.metadata.title == whole.cells[0].source.split("\n")[0][2:]


@pytest.mark.slow
@one_framework
def test_what_a_page_runs_fails_nowhere(
    framework: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a framework's pages, each in a kernel of its own."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY), prepend=":")
    for name in LESSONS:
        shown = page(lesson(name, framework))
        client = NotebookClient(
            shown,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(tmp_path)}},
        )
        client.execute()  # raises where a cell fails
        for cell in shown.cells:
            if cell.cell_type != "code":
                continue
            kinds = [kind for output in cell.outputs for kind in output.get("data", {})]
            silent = cell.source.startswith("%%capture")
            assert (not cell.outputs) if silent else ("image/png" in kinds)


# ---- The command ------------------------------------------------------------


def test_a_wrong_name_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert lecture.main(["05-none"]) == 1
    said = capsys.readouterr().err
    assert "There is no lesson 05-none." in said
    assert "02-initialization" in said
    assert lecture.main(["--language", "fr"]) == 1
    assert "LANGUAGE=ja FRAMEWORK=paddle" in capsys.readouterr().err


def test_a_lesson_without_widgets_lists_those_with_some(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "pytorch"
    folder.mkdir(parents=True)
    nbformat.write(made("initializer_picker()"), folder / "01-some.ipynb")
    nbformat.write(made("x = 1"), folder / "02-none.ipynb")
    with pytest.raises(lecture.NoLesson, match=r"02-none shows no widgets.*01-some"):
        lecture.write(tmp_path, "02-none", ("en", "pytorch"), tmp_path)


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        lecture.main(["--help"])
    said = capsys.readouterr().out
    assert "python -m paramlab.lecture 03-tying --language ja" in said


def test_make_lists_the_lessons_before_it_sets_anything_up() -> None:
    command = ["make", "lecture", "LESSON=05-none", "PYTHON=no-such-python"]
    tried = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert tried.returncode != 0
    assert "LESSON=02-initialization" in tried.stderr
    assert "no-such-python" not in tried.stderr


# ---- In a browser -----------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    """Serve the page of a lesson as `make lecture` does."""
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "TMPDIR": str(tmp_path),
    }
    with serving(
        "paramlab.lecture",
        *request.param,
        "--",
        "--no-browser",
        host="localhost",
        seconds=SECONDS,
        environment=environment,
    ) as running:
        yield running
    left = [path.name for path in tmp_path.iterdir()]
    assert not [name for name in left if name.startswith("lecture-")]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "language"),
    [
        (("02-initialization", "--language=ja", "--framework=paddle"), "ja"),
        pytest.param(
            ("02-initialization", "--language=zh", "--framework=mxnet"),
            "zh",
            marks=pytest.mark.soak,
        ),
    ],
    indirect=["server"],
)
def test_the_page_works(server: Program, language: str) -> None:
    heard: list[str] = []
    asked: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    with chromium() as browser:
        shown = browser.new_page()
        shown.on("console", listen)
        shown.on("pageerror", lambda error: heard.append(str(error)))
        shown.on(
            "response",
            lambda answer: answer.status < 400 or heard.append(answer.url),
        )
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(server.address, wait_until="commit")  # the kernel runs first
        plots = shown.locator(".paramlab-widget .paramlab-plot")
        expect(plots.first).to_be_visible(timeout=SECONDS * 1000)
        expect(plots.first.locator("canvas")).to_be_visible()
        assert shown.evaluate("document.documentElement.lang") == language
        assert shown.title() == shown.locator("h1").first.inner_text().rstrip("¶")
        # Nothing but text and widgets: no code, no error, nothing from elsewhere.
        assert shown.locator(".jp-InputArea-editor:visible").count() == 0
        assert (
            shown.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count()
            == 0
        )
        assert all(url.startswith((server.address, "data:", "blob:")) for url in asked)
        # A key on a slider changes the plot.
        widget = shown.locator(".paramlab-widget:has(.widget-hslider)").first
        canvas = widget.locator("canvas").first
        canvas.scroll_into_view_if_needed()
        before = canvas.evaluate("canvas => canvas.toDataURL()")
        widget.get_by_role("slider").last.focus()
        shown.keyboard.press("ArrowRight")
        shown.wait_for_function(
            "([canvas, before]) => canvas.toDataURL() !== before",
            arg=[canvas.element_handle(), before],
            timeout=SECONDS * 1000,
        )
        # The link turns the page dark.
        shown.get_by_role("link", name=area(language, "lecture")["dark"]).click()
        shown.wait_for_selector('body[data-jp-theme-light="false"]')
        expect(plots.first.locator("canvas")).to_be_visible(timeout=SECONDS * 1000)
    assert heard == []
    # A page that is left leaves no kernel behind.
    while "Kernel shutdown" not in server.lines.get(timeout=SECONDS):
        pass
