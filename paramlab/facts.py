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
class Holding:
    """A way to hold a tensor in a network, and what follows from it."""

    code: str  # as it stands in the class
    listed: bool  # among the network's parameters?
    saved: bool  # in what is saved of the network?
    trained: bool  # changed by an optimizer of those parameters?


@dataclass(frozen=True)
class Facts:
    """What a judge must know of one framework."""

    framework: str
    name: str  # as its makers write it
    parameter_class: str  # as code names it
    tie_layers: str  # code that applies a layer a twice
    tie_weights: str  # code that gives a layer b the weight of a layer a
    weight_name: str  # how the full name of a dense layer's weight ends
    bias_name: str  # and that of its bias
    # How it starts, for the first dense layer and the n-th other one; None where
    # it is the layer's place in the network.
    counted_names: tuple[str, str] | None
    weight_layout: str  # "out_in" or "in_out"
    activation_is_layer: bool  # is relu a module of its own in a Sequential?
    sequential_repeats: bool  # does it apply a layer as often as it lists it?
    parameter_is_tensor: bool  # or an object that holds one?
    gradient_before: str | Absent  # before any backward pass: "none" or "zeros"
    gradient_cleared: str | Absent  # after clearing: "none" or "zeros"
    second_backward: str | Absent  # "accumulates" or "overwrites"
    dense_weight: str  # the default rule of a dense layer's weight
    dense_bias: str  # and of its bias
    rule_keeps_bias: bool  # is a custom rule for the network the weights' only?
    fancy_activation: str | None  # of the dense layer in the book's FancyMLP
    fancy_constant: dict[str, Holding]  # the ways to hold its constant, by name
    layer_relations: tuple[str, ...]  # what Framework.dense_pair can build


_GLOROT_UNIFORM = "U(-sqrt(6/(fan_in+fan_out)), sqrt(6/(fan_in+fan_out)))"
_NO_GRADIENT = Absent(
    "A TensorFlow variable holds no gradient: tape.gradient(...) returns it."
)

FACTS = {
    facts.framework: facts
    for facts in [
        Facts(
            framework="pytorch",
            name="PyTorch",
            parameter_class="nn.Parameter",
            tie_layers="nn.Sequential(a, a)",
            tie_weights="b.weight = a.weight",
            weight_name="weight",
            bias_name="bias",
            counted_names=None,
            weight_layout="out_in",
            activation_is_layer=True,
            sequential_repeats=True,
            parameter_is_tensor=True,
            gradient_before="none",
            gradient_cleared="none",
            second_backward="accumulates",
            dense_weight="U(-1/sqrt(fan_in), 1/sqrt(fan_in))",
            dense_bias="U(-1/sqrt(fan_in), 1/sqrt(fan_in))",
            rule_keeps_bias=True,
            fancy_activation=None,
            fancy_constant={
                "attribute": Holding("self.rand_weight = W", False, False, False),
                "buffer": Holding(
                    'self.register_buffer("rand_weight", W)', False, True, False
                ),
                "passing": Holding(
                    'self.register_buffer("rand_weight", W, persistent=False)',
                    False,
                    False,
                    False,
                ),
                "frozen": Holding(
                    "self.rand_weight = nn.Parameter(W, requires_grad=False)",
                    True,
                    True,
                    False,
                ),
                "trained": Holding(
                    "self.rand_weight = nn.Parameter(W)", True, True, True
                ),
            },
            layer_relations=("apart", "layer", "both", "weight", "bias", "storage"),
        ),
        Facts(
            framework="mxnet",
            name="MXNet",
            parameter_class="gluon.Parameter",
            tie_layers="net.add(a, a)",
            tie_weights="b = nn.Dense(8, params=a.params)",
            weight_name="weight",
            bias_name="bias",
            counted_names=("dense0_", "dense{}_"),
            weight_layout="out_in",
            activation_is_layer=False,
            sequential_repeats=True,
            parameter_is_tensor=False,
            gradient_before="zeros",
            gradient_cleared="zeros",
            second_backward="overwrites",
            dense_weight="U(-0.07, 0.07)",
            dense_bias="0",
            rule_keeps_bias=False,
            fancy_activation="relu",
            fancy_constant={
                "attribute": Holding("self.rand_weight = W", False, False, False),
                "constant": Holding(
                    'self.rand_weight = self.params.get_constant("rand_weight", W)',
                    True,
                    True,
                    False,
                ),
                "frozen": Holding(
                    'self.rand_weight = self.params.get("rand_weight", …,'
                    ' grad_req="null")',
                    True,
                    True,
                    False,
                ),
                "trained": Holding(
                    'self.rand_weight = self.params.get("rand_weight", …)',
                    True,
                    True,
                    True,
                ),
            },
            layer_relations=("apart", "layer", "both", "weight", "bias", "namesake"),
        ),
        Facts(
            framework="tensorflow",
            name="TensorFlow",
            parameter_class="tf.Variable",
            tie_layers="a(a(X))",
            tie_weights="b.kernel = a.kernel",
            weight_name="kernel:0",
            bias_name="bias:0",
            counted_names=("dense/", "dense_{}/"),
            weight_layout="in_out",
            activation_is_layer=False,
            sequential_repeats=False,
            parameter_is_tensor=False,
            gradient_before=_NO_GRADIENT,
            gradient_cleared=_NO_GRADIENT,
            second_backward=_NO_GRADIENT,
            dense_weight=_GLOROT_UNIFORM,
            dense_bias="0",
            rule_keeps_bias=True,
            fancy_activation="relu",
            fancy_constant={
                "attribute": Holding("self.rand_weight = W", False, False, False),
                "frozen": Holding(
                    "self.rand_weight = tf.Variable(W, trainable=False)",
                    True,
                    True,
                    False,
                ),
                "trained": Holding(
                    "self.rand_weight = tf.Variable(W)", True, True, True
                ),
            },
            layer_relations=("apart", "layer", "both", "weight", "bias", "namesake"),
        ),
        Facts(
            framework="paddle",
            name="Paddle",
            parameter_class="EagerParamBase",
            tie_layers="nn.Sequential(a, a)",
            tie_weights="b.weight = a.weight",
            weight_name="weight",
            bias_name="bias",
            counted_names=None,
            weight_layout="in_out",
            activation_is_layer=True,
            sequential_repeats=True,
            parameter_is_tensor=True,
            gradient_before="none",
            gradient_cleared="zeros",
            second_backward="accumulates",
            dense_weight=_GLOROT_UNIFORM,
            dense_bias="0",
            rule_keeps_bias=True,
            fancy_activation=None,
            fancy_constant={
                "attribute": Holding("self.rand_weight = W", False, False, False),
                "buffer": Holding(
                    'self.register_buffer("rand_weight", W)', False, True, False
                ),
                "passing": Holding(
                    'self.register_buffer("rand_weight", W, persistable=False)',
                    False,
                    False,
                    False,
                ),
                "frozen": Holding(
                    "self.rand_weight = self.create_parameter(…,"
                    " ParamAttr(trainable=False))",
                    True,
                    True,
                    False,
                ),
                "trained": Holding(
                    "self.rand_weight = self.create_parameter(…)", True, True, True
                ),
            },
            layer_relations=(
                "apart",
                "layer",
                "both",
                "weight",
                "bias",
                "storage",
                "namesake",
            ),
        ),
    ]
}
