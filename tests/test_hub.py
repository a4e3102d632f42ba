"""Two students and an instructor on a real JupyterHub, in a real browser.

The hub has the recipe of deploy/jupyterhub; nbgrader's exchange lies between its
users. One run of a lesson, from its release to the feedback, is what the tests
look at: the hub takes most of the time.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import nbformat
import pytest
import yaml
from nbgrader.utils import is_solution
from playwright.sync_api import Page, expect

from authoring.browser import MINUTE, REPOSITORY, Opened, chromium

pytest.importorskip("jupyterhub", reason="needs the extra hub")

from hub import COURSE, INSTRUCTOR, Hub, Server, jupyterhub

RECIPE = REPOSITORY / "deploy" / "jupyterhub"
sys.path.insert(0, str(RECIPE))
from course_hub import course_finder  # noqa: E402

pytestmark = pytest.mark.hub

PAGE = (REPOSITORY / "docs" / "jupyterhub.md").read_text(encoding="utf-8")
ASSIGNMENT, LESSON = "pytorch", "01-access"
WATCH = "watch"
AUTOGRADER = (sys.executable, "-m", "autograder")
ADA, EMIL = "ada", "emil"
# What emil thinks: that a network has as many numbers as it has tensors.
MISTAKE = {
    "count-parameters": (
        "def count_parameters(net):\n    return len(list(net.parameters()))"
    )
}
LOOK = """
import os
from pathlib import Path

def found(path):
    try:
        os.listdir(path) if Path(path).is_dir() else open(path, "rb").read(1)
    except OSError as error:
        return type(error).__name__
    return "open"

import json
print(json.dumps({{path: found(path) for path in {paths!r}}}))
"""
MOVE = """
import os
try:
    os.rename({old!r}, {old!r} + "-mine")
except OSError as error:
    print(type(error).__name__)
else:
    print("moved")
"""


@dataclass
class Class:
    """A hub on which a lesson has been released, solved and graded."""

    hub: Hub
    formgrader: Page
    servers: dict[str, Server] = field(default_factory=dict)
    feedback: dict[str, str] = field(default_factory=dict)


def solutions(lesson: str) -> dict[str, str]:
    """Return the right answers of a lesson, by the ids of their cells."""
    path = REPOSITORY / "solutions" / "en" / ASSIGNMENT / f"{lesson}.ipynb"
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if is_solution(cell) and cell.cell_type == "code"
    }


def make_course(hub: Hub) -> None:
    """Make the instructor's course and release one lesson."""
    hub.run(INSTRUCTOR, *AUTOGRADER, "course", "new", COURSE)
    settings = hub.home(INSTRUCTOR) / COURSE / "course.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace('exchange = ""', f'exchange = "{hub.exchange}"')
    text = re.sub(r"^lessons = .*$", f'lessons = ["{LESSON}"]', text, flags=re.M)
    settings.write_text(text, encoding="utf-8")
    with settings.with_name("roster.csv").open("a") as roster:
        roster.write(f"{ADA},Ada,Lovelace,,\n{EMIL},Emil,Nolte,,\n")
    hub.run(INSTRUCTOR, *AUTOGRADER, "release", COURSE)


def hand_in(server: Server, answers: dict[str, str]) -> None:
    """Fetch, solve and submit a lesson as a student does."""
    page = server.page
    server.wait_for_lab()
    server.choose("Nbgrader", "Assignment List")
    released = page.locator("#released_assignments_list .list_item")
    expect(released.filter(has_text=ASSIGNMENT)).to_have_count(1, timeout=MINUTE)
    released.get_by_role("button", name="Fetch").click()
    fetched = page.locator("#fetched_assignments_list")
    fetched.locator("a.assignment-notebooks-link").click(timeout=MINUTE)
    fetched.get_by_text(LESSON, exact=True).click()
    server.wait_for_kernel()
    server.answer(answers)
    opened = Opened(page)
    failures = opened.run_all()
    unsolved = len(solutions(LESSON)) - len(answers)
    stubs = [failure for failure in failures if failure.startswith("NotImplemented")]
    assert len(failures) == len(stubs) <= unsolved, failures
    server.save()
    server.choose("Nbgrader", "Assignment List")
    fetched.get_by_role("button", name="Submit").click()
    submitted = page.locator("#submitted_assignments_list .nested_list_item")
    expect(submitted).to_have_count(1, timeout=MINUTE)


