"""Grade what arrives, as `autograder grade` grades it, and publish the pages.

What there is to do is read anew from the folder and the gradebook whenever a
watcher starts, so nothing is lost or graded twice however one ended. Each
grade and the try that it counts as are one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from autograder import journal, tries
from autograder.arrival import Reading
from autograder.collect import BadSource
from autograder.course.editions import put_in_order
from autograder.course.folder import Course
from autograder.course.grading import refuse_loss
from autograder.course.ledger import Ledger, open_ledger
from autograder.course.penalties import settle
from autograder.exchange import ExchangeFault, Publisher
from autograder.feedback import Page, marked, stale_pages, write_pages
from autograder.grade import Progress, give_feedback, record_one, tasks_of
from autograder.intake import Taken, take_in
from autograder.journal import Entry
from autograder.local import grade_here
from autograder.rebuild import EXTRA
from autograder.record import Record
from autograder.report import short, write_tables
from autograder.seed import class_seed
from autograder.task import (
    Graded,
    Settings,
    Task,
    content_digest,
    key,
    reread_releases,
)
from autograder.tries import Place, Try, free_from
from autograder.watch.arrived import arrived
from autograder.watch.inbox import Inbox
from autograder.watch.scan import Owner, Scan
from paramlab.messages import area

_ROUND = 4  # notebooks for each job, before what arrived meanwhile is looked at
_OWNERS = 32  # submissions that are read in a round
_TABLES_SECONDS = 10.0
_TABLES_SHARE = 20  # of the time, at most a twentieth goes into tables
_RETRY = timedelta(seconds=30)  # after a fault of the system; then longer
_LONGEST_RETRY = timedelta(minutes=10)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Watch:
    """How to watch."""

    jobs: int = 1
    say: Callable[[str], None] = print
    stopped: Callable[[], bool] = lambda: False
    now: Callable[[], datetime] = _now


@dataclass
class _Retry:
    after: datetime
    faults: int


@dataclass
class Watcher:
    """Watches one course, whose gradebook is open, with one version of its settings."""

    course: Course
    record: Record
    settings: Settings
    inboxes: list[Inbox]
    how: Watch
    _graded: dict[Place, str] = field(default_factory=dict)  # content
    _keys: dict[Place, str] = field(default_factory=dict)
    _tries: dict[Place, list[Try]] = field(default_factory=dict)
    _waiting: dict[Place, datetime] = field(default_factory=dict)
    _retries: dict[Place, _Retry] = field(default_factory=dict)
    _unpublished: dict[Owner, datetime] = field(default_factory=dict)
    _outdated: set[Place] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)
    _tables_due: float | None = None
    _tables_after: float = 0.0

    def prepare(self) -> None:
        """Apply the settings, and bring up to date what an earlier watcher left.

        Raises BadSettings, CannotRecord, OtherRelease and NoRelease.
        """
        self.course.shelf()
        refuse_loss(self.course, self.record)
        order = put_in_order(
            self.course.folder, self.course.settings, self.course.source
        )
        for _ in order:
            pass
        reread_releases()
        self._shelf = self.course.shelf()
        self._catalogue = {
            name: self._shelf.notebooks(name) for name in self._shelf.assignments
        }
        self.settings = replace(
            self.settings, seed=class_seed(self.course.folder, None)
        )
        for assignment in self._shelf.assignments:
            self.record.prepare(self._shelf, assignment, self.course.language)
        self._keys = self.record.keys()
        self._graded = {entry.place: entry.content for entry in self.record.entries()}
        for one in tries.read(self.record.gradebook.db):
            self._tries.setdefault(one.place, []).append(one)
        self._publisher = Publisher(self.course)
        self._scan = Scan(self.course.submitted, self.course.editions)
        # Work that waits in unmatched/ may have found its owner.
        with open_ledger(self.course.folder) as ledger:
            self._say_taken(take_in(self.course, ledger, Reading()))
        settle(self.course, self.record, ledger)
        give_feedback(self.course.folder, self.record, 1, Progress())
        self._tables_due = time.monotonic()

    @property
    def settling(self) -> bool:
        """Tell whether the next round may find more, with nothing arriving."""
        return self._scan.settling or any(box.settling for box in self.inboxes)

    @property
    def waiting(self) -> dict[Place, datetime]:
        """Return what waits until its hour is over, and until when."""
        return dict(self._waiting)

    def round(self) -> int:
        """Look once, and grade what is there.

        Returns for how many submissions it did so. Raises CannotRecord and
        OSError; the next round finds everything again.
        """
        self.record.refresh()
        for inbox in self.inboxes:
            self._take_in(inbox)
        now = self.how.now()
        due = {place[:2] for place, moment in self._waiting.items() if moment <= now}
        due |= {place[:2] for place, one in self._retries.items() if one.after <= now}
        due |= {owner for owner, moment in self._unpublished.items() if moment <= now}
        owners = self._scan.look()
        owners = [*sorted(due), *(owner for owner in owners if owner not in due)]
        most = max(_OWNERS, _ROUND * self.how.jobs)
        done = self._grade(owners[:most]) if owners else 0
        if self._tables_due is not None and time.monotonic() >= self._tables_due:
            self.write_tables()
        self.record.refresh()  # no transaction stays open while nothing happens
        return done

    def _take_in(self, inbox: Inbox) -> None:
        try:
            with inbox.new() as reading:
                if reading is not None:
                    with open_ledger(self.course.folder) as ledger:
                        self._say_taken(take_in(self.course, ledger, reading))
        except (OSError, BadSource) as error:  # the other ways in stay open
            self._say_once(f"Cannot be read, it tries again: {error}")

    def write_tables(self) -> None:
        """Write the tables, if a grade has changed since they were."""
        if self._tables_due is None:
            return
        clock = time.monotonic()
        write_tables(self.course.folder, self.record)
        took = time.monotonic() - clock
        self._tables_due = None
        self._tables_after = time.monotonic() + max(
            _TABLES_SECONDS, took * _TABLES_SHARE
        )

    def _grade(self, owners: list[Owner]) -> int:
        todo: list[Task] = []
        taken: list[Owner] = []
        held: list[Place] = []
        with open_ledger(self.course.folder) as ledger:
            submissions = arrived(self.course, ledger, owners)
        for submission in submissions:
            if len(todo) >= _ROUND * self.how.jobs:
                break  # whose turn it is not yet is found by the next round
            taken.append((submission.student, submission.assignment))
            for task in tasks_of([submission], self._catalogue):
                if self._is_held(task):
                    held.append(task.place)
                elif self._is_new(task):
                    todo.append(task)
        entries = self._run(todo, ledger)
        self._write_pages(entries, held, ledger)
        for owner in taken:
            self._publish(owner)
            self._scan.done(owner)
        if self._outdated:
            self._say_once(
                "Some notebooks would get another grade today, by other judges, tests"
                f" or points: autograder regrade {self.course.folder}"
            )
        return len(taken)

    def _publish(self, owner: Owner) -> None:
        self._unpublished.pop(owner, None)
        if not self.course.settings.exchange:
            return
        try:
            self._publisher.publish(*owner)
        except (ExchangeFault, OSError) as error:  # the others get theirs
            self._unpublished[owner] = self.how.now() + _RETRY
            self._say_once(f"Not published, it tries again: {error}")

    def _is_new(self, task: Task) -> bool:
        """Tell whether this has to be graded: it came, or the system failed on it.

        What a mended judge would grade otherwise is left to `regrade`, and
        what has vanished keeps its grade.
        """
        retry = self._retries.get(task.place)
        if retry is not None and retry.after > self.how.now():
            return False
        if task.place not in self._keys or not self._keys[task.place]:
            return True
        content = task.content()
        if task.refused:
            return self._keys[task.place] != key(task, content, self.settings)
        if content is None:
            return False
        there = self._graded.get(task.place)
        if there and there == content_digest(content):
            if self._keys[task.place] != key(task, content, self.settings):
                self._outdated.add(task.place)
            return False
        return self._keys[task.place] != key(task, content, self.settings)

    def _is_held(self, task: Task) -> bool:
        """Tell whether this must wait, because of the tries before it."""
        self._waiting.pop(task.place, None)
        done = self._tries.get(task.place, [])
        content = task.content()
        if content is None or not done or done[-1].content == content_digest(content):
            return False
        if not self._is_new(task):
            return False
        now = self.how.now()
        limit = self.course.settings.tries
        free = free_from((one.time for one in done), limit, now)
        if free <= now:
            return False
        self._waiting[task.place] = free
        return True

    def _run(self, todo: list[Task], ledger: Ledger) -> list[Entry]:
        entries = []
        # What has begun is finished; the next watcher finds the rest.
        begun = takewhile(lambda task: not self.how.stopped(), todo)
        with closing(grade_here(begun, self.settings, self.how.jobs)) as results:
            for task, task_key, graded in results:
                entry = self._record(task, task_key, graded)
                if entry is not None:
                    entries.append(entry)
                    self._say_graded(entry, ledger)
                for sentence in graded.weaker:
                    self._say_once(f"Weaker than it should be: {sentence}")
        return entries

    def _record(self, task: Task, task_key: str, graded: Graded) -> Entry | None:
        """Record a grade and its try; after a fault, what there was stays."""
        place = task.place
        if graded.fault:
            faults = self._retries[place].faults + 1 if place in self._retries else 1
            pause = min(_RETRY * 2 ** min(faults - 1, 10), _LONGEST_RETRY)
            self._retries[place] = _Retry(self.how.now() + pause, faults)
            self._say(f"Not graded, the system failed, it tries again: {graded.fault}")
            if self._keys.get(place):
                return None
        one = Try(place, self.how.now(), graded.content)
        counts = self._counts(place, graded)

        def also(entry: Entry) -> None:
            if counts:
                tries.note(self.record.gradebook.db, one)

        folder = self.course.folder
        entry = record_one(folder, self.record, task, task_key, graded, also)
        self._keys[place], self._graded[place] = entry.key, entry.content
        if not graded.fault:
            self._retries.pop(place, None)
        if counts:
            recent = [
                x for x in self._tries.get(place, []) if x.time > one.time - tries.HOUR
            ]
            self._tries[place] = [*recent, one]
        if self._tables_due is None:
            self._tables_due = max(time.monotonic(), self._tables_after)
        return entry

    def _counts(self, place: Place, graded: Graded) -> bool:
        """Tell whether a student learns something from this version."""
        done = self._tries.get(place, [])
        same = bool(done) and done[-1].content == graded.content
        if same or graded.fault or not graded.content:
            return False
        states = {result.status for result in graded.results}
        # An untouched answer may be answered in a cell of the student's own.
        own_cells = f'"id": "{EXTRA}' in graded.executed
        untouched = states <= {"blank", "manual"} and not own_cells
        return not untouched and states != {"invalid"}

    def _write_pages(
        self, entries: list[Entry], held: Iterable[Place], ledger: Ledger
    ) -> None:
        """Write the pages of what was graded, of what costs more, of what waits."""
        changed = settle(self.course, self.record, ledger) if entries else set()
        book = self.record.gradebook.db
        shown = {entry.place: entry for entry in entries}
        for place in {*changed, *held} - shown.keys():
            entry = journal.find(book, place)
            if entry is not None:
                shown[place] = entry
        if not shown:
            return
        marks, remarks = self.record.marks(), self.record.remarks()
        penalties = self.record.penalties()
        pages = [
            Page(
                marked(entry, marks, remarks),
                penalties.get(place, 0.0),
                self._notice(entry),
            )
            for place, entry in shown.items()
        ]
        stale = list(stale_pages(self.course.folder, pages))
        for _ in write_pages(self.course.folder, stale, 1):
            pass

    def _notice(self, entry: Entry) -> str:
        until = self._waiting.get(entry.place)
        if until is None:
            return ""
        words: str = area(entry.language, "grading")["feedback"]["queued"]
        self._say(f"{'/'.join(entry.place)}: waits until {_clock(until)}")
        moment = until.astimezone().isoformat(" ", "minutes")
        return words.format(tries=self.course.settings.tries, time=moment)

    def _say_graded(self, entry: Entry, ledger: Ledger) -> None:
        if all(result.status == "blank" for result in entry.results):
            return
        score = short(sum(result.score for result in entry.results))
        most = sum(
            result.exercise.max_score
            for result in entry.results
            if not result.exercise.written
        )
        came = ledger.time(entry.place)
        spent = (self.how.now() - came).total_seconds() if came else 0.0
        after = f", {spent:.0f} s after it came" if came else ""
        self._say(f"{'/'.join(entry.place)}: {score} of {short(most)}{after}")

    def _say_taken(self, taken: Taken) -> None:
        for title, sentences in (
            ("Not taken in", taken.ignored),
            ("Refused, and graded as invalid", taken.refused),
            ("Older than what is there, left out", taken.older),
        ):
            for sentence in sentences:
                self._say_once(f"{title}: {sentence}")
        for name in taken.unmatched:
            guess = self.course.roster.guess(name) or "?"
            self._say_once(
                "Not in roster.csv; the work is kept in unmatched/. Put this under"
                f' [names] in course.toml: "{name}" = "{guess}"'
            )

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)

    def _say(self, sentence: str) -> None:
        # Names that students chose must not act in a terminal.
        plain = "".join(
            c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in sentence
        )
        self.how.say(f"{_clock(self.how.now())}  {plain}")


def _clock(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S")
