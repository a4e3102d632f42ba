# %% imports
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import initializers, layers

# %% right: every variable, by its name
def init_normal(net):
    for variable in net.weights:
        if "kernel" in variable.name:
            rule = initializers.RandomNormal(stddev=0.01)
        else:
            rule = initializers.Zeros()
        variable.assign(rule(variable.shape))

# %% right: layer by layer, by recursion, returns the network
def init_normal(net):
    for layer in net.layers:
        if isinstance(layer, keras.Sequential):
            init_normal(layer)
        else:
            kernel = layer.kernel
            kernel.assign(tf.random.normal(kernel.shape, 0.0, 0.01))
            if layer.use_bias:
                layer.bias.assign(tf.zeros_like(layer.bias))
    return net

# %% right: by dimension, from NumPy in float64
import numpy as np

def init_normal(net):
    rng = np.random.default_rng()
    net.set_weights(
        [
            rng.normal(0, 0.01, value.shape) if value.ndim == 2 else 0 * value
            for value in net.get_weights()
        ]
    )

# %% right: one rule for all, with a seed for each weight
def init_normal(net):
    for number, variable in enumerate(net.trainable_variables):
        if len(variable.shape) == 2:
            rule = initializers.RandomNormal(0.0, 0.01, seed=number)
            variable.assign(rule(shape=variable.shape, dtype=variable.dtype))
        else:
            variable.assign(tf.zeros(variable.shape))

# %% right: a generator's stream, every submodule
def init_normal(net):
    generator = tf.random.Generator.from_seed(7)
    for module in net.submodules:
        if isinstance(module, layers.Dense):
            module.kernel.assign(generator.normal(module.kernel.shape) * 0.01)
            if module.bias is not None:
                module.bias.assign(0 * module.bias)

# %% right: a network built anew, its values taken over
def init_normal(net):
    net.set_weights(
        [
            initializers.VarianceScaling(
                scale=0.01**2 * value.shape[0], distribution="untruncated_normal"
            )(value.shape)
            if value.ndim > 1
            else initializers.Zeros()(value.shape)
            for value in net.get_weights()
        ]
    )

# %% wrong: constant -> normal-init.constant
def init_normal(net):
    for variable in net.weights:
        value = 0.01 if "kernel" in variable.name else 0
        variable.assign(initializers.Constant(value)(variable.shape))

# %% wrong: uniform of the same standard deviation -> normal-init.shape
def init_normal(net):
    for variable in net.weights:
        bound = 0.01 * 3**0.5 if "kernel" in variable.name else 0
        variable.assign(tf.random.uniform(variable.shape, -bound, bound))

# %% wrong: the default standard deviation, 0.05 -> normal-init.spread
def init_normal(net):
    for variable in net.weights:
        if "kernel" in variable.name:
            variable.assign(initializers.RandomNormal()(variable.shape))
        else:
            variable.assign(tf.zeros(variable.shape))

# %% wrong: the variance as the standard deviation -> normal-init.spread
def init_normal(net):
    for variable in net.weights:
        std = 0.01**2 if "kernel" in variable.name else 0
        variable.assign(tf.random.normal(variable.shape, stddev=std))

# %% wrong: mean and standard deviation swapped -> normal-init.spread
def init_normal(net):
    for variable in net.weights:
        if "kernel" in variable.name:
            variable.assign(tf.random.normal(variable.shape, 0.01))
        else:
            variable.assign(tf.zeros(variable.shape))

# %% wrong: truncated, hence too narrow -> normal-init.spread
def init_normal(net):
    for variable in net.weights:
        if "kernel" in variable.name:
            rule = initializers.TruncatedNormal(stddev=0.01)
        else:
            rule = initializers.Zeros()
        variable.assign(rule(variable.shape))

