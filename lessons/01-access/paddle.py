# %% imports tags=["locked"]
import paddle
from paddle import nn

# %% example
paddle.seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
X = paddle.rand((2, 4))
net(X)

# %% layer
net[2]

# %% layer-parameters
[(name, p.shape, p.dtype) for name, p in net[2].named_parameters()]

# %% parameter-object
type(net[2].bias), net[2].bias

# %% parameter-value
net[2].bias.numpy()

# %% parameter-more
net[2].bias.stop_gradient, net[2].bias.place, net[2].bias.dtype

# %% gradient-before
net[2].weight.grad is None

# %% gradient-after
net(X).sum().backward()
net[2].weight.grad

# %% gradient-checked
net[1](net[0](X)).sum(axis=0)

# %% gradient-again
net(X).sum().backward()
net[2].weight.grad

# %% gradient-cleared
net.clear_gradients()
net[2].weight.grad

# %% gradient-states
def gradient_states(net, X):
    """{{gradient-states-doc}}"""
    ### BEGIN SOLUTION
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.clear_gradients()
    return {'before': before, 'after': after, 'cleared': weight.grad}
    ### END SOLUTION

# %% one-layer
[(name, p.shape) for name, p in net[0].named_parameters()]

# %% whole-network
[(name, p.shape) for name, p in net.named_parameters()]

# %% by-name
net.state_dict()['2.bias']

# %% one-size
net[0].weight.size

# %% frozen
for p in net[0].parameters():
    p.stop_gradient = True
[(name, p.stop_gradient) for name, p in net.named_parameters()]

# %% thawed
for p in net[0].parameters():
    p.stop_gradient = False
[(name, p.stop_gradient) for name, p in net.named_parameters()]

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
    trained = [p for p in net.parameters() if not p.stop_gradient]
    return sum(p.numel().item() for p in trained)
    ### END SOLUTION

# %% factory
def block1():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(),
                         nn.Linear(8, 4), nn.ReLU())

# %% block-of-blocks
def block2():
    return nn.Sequential(*[block1() for _ in range(4)])

# %% nested
paddle.seed(0)
rgnet = nn.Sequential(block2(), nn.Linear(4, 1))
rgnet(X)

# %% structure
rgnet

# %% nested-names
[(name, p.shape) for name, p in rgnet.named_parameters()]

# %% nested-index
rgnet[0][1][0].bias

# %% nested-by-name
rgnet.state_dict()['0.1.0.bias']

# %% explorer-widget tags=["demonstration"]
from paramlab.widgets import parameter_explorer

parameter_explorer(rgnet, X)

# %% nested-bias
def nested_bias(net, i):
    """{{nested-bias-doc}}"""
    ### BEGIN SOLUTION
    return net[0][i][0].bias.numpy()
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
with paddle.LazyGuard():
    lazy_net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
lazy_net

# %% lazy-parameters
[(name, p.shape) for name, p in lazy_net.named_parameters()]

# %% lazy-first
lazy_net[0].weight

# %% lazy-second
try:
    lazy_net(X)
except RuntimeError as error:
    print(str(error).splitlines()[0])

# %% lazy-run
for p in lazy_net.parameters():
    p.initialize()
lazy_net(X)

# %% lazy-after
lazy_net[2].weight
