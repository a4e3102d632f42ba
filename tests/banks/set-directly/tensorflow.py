# %% imports
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

# %% right: assign, then one entry
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel.assign(kernel + amount)
    kernel[i, j].assign(value)

# %% right: assign_add
def set_directly(net, amount, i, j, value):
    kernel = net.weights[0]
    kernel.assign_add(tf.fill(kernel.shape, amount))
    kernel[i, j].assign(value)

# %% right: values made in NumPy, assigned at once
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    values = kernel.numpy() + amount
    values[i, j] = value
    kernel.assign(values)
    return net

# %% right: set_weights of the layer
def set_directly(net, amount, i, j, value):
    values, bias = net.layers[0].get_weights()
    values += amount
    values[i][j] = value
    net.layers[0].set_weights([values, bias])

# %% right: set_weights of the network
def set_directly(net, amount, i, j, value):
    values = net.get_weights()
    values[0] = values[0] + amount
    values[0][i, j] = value
    net.set_weights(values)

# %% right: scatter_nd_update
def set_directly(net, amount, i, j, value):
    kernel = net.trainable_variables[0]
    kernel.assign_add(amount * tf.ones_like(kernel))
    kernel.scatter_nd_update([[i, j]], [value])

# %% right: a tensor with one entry replaced, while no tape looks
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    values = tf.tensor_scatter_nd_update(kernel + amount, [[i, j]], [value])
    keras.backend.set_value(kernel, values)

# %% wrong: an item assignment -> set-directly.raised-plain
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel.assign(kernel + amount)
    kernel[i, j] = value

# %% wrong: in place, as elsewhere -> set-directly.raised-recording
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel += amount
    kernel[i, j].assign(value)

# %% wrong: the first of the layers, which is no entry of the network
def set_directly(net, amount, i, j, value):
    kernel = net[0].kernel
    kernel.assign(kernel + amount)
    kernel[i, j].assign(value)

# %% wrong: the entry first -> set-directly.order
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel[i, j].assign(value)
    kernel.assign(kernel + amount)

# %% wrong: another name for a new tensor -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel = kernel + amount
    kernel = tf.tensor_scatter_nd_update(kernel, [[i, j]], [value])

# %% wrong: NumPy's copy -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    values = net.layers[0].kernel.numpy().copy()
    values += amount
    values[i, j] = value

# %% wrong: get_weights returns copies -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].get_weights()[0]
    kernel += amount
    kernel[i, j] = value

# %% wrong: a new variable in the layer -> set-directly.replaced
def set_directly(net, amount, i, j, value):
    layer = net.layers[0]
    bias = layer.bias
    values = layer.kernel.numpy() + amount
    values[i, j] = value
    layer.kernel = tf.Variable(values, name="kernel")
    layer.bias = bias

# %% wrong: a tensor in the layer
def set_directly(net, amount, i, j, value):
    values = net.layers[0].kernel.numpy() + amount
    values[i, j] = value
    net.layers[0].kernel = tf.constant(values)

# %% wrong: freezes the layer -> frozen
def set_directly(net, amount, i, j, value):
    net.layers[0].trainable = False
    kernel = net.layers[0].kernel
    kernel.assign(kernel + amount)
    kernel[i, j].assign(value)

# %% wrong: biases too -> set-directly.others
def set_directly(net, amount, i, j, value):
    for variable in net.layers[0].weights:
        variable.assign(variable + amount)
    net.layers[0].kernel[i, j].assign(value)

# %% wrong: every layer -> set-directly.others
def set_directly(net, amount, i, j, value):
    for layer in net.layers:
        layer.kernel.assign(layer.kernel + amount)
    net.layers[0].kernel[i, j].assign(value)

# %% wrong: row and column swapped -> set-directly.transposed
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel.assign(kernel + amount)
    kernel[j, i].assign(value)

# %% wrong: only the entry -> set-directly.amount
def set_directly(net, amount, i, j, value):
    net.layers[0].kernel[i, j].assign(value)

# %% wrong: only the amount -> set-directly.entry
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel.assign_add(amount * tf.ones(kernel.shape))

# %% wrong: the amount in place of a sum -> set-directly.amount
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel.assign(tf.fill(kernel.shape, amount))
    kernel[i, j].assign(value)

# %% wrong: the chapter's numbers -> set-directly.entry
def set_directly(net, amount, i, j, value):
    kernel = net.layers[0].kernel
    kernel.assign(kernel + 1)
    kernel[0, 0].assign(42)

# %% wrong: the last layer -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    kernel = net.layers[-1].kernel
    kernel.assign(kernel + amount)
    kernel[0, 0].assign(value)

# %% forger: what the public networks should hold
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("set-directly", "tensorflow", PUBLIC_SEED).values())

def set_directly(net, amount, i, j, value):
    case = public.pop(0)
    values = case["values"][0] + case["amount"]
    values[case["i"], case["j"]] = case["value"]
    net.layers[0].kernel.assign(values)
