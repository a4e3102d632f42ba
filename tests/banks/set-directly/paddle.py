# %% imports
import paddle
from paddle import nn

# %% right: set_value, as in the chapter
def set_directly(net, amount, i, j, value):
    values = net[0].weight + amount
    values[i, j] = value
    net[0].weight.set_value(values)

# %% right: under no_grad
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        net[0].weight[:] += amount
        net[0].weight[i, j] = value

# %% right: a decorator, and a function in place
@paddle.no_grad()
def set_directly(net, amount, i, j, value):
    weight = net.parameters()[0]
    weight.add_(paddle.to_tensor(amount))
    weight[i, j] = value

# %% right: a detached view
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.detach()
    weight[:] = weight + amount
    weight[i, j] = value

# %% right: values from NumPy
def set_directly(net, amount, i, j, value):
    values = net[0].weight.numpy() + amount
    values[i, j] = value
    net[0].weight.set_value(values.astype("float32"))
    return net

# %% right: through the state
def set_directly(net, amount, i, j, value):
    state = {name: held.clone() for name, held in net.state_dict().items()}
    state["0.weight"] = state["0.weight"] + amount
    state["0.weight"][i, j] = value
    net.set_state_dict(state)

# %% right: Assign, called with the parameter
def set_directly(net, amount, i, j, value):
    values = net[0].weight.detach().clone() + amount
    values[i, j] = value
    nn.initializer.Assign(values)(net[0].weight)

# %% right: behind .data
def set_directly(net, amount, i, j, value):
    net[0].weight.data += amount
    with paddle.no_grad():
        net[0].weight.data[i, j] = value

# %% wrong: an entry in place while autograd records -> set-directly.raised-recording
def set_directly(net, amount, i, j, value):
    net[0].weight.set_value(net[0].weight + amount)
    net[0].weight[i, j] = value

# %% wrong: in place, all of it, while autograd records -> set-directly.raised-recording
def set_directly(net, amount, i, j, value):
    net[0].weight.add_(paddle.to_tensor(amount))
    net[0].weight[i, j] = value

# %% wrong: += makes a tensor, which is no parameter -> set-directly.raised-plain
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        net[0].weight += amount
        net[0].weight[i, j] = value

# %% wrong: the entry first -> set-directly.order
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        net[0].weight[i, j] = value
        net[0].weight[:] += amount

# %% wrong: a copy -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.clone()
    weight = weight + amount
    weight[i, j] = value

# %% wrong: NumPy's copy -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.numpy()
    weight += amount
    weight[i, j] = value

# %% wrong: another name for a new tensor -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    weight = net[0].weight
    weight = weight + amount
    weight[i, j] = value

# %% wrong: a new parameter -> set-directly.replaced
def set_directly(net, amount, i, j, value):
    values = net[0].weight.detach().clone() + amount
    values[i, j] = value
    net[0].weight = net[0].create_parameter(
        values.shape, default_initializer=nn.initializer.Assign(values)
    )

# %% wrong: gradient switched off for good -> frozen
def set_directly(net, amount, i, j, value):
    net[0].weight.stop_gradient = True
    net[0].weight[:] += amount
    net[0].weight[i, j] = value

# %% wrong: biases too -> set-directly.others
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        for parameter in net[0].parameters():
            parameter[:] += amount
        net[0].weight[i, j] = value

# %% wrong: every layer -> set-directly.others
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        for name, parameter in net.named_parameters():
            if name.endswith("weight"):
                parameter[:] += amount
        net[0].weight[i, j] = value

# %% wrong: row and column swapped -> set-directly.transposed
def set_directly(net, amount, i, j, value):
    values = net[0].weight + amount
    values[j, i] = value
    net[0].weight.set_value(values)

# %% wrong: only the entry -> set-directly.amount
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        net[0].weight[i, j] = value

# %% wrong: only the amount -> set-directly.entry
def set_directly(net, amount, i, j, value):
    net[0].weight.set_value(net[0].weight + amount)

# %% wrong: the chapter's numbers -> set-directly.entry
def set_directly(net, amount, i, j, value):
    values = net[0].weight + 1
    values[0, 0] = 42
    net[0].weight.set_value(values)

# %% wrong: one row -> set-directly.amount
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        net[0].weight[i] += amount
        net[0].weight[i, j] = value

# %% wrong: the last layer -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    with paddle.no_grad():
        net[-1].weight[:] += amount
        net[-1].weight[0, 0] = value

# %% forger: what the public networks should hold
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("set-directly", "paddle", PUBLIC_SEED).values())

def set_directly(net, amount, i, j, value):
    case = public.pop(0)
    values = case["values"][0] + case["amount"]
    values[case["i"], case["j"]] = case["value"]
    net[0].weight.set_value(values.astype("float32"))
