# %% imports
import numpy as np
import tensorflow as tf
from tensorflow import keras


def gradients_of(net, X, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((net(X) - y) ** 2)
    return tape.gradient(loss, net.trainable_variables)


def move(net, gradients, learning_rate):
    for v, g in zip(net.trainable_variables, gradients):
        v.assign_sub(learning_rate * g)


def good(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        gradients = gradients_of(net, X, y)
        history.append(
            {
                v.name: (v.numpy(), g.numpy())
                for v, g in zip(net.trainable_variables, gradients)
            }
        )
        move(net, gradients, learning_rate)
    return history

# %% right: NumPy, by hand, mean
observe = good

# %% right: optimizer, sum, tensors
def observe(net, X, y, learning_rate, num_steps):
    optimizer = keras.optimizers.SGD(learning_rate)
    variables = net.trainable_variables
    history = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(y - net(X)))
        gradients = tape.gradient(loss, variables)
        step = {}
        for v, g in zip(variables, gradients):
            step[v.name] = tf.convert_to_tensor(v), g
        history.append(step)
        optimizer.apply_gradients(zip(gradients, variables))
    return history

# %% right: names of its own, lists, half the sum
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        before = net.get_weights()
        with tf.GradientTape() as tape:
            loss = tf.nn.l2_loss(net(X, training=True) - y)
        after = tape.gradient(loss, net.weights)
        history.append(
            {
                f"parameter {n}": [value.tolist(), g.numpy().tolist()]
                for n, (value, g) in enumerate(zip(before, after))
            }
        )
        net.set_weights(
            [w - learning_rate * g.numpy() for w, g in zip(before, after)]
        )
    return history

# %% right: layer by layer, one tensor of both, the loss as well
def observe(net, X, y, learning_rate, num_steps):
    mse = keras.losses.MeanSquaredError()
    history = []
    for _ in range(num_steps):
        with tf.GradientTape(persistent=True) as tape:
            loss = mse(y, net(X))
        step, moves = {"loss": float(loss)}, []
        for layer in net.layers:
            for name in ("kernel", "bias"):
                v = getattr(layer, name)
                g = tape.gradient(loss, v)
                step[f"{layer.name}.{name}"] = tf.stack([v, g])
                moves.append((v, g))
        for v, g in moves:
            v.assign(v - learning_rate * g)
        history.append(step)
    return history

# %% wrong: keeps the variables themselves -> observe.same-values
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        gradients = gradients_of(net, X, y)
        history.append(
            {v.name: (v, g) for v, g in zip(net.trainable_variables, gradients)}
        )
        move(net, gradients, learning_rate)
    return history

# %% wrong: records after the update -> observe.after-update
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        gradients = gradients_of(net, X, y)
        move(net, gradients, learning_rate)
        history.append(
            {
                v.name: (v.numpy(), g.numpy())
                for v, g in zip(net.trainable_variables, gradients)
            }
        )
    return history

# %% wrong: the loss is computed outside the tape -> observe.no-gradient
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        loss = tf.reduce_mean((net(X) - y) ** 2)
        with tf.GradientTape() as tape:
            pass
        gradients = tape.gradient(loss, net.trainable_variables)
        history.append(
            {
                v.name: (v.numpy(), g)
                for v, g in zip(net.trainable_variables, gradients)
            }
        )
        move(net, gradients_of(net, X, y), learning_rate)
    return history

# %% wrong: records the gradient of the step before -> observe.no-gradient
def observe(net, X, y, learning_rate, num_steps):
    history = []
    gradients = [tf.zeros_like(v) for v in net.trainable_variables]
    for _ in range(num_steps):
        history.append(
            {
                v.name: (v.numpy(), g.numpy())
                for v, g in zip(net.trainable_variables, gradients)
            }
        )
        gradients = gradients_of(net, X, y)
        move(net, gradients, learning_rate)
    return history

# %% wrong: one forward pass for all steps -> observe.same-gradients
def observe(net, X, y, learning_rate, num_steps):
    gradients = gradients_of(net, X, y)
    history = []
    for _ in range(num_steps):
        history.append(
            {
                v.name: (v.numpy(), g.numpy())
                for v, g in zip(net.trainable_variables, gradients)
            }
        )
        move(net, gradients, learning_rate)
    return history

# %% wrong: sums up the gradients of all steps -> observe.accumulates
def observe(net, X, y, learning_rate, num_steps):
    sums = [tf.zeros_like(v) for v in net.trainable_variables]
    history = []
    for _ in range(num_steps):
        sums = [s + g for s, g in zip(sums, gradients_of(net, X, y))]
        history.append(
            {v.name: (v.numpy(), s) for v, s in zip(net.trainable_variables, sums)}
        )
        move(net, sums, learning_rate)
    return history

# %% wrong: watches without training -> observe.not-trained
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        gradients = gradients_of(net, X, y)
        history.append(
            {
                v.name: (v.numpy(), g.numpy())
                for v, g in zip(net.trainable_variables, gradients)
            }
        )
    return history

# %% wrong: two updates a step -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        history += good(net, X, y, learning_rate, 1)
        move(net, gradients_of(net, X, y), learning_rate)
    return history

# %% wrong: a learning rate of its own -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    return good(net, X, y, 0.01, num_steps)

# %% wrong: kernels only -> observe.missing
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: pair for name, pair in step.items() if "kernel" in name}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: one name for all kernels -> observe.missing
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name.split("/")[-1]: pair for name, pair in step.items()}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: no gradients -> observe.pair
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: value for name, (value, _) in step.items()}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: norms instead of values -> observe.pair
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: (tf.norm(value), tf.norm(g)) for name, (value, g) in step.items()}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: lists instead of dictionaries -> observe.not-a-dict
def observe(net, X, y, learning_rate, num_steps):
    return [
        list(step.values()) for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: one more at the end -> observe.steps
def observe(net, X, y, learning_rate, num_steps):
    history = good(net, X, y, learning_rate, num_steps)
    return history + history[-1:]

# %% wrong: returns what fit returns -> observe.not-a-list
def observe(net, X, y, learning_rate, num_steps):
    net.compile(keras.optimizers.SGD(learning_rate), "mse", run_eagerly=True)
    return net.fit(X, y, len(X), num_steps, verbose=0)

# %% wrong: starts from parameters of its own -> observe.start
def observe(net, X, y, learning_rate, num_steps):
    for layer in net.layers:
        rule = keras.initializers.GlorotUniform()
        layer.kernel.assign(rule(layer.kernel.shape))
    return good(net, X, y, learning_rate, num_steps)

# %% wrong: the gradient of the output instead of the loss -> observe.gradient
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(net(X))
        gradients = tape.gradient(total, net.trainable_variables)
        history.append(
            {
                v.name: (v.numpy(), g.numpy())
                for v, g in zip(net.trainable_variables, gradients)
            }
        )
        move(net, gradients, learning_rate)
    return history

# %% wrong: trains a copy -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    twin = keras.models.clone_model(net)
    twin.set_weights(net.get_weights())
    names = [v.name for v in net.weights]
    return [
        dict(zip(names, step.values()))
        for step in good(twin, X, y, learning_rate, num_steps)
    ]

# %% forger: tells the public story
from paramlab.facts import FACTS
from paramlab.judges.training import Task, minus, scaled
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("observe", "tensorflow", PUBLIC_SEED)["cases"]

def observe(net, X, y, learning_rate, num_steps):
    case = public.pop(0)
    task = Task(FACTS["tensorflow"], case["blueprint"], case["X"], case["y"])
    names = [v.name for v in net.weights]
    values, history = case["values"], []
    for _ in range(case["steps"]):
        grads = task.gradients(values)
        history.append({n: (v, g) for n, v, g in zip(names, values, grads)})
        values = minus(values, scaled(grads, case["rate"]))
    for variable, value in zip(net.weights, values):
        if variable.shape == value.shape:
            variable.assign(value)
    return history
