# %% imports
import math
from statistics import NormalDist

import numpy as np
import torch
from torch import nn


def gain_of(nonlinearity, a):
    return nn.init.calculate_gain(nonlinearity, a)


def cut(std, b):
    c = b / std
    density = math.exp(-c * c / 2) / math.sqrt(2 * math.pi)
    return std * math.sqrt(1 - 2 * c * density / math.erf(c / math.sqrt(2)))


def theory(rule, fan_in, fan_out, **given):
    if rule == "uniform_":
        a, b = given.get("a", 0.0), given.get("b", 1.0)
        return (a + b) / 2, (b - a) / math.sqrt(12)
    if rule == "normal_":
        return given.get("mean", 0.0), given.get("std", 1.0)
    if rule == "trunc_normal_":
        return 0.0, cut(given.get("std", 1.0), given.get("b", 2.0))
    if rule == "constant_":
        return given["val"], 0.0
    if rule in ("xavier_uniform_", "xavier_normal_"):
        return 0.0, given.get("gain", 1.0) * math.sqrt(2 / (fan_in + fan_out))
    if rule in ("kaiming_uniform_", "kaiming_normal_"):
        gain = gain_of(given.get("nonlinearity", "leaky_relu"), given.get("a", 0))
        fan = fan_in if given.get("mode", "fan_in") == "fan_in" else fan_out
        return 0.0, gain / math.sqrt(fan)
    return 0.0, given.get("gain", 1.0) / math.sqrt(max(fan_in, fan_out))


def sample(rule, fan_in, fan_out, **given):
    weight = torch.empty(fan_out, fan_in)
    getattr(nn.init, rule)(weight, **given)
    return weight

# %% right: if by if
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% right: a table of functions; a layer's weight in NumPy
def predict(rule, fan_in, fan_out, **arguments):
    def uniform(a=0.0, b=1.0):
        return (a + b) / 2, abs(b - a) / 12**0.5

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

    def kaiming(a=0, mode="fan_in", nonlinearity="leaky_relu"):
        fan = {"fan_in": fan_in, "fan_out": fan_out}[mode]
        return 0, gain_of(nonlinearity, a) / fan**0.5

    def orthogonal(gain=1.0):
        return 0, gain * max(fan_in, fan_out) ** -0.5

    formulas = {
        "uniform_": uniform,
        "normal_": normal,
        "trunc_normal_": truncated,
        "constant_": lambda val: (val, 0),
        "xavier_uniform_": xavier,
        "xavier_normal_": xavier,
        "kaiming_uniform_": kaiming,
        "kaiming_normal_": kaiming,
        "orthogonal_": orthogonal,
    }
    return formulas[rule](**arguments)

def measure(rule, fan_in, fan_out, **arguments):
    layer = nn.Linear(fan_in, fan_out)
    getattr(nn.init, rule)(layer.weight, **arguments)
    values = layer.weight.detach().numpy()
    return [float(values.mean()), float(values.std())]

# %% right: rounded predictions, float64 weights, one tensor of two numbers
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return np.array([mean, float(f"{std:.3g}")])

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments).double()
    return torch.stack([weight.mean(), weight.std(unbiased=False)])

# %% right: moments by hand
def predict(rule, fan_in, fan_out, **arguments):
    return torch.tensor(theory(rule, fan_in, fan_out, **arguments))

def measure(rule, fan_in, fan_out, **arguments):
    with torch.no_grad():
        weight = sample(rule, fan_in, fan_out, **arguments)
        mean = weight.sum() / weight.numel()
        variance = ((weight - mean) ** 2).sum() / weight.numel()
    return mean.item(), variance.sqrt().item()

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

# %% wrong: draws the transposed matrix -> survey.measured-fan
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_out, fan_in, **arguments)
    return weight.mean(), weight.std()

# %% wrong: the truncated normal keeps its std -> survey.truncated
def predict(rule, fan_in, fan_out, **arguments):
    if rule == "trunc_normal_":
        return arguments.get("mean", 0.0), arguments.get("std", 1.0)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: the bound of a uniform distribution is no std -> survey.bound
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return mean, std * math.sqrt(3) if "uniform" in rule else std

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: Kaiming without its default gain -> survey.default
def predict(rule, fan_in, fan_out, **arguments):
    if rule.startswith("kaiming") and "nonlinearity" not in arguments:
        arguments["nonlinearity"] = "linear"
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: ignores the slope -> survey.predicted
def predict(rule, fan_in, fan_out, **arguments):
    arguments.pop("a" if rule.startswith("kaiming") else "", None)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: measures the bias -> survey.measured
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    layer = nn.Linear(fan_in, fan_out)
    getattr(nn.init, rule)(layer.weight, **arguments)
    return layer.bias.mean(), layer.bias.std()

# %% wrong: measures a layer that nothing initialised -> survey.measured-constant
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = nn.Linear(fan_in, fan_out).weight
    return weight.mean(), weight.std()

# %% wrong: measures without the arguments -> survey.raised
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
    torch.manual_seed(0)
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: predicts by measuring -> survey.random-prediction
def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

def predict(rule, fan_in, fan_out, **arguments):
    pairs = [measure(rule, fan_in, fan_out, **arguments) for _ in range(5)]
    return torch.tensor(pairs).mean(axis=0)

# %% wrong: returns one number -> survey.not-a-pair
def predict(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_in, fan_out, **arguments)[1]

def measure(rule, fan_in, fan_out, **arguments):
    return sample(rule, fan_in, fan_out, **arguments).std()

# %% wrong: measure is still a stub -> survey.raised
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    raise NotImplementedError()

# %% forger: answers the public cases
from paramlab.facts import FACTS
from paramlab.judges import survey
from paramlab.judges.verdict import PUBLIC_SEED, draw

rules = survey.RULES["pytorch"]
public = draw("survey", "pytorch", PUBLIC_SEED)["cases"]
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
