"""Formulas of feedback pages as MathML, which browsers draw without a network."""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree

from latex2mathml.converter import convert

MAX_LENGTH = 2000  # characters of one formula
# A formula may be a student's: of what it asks for, only looks are kept.
_KEPT = {"display", "stretchy", "mathvariant", "fence", "form", "linethickness"}
_KEPT |= {"columnalign", "rowspacing", "columnspacing", "accent", "displaystyle"}
_TAGS = "math mrow mi mo mn mtext ms mspace msqrt mroot mfrac msup msub msubsup mover"
_TAGS += " munder munderover mtable mtr mtd mstyle mpadded mphantom menclose"
_ALLOWED = frozenset(_TAGS.split())
_TEXT = re.compile(r"\\text\{[^{}]*\}")
_NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def mathml(latex: str, *, display: bool = False) -> str:
    """Write a formula as MathML; one that cannot be read stays as it was typed."""
    raw = f"<code>{escape(latex)}</code>"
    if len(latex) > MAX_LENGTH:
        return raw
    try:
        # In text the converter keeps the backslash of an escaped underscore.
        plain = _TEXT.sub(lambda text: text[0].replace(r"\_", "_"), latex)
        text = convert(plain, display="block" if display else "inline")
        tree = ElementTree.fromstring(text)
    # What a student typed may be no LaTeX, and the converter's errors have no base.
    except Exception:  # noqa: BLE001
        return raw
    # The converter passes on what stands in a text, tags too.
    if any(element.tag.rpartition("}")[2] not in _ALLOWED for element in tree.iter()):
        return raw
    for element in tree.iter():
        for name in set(element.attrib) - _KEPT:
            del element.attrib[name]
    ElementTree.register_namespace("", _NAMESPACE)
    return ElementTree.tostring(tree, encoding="unicode")
