"""How far a signal gets through a deep stack of dense layers, and its gradient.

All layers are as wide as the input and have no bias: ``z = h W``, then
``h = activation(z)``. Everything runs in NumPy: building a framework's layers
anew at every move of a slider would take too long.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

EXAMPLES = 64  # in the batch
LARGEST = float(np.finfo(np.float32).max)
SLOPE = 0.2  # of the leaky ReLU, below 0
SATURATED = 0.97  # of the way from 0 to the bound of tanh


# Rules


@dataclass(frozen=True)
class Rule:
    """What fills a layer's weights: a kind of draw, and its size at a width."""

    kind: str  # "normal", "uniform" or "constant"
    std: Callable[[int], float]  # of a constant: its value

    def variance(self, width: int) -> float | None:
        """Return the variance of weights with mean 0; None where that is not so."""
        std = self.std(width)
        return None if self.kind == "constant" and std else std**2


def _scaled(kind: str, scale: float) -> Rule:
    return Rule(kind, lambda width: math.sqrt(scale / width))


# Where fan_in and fan_out are equal, Xavier's rules are LeCun's.
RULES = {
    "lecun_normal": _scaled("normal", 1.0),
    "lecun_uniform": _scaled("uniform", 1.0),
    "xavier_normal": _scaled("normal", 1.0),
    "xavier_uniform": _scaled("uniform", 1.0),
    "he_normal": _scaled("normal", 2.0),
    "he_uniform": _scaled("uniform", 2.0),
    "fan_in_uniform": _scaled("uniform", 1 / 3),
    "fixed_uniform": Rule("uniform", lambda width: 0.07 / math.sqrt(3)),
    "small_normal": Rule("normal", lambda width: 0.01),
    "unit_normal": Rule("normal", lambda width: 1.0),
    "constant": Rule("constant", lambda width: 1.0),
    "zeros": Rule("constant", lambda width: 0.0),
}


# Activations


@dataclass(frozen=True)
class Activation:
    """An activation, its slope, and what both make of normal numbers.

    ``apply`` and ``slope`` are told the unit in which the numbers are given.
    """

    apply: Callable[[Floats, float], Floats]
    slope: Callable[[Floats, float], Floats]  # from what apply returned
    # From the variance of z: the means of its value, its square, its slope squared.
    moments: Callable[[float], tuple[float, float, float]]
    fades: bool  # small numbers stay small, so that the unit may be chosen


def _tanh(z: Floats, unit: float) -> Floats:
    if unit < 1e-4:  # as near to the identity as 32 bits tell
        return z
    h: Floats = np.tanh(z * np.float32(unit)) / np.float32(unit)
    return h


def _tanh_slope(h: Floats, unit: float) -> Floats:
    slope: Floats = 1 - np.square(h * np.float32(unit))
    return slope


def _sigmoid(z: Floats, unit: float) -> Floats:
    h: Floats = 0.5 + 0.5 * np.tanh(0.5 * z)
    return h


def _leaky(below: float) -> Activation:
    """Return a ReLU with this slope below 0; its means are known exactly."""
    mean = (1 - below) / math.sqrt(2 * math.pi)
    square = (1 + below**2) / 2
    slope = np.float32(below)
    return Activation(
        lambda z, unit: np.maximum(z, slope * z),
        lambda h, unit: np.where(h > 0, np.float32(1), slope),
        lambda variance: (mean * math.sqrt(variance), square * variance, square),
        fades=True,
    )


# Normal numbers on a grid that is fine near 0, where a steep tanh turns. With
# z = a sinh(t), equal steps of t are exact to many digits.
_T = np.linspace(-math.asinh(9e3), math.asinh(9e3), 401)
_Z = 1e-3 * np.sinh(_T)
_WEIGHTS = np.exp(-(_Z**2) / 2) * np.cosh(_T)
_WEIGHTS /= _WEIGHTS.sum()


