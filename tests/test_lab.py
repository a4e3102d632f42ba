"""`make lab` opens the edition that was asked for and keeps a student's work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from program import Program, serving

from authoring.browser import chromium
from paramlab import lab
from paramlab.frameworks import FrameworkMissing

EDITION = Path("en/pytorch")


def write(notebook: Path, source: str) -> None:
    """Write a notebook with one code cell."""
    notebook.parent.mkdir(parents=True, exist_ok=True)
    cell = nbformat.v4.new_code_cell(source, id="only")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)


def source(notebook: Path) -> str:
    """Read what `write` wrote."""
    text: str = nbformat.read(notebook, as_version=4).cells[0].source
    return text


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Write a small release of three editions."""
    folder = tmp_path / "notebooks"
    for edition in ("en/pytorch", "zh/pytorch", "en/paddle"):
        for lesson in ("01-access", "02-initialization"):
            write(folder / edition / f"{lesson}.ipynb", f"{edition} {lesson}")
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def mine(released: Path, work: Path) -> Path:
    """Hand out an edition and return the student's first notebook."""
    lab.hand_out(released, work, EDITION)
    return work / EDITION / "01-access.ipynb"


def test_students_get_copies(released: Path, work: Path) -> None:
    assert lab.hand_out(released, work, EDITION) == []
    copies = sorted(path.name for path in (work / EDITION).iterdir())
    assert copies == ["01-access.ipynb", "02-initialization.ipynb"]
    assert not (work / "zh").exists()


def test_answers_are_never_overwritten(released: Path, work: Path, mine: Path) -> None:
    write(mine, "my answers")
    assert lab.hand_out(released, work, EDITION) == []
    write(released / EDITION / mine.name, "a newer lesson")
    assert lab.hand_out(released, work, EDITION) == [mine]
    assert source(mine) == "my answers"


def test_work_from_elsewhere_is_never_overwritten(released: Path, work: Path) -> None:
    """A folder without a record, such as one copied from another machine."""
    mine = work / EDITION / "01-access.ipynb"
    write(mine, "my answers")
    assert lab.hand_out(released, work, EDITION) == [mine]
    assert source(mine) == "my answers"


def test_a_damaged_copy_is_kept(released: Path, work: Path, mine: Path) -> None:
    mine.write_text("half a noteb")
    lab.hand_out(released, work, EDITION)
    assert mine.read_text() == "half a noteb"


def test_untouched_copies_follow_the_release(
    released: Path, work: Path, mine: Path
) -> None:
    """Also those that were run: JupyterLab saves outputs and metadata in them."""
    notebook = nbformat.read(mine, as_version=4)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="hello")]
    nbformat.write(notebook, mine)
    write(released / EDITION / mine.name, "a newer lesson")
    assert lab.hand_out(released, work, EDITION) == []
    assert source(mine) == "a newer lesson"


def test_outputs_stay_until_the_lesson_changes(
    released: Path, work: Path, mine: Path
) -> None:
    notebook = nbformat.read(mine, as_version=4)
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="hello")]
    nbformat.write(notebook, mine)
    lab.hand_out(released, work, EDITION)
    assert nbformat.read(mine, as_version=4).cells[0].outputs


def test_a_renamed_notebook_is_handed_out_anew(
    released: Path, work: Path, mine: Path
) -> None:
    write(mine, "my answers")
    mine.rename(mine.with_name("mine.ipynb"))
    lab.hand_out(released, work, EDITION)
    assert source(mine) == "en/pytorch 01-access"
    assert source(mine.with_name("mine.ipynb")) == "my answers"


def test_opens_the_first_lesson(released: Path) -> None:
    first = lab.first_lesson(released, "zh", "pytorch")
    assert first == Path("zh/pytorch/01-access.ipynb")


def test_says_which_editions_exist(released: Path) -> None:
    with pytest.raises(lab.NoEdition, match="LANGUAGE=en FRAMEWORK=pytorch") as caught:
        lab.first_lesson(released, "zh", "tensorflow")
    assert "LANGUAGE=zh FRAMEWORK=tensorflow" in str(caught.value)


def test_says_what_is_missing(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the framework's package, as Apple silicon for MXNet."""

    def nothing(name: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", nothing)
    with pytest.raises(FrameworkMissing, match="paddle is not installed"):
        lab.first_lesson(released, "en", "paddle")


def test_command_fails_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main(["--language", "xx"]) == 1
    assert "There is no edition LANGUAGE=xx" in capsys.readouterr().err


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    """Run JupyterLab as `make lab` starts it."""
    options = ["--work", str(tmp_path / "work"), "--language", request.param]
    options += ["--framework", "pytorch", "--"]
    options += ["--no-browser", "--ip=127.0.0.1", "--port=0"]
    options += ["--LabApp.expose_app_in_browser=True"]
    with serving("paramlab.lab", *options, host="127.0.0.1", seconds=60) as running:
        yield running


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "menu"),
    [("en", "File"), ("zh", "文件"), ("ja", "ファイル")],
    indirect=["server"],
)
def test_jupyterlab_opens_the_lesson_in_its_language(
    server: Program, menu: str
) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(server.address)
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        page.wait_for_function(
            "window.jupyterapp.shell.currentWidget.sessionContext.session"
            "?.kernel?.status === 'idle'",
            timeout=60_000,
        )
        path = page.evaluate("window.jupyterapp.shell.currentWidget.context.path")
        assert path.endswith("/pytorch/01-access.ipynb")
        first = page.locator(".lm-MenuBar-itemLabel").first
        assert first.inner_text().startswith(menu)
        # Nothing that a student cannot use: no news, no tools for instructors.
        assert page.locator(".jp-Notification-Toast").count() == 0
        plugins = page.evaluate("window.jupyterapp.listPlugins()")
        assert not set(lab.INSTRUCTOR_TOOLS) & set(plugins)
        assert page.get_by_text("Nbgrader", exact=True).count() == 0
        assert page.get_by_text("Validate", exact=True).is_visible()


def test_settings_are_what_jupyterlab_reads(tmp_path: Path) -> None:
    lab.write_settings("ja", tmp_path)
    settings = json.loads((tmp_path / "overrides.json").read_text())
    locale = settings["@jupyterlab/translation-extension:plugin"]["locale"]
    assert locale == "ja_JP"
