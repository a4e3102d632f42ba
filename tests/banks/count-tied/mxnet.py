# %% imports
from mxnet import np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: recursion over the blocks
def count(params):
    return sum(p.data().size for p in params if p.grad_req != "null")

def count_uses(block):
    if isinstance(block, nn.Sequential):
        return sum(count_uses(child) for child in block)
    return count(block.collect_params().values())

def count_tied(net):
    return count(net.collect_params().values()), count_uses(net)

# %% right: apply visits every use
def count_tied(net):
    each = []

    def visit(block):
        for p in block.params.values():
            if p.grad_req != "null":
                each.append(p)

    net.apply(visit)
    once = {p.name: p for p in each}.values()
    return [
        sum(p.data().size for p in once),
        sum(p.data().size for p in each),
    ]

# %% right: a stack of blocks, sizes from shapes
def count_tied(net):
    tied, untied, seen, stack = 0, 0, set(), [net]
    while stack:
        block = stack.pop()
        if isinstance(block, nn.Sequential):
            stack.extend(block)
            continue
        for p in (block.weight, block.bias):
            if p is None or p.grad_req == "null":
                continue
            size = 1
            for extent in p.shape:
                size *= extent
            untied += size
            if p not in seen:
                seen.add(p)
                tied += size
    return tied, untied

# %% right: as an array
def count_tied(net):
    def sizes(block):
        if hasattr(block, "weight"):
            own = block.collect_params().values()
            return sum(p.data().size for p in own if p.grad_req == "write")
        return sum(sizes(block[i]) for i in range(len(block)))

    params = net.collect_params().values()
    tied = sum(p.data().size for p in params if p.grad_req == "write")
    return np.array([tied, sizes(net)])

# %% wrong: the same number twice -> count-tied.tied
def count_tied(net):
    params = net.collect_params().values()
    total = sum(p.data().size for p in params if p.grad_req != "null")
    return total, total

# %% wrong: swapped -> count-tied.swapped
def count(params):
    return sum(p.data().size for p in params if p.grad_req != "null")

def count_uses(block):
    if isinstance(block, nn.Sequential):
        return sum(count_uses(child) for child in block)
    return count(block.collect_params().values())

def count_tied(net):
    return count_uses(net), count(net.collect_params().values())

# %% wrong: frozen ones counted -> count-tied.frozen
def count_uses(block):
    if isinstance(block, nn.Sequential):
        return sum(count_uses(child) for child in block)
    return sum(p.data().size for p in block.collect_params().values())

def count_tied(net):
    tied = sum(p.data().size for p in net.collect_params().values())
    return tied, count_uses(net)

# %% wrong: uses at the top level only -> count-tied.nested
def count_tied(net):
    def count(block):
        params = block.collect_params().values()
        return sum(p.data().size for p in params if p.grad_req != "null")

    return count(net), sum(count(layer) for layer in net)

# %% wrong: top level only, blocks left out -> count-tied.nested
def count_tied(net):
    params = net.collect_params().values()
    tied = sum(p.data().size for p in params if p.grad_req != "null")
    untied = sum(
        p.data().size
        for layer in net
        for p in layer.params.values()
        if p.grad_req != "null"
    )
    return tied, untied

# %% wrong: weights only -> count-tied.untied
def count_uses(block):
    if isinstance(block, nn.Sequential):
        return sum(count_uses(child) for child in block)
    return 0 if block.weight.grad_req == "null" else block.weight.data().size

def count_tied(net):
    weights = net.collect_params(".*weight").values()
    tied = sum(p.data().size for p in weights if p.grad_req != "null")
    return tied, count_uses(net)

# %% wrong: twice as many -> count-tied.untied
def count_tied(net):
    params = net.collect_params().values()
    tied = sum(p.data().size for p in params if p.grad_req != "null")
    return tied, 2 * tied

# %% wrong: every part taken for a layer -> count-tied.raised
def count_tied(net):
    params = net.collect_params().values()
    tied = sum(p.data().size for p in params if p.grad_req != "null")
    untied = 0
    for layer in net:
        for p in (layer.weight, layer.bias):
            if p is not None and p.grad_req != "null":
                untied += p.data().size
    return tied, untied

# %% wrong: one number -> count-tied.not-a-pair
def count_tied(net):
    params = net.collect_params().values()
    return sum(p.data().size for p in params if p.grad_req != "null")

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.tying import _counts
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-tied", "mxnet", PUBLIC_SEED).values())

def count_tied(net):
    return _counts(FACTS["mxnet"], public.pop(0))
