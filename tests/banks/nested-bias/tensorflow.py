# %% imports
import numpy as np
import tensorflow as tf
from tensorflow import keras

# %% right: by index, as NumPy
def nested_bias(net, i):
    return net.layers[0].layers[i].layers[0].bias.numpy()

# %% right: the variable itself
def nested_bias(net, i):
    return net.layers[0].layers[i].layers[0].weights[1]

# %% right: as a tensor
def nested_bias(net, i):
    return tf.convert_to_tensor(net.layers[0].layers[i].layers[0].bias)

# %% right: second value of the sub-block
def nested_bias(net, i):
    return net.get_layer(index=0).get_layer(index=i).get_weights()[1]

# %% right: by name, as a list
def nested_bias(net, i):
    layer = net.layers[0].layers[i].layers[0]
    by_name = {v.name: v for v in net.weights}
    return by_name[f"{layer.name}/bias:0"].numpy().tolist()

# %% right: first bias that the sub-block lists
def nested_bias(net, i):
    block = net.layers[0].layers[i]
    return next(v for v in block.variables if "bias" in v.name).read_value()

# %% wrong: always the second sub-block -> nested-bias.other
def nested_bias(net, i):
    return net.layers[0].layers[1].layers[0].bias.numpy()

# %% wrong: counts from one -> nested-bias.other
def nested_bias(net, i):
    return net.layers[0].layers[i - 1].layers[0].bias.numpy()

# %% wrong: the weight -> nested-bias.other
def nested_bias(net, i):
    return net.layers[0].layers[i].layers[0].weights[0]

# %% wrong: the sub-block's second dense layer, as where a Flatten stands first -> nested-bias.other
def nested_bias(net, i):
    return net.layers[0].layers[i].layers[1].weights[1]

# %% wrong: counts parameters, four a sub-block -> nested-bias.other
def nested_bias(net, i):
    return net.get_weights()[4 * i + 1]

# %% wrong: counts the layers by their names, two a sub-block -> nested-bias.other
def nested_bias(net, i):
    biases = [v for v in net.weights if "bias" in v.name]
    return biases[2 * i].numpy()

# %% wrong: the output layer's -> nested-bias.other
def nested_bias(net, i):
    return net.layers[-1].bias.numpy()

# %% wrong: the method, not called -> nested-bias.not-values
def nested_bias(net, i):
    return net.layers[0].layers[i].layers[0].bias.numpy

# %% wrong: the layer -> nested-bias.not-values
def nested_bias(net, i):
    return net.layers[0].layers[i].layers[0]

# %% wrong: whether there is a bias -> nested-bias.not-values
def nested_bias(net, i):
    return net.layers[0].layers[i].layers[0].use_bias

# %% wrong: its initializer's values -> nested-bias.value
def nested_bias(net, i):
    layer = net.layers[0].layers[i].layers[0]
    return layer.bias_initializer(layer.bias.shape)

# %% wrong: its sum -> nested-bias.value
def nested_bias(net, i):
    return tf.reduce_sum(net.layers[0].layers[i].layers[0].bias)

# %% wrong: an index into a Sequential -> checks.raised
def nested_bias(net, i):
    return net[0][i][0].bias

# %% forger: reads the public networks
from paramlab.judges.verdict import PUBLIC_SEED, draw

answers = [
    case["values"][2 * len(case["blueprint"]["layers"][0]["layers"][0]["layers"]) * i + 1]
    for case in draw("nested-bias", "tensorflow", PUBLIC_SEED)
    for i in case["indices"]
] * 2

def nested_bias(net, i):
    return answers.pop(0)
