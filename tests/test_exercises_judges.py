"""The judges of 04-exercises: right theory, no crash, no marks for nonsense."""

from __future__ import annotations

import copy
import inspect
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_banks import BANKS, read_bank, record

from paramlab.exercises import EXERCISES
from paramlab.facts import FACTS
from paramlab.frameworks import available, load
from paramlab.initializers import LayerShape, find
from paramlab.judges import fancy, survey
from paramlab.judges.reference import values
from paramlab.judges.tied_train import tied_mlp
from paramlab.judges.training import Task, draw_data, minus, scaled
from paramlab.judges.verdict import draw, judge
from paramlab.messages import area

FRAMEWORKS = available()
MINE = [name for name, it in EXERCISES.items() if it.lesson == "04-exercises"]
JUNK: list[Any] = [
    None,
    True,
    0,
    -3.5,
    float("nan"),
    "text",
    [],
    [None],
    [[1.0], "a"],
    {},
    {"raised": 3},
    {"came": {"came": []}},
    np.full((2, 3), np.nan),
    np.zeros((0, 4)),
    np.zeros(()),
]


def right_answer(exercise: str, framework: str, seed: int) -> tuple[Any, Any]:
    bank = read_bank(BANKS / exercise / f"{framework}.py")
    code = next(solution.code for solution in bank if solution.kind == "right")
    inputs = draw(exercise, framework, seed)
    return inputs, record(exercise, framework, code, inputs)["answer"]


