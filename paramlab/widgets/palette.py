"""Colours by role, for light and dark pages.

From Okabe and Ito's palette, which people with any kind of colour blindness
tell apart; no two marks differ by colour alone.
"""

from __future__ import annotations

ROLES = {
    # role: (on light, on dark)
    "data": ("#56b4e9", "#3d8fc4"),  # what came: filled bars
    "theory": ("#d55e00", "#ff9d5c"),  # what should come: a line
    "second": ("#5b3a8c", "#c9a8f0"),  # what came of another rule: an outline
    "mass": ("#0072b2", "#7cc4f5"),  # a share of values that are equal: a stem
    "gradient": ("#009e73", "#2fbf94"),
    "before": ("#5f6368", "#b4b8bd"),  # how it was at the start: an outline
    "loss": ("#0072b2", "#7cc4f5"),
    "now": ("#9a5b86", "#d9a3c8"),  # where we are: a vertical rule
    "guide": ("#5f6368", "#b4b8bd"),  # a level to compare with
    # Lines of one panel, by number: each has dashes of its own too
    "line-1": ("#0072b2", "#7cc4f5"),
    "line-2": ("#d55e00", "#ff9d5c"),
    "line-3": ("#009e73", "#2fbf94"),
    "line-4": ("#9a5b86", "#d9a3c8"),
    # The frameworks, side by side: each line has dashes of its own too
    "pytorch": ("#d55e00", "#ff9d5c"),
    "mxnet": ("#0072b2", "#7cc4f5"),
    "tensorflow": ("#9a5b86", "#d9a3c8"),
    "paddle": ("#009e73", "#2fbf94"),
    # The uses of one weight: each line has dashes of its own too
    "use-1": ("#d55e00", "#ff9d5c"),
    "use-2": ("#0072b2", "#7cc4f5"),
    "use-3": ("#9a5b86", "#d9a3c8"),
    "use-4": ("#009e73", "#2fbf94"),
    # The page
    "paper": ("#ffffff", "#111111"),
    "ink": ("#202124", "#e8eaed"),
    "faint": ("#5f6368", "#a8adb3"),
    "grid": ("#e4e7eb", "#34383d"),
    # The ends and the middle of a matrix's colours
    "low": ("#b35806", "#f1a340"),
    "high": ("#0072b2", "#56b4e9"),
    "zero": ("#f7f7f7", "#1f2226"),
}


def light() -> dict[str, str]:
    """Return each role's colour on a light page."""
    return {role: colours[0] for role, colours in ROLES.items()}


def dark() -> dict[str, str]:
    """Return each role's colour on a dark page."""
    return {role: colours[1] for role, colours in ROLES.items()}
