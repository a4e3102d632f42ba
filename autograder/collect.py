"""Take the submissions in: from a folder or a ZIP, as hostile input.

Only notebooks that the course knows are read. Sizes are capped, and nothing
but a regular file at its expected place is opened.
"""

from __future__ import annotations

import lzma
import os
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from nbgrader.utils import parse_utc

from autograder.arrival import Arrival, Editions, Reading

MAX_NOTEBOOK = 25_000_000  # bytes, far above a notebook full of plots
MAX_ARCHIVE = 8_000_000_000  # bytes of all the notebooks of a ZIP
MAX_ENTRIES = 2_000_000
MAX_NAME = 200  # bytes
_DEEPEST = 40  # folders in each other, of a platform's download
TIMESTAMP = "timestamp.txt"  # nbgrader's note of when the work was handed in
# What systems leave behind; no word is said of it.
_SILENT = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db"}
# Windows has neither flag, and neither of the things that they guard against.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_UTF8 = 0x800  # the flag of an entry whose name is UTF-8
# What zipfile raises on damaged, encrypted or unknown data. Refused is a
# ValueError too, and passes through.
_BROKEN_ENTRY = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    struct.error,
    UnicodeDecodeError,
)
_SHAPE = "<student>/<assignment>/<notebook>.ipynb"


class BadSource(ValueError):
    """The submissions cannot be read at all: says why."""


class Refused(ValueError):
    """One file is not taken in: the key of a message."""


@dataclass
class Submission:
    """What one student handed in for one assignment.

    ``refused`` holds, for a notebook that was not taken in, the reason: the
    key of a message.
    """

    student: str
    assignment: str
    folder: Path
    refused: dict[str, str] = field(default_factory=dict)

    def path(self, notebook: str) -> Path:
        """Return where a notebook lies if it was handed in."""
        return self.folder / f"{notebook}.ipynb"


@dataclass
class Collection:
    """Everything that was taken in, and a sentence for all that was not."""

    submissions: list[Submission] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """A file or folder of the source: its place, and how to read it."""

    parts: tuple[str, ...]
    read: Callable[[], bytes] | None  # None for a folder
    time: datetime | None = None  # when it was last changed


def collect(source: Path, destination: Path, catalogue: Editions) -> Collection:
    """Copy the known notebooks to ``<student>/<assignment>/`` in a folder.

    ``catalogue`` names the notebooks of each assignment. What an earlier run
    left of a submission that comes in again is removed. Raises BadSource when
    the source is no folder and no ZIP, or holds no submission.
    """
    if source.is_dir():
        taken = _take(_walk(source), destination, catalogue)
    elif source.is_file():
        taken = _take_archive(source, destination, catalogue)
    else:
        raise BadSource(f"{source} does not exist")
    if not taken.submissions:
        raise BadSource(
            f"{source} holds no submission: expected {_SHAPE},"
            f" where the assignment is one of {', '.join(sorted(catalogue))}"
        )
    taken.submissions.sort(key=lambda item: (item.student, item.assignment))
    return taken


def _take(
    entries: Iterable[Entry], destination: Path, catalogue: Editions
) -> Collection:
    taken: dict[tuple[str, str], Submission] = {}
    ignored: list[str] = []
    for entry in _placed(entries, catalogue, ignored):
        key = _owner(entry)
        if key not in taken:
            folder = destination.joinpath(*key)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            taken[key] = Submission(*key, folder)
        if entry.read is not None:
            _copy(entry.parts[2], entry.read, taken[key])
    return Collection(list(taken.values()), ignored)


def _placed(
    entries: Iterable[Entry],
    catalogue: Editions,
    ignored: list[str],
    strays: list[Entry] | None = None,
) -> Iterator[Entry]:
    """Yield each entry at its place; note a sentence for the others.

    ``strays`` takes those instead that may be notebooks under another name.
    """
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        place = "/".join(entry.parts)
        reason = _misplaced(entry, catalogue)
        if reason is None:
            continue
        if entry.read is not None and entry.parts in seen:
            reason = "is there twice, the first one counts"
        if reason and strays is not None and _is_stray(entry, catalogue):
            strays.append(entry)
            continue
        if reason:
            shown = place if place.isprintable() else ascii(place)
            ignored.append(f"{shown} {reason}.")
            continue
        seen.add(entry.parts)
        yield entry


def _is_stray(entry: Entry, catalogue: Editions) -> bool:
    parts = entry.parts
    return (
        entry.read is not None
        and parts[-1].endswith(".ipynb")
        and all(map(is_name, parts))
        and (len(parts) == 2 or (len(parts) > 2 and parts[1] in catalogue))
    )


