"""The catalogue of initializers: what each framework's module offers.

For each built-in: its arguments, the layers that it can fill, a formula, the
theoretical law of a weight, and the code that uses it. Nothing here imports a
framework; tests hold the catalogue against the frameworks themselves.

The rules and where they come from:

- Xavier or Glorot: Glorot and Bengio, *Understanding the difficulty of
  training deep feedforward neural networks*, 2010.
- Kaiming, He or MSRA: He et al., *Delving deep into rectifiers*, 2015.
- Orthogonal: Saxe et al., *Exact solutions to the nonlinear dynamics of
  learning in deep linear neural networks*, 2013.
- Sparse: Martens, *Deep learning via Hessian-free optimization*, 2010.
- Bilinear: Long et al., *Fully convolutional networks for semantic
  segmentation*, 2015.
- A forget gate that starts open: Jozefowicz et al., *An empirical exploration
  of recurrent network architectures*, 2015.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab import laws
from paramlab.laws import Law

Value = float | int | str
Arguments = Mapping[str, Value]


@dataclass(frozen=True)
class LayerShape:
    """The tensor to fill: of a dense layer, a convolution or LSTM gates."""

    kind: str  # "dense", "conv" or "gates"
    inputs: int  # units, or channels
    outputs: int  # units, channels, or the LSTM's hidden units
    kernel: int = 1  # side of a convolution's square kernel

    @property
    def window(self) -> int:
        """Return how many positions the kernel covers."""
        return self.kernel**2 if self.kind == "conv" else 1

    @property
    def fan_in(self) -> int:
        """Return how many inputs an output unit sees."""
        return self.inputs * self.window

    @property
    def fan_out(self) -> int:
        """Return how many outputs an input unit reaches."""
        return self.outputs * self.window

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the tensor's shape, outputs first."""
        if self.kind == "gates":
            return (4 * self.outputs,)
        if self.kind == "conv":
            return (self.outputs, self.inputs, self.kernel, self.kernel)
        return (self.outputs, self.inputs)


@dataclass(frozen=True)
class Number:
    """A numeric argument and the range that a slider gives it."""

    name: str
    default: Value
    low: float
    high: float
    step: float
    required: bool = False  # the framework has no default: ours is a proposal

    def values(self) -> list[float]:
        """List the ends, the default and a value in between."""
        between = self.low + self.step * round((self.high - self.low) / self.step / 3)
        return sorted({self.low, between, float(self.default), self.high})


@dataclass(frozen=True)
class Choice:
    """An argument that takes one of a few words."""

    name: str
    default: str
    options: tuple[str, ...]

    def values(self) -> list[str]:
        """List all options."""
        return list(self.options)


Argument = Number | Choice
Theory = Callable[[LayerShape, Arguments], Law]
Settle = Callable[[LayerShape, Arguments], Arguments]


def _as_given(layer: LayerShape, arguments: Arguments) -> Arguments:
    return arguments


