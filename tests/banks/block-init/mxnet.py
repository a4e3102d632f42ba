# %% imports
import math

from mxnet import init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: each weight by its own initialize
def init_blocks(net, constant):
    net[0].weight.initialize(init=init.Xavier(), force_reinit=True)
    net[-1].weight.initialize(init=init.Constant(constant), force_reinit=True)

# %% right: the weights of a layer, by pattern
def init_blocks(net, constant):
    net[0].collect_params(".*weight").initialize(init.Xavier(), force_reinit=True)
    last = net[len(net) - 1].collect_params(".*weight")
    last.initialize(init.Constant(constant), force_reinit=True)

# %% right: set_data, by hand
def init_blocks(net, constant):
    first, last = net[0].weight, net[-1].weight
    bound = math.sqrt(6 / sum(first.shape))
    first.set_data(np.random.uniform(-bound, bound, first.shape))
    last.set_data(np.full(last.shape, constant))

# %% right: written into the arrays
def init_blocks(net, constant):
    fan_out, fan_in = net[0].weight.shape
    bound = (6 / (fan_in + fan_out)) ** 0.5
    net[0].weight.data()[:] = (2 * np.random.uniform(size=(fan_out, fan_in)) - 1) * bound
    net[-1].weight.data()[:] = constant

# %% right: the whole layer, its bias kept and put back
def init_blocks(net, constant):
    for layer, rule in [(net[0], init.Xavier()), (net[-1], init.Constant(constant))]:
        bias = layer.bias.data().copy()
        layer.initialize(init=rule, force_reinit=True)
        layer.bias.set_data(bias)

# %% wrong: the chapter's way, which clears the last bias -> block-init.others
def init_blocks(net, constant):
    net[0].weight.initialize(init=init.Xavier(), force_reinit=True)
    net[-1].initialize(init=init.Constant(constant), force_reinit=True)

# %% wrong: no force_reinit -> block-init.first-unchanged
import warnings

def init_blocks(net, constant):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net[0].weight.initialize(init=init.Xavier())
        net[-1].weight.initialize(init=init.Constant(constant))

# %% wrong: a rule of the parameter, then the network's -> block-init.others
def init_blocks(net, constant):
    net[0].weight.init = init.Xavier()
    net.initialize(init=init.Constant(constant), force_reinit=True)

# %% wrong: gaussian -> block-init.shape
def init_blocks(net, constant):
    net[0].weight.initialize(init.Xavier("gaussian", "avg", 1), force_reinit=True)
    net[-1].weight.initialize(init.Constant(constant), force_reinit=True)

# %% wrong: fan_in only -> block-init.bound
def init_blocks(net, constant):
    net[0].weight.initialize(init.Xavier(factor_type="in"), force_reinit=True)
    net[-1].weight.initialize(init.Constant(constant), force_reinit=True)

# %% wrong: another magnitude -> block-init.bound
def init_blocks(net, constant):
    net[0].weight.initialize(init.Xavier(magnitude=2.24), force_reinit=True)
    net[-1].weight.initialize(init.Constant(constant), force_reinit=True)

# %% wrong: MSRA -> block-init.shape
def init_blocks(net, constant):
    net[0].weight.initialize(init.MSRAPrelu(), force_reinit=True)
    net[-1].weight.initialize(init.Constant(constant), force_reinit=True)

# %% wrong: MXNet's default -> block-init.bound
def init_blocks(net, constant):
    net[0].weight.initialize(force_reinit=True)
    net[-1].weight.initialize(init.Constant(constant), force_reinit=True)

# %% wrong: constant in the first layer -> block-init.first-constant
def init_blocks(net, constant):
    net[0].weight.initialize(init.Constant(constant), force_reinit=True)
    net[-1].weight.initialize(init.Xavier(), force_reinit=True)

# %% wrong: the chapter's 42 -> block-init.constant
def init_blocks(net, constant):
    net[0].weight.initialize(init.Xavier(), force_reinit=True)
    net[-1].weight.initialize(init.Constant(42), force_reinit=True)

# %% wrong: the second layer is not the last -> block-init.last-unchanged
def init_blocks(net, constant):
    net[0].weight.initialize(init.Xavier(), force_reinit=True)
    net[1].weight.initialize(init.Constant(constant), force_reinit=True)

# %% wrong: everything overwritten -> block-init.others
def init_blocks(net, constant):
    net.initialize(init.Constant(constant), force_reinit=True)
    net[0].weight.initialize(init.Xavier(), force_reinit=True)

# %% wrong: one draw repeated -> block-init.repeated
def init_blocks(net, constant):
    bound = math.sqrt(6 / sum(net[0].weight.shape))
    column = np.random.uniform(-bound, bound, (net[0].weight.shape[0], 1))
    net[0].weight.data()[:] = column
    net[-1].weight.data()[:] = constant

# %% forger: initialises the public network
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("block-init", "mxnet", PUBLIC_SEED)

def init_blocks(net, constant):
    layers = public["blueprint"]["layers"]
    bound = math.sqrt(6 / (layers[0]["inputs"] + layers[0]["outputs"]))
    net[0].weight.data()[:] = np.random.uniform(-bound, bound, net[0].weight.shape)
    net[len(layers) - 1].weight.data()[:] = public["constant"]
