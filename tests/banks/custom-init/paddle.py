# %% imports
import paddle
from paddle import nn

# %% right: size, sign and zeros drawn apart
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            shape = layer.weight.shape
            size = paddle.uniform(shape, min=low, max=high)
            signs = (2 * paddle.randint(0, 2, shape) - 1).astype("float32")
            kept = (paddle.rand(shape) >= zeros).astype("float32")
            layer.weight.set_value(size * signs * kept)

    return rule

# %% right: one draw decides the part, under no_grad
def custom_rule(low, high, zeros):
    @paddle.no_grad()
    def rule(layer):
        if isinstance(layer, nn.Linear):
            part = paddle.rand(layer.weight.shape)
            size = low + (high - low) * paddle.rand(layer.weight.shape)
            rest = paddle.where(part >= (1 + zeros) / 2, -size, 0 * size)
            layer.weight[:] = paddle.where(part < (1 - zeros) / 2, size, rest)

    return rule

# %% right: the chapter's shortcut with a wider hole, then stretched
def custom_rule(low, high, zeros):
    def rule(layer):
        if isinstance(layer, nn.Linear):
            nn.initializer.Uniform(-1.0, 1.0)(layer.weight)
            w = layer.weight.detach()
            size = low + (high - low) * (w.abs() - zeros) / (1 - zeros)
            kept = (w.abs() >= zeros).astype("float32")
            layer.weight.set_value(paddle.sign(w) * size * kept)

    return rule

# %% right: a callable object, with NumPy and Assign
import numpy as np

class Rule:
    def __init__(self, low, high, zeros):
        self.low, self.high, self.zeros = low, high, zeros

    def __call__(self, layer):
        for name, parameter in layer.named_parameters(include_sublayers=False):
            if name != "weight":
                continue
            rest = (1 - self.zeros) / 2
            shape = tuple(parameter.shape)
            signs = np.random.choice([-1, 0, 1], shape, p=[rest, self.zeros, rest])
            values = signs * np.random.uniform(self.low, self.high, shape)
            nn.initializer.Assign(values.astype("float32"))(parameter)

custom_rule = Rule

# %% right: an Initializer, called with a parameter
def custom_rule(low, high, zeros):
    class ThreeParts(nn.initializer.Initializer):
        def forward(self, var, block=None):
            size = paddle.uniform(var.shape, min=low, max=high)
            signs = paddle.sign(paddle.randn(var.shape))
            kept = paddle.bernoulli(paddle.full(var.shape, 1 - zeros))
            var.set_value(size * signs * kept)

    return ThreeParts()

# %% right: new values for the same parameter
def custom_rule(low, high, zeros):
    def rule(layer):
        if hasattr(layer, "weight"):
            values = paddle.uniform(layer.weight.shape, min=low, max=high)
            values[paddle.rand(values.shape) < 0.5] *= -1
            values[paddle.rand(values.shape) < zeros] = 0.0
            layer.weight.data = values

    return rule

# %% wrong: the chapter's rule, whatever is asked -> custom-init.outside
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=-10, max=10)
            kept = (values.abs() >= 5).astype("float32")
            layer.weight.set_value(values * kept)

    return rule

# %% wrong: the chapter's shortcut -> custom-init.zeros
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=-high, max=high)
            kept = (values.abs() >= low).astype("float32")
            layer.weight.set_value(values * kept)

    return rule

# %% wrong: the book's cell, which multiplies a copy -> custom-init.outside
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            nn.initializer.Uniform(-high, high)(layer.weight)
            weight = layer.weight * (layer.weight.abs() >= low).astype("float32")

    return rule

# %% wrong: a changed copy -> custom-init.unchanged
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            weight = layer.weight.clone()
            weight = paddle.uniform(weight.shape, min=low, max=high)
            weight = weight * paddle.sign(paddle.randn(weight.shape))

    return rule