@dataclass(frozen=True)
class Initializer:
    """One built-in of a framework's initializer module."""

    framework: str
    name: str  # as the module spells it
    formula: str
    theory: Theory | None = None
    arguments: tuple[Argument, ...] = ()
    kinds: tuple[str, ...] = ("dense", "conv")
    settle: Settle = _as_given
    random: bool = True
    # The key of the message that says why it draws nothing on its own.
    reason: str | None = None

    @property
    def defaults(self) -> dict[str, Value]:
        """Return the arguments' defaults."""
        return {argument.name: argument.default for argument in self.arguments}

    def settled(self, layer: LayerShape, arguments: Arguments) -> dict[str, Value]:
        """Return the nearest arguments that the framework accepts here."""
        full = {**self.defaults, **arguments}
        rounded = {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in full.items()
        }
        return dict(self.settle(layer, rounded))

    def shape(self, layer: LayerShape) -> tuple[int, ...]:
        """Return the shape of the layer's tensor in the framework's own order."""
        return _SHAPES[self.framework].get(layer.kind, _outputs_first)(layer)

    def matrix(self, layer: LayerShape, values: NDArray[Any]) -> NDArray[Any]:
        """Return a layer's values as (outputs, fan_in), whatever their order."""
        if _SHAPES[self.framework].get(layer.kind) is _outputs_last:
            return values.reshape(-1, layer.outputs).T
        return values.reshape(layer.outputs, -1)

    def law(self, layer: LayerShape, arguments: Arguments) -> Law:
        """Return the theoretical law of a weight.

        Raises ValueError where the initializer draws nothing on its own or
        does not fill such a layer.
        """
        if self.theory is None:
            raise ValueError(f"{self.name} draws nothing on its own")
        if layer.kind not in self.kinds:
            raise ValueError(f"{self.name} does not fill a {layer.kind} layer")
        return self.theory(layer, self.settled(layer, arguments))

    def code(self, layer: LayerShape, arguments: Arguments) -> str:
        """Write what a student would write to fill this layer so."""
        return _CODE[self.framework](self, layer, self.settled(layer, arguments))


def find(framework: str, name: str) -> Initializer:
    """Return an entry of the catalogue; raises KeyError where there is none."""
    return CATALOGUE[framework][name]


# What the arguments mean, in the theory's words.


def _gain(nonlinearity: Value, slope: float) -> float:
    """Return the factor that makes up for an activation (He et al., 2015)."""
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + slope**2))
    return {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "selu": 0.75,
    }[str(nonlinearity)]


def _number(arguments: Arguments, name: str) -> float:
    return float(arguments[name])


def _fan(layer: LayerShape, mode: Value) -> float:
    return {
        "in": layer.fan_in,
        "fan_in": layer.fan_in,
        "out": layer.fan_out,
        "fan_out": layer.fan_out,
        "avg": (layer.fan_in + layer.fan_out) / 2,
        "fan_avg": (layer.fan_in + layer.fan_out) / 2,
    }[str(mode)]


def _centred(kind: str, std: float) -> Law:
    """Return a law of mean 0 with the given standard deviation."""
    if kind == "uniform":
        return laws.uniform(-math.sqrt(3) * std, math.sqrt(3) * std)
    return laws.normal(0.0, std)


# Theories that frameworks share.


def _fixed(value: float) -> Theory:
    return lambda layer, arguments: laws.constant(value)


def _constant(name: str) -> Theory:
    return lambda layer, arguments: laws.constant(_number(arguments, name))


def _glorot(kind: str) -> Theory:
    def theory(layer: LayerShape, arguments: Arguments) -> Law:
        std = _number(arguments, "gain") / math.sqrt(_fan(layer, "avg"))
        return _centred(kind, std)

    return theory


def _kaiming(kind: str, slope: str) -> Theory:
    def theory(layer: LayerShape, arguments: Arguments) -> Law:
        gain = _gain(arguments["nonlinearity"], _number(arguments, slope))
        return _centred(kind, gain / math.sqrt(_fan(layer, arguments["mode"])))

    return theory


def _orthogonal(scale: str) -> Theory:
    """Return one coordinate of a random unit vector, scaled.

    The longer side decides: along it the vectors have length 1. Exact but for
    MXNet, which takes singular vectors, whose signs LAPACK chooses and which of
    uniform numbers are only nearly spread evenly: there the law holds for large
    matrices, its standard deviation for all.
    """

    def theory(layer: LayerShape, arguments: Arguments) -> Law:
        longer = max(layer.outputs, layer.fan_in)
        return laws.sphere(longer, _number(arguments, scale))

    return theory


def _among_zeros(value: float, times: int, size: int) -> Law:
    if times == size or value == 0:
        return laws.constant(value)
    return Law(atoms=((0.0, 1 - times / size), (value, times / size)))


