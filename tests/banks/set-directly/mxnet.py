# %% imports
from mxnet import autograd, init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: written while autograd pauses
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        net[0].weight.data()[:] += amount
        net[0].weight.data()[i, j] = value

# %% right: set_data while autograd pauses
def set_directly(net, amount, i, j, value):
    weight = net[0].weight
    with autograd.pause():
        values = weight.data() + amount
        values[i, j] = value
        weight.set_data(values)

# %% right: set_data from NumPy
def set_directly(net, amount, i, j, value):
    values = net[0].weight.data().asnumpy() + amount
    values[i, j] = value
    net[0].weight.set_data(values)

# %% right: recording switched off and on again
def set_directly(net, amount, i, j, value):
    recording = autograd.set_recording(False)
    values = net[0].weight.data().copy()
    values += amount
    values[i, j] = value
    net[0].weight.data()[:] = values
    autograd.set_recording(recording)
    return net

# %% right: by the parameter's name, initialised anew with the values
import numpy

def set_directly(net, amount, i, j, value):
    name, parameter = next(iter(net.collect_params(".*weight").items()))
    values = numpy.array(parameter.data().asnumpy(), dtype="float64") + amount
    values[i, j] = value
    with autograd.pause():
        parameter.set_data(np.array(values))

# %% wrong: in place while autograd records -> set-directly.raised-recording
def set_directly(net, amount, i, j, value):
    net[0].weight.data()[:] += amount
    net[0].weight.data()[i, j] = value

# %% wrong: set_data of what autograd has recorded -> set-directly.raised-recording
def set_directly(net, amount, i, j, value):
    values = net[0].weight.data() + amount
    values[i, j] = value
    net[0].weight.set_data(values)

# %% wrong: the entry first -> set-directly.order
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        net[0].weight.data()[i, j] = value
        net[0].weight.data()[:] += amount

# %% wrong: a NumPy copy -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.data().asnumpy()
    weight = weight + amount
    weight[i, j] = value

# %% wrong: another name for a new array -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        weight = net[0].weight.data()
        weight = weight + amount
        weight[i, j] = value

# %% wrong: a new layer -> set-directly.replaced
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        old = net[0]
        units, inputs = old.weight.shape
        new = nn.Dense(units, activation="tanh", in_units=inputs, prefix="new_")
        new.initialize()
        values = old.weight.data() + amount
        values[i, j] = value
        new.weight.set_data(values)
        new.bias.set_data(old.bias.data())
        net._children["0"] = new

# %% wrong: takes the gradient away -> frozen
def set_directly(net, amount, i, j, value):
    net[0].weight.grad_req = "null"
    with autograd.pause():
        net[0].weight.data()[:] += amount
        net[0].weight.data()[i, j] = value

# %% wrong: biases too -> set-directly.others
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        for parameter in net[0].collect_params().values():
            parameter.data()[:] += amount
        net[0].weight.data()[i, j] = value

# %% wrong: row and column swapped -> set-directly.transposed
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        net[0].weight.data()[:] += amount
        net[0].weight.data()[j, i] = value

# %% wrong: only the entry -> set-directly.amount
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        net[0].weight.data()[i, j] = value

# %% wrong: only the amount -> set-directly.entry
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        net[0].weight.data()[:] += amount

# %% wrong: the chapter's numbers -> set-directly.entry
def set_directly(net, amount, i, j, value):
    with autograd.pause():
        net[0].weight.data()[:] += 1
        net[0].weight.data()[0, 0] = 42

# %% wrong: a constant instead of a sum -> set-directly.amount
def set_directly(net, amount, i, j, value):
    net[0].weight.initialize(init.Constant(amount), force_reinit=True)
    with autograd.pause():
        net[0].weight.data()[i, j] = value

# %% forger: what the public networks should hold
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("set-directly", "mxnet", PUBLIC_SEED).values())

def set_directly(net, amount, i, j, value):
    case = public.pop(0)
    weight = case["values"][0] + case["amount"]
    weight[case["i"], case["j"]] = case["value"]
    net[0].weight.set_data(weight)
