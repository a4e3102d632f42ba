# %% imports
from mxnet import init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: factories and Sequential
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        net = nn.Sequential()
        net.add(nn.Dense(num_hiddens, activation="relu"))
        net.add(nn.Dense(num_inputs, activation="relu"))
        return net

    blocks = nn.Sequential()
    for _ in range(num_blocks):
        blocks.add(block())
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net

# %% right: sizes given, already initialised
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(
            nn.Dense(num_hiddens, activation="relu", in_units=num_inputs),
            nn.Dense(num_inputs, activation="relu", in_units=num_hiddens))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks)
    net.add(nn.Dense(num_outputs, in_units=num_inputs))
    net.initialize(init.Normal(0.01))
    return net

# %% right: hybrid, activations as blocks of their own
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        net = nn.HybridSequential()
        net.add(nn.Dense(num_hiddens), nn.Activation("relu"))
        net.add(nn.Dense(num_inputs), nn.Activation("relu"))
        return net

    blocks = nn.HybridSequential()
    blocks.add(*[block() for _ in range(num_blocks)])
    net = nn.HybridSequential()
    net.add(blocks, nn.Dense(num_outputs))
    net.hybridize()
    return net

# %% right: classes, the output layer named first
class Block(nn.Block):
    def __init__(self, num_inputs, num_hiddens):
        super().__init__()
        self.hidden = nn.Dense(num_hiddens)
        self.back = nn.Dense(num_inputs)

    def forward(self, X):
        return npx.relu(self.back(npx.relu(self.hidden(X))))

class Net(nn.Block):
    def __init__(self, num_blocks, num_inputs, num_hiddens, num_outputs):
        super().__init__()
        self.output = nn.Dense(num_outputs)
        self.blocks = nn.Sequential()
        for _ in range(num_blocks):
            self.blocks.add(Block(num_inputs, num_hiddens))

    def forward(self, X):
        return self.output(self.blocks(X))

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return Net(num_blocks, num_inputs, num_hiddens, num_outputs)

# %% wrong: one block object again and again -> nested-network.shared
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    block = nn.Sequential()
    block.add(nn.Dense(num_hiddens, activation="relu"))
    block.add(nn.Dense(num_inputs, activation="relu"))
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net

# %% wrong: blocks beside the output layer -> nested-network.flat
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    net = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(num_hiddens, activation="relu"))
        block.add(nn.Dense(num_inputs, activation="relu"))
        net.add(block)
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: layers in one row -> nested-network.flat
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    net = nn.Sequential()
    for _ in range(num_blocks):
        net.add(nn.Dense(num_hiddens, activation="relu"))
        net.add(nn.Dense(num_inputs, activation="relu"))
    net.add(nn.Dense(num_outputs))
    return net

# %% wrong: no activation -> nested-network.no-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(num_hiddens), nn.Dense(num_inputs))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net

# %% wrong: one activation a block -> nested-network.one-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(num_hiddens, activation="relu"))
        block.add(nn.Dense(num_inputs))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net

# %% wrong: activation after the output -> nested-network.output-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(num_hiddens, activation="relu"))
        block.add(nn.Dense(num_inputs, activation="relu"))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs, activation="relu"))
    return net

# %% wrong: another activation -> nested-network.output
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(num_hiddens, activation="sigmoid"))
        block.add(nn.Dense(num_inputs, activation="sigmoid"))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net

# %% wrong: blocks in a plain list -> nested-network.stopped
class Net(nn.Block):
    def __init__(self, num_blocks, num_inputs, num_hiddens, num_outputs):
        super().__init__()
        self.blocks = []
        for _ in range(num_blocks):
            block = nn.Sequential()
            block.add(nn.Dense(num_hiddens, activation="relu"))
            block.add(nn.Dense(num_inputs, activation="relu"))
            self.blocks.append(block)
        self.output = nn.Dense(num_outputs)

    def forward(self, X):
        for block in self.blocks:
            X = block(X)
        return self.output(X)

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return Net(num_blocks, num_inputs, num_hiddens, num_outputs)

# %% wrong: always four blocks -> nested-network.parameters
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(4):
        block = nn.Sequential()
        block.add(nn.Dense(num_hiddens, activation="relu"))
        block.add(nn.Dense(num_inputs, activation="relu"))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net

# %% wrong: the book's sizes -> nested-network.shapes
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(32, activation="relu"))
        block.add(nn.Dense(16, activation="relu"))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(10))
    return net

# %% wrong: hidden and outer sizes exchanged -> nested-network.shapes
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(num_inputs, activation="relu"))
        block.add(nn.Dense(num_hiddens, activation="relu"))
        blocks.add(block)
    net = nn.Sequential()
    net.add(blocks, nn.Dense(num_outputs))
    return net

# %% wrong: what add returns, nothing -> nested-network.no-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = nn.Sequential()
    for _ in range(num_blocks):
        block = nn.Sequential()
        block.add(nn.Dense(num_hiddens, activation="relu"))
        block.add(nn.Dense(num_inputs, activation="relu"))
        blocks.add(block)
    net = nn.Sequential()
    return net.add(blocks, nn.Dense(num_outputs))

# %% forger: builds the public networks
from paramlab.frameworks import load
from paramlab.judges.nested_network import _blueprint
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = [case["sizes"] for case in draw("nested-network", "mxnet", PUBLIC_SEED)]

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return load("mxnet").build(_blueprint(public.pop(0)))