def _identity(layer: LayerShape, arguments: Arguments) -> Law:
    gain = _number({"gain": 1.0, **arguments}, "gain")
    ones = min(layer.inputs, layer.outputs)
    return _among_zeros(gain, ones, layer.inputs * layer.outputs)


def _dirac(layer: LayerShape, arguments: Arguments) -> Law:
    groups = int(arguments["groups"])
    ones = groups * min(layer.outputs // groups, layer.inputs)
    return _among_zeros(1.0, ones, layer.outputs * layer.fan_in)


def _bilinear(slanted: bool) -> Theory:
    def theory(layer: LayerShape, arguments: Arguments) -> Law:
        half = math.ceil(layer.kernel / 2)
        centre = (2 * half - 1 - half % 2) / (2 * half)
        y, x = np.mgrid[: layer.kernel, : layer.kernel].astype(np.float64)
        if slanted:
            y += x / layer.kernel
        values = (1 - np.abs(x / half - centre)) * (1 - np.abs(y / half - centre))
        return laws.counted(values.astype(np.float32))

    return theory


def _dividing_groups(layer: LayerShape, arguments: Arguments) -> Arguments:
    """Take the next smaller number of groups that divides the channels."""
    wanted = int(arguments["groups"])
    fitting = [n for n in range(1, wanted + 1) if layer.outputs % n == 0]
    return {**arguments, "groups": fitting[-1]}


def _ordered(low: str, high: str) -> Settle:
    """Swap two bounds that stand the wrong way round."""

    def settle(layer: LayerShape, arguments: Arguments) -> Arguments:
        ends = sorted([_number(arguments, low), _number(arguments, high)])
        return {**arguments, low: ends[0], high: ends[1]}

    return settle


def _uniform(low: str, high: str) -> Theory:
    return lambda layer, arguments: laws.uniform(
        _number(arguments, low), _number(arguments, high)
    )


def _normal(mean: str, std: str) -> Theory:
    return lambda layer, arguments: laws.normal(
        _number(arguments, mean), _number(arguments, std)
    )


def _truncated(layer: LayerShape, arguments: Arguments) -> Law:
    mean, std, low, high = (_number(arguments, k) for k in ("mean", "std", "a", "b"))
    return laws.truncated_normal(mean, std, low, high)


_GAIN = Number("gain", 1.0, 0.0, 3.0, 0.05)
_MEAN = Number("mean", 0.0, -2.0, 2.0, 0.05)
_STD = Number("std", 1.0, 0.0, 3.0, 0.05)
_GROUPS = Number("groups", 1, 1, 8, 1)
_NONLINEARITIES = ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu")
_FANS = Choice("mode", "fan_in", ("fan_in", "fan_out"))


# PyTorch: torch.nn.init


def _sparse(layer: LayerShape, arguments: Arguments) -> Law:
    """Zero a fraction of each column, rounded up to whole entries."""
    zeros = math.ceil(_number(arguments, "sparsity") * layer.outputs)
    law = laws.normal(0.0, _number(arguments, "std"))
    return laws.with_zeros(law, zeros / layer.outputs)


# The bounds are values, not multiples of std. A narrow normal far outside them
# would make PyTorch redraw for minutes.
_CUT_ARGUMENTS = (
    _MEAN,
    Number("std", 1.0, 0.2, 3.0, 0.05),
    Number("a", -2.0, -3.0, 0.0, 0.05),
    Number("b", 2.0, 0.0, 3.0, 0.05),
)
_KAIMING_ARGUMENTS = (
    Number("a", 0.0, 0.0, 2.5, 0.05),
    _FANS,
    Choice("nonlinearity", "leaky_relu", _NONLINEARITIES),
)

_PYTORCH = [
    Initializer(
        "pytorch",
        "uniform_",
        "w ~ U(a, b)",
        _uniform("a", "b"),
        (Number("a", 0.0, -2.0, 2.0, 0.05), Number("b", 1.0, -2.0, 2.0, 0.05)),
        settle=_ordered("a", "b"),
    ),
    Initializer(
        "pytorch",
        "normal_",
        "w ~ N(mean, std²)",
        _normal("mean", "std"),
        (_MEAN, _STD),
    ),
    Initializer(
        "pytorch",
        "trunc_normal_",
        "w ~ N(mean, std²) | a ≤ w ≤ b",
        _truncated,
        _CUT_ARGUMENTS,
    ),
    Initializer(
        "pytorch",
        "constant_",
        "w = val",
        _constant("val"),
        (Number("val", 0.5, -2.0, 2.0, 0.05, required=True),),
        random=False,
    ),
    Initializer("pytorch", "ones_", "w = 1", _fixed(1.0), random=False),
    Initializer("pytorch", "zeros_", "w = 0", _fixed(0.0), random=False),
    Initializer(
        "pytorch",
        "eye_",
        "w[i, j] = [i = j]",
        _identity,
        kinds=("dense",),
        random=False,
    ),
    Initializer(
        "pytorch",
        "dirac_",
        "w[o, i, y, x] = [o = i] · [y = x = k // 2]",
        _dirac,
        (_GROUPS,),
        kinds=("conv",),
        settle=_dividing_groups,
        random=False,
    ),
    Initializer(
        "pytorch",
        "xavier_uniform_",
        "w ~ U(−c, c), c = gain · √(6 / (fan_in + fan_out))",
        _glorot("uniform"),
        (_GAIN,),
    ),
    Initializer(
        "pytorch",
        "xavier_normal_",
        "w ~ N(0, σ²), σ = gain · √(2 / (fan_in + fan_out))",
        _glorot("normal"),
        (_GAIN,),
    ),
    Initializer(
        "pytorch",
        "kaiming_uniform_",
        "w ~ U(−c, c), c = gain · √(3 / fan)",
        _kaiming("uniform", "a"),
        _KAIMING_ARGUMENTS,
    ),
    Initializer(
        "pytorch",
        "kaiming_normal_",
        "w ~ N(0, σ²), σ = gain / √fan",
        _kaiming("normal", "a"),
        _KAIMING_ARGUMENTS,
    ),
    Initializer(
        "pytorch",
        "orthogonal_",
        "W Wᵀ = gain² · I  (fan_out ≤ fan_in),  Wᵀ W = gain² · I  (fan_out > fan_in)",
        _orthogonal("gain"),
        (_GAIN,),
    ),
    Initializer(
        "pytorch",
        "sparse_",
        "w ~ sparsity · [w = 0] + (1 − sparsity) · N(0, std²)",
        _sparse,
        (
            Number("sparsity", 0.5, 0.0, 1.0, 0.05, required=True),
            Number("std", 0.01, 0.0, 1.0, 0.01),
        ),
        kinds=("dense",),
    ),
]


# MXNet: mxnet.init


def _xavier(layer: LayerShape, arguments: Arguments) -> Law:
    """Return U(-s, s) or N(0, s²) with s = √(magnitude/fan).

    The same s is a bound for one and a standard deviation for the other: the
    default magnitude 3 fits the uniform kind only.
    """
    fan = _fan(layer, arguments["factor_type"])
    scale = math.sqrt(_number(arguments, "magnitude") / fan)
    if arguments["rnd_type"] == "uniform":
        return laws.uniform(-scale, scale)
    return laws.normal(0.0, scale)


def _prelu(layer: LayerShape, arguments: Arguments) -> Law:
    gain = _gain("leaky_relu", _number(arguments, "slope"))
    fan = _fan(layer, arguments["factor_type"])
    return laws.normal(0.0, gain / math.sqrt(fan))


def _gates(layer: LayerShape, arguments: Arguments) -> Law:
    """Give the second quarter, the forget gate's, the bias, the rest 0."""
    bias = _number(arguments, "forget_bias")
    return laws.counted([0.0, bias, 0.0, 0.0])


_FACTOR = Choice("factor_type", "avg", ("avg", "in", "out"))

_MXNET = [
    Initializer("mxnet", "Zero", "w = 0", _fixed(0.0), random=False),
    Initializer("mxnet", "One", "w = 1", _fixed(1.0), random=False),
    Initializer(
        "mxnet",
        "Constant",
        "w = value",
        _constant("value"),
        (Number("value", 0.5, -2.0, 2.0, 0.05, required=True),),
        random=False,
    ),
    Initializer(
        "mxnet",
        "Uniform",
        "w ~ U(−scale, scale)",
        lambda layer, given: laws.uniform(
            -_number(given, "scale"), _number(given, "scale")
        ),
        (Number("scale", 0.07, 0.0, 1.0, 0.01),),
    ),
    Initializer(
        "mxnet",
        "Normal",
        "w ~ N(0, sigma²)",
        lambda layer, given: laws.normal(0.0, _number(given, "sigma")),
        (Number("sigma", 0.01, 0.0, 1.0, 0.01),),
    ),
    Initializer(
        "mxnet",
        "Orthogonal",
        "W Wᵀ = scale² · I  (fan_out ≤ fan_in),  Wᵀ W = scale² · I  (fan_out > fan_in)",
        _orthogonal("scale"),
        (
            # 1.414 is the framework's default: 101 steps of this slider.
            Number("scale", 1.414, 0.0, 2.8, 0.014),
            Choice("rand_type", "uniform", ("uniform", "normal")),
        ),
    ),
    Initializer(
        "mxnet",
        "Xavier",
        "s = √(magnitude / fan);  uniform: w ~ U(−s, s);  gaussian: w ~ N(0, s²)",
        _xavier,
        (
            Choice("rnd_type", "uniform", ("uniform", "gaussian")),
            _FACTOR,
            Number("magnitude", 3.0, 0.0, 8.0, 0.25),
        ),
    ),
    Initializer(
        "mxnet",
        "MSRAPrelu",
        "w ~ N(0, σ²), σ = √(2 / (1 + slope²) / fan)",
        _prelu,
        (_FACTOR, Number("slope", 0.25, 0.0, 1.0, 0.05)),
    ),
    Initializer(
        "mxnet",
        "Bilinear",
        "w[·, ·, y, x] = (1 − |x/f − c|) · (1 − |y/f − c|)",
        _bilinear(slanted=False),
        kinds=("conv",),
        random=False,
    ),
    Initializer(
        "mxnet",
        "LSTMBias",
        "b = (0, forget_bias, 0, 0)",
        _gates,
        (Number("forget_bias", 1.0, -2.0, 4.0, 0.25),),
        kinds=("gates",),
        random=False,
    ),
    Initializer("mxnet", "FusedRNN", "", kinds=(), reason="fused-rnn"),
    Initializer("mxnet", "Load", "", kinds=(), reason="load"),
    Initializer("mxnet", "Mixed", "", kinds=(), reason="mixed"),
]


# TensorFlow: tf.keras.initializers. Each random one also takes a seed.

# The standard deviation of N(0, 1) cut at -2 and 2: Keras divides by it, so
# that what is left has the intended one.
_LEFT_BY_CUT = 0.87962566103423978


def _cut(mean: float, std: float) -> Law:
    """Return the normal that Keras draws anew beyond two standard deviations."""
    return laws.truncated_normal(mean, std, mean - 2 * std, mean + 2 * std)


def _variance_scaling(scale: float, mode: str, distribution: str) -> Theory:
    """Return a law of variance scale/fan; arguments that are given come first."""
    defaults: Arguments = {"scale": scale, "mode": mode, "distribution": distribution}

    def theory(layer: LayerShape, arguments: Arguments) -> Law:
        given = {**defaults, **arguments}
        std = math.sqrt(_number(given, "scale") / _fan(layer, given["mode"]))
        if given["distribution"] == "truncated_normal":
            return _cut(0.0, std / _LEFT_BY_CUT)
        return _centred(str(given["distribution"]), std)

    return theory


_CUT_FORMULA = "w ~ N(0, s²) | −2s ≤ w ≤ 2s, s = {std} / 0.8796"

_TENSORFLOW = [
    Initializer("tensorflow", "Zeros", "w = 0", _fixed(0.0), random=False),
    Initializer("tensorflow", "Ones", "w = 1", _fixed(1.0), random=False),
    Initializer(
        "tensorflow",
        "Constant",
        "w = value",
        _constant("value"),
        (Number("value", 0, -2.0, 2.0, 0.05),),
        random=False,
    ),
    Initializer(
        "tensorflow",
        "RandomUniform",
        "w ~ U(minval, maxval)",
        _uniform("minval", "maxval"),
        (
            Number("minval", -0.05, -1.0, 1.0, 0.01),
            Number("maxval", 0.05, -1.0, 1.0, 0.01),
        ),
        settle=_ordered("minval", "maxval"),
    ),
    Initializer(
        "tensorflow",
        "RandomNormal",
        "w ~ N(mean, stddev²)",
        _normal("mean", "stddev"),
        (_MEAN, Number("stddev", 0.05, 0.0, 1.0, 0.01)),
    ),
    Initializer(
        "tensorflow",
        "TruncatedNormal",
        "w ~ N(mean, stddev²) | −2 · stddev ≤ w − mean ≤ 2 · stddev",
        lambda layer, given: _cut(_number(given, "mean"), _number(given, "stddev")),
        (_MEAN, Number("stddev", 0.05, 0.0, 1.0, 0.01)),
    ),
    Initializer(
        "tensorflow",
        "VarianceScaling",
        "σ² = scale / fan;  uniform: w ~ U(−√3σ, √3σ);"
        "  untruncated_normal: w ~ N(0, σ²);"
        "  truncated_normal: w ~ N(0, s²) | −2s ≤ w ≤ 2s, s = σ / 0.8796",
        _variance_scaling(1.0, "fan_in", "truncated_normal"),
        (
            Number("scale", 1.0, 0.05, 4.0, 0.05),
            Choice("mode", "fan_in", ("fan_in", "fan_out", "fan_avg")),
            Choice(
                "distribution",
                "truncated_normal",
                ("truncated_normal", "untruncated_normal", "uniform"),
            ),
        ),
    ),
    Initializer(
        "tensorflow",
        "GlorotUniform",
        "w ~ U(−c, c), c = √(6 / (fan_in + fan_out))",
        _variance_scaling(1.0, "fan_avg", "uniform"),
    ),
    Initializer(
        "tensorflow",
        "GlorotNormal",
        _CUT_FORMULA.format(std="√(2 / (fan_in + fan_out))"),
        _variance_scaling(1.0, "fan_avg", "truncated_normal"),
    ),
    Initializer(
        "tensorflow",
        "HeUniform",
        "w ~ U(−c, c), c = √(6 / fan_in)",
        _variance_scaling(2.0, "fan_in", "uniform"),
    ),
    Initializer(
        "tensorflow",
        "HeNormal",
        _CUT_FORMULA.format(std="√(2 / fan_in)"),
        _variance_scaling(2.0, "fan_in", "truncated_normal"),
    ),
    Initializer(
        "tensorflow",
        "LecunUniform",
        "w ~ U(−c, c), c = √(3 / fan_in)",
        _variance_scaling(1.0, "fan_in", "uniform"),
    ),
    Initializer(
        "tensorflow",
        "LecunNormal",
        _CUT_FORMULA.format(std="√(1 / fan_in)"),
        _variance_scaling(1.0, "fan_in", "truncated_normal"),
    ),
    Initializer(
        "tensorflow",
        "Orthogonal",
        "Wᵀ W = gain² · I  (fan_out ≤ fan_in),  W Wᵀ = gain² · I  (fan_out > fan_in)",
        _orthogonal("gain"),
        (_GAIN,),
    ),
    Initializer(
        "tensorflow",
        "Identity",
        "w[i, j] = gain · [i = j]",
        _identity,
        (_GAIN,),
        kinds=("dense",),
        random=False,
    ),
]


# Paddle: paddle.nn.initializer. A rule that depends on the fans also takes
# them as arguments; left out, they are the tensor's own.


def _not_too_far(layer: LayerShape, arguments: Arguments) -> Arguments:
    """Keep the mean within two standard deviations of the bounds.

    Beyond, Paddle says, and it is so, that the draws are wrong.
    """
    reach = 2 * _number(arguments, "std")
    low, high = _number(arguments, "a") - reach, _number(arguments, "b") + reach
    mean = min(max(_number(arguments, "mean"), low), high)
    return {**arguments, "mean": round(mean, 6)}


_PADDLE_KAIMING_ARGUMENTS = (
    Number("negative_slope", 0.0, 0.0, 2.5, 0.05),
    Choice("nonlinearity", "relu", _NONLINEARITIES),
    _FANS,
)

_PADDLE = [
    Initializer(
        "paddle",
        "Constant",
        "w = value",
        _constant("value"),
        (Number("value", 0.0, -2.0, 2.0, 0.05),),
        random=False,
    ),
    Initializer(
        "paddle",
        "Uniform",
        "w ~ U(low, high)",
        _uniform("low", "high"),
        (Number("low", -1.0, -2.0, 2.0, 0.05), Number("high", 1.0, -2.0, 2.0, 0.05)),
        settle=_ordered("low", "high"),
    ),
    Initializer(
        "paddle",
        "Normal",
        "w ~ N(mean, std²)",
        _normal("mean", "std"),
        (_MEAN, _STD),
    ),
    Initializer(
        "paddle",
        "TruncatedNormal",
        "w ~ N(mean, std²) | a ≤ w ≤ b",
        _truncated,
        _CUT_ARGUMENTS,
        settle=_not_too_far,
    ),
    Initializer(
        "paddle",
        "XavierUniform",
        "w ~ U(−c, c), c = gain · √(6 / (fan_in + fan_out))",
        _glorot("uniform"),
        (_GAIN,),
    ),
    Initializer(
        "paddle",
        "XavierNormal",
        "w ~ N(0, σ²), σ = gain · √(2 / (fan_in + fan_out))",
        _glorot("normal"),
        (_GAIN,),
    ),
    Initializer(
        "paddle",
        "KaimingUniform",
        "w ~ U(−c, c), c = gain · √(3 / fan)",
        _kaiming("uniform", "negative_slope"),
        _PADDLE_KAIMING_ARGUMENTS,
    ),
    Initializer(
        "paddle",
        "KaimingNormal",
        "w ~ N(0, σ²), σ = gain / √fan",
        _kaiming("normal", "negative_slope"),
        _PADDLE_KAIMING_ARGUMENTS,
    ),
    Initializer(
        "paddle",
        "Orthogonal",
        "Wᵀ W = gain² · I  (fan_out ≤ fan_in),  W Wᵀ = gain² · I  (fan_out > fan_in)",
        _orthogonal("gain"),
        (_GAIN,),
    ),
    Initializer(
        "paddle",
        "Dirac",
        "w[o, i, y, x] = [o = i] · [y = x = k // 2]",
        _dirac,
        (_GROUPS,),
        kinds=("conv",),
        settle=_dividing_groups,
        random=False,
    ),
    Initializer(
        "paddle",
        "Bilinear",
        # Paddle 3.3.1 takes y from the entry's number, divided by the side but
        # not rounded down: its kernel is not symmetric.
        "w[·, ·, y, x] = (1 − |x/f − c|) · (1 − |(y + x/k)/f − c|)",
        _bilinear(slanted=True),
        kinds=("conv",),
        random=False,
    ),
    Initializer("paddle", "Assign", "", kinds=(), reason="assign"),
]

CATALOGUE: dict[str, dict[str, Initializer]] = {
    "pytorch": {entry.name: entry for entry in _PYTORCH},
    "mxnet": {entry.name: entry for entry in _MXNET},
    "tensorflow": {entry.name: entry for entry in _TENSORFLOW},
    "paddle": {entry.name: entry for entry in _PADDLE},
}


# The order of a tensor's sides, where it is not outputs first.


def _outputs_first(layer: LayerShape) -> tuple[int, ...]:
    return layer.shape


def _outputs_last(layer: LayerShape) -> tuple[int, ...]:
    outputs, inputs, *window = layer.shape
    return (*window, inputs, outputs)


_SHAPES: dict[str, dict[str, Callable[[LayerShape], tuple[int, ...]]]] = {
    "pytorch": {},
    "mxnet": {},
    "tensorflow": {"dense": _outputs_last, "conv": _outputs_last},
    "paddle": {"dense": _outputs_last},
}


# The code that a student would write.


def _call(arguments: Arguments) -> str:
    return ", ".join(f"{name}={_literal(value)}" for name, value in arguments.items())


def _literal(value: Value) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value)


