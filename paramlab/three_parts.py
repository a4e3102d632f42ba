"""A rule in three parts: a weight is negative, zero or positive by chance.

The book's rule of its own is U(-10, -5) with probability 1/4, 0 with
probability 1/2, and U(5, 10) with probability 1/4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from paramlab.laws import Law


@dataclass(frozen=True)
class Side:
    """The weights of one sign: their probability, and bounds of their size."""

    share: float
    inner: float
    outer: float


@dataclass(frozen=True)
class ThreeParts:
    """U(-outer, -inner), 0 and U(inner, outer), each with its probability.

    The shares of the sides are at most 1 together; zeros are the rest.
    """

    left: Side
    right: Side

    @property
    def zeros(self) -> float:
        """Return the probability of the part that is 0."""
        return max(0.0, round(1.0 - self.left.share - self.right.share, 9))

    @cached_property
    def law(self) -> Law:
        """Return the law of one weight."""
        atoms = {0.0: self.zeros}
        edges: list[float] = []
        shares: list[float] = []
        ends = (
            (self.left.share, -self.left.outer, -self.left.inner),
            (self.right.share, self.right.inner, self.right.outer),
        )
        for share, low, high in ends:
            if share == 0:
                continue
            if low == high:
                atoms[low + 0.0] = atoms.get(low + 0.0, 0.0) + share
                continue
            if edges and edges[-1] < low:
                shares.append(0.0)  # the gap between the sides
            edges += [low, high] if not edges or edges[-1] < low else [high]
            shares.append(share)
        spread = (
            stats.rv_histogram((np.array(shares), np.array(edges)), density=False)
            if edges
            else None
        )
        kept = sorted((value, p) for value, p in atoms.items() if p > 0)
        return Law(spread, tuple(kept))

    @property
    def size(self) -> float:
        """Return the root mean square of a weight."""
        return math.hypot(self.law.mean, self.law.std)

    def gain(self, inputs: int) -> float:
        """Return how many times as large a dense layer makes a signal.

        Inputs of mean 0 and variance 1 give outputs of variance
        inputs · E[w²]: a rule of std 1/sqrt(inputs) has the gain 1.
        """
        return math.sqrt(inputs) * self.size

    def weights(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weights at places of the distribution, from 0 to 1."""
        left, right = self.left, self.right
        below, above = left.share, max(left.share, 1.0 - right.share)
        rates = [
            (side.outer - side.inner) / side.share if side.share else 0.0
            for side in (left, right)
        ]
        on_left = np.where(places < below, places * rates[0] - left.outer, 0)
        on_right = (places - 1) * rates[1] + right.outer
        weights = np.where(places >= above, on_right, on_left)
        return weights.astype(np.float32, copy=False)

    def code(self, framework: str, inputs: int, outputs: int) -> str:
        """Return the code that fills a dense layer by this rule."""
        return _CODE[framework](self, inputs, outputs)

    @property
    def _numbers(self) -> dict[str, str]:
        left, right = self.left, self.right
        return {
            "left": f"{_literal(-left.outer)}, {_literal(-left.inner)}",
            "right": f"{_literal(right.inner)}, {_literal(right.outer)}",
            "below": _literal(left.share),
            "above": _literal(1.0 - right.share),
        }


BOOK = ThreeParts(Side(0.25, 5.0, 10.0), Side(0.25, 5.0, 10.0))


def _literal(value: float) -> str:
    return f"{value + 0.0:.4g}"


# The code that a student would write.

_PYTORCH = """\
import torch
from torch import nn

def my_rule(module):
    if type(module) is nn.Linear:
        shape = module.weight.shape
        part = torch.rand(shape)
        left = torch.empty(shape).uniform_({left})
        right = torch.empty(shape).uniform_({right})
        weight = torch.where(part < {below}, left, 0.0)
        weight = torch.where(part >= {above}, right, weight)
        with torch.no_grad():
            module.weight.copy_(weight)

layer = nn.Linear({inputs}, {outputs})
layer.apply(my_rule)
"""

_MXNET = """\
from mxnet import init, np, npx
from mxnet.gluon import nn

npx.set_np()

class MyRule(init.Initializer):
    def _init_weight(self, name, data):
        part = np.random.uniform(size=data.shape)
        left = np.random.uniform({left}, data.shape)
        right = np.random.uniform({right}, data.shape)
        data[:] = left * (part < {below}) + right * (part >= {above})

layer = nn.Dense({outputs}, in_units={inputs})
layer.initialize(MyRule())
"""

_TENSORFLOW = """\
import tensorflow as tf

class MyRule(tf.keras.initializers.Initializer):
    def __call__(self, shape, dtype=tf.float32):
        part = tf.random.uniform(shape, dtype=dtype)
        left = tf.random.uniform(shape, {left}, dtype)
        right = tf.random.uniform(shape, {right}, dtype)
        weight = tf.where(part < {below}, left, 0.0)
        return tf.where(part >= {above}, right, weight)

layer = tf.keras.layers.Dense({outputs}, kernel_initializer=MyRule())
layer.build((None, {inputs}))
"""

_PADDLE = """\
import paddle
from paddle import nn

def my_rule(layer):
    if type(layer) is nn.Linear:
        shape = layer.weight.shape
        part = paddle.rand(shape)
        left = paddle.uniform(shape, 'float32', {left})
        right = paddle.uniform(shape, 'float32', {right})
        weight = paddle.where(part < {below}, left, paddle.zeros(shape))
        weight = paddle.where(part >= {above}, right, weight)
        layer.weight.set_value(weight)

layer = nn.Linear({inputs}, {outputs})
layer.apply(my_rule)
"""


def _filled(template: str) -> Callable[[ThreeParts, int, int], str]:
    def code(rule: ThreeParts, inputs: int, outputs: int) -> str:
        return template.format(**rule._numbers, inputs=inputs, outputs=outputs)

    return code


_CODE = {
    "pytorch": _filled(_PYTORCH),
    "mxnet": _filled(_MXNET),
    "tensorflow": _filled(_TENSORFLOW),
    "paddle": _filled(_PADDLE),
}
