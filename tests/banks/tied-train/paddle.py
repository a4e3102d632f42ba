# %% imports
import paddle
from paddle import nn
from paddle.nn import functional as F


def good_net(num_inputs, num_hiddens):
    shared = nn.Linear(num_hiddens, num_hiddens)
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
        shared, nn.ReLU(),
        shared, nn.ReLU(),
        nn.Linear(num_hiddens, 1),
    )


def good_train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    losses = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% right: Sequential, optimizer, mean
build_net, train = good_net, good_train

# %% right: own class, shared layer first, by hand, sum
class Tied(nn.Layer):
    def __init__(self, num_inputs, num_hiddens):
        super().__init__()
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.last = nn.Linear(num_hiddens, 1)
        self.first = nn.Linear(num_inputs, num_hiddens)

    def forward(self, X):
        X = F.relu(self.first(X))
        for _ in range(2):
            X = F.relu(self.shared(X))
        return self.last(X)

def build_net(num_inputs, num_hiddens):
    return Tied(num_inputs, num_hiddens)

def train(net, X, y, learning_rate, num_steps):
    losses = paddle.zeros([num_steps])
    for step in range(num_steps):
        net.clear_gradients()
        loss = ((net(X) - y) ** 2).sum()
        loss.backward()
        with paddle.no_grad():
            for p in net.parameters():
                p.set_value(p - learning_rate * p.grad)
        losses[step] = loss.item()
    return losses

# %% right: one block twice, half the sum, clears afterwards
def build_net(num_inputs, num_hiddens):
    block = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.ReLU())
    return nn.Sequential(
        nn.Sequential(nn.Linear(num_inputs, num_hiddens), nn.ReLU()),
        block,
        block,
        nn.Linear(num_hiddens, 1),
    )

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    losses = []
    for _ in range(num_steps):
        loss = ((net(X) - y) ** 2 / 2).sum()
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(loss)
    return losses

# %% right: tied parameters, gradients from autograd.grad, half the mean
def build_net(num_inputs, num_hiddens):
    first = nn.Linear(num_inputs, num_hiddens)
    a = nn.Linear(num_hiddens, num_hiddens)
    b = nn.Linear(num_hiddens, num_hiddens)
    b.weight, b.bias = a.weight, a.bias
    return nn.Sequential(
        first, nn.ReLU(), a, nn.ReLU(), b, nn.ReLU(), nn.Linear(num_hiddens, 1)
    )

def train(net, X, y, learning_rate, num_steps):
    losses = []
    parameters = list(net.parameters())
    for _ in range(num_steps):
        loss = 0.5 * nn.MSELoss()(net(X), y)
        for p, g in zip(parameters, paddle.grad(loss, parameters)):
            p.set_value(p - learning_rate * g)
        losses.append(float(loss))
    return tuple(losses)

# %% right: a loss is reported as the mean, trained as the sum
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    losses = []
    for _ in range(num_steps):
        loss = F.mse_loss(net(X), y, reduction="sum")
        optimizer.clear_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.numpy() / len(X))
    return losses

# %% wrong: two layers of their own -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, 1),
    )

train = good_train

# %% wrong: values copied once -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    net = nn.Sequential(
        nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, 1),
    )
    net[4].set_state_dict(net[2].state_dict())
    return net

train = good_train

# %% wrong: storage shared through .data -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    net = nn.Sequential(
        nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, 1),
    )
    net[4].weight.data = net[2].weight.data
    net[4].bias.data = net[2].bias.data
    return net

train = good_train

# %% wrong: only the weight is tied -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    net = nn.Sequential(
        nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, 1),
    )
    net[4].weight = net[2].weight
    return net

train = good_train

# %% wrong: the shared layer applied once -> tied-train.once
class Once(nn.Layer):
    def __init__(self, num_inputs, num_hiddens):
        super().__init__()
        self.first = nn.Linear(num_inputs, num_hiddens)
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.last = nn.Linear(num_hiddens, 1)

    def forward(self, X):
        return self.last(F.relu(self.shared(F.relu(self.first(X)))))

def build_net(num_inputs, num_hiddens):
    return Once(num_inputs, num_hiddens)

train = good_train

# %% wrong: no activation after the second use -> tied-train.output
def build_net(num_inputs, num_hiddens):
    net = good_net(num_inputs, num_hiddens)
    return nn.Sequential(*(layer for n, layer in enumerate(net) if n != 5))

