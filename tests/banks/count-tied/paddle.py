# %% imports
import numpy as np
import paddle
from paddle import nn

# %% right: remove_duplicate
def count_tied(net):
    def count(**options):
        named = net.named_parameters(**options)
        return sum(p.size for _, p in named if not p.stop_gradient)

    return count(), count(remove_duplicate=False)

# %% right: the state dictionary holds the parameters themselves
def count_tied(net):
    each = [p for p in net.state_dict().values() if not p.stop_gradient]
    once = {id(p): p for p in each}.values()
    return [sum(p.size for p in once), sum(p.size for p in each)]

# %% right: recursion over the blocks
def uses(block):
    if isinstance(block, nn.Sequential):
        for place in range(len(block)):
            yield from uses(block[place])
    else:
        yield block

def count_tied(net):
    tied, untied, seen = 0, 0, set()
    for layer in uses(net):
        for p in layer.parameters():
            if p.trainable:
                untied += p.size
                tied += p.size if p not in seen else 0
                seen.add(p)
    return tied, untied

# %% right: every layer by its place, as a tensor
def count_tied(net):
    def count(layer):
        own = layer.parameters(include_sublayers=False)
        return sum(int(paddle.numel(p)) for p in own if not p.stop_gradient)

    each = net.named_sublayers(remove_duplicate=False)
    return paddle.to_tensor(
        [
            sum(count(layer) for layer in net.sublayers()),
            sum(count(layer) for _, layer in each),
        ]
    )

# %% right: as an array, sizes from shapes
def count_tied(net):
    each = [
        p
        for _, p in net.named_parameters(remove_duplicate=False)
        if not p.stop_gradient
    ]
    once = {p.name: p for p in each}.values()
    return np.array([sum(np.prod(p.shape) for p in ps) for ps in (once, each)])

# %% wrong: the same number twice -> count-tied.tied
def count_tied(net):
    total = sum(p.size for p in net.parameters() if not p.stop_gradient)
    return total, total

# %% wrong: swapped -> count-tied.swapped
def count_tied(net):
    def count(**options):
        named = net.named_parameters(**options)
        return sum(p.size for _, p in named if not p.stop_gradient)

    return count(remove_duplicate=False), count()

# %% wrong: frozen ones counted -> count-tied.frozen
def count_tied(net):
    tied = sum(p.size for p in net.parameters())
    untied = sum(p.size for p in net.state_dict().values())
    return tied, untied

# %% wrong: stop_gradient taken for its opposite -> count-tied.untied
def count_tied(net):
    def count(**options):
        named = net.named_parameters(**options)
        return sum(p.size for _, p in named if p.stop_gradient)

    return count(), count(remove_duplicate=False)

# %% wrong: uses at the top level only -> count-tied.nested
def count_tied(net):
    tied = sum(p.size for p in net.parameters() if not p.stop_gradient)
    untied = sum(
        p.size
        for place in range(len(net))
        for p in net[place].parameters()
        if not p.stop_gradient
    )
    return tied, untied

# %% wrong: sublayers() lists a layer once -> count-tied.tied
def count_tied(net):
    tied = sum(p.size for p in net.parameters() if not p.stop_gradient)
    untied = sum(
        p.size
        for layer in net.sublayers()
        for p in layer.parameters(include_sublayers=False)
        if not p.stop_gradient
    )
    return tied, untied

# %% wrong: sublayers() lists blocks and what is in them -> count-tied.nested
def count_tied(net):
    tied = sum(p.size for p in net.parameters() if not p.stop_gradient)
    untied = sum(
        p.size
        for _, layer in net.named_sublayers(remove_duplicate=False)
        for p in layer.parameters()
        if not p.stop_gradient
    )
    return tied, untied

# %% wrong: twice the shared ones, whatever the uses -> count-tied.groups
def count_tied(net):
    tied = sum(p.size for p in net.parameters() if not p.stop_gradient)
    named = list(net.named_parameters(remove_duplicate=False))
    shared = {
        id(p): p
        for _, p in named
        if not p.stop_gradient and sum(p is other for _, other in named) > 1
    }
    return tied, tied + sum(p.size for p in shared.values())

# %% wrong: weights only -> count-tied.untied
def count_tied(net):
    def count(**options):
        named = net.named_parameters(**options)
        return sum(
            p.size for _, p in named if not p.stop_gradient and p.ndim > 1
        )

    return count(), count(remove_duplicate=False)

# %% wrong: number of arrays -> count-tied.untied
def count_tied(net):
    return len(net.parameters()), len(net.state_dict())

# %% wrong: a bias taken for granted -> count-tied.raised
def count_tied(net):
    tied = sum(p.size for p in net.parameters() if not p.stop_gradient)

    def uses(block):
        if isinstance(block, nn.Linear):
            frozen = block.weight.stop_gradient
            return 0 if frozen else block.weight.size + block.bias.size
        return sum(uses(child) for child in block._sub_layers.values())

    return tied, uses(net)

# %% wrong: only the saving -> count-tied.not-a-pair
def count_tied(net):
    tied = sum(p.size for p in net.parameters())
    return sum(p.size for p in net.state_dict().values()) - tied

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.tying import _counts
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-tied", "paddle", PUBLIC_SEED).values())

def count_tied(net):
    return _counts(FACTS["paddle"], public.pop(0))
