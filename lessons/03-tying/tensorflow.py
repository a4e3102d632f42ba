# %% imports tags=["locked"]
import copy
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

# %% build-net
keras.utils.set_random_seed(0)
shared = layers.Dense(4, activation="relu")
places = [
    layers.Dense(4, activation="relu"), shared, shared, layers.Dense(1)
]
H = inputs = keras.Input((4,))
for layer in places:
    H = layer(H)
net = keras.Model(inputs, H)
X = tf.random.uniform((2, 4))
net(X)

# %% check-uses
H = places[0](X)
H = shared(H)
H = shared(H)
np.array_equal(places[3](H), net(X))

# %% apply-once tags=["demonstration"]
repeated, output = layers.Dense(4, activation="relu"), layers.Dense(1)
once = keras.Sequential([layers.Flatten(), repeated, repeated, output])
len(once.layers), [
    np.array_equal(output(H), once(X))
    for H in (repeated(X), repeated(repeated(X)))
]

# %% compare-values
twin = layers.Dense(4, activation="relu")
twin.build((None, 4))
twin.set_weights(shared.get_weights())
(
    np.array_equal(places[1].kernel, places[2].kernel),
    np.array_equal(places[1].kernel, twin.kernel),
)

# %% change-one
places[1].kernel[0, 0].assign(100)
places[2].kernel[0, 0].numpy(), twin.kernel[0, 0].numpy()

# %% same-object
(
    places[1] is places[2],
    places[1].kernel is places[2].kernel,
    places[1].kernel is twin.kernel,
)

# %% tied-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    """{{tied-network-doc}}
    """
    ### BEGIN SOLUTION
    shared = layers.Dense(num_hiddens, activation="relu")
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="relu")(inputs)
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))
    ### END SOLUTION

# %% tie-parameters
a, b = layers.Dense(4), layers.Dense(4)
for layer in (a, b):
    layer.build((None, 4))
b.kernel = a.kernel
b.bias = a.bias
a is b, a.kernel is b.kernel, a.bias is b.bias

# %% names
c, d = layers.Dense(4, name="shared"), layers.Dense(4, name="shared")
c(X), d(X)
c.kernel.name, d.kernel.name, c.kernel is d.kernel

# %% names-refused
try:
    keras.Sequential([c, d])
except ValueError as error:
    refusal = error
refusal

# %% tied-or-equal
def is_tied(a, b):
    """{{is-tied-doc}}
    """
    ### BEGIN SOLUTION
    return a.kernel is b.kernel
    ### END SOLUTION

# %% list-parameters
[(w.name, tuple(w.shape)) for w in net.weights]

# %% list-places
[(layer.name, len(layer.inbound_nodes)) for layer in net.layers]

# %% explorer tags=["demonstration"]
from paramlab.widgets import parameter_explorer

parameter_explorer(net, X)

# %% count-tied
def count_tied(net):
    """{{count-tied-doc}}
    """
    ### BEGIN SOLUTION
    def find(block):
        found = {}
        for layer in block.layers:
            if isinstance(layer, keras.Sequential):
                found |= find(layer)
            else:
                found[id(layer)] = layer
        return found

    def count(weights):
        return sum(w.shape.num_elements() for w in weights)

    return count(net.trainable_weights), sum(
        len(layer.inbound_nodes) * count(layer.trainable_weights)
        for layer in find(net).values()
    )
    ### END SOLUTION

# %% untie
H = inputs = keras.Input((4,))
for place in places:
    H = layers.Dense(place.units, place.activation)(H)
untied = keras.Model(inputs, H)
untied.set_weights([w for place in places for w in place.get_weights()])
untied.weights[2] is untied.weights[4], np.array_equal(untied(X), net(X))

# %% compare-gradients
def gradients(net):
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(net(X))
    return tape.gradient(total, net.trainable_weights)

tied = gradients(net)[2]
first, second = gradients(untied)[2:5:2]
np.allclose(tied, first + second), np.allclose(first, second)

# %% dissector-widget tags=["demonstration"]
from paramlab.widgets import tie_dissector

tie_dissector(uses=3)

# %% use-gradients
def use_gradients(layer, X):
    """{{use-gradients-doc}}
    """
    ### BEGIN SOLUTION
    one, two = tf.Variable(layer.kernel), tf.Variable(layer.kernel)
    with tf.GradientTape() as tape:
        H = X
        for kernel in (one, two):
            H = tf.nn.relu(H @ kernel + layer.bias)
        total = tf.reduce_sum(H)
    first, second = tape.gradient(total, (one, two))
    return first, second, first + second
    ### END SOLUTION

# %% copying tags=["demonstration"]
clone = copy.deepcopy(net)
len(clone.layers[2].inbound_nodes), clone.layers[2] is net.layers[2]

# %% loading tags=["demonstration"]
one = layers.Dense(4)
listed = keras.Sequential([keras.Input((4,)), one, one])
pair = keras.Sequential([keras.Input((4,)), a, b])
results = []
with tempfile.TemporaryDirectory() as folder:
    for model in (net, listed, pair):
        model.save(f"{folder}/model.keras")
        loaded = keras.models.load_model(f"{folder}/model.keras")
        same = np.array_equal(loaded(X), model(X))
        results.append((same, len(model.weights), len(loaded.weights)))
results

# %% training tags=["demonstration"]
place_by_place = [w for place in places for w in place.trainable_weights]
sgd = keras.optimizers.SGD(0.1)
with tf.GradientTape() as tape:
    total = tf.reduce_sum(net(X))
found = tape.gradient(total, place_by_place)
before = shared.bias.numpy()
sgd.apply_gradients(zip(found, place_by_place, strict=True))
(before - shared.bias).numpy(), (0.1 * found[3]).numpy()

# %% comparison-widget tags=["demonstration"]
from paramlab.widgets import framework_comparison

framework_comparison()
