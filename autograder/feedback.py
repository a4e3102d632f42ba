"""Feedback for a student: one HTML page a notebook, in the student's language.

A page loads nothing and runs nothing: what a student wrote must not act in
the browser of the person who grades. So text is shown as text, Markdown
without HTML, and of pictures only pixels.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbconvert.filters import ansi2html
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_grade, is_solution
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.files import write_whole
from autograder.formulas import mathml
from autograder.journal import Entry
from autograder.release import exercise_of
from autograder.report import short
from autograder.result import Result
from paramlab.messages import area

TEMPLATES = Path(__file__).parent / "templates"
MAX_OUTPUT = 20_000  # characters of one output
MAX_SOURCE = 50_000  # of one cell's text, which would take minutes to color
_WORTH_PROCESSES = 40  # pages; a process takes seconds to start
_LAYOUT = 1  # another number has all pages written again
_MARK = re.compile(r'<meta name="mark" content="(\w*)">')
_CODE = HtmlFormatter(style="friendly", cssclass="code")


@dataclass(frozen=True)
class _Shown:
    """A cell on the page."""

    body: Markup
    outputs: tuple[Markup, ...] = ()
    result: Result | None = None


def page_path(out: Path, student: str, assignment: str, notebook: str) -> Path:
    """Return where a page lies in an output folder."""
    return out / "feedback" / student / assignment / f"{notebook}.html"


@dataclass(frozen=True)
class Page:
    """What a page shows: a graded notebook, and what it lost by being late.

    ``notice`` stands above all else.
    """

    entry: Entry
    penalty: float = 0.0
    notice: str = ""

    @property
    def mark(self) -> str:
        """Return what another page would differ in."""
        shown = [asdict(result) for result in self.entry.results]
        said = [shown, self.entry.notes, self.penalty, _LAYOUT]
        said += [self.notice] if self.notice else []
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:20]


def marked(
    entry: Entry,
    marks: Mapping[tuple[str, str, str, str], float],
    remarks: Mapping[tuple[str, str, str, str], str],
) -> Entry:
    """Return an entry with the scores and the remarks that people gave."""
    student, assignment, notebook = entry.place
    results = []
    for result in entry.results:
        place = student, assignment, notebook, result.exercise.id
        if place in marks:
            result = replace(
                result, score=marks[place], status="graded", message="", pending=False
            )
        if place in remarks:
            result = replace(result, message=remarks[place])
        results.append(result)
    return replace(entry, results=tuple(results))


def stale_pages(out: Path, pages: Iterable[Page]) -> Iterator[Page]:
    """Choose what was handed in and has no page, or one with another grade.

    A page that is not ours, such as nbgrader's own, stays.
    """
    for page in pages:
        entry = page.entry
        folder = out / "submitted" / entry.student / entry.assignment
        handed_in = (folder / f"{entry.notebook}.ipynb").exists()
        refused = any(result.status == "invalid" for result in entry.results)
        if handed_in or refused:
            there = _mark_of(page_path(out, *entry.place))
            if there is None or there not in ("", page.mark):
                yield page


def _mark_of(path: Path) -> str | None:
    """Return the mark of a page: empty if it is not ours, None if there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            found = _MARK.search(file.read(2000))
    except FileNotFoundError:
        return None
    return found[1] if found else ""


def write_pages(out: Path, entries: Sequence[Page], jobs: int) -> Iterator[None]:
    """Write pages, off the grading path; yields after each.

    A few are written here, many in processes of their own.
    """
    if jobs == 1 or len(entries) < _WORTH_PROCESSES:
        yield from map(partial(_write_page, out), entries)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        jobs, mp_context=spawn, initializer=_end_with_parent
    ) as pool:
        yield from pool.map(partial(_write_page, out), entries, chunksize=8)


