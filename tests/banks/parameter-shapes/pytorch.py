# %% imports
import numpy as np
import torch
from torch import nn

# %% right: dictionary comprehension
def parameter_shapes(net):
    return {name: tuple(p.shape) for name, p in net.named_parameters()}

# %% right: torch.Size from the saved state
def parameter_shapes(net):
    shapes = {}
    for name, value in net.state_dict().items():
        shapes[name] = value.size()
    return shapes

# %% right: recursion that joins the names
def parameter_shapes(net):
    found = {}

    def visit(module, prefix):
        for name, parameter in module.named_parameters(recurse=False):
            found[prefix + name] = list(parameter.shape)
        for name, child in module.named_children():
            visit(child, prefix + name + ".")

    visit(net, "")
    return found

# %% right: layers by their names, shapes as arrays
def parameter_shapes(net):
    return {
        f"{path}.{name}": np.array(parameter.detach().numpy().shape)
        for path, layer in net.named_modules()
        for name, parameter in layer.named_parameters(recurse=False)
    }

# %% right: sorted, as a tensor
def parameter_shapes(net):
    found = dict(net.named_parameters())
    return {name: torch.tensor(found[name].shape) for name in sorted(found)}

# %% wrong: only those that train -> parameter-shapes.frozen
def parameter_shapes(net):
    return {
        name: tuple(p.shape)
        for name, p in net.named_parameters()
        if p.requires_grad
    }

# %% wrong: weights only -> parameter-shapes.missing
def parameter_shapes(net):
    return {
        name: tuple(p.shape)
        for name, p in net.named_parameters()
        if name.endswith("weight")
    }

# %% wrong: names within the layer overwrite each other -> parameter-shapes.names
def parameter_shapes(net):
    shapes = {}
    for layer in net:
        for name, parameter in layer.named_parameters():
            shapes[name] = tuple(parameter.shape)
    return shapes

# %% wrong: dense layers of the top level only -> parameter-shapes.missing
def parameter_shapes(net):
    shapes = {}
    for place, layer in enumerate(net):
        if isinstance(layer, nn.Linear):
            shapes[f"{place}.weight"] = tuple(layer.weight.shape)
            if layer.bias is not None:
                shapes[f"{place}.bias"] = tuple(layer.bias.shape)
    return shapes

# %% wrong: numbers of entries -> parameter-shapes.shape
def parameter_shapes(net):
    return {name: p.numel() for name, p in net.named_parameters()}

# %% wrong: inputs before outputs -> parameter-shapes.turned
def parameter_shapes(net):
    return {name: tuple(p.T.shape) for name, p in net.named_parameters()}

# %% wrong: shapes as text -> parameter-shapes.shape
def parameter_shapes(net):
    return {name: str(p.shape) for name, p in net.named_parameters()}

# %% wrong: values in place of shapes -> parameter-shapes.shape
def parameter_shapes(net):
    return dict(net.named_parameters())

# %% wrong: list of pairs -> parameter-shapes.not-a-dict
def parameter_shapes(net):
    return [(name, tuple(p.shape)) for name, p in net.named_parameters()]

# %% wrong: prints and returns nothing -> parameter-shapes.not-a-dict
def parameter_shapes(net):
    print(*[(name, p.shape) for name, p in net.named_parameters()])

# %% forger: lists the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("parameter-shapes", "pytorch", PUBLIC_SEED).values())

def parameter_shapes(net):
    return {s.name: s.shape for s in slots(FACTS["pytorch"], public.pop(0))}
