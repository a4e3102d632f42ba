# %% imports
import math

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import initializers, layers

# %% right: He normal
def keep_signal(net):
    for layer in net.layers:
        layer.kernel.assign(initializers.HeNormal()(layer.kernel.shape))

# %% right: He uniform, biases set to 0
def keep_signal(net):
    for variable in net.weights:
        rule = "he_uniform" if "kernel" in variable.name else "zeros"
        variable.assign(initializers.get(rule)(variable.shape))

# %% right: VarianceScaling by the outputs, untruncated
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")
        layer.kernel.assign(rule(layer.kernel.shape))

# %% right: orthogonal
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.Orthogonal(gain=math.sqrt(2))
        layer.kernel.assign(rule(layer.kernel.shape))

# %% right: by hand
def keep_signal(net):
    for variable in net.trainable_variables:
        if len(variable.shape) == 2:
            std = math.sqrt(2 / variable.shape[0])
            variable.assign(tf.random.normal(variable.shape, stddev=std))

# %% right: set_weights, with NumPy, from the network's input shape
import numpy as np

def keep_signal(net):
    width = net.input_shape[-1]
    rng = np.random.default_rng()
    net.set_weights(
        [
            rng.normal(0, (2 / width) ** 0.5, value.shape) if value.ndim == 2 else value
            for value in net.get_weights()
        ]
    )

# %% right: layer after layer, from what comes out (LSUV)
def keep_signal(net):
    hidden = tf.random.normal((256, net.layers[0].kernel.shape[0]))
    for layer in net.layers:
        layer.kernel.assign(initializers.Orthogonal()(layer.kernel.shape))
        outputs = tf.matmul(hidden, layer.kernel)
        layer.kernel.assign(layer.kernel / tf.math.reduce_std(outputs))
        hidden = layer(hidden)

# %% right: from the outputs of a model of the inner layers
def keep_signal(net):
    X = tf.random.normal((256, net.input_shape[1]))
    for layer in net.layers:
        layer.kernel.assign(initializers.HeNormal()(layer.kernel.shape))
        inner = keras.Model(net.inputs, layer.output)
        mean_square = tf.reduce_mean(inner(X) ** 2)
        layer.kernel.assign(layer.kernel / tf.sqrt(2 * mean_square))

# %% right: the identity
def keep_signal(net):
    for layer in net.layers:
        layer.kernel.assign(initializers.Identity()(layer.kernel.shape))

# %% wrong: nothing -> keep-signal.fades
def keep_signal(net):
    pass

# %% wrong: the default rule -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        layer.kernel.assign(initializers.GlorotUniform()(layer.kernel.shape))

# %% wrong: Glorot normal -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        layer.kernel.assign(initializers.GlorotNormal()(layer.kernel.shape))

# %% wrong: LeCun -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        layer.kernel.assign(initializers.LecunNormal()(layer.kernel.shape))

# %% wrong: orthogonal without gain -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        layer.kernel.assign(initializers.Orthogonal()(layer.kernel.shape))

# %% wrong: the chapter's N(0, 0.01²) -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.RandomNormal(stddev=0.01)
        layer.kernel.assign(rule(layer.kernel.shape))

# %% wrong: N(0, 1) -> keep-signal.explodes
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.RandomNormal(stddev=1)
        layer.kernel.assign(rule(layer.kernel.shape))

# %% wrong: the scale of a uniform rule's bound -> keep-signal.explodes
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.VarianceScaling(6.0)
        layer.kernel.assign(rule(layer.kernel.shape))

# %% wrong: the variance as the standard deviation -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.RandomNormal(stddev=2 / layer.kernel.shape[0])
        layer.kernel.assign(rule(layer.kernel.shape))

# %% wrong: the rules of built layers -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        layer.kernel_initializer = initializers.HeNormal()

# %% wrong: a new network comes back -> keep-signal.fades
def keep_signal(net):
    new = keras.models.clone_model(net)
    for layer in new.layers:
        layer.kernel.assign(initializers.HeNormal()(layer.kernel.shape))
    return new

# %% wrong: zeros -> keep-signal.fades
def keep_signal(net):
    for variable in net.weights:
        variable.assign(tf.zeros(variable.shape))

# %% wrong: a constant that keeps the mean -> keep-signal.alike
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.Constant(1 / layer.kernel.shape[0])
        layer.kernel.assign(rule(layer.kernel.shape))

# %% wrong: positive weights -> keep-signal.alike
def keep_signal(net):
    for layer in net.layers:
        rule = initializers.RandomUniform(0, 2 / layer.kernel.shape[0])
        layer.kernel.assign(rule(layer.kernel.shape))

# %% wrong: biases alone -> keep-signal.fades
def keep_signal(net):
    for layer in net.layers:
        layer.kernel.assign(tf.zeros(layer.kernel.shape))
        layer.bias.assign(tf.random.normal(layer.bias.shape))

# %% wrong: rescued in the last layer -> keep-signal.fades
def keep_signal(net):
    last = net.layers[-1].kernel
    last.assign(1000 * last)

# %% wrong: the first layer only -> keep-signal.fades
def keep_signal(net):
    first = net.layers[0].kernel
    first.assign(initializers.HeNormal()(first.shape))

# %% forger: weights for the public width
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("keep-signal", "tensorflow", PUBLIC_SEED)

def keep_signal(net):
    width = public["blueprint"]["layers"][0]["inputs"]
    for layer in net.layers:
        layer.kernel.assign(initializers.HeNormal()((width, width)))
