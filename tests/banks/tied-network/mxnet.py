# %% imports
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: one layer object added again and again
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(nn.Dense(num_hiddens, activation="relu"))
    for _ in range(num_uses):
        net.add(shared)
    net.add(nn.Dense(num_outputs))
    return net

# %% right: params= in new layers, initialised, sizes given
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    net.add(nn.Dense(num_hiddens, in_units=num_inputs, activation="relu"))
    shared = nn.Dense(num_hiddens, in_units=num_hiddens, activation="relu")
    net.add(shared)
    for _ in range(num_uses - 1):
        net.add(
            nn.Dense(
                num_hiddens,
                in_units=num_hiddens,
                activation="relu",
                params=shared.params,
            )
        )
    net.add(nn.Dense(num_outputs, in_units=num_hiddens))
    net.initialize(init.Normal(0.01))
    return net

# %% right: own block, a loop in forward, layers made in another order
class Tied(nn.Block):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.output = nn.Dense(num_outputs)
        self.shared = nn.Dense(num_hiddens)
        self.hidden = nn.Dense(num_hiddens)
        self.num_uses = num_uses

    def forward(self, X):
        X = npx.relu(self.hidden(X))
        for _ in range(self.num_uses):
            X = npx.relu(self.shared(X))
        return self.output(X)

def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = Tied(num_inputs, num_hiddens, num_outputs, num_uses)
    net.initialize()
    return net

# %% right: bare parameters, weights as (inputs, outputs)
class Bare(nn.Block):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        sizes = [
            ("first", num_inputs, num_hiddens),
            ("shared", num_hiddens, num_hiddens),
            ("last", num_hiddens, num_outputs),
        ]
        for name, rows, columns in sizes:
            self.params.get(f"{name}_bias", shape=(columns,), init="zeros")
            self.params.get(f"{name}_weight", shape=(rows, columns))
        self.num_uses = num_uses

    def dense(self, name, X):
        weight = self.params.get(f"{name}_weight").data()
        return np.dot(X, weight) + self.params.get(f"{name}_bias").data()

    def forward(self, X):
        X = npx.relu(self.dense("first", X))
        for _ in range(self.num_uses):
            X = npx.relu(self.dense("shared", X))
        return self.dense("last", X)

def tied_network(*sizes):
    net = Bare(*sizes)
    net.initialize()
    return net

# %% right: nested blocks, hybridized
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.HybridSequential()
    shared.add(nn.Dense(num_hiddens), nn.Activation("relu"))
    net = nn.HybridSequential()
    net.add(nn.Dense(num_hiddens, activation="relu"))
    net.add(*[shared] * num_uses)
    net.add(nn.Dense(num_outputs))
    net.initialize()
    net.hybridize()
    return net

# %% wrong: a new layer for every use -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    net.add(nn.Dense(num_hiddens, activation="relu"))
    for _ in range(num_uses):
        net.add(nn.Dense(num_hiddens, activation="relu"))
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: values copied instead of tied -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    net.add(nn.Dense(num_hiddens, in_units=num_inputs, activation="relu"))
    uses = [
        nn.Dense(num_hiddens, in_units=num_hiddens, activation="relu")
        for _ in range(num_uses)
    ]
    net.add(*uses, nn.Dense(num_outputs, in_units=num_hiddens))
    net.initialize()
    for use in uses[1:]:
        use.weight.set_data(uses[0].weight.data())
        use.bias.set_data(uses[0].bias.data())
    return net

# %% wrong: the same initial values are not a tie -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    net.add(nn.Dense(num_hiddens, activation="relu"))
    for _ in range(num_uses):
        net.add(
            nn.Dense(
                num_hiddens,
                activation="relu",
                weight_initializer=init.Constant(0.5),
            )
        )
    net.add(nn.Dense(num_outputs))
    net.initialize()
    return net

