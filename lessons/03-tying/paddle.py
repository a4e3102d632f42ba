# %% imports tags=["locked"]
import copy
import tempfile

import paddle
from paddle import nn
from paddle.utils import unique_name

# %% build-net
paddle.seed(0)
shared = nn.Linear(8, 8)
net = nn.Sequential(
    nn.Linear(4, 8), nn.ReLU(),
    shared, nn.ReLU(),
    shared, nn.ReLU(),
    nn.Linear(8, 1),
)
X = paddle.rand((2, 4))
net(X)

# %% check-uses
H = nn.functional.relu(net[0](X))
H = nn.functional.relu(shared(H))
H = nn.functional.relu(shared(H))
paddle.equal_all(net[6](H), net(X)).item()

# %% compare-values
twin = nn.Linear(8, 8)
twin.set_state_dict(shared.state_dict())
(
    paddle.equal_all(net[2].weight, net[4].weight).item(),
    paddle.equal_all(net[2].weight, twin.weight).item(),
)

# %% change-one
with paddle.no_grad():
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
with paddle.no_grad():
    c.weight[0, 0] = 100
d.weight[0, 0].item(), c.weight is d.weight

# %% tie-data-gradients
d(c(paddle.rand((2, 8)))).sum().backward()
paddle.equal_all(c.weight.grad, d.weight.grad).item()

# %% tie-data-lost
c, d = copy.deepcopy(nn.Sequential(c, d))
with paddle.no_grad():
    c.weight[0, 0] = 7
c.weight[0, 0].item(), d.weight[0, 0].item()

# %% names
with unique_name.guard():
    c = nn.Linear(8, 8)
with unique_name.guard():
    d = nn.Linear(8, 8)
c.weight.name, d.weight.name, c.weight is d.weight

# %% names-refused
with unique_name.guard():
    named = paddle.ParamAttr(name="shared")
    c = nn.Linear(8, 8, weight_attr=named)
    try:
        d = nn.Linear(8, 8, weight_attr=named)
    except ValueError as error:
        refusal = error
refusal

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
        return sum(p.size for _, p in named if not p.stop_gradient)

    return (
        count(net.named_parameters()),
        count(net.named_parameters(remove_duplicate=False)),
    )
    ### END SOLUTION

# %% untie
untied = copy.deepcopy(net)
untied[4] = copy.deepcopy(untied[2])
(
    untied[2].weight is untied[4].weight,
    paddle.equal_all(untied(X), net(X)).item(),
)

# %% compare-gradients
net.clear_gradients()
net(X).sum().backward()
untied(X).sum().backward()
first, second = untied[2].weight.grad, untied[4].weight.grad
(
    paddle.allclose(net[2].weight.grad, first + second).item(),
    paddle.allclose(first, second).item(),
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
    H = nn.functional.relu(one(X))
    nn.functional.relu(two(H)).sum().backward()
    first, second = one.weight.grad, two.weight.grad
    return first, second, first + second
    ### END SOLUTION

# %% copying
clone = copy.deepcopy(net)
clone[2] is clone[4], clone[2] is net[2]

# %% loading tags=["demonstration"]
one = nn.Linear(8, 8)
tied = nn.Sequential(
    nn.Linear(4, 8), nn.ReLU(),
    one, nn.ReLU(),
    one, nn.ReLU(),
    nn.Linear(8, 1),
)
results = []
with tempfile.TemporaryDirectory() as folder:
    paddle.save(net.state_dict(), f"{folder}/net.pdparams")
    for model in (tied, untied):
        model.set_state_dict(paddle.load(f"{folder}/net.pdparams"))
        u, v = model[2].weight, model[4].weight
        results.append((paddle.equal_all(u, v).item(), u is v))
results

# %% training tags=["demonstration"]
layer_by_layer = [p for layer in net for p in layer.parameters()]
sgd = paddle.optimizer.SGD(0.1, parameters=layer_by_layer)
net.clear_gradients()
net(X).sum().backward()
bias = net[2].bias
before = bias.clone()
sgd.step()
(before - bias).numpy(), (0.1 * bias.grad).numpy()

# %% comparison-widget tags=["demonstration"]
from paramlab.widgets import framework_comparison

framework_comparison()
