"""A real JupyterHub on loopback, with users that the machine need not know.

As root, each user has an account: a passwd file that only the hub and its
children see, by a mount namespace, names them, and their servers run with
different user ids. Anybody else gets a hub in which one account serves all.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Page

from authoring.browser import MINUTE, REPOSITORY

COURSE = "params"
INSTRUCTOR = "teacher"
FIRST_ID = 23001  # user ids that no package takes
CONFIG = Path(__file__).with_name("hub_config.py")
ACCOUNTS = Path(__file__).with_name("accounts.py")
# The page tells a test which kernel it has and what it says.
SHOW_APP = "c = get_config()\nc.LabApp.expose_app_in_browser = True\n"

READY = """() => window.jupyterapp?.shell?.currentWidget?.sessionContext
  ?.session?.kernel?.status === 'idle'"""
ANSWER = """(answers) => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const left = new Map(Object.entries(answers));
  for (const cell of cells) {
    const id = cell.model.getMetadata('nbgrader')?.grade_id;
    if (left.has(id)) {
      cell.model.sharedModel.setSource(left.get(id));
      left.delete(id);
    }
  }
  return [...left.keys()];
}"""
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save')"
SAY = """async (code) => {
  const widget = window.jupyterapp.shell.currentWidget;
  const kernel = widget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false });
  let said = '';
  future.onIOPub = (message) => {
    const { text, ename, evalue } = message.content;
    said += text ?? (ename ? `${ename}: ${evalue}` : '');
  };
  await future.done;
  return said;
}"""


@dataclass
class Server:
    """A user's JupyterLab in the browser."""

    page: Page

    def wait_for_lab(self) -> None:
        """Wait until JupyterLab has started."""
        self.page.wait_for_function("() => window.jupyterapp", timeout=2 * MINUTE)
        self.page.wait_for_selector("#jp-main-dock-panel", timeout=MINUTE)

    def choose(self, menu: str, item: str) -> None:
        """Choose an item of the menu bar."""
        self.page.locator(f'.lm-MenuBar-itemLabel:text-is("{menu}")').click()
        self.page.locator(f'.lm-Menu-itemLabel:text-is("{item}")').click()

    def menu_items(self, menu: str) -> list[str]:
        """Return what a menu offers."""
        self.page.locator(f'.lm-MenuBar-itemLabel:text-is("{menu}")').click()
        self.page.wait_for_selector(".lm-Menu-itemLabel")
        found = self.page.locator(".lm-Menu-itemLabel").all_inner_texts()
        self.page.keyboard.press("Escape")
        return [item for item in found if item]

    def wait_for_kernel(self) -> None:
        """Wait until the notebook in front can run."""
        # JupyterLab opens anew what was open before, and hides it.
        self.page.wait_for_selector(".jp-Notebook:visible", timeout=MINUTE)
        self.page.wait_for_function(READY, timeout=MINUTE)

    def answer(self, answers: dict[str, str]) -> None:
        """Write solution cells of the notebook in front, by their ids."""
        missing = self.page.evaluate(ANSWER, answers)
        assert not missing, f"the notebook has no {missing}"

    def save(self) -> None:
        """Save the notebook in front."""
        self.page.evaluate(SAVE)

    def run(self, code: str) -> str:
        """Run code in the kernel of the notebook in front; return what it printed."""
        said: str = self.page.evaluate(SAY, code)
        return said

    def frame(self) -> FrameLocator:
        """Return the page in the page in front, such as a feedback page."""
        return self.page.frame_locator("iframe:visible")


@dataclass
class Hub:
    """A running JupyterHub."""

    url: str
    folder: Path
    password: str
    users: tuple[str, ...]
    own_accounts: bool

    @property
    def exchange(self) -> Path:
        """Return the folder of nbgrader's exchange."""
        return self.folder / "exchange"

    @property
    def state(self) -> Path:
        """Return the folder of the hub's own secrets."""
        return self.folder / "state"

    def home(self, user: str) -> Path:
        """Return the folder of a user."""
        return self.folder / "home" / user

    def log_in(self, browser: Browser, user: str, path: str = "lab") -> Page:
        """Log in as a user through the hub's own pages; the server then starts."""
        page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        page.goto(f"{self.url}/hub/user-redirect/{path}")
        page.fill("#username_input", user)
        page.fill("#password_input", self.password)
        page.click("#login_submit", no_wait_after=True)
        return page

    def run(self, user: str, *command: str) -> str:
        """Run a command as in a user's terminal and return what it printed."""
        done = subprocess.run(
            self._terminal(user, command),
            cwd=self.home(user),
            env=self._environment(user),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, user: str, *command: str) -> Iterator[Path]:
        """Run a command in a user's terminal meanwhile and give what it printed."""
        log = self.folder / "command.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._terminal(user, command),
                cwd=self.home(user),
                env=self._environment(user),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                yield log
                assert process.poll() is None, f"it ended: {log.read_text()}"
            finally:
                _end(process)

    def _terminal(self, user: str, command: tuple[str, ...]) -> list[str]:
        switch = _with_accounts(self.folder, user) if self.own_accounts else []
        return [*switch, *command]

    def _environment(self, user: str) -> dict[str, str]:
        return _environment(os.environ) | {
            "HOME": str(self.home(user)),
            "USER": user,
            "NBGRADER_EXCHANGE": str(self.exchange),
        }


