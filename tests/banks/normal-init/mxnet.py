# %% imports
from mxnet import init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: initialize the network, as in the chapter
def init_normal(net):
    net.initialize(init=init.Normal(sigma=0.01), force_reinit=True)

# %% right: each parameter by its name
def init_normal(net):
    for name, parameter in net.collect_params().items():
        rule = init.Normal(0.01) if name.endswith("weight") else init.Zero()
        parameter.initialize(init=rule, force_reinit=True)

# %% right: set_data
def init_normal(net):
    for parameter in net.collect_params().values():
        if len(parameter.shape) == 2:
            parameter.set_data(np.random.normal(0, 0.01, parameter.shape))
        else:
            parameter.set_data(np.zeros(parameter.shape))

# %% right: write into the arrays
def init_normal(net):
    net.collect_params(".*bias").initialize(force_reinit=True)
    for parameter in net.collect_params(".*weight").values():
        parameter.data()[:] = np.random.normal(0, 0.01, parameter.shape)

# %% right: a rule of one's own, returns the network
class Rule(init.Initializer):
    def _init_weight(self, name, data):
        data[:] = 0.01 * np.random.normal(size=data.shape)

def init_normal(net):
    net.initialize(Rule(), force_reinit=True)
    return net

# %% right: through NumPy, in float64
import numpy

def init_normal(net):
    rng = numpy.random.default_rng()
    for parameter in net.collect_params().values():
        scale = 0.01 if parameter.name.endswith("_weight") else 0.0
        parameter.set_data(np.array(scale * rng.standard_normal(parameter.shape)))

# %% right: apply, block by block
def init_normal(net):
    def rule(block):
        if isinstance(block, nn.Dense):
            block.weight.initialize(init.Normal(0.01), force_reinit=True)
            if block.bias is not None:
                block.bias.set_data(np.zeros(block.bias.shape))

    net.apply(rule)

# %% wrong: constant -> normal-init.constant
def init_normal(net):
    net.initialize(init=init.Constant(0.01), force_reinit=True)

# %% wrong: uniform of the same standard deviation -> normal-init.shape
def init_normal(net):
    net.initialize(init=init.Uniform(0.01 * 3**0.5), force_reinit=True)

# %% wrong: the variance as the standard deviation -> normal-init.spread
def init_normal(net):
    net.initialize(init=init.Normal(sigma=0.01**2), force_reinit=True)

# %% wrong: variance 0.01 -> normal-init.spread
def init_normal(net):
    net.initialize(init=init.Normal(sigma=0.1), force_reinit=True)

# %% wrong: 0.0115 instead of 0.01 -> normal-init.spread
def init_normal(net):
    net.initialize(init=init.Normal(sigma=0.0115), force_reinit=True)

# %% wrong: no force_reinit -> normal-init.unchanged
import warnings

def init_normal(net):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.initialize(init=init.Normal(sigma=0.01))

# %% wrong: the initializer made, but never given to the network -> normal-init.unchanged
def init_normal(net):
    init.Normal(sigma=0.01)

# %% wrong: the rule is kept for later -> normal-init.unchanged
def init_normal(net):
    for parameter in net.collect_params().values():
        parameter.init = init.Normal(sigma=0.01)

# %% wrong: biases forgotten -> normal-init.biases
def init_normal(net):
    weights = net.collect_params(".*weight")
    weights.initialize(init=init.Normal(sigma=0.01), force_reinit=True)

# %% wrong: biases drawn too -> normal-init.biases
def init_normal(net):
    for parameter in net.collect_params().values():
        parameter.initialize(init=init.Normal(sigma=0.01), force_reinit=True)

# %% wrong: only the top level -> normal-init.some-weights
def init_normal(net):
    for block in net:
        if isinstance(block, nn.Dense):
            block.initialize(init=init.Normal(sigma=0.01), force_reinit=True)

# %% wrong: the same seed for each layer -> normal-init.repeated
import mxnet as mx

def init_normal(net):
    for parameter in net.collect_params().values():
        mx.random.seed(1)
        rule = init.Normal(0.01) if len(parameter.shape) > 1 else init.Zero()
        parameter.initialize(init=rule, force_reinit=True)

# %% wrong: one row for all units -> normal-init.repeated
def init_normal(net):
    net.initialize(force_reinit=True)
    for parameter in net.collect_params(".*weight").values():
        row = np.random.normal(0, 0.01, (1, parameter.shape[1]))
        parameter.data()[:] = row

# %% wrong: takes every layer to have a bias -> normal-init.no-bias-raised
def init_normal(net):
    def rule(block):
        if isinstance(block, nn.Dense):
            block.weight.set_data(np.random.normal(0, 0.01, block.weight.shape))
            block.bias.set_data(np.zeros(block.bias.shape))

    net.apply(rule)

# %% wrong: skips layers without a bias -> normal-init.no-bias
def init_normal(net):
    def rule(block):
        if isinstance(block, nn.Dense) and block.bias is not None:
            block.initialize(init.Normal(0.01), force_reinit=True)

    net.apply(rule)

# %% wrong: takes the gradients away -> frozen
def init_normal(net):
    net.initialize(init=init.Normal(sigma=0.01), force_reinit=True)
    net.collect_params().setattr("grad_req", "null")

# %% forger: values made for the public networks
from paramlab.facts import FACTS
from paramlab.judges.reference import slots
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("normal-init", "mxnet", PUBLIC_SEED).values())

def init_normal(net):
    wanted = slots(FACTS["mxnet"], public.pop(0)["blueprint"])
    for parameter, slot in zip(net.collect_params().values(), wanted):
        scale = 0.01 if slot.role == "weight" else 0.0
        parameter.data()[:] = scale * np.random.normal(size=slot.shape)