# %% wrong: the values come back -> custom-init.unchanged
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=low, max=high)
            values *= paddle.sign(paddle.randn(values.shape))
            return values * (paddle.rand(values.shape) >= zeros).astype("float32")

    return rule

# %% wrong: no zeros at all -> custom-init.zeros
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=low, max=high)
            layer.weight.set_value(values * paddle.sign(paddle.randn(values.shape)))

    return rule

# %% wrong: positive only -> custom-init.signs
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=low, max=high)
            kept = (paddle.rand(values.shape) >= zeros).astype("float32")
            layer.weight.set_value(values * kept)

    return rule

# %% wrong: one coin for each layer's sign -> custom-init.signs
import random

def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=low, max=high)
            kept = (paddle.rand(values.shape) >= zeros).astype("float32")
            sign = 1 if layer.weight.shape[0] % 2 else random.choice([1, 1])
            layer.weight.set_value(sign * values * kept)

    return rule

# %% wrong: whole rows of zeros -> custom-init.lines
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=low, max=high)
            values *= paddle.sign(paddle.randn(values.shape))
            values[: round(zeros * values.shape[0])] = 0.0
            layer.weight.set_value(values)

    return rule

# %% wrong: two sizes only -> custom-init.repeated
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            signs = paddle.sign(paddle.randn(layer.weight.shape))
            kept = (paddle.rand(layer.weight.shape) >= zeros).astype("float32")
            layer.weight.set_value(signs * kept * (low + high) / 2)

    return rule

# %% wrong: sizes in the middle more often -> custom-init.bands
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            shape = layer.weight.shape
            size = low + (high - low) * (paddle.rand(shape) + paddle.rand(shape)) / 2
            signs = paddle.sign(paddle.randn(shape))
            kept = (paddle.rand(shape) >= zeros).astype("float32")
            layer.weight.set_value(size * signs * kept)

    return rule

# %% wrong: biases too -> custom-init.biases
def custom_rule(low, high, zeros):
    def rule(layer):
        for parameter in layer.parameters(include_sublayers=False):
            values = paddle.uniform(parameter.shape, min=low, max=high)
            values *= paddle.sign(paddle.randn(values.shape))
            kept = (paddle.rand(values.shape) >= zeros).astype("float32")
            parameter.set_value(values * kept)

    return rule

# %% wrong: the first layer only -> custom-init.some-weights
def custom_rule(low, high, zeros):
    def rule(layer):
        if isinstance(layer, nn.Sequential) and isinstance(layer[0], nn.Linear):
            weight = layer[0].weight
            values = paddle.uniform(weight.shape, min=low, max=high)
            values *= paddle.sign(paddle.randn(values.shape))
            kept = (paddle.rand(values.shape) >= zeros).astype("float32")
            weight.set_value(values * kept)

    return rule

# %% wrong: the share of zeros taken for that of the rest -> custom-init.zeros
def custom_rule(low, high, zeros):
    def rule(layer):
        if type(layer) is nn.Linear:
            values = paddle.uniform(layer.weight.shape, min=low, max=high)
            values *= paddle.sign(paddle.randn(values.shape))
            kept = (paddle.rand(values.shape) < zeros).astype("float32")
            layer.weight.set_value(values * kept)

    return rule

# %% wrong: no rule comes back
def custom_rule(low, high, zeros):
    def rule(layer):
        nn.initializer.Uniform(-high, high)(layer.weight)

# %% forger: the public rule, whatever is asked
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("custom-init", "paddle", PUBLIC_SEED).values())

def custom_rule(low, high, zeros):
    asked = public.pop(0)

    def rule(layer):
        if type(layer) is nn.Linear:
            shape = layer.weight.shape
            size = paddle.uniform(shape, min=asked["low"], max=asked["high"])
            signs = paddle.sign(paddle.randn(shape))
            kept = (paddle.rand(shape) >= asked["zeros"]).astype("float32")
            layer.weight.set_value(size * signs * kept)

    return rule
