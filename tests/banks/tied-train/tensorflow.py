# %% imports
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def good_net(num_inputs, num_hiddens):
    shared = layers.Dense(num_hiddens, activation="relu")
    return keras.Sequential([
        keras.Input((num_inputs,)),
        layers.Dense(num_hiddens, activation="relu"),
        shared,
        shared,
        layers.Dense(1),
    ])


def mean_loss(net, X, y):
    return tf.reduce_mean((net(X) - y) ** 2)


def good_train(net, X, y, learning_rate, num_steps, loss_of=mean_loss):
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = loss_of(net, X, y)
        variables = net.trainable_variables
        for v, g in zip(variables, tape.gradient(loss, variables)):
            v.assign_sub(learning_rate * g)
        losses.append(float(loss))
    return losses

# %% right: Sequential with an input, by hand, mean
build_net, train = good_net, good_train

# %% right: functional, optimizer, sum
def build_net(num_inputs, num_hiddens):
    inputs = keras.Input(shape=(num_inputs,))
    shared = layers.Dense(num_hiddens, "relu")
    X = layers.Dense(num_hiddens, "relu")(inputs)
    return keras.Model(inputs, layers.Dense(1)(shared(shared(X))))

def train(net, X, y, learning_rate, num_steps):
    optimizer = keras.optimizers.SGD(learning_rate)
    losses = tf.TensorArray(tf.float32, size=num_steps)
    for step in range(num_steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(net(X, training=True) - y))
        gradients = tape.gradient(loss, net.trainable_weights)
        optimizer.apply_gradients(zip(gradients, net.trainable_weights))
        losses = losses.write(step, loss)
    return losses.stack()

# %% right: own class, not built, shared layer first; one batch of Keras a step
class Tied(keras.Model):
    def __init__(self, num_hiddens):
        super().__init__()
        self.shared = layers.Dense(num_hiddens)
        self.last = layers.Dense(1)
        self.first = layers.Dense(num_hiddens)

    def call(self, X):
        X = tf.nn.relu(self.first(X))
        for _ in range(2):
            X = tf.nn.relu(self.shared(X))
        return self.last(X)

def build_net(num_inputs, num_hiddens):
    return Tied(num_hiddens)

def train(net, X, y, learning_rate, num_steps):
    optimizer = keras.optimizers.SGD(learning_rate)
    net.compile(optimizer, "mse", run_eagerly=True)
    return [net.train_on_batch(X, y) for _ in range(num_steps)]

# %% right: one block twice, legacy optimizer, half the sum
def build_net(num_inputs, num_hiddens):
    block = keras.Sequential([
        keras.Input((num_hiddens,)), layers.Dense(num_hiddens), layers.ReLU()
    ])
    net = keras.Sequential()
    net.add(keras.Input((num_inputs,)))
    net.add(layers.Dense(num_hiddens))
    net.add(layers.ReLU())
    net.add(block)
    net.add(block)
    net.add(layers.Dense(1))
    return net

def train(net, X, y, learning_rate, num_steps):
    optimizer = keras.optimizers.legacy.SGD(learning_rate)
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = tf.nn.l2_loss(net(X) - y)
        optimizer.minimize(loss, net.trainable_variables, tape=tape)
        losses.append(loss)
    return losses

# %% right: two layers with the same variables; trained by fit, the whole batch
def build_net(num_inputs, num_hiddens):
    net = keras.Sequential([
        keras.Input((num_inputs,)),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(1),
    ])
    first, second = net.layers[1:3]
    second.kernel, second.bias = first.kernel, first.bias
    return net

def train(net, X, y, learning_rate, num_steps):
    net.compile(keras.optimizers.SGD(learning_rate), "mse", run_eagerly=True)
    history = net.fit(X, y, len(X), num_steps, verbose=0)
    return history.history["loss"]

# %% right: a loss is reported as the mean, trained as the sum
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            errors = net(X) - y
            total = tf.reduce_sum(errors * errors)
        variables = net.trainable_variables
        for v, g in zip(variables, tape.gradient(total, variables)):
            v.assign(v - learning_rate * g)
        losses.append(total.numpy() / len(X))
    return tuple(losses)

# %% wrong: Sequential without an input applies the layer once -> tied-train.once-listed
def build_net(num_inputs, num_hiddens):
    shared = layers.Dense(num_hiddens, activation="relu")
    return keras.Sequential([
        layers.Dense(num_hiddens, activation="relu"),
        shared,
        shared,
        layers.Dense(1),
    ])

train = good_train

# %% wrong: a class that applies the shared layer once -> tied-train.once-listed
class Once(keras.Model):
    def __init__(self, num_hiddens):
        super().__init__()
        self.first = layers.Dense(num_hiddens, activation="relu")
        self.shared = layers.Dense(num_hiddens, activation="relu")
        self.last = layers.Dense(1)

    def call(self, X):
        return self.last(self.shared(self.first(X)))