def read_feedback(server: Server) -> str:
    """Fetch feedback as a student does and return the page's text."""
    page = server.page
    server.choose("Nbgrader", "Assignment List")
    submitted = page.locator("#submitted_assignments_list")
    ready = submitted.get_by_text("(feedback available to fetch)")
    for _ in range(60):
        page.locator("#refresh_assignments_list").click()
        expect(submitted.locator(".nested_list_item")).to_have_count(1, timeout=MINUTE)
        if ready.count():
            break
        page.wait_for_timeout(1000)
    submitted.get_by_role("button", name="Fetch Feedback").click()
    submitted.get_by_text("(view feedback)").click(timeout=MINUTE)
    page.locator(f'.jp-DirListing-item:has-text("{LESSON}.html")').dblclick()
    body = server.frame().locator("body")
    expect(body).to_contain_text("count-parameters", timeout=MINUTE)
    return body.inner_text()


@pytest.fixture(scope="module")
def lesson() -> Iterator[Class]:
    """Run one lesson: two students hand in, and read what the grader says."""
    with chromium() as browser, jupyterhub(ADA, EMIL) as hub:
        # Their servers start while the instructor prepares.
        pages = {student: hub.log_in(browser, student) for student in (ADA, EMIL)}
        make_course(hub)
        here = Class(hub, hub.log_in(browser, INSTRUCTOR, "formgrader"))
        here.servers = {student: Server(page) for student, page in pages.items()}
        right = solutions(LESSON)
        wrong = {"gradient-states": right["gradient-states"], **MISTAKE}
        with hub.running(INSTRUCTOR, *AUTOGRADER, WATCH, COURSE):
            for student, answers in ((ADA, right), (EMIL, wrong)):
                hand_in(here.servers[student], answers)
            for student, server in here.servers.items():
                here.feedback[student] = read_feedback(server)
        yield here


# ---- What students see -------------------------------------------------------


@pytest.mark.browser
@pytest.mark.slow
def test_a_right_notebook_gets_all_points_by_way_of_the_hub(lesson: Class) -> None:
    assert "20 / 20" in lesson.feedback[ADA]


@pytest.mark.browser
@pytest.mark.slow
def test_a_mistake_costs_its_exercise_and_is_explained(lesson: Class) -> None:
    page = lesson.feedback[EMIL]
    assert "4 / 20" in page
    assert "count-parameters: 0 / 4" in page
    assert "gradient-states: 4 / 4" in page
    assert "count-parameters: 4 / 4" in lesson.feedback[ADA]


@pytest.mark.browser
@pytest.mark.slow
def test_only_instructors_have_instructors_tools(lesson: Class) -> None:
    offered = lesson.servers[ADA].menu_items("Nbgrader")
    assert "Assignment List" in offered
    assert not any("Formgrader" in item or "Course" in item for item in offered)


@pytest.mark.browser
@pytest.mark.slow
def test_the_instructor_opens_formgrader_on_the_course(lesson: Class) -> None:
    # In a page of its own: JupyterHub lets no page show a server in a frame.
    page = lesson.formgrader
    page.reload()
    row = page.locator(f'tr:has(td.name:has-text("{ASSIGNMENT}"))')
    expect(row.locator("td.num-submissions")).to_have_text("2", timeout=MINUTE)
    assert "hub/user-redirect/formgrader" in PAGE


# ---- What is closed ----------------------------------------------------------


