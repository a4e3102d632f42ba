"""`make lab` opens the edition that was asked for and keeps a student's work."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from browser import chromium

from paramlab import lab
from paramlab.frameworks import FrameworkMissing

EDITION = Path("en/pytorch")


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Write a small release: two editions, one of a framework that is absent."""
    folder = tmp_path / "notebooks"
    for edition in ("en/pytorch", "zh/pytorch", "en/paddle"):
        (folder / edition).mkdir(parents=True)
        for lesson in ("01-access", "02-initialization"):
            (folder / edition / f"{lesson}.ipynb").write_text(f"{edition} {lesson}")
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def test_students_get_copies(released: Path, work: Path) -> None:
    assert lab.hand_out(released, work, EDITION) == []
    copies = sorted(path.name for path in (work / EDITION).iterdir())
    assert copies == ["01-access.ipynb", "02-initialization.ipynb"]
    assert not (work / "zh").exists()


def test_changed_work_is_never_overwritten(released: Path, work: Path) -> None:
    lab.hand_out(released, work, EDITION)
    mine = work / EDITION / "01-access.ipynb"
    mine.write_text("my answers")
    assert lab.hand_out(released, work, EDITION) == []
    (released / EDITION / "01-access.ipynb").write_text("a newer lesson")
    assert lab.hand_out(released, work, EDITION) == [mine]
    assert mine.read_text() == "my answers"


def test_work_from_elsewhere_is_never_overwritten(released: Path, work: Path) -> None:
    """A folder without a record, such as one copied from another machine."""
    mine = work / EDITION / "01-access.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("my answers")
    assert lab.hand_out(released, work, EDITION) == [mine]
    assert mine.read_text() == "my answers"


def test_untouched_copies_follow_the_release(released: Path, work: Path) -> None:
    lab.hand_out(released, work, EDITION)
    (released / EDITION / "01-access.ipynb").write_text("a newer lesson")
    assert lab.hand_out(released, work, EDITION) == []
    assert (work / EDITION / "01-access.ipynb").read_text() == "a newer lesson"


def test_a_renamed_notebook_is_handed_out_anew(released: Path, work: Path) -> None:
    lab.hand_out(released, work, EDITION)
    mine = work / EDITION / "01-access.ipynb"
    mine.write_text("my answers")
    mine.rename(work / EDITION / "mine.ipynb")
    lab.hand_out(released, work, EDITION)
    assert mine.read_text() == "en/pytorch 01-access"
    assert (work / EDITION / "mine.ipynb").read_text() == "my answers"


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


class Server:
    """A JupyterLab that runs as `make lab` starts it."""

    def __init__(self, work: Path, language: str) -> None:
        command = [sys.executable, "-m", "paramlab.lab", "--work", str(work)]
        command += ["--language", language, "--framework", "pytorch", "--"]
        command += ["--no-browser", "--ip=127.0.0.1", "--port=0"]
        command += ["--LabApp.expose_app_in_browser=True"]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.lines: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.address = self._address()

    def _read(self) -> None:
        """Empty the pipe for as long as the server runs."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.put(line)
        self.lines.put("")

    def _address(self) -> str:
        seen = ""
        while line := self.lines.get(timeout=60):
            seen += line
            if found := re.search(r"http://127\.0\.0\.1:\S+", line):
                return found[0]
        raise AssertionError(f"JupyterLab ended:\n{seen}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        finally:
            self.process.kill()


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    running = Server(tmp_path / "work", request.param)
    yield running
    running.stop()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "menu"), [("en", "File"), ("zh", "文件")], indirect=["server"]
)
def test_jupyterlab_opens_the_lesson_in_its_language(server: Server, menu: str) -> None:
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
        assert "@jupyter/nbgrader:validate-assignment" in plugins
        assert not set(lab.INSTRUCTOR_TOOLS) & set(plugins)


def test_settings_are_what_jupyterlab_reads(tmp_path: Path) -> None:
    lab.write_settings("ja", tmp_path)
    settings = json.loads((tmp_path / "overrides.json").read_text())
    locale = settings["@jupyterlab/translation-extension:plugin"]["locale"]
    assert locale == "ja_JP"
