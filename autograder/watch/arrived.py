"""Read from ``submitted/`` what has changed there, as grading a course reads it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from autograder.collect import Collection as Taken
from autograder.collect import Refused, Submission, open_tree
from autograder.course.folder import Course
from autograder.course.grading import add_refused
from autograder.course.ledger import Ledger
from autograder.watch.scan import Owner


def arrived(
    course: Course, ledger: Ledger, owners: Collection[Owner]
) -> list[Submission]:
    """Return these submissions, oldest first; the ledger notes when each came."""
    found = {
        owner: Submission(*owner, _folder(course.submitted, owner)) for owner in owners
    }
    now = datetime.now(UTC)
    with open_tree(course.submitted, course.editions) as reading:
        for arrival in reading.arrivals:
            submission = found.get((arrival.student, arrival.assignment))
            if submission is None:
                continue
            place = arrival.student, arrival.assignment, arrival.notebook
            try:
                ledger.note(place, arrival.read(), arrival.time or now)
            except Refused as reason:
                submission.refused[arrival.notebook] = str(reason)
    taken = Taken(list(found.values()))
    add_refused(course, ledger, taken)
    ledger.write()
    wanted = [x for x in taken.submissions if (x.student, x.assignment) in found]
    latest: dict[Owner, datetime] = {}
    for (student, assignment, _), line in ledger.lines.items():
        owner = student, assignment
        latest[owner] = max(line.time, latest.get(owner, line.time))
    return sorted(wanted, key=lambda x: latest.get((x.student, x.assignment), now))


def _folder(root: Path, owner: Owner) -> Path:
    """Return a submission's folder, in whatever form its name was composed."""
    student, assignment = owner
    if not (root / student).is_dir():
        for item in root.iterdir():
            if unicodedata.normalize("NFC", item.name) == student:
                return item / assignment
    return root / student / assignment
