# %% imports
import copy

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

def both_uses(first, second, X):
    return tf.reduce_sum(tf.nn.relu(second(tf.nn.relu(first(X)))))

# %% right: two variables with the kernel's values
def use_gradients(layer, X):
    one, two = tf.Variable(layer.kernel), tf.Variable(layer.kernel)
    with tf.GradientTape() as tape:
        H = tf.nn.relu(X @ one + layer.bias)
        total = tf.reduce_sum(tf.nn.relu(H @ two + layer.bias))
    first, second = tape.gradient(total, [one, two])
    return first, second, first + second

# %% right: two untied copies
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = both_uses(one, two, X)
    first, second = tape.gradient(total, [one.kernel, two.kernel])
    return [first, second, tf.add(first, second)]

# %% right: total from the tied layer itself, one persistent tape
def use_gradients(layer, X):
    def copied():
        other = layers.Dense.from_config(layer.get_config())
        other.build(X.shape)
        other.set_weights(layer.get_weights())
        return other

    one, two = copied(), copied()
    with tf.GradientTape(persistent=True) as tape:
        untied = both_uses(one, two, X)
        tied = both_uses(layer, layer, X)
    return (
        tape.gradient(untied, one.kernel),
        tape.gradient(untied, two.kernel),
        tape.gradient(tied, layer.kernel),
    )

# %% right: stop_gradient gives the second, the rest is the first, stacked
def use_gradients(layer, X):
    with tf.GradientTape(persistent=True) as tape:
        total = both_uses(layer, layer, X)
        H = tf.stop_gradient(tf.nn.relu(layer(X)))
        late = tf.reduce_sum(tf.nn.relu(layer(H)))
    both = tape.gradient(total, layer.kernel)
    second = tape.gradient(late, layer.kernel)
    return tf.stack([both - second, second, both])

# %% right: through the outputs of each use
def use_gradients(layer, X):
    with tf.GradientTape() as tape:
        A = layer(X)
        H = tf.nn.relu(A)
        B = layer(H)
        total = tf.reduce_sum(tf.nn.relu(B))
    dA, dB = tape.gradient(total, [A, B])
    first = tf.matmul(X, dA, transpose_a=True)
    second = tf.matmul(H, dB, transpose_a=True)
    return first, second, first + second

# %% right: by hand, in NumPy
def use_gradients(layer, X):
    (W, b), X = layer.get_weights(), X.numpy()
    A = X @ W + b
    H = A * (A > 0)
    delta = (H @ W + b > 0).astype("float32")
    second = H.T @ delta
    first = X.T @ ((delta @ W.T) * (A > 0))
    return first, second, first + second

# %% right: float64
def use_gradients(layer, X):
    one, two = (tf.Variable(tf.cast(layer.kernel, "float64")) for _ in range(2))
    bias = tf.cast(layer.bias, "float64")
    with tf.GradientTape() as tape:
        H = tf.nn.relu(tf.cast(X, "float64") @ one + bias)
        total = tf.reduce_sum(tf.nn.relu(H @ two + bias))
    first, second = tape.gradient(total, [one, two])
    return first, second, first + second

# %% wrong: order swapped -> use-gradients.swapped
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = both_uses(two, one, X)
    first, second = tape.gradient(total, [one.kernel, two.kernel])
    return first, second, first + second

# %% wrong: halves of the sum -> use-gradients.halves
def use_gradients(layer, X):
    with tf.GradientTape() as tape:
        total = both_uses(layer, layer, X)
    both = tape.gradient(total, layer.kernel)
    return both / 2, both / 2, both

# %% wrong: the same kernel asked for twice -> use-gradients.same-layer
def use_gradients(layer, X):
    with tf.GradientTape() as tape:
        total = both_uses(layer, layer, X)
    first, second = tape.gradient(total, [layer.kernel, layer.kernel])
    return first, second, first + second

# %% wrong: kernel and bias taken for two uses
def use_gradients(layer, X):
    with tf.GradientTape() as tape:
        total = both_uses(layer, layer, X)
    first, second = tape.gradient(total, layer.trainable_weights)
    return first, second, first + second

