"""Names of people, as they are compared: platforms write one name in many ways.

A *label* is a name as a download has it, with what else it says of the person
in brackets behind: ``Ada Lovelace (moodle 12345)``, ``Li Lei (s042, li@example.org)``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_LABEL = re.compile(r"(.*\S)\s*\(([^()]+)\)")
# Letters that are no composition of a plain one and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
# Marks over letters; not those of other scripts, where another mark is another letter.
_MARKS = range(0x300, 0x370)


def label(name: str, *more: str) -> str:
    """Return a name with what else is known of the person, in brackets."""
    said = ", ".join(part for part in more if part)
    whole = f"{name} ({said})" if name and said else name or said
    return unicodedata.normalize("NFC", whole)


def parts(found: str) -> tuple[str, list[str]]:
    """Take a label apart: the name, and what stands in brackets."""
    whole = _LABEL.fullmatch(found)
    if not whole:
        return found, []
    return whole[1], [part.strip() for part in whole[2].split(",")]


def plain(name: str) -> str:
    """Return a name in one form, one case and with single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def folded(name: str) -> str:
    """Return a name without accents, and letters in one width."""
    wide = unicodedata.normalize("NFKC", name).casefold()
    apart = unicodedata.normalize("NFD", wide)
    bare = "".join(c for c in apart if ord(c) not in _MARKS)
    return plain(unicodedata.normalize("NFC", bare).translate(_LETTERS))


def letters(name: str) -> str:
    """Return nothing but the letters and digits of a name, folded."""
    return "".join(c for c in folded(name) if unicodedata.category(c)[0] in "LMN")


# From the strictest way to compare to the loosest.
FORMS: tuple[Callable[[str], str], ...] = (plain, folded, letters)


def orders(first: str, last: str) -> Iterable[str]:
    """Yield a name in all orders in which people write it."""
    if first or last:
        yield f"{first} {last}"
        yield f"{last} {first}"
        yield f"{last}, {first}"
        yield f"{last}{first}"  # as Chinese and Japanese names are written
        yield f"{first}{last}"
