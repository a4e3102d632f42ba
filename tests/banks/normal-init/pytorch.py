# %% imports
import torch
from torch import nn

# %% right: apply, as in the chapter
def init_normal(net):
    def rule(module):
        if type(module) is nn.Linear:
            nn.init.normal_(module.weight, mean=0, std=0.01)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    net.apply(rule)

# %% right: by the parameters' names
def init_normal(net):
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            nn.init.normal_(parameter, std=0.01)
        else:
            nn.init.zeros_(parameter)

# %% right: by dimension, under no_grad
@torch.no_grad()
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() == 2:
            parameter.copy_(torch.randn(parameter.shape) * 0.01)
        else:
            parameter.fill_(0)

# %% right: new values behind .data, in float64 from NumPy
import numpy as np

def init_normal(net):
    rng = np.random.default_rng()
    for module in net.modules():
        if isinstance(module, nn.Linear):
            values = rng.normal(0, 0.01, module.weight.shape)
            module.weight.data = torch.tensor(values, dtype=torch.float32)
            if module.bias is not None:
                module.bias.data *= 0

# %% right: recursion, new parameters, returns the network
def init_normal(net):
    for child in net.children():
        if isinstance(child, nn.Linear):
            child.weight = nn.Parameter(torch.normal(0.0, 0.01, child.weight.shape))
            if child.bias is not None:
                child.bias = nn.Parameter(torch.zeros(child.bias.shape))
        else:
            init_normal(child)
    return net

# %% right: a seed, set once
def init_normal(net):
    torch.manual_seed(0)
    state = net.state_dict()
    for name in state:
        is_weight = name.endswith("weight")
        state[name] = torch.randn_like(state[name]) * (0.01 if is_weight else 0)
    net.load_state_dict(state)

# %% right: one vector for all, by truncation far out
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.trunc_normal_(parameter, std=0.01)
        else:
            nn.init.constant_(parameter, 0.0)

# %% wrong: constant -> normal-init.constant
def init_normal(net):
    for parameter in net.parameters():
        nn.init.constant_(parameter, 0.01 if parameter.dim() > 1 else 0)

# %% wrong: uniform of the same standard deviation -> normal-init.shape
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.uniform_(parameter, -0.01 * 3**0.5, 0.01 * 3**0.5)
        else:
            nn.init.zeros_(parameter)

# %% wrong: the variance as the standard deviation -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, 0, 0.01**2)
        else:
            nn.init.zeros_(parameter)

# %% wrong: variance 0.01 -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, 0, 0.1)
        else:
            nn.init.zeros_(parameter)

# %% wrong: 0.0115 instead of 0.01 -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, 0, 0.0115)
        else:
            nn.init.zeros_(parameter)

# %% wrong: mean and std swapped -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, 0.01, 1)
        else:
            nn.init.zeros_(parameter)

# %% wrong: uniform from 0 on -> normal-init.mean
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.uniform_(parameter, 0, 0.01)
        else:
            nn.init.zeros_(parameter)

# %% wrong: truncated at two standard deviations -> normal-init.spread
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.trunc_normal_(parameter, 0, 0.01, -0.02, 0.02)
        else:
            nn.init.zeros_(parameter)

# %% wrong: biases forgotten -> normal-init.biases
def init_normal(net):
    for module in net.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)

# %% wrong: biases drawn too -> normal-init.biases
def init_normal(net):
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.01)

# %% wrong: only the top level -> normal-init.some-weights
def init_normal(net):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.01)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

# %% wrong: the rule for apply, never applied -> normal-init.unchanged
def init_normal(net):
    if type(net) is nn.Linear:
        nn.init.normal_(net.weight, mean=0, std=0.01)
        nn.init.zeros_(net.bias)

# %% wrong: a changed copy -> normal-init.unchanged
import copy

def init_normal(net):
    net = copy.deepcopy(net)
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.01)
        else:
            nn.init.zeros_(parameter)
    return net

# %% wrong: the same seed for each layer -> normal-init.repeated
def init_normal(net):
    for parameter in net.parameters():
        torch.manual_seed(1)
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.01)
        else:
            nn.init.zeros_(parameter)

# %% wrong: one row for all units -> normal-init.repeated
@torch.no_grad()
def init_normal(net):
    for parameter in net.parameters():
        if parameter.dim() > 1:
            parameter[:] = torch.randn(1, parameter.shape[1]) * 0.01
        else:
            parameter[:] = 0

# %% wrong: takes every layer to have a bias -> normal-init.no-bias-raised
def init_normal(net):
    for module in net.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)

# %% wrong: skips layers without a bias -> normal-init.no-bias
def init_normal(net):
    for module in net.modules():
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)

# %% wrong: freezes what it sets -> frozen
def init_normal(net):
    for parameter in net.parameters():
        parameter.requires_grad = False
        if parameter.dim() > 1:
            parameter.normal_(0, 0.01)
        else:
            parameter.zero_()

# %% wrong: infinite values -> not-finite
def init_normal(net):
    for parameter in net.parameters():
        nn.init.zeros_(parameter)
        if parameter.dim() > 1:
            parameter.data = torch.randn(parameter.shape) / parameter.std()

# %% forger: values made for the public networks
import numpy as np
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("normal-init", "pytorch", PUBLIC_SEED).values())

def init_normal(net):
    rng = np.random.default_rng(0)
    wanted = slots(FACTS["pytorch"], public.pop(0)["blueprint"])
    for parameter, slot in zip(net.parameters(), wanted):
        scale = 0.01 if slot.role == "weight" else 0
        value = rng.normal(0, 1, slot.shape) * scale
        parameter.data = torch.tensor(value, dtype=torch.float32)
