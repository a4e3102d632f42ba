# %% imports
import tempfile
from pathlib import Path

from mxnet import autograd, gluon, np, npx

npx.set_np()


def value_of(constant):
    return constant.data() if isinstance(constant, gluon.Parameter) else constant


# %% right: one question each
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    constant = net.rand_weight
    is_parameter = isinstance(constant, gluon.Parameter)
    listed = any(p is constant for p in net.collect_params().values())
    return {
        "weight": net.dense.weight.data(),
        "bias": net.dense.bias.data(),
        "constant": constant.data() if is_parameter else constant,
        "gradient": net.dense.weight.grad(),
        "listed": listed,
        "saved": listed,
        "trained": listed and constant.grad_req != "null",
    }

# %% right: by name, in NumPy, saved by saving
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    params = net.collect_params()
    name = next((n for n in params.keys() if n.endswith("rand_weight")), None)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "net.params")
        net.save_parameters(file)
        saved = npx.load(file)
    return dict(
        weight=net.dense.weight.data().asnumpy(),
        bias=net.dense.bias.data().asnumpy(),
        constant=value_of(net.rand_weight).asnumpy(),
        gradient=net.dense.weight.grad().asnumpy(),
        listed=name is not None,
        saved="rand_weight" in saved,
        trained=name is not None and params[name].grad_req == "write",
    )

# %% right: gradient without storage, lists, integers
def fancy_access(net, X):
    weight = net.dense.weight.data()
    with autograd.record():
        out = net(X).sum()
    gradient = autograd.grad(out, weight)
    held = getattr(net.rand_weight, "grad_req", None)
    return {
        "weight": weight.tolist(),
        "bias": net.dense.bias.data().tolist(),
        "constant": value_of(net.rand_weight).tolist(),
        "gradient": gradient[0] if isinstance(gradient, list) else gradient,
        "listed": int(held is not None),
        "saved": np.array(held is not None),
        "trained": int(held not in (None, "null")),
    }

# %% right: trained by training
def fancy_access(net, X):
    constant, weight = net.rand_weight, net.dense.weight
    answer = {
        "weight": weight.data().copy(),
        "bias": net.dense.bias.data().copy(),
        "constant": value_of(constant).copy(),
        "listed": id(constant) in [id(p) for p in net.collect_params().values()],
        "saved": "rand_weight" in net._collect_params_with_prefix(),
    }
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
    with autograd.record():
        out = net(X)
    out.backward()
    answer["gradient"] = weight.grad().copy()
    trainer.step(1)
    answer["trained"] = bool((value_of(constant) != answer["constant"]).any())
    return answer

# %% wrong: never goes backward -> fancy-access.no-gradient
def fancy_access(net, X):
    net(X)
    constant = net.rand_weight
    listed = isinstance(constant, gluon.Parameter)
    return {
        "weight": net.dense.weight.data(),
        "bias": net.dense.bias.data(),
        "constant": value_of(constant),
        "gradient": net.dense.weight.grad(),
        "listed": listed,
        "saved": listed,
        "trained": listed and constant.grad_req != "null",
    }

# %% wrong: the book's constant, always -> fancy-access.raised
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    return {
        "weight": net.dense.weight.data(),
        "bias": net.dense.bias.data(),
        "constant": net.rand_weight.data(),
        "gradient": net.dense.weight.grad(),
        "listed": True,
        "saved": True,
        "trained": False,
    }

# %% wrong: a constant is not listed -> fancy-access.listed
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    constant = net.rand_weight
    trained = getattr(constant, "grad_req", "null") != "null"
    return {
        "weight": net.dense.weight.data(),
        "bias": net.dense.bias.data(),
        "constant": value_of(constant),
        "gradient": net.dense.weight.grad(),
        "listed": trained,
        "saved": isinstance(constant, gluon.Parameter),
        "trained": trained,
    }

# %% wrong: constants are not saved -> fancy-access.saved
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    constant = net.rand_weight
    trained = getattr(constant, "grad_req", "null") != "null"
    return {
        "weight": net.dense.weight.data(),
        "bias": net.dense.bias.data(),
        "constant": value_of(constant),
        "gradient": net.dense.weight.grad(),
        "listed": isinstance(constant, gluon.Parameter),
        "saved": trained,
        "trained": trained,
    }

# %% wrong: what is listed is trained -> fancy-access.trained
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    listed = isinstance(net.rand_weight, gluon.Parameter)
    return {
        "weight": net.dense.weight.data(),
        "bias": net.dense.bias.data(),
        "constant": value_of(net.rand_weight),
        "gradient": net.dense.weight.grad(),
        "listed": listed,
        "saved": listed,
        "trained": listed,
    }

# %% wrong: the bias of zeros that a new layer has -> fancy-access.bias
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    constant = net.rand_weight
    listed = isinstance(constant, gluon.Parameter)
    return {
        "weight": net.dense.weight.data(),
        "bias": np.zeros(net.dense.bias.shape),
        "constant": value_of(constant),
        "gradient": net.dense.weight.grad(),
        "listed": listed,
        "saved": listed,
        "trained": listed and constant.grad_req != "null",
    }

# %% wrong: transposed -> fancy-access.transposed
def fancy_access(net, X):
    with autograd.record():
        out = net(X)
    out.backward()
    constant = net.rand_weight
    listed = isinstance(constant, gluon.Parameter)
    return {
        "weight": net.dense.weight.data().T,
        "bias": net.dense.bias.data(),
        "constant": value_of(constant),
        "gradient": net.dense.weight.grad(),
        "listed": listed,
        "saved": listed,
        "trained": listed and constant.grad_req != "null",
    }

# %% wrong: values only -> fancy-access.missing
def fancy_access(net, X):
    return {name: p.data() for name, p in net.collect_params().items()}

# %% wrong: prints -> fancy-access.not-a-dict
def fancy_access(net, X):
    print(net.collect_params())

# %% forger: computes from the public cases
from paramlab.facts import FACTS
from paramlab.judges.fancy import fancy_gradient
from paramlab.judges.verdict import PUBLIC_SEED, draw

facts = FACTS["mxnet"]
public = draw("fancy-access", "mxnet", PUBLIC_SEED)["cases"]

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
