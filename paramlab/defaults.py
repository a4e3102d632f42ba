"""The rules by which each framework fills a new layer, when nobody names one.

Each is an entry of the catalogue with its arguments. Tests hold them against
what the frameworks draw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from paramlab import laws
from paramlab.initializers import Arguments, LayerShape, find
from paramlab.laws import Law

KINDS = ("dense", "conv", "embedding")
WORDS = 1000  # how many the embeddings here have
KERNEL = 3  # side of the convolutions here


@dataclass(frozen=True)
class Rule:
    """One default rule."""

    framework: str
    formula: str
    initializer: str  # a name of the framework's module
    arguments: Arguments = field(default_factory=dict)
    # A law of the layer rather than of the tensor: a bias has no fans.
    of_fan_in: bool = False

    def law(self, kind: str, width: int) -> Law:
        """Return the law of an entry, for a layer as wide as it has inputs."""
        shape = layer_shape(kind, width)
        if self.of_fan_in:
            bound = 1 / math.sqrt(shape.fan_in)
            return laws.uniform(-bound, bound)
        entry = find(self.framework, self.initializer)
        return entry.law(shape, self.arguments)


@dataclass(frozen=True)
class Defaults:
    """The rules of one kind of layer."""

    weight: Rule
    bias: Rule | None  # None: the layer has no bias


def layer_shape(kind: str, width: int) -> LayerShape:
    """Return the shape of the layers that are compared."""
    if kind == "embedding":
        return LayerShape("dense", WORDS, width)
    return LayerShape(kind, width, width, KERNEL if kind == "conv" else 1)


def _pytorch() -> dict[str, Defaults]:
    formula = "U(−c, c), c = 1 / √fan_in"
    weight = Rule("pytorch", formula, "kaiming_uniform_", {"a": math.sqrt(5)})
    bias = Rule("pytorch", formula, "uniform_", of_fan_in=True)
    words = Rule("pytorch", "N(0, 1)", "normal_")
    return {
        "dense": Defaults(weight, bias),
        "conv": Defaults(weight, bias),
        "embedding": Defaults(words, None),
    }


def _mxnet() -> dict[str, Defaults]:
    weight = Rule("mxnet", "U(−0.07, 0.07)", "Uniform")
    bias = Rule("mxnet", "0", "Zero")
    return {
        "dense": Defaults(weight, bias),
        "conv": Defaults(weight, bias),
        "embedding": Defaults(weight, None),
    }


_GLOROT = "U(−c, c), c = √(6 / (fan_in + fan_out))"


def _tensorflow() -> dict[str, Defaults]:
    weight = Rule("tensorflow", _GLOROT, "GlorotUniform")
    bias = Rule("tensorflow", "0", "Zeros")
    words = Rule("tensorflow", "U(−0.05, 0.05)", "RandomUniform")
    return {
        "dense": Defaults(weight, bias),
        "conv": Defaults(weight, bias),
        "embedding": Defaults(words, None),
    }


def _paddle() -> dict[str, Defaults]:
    weight = Rule("paddle", _GLOROT, "XavierUniform")
    windows = Rule("paddle", "N(0, σ²), σ = √(2 / fan_in)", "KaimingNormal")
    bias = Rule("paddle", "0", "Constant")
    return {
        "dense": Defaults(weight, bias),
        "conv": Defaults(windows, bias),
        "embedding": Defaults(weight, None),
    }


DEFAULTS = {
    "pytorch": _pytorch(),
    "mxnet": _mxnet(),
    "tensorflow": _tensorflow(),
    "paddle": _paddle(),
}
