# %% imports
import copy
import tempfile

import paddle
from paddle import nn

# %% right: one question each
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    listed = any(p is constant for p in net.parameters())
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": listed,
        "saved": "rand_weight" in net.state_dict(),
        "trained": listed and not constant.stop_gradient,
    }

# %% right: by name, in NumPy
def fancy_access(net, X):
    net.clear_gradients()
    net(X).sum().backward()
    named = dict(net.named_parameters())
    return dict(
        weight=named["dense.weight"].numpy(),
        bias=named["dense.bias"].numpy(),
        constant=net.rand_weight.numpy(),
        gradient=named["dense.weight"].grad.numpy(),
        listed="rand_weight" in named,
        saved="rand_weight" in list(net.state_dict()),
        trained=not net.rand_weight.stop_gradient,
    )

# %% right: gradient without backward, flags by experiment, lists
def fancy_access(net, X):
    (gradient,) = paddle.grad(net(X), [net.dense.weight])
    state = net.state_dict()
    with tempfile.TemporaryDirectory() as folder:
        paddle.save(state, f"{folder}/net.pdparams")
        saved = paddle.load(f"{folder}/net.pdparams")
    twin = copy.deepcopy(net)
    before = twin.rand_weight.numpy()
    optimizer = paddle.optimizer.SGD(1.0, twin.parameters())
    twin(X).backward()
    optimizer.step()
    return {
        "weight": net.dense.weight.tolist(),
        "bias": net.dense.bias.tolist(),
        "constant": net.rand_weight.tolist(),
        "gradient": gradient.tolist(),
        "listed": paddle.to_tensor("rand_weight" in dict(net.named_parameters())),
        "saved": "rand_weight" in saved,
        "trained": bool((twin.rand_weight.numpy() != before).any()),
    }

# %% right: NumPy in float64, integers for flags
def fancy_access(net, X):
    net(X).backward()
    ids = {id(p): p for p in net.parameters()}
    held = ids.get(id(net.rand_weight))
    return {
        "weight": net.dense.weight.numpy().astype("float64"),
        "bias": net.dense.bias.astype("float64"),
        "constant": net.rand_weight,
        "gradient": net.dense.weight.grad,
        "listed": int(held is not None),
        "saved": int("rand_weight" in net.state_dict()),
        "trained": int(held is not None and held.trainable),
    }

# %% wrong: never goes backward -> fancy-access.no-gradient
def fancy_access(net, X):
    net(X)
    constant = net.rand_weight
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": not constant.stop_gradient,
    }

# %% wrong: a buffer counts as a parameter -> fancy-access.listed
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": "rand_weight" in net.state_dict(),
        "saved": "rand_weight" in net.state_dict(),
        "trained": not constant.stop_gradient,
    }

# %% wrong: all buffers are saved -> fancy-access.saved
def fancy_access(net, X):
    net(X).backward()
    parameters, buffers = dict(net.named_parameters()), dict(net.named_buffers())
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": net.rand_weight,
        "gradient": net.dense.weight.grad,
        "listed": "rand_weight" in parameters,
        "saved": "rand_weight" in parameters or "rand_weight" in buffers,
        "trained": not net.rand_weight.stop_gradient,
    }

# %% wrong: what is listed is trained -> fancy-access.trained
def fancy_access(net, X):
    net(X).backward()
    listed = "rand_weight" in dict(net.named_parameters())
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
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
        "weight": net.dense.weight,
        "bias": net.dense.bias,
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
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": not constant.stop_gradient,
    }

# %% wrong: draws a constant of its own -> fancy-access.constant
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": paddle.rand(constant.shape),
        "gradient": net.dense.weight.grad,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": not constant.stop_gradient,
    }

# %% wrong: turned into the layout of PyTorch -> fancy-access.transposed
def fancy_access(net, X):
    net(X).backward()
    constant = net.rand_weight
    return {
        "weight": net.dense.weight.T,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": net.dense.weight.grad.T,
        "listed": any(p is constant for p in net.parameters()),
        "saved": "rand_weight" in net.state_dict(),
        "trained": not constant.stop_gradient,
    }

# %% wrong: sees the constant in the parameters only -> fancy-access.raised
def fancy_access(net, X):
    net(X).backward()
    constant = dict(net.named_parameters())["rand_weight"]
    return {
        "weight": net.dense.weight,
        "bias": net.dense.bias,
        "constant": constant,
        "gradient": net.dense.weight.grad,
        "listed": True,
        "saved": True,
        "trained": not constant.stop_gradient,
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

facts = FACTS["paddle"]
public = draw("fancy-access", "paddle", PUBLIC_SEED)["cases"]

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
