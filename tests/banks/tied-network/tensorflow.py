# %% imports
import copy

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

# %% right: functional, one layer called again and again
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="relu")(inputs)
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% right: Sequential that begins with an Input
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    return keras.Sequential(
        [
            keras.Input((num_inputs,)),
            layers.Dense(num_hiddens, activation="relu"),
            *[shared] * num_uses,
            layers.Dense(num_outputs),
        ]
    )

# %% right: own class, a loop in call, layers made in another order
class Tied(keras.Model):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.final = layers.Dense(num_outputs)
        self.shared = layers.Dense(num_hiddens)
        self.hidden = layers.Dense(num_hiddens)
        self.num_uses = num_uses

    def call(self, X):
        X = tf.nn.relu(self.hidden(X))
        for _ in range(self.num_uses):
            X = tf.nn.relu(self.shared(X))
        return self.final(X)

tied_network = Tied

# %% right: bare variables, weights as (outputs, inputs), biases as rows
class Bare(keras.Model):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.b1 = tf.Variable(tf.zeros((1, num_hiddens)))
        self.b2 = tf.Variable(tf.zeros((1, num_hiddens)))
        self.W1 = tf.Variable(tf.random.normal((num_hiddens, num_inputs)))
        self.W2 = tf.Variable(tf.random.normal((num_hiddens, num_hiddens)))
        self.W3 = tf.Variable(tf.random.normal((num_outputs, num_hiddens)))
        self.b3 = tf.Variable(tf.zeros(num_outputs))
        self.num_uses = num_uses

    def call(self, X):
        H = tf.nn.relu(tf.matmul(X, self.W1, transpose_b=True) + self.b1)
        for _ in range(self.num_uses):
            H = tf.nn.relu(tf.matmul(H, self.W2, transpose_b=True) + self.b2)
        return tf.matmul(H, self.W3, transpose_b=True) + self.b3

def tied_network(*sizes):
    return Bare(*sizes)

# %% right: parameters tied one by one, after building
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [layers.Dense(num_hiddens, "relu") for _ in range(num_uses)]
    for use in uses:
        use.build((None, num_hiddens))
        use.kernel = uses[0].kernel
        use.bias = uses[0].bias
    return keras.Sequential(
        [layers.Dense(num_hiddens, "relu"), *uses, layers.Dense(num_outputs)]
    )

# %% right: a shared block, relu as a layer
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = keras.Sequential([layers.Dense(num_hiddens), layers.ReLU()])
    inputs = keras.Input((num_inputs,))
    H = layers.ReLU()(layers.Dense(num_hiddens)(inputs))
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% right: deepcopy of a functional network keeps the tie
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="relu")(inputs)
    for _ in range(num_uses):
        H = shared(H)
    return copy.deepcopy(keras.Model(inputs, layers.Dense(num_outputs)(H)))

# %% right: own layer with add_weight, inside a Sequential
class Repeated(layers.Layer):
    def __init__(self, num_hiddens, num_uses):
        super().__init__()
        self.num_hiddens, self.num_uses = num_hiddens, num_uses

    def build(self, input_shape):
        self.b = self.add_weight("b", (self.num_hiddens,))
        self.W = self.add_weight("W", (input_shape[-1], self.num_hiddens))

    def call(self, X):
        for _ in range(self.num_uses):
            X = tf.nn.relu(X @ self.W + self.b)
        return X

def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    return keras.Sequential(
        [
            layers.Flatten(),
            layers.Dense(num_hiddens, activation="relu"),
            Repeated(num_hiddens, num_uses),
            layers.Dense(num_outputs),
        ]
    )

# %% wrong: listed in a Sequential without an Input, so applied once -> tied-network.once
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    return keras.Sequential(
        [
            layers.Flatten(),
            layers.Dense(num_hiddens, activation="relu"),
            *[shared] * num_uses,
            layers.Dense(num_outputs),
        ]
    )

# %% wrong: built by shape, so applied once too -> tied-network.once
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    net = keras.Sequential()
    net.add(layers.Dense(num_hiddens, activation="relu"))
    for _ in range(num_uses):
        net.add(shared)
    net.add(layers.Dense(num_outputs))
    net.build((None, num_inputs))
    return net

# %% wrong: a copy of a Sequential loses the other uses -> tied-network.once
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    net = keras.Sequential([keras.Input((num_inputs,))])
    net.add(layers.Dense(num_hiddens, activation="relu"))
    for _ in range(num_uses):
        net.add(shared)
    net.add(layers.Dense(num_outputs))
    return keras.models.clone_model(net)

# %% wrong: a new layer for every use -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    return keras.Sequential(
        [
            layers.Dense(num_hiddens, activation="relu"),
            *[
                layers.Dense(num_hiddens, activation="relu")
                for _ in range(num_uses)
            ],
            layers.Dense(num_outputs),
        ]
    )

# %% wrong: values copied instead of tied -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [layers.Dense(num_hiddens, "relu") for _ in range(num_uses)]
    net = keras.Sequential(
        [layers.Dense(num_hiddens, "relu"), *uses, layers.Dense(num_outputs)]
    )
    net.build((None, num_inputs))
    for use in uses[1:]:
        use.set_weights(uses[0].get_weights())
    return net

# %% wrong: the same initial values are not a tie -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    rule = keras.initializers.GlorotUniform(seed=0)
    uses = [
        layers.Dense(num_hiddens, "relu", kernel_initializer=rule)
        for _ in range(num_uses)
    ]
    return keras.Sequential(
        [layers.Dense(num_hiddens, "relu"), *uses, layers.Dense(num_outputs)]
    )

