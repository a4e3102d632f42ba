# %% imports tags=["locked"]
import math

import torch
from torch import nn

# %% example
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
X = torch.rand(size=(2, 4))
net(X)

# %% default-values
net[0].weight.data, net[0].bias.data

# %% default-range
wide = nn.Linear(400, 300)
wide.weight.data.abs().max(), wide.bias.data.abs().max()

# %% default-bound
gain = nn.init.calculate_gain('leaky_relu', math.sqrt(5))
gain * math.sqrt(3 / 400), 1 / math.sqrt(400)

# %% picker-widget tags=["demonstration"]
from paramlab.widgets import initializer_picker

initializer_picker('xavier_uniform_', inputs=256, outputs=128)

# %% normal
def normal(module):
    if type(module) is nn.Linear:
        nn.init.normal_(module.weight, mean=0, std=0.01)
        nn.init.zeros_(module.bias)

net.apply(normal)
net[0].weight.data[0], net[0].bias.data[0]

# %% constant
def ones(module):
    if type(module) is nn.Linear:
        nn.init.constant_(module.weight, 1)
        nn.init.zeros_(module.bias)

net.apply(ones)
net[0].weight.data[0], net[0].bias.data[0]

# %% symmetry
net.zero_grad()
net(X).sum().backward()
net[0].weight.grad

# %% blocks
def xavier(module):
    if type(module) is nn.Linear:
        nn.init.xavier_uniform_(module.weight)

def forty_two(module):
    if type(module) is nn.Linear:
        nn.init.constant_(module.weight, 42)

net[0].apply(xavier)
net[2].apply(forty_two)
net[0].weight.data[0], net[2].weight.data

# %% xavier-bound
math.sqrt(6 / (4 + 8)), net[0].weight.data.abs().max()

# %% normal-init
def init_normal(net):
    """{{normal-init-doc}}"""
    ### BEGIN SOLUTION
    for name, parameter in net.named_parameters():
        if name.endswith('weight'):
            nn.init.normal_(parameter, std=0.01)
        else:
            nn.init.zeros_(parameter)
    ### END SOLUTION

# %% block-init
def init_blocks(net, constant):
    """{{block-init-doc}}"""
    ### BEGIN SOLUTION
    nn.init.xavier_uniform_(net[0].weight)
    nn.init.constant_(net[-1].weight, constant)
    ### END SOLUTION

# %% custom
def my_rule(module):
    if type(module) is nn.Linear:
        print('Init', module)
        nn.init.uniform_(module.weight, -10, 10)
        module.weight.data *= module.weight.data.abs() >= 5

net.apply(my_rule)
net[0].weight.data[:2]

# %% custom-share
wide.apply(my_rule)
(wide.weight == 0).float().mean(), (wide.weight > 0).float().mean()

# %% custom-init
def custom_rule(low, high, zeros):
    """{{custom-init-doc}}"""
    def rule(module):
        ### BEGIN SOLUTION
        if type(module) is nn.Linear:
            shape = module.weight.shape
            sizes = low + (high - low) * torch.rand(shape)
            signs = 2 * torch.randint(2, shape) - 1
            kept = torch.rand(shape) >= zeros
            module.weight.data = sizes * signs * kept
        ### END SOLUTION

    return rule

# %% designer-widget tags=["demonstration"]
from paramlab.widgets import distribution_designer

distribution_designer(zeros=0.5, inner=5, outer=10, inputs=256)

# %% direct
net[0].weight.data[:] += 1
net[0].weight.data[0, 0] = 42
net[0].weight.data[0]

# %% refused
try:
    net[0].weight += 1
except RuntimeError as error:
    print(error)

# %% safe
with torch.no_grad():
    net[0].weight += 1
    net[0].weight[0, 0] = 42
net[0].weight[0]

# %% noticed
y = net(X).sum()
with torch.no_grad():
    net[2].weight += 1
try:
    y.backward()
except RuntimeError as error:
    print(error)

# %% unnoticed
net.zero_grad()
y = net(X).sum()
net[2].weight.data *= 0
y.backward()
net[0].weight.grad

# %% set-directly
def set_directly(net, amount, i, j, value):
    """{{set-directly-doc}}"""
    ### BEGIN SOLUTION
    weight = net[0].weight
    with torch.no_grad():
        weight += amount
        weight[i, j] = value
    ### END SOLUTION

# %% depth-layers
def outputs_by_depth(rule, width=256, depth=20):
    torch.manual_seed(0)
    hidden, stds = torch.randn(64, width), []
    for _ in range(depth):
        layer = nn.Linear(width, width, bias=False)
        rule(layer.weight)
        hidden = torch.relu(layer(hidden))
        stds.append(hidden.std().item())
    return stds

# %% depth-plot tags=["demonstration"]
from matplotlib import pyplot as plt

rules = {
    'N(0, 1)': nn.init.normal_,
    'He': lambda w: nn.init.kaiming_normal_(w, nonlinearity='relu'),
    'Xavier': nn.init.xavier_normal_,
    'PyTorch': lambda w: None,
    'N(0, 0.01²)': lambda w: nn.init.normal_(w, std=0.01),
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
            nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
    ### END SOLUTION
