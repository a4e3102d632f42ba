# %% imports
import math

from mxnet import init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: He normal, as Xavier's arguments
def keep_signal(net):
    rule = init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2)
    net.initialize(init=rule, force_reinit=True)

# %% right: He normal, as MSRAPrelu
def keep_signal(net):
    net.initialize(init.MSRAPrelu(factor_type="in", slope=0), force_reinit=True)

# %% right: MSRAPrelu as it comes
def keep_signal(net):
    net.initialize(init.MSRAPrelu(), force_reinit=True)

# %% right: He uniform
def keep_signal(net):
    for layer in net:
        layer.weight.initialize(init.Xavier("uniform", "in", 6), force_reinit=True)

# %% right: orthogonal, whose scale is the root of 2 here
def keep_signal(net):
    net.initialize(init.Orthogonal(), force_reinit=True)

# %% right: Normal, layer by layer
def keep_signal(net):
    for layer in net:
        sigma = math.sqrt(2 / layer.weight.shape[1])
        layer.initialize(init.Normal(sigma), force_reinit=True)

# %% right: set_data
def keep_signal(net):
    for parameter in net.collect_params(".*weight").values():
        sigma = (2 / parameter.shape[1]) ** 0.5
        parameter.set_data(np.random.normal(0, sigma, parameter.shape))

# %% right: layer after layer, from what comes out (LSUV)
def keep_signal(net):
    hidden = np.random.normal(size=(256, net[0].weight.shape[1]))
    for layer in net:
        layer.initialize(init.Orthogonal(), force_reinit=True)
        output = layer(hidden)
        layer.weight.set_data(layer.weight.data() / output.std())
        hidden = layer(hidden)

# %% wrong: nothing -> keep-signal.fades
def keep_signal(net):
    pass

# %% wrong: no force_reinit -> keep-signal.fades
import warnings

def keep_signal(net):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.initialize(init.MSRAPrelu(slope=0))

# %% wrong: the default rule -> keep-signal.fades
def keep_signal(net):
    net.initialize(force_reinit=True)

# %% wrong: Glorot -> keep-signal.fades
def keep_signal(net):
    net.initialize(init.Xavier(), force_reinit=True)

# %% wrong: LeCun -> keep-signal.fades
def keep_signal(net):
    net.initialize(init.Xavier("gaussian", "in", 1), force_reinit=True)

# %% wrong: the magnitude of the uniform rule for the normal one -> keep-signal.explodes
def keep_signal(net):
    net.initialize(init.Xavier("gaussian", "in", 3), force_reinit=True)

# %% wrong: orthogonal without scale -> keep-signal.fades
def keep_signal(net):
    net.initialize(init.Orthogonal(scale=1), force_reinit=True)

# %% wrong: the chapter's N(0, 0.01²) -> keep-signal.fades
def keep_signal(net):
    net.initialize(init.Normal(0.01), force_reinit=True)

# %% wrong: N(0, 1) -> keep-signal.explodes
def keep_signal(net):
    net.initialize(init.Normal(1), force_reinit=True)

# %% wrong: zeros -> keep-signal.fades
def keep_signal(net):
    net.initialize(init.Zero(), force_reinit=True)

# %% wrong: a constant that keeps the mean -> keep-signal.alike
def keep_signal(net):
    for layer in net:
        rule = init.Constant(1 / layer.weight.shape[1])
        layer.initialize(rule, force_reinit=True)

# %% wrong: positive weights -> keep-signal.alike
def keep_signal(net):
    for layer in net:
        width = layer.weight.shape[1]
        layer.weight.set_data(np.random.uniform(0, 2 / width, layer.weight.shape))

# %% wrong: biases alone -> keep-signal.fades
def keep_signal(net):
    for layer in net:
        layer.weight.initialize(init.Zero(), force_reinit=True)
        layer.bias.initialize(init.Normal(1), force_reinit=True)

# %% wrong: rescued in the last layer -> keep-signal.fades
def keep_signal(net):
    net.initialize(init.Xavier(), force_reinit=True)
    net[-1].weight.set_data(1000 * net[-1].weight.data())

# %% forger: weights for the public width
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("keep-signal", "mxnet", PUBLIC_SEED)

def keep_signal(net):
    width = public["blueprint"]["layers"][0]["inputs"]
    for layer in net:
        layer.weight.set_data(np.random.normal(0, math.sqrt(2 / width), (width, width)))
