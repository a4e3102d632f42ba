"""The environment is the lock's, and the parts depend on each other one way.

These protect what no other test would notice: a version that drifts from the
lock, a package host in a file, an import against the design's direction.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from repository import PROJECT, lock, locked_here, project, tracked_files

PACKAGES = ("paramlab", "authoring", "autograder")
FRAMEWORK_MODULES = {
    "torch": "pytorch",
    "mxnet": "mxnet",
    "tensorflow": "tensorflow",
    "keras": "tensorflow",
    "paddle": "paddle",
}


def installed() -> dict[str, str]:
    """Return name -> public version of every installed distribution."""
    versions: dict[str, str] = {}
    for found in metadata.distributions():
        # The first is the one that is imported: setuptools brings copies along.
        name = canonicalize_name(found.name)
        versions.setdefault(name, Version(found.version).public)
    return versions


def modules() -> list[Path]:
    """List the modules of the three packages."""
    found = [path for name in PACKAGES for path in (PROJECT / name).rglob("*.py")]
    return [path for path in found if "sample_class" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    """Yield the absolute name of each module that a module imports."""
    package = path.relative_to(PROJECT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from _imported_by_name(node)


def _imported_by_name(call: ast.Call) -> Iterator[str]:
    function = ast.unparse(call.func)
    argument = call.args[0] if call.args else None
    if function.endswith(("import_module", "__import__")) and isinstance(
        argument, ast.Constant
    ):
        yield str(argument.value)


def within(name: str, package: str) -> bool:
    """Tell whether a module is a package or inside it."""
    return name == package or name.startswith(package + ".")


# ---- Versions ---------------------------------------------------------------


def test_lock_names_exact_versions_only() -> None:
    """The lock serves every platform: no local build, path, address or range."""
    for line in lock():
        (only,) = line.specifier
        assert only.operator == "=="
        assert "+" not in only.version
        assert line.url is None


def test_lock_has_one_version_a_package_here() -> None:
    names = [
        canonicalize_name(line.name)
        for line in lock()
        if line.marker is None or line.marker.evaluate()
    ]
    assert len(names) == len(set(names))


def test_lock_covers_every_extra() -> None:
    """`pip install -c requirements.lock '.[any]'` leaves no version open."""
    named = {canonicalize_name(line.name): line for line in lock()}
    wanted = project()["dependencies"] + [
        line for extra in project()["optional-dependencies"].values() for line in extra
    ]
    for line in map(Requirement, wanted):
        locked = named[canonicalize_name(line.name)]
        (only,) = locked.specifier
        assert only.version in line.specifier, f"{line} is locked at {only.version}"


def test_installed_versions_are_the_locks() -> None:
    here = installed()
    differing = {
        name: (here[name], version)
        for name, version in locked_here().items()
        if name in here and here[name] != version
    }
    assert not differing, f"(installed, locked): {differing}"


def test_every_extra_is_installed() -> None:
    """The tests run with all four frameworks side by side."""
    extras = project()["optional-dependencies"]
    wanted = [line for lines in extras.values() for line in map(Requirement, lines)]
    missing = [
        str(line)
        for line in wanted
        if (line.marker is None or line.marker.evaluate())
        and canonicalize_name(line.name) not in installed()
    ]
    assert not missing


def test_versions_that_the_lessons_are_written_for() -> None:
    here = installed()
    assert here["numpy"] == "1.23.5"
    assert here["torch"] == "2.13.0"
    assert here["matplotlib"] == "3.10.9"
    assert here["nbgrader"] == "0.9.6"
    assert here["jupyterlab"].startswith("4.6.")
    assert here["ipywidgets"].startswith("8.")
    if "mxnet" in locked_here():
        assert here["mxnet"] == "1.9.1"


# The extras that a package's modules may import from, besides what is always
# installed. (Who may import a framework is another test's matter.)
EXTRAS = {
    "paramlab": ["lab"],
    "authoring": ["authoring"],
    "autograder": ["cluster", "postgres"],
}
# Only screenshots and tests need it: the extra of the tests brings it.
WITH_THE_TESTS = {
    "authoring/browser.py: playwright",
    "authoring/screenshots.py: playwright",
}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_imports_is_declared(package: str) -> None:
    """An import that only works because something else installs it breaks later."""
    tables = [project()["dependencies"]]
    tables += [project()["optional-dependencies"][name] for name in EXTRAS[package]]
    declared = {
        canonicalize_name(Requirement(line).name) for table in tables for line in table
    }
    providers = metadata.packages_distributions()
    undeclared = set()
    for path in modules():
        if not path.is_relative_to(PROJECT / package):
            continue
        for name in {name.split(".")[0] for name in imports(path)}:
            if name in {*sys.stdlib_module_names, *PACKAGES, *FRAMEWORK_MODULES}:
                continue
            provided_by = set(map(canonicalize_name, providers.get(name, [])))
            if not provided_by & declared:
                undeclared.add(f"{path.relative_to(PROJECT)}: {name}")
    assert not undeclared - WITH_THE_TESTS


# ---- Files ------------------------------------------------------------------

# Registries of packages, and the hosts that they serve files from. In two
# parts, so that this file does not name one.
HOSTS = [
    first + second
    for first, second in [
        ("pypi", ".org"),
        ("pypi", ".python.org"),
        ("python", "hosted.org"),
        ("download.py", "torch.org"),
        ("download.tensor", "flow.org"),
        ("paddle-wheel", ".bj"),
        ("anaconda", ".com"),
        ("anaconda", ".org"),
        ("conda.ana", "conda"),
        ("conda", "-forge.org"),
        ("prefix", ".dev"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("unpkg", ".com"),
        ("jsdelivr", ".net"),
        ("cdnjs.cloud", "flare.com"),
        ("esm", ".sh"),
        ("debian", ".org"),
        ("ubuntu", ".com"),
    ]
]
MAY_NAME_A_HOST = {"environment.yml", "binder/environment.yml"}


def test_no_file_names_a_package_host() -> None:
    """Where packages come from is the machine's configuration, not ours."""
    pattern = re.compile("|".join(map(re.escape, HOSTS)).encode())
    naming = {
        path.relative_to(PROJECT).as_posix()
        for path in tracked_files()
        if pattern.search(path.read_bytes())
    }
    assert naming <= MAY_NAME_A_HOST


