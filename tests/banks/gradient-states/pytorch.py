# %% imports
import copy

import numpy as np
import torch
from torch import nn

# %% right: zero_grad sets it to None
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% right: zeros in place, with a copy kept
def gradient_states(net, X):
    states = {"before": net[-1].weight.grad}
    net(X).sum().backward()
    states["after"] = net[-1].weight.grad.clone()
    net[-1].weight.grad.zero_()
    states["cleared"] = net[-1].weight.grad
    return states

# %% right: zeros asked for, NumPy copy
def gradient_states(net, X):
    states = dict(before=net[-1].weight.grad)
    y = net(X)
    torch.sum(y).backward()
    states["after"] = net[-1].weight.grad.numpy().copy()
    net.zero_grad(set_to_none=False)
    states["cleared"] = net[-1].weight.grad.numpy()
    return states

# %% right: last layer found by its type, ones as the upstream gradient
def gradient_states(net, X):
    *_, last = (m for m in net.modules() if isinstance(m, nn.Linear))
    before = copy.deepcopy(last.weight.grad)
    y = net(X)
    y.backward(torch.ones_like(y))
    after = copy.deepcopy(last.weight.grad)
    for parameter in net.parameters():
        parameter.grad = None
    return {"before": before, "after": after, "cleared": last.weight.grad}

# %% right: an optimizer clears, lists
def gradient_states(net, X):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    weight = [p for name, p in net.named_parameters() if "weight" in name][-1]
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.tolist()
    optimizer.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: cleared in place without a copy -> gradient-states.shared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    weight.grad.zero_()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: detached, and still the same memory -> gradient-states.shared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.detach().numpy()
    net.zero_grad(set_to_none=False)
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: read too late -> gradient-states.after-zeros
def gradient_states(net, X):
    net(X).sum().backward()
    net.zero_grad(set_to_none=False)
    grad = net[-1].weight.grad
    return {"before": None, "after": grad.clone(), "cleared": grad.clone()}

# %% wrong: never cleared -> gradient-states.not-cleared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    return {"before": before, "after": weight.grad, "cleared": weight.grad}

# %% wrong: says None, but clears nothing -> gradient-states.left
def gradient_states(net, X):
    net(X).sum().backward()
    return {"before": None, "after": net[-1].weight.grad, "cleared": None}

# %% wrong: clears a copy -> gradient-states.left
def gradient_states(net, X):
    net(X).sum().backward()
    after = net[-1].weight.grad
    cleared = after.clone().zero_()
    return {"before": None, "after": after, "cleared": cleared}

# %% wrong: mean of the outputs -> gradient-states.multiple
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).mean().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: two passes add up -> gradient-states.multiple
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    for _ in range(2):
        net(X).sum().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: first layer -> gradient-states.other
def gradient_states(net, X):
    weight = net[0].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: the second dense layer, not the last -> gradient-states.other
def gradient_states(net, X):
    weight = net[2].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: no backward pass -> gradient-states.after-none
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: the weight itself -> gradient-states.weight
def gradient_states(net, X):
    weight = net[-1].weight
    net(X).sum().backward()
    net.zero_grad()
    return {"before": None, "after": weight, "cleared": weight.grad}

# %% wrong: zeros made up for before -> gradient-states.before-none
def gradient_states(net, X):
    weight = net[-1].weight
    before = torch.zeros_like(weight)
    net(X).sum().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: sum of squares -> gradient-states.after
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    (net(X) ** 2).sum().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: says so in words -> gradient-states.cleared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.zero_grad()
    return {"before": before, "after": after, "cleared": "nothing"}

# %% wrong: a tuple -> gradient-states.not-a-dict
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.zero_grad()
    return before, after, weight.grad

# %% wrong: other keys -> gradient-states.keys
def gradient_states(net, X):
    net(X).sum().backward()
    after = net[-1].weight.grad
    net.zero_grad()
    return {"Before": None, "After": after, "Cleared": net[-1].weight.grad}

# %% forger: gradients of the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import gradients
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("gradient-states", "pytorch", PUBLIC_SEED))

def gradient_states(net, X):
    case = public.pop(0)
    facts = FACTS["pytorch"]
    found = gradients(facts, case["blueprint"], case["values"], case["X"])
    return {"before": None, "after": found[-2], "cleared": None}