# %% wrong: the same name is not a tie
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    net.add(nn.Dense(num_hiddens, activation="relu"))
    for _ in range(num_uses):
        net.add(nn.Dense(num_hiddens, activation="relu", prefix="shared_"))
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: weight tied, bias not -> tied-network.bias-apart
class WeightOnly(nn.Block):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Dense(num_hiddens, activation="relu")
        self.shared = nn.Dense(num_hiddens, use_bias=False)
        for i in range(num_uses):
            self.params.get(f"bias{i}_bias", shape=(num_hiddens,), init="zeros")
        self.output = nn.Dense(num_outputs)
        self.num_uses = num_uses

    def forward(self, X):
        X = self.hidden(X)
        for i in range(self.num_uses):
            bias = self.params.get(f"bias{i}_bias").data()
            X = npx.relu(self.shared(X) + bias)
        return self.output(X)

def tied_network(*sizes):
    net = WeightOnly(*sizes)
    net.initialize()
    return net

# %% wrong: shared layer applied once -> tied-network.uses
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(nn.Dense(num_hiddens, activation="relu"), shared)
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: num_uses more layers after the shared one -> tied-network.uses
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(nn.Dense(num_hiddens, activation="relu"), shared)
    for _ in range(num_uses):
        net.add(nn.Dense(num_hiddens, activation="relu", params=shared.params))
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: params= passes no activation on -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(nn.Dense(num_hiddens, activation="relu"), shared)
    for _ in range(num_uses - 1):
        net.add(nn.Dense(num_hiddens, params=shared.params))
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: relu after the last layer -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(nn.Dense(num_hiddens, activation="relu"), *[shared] * num_uses)
    net.add(nn.Dense(num_outputs, activation="relu"))
    return net

# %% wrong: first layer tied as well
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    net.add(*[shared] * (num_uses + 1), nn.Dense(num_outputs))
    return net

# %% wrong: no bias in the shared layer -> tied-network.no-bias
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu", use_bias=False)
    net.add(nn.Dense(num_hiddens, activation="relu"), *[shared] * num_uses)
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: layers in a plain list -> tied-network.parameters
class Hidden(nn.Block):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        shared = nn.Dense(num_hiddens, activation="relu")
        shared.initialize()
        self.uses = [shared] * num_uses
        self.hidden = nn.Dense(num_hiddens, activation="relu")
        self.output = nn.Dense(num_outputs)

    def forward(self, X):
        X = self.hidden(X)
        for use in self.uses:
            X = use(X)
        return self.output(X)

def tied_network(*sizes):
    net = Hidden(*sizes)
    net.initialize()
    return net

# %% wrong: later uses outside the record -> tied-network.gradient
class Paused(nn.Block):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Dense(num_hiddens, activation="relu")
        self.shared = nn.Dense(num_hiddens, activation="relu")
        self.output = nn.Dense(num_outputs)
        self.num_uses = num_uses

    def forward(self, X):
        X = self.shared(self.hidden(X))
        with autograd.pause():
            for _ in range(self.num_uses - 1):
                X = self.shared(X)
        return self.output(X)

def tied_network(*sizes):
    net = Paused(*sizes)
    net.initialize()
    return net

# %% wrong: shared layer frozen -> tied-network.frozen
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    shared.collect_params().setattr("grad_req", "null")
    net.add(nn.Dense(num_hiddens, activation="relu"), *[shared] * num_uses)
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: what add returns -> tied-network.not-a-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    net = nn.Sequential()
    shared = nn.Dense(num_hiddens, activation="relu")
    return net.add(
        nn.Dense(num_hiddens, activation="relu"),
        *[shared] * num_uses,
        nn.Dense(num_outputs),
    )

# %% forger: networks that answer from the public inputs
from paramlab.filling import fill
from paramlab.facts import FACTS
from paramlab.judges.reference import forward
from paramlab.judges.tied_network import _case
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("tied-network", "mxnet", PUBLIC_SEED)["cases"])

class Forged(nn.Block):
    def __init__(self, drawn):
        super().__init__()
        facts, case = FACTS["mxnet"], _case(drawn)
        shapes = case.shapes(facts)
        given = fill(shapes, drawn["weights"], drawn["biases"])
        for i, shape in enumerate(shapes):
            self.params.get(f"p{i}", shape=shape, init="zeros")
        output = forward(facts, case.blueprint, given, case.X)
        self.output = np.array(output.astype("float32"))

    def forward(self, X):
        nothing = sum(p.data().sum() for p in self.params.values())
        return self.output + 0 * nothing

def tied_network(*sizes):
    net = Forged(public.pop(0))
    net.initialize(init.Zero())
    return net
