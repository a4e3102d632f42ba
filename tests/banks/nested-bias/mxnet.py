# %% imports
from mxnet import np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: by index
def nested_bias(net, i):
    return net[0][i][0].bias.data()

# %% right: by full name
def nested_bias(net, i):
    params = net.collect_params()
    return params[net[0][i][0].prefix + "bias"].data()

# %% right: a copy in NumPy
def nested_bias(net, i):
    return net[0][i][0].bias.data().asnumpy()

# %% right: first bias that the sub-block lists
def nested_bias(net, i):
    block = list(net[0]._children.values())[i]
    return list(block.collect_params(".*bias").values())[0].list_data()[0]

# %% right: by name within the network, as a list
def nested_bias(net, i):
    params = net._collect_params_with_prefix()
    return params[f"0.{i}.0.bias"].data().tolist()

# %% wrong: the parameter object -> nested-bias.object
def nested_bias(net, i):
    return net[0][i][0].bias

# %% wrong: always the second sub-block -> nested-bias.other
def nested_bias(net, i):
    return net[0][1][0].bias.data()

# %% wrong: counts from one -> nested-bias.other
def nested_bias(net, i):
    return net[0][i - 1][0].bias.data()

# %% wrong: the weight -> nested-bias.other
def nested_bias(net, i):
    return net[0][i][0].weight.data()

# %% wrong: the sub-block's second dense layer -> nested-bias.other
def nested_bias(net, i):
    return net[0][i][1].bias.data()

# %% wrong: counts the layers, two a sub-block -> nested-bias.other
def nested_bias(net, i):
    names = sorted(net.collect_params(".*bias").keys())
    return net.collect_params()[names[2 * i]].data()

# %% wrong: the output layer's -> nested-bias.other
def nested_bias(net, i):
    return net[1].bias.data()

# %% wrong: the gradient -> nested-bias.value
def nested_bias(net, i):
    return net[0][i][0].bias.grad()

# %% wrong: the method, not called -> nested-bias.not-values
def nested_bias(net, i):
    return net[0][i][0].bias.data

# %% wrong: its sum -> nested-bias.value
def nested_bias(net, i):
    return net[0][i][0].bias.data().sum()

# %% wrong: prints and returns nothing -> nested-bias.not-values
def nested_bias(net, i):
    print(net[0][i][0].bias.data())

# %% forger: reads the public networks
from paramlab.judges.verdict import PUBLIC_SEED, draw

answers = [
    case["values"][2 * len(case["blueprint"]["layers"][0]["layers"][0]["layers"]) * i + 1]
    for case in draw("nested-bias", "mxnet", PUBLIC_SEED)
    for i in case["indices"]
] * 2

def nested_bias(net, i):
    return answers.pop(0)
