"""No right solution loses a point, no wrong one gets full marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from editions import HERE, LANGUAGES

from paramlab.exercises import EXERCISES
from paramlab.frameworks import available, load
from paramlab.judges.finding import Verdict
from paramlab.judges.verdict import PUBLIC_SEED, draw, judge
from paramlab.plain import Plain
from paramlab.probes.runner import run
from paramlab.report import Report

BANKS = Path(__file__).parent / "banks"
HIDDEN_SEEDS = (11, 12, 13)
MORE_SEEDS = range(14, 24)
HEADING = re.compile(
    r"^# %% (imports|(?P<kind>right|wrong|forger): (?P<name>.+?)"
    r"(?: -> (?P<finding>\S+))?)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Solution:
    """One cell of a bank, with its imports."""

    kind: str
    name: str
    finding: str | None
    code: str


def read_bank(path: Path) -> list[Solution]:
    """Split a bank into its solutions."""
    text = path.read_text(encoding="utf-8")
    heads = list(HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    imports, solutions = "", []
    for head, end in zip(heads, ends, strict=True):
        code = text[head.end() : end]
        if head["kind"] is None:
            imports = code
        else:
            solutions.append(
                Solution(head["kind"], head["name"], head["finding"], imports + code)
            )
    return solutions


def record(exercise: str, framework: str, code: str, inputs: Plain) -> Plain:
    """Run a solution beside the exercise's probe."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(code, "<ipython-input>", "exec"), namespace)
    answers = tuple(namespace[name] for name in EXERCISES[exercise].answers)
    return run(exercise, load(framework), inputs, answers)


def grade(exercise: str, framework: str, code: str, seed: int) -> Verdict:
    """Grade a solution with the inputs of a seed."""
    inputs = draw(exercise, framework, seed)
    return judge(exercise, framework, inputs, record(exercise, framework, code, inputs))


def cases() -> list[object]:
    """Every solution of every bank, for the frameworks installed here."""
    return [
        pytest.param(
            path.parent.name,
            path.stem,
            solution,
            id=f"{path.parent.name}-{path.stem}-{solution.kind}-{solution.name}",
        )
        for path in sorted(BANKS.glob("*/*.py"))
        if path.stem in available()
        for solution in read_bank(path)
    ]


each_solution = pytest.mark.parametrize(("exercise", "framework", "solution"), cases())


@each_solution
def test_solution_is_judged_right(
    exercise: str, framework: str, solution: Solution
) -> None:
    is_forger = solution.kind == "forger"
    seeds = HIDDEN_SEEDS[:2] if is_forger else (PUBLIC_SEED, HIDDEN_SEEDS[0])
    assert_judged_right(exercise, framework, solution, seeds)


@pytest.mark.soak
@each_solution
def test_solution_is_judged_right_for_other_seeds(
    exercise: str, framework: str, solution: Solution
) -> None:
    assert_judged_right(exercise, framework, solution, HIDDEN_SEEDS)
    verdicts = [grade(exercise, framework, solution.code, seed) for seed in MORE_SEEDS]
    full = sum(verdict.points == verdict.max_points for verdict in verdicts)
    if solution.kind == "right":
        assert full == len(verdicts)
    else:  # the width or the rate that it has written down may be the one drawn
        assert full <= 2


def assert_judged_right(
    exercise: str, framework: str, solution: Solution, seeds: Iterable[int]
) -> None:
    for seed in seeds:
        verdict = grade(exercise, framework, solution.code, seed)
        said = [finding.key for finding in verdict.findings]
        if solution.kind == "right":
            assert verdict.points == verdict.max_points, said
            continue
        assert verdict.points < verdict.max_points
        if solution.finding:
            assert solution.finding in said
        for language in LANGUAGES:
            report = Report(verdict, language)
            assert report.title
            assert report.messages


@pytest.mark.parametrize("framework", HERE)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_bank_is_complete_and_constants_lose(exercise: str, framework: str) -> None:
    bank = read_bank(BANKS / exercise / f"{framework}.py")
    kinds = [solution.kind for solution in bank]
    assert kinds.count("right") >= 4
    assert kinds.count("wrong") >= 6
    assert kinds.count("forger") >= 1
    first = next(solution for solution in bank if solution.kind == "right")
    public = draw(exercise, framework, PUBLIC_SEED)
    constants = record(exercise, framework, first.code, public)
    for seed in HIDDEN_SEEDS:
        hidden = draw(exercise, framework, seed)
        verdict = judge(exercise, framework, hidden, constants)
        assert verdict.points < verdict.max_points
