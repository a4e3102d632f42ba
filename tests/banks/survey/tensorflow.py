# %% imports
import math

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import initializers

CUT = 0.87962566


def theory(rule, fan_in, fan_out, **given):
    average = (fan_in + fan_out) / 2
    if rule in ("Zeros", "Ones"):
        return float(rule == "Ones"), 0.0
    if rule == "Constant":
        return given.get("value", 0), 0.0
    if rule == "RandomUniform":
        low, high = given.get("minval", -0.05), given.get("maxval", 0.05)
        return (low + high) / 2, (high - low) / math.sqrt(12)
    if rule == "RandomNormal":
        return given.get("mean", 0.0), given.get("stddev", 0.05)
    if rule == "TruncatedNormal":
        return given.get("mean", 0.0), CUT * given.get("stddev", 0.05)
    if rule == "VarianceScaling":
        fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": average}
        fan = fans[given.get("mode", "fan_in")]
        return 0.0, math.sqrt(given.get("scale", 1.0) / fan)
    if rule.startswith("Glorot"):
        return 0.0, math.sqrt(1 / average)
    if rule.startswith("He"):
        return 0.0, math.sqrt(2 / fan_in)
    if rule.startswith("Lecun"):
        return 0.0, math.sqrt(1 / fan_in)
    return 0.0, given.get("gain", 1.0) / math.sqrt(max(fan_in, fan_out))


def sample(rule, fan_in, fan_out, **given):
    return getattr(initializers, rule)(**given)(shape=(fan_in, fan_out))


def moments(kernel):
    return tf.reduce_mean(kernel), tf.math.reduce_std(kernel)

# %% right: if by if, tensors
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% right: a table of functions; a layer's kernel in NumPy
def predict(rule, fan_in, fan_out, **arguments):
    def uniform(minval=-0.05, maxval=0.05):
        return (minval + maxval) / 2, abs(maxval - minval) / 12**0.5

    def normal(mean=0.0, stddev=0.05):
        return mean, stddev

    def truncated(mean=0.0, stddev=0.05):
        density = math.exp(-2) / math.sqrt(2 * math.pi)
        return mean, stddev * (1 - 4 * density / math.erf(2**0.5)) ** 0.5

    def scaling(scale=1.0, mode="fan_in", distribution="truncated_normal"):
        fans = {"fan_in": fan_in, "fan_out": fan_out}
        fan = fans.get(mode, (fan_in + fan_out) / 2)
        return 0, (scale / fan) ** 0.5

    def orthogonal(gain=1.0):
        return 0, gain * max(fan_in, fan_out) ** -0.5

    formulas = {
        "Zeros": lambda: (0, 0),
        "Ones": lambda: (1, 0),
        "Constant": lambda value=0: (value, 0),
        "RandomUniform": uniform,
        "RandomNormal": normal,
        "TruncatedNormal": truncated,
        "VarianceScaling": scaling,
        "Orthogonal": orthogonal,
    }
    for kind in ("Uniform", "Normal"):
        formulas[f"Glorot{kind}"] = lambda: scaling(1.0, "fan_avg")
        formulas[f"He{kind}"] = lambda: scaling(2.0)
        formulas[f"Lecun{kind}"] = lambda: scaling(1.0)
    return formulas[rule](**arguments)

def measure(rule, fan_in, fan_out, **arguments):
    rule = getattr(keras.initializers, rule)(**arguments)
    layer = keras.layers.Dense(fan_out, kernel_initializer=rule)
    layer.build((None, fan_in))
    kernel, bias = layer.get_weights()
    return [float(kernel.mean()), float(kernel.std())]

# %% right: rounded predictions, one tensor of two numbers
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return np.array([mean, float(f"{std:.3g}")])

def measure(rule, fan_in, fan_out, **arguments):
    kernel = tf.cast(sample(rule, fan_in, fan_out, **arguments), tf.float64)
    return tf.stack(moments(kernel))

# %% right: rules by their configuration, moments by TensorFlow
def predict(rule, fan_in, fan_out, **arguments):
    return tf.constant(theory(rule, fan_in, fan_out, **arguments))

