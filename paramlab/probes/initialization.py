"""Probes of 02-initialization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from paramlab.frameworks.protocol import Framework, Net
from paramlab.plain import Plain
from paramlab.probes.attempt import attempt, refuse_stubs

Answer = Callable[..., Any]


def _filled(framework: Framework, case: Plain) -> Net:
    """Build a network and fill each parameter with its number."""
    net = framework.build(case["blueprint"])
    shapes = [parameter.shape for parameter in framework.parameters(net)]
    pairs = zip(shapes, case["fills"], strict=True)
    framework.assign(net, [np.full(shape, fill, np.float32) for shape, fill in pairs])
    return net


def _read(framework: Framework, net: Net) -> Plain:
    return [
        {"value": parameter.value, "trainable": parameter.trainable}
        for parameter in framework.parameters(net)
    ]


def _identities(framework: Framework, net: Net) -> list[int]:
    return [parameter.identity for parameter in framework.parameters(net)]


def normal_init(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Let the student initialise two networks: what they hold afterwards."""
    nested = _filled(framework, inputs["nested"])
    answer(nested)
    bare = _filled(framework, inputs["no-bias"])
    tried = attempt(framework, answer, bare)
    return {
        "nested": _read(framework, nested),
        "no-bias": tried if "raised" in tried else _read(framework, bare),
    }


def block_init(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Let the student initialise the blocks of a network by different rules."""
    net = _filled(framework, inputs)
    answer(net, inputs["constant"])
    return _read(framework, net)


def custom_init(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Give a network the student's rule, as the framework does that."""
    records = {}
    for case, asked in inputs.items():
        net = _filled(framework, asked)
        rule = answer(asked["low"], asked["high"], asked["zeros"])
        framework.apply_rule(net, rule)
        records[case] = _read(framework, net)
    return records


def set_directly(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Let the student change one weight, with autograd off and on."""
    records = {
        case: _set(framework, asked, answer, recording=case == "recording")
        for case, asked in inputs.items()
    }
    refuse_stubs(records.values())
    return records


def _set(framework: Framework, asked: Plain, answer: Answer, recording: bool) -> Plain:
    net = framework.build(asked["blueprint"])
    framework.assign(net, asked["values"])
    before = _identities(framework, net)
    arguments = [asked[name] for name in ("amount", "i", "j", "value")]
    with framework.recording(recording):
        tried = attempt(framework, answer, net, *arguments)
    if "raised" in tried:
        return tried
    parameters = _read(framework, net)
    return {
        "parameters": parameters,
        "kept": _identities(framework, net) == before,
        "gradients": _gradients(framework, net, asked["X"], parameters),
    }


def _gradients(
    framework: Framework, net: Net, X: Any, parameters: Sequence[Plain]
) -> Plain:
    # What takes no gradient cannot be asked for one.
    if not all(parameter["trainable"] for parameter in parameters):
        return None
    return framework.gradients(net, X)


def keep_signal(framework: Framework, inputs: Plain, answer: Answer) -> Plain:
    """Let the student initialise a deep network: what it holds afterwards."""
    net = framework.build(inputs["blueprint"])
    answer(net)
    return _read(framework, net)


PROBES = {
    "normal-init": normal_init,
    "block-init": block_init,
    "custom-init": custom_init,
    "set-directly": set_directly,
    "keep-signal": keep_signal,
}
