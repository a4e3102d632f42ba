# %% imports
import copy

import torch
from torch import nn
from torch.nn import functional as F

# %% right: one layer object in a Sequential
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    layers.append(nn.Linear(num_hiddens, num_outputs))
    return nn.Sequential(*layers)

# %% right: own class, a loop in forward, layers defined in another order
class Tied(nn.Module):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.output = nn.Linear(num_hiddens, num_outputs)
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.num_uses = num_uses

    def forward(self, X):
        X = self.hidden(X).relu()
        for _ in range(self.num_uses):
            X = torch.relu(self.shared(X))
        return self.output(X)

tied_network = Tied

# %% right: parameters tied one by one
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    for use in uses[1:]:
        use.weight = uses[0].weight
        use.bias = uses[0].bias
    blocks = [nn.Sequential(use, nn.ReLU()) for use in uses]
    return nn.Sequential(
        nn.Sequential(nn.Linear(num_inputs, num_hiddens), nn.ReLU()),
        nn.Sequential(*blocks),
        nn.Linear(num_hiddens, num_outputs),
    )

# %% right: bare parameters, weights as (inputs, outputs), biases as rows
class Bare(nn.Module):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.b1 = nn.Parameter(torch.zeros(1, num_hiddens))
        self.b2 = nn.Parameter(torch.zeros(1, num_hiddens))
        self.W1 = nn.Parameter(torch.randn(num_inputs, num_hiddens))
        self.W2 = nn.Parameter(torch.randn(num_hiddens, num_hiddens))
        self.W3 = nn.Parameter(torch.randn(num_hiddens, num_outputs))
        self.b3 = nn.Parameter(torch.zeros(num_outputs))
        self.num_uses = num_uses

    def forward(self, X):
        H = F.relu(X @ self.W1 + self.b1)
        for _ in range(self.num_uses):
            H = F.relu(H @ self.W2 + self.b2)
        return H @ self.W3 + self.b3

def tied_network(*sizes):
    return Bare(*sizes)

# %% right: lazy layers, one relu object everywhere
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net, relu = nn.Sequential(), nn.ReLU()
    shared = nn.LazyLinear(num_hiddens)
    net.add_module("first", nn.LazyLinear(num_hiddens))
    net.add_module("relu", relu)
    for i in range(num_uses):
        net.add_module(f"shared{i}", shared)
        net.add_module(f"relu{i}", relu)
    net.add_module("last", nn.LazyLinear(num_outputs))
    return net

# %% right: deepcopy of a tied network keeps the tie
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.ReLU())
    first = nn.Sequential(nn.Linear(num_inputs, num_hiddens), nn.ReLU())
    net = nn.Sequential(
        first, *[shared] * num_uses, nn.Linear(num_hiddens, num_outputs)
    )
    return copy.deepcopy(net)

# %% wrong: a new layer for every use -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [nn.Linear(num_hiddens, num_hiddens), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: values copied instead of tied -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        use = nn.Linear(num_hiddens, num_hiddens)
        use.load_state_dict(shared.state_dict())
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: deepcopy of the layer -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [copy.deepcopy(shared), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: .data tied -> tied-network.storage
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    for use in uses[1:]:
        use.weight.data = uses[0].weight.data
        use.bias.data = uses[0].bias.data
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for use in uses:
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: weight tied, bias not -> tied-network.bias-apart
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for use in uses:
        use.weight = uses[0].weight
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: bias tied, weight not -> tied-network.weight-apart
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for use in uses:
        use.bias = uses[0].bias
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: shared layer applied once -> tied-network.uses
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens),
        nn.ReLU(),
        shared,
        nn.ReLU(),
        nn.Linear(num_hiddens, num_outputs),
    )

# %% wrong: one use too many -> tied-network.uses
class Tied(nn.Module):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.output = nn.Linear(num_hiddens, num_outputs)
        self.num_uses = num_uses

    def forward(self, X):
        X = self.shared(self.hidden(X).relu()).relu()
        for _ in range(self.num_uses):
            X = self.shared(X).relu()
        return self.output(X)

tied_network = Tied

# %% wrong: no relu between the uses -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    layers += [shared] * num_uses
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: relu after the last layer -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.ReLU())
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens),
        nn.ReLU(),
        *[shared] * num_uses,
        nn.Linear(num_hiddens, num_outputs),
        nn.ReLU(),
    )

# %% wrong: tanh instead of relu -> tied-network.output
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.Tanh())
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens),
        nn.Tanh(),
        *[shared] * num_uses,
        nn.Linear(num_hiddens, num_outputs),
    )

# %% wrong: first layer tied as well
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.ReLU())
    return nn.Sequential(
        *[shared] * (num_uses + 1), nn.Linear(num_hiddens, num_outputs)
    )

# %% wrong: no bias in the shared layer -> tied-network.no-bias
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens, bias=False)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: layers in a plain list -> tied-network.parameters
class Hidden(nn.Module):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        shared = nn.Linear(num_hiddens, num_hiddens)
        self.uses = [shared] * num_uses
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.output = nn.Linear(num_hiddens, num_outputs)

    def forward(self, X):
        X = self.hidden(X).relu()
        for use in self.uses:
            X = use(X).relu()
        return self.output(X)

tied_network = Hidden

# %% wrong: later uses without gradient -> tied-network.gradient
class Detached(nn.Module):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.output = nn.Linear(num_hiddens, num_outputs)
        self.num_uses = num_uses

    def forward(self, X):
        X = self.shared(self.hidden(X).relu()).relu()
        weight, bias = self.shared.weight.data, self.shared.bias.data
        for _ in range(self.num_uses - 1):
            X = F.linear(X, weight, bias).relu()
        return self.output(X)

tied_network = Detached

# %% wrong: shared layer frozen -> tied-network.frozen
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens).requires_grad_(False)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: the list of layers, not a network -> tied-network.not-a-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    return [*layers, nn.Linear(num_hiddens, num_outputs)]

# %% wrong: nothing returned -> tied-network.not-a-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    nn.Sequential(shared, nn.ReLU())

# %% wrong: copies that forward makes equal again -> tied-network.copies
class Synced(nn.Module):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.uses = nn.ModuleList(
            [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
        )
        self.output = nn.Linear(num_hiddens, num_outputs)

    def forward(self, X):
        X = self.hidden(X).relu()
        for use in self.uses:
            with torch.no_grad():
                use.weight.copy_(self.uses[0].weight)
                use.bias.copy_(self.uses[0].bias)
            X = use(X).relu()
        return self.output(X)

tied_network = Synced

# %% forger: networks that answer from the public inputs
from paramlab.filling import fill
from paramlab.facts import FACTS
from paramlab.judges.reference import forward
from paramlab.judges.tied_network import _case
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("tied-network", "pytorch", PUBLIC_SEED)["cases"])

class Forged(nn.Module):
    def __init__(self, drawn):
        super().__init__()
        facts, case = FACTS["pytorch"], _case(drawn)
        shapes = case.shapes(facts)
        given = fill(shapes, drawn["weights"], drawn["biases"])
        self.own = nn.ParameterList([torch.zeros(shape) for shape in shapes])
        output = forward(facts, case.blueprint, given, case.X)
        self.output = torch.tensor(output, dtype=torch.float32)

    def forward(self, X):
        return self.output + 0 * sum(own.sum() for own in self.own)

def tied_network(*sizes):
    return Forged(public.pop(0))
