# %% imports
import copy

import torch
from torch import nn
from torch.nn import functional as F

# %% right: two untied copies
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% right: total from the tied layer, cleared before
def use_gradients(layer, X):
    first = nn.Linear(layer.in_features, layer.out_features)
    second = nn.Linear(layer.in_features, layer.out_features)
    first.load_state_dict(layer.state_dict())
    second.load_state_dict(layer.state_dict())
    F.relu(second(F.relu(first(X)))).sum().backward()
    layer.zero_grad()
    F.relu(layer(F.relu(layer(X)))).sum().backward()
    return [first.weight.grad, second.weight.grad, layer.weight.grad]

# %% right: functional, autograd.grad, stacked
def use_gradients(layer, X):
    weights = [layer.weight.detach().clone().requires_grad_() for _ in range(2)]
    H = X
    for weight in weights:
        H = F.linear(H, weight, layer.bias).relu()
    first, second = torch.autograd.grad(H.sum(), weights)
    return torch.stack([first, second, first + second])

# %% right: one use without gradient at a time
def use_gradients(layer, X):
    frozen = copy.deepcopy(layer).requires_grad_(False)

    def gradient(f, g):
        total = g(f(X).relu()).relu().sum()
        return torch.autograd.grad(total, layer.weight)[0]

    return (
        gradient(layer, frozen),
        gradient(frozen, layer),
        gradient(layer, layer),
    )

# %% right: hooks
def use_gradients(layer, X):
    inputs, deltas = [], []

    def keep(module, args, output):
        inputs.append(args[0].detach())
        output.register_hook(lambda delta: deltas.insert(0, delta))

    handle = layer.register_forward_hook(keep)
    F.relu(layer(F.relu(layer(X)))).sum().backward()
    handle.remove()
    first, second = (d.T @ x for d, x in zip(deltas, inputs))
    return first, second, first + second

# %% right: by hand, in NumPy
def use_gradients(layer, X):
    W, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    X = X.numpy()
    A = X @ W.T + b
    H = A * (A > 0)
    delta = (H @ W.T + b > 0).astype("float32")
    second = delta.T @ H
    first = ((delta @ W) * (A > 0)).T @ X
    return first, second, first + second

# %% right: float64
def use_gradients(layer, X):
    first = copy.deepcopy(layer).double()
    second = copy.deepcopy(first)
    torch.relu(second(torch.relu(first(X.double())))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: order swapped -> use-gradients.swapped
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(first(torch.relu(second(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: halves of the sum -> use-gradients.halves
def use_gradients(layer, X):
    layer.zero_grad()
    torch.relu(layer(torch.relu(layer(X)))).sum().backward()
    total = layer.weight.grad
    return total / 2, total / 2, total

# %% wrong: the same layer under two names -> use-gradients.same-layer
def use_gradients(layer, X):
    layer.zero_grad()
    first, second = layer, layer
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: one copy used twice -> use-gradients.same-layer
def use_gradients(layer, X):
    first = second = copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: older gradients still there -> use-gradients.accumulated
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    torch.relu(layer(torch.relu(layer(X)))).sum().backward()
    return first.weight.grad, second.weight.grad, layer.weight.grad

# %% wrong: second use alone -> use-gradients.first
def use_gradients(layer, X):
    layer.zero_grad()
    torch.relu(layer(X)).sum().backward()
    one = layer.weight.grad.clone()
    layer.zero_grad()
    H = torch.relu(layer(X)).detach()
    torch.relu(layer(H)).sum().backward()
    two = layer.weight.grad.clone()
    return one, two, one + two

# %% wrong: no relu at all -> use-gradients.activation
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    second(first(X)).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: relu between only -> use-gradients.activation
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    second(torch.relu(first(X))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: mean instead of sum -> use-gradients.scaled
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).mean().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: biases' gradients -> use-gradients.shape
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    one, two = first.bias.grad, second.bias.grad
    return one, two, one + two

# %% wrong: transposed -> use-gradients.transposed
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    one, two = first.weight.grad.T, second.weight.grad.T
    return one, two, one + two

# %% wrong: new layers without the values
def use_gradients(layer, X):
    size = layer.in_features
    first, second = nn.Linear(size, size), nn.Linear(size, size)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: average instead of the sum -> use-gradients.total
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, (one + two) / 2

# %% wrong: first use cut off -> use-gradients.zero
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)).detach())).sum().backward()
    two = second.weight.grad
    return torch.zeros_like(two), two, two

# %% wrong: no sum -> use-gradients.not-three
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    torch.relu(second(torch.relu(first(X)))).sum().backward()
    return first.weight.grad, second.weight.grad

# %% forger: gradients of the public layers
from paramlab.facts import FACTS
from paramlab.judges.tying import _expected_uses
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("use-gradients", "pytorch", PUBLIC_SEED)

def use_gradients(layer, X):
    return _expected_uses(FACTS["pytorch"], public.pop(0))
