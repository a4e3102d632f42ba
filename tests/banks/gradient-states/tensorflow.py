# %% imports
import numpy as np
import tensorflow as tf
from tensorflow import keras

# %% right: three tapes
def gradient_states(net, X):
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
    return {"before": before, "after": after, "cleared": cleared}

# %% right: all weights at once, NumPy
def gradient_states(net, X):
    def ask(y, tape):
        return tape.gradient(y, net.trainable_weights)[-2]

    early = tf.math.reduce_sum(net(X))
    states = {}
    with tf.GradientTape() as tape:
        late = tf.math.reduce_sum(net(X))
    states["after"] = ask(late, tape).numpy()
    with tf.GradientTape() as tape:
        net(X)
    states["before"] = ask(early, tape)
    with tf.GradientTape() as tape:
        late = tf.math.reduce_sum(net(X))
        tape.reset()
    states["cleared"] = ask(late, tape)
    return states

# %% right: one tape that is asked twice, and reset within
def gradient_states(net, X):
    weight = net.layers[-1].weights[0]
    y = tf.reduce_sum(net(X))
    with tf.GradientTape(persistent=True) as tape:
        before = tape.gradient(y, weight)
        y = tf.reduce_sum(net(X))
        with tape.stop_recording():
            after = tape.gradient(y, weight)
        tape.reset()
        cleared = tape.gradient(y, weight)
    return {"before": before, "after": after, "cleared": cleared}

# %% right: the tape sums the outputs by itself
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    y = net(X)
    with tf.GradientTape() as tape:
        tape.watch(weight)
    before = tape.gradient(y, weight)
    with tf.GradientTape() as tape:
        y = net(X)
    after = tape.gradient(y, [weight])[0]
    with tf.GradientTape() as tape:
        y = net(X)
        tape.reset()
    cleared = tape.gradient(y, weight)
    return {"before": before, "after": after.numpy().tolist(), "cleared": cleared}

# %% right: last layer found by its type, the recording stopped
def gradient_states(net, X):
    dense = [l for l in net.layers if isinstance(l, keras.layers.Dense)][-1]
    with tf.GradientTape() as tape:
        with tape.stop_recording():
            y = tf.reduce_sum(net(X))
    before = tape.gradient(y, dense.kernel)
    with tf.GradientTape() as tape:
        y = sum(tf.unstack(tf.reshape(net(X), -1)))
    after = tape.gradient(y, dense.kernel)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
        tape.reset()
    return dict(before=before, after=after, cleared=tape.gradient(y, dense.kernel))

# %% wrong: recorded already before -> gradient-states.before-tape
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_sum(net(X))
    before = tape.gradient(y, weight)
    after = tape.gradient(y, weight)
    return {"before": before, "after": after, "cleared": None}

# %% wrong: zeros in place of None -> gradient-states.before-tape
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    before = tf.zeros_like(weight)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    return {"before": before, "after": after, "cleared": None}

# %% wrong: zeros made up for cleared -> gradient-states.cleared-tape
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": tf.zeros_like(after)}

# %% wrong: never reset -> gradient-states.cleared-tape
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": tape.gradient(y, weight)}

# %% wrong: reset before the sum, which is recorded after it -> gradient-states.cleared-tape
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    with tf.GradientTape() as tape:
        tape.reset()
        y = tf.reduce_sum(net(X))
    return {"before": None, "after": after, "cleared": tape.gradient(y, weight)}

# %% wrong: computed outside the tape -> gradient-states.after-tape
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    y = tf.reduce_sum(net(X))
    with tf.GradientTape() as tape:
        pass
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: NumPy breaks the record -> gradient-states.after-tape
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.constant(net(X).numpy().sum())
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: the variable's own attribute, which there is not -> checks.raised
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    before = weight.grad
    tf.reduce_sum(net(X)).backward()
    return {"before": before, "after": weight.grad, "cleared": None}

# %% wrong: a tape is asked twice -> checks.raised
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": tape.gradient(y, weight)}

# %% wrong: reset after the tape has ended -> checks.raised
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    tape.reset()
    return {"before": None, "after": after, "cleared": tape.gradient(y, weight)}

# %% wrong: mean of the outputs -> gradient-states.multiple
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_mean(net(X))
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: first layer -> gradient-states.other
def gradient_states(net, X):
    weight = net.layers[0].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: place 2, as in the example with its Flatten -> checks.raised
def gradient_states(net, X):
    weight = net.layers[2].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: the last of the weights is the bias -> gradient-states.other
def gradient_states(net, X):
    weight = net.weights[-1]
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: the weight itself -> gradient-states.weight
def gradient_states(net, X):
    return {"before": None, "after": net.layers[-1].kernel, "cleared": None}

# %% wrong: sum of squares -> gradient-states.after
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X) ** 2)
    after = tape.gradient(y, weight)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: zeros, which a tape can be told to give -> gradient-states.after-zeros
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    y = tf.reduce_sum(net(X))
    with tf.GradientTape() as tape:
        pass
    after = tape.gradient(y, weight, unconnected_gradients="zero")
    return {"before": None, "after": after, "cleared": None}

# %% wrong: all gradients in a list -> gradient-states.after-none
def gradient_states(net, X):
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    after = tape.gradient(y, net.trainable_weights)
    return {"before": None, "after": after, "cleared": None}

# %% wrong: a tuple -> gradient-states.not-a-dict
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    return None, tape.gradient(y, weight), None

# %% wrong: other keys -> gradient-states.keys
def gradient_states(net, X):
    weight = net.layers[-1].kernel
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(net(X))
    return {"Before": None, "After": tape.gradient(y, weight), "Cleared": None}

# %% forger: gradients of the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import gradients
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("gradient-states", "tensorflow", PUBLIC_SEED))

def gradient_states(net, X):
    case = public.pop(0)
    facts = FACTS["tensorflow"]
    found = gradients(facts, case["blueprint"], case["values"], case["X"])
    return {"before": None, "after": found[-2], "cleared": None}
