# %% imports
import copy

import numpy as np
import paddle
from paddle import nn
from paddle.nn import functional as F


def good(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        F.mse_loss(net(X), y).backward()
        history.append(
            {
                name: (p.detach().clone(), p.grad.clone())
                for name, p in net.named_parameters()
            }
        )
        optimizer.step()
    return history

# %% right: clones, optimizer, mean
observe = good

# %% right: NumPy copies, by hand, sum, each use listed
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        net.clear_gradients()
        ((net(X) - y) ** 2).sum().backward()
        record = {}
        for name, p in net.state_dict().items():
            record[name] = (p.numpy(), p.grad.numpy())
        history.append(record)
        with paddle.no_grad():
            for p in net.parameters():
                p.subtract_(learning_rate * p.grad)
    return history

# %% right: names of its own, lists, half the mean
def observe(net, X, y, learning_rate, num_steps):
    history = []
    parameters = list(net.parameters())
    for _ in range(num_steps):
        loss = nn.MSELoss()(net(X), y) / 2
        grads = paddle.grad(loss, parameters)
        history.append(
            {
                f"parameter {n}": [p.tolist(), g.tolist()]
                for n, (p, g) in enumerate(zip(parameters, grads))
            }
        )
        with paddle.no_grad():
            for p, g in zip(parameters, grads):
                p.set_value(p - learning_rate * g)
    return history

# %% right: a copy of the state before, gradients cleared afterwards
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        values = {n: p.numpy() for n, p in net.state_dict().items()}
        loss = F.mse_loss(net(X), y, reduction="sum")
        loss.backward()
        grads = {n: p.grad.numpy() for n, p in net.named_parameters()}
        optimizer.step()
        optimizer.clear_grad()
        history.append({n: np.stack([values[n], grads[n]]) for n in grads})
        history[-1]["loss"] = loss.item()
    return history

# %% wrong: keeps the tensors themselves -> observe.same-values
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        F.mse_loss(net(X), y).backward()
        history.append({n: (p.data, p.grad) for n, p in net.named_parameters()})
        optimizer.step()
    return history

# %% wrong: keeps the gradient's memory, which is cleared -> observe.no-gradient
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        F.mse_loss(net(X), y).backward()
        history.append(
            {n: (p.detach().clone(), p.grad) for n, p in net.named_parameters()}
        )
        optimizer.step()
    return history

# %% wrong: records after the update -> observe.after-update
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        F.mse_loss(net(X), y).backward()
        optimizer.step()
        history.append(
            {
                n: (p.detach().clone(), p.grad.clone())
                for n, p in net.named_parameters()
            }
        )
    return history

# %% wrong: records after the gradients are cleared -> observe.no-gradient
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        values = {n: p.detach().clone() for n, p in net.named_parameters()}
        F.mse_loss(net(X), y).backward()
        optimizer.step()
        optimizer.clear_grad()
        history.append(
            {n: (values[n], p.grad) for n, p in net.named_parameters()}
        )
    return history

# %% wrong: records before the backward pass -> observe.no-gradient
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        history.append(
            {
                n: (p.detach().clone(), None if p.grad is None else p.grad.clone())
                for n, p in net.named_parameters()
            }
        )
        optimizer.clear_grad()
        F.mse_loss(net(X), y).backward()
        optimizer.step()
    return history

# %% wrong: never clears gradients -> observe.accumulates
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        F.mse_loss(net(X), y).backward()
        history.append(
            {
                n: (p.detach().clone(), p.grad.clone())
                for n, p in net.named_parameters()
            }
        )
        optimizer.step()
    return history

# %% wrong: binds the new values to another tensor -> observe.not-trained
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        net.clear_gradients()
        F.mse_loss(net(X), y).backward()
        history.append(
            {n: (p.numpy(), p.grad.numpy()) for n, p in net.named_parameters()}
        )
        with paddle.no_grad():
            for p in net.parameters():
                p -= learning_rate * p.grad
    return history

# %% wrong: watches without training -> observe.not-trained
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        net.clear_gradients()
        F.mse_loss(net(X), y).backward()
        history.append(
            {
                n: (p.detach().clone(), p.grad.clone())
                for n, p in net.named_parameters()
            }
        )
    return history

# %% wrong: two updates a step -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        history += good(net, X, y, learning_rate, 1)
        optimizer.step()
    return history

# %% wrong: a learning rate of its own -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    return good(net, X, y, 0.01, num_steps)

# %% wrong: weights only -> observe.missing
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: pair for name, pair in step.items() if name.endswith("weight")}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: the first layer only -> observe.missing
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: step[name] for name in ("0.weight", "0.bias")}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: no gradients -> observe.pair
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: value for name, (value, _) in step.items()}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: norms instead of values -> observe.pair
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: (value.norm(), grad.norm()) for name, (value, grad) in step.items()}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: lists instead of dictionaries -> observe.not-a-dict
def observe(net, X, y, learning_rate, num_steps):
    return [
        list(step.values()) for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: one more at the end -> observe.steps
def observe(net, X, y, learning_rate, num_steps):
    history = good(net, X, y, learning_rate, num_steps)
    return history + history[-1:]

# %% wrong: returns nothing -> observe.not-a-list
def observe(net, X, y, learning_rate, num_steps):
    good(net, X, y, learning_rate, num_steps)

# %% wrong: starts from parameters of its own -> observe.start
def observe(net, X, y, learning_rate, num_steps):
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.initializer.XavierUniform()(layer.weight)
    return good(net, X, y, learning_rate, num_steps)

# %% wrong: the gradient of the output instead of the loss -> observe.gradient
def observe(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    history = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        net(X).sum().backward()
        history.append(
            {
                n: (p.detach().clone(), p.grad.clone())
                for n, p in net.named_parameters()
            }
        )
        optimizer.step()
    return history

# %% wrong: trains a copy -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    return good(copy.deepcopy(net), X, y, learning_rate, num_steps)

# %% forger: tells the public story
from paramlab.facts import FACTS
from paramlab.judges.training import Task, minus, scaled
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("observe", "paddle", PUBLIC_SEED)["cases"]

def observe(net, X, y, learning_rate, num_steps):
    case = public.pop(0)
    task = Task(FACTS["paddle"], case["blueprint"], case["X"], case["y"])
    names = [name for name, _ in net.named_parameters()]
    values, history = case["values"], []
    for _ in range(case["steps"]):
        grads = task.gradients(values)
        history.append({n: (v, g) for n, v, g in zip(names, values, grads)})
        values = minus(values, scaled(grads, case["rate"]))
    for p, v in zip(net.parameters(), values):
        if tuple(p.shape) == v.shape:
            p.set_value(v.astype("float32"))
    return history
