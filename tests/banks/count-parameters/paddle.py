# %% imports
import numpy as np
import paddle
from paddle import nn

# %% right: generator
def count_parameters(net):
    return sum(p.numel().item() for p in net.parameters() if not p.stop_gradient)

# %% right: a tensor comes back
def count_parameters(net):
    return sum(p.numel() for p in net.parameters() if not p.stop_gradient)

# %% right: loop over names, size
def count_parameters(net):
    total = 0
    for _, parameter in net.named_parameters():
        if parameter.trainable:
            total += parameter.size
    return total

# %% right: shapes of the values
def count_parameters(net):
    trained = [p for p in net.parameters() if not p.stop_gradient]
    return int(np.sum([np.prod(p.shape) for p in trained]))

# %% right: one long vector
def count_parameters(net):
    trained = [p.flatten() for p in net.parameters() if not p.stop_gradient]
    return paddle.concat(trained).shape[0]

# %% right: recursion over layers, each parameter once
def count_parameters(net):
    found = {}

    def visit(layer):
        for parameter in layer.parameters(include_sublayers=False):
            if not parameter.stop_gradient:
                found[parameter.name] = parameter.numpy().size
        for child in layer.children():
            visit(child)

    visit(net)
    return sum(found.values())

# %% wrong: number of tensors -> count-parameters.plain
def count_parameters(net):
    return len(net.parameters())

# %% wrong: weights only -> count-parameters.plain
def count_parameters(net):
    return sum(p.size for p in net.parameters() if p.ndim > 1)

# %% wrong: first sizes only -> count-parameters.plain
def count_parameters(net):
    return sum(p.shape[0] for p in net.parameters() if not p.stop_gradient)

# %% wrong: counts frozen ones -> count-parameters.frozen
def count_parameters(net):
    return sum(p.size for p in net.parameters())

# %% wrong: stop_gradient the wrong way round -> count-parameters.plain
def count_parameters(net):
    return sum(p.size for p in net.parameters() if p.stop_gradient)

# %% wrong: state_dict counts tied ones twice -> count-parameters.tied
def count_parameters(net):
    return sum(p.size for p in net.state_dict().values() if not p.stop_gradient)

# %% wrong: state_dict has the running statistics too -> count-parameters.normed
def count_parameters(net):
    return sum(value.size for value in net.state_dict().values())

# %% wrong: every layer is taken to have a bias -> count-parameters.no-bias
def count_parameters(net):
    total = 0
    for parameter in net.parameters():
        if not parameter.stop_gradient and parameter.ndim == 2:
            inputs, outputs = parameter.shape
            total += (inputs + 1) * outputs
    return total

# %% wrong: top level only -> count-parameters.nested
def count_parameters(net):
    total = 0
    for layer in net.children():
        for parameter in layer.parameters(include_sublayers=False):
            if not parameter.stop_gradient:
                total += parameter.size
    return total

# %% wrong: prints and returns nothing -> count-parameters.not-a-number
def count_parameters(net):
    print(sum(p.size for p in net.parameters() if not p.stop_gradient))

# %% wrong: sum of values -> count-parameters.not-a-number
def count_parameters(net):
    return sum(p.sum() for p in net.parameters() if not p.stop_gradient)

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.access import _count
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-parameters", "paddle", PUBLIC_SEED).values())

def count_parameters(net):
    return _count(FACTS["paddle"], public.pop(0))
