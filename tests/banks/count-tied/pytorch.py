# %% imports
import torch
from torch import nn

# %% right: remove_duplicate
def count_tied(net):
    def count(**options):
        named = net.named_parameters(**options)
        return sum(p.numel() for _, p in named if p.requires_grad)

    return count(), count(remove_duplicate=False)

# %% right: state_dict that keeps the parameters
def count_tied(net):
    each = [
        p for p in net.state_dict(keep_vars=True).values() if p.requires_grad
    ]
    once = {id(p): p for p in each}.values()
    return [sum(p.numel() for p in once), sum(p.numel() for p in each)]

# %% right: recursion over the blocks
def uses(block):
    if isinstance(block, nn.Sequential):
        for child in block:
            yield from uses(child)
    else:
        yield block

def count_tied(net):
    tied, untied, seen = 0, 0, set()
    for layer in uses(net):
        for p in layer.parameters():
            if p.requires_grad:
                untied += p.numel()
                tied += p.numel() if p not in seen else 0
                seen.add(p)
    return tied, untied

# %% right: as a tensor
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters() if p.requires_grad)
    more = sum(
        p.numel()
        for module in [
            m for _, m in net.named_modules(remove_duplicate=False)
        ]
        for p in module.parameters(recurse=False)
        if p.requires_grad
    )
    return torch.tensor([tied, more])

# %% wrong: the same number twice -> count-tied.tied
def count_tied(net):
    total = sum(p.numel() for p in net.parameters() if p.requires_grad)
    return total, total

# %% wrong: swapped -> count-tied.swapped
def count_tied(net):
    def count(**options):
        named = net.named_parameters(**options)
        return sum(p.numel() for _, p in named if p.requires_grad)

    return count(remove_duplicate=False), count()

# %% wrong: frozen ones counted -> count-tied.frozen
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters())
    untied = sum(p.numel() for p in net.state_dict().values())
    return tied, untied

# %% wrong: state_dict for the second, so frozen ones counted -> count-tied.frozen
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters() if p.requires_grad)
    untied = sum(p.numel() for p in net.state_dict().values())
    return tied, untied

# %% wrong: uses at the top level only -> count-tied.nested
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters() if p.requires_grad)
    untied = sum(
        p.numel()
        for layer in net
        for p in layer.parameters()
        if p.requires_grad
    )
    return tied, untied

# %% wrong: children() lists a layer once -> count-tied.tied
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters() if p.requires_grad)
    untied = sum(
        p.numel()
        for layer in net.children()
        for p in layer.parameters()
        if p.requires_grad
    )
    return tied, untied

# %% wrong: twice the shared ones, whatever the uses -> count-tied.groups
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters() if p.requires_grad)
    named = list(net.named_parameters(remove_duplicate=False))
    shared = {
        id(p): p
        for _, p in named
        if p.requires_grad and sum(p is other for _, other in named) > 1
    }
    return tied, tied + sum(p.numel() for p in shared.values())

# %% wrong: weights only -> count-tied.untied
def count_tied(net):
    def count(**options):
        named = net.named_parameters(**options)
        return sum(p.numel() for _, p in named if p.requires_grad and p.dim() > 1)

    return count(), count(remove_duplicate=False)

# %% wrong: number of arrays -> count-tied.untied
def count_tied(net):
    return len(list(net.parameters())), len(net.state_dict())

# %% wrong: a bias taken for granted -> count-tied.raised
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters() if p.requires_grad)

    def uses(block):
        if isinstance(block, nn.Linear):
            frozen = not block.weight.requires_grad
            return 0 if frozen else block.weight.numel() + block.bias.numel()
        return sum(uses(child) for child in block._modules.values())

    return tied, uses(net)

# %% wrong: only the saving -> count-tied.not-a-pair
def count_tied(net):
    tied = sum(p.numel() for p in net.parameters())
    return sum(p.numel() for p in net.state_dict().values()) - tied

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.tying import _counts
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-tied", "pytorch", PUBLIC_SEED).values())

def count_tied(net):
    return _counts(FACTS["pytorch"], public.pop(0))