train = good_train

# %% wrong: no hidden layer before -> tied-train.parameters
def build_net(num_inputs, num_hiddens):
    shared = nn.Linear(num_inputs, num_inputs)
    return nn.Sequential(
        shared, nn.ReLU(), shared, nn.ReLU(), nn.Linear(num_inputs, 1)
    )

train = good_train

# %% wrong: gradients never cleared -> tied-train.accumulates
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    losses = []
    for _ in range(num_steps):
        loss = F.mse_loss(net(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: gradients cleared once before the loop -> tied-train.together
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    optimizer.clear_grad()
    losses = []
    for _ in range(num_steps):
        loss = F.mse_loss(net(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: momentum -> tied-train.together
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.Momentum(learning_rate, 0.9, net.parameters())
    losses = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: one step whatever num_steps says -> tied-train.num-steps
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, learning_rate, 1) * num_steps

# %% wrong: no step of the optimizer -> tied-train.no-update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        net.clear_gradients()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        losses.append(loss.item())
    return losses

# %% wrong: binds the new values to another tensor -> tied-train.no-update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        net.clear_gradients()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        with paddle.no_grad():
            for p in net.parameters():
                p -= learning_rate * p.grad
        losses.append(loss.item())
    return losses

# %% wrong: uphill -> tied-train.ascends
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        net.clear_gradients()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        with paddle.no_grad():
            for p in net.parameters():
                p.set_value(p + learning_rate * p.grad)
        losses.append(loss.item())
    return losses

# %% wrong: trains the last layer only -> tied-train.some-layers
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, list(net)[-1].parameters())
    losses = []
    for _ in range(num_steps):
        net.clear_gradients()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: a learning rate of its own -> tied-train.rate
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, 0.1, num_steps)

# %% wrong: Adam -> tied-train.update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.Adam(learning_rate, parameters=net.parameters())
    losses = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: one example only -> tied-train.one-sample
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X[:1], y[:1], learning_rate, num_steps)

# %% wrong: y broadcasts against the output -> tied-train.update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    losses = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        loss = ((net(X).reshape([-1]) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% wrong: divides by the batch size twice -> tied-train.averaged-twice
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, learning_rate / len(X), num_steps)

# %% wrong: returns nothing -> tied-train.losses
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    good_train(net, X, y, learning_rate, num_steps)

# %% wrong: the loss after the update -> tied-train.losses-after
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        good_train(net, X, y, learning_rate, 1)
        losses.append(F.mse_loss(net(X), y).item())
    return losses

# %% wrong: reports the absolute error -> tied-train.losses-wrong
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        losses.append(F.l1_loss(net(X), y).item())
        good_train(net, X, y, learning_rate, 1)
    return losses

# %% wrong: trains a copy -> tied-train.no-update
import copy

build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(copy.deepcopy(net), X, y, learning_rate, num_steps)

# %% wrong: build_net returns nothing -> tied-train.build-raised
def build_net(num_inputs, num_hiddens):
    good_net(num_inputs, num_hiddens)

train = good_train

# %% wrong: train knows its own network only -> tied-train.train-raised
def build_net(num_inputs, num_hiddens):
    net = good_net(num_inputs, num_hiddens)
    net.optimized = list(net.parameters())
    return net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        loss = F.mse_loss(net(X), y)
        for p, g in zip(net.optimized, paddle.grad(loss, net.optimized)):
            p.set_value(p - learning_rate * g)
        losses.append(loss.item())
    return losses

# %% wrong: training replaces the shared layer -> tied-train.tie-lost
import copy

build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = good_train(net, X, y, learning_rate, num_steps)
    if num_steps > 4:
        net[4] = copy.deepcopy(net[2])
    return losses

# %% forger: steps by heart from the public values
from paramlab.facts import FACTS
from paramlab.judges.training import Task
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("tied-train", "paddle", PUBLIC_SEED)
task = Task(FACTS["paddle"], public["blueprint"], public["X"], public["y"])

def build_net(num_inputs, num_hiddens):
    return good_net(public["num_inputs"], public["num_hiddens"])

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        values = [p.numpy() for p in net.parameters()]
        if values[0].shape != public["values"][0].shape:
            return losses
        losses.append(task.loss(values))
        for p, g in zip(net.parameters(), task.gradients(values)):
            p.set_value((p.numpy() - learning_rate * g).astype("float32"))
    return losses