@pytest.mark.browser
@pytest.mark.slow
def test_a_students_kernel_reads_nothing_of_others(lesson: Class) -> None:
    hub, server = lesson.hub, lesson.servers[ADA]
    if not hub.own_accounts:
        pytest.skip("needs root, and a project that other accounts can read")
    course = hub.home(INSTRUCTOR) / COURSE
    shared = hub.exchange / COURSE
    secret = [
        *(course, course / ".seed", course / "gradebook.db", course / "roster.csv"),
        *(course / "solutions", course / "submitted" / EMIL, course / "scores.csv"),
        *(hub.home(EMIL), hub.home(EMIL) / ASSIGNMENT / f"{LESSON}.ipynb"),
        *(shared / "inbound", shared / "feedback"),
        *(hub.state, hub.state / "jupyterhub.sqlite", hub.state / "cookie_secret"),
    ]
    assert all(path.exists() for path in secret)
    own = hub.home(ADA) / ASSIGNMENT / f"{LESSON}.ipynb"
    paths = [str(path) for path in (*secret, own)]
    code = LOOK.format(paths=paths)
    server.page.locator(f'.lm-TabBar-tabLabel:text-is("{LESSON}.ipynb")').click()
    server.wait_for_kernel()
    seen = json.loads(server.run(code))
    assert seen.pop(str(own)) == "open"
    assert seen == dict.fromkeys(map(str, secret), "PermissionError")
    # The same look by the instructor: the paths above are the right ones.
    told = json.loads(hub.run(INSTRUCTOR, sys.executable, "-c", code))
    assert [told[str(path)] for path in secret[:7]] == ["open"] * 7
    # Nor can a student put a course of their own in the course's place.
    assert server.run(MOVE.format(old=str(shared))).strip() == "PermissionError"


@pytest.mark.browser
@pytest.mark.slow
def test_a_students_server_gets_no_secret_of_the_hub(lesson: Class) -> None:
    server = lesson.servers[EMIL]
    server.page.locator(f'.lm-TabBar-tabLabel:text-is("{LESSON}.ipynb")').click()
    server.wait_for_kernel()
    said = server.run("import json, os; print(json.dumps(sorted(os.environ)))")
    given = set(json.loads(said))
    assert {"NBGRADER_EXCHANGE", "NBGRADER_COURSE", "JUPYTERHUB_USER"} <= given
    assert not given & {"PARAMLAB_SEED", "CONFIGPROXY_AUTH_TOKEN", "HUB_PLAN"}


# ---- Links -------------------------------------------------------------------


def link(hub: str, repository: str, branch: str, notebook: str) -> str:
    """Return the link that copies a repository and opens a notebook in it."""
    name = repository.rsplit("/", 1)[-1]
    parts = {
        "repo": repository,
        "branch": branch,
        "urlpath": f"lab/tree/{name}/{notebook}",
    }
    query = "&".join(f"{key}={quote(part, safe='')}" for key, part in parts.items())
    return f"{hub}/hub/user-redirect/git-pull?{query}"


def links_of_the_page() -> list[str]:
    return re.findall(r"^https://\S+git-pull\?\S+$", PAGE, re.MULTILINE)


