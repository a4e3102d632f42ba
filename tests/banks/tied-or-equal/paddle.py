# %% imports
import paddle
from paddle import nn

# %% right: identity
def is_tied(a, b):
    return a.weight is b.weight

# %% right: id
def is_tied(a, b):
    return id(a.weight) == id(b.weight)

# %% right: a network lists a tied parameter once
def is_tied(a, b):
    names = [name for name, _ in nn.Sequential(a, b).named_parameters()]
    return "1.weight" not in names

# %% right: gradient of one seen in the other
def is_tied(a, b):
    for layer in (a, b):
        layer.clear_gradients(set_to_zero=False)
    a(paddle.ones((1, a.weight.shape[0]))).sum().backward()
    return b.weight.grad is not None

# %% right: object set, as a tensor
def is_tied(a, b):
    return paddle.to_tensor(len({a.weight, b.weight}) == 1)

# %% right: looked up among the other's parameters
def is_tied(a, b):
    first = dict(a.named_parameters())["weight"]
    return any(first is other for other in b.parameters())

# %% wrong: values compared -> tied-or-equal.equal
def is_tied(a, b):
    return paddle.equal_all(a.weight, b.weight)

# %% wrong: allclose -> tied-or-equal.bias-only
def is_tied(a, b):
    return paddle.allclose(a.weight, b.weight).item()

# %% wrong: layers compared -> tied-or-equal.parameters
def is_tied(a, b):
    return a is b

# %% wrong: names compared -> tied-or-equal.namesake
def is_tied(a, b):
    return a.weight.name == b.weight.name

# %% wrong: full names of the layers compared -> tied-or-equal.parameters
def is_tied(a, b):
    return a.full_name() == b.full_name()

# %% wrong: same memory -> tied-or-equal.storage
def is_tied(a, b):
    return a.weight.data_ptr() == b.weight.data_ptr()

# %% wrong: one entry changed, seen through shared memory -> tied-or-equal.storage
def is_tied(a, b):
    with paddle.no_grad():
        a.weight[0, 0] = 100
    return bool(b.weight[0, 0] == 100)

# %% wrong: .data is a new tensor each time -> tied-or-equal.layer
def is_tied(a, b):
    return a.weight.data is b.weight.data

# %% wrong: weight and bias both asked for -> tied-or-equal.weight-only
def is_tied(a, b):
    return a.weight is b.weight and a.bias is b.bias

# %% wrong: any parameter in common -> tied-or-equal.bias-only
def is_tied(a, b):
    return len(nn.Sequential(a, b).parameters()) < 4

# %% wrong: shapes compared -> tied-or-equal.different
def is_tied(a, b):
    return a.weight.shape == b.weight.shape

# %% wrong: always -> tied-or-equal.different
def is_tied(a, b):
    return True

# %% wrong: never -> tied-or-equal.layer
def is_tied(a, b):
    return False

# %% wrong: entry by entry -> tied-or-equal.not-a-truth
def is_tied(a, b):
    return a.weight == b.weight

# %% wrong: said in words -> tied-or-equal.not-a-truth
def is_tied(a, b):
    return "tied" if a.weight is b.weight else "equal"

# %% forger: answers of the public pairs
from paramlab.judges.tying import PAIRS
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("tied-or-equal", "paddle", PUBLIC_SEED)

def is_tied(a, b):
    return PAIRS[public.pop(0)["case"]][2]
