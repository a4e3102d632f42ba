"""Make a lecture's notebook from a lesson's: headings, questions, widgets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from paramlab import widgets
from paramlab.lecture.needed import names, needed
from paramlab.messages import message

PICTURE = re.compile(r"!\[.*\]\(attachment:.*\)", re.DOTALL)
SETUP = "setup"  # the cell that names the edition


class NoWidgets(Exception):
    """A lesson shows no widget."""


def shows_widget(cell: Any) -> bool:
    """Tell whether a cell is code whose last line shows a widget."""
    if cell.cell_type != "code":
        return False
    body = _body(cell.source)
    if not body or not isinstance(body[-1], ast.Expr):
        return False
    last = body[-1].value
    return _makes_widget(last) or (
        isinstance(last, ast.Name) and last.id in _made(body)
    )


def _body(source: str) -> list[ast.stmt]:
    return ast.parse(TransformerManager().transform_cell(source)).body


def _made(body: list[ast.stmt]) -> set[str]:
    """Return the names of the widgets that a cell makes."""
    return {
        target.id
        for line in body
        if isinstance(line, ast.Assign) and _makes_widget(line.value)
        for target in line.targets
        if isinstance(target, ast.Name)
    }


def _makes_widget(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and (
        ast.unparse(value.func).split(".")[-1] in widgets.__all__
    )


def page(lesson: Any) -> Any:
    """Return a notebook whose page shows a lesson's widgets and nothing else.

    Code that a widget needs, or that tells it something, runs without a trace;
    exercises, their tests and all other code are left out. Raises NoWidgets where
    there is nothing to show.
    """
    cells = [cell for cell in lesson.cells if not _graded(cell)]
    shown = {number for number, cell in enumerate(cells) if shows_widget(cell)}
    if not shown:
        raise NoWidgets
    code = [number for number, cell in enumerate(cells) if cell.cell_type == "code"]
    feeding = set(_feeding(cells, shown))
    before = needed(
        [cells[number].source for number in code],
        {place for place, number in enumerate(code) if number in shown | feeding},
    )
    silent = feeding | {code[place] for place in before}
    silent |= {number for number in code if cells[number].id == SETUP}
    language = lesson.metadata.paramlab.language
    title = _headings(cells[0].source)[0].lstrip("# ")
    made = [_text(f"# {title}\n\n{_themes(language)}")]
    for number, cell in enumerate(cells):
        if number in shown:
            made += [_text(text) for text in _question(cells[:number])]
            made.append(nbformat.v4.new_code_cell(cell.source))
        elif number in silent:
            made.append(nbformat.v4.new_code_cell(f"%%capture\n{cell.source}"))
    return nbformat.v4.new_notebook(
        cells=made, metadata={"kernelspec": lesson.metadata.kernelspec, "title": title}
    )


def _graded(cell: Any) -> bool:
    marks = cell.metadata.get("nbgrader", {})
    return bool(marks.get("grade") or marks.get("solution"))


def _feeding(cells: Sequence[Any], shown: set[int]) -> Iterator[int]:
    """Yield the cells that work with a widget already shown, such as a training."""
    alive: set[str] = set()
    for number, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        found = names(cell.source)
        if number in shown:
            alive |= _made(_body(cell.source))
        elif found.bound & alive:
            alive -= found.bound
        elif found.acts and found.read & alive:
            yield number


def _question(before: Sequence[Any]) -> Iterator[str]:
    """Yield the text right before a widget, from the heading that it stands under.

    Where code stands between, that is the heading and the last paragraph.
    """
    texts: list[str] = []
    direct = 0  # from here on no code stands between
    for cell in before:
        if cell.cell_type != "markdown":
            direct = len(texts)
        elif not PICTURE.fullmatch(cell.source):
            texts.append(cell.source)
    under = max(number for number, text in enumerate(texts) if _headings(text))
    if under >= direct or under == len(texts) - 1:
        yield from texts[under:]
    else:
        yield _headings(texts[under])[-1]
        yield texts[-1]


def _headings(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.startswith("#")]


def _themes(language: str) -> str:
    links = (
        f"[{message(language, 'lecture', name)}](?theme={name})"
        for name in ("light", "dark")
    )
    return " · ".join(links)


def _text(source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source)
