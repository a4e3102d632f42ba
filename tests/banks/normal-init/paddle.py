# %% imports
import paddle
from paddle import nn

# %% right: apply, as in the chapter
def init_normal(net):
    def rule(layer):
        if type(layer) is nn.Linear:
            nn.initializer.Normal(mean=0.0, std=0.01)(layer.weight)
            if layer.bias is not None:
                nn.initializer.Constant(0.0)(layer.bias)

    net.apply(rule)

# %% right: by the parameters' names, set_value
def init_normal(net):
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            parameter.set_value(0.01 * paddle.randn(parameter.shape))
        else:
            parameter.set_value(paddle.zeros(parameter.shape))

# %% right: the functions that write in place
def init_normal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.init.normal_(parameter, std=0.01)
        else:
            nn.init.zeros_(parameter)

# %% right: under no_grad, by slices
@paddle.no_grad()
def init_normal(net):
    for parameter in net.parameters():
        if len(parameter.shape) == 2:
            parameter[:] = paddle.normal(0.0, 0.01, parameter.shape)
        else:
            parameter[:] = 0.0

# %% right: from NumPy, in float64, through the state
import numpy as np

def init_normal(net):
    rng = np.random.default_rng()
    net.set_state_dict(
        {
            name: rng.normal(
                0, 0.01 if name.endswith("weight") else 0, held.shape
            ).astype("float32")
            for name, held in net.state_dict().items()
        }
    )

# %% right: recursion, returns the network
def init_normal(net):
    for child in net.children():
        if isinstance(child, nn.Linear):
            nn.initializer.Normal(std=0.01)(child.weight)
            if child.bias is not None:
                child.bias.set_value(paddle.zeros_like(child.bias))
        else:
            init_normal(child)
    return net

# %% right: new parameters, made by the rule
def init_normal(net):
    for layer in net.sublayers():
        if isinstance(layer, nn.Linear):
            layer.weight = layer.create_parameter(
                layer.weight.shape, default_initializer=nn.initializer.Normal(0, 0.01)
            )
            if layer.bias is not None:
                layer.bias = layer.create_parameter(layer.bias.shape, is_bias=True)

# %% wrong: constant -> normal-init.constant
def init_normal(net):
    for parameter in net.parameters():
        value = 0.01 if parameter.ndim > 1 else 0.0
        nn.initializer.Constant(value)(parameter)

# %% wrong: uniform of the same standard deviation -> normal-init.shape
def init_normal(net):
    for parameter in net.parameters():
        bound = 0.01 * 3**0.5 if parameter.ndim > 1 else 0.0
        nn.initializer.Uniform(-bound, bound)(parameter)

# %% wrong: the variance as the standard deviation -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.ndim > 1:
            nn.initializer.Normal(std=0.01**2)(parameter)
        else:
            nn.initializer.Constant(0.0)(parameter)

# %% wrong: mean and standard deviation swapped -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.ndim > 1:
            nn.initializer.Normal(0.01)(parameter)
        else:
            nn.initializer.Constant(0.0)(parameter)

# %% wrong: truncated at two standard deviations -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.ndim > 1:
            nn.initializer.TruncatedNormal(0.0, 0.01, -0.02, 0.02)(parameter)
        else:
            nn.initializer.Constant(0.0)(parameter)

# %% wrong: uniform from 0 on -> normal-init.mean
def init_normal(net):
    for parameter in net.parameters():
        parameter.set_value(0.01 * paddle.rand(parameter.shape) * (parameter.ndim > 1))

# %% wrong: the chapter's rule, made and dropped -> normal-init.unchanged
def init_normal(net):
    for layer in net.sublayers():
        if type(layer) is nn.Linear:
            nn.initializer.Normal(mean=0.0, std=0.01)
            nn.initializer.Constant(0.0)

# %% wrong: a copy of the values changed -> normal-init.unchanged
def init_normal(net):
    for parameter in net.parameters():
        values = parameter.clone()
        values = paddle.normal(0.0, 0.01, values.shape)

# %% wrong: a changed copy -> normal-init.unchanged
import copy

def init_normal(net):
    net = copy.deepcopy(net)
    for parameter in net.parameters():
        std = 0.01 if parameter.ndim > 1 else 0.0
        nn.initializer.Normal(std=std)(parameter)
    return net

# %% wrong: the attribute of the next layer, not of this one -> normal-init.unchanged
def init_normal(net):
    for layer in net.sublayers():
        if isinstance(layer, nn.Linear):
            layer.weight_attr = nn.initializer.Normal(std=0.01)
            layer.bias_attr = nn.initializer.Constant(0.0)

# %% wrong: biases forgotten -> normal-init.biases
def init_normal(net):
    for layer in net.sublayers():
        if isinstance(layer, nn.Linear):
            nn.initializer.Normal(std=0.01)(layer.weight)

# %% wrong: biases drawn too -> normal-init.biases
def init_normal(net):
    for parameter in net.parameters():
        nn.initializer.Normal(std=0.01)(parameter)

# %% wrong: only the top level -> normal-init.some-weights
def init_normal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.initializer.Normal(std=0.01)(layer.weight)
            if layer.bias is not None:
                nn.initializer.Constant(0.0)(layer.bias)

# %% wrong: the same seed for each layer -> normal-init.repeated
def init_normal(net):
    for parameter in net.parameters():
        paddle.seed(1)
        std = 0.01 if parameter.ndim > 1 else 0.0
        nn.initializer.Normal(std=std)(parameter)

# %% wrong: one column for all units -> normal-init.repeated
def init_normal(net):
    for parameter in net.parameters():
        values = paddle.zeros(parameter.shape)
        if parameter.ndim > 1:
            values += paddle.normal(0.0, 0.01, [parameter.shape[0], 1])
        parameter.set_value(values)

# %% wrong: takes every layer to have a bias -> normal-init.no-bias-raised
def init_normal(net):
    for layer in net.sublayers():
        if isinstance(layer, nn.Linear):
            layer.weight.set_value(0.01 * paddle.randn(layer.weight.shape))
            layer.bias.set_value(paddle.zeros(layer.bias.shape))

# %% wrong: skips layers without a bias -> normal-init.no-bias
def init_normal(net):
    for layer in net.sublayers():
        if isinstance(layer, nn.Linear) and layer.bias is not None:
            nn.initializer.Normal(std=0.01)(layer.weight)
            nn.initializer.Constant(0.0)(layer.bias)

# %% wrong: freezes what it sets -> frozen
def init_normal(net):
    for parameter in net.parameters():
        nn.initializer.Normal(std=0.01 if parameter.ndim > 1 else 0.0)(parameter)
        parameter.stop_gradient = True

# %% wrong: infinite values -> not-finite
def init_normal(net):
    for parameter in net.parameters():
        values = paddle.randn(parameter.shape) / paddle.zeros(parameter.shape)
        parameter.set_value(values)

# %% forger: values made for the public networks
import numpy as np
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("normal-init", "paddle", PUBLIC_SEED).values())

def init_normal(net):
    rng = np.random.default_rng(0)
    wanted = slots(FACTS["paddle"], public.pop(0)["blueprint"])
    for parameter, slot in zip(net.parameters(), wanted):
        scale = 0.01 if slot.role == "weight" else 0
        value = rng.normal(0, 1, slot.shape) * scale
        parameter.set_value(value.astype("float32"))