def points(exercise: str, framework: str, inputs: Any, answer: Any) -> float:
    done = {"outcome": "done", "answer": answer}
    return judge(exercise, framework, inputs, done).points


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every part of plain data; of long lists, to the ends."""
    yield path
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = sorted({0, len(value) - 1} & set(range(len(value))))
    for key in keys:
        yield from places(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("exercise", MINE)
def test_nonsense_neither_crashes_a_judge_nor_earns_anything(
    exercise: str, framework: str
) -> None:
    inputs, answer = right_answer(exercise, framework, 7)
    full = EXERCISES[exercise].points
    assert points(exercise, framework, inputs, answer) == full
    for junk in JUNK:
        assert points(exercise, framework, inputs, junk) < full
    # Nonsense in one place of a right answer must not crash it either.
    for path in places(answer):
        for junk in JUNK[::2]:
            points(exercise, framework, inputs, replaced(answer, path, junk))


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("exercise", MINE)
def test_draws_of_many_seeds_differ_and_end(exercise: str, framework: str) -> None:
    drawn = [str(draw(exercise, framework, seed)) for seed in range(40)]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("exercise", MINE)
def test_right_solutions_earn_full_marks_with_many_seeds(
    exercise: str, framework: str
) -> None:
    for seed in range(100, 115):
        inputs, answer = right_answer(exercise, framework, seed)
        assert points(exercise, framework, inputs, answer) == EXERCISES[exercise].points


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_gradient_of_fancy_mlp_is_the_frameworks_own(framework: str) -> None:
    facts, adapter = FACTS[framework], load(framework)
    for seed in range(5):
        case = draw("fancy-access", framework, seed)["cases"][0]
        holding = case.pop("holding")
        gradient, distance = fancy.fancy_gradient(facts, **case)
        X = case.pop("X")
        net = adapter.fancy_mlp(**case, holding=holding)
        held = [parameter.value for parameter in adapter.parameters(net)]
        place = next(
            n for n, value in enumerate(held) if np.array_equal(value, case["weight"])
        )
        np.testing.assert_allclose(
            adapter.gradients(net, X)[place], gradient, rtol=1e-3, atol=1e-5
        )
        assert distance > fancy.SAFE_DISTANCE


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_ways_to_hold_a_constant_are_as_the_facts_say(
    framework: str, tmp_path: Path
) -> None:
    """Listed is asked for, saved is saved, trained is trained."""
    facts, adapter = FACTS[framework], load(framework)
    (case,) = [
        case
        for case in draw("fancy-access", framework, 3)["cases"]
        if case["holding"] == "attribute"
    ]
    numbers = {key: case[key] for key in ("weight", "bias", "constant")}
    for name, holding in facts.fancy_constant.items():
        net = adapter.fancy_mlp(**numbers, holding=name)
        found = _listed_and_saved(framework, net, tmp_path)
        assert found == (holding.listed, holding.saved), name
        step = adapter.training(net, 0.1)
        step(case["X"], np.float32(0))
        after = adapter.to_numpy(net.rand_weight)
        assert bool(np.any(after != case["constant"])) == holding.trained, name


def _listed_and_saved(framework: str, net: Any, folder: Path) -> tuple[bool, bool]:
    if framework in ("pytorch", "paddle"):
        return "rand_weight" in dict(net.named_parameters()), (
            "rand_weight" in net.state_dict()
        )
    if framework == "tensorflow":
        import tensorflow as tf

        net.save_weights(str(folder / "net"))
        names = [name for name, _ in tf.train.list_variables(str(folder / "net"))]
        return any(variable is net.rand_weight for variable in net.weights), (
            any(name.startswith("rand_weight/") for name in names)
        )
    listed = any(name.endswith("rand_weight") for name in net.collect_params())
    return listed, "rand_weight" in net._collect_params_with_prefix()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_survey_knows_the_same_laws_as_the_catalogue(framework: str) -> None:
    for seed in range(10):
        for case in draw("survey", framework, seed)["cases"]:
            rule = survey.RULES[framework][case["rule"]]
            layer = LayerShape("dense", case["fan_in"], case["fan_out"])
            law = find(framework, rule.name).law(layer, case["arguments"])
            expected = survey._law(rule, case)
            assert (law.mean, law.std) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_survey_knows_the_frameworks_defaults(framework: str) -> None:
    for rule in survey.RULES[framework].values():
        signature = inspect.signature(_initializer(framework, rule.name))
        defaults = {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if parameter.default not in (inspect.Parameter.empty, None)
        }
        assert defaults == rule.defaults, rule.name


def _initializer(framework: str, name: str) -> Any:
    if framework == "pytorch":
        from torch.nn import init as module
    elif framework == "mxnet":
        from mxnet import init as module
    elif framework == "tensorflow":
        from tensorflow.keras import initializers as module
    else:
        from paddle.nn import initializer as module
    return getattr(module, name)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_chance_allows_is_seldom_half_used(framework: str) -> None:
    """Honest measurements stay far from the limit of 7 sigma."""
    adapter = load(framework)
    for seed in range(20):
        for n, case in enumerate(draw("survey", framework, seed)["cases"]):
            rule = survey.RULES[framework][case["rule"]]
            if not rule.random:
                continue
            layer = LayerShape("dense", case["fan_in"], case["fan_out"])
            shape = find(framework, rule.name).shape(layer)
            weight = adapter.sample(rule.name, case["arguments"], shape, 99 * seed + n)
            law = survey._law(rule, case)
            off = np.abs(np.array([weight.mean(), weight.std()]) - law)
            assert np.all(off < 0.75 * np.array(survey._chance(law, weight.size)))


@pytest.mark.parametrize("framework", ["pytorch", "paddle"])
def test_gradient_of_the_squared_error_is_its_slope(framework: str) -> None:
    """In both layouts of a weight."""
    facts = FACTS[framework]
    rng = np.random.default_rng(4)
    blueprint = tied_mlp(3, 5, "tanh")
    data = draw_data(rng, 6, 3)
    task = Task(facts, blueprint, data["X"], data["y"])
    start = [value.astype(np.float64) for value in values(rng, facts, blueprint)]
    for n, gradient in enumerate(task.gradients(start)):
        for place in np.ndindex(gradient.shape):
            losses = []
            for move in (1e-6, -1e-6):
                moved = [value.copy() for value in start]
                moved[n][place] += move
                losses.append(task.loss(moved))
            slope = (losses[0] - losses[1]) / 2e-6
            assert slope == pytest.approx(gradient[place], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_long_training_falls_however_one_trains(framework: str) -> None:
    """With every accepted loss, and whichever hidden layer a network lists first."""
    for seed in range(240, 300):
        inputs = draw("tied-train", framework, seed)
        blueprint = tied_mlp(inputs["num_inputs"], inputs["num_hiddens"], "relu")
        task = Task(FACTS[framework], blueprint, inputs["X"], inputs["y"])
        first, second = list(inputs["values"]), list(inputs["values"])
        second[1], second[3] = first[3], first[1]
        for start in (first, second):
            for scale in task.scales:
                end = start
                for _ in range(inputs["long"]["steps"]):
                    rate = inputs["long"]["rate"] * scale
                    end = minus(end, scaled(task.gradients(end), rate))
                assert task.loss(end) < task.loss(start), (seed, scale)


def test_both_languages_say_the_same_findings_with_the_same_values() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, chinese = (area(language, "exercises") for language in ("en", "zh"))
    assert set(english) == set(MINE) == set(chinese)
    for exercise in MINE:
        assert set(english[exercise]) == set(chinese[exercise])
        for key, said in english[exercise].items():
            other = chinese[exercise][key]
            assert fields(said["message"]) == fields(other["message"]), key
            assert fields(said["hint"]) == fields(other["hint"]), key
