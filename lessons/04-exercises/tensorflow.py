# %% imports tags=["locked"]
import tempfile

import tensorflow as tf
from tensorflow import keras

# %% fancy-class
class FancyMLP(keras.Model):
    def __init__(self):
        super().__init__()
        self.rand_weight = tf.random.uniform((20, 20))
        self.dense = keras.layers.Dense(20, activation='relu')

    def call(self, X):
        X = self.dense(X)
        X = tf.nn.relu(X @ self.rand_weight + 1)
        X = self.dense(X)
        while tf.reduce_sum(tf.abs(X)) > 1:
            X = X / 2
        return tf.reduce_sum(X)

# %% fancy-run
keras.utils.set_random_seed(0)
net = FancyMLP()
X = tf.random.uniform((2, 20))
net(X)

# %% fancy-listed
[(variable.name, variable.shape) for variable in net.weights]

# %% fancy-saved tags=["demonstration"]
with tempfile.TemporaryDirectory() as folder:
    net.save_weights(f'{folder}/fancy')
    saved = tf.train.list_variables(f'{folder}/fancy')
[name for name, _ in saved]

# %% fancy-frozen
net.rand_weight = tf.Variable(
    net.rand_weight, trainable=False, name='rand_weight')
[(variable.name, variable.trainable) for variable in net.weights]

# %% fancy-gradient
with tf.GradientTape() as tape:
    y = net(X)
gradient, none = tape.gradient(y, [net.dense.kernel, net.rand_weight])
gradient.shape, none

# %% halvings-widget tags=["demonstration"]
from paramlab.widgets import tie_dissector

tie_dissector("fancy", scale=3.0)

# %% fancy-access
def fancy_access(net, X):
    """{{fancy-access-doc}}"""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        y = net(X)
    kernel, constant = net.dense.kernel, net.rand_weight
    listed = any(variable is constant for variable in net.weights)
    return {
        'weight': kernel.numpy(),
        'bias': net.dense.bias.numpy(),
        'constant': constant.numpy(),
        'gradient': tape.gradient(y, kernel),
        'listed': listed,
        'saved': listed,
        'trained': listed and constant.trainable,
    }
    ### END SOLUTION

# %% survey-names
[name for name, rule in vars(keras.initializers).items()
 if isinstance(rule, type) and rule.__name__ == name]

# %% survey-read
print(keras.initializers.VarianceScaling.__doc__)

# %% survey-plot tags=["demonstration"]
from matplotlib import pyplot as plt

keras.utils.set_random_seed(0)
rules = [keras.initializers.GlorotUniform(),
         keras.initializers.GlorotNormal(),
         keras.initializers.TruncatedNormal(),
         keras.initializers.Orthogonal()]
fig, axes = plt.subplots(1, 4, figsize=(11, 2.2))
for ax, rule in zip(axes, rules):
    kernel = rule(shape=(100, 200))
    ax.hist(kernel.numpy().ravel(), bins=60)
    ax.set_title(type(rule).__name__)

# %% survey
def predict(rule, fan_in, fan_out, **arguments):
    """{{predict-doc}}"""
    ### BEGIN SOLUTION
    if rule in ('Zeros', 'Ones'):
        return (0.0 if rule == 'Zeros' else 1.0), 0.0
    if rule == 'Constant':
        return arguments.get('value', 0), 0.0
    if rule == 'RandomUniform':
        low = arguments.get('minval', -0.05)
        high = arguments.get('maxval', 0.05)
        return (low + high) / 2, (high - low) / 12**0.5
    if rule in ('RandomNormal', 'TruncatedNormal'):
        stddev = arguments.get('stddev', 0.05)
        cut = 0.8796 if rule == 'TruncatedNormal' else 1.0
        return arguments.get('mean', 0.0), cut * stddev
    if rule == 'Orthogonal':
        return 0.0, arguments.get('gain', 1.0) / max(fan_in, fan_out) ** 0.5
    scale, mode = arguments.get('scale', 1.0), arguments.get('mode', 'fan_in')
    if rule.startswith('Glorot'):
        mode = 'fan_avg'
    if rule.startswith('He'):
        scale = 2.0
    fans = {'fan_in': fan_in, 'fan_out': fan_out,
            'fan_avg': (fan_in + fan_out) / 2}
    return 0.0, (scale / fans[mode]) ** 0.5
    ### END SOLUTION

def measure(rule, fan_in, fan_out, **arguments):
    """{{measure-doc}}"""
    ### BEGIN SOLUTION
    initializer = getattr(keras.initializers, rule)(**arguments)
    kernel = initializer(shape=(fan_in, fan_out)).numpy()
    return kernel.mean(), kernel.std()
    ### END SOLUTION

# %% data
keras.utils.set_random_seed(0)
X = tf.random.normal((64, 4))
w = tf.constant([[0.5], [-1.0], [0.25], [0.0]])
y = tf.sin(2 * X @ w) + 0.05 * tf.random.normal((64, 1))
X.shape, y.shape

# %% monitor-widget tags=["demonstration"]
from paramlab.widgets import training_monitor

