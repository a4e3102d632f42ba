# %% imports
import numpy as onp
from mxnet import np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: dictionary comprehension
def parameter_shapes(net):
    return {name: p.shape for name, p in net.collect_params().items()}

# %% right: by each parameter's own name
def parameter_shapes(net):
    shapes = {}
    for parameter in net.collect_params().values():
        shapes[parameter.name] = list(parameter.data().shape)
    return shapes

# %% right: recursion over blocks
def parameter_shapes(net):
    found = {}

    def visit(block):
        for name, parameter in block.params.items():
            found[name] = parameter.shape
        for child in block._children.values():
            visit(child)

    visit(net)
    return found

# %% right: arrays, sorted by name
def parameter_shapes(net):
    params = net.collect_params()
    return {name: np.array(params[name].shape) for name in sorted(params.keys())}

# %% right: weights, then biases
def parameter_shapes(net):
    shapes = {}
    for pattern in (".*weight", ".*bias"):
        for name, parameter in net.collect_params(pattern).items():
            shapes[name] = onp.array(parameter.shape)
    return shapes

# %% wrong: only those that train -> parameter-shapes.frozen
def parameter_shapes(net):
    return {
        name: p.shape
        for name, p in net.collect_params().items()
        if p.grad_req != "null"
    }

# %% wrong: weights only -> parameter-shapes.missing
def parameter_shapes(net):
    params = net.collect_params(".*weight")
    return {name: p.shape for name, p in params.items()}

# %% wrong: names within the network -> parameter-shapes.names
def parameter_shapes(net):
    params = net._collect_params_with_prefix()
    return {name: p.shape for name, p in params.items()}

# %% wrong: dense layers of the top level only -> parameter-shapes.missing
def parameter_shapes(net):
    shapes = {}
    for layer in net:
        for name, parameter in layer.params.items():
            shapes[name] = parameter.shape
    return shapes

# %% wrong: .params of the network holds none of its children's -> parameter-shapes.missing
def parameter_shapes(net):
    return {name: p.shape for name, p in net.params.items()}

# %% wrong: numbers of entries -> parameter-shapes.shape
def parameter_shapes(net):
    return {name: p.data().size for name, p in net.collect_params().items()}

# %% wrong: inputs before outputs -> parameter-shapes.turned
def parameter_shapes(net):
    return {name: p.data().T.shape for name, p in net.collect_params().items()}

# %% wrong: parameters in place of shapes -> parameter-shapes.shape
def parameter_shapes(net):
    return dict(net.collect_params().items())

# %% wrong: the collection itself -> parameter-shapes.not-a-dict
def parameter_shapes(net):
    return net.collect_params()

# %% wrong: prints and returns nothing -> parameter-shapes.not-a-dict
def parameter_shapes(net):
    print(net.collect_params())

# %% forger: lists the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("parameter-shapes", "mxnet", PUBLIC_SEED).values())

def parameter_shapes(net):
    return {s.name: s.shape for s in slots(FACTS["mxnet"], public.pop(0))}
