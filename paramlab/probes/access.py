"""Probes of 01-access."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paramlab.frameworks.protocol import Framework
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


PROBES = {
    "count-parameters": count_parameters,
}
