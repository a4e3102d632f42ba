# %% imports tags=["locked"]
import copy
import tempfile

import mxnet as mx
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% build-net
mx.random.seed(0)
net = nn.Sequential()
shared = nn.Dense(8, activation="relu")
net.add(nn.Dense(8, activation="relu"), shared, shared, nn.Dense(10))
net.initialize()
X = np.random.uniform(size=(2, 20))
net(X)

# %% check-uses
H = net[0](X)
H = shared(H)
H = shared(H)
(net[3](H) == net(X)).all()

# %% compare-values
twin = nn.Dense(8, in_units=8, activation="relu")
twin.initialize()
twin.weight.set_data(shared.weight.data())
(
    (net[1].weight.data() == net[2].weight.data()).all(),
    (net[1].weight.data() == twin.weight.data()).all(),
)

# %% change-one
net[1].weight.data()[0, 0] = 100
net[2].weight.data()[0, 0], twin.weight.data()[0, 0]

# %% same-object
net[1] is net[2], net[1].weight is net[2].weight, net[1].weight is twin.weight

# %% tied-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    """{{tied-network-doc}}
    """
    ### BEGIN SOLUTION
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(nn.Dense(num_hiddens, activation="relu"))
    for _ in range(num_uses):
        net.add(shared)
    net.add(nn.Dense(num_outputs))
    return net
    ### END SOLUTION

# %% tie-parameters
a = nn.Dense(8, in_units=8, activation="relu")
b = nn.Dense(8, in_units=8, activation="relu", params=a.params)
a is b, a.weight is b.weight, a.bias is b.bias

# %% names
c = nn.Dense(8, in_units=8, prefix="shared_")
d = nn.Dense(8, in_units=8, prefix="shared_")
c.weight.name, d.weight.name, c.weight is d.weight

# %% names-refused
both = nn.Sequential()
both.add(c, d)
try:
    both.collect_params()
except AssertionError as error:
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
[(name, p.shape) for name, p in net.collect_params().items()]

# %% list-places
def saved_names(**options):
    with tempfile.TemporaryDirectory() as folder:
        net.save_parameters(f"{folder}/net", **options)
        return list(npx.load(f"{folder}/net"))

saved_names(), saved_names(deduplicate=True)

# %% explorer tags=["demonstration"]
from paramlab.widgets import parameter_explorer

parameter_explorer(net, X)

# %% count-tied
def count_tied(net):
    """{{count-tied-doc}}
    """
    ### BEGIN SOLUTION
    def count(block):
        params = block.collect_params().values()
        return sum(p.data().size for p in params if p.grad_req != "null")

    def count_places(block):
        if isinstance(block, nn.Sequential):
            return sum(count_places(child) for child in block)
        return count(block)

    return count(net), count_places(net)
    ### END SOLUTION

# %% untie
def build_untied():
    untied = nn.Sequential()
    for _ in range(3):
        untied.add(nn.Dense(8, activation="relu"))
    untied.add(nn.Dense(10))
    untied.initialize()
    return untied

untied = build_untied()
untied(X)
for own, other in zip(untied, net, strict=True):
    own.weight.set_data(other.weight.data())
    own.bias.set_data(other.bias.data())
untied[1].weight is untied[2].weight, (untied(X) == net(X)).all()

# %% compare-gradients
def backward(net):
    with autograd.record():
        total = net(X).sum()
    total.backward()

backward(net)
backward(untied)
first, second = untied[1].weight.grad(), untied[2].weight.grad()
(
    np.allclose(net[1].weight.grad(), first + second),
    np.allclose(first, second),
)

# %% dissector-widget tags=["demonstration"]
from paramlab.widgets import tie_dissector

tie_dissector(uses=3)

# %% use-gradients
def use_gradients(layer, X):
    """{{use-gradients-doc}}
    """
    ### BEGIN SOLUTION
    uses = []
    for _ in range(2):
        use = nn.Dense(layer.weight.shape[0], in_units=layer.weight.shape[1])
        use.initialize()
        use.weight.set_data(layer.weight.data())
        use.bias.set_data(layer.bias.data())
        uses.append(use)
    with autograd.record():
        H = X
        for use in uses:
            H = npx.relu(use(H))
        total = H.sum()
    total.backward()
    first, second = (use.weight.grad() for use in uses)
    return first, second, first + second
    ### END SOLUTION

# %% copying
clone = copy.deepcopy(net)
clone[1] is clone[2], clone[1] is net[1]

# %% copying-connect tags=["demonstration"]
for grad_req in ("null", "write"):
    clone.collect_params().setattr("grad_req", grad_req)
backward(clone)
np.allclose(clone[1].weight.grad(), net[1].weight.grad())

# %% loading tags=["demonstration"]
tied, separate = nn.Sequential(), build_untied()
one = nn.Dense(8, activation="relu")
tied.add(nn.Dense(8, activation="relu"), one, one, nn.Dense(10))
results = []
with tempfile.TemporaryDirectory() as folder:
    net.save_parameters(f"{folder}/net")
    for model in (tied, separate):
        model.load_parameters(f"{folder}/net")
        u, v = model[1].weight, model[2].weight
        results.append(((u.data() == v.data()).all(), u is v))
results

# %% training tags=["demonstration"]
layer_by_layer = [
    p for layer in net for p in layer.collect_params().values()
]
trainer = gluon.Trainer(layer_by_layer, "sgd", {"learning_rate": 0.1})
backward(net)
try:
    trainer.step(1)
except UserWarning as error:
    refusal = error
refusal

# %% comparison-widget tags=["demonstration"]
from paramlab.widgets import framework_comparison

framework_comparison()
