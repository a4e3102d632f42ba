"""The secret seed of a class: what the hidden inputs are drawn from."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

SEED = ".seed"
SEED_PART = ".seed.part"  # what a run that is killed at once may leave


def class_seed(out: Path, given: int | None) -> int:
    """Return the seed of an output folder: given, or chosen by its first run.

    It lies in the folder, for its owner's eyes only, so that every later run
    draws the same inputs.
    """
    path = out / SEED
    if given is None and path.exists():
        return int(path.read_text(encoding="ascii"))
    seed = secrets.randbits(63) if given is None else given
    out.mkdir(parents=True, exist_ok=True)
    part = out / SEED_PART
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(str(seed))
    part.replace(path)
    return seed


def own_seed(seed: int, content: bytes) -> int:
    """Return what the hidden inputs of one file are drawn from.

    Another version of it gets other inputs, so that what one try reveals
    helps no later one; the same file gets the same inputs in every run.
    """
    digest = hashlib.sha256(str(seed).encode() + b"/" + content).digest()
    return int.from_bytes(digest[:8], "big")
