"""Judge of survey: the mean and the standard deviation of built-in initializers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.finding import Finding, Judge
from paramlab.plain import Plain

Arguments = dict[str, Any]
Pair = tuple[float, float]  # mean, standard deviation
Law = Callable[[float, float, Arguments], Pair]

# A prediction may be a rounded number, such as 0.88 for 0.8796.
PREDICTED = 5e-3
# A measurement may be off by chance: at 7 sigma, once in 10^11.
SIGMAS = 7
EXACT = 1e-4  # more than float32 sums of equal numbers lose


@dataclass(frozen=True)
class Rule:
    """One built-in: its defaults, its law, how to draw arguments for it."""

    name: str
    defaults: Arguments
    law: Law  # of fan_in, fan_out and all arguments
    draw: Callable[[np.random.Generator], Arguments] = lambda rng: {}
    calls: tuple[Arguments, ...] = ({},)  # fixed arguments to try too
    random: bool = True
    # Cuts a bell that is wider, so that the standard deviation comes out right.
    widened: bool = False


def _value(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 3)


def _pick(rng: np.random.Generator, *options: str) -> str:
    return str(rng.choice(options))


def _uniform(low: float, high: float) -> Pair:
    return (low + high) / 2, abs(high - low) / math.sqrt(12)


def _cut_normal(mean: float, std: float, low: float, high: float) -> Pair:
    a, b = (low - mean) / std, (high - mean) / std
    below = [(1 + math.erf(x / math.sqrt(2))) / 2 for x in (a, b)]
    density = [math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in (a, b)]
    kept = below[1] - below[0]
    shift = (density[0] - density[1]) / kept
    variance = 1 + (a * density[0] - b * density[1]) / kept - shift**2
    return mean + std * shift, std * math.sqrt(variance)


def _gain(nonlinearity: str, slope: float) -> float:
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + slope**2))
    return {"linear": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}[nonlinearity]


def _fan(fan_in: float, fan_out: float, which: str) -> float:
    fans = {"in": fan_in, "out": fan_out, "avg": (fan_in + fan_out) / 2}
    return fans[which.removeprefix("fan_")]


def _glorot(fan_in: float, fan_out: float, given: Arguments) -> Pair:
    return 0.0, given["gain"] / math.sqrt(_fan(fan_in, fan_out, "avg"))


def _kaiming(fan_in: float, fan_out: float, given: Arguments) -> Pair:
    gain = _gain(given["nonlinearity"], given["a"])
    return 0.0, gain / math.sqrt(_fan(fan_in, fan_out, given["mode"]))


def _xavier(fan_in: float, fan_out: float, given: Arguments) -> Pair:
    fan = _fan(fan_in, fan_out, given["factor_type"])
    scale = math.sqrt(given["magnitude"] / fan)
    return 0.0, scale / math.sqrt(3) if given["rnd_type"] == "uniform" else scale


def _draw_cut(rng: np.random.Generator) -> Arguments:
    std, bound = _value(rng, 0.5, 1.5), _value(rng, 0.8, 2.0)
    return {"std": std, "a": -bound, "b": bound}


def _draw_bounds(rng: np.random.Generator) -> Arguments:
    return {"a": _value(rng, -2, 0), "b": _value(rng, 0.5, 3)}


def _draw_kaiming(rng: np.random.Generator) -> Arguments:
    mode = _pick(rng, "fan_in", "fan_out")
    return {"mode": mode, "nonlinearity": _pick(rng, "linear", "tanh", "relu")}


def _draw_gain(rng: np.random.Generator) -> Arguments:
    return {"gain": _value(rng, 1.2, 2)}


_KAIMING = {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"}
_LEAKY: tuple[Arguments, ...] = ({}, {"a": 0.5}, {"mode": "fan_out"})

_PYTORCH = [
    Rule(
        "uniform_",
        {"a": 0.0, "b": 1.0},
        lambda fan_in, fan_out, given: _uniform(given["a"], given["b"]),
        _draw_bounds,
    ),
    Rule(
        "normal_",
        {"mean": 0.0, "std": 1.0},
        lambda fan_in, fan_out, given: (given["mean"], given["std"]),
        lambda rng: {"mean": _value(rng, -1, 1), "std": _value(rng, 0.1, 0.7)},
    ),
    Rule(
        "trunc_normal_",
        {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0},
        lambda fan_in, fan_out, given: _cut_normal(
            *(given[name] for name in ("mean", "std", "a", "b"))
        ),
        _draw_cut,
    ),
    Rule(
        "constant_",
        {},
        lambda fan_in, fan_out, given: (given["val"], 0.0),
        lambda rng: {"val": _value(rng, 1, 50)},
        calls=(),
        random=False,
    ),
    Rule("xavier_uniform_", {"gain": 1.0}, _glorot, _draw_gain),
    Rule("xavier_normal_", {"gain": 1.0}, _glorot, _draw_gain),
    Rule("kaiming_uniform_", _KAIMING, _kaiming, _draw_kaiming, _LEAKY),
    Rule("kaiming_normal_", _KAIMING, _kaiming, _draw_kaiming, _LEAKY),
    Rule(
        "orthogonal_",
        {"gain": 1.0},
        lambda fan_in, fan_out, given: (
            0.0,
            given["gain"] / math.sqrt(max(fan_in, fan_out)),
        ),
        _draw_gain,
    ),
]

_MXNET = [
    Rule("Zero", {}, lambda fan_in, fan_out, given: (0.0, 0.0), random=False),
    Rule("One", {}, lambda fan_in, fan_out, given: (1.0, 0.0), random=False),
    Rule(
        "Constant",
        {},
        lambda fan_in, fan_out, given: (given["value"], 0.0),
        lambda rng: {"value": _value(rng, 1, 50)},
        calls=(),
        random=False,
    ),
    Rule(
        "Uniform",
        {"scale": 0.07},
        lambda fan_in, fan_out, given: _uniform(-given["scale"], given["scale"]),
        lambda rng: {"scale": _value(rng, 0.2, 2)},
    ),
    Rule(
        "Normal",
        {"sigma": 0.01},
        lambda fan_in, fan_out, given: (0.0, given["sigma"]),
        lambda rng: {"sigma": _value(rng, 0.1, 0.7)},
    ),
    Rule(
        "Orthogonal",
        {"scale": 1.414, "rand_type": "uniform"},
        lambda fan_in, fan_out, given: (
            0.0,
            given["scale"] / math.sqrt(max(fan_in, fan_out)),
        ),
        lambda rng: {"scale": _value(rng, 0.5, 1.2), "rand_type": "normal"},
    ),
    Rule(
        "Xavier",
        {"rnd_type": "uniform", "factor_type": "avg", "magnitude": 3.0},
        _xavier,
        lambda rng: {
            "rnd_type": _pick(rng, "uniform", "gaussian"),
            "factor_type": _pick(rng, "in", "out"),
            "magnitude": _value(rng, 1, 2.5),
        },
        calls=({}, {"rnd_type": "gaussian"}, {"factor_type": "in"}),
    ),
    Rule(
        "MSRAPrelu",
        {"factor_type": "avg", "slope": 0.25},
        lambda fan_in, fan_out, given: (
            0.0,
            _gain("leaky_relu", given["slope"])
            / math.sqrt(_fan(fan_in, fan_out, given["factor_type"])),
        ),
        lambda rng: {
            "factor_type": _pick(rng, "in", "out"),
            "slope": _value(rng, 0.6, 1.0),
        },
    ),
]

_TRUNCATED = "truncated_normal"


def _scaling(fan_in: float, fan_out: float, given: Arguments) -> Pair:
    # All three distributions are made to have this standard deviation.
    return 0.0, math.sqrt(given["scale"] / _fan(fan_in, fan_out, given["mode"]))


def _scaling_rule(name: str, scale: float, mode: str, distribution: str) -> Rule:
    """Return one of the rules that are special cases of VarianceScaling."""
    given = {"scale": scale, "mode": mode}
    return Rule(
        name,
        {},
        lambda fan_in, fan_out, _: _scaling(fan_in, fan_out, given),
        widened=distribution == _TRUNCATED,
    )


_TENSORFLOW = [
    Rule("Zeros", {}, lambda fan_in, fan_out, given: (0.0, 0.0), random=False),
    Rule("Ones", {}, lambda fan_in, fan_out, given: (1.0, 0.0), random=False),
    Rule(
        "Constant",
        {"value": 0},
        lambda fan_in, fan_out, given: (given["value"], 0.0),
        lambda rng: {"value": _value(rng, 1, 50)},
        random=False,
    ),
    Rule(
        "RandomUniform",
        {"minval": -0.05, "maxval": 0.05},
        lambda fan_in, fan_out, given: _uniform(given["minval"], given["maxval"]),
        lambda rng: {"minval": _value(rng, -2, 0), "maxval": _value(rng, 0.5, 3)},
    ),
    Rule(
        "RandomNormal",
        {"mean": 0.0, "stddev": 0.05},
        lambda fan_in, fan_out, given: (given["mean"], given["stddev"]),
        lambda rng: {"mean": _value(rng, -1, 1), "stddev": _value(rng, 0.1, 0.7)},
    ),
    Rule(
        "TruncatedNormal",
        {"mean": 0.0, "stddev": 0.05},
        lambda fan_in, fan_out, given: _cut_normal(
            given["mean"],
            given["stddev"],
            given["mean"] - 2 * given["stddev"],
            given["mean"] + 2 * given["stddev"],
        ),
        lambda rng: {"mean": _value(rng, -1, 1), "stddev": _value(rng, 0.1, 0.7)},
    ),
    Rule(
        "VarianceScaling",
        {"scale": 1.0, "mode": "fan_in", "distribution": _TRUNCATED},
        _scaling,
        lambda rng: {
            "scale": _value(rng, 1.5, 3),
            "mode": _pick(rng, "fan_out", "fan_avg"),
            "distribution": _pick(rng, _TRUNCATED, "untruncated_normal"),
        },
        calls=({}, {"scale": 2.5}, {"mode": "fan_out", "distribution": "uniform"}),
        widened=True,
    ),
    _scaling_rule("GlorotUniform", 1.0, "fan_avg", "uniform"),
    _scaling_rule("GlorotNormal", 1.0, "fan_avg", _TRUNCATED),
    _scaling_rule("HeUniform", 2.0, "fan_in", "uniform"),
    _scaling_rule("HeNormal", 2.0, "fan_in", _TRUNCATED),
    _scaling_rule("LecunUniform", 1.0, "fan_in", "uniform"),
    _scaling_rule("LecunNormal", 1.0, "fan_in", _TRUNCATED),
    Rule(
        "Orthogonal",
        {"gain": 1.0},
        lambda fan_in, fan_out, given: (
            0.0,
            given["gain"] / math.sqrt(max(fan_in, fan_out)),
        ),
        _draw_gain,
    ),
]


def _paddle_kaiming(fan_in: float, fan_out: float, given: Arguments) -> Pair:
    gain = _gain(given["nonlinearity"], given["negative_slope"])
    return 0.0, gain / math.sqrt(_fan(fan_in, fan_out, given["mode"]))


def _draw_paddle_kaiming(rng: np.random.Generator) -> Arguments:
    mode = _pick(rng, "fan_in", "fan_out")
    return {"mode": mode, "nonlinearity": _pick(rng, "linear", "tanh")}


_PADDLE_KAIMING = {"negative_slope": 0.0, "nonlinearity": "relu", "mode": "fan_in"}
_SLOPED: tuple[Arguments, ...] = (
    {},
    {"mode": "fan_out"},
    {"negative_slope": 0.8},
    {"nonlinearity": "leaky_relu", "negative_slope": 0.8},
)

_PADDLE = [
    Rule(
        "Constant",
        {"value": 0.0},
        lambda fan_in, fan_out, given: (given["value"], 0.0),
        lambda rng: {"value": _value(rng, 1, 50)},
        random=False,
    ),
    Rule(
        "Uniform",
        {"low": -1.0, "high": 1.0},
        lambda fan_in, fan_out, given: _uniform(given["low"], given["high"]),
        lambda rng: {"low": _value(rng, -2, 0), "high": _value(rng, 0.5, 3)},
    ),
    Rule(
        "Normal",
        {"mean": 0.0, "std": 1.0},
        lambda fan_in, fan_out, given: (given["mean"], given["std"]),
        lambda rng: {"mean": _value(rng, -1, 1), "std": _value(rng, 0.1, 0.7)},
    ),
    Rule(
        "TruncatedNormal",
        {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0},
        lambda fan_in, fan_out, given: _cut_normal(
            *(given[name] for name in ("mean", "std", "a", "b"))
        ),
        _draw_cut,
    ),
    Rule("XavierUniform", {"gain": 1.0}, _glorot, _draw_gain),
    Rule("XavierNormal", {"gain": 1.0}, _glorot, _draw_gain),
    Rule(
        "KaimingUniform",
        _PADDLE_KAIMING,
        _paddle_kaiming,
        _draw_paddle_kaiming,
        _SLOPED,
    ),
    Rule(
        "KaimingNormal",
        _PADDLE_KAIMING,
        _paddle_kaiming,
        _draw_paddle_kaiming,
        _SLOPED,
    ),
    Rule(
        "Orthogonal",
        {"gain": 1.0},
        lambda fan_in, fan_out, given: (
            0.0,
            given["gain"] / math.sqrt(max(fan_in, fan_out)),
        ),
        _draw_gain,
    ),
]

RULES = {
    "pytorch": {rule.name: rule for rule in _PYTORCH},
    "mxnet": {rule.name: rule for rule in _MXNET},
    "tensorflow": {rule.name: rule for rule in _TENSORFLOW},
    "paddle": {rule.name: rule for rule in _PADDLE},
}


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    cases = []
    rules = list(RULES[facts.framework].values())
    twice = rng.choice([rule.name for rule in rules if rule.random], 3, replace=False)
    for rule in rules:
        drawn = rule.draw(rng)
        calls = [*rule.calls, *([drawn] if drawn else [])]
        for arguments in calls:
            sizes = [int(rng.integers(50, 56)), int(rng.integers(125, 151))]
            fan_in, fan_out = (int(size) for size in rng.permutation(sizes))
            cases.append(
                {
                    "rule": rule.name,
                    "fan_in": fan_in,
                    "fan_out": fan_out,
                    "arguments": arguments,
                    # Some are measured again: are they really drawn?
                    "again": rule.name in twice and arguments is calls[-1],
                }
            )
    return {"cases": cases}


@dataclass
class _Group:
    """Everything of one kind: one finding, told by its first case."""

    lost_a_rule: float
    values: dict[str, Any] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    rules = RULES[facts.framework]
    share = 0.5 / len(rules)  # of one rule's prediction, or measurement
    groups: dict[str, _Group] = {}
    blamed: set[tuple[str, str]] = set()
    for n, case in enumerate(inputs["cases"]):
        came = answer[n] if isinstance(answer, list) and n < len(answer) else None
        rule = rules[case["rule"]]
        for part, key, values in _judge_case(rule, case, came):
            if (rule.name, part) in blamed:
                continue
            blamed.add((rule.name, part))
            group = groups.setdefault(key, _Group(share))
            group.values = group.values or {**_told(case), **values}
            group.rules.append(rule.name)
    return [
        Finding(
            f"survey.{key}",
            min(1.0, group.lost_a_rule * len(group.rules)),
            {**group.values, "rules": ", ".join(group.rules)},
        )
        for key, group in groups.items()
    ]


def _told(case: Plain) -> dict[str, Any]:
    given = ", ".join(f"{name}={value!r}" for name, value in case["arguments"].items())
    return {
        "call": f"{case['rule']}({given})",
        "fan_in": case["fan_in"],
        "fan_out": case["fan_out"],
    }


Blame = tuple[str, str, dict[str, Any]]  # part, key of the finding, its values


def _judge_case(rule: Rule, case: Plain, came: Plain) -> Iterable[Blame]:
    """Yield what is wrong with one case's prediction and measurement."""
    came = came if isinstance(came, dict) else {}
    pairs: dict[str, list[Pair]] = {"predict": [], "measure": []}
    names = ["predicted", "predicted again", "measured"]
    names += ["measured again"] if case["again"] else []
    for name in names:
        part = "predict" if name.startswith("predicted") else "measure"
        raised, pair = reading.raised(came.get(name)), _pair(came.get(name))
        if pair is not None:
            pairs[part].append(pair)
        elif raised is not None:
            yield part, "raised", {"function": part, "got": raised}
        else:
            got = reading.kind(_inner(came.get(name)))
            yield part, "not-a-pair", {"function": part, "got": got}
    yield from _judge_prediction(rule, case, pairs["predict"])
    # Chance makes both numbers equal once in 10^12, but an orthogonal
    # matrix has nearly the same standard deviation each time.
    copied = [pair for pair in pairs["measure"] if pair in pairs["predict"]]
    if copied and rule.random and not rule.name.lower().startswith("orthogonal"):
        yield "measure", "copied", {"got": list(copied[0])}
    yield from _judge_measurement(rule, case, pairs["measure"])


