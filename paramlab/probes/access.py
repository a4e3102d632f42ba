"""Probes of 01-access."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from paramlab.filling import fill
from paramlab.frameworks.protocol import Framework, Layer, Net
from paramlab.plain import Plain
from paramlab.probes.plainly import plainly


def count_parameters(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Let the student count each network: case -> what came."""
    return {
        case: plainly(framework, answer(framework.build(blueprint)))
        for case, blueprint in inputs.items()
    }


def parameter_shapes(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Let the student list each network's shapes: case -> what came."""
    return {
        case: plainly(framework, answer(framework.build(blueprint)))
        for case, blueprint in inputs.items()
    }


def nested_bias(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Let the student fetch one bias after the other from each network."""
    records = []
    for case in inputs:
        net = framework.build(case["blueprint"])
        framework.assign(net, case["values"])
        for index in case["indices"]:
            came = answer(net, index)
            value = plainly(framework, came)
            records.append({"class": type(came).__name__, "value": value})
    return records


def gradient_states(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Let the student read each network's gradient at three moments."""
    records = []
    for case in inputs:
        net = framework.build(case["blueprint"])
        framework.assign(net, case["values"])
        states = answer(net, framework.tensor(case["X"]))
        record = {
            "states": plainly(framework, states),
            "left": [parameter.gradient for parameter in framework.parameters(net)],
        }
        record["shared"] = _shared(framework, states)
        records.append(record)
    return records


def _shared(framework: Framework, states: Any) -> list[str]:
    """Name the states that share memory with another one, by writing into it.

    Their values are gone afterwards.
    """
    if not isinstance(states, Mapping):
        return []
    return [
        name
        for name, watched in states.items()
        if any(
            other != name and _shows(framework, watched, written)
            for other, written in states.items()
        )
    ]


def _shows(framework: Framework, watched: Any, written: Any) -> bool:
    """Tell whether what is written into one array shows in the other."""
    try:
        old = framework.to_numpy(watched)
        # A gradient may itself be something that autograd watches.
        with framework.recording(False):
            written[:] = float(old.max()) + 1
        return not np.array_equal(framework.to_numpy(watched), old)
    # Not two arrays, or arrays that cannot be written.
    except (IndexError, RuntimeError, TypeError, ValueError):
        return False


def nested_network(
    framework: Framework, inputs: Plain, answer: Callable[..., Any]
) -> Plain:
    """Let the student build networks; read what they are and compute."""
    return [_read_network(framework, answer(*case["sizes"]), case) for case in inputs]


def _read_network(framework: Framework, net: Net, case: Plain) -> Plain:
    if not framework.is_net(net):
        return plainly(framework, net)
    try:
        framework.prepare(net, case["X"])
    # Whatever a student's network raises is an answer; TensorFlow's own errors
    # have no common base with Python's.
    except Exception as error:  # noqa: BLE001
        return {"stopped": f"{type(error).__name__}: {str(error)[:200]}"}
    parameters = framework.parameters(net)
    places = {parameter.identity: n for n, parameter in enumerate(parameters)}
    shapes = [parameter.shape for parameter in parameters]
    framework.assign(net, fill(shapes, case["weights"], case["biases"]))
    return {
        "shapes": shapes,
        "tree": _tree(framework.layers(net), places),
        "output": framework.forward(net, case["X"]),
    }


def _tree(layer: Layer, places: dict[int, int]) -> Plain:
    return {
        "parameters": [places[parameter.identity] for parameter in layer.parameters],
        "children": [_tree(child, places) for child in layer.children],
    }


PROBES = {
    "count-parameters": count_parameters,
    "parameter-shapes": parameter_shapes,
    "nested-bias": nested_bias,
    "gradient-states": gradient_states,
    "nested-network": nested_network,
}
