"""A real JupyterLab in a real Chromium: for screenshots, and for tests of pages."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright

from paramlab.lab import PROMPT

REPOSITORY = Path(__file__).parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}
# What JupyterLab itself says on the console, about itself.
NOT_OURS = (
    "favicon",
    "api/workspaces",
    "jupyterlab-language-pack",
    "ResizeObserver loop",
    "attachment:",  # asked for once before the cell's attachment is found
)
MINUTE = 60_000

STATUS = """() => {
  const shown = window.jupyterapp?.shell?.currentWidget;
  return shown?.sessionContext?.session?.kernel?.status;
}"""
# Run All returns when the last cell has; false where a cell has failed.
RUN_ALL = """async () => {
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  return cells
    .filter((cell) => cell.model.type === 'code')
    .map((cell) => cell.model.outputs?.toJSON() ?? [])
    .flatMap((outputs) => outputs)
    .filter((output) => output.output_type === 'error')
    .map((output) => `${output.ename}: ${output.evalue}`);
}"""

KERNEL_VALUE = """async ([code, expression]) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const asked = { code, store_history: false, user_expressions: { expression } };
  const reply = await kernel.requestExecute(asked).done;
  const { expression: value } = reply.content.user_expressions;
  if (value.status !== 'ok') throw new Error(`${value.ename}: ${value.evalue}`);
  return value.data['text/plain'];
}"""


def executable() -> str | None:
    """Return the path of an installed Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the installed Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=list(FLAGS)
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A notebook in the browser, and what its console has said."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def cell(self, number: int) -> Locator:
        """Find a cell by its number in the notebook."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def wait_for_kernel(self) -> None:
        """Wait until the kernel is up, and does nothing."""
        self.page.wait_for_function(f"({STATUS})() === 'idle'", timeout=MINUTE)

    def run_all(self) -> list[str]:
        """Run all cells and return the errors that they ended in."""
        self.wait_for_kernel()
        failures: list[str] = self.page.evaluate(RUN_ALL)
        self.wait_for_kernel()
        return failures

    def kernel_value(self, code: str, expression: str) -> str:
        """Run code in the kernel and return what an expression then is, as text."""
        value: str = self.page.evaluate(KERNEL_VALUE, [code, expression])
        return value

    def end(self) -> None:
        """Close the page and end its kernel, which the next one would get."""
        self.page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
        self.page.context.close()

    def theme(self, name: str) -> None:
        """Switch JupyterLab to a theme, such as "JupyterLab Dark"."""
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute("
            "'apputils:change-theme', { theme })",
            name,
        )
        light = "false" if "Dark" in name else "true"
        self.page.wait_for_selector(
            f'body[data-jp-theme-light="{light}"]', state="attached"
        )

    def _heard(self, message: ConsoleMessage) -> None:
        text = message.text
        place = message.location.get("url", "")
        if message.type == "error" and not any(
            part in text or part in place for part in NOT_OURS
        ):
            self.errors.append(f"{text} ({place})")


@dataclass
class Lab:
    """A running JupyterLab server."""

    url: str
    token: str
    root: Path

    def open(self, browser: Browser, notebook: str, **context: object) -> Opened:
        """Open a notebook by its path below the root."""
        page = browser.new_context(
            viewport={"width": 1280, "height": 1000},
            **context,  # type: ignore[arg-type]
        ).new_page()
        opened = Opened(page)
        page.on("console", opened._heard)
        page.on("pageerror", lambda error: opened.errors.append(str(error)))
        page.goto(f"{self.url}/lab/tree/{notebook}?reset&token={self.token}")
        page.wait_for_selector(".jp-Notebook", timeout=MINUTE)
        return opened


@contextmanager
def jupyterlab(root: Path, state: Path) -> Iterator[Lab]:
    """Run JupyterLab on a folder, with its settings and logs in another."""
    settings = state / "settings"
    settings.mkdir(parents=True)
    (settings / "overrides.json").write_text(json.dumps(OVERRIDES))
    token = secrets.token_hex(16)
    port = _free_port()
    lab = Lab(f"http://127.0.0.1:{port}", token, root)
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_DATA_DIR": str(state / "data"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        "IPYTHONDIR": str(state / "ipython"),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.kernel_websocket_connection_class={PROMPT}",
        f"--LabApp.app_settings_dir={settings}",
        f"--LabApp.user_settings_dir={state / 'user'}",
        f"--LabApp.workspaces_dir={state / 'workspaces'}",
        "--LabApp.expose_app_in_browser=True",
    ]
    log = state / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            _wait_for(lab, server, log)
            yield lab
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    address = f"{lab.url}/api/status?token={lab.token}"
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError(f"JupyterLab did not answer:\n{log.read_text()}")
