"""Binder builds what environment.yml says.

No container is built here. repo2docker renders its Dockerfile, and `problems`
looks for the mistakes that it passes over in silence; each mistake is made once
here, to see that it is found. Then the install commands run for real in a fresh
environment.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from repo2docker.app import Repo2Docker
from repo2docker.buildpacks import BuildPack, CondaBuildPack
from repository import PROJECT, locked_here, project, tracked_files

from paramlab.lab import PROMPT

SCRIPTS = ("postBuild", "start")
# Files that change what Binder builds, and that we do not use.
OTHERS = (
    "apt.txt", "requirements.txt", "runtime.txt", "Pipfile", "Pipfile.lock",
    "Dockerfile", "install.R", "Project.toml", "default.nix", "environment.yaml",
)  # fmt: skip
EXTRAS = ("lab", "pytorch", "mxnet")


def pip_lines(environment: Path) -> list[str]:
    """Return the pip section of an environment file."""
    dependencies = yaml.safe_load(environment.read_text())["dependencies"]
    sections = [line["pip"] for line in dependencies if isinstance(line, dict)]
    (section,) = sections
    return list(section)


def requirements(environment: Path) -> list[Requirement]:
    """Return the requirements of the pip section."""
    lines = pip_lines(environment)
    return [Requirement(line) for line in lines if not line.startswith("-")]


def buildpack(folder: Path) -> BuildPack:
    """Return how repo2docker would build a folder."""
    app = Repo2Docker()
    with contextlib.chdir(folder):
        packs = (kind(app.base_image) for kind in app.buildpacks)
        pack = next(pack for pack in packs if pack.detect())
    pack.platform = "linux/amd64"
    return pack


def problems(folder: Path) -> list[str]:
    """List what Binder would get wrong about a folder, mostly in silence."""
    binder = folder / "binder"
    if (folder / ".binder").exists():
        return ["there is a .binder beside binder"]
    found = []
    environments = [folder / "environment.yml", binder / "environment.yml"]
    for path in environments:
        if path.is_symlink() or not path.is_file():
            return [f"{path.name} is not a plain file"]
    if len({path.read_bytes() for path in environments}) > 1:
        found.append("binder/environment.yml differs from environment.yml")
    found += [f"binder/{name} is there" for name in OTHERS if (binder / name).exists()]
    for name in SCRIPTS:
        script = binder / name
        if not script.exists():
            continue
        content = script.read_bytes()
        if not content.startswith(b"#!/usr/bin/env bash\n"):
            found.append(f"{name} does not start with its interpreter")
        if b"\r" in content:
            found.append(f"{name} has Windows line ends")
        if not os.access(script, os.X_OK):
            found.append(f"{name} is not executable")
    return found + _wrong_dependencies(environments[1])


def _wrong_dependencies(environment: Path) -> list[str]:
    content: Any = yaml.safe_load(environment.read_text())
    dependencies = content.get("dependencies") if isinstance(content, dict) else None
    if not isinstance(dependencies, list):
        return ["no list of dependencies"]
    if dependencies[:2] != ["python=3.11", "pip"] or len(dependencies) != 3:
        return ["dependencies are not python=3.11, pip and a pip section"]
    wanted = project()["dependencies"] + [
        line for extra in EXTRAS for line in project()["optional-dependencies"][extra]
    ]
    names = {canonicalize_name(Requirement(line).name) for line in wanted}
    lines = requirements(environment)
    found = [
        f"{name} is missing"
        for name in sorted(names - {canonicalize_name(line.name) for line in lines})
    ]
    locked = locked_here()
    for line in lines:
        version = locked.get(canonicalize_name(line.name))
        if str(line.specifier) != f"=={version}":
            found.append(f"{line} is not what the lock says, {version}")
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the repository's files as Binder gets them."""
    folder = tmp_path / "repository"
    for path in tracked_files():
        target = folder / path.relative_to(PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    (folder / ".git").mkdir()
    return folder


# ---- What repo2docker makes of it -------------------------------------------


def test_repo2docker_reads_our_environment(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy)
    pack = buildpack(copy)
    assert type(pack) is CondaBuildPack
    assert pack.python_version == "3.11"
    assert pack.environment_yaml["dependencies"][0] == "python=3.11"
    dockerfile = pack.render({"NB_USER": "jovyan", "NB_UID": "1000"})
    assert re.search(r"env update .*binder/environment\.yml", dockerfile)
    assert re.search(r"RUN \./binder/postBuild", dockerfile)
    # postBuild removes files only where it finds itself in this folder.
    assert re.search(r"ENV REPO_DIR", dockerfile)
    assert re.search(r"WORKDIR \$\{REPO_DIR\}", dockerfile)


def test_nothing_is_wrong_with_ours(copy: Path) -> None:
    assert problems(copy) == []


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Return a mistake: other text in both environment files, or in a script."""

    def change(folder: Path) -> None:
        both = [folder / name, folder / "binder" / name]
        for path in filter(Path.exists, both):
            content = path.read_bytes()
            assert old.encode() in content
            path.write_bytes(content.replace(old.encode(), new.encode()))

    return change


def added(name: str) -> Callable[[Path], None]:
    """Return a mistake: one file too many."""

    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("torch==1.0\n")

    return change


def dangling(folder: Path) -> None:
    """Make the environment a link that leads nowhere."""
    (folder / "binder/environment.yml").unlink()
    (folder / "binder/environment.yml").symlink_to("../nowhere.yml")


def only_one(folder: Path) -> None:
    """Change the file that Binder does not read."""
    path = folder / "environment.yml"
    path.write_text(path.read_text().replace("torch==", "torch>="))


def emptied(folder: Path) -> None:
    """Leave no dependencies."""
    for path in (folder / "environment.yml", folder / "binder/environment.yml"):
        path.write_text("name: parameter-lab\ndependencies:\n")


MISTAKES = {
    "a link that leads nowhere": dangling,
    "Python's version as a comparison": replaced(
        "environment.yml", "python=3.11", "python>=3.11"
    ),
    "no Python": replaced("environment.yml", "  - python=3.11\n", ""),
    "another Python": replaced("environment.yml", "python=3.11", "python=3.12"),
    "no dependencies": emptied,
    "misspelt dependencies": replaced(
        "environment.yml", "dependencies:", "dependency:"
    ),
    "a version that is not the lock's": replaced(
        "environment.yml", "numpy==1.23.5", "numpy==1.23.4"
    ),
    "a version left open": replaced("environment.yml", "nbgrader==", "nbgrader>="),
    "a package left out": replaced("environment.yml", "- anywidget==", "# - "),
    "only the root file changed": only_one,
    "apt.txt": added("binder/apt.txt"),
    "requirements.txt": added("binder/requirements.txt"),
    "runtime.txt": added("binder/runtime.txt"),
    "a second folder": added(".binder/environment.yml"),
    "a script without interpreter": replaced("postBuild", "#!/usr/bin/env bash\n", ""),
    "a script with Windows line ends": replaced("postBuild", "\n", "\r\n"),
    "a script that cannot run": lambda copy: (copy / "binder/postBuild").chmod(0o644),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_silent_mistakes_are_found(copy: Path, mistake: Callable[[Path], None]) -> None:
    mistake(copy)
    assert problems(copy)


def test_comment_names_the_other_frameworks_at_the_locks_versions() -> None:
    """The lines that a reader copies to add TensorFlow or Paddle."""
    text = (PROJECT / "environment.yml").read_text()
    lines = re.findall(r"^#\s+- (\S+==\S+)$", text, flags=re.MULTILINE)
    names = {Requirement(line).name: str(Requirement(line).specifier) for line in lines}
    assert set(names) == {"tensorflow-cpu", "paddlepaddle"}
    for name, specifier in names.items():
        assert specifier == f"=={locked_here()[name]}"


# ---- What the student gets --------------------------------------------------


def test_post_build_runs_nowhere_else(copy: Path) -> None:
    """It removes the solutions and the history: never from someone's clone."""
    environment = {k: v for k, v in os.environ.items() if k != "REPO_DIR"}
    done = subprocess.run(
        ["binder/postBuild"], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "only Binder's build" in done.stderr
    assert (copy / ".git").exists()


def reachable(address: str) -> bool:
    """Tell whether a package index answers."""
    try:
        urllib.request.urlopen(address, timeout=10).close()
    except (urllib.error.URLError, TimeoutError):
        return False
    return True


def installable(lines: list[str]) -> list[str]:
    """Drop an index that this machine cannot reach, and nothing else.

    PyTorch's own index serves the smaller build of the same version; without it
    pip takes that version from where the machine is set up to take packages.
    """
    flag = "--extra-index-url"
    return [
        line
        for line in lines
        if not line.startswith(flag) or reachable(line.removeprefix(flag).strip())
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Binder is Linux")
def test_install_commands_run_in_a_fresh_environment(
    copy: Path, tmp_path: Path
) -> None:
    """environment.yml, then postBuild, as Binder runs them one after the other."""
    prefix = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", prefix], check=True)
    python = prefix / "bin" / "python"
    section = tmp_path / "pip.txt"
    section.write_text("\n".join(installable(pip_lines(copy / "environment.yml"))))
    # As conda does it, but with little output and no byte code.
    install = [python, "-m", "pip", "install", "-qq", "--no-compile", "--upgrade"]
    install += ["-r", section]
    subprocess.run(install, check=True, cwd=copy)

    binder = os.environ | {
        "REPO_DIR": str(copy),
        "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_QUIET": "2",
    }
    subprocess.run(["binder/postBuild"], check=True, cwd=copy, env=binder)

    # Students must not find the solutions, nor what shows or tests them.
    for name in (".git", "lessons", "solutions", "tests", "autograder/sample_class"):
        assert not (copy / name).exists(), name
    with_solution = [
        path for path in copy.rglob("*.ipynb") if b"BEGIN SOLUTION" in path.read_bytes()
    ]
    assert not with_solution

    code = """
import json, sys
from importlib import metadata
versions = {found.name: found.version for found in metadata.distributions()}
import anywidget, ipywidgets, jupyterlab, matplotlib, mxnet, nbgrader, torch
import autograder, paramlab
from jupyter_server.serverapp import ServerApp
from paramlab.frameworks import load
for framework in ("pytorch", "mxnet"):
    load(framework)
server = ServerApp()
server.load_config_file()
connection = server.config.ServerApp.kernel_websocket_connection_class
json.dump(
    {"versions": versions, "paramlab": paramlab.__file__, "connection": connection},
    sys.stdout,
)
"""
    run = subprocess.run(
        [python, "-c", code], check=True, cwd=tmp_path, capture_output=True, text=True
    )
    result = yaml.safe_load(run.stdout)
    assert Path(result["paramlab"]).is_relative_to(copy)
    assert result["connection"] == PROMPT
    locked = locked_here()
    differing = {
        name: version
        for name, version in result["versions"].items()
        if locked.get(canonicalize_name(name), version) != version.split("+")[0]
    }
    assert not differing
    subprocess.run([python, "-m", "pip", "check"], check=True)
    settings = prefix / "share/jupyter/lab/settings"
    assert '"fetchNews": "false"' in (settings / "overrides.json").read_text()
    assert "formgrader" in (settings / "page_config.json").read_text()
