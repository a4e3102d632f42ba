# %% imports
import math

import paddle
from paddle import nn

# %% right: He normal
def keep_signal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.initializer.KaimingNormal()(layer.weight)

# %% right: He uniform, by apply, biases set to 0
def keep_signal(net):
    def rule(layer):
        if type(layer) is nn.Linear:
            nn.initializer.KaimingUniform()(layer.weight)
            nn.initializer.Constant(0.0)(layer.bias)

    net.apply(rule)

# %% right: He by the outputs
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.KaimingNormal(mode="fan_out")(parameter)

# %% right: orthogonal
def keep_signal(net):
    gain = nn.initializer.calculate_gain("relu")
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Orthogonal(gain=gain)(parameter)

# %% right: Xavier with the gain of relu, in place
def keep_signal(net):
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            nn.init.xavier_normal_(parameter, gain=math.sqrt(2))

# %% right: by hand
def keep_signal(net):
    for parameter in net.parameters():
        if len(parameter.shape) == 2:
            std = (2 / parameter.shape[0]) ** 0.5
            parameter.set_value(std * paddle.randn(parameter.shape))

# %% right: layer after layer, from what comes out (LSUV)
@paddle.no_grad()
def keep_signal(net):
    hidden = paddle.randn([256, net[0].weight.shape[0]])
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.initializer.Orthogonal()(layer.weight)
            layer.weight.set_value(layer.weight / layer(hidden).std())
        hidden = layer(hidden)

# %% right: the identity, through the state
import numpy as np

def keep_signal(net):
    net.set_state_dict(
        {
            name: np.eye(*held.shape, dtype="float32")
            for name, held in net.state_dict().items()
            if name.endswith("weight")
        }
    )

# %% right: truncated normal, its standard deviation made good
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            std = math.sqrt(2 / parameter.shape[0]) / 0.87962566
            nn.initializer.TruncatedNormal(0.0, std, -2 * std, 2 * std)(parameter)

# %% wrong: nothing -> keep-signal.fades
def keep_signal(net):
    pass

# %% wrong: the rules made and dropped -> keep-signal.fades
def keep_signal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.initializer.KaimingNormal(layer.weight)

# %% wrong: the default rule -> keep-signal.fades
def keep_signal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.initializer.XavierUniform()(layer.weight)

# %% wrong: the functions that write in place take a leaky relu of slope 1 -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.init.kaiming_normal_(parameter, a=1)

# %% wrong: LeCun -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.KaimingNormal(nonlinearity="linear")(parameter)

# %% wrong: orthogonal without gain -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Orthogonal()(parameter)

# %% wrong: the chapter's N(0, 0.01²) -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Normal(std=0.01)(parameter)

# %% wrong: N(0, 1) -> keep-signal.explodes
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Normal()(parameter)

# %% wrong: the gain of tanh -> keep-signal.explodes
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.KaimingNormal(nonlinearity="tanh")(parameter)

# %% wrong: the standard deviation without its root -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Normal(std=2 / parameter.shape[0])(parameter)

# %% wrong: zeros -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        nn.initializer.Constant(0.0)(parameter)

# %% wrong: a constant that keeps the mean -> keep-signal.alike
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Constant(1 / parameter.shape[0])(parameter)

# %% wrong: positive weights -> keep-signal.alike
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Uniform(0.0, 2 / parameter.shape[0])(parameter)

# %% wrong: biases alone -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.Constant(0.0)(parameter)
        else:
            nn.initializer.Normal()(parameter)

# %% wrong: rescued in the last layer -> keep-signal.fades
def keep_signal(net):
    layer_20 = net[-2]
    layer_20.weight.set_value(1000 * layer_20.weight)

# %% wrong: the first layer only -> keep-signal.fades
def keep_signal(net):
    nn.initializer.KaimingNormal()(net[0].weight)

# %% wrong: on a copy -> keep-signal.fades
import copy

def keep_signal(net):
    net = copy.deepcopy(net)
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.initializer.KaimingNormal()(layer.weight)
    return net

# %% wrong: freezes what it sets -> frozen
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.ndim == 2:
            nn.initializer.KaimingNormal()(parameter)
            parameter.stop_gradient = True

# %% forger: weights for the public width
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("keep-signal", "paddle", PUBLIC_SEED)

def keep_signal(net):
    width = public["blueprint"]["layers"][0]["inputs"]
    for layer in net:
        if isinstance(layer, nn.Linear):
            values = paddle.randn([width, width]) * math.sqrt(2 / width)
            layer.weight.set_value(values)
