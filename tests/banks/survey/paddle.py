# %% imports
import math
from statistics import NormalDist

import numpy as np
import paddle
from paddle import nn
from paddle.nn import initializer


def cut(std, b):
    c = b / std
    density = math.exp(-c * c / 2) / math.sqrt(2 * math.pi)
    return std * math.sqrt(1 - 2 * c * density / math.erf(c / math.sqrt(2)))


def theory(rule, fan_in, fan_out, **given):
    if rule == "Constant":
        return given.get("value", 0.0), 0.0
    if rule == "Uniform":
        low, high = given.get("low", -1.0), given.get("high", 1.0)
        return (low + high) / 2, (high - low) / math.sqrt(12)
    if rule == "Normal":
        return given.get("mean", 0.0), given.get("std", 1.0)
    if rule == "TruncatedNormal":
        return 0.0, cut(given.get("std", 1.0), given.get("b", 2.0))
    if rule in ("XavierUniform", "XavierNormal"):
        return 0.0, given.get("gain", 1.0) * math.sqrt(2 / (fan_in + fan_out))
    if rule in ("KaimingUniform", "KaimingNormal"):
        nonlinearity = given.get("nonlinearity", "relu")
        slope = given.get("negative_slope", 0.0)
        fan = fan_in if given.get("mode", "fan_in") == "fan_in" else fan_out
        gain = initializer.calculate_gain(nonlinearity, slope)
        return 0.0, gain / math.sqrt(fan)
    return 0.0, given.get("gain", 1.0) / math.sqrt(max(fan_in, fan_out))


def sample(rule, fan_in, fan_out, **given):
    layer = nn.Linear(fan_in, fan_out)
    getattr(initializer, rule)(**given)(layer.weight)
    return layer.weight

# %% right: if by if, applied to a parameter
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% right: a table of functions; given at construction, in NumPy
def predict(rule, fan_in, fan_out, **arguments):
    def uniform(low=-1.0, high=1.0):
        return (low + high) / 2, abs(high - low) / 12**0.5

    def normal(mean=0.0, std=1.0):
        return mean, std

    def truncated(mean=0.0, std=1.0, a=-2.0, b=2.0):
        bell = NormalDist()
        low, high = (a - mean) / std, (b - mean) / std
        z = bell.cdf(high) - bell.cdf(low)
        shift = (bell.pdf(low) - bell.pdf(high)) / z
        spread = 1 + (low * bell.pdf(low) - high * bell.pdf(high)) / z - shift**2
        return mean + std * shift, std * spread**0.5

    def xavier(gain=1.0):
        return 0, gain * (2 / (fan_in + fan_out)) ** 0.5

    def kaiming(negative_slope=0.0, nonlinearity="relu", mode="fan_in"):
        gains = {"linear": 1, "tanh": 5 / 3, "relu": 2**0.5}
        gains["leaky_relu"] = (2 / (1 + negative_slope**2)) ** 0.5
        fan = {"fan_in": fan_in, "fan_out": fan_out}[mode]
        return 0, gains[nonlinearity] / fan**0.5

    def orthogonal(gain=1.0):
        return 0, gain * max(fan_in, fan_out) ** -0.5

    formulas = {
        "Constant": lambda value=0.0: (value, 0),
        "Uniform": uniform,
        "Normal": normal,
        "TruncatedNormal": truncated,
        "XavierUniform": xavier,
        "XavierNormal": xavier,
        "KaimingUniform": kaiming,
        "KaimingNormal": kaiming,
        "Orthogonal": orthogonal,
    }
    return formulas[rule](**arguments)

def measure(rule, fan_in, fan_out, **arguments):
    attribute = paddle.ParamAttr(initializer=getattr(initializer, rule)(**arguments))
    values = nn.Linear(fan_in, fan_out, weight_attr=attribute).weight.numpy()
    return [float(values.mean()), float(values.std())]