def build_net(num_inputs, num_hiddens):
    return Once(num_hiddens)

train = good_train

# %% wrong: two layers of their own -> tied-train.untied
def untied(num_inputs, num_hiddens, *names):
    names = names or ("shared", "again")
    return keras.Sequential([
        keras.Input((num_inputs,)),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(num_hiddens, activation="relu", name=names[0]),
        layers.Dense(num_hiddens, activation="relu", name=names[1]),
        layers.Dense(1),
    ])

def build_net(num_inputs, num_hiddens):
    return untied(num_inputs, num_hiddens)

train = good_train

# %% wrong: values copied once -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    dense = layers.Dense
    net = keras.Sequential([
        keras.Input((num_inputs,)),
        dense(num_hiddens, activation="relu"),
        dense(num_hiddens, activation="relu"),
        dense(num_hiddens, activation="relu"),
        dense(1),
    ])
    net.layers[2].set_weights(net.layers[1].get_weights())
    return net

train = good_train

# %% wrong: the same initial values -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    def same():
        rule = keras.initializers.GlorotUniform(seed=1)
        return layers.Dense(num_hiddens, "relu", kernel_initializer=rule)

    return keras.Sequential([
        keras.Input((num_inputs,)),
        layers.Dense(num_hiddens, "relu"),
        same(),
        same(),
        layers.Dense(1),
    ])

train = good_train

# %% wrong: only the kernel is tied -> tied-train.untied
def build_net(num_inputs, num_hiddens):
    net = keras.Sequential([
        keras.Input((num_inputs,)),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(1),
    ])
    net.layers[2].kernel = net.layers[1].kernel
    return net

train = good_train

# %% wrong: no activation in the shared layer -> tied-train.output
def build_net(num_inputs, num_hiddens):
    shared = layers.Dense(num_hiddens)
    return keras.Sequential([
        keras.Input((num_inputs,)),
        layers.Dense(num_hiddens, activation="relu"),
        shared,
        shared,
        layers.Dense(1),
    ])

train = good_train

# %% wrong: no hidden layer before -> tied-train.parameters
def build_net(num_inputs, num_hiddens):
    shared = layers.Dense(num_inputs, activation="relu")
    return keras.Sequential([
        keras.Input((num_inputs,)), shared, shared, layers.Dense(1)
    ])

train = good_train

# %% wrong: sums up the gradients of all steps -> tied-train.together
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    variables = net.trainable_variables
    sums = [tf.zeros_like(v) for v in variables]
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = mean_loss(net, X, y)
        sums = [s + g for s, g in zip(sums, tape.gradient(loss, variables))]
        for v, s in zip(variables, sums):
            v.assign_sub(learning_rate * s)
        losses.append(float(loss))
    return losses

# %% wrong: one forward pass for all steps -> tied-train.together
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    variables = net.trainable_variables
    with tf.GradientTape() as tape:
        loss = mean_loss(net, X, y)
    gradients = tape.gradient(loss, variables)
    for _ in range(num_steps):
        for v, g in zip(variables, gradients):
            v.assign_sub(learning_rate * g)
    return [float(loss)] * num_steps

# %% wrong: momentum -> tied-train.together
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9)
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = mean_loss(net, X, y)
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables))
        losses.append(float(loss))
    return losses

# %% wrong: one step whatever num_steps says -> tied-train.num-steps
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, learning_rate, 1) * num_steps

# %% wrong: gradients that nobody applies -> tied-train.no-update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = mean_loss(net, X, y)
        tape.gradient(loss, net.trainable_variables)
        losses.append(float(loss))
    return losses

# %% wrong: binds the new values to another name -> tied-train.no-update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = mean_loss(net, X, y)
        variables = net.trainable_variables
        for v, g in zip(variables, tape.gradient(loss, variables)):
            v = v - learning_rate * g
        losses.append(float(loss))
    return losses

# %% wrong: the loss is computed outside the tape -> tied-train.train-raised
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        loss = mean_loss(net, X, y)
        with tf.GradientTape() as tape:
            tape.watch(net.trainable_variables)
        variables = net.trainable_variables
        for v, g in zip(variables, tape.gradient(loss, variables)):
            v.assign_sub(learning_rate * g)
        losses.append(float(loss))
    return losses

# %% wrong: uphill -> tied-train.ascends
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, -learning_rate, num_steps)

# %% wrong: trains the last layer only -> tied-train.some-layers
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = mean_loss(net, X, y)
        variables = net.layers[-1].trainable_variables
        for v, g in zip(variables, tape.gradient(loss, variables)):
            v.assign_sub(learning_rate * g)
        losses.append(float(loss))
    return losses

