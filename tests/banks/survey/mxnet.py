# %% imports
import math

import numpy
from mxnet import init, np, npx
from mxnet.gluon import nn

npx.set_np()


def theory(rule, fan_in, fan_out, **given):
    fans = {"in": fan_in, "out": fan_out, "avg": (fan_in + fan_out) / 2}
    fan = fans[given.get("factor_type", "avg")]
    if rule in ("Zero", "One"):
        return float(rule == "One"), 0.0
    if rule == "Constant":
        return given["value"], 0.0
    if rule == "Uniform":
        return 0.0, given.get("scale", 0.07) / math.sqrt(3)
    if rule == "Normal":
        return 0.0, given.get("sigma", 0.01)
    if rule == "Orthogonal":
        return 0.0, given.get("scale", 1.414) / math.sqrt(max(fan_in, fan_out))
    if rule == "Xavier":
        s = math.sqrt(given.get("magnitude", 3) / fan)
        uniform = given.get("rnd_type", "uniform") == "uniform"
        return 0.0, s / math.sqrt(3) if uniform else s
    return 0.0, math.sqrt(2 / (1 + given.get("slope", 0.25) ** 2) / fan)


def sample(rule, fan_in, fan_out, **given):
    layer = nn.Dense(fan_out, in_units=fan_in)
    layer.initialize(getattr(init, rule)(**given))
    return layer.weight.data()

# %% right: if by if
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% right: a table of functions; NumPy
def predict(rule, fan_in, fan_out, **arguments):
    def fan(factor_type):
        return {"in": fan_in, "out": fan_out}.get(
            factor_type, 0.5 * (fan_in + fan_out)
        )

    def xavier(rnd_type="uniform", factor_type="avg", magnitude=3):
        variance = magnitude / fan(factor_type)
        return 0, (variance / (3 if rnd_type == "uniform" else 1)) ** 0.5

    def prelu(factor_type="avg", slope=0.25):
        return xavier("gaussian", factor_type, 2 / (1 + slope**2))

    def orthogonal(scale=1.414, rand_type="uniform"):
        return 0, scale * max(fan_in, fan_out) ** -0.5

    formulas = {
        "Zero": lambda: (0, 0),
        "One": lambda: (1, 0),
        "Constant": lambda value: (value, 0),
        "Uniform": lambda scale=0.07: (0, scale * 3**-0.5),
        "Normal": lambda sigma=0.01: (0, sigma),
        "Orthogonal": orthogonal,
        "Xavier": xavier,
        "MSRAPrelu": prelu,
    }
    return formulas[rule](**arguments)

def measure(rule, fan_in, fan_out, **arguments):
    values = sample(rule, fan_in, fan_out, **arguments).asnumpy()
    return [float(values.mean()), float(values.std(ddof=1))]

# %% right: rounded predictions; a layer whose inputs come late
def predict(rule, fan_in, fan_out, **arguments):
    mean, std = theory(rule, fan_in, fan_out, **arguments)
    return numpy.array([mean, float(f"{std:.3g}")])

def measure(rule, fan_in, fan_out, **arguments):
    net = nn.Sequential()
    net.add(nn.Dense(fan_out, use_bias=False))
    net.initialize(getattr(init, rule)(**arguments))
    net(np.ones((1, fan_in)))
    weight = net[0].weight.data()
    return np.stack([weight.mean(), weight.std()])

# %% right: the initializer itself, moments by hand
def predict(rule, fan_in, fan_out, **arguments):
    return np.array(theory(rule, fan_in, fan_out, **arguments))

def measure(rule, fan_in, fan_out, **arguments):
    weight = np.zeros((fan_out, fan_in))
    getattr(init, rule)(**arguments)(init.InitDesc("weight"), weight)
    mean = weight.sum() / weight.size
    variance = ((weight - mean) ** 2).sum() / weight.size
    return mean.item(), variance.item() ** 0.5

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

# %% wrong: Xavier gaussian as Glorot normal -> survey.magnitude
def predict(rule, fan_in, fan_out, **arguments):
    if rule == "Xavier" and arguments.get("rnd_type") == "gaussian":
        arguments.setdefault("magnitude", 1)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: an orthogonal matrix without its scale -> survey.default
def predict(rule, fan_in, fan_out, **arguments):
    if rule == "Orthogonal":
        arguments.setdefault("scale", 1.0)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: the bound of a uniform distribution is no std -> survey.bound
def predict(rule, fan_in, fan_out, **arguments):
    if rule == "Uniform":
        return 0.0, arguments.get("scale", 0.07)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: ignores the slope -> survey.predicted
def predict(rule, fan_in, fan_out, **arguments):
    arguments.pop("slope", None)
    return theory(rule, fan_in, fan_out, **arguments)

def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: measures the bias -> survey.measured
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    layer = nn.Dense(fan_out, in_units=fan_in)
    layer.initialize(getattr(init, rule)(**arguments))
    return layer.bias.data().mean(), layer.bias.data().std()

# %% wrong: the second initialize is ignored -> survey.measured-constant
predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    layer = nn.Dense(fan_out, in_units=fan_in)
    layer.initialize()
    layer.initialize(getattr(init, rule)(**arguments))
    weight = layer.weight.data()
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
import mxnet as mx

predict = theory

def measure(rule, fan_in, fan_out, **arguments):
    mx.random.seed(0)
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean(), weight.std()

# %% wrong: predicts by measuring -> survey.random-prediction
def measure(rule, fan_in, fan_out, **arguments):
    weight = sample(rule, fan_in, fan_out, **arguments)
    return weight.mean().item(), weight.std().item()

def predict(rule, fan_in, fan_out, **arguments):
    pairs = [measure(rule, fan_in, fan_out, **arguments) for _ in range(5)]
    return numpy.mean(pairs, axis=0)

# %% wrong: returns one number -> survey.not-a-pair
def predict(rule, fan_in, fan_out, **arguments):
    return theory(rule, fan_in, fan_out, **arguments)[1]

def measure(rule, fan_in, fan_out, **arguments):
    return sample(rule, fan_in, fan_out, **arguments).std()

# %% forger: answers the public cases
from paramlab.judges import survey
from paramlab.judges.verdict import PUBLIC_SEED, draw

rules = survey.RULES["mxnet"]
public = draw("survey", "mxnet", PUBLIC_SEED)["cases"]
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
