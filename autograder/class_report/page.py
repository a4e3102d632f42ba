"""The class report as one HTML page that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode, from_dict
from nbgrader.utils import is_solution

from autograder.class_report import plots
from autograder.class_report.likeness import Likeness, Pair, pairs
from autograder.class_report.statistics import (
    Distribution,
    Item,
    Mistake,
    Numbers,
    numbers,
)
from autograder.files import write_whole
from autograder.journal import Entry, Row
from autograder.record import Record
from autograder.release import NoRelease, Shelf, grade_id
from autograder.report import Total, short
from paramlab.messages import MissingMessage, area, message
from paramlab.report import sentences

PAGE = "report.html"
TEMPLATES = Path(__file__).parent.parent / "templates"
MOST_MISTAKES = 40  # lines of a table on the page
MOST_ATTENTION = 200


@dataclass(frozen=True)
class Section:
    """One assignment on the page."""

    distribution: Distribution
    items: tuple[Item, ...]
    histogram: Markup
    outcomes: Markup


def write_page(
    out: Path,
    record: Record,
    shelf: Shelf,
    rows: Sequence[Row],
    totals: Sequence[Total],
    language: str,
    advanced: Callable[[], None],
) -> Path:
    """Write the report of a graded folder; calls ``advanced`` for each notebook."""
    groups: dict[tuple[str, str], Likeness] = {}

    def read() -> Iterator[Entry]:
        for entry in record.entries():
            _compare(entry, out, shelf, groups)
            advanced()
            yield entry

    found = numbers(read(), rows, totals)
    path = out / PAGE
    write_whole(path, page(found, pairs(groups.values()), rows, language))
    return path


def _compare(
    entry: Entry, out: Path, shelf: Shelf, groups: dict[tuple[str, str], Likeness]
) -> None:
    """Add one notebook's answers to those that are compared."""
    path = out / "autograded" / entry.student / entry.assignment
    path = path / f"{entry.notebook}.ipynb"
    if not path.is_file():
        return
    for exercise, source in _answers(from_dict(json.loads(path.read_bytes()))):
        place = (entry.assignment, exercise)
        if place not in groups:
            given = _given(shelf, entry.assignment, entry.notebook)
            groups[place] = Likeness(*place, given)
        groups[place].add(entry.student, source)


def _answers(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_solution(cell):
            yield grade_id(cell), cell.source


def _given(shelf: Shelf, assignment: str, notebook: str) -> Iterator[str]:
    for language in shelf.languages(assignment):
        with suppress(NoRelease):
            release = shelf.release(language, assignment, notebook)
            for cell in release.given.cells:
                if cell.cell_type == "code":
                    yield cell.source


def page(
    found: Numbers, alike: Sequence[Pair], rows: Sequence[Row], language: str
) -> str:
    """Return the page as HTML."""
    say = partial(message, language, "report")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = short
    environment.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    attention = found.attention
    return environment.get_template("report.html.j2").render(
        say=say,
        words=area(language, "report"),
        language=language,
        students=len({row.student for row in rows}),
        notebooks=len({(*row.submission, row.notebook) for row in rows}),
        sections=list(_sections(found, say)),
        mistakes=[_mistake(one, language) for one in found.mistakes[:MOST_MISTAKES]],
        enough=plots.ENOUGH,
        more_mistakes=max(0, len(found.mistakes) - MOST_MISTAKES),
        costs=found.costs,
        attention=attention[:MOST_ATTENTION],
        more_attention=max(0, len(attention) - MOST_ATTENTION),
        pairs=alike,
    )


def _sections(found: Numbers, say: Callable[..., str]) -> Iterable[Section]:
    items = {
        assignment: tuple(group)
        for assignment, group in groupby(found.items, lambda item: item.assignment)
    }
    labels = [say(f"outcome.{part}") for part in ("full", "partial", "none", "blank")]
    for shown in found.distributions:
        own = items.get(shown.assignment, ())
        yield Section(
            shown,
            own,
            plots.distribution(shown, say("percent-axis"), say("students-axis")),
            plots.outcomes(own, labels, say("discrimination")),
        )


def _mistake(mistake: Mistake, language: str) -> tuple[Mistake, str, str]:
    """Return a mistake with its sentence, an example, and its hint."""
    example = mistake.example
    try:
        said, hint = sentences(mistake.exercise, example.key, example.values, language)
    except (MissingMessage, KeyError):  # recorded by another version of the judges
        return mistake, example.key, ""
    return mistake, said, hint