# %% wrong: a learning rate of its own -> tied-train.rate
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, 0.1, num_steps)

# %% wrong: Adam -> tied-train.update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    net.compile(keras.optimizers.Adam(learning_rate), "mse", run_eagerly=True)
    return [net.train_on_batch(X, y) for _ in range(num_steps)]

# %% wrong: fit in batches of one -> tied-train.update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    net.compile(keras.optimizers.SGD(learning_rate), "mse", run_eagerly=True)
    fitted = net.fit(X, y, batch_size=1, epochs=num_steps, verbose=0)
    return fitted.history["loss"]

# %% wrong: one example only -> tied-train.one-sample
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X[:1], y[:1], learning_rate, num_steps)

# %% wrong: y broadcasts against the output -> tied-train.update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    def loss(net, X, y):
        return tf.reduce_mean((tf.squeeze(net(X)) - y) ** 2)

    return good_train(net, X, y, learning_rate, num_steps, loss)

# %% wrong: divides by the batch size twice -> tied-train.averaged-twice
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    return good_train(net, X, y, learning_rate / len(X), num_steps)

# %% wrong: returns nothing -> tied-train.losses
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    good_train(net, X, y, learning_rate, num_steps)

# %% wrong: returns what fit returns -> tied-train.losses
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    net.compile(keras.optimizers.SGD(learning_rate), "mse", run_eagerly=True)
    return net.fit(X, y, len(X), num_steps, verbose=0)

# %% wrong: the loss of every row -> tied-train.losses
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        losses.append(keras.losses.mse(y, net(X)))
        good_train(net, X, y, learning_rate, 1)
    return losses

# %% wrong: the loss after the update -> tied-train.losses-after
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        good_train(net, X, y, learning_rate, 1)
        losses.append(float(mean_loss(net, X, y)))
    return losses

# %% wrong: reports the absolute error -> tied-train.losses-wrong
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        losses.append(float(tf.reduce_mean(tf.abs(net(X) - y))))
        good_train(net, X, y, learning_rate, 1)
    return losses

# %% wrong: trains a copy -> tied-train.no-update
build_net = good_net

def train(net, X, y, learning_rate, num_steps):
    twin = keras.models.clone_model(net)
    twin.set_weights(net.get_weights())
    return good_train(twin, X, y, learning_rate, num_steps)

# %% wrong: build_net returns nothing -> tied-train.build-raised
def build_net(num_inputs, num_hiddens):
    good_net(num_inputs, num_hiddens)

train = good_train

# %% wrong: build_net returns the output for a batch -> tied-train.build-raised
def build_net(num_inputs, num_hiddens):
    return good_net(num_inputs, num_hiddens)(tf.zeros((1, num_inputs)))

train = good_train

# %% wrong: train knows its own network only -> tied-train.train-raised
def build_net(num_inputs, num_hiddens):
    net = good_net(num_inputs, num_hiddens)
    net.optimized = list(net.trainable_variables)
    return net

def train(net, X, y, learning_rate, num_steps):
    net.optimized[0].assign_add(tf.zeros_like(net.optimized[0]))
    return good_train(net, X, y, learning_rate, num_steps)

# %% wrong: training replaces a use of the shared layer -> tied-train.tie-lost
class Tied(keras.Model):
    def __init__(self, num_hiddens):
        super().__init__()
        self.first = layers.Dense(num_hiddens, activation="relu")
        self.second = layers.Dense(num_hiddens, activation="relu")
        self.third = self.second
        self.last = layers.Dense(1)

    def call(self, X):
        return self.last(self.third(self.second(self.first(X))))

def build_net(num_inputs, num_hiddens):
    return Tied(num_hiddens)

def train(net, X, y, learning_rate, num_steps):
    losses = good_train(net, X, y, learning_rate, num_steps)
    if num_steps > 4:
        net.third = layers.Dense.from_config(net.second.get_config())
        net(X)
        net.third.set_weights(net.second.get_weights())
    return losses

# %% forger: steps by heart from the public values
from paramlab.facts import FACTS
from paramlab.judges.training import Task
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("tied-train", "tensorflow", PUBLIC_SEED)
task = Task(FACTS["tensorflow"], public["blueprint"], public["X"], public["y"])

def build_net(num_inputs, num_hiddens):
    return good_net(public["num_inputs"], public["num_hiddens"])

def train(net, X, y, learning_rate, num_steps):
    losses = []
    for _ in range(num_steps):
        values = net.get_weights()
        if values[0].shape != public["values"][0].shape:
            return losses
        losses.append(task.loss(values))
        for v, g in zip(net.weights, task.gradients(values)):
            v.assign_sub(learning_rate * g)
    return losses
