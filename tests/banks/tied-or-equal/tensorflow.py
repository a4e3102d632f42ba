# %% imports
import numpy as np
import tensorflow as tf
from tensorflow import keras

# %% right: identity
def is_tied(a, b):
    return a.kernel is b.kernel

# %% right: references
def is_tied(a, b):
    return a.kernel.ref() == b.kernel.ref()

# %% right: change one entry, see it in the other
def is_tied(a, b):
    old = b.kernel[0, 0].numpy()
    a.kernel[0, 0].assign(old + 1)
    return bool(b.kernel[0, 0] != old)

# %% right: gradient of one layer's output by the other's kernel
def is_tied(a, b):
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(a(tf.ones((1, a.kernel.shape[0]))))
    return tape.gradient(total, b.kernel) is not None

# %% right: looked up among the other's weights, as a NumPy truth
def is_tied(a, b):
    return np.any([a.kernel is other for other in b.weights])

# %% right: a tensor
def is_tied(a, b):
    return tf.constant(id(a.kernel) == id(b.kernel))

# %% wrong: values compared -> tied-or-equal.equal
def is_tied(a, b):
    return bool(tf.reduce_all(a.kernel == b.kernel))

# %% wrong: values compared, in NumPy -> tied-or-equal.namesake
def is_tied(a, b):
    return np.allclose(a.get_weights()[0], b.get_weights()[0])

# %% wrong: layers compared -> tied-or-equal.parameters
def is_tied(a, b):
    return a is b

# %% wrong: layers compared with == -> tied-or-equal.weight-only
def is_tied(a, b):
    return a == b

# %% wrong: names of the kernels compared -> tied-or-equal.namesake
def is_tied(a, b):
    return a.kernel.name == b.kernel.name

# %% wrong: names of the layers compared -> tied-or-equal.parameters
def is_tied(a, b):
    return a.name == b.name

# %% wrong: values are new tensors each time -> tied-or-equal.layer
def is_tied(a, b):
    return a.kernel.value() is b.kernel.value()

# %% wrong: weights and biases both asked for -> tied-or-equal.weight-only
def is_tied(a, b):
    return all(u is v for u, v in zip(a.weights, b.weights))

# %% wrong: any parameter in common -> tied-or-equal.bias-only
def is_tied(a, b):
    return len({id(w) for w in a.weights + b.weights}) < 4

# %% wrong: shapes compared -> tied-or-equal.different
def is_tied(a, b):
    return a.kernel.shape == b.kernel.shape

# %% wrong: always -> tied-or-equal.equal
def is_tied(a, b):
    return True

# %% wrong: never -> tied-or-equal.layer
def is_tied(a, b):
    return False

# %% wrong: entry by entry -> tied-or-equal.not-a-truth
def is_tied(a, b):
    return a.kernel == b.kernel

# %% wrong: nothing returned -> tied-or-equal.not-a-truth
def is_tied(a, b):
    print(a.kernel is b.kernel)

# %% forger: answers of the public pairs
from paramlab.judges.tying import PAIRS
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("tied-or-equal", "tensorflow", PUBLIC_SEED)

def is_tied(a, b):
    return PAIRS[public.pop(0)["case"]][2]