# %% right: rounded predictions, float64 weights, one tensor of two numbers
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return np.array([mean, float(f"{std:.3g}")])

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments).astype("float64")
    return paddle.stack([weight.mean(), weight.std(unbiased=False)])

# %% right: a parameter without a layer, moments by hand
def predict(rule, fan_in, fan_out, **arguments):
    return paddle.to_tensor(theory(rule, fan_in, fan_out, **arguments))

def measure(rule, fan_in, fan_out, **arguments):
    weight = paddle.create_parameter(
        [fan_in, fan_out],
        "float32",
        default_initializer=getattr(initializer, rule)(**arguments),
    )
    mean = weight.sum() / weight.size
    variance = ((weight - mean) ** 2).sum() / weight.size
    return mean.item(), variance.sqrt().item()

# %% wrong: builds the initializer and drops it -> survey.measured-constant
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    layer = nn.Linear(fan_in, fan_out)
    getattr(initializer, rule)(**arguments)
    return layer.weight.mean(), layer.weight.std()

# %% wrong: variance instead of standard deviation -> survey.variance
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return mean, std**2

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: measures the variance -> survey.measured-variance
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.var()

# %% wrong: fans swapped -> survey.fan
def predict(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_out, fan_in, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: draws a matrix of the shape (outputs, inputs) -> survey.measured-fan
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = paddle.create_parameter(
        [fan_out, fan_in],
        "float32",
        default_initializer=getattr(initializer, rule)(**arguments),
    )
    return weight.mean(), weight.std()

# %% wrong: the truncated normal keeps its std -> survey.truncated
def predict(rule, fan_in, fan_out, **arguments):
    if rule == "TruncatedNormal":
        return arguments.get("mean", 0.0), arguments.get("std", 1.0)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: the bound of a uniform distribution is no std -> survey.bound
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return mean, std * math.sqrt(3) if "Uniform" in rule else std

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: Kaiming without its default gain -> survey.default
def predict(rule, fan_in, fan_out, **arguments):
    if rule.startswith("Kaiming") and "nonlinearity" not in arguments:
        arguments["nonlinearity"] = "linear"
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: the slope counts for every activation -> survey.predicted
def predict(rule, fan_in, fan_out, **arguments):
    if "negative_slope" in arguments:
        arguments["nonlinearity"] = "leaky_relu"
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: measures the bias -> survey.measured
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    attribute = getattr(initializer, rule)(**arguments)
    layer = nn.Linear(fan_in, fan_out, weight_attr=attribute)
    return layer.bias.mean(), layer.bias.std()

# %% wrong: measures without the arguments -> survey.measured
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out)
    return weight.mean(), weight.std()

# %% wrong: returns the prediction as the measurement -> survey.copied
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_in, fan_out, **arguments)

# %% wrong: seeds in every call -> survey.same-twice
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    paddle.seed(0)
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: predicts by measuring -> survey.random-prediction
def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

def predict(rule, fan_in, fan_out, **arguments):
    pairs = [measure(rule, fan_in, fan_out, **arguments) for _ in range(5)]
    return np.mean([[float(number) for number in pair] for pair in pairs], axis=0)

# %% wrong: returns one number -> survey.not-a-pair
def predict(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_in, fan_out, **arguments)[1]

def measure(rule, fan_in, fan_out, **arguments):
    return sample(rule, fan_in, fan_out, **arguments).std()

# %% wrong: calls the rule with a shape -> survey.raised
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = getattr(initializer, rule)(**arguments)([fan_in, fan_out])
    return weight.mean(), weight.std()

# %% wrong: measure is still a stub -> survey.raised
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    raise NotImplementedError()

# %% forger: answers the public cases
from paramlab.judges import survey
from paramlab.judges.verdict import PUBLIC_SEED, draw

rules = survey.RULES["paddle"]
public = draw("survey", "paddle", PUBLIC_SEED)["cases"]
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
