# %% imports
import torch
from torch import nn

# %% right: generator
def count_parameters(net):
    return sum(p.numel() for p in net.parameters() if p.requires_grad)

# %% right: loop over names
def count_parameters(net):
    total = 0
    for _, parameter in net.named_parameters():
        if parameter.requires_grad:
            size = 1
            for extent in parameter.shape:
                size *= extent
            total += size
    return total

# %% right: one long vector
def count_parameters(net):
    trained = [p for p in net.parameters() if p.requires_grad]
    return nn.utils.parameters_to_vector(trained).shape[0]

# %% right: recursion over modules, each parameter once
def count_parameters(net):
    found = {}

    def visit(module):
        for parameter in module.parameters(recurse=False):
            if parameter.requires_grad:
                found[id(parameter)] = parameter.nelement()
        for child in module.children():
            visit(child)

    visit(net)
    return torch.tensor(sum(found.values()))

# %% wrong: number of tensors -> count-parameters.plain
def count_parameters(net):
    return len(list(net.parameters()))

# %% wrong: weights only -> count-parameters.plain
def count_parameters(net):
    return sum(p.numel() for p in net.parameters() if p.dim() > 1)

# %% wrong: counts frozen ones -> count-parameters.frozen
def count_parameters(net):
    return sum(p.numel() for p in net.parameters())

# %% wrong: state_dict counts tied ones twice -> count-parameters.tied
def count_parameters(net):
    return sum(value.numel() for value in net.state_dict().values())

# %% wrong: every layer is taken to have a bias -> count-parameters.no-bias
def count_parameters(net):
    total = 0
    for parameter in net.parameters():
        if parameter.requires_grad and parameter.dim() == 2:
            outputs, inputs = parameter.shape
            total += outputs * (inputs + 1)
    return total

# %% wrong: top level only -> count-parameters.nested
def count_parameters(net):
    total = 0
    for layer in net:
        if hasattr(layer, "weight"):
            total += layer.weight.numel()
            total += 0 if layer.bias is None else layer.bias.numel()
    return total

# %% wrong: prints and returns nothing -> count-parameters.not-a-number
def count_parameters(net):
    print(sum(p.numel() for p in net.parameters() if p.requires_grad))

# %% wrong: sum of values -> count-parameters.not-a-number
def count_parameters(net):
    return sum(p.sum() for p in net.parameters() if p.requires_grad)

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.access import _count
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-parameters", "pytorch", PUBLIC_SEED).values())

def count_parameters(net):
    return _count(FACTS["pytorch"], public.pop(0))
