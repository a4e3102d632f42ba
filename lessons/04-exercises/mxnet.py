# %% imports tags=["locked"]
import tempfile
from pathlib import Path

import mxnet as mx
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% fancy-class
class FancyMLP(nn.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rand_weight = self.params.get_constant(
            'rand_weight', np.random.uniform(size=(20, 20)))
        self.dense = nn.Dense(20, activation='relu')

    def forward(self, X):
        X = self.dense(X)
        X = npx.relu(np.dot(X, self.rand_weight.data()) + 1)
        X = self.dense(X)
        while np.abs(X).sum() > 1:
            X = X / 2
        return X.sum()

# %% fancy-run
mx.random.seed(0)
with mx.name.NameManager():
    net = FancyMLP()
net.initialize()
X = np.random.uniform(size=(2, 20))
net(X)

# %% fancy-listed
net.collect_params()

# %% fancy-saved
with tempfile.TemporaryDirectory() as folder:
    file = str(Path(folder) / 'fancy.params')
    net.save_parameters(file)
    saved = npx.load(file)
list(saved)

# %% fancy-attribute
rand_weight = net.rand_weight.data()
with mx.name.NameManager():
    plain = nn.Sequential()
    plain.add(nn.Dense(20, in_units=20))
plain.rand_weight = rand_weight
plain.collect_params()

# %% fancy-halving
H = np.ones((2, 20))
H.attach_grad()
with autograd.record():
    Y = H * 3
    try:
        Y /= 2
    except mx.MXNetError as error:
        refusal = str(error).splitlines()[-1]
refusal.partition('. ')[0]

# %% fancy-gradient
with autograd.record():
    y = net(X)
y.backward()
net.dense.weight.grad().shape, net.rand_weight.grad_req

# %% halvings-widget tags=["demonstration"]
from paramlab.widgets import tie_dissector

tie_dissector("fancy", scale=3.0)

# %% fancy-access
def fancy_access(net, X):
    """{{fancy-access-doc}}"""
    ### BEGIN SOLUTION
    with autograd.record():
        y = net(X)
    y.backward()
    weight, constant = net.dense.weight, net.rand_weight
    listed = any(p is constant for p in net.collect_params().values())
    return {
        'weight': weight.data(),
        'bias': net.dense.bias.data(),
        'constant': constant.data() if listed else constant,
        'gradient': weight.grad(),
        'listed': listed,
        'saved': listed,
        'trained': listed and constant.grad_req != 'null',
    }
    ### END SOLUTION

# %% survey-names
[name for name, rule in vars(init).items()
 if isinstance(rule, type) and issubclass(rule, init.Initializer)]

# %% survey-read
print(init.Xavier.__doc__)

# %% survey-plot tags=["demonstration"]
from matplotlib import pyplot as plt

mx.random.seed(0)
rules = {
    'Xavier()': init.Xavier(),
    'Xavier("gaussian")': init.Xavier('gaussian'),
    'MSRAPrelu()': init.MSRAPrelu(),
    'Orthogonal()': init.Orthogonal(),
}
fig, axes = plt.subplots(1, 4, figsize=(11, 2.2))
for ax, name in zip(axes, rules):
    layer = nn.Dense(200, in_units=100)
    layer.initialize(rules[name])
    ax.hist(layer.weight.data().asnumpy().ravel(), bins=60)
    ax.set_title(name)

# %% survey
def predict(rule, fan_in, fan_out, **arguments):
    """{{predict-doc}}"""
    ### BEGIN SOLUTION
    if rule in ('Zero', 'One'):
        return (0.0 if rule == 'Zero' else 1.0), 0.0
    if rule == 'Constant':
        return arguments['value'], 0.0
    if rule == 'Uniform':
        return 0.0, arguments.get('scale', 0.07) / 3**0.5
    if rule == 'Normal':
        return 0.0, arguments.get('sigma', 0.01)
    if rule == 'Orthogonal':
        scale = arguments.get('scale', 1.414)
        return 0.0, scale / max(fan_in, fan_out) ** 0.5
    factors = {'avg': (fan_in + fan_out) / 2, 'in': fan_in, 'out': fan_out}
    factor = factors[arguments.get('factor_type', 'avg')]
    if rule == 'MSRAPrelu':
        slope = arguments.get('slope', 0.25)
        return 0.0, (2 / (1 + slope**2) / factor) ** 0.5
    s = (arguments.get('magnitude', 3) / factor) ** 0.5
    uniform = arguments.get('rnd_type', 'uniform') == 'uniform'
    return 0.0, s / 3**0.5 if uniform else s
    ### END SOLUTION

def measure(rule, fan_in, fan_out, **arguments):
    """{{measure-doc}}"""
    ### BEGIN SOLUTION
    layer = nn.Dense(fan_out, in_units=fan_in)
    layer.initialize(getattr(init, rule)(**arguments))
    weight = layer.weight.data()
    return weight.mean().item(), weight.std().item()
    ### END SOLUTION

# %% data
mx.random.seed(0)
X = np.random.normal(size=(64, 4))
w = np.array([[0.5], [-1.0], [0.25], [0.0]])
y = np.sin(2 * np.dot(X, w)) + 0.05 * np.random.normal(size=(64, 1))
X.shape, y.shape

# %% monitor-widget tags=["demonstration"]
from paramlab.widgets import training_monitor

training_monitor(learning_rate=0.1, steps=100)

# %% monitor-plot tags=["demonstration"]
from matplotlib import pyplot as plt

monitor = training_monitor(learning_rate=0.1, steps=100)
monitor.go(100)
fig, axes = plt.subplots(1, 2, figsize=(10, 3))
for layer in monitor.compute().layers:
    axes[0].semilogy(layer.norms, label=layer.track.name)
    axes[1].semilogy(layer.gradient_norms, label=layer.track.name)
axes[0].set_title('weights')
axes[1].set_title('gradients')
legend = axes[0].legend()

# %% one-step
net = nn.Sequential()
net.add(nn.Dense(8, activation='relu'), nn.Dense(1))
net.initialize()
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
l2 = gluon.loss.L2Loss()
with autograd.record():
    loss = l2(net(X), y)
loss.backward()
before = net[1].bias.data().copy()
trainer.step(64)
loss.shape, before, net[1].bias.grad(), net[1].bias.data()

# %% one-step-checked
after = before - 0.1 * net[1].bias.grad() / 64
np.abs(net[1].bias.data() - after).max() < 1e-6

# %% kept
with autograd.record():
    loss = l2(net(X), y)
loss.backward()
kept = net[1].weight.data()
copied = net[1].weight.data().copy()
trainer.step(64)
weight = net[1].weight.data()
(kept == weight).all(), (copied == weight).all()

# %% broadcast
(net(X).reshape(-1) - y).shape

# %% tied-train
def build_net(num_inputs, num_hiddens):
    """{{build-net-doc}}"""
    ### BEGIN SOLUTION
    shared = nn.Dense(num_hiddens, activation='relu')
    net = nn.Sequential()
    net.add(nn.Dense(num_hiddens, activation='relu'))
    net.add(shared, shared)
    net.add(nn.Dense(1))
    net.initialize()
    return net
    ### END SOLUTION

def train(net, X, y, learning_rate, num_steps):
    """{{train-doc}}"""
    ### BEGIN SOLUTION
    trainer = gluon.Trainer(
        net.collect_params(), 'sgd', {'learning_rate': learning_rate})
    l2 = gluon.loss.L2Loss()
    losses = []
    for _ in range(num_steps):
        with autograd.record():
            loss = l2(net(X), y)
        loss.backward()
        trainer.step(len(X))
        losses.append(loss.mean().item())
    return losses
    ### END SOLUTION

# %% observe
def observe(net, X, y, learning_rate, num_steps):
    """{{observe-doc}}"""
    ### BEGIN SOLUTION
    params = net.collect_params()
    trainer = gluon.Trainer(params, 'sgd', {'learning_rate': learning_rate})
    history = []
    for _ in range(num_steps):
        with autograd.record():
            loss = ((net(X) - y) ** 2).mean()
        loss.backward()
        history.append({
            name: (parameter.data().copy(), parameter.grad().copy())
            for name, parameter in params.items()
        })
        trainer.step(1)
    return history
    ### END SOLUTION

# %% own-loop-monitor tags=["demonstration"]
net = nn.Sequential()
net.add(nn.Dense(8, activation='tanh', in_units=4))
net.add(nn.Dense(8, activation='tanh', in_units=8))
net.add(nn.Dense(1, in_units=8))
net.initialize(init.Xavier())
monitor = training_monitor(net, steps=300)
monitor

# %% own-loop tags=["demonstration"]
trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': 0.01})
for _ in range(300):
    with autograd.record():
        loss = l2(net(X), y)
    loss.backward()
    trainer.step(64)
    monitor.record(loss)

# %% windows
def signals(num_signals):
    signal = np.random.normal(size=(num_signals, 12))
    windows = np.stack([signal[:, t:t + 3] for t in range(10)], axis=1)
    pattern = np.array([1.0, -2.0, 1.0])
    noise = 0.5 * np.random.normal(size=(num_signals, 10))
    return windows, np.dot(windows, pattern) + noise

mx.random.seed(0)
windows, y = signals(6)
windows.shape, y.shape

# %% fit
own = np.stack([
    np.dot(np.linalg.pinv(windows[:, t]), y[:, t]) for t in range(10)
])
shared = np.dot(np.linalg.pinv(windows.reshape(-1, 3)), y.reshape(-1))
own.size, shared.size

# %% fit-tested
windows, y = signals(1000)
own_outputs = (windows * own).sum(axis=2)
shared_outputs = np.dot(windows, shared)
((own_outputs - y) ** 2).mean(), ((shared_outputs - y) ** 2).mean()

# %% why-share
def why_share(width, num_uses, num_bytes, gradients, places):
    """{{why-share-doc}}"""
    ### BEGIN SOLUTION
    saved = (num_uses - 1) * (width * width + width)
    (X1, Y1), (X2, Y2) = places
    W = np.linalg.lstsq(X1, Y1, rcond=None)[0]
    return {
        'parameters': saved,
        'bytes': 4 * saved * num_bytes,
        'products': num_uses * width * width,
        'gradient': sum(gradients),
        'share': bool(np.abs(np.dot(X2, W) - Y2).max() < 0.01),
    }
    ### END SOLUTION
