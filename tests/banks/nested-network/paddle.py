# %% imports
import paddle
from paddle import nn
from paddle.nn import functional as F

# %% right: factories and Sequential
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs), nn.ReLU())

    blocks = nn.Sequential(*[block() for _ in range(num_blocks)])
    return nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))

# %% right: named layers
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for i in range(num_blocks):
        block = nn.Sequential(
            ("hidden", nn.Linear(num_inputs, num_hiddens)),
            ("act1", nn.ReLU()),
            ("back", nn.Linear(num_hiddens, num_inputs)),
            ("act2", nn.ReLU()))
        blocks.add_sublayer(f"block {i}", block)
    net = nn.Sequential()
    net.add_sublayer("blocks", blocks)
    net.add_sublayer("output", nn.Linear(num_inputs, num_outputs))
    return net

# %% right: classes, the last layers named first
class Block(nn.Layer):
    def __init__(self, num_inputs, num_hiddens):
        super().__init__()
        self.back = nn.Linear(num_hiddens, num_inputs)
        self.hidden = nn.Linear(num_inputs, num_hiddens)

    def forward(self, X):
        return F.relu(self.back(F.relu(self.hidden(X))))

class Net(nn.Layer):
    def __init__(self, num_blocks, num_inputs, num_hiddens, num_outputs):
        super().__init__()
        self.output = nn.Linear(num_inputs, num_outputs)
        self.blocks = nn.LayerList(
            [Block(num_inputs, num_hiddens) for _ in range(num_blocks)])

    def forward(self, X):
        for block in self.blocks:
            X = block(X)
        return self.output(X)

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return Net(num_blocks, num_inputs, num_hiddens, num_outputs)

# %% right: built lazily
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    with paddle.LazyGuard():
        blocks = nn.Sequential(*(
            nn.Sequential(
                nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
                nn.Linear(num_hiddens, num_inputs), nn.ReLU())
            for _ in range(num_blocks)))
        return nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))

# %% right: each layer with its activation, in a wrapper; rules of its own
class Dense(nn.Layer):
    def __init__(self, num_inputs, num_outputs):
        super().__init__()
        rule = nn.initializer.Normal(0, 0.01)
        self.body = nn.Sequential(
            nn.Linear(num_inputs, num_outputs, weight_attr=rule), nn.ReLU())

    def forward(self, X):
        return self.body(X)

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = [
        nn.Sequential(Dense(num_inputs, num_hiddens), Dense(num_hiddens, num_inputs))
        for _ in range(num_blocks)
    ]
    return nn.Sequential(
        nn.Sequential(*blocks), nn.Sequential(nn.Linear(num_inputs, num_outputs)))

# %% wrong: one block object again and again -> nested-network.shared
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    block = nn.Sequential(
        nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_inputs), nn.ReLU())
    blocks = nn.Sequential(*[block] * num_blocks)
    return nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))

# %% wrong: blocks beside the output layer -> nested-network.flat
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    net = nn.Sequential()
    for i in range(num_blocks):
        net.add_sublayer(f"block {i}", nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs), nn.ReLU()))
    net.add_sublayer("output", nn.Linear(num_inputs, num_outputs))
    return net

# %% wrong: layers in one row -> nested-network.flat
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    layers = []
    for _ in range(num_blocks):
        layers += [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
        layers += [nn.Linear(num_hiddens, num_inputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_inputs, num_outputs))

# %% wrong: no activation -> nested-network.no-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = [
        nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.Linear(num_hiddens, num_inputs))
        for _ in range(num_blocks)
    ]
    return nn.Sequential(
        nn.Sequential(*blocks), nn.Linear(num_inputs, num_outputs))

# %% wrong: one activation a block -> nested-network.one-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = [
        nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs))
        for _ in range(num_blocks)
    ]
    return nn.Sequential(
        nn.Sequential(*blocks), nn.Linear(num_inputs, num_outputs))

# %% wrong: activation after the output -> nested-network.output-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = [
        nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs), nn.ReLU())
        for _ in range(num_blocks)
    ]
    return nn.Sequential(
        nn.Sequential(*blocks), nn.Linear(num_inputs, num_outputs), nn.ReLU())

# %% wrong: another activation -> nested-network.output
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = [
        nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.LeakyReLU(0.2),
            nn.Linear(num_hiddens, num_inputs), nn.LeakyReLU(0.2))
        for _ in range(num_blocks)
    ]
    return nn.Sequential(
        nn.Sequential(*blocks), nn.Linear(num_inputs, num_outputs))

# %% wrong: blocks in a plain list -> nested-network.parameters
class Net(nn.Layer):
    def __init__(self, num_blocks, num_inputs, num_hiddens, num_outputs):
        super().__init__()
        self.blocks = [
            nn.Sequential(
                nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
                nn.Linear(num_hiddens, num_inputs), nn.ReLU())
            for _ in range(num_blocks)
        ]
        self.output = nn.Linear(num_inputs, num_outputs)

    def forward(self, X):
        for block in self.blocks:
            X = block(X)
        return self.output(X)

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return Net(num_blocks, num_inputs, num_hiddens, num_outputs)

# %% wrong: always four blocks -> nested-network.parameters
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs), nn.ReLU())

    return nn.Sequential(
        nn.Sequential(block(), block(), block(), block()),
        nn.Linear(num_inputs, num_outputs))

# %% wrong: inputs and outputs of a layer exchanged -> nested-network.stopped
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return nn.Sequential(
            nn.Linear(num_hiddens, num_inputs), nn.ReLU(),
            nn.Linear(num_inputs, num_hiddens), nn.ReLU())

    blocks = nn.Sequential(*[block() for _ in range(num_blocks)])
    return nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))

# %% wrong: hidden size fixed -> nested-network.shapes
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return nn.Sequential(
            nn.Linear(num_inputs, 32), nn.ReLU(),
            nn.Linear(32, num_inputs), nn.ReLU())

    blocks = nn.Sequential(*[block() for _ in range(num_blocks)])
    return nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))

# %% wrong: no network comes back -> nested-network.no-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs), nn.ReLU())

    blocks = nn.Sequential(*[block() for _ in range(num_blocks)])
    net = nn.Sequential(blocks, nn.Linear(num_inputs, num_outputs))

# %% wrong: the factory comes back -> nested-network.no-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
            nn.Linear(num_hiddens, num_inputs), nn.ReLU())

    return block

# %% forger: builds the public networks
from paramlab.frameworks import load
from paramlab.judges.nested_network import _blueprint
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = [case["sizes"] for case in draw("nested-network", "paddle", PUBLIC_SEED)]

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return load("paddle").build(_blueprint(public.pop(0)))