def test_the_page_shows_the_link_that_we_build() -> None:
    (shown,) = links_of_the_page()
    query = parse_qs(urlsplit(shown).query)
    assert shown == link(
        "https://hub.example.org",
        "https://github.com/example/params-handout",
        "main",
        f"{ASSIGNMENT}/{LESSON}.ipynb",
    )
    assert query["urlpath"] == [f"lab/tree/params-handout/{ASSIGNMENT}/{LESSON}.ipynb"]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the repositories of a folder and give their address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["git", "daemon", "--export-all", f"--base-path={folder}"]
    command += ["--listen=127.0.0.1", f"--port={port}", "--reuseaddr", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as daemon:
        try:
            address = f"git://127.0.0.1:{port}"
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield address
        finally:
            daemon.terminate()


@pytest.mark.browser
@pytest.mark.slow
def test_a_link_brings_the_handout_and_opens_it(lesson: Class, tmp_path: Path) -> None:
    hub = lesson.hub
    repository = tmp_path / "params-handout"
    handout = hub.home(INSTRUCTOR) / COURSE / "handout" / "en" / ASSIGNMENT
    (repository / ASSIGNMENT).mkdir(parents=True)
    for notebook in handout.glob("*.ipynb"):
        (repository / ASSIGNMENT / notebook.name).write_bytes(notebook.read_bytes())
    git = [
        "git",
        "-C",
        str(repository),
        "-c",
        "user.name=T",
        "-c",
        "user.email=t@e.org",
    ]
    for step in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "All"]):
        subprocess.run([*git, *step], check=True)
    server = lesson.servers[ADA]
    with served(tmp_path) as address:
        target = f"{ASSIGNMENT}/{LESSON}.ipynb"
        server.page.goto(link(hub.url, f"{address}/{repository.name}", "main", target))
        server.page.wait_for_url(f"**/lab/tree/**{LESSON}.ipynb*", timeout=MINUTE)
        server.wait_for_kernel()
    assert (hub.home(ADA) / repository.name / target).is_file()


# ---- The recipe --------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "groups", "course"),
    [
        ("ada", ["course-one"], "one"),
        ("ada", ["course-one", "staff"], "one"),
        ("teacher", [], "two"),
        ("ada", [], ""),
        ("ada", ["course-one", "course-two"], ""),
    ],
)
def test_a_user_is_in_the_course_of_the_group(
    user: str, groups: list[str], course: str
) -> None:
    find = course_finder({"one": ["other"], "two": ["teacher"]})
    named = [SimpleNamespace(name=group) for group in groups]
    spawner = SimpleNamespace(user=SimpleNamespace(name=user, groups=named))
    assert find(spawner) == course


def test_the_only_course_is_everybodys() -> None:
    spawner = SimpleNamespace(user=SimpleNamespace(name="ada", groups=[]))
    assert course_finder({"params": ["teacher"]})(spawner) == "params"


def test_the_littlest_jupyterhubs_file_is_the_recipe_with_the_pages_names() -> None:
    text = (RECIPE / "jupyterhub_config.py").read_text(encoding="utf-8")
    compile(text, "jupyterhub_config.py", "exec")
    for name in ("/opt/parameter-lab", "/srv/nbgrader/exchange", "params"):
        assert name in text
        assert name in PAGE
    assert f"/opt/parameter-lab/{RECIPE.name}" in text
    assert f"cp -r deploy/{RECIPE.name} /opt/parameter-lab/" in PAGE


def test_the_service_runs_a_command_that_there_is() -> None:
    unit = ConfigParser(interpolation=None, comment_prefixes="#")
    unit.read_string((RECIPE / "autograder-watch@.service").read_text("utf-8"))
    program, command, course = unit["Service"]["ExecStart"].split()
    assert program == "/opt/parameter-lab/bin/autograder"
    assert command == WATCH  # which the lesson above has run
    assert f"course new {course} " in PAGE


def test_kubernetes_values_fit_the_page_and_the_files_beside_them() -> None:
    text = (RECIPE / "kubernetes" / "values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)["singleuser"]
    environment, storage = values["extraEnv"], values["storage"]
    (mount,) = storage["extraVolumeMounts"]
    (volume,) = storage["extraVolumes"]
    assert mount["mountPath"] == environment["NBGRADER_EXCHANGE"]
    assert mount["name"] == volume["name"]
    assert volume["persistentVolumeClaim"]["claimName"] in PAGE
    given = dict(re.findall(r"extraFiles\.(\w+)\.stringData=(\S+)", PAGE))
    assert set(given) == set(values["extraFiles"])
    for name, file in given.items():
        mounted = Path(values["extraFiles"][name]["mountPath"])
        assert mounted.name == Path(file).name
        assert (RECIPE / file).is_file()
