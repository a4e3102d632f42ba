"""Grade one notebook of one student: the function that every scheduler maps.

Everything goes in as plain values and comes back as plain values, so that it
may run in a thread here or in a worker elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import is_solution

import paramlab
from autograder.collect import MAX_NOTEBOOK
from autograder.engine import Engine
from autograder.isolation.client import EngineFault
from autograder.isolation.limits import Limits
from autograder.judge import judge, nothing
from autograder.judging_code import digest_of
from autograder.rebuild import EXTRA, language_of, readable, rebuild
from autograder.release import Release, Shelf
from autograder.result import Result
from autograder.run import Run, error_of, run
from autograder.seed import own_seed
from autograder.text import clean
from paramlab.frameworks import FrameworkMissing
from paramlab.messages import message

PACKAGE = Path(paramlab.__file__).parent  # what judges


class InvalidNotebook(ValueError):
    """A file is no notebook: the key of a message."""


class SystemFault(RuntimeError):
    """A notebook could not be graded for a reason that is not the student's."""


@dataclass(frozen=True)
class Settings:
    """What the grades of a class depend on, besides what was handed in."""

    course: str  # the folder of solutions/
    language: str  # for what is said about a missing notebook
    limits: Limits
    isolation: str
    seed: int = 0


@dataclass(frozen=True)
class Task:
    """One notebook of one student, and where it lies."""

    student: str
    assignment: str
    notebook: str
    path: str
    refused: str = ""  # why it was not taken in: the key of a message
    timestamp: str | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """Return what identifies it."""
        return self.student, self.assignment, self.notebook

    def content(self) -> bytes | None:
        """Read it; None where it was not handed in, or not taken in."""
        path = Path(self.path)
        return path.read_bytes() if path.is_file() and not self.refused else None


@dataclass(frozen=True)
class Graded:
    """What came of a task. A fault: of the system, so it has no grade yet."""

    results: tuple[Result, ...]
    language: str
    notes: tuple[str, ...] = ()
    executed: str = ""  # the notebook as JSON
    fault: str = ""
    seconds: tuple[tuple[str, float], ...] = ()
    peak_mb: float = 0.0
    weaker: tuple[str, ...] = ()  # what the engine says of its isolation
    content: str = ""  # a hash of what was graded; of nothing, no text


def key(task: Task, content: bytes | None, settings: Settings) -> str:
    """Return a hash of all that a grade depends on, the student included."""
    shelf = _shelf(settings.course)
    parts = [
        *task.place,
        task.refused,
        settings.language,
        repr(settings.limits),
        str(settings.seed),
        shelf.digest(task.assignment, task.notebook),
        digest_of(PACKAGE, task.assignment, task.notebook),
    ]
    digest = hashlib.sha256(json.dumps(parts).encode())
    digest.update(b"-" if content is None else b"+" + content)
    return digest.hexdigest()


def grade_one(task: Task, content: bytes | None, settings: Settings) -> Graded:
    """Grade one notebook; whatever happens, every exercise has a result."""
    graded = _grade(task, content, settings)
    return replace(graded, content=content_digest(content))


