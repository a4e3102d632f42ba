"""The frameworks that a notebook may use, one adapter module each."""

from __future__ import annotations

import importlib
import importlib.util
import platform
from functools import lru_cache

from paramlab.frameworks.protocol import Framework

# Framework id -> (module that it imports as, extra of this project).
PACKAGES = {
    "pytorch": "torch",
    "mxnet": "mxnet",
    "tensorflow": "tensorflow",
    "paddle": "paddle",
}

# Where the pinned version of a framework has no package (system, machine).
_NOWHERE = {
    "pytorch": ("Darwin x86_64",),
    "mxnet": ("Darwin arm64", "Windows AMD64"),
    "paddle": ("Darwin x86_64", "Linux aarch64"),
}


class FrameworkMissing(ImportError):
    """A framework is not installed here: says which, and what to do."""


def available() -> list[str]:
    """List the framework ids that are installed here, without importing them."""
    return [
        name for name, package in PACKAGES.items() if importlib.util.find_spec(package)
    ]


def require(framework: str) -> None:
    """Raise FrameworkMissing where a framework is not installed, without importing it.

    Raises ValueError for an unknown id.
    """
    if framework not in PACKAGES:
        raise ValueError(f"{framework!r} is not one of {', '.join(PACKAGES)}")
    if importlib.util.find_spec(PACKAGES[framework]) is None:
        raise FrameworkMissing(_missing(framework))


@lru_cache
def load(framework: str) -> Framework:
    """Import a framework and return its adapter; raises what `require` raises."""
    require(framework)
    module = importlib.import_module(f"paramlab.frameworks.{framework}")
    adapter: Framework = module.ADAPTER
    return adapter


def _missing(framework: str) -> str:
    here = f"{platform.system()} {platform.machine()}"
    if here in _NOWHERE.get(framework, ()):
        return (
            f"{PACKAGES[framework]} has no package for {here}. Open another edition,"
            " or this one on Linux with an x86 processor or on Binder."
        )
    return (
        f"{PACKAGES[framework]} is not installed here. In the project's folder:"
        f" pip install -c requirements.lock -e '.[{framework}]'"
    )
