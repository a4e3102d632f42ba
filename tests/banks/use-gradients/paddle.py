# %% imports
import copy

import paddle
from paddle import nn
from paddle.nn import functional as F

def copied(layer):
    """Return an untied copy without a gradient."""
    other = nn.Linear(*layer.weight.shape)
    other.set_state_dict(layer.state_dict())
    return other

# %% right: two untied copies
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% right: deepcopies, which leave old gradients behind
def use_gradients(layer, X):
    first, second = copy.deepcopy(layer), copy.deepcopy(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return [one, two, one + two]

# %% right: total from the tied layer, cleared before
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    layer.clear_gradients()
    F.relu(layer(F.relu(layer(X)))).sum().backward()
    return first.weight.grad, second.weight.grad, layer.weight.grad

# %% right: functional, paddle.grad, stacked
def use_gradients(layer, X):
    weights = [layer.weight.detach().clone() for _ in range(2)]
    H = X
    for weight in weights:
        weight.stop_gradient = False
        H = F.relu(F.linear(H, weight, layer.bias))
    first, second = paddle.grad(H.sum(), weights)
    return paddle.stack([first, second, first + second])

# %% right: one use without gradient at a time
def use_gradients(layer, X):
    frozen = copied(layer)

    def gradient(f, g):
        total = F.relu(g(F.relu(f(X)))).sum()
        return paddle.grad(total, layer.weight)[0]

    return (
        gradient(layer, frozen),
        gradient(frozen, layer),
        gradient(layer, layer),
    )

# %% right: through the outputs of each use
def use_gradients(layer, X):
    A = layer(X)
    H = F.relu(A)
    B = layer(H)
    dA, dB = paddle.grad(F.relu(B).sum(), [A, B])
    first, second = X.T @ dA, H.detach().T @ dB
    return first, second, first + second

# %% right: by hand, in NumPy
def use_gradients(layer, X):
    W, b, X = layer.weight.numpy(), layer.bias.numpy(), X.numpy()
    A = X @ W + b
    H = A * (A > 0)
    delta = (H @ W + b > 0).astype("float32")
    second = H.T @ delta
    first = X.T @ ((delta @ W.T) * (A > 0))
    return first, second, first + second

# %% right: float64
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    for copy_of_layer in (first, second):
        copy_of_layer.to(dtype="float64")
    F.relu(second(F.relu(first(X.astype("float64"))))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: order swapped -> use-gradients.swapped
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(first(F.relu(second(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: halves of the sum -> use-gradients.halves
def use_gradients(layer, X):
    layer.clear_gradients()
    F.relu(layer(F.relu(layer(X)))).sum().backward()
    total = layer.weight.grad
    return total / 2, total / 2, total

# %% wrong: the same layer under two names -> use-gradients.same-layer
def use_gradients(layer, X):
    layer.clear_gradients()
    first, second = layer, layer
    F.relu(second(F.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: assigning the weight is a tie, not a copy -> use-gradients.same-layer
def use_gradients(layer, X):
    layer.clear_gradients()
    second = nn.Linear(*layer.weight.shape)
    second.weight, second.bias = layer.weight, layer.bias
    F.relu(second(F.relu(layer(X)))).sum().backward()
    one, two = layer.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: older gradients still there -> use-gradients.accumulated
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    F.relu(layer(F.relu(layer(X)))).sum().backward()
    return first.weight.grad, second.weight.grad, layer.weight.grad

# %% wrong: gradient of the earlier batch alone -> use-gradients.stale
def use_gradients(layer, X):
    second = copied(layer)
    with paddle.no_grad():
        H = F.relu(layer(X))
    F.relu(second(H)).sum().backward()
    one, two = layer.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: second use alone -> use-gradients.first
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    H = F.relu(first(X))
    H.sum().backward()
    F.relu(second(H.detach())).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: first use cut off -> use-gradients.zero
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)).detach())).sum().backward()
    two = second.weight.grad
    return paddle.zeros_like(two), two, two

# %% wrong: no relu at all -> use-gradients.activation
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    second(first(X)).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: relu between only -> use-gradients.activation
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    second(F.relu(first(X))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: mean instead of sum -> use-gradients.scaled
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).mean().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: biases' gradients -> use-gradients.shape
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    one, two = first.bias.grad, second.bias.grad
    return one, two, one + two

# %% wrong: as (outputs, inputs) -> use-gradients.transposed
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    one, two = first.weight.grad.T, second.weight.grad.T
    return one, two, one + two

# %% wrong: new layers without the values
def use_gradients(layer, X):
    first, second = (nn.Linear(*layer.weight.shape) for _ in range(2))
    F.relu(second(F.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, one + two

# %% wrong: average instead of the sum -> use-gradients.total
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    one, two = first.weight.grad, second.weight.grad
    return one, two, (one + two) / 2

# %% wrong: no sum -> use-gradients.not-three
def use_gradients(layer, X):
    first, second = copied(layer), copied(layer)
    F.relu(second(F.relu(first(X)))).sum().backward()
    return first.weight.grad, second.weight.grad

# %% forger: gradients of the public layers
from paramlab.facts import FACTS
from paramlab.judges.tying import _expected_uses
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("use-gradients", "paddle", PUBLIC_SEED)

def use_gradients(layer, X):
    return _expected_uses(FACTS["paddle"], public.pop(0))
