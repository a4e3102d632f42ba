"""The judges of 03-tying take anything, and their numbers are the frameworks' own."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from test_banks import BANKS, read_bank, record

from paramlab.exercises import EXERCISES
from paramlab.facts import FACTS
from paramlab.frameworks import available, load
from paramlab.judges import tied_network, tying
from paramlab.judges.finding import Verdict
from paramlab.judges.verdict import draw, judge
from paramlab.messages import area

FRAMEWORKS = available()
MINE = [name for name, it in EXERCISES.items() if it.lesson == "03-tying"]
SEED = 7
JUNK: list[Any] = [
    None,
    True,
    -3.5,
    float("nan"),
    "text",
    [],
    {},
    [None, None],
    [[1.0], "a"],
    [True] * 12,
    [False] * 12,
    {"raised": 3},
    {"unreadable": "a.B"},
    [{"parameters": None}] * 2,
    [{"parameters": [], "output": []}] * 2,
    [{"parameters": [{"value": np.zeros(())}] * 6, "output": None}] * 2,
    np.full((3, 4, 4), np.nan),
    np.zeros((0, 4)),
]


def first_right(exercise: str, framework: str, seed: int) -> tuple[Any, Any]:
    """Return the inputs of a seed, and what the bank's first solution answers."""
    bank = read_bank(BANKS / exercise / f"{framework}.py")
    code = next(solution.code for solution in bank if solution.kind == "right")
    inputs = draw(exercise, framework, seed)
    return inputs, record(exercise, framework, code, inputs)["answer"]


def verdict(exercise: str, framework: str, inputs: Any, answer: Any) -> Verdict:
    done = {"outcome": "done", "answer": answer}
    return judge(exercise, framework, inputs, done)


def damaged(value: Any, junk: Any) -> Iterator[Any]:
    """Yield copies of an answer, each with nonsense in one place."""
    yield junk
    if isinstance(value, dict):
        for key in value:
            for part in damaged(value[key], junk):
                yield {**value, key: part}
    elif isinstance(value, list):
        for place in {0, len(value) - 1} & set(range(len(value))):
            for part in damaged(value[place], junk):
                yield [*value[:place], part, *value[place + 1 :]]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("exercise", MINE)
def test_any_answer_is_judged_and_nonsense_is_not_right(
    exercise: str, framework: str
) -> None:
    inputs, answer = first_right(exercise, framework, SEED)
    right = verdict(exercise, framework, inputs, answer)
    assert right.points == right.max_points
    for junk in JUNK:
        judged = verdict(exercise, framework, inputs, junk)
        assert judged.points < judged.max_points
        for part in damaged(answer, junk):
            verdict(exercise, framework, inputs, part)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("exercise", MINE)
def test_no_seed_costs_an_honest_student_a_point(exercise: str, framework: str) -> None:
    for seed in range(100, 110):
        judged = verdict(exercise, framework, *first_right(exercise, framework, seed))
        assert judged.points == judged.max_points, judged.findings


@pytest.mark.parametrize("exercise", MINE)
def test_seeds_give_different_inputs(exercise: str) -> None:
    drawn = {str(draw(exercise, "pytorch", seed)) for seed in range(30)}
    assert len(drawn) == 30


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_guessing_whether_layers_are_tied_earns_nothing(framework: str) -> None:
    inputs = draw("tied-or-equal", framework, SEED)
    for guess in (True, False):
        assert verdict("tied-or-equal", framework, inputs, [guess] * 12).points == 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_pair_of_layers_is_shown(framework: str) -> None:
    shown = {pair["case"] for pair in draw("tied-or-equal", framework, SEED)}
    relations = {tying.PAIRS[case][0] for case in shown}
    assert relations == set(FACTS[framework].layer_relations)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_counts_with_ties_are_what_the_framework_lists(framework: str) -> None:
    adapter = load(framework)
    for blueprint in draw("count-tied", framework, SEED).values():
        listed = adapter.parameters(adapter.build(blueprint))
        trained = sum(parameter.size for parameter in listed if parameter.trainable)
        tied, untied = tying._counts(FACTS[framework], blueprint)
        assert tied == trained
        assert untied >= tied


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_sum_over_the_uses_is_the_tied_layers_own_gradient(framework: str) -> None:
    adapter = load(framework)
    for case in draw("use-gradients", framework, SEED):
        size = len(case["bias"])
        net = adapter.build(tying._twice(size))
        adapter.assign(net, [case["weight"], case["bias"]])
        own = adapter.gradients(net, case["X"])[0]
        first, second, total = tying._expected_uses(FACTS[framework], case)
        assert own is not None
        np.testing.assert_allclose(own, total, rtol=1e-4, atol=1e-4)
        assert not np.allclose(first, second)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_order_of_a_networks_parameters_does_not_matter(framework: str) -> None:
    """The same network, listed in every order of its layers, is right."""
    facts = FACTS[framework]
    drawn = draw("tied-network", framework, SEED)["cases"][0]
    case = tied_network._case(drawn)
    shapes = case.shapes(facts)
    for roles in ([0, 1, 2, 3, 4, 5], [4, 5, 2, 3, 0, 1], [3, 1, 5, 0, 2, 4]):
        given = tied_network.fill(
            [shapes[role] for role in roles], drawn["weights"], drawn["biases"]
        )
        by_role = [given[roles.index(role)] for role in range(len(shapes))]
        output = tied_network.forward(facts, case.blueprint, by_role, case.X)
        slopes = tied_network.gradients(facts, case.blueprint, by_role, case.X)
        listed = [
            {"value": given[place], "gradient": slopes[role], "trainable": True}
            for place, role in enumerate(roles)
        ]
        came = {"output": output, "parameters": listed}
        assert tied_network._judge_case(facts, drawn, came) is None
        halved = [{**item, "gradient": item["gradient"] / 2} for item in listed]
        finding = tied_network._judge_case(facts, drawn, {**came, "parameters": halved})
        assert finding is not None
        assert finding.key == "tied-network.gradient"


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_languages_have_the_same_messages_with_the_same_values(language: str) -> None:
    def fields(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, written = area("en", "tying"), area(language, "tying")
    assert english.keys() == written.keys() == set(MINE)
    for exercise in MINE:
        assert english[exercise].keys() == written[exercise].keys()
        for name, said in english[exercise].items():
            for part in ("message", "hint"):
                other = written[exercise][name][part]
                assert fields(said[part]) == fields(other), f"{exercise}.{name}"
