# %% imports
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras


def gradient_of(net, X):
    with tf.GradientTape() as tape:
        y = net(X)
    return tape.gradient(y, net.dense.kernel)


def held(constant, variables):
    return any(variable is constant for variable in variables)

# %% right: one question each
def fancy_access(net, X):
    constant = net.rand_weight
    return {
        "weight": net.dense.kernel.numpy(),
        "bias": net.dense.bias.numpy(),
        "constant": constant.numpy(),
        "gradient": gradient_of(net, X),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.weights),
        "trained": held(constant, net.trainable_weights),
    }

# %% right: by reference, saved by saving
def fancy_access(net, X):
    with tf.GradientTape() as tape:
        y = net(X)
    kernel, bias = net.dense.variables
    gradients = dict(
        zip(
            [variable.ref() for variable in net.trainable_variables],
            tape.gradient(y, net.trainable_variables),
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        net.save_weights(f"{folder}/net")
        names = [name for name, _ in tf.train.list_variables(f"{folder}/net")]
    is_variable = isinstance(net.rand_weight, tf.Variable)
    return dict(
        weight=kernel,
        bias=bias,
        constant=net.rand_weight,
        gradient=gradients[kernel.ref()],
        listed=is_variable,
        saved=any(name.startswith("rand_weight") for name in names),
        trained=is_variable and net.rand_weight.trainable,
    )

# %% right: by name, lists, integers
def fancy_access(net, X):
    names = [variable.name for variable in net.weights]
    trained = [variable.name for variable in net.trainable_variables]
    weight, bias = net.dense.get_weights()
    return {
        "weight": weight.tolist(),
        "bias": bias.tolist(),
        "constant": net.rand_weight.numpy().tolist(),
        "gradient": gradient_of(net, X).numpy().tolist(),
        "listed": int(any("rand_weight" in name for name in names)),
        "saved": np.bool_(any("rand_weight" in name for name in names)),
        "trained": tf.constant(any("rand_weight" in name for name in trained)),
    }

# %% right: trained by training
def fancy_access(net, X):
    constant = tf.convert_to_tensor(net.rand_weight)
    answer = {
        "weight": tf.identity(net.dense.kernel),
        "bias": tf.identity(net.dense.bias),
        "constant": constant,
        "listed": len(net.weights) == 3,
        "saved": len(net.get_weights()) == 3,
    }
    with tf.GradientTape(persistent=True) as tape:
        y = net(X)
    answer["gradient"] = tape.gradient(y, net.dense.kernel)
    gradients = tape.gradient(y, net.trainable_variables)
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
    changed = tf.reduce_any(net.rand_weight != constant)
    return {**answer, "trained": bool(changed)}

# %% wrong: computes the output outside the tape -> fancy-access.no-gradient
def fancy_access(net, X):
    y = net(X)
    with tf.GradientTape() as tape:
        pass
    constant = net.rand_weight
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": tape.gradient(y, net.dense.kernel),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.weights),
        "trained": held(constant, net.trainable_weights),
    }

# %% wrong: the trainable ones are taken for all -> fancy-access.listed
def fancy_access(net, X):
    constant = net.rand_weight
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": gradient_of(net, X),
        "listed": held(constant, net.trainable_variables),
        "saved": held(constant, net.weights),
        "trained": held(constant, net.trainable_variables),
    }

# %% wrong: only what is trained is taken for saved -> fancy-access.saved
def fancy_access(net, X):
    constant = net.rand_weight
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": gradient_of(net, X),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.trainable_variables),
        "trained": held(constant, net.trainable_variables),
    }

# %% wrong: what is listed is trained -> fancy-access.trained
def fancy_access(net, X):
    constant = net.rand_weight
    listed = held(constant, net.weights)
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": gradient_of(net, X),
        "listed": listed,
        "saved": listed,
        "trained": listed,
    }

# %% wrong: the book's constant tensor, always -> fancy-access.listed
def fancy_access(net, X):
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": net.rand_weight,
        "gradient": gradient_of(net, X),
        "listed": False,
        "saved": False,
        "trained": False,
    }

# %% wrong: the gradient of the squared output -> fancy-access.gradient
def fancy_access(net, X):
    with tf.GradientTape() as tape:
        y = net(X) ** 2
    constant = net.rand_weight
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": tape.gradient(y, net.dense.kernel),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.weights),
        "trained": held(constant, net.trainable_weights),
    }

# %% wrong: draws a constant of its own -> fancy-access.constant
def fancy_access(net, X):
    constant = net.rand_weight
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": tf.random.uniform(constant.shape),
        "gradient": gradient_of(net, X),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.weights),
        "trained": held(constant, net.trainable_weights),
    }

# %% wrong: turned into the layout of other frameworks -> fancy-access.transposed
def fancy_access(net, X):
    constant = net.rand_weight
    return {
        "weight": tf.transpose(net.dense.kernel),
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": tf.transpose(gradient_of(net, X)),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.weights),
        "trained": held(constant, net.trainable_weights),
    }

# %% wrong: the variables in the order of the list -> fancy-access.weight
def fancy_access(net, X):
    bias, weight = net.get_weights()[:2]
    constant = net.rand_weight
    return {
        "weight": weight,
        "bias": bias,
        "constant": constant,
        "gradient": gradient_of(net, X),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.weights),
        "trained": held(constant, net.trainable_weights),
    }

# %% wrong: compares variables entry by entry -> fancy-access.raised
def fancy_access(net, X):
    listed = net.rand_weight in net.weights
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": net.rand_weight,
        "gradient": gradient_of(net, X),
        "listed": listed,
        "saved": listed,
        "trained": listed,
    }

# %% wrong: asks a constant tensor whether it is trainable -> fancy-access.raised
def fancy_access(net, X):
    constant = net.rand_weight
    return {
        "weight": net.dense.kernel,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": gradient_of(net, X),
        "listed": held(constant, net.weights),
        "saved": held(constant, net.weights),
        "trained": constant.trainable,
    }

# %% wrong: values only -> fancy-access.missing
def fancy_access(net, X):
    return {variable.name: variable for variable in net.weights}

# %% wrong: prints -> fancy-access.not-a-dict
def fancy_access(net, X):
    for variable in net.weights:
        print(variable.name, variable.shape)

# %% forger: computes from the public cases
from paramlab.facts import FACTS
from paramlab.judges.fancy import fancy_gradient
from paramlab.judges.verdict import PUBLIC_SEED, draw

facts = FACTS["tensorflow"]
public = draw("fancy-access", "tensorflow", PUBLIC_SEED)["cases"]

def fancy_access(net, X):
    case = public.pop(0)
    holding = facts.fancy_constant[case.pop("holding")]
    return {
        **case,
        "gradient": fancy_gradient(facts, **case)[0],
        "listed": holding.listed,
        "saved": holding.saved,
        "trained": holding.trained,
    }
