"""Cut the small fonts that the widgets' pictures need: ``python -m authoring.fonts``.

A language whose letters are not in matplotlib's own font gets
``paramlab/widgets/fonts/<language>.otf``: the characters of its widget texts
and no others, out of Noto Sans CJK, which must be installed here. Where the
pictures are drawn, no font need be.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]
from matplotlib import font_manager

from paramlab.defaults import DEFAULTS
from paramlab.initializers import CATALOGUE
from paramlab.messages import LOCALES
from paramlab.widgets.fonts import FOLDER

SOURCES = {"zh": "Noto Sans CJK SC", "ja": "Noto Sans CJK JP"}
ASCII = "".join(map(chr, range(0x20, 0x7F)))
LICENCE = [0, 7, 13, 14]  # the names that hold copyright and licence
NUMBERS = "−–×·∞…⁰¹²³⁴⁵⁶⁷⁸⁹⁻"


class NoFont(LookupError):
    """The font to cut from is not installed."""


def needed(language: str) -> str:
    """Return every character that a picture in this language may show."""
    texts = (LOCALES / language / "widgets.toml").read_text(encoding="utf-8")
    entries = [entry for module in CATALOGUE.values() for entry in module.values()]
    formulas = "".join(entry.formula for entry in entries)
    for kinds in DEFAULTS.values():
        formulas += "".join(kinds[kind].weight.formula for kind in kinds)
    return "".join(sorted(set(ASCII + NUMBERS + texts + formulas) - {"\n"}))


def cut(language: str) -> Path:
    """Write a language's font; raises NoFont where its source is missing."""
    font = _source(SOURCES[language])
    options = subset.Options(layout_features=[], hinting=False)
    options.name_IDs = LICENCE
    options.drop_tables += ["BASE", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    cutter = subset.Subsetter(options)
    cutter.populate(text=needed(language))
    cutter.subset(font)
    # The licence asks for a new name; matplotlib finds the font by it.
    family = f"Parameter Lab {language}"
    for number, text in ((1, family), (2, "Regular"), (4, family)):
        font["name"].setName(text, number, 3, 1, 0x409)
    font["CFF "].cff.fontNames = [family.replace(" ", "-")]
    font.recalcTimestamp = False
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{language}.otf"
    font.save(path)
    return path


def _source(family: str) -> TTFont:
    for name in font_manager.findSystemFonts():
        if "CJK" not in Path(name).name or "Regular" not in Path(name).name:
            continue
        fonts = TTCollection(name).fonts if name.endswith(".ttc") else [TTFont(name)]
        for font in fonts:
            if font["name"].getDebugName(1) == family:
                return font
    raise NoFont(f"{family} is not installed (Debian: fonts-noto-cjk)")


def main() -> int:
    """Cut the font of every language that has widget texts and needs one."""
    for language in SOURCES:
        if (LOCALES / language / "widgets.toml").is_file():
            path = cut(language)
            print(f"{path}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
