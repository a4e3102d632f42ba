"""Turn an executed notebook into one result an exercise."""

from __future__ import annotations

import math

from nbformat import NotebookNode, from_dict
from nbgrader.utils import is_solution

from autograder.rebuild import Rebuilt
from autograder.release import Exercise, Release, exercise_of, grade_id
from autograder.result import Found, Result
from autograder.run import Run, error_of
from autograder.text import clean_all
from paramlab.grading import FINDINGS
from paramlab.judges.finding import Verdict
from paramlab.judges.verdict import judge as verdict_of
from paramlab.messages import message
from paramlab.plain import Plain
from paramlab.report import Report, shown

# What frameworks say where Python says MemoryError.
_NO_MEMORY = ("allocate memory", "allocate cpu memory", "out of memory")


def judge(release: Release, rebuilt: Rebuilt, run: Run) -> list[Result]:
    """Return the results of a notebook that was run, in its order."""
    answers, tests = {}, {}
    for i, cell in enumerate(run.notebook.cells):
        if is_solution(cell):
            answers[grade_id(cell)] = i
        else:
            tests[exercise_of(cell)] = i
    return [
        _written(release, exercise, rebuilt)
        if exercise.written
        else _tested(
            release,
            exercise,
            rebuilt,
            run,
            answers.get(exercise.id),
            tests[exercise.id],
        )
        for exercise in release.exercises
    ]


def nothing(
    release: Release, status: str, reason: str, *, pending: bool = False
) -> list[Result]:
    """Return no points, for one reason, for every exercise of a notebook."""
    return [
        Result(exercise, 0.0, status, reason, pending) for exercise in release.exercises
    ]


def _written(release: Release, exercise: Exercise, rebuilt: Rebuilt) -> Result:
    blank = exercise.id in rebuilt.untouched
    said = _say(release, "no-answer" if blank else "manual")
    return Result(exercise, 0.0, "manual", said, pending=not blank)


def _tested(
    release: Release,
    exercise: Exercise,
    rebuilt: Rebuilt,
    run: Run,
    answer: int | None,
    test: int,
) -> Result:
    cells = run.notebook.cells
    if exercise.id not in run.tested:
        # Too many cells ended the process for this one to be reached.
        last = next(reversed(run.stopped.values()), "crashed")
        state = run.stopped.get(exercise.id, last)
        return Result(exercise, 0.0, state, _say(release, state))
    if exercise.id in run.records:
        return _judged(release, exercise, rebuilt, run, answer, test)
    points = _points(cells[test], exercise)
    if points is None and error_of(cells[test]).startswith("MemoryError"):
        return Result(exercise, 0.0, "memory", _say(release, "memory"))
    if not points and exercise.id in rebuilt.untouched:
        return Result(exercise, 0.0, "blank", _say(release, "blank"))
    if points is not None:
        full = points >= exercise.max_score
        said = _findings(cells[test]) or _say(release, "full" if full else "no-points")
        return Result(exercise, points, "graded", said)
    return Result(exercise, 0.0, "graded", _stopped(release, cells, answer, test))


def _judged(
    release: Release,
    exercise: Exercise,
    rebuilt: Rebuilt,
    run: Run,
    answer: int | None,
    test: int,
) -> Result:
    """Judge the record of an exercise's probe, and show it below the test."""
    verdict = verdict_of(
        exercise.id,
        release.assignment,
        run.inputs[exercise.id],
        run.records[exercise.id],
    )
    report = Report(verdict.worth(exercise.max_score), release.language)
    cells = run.notebook.cells
    cells[test].outputs = [_shown(report)]
    if not verdict.points and exercise.id in rebuilt.untouched:
        return Result(exercise, 0.0, "blank", _say(release, "blank"))
    if verdict.points >= verdict.max_points:
        return Result(exercise, exercise.max_score, "graded", _say(release, "full"))
    record = run.records[exercise.id]
    memory = _ran_out_of_memory(record)
    # An instructor's release may weigh an exercise otherwise.
    points = exercise.max_score * verdict.points / verdict.max_points
    said = " ".join(f"{what} {hint}" for what, hint in report.messages)
    if answer is not None and (error := error_of(cells[answer])):
        said = _say(release, "answer-stopped", error=error)
        memory = memory or error.startswith("MemoryError")
    status = "memory" if memory else "graded"
    return Result(exercise, points, status, said, found=_found(verdict))


def _found(verdict: Verdict) -> tuple[Found, ...]:
    return tuple(
        Found(finding.key, clean_all(shown(finding))) for finding in verdict.findings
    )


def _ran_out_of_memory(record: Plain) -> bool:
    """Tell whether a probe stopped so, by Python's own error or a framework's."""
    if not isinstance(record, dict) or record.get("outcome") != "raised":
        return False
    said = str(record.get("message")).lower()
    return record.get("type") == "MemoryError" or any(
        words in said for words in _NO_MEMORY
    )


def _shown(report: Report) -> NotebookNode:
    data = {"text/plain": repr(report), "text/html": report._repr_html_()}
    shown: NotebookNode = from_dict(
        {
            "output_type": "execute_result",
            "data": data,
            "metadata": {},
            "execution_count": None,
        }
    )
    return shown


def _points(test: NotebookNode, exercise: Exercise) -> float | None:
    """Read the number that a test ended in; None where there is none."""
    if error_of(test):
        return None
    for output in test.outputs:
        if output.output_type == "execute_result":
            try:
                points = float(output.data.get("text/plain", ""))
            except ValueError:
                return None
            if math.isnan(points):
                return None
            return min(max(points, 0.0), exercise.max_score)
    return None


def _findings(test: NotebookNode) -> str:
    """Read the sentences that `score` left beside its number."""
    for output in test.outputs:
        found = output.get("data", {}).get(FINDINGS)
        if isinstance(found, dict) and isinstance(found.get("messages"), list):
            return " ".join(str(sentence) for sentence in found["messages"])
    return ""


def _stopped(
    release: Release, cells: list[NotebookNode], answer: int | None, test: int
) -> str:
    if answer is not None and (error := error_of(cells[answer])):
        return _say(release, "answer-stopped", error=error)
    if error := error_of(cells[test]):
        return _say(release, "test-stopped", error=error)
    return _say(release, "no-result")


def _say(release: Release, key: str, **values: object) -> str:
    return message(release.language, "grading", key, **values)
