"""An edition is a language and a framework; a notebook is one lesson of it."""

from __future__ import annotations

from dataclasses import dataclass

ORIGINAL = "en"  # the language that the others are written from
LANGUAGES = ("en", "zh", "ja")
FRAMEWORKS = ("pytorch", "mxnet", "tensorflow", "paddle")


@dataclass(frozen=True)
class Edition:
    """One language of one framework."""

    language: str
    framework: str

    def path(self, lesson: str) -> str:
        """Return where a lesson's notebook stands under its tree."""
        return f"{self.language}/{self.framework}/{lesson}.ipynb"

    def metadata(self, lesson: str) -> dict[str, str]:
        """Return what a notebook says of itself."""
        return {
            "framework": self.framework,
            "language": self.language,
            "lesson": lesson,
        }