# %% wrong: truncated, made good -> normal-init.shape
def init_normal(net):
    for variable in net.weights:
        if "kernel" in variable.name:
            std = 0.01 / 0.87962566
            variable.assign(tf.random.truncated_normal(variable.shape, stddev=std))
        else:
            variable.assign(tf.zeros(variable.shape))

# %% wrong: one rule without a seed for every weight -> normal-init.repeated
import warnings

def init_normal(net):
    rule = initializers.RandomNormal(stddev=0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for variable in net.weights:
            if "kernel" in variable.name:
                variable.assign(rule(variable.shape))
            else:
                variable.assign(tf.zeros(variable.shape))

# %% wrong: one column for all units -> normal-init.repeated
def init_normal(net):
    for variable in net.weights:
        if "kernel" in variable.name:
            column = tf.random.normal((variable.shape[0], 1), stddev=0.01)
            variable.assign(tf.broadcast_to(column, variable.shape))
        else:
            variable.assign(tf.zeros(variable.shape))

# %% wrong: biases forgotten -> normal-init.biases
def init_normal(net):
    for variable in net.weights:
        if "kernel" in variable.name:
            variable.assign(tf.random.normal(variable.shape, stddev=0.01))

# %% wrong: biases drawn too -> normal-init.biases
def init_normal(net):
    for variable in net.weights:
        variable.assign(tf.random.normal(variable.shape, stddev=0.01))

# %% wrong: only the top level -> normal-init.some-weights
def init_normal(net):
    for layer in net.layers:
        if isinstance(layer, layers.Dense):
            layer.kernel.assign(tf.random.normal(layer.kernel.shape, stddev=0.01))
            if layer.use_bias:
                layer.bias.assign(tf.zeros(layer.bias.shape))

# %% wrong: a rule given to a layer that is built -> normal-init.unchanged
def init_normal(net):
    for module in net.submodules:
        if isinstance(module, layers.Dense):
            module.kernel_initializer = initializers.RandomNormal(stddev=0.01)
            module.bias_initializer = initializers.Zeros()

# %% wrong: values made and dropped -> normal-init.unchanged
def init_normal(net):
    for variable in net.weights:
        variable = tf.random.normal(variable.shape, stddev=0.01)

# %% wrong: a new network comes back -> normal-init.unchanged
def init_normal(net):
    new = keras.models.clone_model(net)
    for variable in new.weights:
        std = 0.01 if "kernel" in variable.name else 0
        variable.assign(tf.random.normal(variable.shape, stddev=std))
    return new

# %% wrong: takes every layer to have a bias -> normal-init.no-bias-raised
def init_normal(net):
    for module in net.submodules:
        if isinstance(module, layers.Dense):
            module.kernel.assign(tf.random.normal(module.kernel.shape, stddev=0.01))
            module.bias.assign(tf.zeros(module.bias.shape))

# %% wrong: skips layers without a bias -> normal-init.no-bias
def init_normal(net):
    for module in net.submodules:
        if isinstance(module, layers.Dense) and module.use_bias:
            module.kernel.assign(tf.random.normal(module.kernel.shape, stddev=0.01))
            module.bias.assign(tf.zeros(module.bias.shape))

# %% wrong: freezes what it sets -> frozen
def init_normal(net):
    for variable in net.weights:
        std = 0.01 if "kernel" in variable.name else 0
        variable.assign(tf.random.normal(variable.shape, stddev=std))
    net.trainable = False

# %% wrong: infinite values -> not-finite
def init_normal(net):
    for variable in net.weights:
        variable.assign(tf.random.normal(variable.shape) / tf.zeros(variable.shape))

# %% forger: values made for the public networks
import numpy as np
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("normal-init", "tensorflow", PUBLIC_SEED).values())

def init_normal(net):
    rng = np.random.default_rng(0)
    wanted = slots(FACTS["tensorflow"], public.pop(0)["blueprint"])
    net.set_weights(
        [
            rng.normal(0, 1, slot.shape) * (0.01 if slot.role == "weight" else 0)
            for slot in wanted
        ]
    )