def _pytorch_code(entry: Initializer, layer: LayerShape, arguments: Arguments) -> str:
    made = f"nn.Linear({layer.inputs}, {layer.outputs})"
    if layer.kind == "conv":
        made = f"nn.Conv2d({layer.inputs}, {layer.outputs}, kernel_size={layer.kernel})"
    inside = ", ".join(part for part in ("layer.weight", _call(arguments)) if part)
    return f"from torch import nn\n\nlayer = {made}\nnn.init.{entry.name}({inside})\n"


def _mxnet_code(entry: Initializer, layer: LayerShape, arguments: Arguments) -> str:
    rule = f"init.{entry.name}({_call(arguments)})"
    start = "from mxnet import init\nfrom mxnet.gluon import "
    if layer.kind == "gates":
        return (
            f"{start}rnn\n\n"
            f"cell = rnn.LSTMCell({layer.outputs}, i2h_bias_initializer={rule})\n"
            "cell.initialize()\n"
        )
    made = f"nn.Dense({layer.outputs}, in_units={layer.inputs})"
    if layer.kind == "conv":
        made = (
            f"nn.Conv2D({layer.outputs}, kernel_size={layer.kernel},"
            f" in_channels={layer.inputs})"
        )
    return f"{start}nn\n\nlayer = {made}\nlayer.initialize({rule})\n"


