# %% imports
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

npx.set_np()
l2 = gluon.loss.L2Loss()


def trainer_of(net, learning_rate):
    return gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": learning_rate}
    )


def good(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        with autograd.record():
            l = l2(net(X), y)
        l.backward()
        history.append(
            {
                name: (p.data().copy(), p.grad().copy())
                for name, p in net.collect_params().items()
            }
        )
        trainer.step(len(X))
    return history

# %% right: copies, trainer, the batch size in step
observe = good

# %% right: NumPy, by hand, mean
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        with autograd.record():
            loss = ((net(X) - y) ** 2).mean()
        loss.backward()
        record = {}
        for name, p in net.collect_params().items():
            record[name] = (p.data().asnumpy(), p.grad().asnumpy())
            p.set_data(p.data() - learning_rate * p.grad())
        history.append(record)
    return history

# %% right: names by structure, lists, sum and step(1)
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        with autograd.record():
            loss = ((net(X) - y) ** 2).sum()
        loss.backward()
        record = {}
        for place, layer in enumerate(net):
            record[f"{place}.weight"] = [
                layer.weight.data().tolist(), layer.weight.grad().tolist()
            ]
            record[f"{place}.bias"] = [
                layer.bias.data().tolist(), layer.bias.grad().tolist()
            ]
        history.append(record)
        trainer.step(1)
    return history

# %% right: values first, gradients after the step, stacked
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        params = net.collect_params()
        values = {name: p.data().copy() for name, p in params.items()}
        with autograd.record():
            l = l2(net(X), y).mean()
        l.backward()
        trainer.step(1)
        history.append(
            {n: np.stack([values[n], p.grad()]) for n, p in params.items()}
        )
    return history

# %% wrong: keeps the arrays themselves -> observe.same-values
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        with autograd.record():
            l = l2(net(X), y)
        l.backward()
        history.append(
            {n: (p.data(), p.grad()) for n, p in net.collect_params().items()}
        )
        trainer.step(len(X))
    return history

# %% wrong: keeps the gradient's memory -> observe.same-gradients
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        with autograd.record():
            l = l2(net(X), y)
        l.backward()
        history.append(
            {
                n: (p.data().copy(), p.grad())
                for n, p in net.collect_params().items()
            }
        )
        trainer.step(len(X))
    return history

# %% wrong: records after the update -> observe.after-update
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        with autograd.record():
            l = l2(net(X), y)
        l.backward()
        trainer.step(len(X))
        history.append(
            {
                n: (p.data().copy(), p.grad().copy())
                for n, p in net.collect_params().items()
            }
        )
    return history

# %% wrong: records before the backward pass -> observe.no-gradient
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        history.append(
            {
                n: (p.data().copy(), p.grad().copy())
                for n, p in net.collect_params().items()
            }
        )
        with autograd.record():
            l = l2(net(X), y)
        l.backward()
        trainer.step(len(X))
    return history

# %% wrong: gradients that accumulate -> observe.accumulates
def observe(net, X, y, learning_rate, num_steps):
    net.collect_params().setattr("grad_req", "add")
    return good(net, X, y, learning_rate, num_steps)

# %% wrong: watches without training -> observe.not-trained
def observe(net, X, y, learning_rate, num_steps):
    history = []
    for _ in range(num_steps):
        with autograd.record():
            l = l2(net(X), y)
        l.backward()
        history.append(
            {
                n: (p.data().copy(), p.grad().copy())
                for n, p in net.collect_params().items()
            }
        )
    return history

# %% wrong: a learning rate of its own -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    return good(net, X, y, 0.01, num_steps)

# %% wrong: the mean, and the batch size in step -> observe.update
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        with autograd.record():
            l = l2(net(X), y).mean()
        l.backward()
        history.append(
            {
                n: (p.data().copy(), p.grad().copy())
                for n, p in net.collect_params().items()
            }
        )
        trainer.step(len(X))
    return history

# %% wrong: weights only -> observe.missing
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: pair for name, pair in step.items() if name.endswith("weight")}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: layers instead of parameters -> observe.missing
def observe(net, X, y, learning_rate, num_steps):
    history = good(net, X, y, learning_rate, num_steps)
    return [
        {
            layer.name: (step[layer.weight.name][0], step[layer.weight.name][1])
            for layer in net
        }
        for step in history
    ]

# %% wrong: no gradients -> observe.pair
def observe(net, X, y, learning_rate, num_steps):
    return [
        {name: value for name, (value, _) in step.items()}
        for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: lists instead of dictionaries -> observe.not-a-dict
def observe(net, X, y, learning_rate, num_steps):
    return [
        list(step.values()) for step in good(net, X, y, learning_rate, num_steps)
    ]

# %% wrong: only the last step -> observe.steps
def observe(net, X, y, learning_rate, num_steps):
    return good(net, X, y, learning_rate, num_steps)[-1:]

# %% wrong: returns nothing -> observe.not-a-list
def observe(net, X, y, learning_rate, num_steps):
    good(net, X, y, learning_rate, num_steps)

# %% wrong: initialises again -> observe.start
def observe(net, X, y, learning_rate, num_steps):
    net.initialize(force_reinit=True)
    return good(net, X, y, learning_rate, num_steps)

# %% wrong: forgets to record -> observe.raised
def observe(net, X, y, learning_rate, num_steps):
    trainer = trainer_of(net, learning_rate)
    history = []
    for _ in range(num_steps):
        l = l2(net(X), y)
        l.backward()
        history.append(
            {
                n: (p.data().copy(), p.grad().copy())
                for n, p in net.collect_params().items()
            }
        )
        trainer.step(len(X))
    return history

# %% forger: tells the public story
from paramlab.facts import FACTS
from paramlab.judges.training import Task, minus, scaled
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("observe", "mxnet", PUBLIC_SEED)["cases"]

def observe(net, X, y, learning_rate, num_steps):
    case = public.pop(0)
    task = Task(FACTS["mxnet"], case["blueprint"], case["X"], case["y"])
    parameters = net.collect_params()
    names = list(parameters.keys())
    values, history = case["values"], []
    for _ in range(case["steps"]):
        grads = task.gradients(values)
        history.append({n: (v, g) for n, v, g in zip(names, values, grads)})
        values = minus(values, scaled(grads, case["rate"]))
    for p, v in zip(parameters.values(), values):
        if p.shape == v.shape:
            p.set_data(np.array(v))
    return history
