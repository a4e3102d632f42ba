"""Run a rebuilt notebook in an isolated process, exercise by exercise.

The engine, not the notebook's text, calls each exercise's probe, at the place
of its test cell: the judges are not in there, and whatever a student did to
the tests is not run. A test without a probe, of an instructor's own, runs as
nbgrader would run it, inside the isolated process.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.utils import is_grade, is_solution

from autograder.course import DEMONSTRATION
from autograder.engine import Warm
from autograder.isolation.client import Ended, Session
from autograder.isolation.guard import End
from autograder.release import Release, exercise_of
from paramlab.exercises import EXERCISES
from paramlab.judges.verdict import draw
from paramlab.plain import Plain

# How the guard says that a process ended -> the status of an exercise.
_STATES = {"wall": "timeout", "cpu": "timeout", "memory": "memory"}
_KINDS = ["text/plain", "text/html", "text/latex", "text/markdown"]
_KINDS += ["image/png", "image/jpeg", "image/svg+xml"]


@dataclass
class Run:
    """An executed notebook, and what its exercises answered.

    ``records`` has an entry for each exercise whose probe was called, None
    where nothing readable came back.
    """

    notebook: NotebookNode
    inputs: dict[str, Plain] = field(default_factory=dict)
    records: dict[str, Plain] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)  # exercises that were tested
    stopped: str = ""  # "timeout", "memory" or "crashed", where it ended early
    end: End | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def run(
    notebook: NotebookNode, release: Release, student: str, warm: Warm, seed: int
) -> Run:
    """Run a notebook's cells in place, up to its end or the process's.

    Raises EngineFault where the system cannot run it.
    """
    result = Run(notebook)
    own = _own_seed(seed, student, release.assignment, release.name)
    clock = time.perf_counter()
    try:
        with warm.zygote.session(warm.limits, own, release.language) as session:
            result.seconds["fork"] = time.perf_counter() - clock
            for cell in notebook.cells:
                _step(cell, release, session, seed, result)
        result.end = session.end
    except Ended as ended:
        result.end = ended.end
        result.stopped = _STATES.get(ended.end.how, "crashed")
    return result


def error_of(cell: NotebookNode) -> str:
    """Return the error that a cell stopped with in one line, or no text."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            line = " ".join(f"{output.ename}: {output.evalue}".split())
            return line if len(line) <= 200 else line[:199] + "…"
    return ""


def _step(
    cell: NotebookNode, release: Release, session: Session, seed: int, result: Run
) -> None:
    if cell.cell_type != "code" or DEMONSTRATION in cell.metadata.get("tags", []):
        return
    clock = time.perf_counter()
    exercise = exercise_of(cell) if is_grade(cell) and not is_solution(cell) else ""
    if exercise in EXERCISES:
        inputs = _inputs(exercise, release.assignment, seed)
        result.inputs[exercise] = inputs
        names = EXERCISES[exercise].answers
        result.records[exercise] = session.probe(exercise, names, inputs)
        kind = "probes"
    else:
        answer = session.cell(cell.source)
        count = answer.get("execution_count")
        cell.execution_count = count if type(count) is int else None
        cell.outputs = _outputs(answer.get("outputs"))
        kind = "cells"
    result.reached.add(exercise)
    spent = time.perf_counter() - clock
    result.seconds[kind] = result.seconds.get(kind, 0.0) + spent


@lru_cache(maxsize=256)
def _inputs(exercise: str, framework: str, seed: int) -> Plain:
    return draw(exercise, framework, seed)


def _own_seed(seed: int, *names: str) -> int:
    """Give each submission a random stream of its own, the same in each run."""
    digest = hashlib.sha256("/".join([str(seed), *names]).encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _outputs(raw: Any) -> list[NotebookNode]:
    """Read outputs that student code may have forged; keep what is one."""
    items = raw if isinstance(raw, list) else []
    found = [_output(item) for item in items if isinstance(item, dict)]
    return [from_dict(item) for item in found if item is not None]


def _output(item: dict[str, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(item.get("text"))}
    if kind == "error":
        lines = item.get("traceback")
        return {
            "output_type": kind,
            "ename": _text(item.get("ename")),
            "evalue": _text(item.get("evalue")),
            "traceback": [_text(x) for x in lines] if isinstance(lines, list) else [],
        }
    if kind not in ("display_data", "execute_result"):
        return None
    data = item.get("data")
    data = data if isinstance(data, dict) else {}
    kept = {key: _text(data[key]) for key in _KINDS if key in data}
    output: dict[str, Any] = {"output_type": kind, "data": kept, "metadata": {}}
    if kind == "execute_result":
        count = item.get("execution_count")
        output["execution_count"] = count if type(count) is int else None
    return output


def _text(value: Any) -> str:
    """Return a text that can be written as UTF-8; empty for what is no text."""
    text = value if isinstance(value, str) else ""
    return text.encode("utf-8", errors="replace").decode()
