# %% imports
import torch
from torch import nn

# %% right: size, sign and zeros drawn apart
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            with torch.no_grad():
                weight = module.weight
                weight.uniform_(low, high)
                weight *= torch.where(torch.rand(weight.shape) < 0.5, -1.0, 1.0)
                weight *= torch.rand(weight.shape) >= zeros

    return rule

# %% right: one draw decides the part
def custom_rule(low, high, zeros):
    def rule(module):
        if isinstance(module, nn.Linear):
            part = torch.rand_like(module.weight)
            size = low + (high - low) * torch.rand_like(module.weight)
            positive = part < (1 - zeros) / 2
            negative = part >= (1 + zeros) / 2
            module.weight.data = size * positive - size * negative

    return rule

# %% right: the chapter's shortcut with a wider hole, then stretched
def custom_rule(low, high, zeros):
    def rule(module):
        if isinstance(module, nn.Linear):
            w = torch.empty(module.weight.shape).uniform_(-1, 1)
            size = low + (high - low) * (w.abs() - zeros) / (1 - zeros)
            module.weight.data.copy_(torch.sign(w) * size * (w.abs() >= zeros))

    return rule

# %% right: a callable object, with NumPy
import numpy as np

class Rule:
    def __init__(self, low, high, zeros):
        self.low, self.high, self.zeros = low, high, zeros

    def __call__(self, module):
        for name, parameter in module.named_parameters(recurse=False):
            if name != "weight":
                continue
            shape = tuple(parameter.shape)
            rest = (1 - self.zeros) / 2
            signs = np.random.choice([-1, 0, 1], shape, p=[rest, self.zeros, rest])
            values = signs * np.random.uniform(self.low, self.high, shape)
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(values))

custom_rule = Rule

# %% right: entry by entry
import random

def custom_rule(low, high, zeros):
    def entry():
        if random.random() < zeros:
            return 0.0
        return random.choice([-1, 1]) * random.uniform(low, high)

    def rule(module):
        if type(module) is nn.Linear:
            rows, columns = module.weight.shape
            values = [[entry() for _ in range(columns)] for _ in range(rows)]
            module.weight.data[:] = torch.tensor(values)

    return rule

# %% wrong: the chapter's rule, whatever is asked -> custom-init.outside
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            nn.init.uniform_(module.weight, -10, 10)
            module.weight.data *= module.weight.data.abs() >= 5

    return rule

# %% wrong: the chapter's shortcut -> custom-init.zeros
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            nn.init.uniform_(module.weight, -high, high)
            module.weight.data *= module.weight.data.abs() >= low

    return rule

# %% wrong: no zeros at all -> custom-init.zeros
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            nn.init.uniform_(module.weight, low, high)
            module.weight.data *= torch.sign(torch.randn_like(module.weight))

    return rule

# %% wrong: small values not cleared -> custom-init.outside
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            nn.init.uniform_(module.weight, -high, high)

    return rule

# %% wrong: positive only -> custom-init.signs
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            nn.init.uniform_(module.weight, low, high)
            module.weight.data *= torch.rand_like(module.weight) >= zeros

    return rule

# %% wrong: one coin for each layer
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            coin = torch.rand(1).item()
            if coin < zeros:
                nn.init.zeros_(module.weight)
            elif coin < (1 + zeros) / 2:
                nn.init.uniform_(module.weight, low, high)
            else:
                nn.init.uniform_(module.weight, -high, -low)

    return rule

# %% wrong: whole rows of zeros -> custom-init.lines
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            rows, columns = module.weight.shape
            nn.init.uniform_(module.weight, low, high)
            module.weight.data *= torch.sign(torch.randn(rows, columns))
            cleared = torch.randperm(rows)[: round(zeros * rows)]
            module.weight.data[cleared] = 0

    return rule

# %% wrong: two sizes only -> custom-init.repeated
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            signs = torch.sign(torch.randn_like(module.weight))
            kept = torch.rand_like(module.weight) >= zeros
            module.weight.data = signs * kept * (low + high) / 2

    return rule

# %% wrong: sizes in the middle more often -> custom-init.bands
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            shape = module.weight.shape
            size = low + (high - low) * (torch.rand(shape) + torch.rand(shape)) / 2
            signs = torch.sign(torch.randn(shape))
            module.weight.data = size * signs * (torch.rand(shape) >= zeros)

    return rule

# %% wrong: the same seed in each layer -> custom-init.repeated
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            torch.manual_seed(7)
            shape = module.weight.shape
            kept = torch.rand(shape.numel()) >= zeros
            signs = torch.where(torch.rand(shape.numel()) < 0.5, -1, 1)
            torch.manual_seed(8)
            size = low + (high - low) * torch.rand(shape.numel())
            module.weight.data = (size * signs * kept).reshape(shape)

    return rule

# %% wrong: biases too -> custom-init.biases
def custom_rule(low, high, zeros):
    def rule(module):
        for parameter in module.parameters(recurse=False):
            with torch.no_grad():
                parameter.uniform_(low, high)
                parameter *= torch.sign(torch.randn(parameter.shape))
                parameter *= torch.rand(parameter.shape) >= zeros

    return rule

# %% wrong: a changed copy -> custom-init.unchanged
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            weight = module.weight.detach().clone()
            weight.uniform_(low, high)
            weight *= torch.sign(torch.randn(weight.shape))
            weight *= torch.rand(weight.shape) >= zeros

    return rule

# %% wrong: the top level only -> custom-init.some-weights
def custom_rule(low, high, zeros):
    def rule(module):
        if not isinstance(module, nn.Sequential) or len(module) < 3:
            return
        for layer in module:
            if isinstance(layer, nn.Linear):
                weight = layer.weight.data
                weight.uniform_(low, high)
                weight *= torch.sign(torch.randn(weight.shape))
                weight *= torch.rand(weight.shape) >= zeros

    return rule

# %% wrong: no rule comes back
def custom_rule(low, high, zeros):
    def rule(module):
        nn.init.uniform_(module.weight, -high, high)

# %% wrong: the share of zeros taken for that of the rest -> custom-init.zeros
def custom_rule(low, high, zeros):
    def rule(module):
        if type(module) is nn.Linear:
            weight = module.weight.data
            weight.uniform_(low, high)
            weight *= torch.sign(torch.randn(weight.shape))
            weight *= torch.rand(weight.shape) < zeros

    return rule

# %% forger: the public rule, whatever is asked
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("custom-init", "pytorch", PUBLIC_SEED).values())

def custom_rule(low, high, zeros):
    asked = public.pop(0)

    def rule(module):
        if type(module) is nn.Linear:
            weight = module.weight.data
            weight.uniform_(asked["low"], asked["high"])
            weight *= torch.sign(torch.randn(weight.shape))
            weight *= torch.rand(weight.shape) >= asked["zeros"]

    return rule
