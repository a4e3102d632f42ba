# %% imports
import numpy as np
import paddle
from paddle import nn

# %% right: dictionary comprehension
def parameter_shapes(net):
    return {name: tuple(p.shape) for name, p in net.named_parameters()}

# %% right: from the saved state, sizes as they are
def parameter_shapes(net):
    shapes = {}
    for name, value in net.state_dict().items():
        shapes[name] = value.shape
    return shapes

# %% right: recursion that joins the names
def parameter_shapes(net):
    found = {}

    def visit(layer, prefix):
        for name, parameter in layer.named_parameters(include_sublayers=False):
            found[prefix + name] = list(parameter.shape)
        for name, child in layer.named_children():
            visit(child, prefix + name + ".")

    visit(net, "")
    return found

# %% right: layers by their names, shapes as arrays
def parameter_shapes(net):
    return {
        f"{path}.{name}": np.array(parameter.numpy().shape)
        for path, layer in net.named_sublayers()
        for name, parameter in layer.named_parameters(include_sublayers=False)
    }

# %% right: sorted, as tensors
def parameter_shapes(net):
    found = dict(net.named_parameters())
    return {name: paddle.shape(found[name]) for name in sorted(found)}

# %% wrong: only those that train -> parameter-shapes.frozen
def parameter_shapes(net):
    return {
        name: tuple(p.shape)
        for name, p in net.named_parameters()
        if not p.stop_gradient
    }

# %% wrong: weights only -> parameter-shapes.missing
def parameter_shapes(net):
    return {
        name: tuple(p.shape)
        for name, p in net.named_parameters()
        if name.endswith("weight")
    }

# %% wrong: the parameters' own names -> parameter-shapes.names
def parameter_shapes(net):
    return {p.name: tuple(p.shape) for p in net.parameters()}

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
    return {name: p.size for name, p in net.named_parameters()}

# %% wrong: outputs before inputs -> parameter-shapes.turned
def parameter_shapes(net):
    return {name: p.T.shape for name, p in net.named_parameters()}

# %% wrong: shapes as text -> parameter-shapes.shape
def parameter_shapes(net):
    return {name: str(p.shape) for name, p in net.named_parameters()}

# %% wrong: values in place of shapes -> parameter-shapes.shape
def parameter_shapes(net):
    return net.state_dict()

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

public = list(draw("parameter-shapes", "paddle", PUBLIC_SEED).values())

def parameter_shapes(net):
    return {s.name: s.shape for s in slots(FACTS["paddle"], public.pop(0))}
