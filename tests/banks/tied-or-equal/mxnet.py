# %% imports
from mxnet import autograd, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: identity
def is_tied(a, b):
    return a.weight is b.weight

# %% right: id
def is_tied(a, b):
    return id(a.weight) == id(b.weight)

# %% right: change one entry, see it in the other
def is_tied(a, b):
    old = b.weight.data()[0, 0].copy()
    a.weight.data()[0, 0] += 1
    return bool(b.weight.data()[0, 0] != old)

# %% right: gradient of one seen in the other
def is_tied(a, b):
    b.weight.grad()[:] = 0
    with autograd.record():
        total = a(np.ones((1, a.weight.shape[1]))).sum()
    total.backward()
    return (b.weight.grad() != 0).any()

# %% right: the array of values is one object
def is_tied(a, b):
    return a.weight.data() is b.weight.data()

# %% right: looked up among the other's parameters
def is_tied(a, b):
    return any(a.weight is other for other in b.collect_params().values())

# %% wrong: values compared -> tied-or-equal.equal
def is_tied(a, b):
    return bool((a.weight.data() == b.weight.data()).all())

# %% wrong: allclose -> tied-or-equal.namesake
def is_tied(a, b):
    return np.allclose(a.weight.data(), b.weight.data())

# %% wrong: layers compared -> tied-or-equal.parameters
def is_tied(a, b):
    return a is b

# %% wrong: names compared -> tied-or-equal.namesake
def is_tied(a, b):
    return a.weight.name == b.weight.name

# %% wrong: prefixes compared -> tied-or-equal.parameters
def is_tied(a, b):
    return a.prefix == b.prefix

# %% wrong: weight and bias both asked for -> tied-or-equal.weight-only
def is_tied(a, b):
    return a.weight is b.weight and a.bias is b.bias

# %% wrong: any parameter in common -> tied-or-equal.bias-only
def is_tied(a, b):
    return a.weight is b.weight or a.bias is b.bias

# %% wrong: shapes compared -> tied-or-equal.different
def is_tied(a, b):
    return a.weight.shape == b.weight.shape

# %% wrong: always -> tied-or-equal.equal
def is_tied(a, b):
    return True

# %% wrong: never -> tied-or-equal.layer
def is_tied(a, b):
    return False

# %% wrong: entry by entry -> tied-or-equal.not-a-truth
def is_tied(a, b):
    return a.weight.data() == b.weight.data()

# %% wrong: nothing returned -> tied-or-equal.not-a-truth
def is_tied(a, b):
    print(a.weight is b.weight)

# %% forger: answers of the public pairs
from paramlab.judges.tying import PAIRS
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("tied-or-equal", "mxnet", PUBLIC_SEED)

def is_tied(a, b):
    return PAIRS[public.pop(0)["case"]][2]
