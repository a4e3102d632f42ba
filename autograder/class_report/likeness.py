"""Answers that are unusually alike, by winnowing (Schleimer, Wilkerson, Aiken, 2003).

A program is cut into overlapping runs of tokens; of their hashes a few are
kept, so that any longer passage that two programs share leaves at least one
hash in both. What the release gave, and what many students wrote, says
nothing, and is left out. Names that a student chose count as one token, so
that renaming hides nothing.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations

RUN = 10  # tokens of one hash
WINDOW = 6  # of so many neighbouring hashes one is kept
USUAL = 0.1  # what more of the students wrote is usual ...
FEW = 5  # ... but what so few wrote never is
ENOUGH = 6  # kept hashes that two share, before they are shown
ALIKE = 0.6  # and the share of the shorter one's that they are
MOST_PAIRS = 40  # on a page

_SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Match:
    """Two students' answers to one exercise that are alike."""

    assignment: str
    exercise: str
    students: tuple[str, str]
    shared: int  # kept hashes in both
    share: float  # of the shorter one's
    sources: tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """Two students, and all their answers that are alike."""

    students: tuple[str, str]
    matches: tuple[Match, ...]

    @property
    def shared(self) -> int:
        """Return how much they share, in kept hashes."""
        return sum(match.shared for match in self.matches)


def tokens(source: str) -> list[str]:
    """Cut source into tokens, a student's own names alike; lenient to errors."""
    found: list[str] = []
    after_dot = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in _SKIPPED:
                continue
            text = token.string
            if token.type == tokenize.NAME and not keyword.iskeyword(text):
                text = text if after_dot else "name"
            elif token.type == tokenize.STRING:
                text = "text"
            after_dot = text == "."
            found.append(text)
    except (tokenize.TokenError, SyntaxError):
        pass  # what stands before the error is enough
    return found


def fingerprint(source: str) -> set[int]:
    """Return the hashes that winnowing keeps of a source."""
    cut = tokens(source)
    hashes = [_hash(cut[i : i + RUN]) for i in range(len(cut) - RUN + 1)]
    if len(hashes) <= WINDOW:
        return {min(hashes)} if hashes else set()
    return {min(hashes[i : i + WINDOW]) for i in range(len(hashes) - WINDOW + 1)}


def _hash(run: Sequence[str]) -> int:
    digest = blake2b("\0".join(run).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class Likeness:
    """Finds similar answers to one exercise; students are added one by one."""

    def __init__(self, assignment: str, exercise: str, given: Iterable[str]) -> None:
        self.place = assignment, exercise
        self._given = set().union(*map(fingerprint, given))
        self._sources: dict[str, str] = {}
        self._prints: dict[str, set[int]] = {}

    def add(self, student: str, source: str) -> None:
        """Take in one student's answer."""
        kept = fingerprint(source) - self._given
        if kept:
            self._sources[student] = source
            self._prints[student] = kept

    def matches(self) -> Iterator[Match]:
        """Yield the answers that are alike."""
        usual = max(FEW, int(USUAL * len(self._prints)))
        writers: dict[int, list[str]] = defaultdict(list)
        for student, kept in self._prints.items():
            for number in kept:
                writers[number].append(student)
        shared: Counter[tuple[str, str]] = Counter()
        for students in writers.values():
            if len(students) <= usual:
                shared.update(combinations(sorted(students), 2))
        for (first, second), count in shared.items():
            share = count / min(len(self._prints[first]), len(self._prints[second]))
            if count >= ENOUGH and share >= ALIKE:
                sources = (self._sources[first], self._sources[second])
                yield Match(*self.place, (first, second), count, share, sources)


def pairs(exercises: Iterable[Likeness]) -> list[Pair]:
    """Put all matches of two students together, the most alike first."""
    found: dict[tuple[str, str], list[Match]] = defaultdict(list)
    for exercise in exercises:
        for match in exercise.matches():
            found[match.students].append(match)
    alike = [Pair(students, tuple(matches)) for students, matches in found.items()]
    alike.sort(key=lambda pair: (-pair.shared, pair.students))
    return alike[:MOST_PAIRS]
