# %% imports
import numpy as onp
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: copies, cleared all at once
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% right: NumPy copies, cleared in place
def gradient_states(net, X):
    weight = net[-1].weight
    states = {"before": weight.grad().asnumpy()}
    with autograd.record():
        y = net(X)
    y.backward()
    states["after"] = weight.grad().asnumpy()
    weight.grad()[:] = 0
    states["cleared"] = weight.grad().asnumpy()
    return states

# %% right: only the state that changes is copied
def gradient_states(net, X):
    grad = list(net.collect_params(".*weight").values())[-1].grad()
    with autograd.record():
        loss = np.sum(net(X))
    before = np.zeros_like(grad)
    loss.backward()
    after = grad + 0
    grad *= 0
    return {"before": before, "after": after, "cleared": grad}

# %% right: lists, every gradient cleared
def gradient_states(net, X):
    last = list(net._children.values())[-1]
    before = last.weight.grad().tolist()
    with autograd.record():
        y = net(X).sum()
    autograd.backward(y)
    after = last.weight.list_grad()[0].tolist()
    for parameter in net.collect_params().values():
        parameter.grad()[...] = 0
    return dict(before=before, after=after, cleared=last.weight.grad().tolist())

# %% right: overwritten by a second pass
def gradient_states(net, X):
    weight = net[-1].weight
    before = onp.array(weight.grad().asnumpy())
    for _ in range(2):
        with autograd.record():
            y = net(X).sum()
        y.backward()
    after = onp.array(weight.grad().asnumpy())
    net.collect_params().zero_grad()
    cleared = onp.array(weight.grad().asnumpy())
    return {"before": before, "after": after, "cleared": cleared}

# %% wrong: the array itself, three times -> gradient-states.shared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% wrong: the array itself before, and not cleared -> gradient-states.shared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad()
    return {"before": before, "after": after, "cleared": np.zeros_like(after)}

# %% wrong: not recorded, so no backward pass -> gradient-states.after-zeros
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    net(X).sum()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad().copy()}

# %% wrong: backward of a result that nothing recorded
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    net(X).sum().backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% wrong: never cleared -> gradient-states.not-cleared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    return {"before": before, "after": weight.grad(), "cleared": weight.grad()}

# %% wrong: clears a copy -> gradient-states.left
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    cleared = weight.grad().copy()
    cleared[:] = 0
    return {"before": before, "after": after, "cleared": cleared}

# %% wrong: mean of the outputs -> gradient-states.multiple
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).mean()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% wrong: first layer -> gradient-states.other
def gradient_states(net, X):
    weight = net[0].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% wrong: the second layer, not the last -> gradient-states.other
def gradient_states(net, X):
    weight = net[1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% wrong: the weight itself -> gradient-states.weight
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    net.collect_params().zero_grad()
    return {"before": before, "after": weight.data(), "cleared": weight.grad()}

# %% wrong: None, as another framework has it -> gradient-states.before-zeros
def gradient_states(net, X):
    weight = net[-1].weight
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": None, "after": after, "cleared": weight.grad()}

# %% wrong: the parameter's own zero_grad refuses -> checks.raised
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    weight.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% wrong: sum of squares -> gradient-states.after
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = (net(X) ** 2).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad()}

# %% wrong: the parameter in place of its cleared gradient -> gradient-states.cleared
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return {"before": before, "after": after, "cleared": weight}

# %% wrong: a tuple -> gradient-states.not-a-dict
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    return before, after, weight.grad()

# %% forger: gradients of the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import gradients
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("gradient-states", "mxnet", PUBLIC_SEED))

def gradient_states(net, X):
    case = public.pop(0)
    facts = FACTS["mxnet"]
    found = gradients(facts, case["blueprint"], case["values"], case["X"])
    zeros = onp.zeros_like(found[-2])
    return {"before": zeros, "after": found[-2], "cleared": zeros}
