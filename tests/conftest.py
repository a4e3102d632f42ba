"""What all tests share: the system packages that some need, and a clean user.

A test marked ``browser``, ``fonts`` or ``postgresql`` needs a system package.
Where that is missing the test is skipped by name; where the variable CI is set
it fails, so that a run that should have covered it cannot pass without.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from pathlib import Path

import nbgrader.api
import pytest
from matplotlib import font_manager
from playwright.sync_api import Browser
from postgresql_server import server_program

from authoring.browser import chromium, executable


@lru_cache
def cjk_font() -> str | None:
    """Return the path of a font with Chinese and Japanese characters."""
    fonts = font_manager.findSystemFonts()
    return next((f for f in fonts if "CJK" in Path(f).name), None)


NEEDS: dict[str, tuple[Callable[[], str | None], str]] = {
    "browser": (executable, "Chromium (Debian: chromium)"),
    "postgresql": (server_program, "a PostgreSQL server (Debian: postgresql)"),
    "fonts": (cjk_font, "a font with Chinese characters (Debian: fonts-noto-cjk)"),
}


def in_ci() -> bool:
    """Tell whether nothing may be skipped."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


LONG = ("slow", "browser", "hub", "postgresql")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files that take long first: processes that share the files end together."""
    long = {
        item.path
        for item in items
        if any(item.get_closest_marker(marker) for marker in LONG)
    }
    items.sort(key=lambda item: item.path not in long)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose system package is missing."""
    for marker, (find, package) in NEEDS.items():
        if item.get_closest_marker(marker) and find() is None:
            pytest.skip(f"needs {package}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a skipped test that needs a system package where CI is set."""
    report = yield
    needy = any(item.get_closest_marker(marker) for marker in NEEDS)
    if report.skipped and needy and in_ci():
        report.outcome = "failed"
        reason = call.excinfo.value if call.excinfo else "skipped"
        report.longrepr = f"{item.nodeid}: {reason}; CI is set, so this fails"
    return report


@pytest.fixture(scope="session", autouse=True)
def clean_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the settings of whoever runs the tests out of kernels and servers."""
    home = tmp_path_factory.mktemp("jupyter")
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        os.environ[name] = str(home / name.split("_")[1].lower())
    os.environ["IPYTHONDIR"] = str(home / "ipython")
    os.environ["JUPYTER_PLATFORM_DIRS"] = "1"
    os.environ["PARAMLAB_CACHE"] = str(home / "cache")


@pytest.fixture(scope="session", autouse=True)
def alembic_is_asked_once() -> Iterator[None]:
    """For each new gradebook nbgrader runs alembic, a second for the same answer."""
    with pytest.MonkeyPatch.context() as patch:
        once = lru_cache(nbgrader.api.get_alembic_version)
        patch.setattr(nbgrader.api, "get_alembic_version", once)
        yield


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Run Chromium for the tests of one file."""
    with chromium() as running:
        yield running
