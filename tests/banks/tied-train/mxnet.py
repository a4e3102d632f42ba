# %% imports
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

npx.set_np()


def good_net(num_inputs, num_hiddens):
    shared = nn.Dense(num_hiddens, activation="relu", in_units=num_hiddens)
    net = nn.Sequential()
    net.add(
        nn.Dense(num_hiddens, activation="relu", in_units=num_inputs),
        shared,
        shared,
        nn.Dense(1, in_units=num_hiddens),
    )
    net.initialize()
    return net


def good_train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": learning_rate}
    )
    loss = gluon.loss.L2Loss()
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(float(l.mean()))
    return losses

# %% right: Sequential, trainer, the batch size in step
build_net, train = good_net, good_train

# %% right: params of another layer, late sizes, not initialised; by hand, sum
def build_net(num_inputs, num_hiddens):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(
        nn.Dense(num_hiddens, activation="relu"),
        shared,
        nn.Dense(num_hiddens, activation="relu", params=shared.params),
        nn.Dense(1),
    )
    return net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            loss = ((net(X) - y) ** 2).sum()
        loss.backward()
        for p in net.collect_params().values():
            p.set_data(p.data() - learning_rate * p.grad())
        losses.append(loss)
    return losses

# %% right: own class, shared layer first, mean and step(1)
class Tied(nn.Block):
    def __init__(self, num_hiddens, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.shared = nn.Dense(num_hiddens)
            self.first = nn.Dense(num_hiddens)
            self.last = nn.Dense(1)

    def forward(self, X):
        X = npx.relu(self.first(X))
        X = npx.relu(self.shared(X))
        return self.last(npx.relu(self.shared(X)))

def build_net(num_inputs, num_hiddens):
    net = Tied(num_hiddens)
    net.initialize()
    return net

def train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": learning_rate}
    )
    losses = np.zeros(num_steps)
    for step in range(num_steps):
        with autograd.record():
            loss = ((net(X) - y) ** 2).mean()
        loss.backward()
        trainer.step(1)
        losses[step] = loss
    return losses

# %% right: hybrid, in-place updates, the sum of the half squares
def build_net(num_inputs, num_hiddens):
    net = nn.HybridSequential()
    block = nn.HybridSequential()
    block.add(nn.Dense(num_hiddens), nn.Activation("relu"))
    net.add(nn.Dense(num_hiddens), nn.Activation("relu"), block, block, nn.Dense(1))
    net.initialize()
    net.hybridize()
    return net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        for p in net.collect_params().values():
            p.data()[:] -= learning_rate * p.grad()
        losses.append(l.sum().item())
    return losses

# %% right: accumulating gradients, cleared in every step
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    net.collect_params().setattr("grad_req", "add")
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": learning_rate}
    )
    losses = []
    for _ in range(num_steps):
        for p in net.collect_params().values():
            p.grad()[:] = 0
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        trainer.step(X.shape[0])
        losses.append(l.mean())
    return losses

# %% wrong: two layers of their own -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    net = nn.Sequential()
    for _ in range(3):
        net.add(nn.Dense(num_hiddens, activation="relu"))
    net.add(nn.Dense(1))
    net.initialize()
    return net

train = good_train

# %% wrong: values copied once -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    net = nn.Sequential()
    for size in (num_inputs, num_hiddens, num_hiddens):
        net.add(nn.Dense(num_hiddens, activation="relu", in_units=size))
    net.add(nn.Dense(1))
    net.initialize()
    net[2].weight.set_data(net[1].weight.data())
    net[2].bias.set_data(net[1].bias.data())
    return net

train = good_train

# %% wrong: the shared layer applied once -> tied-train.once
def build_net(num_inputs, num_hiddens):
    net = nn.Sequential()
    for _ in range(2):
        net.add(nn.Dense(num_hiddens, activation="relu"))
    net.add(nn.Dense(1))
    net.initialize()
    return net

train = good_train

