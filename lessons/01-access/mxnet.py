# %% imports tags=["locked"]
import mxnet as mx
from mxnet import autograd, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% example
def mlp():
    net = nn.Sequential()
    net.add(nn.Dense(8, activation='relu'))
    net.add(nn.Dense(1))
    net.initialize()
    return net

mx.random.seed(0)
with mx.name.NameManager():
    net = mlp()
X = np.random.uniform(size=(2, 4))
net(X)

# %% layer
net[1]

# %% layer-parameters
net[1].params

# %% parameter-object
type(net[1].bias), net[1].bias

# %% parameter-value
net[1].bias.data()

# %% parameter-more
net[1].bias.grad_req, net[1].bias.list_ctx(), net[1].bias.dtype

# %% gradient-before
net[1].weight.grad()

# %% gradient-after
with autograd.record():
    y = net(X).sum()
y.backward()
net[1].weight.grad()

# %% gradient-checked
net[0](X).sum(axis=0)

# %% gradient-again
with autograd.record():
    y = net(X).sum()
y.backward()
net[1].weight.grad()

# %% gradient-cleared
net.collect_params().zero_grad()
net[1].weight.grad()

# %% gradient-states
def gradient_states(net, X):
    """{{gradient-states-doc}}"""
    ### BEGIN SOLUTION
    weight = net[-1].weight
    before = weight.grad().copy()
    with autograd.record():
        y = net(X).sum()
    y.backward()
    after = weight.grad().copy()
    net.collect_params().zero_grad()
    cleared = weight.grad().copy()
    return {'before': before, 'after': after, 'cleared': cleared}
    ### END SOLUTION

# %% one-layer
net[0].collect_params()

# %% whole-network
net.collect_params()

# %% by-name
net.collect_params()['dense1_bias'].data()

# %% one-size
net[0].weight.data().size

# %% frozen
net[0].collect_params().setattr('grad_req', 'null')
[(name, p.grad_req) for name, p in net.collect_params().items()]

# %% thawed
net[0].collect_params().setattr('grad_req', 'write')
[(name, p.grad_req) for name, p in net.collect_params().items()]

# %% parameter-shapes
def parameter_shapes(net):
    """{{parameter-shapes-doc}}"""
    ### BEGIN SOLUTION
    shapes = {}
    for name, parameter in net.collect_params().items():
        shapes[name] = parameter.shape
    return shapes
    ### END SOLUTION

# %% count-parameters
def count_parameters(net):
    """{{count-parameters-doc}}"""
    ### BEGIN SOLUTION
    params = net.collect_params().values()
    return sum(p.data().size for p in params if p.grad_req != 'null')
    ### END SOLUTION

# %% factory
def block1():
    net = nn.Sequential()
    net.add(nn.Dense(32, activation='relu'))
    net.add(nn.Dense(16, activation='relu'))
    return net

# %% block-of-blocks
def block2():
    net = nn.Sequential()
    for _ in range(4):
        net.add(block1())
    return net

# %% nested
mx.random.seed(0)
with mx.name.NameManager():
    net = mlp()
    X = np.random.uniform(size=(2, 4))
    net(X)

    rgnet = nn.Sequential()
    rgnet.add(block2())
    rgnet.add(nn.Dense(10))
rgnet.initialize()
rgnet(X)

# %% structure
rgnet

# %% nested-names
rgnet.collect_params()

# %% nested-index
rgnet[0][1][0].bias.data()

# %% nested-by-name
rgnet[0][1][0].bias

# %% explorer-widget tags=["demonstration"]
from paramlab.widgets import parameter_explorer

parameter_explorer(rgnet, X)

# %% nested-bias
def nested_bias(net, i):
    """{{nested-bias-doc}}"""
    ### BEGIN SOLUTION
    return net[0][i][0].bias.data().copy()
    ### END SOLUTION

# %% nested-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    """{{nested-network-doc}}"""
    ### BEGIN SOLUTION
    def block():
        net = nn.Sequential()
        net.add(nn.Dense(num_hiddens, activation='relu'))
        net.add(nn.Dense(num_inputs, activation='relu'))
        return net

    blocks = nn.Sequential()
    for _ in range(num_blocks):
        blocks.add(block())
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net
    ### END SOLUTION

# %% lazy
with mx.name.NameManager():
    lazy_net = nn.Sequential()
    lazy_net.add(nn.Dense(8, activation='relu'), nn.Dense(1))
lazy_net

# %% lazy-parameters
[(p.name, p.shape) for p in lazy_net.collect_params().values()]

# %% lazy-first
try:
    lazy_net[0].weight.data()
except RuntimeError as error:
    print(type(error).__name__, error)

# %% lazy-second
lazy_net.initialize()
try:
    lazy_net[0].weight.data()
except RuntimeError as error:
    print(type(error).__name__, error)

# %% lazy-run
lazy_net(X)
lazy_net

# %% lazy-after
[(p.name, p.shape) for p in lazy_net.collect_params().values()]