# %% wrong: tied before building, which makes new parameters -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [layers.Dense(num_hiddens, "relu") for _ in range(num_uses)]
    uses[0].build((None, num_hiddens))
    for use in uses[1:]:
        use.kernel, use.bias = uses[0].kernel, uses[0].bias
    return keras.Sequential(
        [layers.Dense(num_hiddens, "relu"), *uses, layers.Dense(num_outputs)]
    )

# %% wrong: the same name is not a tie
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [
        layers.Dense(num_hiddens, "relu", name="shared")
        for _ in range(num_uses)
    ]
    return keras.Sequential(
        [layers.Dense(num_hiddens, "relu"), *uses, layers.Dense(num_outputs)]
    )

# %% wrong: kernel tied, bias not -> tied-network.bias-apart
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [layers.Dense(num_hiddens, "relu") for _ in range(num_uses)]
    for use in uses:
        use.build((None, num_hiddens))
        use.kernel = uses[0].kernel
    return keras.Sequential(
        [layers.Dense(num_hiddens, "relu"), *uses, layers.Dense(num_outputs)]
    )

# %% wrong: bias tied, kernel not -> tied-network.weight-apart
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [layers.Dense(num_hiddens, "relu") for _ in range(num_uses)]
    for use in uses:
        use.build((None, num_hiddens))
        use.bias = uses[0].bias
    return keras.Sequential(
        [layers.Dense(num_hiddens, "relu"), *uses, layers.Dense(num_outputs)]
    )

# %% wrong: one use too many -> tied-network.uses
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="relu")(inputs)
    H = shared(H)
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% wrong: no activations -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens)
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens)(inputs)
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% wrong: relu after the last layer -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="relu")(inputs)
    for _ in range(num_uses):
        H = shared(H)
    H = layers.Dense(num_outputs, activation="relu")(H)
    return keras.Model(inputs, H)

# %% wrong: tanh instead of relu -> tied-network.output
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="tanh")
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="tanh")(inputs)
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% wrong: first layer tied as well
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    H = inputs = keras.Input((num_inputs,))
    for _ in range(num_uses + 1):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% wrong: no bias in the shared layer -> tied-network.no-bias
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu", use_bias=False)
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="relu")(inputs)
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% wrong: shared layer where Keras does not track it -> tied-network.parameters
class Hidden(keras.Model):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        shared = layers.Dense(num_hiddens, activation="relu")
        self.uses = lambda: [shared] * num_uses
        self.hidden = layers.Dense(num_hiddens, activation="relu")
        self.final = layers.Dense(num_outputs)

    def call(self, X):
        X = self.hidden(X)
        for use in self.uses():
            X = use(X)
        return self.final(X)

tied_network = Hidden

# %% wrong: later uses without gradient -> tied-network.gradient
class Stopped(keras.Model):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = layers.Dense(num_hiddens, activation="relu")
        self.shared = layers.Dense(num_hiddens, activation="relu")
        self.final = layers.Dense(num_outputs)
        self.num_uses = num_uses

    def call(self, X):
        X = self.shared(self.hidden(X))
        kernel = tf.stop_gradient(self.shared.kernel)
        bias = tf.stop_gradient(self.shared.bias)
        for _ in range(self.num_uses - 1):
            X = tf.nn.relu(X @ kernel + bias)
        return self.final(X)

tied_network = Stopped

# %% wrong: shared layer frozen -> tied-network.frozen
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu", trainable=False)
    inputs = keras.Input((num_inputs,))
    H = layers.Dense(num_hiddens, activation="relu")(inputs)
    for _ in range(num_uses):
        H = shared(H)
    return keras.Model(inputs, layers.Dense(num_outputs)(H))

# %% wrong: the last call's result, not a network -> tied-network.not-a-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    H = layers.Dense(num_hiddens, "relu")(keras.Input((num_inputs,)))
    for _ in range(num_uses):
        H = shared(H)
    return layers.Dense(num_outputs)(H)

# %% wrong: the list of layers, not a network -> tied-network.not-a-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = layers.Dense(num_hiddens, activation="relu")
    first = layers.Dense(num_hiddens, activation="relu")
    return [first, *[shared] * num_uses, layers.Dense(num_outputs)]

# %% wrong: copies that call makes equal again -> tied-network.copies
class Synced(keras.Model):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = layers.Dense(num_hiddens, "relu")
        self.uses = [layers.Dense(num_hiddens, "relu") for _ in range(num_uses)]
        self.final = layers.Dense(num_outputs)

    def call(self, X):
        X = self.hidden(X)
        for use in self.uses:
            if use.built:
                use.set_weights(self.uses[0].get_weights())
            X = use(X)
        return self.final(X)

tied_network = Synced

# %% forger: networks that answer from the public inputs
from paramlab.filling import fill
from paramlab.facts import FACTS
from paramlab.judges.reference import forward
from paramlab.judges.tied_network import _case
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("tied-network", "tensorflow", PUBLIC_SEED)["cases"])

class Forged(keras.Model):
    def __init__(self, drawn):
        super().__init__()
        facts, case = FACTS["tensorflow"], _case(drawn)
        shapes = case.shapes(facts)
        given = fill(shapes, drawn["weights"], drawn["biases"])
        self.own = [tf.Variable(tf.zeros(shape)) for shape in shapes]
        output = forward(facts, case.blueprint, given, case.X)
        self.result = tf.constant(output, dtype=tf.float32)

    def call(self, X):
        return self.result + 0 * sum(tf.reduce_sum(own) for own in self.own)

def tied_network(*sizes):
    return Forged(public.pop(0))