def _inner(came: Plain) -> Plain:
    return came.get("came") if isinstance(came, dict) else None


def _pair(came: Plain) -> Pair | None:
    values = reading.array(_inner(came))
    if values is None or values.size != 2 or not np.all(np.isfinite(values)):
        return None
    mean, std = values.reshape(2)
    return float(mean), float(std)


def _law(rule: Rule, case: Plain, swapped: bool = False) -> Pair:
    fans = case["fan_in"], case["fan_out"]
    arguments = {**rule.defaults, **case["arguments"]}
    return rule.law(*(fans[::-1] if swapped else fans), arguments)


def _near(got: Pair, law: Pair, tolerance: Pair) -> bool:
    return all(
        abs(ours - theirs) <= allowed
        for ours, theirs, allowed in zip(got, law, tolerance, strict=True)
    )


def _mistakes(rule: Rule, case: Plain) -> dict[str, Pair]:
    """Return what common mistakes would give, by key."""
    mean, std = _law(rule, case)
    found = {"variance": (mean, std**2), "fan": _law(rule, case, swapped=True)}
    given = {**rule.defaults, **case["arguments"]}
    if rule.name in ("trunc_normal_", "TruncatedNormal"):
        found["truncated"] = (mean, given["std" if "std" in given else "stddev"])
    if rule.widened and given.get("distribution", _TRUNCATED) == _TRUNCATED:
        found["widened"] = (mean, std * _cut_normal(0.0, 1.0, -2.0, 2.0)[1])
    if rule.name == "Xavier" and "magnitude" not in case["arguments"]:
        found["magnitude"] = (mean, std / math.sqrt(3))
    kinds = rule.defaults.get("rnd_type"), given.get("distribution")
    if "niform" in rule.name or "uniform" in kinds:
        found["bound"] = (mean, std * math.sqrt(3))
    return found