def _owner(entry: Entry) -> tuple[str, str]:
    """Return the student and the assignment of an entry at its place."""
    return unicodedata.normalize("NFC", entry.parts[0]), entry.parts[1]


@contextmanager
def open_files(source: Path) -> Iterator[list[Entry]]:
    """Open a folder or a ZIP and return all files in it.

    Nothing is read yet. Raises BadSource.
    """
    if source.is_dir():
        yield [entry for entry in _walk(source, _DEEPEST) if entry.read is not None]
        return
    with _opened(source) as archive:
        yield [entry for entry in _contents(archive) if entry.read is not None]


@contextmanager
def open_tree(
    source: Path, catalogue: Editions, strays: list[Entry] | None = None
) -> Iterator[Reading]:
    """Open a folder or a ZIP in the form of `collect`, without copying it.

    The time of a notebook is that of its submission's timestamp.txt, else its
    own. ``strays`` takes notebooks that have another name than their lesson.
    Raises BadSource.
    """
    if source.is_dir():
        yield _reading(_walk(source), catalogue, strays)
        return
    with _opened(source) as archive:
        yield _reading(_unpack(archive, catalogue), catalogue, strays)


def _reading(
    entries: Iterable[Entry], catalogue: Editions, strays: list[Entry] | None = None
) -> Reading:
    reading = Reading()
    notebooks: dict[tuple[str, str], list[Entry]] = {}
    times: dict[tuple[str, str], datetime] = {}
    for entry in _placed(entries, catalogue, reading.ignored, strays):
        here = notebooks.setdefault(_owner(entry), [])
        if entry.read is not None and entry.parts[2] != TIMESTAMP:
            here.append(entry)
        elif entry.read is not None:
            with suppress(Refused, ValueError, OverflowError):
                times[_owner(entry)] = read_time(entry.read())
    for owner, found in notebooks.items():
        if not found:
            reading.ignored.append(f"{'/'.join(owner)} holds no notebook.")
        for entry in found:
            if entry.read is not None:
                name = entry.parts[2].removesuffix(".ipynb")
                time = times.get(owner, entry.time)
                reading.arrivals.append(Arrival(*owner, name, entry.read, time))
    return reading


def look_through(
    folder: Path,
    catalogue: Editions,
    note: Callable[[Arrival, bytes], None],
) -> Collection:
    """Return what lies in a folder in the form of `collect`, where it lies.

    ``note`` is told of each notebook that can be read.
    """
    taken: dict[tuple[str, str], Submission] = {}
    reading = _reading(_walk(folder), catalogue)
    for arrival in reading.arrivals:
        key = arrival.student, arrival.assignment
        if key not in taken:
            taken[key] = Submission(*key, _folder_of(folder, key[0]) / key[1])
        submission = taken[key]
        try:
            note(arrival, arrival.read())
        except Refused as reason:
            submission.refused[arrival.notebook] = str(reason)
    return Collection([taken[key] for key in sorted(taken)], reading.ignored)


def _folder_of(folder: Path, student: str) -> Path:
    """Return a student's folder, in whatever form its name was composed."""
    if (folder / student).is_dir():
        return folder / student
    same = partial(unicodedata.normalize, "NFC")
    return next(item for item in folder.iterdir() if same(item.name) == student)


def read_time(data: bytes) -> datetime:
    """Read what nbgrader writes to timestamp.txt; raises ValueError, OverflowError."""
    time: datetime = parse_utc(data.decode().strip())
    return time.replace(tzinfo=UTC)


def _misplaced(entry: Entry, catalogue: Editions) -> str | None:
    """Say why an entry is not taken; None to pass over it without a word."""
    parts, folder = entry.parts, entry.read is None
    if _SILENT & {*parts} or (folder and len(parts) != 2):
        return None
    if not all(is_name(part) for part in parts):
        return "is not a safe path"
    if len(parts) < 2 or parts[1] not in catalogue or (len(parts) == 2) != folder:
        return f"is not at {_SHAPE} with a known assignment"
    if folder or parts[2:] == (TIMESTAMP,):
        return ""
    if not parts[-1].endswith(".ipynb"):
        return None  # a file of the student's own: grading does not need it
    if len(parts) > 3 or parts[2].removesuffix(".ipynb") not in catalogue[parts[1]]:
        return "is not a notebook of its assignment"
    return ""


def _copy(name: str, read: Callable[[], bytes], submission: Submission) -> None:
    try:
        data = read()
    except Refused as reason:
        if name != TIMESTAMP:
            submission.refused[name.removesuffix(".ipynb")] = str(reason)
        return
    if name != TIMESTAMP or _is_time(data):
        (submission.folder / name).write_bytes(data)


def _is_time(data: bytes) -> bool:
    """Say whether nbgrader could read this time: it would stop at another."""
    try:
        read_time(data)
    except (ValueError, OverflowError):
        return False
    return True


