"""Gradescope's "Export Submissions": a folder a submission, and a file that says whose.

submission_123456789/01-access.ipynb
submission_metadata.yml
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import yaml

from autograder.collect import BadSource, Entry, Refused
from autograder.course.names import label
from autograder.lms.handed import Handed

NAME = "Gradescope"
METADATA = "submission_metadata.yml"
_FOLDER = re.compile(r"submission_(\d+)")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)? *(Z|UTC|[+-]\d\d:?\d\d)?"
)
# It makes texts, lists and tables and nothing else, and keeps an id's zeros.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DEEP = 50  # more brackets in each other would fill the stack


def handed_in(entries: Iterable[Entry]) -> Iterator[Handed]:
    """Yield the files of students, one for each of a group; raises BadSource."""
    files = list(entries)
    metadata: dict[tuple[str, ...], dict[Any, Any]] = {}
    for entry in files:
        if entry.parts[-1] == METADATA and len(entry.parts) <= 2 and entry.read:
            metadata[entry.parts[:-1]] = _loaded(entry)
    for entry in files:
        for depth, part in enumerate(entry.parts[:-1][:2]):
            found = _FOLDER.fullmatch(part)
            if not found or entry.read is None:
                continue
            said = metadata.get(entry.parts[:depth], {}).get(part, {})
            said = said if isinstance(said, dict) else {}
            for who in _submitters(said) or [part]:
                yield Handed(
                    who,
                    "/".join(entry.parts),
                    entry.parts[-1],
                    entry.parts[depth + 1 : -1],
                    entry.read,
                    version=int(found[1][:18]),
                    time=_time(said.get(":created_at")),
                    noted=entry.time,
                )
            break


def _loaded(entry: Entry) -> dict[Any, Any]:
    try:
        text = entry.read().decode("utf-8-sig") if entry.read else ""
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEP:
                raise BadSource(f"{METADATA} is nested too deep to be Gradescope's")
        data = yaml.load(text, Loader=_LOADER)
    except (Refused, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        said = str(error).splitlines()[0]
        raise BadSource(f"{METADATA} cannot be read: {said}") from error
    return data if isinstance(data, dict) else {}


def _submitters(said: dict[Any, Any]) -> list[str]:
    """Return a label of each person who handed this in."""
    people = said.get(":submitters")
    found = []
    for person in people if isinstance(people, list) else []:
        if isinstance(person, dict):
            name, sid, email = (_text(person.get(f":{k}")) for k in _KEYS)
            found.append(label(name, sid, email))
    return [who for who in found if who]


_KEYS = ("name", "sid", "email")


def _text(value: Any) -> str:
    return (
        value.strip() if isinstance(value, str) and value not in ("~", "null") else ""
    )


def _time(value: Any) -> datetime | None:
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        return None
    day, clock, part, zone = found.groups()
    offset = "+00:00" if zone in (None, "Z", "UTC") else zone
    with suppress(ValueError):
        text = f"{day}T{clock}{(part or '.0')[:7]}{offset}"
        return datetime.fromisoformat(text).astimezone(UTC)
    return None
