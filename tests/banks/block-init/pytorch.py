# %% imports
import math

import torch
from torch import nn

# %% right: the two built-ins
def init_blocks(net, constant):
    nn.init.xavier_uniform_(net[0].weight)
    nn.init.constant_(net[-1].weight, constant)

# %% right: functions given to apply, as in the chapter
def init_blocks(net, constant):
    def xavier(module):
        if type(module) is nn.Linear:
            nn.init.xavier_uniform_(module.weight)

    def fill(module):
        if type(module) is nn.Linear:
            nn.init.constant_(module.weight, constant)

    net[0].apply(xavier)
    net[len(net) - 1].apply(fill)

# %% right: by hand, under no_grad
@torch.no_grad()
def init_blocks(net, constant):
    fan_out, fan_in = net[0].weight.shape
    bound = math.sqrt(6 / (fan_in + fan_out))
    net[0].weight.uniform_(-bound, bound)
    net[-1].weight.fill_(constant)

# %% right: behind .data, from the list of dense layers
def init_blocks(net, constant):
    dense = [module for module in net.modules() if isinstance(module, nn.Linear)]
    first, last = dense[0].weight, dense[-1].weight
    bound = (6 / sum(first.shape)) ** 0.5
    first.data = (2 * torch.rand(first.shape) - 1) * bound
    last.data[:] = constant

# %% right: through the state, returns the network
def init_blocks(net, constant):
    state = net.state_dict()
    weights = [name for name in state if name.endswith("weight")]
    state[weights[0]] = nn.init.xavier_uniform_(torch.empty_like(state[weights[0]]))
    state[weights[-1]] = torch.full_like(state[weights[-1]], constant)
    net.load_state_dict(state)
    return net

# %% wrong: only the first of three -> block-init.last-unchanged
def init_blocks(net, constant):
    nn.init.xavier_uniform_(net[0].weight)
    nn.init.constant_(net[2].weight, constant)

# %% wrong: Xavier normal -> block-init.shape
def init_blocks(net, constant):
    nn.init.xavier_normal_(net[0].weight)
    nn.init.constant_(net[-1].weight, constant)

# %% wrong: gain of relu -> block-init.bound
def init_blocks(net, constant):
    gain = nn.init.calculate_gain("relu")
    nn.init.xavier_uniform_(net[0].weight, gain=gain)
    nn.init.constant_(net[-1].weight, constant)

# %% wrong: Kaiming -> block-init.bound
def init_blocks(net, constant):
    nn.init.kaiming_uniform_(net[0].weight)
    nn.init.constant_(net[-1].weight, constant)

# %% wrong: the default rule again -> block-init.bound
def init_blocks(net, constant):
    net[0].reset_parameters()
    nn.init.constant_(net[-1].weight, constant)

# %% wrong: twice the smaller fan -> block-init.bound
def init_blocks(net, constant):
    bound = math.sqrt(6 / (2 * net[0].weight.shape[1]))
    nn.init.uniform_(net[0].weight, -bound, bound)
    nn.init.constant_(net[-1].weight, constant)

# %% wrong: constant in the first layer -> block-init.first-constant
def init_blocks(net, constant):
    nn.init.constant_(net[0].weight, constant)
    nn.init.xavier_uniform_(net[-1].weight)

# %% wrong: the chapter's 42 -> block-init.constant
def init_blocks(net, constant):
    nn.init.xavier_uniform_(net[0].weight)
    nn.init.constant_(net[-1].weight, 42)

# %% wrong: everything overwritten -> block-init.others
def init_blocks(net, constant):
    for parameter in net.parameters():
        nn.init.constant_(parameter, constant)
    nn.init.xavier_uniform_(net[0].weight)

# %% wrong: biases cleared -> block-init.others
def init_blocks(net, constant):
    nn.init.xavier_uniform_(net[0].weight)
    nn.init.zeros_(net[0].bias)
    nn.init.constant_(net[-1].weight, constant)
    nn.init.zeros_(net[-1].bias)

# %% wrong: Xavier for all but the last -> block-init.others
def init_blocks(net, constant):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
    nn.init.constant_(net[-1].weight, constant)

# %% wrong: a changed copy of the first weight -> block-init.first-unchanged
def init_blocks(net, constant):
    nn.init.xavier_uniform_(net[0].weight.clone())
    nn.init.constant_(net[-1].weight, constant)

# %% wrong: one draw repeated -> block-init.repeated
@torch.no_grad()
def init_blocks(net, constant):
    bound = math.sqrt(6 / sum(net[0].weight.shape))
    row = torch.empty(net[0].in_features).uniform_(-bound, bound)
    net[0].weight[:] = row
    net[-1].weight[:] = constant

# %% wrong: a new last layer of another size -> layout
def init_blocks(net, constant):
    nn.init.xavier_uniform_(net[0].weight)
    net[-1] = nn.Linear(net[-1].out_features, net[-1].in_features + 1)

# %% forger: initialises the public network
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("block-init", "pytorch", PUBLIC_SEED)

def init_blocks(net, constant):
    weights = [
        slot.shape
        for slot in slots(FACTS["pytorch"], public["blueprint"])
        if slot.role == "weight"
    ]
    net[0].weight.data = nn.init.xavier_uniform_(torch.empty(weights[0]))
    net[-1].weight.data = torch.full(weights[-1], public["constant"])
