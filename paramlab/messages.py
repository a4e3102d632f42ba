"""The sentences of checks and widgets, from ``locales/<language>/<area>.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent / "locales"


class MissingMessage(LookupError):
    """A language has no such message: names the file and the key."""


@lru_cache
def area(language: str, name: str) -> dict[str, Any]:
    """Read one area's messages; raises MissingMessage without its file."""
    path = LOCALES / language / f"{name}.toml"
    if not path.is_file():
        raise MissingMessage(f"there is no {path.name} for the language {language!r}")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def message(language: str, area_name: str, key: str, **values: object) -> str:
    """Return one sentence with its values filled in.

    ``key`` is the path in the file, such as ``"count-parameters.frozen.hint"``.
    Raises MissingMessage where the language has no such key.
    """
    found: Any = area(language, area_name)
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            raise MissingMessage(f"{language}/{area_name}.toml has no {key!r}")
        found = found[part]
    if not isinstance(found, str):
        raise MissingMessage(f"{language}/{area_name}.toml: {key!r} is not a text")
    return found.format(**values)
