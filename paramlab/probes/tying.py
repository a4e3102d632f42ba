"""Probes of 03-tying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paramlab.filling import fill
from paramlab.frameworks.protocol import Array, Framework, Parameter
from paramlab.plain import Plain
from paramlab.probes.attempt import attempt, refuse_stubs
from paramlab.probes.plainly import plainly

# A network with more than this is not one that was asked for.
MAX_PARAMETERS = 32
MAX_SIZE = 10_000


def tied_network(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Let the student build each network, then run it with given numbers."""
    return [_run(framework, case, answer) for case in inputs["cases"]]


def _run(framework: Framework, case: Plain, answer: Callable[..., Any]) -> Plain:
    net = answer(*case["sizes"], case["uses"])
    if not framework.is_net(net):
        return plainly(framework, net)
    framework.prepare(net, case["X"])
    shapes = [parameter.shape for parameter in framework.parameters(net)]
    framework.assign(net, fill(shapes, case["weights"], case["biases"]))
    # Read before the forward pass, which could write into them.
    written = framework.parameters(net)
    output = framework.forward(net, case["X"])
    gradients = framework.gradients(net, case["X"])
    return {"output": output, "parameters": _listed(written, gradients)}


def _listed(written: list[Parameter], gradients: list[Array | None]) -> Plain:
    return [
        {
            "value": parameter.value,
            "gradient": gradient,
            "trainable": parameter.trainable,
        }
        for parameter, gradient in zip(written, gradients, strict=True)
        if parameter.size <= MAX_SIZE
    ][:MAX_PARAMETERS]


def tied_or_equal(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Ask the student's function about each pair of layers."""
    pairs = [
        framework.dense_pair(pair["relation"], pair["first"], pair["second"])
        for pair in inputs
    ]
    # How they were built is the answer: it must not lie about when asking.
    inputs.clear()
    return [plainly(framework, answer(a, b)) for a, b in pairs]


def count_tied(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Let the student count each network twice: case -> what came, or was raised."""
    counts = {
        case: attempt(framework, answer, framework.build(blueprint))
        for case, blueprint in inputs.items()
    }
    refuse_stubs(counts.values())
    return counts


def use_gradients(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Hand the student's function each layer, with gradients of an older batch."""
    return [_use(framework, case, answer) for case in inputs]


def _use(framework: Framework, case: Plain, answer: Callable[..., Any]) -> Plain:
    values = [case["weight"], case["bias"]]
    layer, _ = framework.dense_pair("layer", values, values)
    framework.gradients(layer, case["before"])
    return plainly(framework, answer(layer, framework.tensor(case["X"])))


PROBES = {
    "tied-network": tied_network,
    "tied-or-equal": tied_or_equal,
    "count-tied": count_tied,
    "use-gradients": use_gradients,
}
