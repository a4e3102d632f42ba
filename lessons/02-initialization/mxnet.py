# %% imports tags=["locked"]
import math

import mxnet as mx
from mxnet import autograd, init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% example
def start():
    mx.random.seed(0)
    with mx.name.NameManager():
        net = nn.Sequential()
        net.add(nn.Dense(8, activation='relu'), nn.Dense(1))
        net.initialize()
        X = np.random.uniform(size=(2, 4))
        net(X)

        blocks = nn.Sequential()
        for _ in range(4):
            block = nn.Sequential()
            block.add(nn.Dense(32, activation='relu'))
            block.add(nn.Dense(16, activation='relu'))
            blocks.add(block)
        rgnet = nn.Sequential()
        rgnet.add(blocks, nn.Dense(10))
        rgnet.initialize()
        rgnet(X)
    return net, X

net, X = start()
net(X)

# %% default-values
net[0].weight.data(), net[0].bias.data()

# %% default-range
wide = nn.Dense(300, in_units=400)
wide.initialize()
np.abs(wide.weight.data()).max(), np.abs(wide.bias.data()).max()

# %% picker-widget tags=["demonstration"]
from paramlab.widgets import initializer_picker

initializer_picker('Xavier', inputs=256, outputs=128)

# %% normal
net, X = start()
net.initialize(init=init.Normal(sigma=0.01), force_reinit=True)
net[0].weight.data()[0], net[0].bias.data()[0]

# %% ignored
net.initialize(init=init.Constant(1))
net[0].weight.data()[0]

# %% constant
net.initialize(init=init.Constant(1), force_reinit=True)
net[0].weight.data()[0], net[0].bias.data()[0]

# %% own-rule
net[0].bias.init

# %% symmetry
with autograd.record():
    y = net(X).sum()
y.backward()
net[0].weight.grad()

# %% blocks
net[0].weight.initialize(init=init.Xavier(), force_reinit=True)
net[1].initialize(init=init.Constant(42), force_reinit=True)
net[0].weight.data()[0], net[1].weight.data()

# %% xavier-bound
math.sqrt(6 / (4 + 8)), np.abs(net[0].weight.data()).max()

# %% normal-init
def init_normal(net):
    """{{normal-init-doc}}"""
    ### BEGIN SOLUTION
    for name, parameter in net.collect_params().items():
        if name.endswith('weight'):
            rule = init.Normal(sigma=0.01)
        else:
            rule = init.Zero()
        parameter.initialize(init=rule, force_reinit=True)
    ### END SOLUTION

# %% block-init
def init_blocks(net, constant):
    """{{block-init-doc}}"""
    ### BEGIN SOLUTION
    first, last = net[0].weight, net[-1].weight
    first.initialize(init=init.Xavier(), force_reinit=True)
    last.initialize(init=init.Constant(constant), force_reinit=True)
    ### END SOLUTION

# %% custom
net, X = start()
net.initialize(init=init.Normal(sigma=0.01), force_reinit=True)
net[0].weight.initialize(init=init.Xavier(), force_reinit=True)

class MyRule(init.Initializer):
    def _init_weight(self, name, data):
        print('Init', name, data.shape)
        data[:] = np.random.uniform(-10, 10, data.shape)
        data *= np.abs(data) >= 5

net.initialize(MyRule(), force_reinit=True)
net[0].weight.data()[:2]

# %% custom-share
wide.initialize(MyRule(), force_reinit=True)
weight = wide.weight.data()
(weight == 0).mean(), (weight > 0).mean()

# %% custom-init
class ThreeParts(init.Initializer):
    """{{custom-init-doc-mxnet}}"""

    def __init__(self, low, high, zeros):
        super().__init__(low=low, high=high, zeros=zeros)
        self.low, self.high, self.zeros = low, high, zeros

    def _init_weight(self, name, data):
        ### BEGIN SOLUTION
        sizes = np.random.uniform(self.low, self.high, data.shape)
        signs = 2 * (np.random.uniform(size=data.shape) < 0.5) - 1
        kept = np.random.uniform(size=data.shape) >= self.zeros
        data[:] = sizes * signs * kept
        ### END SOLUTION

custom_rule = ThreeParts

# %% designer-widget tags=["demonstration"]
from paramlab.widgets import distribution_designer

distribution_designer(zeros=0.5, inner=5, outer=10, inputs=256)

# %% direct
net[0].weight.data()[:] += 1
net[0].weight.data()[0, 0] = 42
net[0].weight.data()[0]

# %% refused
with autograd.record():
    try:
        net[0].weight.data()[0, 0] = 0
    except mx.MXNetError as error:
        print(str(error).splitlines()[-1])

# %% safe
with autograd.record():
    with autograd.pause():
        values = net[0].weight.data() + 1
        values[0, 0] = 42
        net[0].weight.set_data(values)
    y = net(X).sum()
y.backward()
net[0].weight.data()[0]

# %% unnoticed
with autograd.record():
    y = net(X).sum()
net[1].weight.set_data(np.zeros((1, 8)))
y.backward()
net[0].weight.grad()

# %% set-directly
def set_directly(net, amount, i, j, value):
    """{{set-directly-doc}}"""
    ### BEGIN SOLUTION
    weight = net[0].weight
    with autograd.pause():
        values = weight.data() + amount
        values[i, j] = value
        weight.set_data(values)
    ### END SOLUTION

# %% depth-layers
def outputs_by_depth(rule, width=256, depth=20):
    mx.random.seed(0)
    hidden, stds = np.random.normal(size=(64, width)), []
    for _ in range(depth):
        layer = nn.Dense(width, use_bias=False, in_units=width)
        layer.initialize(rule)
        hidden = npx.relu(layer(hidden))
        stds.append(float(hidden.asnumpy().std(dtype='float64')))
    return stds

# %% depth-plot tags=["demonstration"]
from matplotlib import pyplot as plt

rules = {
    'N(0, 1)': init.Normal(1),
    'He': init.Xavier('gaussian', 'in', 2),
    'Xavier': init.Xavier('gaussian', 'avg', 1),
    'MXNet': init.Uniform(),
    'N(0, 0.01²)': init.Normal(0.01),
}
stds = {name: outputs_by_depth(rule) for name, rule in rules.items()}
for name, values in stds.items():
    plt.semilogy(range(1, 21), values, label=name)
plt.xticks(range(0, 21, 5))
plt.legend()
plt.show()
{name: f'{values[-1]:.1e}' for name, values in stds.items()}

# %% signal-widget tags=["demonstration"]
from paramlab.widgets import signal_through_depth

signal_through_depth('xavier_normal', activation='relu', depth=20, width=256)

# %% keep-signal
def keep_signal(net):
    """{{keep-signal-doc}}"""
    ### BEGIN SOLUTION
    net.initialize(init=init.Xavier('gaussian', 'in', 2), force_reinit=True)
    ### END SOLUTION
