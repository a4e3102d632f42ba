"""Fonts for pictures, so that no label becomes a row of boxes.

A language whose letters matplotlib's own font lacks has a small font of its
own beside this file, cut down to what its labels need (``python -m
authoring.fonts``). The browser needs none of this.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from matplotlib import font_manager

FOLDER = Path(__file__).parent / "fonts"
FALLBACK = "DejaVu Sans"  # comes with matplotlib
INSTALLED = {
    "zh": (
        "Noto Sans CJK SC",
        "Source Han Sans SC",
        "WenQuanYi Zen Hei",
        "PingFang SC",
        "Microsoft YaHei",
    ),
    "ja": (
        "Noto Sans CJK JP",
        "Source Han Sans JP",
        "Hiragino Sans",
        "Yu Gothic",
    ),
}


@lru_cache
def families(language: str) -> list[str]:
    """Return the font families for a language's labels, best first."""
    manager = font_manager.fontManager
    known = {font.name for font in manager.ttflist}
    found = [name for name in INSTALLED.get(language, ()) if name in known]
    own = FOLDER / f"{language}.otf"
    if own.is_file():
        manager.addfont(own)
        found.insert(0, font_manager.FontProperties(fname=own).get_name())
    return [*found, FALLBACK]
