"""Run a rebuilt notebook in an isolated process, exercise by exercise.

The engine, not the notebook's text, calls each exercise's probe, at the place
of its test cell: the judges are not in there, and whatever a student did to
the tests is not run. A test without a probe, of an instructor's own, runs as
nbgrader would run it, inside the isolated process.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.utils import is_grade, is_solution

from autograder.course import DEMONSTRATION
from autograder.engine import Warm
from autograder.isolation.client import Ended, GuardLost, Session
from autograder.isolation.guard import End
from autograder.release import Release, exercise_of
from autograder.text import clean
from paramlab.exercises import EXERCISES
from paramlab.judges.verdict import draw
from paramlab.plain import Plain

# How the guard says that a process ended -> the status of an exercise.
_STATES = {"wall": "timeout", "cpu": "timeout", "memory": "memory"}
_PROCESSES = 3  # for one notebook, whose cells end them
_KINDS = ["text/plain", "text/html", "text/latex", "text/markdown"]
_KINDS += ["image/png", "image/jpeg", "image/svg+xml"]


@dataclass
class Run:
    """An executed notebook, and what its exercises answered.

    ``records`` has an entry for each exercise whose probe was called, None
    where nothing readable came back. ``stopped`` has one for each exercise
    that ended the process: "timeout", "memory" or "crashed".
    """

    notebook: NotebookNode
    inputs: dict[str, Plain] = field(default_factory=dict)
    records: dict[str, Plain] = field(default_factory=dict)
    tested: set[str] = field(default_factory=set)
    stopped: dict[str, str] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)  # cells that ended it
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0


def run(
    notebook: NotebookNode, release: Release, student: str, warm: Warm, seed: int
) -> Run:
    """Run a notebook's cells in place.

    Where one of them ends the process, another one runs the notebook without
    it, so that the exercises after it count too; this is done a few times.
    Raises EngineFault where the system cannot run it. Where the system ended
    the process, another one runs the whole notebook.
    """
    result = Run(notebook)
    room = _Room(2 * warm.limits.output_bytes)
    own = _own_seed(seed, student, release.assignment, release.name)
    for left in reversed(range(_PROCESSES)):
        clock = time.perf_counter()
        place = 0
        try:
            with warm.zygote.session(warm.limits, own, release.language) as session:
                _add(result, "fork", clock)
                for place, cell in enumerate(notebook.cells):
                    if place not in result.left_out:
                        _step(cell, release, session, seed, result, room)
            ended = session.end
        except GuardLost:
            if not left:
                raise
            continue
        except Ended as early:
            ended = early.end
            _leave_out(place, ended, result)
        if ended is not None:
            result.peak_mb = max(result.peak_mb, ended.peak_mb)
        if ended is None or place == len(notebook.cells) - 1:
            break
    return result


def _leave_out(place: int, end: End, result: Run) -> None:
    """Note the cell that ended the process, and the exercise that it belongs to.

    That is the next one tested, also where an extra cell or another one of
    the student's stopped.
    """
    cells = result.notebook.cells
    result.left_out.add(place)
    for i, cell in enumerate(cells):
        exercise = _tested_in(cell)
        if exercise and i >= place:
            result.stopped[exercise] = _STATES.get(end.how, "crashed")
            result.left_out.add(i)
            break


def _tested_in(cell: NotebookNode) -> str:
    """Return the exercise that a cell tests, or no text."""
    tests = cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
    return exercise_of(cell) if tests else ""


def error_of(cell: NotebookNode) -> str:
    """Return the error that a cell stopped with in one line, or no text."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            line = " ".join(f"{output.ename}: {output.evalue}".split())
            return line if len(line) <= 200 else line[:199] + "…"
    return ""


def _step(
    cell: NotebookNode,
    release: Release,
    session: Session,
    seed: int,
    result: Run,
    room: _Room,
) -> None:
    if cell.cell_type != "code" or DEMONSTRATION in cell.metadata.get("tags", []):
        return
    exercise = _tested_in(cell)
    if exercise in result.tested:  # by a process that ended later on
        return
    clock = time.perf_counter()
    if exercise in EXERCISES:
        inputs = draw(exercise, release.assignment, seed)
        names = EXERCISES[exercise].answers
        record = session.probe(exercise, names, inputs)
        result.inputs[exercise], result.records[exercise] = inputs, record
        _add(result, "probes", clock)
    else:
        answer = session.cell(cell.source)
        cell.execution_count = _count(answer.get("execution_count"))
        cell.outputs = _outputs(answer.get("outputs"), room)
        _add(result, "cells", clock)
    if exercise:
        result.tested.add(exercise)


def _add(result: Run, what: str, since: float) -> None:
    spent = time.perf_counter() - since
    result.seconds[what] = result.seconds.get(what, 0.0) + spent


def _own_seed(seed: int, *names: str) -> int:
    """Give each submission a random stream of its own, the same in each run."""
    digest = hashlib.sha256("/".join([str(seed), *names]).encode()).digest()
    return int.from_bytes(digest[:4], "big")


class _Room:
    """What a notebook's outputs may still take.

    The isolated process counts more strictly, but code in there may lie.
    """

    def __init__(self, size: int) -> None:
        self.left = size

    def takes(self, output: dict[str, Any]) -> bool:
        """Take an output in, where there is room for it."""
        size = len(json.dumps(output))
        if size > self.left:
            return False
        self.left -= size
        return True


def _outputs(raw: Any, room: _Room) -> list[NotebookNode]:
    """Read outputs that student code may have forged; keep what is one."""
    found = []
    for item in raw if isinstance(raw, list) else []:
        output = _output(item) if isinstance(item, dict) else None
        if output is not None and room.takes(output):
            found.append(from_dict(output))
    return found


def _output(item: dict[str, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": clean(item.get("text"))}
    if kind == "error":
        lines = item.get("traceback")
        return {
            "output_type": kind,
            "ename": clean(item.get("ename")),
            "evalue": clean(item.get("evalue")),
            "traceback": [clean(x) for x in lines] if isinstance(lines, list) else [],
        }
    if kind not in ("display_data", "execute_result"):
        return None
    data = item.get("data")
    data = data if isinstance(data, dict) else {}
    kept = {key: clean(data[key]) for key in _KINDS if key in data}
    output: dict[str, Any] = {"output_type": kind, "data": kept, "metadata": {}}
    if kind == "execute_result":
        output["execution_count"] = _count(item.get("execution_count"))
    return output


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
