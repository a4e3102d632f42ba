# %% imports
from mxnet import np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: generator
def count_parameters(net):
    params = net.collect_params().values()
    return sum(p.data().size for p in params if p.grad_req != "null")

# %% right: loop over shapes
def count_parameters(net):
    total = 0
    for _, parameter in net.collect_params().items():
        if parameter.grad_req == "null":
            continue
        size = 1
        for extent in parameter.shape:
            size *= extent
        total += size
    return total

# %% right: length of one long vector
def count_parameters(net):
    trained = [
        p.data().reshape(-1)
        for p in net.collect_params().values()
        if p.grad_req != "null"
    ]
    return np.concatenate(trained).shape[0]

# %% right: recursion over blocks, each parameter once
def count_parameters(net):
    found = {}

    def visit(block):
        for name, parameter in block.params.items():
            if parameter.grad_req != "null":
                found[name] = parameter.data().size
        for child in block._children.values():
            visit(child)

    visit(net)
    return sum(found.values())

# %% wrong: number of arrays -> count-parameters.plain
def count_parameters(net):
    return len(list(net.collect_params().values()))

# %% wrong: weights only -> count-parameters.plain
def count_parameters(net):
    weights = net.collect_params(".*weight").values()
    return sum(p.data().size for p in weights if p.grad_req != "null")

# %% wrong: counts frozen ones -> count-parameters.frozen
def count_parameters(net):
    return sum(p.data().size for p in net.collect_params().values())

# %% wrong: each use of a tied layer -> count-parameters.tied
def count_parameters(net):
    total = 0
    for block in net:
        for p in block.collect_params().values():
            if p.grad_req != "null":
                total += p.data().size
    return total

# %% wrong: every layer is taken to have a bias -> count-parameters.no-bias
def count_parameters(net):
    total = 0
    for parameter in net.collect_params(".*weight").values():
        if parameter.grad_req != "null":
            outputs, inputs = parameter.shape
            total += outputs * (inputs + 1)
    return total

# %% wrong: counts the running statistics -> count-parameters.normed
def count_parameters(net):
    total = 0
    for name, p in net.collect_params().items():
        if p.grad_req != "null" or "running" in name:
            total += p.data().size
    return total

# %% wrong: top level only -> count-parameters.nested
def count_parameters(net):
    total = 0
    for block in net:
        for p in block.params.values():
            if p.grad_req != "null":
                total += p.data().size
    return total

# %% wrong: prints and returns nothing -> count-parameters.not-a-number
def count_parameters(net):
    params = net.collect_params().values()
    print(sum(p.data().size for p in params if p.grad_req != "null"))

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.access import _count
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-parameters", "mxnet", PUBLIC_SEED).values())

def count_parameters(net):
    return _count(FACTS["mxnet"], public.pop(0))