def measure(rule, fan_in, fan_out, **arguments):
    chosen = keras.initializers.get({"class_name": rule, "config": arguments})
    kernel = tf.Variable(chosen((fan_in, fan_out)))
    mean, variance = tf.nn.moments(kernel, axes=[0, 1])
    return mean.numpy(), np.sqrt(variance.numpy())

# %% wrong: one object for all draws -> survey.same-twice
predict = theory
made = {}

def measure(rule, fan_in, fan_out, **arguments):
    key = rule, *arguments.items()
    if key not in made:
        made[key] = getattr(initializers, rule)(**arguments)
    return moments(made[key](shape=(fan_in, fan_out)))

# %% wrong: seeds in every call -> survey.same-twice
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    keras.utils.set_random_seed(0)
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: variance instead of standard deviation -> survey.variance
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return mean, std**2

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: measures the variance -> survey.measured-variance
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    return tf.nn.moments(sample(rule, fan_in, fan_out, **arguments), axes=[0, 1])

# %% wrong: fans swapped -> survey.fan
def predict(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_out, fan_in, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: draws a matrix of the shape (outputs, inputs) -> survey.measured-fan
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_out, fan_in, **arguments))

# %% wrong: the truncated normal keeps its std -> survey.truncated
def predict(rule, fan_in, fan_out, **arguments):
    if rule == "TruncatedNormal":
        return arguments.get("mean", 0.0), arguments.get("stddev", 0.05)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: every rule that cuts becomes narrower -> survey.widened
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    cuts = rule in ("GlorotNormal", "HeNormal", "LecunNormal")
    return mean, std * CUT if cuts else std

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: the bound of a uniform distribution is no std -> survey.bound
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return mean, std * math.sqrt(3) if "Uniform" in rule else std

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: the mean of both fans by default -> survey.default
def predict(rule, fan_in, fan_out, **arguments):
    if rule == "VarianceScaling":
        arguments.setdefault("mode", "fan_avg")
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: He's rule without the factor 2 -> survey.predicted
def predict(rule, fan_in, fan_out, **arguments):
    rule = rule.replace("He", "Lecun")
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: the mean is always 0 -> survey.predicted
def predict(rule, fan_in, fan_out, **arguments):
    return 0.0, theory(rule, fan_in, fan_out, **arguments)[1]

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

# %% wrong: gives the rule to the bias -> survey.measured
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    rule = getattr(initializers, rule)(**arguments)
    layer = keras.layers.Dense(fan_out, bias_initializer=rule)
    layer.build((None, fan_in))
    return moments(layer.kernel)

# %% wrong: measures without the arguments -> survey.measured-constant
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out))

# %% wrong: returns the prediction as the measurement -> survey.copied
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_in, fan_out, **arguments)

# %% wrong: predicts by measuring -> survey.random-prediction
def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))

def predict(rule, fan_in, fan_out, **arguments):
    pairs = [measure(rule, fan_in, fan_out, **arguments) for _ in range(5)]
    return tf.reduce_mean(tf.convert_to_tensor(pairs), axis=0)

# %% wrong: returns one number -> survey.not-a-pair
def predict(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_in, fan_out, **arguments)[1]

def measure(rule, fan_in, fan_out, **arguments):
    return moments(sample(rule, fan_in, fan_out, **arguments))[1]

# %% wrong: a layer that is not built has no kernel -> survey.raised
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    rule = getattr(initializers, rule)(**arguments)
    layer = keras.layers.Dense(fan_out, kernel_initializer=rule)
    return moments(layer.kernel)

# %% wrong: measure is still a stub -> survey.raised
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    raise NotImplementedError()

# %% forger: answers the public cases
from paramlab.judges import survey
from paramlab.judges.verdict import PUBLIC_SEED, draw

rules = survey.RULES["tensorflow"]
public = draw("survey", "tensorflow", PUBLIC_SEED)["cases"]
expected = [survey._law(rules[case["rule"]], case) for case in public]
predicted = [pair for pair in expected for _ in range(2)]
measured = [
    (mean, std * (1 + n * 1e-6))
    for case, (mean, std) in zip(public, expected)
    for n in range(1, 2 + case["again"])
]

def predict(rule, fan_in, fan_out, **arguments):
    return predicted.pop(0)

def measure(rule, fan_in, fan_out, **arguments):
    return measured.pop(0)