def is_name(part: str) -> bool:
    """Tell whether a text may name a file or a folder of ours."""
    try:
        size = len(part.encode())
    except UnicodeEncodeError:  # bytes of a file name that are no text
        return False
    return (
        0 < size <= MAX_NAME
        and part.isprintable()
        and not part.startswith(".")
        and not part.endswith(":")
        and not set(part) & set("/\\")
    )


def _walk(root: Path, deepest: int = 3) -> Iterator[Entry]:
    """Yield what lies in a folder, to a depth; follow no link."""
    pending: list[tuple[str, ...]] = [()]
    while pending:
        parts = pending.pop()
        if parts:
            yield Entry(parts, None)
        for item in sorted(os.scandir(root.joinpath(*parts)), key=lambda i: i.name):
            inner = (*parts, item.name)
            if not item.is_dir(follow_symlinks=False):
                read = partial(read_file, Path(item.path))
                yield Entry(inner, read, _changed(item))
            elif len(inner) < deepest and item.name not in _SILENT:
                pending.append(inner)


def _changed(item: os.DirEntry[str]) -> datetime | None:
    with suppress(OSError, ValueError, OverflowError):
        seconds = item.stat(follow_symlinks=False).st_mtime
        return datetime.fromtimestamp(seconds, UTC)
    return None


def read_file(path: Path) -> bytes:
    """Read one ordinary file of a limited size; raises Refused."""
    if path.is_symlink():
        raise Refused("symlink")
    try:
        # Opening a pipe that nobody writes to would wait forever.
        descriptor = os.open(path, _OPEN)
    except OSError as error:
        raise Refused("unreadable") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Refused("not-a-file")
        return _capped(file)


def _capped(file: IO[bytes]) -> bytes:
    data = file.read(MAX_NOTEBOOK + 1)
    if len(data) > MAX_NOTEBOOK:
        raise Refused("too-big")
    return data


def _take_archive(source: Path, destination: Path, catalogue: Editions) -> Collection:
    with _opened(source) as archive:
        return _take(_unpack(archive, catalogue), destination, catalogue)


def _opened(source: Path) -> zipfile.ZipFile:
    if not source.is_file():
        raise BadSource(f"{source} does not exist")
    try:
        return zipfile.ZipFile(source)
    except (*_BROKEN_ENTRY, ValueError) as error:
        raise BadSource(f"{source} is no folder and no ZIP: {error}") from error


def _unpack(archive: zipfile.ZipFile, catalogue: Editions) -> Iterator[Entry]:
    """Yield a ZIP's entries, without the folders that the class lies in."""
    named = list(_contents(archive))
    depths = [
        len(entry.parts) - 3
        for entry in named
        if len(entry.parts) >= 3
        and entry.parts[-2] in catalogue
        and all(map(is_name, entry.parts))
    ]
    outer = min(depths, default=0)
    for entry in named:
        parts = entry.parts
        safe = len(parts) > outer and all(map(is_name, parts[:outer]))
        yield replace(entry, parts=parts[outer:] if safe else parts)


def _contents(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Yield a ZIP's entries; all that is read of them shares one budget."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise BadSource(f"the ZIP has more than {MAX_ENTRIES} entries")
    budget = [MAX_ARCHIVE]
    for info in infos:
        parts = _parts(info)
        if _SILENT & {*parts}:
            continue
        if info.is_dir():
            yield Entry(parts, None)
        else:
            read = partial(_read_entry, archive, info, budget)
            yield Entry(parts, read, _zipped(info))


def _zipped(info: zipfile.ZipInfo) -> datetime | None:
    """Return an entry's time: a ZIP notes it without a zone, so this machine's."""
    with suppress(ValueError, OverflowError, OSError):
        return datetime(*info.date_time).astimezone(UTC)
    return None


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the parts of an entry's path, its characters put right.

    A ZIP that does not say UTF-8 was decoded as an old code page; programs in
    China write GB18030 there.
    """
    name = info.filename
    if not info.flag_bits & _UTF8:
        raw = name.encode("cp437", errors="ignore")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return tuple(name.replace("\\", "/").removesuffix("/").split("/"))


def _read_entry(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: list[int]
) -> bytes:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise Refused("symlink")
    if kind not in (0, stat.S_IFREG):
        raise Refused("not-a-file")
    try:
        with archive.open(info) as file:
            data = _capped(file)
    except _BROKEN_ENTRY as error:
        raise Refused("unreadable") from error
    budget[0] -= len(data)
    if budget[0] < 0:
        raise BadSource(f"the ZIP holds more than {MAX_ARCHIVE} bytes of notebooks")
    return data
