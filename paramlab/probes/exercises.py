"""Probes of 04-exercises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paramlab.dealing import deal
from paramlab.frameworks.protocol import Array, Framework, Net
from paramlab.plain import Plain
from paramlab.probes.attempt import attempt, refuse_stubs

Answer = Callable[..., Any]


def fancy_access(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Let the student look into each FancyMLP."""
    nets = [
        framework.fancy_mlp(
            case["weight"], case["bias"], case["constant"], case["holding"]
        )
        for case in inputs["cases"]
    ]
    batches = [framework.tensor(case["X"]) for case in inputs["cases"]]
    # What they were built from is most of the answer: not to be found later.
    inputs.clear()
    attempts = [
        attempt(framework, answer, net, X) for net, X in zip(nets, batches, strict=True)
    ]
    refuse_stubs(attempts)
    return attempts


def survey(
    framework: Framework, inputs: Plain, predict: Answer, measure: Answer
) -> Plain:
    """Let the student predict each case twice, and measure some twice."""
    attempts = []
    for case in inputs["cases"]:
        calls = [("predicted", predict), ("predicted again", predict)]
        calls += [("measured", measure)]
        calls += [("measured again", measure)] if case["again"] else []
        place = case["rule"], case["fan_in"], case["fan_out"]
        attempts.append(
            {
                name: attempt(framework, function, *place, **case["arguments"])
                for name, function in calls
            }
        )
    refuse_stubs(found for case in attempts for found in case.values())
    return attempts


def tied_train(
    framework: Framework, inputs: Plain, build_net: Answer, train: Answer
) -> Plain:
    """Train known networks step by step, and the student's own for longer."""
    built: list[Net] = []

    def build() -> None:
        built.append(build_net(inputs["num_inputs"], inputs["num_hiddens"]))

    record = {
        "build": attempt(framework, build),
        "run": _run(framework, inputs, train),
    }
    refuse_stubs([record["build"], *record["run"]["steps"]])
    if built:
        record["own"] = _own(framework, inputs, built[0], train)
    return record


def _run(framework: Framework, inputs: Plain, train: Answer) -> Plain:
    """Take steps one call each; then, from the start, as many in one call."""
    run = inputs["run"]
    X, y = framework.tensor(inputs["X"]), framework.tensor(inputs["y"])
    net = _known(framework, inputs)
    record: Plain = {"steps": []}
    for _ in range(run["steps"]):
        came = attempt(framework, train, net, X, y, run["rate"], 1)
        record["steps"].append({**came, "after": _values(framework, net)})
    framework.assign(net, inputs["values"])
    came = attempt(framework, train, net, X, y, run["rate"], run["steps"])
    record["together"] = {**came, "after": _values(framework, net)}
    return record


def _own(framework: Framework, inputs: Plain, net: Net, train: Answer) -> Plain:
    """Read the student's network, give it our values, and let it be trained."""
    try:
        framework.prepare(net, inputs["X"])
        shapes = [list(value.shape) for value in _values(framework, net)]
        values = deal(inputs["values"], shapes)
        if values is None:
            return {"shapes": shapes}
        framework.assign(net, values)
        output = framework.forward(net, inputs["X"])
    # Anything may be wrong with a student's network: the judge reports it.
    except Exception as error:  # noqa: BLE001
        return {"raised": f"{type(error).__name__}: {str(error)[:300]}"}
    X, y = framework.tensor(inputs["X"]), framework.tensor(inputs["y"])
    long = inputs["long"]
    return {
        **attempt(framework, train, net, X, y, long["rate"], long["steps"]),
        "shapes": shapes,
        "output": output,
        "after": _values(framework, net),
        "output after": framework.forward(net, inputs["X"]),
    }


def observe(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Let the student train each network and watch it."""
    attempts = []
    for case in inputs["cases"]:
        net = _known(framework, case)
        X, y = framework.tensor(case["X"]), framework.tensor(case["y"])
        names = [parameter.name for parameter in framework.parameters(net)]
        came = attempt(framework, answer, net, X, y, case["rate"], case["steps"])
        after = _values(framework, net)
        attempts.append({**came, "names": names, "after": after})
    refuse_stubs(attempts)
    return attempts


def why_share(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Ask the student about each case."""
    attempts = []
    for case in inputs["cases"]:
        gradients = [framework.tensor(value) for value in case["gradients"]]
        places = [(framework.tensor(X), framework.tensor(Y)) for X, Y in case["places"]]
        numbers = case["width"], case["num_uses"], case["num_bytes"]
        attempts.append(attempt(framework, answer, *numbers, gradients, places))
    refuse_stubs(attempts)
    return attempts


def _known(framework: Framework, case: Plain) -> Net:
    net = framework.build(case["blueprint"])
    framework.assign(net, case["values"])
    return net


def _values(framework: Framework, net: Net) -> list[Array]:
    return [parameter.value for parameter in framework.parameters(net)]


PROBES: dict[str, Answer] = {
    "fancy-access": fancy_access,
    "survey": survey,
    "tied-train": tied_train,
    "observe": observe,
    "why-share": why_share,
}
