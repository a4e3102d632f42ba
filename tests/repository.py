"""The repository as the tests of the environment see it: its files, its lock."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[1]


def lock() -> list[Requirement]:
    """Read the lines of requirements.lock."""
    lines = (PROJECT / "requirements.lock").read_text().splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def locked_here() -> dict[str, str]:
    """Return name -> version of what the lock says for this machine."""
    return {
        canonicalize_name(line.name): str(line.specifier).removeprefix("==")
        for line in lock()
        if line.marker is None or line.marker.evaluate()
    }


def project() -> dict[str, Any]:
    """Return the project table of pyproject.toml."""
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def tracked_files() -> list[Path]:
    """List the files that git knows of."""
    command = ["git", "-C", PROJECT, "ls-files", "-z"]
    try:
        output = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs a git checkout")
    files = [PROJECT / name for name in output.stdout.split("\0") if name]
    return [path for path in files if path.is_file()]