def test_scripts_start_with_a_shebang_and_have_unix_lines() -> None:
    """Binder and CI say nothing useful about either mistake."""
    for name in ("binder/postBuild", ".ci/run"):
        path = PROJECT / name
        assert path.read_bytes().startswith(b"#!/usr/bin/env bash\n"), name
        assert b"\r" not in path.read_bytes(), name
        assert path.stat().st_mode & 0o111, f"{name} is not executable"


# ---- Directions -------------------------------------------------------------


def test_only_adapters_import_frameworks() -> None:
    offending = {
        f"{path.relative_to(PROJECT)}: {name}"
        for path in modules()
        for name in imports(path)
        for module, framework in FRAMEWORK_MODULES.items()
        if within(name, module)
        and path != PROJECT / "paramlab" / "frameworks" / f"{framework}.py"
    }
    assert not offending


@pytest.mark.parametrize(
    ("importer", "forbidden"),
    [
        ("paramlab", ["authoring", "autograder"]),
        ("paramlab/judges", ["paramlab.probes", "paramlab.frameworks"]),
        ("paramlab/probes", ["paramlab.judges", "paramlab.grading"]),
        ("paramlab/frameworks", ["paramlab.probes", "paramlab.judges"]),
    ],
)
def test_imports_point_one_way(importer: str, forbidden: list[str]) -> None:
    files = [path for path in modules() if path.is_relative_to(PROJECT / importer)]
    assert files
    offending = {
        f"{path.relative_to(PROJECT)}: {name}"
        for path in files
        for name in imports(path)
        if any(within(name, package) for package in forbidden)
    }
    assert not offending


def test_judges_and_builder_run_without_a_framework() -> None:
    """What the text of the imports cannot show: what is really loaded."""
    code = """
import importlib, pkgutil, sys
import authoring, paramlab.judges
for package in (paramlab.judges, authoring):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
loaded = {"torch", "mxnet", "tensorflow", "keras", "paddle"} & set(sys.modules)
sys.exit(f"loaded: {loaded}" if loaded else 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
