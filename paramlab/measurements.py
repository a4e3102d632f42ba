"""What was measured on this machine is kept, so that the next notebook need not wait.

One file a framework, in the user's cache folder or in the one that the variable
PARAMLAB_CACHE names. It may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from paramlab.frameworks import PACKAGES

VARIABLE = "PARAMLAB_CACHE"
HERE = Path(__file__).parent


def recall(framework: str) -> str | None:
    """Return what was kept of the framework that is installed now, or None."""
    with suppress(OSError, UnicodeDecodeError):
        checksum, _, measured = _place(framework).read_text("utf-8").partition("\n")
        if checksum == _checksum(framework, measured):
            return measured
    return None


def keep(framework: str, measured: str) -> None:
    """Keep a text for the next process; where nothing can be written, do not."""
    place = _place(framework)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            part = Path(folder, place.name)
            part.write_text(f"{_checksum(framework, measured)}\n{measured}", "utf-8")
            part.replace(place)


def _place(framework: str) -> Path:
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else user_cache_path("paramlab")
    return folder / f"{framework}.txt"


def _checksum(framework: str, measured: str) -> str:
    """Tell what is damaged, of another version, or measured in another way."""
    spec = importlib.util.find_spec(PACKAGES[framework])
    package = Path(spec.origin) if spec and spec.origin else HERE
    status = package.stat()
    installed = (sys.version, str(package), status.st_size, status.st_mtime_ns)
    digest = hashlib.sha256(repr((installed, measured)).encode())
    for source in sorted([*HERE.glob("*.py"), *HERE.glob("frameworks/*.py")]):
        digest.update(source.read_bytes())
    return digest.hexdigest()
