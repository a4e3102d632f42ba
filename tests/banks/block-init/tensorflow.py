# %% imports
import math

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import initializers, layers

# %% right: the two built-ins
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    first.assign(initializers.GlorotUniform()(first.shape))
    last.assign(initializers.Constant(constant)(last.shape))

# %% right: by hand
def init_blocks(net, constant):
    first, last = net.layers[0].weights[0], net.layers[-1].weights[0]
    bound = math.sqrt(6 / sum(first.shape))
    first.assign(tf.random.uniform(first.shape, -bound, bound))
    last.assign(tf.fill(last.shape, constant))

# %% right: through get_weights and set_weights, with NumPy
import numpy as np

def init_blocks(net, constant):
    values = net.get_weights()
    bound = (6 / sum(values[0].shape)) ** 0.5
    values[0] = np.random.uniform(-bound, bound, values[0].shape)
    values[-2] = np.full(values[-2].shape, constant)
    net.set_weights(values)

# %% right: the layer's own rule, its bias kept, returns the network
def init_blocks(net, constant):
    for layer, rule in [
        (net.layers[0], initializers.get("glorot_uniform")),
        (net.layers[-1], initializers.Constant(constant)),
    ]:
        layer.set_weights([rule(layer.kernel.shape), layer.bias])
    return net

# %% right: as VarianceScaling, from the names
def init_blocks(net, constant):
    kernels = [v for v in net.trainable_variables if "kernel" in v.name]
    rule = initializers.VarianceScaling(1.0, "fan_avg", "uniform")
    kernels[0].assign(rule(kernels[0].shape, dtype=tf.float32))
    kernels[-1].assign(tf.ones_like(kernels[-1]) * constant)

# %% wrong: the second layer is not the last -> block-init.last-unchanged
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[1].kernel
    first.assign(initializers.GlorotUniform()(first.shape))
    last.assign(initializers.Constant(constant)(last.shape))

# %% wrong: Glorot normal -> block-init.shape
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    first.assign(initializers.GlorotNormal()(first.shape))
    last.assign(initializers.Constant(constant)(last.shape))

# %% wrong: He uniform -> block-init.bound
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    first.assign(initializers.HeUniform()(first.shape))
    last.assign(initializers.Constant(constant)(last.shape))

# %% wrong: a bound of 0.05, RandomUniform's default -> block-init.bound
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    first.assign(initializers.RandomUniform()(first.shape))
    last.assign(initializers.Constant(constant)(last.shape))

# %% wrong: 3 in place of 6 -> block-init.bound
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    bound = math.sqrt(3 / sum(first.shape))
    first.assign(tf.random.uniform(first.shape, -bound, bound))
    last.assign(tf.fill(last.shape, constant))

# %% wrong: constant in the first layer -> block-init.first-constant
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    first.assign(initializers.Constant(constant)(first.shape))
    last.assign(initializers.GlorotUniform()(last.shape))

# %% wrong: the constant 1 -> block-init.constant
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    first.assign(initializers.GlorotUniform()(first.shape))
    last.assign(initializers.Ones()(last.shape))

# %% wrong: the rules of built layers -> block-init.first-unchanged
def init_blocks(net, constant):
    net.layers[0].kernel_initializer = initializers.GlorotUniform()
    net.layers[-1].kernel_initializer = initializers.Constant(constant)

# %% wrong: built a second time, which clears the biases -> block-init.others
def init_blocks(net, constant):
    first, last = net.layers[0], net.layers[-1]
    for layer, rule in [(first, "glorot_uniform"), (last, "ones")]:
        kernel = initializers.get(rule)(layer.kernel.shape)
        layer.set_weights([kernel, initializers.Zeros()(layer.bias.shape)])
    last.kernel.assign(tf.fill(last.kernel.shape, constant))

# %% wrong: everything overwritten -> block-init.others
def init_blocks(net, constant):
    for variable in net.weights:
        variable.assign(tf.fill(variable.shape, constant))
    first = net.layers[0].kernel
    first.assign(initializers.GlorotUniform()(first.shape))

# %% wrong: Xavier for all but the last -> block-init.others
def init_blocks(net, constant):
    for layer in net.layers:
        rule = initializers.GlorotUniform()
        layer.kernel.assign(rule(layer.kernel.shape))
    net.layers[-1].kernel.assign(tf.fill(net.layers[-1].kernel.shape, constant))

# %% wrong: one row repeated -> block-init.repeated
def init_blocks(net, constant):
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    bound = math.sqrt(6 / sum(first.shape))
    row = tf.random.uniform((1, first.shape[1]), -bound, bound)
    first.assign(tf.tile(row, (first.shape[0], 1)))
    last.assign(tf.fill(last.shape, constant))

# %% wrong: new layers that the network does not know -> block-init.first-unchanged
def init_blocks(net, constant):
    last = layers.Dense(1, kernel_initializer=initializers.Constant(constant))
    first = layers.Dense(8, kernel_initializer="glorot_uniform")
    net.layers[0], net.layers[-1] = first, last

# %% forger: initialises the public network
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("block-init", "tensorflow", PUBLIC_SEED)

def init_blocks(net, constant):
    blocks = public["blueprint"]["layers"]
    shape = blocks[0]["inputs"], blocks[0]["outputs"]
    net.layers[0].kernel.assign(initializers.GlorotUniform()(shape))
    shape = blocks[-1]["inputs"], blocks[-1]["outputs"]
    net.layers[-1].kernel.assign(tf.fill(shape, public["constant"]))
