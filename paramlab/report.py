"""A verdict as people read it: in words, and as HTML in the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from paramlab.exercises import EXERCISES
from paramlab.judges.finding import Finding, Verdict
from paramlab.messages import message

LONGEST = 600  # characters of one value in a message


@dataclass(frozen=True)
class Report:
    """A verdict in a language.

    As plain text it is only the number of points: nbgrader reads that as
    partial credit.
    """

    verdict: Verdict
    language: str

    @property
    def title(self) -> str:
        """Return the line with the points."""
        verdict = self.verdict
        if not verdict.max_points:
            key = "practice-right" if verdict.right else "practice"
            return message(self.language, "checks", key)
        return message(
            self.language,
            "checks",
            "full" if verdict.right else "partial",
            points=_short(verdict.points),
            max_points=_short(verdict.max_points),
        )

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Return (what was expected and what came, hint) for each finding."""
        exercise, language = self.verdict.exercise, self.language
        return [
            sentences(exercise, finding.key, shown(finding), language)
            for finding in self.verdict.findings
        ]

    def __repr__(self) -> str:
        return repr(float(self.verdict.points))

    def _repr_html_(self) -> str:
        full = self.verdict.right
        color = "#009e73" if full else "#d55e00"
        mark = "✓" if full else "✗"
        hint = escape(message(self.language, "checks", "hint"))
        items = "".join(
            f"<li>{escape(said)}<br><em>{hint}</em> {escape(advice)}</li>"
            for said, advice in self.messages
        )
        return (
            f'<div role="status" style="border-left:4px solid {color};'
            'padding:0.3em 0.8em">'
            f'<strong><span style="color:{color}">{mark}</span>'
            f" {escape(self.title)}</strong>"
            + (f'<ul style="margin:0.3em 0">{items}</ul>' if items else "")
            + "</div>"
        )


def shown(finding: Finding) -> dict[str, str]:
    """Return a finding's values as its sentences carry them."""
    return {name: show(value) for name, value in finding.values.items()}


def sentences(
    exercise: str, key: str, values: Mapping[str, str], language: str
) -> tuple[str, str]:
    """Return what a finding says (what was expected and what came), and its hint."""
    area, key = _place(exercise, key)
    said = message(language, area, f"{key}.message", **values)
    return said, message(language, area, f"{key}.hint", **values)


def show(value: Any) -> str:
    """Write a value as briefly as a sentence can carry it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, np.ndarray):
        return np.array2string(
            value, precision=4, threshold=12, edgeitems=2, max_line_width=10_000
        ).replace("\n", "")
    if isinstance(value, list | tuple):
        inner = ", ".join(show(item) for item in value[:8])
        return f"[{inner}{', …' if len(value) > 8 else ''}]"
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _short(points: float) -> str:
    return f"{points:g}"


def _place(exercise: str, key: str) -> tuple[str, str]:
    """Return the area and the key within it that a finding's key names."""
    if key.startswith("checks."):
        return "checks", key.removeprefix("checks.")
    return EXERCISES[exercise].lesson.partition("-")[2], key
