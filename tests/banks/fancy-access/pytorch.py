# %% imports
import copy
import io

import torch
from torch import nn

# %% right: one question each
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    listed = any(p is constant for p in net.parameters())
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": listed,
        "saved": "rand_weight" in net.state_dict(),
        "trained": listed and constant.requires_grad,
    }

# %% right: by name, in NumPy
def fancy_access(net, X):
    net.zero_grad()
    net(X).sum().backward()
    named = dict(net.named_parameters())
    return dict(
        weight=named["dense.weight"].detach().numpy(),
        bias=named["dense.bias"].detach().numpy(),
        constant=net.rand_weight.detach().numpy().copy(),
        gradient=named["dense.weight"].grad.numpy(),
        listed="rand_weight" in named,
        saved="rand_weight" in list(net.state_dict()),
        trained=net.rand_weight.requires_grad,
    )

# %% right: gradient without backward, flags by experiment, lists
def fancy_access(net, X):
    (gradient,) = torch.autograd.grad(net(X), [net.dense.weight])
    state = net.state_dict()
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    saved = torch.load(file)
    twin = copy.deepcopy(net)
    before = twin.rand_weight.detach().clone()
    optimizer = torch.optim.SGD(twin.parameters(), lr=1.0)
    twin(X).backward()
    optimizer.step()
    return {
        "weight": net.dense.weight.tolist(),
        "bias": net.dense.bias.tolist(),
        "constant": net.rand_weight.tolist(),
        "gradient": gradient.tolist(),
        "listed": torch.tensor("rand_weight" in dict(net.named_parameters())),
        "saved": "rand_weight" in saved,
        "trained": bool((twin.rand_weight != before).any()),
    }

# %% right: float64 and integers for flags
def fancy_access(net, X):
    net.double()
    constant = net.rand_weight.double()
    if not isinstance(net.rand_weight, nn.Parameter):
        net.rand_weight = constant
    net(X.double()).backward()
    ids = {id(p): p for p in net.parameters()}
    held = ids.get(id(net.rand_weight))
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": net.rand_weight,
        "gradient": net.dense.weight.grad,
        "listed": int(held is not None),
        "saved": int("rand_weight" in net.state_dict()),
        "trained": int(held is not None and held.requires_grad),
    }

# %% wrong: never goes backward -> fancy-access.no-gradient
def fancy_access(net, X):
    net(X)
    constant = net.rand_weight
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": constant.requires_grad,
    }

# %% wrong: a buffer counts as a parameter -> fancy-access.listed
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": "rand_weight" in net.state_dict(),
        "saved": "rand_weight" in net.state_dict(),
        "trained": constant.requires_grad,
    }

# %% wrong: all buffers are saved -> fancy-access.saved
def fancy_access(net, X):
    net(X).backward()
    parameters, buffers = dict(net.named_parameters()), dict(net.named_buffers())
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": net.rand_weight,
        "gradient": net.dense.weight.grad,
        "listed": "rand_weight" in parameters,
        "saved": "rand_weight" in parameters or "rand_weight" in buffers,
        "trained": net.rand_weight.requires_grad,
    }

# %% wrong: what is listed is trained -> fancy-access.trained
def fancy_access(net, X):
    net(X).backward()
    listed = "rand_weight" in dict(net.named_parameters())
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": net.rand_weight,
        "gradient": net.dense.weight.grad,
        "listed": listed,
        "saved": "rand_weight" in net.state_dict(),
        "trained": listed,
    }

# %% wrong: the book's plain attribute, always -> fancy-access.listed
def fancy_access(net, X):
    net(X).backward()
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": net.rand_weight,
        "gradient": net.dense.weight.grad,
        "listed": False,
        "saved": False,
        "trained": False,
    }

# %% wrong: goes backward twice -> fancy-access.gradient
def fancy_access(net, X):
    net(X).backward()
    net(X).backward()
    constant = net.rand_weight
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": constant.requires_grad,
    }

# %% wrong: draws a constant of its own -> fancy-access.constant
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": torch.rand(constant.shape),
        "gradient": net.dense.weight.grad,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": constant.requires_grad,
    }

# %% wrong: transposed -> fancy-access.transposed
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    return {
        "weight": net.dense.weight.data.T,
        "bias": net.dense.bias.data,
        "constant": constant,
        "gradient": net.dense.weight.grad.T,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": constant.requires_grad,
    }

# %% wrong: sees the constant in the parameters only -> fancy-access.raised
def fancy_access(net, X):
    net(X).backward()
    constant = dict(net.named_parameters())["rand_weight"]
    return {
        "weight": net.dense.weight.data,
        "bias": net.dense.bias.data,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": True,
        "saved": True,
        "trained": constant.requires_grad,
    }

# %% wrong: values only -> fancy-access.missing
def fancy_access(net, X):
    return dict(net.named_parameters())

# %% wrong: prints -> fancy-access.not-a-dict
def fancy_access(net, X):
    for name, parameter in net.named_parameters():
        print(name, parameter.shape)

# %% forger: computes from the public cases
from paramlab.facts import FACTS
from paramlab.judges.fancy import fancy_gradient
from paramlab.judges.verdict import PUBLIC_SEED, draw

facts = FACTS["pytorch"]
public = draw("fancy-access", "pytorch", PUBLIC_SEED)["cases"]

def fancy_access(net, X):
    case = public.pop(0)
    holding = facts.fancy_constant[case.pop("holding")]
    return {
        **case,
        "gradient": fancy_gradient(facts, **case)[0],
        "listed": holding.listed,
        "saved": holding.saved,
        "trained": holding.trained,
    }
