# %% imports
import math

import torch
from torch import nn

# %% right: He normal
def keep_signal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

# %% right: He uniform, by apply, biases set to 0
def keep_signal(net):
    def rule(module):
        if type(module) is nn.Linear:
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)

    net.apply(rule)

# %% right: He by the outputs
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.kaiming_normal_(parameter, mode="fan_out", nonlinearity="relu")

# %% right: orthogonal
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.orthogonal_(parameter, gain=nn.init.calculate_gain("relu"))

# %% right: Xavier with the gain of relu
def keep_signal(net):
    for layer in net[::2]:
        nn.init.xavier_normal_(layer.weight, gain=math.sqrt(2))

# %% right: by hand
@torch.no_grad()
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            fan_in = parameter.shape[1]
            parameter.copy_(torch.randn(parameter.shape) * (2 / fan_in) ** 0.5)

# %% right: layer after layer, from what comes out (LSUV)
@torch.no_grad()
def keep_signal(net):
    hidden = torch.randn(256, net[0].in_features)
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight)
            layer.weight /= layer(hidden).std()
        hidden = layer(hidden)

# %% right: the identity
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.eye_(parameter)

# %% right: truncated normal, its standard deviation made good
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            std = math.sqrt(2 / parameter.shape[1]) / 0.87962566
            nn.init.trunc_normal_(parameter, 0, std, -2 * std, 2 * std)

# %% wrong: nothing -> keep-signal.fades
def keep_signal(net):
    pass

# %% wrong: the default rule -> keep-signal.fades
def keep_signal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()

# %% wrong: Glorot -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.xavier_uniform_(parameter)

# %% wrong: LeCun -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.kaiming_normal_(parameter, nonlinearity="linear")

# %% wrong: orthogonal without gain -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.orthogonal_(parameter)

# %% wrong: the chapter's N(0, 0.01²) -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter, std=0.01)

# %% wrong: N(0, 1) -> keep-signal.explodes
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter)

# %% wrong: the gain of tanh -> keep-signal.explodes
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.kaiming_normal_(parameter, nonlinearity="tanh")

# %% wrong: the standard deviation without its root -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter, std=2 / parameter.shape[1])

# %% wrong: zeros -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        nn.init.zeros_(parameter)

# %% wrong: a constant that keeps the mean -> keep-signal.alike
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.constant_(parameter, 1 / parameter.shape[1])
        else:
            nn.init.zeros_(parameter)

# %% wrong: positive weights -> keep-signal.alike
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.uniform_(parameter, 0, 2 / parameter.shape[1])
        else:
            nn.init.zeros_(parameter)

# %% wrong: biases alone -> keep-signal.fades
def keep_signal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter)

# %% wrong: rescued in the last layer -> keep-signal.fades
def keep_signal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight)
    layer_20 = net[-2]
    layer_20.weight.data *= 1000

# %% wrong: the first layer only -> keep-signal.fades
def keep_signal(net):
    nn.init.kaiming_normal_(net[0].weight)

# %% wrong: on a copy -> keep-signal.fades
import copy

def keep_signal(net):
    net = copy.deepcopy(net)
    for layer in net[::2]:
        nn.init.kaiming_normal_(layer.weight)
    return net

# %% forger: weights for the public width
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("keep-signal", "pytorch", PUBLIC_SEED)

def keep_signal(net):
    width = public["blueprint"]["layers"][0]["inputs"]
    for layer in net[::2]:
        layer.weight.data = torch.randn(width, width) * math.sqrt(2 / width)
