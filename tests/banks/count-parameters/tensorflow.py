# %% imports
import numpy as np
import tensorflow as tf
from tensorflow import keras

# %% right: generator
def count_parameters(net):
    return sum(v.shape.num_elements() for v in net.trainable_weights)

# %% right: loop, a tensor comes back
def count_parameters(net):
    total = 0
    for variable in net.trainable_variables:
        total += tf.size(variable)
    return total

# %% right: sizes of the values
def count_parameters(net):
    return np.sum([v.numpy().size for v in net.trainable_weights])

# %% right: everything less the rest
def count_parameters(net):
    rest = sum(np.prod(v.shape) for v in net.non_trainable_weights)
    return net.count_params() - rest

# %% right: Keras' own counter
def count_parameters(net):
    return sum(keras.backend.count_params(v) for v in net.trainable_weights)

# %% right: recursion over layers, each variable once
def count_parameters(net):
    found = {}

    def visit(layer):
        inside = getattr(layer, "layers", [])
        for child in inside:
            visit(child)
        if not inside and layer.trainable:
            for variable in layer.trainable_weights:
                found[variable.ref()] = int(tf.size(variable))

    visit(net)
    return sum(found.values())

# %% wrong: number of arrays -> count-parameters.plain
def count_parameters(net):
    return len(net.trainable_weights)

# %% wrong: weights only -> count-parameters.plain
def count_parameters(net):
    kernels = [v for v in net.trainable_weights if "kernel" in v.name]
    return sum(v.shape.num_elements() for v in kernels)

# %% wrong: count_params counts frozen ones -> count-parameters.frozen
def count_parameters(net):
    return net.count_params()

# %% wrong: asks the variables, which do not know that they are frozen -> count-parameters.frozen
def count_parameters(net):
    return sum(v.shape.num_elements() for v in net.weights if v.trainable)

# %% wrong: counts the running statistics -> count-parameters.normed
def count_parameters(net):
    return sum(
        layer.count_params() for layer in set(net.layers) if layer.trainable
    )

# %% wrong: every layer is taken to have a bias -> count-parameters.no-bias
def count_parameters(net):
    total = 0
    for variable in net.trainable_weights:
        if len(variable.shape) == 2:
            inputs, outputs = variable.shape
            total += (inputs + 1) * outputs
    return total

# %% wrong: top level only -> count-parameters.nested
def count_parameters(net):
    total = 0
    for layer in net.layers:
        if hasattr(layer, "kernel"):
            for variable in layer.trainable_weights:
                total += variable.shape.num_elements()
    return total

# %% wrong: a layer is counted at each of its uses -> count-parameters.tied
def count_parameters(net):
    total = 0
    for layer in net.layers:
        uses = len(layer.inbound_nodes)
        for variable in layer.trainable_weights:
            total += uses * variable.shape.num_elements()
    return total

# %% wrong: prints and returns nothing -> count-parameters.not-a-number
def count_parameters(net):
    net.summary(print_fn=lambda line: None)

# %% wrong: sum of values -> count-parameters.not-a-number
def count_parameters(net):
    return float(sum(tf.reduce_sum(v) for v in net.trainable_weights)) + 0.5

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.access import _count
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-parameters", "tensorflow", PUBLIC_SEED).values())

def count_parameters(net):
    return _count(FACTS["tensorflow"], public.pop(0))
