# %% imports tags=["locked"]
import math

import paddle
from paddle import nn

# %% example
paddle.seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
X = paddle.rand((2, 4))
net(X)

# %% default-values
net[0].weight, net[0].bias

# %% default-range
wide = nn.Linear(400, 300)
wide.weight.abs().max(), wide.bias.abs().max()

# %% picker-widget tags=["demonstration"]
from paramlab.widgets import initializer_picker

initializer_picker('XavierUniform', inputs=256, outputs=128)

# %% normal
def normal(layer):
    if type(layer) is nn.Linear:
        nn.initializer.Normal(mean=0.0, std=0.01)(layer.weight)
        nn.initializer.Constant(0.0)(layer.bias)

net.apply(normal)
net[0].weight[0], net[0].bias

# %% dropped
nn.initializer.Constant(1.0)
net[0].weight[0]

# %% constant
def ones(layer):
    if type(layer) is nn.Linear:
        nn.initializer.Constant(1.0)(layer.weight)
        nn.initializer.Constant(0.0)(layer.bias)

net.apply(ones)
net[0].weight[0], net[0].bias

# %% symmetry
net.clear_gradients()
net(X).sum().backward()
net[0].weight.grad

# %% blocks
nn.initializer.XavierUniform()(net[0].weight)
nn.initializer.Constant(42.0)(net[2].weight)
net[0].weight[0], net[2].weight

# %% xavier-bound
math.sqrt(6 / (4 + 8)), net[0].weight.abs().max()

# %% normal-init
def init_normal(net):
    """{{normal-init-doc}}"""
    ### BEGIN SOLUTION
    for name, parameter in net.named_parameters():
        if name.endswith('weight'):
            nn.initializer.Normal(std=0.01)(parameter)
        else:
            nn.initializer.Constant(0.0)(parameter)
    ### END SOLUTION

# %% block-init
def init_blocks(net, constant):
    """{{block-init-doc}}"""
    ### BEGIN SOLUTION
    nn.initializer.XavierUniform()(net[0].weight)
    nn.initializer.Constant(constant)(net[-1].weight)
    ### END SOLUTION

# %% custom
def my_rule(layer):
    if type(layer) is nn.Linear:
        print('Init', layer)
        values = paddle.uniform(layer.weight.shape, min=-10, max=10)
        values *= (values.abs() >= 5).astype('float32')
        layer.weight.set_value(values)

net.apply(my_rule)
net[0].weight[:2]

# %% custom-share
wide.apply(my_rule)
zero, positive = wide.weight == 0, wide.weight > 0
zero.astype('float32').mean(), positive.astype('float32').mean()

# %% custom-init
def custom_rule(low, high, zeros):
    """{{custom-init-doc}}"""
    def rule(layer):
        ### BEGIN SOLUTION
        if type(layer) is nn.Linear:
            shape = layer.weight.shape
            sizes = paddle.uniform(shape, min=low, max=high)
            signs = paddle.sign(paddle.uniform(shape, min=-1, max=1))
            kept = (paddle.rand(shape) >= zeros).astype('float32')
            layer.weight.set_value(sizes * signs * kept)
        ### END SOLUTION

    return rule

# %% designer-widget tags=["demonstration"]
from paramlab.widgets import distribution_designer

distribution_designer(zeros=0.5, inner=5, outer=10, inputs=256)

# %% direct
values = net[0].weight + 1
values[0, 0] = 42
net[0].weight.set_value(values)
net[0].weight[0]

# %% refused
try:
    net[0].weight[0, 0] = 0
except ValueError as error:
    print(str(error).splitlines()[0])

# %% safe
with paddle.no_grad():
    net[0].weight[:] += 1
    net[0].weight[0, 0] = 42
net[0].weight[0]

# %% unnoticed
net.clear_gradients()
y = net(X).sum()
net[2].weight.set_value(paddle.zeros((8, 1)))
y.backward()
net[0].weight.grad

# %% set-directly
def set_directly(net, amount, i, j, value):
    """{{set-directly-doc}}"""
    ### BEGIN SOLUTION
    weight = net[0].weight
    with paddle.no_grad():
        weight[:] += amount
        weight[i, j] = value
    ### END SOLUTION

# %% depth-layers
def outputs_by_depth(rule, width=256, depth=20):
    paddle.seed(0)
    hidden, stds = paddle.randn((64, width)), []
    for _ in range(depth):
        layer = nn.Linear(width, width, weight_attr=rule, bias_attr=False)
        hidden = nn.functional.relu(layer(hidden))
        stds.append(hidden.numpy().std(dtype='float64'))
    return stds

# %% depth-plot tags=["demonstration"]
from matplotlib import pyplot as plt

rules = {
    'N(0, 1)': nn.initializer.Normal(),
    'He': nn.initializer.KaimingNormal(),
    'Xavier': nn.initializer.XavierNormal(),
    'Paddle': None,
    'N(0, 0.01²)': nn.initializer.Normal(std=0.01),
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
    for layer in net:
        if type(layer) is nn.Linear:
            nn.initializer.KaimingNormal()(layer.weight)
    ### END SOLUTION
