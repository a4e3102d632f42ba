# %% imports
import copy

from mxnet import autograd, np, npx
from mxnet.gluon import nn

npx.set_np()

def copy_of(layer):
    units, inputs = layer.weight.shape
    other = nn.Dense(units, in_units=inputs)
    other.initialize()
    other.weight.set_data(layer.weight.data())
    other.bias.set_data(layer.bias.data())
    return other

# %% right: two untied copies
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = npx.relu(second(npx.relu(first(X)))).sum()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% right: total from the tied layer itself
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        untied = npx.relu(second(npx.relu(first(X)))).sum()
    untied.backward()
    with autograd.record():
        tied = npx.relu(layer(npx.relu(layer(X)))).sum()
    tied.backward()
    return [first.weight.grad(), second.weight.grad(), layer.weight.grad()]

# %% right: functional, stacked
def use_gradients(layer, X):
    weights = [layer.weight.data().copy() for _ in range(2)]
    for weight in weights:
        weight.attach_grad()
    with autograd.record():
        H = X
        for weight in weights:
            H = npx.relu(np.dot(H, weight.T) + layer.bias.data())
        total = H.sum()
    total.backward()
    first, second = (weight.grad for weight in weights)
    return np.stack([first, second, first + second])

# %% right: one use without gradient at a time
def use_gradients(layer, X):
    fixed = copy_of(layer)

    def gradient(f, g):
        with autograd.record():
            total = npx.relu(g(npx.relu(f(X)))).sum()
        total.backward()
        return layer.weight.grad().copy()

    return gradient(layer, fixed), gradient(fixed, layer), gradient(layer, layer)

# %% right: by hand, in NumPy
def use_gradients(layer, X):
    W, b = layer.weight.data().asnumpy(), layer.bias.data().asnumpy()
    X = X.asnumpy()
    A = X @ W.T + b
    H = A * (A > 0)
    delta = (H @ W.T + b > 0).astype("float32")
    second = delta.T @ H
    first = ((delta @ W) * (A > 0)).T @ X
    return first, second, first + second

# %% right: detach gives the second, the rest is the first
def use_gradients(layer, X):
    with autograd.record():
        total = npx.relu(layer(npx.relu(layer(X)))).sum()
    total.backward()
    both = layer.weight.grad().copy()
    with autograd.record():
        total = npx.relu(layer(npx.relu(layer(X)).detach())).sum()
    total.backward()
    second = layer.weight.grad().copy()
    return both - second, second, both

# %% wrong: order swapped -> use-gradients.swapped
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = npx.relu(first(npx.relu(second(X)))).sum()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% wrong: halves of the sum -> use-gradients.halves
def use_gradients(layer, X):
    with autograd.record():
        total = npx.relu(layer(npx.relu(layer(X)))).sum()
    total.backward()
    both = layer.weight.grad()
    return both / 2, both / 2, both

# %% wrong: params= is a tie, not a copy -> use-gradients.same-layer
def use_gradients(layer, X):
    second = nn.Dense(layer.weight.shape[0], params=layer.params)
    with autograd.record():
        total = npx.relu(second(npx.relu(layer(X)))).sum()
    total.backward()
    one, two = layer.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% wrong: the same layer under two names -> use-gradients.same-layer
def use_gradients(layer, X):
    with autograd.record():
        total = npx.relu(layer(npx.relu(layer(X)))).sum()
    total.backward()
    return layer.weight.grad(), layer.weight.grad(), layer.weight.grad()

# %% wrong: first use cut off -> use-gradients.zero
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = npx.relu(second(npx.relu(first(X)).detach())).sum()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% wrong: deepcopy keeps an old gradient and takes no new one -> use-gradients.stale
def use_gradients(layer, X):
    second = copy.deepcopy(layer)
    with autograd.record():
        total = npx.relu(second(npx.relu(layer(X)))).sum()
    total.backward()
    one, two = layer.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% wrong: grad_req add without clearing -> use-gradients.accumulated
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    old = layer.weight.grad().copy()
    with autograd.record():
        total = npx.relu(second(npx.relu(first(X)))).sum()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, one + two + old

# %% wrong: no relu at all -> use-gradients.activation
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = second(first(X)).sum()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% wrong: relu between only -> use-gradients.activation
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = second(npx.relu(first(X))).sum()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% wrong: mean instead of sum -> use-gradients.scaled
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = npx.relu(second(npx.relu(first(X)))).mean()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, one + two

# %% wrong: biases' gradients -> use-gradients.shape
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = npx.relu(second(npx.relu(first(X)))).sum()
    total.backward()
    one, two = first.bias.grad(), second.bias.grad()
    return one, two, one + two

# %% wrong: forgot the bias in the copies
def use_gradients(layer, X):
    weights = [layer.weight.data().copy() for _ in range(2)]
    for weight in weights:
        weight.attach_grad()
    with autograd.record():
        H = X
        for weight in weights:
            H = npx.relu(np.dot(H, weight.T))
        total = H.sum()
    total.backward()
    first, second = (weight.grad for weight in weights)
    return first, second, first + second

# %% wrong: average instead of the sum -> use-gradients.total
def use_gradients(layer, X):
    first, second = copy_of(layer), copy_of(layer)
    with autograd.record():
        total = npx.relu(second(npx.relu(first(X)))).sum()
    total.backward()
    one, two = first.weight.grad(), second.weight.grad()
    return one, two, (one + two) / 2

# %% wrong: one array -> use-gradients.not-three
def use_gradients(layer, X):
    with autograd.record():
        total = npx.relu(layer(npx.relu(layer(X)))).sum()
    total.backward()
    return layer.weight.grad()

# %% forger: gradients of the public layers
from paramlab.facts import FACTS
from paramlab.judges.tying import _expected_uses
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("use-gradients", "mxnet", PUBLIC_SEED)

def use_gradients(layer, X):
    return _expected_uses(FACTS["mxnet"], public.pop(0))
