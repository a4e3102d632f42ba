"""Text from outside, made fit for every file and every database."""

from __future__ import annotations

from typing import Any


def clean(value: Any) -> str:
    """Return a text without what UTF-8 or PostgreSQL refuses; else an empty one."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", errors="replace").decode().replace("\0", "\ufffd")


def clean_all(value: Any) -> Any:
    """Clean every text in plain data."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_all(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean_all(item) for key, item in value.items()}
    return value
