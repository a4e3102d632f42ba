# Right answers in other forms. Each replaces nothing: it defines the name anew.

# %% lambda in count-parameters
count_parameters = lambda net: sum(p.numel() for p in net.parameters() if p.requires_grad)

# %% callable-object in count-parameters
class Counter:
    def __init__(self): self.calls = 0
    def __call__(self, net):
        self.calls += 1
        return sum(p.numel() for p in net.parameters() if p.requires_grad)
count_parameters = Counter()

# %% partial in count-parameters
from functools import partial
def count(net, only_trainable):
    return sum(p.numel() for p in net.parameters() if p.requires_grad or not only_trainable)
count_parameters = partial(count, only_trainable=True)

# %% bound-method in count-parameters
class Counts:
    def of(self, net):
        return sum(p.numel() for p in net.parameters() if p.requires_grad)
count_parameters = Counts().of

# %% typed in count-parameters
from __future__ import annotations
from dataclasses import dataclass
@dataclass(frozen=True)
class Count:
    trainable: int
def count_parameters(net: nn.Module) -> int:
    """Count them."""
    return Count(sum(p.numel() for p in net.parameters() if p.requires_grad)).trainable

# %% decorated in count-parameters
import functools
def logged(function):
    @functools.wraps(function)
    def wrapper(*given, **named):
        print("called", function.__name__)
        return function(*given, **named)
    return wrapper
count_parameters = logged(count_parameters)

# %% numpy-integer in count-parameters
import numpy as np
def count_parameters(net):
    return np.sum([np.prod(p.shape) for p in net.parameters() if p.requires_grad])

# %% tensor-answer in count-parameters
def count_parameters(net):
    return torch.tensor([p.numel() for p in net.parameters() if p.requires_grad]).sum()

# %% float-answer in count-parameters
def count_parameters(net):
    return float(sum(p.numel() for p in net.parameters() if p.requires_grad))

# %% global-variable in count-parameters
total = 0
def count_parameters(net):
    global total
    total = 0
    for p in net.parameters():
        if p.requires_grad:
            total += p.numel()
    return total

# %% recursive in count-parameters
def count_parameters(net):
    seen = set()
    def own(module):
        found = 0
        for p in module._parameters.values():
            if p is not None and id(p) not in seen and p.requires_grad:
                seen.add(id(p))
                found += p.numel()
        return found + sum(own(child) for child in module.children())
    return own(net)

# %% torch-sizes in parameter-shapes
def parameter_shapes(net):
    return {name: p.shape for name, p in net.named_parameters()}

# %% state-dict in parameter-shapes
from collections import OrderedDict
def parameter_shapes(net):
    return OrderedDict((name, list(value.size())) for name, value in net.state_dict().items())

# %% float64-values in nested-bias
def nested_bias(net, i):
    return net[0][i][0].bias.detach().double()

# %% numpy-values in nested-bias
def nested_bias(net, i):
    return net.state_dict()[f"0.{i}.0.bias"].numpy().astype("float64")

# %% parameter-itself in nested-bias
def nested_bias(net, i):
    return list(net[0].children())[i][0].bias

# %% list-of-numbers in nested-bias
def nested_bias(net, i):
    return net[0][i][0].bias.tolist()

# %% other-route in gradient-states
def gradient_states(net, X):
    last = list(net.children())[-1].weight
    states = dict.fromkeys(["before", "after", "cleared"])
    net(X).sum(dim=0).sum().backward()
    states["after"] = last.grad.detach().clone().double()
    for p in net.parameters():
        p.grad = None
    return states

# %% own-class in nested-network
class Block(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.one, self.two = nn.Linear(a, b), nn.Linear(b, a)
    def forward(self, X):
        return torch.relu(self.two(torch.relu(self.one(X))))
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential(*[Block(num_inputs, num_hiddens) for _ in range(num_blocks)])
    return nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))

# %% lazy-layers in nested-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    net = nn.Sequential(nn.Sequential())
    for i in range(num_blocks):
        net[0].add_module(f"block {i}".replace(" ", "_"), nn.Sequential(
            nn.LazyLinear(num_hiddens), nn.ReLU(), nn.LazyLinear(num_inputs), nn.ReLU()))
    net.append(nn.LazyLinear(num_outputs))
    return net

# %% float64-network in nested-network
kept_network = nested_network
def nested_network(*sizes):
    return kept_network(*sizes).double()

# %% evaluation-mode in nested-network
kept_network = nested_network
def nested_network(*sizes):
    return kept_network(*sizes).eval()

# %% copied-by-deepcopy in tied-network
import copy
kept_tied = tied_network
def tied_network(*sizes):
    return copy.deepcopy(kept_tied(*sizes))

# %% tied-by-assignment in tied-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    layers = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    for layer in layers:
        layer.weight, layer.bias = layers[0].weight, layers[0].bias
    hidden = [part for layer in layers for part in (layer, nn.ReLU())]
    return nn.Sequential(nn.Linear(num_inputs, num_hiddens), nn.ReLU(), *hidden,
                         nn.Linear(num_hiddens, num_outputs))

# %% numpy-truth in tied-or-equal
import numpy as np
def is_tied(a, b):
    return np.bool_(id(a.weight) == id(b.weight))

# %% float64-tied-network in tied-network
kept_tied = tied_network
def tied_network(*sizes):
    return kept_tied(*sizes).double()

# %% autograd-grad in use-gradients
import copy
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer).double(), copy.deepcopy(layer).double()
    out = torch.relu(two(torch.relu(one(X.double())))).sum()
    first, second = torch.autograd.grad(out, [one.weight, two.weight])
    return [first.numpy(), second.numpy(), (first + second).numpy()]
