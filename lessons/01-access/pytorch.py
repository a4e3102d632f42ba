# %% imports tags=["locked"]
import torch
from torch import nn

# %% example
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
X = torch.rand(size=(2, 4))
net(X)

# %% layer
net[2]

# %% layer-parameters
[(name, p.shape, p.dtype) for name, p in net[2].named_parameters()]

# %% parameter-object
type(net[2].bias), net[2].bias

# %% parameter-value
net[2].bias.data

# %% parameter-more
net[2].bias.requires_grad, net[2].bias.device, net[2].bias.dtype

# %% gradient-before
net[2].weight.grad is None

# %% gradient-after
net(X).sum().backward()
net[2].weight.grad

# %% gradient-checked
net[1](net[0](X)).sum(dim=0)

# %% gradient-again
net(X).sum().backward()
net[2].weight.grad

# %% gradient-cleared
net.zero_grad()
net[2].weight.grad is None

# %% gradient-states
def gradient_states(net, X):
    """{{gradient-states-doc}}"""
    ### BEGIN SOLUTION
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.zero_grad()
    return {'before': before, 'after': after, 'cleared': weight.grad}
    ### END SOLUTION

# %% one-layer
[(name, p.shape) for name, p in net[0].named_parameters()]

# %% whole-network
[(name, p.shape) for name, p in net.named_parameters()]

# %% by-name
net.state_dict()['2.bias']

# %% one-size
net[0].weight.numel()

# %% frozen
net[0].requires_grad_(False)
[(name, p.requires_grad) for name, p in net.named_parameters()]

# %% thawed
net[0].requires_grad_(True)
[(name, p.requires_grad) for name, p in net.named_parameters()]

# %% parameter-shapes
def parameter_shapes(net):
    """{{parameter-shapes-doc}}"""
    ### BEGIN SOLUTION
    shapes = {}
    for name, parameter in net.named_parameters():
        shapes[name] = tuple(parameter.shape)
    return shapes
    ### END SOLUTION

# %% count-parameters
def count_parameters(net):
    """{{count-parameters-doc}}"""
    ### BEGIN SOLUTION
    return sum(p.numel() for p in net.parameters() if p.requires_grad)
    ### END SOLUTION

# %% factory
def block1():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(),
                         nn.Linear(8, 4), nn.ReLU())

# %% block-of-blocks
def block2():
    return nn.Sequential(*[block1() for _ in range(4)])

# %% nested
torch.manual_seed(147)
rgnet = nn.Sequential(block2(), nn.Linear(4, 1))
rgnet(X)

# %% structure
rgnet

# %% nested-names
[(name, p.shape) for name, p in rgnet.named_parameters()]

# %% nested-index
rgnet[0][1][0].bias.data

# %% nested-by-name
rgnet.state_dict()['0.1.0.bias']

# %% explorer-widget tags=["demonstration"]
from paramlab.widgets import parameter_explorer

parameter_explorer(rgnet, X)

# %% nested-bias
def nested_bias(net, i):
    """{{nested-bias-doc}}"""
    ### BEGIN SOLUTION
    return net[0][i][0].bias.detach().clone()
    ### END SOLUTION

# %% nested-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    """{{nested-network-doc}}"""
    ### BEGIN SOLUTION
    def block():
        return nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs), nn.ReLU())

    blocks = nn.Sequential(*[block() for _ in range(num_blocks)])
    return nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))
    ### END SOLUTION

# %% lazy
lazy_net = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(1))
lazy_net

# %% lazy-parameters
list(lazy_net.named_parameters())

# %% lazy-first
try:
    lazy_net[0].weight.shape
except RuntimeError as error:
    print(error)

# %% lazy-second
try:
    lazy_net[0].weight.numel()
except ValueError as error:
    print(error)

# %% lazy-run
lazy_net(X)
lazy_net

# %% lazy-after
[(name, p.shape) for name, p in lazy_net.named_parameters()]