training_monitor(learning_rate=0.1, steps=100)

# %% monitor-plot tags=["demonstration"]
from matplotlib import pyplot as plt

monitor = training_monitor(learning_rate=0.1, steps=100)
monitor.go(100)
fig, axes = plt.subplots(1, 2, figsize=(10, 3))
for layer in monitor.compute().layers:
    axes[0].semilogy(layer.norms, label=layer.track.name)
    axes[1].semilogy(layer.gradient_norms, label=layer.track.name)
axes[0].set_title('weights')
axes[1].set_title('gradients')
legend = axes[0].legend()

# %% one-step
net = keras.Sequential([
    keras.layers.Dense(8, activation='relu'),
    keras.layers.Dense(1),
])
optimizer = keras.optimizers.SGD(0.1)
mse = keras.losses.MeanSquaredError()
with tf.GradientTape() as tape:
    loss = mse(y, net(X))
variables = net.trainable_variables
gradients = tape.gradient(loss, variables)
before = variables[-1].numpy()
optimizer.apply_gradients(zip(gradients, variables))
before, gradients[-1], variables[-1].numpy()

# %% one-step-checked
after = before - 0.1 * gradients[-1].numpy()
abs(variables[-1].numpy() - after).max() < 1e-6

# %% kept
kept = net.layers[1].kernel
copied = net.layers[1].kernel.numpy()
optimizer.apply_gradients(zip(gradients, variables))
kernel = net.layers[1].kernel.numpy()
(kept.numpy() == kernel).all(), (copied == kernel).all()

# %% broadcast
(tf.reshape(net(X), [-1]) - y).shape

# %% tied-train
def build_net(num_inputs, num_hiddens):
    """{{build-net-doc}}"""
    ### BEGIN SOLUTION
    shared = keras.layers.Dense(num_hiddens, activation='relu')
    return keras.Sequential([
        keras.Input((num_inputs,)),
        keras.layers.Dense(num_hiddens, activation='relu'),
        shared,
        shared,
        keras.layers.Dense(1),
    ])
    ### END SOLUTION

def train(net, X, y, learning_rate, num_steps):
    """{{train-doc}}"""
    ### BEGIN SOLUTION
    variables = net.trainable_variables
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((net(X) - y) ** 2)
        gradients = tape.gradient(loss, variables)
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(learning_rate * gradient)
        losses.append(float(loss))
    return losses
    ### END SOLUTION

# %% observe
def observe(net, X, y, learning_rate, num_steps):
    """{{observe-doc}}"""
    ### BEGIN SOLUTION
    variables = net.trainable_variables
    history = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((net(X) - y) ** 2)
        gradients = tape.gradient(loss, variables)
        history.append({
            variable.name: (variable.numpy(), gradient.numpy())
            for variable, gradient in zip(variables, gradients)
        })
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(learning_rate * gradient)
    return history
    ### END SOLUTION

# %% own-loop-monitor tags=["demonstration"]
net = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8, activation='tanh'),
    keras.layers.Dense(8, activation='tanh'),
    keras.layers.Dense(1),
])
monitor = training_monitor(net, steps=300)
monitor

# %% own-loop tags=["demonstration"]
variables = net.trainable_variables
optimizer = keras.optimizers.Adam(0.01)
for _ in range(300):
    with tf.GradientTape() as tape:
        loss = mse(y, net(X))
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(gradients, variables))
    monitor.record(loss, gradients)

# %% windows
def signals(num_signals):
    signal = tf.random.normal((num_signals, 12))
    windows = tf.stack([signal[:, t:t + 3] for t in range(10)], axis=1)
    pattern = tf.constant([1.0, -2.0, 1.0])
    noise = 0.5 * tf.random.normal((num_signals, 10))
    return windows, tf.linalg.matvec(windows, pattern) + noise

keras.utils.set_random_seed(2)
windows, y = signals(6)
windows.shape, y.shape

# %% fit
own = tf.stack([
    tf.linalg.lstsq(windows[:, t], y[:, t:t + 1])[:, 0] for t in range(10)
])
shared = tf.linalg.lstsq(tf.reshape(windows, (-1, 3)), tf.reshape(y, (-1, 1)))
tf.size(own).numpy(), tf.size(shared).numpy()

# %% fit-tested
windows, y = signals(1000)
own_outputs = tf.reduce_sum(windows * own, axis=2)
shared_outputs = tf.squeeze(windows @ shared)
mse(y, own_outputs), mse(y, shared_outputs)

# %% why-share
def why_share(width, num_uses, num_bytes, gradients, places):
    """{{why-share-doc}}"""
    ### BEGIN SOLUTION
    saved = (num_uses - 1) * (width * width + width)
    (X1, Y1), (X2, Y2) = places
    W = tf.linalg.lstsq(X1, Y1)
    return {
        'parameters': saved,
        'bytes': 4 * saved * num_bytes,
        'products': num_uses * width * width,
        'gradient': tf.add_n(gradients),
        'share': tf.reduce_max(tf.abs(X2 @ W - Y2)) < 0.01,
    }
    ### END SOLUTION
