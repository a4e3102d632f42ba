"""The edition of the notebook that runs here: a framework and a language."""

from __future__ import annotations

from dataclasses import dataclass

FRAMEWORKS = ("pytorch", "mxnet", "tensorflow", "paddle")
LANGUAGES = ("en", "zh", "ja")


class NoEdition(RuntimeError):
    """The notebook's setup cell has not run."""


@dataclass(frozen=True)
class Edition:
    """A framework id and a language code."""

    framework: str
    language: str


_current: Edition | None = None


def use(framework: str, language: str) -> Edition:
    """Set the edition; raises ValueError for an unknown id or code."""
    global _current
    if framework not in FRAMEWORKS:
        raise ValueError(f"{framework!r} is not one of {', '.join(FRAMEWORKS)}")
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    _current = Edition(framework, language)
    return _current


def current() -> Edition:
    """Return the edition; raises NoEdition before `use`."""
    if _current is None:
        raise NoEdition('Run the setup cell first: setup("pytorch", "en")')
    return _current
