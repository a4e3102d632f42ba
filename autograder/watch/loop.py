"""Watch a course until somebody stops it, through every fault that may pass."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from autograder.collect import BadSource
from autograder.course.folder import Course, NoCourse
from autograder.course.ledger import BadLedger
from autograder.course.roster import ROSTER, BadRoster
from autograder.course.settings import SETTINGS, BadSettings
from autograder.exchange import ExchangeFault
from autograder.lock import alone
from autograder.record import CannotRecord, OtherRelease, Record, reason_of
from autograder.release import NoRelease
from autograder.task import Settings, WarmUp
from autograder.watch.inbox import Drop, Exchange, Inbox
from autograder.watch.watcher import Watch, Watcher

_LONGEST_PAUSE = 60.0
# These may pass: a disk that is away, a database that starts anew, settings
# that somebody is editing.
_PASSING = (
    *(OSError, SQLAlchemyError, CannotRecord, ExchangeFault, BadSource, BadLedger),
    *(NoCourse, BadSettings, BadRoster, NoRelease, OtherRelease),
)
State = tuple[tuple[int, int] | None, ...]


def watch(
    folder: Path,
    settings: Callable[[Course], Settings],
    drops: Sequence[Path],
    how: Watch,
    interval: float,
    stop: threading.Event,
    *,
    once: bool = False,
) -> None:
    """Grade what arrives in a course until ``stop`` is set.

    ``once`` ends when there is nothing to do but wait. What keeps the watcher
    from beginning is raised: Watched, NoCourse, BadSettings, BadRoster,
    NoRelease, TooWeak and what ``Watcher`` raises; later faults are said, and
    it goes on.
    """
    with alone(folder, "autograder watch"):
        course = Course.open(folder)
        with WarmUp(settings(course)) as warm:
            warm.begin(course.editions)
            warm.wait()
            begun, faults, said = False, 0, ""
            while not stop.is_set():
                try:
                    course, state = Course.open(folder), _state(folder)
                    warm.begin(course.editions)
                    with _opened(course, settings(course), drops, how) as watcher:
                        watcher.prepare()
                        if not begun:
                            how.say(_greeting(course, drops))
                        begun = True
                        for _ in _rounds(watcher, interval, stop, once=once):
                            faults, said = 0, ""
                            if _state(folder) != state:
                                break
                        watcher.write_tables()
                    if _state(folder) == state:
                        return
                    how.say("The settings have changed; they count now.")
                except _PASSING as error:
                    if not begun or once:
                        raise
                    faults += 1
                    if str(error) != said:
                        said = str(error)
                        how.say(f"It goes on as soon as it can: {_words(error)}")
                    stop.wait(min(_LONGEST_PAUSE, interval * 2**faults))


def _rounds(
    watcher: Watcher, interval: float, stop: threading.Event, *, once: bool
) -> Iterator[None]:
    """Yield after each round; end when there is nothing more to do."""
    while not stop.is_set():
        done = watcher.round()
        yield
        if once and not done and not watcher.settling:
            return
        if not done:
            stop.wait(interval)


@contextmanager
def _opened(
    course: Course, settings: Settings, drops: Sequence[Path], how: Watch
) -> Iterator[Watcher]:
    inboxes: list[Inbox] = [Drop(folder, course) for folder in drops]
    if course.settings.exchange:
        inboxes.append(Exchange(course))
    url = course.settings.gradebook
    with Record(course.folder, url, config=False) as record:
        yield Watcher(course, record, settings, inboxes, how)


def _state(folder: Path) -> State:
    """Return what tells that somebody has changed the settings."""
    found: list[tuple[int, int] | None] = []
    for name in (SETTINGS, ROSTER):
        try:
            status = (folder / name).stat()
            found.append((status.st_mtime_ns, status.st_size))
        except FileNotFoundError:
            found.append(None)
    return tuple(found)


def _greeting(course: Course, drops: Sequence[Path]) -> str:
    places = [str(course.submitted), *map(str, drops)]
    if course.settings.exchange:
        places.append(f"the exchange {course.settings.exchange}")
    return (
        f"Watching {', '.join(places)}; {course.settings.tries} versions of a notebook"
        " are graded within an hour. Ctrl+C ends it."
    )


def _words(error: Exception) -> str:
    return reason_of(error) if isinstance(error, SQLAlchemyError) else str(error)


@contextmanager
def ended_by_signals(say: Callable[[str], None]) -> Iterator[threading.Event]:
    """Give an event that Ctrl+C and SIGTERM set; a second Ctrl+C ends at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread may take signals
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say("Ending; what is being graded is finished first. Ctrl+C again: at once.")

    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, ask) for name in names]
    try:
        yield stop
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
