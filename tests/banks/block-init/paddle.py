# %% imports
import math

import paddle
from paddle import nn

# %% right: the two built-ins
def init_blocks(net, constant):
    nn.initializer.XavierUniform()(net[0].weight)
    nn.initializer.Constant(constant)(net[-1].weight)

# %% right: functions given to apply
def init_blocks(net, constant):
    def xavier(layer):
        if type(layer) is nn.Linear:
            nn.initializer.XavierUniform()(layer.weight)

    def fill(layer):
        if type(layer) is nn.Linear:
            nn.initializer.Constant(constant)(layer.weight)

    net[0].apply(xavier)
    net[len(net) - 1].apply(fill)

# %% right: in place, as functions
def init_blocks(net, constant):
    nn.init.xavier_uniform_(net[0].weight)
    nn.init.constant_(net[-1].weight, constant)

# %% right: by hand, set_value
def init_blocks(net, constant):
    dense = [layer for layer in net.sublayers() if isinstance(layer, nn.Linear)]
    first, last = dense[0].weight, dense[-1].weight
    bound = math.sqrt(6 / sum(first.shape))
    first.set_value(paddle.uniform(first.shape, min=-bound, max=bound))
    last.set_value(paddle.full(last.shape, constant))

# %% right: under no_grad, from NumPy, returns the network
import numpy as np

def init_blocks(net, constant):
    fan_in, fan_out = net[0].weight.shape
    bound = (6 / (fan_in + fan_out)) ** 0.5
    values = np.random.uniform(-bound, bound, (fan_in, fan_out)).astype("float32")
    with paddle.no_grad():
        net[0].weight[:] = paddle.to_tensor(values)
        net[-1].weight[:] = constant
    return net

# %% right: through the state, with an assigned value
import numpy as np

def init_blocks(net, constant):
    names = [name for name in net.state_dict() if name.endswith("weight")]
    first = paddle.create_parameter(
        net[0].weight.shape,
        "float32",
        default_initializer=nn.initializer.XavierUniform(),
    )
    last = np.full(net[-1].weight.shape, constant, dtype="float32")
    net.set_state_dict({**net.state_dict(), names[0]: first, names[-1]: last})

# %% wrong: the rules made and dropped -> block-init.first-unchanged
def init_blocks(net, constant):
    if isinstance(net[0], nn.Linear):
        nn.initializer.XavierUniform(net[0].weight)
    if isinstance(net[-1], nn.Linear):
        nn.initializer.Constant(constant)

# %% wrong: only the second of many -> block-init.last-unchanged
def init_blocks(net, constant):
    nn.initializer.XavierUniform()(net[0].weight)
    nn.initializer.Constant(constant)(net[2].weight)

# %% wrong: Xavier normal -> block-init.shape
def init_blocks(net, constant):
    nn.initializer.XavierNormal()(net[0].weight)
    nn.initializer.Constant(constant)(net[-1].weight)

# %% wrong: Kaiming -> block-init.bound
def init_blocks(net, constant):
    nn.initializer.KaimingUniform()(net[0].weight)
    nn.initializer.Constant(constant)(net[-1].weight)

# %% wrong: the bounds of Uniform as it comes -> block-init.bound
def init_blocks(net, constant):
    nn.initializer.Uniform()(net[0].weight)
    nn.initializer.Constant(constant)(net[-1].weight)

# %% wrong: gain of relu -> block-init.bound
def init_blocks(net, constant):
    gain = nn.initializer.calculate_gain("relu")
    nn.initializer.XavierUniform(gain=gain)(net[0].weight)
    nn.initializer.Constant(constant)(net[-1].weight)

# %% wrong: the fans of the last layer -> block-init.bound
def init_blocks(net, constant):
    fan_in, fan_out = net[-1].weight.shape
    nn.initializer.XavierUniform(fan_in, fan_out)(net[0].weight)
    nn.initializer.Constant(constant)(net[-1].weight)

# %% wrong: constant in the first layer -> block-init.first-constant
def init_blocks(net, constant):
    nn.initializer.Constant(constant)(net[0].weight)
    nn.initializer.XavierUniform()(net[-1].weight)

# %% wrong: the chapter's 42 -> block-init.constant
def init_blocks(net, constant):
    nn.initializer.XavierUniform()(net[0].weight)
    nn.initializer.Constant(42.0)(net[-1].weight)

# %% wrong: everything overwritten -> block-init.others
def init_blocks(net, constant):
    for parameter in net.parameters():
        nn.initializer.Constant(constant)(parameter)
    nn.initializer.XavierUniform()(net[0].weight)

# %% wrong: biases cleared -> block-init.others
def init_blocks(net, constant):
    for layer, rule in [
        (net[0], nn.initializer.XavierUniform()),
        (net[-1], nn.initializer.Constant(constant)),
    ]:
        rule(layer.weight)
        nn.initializer.Constant(0.0)(layer.bias)

# %% wrong: a changed copy of the first weight -> block-init.first-unchanged
def init_blocks(net, constant):
    nn.initializer.XavierUniform()(net[0].weight.clone())
    nn.initializer.Constant(constant)(net[-1].weight)

# %% wrong: one draw repeated -> block-init.repeated
def init_blocks(net, constant):
    fan_in, fan_out = net[0].weight.shape
    bound = math.sqrt(6 / (fan_in + fan_out))
    row = paddle.uniform([1, fan_out], min=-bound, max=bound)
    net[0].weight.set_value(row.tile([fan_in, 1]))
    nn.initializer.Constant(constant)(net[-1].weight)

# %% wrong: a new last layer of another size -> layout
def init_blocks(net, constant):
    nn.initializer.XavierUniform()(net[0].weight)
    outputs, inputs = net[-1].weight.shape
    net[len(net) - 1] = nn.Linear(inputs, outputs + 1)

# %% forger: initialises the public network
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("block-init", "paddle", PUBLIC_SEED)

def init_blocks(net, constant):
    blocks = public["blueprint"]["layers"]
    bound = math.sqrt(6 / (blocks[0]["inputs"] + blocks[0]["outputs"]))
    shape = [blocks[0]["inputs"], blocks[0]["outputs"]]
    net[0].weight.set_value(paddle.uniform(shape, min=-bound, max=bound))
    nn.initializer.Constant(public["constant"])(net[-1].weight)
