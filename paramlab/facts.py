"""What differs between the frameworks, as data: judges and lessons ask here.

Every entry was read from the installed package and is checked by a test
against it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Absent:
    """What a framework does not have, and why."""

    reason: str


@dataclass(frozen=True)
class Facts:
    """What a judge must know of one framework."""

    framework: str
    weight_layout: str  # "out_in" or "in_out"
    activation_is_layer: bool  # is relu a module of its own in a Sequential?
    parameter_is_tensor: bool  # or an object that holds one?
    gradient_before: str | Absent  # before any backward pass: "none" or "zeros"
    gradient_cleared: str | Absent  # after clearing: "none" or "zeros"
    second_backward: str | Absent  # "accumulates" or "overwrites"
    dense_weight: str  # the default rule of a dense layer's weight
    dense_bias: str  # and of its bias
    constant_listed: bool  # is FancyMLP's constant in the list of parameters?
    constant_saved: bool  # and in what is saved?
    layer_relations: tuple[str, ...]  # what Framework.dense_pair can build


FACTS = {
    facts.framework: facts
    for facts in [
        Facts(
            framework="pytorch",
            weight_layout="out_in",
            activation_is_layer=True,
            parameter_is_tensor=True,
            gradient_before="none",
            gradient_cleared="none",
            second_backward="accumulates",
            dense_weight="U(-1/sqrt(fan_in), 1/sqrt(fan_in))",
            dense_bias="U(-1/sqrt(fan_in), 1/sqrt(fan_in))",
            constant_listed=False,
            constant_saved=False,
            layer_relations=("apart", "layer", "both", "weight", "bias", "storage"),
        ),
        Facts(
            framework="mxnet",
            weight_layout="out_in",
            activation_is_layer=False,
            parameter_is_tensor=False,
            gradient_before="zeros",
            gradient_cleared="zeros",
            second_backward="overwrites",
            dense_weight="U(-0.07, 0.07)",
            dense_bias="0",
            constant_listed=True,
            constant_saved=True,
            layer_relations=("apart", "layer", "both", "weight", "bias", "namesake"),
        ),
    ]
}
