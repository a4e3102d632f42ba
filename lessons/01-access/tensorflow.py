# %% imports tags=["locked"]
import tensorflow as tf
from tensorflow import keras

# %% example
keras.backend.clear_session()
keras.utils.set_random_seed(0)
net = keras.Sequential([
    keras.layers.Flatten(),
    keras.layers.Dense(4, activation='relu'),
    keras.layers.Dense(1),
])
X = tf.random.uniform((2, 4))
net(X)

# %% layer
net.layers[2].name, net.layers[2].units

# %% layer-parameters
[(v.name, v.shape, v.dtype) for v in net.layers[2].weights]

# %% parameter-object
type(net.layers[2].bias), net.layers[2].bias

# %% parameter-value
tf.convert_to_tensor(net.layers[2].bias)

# %% parameter-more
bias = net.layers[2].bias
bias.name, bias.trainable, bias.device, bias.dtype

# %% gradient-before
hasattr(net.layers[2].kernel, 'grad')

# %% gradient-after
with tf.GradientTape() as tape:
    y = tf.reduce_sum(net(X))
tape.gradient(y, net.layers[2].kernel)

# %% gradient-checked
tf.reduce_sum(net.layers[1](X), axis=0)

# %% gradient-again
with tf.GradientTape() as tape:
    y = tf.reduce_sum(net(X))
tape.gradient(y, net.layers[2].kernel)

# %% gradient-cleared
with tf.GradientTape() as tape:
    y = tf.reduce_sum(net(X))
    tape.reset()
tape.gradient(y, net.layers[2].kernel) is None

# %% gradient-states
def gradient_states(net, X):
    """{{gradient-states-doc-tensorflow}}"""
    ### BEGIN SOLUTION
    weight = net.layers[-1].kernel
    y = tf.reduce_sum(net(X))
    with tf.GradientTape() as tape:
        pass
    before = tape.gradient(y, weight)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
        tape.reset()
    cleared = tape.gradient(y, weight)
    return {'before': before, 'after': after, 'cleared': cleared}
    ### END SOLUTION

# %% one-layer
[(v.name, v.shape) for v in net.layers[1].weights]

# %% whole-network
[(v.name, v.shape) for v in net.weights]

# %% by-name
by_name = {v.name: v for v in net.weights}
by_name['dense_1/bias:0'].numpy(), net.get_weights()[3]

# %% one-size
tf.size(net.layers[1].kernel)

# %% frozen
net.layers[1].trainable = False
[v.name for v in net.weights], [v.name for v in net.trainable_weights]

# %% thawed
net.layers[1].trainable = True
[v.name for v in net.weights], [v.name for v in net.trainable_weights]

# %% parameter-shapes
def parameter_shapes(net):
    """{{parameter-shapes-doc}}"""
    ### BEGIN SOLUTION
    shapes = {}
    for variable in net.weights:
        shapes[variable.name] = tuple(variable.shape)
    return shapes
    ### END SOLUTION

# %% count-parameters
def count_parameters(net):
    """{{count-parameters-doc}}"""
    ### BEGIN SOLUTION
    return sum(v.shape.num_elements() for v in net.trainable_weights)
    ### END SOLUTION

# %% factory
def block1():
    return keras.Sequential([
        keras.layers.Flatten(),
        keras.layers.Dense(4, activation='relu'),
    ])

# %% block-of-blocks
def block2():
    return keras.Sequential([block1() for _ in range(4)])

# %% nested
keras.backend.clear_session()
keras.utils.set_random_seed(0)
rgnet = keras.Sequential([block2(), keras.layers.Dense(1)])
rgnet(X)

# %% structure
rgnet.summary(expand_nested=True)

# %% nested-names
[(v.name, v.shape) for v in rgnet.weights]

# %% nested-index
rgnet.layers[0].layers[1].layers[1].weights[1]

# %% nested-by-name
{v.name: v for v in rgnet.weights}['dense_1/bias:0']

# %% explorer-widget tags=["demonstration"]
from paramlab.widgets import parameter_explorer

parameter_explorer(rgnet, X)

# %% nested-bias
def nested_bias(net, i):
    """{{nested-bias-doc}}"""
    ### BEGIN SOLUTION
    return net.layers[0].layers[i].layers[0].bias.numpy()
    ### END SOLUTION

# %% nested-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    """{{nested-network-doc}}"""
    ### BEGIN SOLUTION
    def block():
        return keras.Sequential([
            keras.layers.Dense(num_hiddens, activation='relu'),
            keras.layers.Dense(num_inputs, activation='relu'),
        ])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, keras.layers.Dense(num_outputs)])
    ### END SOLUTION

# %% lazy
lazy_net = keras.Sequential([
    keras.layers.Flatten(),
    keras.layers.Dense(4, activation='relu'),
    keras.layers.Dense(1),
])
lazy_net.built

# %% lazy-parameters
[layer.weights for layer in lazy_net.layers]

# %% lazy-first
try:
    lazy_net.get_weights()
except ValueError as error:
    print(error)

# %% lazy-second
try:
    lazy_net.summary()
except ValueError as error:
    print(error)

# %% lazy-run
lazy_net(X)
lazy_net.summary()

# %% lazy-after
[(v.name, v.shape) for v in lazy_net.weights]