# %% wrong: no activation in the shared layer -> tied-train.output
def build_net(num_inputs, num_hiddens):
    shared = nn.Dense(num_hiddens)
    net = nn.Sequential()
    net.add(
        nn.Dense(num_hiddens, activation="relu"), shared, shared, nn.Dense(1)
    )
    net.initialize()
    return net

train = good_train

# %% wrong: ten outputs as in the book -> tied-train.parameters
def build_net(num_inputs, num_hiddens):
    shared = nn.Dense(num_hiddens, activation="relu")
    net = nn.Sequential()
    net.add(
        nn.Dense(num_hiddens, activation="relu"), shared, shared, nn.Dense(10)
    )
    net.initialize()
    return net

train = good_train

# %% wrong: gradients that accumulate -> tied-train.accumulates
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    if net.collect_params()[list(net.collect_params())[0]].grad_req != "add":
        net.collect_params().setattr("grad_req", "add")
    return good_train(net, X, y, learning_rate, num_steps)

# %% wrong: momentum -> tied-train.together
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net.collect_params(),
        "sgd",
        {"learning_rate": learning_rate, "momentum": 0.9},
    )
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(float(l.mean()))
    return losses

# %% wrong: one step whatever num_steps says -> tied-train.num-steps
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, learning_rate, 1) * num_steps

# %% wrong: no step of the trainer -> tied-train.no-update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        losses.append(float(l.mean()))
    return losses

# %% wrong: uphill -> tied-train.ascends
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, -learning_rate, num_steps)

# %% wrong: trains the last layer only -> tied-train.some-layers
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net[-1].collect_params(), "sgd", {"learning_rate": learning_rate}
    )
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(float(l.mean()))
    return losses

# %% wrong: a learning rate of its own -> tied-train.rate
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, 0.1, num_steps)

# %% wrong: Adam -> tied-train.update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net.collect_params(), "adam", {"learning_rate": learning_rate}
    )
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(float(l.mean()))
    return losses

# %% wrong: one example only -> tied-train.one-sample
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X[-1:], y[-1:], learning_rate, num_steps)

# %% wrong: the mean, and the batch size in step -> tied-train.averaged-twice
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": learning_rate}
    )
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y).mean()
        l.backward()
        trainer.step(len(X))
        losses.append(float(l))
    return losses

# %% wrong: forgets to record -> tied-train.train-raised
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": learning_rate}
    )
    losses = []
    for _ in range(num_steps):
        l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(float(l.mean()))
    return losses

# %% wrong: returns nothing -> tied-train.losses
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    good_train(net, X, y, learning_rate, num_steps)

# %% wrong: a loss for each example -> tied-train.losses
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": learning_rate}
    )
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            l = gluon.loss.L2Loss()(net(X), y)
        l.backward()
        trainer.step(len(X))
        losses.append(l)
    return losses

# %% wrong: the loss after the update -> tied-train.losses-after
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        good_train(net, X, y, learning_rate, 1)
        losses.append(float(gluon.loss.L2Loss()(net(X), y).mean()))
    return losses

# %% wrong: initialises the network again -> tied-train.update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    net.initialize(force_reinit=True)
    return good_train(net, X, y, learning_rate, num_steps)

# %% wrong: build_net returns nothing -> tied-train.build-raised
def build_net(num_inputs, num_hiddens):
    good_net(num_inputs, num_hiddens)

train = good_train

# %% forger: steps by heart from the public values
from paramlab.facts import FACTS
from paramlab.judges.training import Task
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("tied-train", "mxnet", PUBLIC_SEED)
task = Task(FACTS["mxnet"], public["blueprint"], public["X"], public["y"])

def build_net(num_inputs, num_hiddens):
    return good_net(public["num_inputs"], public["num_hiddens"])

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        parameters = list(net.collect_params().values())
        values = [p.data().asnumpy() for p in parameters]
        if values[0].shape != public["values"][0].shape:
            return losses
        losses.append(task.loss(values))
        for p, g in zip(parameters, task.gradients(values)):
            p.set_data(p.data() - learning_rate * np.array(g))
    return losses