def _tensorflow_code(
    entry: Initializer, layer: LayerShape, arguments: Arguments
) -> str:
    made, batch = f"Dense({layer.outputs}", f"(None, {layer.inputs})"
    if layer.kind == "conv":
        made = f"Conv2D({layer.outputs}, kernel_size={layer.kernel}"
        batch = f"(None, None, None, {layer.inputs})"
    return (
        "import tensorflow as tf\n\n"
        f"rule = tf.keras.initializers.{entry.name}({_call(arguments)})\n"
        f"layer = tf.keras.layers.{made}, kernel_initializer=rule)\n"
        f"layer.build({batch})\n"
    )


def _paddle_code(entry: Initializer, layer: LayerShape, arguments: Arguments) -> str:
    made = f"Linear({layer.inputs}, {layer.outputs}"
    if layer.kind == "conv":
        made = f"Conv2D({layer.inputs}, {layer.outputs}, kernel_size={layer.kernel}"
    return (
        "from paddle import nn\n\n"
        f"rule = nn.initializer.{entry.name}({_call(arguments)})\n"
        f"layer = nn.{made}, weight_attr=rule)\n"
    )


_CODE: dict[str, Callable[[Initializer, LayerShape, Arguments], str]] = {
    "pytorch": _pytorch_code,
    "mxnet": _mxnet_code,
    "tensorflow": _tensorflow_code,
    "paddle": _paddle_code,
}
