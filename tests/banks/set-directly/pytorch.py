# %% imports
import torch
from torch import nn

# %% right: behind .data, as in the chapter
def set_directly(net, amount, i, j, value):
    net[0].weight.data[:] += amount
    net[0].weight.data[i, j] = value

# %% right: under no_grad
def set_directly(net, amount, i, j, value):
    with torch.no_grad():
        net[0].weight += amount
        net[0].weight[i, j] = value

# %% right: a decorator and functions
@torch.no_grad()
def set_directly(net, amount, i, j, value):
    weight = next(net.parameters())
    weight.add_(amount)
    weight[i][j].fill_(value)

# %% right: a detached view
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.detach()
    weight += amount
    weight[i, j] = value

# %% right: values made elsewhere and copied in
def set_directly(net, amount, i, j, value):
    values = net[0].weight.detach().numpy().copy() + amount
    values[i, j] = value
    with torch.no_grad():
        net[0].weight.copy_(torch.from_numpy(values))
    return net

# %% right: through the state
def set_directly(net, amount, i, j, value):
    state = {name: held.clone() for name, held in net.state_dict().items()}
    state["0.weight"] += amount
    state["0.weight"][i, j] = value
    net.load_state_dict(state)

# %% right: new values for the same parameter
def set_directly(net, amount, i, j, value):
    values = net[0].weight.data + amount
    values[i, j] = value
    net[0].weight.data = values

# %% right: the NumPy view of the values
def set_directly(net, amount, i, j, value):
    view = net[0].weight.detach().numpy()
    view += amount
    view[i, j] = value

# %% right: in inference mode
def set_directly(net, amount, i, j, value):
    with torch.inference_mode():
        net[0].weight += amount
        net[0].weight[i, j] = value

# %% right: gradient off and on again
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.requires_grad_(False)
    weight += amount
    weight[i, j] = value
    weight.requires_grad_(True)

# %% wrong: in place while autograd records -> set-directly.raised-recording
def set_directly(net, amount, i, j, value):
    net[0].weight += amount
    net[0].weight[i, j] = value

# %% wrong: the entry first -> set-directly.order
def set_directly(net, amount, i, j, value):
    net[0].weight.data[i, j] = value
    net[0].weight.data[:] += amount

# %% wrong: a copy -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.clone()
    weight += amount
    weight[i, j] = value

# %% wrong: another name for a new tensor -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.data
    weight = weight + amount
    weight[i, j] = value

# %% wrong: a new parameter -> set-directly.replaced
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.detach() + amount
    weight[i, j] = value
    net[0].weight = nn.Parameter(weight)

# %% wrong: a new parameter without gradient -> frozen
def set_directly(net, amount, i, j, value):
    weight = net[0].weight.detach() + amount
    weight[i, j] = value
    net[0].weight = nn.Parameter(weight, requires_grad=False)

# %% wrong: gradient switched off for good -> frozen
def set_directly(net, amount, i, j, value):
    net[0].weight.requires_grad_(False)
    net[0].weight += amount
    net[0].weight[i, j] = value

# %% wrong: biases too -> set-directly.others
def set_directly(net, amount, i, j, value):
    for parameter in net[0].parameters():
        parameter.data += amount
    net[0].weight.data[i, j] = value

# %% wrong: every layer -> set-directly.others
def set_directly(net, amount, i, j, value):
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            parameter.data += amount
    net[0].weight.data[i, j] = value

# %% wrong: row and column swapped -> set-directly.transposed
def set_directly(net, amount, i, j, value):
    net[0].weight.data += amount
    net[0].weight.data[j, i] = value

# %% wrong: only the entry -> set-directly.amount
def set_directly(net, amount, i, j, value):
    net[0].weight.data[i, j] = value

# %% wrong: only the amount -> set-directly.entry
def set_directly(net, amount, i, j, value):
    net[0].weight.data += amount

# %% wrong: the chapter's numbers -> set-directly.entry
def set_directly(net, amount, i, j, value):
    net[0].weight.data[:] += 1
    net[0].weight.data[0, 0] = 42

# %% wrong: one row -> set-directly.amount
def set_directly(net, amount, i, j, value):
    net[0].weight.data[i] += amount
    net[0].weight.data[i, j] = value

# %% wrong: the last layer -> set-directly.unchanged
def set_directly(net, amount, i, j, value):
    net[-1].weight.data += amount
    net[-1].weight.data[0, 0] = value

# %% forger: what the public networks should hold
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("set-directly", "pytorch", PUBLIC_SEED).values())

def set_directly(net, amount, i, j, value):
    case = public.pop(0)
    weight = case["values"][0] + case["amount"]
    weight[case["i"], case["j"]] = case["value"]
    net[0].weight.data = torch.from_numpy(weight)
