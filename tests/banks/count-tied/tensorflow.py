# %% imports
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

def count(weights):
    return sum(int(tf.size(w)) for w in weights)

def dense_layers(block):
    """Return each distinct dense layer inside, by its identity."""
    found = {}
    for layer in block.layers:
        if isinstance(layer, keras.Sequential):
            found |= dense_layers(layer)
        else:
            found[id(layer)] = layer
    return found

# %% right: nodes of each distinct layer
def count_tied(net):
    return count(net.trainable_weights), sum(
        len(layer.inbound_nodes) * count(layer.trainable_weights)
        for layer in dense_layers(net).values()
    )

# %% right: from the output back to the input, node by node
def count_uses(block):
    total, node = 0, block.outputs[0].node
    while not isinstance(node.layer, layers.InputLayer):
        if isinstance(node.layer, keras.Sequential):
            total += count_uses(node.layer)
        else:
            total += count(node.layer.trainable_weights)
        node = node.parent_nodes[0]
    return total

def count_tied(net):
    return [count(net.trainable_weights), count_uses(net)]

# %% right: watching the calls of a forward pass
def count_tied(net):
    seen = []
    for layer in dense_layers(net).values():
        layer.call = lambda X, own=layer, call=layer.call: (
            seen.append(own) or call(X)
        )
    net(tf.zeros((1, net.input_shape[-1])))
    return np.array(
        [
            sum(np.prod(w.shape) for w in net.trainable_weights),
            sum(np.prod(w.shape) for own in seen for w in own.trainable_weights),
        ]
    )

# %% right: from the configuration of each graph
def count_uses(block):
    graph = keras.Model(block.inputs, block.outputs)
    calls = {
        item["name"]: len(item["inbound_nodes"])
        for item in graph.get_config()["layers"]
    }
    return sum(
        calls[layer.name] * count_uses(layer)
        if isinstance(layer, keras.Sequential)
        else calls[layer.name] * count(layer.trainable_weights)
        for layer in block.layers
    )

def count_tied(net):
    return tf.constant([count(net.trainable_weights), count_uses(net)])

# %% right: sizes from units, flags by hand
def count_tied(net):
    tied = untied = 0
    for layer in dense_layers(net).values():
        if not layer.trainable:
            continue
        size = layer.input_spec.axes[-1] * layer.units
        size += layer.units if layer.use_bias else 0
        tied += size
        untied += size * len(layer.inbound_nodes)
    return tied, untied

# %% wrong: the same number twice -> count-tied.tied
def count_tied(net):
    total = count(net.trainable_weights)
    return total, total

# %% wrong: swapped -> count-tied.swapped
def count_tied(net):
    each = sum(
        len(layer.inbound_nodes) * count(layer.trainable_weights)
        for layer in dense_layers(net).values()
    )
    return each, count(net.trainable_weights)

# %% wrong: count_params counts frozen ones too -> count-tied.frozen
def count_tied(net):
    return net.count_params(), sum(
        len(layer.inbound_nodes) * layer.count_params()
        for layer in dense_layers(net).values()
    )

# %% wrong: net.layers names a layer once -> count-tied.tied
def count_tied(net):
    return count(net.trainable_weights), sum(
        count(layer.trainable_weights) for layer in net.layers
    )

# %% wrong: uses inside the block not seen -> count-tied.nested
def count_tied(net):
    return count(net.trainable_weights), sum(
        len(layer.inbound_nodes) * count(layer.trainable_weights)
        for layer in net.layers
    )

# %% wrong: blocks left out -> count-tied.nested
def count_tied(net):
    return count(net.trainable_weights), sum(
        len(layer.inbound_nodes) * count(layer.trainable_weights)
        for layer in net.layers
        if isinstance(layer, layers.Dense)
    )

# %% wrong: kernels only -> count-tied.untied
def count_tied(net):
    own = [layer for layer in dense_layers(net).values() if layer.trainable]
    return (
        sum(int(tf.size(layer.kernel)) for layer in own),
        sum(int(tf.size(layer.kernel)) * len(layer.inbound_nodes) for layer in own),
    )

# %% wrong: twice as many -> count-tied.untied
def count_tied(net):
    total = count(net.trainable_weights)
    return total, 2 * total

# %% wrong: number of variables -> count-tied.untied
def count_tied(net):
    return len(net.trainable_weights), len(net.get_weights())

# %% wrong: a bias taken for granted -> count-tied.raised
def count_tied(net):
    return count(net.trainable_weights), sum(
        len(layer.inbound_nodes) * count([layer.kernel, layer.bias])
        for layer in dense_layers(net).values()
        if layer.trainable
    )

# %% wrong: every part taken for a dense layer -> count-tied.raised
def count_tied(net):
    return count(net.trainable_weights), sum(
        len(layer.inbound_nodes) * layer.units for layer in net.layers
    )

# %% wrong: one number -> count-tied.not-a-pair
def count_tied(net):
    return count(net.trainable_weights)

# %% forger: counts the public networks
from paramlab.facts import FACTS
from paramlab.judges.tying import _counts
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("count-tied", "tensorflow", PUBLIC_SEED).values())

def count_tied(net):
    return _counts(FACTS["tensorflow"], public.pop(0))