@contextmanager
def jupyterhub(*students: str) -> Iterator[Hub]:
    """Run a hub for an instructor and students, each with an empty home."""
    users = (INSTRUCTOR, *students)
    # Not pytest's own folder: no other account may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="hub-", dir=_open_folder()))
    try:
        folder.chmod(0o711)
        own = _may_switch_accounts(folder, users)
        hub = Hub(_address(), folder, secrets.token_hex(8), users, own)
        _lay_out(hub)
        with _running(hub):
            yield hub
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _open_folder() -> str:
    """Return a temporary folder that every account can enter."""
    return "/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()


def _may_switch_accounts(folder: Path, users: tuple[str, ...]) -> bool:
    """Tell whether servers can run as different users who find the project."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    lines = Path("/etc/passwd").read_text().splitlines()
    for number, user in enumerate(users, FIRST_ID):
        home = folder / "home" / user
        lines.append(f"{user}:x:{number}:{number}::{home}:/bin/bash")
    (folder / "passwd").write_text("\n".join(lines) + "\n")
    modules = "import jupyterhub, nbgrader, paramlab"
    probe = [*_with_accounts(folder, users[0]), sys.executable, "-c", modules]
    environment = _environment(os.environ)
    done = subprocess.run(probe, cwd="/", env=environment, capture_output=True)
    return done.returncode == 0


def _with_accounts(folder: Path, user: str = "") -> list[str]:
    """Return what to put before a command: a user's, or the hub's as root."""
    passwd = str(folder / "passwd")
    return ["unshare", "--mount", sys.executable, str(ACCOUNTS), passwd, user]


def _lay_out(hub: Hub) -> None:
    hub.state.mkdir(mode=0o700)
    for number, user in enumerate(hub.users, FIRST_ID):
        settings = hub.home(user) / ".jupyter"
        settings.mkdir(parents=True)
        (settings / "jupyter_lab_config.py").write_text(SHOW_APP)
        hub.home(user).chmod(0o700)
        if hub.own_accounts:
            for path in (hub.home(user), settings, *settings.iterdir()):
                os.chown(path, number, number)


def _environment(given: os._Environ[str]) -> dict[str, str]:
    """Return a server's environment, without what is the tests' own."""
    paths = [str(REPOSITORY), given.get("PYTHONPATH", "")]
    programs = [str(Path(sys.prefix, "bin")), given["PATH"]]
    kept = {key: given[key] for key in ("LANG", "LC_ALL", "TZ") if key in given}
    return kept | {
        "PATH": os.pathsep.join(programs),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


@contextmanager
def _running(hub: Hub) -> Iterator[None]:
    plan = {
        "url": hub.url,
        "hub_url": _address(),
        "proxy_url": _address(),
        "course": COURSE,
        "instructor": INSTRUCTOR,
        "users": hub.users,
        "password": hub.password,
        "own_accounts": hub.own_accounts,
        "exchange": str(hub.exchange),
        "homes": str(hub.folder / "home"),
        "state": str(hub.state),
    }
    command = [sys.executable, "-m", "jupyterhub", "--config", str(CONFIG)]
    if hub.own_accounts:
        command = [*_with_accounts(hub.folder), *command]
    environment = _environment(os.environ) | {
        "HUB_PLAN": json.dumps(plan),
        "HOME": str(hub.state),
    }
    log = hub.state / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=hub.state,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(hub, process, log)
            yield
        except BaseException:
            print(log.read_text()[-20_000:])
            raise
        finally:
            _end(process)  # and with it its servers and the proxy


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(hub: Hub, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"JupyterHub ended:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{hub.url}/hub/health", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    raise TimeoutError(f"JupyterHub did not answer:\n{log.read_text()}")


def _address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