# %% wrong: assigning the kernel is a tie, not a copy -> use-gradients.same-layer
def use_gradients(layer, X):
    other = layers.Dense(layer.units)
    other.build(X.shape)
    other.kernel, other.bias = layer.kernel, layer.bias
    with tf.GradientTape() as tape:
        total = both_uses(layer, other, X)
    first, second = tape.gradient(total, [layer.kernel, other.kernel])
    return first, second, first + second

# %% wrong: first use cut off -> use-gradients.zero
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        H = tf.stop_gradient(tf.nn.relu(one(X)))
        total = tf.reduce_sum(tf.nn.relu(two(H)))
    first, second = tape.gradient(
        total, [one.kernel, two.kernel], unconnected_gradients="zero"
    )
    return first, second, first + second

# %% wrong: copies made outside of the variables, so no gradient -> use-gradients.shape
def use_gradients(layer, X):
    one, two = tf.constant(layer.kernel), tf.constant(layer.kernel)
    with tf.GradientTape() as tape:
        H = tf.nn.relu(X @ one + layer.bias)
        total = tf.reduce_sum(tf.nn.relu(H @ two + layer.bias))
    first, second = tape.gradient(total, [one, two])
    return first, second, None

# %% wrong: second use alone -> use-gradients.first
def use_gradients(layer, X):
    with tf.GradientTape(persistent=True) as tape:
        early = tf.reduce_sum(tf.nn.relu(layer(X)))
        H = tf.stop_gradient(tf.nn.relu(layer(X)))
        late = tf.reduce_sum(tf.nn.relu(layer(H)))
    first = tape.gradient(early, layer.kernel)
    second = tape.gradient(late, layer.kernel)
    return first, second, first + second

# %% wrong: no relu at all -> use-gradients.activation
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(two(one(X)))
    first, second = tape.gradient(total, [one.kernel, two.kernel])
    return first, second, first + second

# %% wrong: relu between only -> use-gradients.activation
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(two(tf.nn.relu(one(X))))
    first, second = tape.gradient(total, [one.kernel, two.kernel])
    return first, second, first + second

# %% wrong: mean instead of sum -> use-gradients.scaled
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = tf.reduce_mean(tf.nn.relu(two(tf.nn.relu(one(X)))))
    first, second = tape.gradient(total, [one.kernel, two.kernel])
    return first, second, first + second

# %% wrong: biases' gradients -> use-gradients.shape
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = both_uses(one, two, X)
    first, second = tape.gradient(total, [one.bias, two.bias])
    return first, second, first + second

# %% wrong: as (outputs, inputs) -> use-gradients.transposed
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = both_uses(one, two, X)
    found = tape.gradient(total, [one.kernel, two.kernel])
    first, second = (tf.transpose(gradient) for gradient in found)
    return first, second, first + second

# %% wrong: new layers without the values
def use_gradients(layer, X):
    one, two = layers.Dense(layer.units), layers.Dense(layer.units)
    with tf.GradientTape() as tape:
        total = both_uses(one, two, X)
    first, second = tape.gradient(total, [one.kernel, two.kernel])
    return first, second, first + second

# %% wrong: average instead of the sum -> use-gradients.total
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = both_uses(one, two, X)
    first, second = tape.gradient(total, [one.kernel, two.kernel])
    return first, second, (first + second) / 2

# %% wrong: no sum -> use-gradients.not-three
def use_gradients(layer, X):
    one, two = copy.deepcopy(layer), copy.deepcopy(layer)
    with tf.GradientTape() as tape:
        total = both_uses(one, two, X)
    return tape.gradient(total, [one.kernel, two.kernel])

# %% forger: gradients of the public layers
from paramlab.facts import FACTS
from paramlab.judges.tying import _expected_uses
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("use-gradients", "tensorflow", PUBLIC_SEED)

def use_gradients(layer, X):
    return _expected_uses(FACTS["tensorflow"], public.pop(0))