def _end_with_parent() -> None:
    """End this process when the grader is killed: else it would wait forever."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write_page(out: Path, shown: Page) -> None:
    entry = shown.entry
    path = out / "autograded" / entry.student / entry.assignment
    path = path / f"{entry.notebook}.ipynb"
    executed = nbformat.read(path, as_version=4) if path.exists() else None
    text = page(
        *entry.place,
        entry.language,
        entry.results,
        entry.notes,
        executed,
        penalty=shown.penalty,
        mark=shown.mark,
        notice=shown.notice,
    )
    write_whole(page_path(out, *entry.place), text)


def page(
    student: str,
    assignment: str,
    name: str,
    language: str,
    results: Sequence[Result],
    notes: Sequence[str] = (),
    notebook: NotebookNode | None = None,
    *,
    penalty: float = 0.0,
    mark: str = "",
    notice: str = "",
) -> str:
    """Write one page; without a notebook it has the table only.

    A written answer counts once a person has graded it.
    """
    counted = [
        result
        for result in results
        if not result.exercise.written or result.status == "graded"
    ]
    return _template().render(
        words=area(language, "grading")["feedback"],
        language=language,
        student=student,
        assignment=assignment,
        name=name,
        results=results,
        notes=notes,
        score=max(0.0, sum(result.score for result in counted) - penalty),
        penalty=penalty,
        mark=mark,
        notice=notice,
        max_score=sum(result.exercise.max_score for result in counted),
        cells=list(_cells(notebook, results)) if notebook is not None else [],
        code_style=Markup(_CODE.get_style_defs()),
    )


def _cells(notebook: NotebookNode, results: Sequence[Result]) -> Iterator[_Shown]:
    by_exercise = {result.exercise.id: result for result in results}
    hidden = ClearHiddenTests(enforce_metadata=False)
    for cell in notebook.cells:
        result = by_exercise.get(exercise_of(cell)) if is_grade(cell) else None
        if cell.cell_type == "markdown":
            yield _Shown(_markdown(cell), result=result)
            continue
        test = is_grade(cell) and not is_solution(cell)
        source = cell.source
        if test:  # the grader's own cell: what it put out is in the result
            source = hidden.preprocess_cell(cell.copy(), {}, 0)[0].source
        outputs = () if test else tuple(_outputs(cell))
        yield _Shown(_python(source), outputs, result)


def _python(source: str) -> Markup:
    return Markup(highlight(_cut(source), PythonLexer(), _CODE))


def _cut(source: str) -> str:
    return source if len(source) <= MAX_SOURCE else source[:MAX_SOURCE] + " …"


def _markdown(cell: NotebookNode) -> Markup:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(dollarmath_plugin, renderer=_formula)
    tokens = parser.parse(_cut(cell.source))
    for token in tokens:
        for child in token.children or []:
            if child.type == "image":
                child.attrs["src"] = _picture(cell, str(child.attrs["src"]))
    return Markup(parser.renderer.render(tokens, parser.options, {}))


def _formula(latex: str, kind: dict[str, bool]) -> str:
    return mathml(latex, display=kind["display_mode"])


def _picture(cell: NotebookNode, source: str) -> str:
    """Return an attached picture as a data URL; other addresses are dropped."""
    name = source.removeprefix("attachment:")
    for kind in ("image/png", "image/jpeg"):
        if data := cell.get("attachments", {}).get(name, {}).get(kind):
            return _data_url(kind, data)
    return ""


def _outputs(cell: NotebookNode) -> Iterator[Markup]:
    for output in cell.outputs:
        if output.output_type == "stream":
            yield _text(output.text)
        elif output.output_type == "error":
            yield _text("\n".join(output.traceback))
        else:
            data = output.data
            kind = next((k for k in ("image/png", "image/jpeg") if k in data), None)
            if kind:
                url = _data_url(kind, data[kind])
                yield Markup('<img src="{}" alt="">').format(url)
            elif "text/plain" in data:
                yield _text(data["text/plain"])


def _text(text: str) -> Markup:
    if len(text) > MAX_OUTPUT:
        text = text[:MAX_OUTPUT] + " …"
    return Markup("<pre>{}</pre>").format(Markup(ansi2html(text)))


def _data_url(kind: str, data: str) -> str:
    return f"data:{kind};base64,{''.join(data.split())}"


@cache
def _template() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["short"] = short
    return environment.get_template("feedback.html.j2")