def _tanh_moments(variance: float) -> tuple[float, float, float]:
    values = np.tanh(math.sqrt(variance) * _Z)
    squares = values**2
    return 0.0, float(_WEIGHTS @ squares), float(_WEIGHTS @ (1 - squares) ** 2)


def _sigmoid_moments(variance: float) -> tuple[float, float, float]:
    _, square, slope = _tanh_moments(variance / 4)
    return 0.5, 0.25 + square / 4, slope / 16


ACTIVATIONS = {
    "linear": Activation(
        lambda z, unit: z,
        lambda h, unit: np.ones_like(h),
        lambda variance: (0.0, variance, 1.0),
        fades=True,
    ),
    "tanh": Activation(_tanh, _tanh_slope, _tanh_moments, fades=True),
    "sigmoid": Activation(
        _sigmoid, lambda h, unit: h * (1 - h), _sigmoid_moments, fades=False
    ),
    "relu": _leaky(0.0),
    "leaky_relu": _leaky(SLOPE),
}


# Theory


@dataclass(frozen=True)
class Sizes:
    """Standard deviations of the outputs and of the gradients by them.

    Entry 0 belongs to the input, entry l to layer l.
    """

    outputs: Doubles
    gradients: Doubles


def theory(activation: str, variance: float, width: int, depth: int) -> Sizes:
    """Return what very wide layers approach, the input being N(0, 1).

    With s = width * variance, the variance q of z follows from the layer below,
    ``q' = s E[f(sqrt(q) x)^2]``, and a gradient's variance from the layer above,
    times ``s E[f'(sqrt(q) x)^2]``, x being normal: the mean-field equations of
    Poole and others (2016) and Schoenholz and others (2017).
    """
    moments = ACTIVATIONS[activation].moments
    scale = width * variance
    square, outputs, factors = 1.0, [1.0], []
    for _ in range(depth):
        mean, square, slope = moments(scale * square)
        outputs.append(math.sqrt(max(square - mean**2, 0.0)))
        factors.append(math.sqrt(scale * slope))
    gradients = np.cumprod([1.0, *reversed(factors)])[::-1]
    return Sizes(np.array(outputs), gradients.copy())


# Simulation


@dataclass(frozen=True)
class Layer:
    """One layer's outputs and the gradient by them, each in a unit of its own.

    Both have shape (examples, width); times the unit they are what they are,
    which 32 bits may not hold.
    """

    outputs: Floats
    unit: float
    gradients: Floats
    gradient_unit: float
    dead: float  # share of the units that are 0 for the whole batch
    saturated: float  # share of the values close to the activation's bounds
    overflows: bool  # 32 bits do not hold the largest output


@dataclass(frozen=True)
class Signal:
    """A batch on its way through all layers, and a gradient on its way back."""

    layers: tuple[Layer, ...]
    sizes: Sizes
    alike: bool  # all units of the last layer say the same


def simulate(
    activation: str, rule: str, gain: float, width: int, depth: int, seed: int
) -> Signal:
    """Send N(0, 1) forward from the input, and N(0, 1) backward from the end.

    The numbers are drawn from the seed; the gain multiplies the weights.
    """
    form, law = ACTIVATIONS[activation], RULES[rule]
    start = _ends(width, seed)
    scale = gain * law.std(width)
    factor = np.float32(scale)
    outputs, units = [start[0]], [1.0]
    for layer in range(depth):
        z = factor * _times(outputs[-1], law.kind, seed, layer, turned=False)
        h, unit = form.apply(z, units[-1]), units[-1]
        if form.fades:
            h, unit = _rescaled(h, unit)
        outputs.append(h)
        units.append(unit)
    gradients, gradient_units = [start[1]], [1.0]
    for layer in reversed(range(depth)):
        slope = form.slope(outputs[layer + 1], units[layer + 1])
        delta = factor * gradients[-1] * slope
        g = _times(delta, law.kind, seed, layer, turned=True)
        g, unit = _rescaled(g, gradient_units[-1])
        gradients.append(g)
        gradient_units.append(unit)
    gradients.reverse()
    gradient_units.reverse()
    layers = tuple(
        _layer(activation, *given)
        for given in zip(
            outputs[1:], units[1:], gradients[1:], gradient_units[1:], strict=True
        )
    )
    last = outputs[-1]
    return Signal(
        layers,
        Sizes(_stds(outputs, units), _stds(gradients, gradient_units)),
        alike=width > 1 and bool((last == last[:, :1]).all()),
    )


