# %% imports tags=["locked"]
import copy

import torch
from torch import nn

# %% build-net
torch.manual_seed(0)
shared = nn.Linear(8, 8)
net = nn.Sequential(
    nn.Linear(4, 8), nn.ReLU(),
    shared, nn.ReLU(),
    shared, nn.ReLU(),
    nn.Linear(8, 1),
)
X = torch.rand(2, 4)
net(X)

# %% check-uses
H = torch.relu(net[0](X))
H = torch.relu(shared(H))
H = torch.relu(shared(H))
torch.equal(net[6](H), net(X))

# %% compare-values
twin = nn.Linear(8, 8)
twin.load_state_dict(shared.state_dict())
(
    (net[2].weight == net[4].weight).all(),
    (net[2].weight == twin.weight).all(),
)

# %% change-one
with torch.no_grad():
    net[2].weight[0, 0] = 100
net[4].weight[0, 0].item(), twin.weight[0, 0].item()

# %% same-object
net[2] is net[4], net[2].weight is net[4].weight, net[2].weight is twin.weight

# %% tied-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    """{{tied-network-doc}}
    """
    ### BEGIN SOLUTION
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))
    ### END SOLUTION

# %% tie-parameters
a, b = nn.Linear(8, 8), nn.Linear(8, 8)
b.weight = a.weight
b.bias = a.bias
a is b, a.weight is b.weight, a.bias is b.bias

# %% tie-data
c, d = nn.Linear(8, 8), nn.Linear(8, 8)
d.weight.data = c.weight.data
with torch.no_grad():
    c.weight[0, 0] = 100
d.weight[0, 0].item(), c.weight is d.weight

# %% tie-data-gradients
d(c(torch.rand(2, 8))).sum().backward()
torch.equal(c.weight.grad, d.weight.grad)

# %% tie-data-lost
nn.Sequential(c, d).double()
with torch.no_grad():
    c.weight[0, 0] = 7
c.weight[0, 0].item(), d.weight[0, 0].item()

# %% tied-or-equal
def is_tied(a, b):
    """{{is-tied-doc}}
    """
    ### BEGIN SOLUTION
    return a.weight is b.weight
    ### END SOLUTION

# %% list-parameters
[(name, tuple(p.shape)) for name, p in net.named_parameters()]

# %% list-places
all_names = [n for n, _ in net.named_parameters(remove_duplicate=False)]
all_names == list(net.state_dict()), all_names

# %% explorer tags=["demonstration"]
from paramlab.widgets import parameter_explorer

parameter_explorer(net, X)

# %% count-tied
def count_tied(net):
    """{{count-tied-doc}}
    """
    ### BEGIN SOLUTION
    def count(named):
        return sum(p.numel() for _, p in named if p.requires_grad)

    return (
        count(net.named_parameters()),
        count(net.named_parameters(remove_duplicate=False)),
    )
    ### END SOLUTION

# %% untie
untied = copy.deepcopy(net)
untied[4] = copy.deepcopy(untied[2])
untied[2].weight is untied[4].weight, torch.equal(untied(X), net(X))

# %% compare-gradients
net.zero_grad()
net(X).sum().backward()
untied(X).sum().backward()
first, second = untied[2].weight.grad, untied[4].weight.grad
(
    torch.allclose(net[2].weight.grad, first + second),
    torch.allclose(first, second),
)

# %% dissector-widget tags=["demonstration"]
from paramlab.widgets import tie_dissector

tie_dissector(uses=3)

# %% use-gradients
def use_gradients(layer, X):
    """{{use-gradients-doc}}
    """
    ### BEGIN SOLUTION
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    one.zero_grad()
    two.zero_grad()
    torch.relu(two(torch.relu(one(X)))).sum().backward()
    first, second = one.weight.grad, two.weight.grad
    return first, second, first + second
    ### END SOLUTION

# %% copying
clone = copy.deepcopy(net)
clone[2] is clone[4], clone[2] is net[2]

# %% loading tags=["demonstration"]
pair = nn.Sequential(a, b)
for model in (net, pair):
    saved = copy.deepcopy(model.state_dict())
    model.load_state_dict(saved, assign=True)
net[2].weight is net[4].weight, a.weight is b.weight

# %% training tags=["demonstration"]
groups = [{"params": net[i].parameters()} for i in (2, 4)]
try:
    torch.optim.SGD(groups, lr=0.1)
except ValueError as error:
    refusal = error
refusal

# %% comparison-widget tags=["demonstration"]
from paramlab.widgets import framework_comparison

framework_comparison()
