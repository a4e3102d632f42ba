"""What a notebook calls: `check` for the student, `score` for the grader.

The judges are imported late, by the functions that need them: where a grader
judges from outside, student code runs without them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from IPython.display import display

from paramlab import edition
from paramlab.exercises import EXERCISES
from paramlab.frameworks import load
from paramlab.probes.runner import run
from paramlab.streams import stderr_to_stdout

if TYPE_CHECKING:
    from paramlab.judges.finding import Verdict
    from paramlab.report import Report

# An instructor's own seed for the hidden inputs; the default is public.
SEED_VARIABLE = "PARAMLAB_SEED"
DEFAULT_SEED = 20_240_917
FINDINGS = "application/vnd.paramlab.findings+json"

_judged_outside = False


def leave_to_grader() -> None:
    """Let `check` and `score` do nothing: a grader judges from outside."""
    global _judged_outside
    _judged_outside = True


def setup(framework: str, language: str) -> None:
    """Name the notebook's edition and import its framework.

    Raises FrameworkMissing, with what to do, where it is not installed.
    """
    edition.use(framework, language)
    load(framework)


def check(exercise: str, *answers: Any, points: float | None = None) -> Report | None:
    """Check an exercise here and now, with public inputs.

    The report says how many points the answer would earn, what was expected,
    what came, and one hint; there is none where a grader judges from outside.
    ``points`` is what the exercise is worth in a course that says otherwise
    than the lesson. Raises ValueError for an unknown exercise.
    """
    if _judged_outside:
        return None
    from paramlab.judges.verdict import PUBLIC_SEED
    from paramlab.report import Report

    verdict = _verdict(exercise, answers, PUBLIC_SEED).worth(points)
    return Report(verdict, edition.current().language)


def score(exercise: str, *answers: Any, points: float | None = None) -> float:
    """Grade an exercise with hidden inputs; return its points.

    Shows the findings as data beside the number, for the grader to read.
    """
    if _judged_outside:
        return 0.0
    from paramlab.report import Report

    seed = int(os.environ.get(SEED_VARIABLE, DEFAULT_SEED))
    verdict = _verdict(exercise, answers, seed).worth(points)
    report = Report(verdict, edition.current().language)
    data = {
        "exercise": exercise,
        "points": verdict.points,
        "max_points": verdict.max_points,
        "messages": [f"{said} {hint}" for said, hint in report.messages],
    }
    publish = {FINDINGS: data, "text/plain": report.title}
    display(publish, raw=True)
    return float(verdict.points)


def _verdict(exercise: str, answers: tuple[Any, ...], seed: int) -> Verdict:
    if exercise not in EXERCISES:
        raise ValueError(f"there is no exercise {exercise!r}")
    from paramlab.judges.verdict import draw, judge

    framework = edition.current().framework
    inputs = draw(exercise, framework, seed)
    with stderr_to_stdout():
        record = run(exercise, load(framework), inputs, answers)
    return judge(exercise, framework, inputs, record)