def _judge_prediction(rule: Rule, case: Plain, got: list[Pair]) -> Iterable[Blame]:
    if not got:
        return
    law = _law(rule, case)
    values = {"expected": list(law), "got": list(got[0])}

    def fits(pair: Pair) -> bool:
        loose = PREDICTED * max(abs(pair[0]), pair[1])
        return _near(got[0], pair, (loose, max(PREDICTED * pair[1], EXACT * loose)))

    if got[0] != got[-1]:
        told = [list(pair) for pair in got]
        yield "predict", "random-prediction", {"got": told}
        return
    if fits(law):
        return
    for key, mistaken in _mistakes(rule, case).items():
        if fits(mistaken):
            yield "predict", key, values
            return
    if rule.defaults and not case["arguments"]:
        yield "predict", "default", {**values, "defaults": _defaults(rule)}
        return
    yield "predict", "predicted", values


def _defaults(rule: Rule) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in rule.defaults.items())


def _judge_measurement(rule: Rule, case: Plain, got: list[Pair]) -> Iterable[Blame]:
    count = case["fan_in"] * case["fan_out"]
    law = _law(rule, case)
    tolerance = _chance(law, count)
    for pair in got:
        if _near(pair, law, tolerance):
            continue
        values = {"expected": list(law), "got": list(pair)}
        for key in ("variance", "fan"):
            mistaken = _mistakes(rule, case)[key]
            if rule.random and _near(pair, mistaken, _chance(mistaken, count)):
                yield "measure", f"measured-{key}", values
                return
        yield "measure", "measured" if rule.random else "measured-constant", values
        return
    if rule.random and len(got) > 1 and got[0] == got[1]:
        yield "measure", "same-twice", {"got": list(got[0])}


def _chance(law: Pair, count: int) -> Pair:
    """Return how far the measured pair may be from its law."""
    mean, std = law
    rounding = EXACT * max(abs(mean), std)
    return (
        SIGMAS * std / math.sqrt(count) + rounding,
        SIGMAS * std / math.sqrt(2 * count) + rounding,
    )


JUDGE = Judge(_draw, _judge)
