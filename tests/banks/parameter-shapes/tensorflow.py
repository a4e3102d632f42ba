# %% imports
import numpy as np
import tensorflow as tf
from tensorflow import keras

# %% right: dictionary comprehension
def parameter_shapes(net):
    return {v.name: tuple(v.shape) for v in net.weights}

# %% right: TensorShape
def parameter_shapes(net):
    shapes = {}
    for variable in net.variables:
        shapes[variable.name] = variable.shape
    return shapes

# %% right: as tensors
def parameter_shapes(net):
    return {v.name: tf.shape(v) for v in net.weights}

# %% right: names beside the values
def parameter_shapes(net):
    names = [v.name for v in net.weights]
    return {
        name: value.shape
        for name, value in zip(names, net.get_weights(), strict=True)
    }

# %% right: those that train, then the others, as lists
def parameter_shapes(net):
    shapes = {}
    for variable in net.trainable_weights + net.non_trainable_weights:
        shapes[variable.name] = variable.shape.as_list()
    return shapes

# %% right: recursion over layers
def parameter_shapes(net):
    found = {}

    def visit(layer):
        for child in getattr(layer, "layers", []):
            visit(child)
        if isinstance(layer, keras.layers.Dense):
            for variable in layer.weights:
                found[variable.name] = np.array(variable.shape)

    visit(net)
    return found

# %% wrong: only those that train -> parameter-shapes.frozen
def parameter_shapes(net):
    return {v.name: tuple(v.shape) for v in net.trainable_weights}

# %% wrong: weights only -> parameter-shapes.missing
def parameter_shapes(net):
    kernels = [v for v in net.weights if "kernel" in v.name]
    return {v.name: tuple(v.shape) for v in kernels}

# %% wrong: names without their layers overwrite each other -> parameter-shapes.names
def parameter_shapes(net):
    return {v.name.split("/")[-1]: tuple(v.shape) for v in net.weights}

# %% wrong: names of another framework -> parameter-shapes.names
def parameter_shapes(net):
    shapes = {}
    for place, layer in enumerate(net.layers):
        shapes[f"{place}.weight"] = tuple(layer.weights[0].shape)
        if len(layer.weights) > 1:
            shapes[f"{place}.bias"] = tuple(layer.weights[1].shape)
    return shapes

# %% wrong: dense layers of the top level only -> parameter-shapes.missing
def parameter_shapes(net):
    shapes = {}
    for layer in net.layers:
        if isinstance(layer, keras.layers.Dense):
            for variable in layer.weights:
                shapes[variable.name] = tuple(variable.shape)
    return shapes

# %% wrong: numbers of entries -> parameter-shapes.shape
def parameter_shapes(net):
    return {v.name: v.shape.num_elements() for v in net.weights}

# %% wrong: outputs before inputs -> parameter-shapes.turned
def parameter_shapes(net):
    return {v.name: tuple(v.shape[::-1]) for v in net.weights}

# %% wrong: shapes as text -> parameter-shapes.shape
def parameter_shapes(net):
    return {v.name: str(v.shape) for v in net.weights}

# %% wrong: values in place of shapes -> parameter-shapes.shape
def parameter_shapes(net):
    return {v.name: v.numpy() for v in net.weights}

# %% wrong: list of pairs -> parameter-shapes.not-a-dict
def parameter_shapes(net):
    return [(v.name, tuple(v.shape)) for v in net.weights]

# %% wrong: what summary returns, nothing -> parameter-shapes.not-a-dict
def parameter_shapes(net):
    return net.summary(print_fn=lambda line: None)

# %% forger: lists the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("parameter-shapes", "tensorflow", PUBLIC_SEED).values())

def parameter_shapes(net):
    return {s.name: s.shape for s in slots(FACTS["tensorflow"], public.pop(0))}
