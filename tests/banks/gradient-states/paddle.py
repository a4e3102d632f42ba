# %% imports
import copy

import numpy as np
import paddle
from paddle import nn

# %% right: cleared all at once, a clone kept
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% right: let go, so that None is left
def gradient_states(net, X):
    weight = net[-1].weight
    states = {"before": weight.grad}
    net(X).sum().backward()
    states["after"] = weight.grad.numpy()
    net.clear_gradients(set_to_zero=False)
    states["cleared"] = weight.grad
    return states

# %% right: the one weight is cleared by itself, NumPy copies
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    paddle.sum(net(X)).backward()
    after = np.array(weight.grad)
    weight.clear_gradient()
    return {"before": before, "after": after, "cleared": np.array(weight.grad)}

# %% right: an optimizer clears, lists
def gradient_states(net, X):
    optimizer = paddle.optimizer.SGD(0.1, parameters=net.parameters())
    weight = [p for name, p in net.named_parameters() if "weight" in name][-1]
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.tolist()
    optimizer.clear_grad()
    return {"before": before, "after": after, "cleared": weight.grad.tolist()}

# %% right: last layer found by its type, deep copies
def gradient_states(net, X):
    *_, last = (m for m in net.sublayers() if isinstance(m, nn.Linear))
    before = copy.deepcopy(last.weight.grad)
    y = net(X)
    paddle.autograd.backward([y.sum()])
    after = copy.deepcopy(last.weight.grad)
    for parameter in net.parameters():
        parameter.clear_grad()
    return {"before": before, "after": after, "cleared": last.weight.grad}

# %% right: zero_grad, as PyTorch calls it
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% right: asked for without backward, so that nothing has to be cleared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    (after,) = paddle.grad(net(X).sum(), weight)
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: cleared in place without a copy -> gradient-states.shared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: detached, and still the same memory -> gradient-states.shared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.detach()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad.detach()}

# %% wrong: the memory is let go, and the gradient with it -> gradient-states.shared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.clear_gradients(set_to_zero=False)
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: read too late -> gradient-states.after-zeros
def gradient_states(net, X):
    net(X).sum().backward()
    net.clear_gradients()
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
    cleared = after.clone()
    cleared[:] = 0
    return {"before": None, "after": after, "cleared": cleared}

# %% wrong: mean of the outputs -> gradient-states.multiple
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).mean().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: two passes add up -> gradient-states.multiple
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    for _ in range(2):
        net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: first layer -> gradient-states.other
def gradient_states(net, X):
    weight = net[0].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: the second dense layer, not the last -> gradient-states.other
def gradient_states(net, X):
    weight = net[2].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: no backward pass -> gradient-states.after-none
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum()
    after = weight.grad
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: the weight itself -> gradient-states.weight
def gradient_states(net, X):
    weight = net[-1].weight
    net(X).sum().backward()
    net.clear_gradients()
    return {"before": None, "after": weight, "cleared": weight.grad}

# %% wrong: zeros made up for before -> gradient-states.before-none
def gradient_states(net, X):
    weight = net[-1].weight
    before = paddle.zeros_like(weight)
    net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: sum of squares -> gradient-states.after
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    (net(X) ** 2).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% wrong: says so in words -> gradient-states.cleared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {"before": before, "after": after, "cleared": "zeros"}

# %% wrong: a tuple -> gradient-states.not-a-dict
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return before, after, weight.grad

# %% wrong: other keys -> gradient-states.keys
def gradient_states(net, X):
    net(X).sum().backward()
    after = net[-1].weight.grad.clone()
    net.clear_gradients()
    return {"Before": None, "After": after, "Cleared": net[-1].weight.grad}

# %% forger: gradients of the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import gradients
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("gradient-states", "paddle", PUBLIC_SEED))

def gradient_states(net, X):
    case = public.pop(0)
    facts = FACTS["paddle"]
    found = gradients(facts, case["blueprint"], case["values"], case["X"])
    return {"before": None, "after": found[-2], "cleared": None}
