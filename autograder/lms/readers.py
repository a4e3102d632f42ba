"""Every form of download that can be collected, the most particular one first."""

from __future__ import annotations

from pathlib import Path

from autograder.arrival import Editions, Reader
from autograder.collect import open_tree

TREE = Reader("tree", lambda source, editions: True, open_tree)
READERS: tuple[Reader, ...] = (TREE,)


def reader_for(source: Path, editions: Editions) -> Reader:
    """Return the first reader that recognises a source."""
    return next(reader for reader in READERS if reader.recognises(source, editions))