def content_digest(content: bytes | None) -> str:
    """Return the hash by which a version of a notebook is known again."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _grade(task: Task, content: bytes | None, settings: Settings) -> Graded:
    shelf = _shelf(settings.course)
    language = shelf.language(task.assignment, settings.language)
    release = shelf.release(language, task.assignment, task.notebook)
    if content is None and not task.refused:
        said = _say(release, "not-handed-in")
        return Graded(tuple(nothing(release, "blank", said)), language)
    try:
        submitted = _load(task, content or b"")
        language = language_of(shelf, task.assignment, task.notebook, submitted)
        release = shelf.release(language, task.assignment, task.notebook)
        seed = own_seed(settings.seed, content or b"")
        return _run(release, task, submitted, settings, seed)
    except InvalidNotebook as reason:
        said = _say(release, str(reason), megabytes=MAX_NOTEBOOK // 1_000_000)
        return Graded(tuple(nothing(release, "invalid", said)), language)
    # One notebook must never stop the class, whatever is wrong with it.
    except Exception as error:  # noqa: BLE001
        what = f"{type(error).__name__}: {error}"
        return without_grade(task, settings, what, language)


def without_grade(
    task: Task, settings: Settings, what: str, language: str = ""
) -> Graded:
    """Return what is known of a notebook that the system failed on."""
    shelf = _shelf(settings.course)
    language = language or shelf.language(task.assignment, settings.language)
    release = shelf.release(language, task.assignment, task.notebook)
    what = clean(what)
    said = _say(release, "fault", error=what)
    results = nothing(release, "crashed", said, pending=True)
    fault = f"{'/'.join(task.place)}: {what}"
    return Graded(tuple(results), language, fault=fault)


def _run(
    release: Release,
    task: Task,
    submitted: NotebookNode,
    settings: Settings,
    seed: int,
) -> Graded:
    clock = time.perf_counter()
    rebuilt = rebuild(release, submitted)
    rebuilding = time.perf_counter() - clock
    warm = _engine(settings.limits, settings.isolation).warm(task.assignment)
    done = run(rebuilt.notebook, release, task.student, warm, seed)
    _check(done)
    clock = time.perf_counter()
    results = judge(release, rebuilt, done)
    seconds = {
        "rebuild": rebuilding,
        **done.seconds,
        "judge": time.perf_counter() - clock,
    }
    return Graded(
        tuple(results),
        release.language,
        rebuilt.notes,
        # nbformat's own writer checks and copies all that was just built.
        json.dumps(done.notebook, ensure_ascii=False),
        seconds=tuple(seconds.items()),
        peak_mb=done.peak_mb,
        weaker=(warm.words,) if warm.words else (),
    )


class WarmUp:
    """Starts the processes that notebooks need, beside other work.

    They end with its block.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(os.cpu_count())
        self._begun: dict[str, Future[None]] = {}

    def __enter__(self) -> WarmUp:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self, assignments: Iterable[str]) -> None:
        """Start the process of each of these, unless it has begun."""
        for assignment in assignments:
            if assignment not in self._begun:
                begun = self._threads.submit(warm_up, assignment, self._settings)
                self._begun[assignment] = begun

    def wait(self) -> None:
        """Wait until they run.

        Raises TooWeak where isolation is not as strict as asked. Another fault
        shows again, and is named, where a notebook meets it.
        """
        for begun in self._begun.values():
            begun.result()

    def end(self) -> None:
        """End them."""
        self._threads.shutdown()
        stop_engines()


def warm_up(assignment: str, settings: Settings) -> None:
    """Start the process of an assignment, unless it runs; see ``WarmUp.wait``."""
    with suppress(EngineFault, FrameworkMissing):
        _engine(settings.limits, settings.isolation).warm(assignment)


def stop_engines() -> None:
    """End the warm processes of this process."""
    with _lock:
        for engine in _engines.values():
            engine.stop()
        _engines.clear()


_lock = threading.Lock()
_engines: dict[tuple[Limits, str], Engine] = {}


def _engine(limits: Limits, isolation: str) -> Engine:
    """Return this process's engine for these limits; the first call makes it."""
    with _lock:
        if (limits, isolation) not in _engines:
            _engines[limits, isolation] = Engine(limits, isolation)
        return _engines[limits, isolation]


@lru_cache(maxsize=4)
def _shelf(course: str) -> Shelf:
    return Shelf(Path(course))


def reread_releases() -> None:
    """Look again which notebooks there are, once a course has more of them."""
    _shelf.cache_clear()


def _load(task: Task, content: bytes) -> NotebookNode:
    if task.refused:
        raise InvalidNotebook(task.refused)
    try:
        return readable(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise InvalidNotebook("not-json") from error


def _check(done: Run) -> None:
    """Raise SystemFault where a cell fails before any that is the student's.

    So it does where the framework is not installed.
    """
    for cell in done.notebook.cells:
        if cell.cell_type != "code":
            continue
        if is_solution(cell) or cell.id.startswith(EXTRA):
            return
        if error := error_of(cell):
            raise SystemFault(f"the cell {cell.id} stopped with {error}")


def _say(release: Release, key: str, **values: object) -> str:
    return message(release.language, "grading", key, **values)
