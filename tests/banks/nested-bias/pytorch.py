# %% imports
import torch
from torch import nn

# %% right: by index
def nested_bias(net, i):
    return net[0][i][0].bias.data

# %% right: the parameter itself, which is a tensor
def nested_bias(net, i):
    return net[0][i][0].bias

# %% right: by full name
def nested_bias(net, i):
    return net.state_dict()[f"0.{i}.0.bias"]

# %% right: a copy in NumPy
def nested_bias(net, i):
    return net[0][i][0].bias.detach().clone().numpy()

# %% right: first bias that the sub-block lists
def nested_bias(net, i):
    block = list(list(net.children())[0].children())[i]
    return next(p for name, p in block.named_parameters() if "bias" in name)

# %% right: get_parameter, as a list
def nested_bias(net, i):
    return net.get_parameter(f"0.{i}.0.bias").tolist()

# %% wrong: always the second sub-block -> nested-bias.other
def nested_bias(net, i):
    return net[0][1][0].bias.data

# %% wrong: counts from one -> nested-bias.other
def nested_bias(net, i):
    return net[0][i - 1][0].bias.data

# %% wrong: the weight -> nested-bias.other
def nested_bias(net, i):
    return net[0][i][0].weight.data

# %% wrong: the sub-block's second dense layer -> nested-bias.other
def nested_bias(net, i):
    return net[0][i][2].bias.data

# %% wrong: counts parameters, four a sub-block -> nested-bias.other
def nested_bias(net, i):
    return list(net.parameters())[4 * i + 1].data

# %% wrong: the output layer's -> nested-bias.other
def nested_bias(net, i):
    return net[-1].bias.data

# %% wrong: the gradient -> nested-bias.not-values
def nested_bias(net, i):
    return net[0][i][0].bias.grad

# %% wrong: the layer -> nested-bias.not-values
def nested_bias(net, i):
    return net[0][i][0]

# %% wrong: its sum -> nested-bias.value
def nested_bias(net, i):
    return net[0][i][0].bias.sum()

# %% wrong: prints and returns nothing -> nested-bias.not-values
def nested_bias(net, i):
    print(net[0][i][0].bias.data)

# %% forger: reads the public networks
from paramlab.judges.verdict import PUBLIC_SEED, draw

answers = [
    case["values"][2 * len(case["blueprint"]["layers"][0]["layers"][0]["layers"]) * i + 1]
    for case in draw("nested-bias", "pytorch", PUBLIC_SEED)
    for i in case["indices"]
] * 2

def nested_bias(net, i):
    return answers.pop(0)
