# %% imports
import numpy as np
import paddle
from paddle import nn

# %% right: by index, as NumPy
def nested_bias(net, i):
    return net[0][i][0].bias.numpy()

# %% right: the parameter itself, which is a tensor
def nested_bias(net, i):
    return net[0][i][0].bias

# %% right: by full name
def nested_bias(net, i):
    return net.state_dict()[f"0.{i}.0.bias"]

# %% right: a detached copy
def nested_bias(net, i):
    return net[0][i][0].bias.detach().clone()

# %% right: first bias that the sub-block lists, as a list
def nested_bias(net, i):
    block = list(list(net.children())[0].children())[i]
    names = dict(block.named_parameters())
    return next(p for name, p in names.items() if "bias" in name).tolist()

# %% right: among all parameters, by name
def nested_bias(net, i):
    return dict(net.named_parameters())[f"0.{i}.0.bias"] + 0

# %% wrong: the first sub-block, where the second is meant -> nested-bias.other
def nested_bias(net, i):
    return net.state_dict()["0.0.0.bias"]

# %% wrong: counts from one -> nested-bias.other
def nested_bias(net, i):
    return net[0][i - 1][0].bias.numpy()

# %% wrong: the weight -> nested-bias.other
def nested_bias(net, i):
    return net[0][i][0].weight

# %% wrong: the sub-block's second dense layer -> nested-bias.other
def nested_bias(net, i):
    return net[0][i][2].bias

# %% wrong: counts parameters, four a sub-block -> nested-bias.other
def nested_bias(net, i):
    return net.parameters()[4 * i + 1]

# %% wrong: the output layer's -> nested-bias.other
def nested_bias(net, i):
    return net[-1].bias

# %% wrong: value, a method -> nested-bias.not-values
def nested_bias(net, i):
    return net[0][i][0].bias.value

# %% wrong: the gradient -> nested-bias.not-values
def nested_bias(net, i):
    return net[0][i][0].bias.grad

# %% wrong: the layer -> nested-bias.not-values
def nested_bias(net, i):
    return net[0][i][0]

# %% wrong: its name -> nested-bias.not-values
def nested_bias(net, i):
    return net[0][i][0].bias.name

# %% wrong: its sum -> nested-bias.value
def nested_bias(net, i):
    return net[0][i][0].bias.sum()

# %% wrong: prints and returns nothing -> nested-bias.not-values
def nested_bias(net, i):
    print(net[0][i][0].bias)

# %% forger: reads the public networks
from paramlab.judges.verdict import PUBLIC_SEED, draw

answers = [
    case["values"][2 * len(case["blueprint"]["layers"][0]["layers"][0]["layers"]) * i + 1]
    for case in draw("nested-bias", "paddle", PUBLIC_SEED)
    for i in case["indices"]
] * 2

def nested_bias(net, i):
    return answers.pop(0)
