"""Every form of download that can be collected, the most particular one first."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from autograder.arrival import Editions, Reader, Reading
from autograder.collect import BadSource, Entry, open_files
from autograder.lms import canvas, gradescope, moodle
from autograder.lms.folders import open_folders
from autograder.lms.handed import Handed, note_empty_handed, shown, sort_out
from autograder.lms.lessons import Lessons
from autograder.release import Shelf

_MOST = 0.5  # of a download's notebooks must have its form
_NO_TIMES = (
    "{} does not write into a download when each file came: the times of the files"
    " count, which may be that of the download. --received TIME says another."
)


def _platform(name: str, module: ModuleType) -> Reader:
    """Return the reader of a platform, whose module knows how it names files."""
    handed_in: Callable[[Iterable[Entry]], Iterator[Handed]] = module.handed_in

    def recognises(source: Path, editions: Editions) -> bool:
        try:
            with open_files(source) as entries:
                notebooks = [e for e in entries if e.parts[-1].endswith(".ipynb")]
                try:
                    known = {file.path for file in handed_in(entries)}
                except BadSource:
                    return True  # it is of this form, and damaged: reading says how
        except (BadSource, OSError):
            return False
        if not notebooks:
            return bool(known)
        own = sum("/".join(entry.parts) in known for entry in notebooks)
        return own > _MOST * len(notebooks)

    @contextmanager
    def read(source: Path, editions: Editions, shelf: Shelf) -> Iterator[Reading]:
        with open_files(source) as found:
            entries = [entry for entry in found if _is_text(entry)]
            files = list(handed_in(entries))
            if not files:
                raise BadSource(f"{source} is no download of {module.NAME}")
            reading = sort_out(files, Lessons(editions, shelf))
            note_empty_handed(files, reading)
            kept = {file.path for file in files}
            for entry in found:
                path = "/".join(entry.parts)
                if path not in kept and entry.parts[-1] != gradescope.METADATA:
                    reading.ignored.append(
                        f"{shown(path)} has no name that {module.NAME} gives."
                    )
            reading.platform, reading.download = name, source.stem
            if any(file.time is None for file in files):
                reading.notes.append(_NO_TIMES.format(module.NAME))
            yield reading

    return Reader(name, recognises, read)


def _is_text(entry: Entry) -> bool:
    """Tell whether a path can be written down, and leads nowhere else."""
    path = "/".join(entry.parts)
    odd = any(unicodedata.category(c) in ("Cc", "Cs") for c in path)
    return not odd and not {"", ".", ".."} & {*entry.parts}


TREE = Reader("tree", lambda source, editions: True, open_folders)
READERS: tuple[Reader, ...] = (
    _platform("gradescope", gradescope),
    _platform("moodle", moodle),
    _platform("canvas", canvas),
    TREE,
)


def reader_for(source: Path, editions: Editions) -> Reader:
    """Return the first reader that recognises a source."""
    return next(reader for reader in READERS if reader.recognises(source, editions))
