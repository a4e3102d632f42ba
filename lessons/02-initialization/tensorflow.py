# %% imports tags=["locked"]
import math

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import initializers, layers

# %% example
keras.utils.set_random_seed(0)
net = keras.Sequential([
    layers.Flatten(),
    layers.Dense(4, activation='relu'),
    layers.Dense(1),
])
X = tf.random.uniform((2, 4))
net(X)

# %% default-values
net.layers[1].kernel, net.layers[1].bias

# %% default-range
wide = layers.Dense(300)
wide.build((None, 400))
tf.reduce_max(tf.abs(wide.kernel)), tf.reduce_max(tf.abs(wide.bias))

# %% picker-widget tags=["demonstration"]
from paramlab.widgets import initializer_picker

initializer_picker('GlorotUniform', inputs=256, outputs=128)

# %% normal
def normal():
    return initializers.RandomNormal(mean=0, stddev=0.01)

net = keras.Sequential([
    layers.Flatten(),
    layers.Dense(4, activation='relu', kernel_initializer=normal()),
    layers.Dense(1, kernel_initializer=normal()),
])
net(X)
net.layers[1].kernel[0], net.layers[1].bias

# %% same-values
rule = initializers.RandomNormal(mean=0, stddev=0.01)
rule((2, 3)), rule((2, 3))

# %% constant
for layer in net.layers[1:]:
    ones = initializers.Ones()
    layer.kernel.assign(ones(layer.kernel.shape))
net.layers[1].kernel[0], net.layers[1].bias

# %% symmetry
with tf.GradientTape() as tape:
    y = tf.reduce_sum(net(X))
tape.gradient(y, net.layers[1].kernel)

# %% blocks
first, last = net.layers[1].kernel, net.layers[2].kernel
first.assign(initializers.GlorotUniform()(first.shape))
last.assign(initializers.Constant(42)(last.shape))
first[0], last

# %% xavier-bound
math.sqrt(6 / (4 + 4)), tf.reduce_max(tf.abs(net.layers[1].kernel))

# %% normal-init
def init_normal(net):
    """{{normal-init-doc}}"""
    ### BEGIN SOLUTION
    for variable in net.weights:
        if 'kernel' in variable.name:
            rule = initializers.RandomNormal(stddev=0.01)
        else:
            rule = initializers.Zeros()
        variable.assign(rule(variable.shape))
    ### END SOLUTION

# %% block-init
def init_blocks(net, constant):
    """{{block-init-doc-tensorflow}}"""
    ### BEGIN SOLUTION
    first, last = net.layers[0].kernel, net.layers[-1].kernel
    first.assign(initializers.GlorotUniform()(first.shape))
    last.assign(initializers.Constant(constant)(last.shape))
    ### END SOLUTION

# %% custom
class MyRule(initializers.Initializer):
    def __call__(self, shape, dtype=tf.float32):
        print('Init', shape)
        values = tf.random.uniform(shape, -10, 10, dtype)
        return values * tf.cast(tf.abs(values) >= 5, dtype)

net = keras.Sequential([
    layers.Flatten(),
    layers.Dense(4, activation='relu', kernel_initializer=MyRule()),
    layers.Dense(1, kernel_initializer=MyRule()),
])
net(X)
net.layers[1].kernel[:2]

# %% custom-share
weight = MyRule()((400, 300))
zero, positive = weight == 0, weight > 0
[tf.reduce_mean(tf.cast(part, tf.float32)) for part in (zero, positive)]

# %% custom-init
class ThreeParts(initializers.Initializer):
    """{{custom-init-doc-mxnet}}"""

    def __init__(self, low, high, zeros):
        self.low, self.high, self.zeros = low, high, zeros

    def __call__(self, shape, dtype=tf.float32):
        ### BEGIN SOLUTION
        sizes = tf.random.uniform(shape, self.low, self.high, dtype)
        signs = tf.sign(tf.random.uniform(shape, -1, 1, dtype))
        kept = tf.random.uniform(shape) >= self.zeros
        return sizes * signs * tf.cast(kept, dtype)
        ### END SOLUTION

custom_rule = ThreeParts

# %% designer-widget tags=["demonstration"]
from paramlab.widgets import distribution_designer

distribution_designer(zeros=0.5, inner=5, outer=10, inputs=256)

# %% direct
kernel = net.layers[1].kernel
kernel.assign(kernel + 1)
kernel[0, 0].assign(42)
kernel[0]

# %% refused
try:
    kernel[0, 0] = 0
except TypeError as error:
    print(error)

# %% safe
with tf.GradientTape() as tape:
    kernel.assign(kernel + 1)
    kernel[0, 0].assign(42)
    y = tf.reduce_sum(net(X))
kernel[0]

# %% unnoticed
with tf.GradientTape() as tape:
    y = tf.reduce_sum(net(X))
net.layers[2].kernel.assign(tf.zeros((4, 1)))
tape.gradient(y, kernel)

# %% set-directly
def set_directly(net, amount, i, j, value):
    """{{set-directly-doc-tensorflow}}"""
    ### BEGIN SOLUTION
    kernel = net.layers[0].kernel
    kernel.assign(kernel + amount)
    kernel[i, j].assign(value)
    ### END SOLUTION

# %% depth-layers
def outputs_by_depth(rule, width=256, depth=20):
    keras.utils.set_random_seed(0)
    hidden, stds = tf.random.normal((64, width)), []
    for _ in range(depth):
        layer = layers.Dense(width, use_bias=False,
                             kernel_initializer=rule())
        hidden = tf.nn.relu(layer(hidden))
        stds.append(hidden.numpy().std(dtype='float64'))
    return stds

# %% depth-plot tags=["demonstration"]
from matplotlib import pyplot as plt

rules = {
    'N(0, 1)': lambda: initializers.RandomNormal(stddev=1),
    'He': initializers.HeNormal,
    'Xavier': initializers.GlorotNormal,
    'TensorFlow': initializers.GlorotUniform,
    'N(0, 0.01²)': lambda: initializers.RandomNormal(stddev=0.01),
}
stds = {name: outputs_by_depth(rule) for name, rule in rules.items()}
for name, values in stds.items():
    plt.semilogy(range(1, 21), values, label=name)
plt.xticks(range(0, 21, 5))
plt.legend()
plt.show()
{name: f'{values[-1]:.1e}' for name, values in stds.items()}

# %% signal-widget tags=["demonstration"]
from paramlab.widgets import signal_through_depth

signal_through_depth('xavier_normal', activation='relu', depth=20, width=256)

# %% keep-signal
def keep_signal(net):
    """{{keep-signal-doc}}"""
    ### BEGIN SOLUTION
    for layer in net.layers:
        he = initializers.HeNormal()
        layer.kernel.assign(he(layer.kernel.shape))
    ### END SOLUTION