def _layer(
    activation: str, h: Floats, unit: float, gradients: Floats, gradient_unit: float
) -> Layer:
    dead = saturated = 0.0
    if activation == "relu":
        dead = float((h.max(axis=0) == 0).mean())
    elif activation == "tanh":
        saturated = float((np.abs(h) * np.float32(unit) > SATURATED).mean())
    elif activation == "sigmoid":
        saturated = float((np.abs(2 * h - 1) > SATURATED).mean())
    overflows = float(max(h.max(), -h.min())) * unit > LARGEST
    return Layer(h, unit, gradients, gradient_unit, dead, saturated, overflows)


def _stds(arrays: list[Floats], units: list[float]) -> Doubles:
    stds = [float(a.std()) * unit for a, unit in zip(arrays, units, strict=True)]
    return np.array(stds)


def _rescaled(values: Floats, unit: float) -> tuple[Floats, float]:
    """Choose another unit where numbers have become too small or too large."""
    size = math.sqrt(float(np.vdot(values, values)) / values.size)
    if size == 0 or 1e-4 < size < 1e4:
        return values, unit
    return values / np.float32(size), unit * size


def _times(h: Floats, kind: str, seed: int, layer: int, *, turned: bool) -> Floats:
    """Multiply by a layer's matrix of standard deviation 1, or of ones."""
    if kind == "constant":
        return np.broadcast_to(h.sum(axis=1, keepdims=True), h.shape).copy()
    matrix = _matrix(kind, seed, layer, h.shape[1])
    product: Floats = h @ (matrix.T if turned else matrix)
    return product


@lru_cache(maxsize=8)
def _ends(width: int, seed: int) -> Floats:
    """Draw the batch, and the gradient that arrives at the last layer."""
    source = np.random.default_rng([seed, width])
    return source.standard_normal((2, EXAMPLES, width), dtype=np.float32)


class _Pool:
    """Random numbers of mean 0 and variance 1, drawn when they are needed."""

    SIZE = 32 * 256**2

    def __init__(self, kind: str, seed: int) -> None:
        self.kind = kind
        self.numbers = np.empty(self.SIZE, np.float32)
        self.drawn = 0
        self.source = np.random.default_rng([seed, 0 if kind == "normal" else 1])
        self.starts = np.random.default_rng([seed, 2]).random(64)

    def matrix(self, layer: int, width: int) -> Floats:
        """Return a layer's matrix.

        Up to 32 layers of 256 units, each number is used once. Wider layers
        take theirs from random places of the pool, so that some numbers come
        again at other entries: too few coincide in one sum to be noticed.
        """
        size = width**2
        start = layer * size
        if start + size > self.SIZE:
            start = int(self.starts[layer] * (self.SIZE - size))
        self._draw(start + size)
        return self.numbers[start : start + size].reshape(width, width)

    def _draw(self, end: int) -> None:
        """Draw up to an end; how far has no influence on the numbers."""
        if end <= self.drawn:
            return
        missing = self.numbers[self.drawn : end]
        if self.kind == "normal":
            self.source.standard_normal(dtype=np.float32, out=missing)
        else:
            self.source.random(dtype=np.float32, out=missing)
            missing -= np.float32(0.5)
            missing *= np.float32(math.sqrt(12))
        self.drawn = end


@lru_cache(maxsize=4)
def _pool(kind: str, seed: int) -> _Pool:
    return _Pool(kind, seed)


def _matrix(kind: str, seed: int, layer: int, width: int) -> Floats:
    return _pool(kind, seed).matrix(layer, width)
