"""The judges of 01-access take anything, and say each thing they can say."""

from __future__ import annotations

import copy
import math
import tomllib
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_banks import BANKS, grade, read_bank, record

from paramlab.exercises import EXERCISES
from paramlab.facts import FACTS
from paramlab.frameworks import available
from paramlab.judges.verdict import PUBLIC_SEED, draw, judge
from paramlab.messages import LOCALES
from paramlab.report import Report

LESSON = [name for name, e in EXERCISES.items() if e.lesson == "01-access"]
HERE = available()
LANGUAGES = sorted(path.name for path in LOCALES.iterdir())
few = settings(max_examples=60, deadline=None, derandomize=True)

ODD = [
    None,
    True,
    0,
    -1.5,
    10**400,
    math.nan,
    math.inf,
    "text",
    [],
    {},
    [[]],
    [None, "x", {}],
    [[1, 2], [3]],
    {"unreadable": "torch.nn.Linear"},
    {"": None},
    np.array(3),
    np.zeros((0, 4)),
    np.full((2, 3), np.nan),
    np.array([True, False]),
    np.float16(65504) * np.ones((2, 2, 2), np.float16),
    np.array([2**63], np.uint64),
]
NAMES = ["states", "before", "after", "cleared", "shared", "left", "value", "class"]
NAMES += ["tree", "shapes", "output", "parameters", "children", "stopped", "plain"]
ANSWERS = st.recursive(
    st.sampled_from(ODD) | st.integers(-3, 20) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=9)
        | st.dictionaries(
            st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=4
        )
    ),
    max_leaves=16,
)


@lru_cache
def right_answer(exercise: str, framework: str) -> Any:
    """Run a right solution with the public inputs."""
    code = read_bank(BANKS / exercise / f"{framework}.py")[0].code
    inputs = draw(exercise, framework, PUBLIC_SEED)
    return record(exercise, framework, code, inputs)["answer"]


def said(exercise: str, framework: str, answer: Any) -> float:
    """Judge an answer, and write its messages in each language."""
    inputs = draw(exercise, framework, PUBLIC_SEED)
    came = {"outcome": "done", "answer": answer}
    verdict = judge(exercise, framework, inputs, came)
    for language in LANGUAGES:
        report = Report(verdict, language)
        assert report._repr_html_()
        assert len(report.messages) == len(verdict.findings)
    return verdict.points


@pytest.mark.parametrize("exercise", LESSON)
@given(answer=ANSWERS)
@few
def test_any_answer_is_judged_and_none_of_these_is_right(
    exercise: str, answer: Any
) -> None:
    for framework in FACTS:
        assert said(exercise, framework, answer) < EXERCISES[exercise].points


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the path of each part of an answer."""
    found = [path]
    if isinstance(value, dict):
        found += [p for key in value for p in places(value[key], (*path, key))]
    elif isinstance(value, list):
        found += [p for n, item in enumerate(value) for p in places(item, (*path, n))]
    return found


@pytest.mark.parametrize("framework", HERE)
@pytest.mark.parametrize("exercise", LESSON)
@given(data=st.data())
@few
def test_a_right_answer_with_one_odd_part_is_judged(
    exercise: str, framework: str, data: st.DataObject
) -> None:
    answer = {"": copy.deepcopy(right_answer(exercise, framework))}
    *path, last = data.draw(st.sampled_from(places(answer)[1:]))
    part: Any = answer
    for step in path:
        part = part[step]
    was, part[last] = part[last], data.draw(st.sampled_from(ODD) | ANSWERS)
    points = said(exercise, framework, answer[""])
    assert 0 <= points <= EXERCISES[exercise].points
    if last == "":
        assert points < EXERCISES[exercise].points
    part[last] = was
    assert said(exercise, framework, answer[""]) == EXERCISES[exercise].points


def test_every_message_is_provoked_by_a_mistake_that_people_make() -> None:
    provoked = {
        finding.key
        for exercise in LESSON
        for framework in HERE
        for solution in read_bank(BANKS / exercise / f"{framework}.py")
        if solution.kind == "wrong"
        for finding in grade(exercise, framework, solution.code, 11).findings
    }
    for language in LANGUAGES:
        file = LOCALES / language / "access.toml"
        areas = tomllib.loads(file.read_text(encoding="utf-8"))
        known = {f"{exercise}.{key}" for exercise in areas for key in areas[exercise]}
        assert known == {key for key in provoked if not key.startswith("checks.")}
