# %% imports tags=["locked"]
import torch
from torch import nn

# %% fancy-class
class FancyMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.rand_weight = torch.rand(20, 20)
        self.dense = nn.Linear(20, 20)

    def forward(self, X):
        X = self.dense(X)
        X = torch.relu(X @ self.rand_weight + 1)
        X = self.dense(X)
        while X.abs().sum() > 1:
            X = X / 2
        return X.sum()

# %% fancy-run
torch.manual_seed(0)
net = FancyMLP()
X = torch.rand(2, 20)
net(X)

# %% fancy-listed
[(name, parameter.shape) for name, parameter in net.named_parameters()]

# %% fancy-saved
list(net.state_dict())

# %% fancy-buffer
rand_weight = net.rand_weight
del net.rand_weight
net.register_buffer("rand_weight", rand_weight)
list(net.state_dict()), [name for name, _ in net.named_parameters()]

# %% fancy-frozen
del net.rand_weight
net.rand_weight = nn.Parameter(rand_weight, requires_grad=False)
[(name, p.requires_grad) for name, p in net.named_parameters()]

# %% fancy-gradient
net(X).backward()
net.dense.weight.grad.shape, net.rand_weight.grad

# %% halvings-widget tags=["demonstration"]
from paramlab.widgets import tie_dissector

tie_dissector("fancy", scale=3.0)

# %% fancy-access
def fancy_access(net, X):
    """{{fancy-access-doc}}"""
    ### BEGIN SOLUTION
    net(X).backward()
    weight, constant = net.dense.weight, net.rand_weight
    listed = any(parameter is constant for parameter in net.parameters())
    return {
        "weight": weight.detach(),
        "bias": net.dense.bias.detach(),
        "constant": constant.detach(),
        "gradient": weight.grad,
        "listed": listed,
        "saved": "rand_weight" in net.state_dict(),
        "trained": listed and constant.requires_grad,
    }
    ### END SOLUTION

# %% survey-names
[name for name in dir(nn.init) if name.endswith("_") and name[0] != "_"]

# %% survey-read
print(nn.init.kaiming_uniform_.__doc__)

# %% survey-plot tags=["demonstration"]
from matplotlib import pyplot as plt

torch.manual_seed(0)
rules = [nn.init.xavier_uniform_, nn.init.xavier_normal_,
         nn.init.trunc_normal_, nn.init.orthogonal_]
fig, axes = plt.subplots(1, 4, figsize=(11, 2.2))
for ax, rule in zip(axes, rules):
    weight = rule(torch.empty(200, 100))
    ax.hist(weight.flatten().numpy(), bins=60)
    ax.set_title(rule.__name__)

# %% survey
def predict(rule, fan_in, fan_out, **arguments):
    """{{predict-doc}}"""
    ### BEGIN SOLUTION
    given = {"a": 0.0, "b": 1.0} if rule == "uniform_" else {}
    given.update(arguments)
    if rule == "constant_":
        return given["val"], 0.0
    if rule == "uniform_":
        a, b = given["a"], given["b"]
        return (a + b) / 2, (b - a) / 12**0.5
    if rule == "normal_":
        return given.get("mean", 0.0), given.get("std", 1.0)
    if rule == "trunc_normal_":
        std = given.get("std", 1.0)
        c = torch.tensor(given.get("b", 2.0) / std, dtype=torch.float64)
        bell = torch.distributions.Normal(0.0, 1.0)
        density = bell.log_prob(c).exp()
        return 0.0, std * (1 - 2 * c * density / (2 * bell.cdf(c) - 1)) ** 0.5
    gain = given.get("gain", 1.0)
    if rule == "orthogonal_":
        return 0.0, gain / max(fan_in, fan_out) ** 0.5
    if rule.startswith("xavier"):
        return 0.0, gain * (2 / (fan_in + fan_out)) ** 0.5
    nonlinearity = given.get("nonlinearity", "leaky_relu")
    gain = nn.init.calculate_gain(nonlinearity, given.get("a", 0))
    fan = fan_out if given.get("mode") == "fan_out" else fan_in
    return 0.0, gain / fan**0.5
    ### END SOLUTION

def measure(rule, fan_in, fan_out, **arguments):
    """{{measure-doc}}"""
    ### BEGIN SOLUTION
    layer = nn.Linear(fan_in, fan_out)
    getattr(nn.init, rule)(layer.weight, **arguments)
    return layer.weight.mean().item(), layer.weight.std().item()
    ### END SOLUTION

# %% data
torch.manual_seed(0)
X = torch.randn(64, 4)
w = torch.tensor([[0.5], [-1.0], [0.25], [0.0]])
y = torch.sin(2 * X @ w) + 0.05 * torch.randn(64, 1)
X.shape, y.shape

# %% monitor-widget tags=["demonstration"]
from paramlab.widgets import training_monitor

training_monitor(learning_rate=0.1, steps=100)

# %% monitor-plot tags=["demonstration"]
from matplotlib import pyplot as plt

monitor = training_monitor(learning_rate=0.1, steps=100)
monitor.go(100)
fig, axes = plt.subplots(1, 2, figsize=(10, 3))
for layer in monitor.compute().layers:
    axes[0].semilogy(layer.norms, label=layer.track.name)
    axes[1].semilogy(layer.gradient_norms, label=layer.track.name)
axes[0].set_title("weights")
axes[1].set_title("gradients")
legend = axes[0].legend()

# %% one-step
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
mse = nn.MSELoss()
loss = mse(net(X), y)
loss.backward()
before = net[2].bias.detach().clone()
optimizer.step()
before, net[2].bias.grad, net[2].bias.detach()

# %% one-step-checked
torch.allclose(net[2].bias, before - 0.1 * net[2].bias.grad)

# %% kept
kept = net[2].weight.detach()
copied = net[2].weight.detach().clone()
optimizer.step()
(kept == net[2].weight).all(), (copied == net[2].weight).all()

# %% broadcast
(net(X).reshape(-1) - y).shape

# %% tied-train
def build_net(num_inputs, num_hiddens):
    """{{build-net-doc}}"""
    ### BEGIN SOLUTION
    shared = nn.Linear(num_hiddens, num_hiddens)
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens), nn.ReLU(),
        shared, nn.ReLU(),
        shared, nn.ReLU(),
        nn.Linear(num_hiddens, 1),
    )
    ### END SOLUTION

def train(net, X, y, learning_rate, num_steps):
    """{{train-doc}}"""
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
    mse = nn.MSELoss()
    losses = []
    for _ in range(num_steps):
        optimizer.zero_grad()
        loss = mse(net(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION

# %% observe
def observe(net, X, y, learning_rate, num_steps):
    """{{observe-doc}}"""
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
    mse = nn.MSELoss()
    history = []
    for _ in range(num_steps):
        optimizer.zero_grad()
        mse(net(X), y).backward()
        history.append({
            name: (parameter.detach().clone(), parameter.grad.clone())
            for name, parameter in net.named_parameters()
        })
        optimizer.step()
    return history
    ### END SOLUTION

# %% own-loop-monitor tags=["demonstration"]
net = nn.Sequential(
    nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)
)
monitor = training_monitor(net, steps=300)
monitor

# %% own-loop tags=["demonstration"]
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(300):
    optimizer.zero_grad()
    loss = mse(net(X), y)
    loss.backward()
    optimizer.step()
    monitor.record(loss)

# %% windows
def signals(num_signals):
    signal = torch.randn(num_signals, 12)
    windows = signal.unfold(1, 3, 1)
    pattern = torch.tensor([1.0, -2.0, 1.0])
    noise = 0.5 * torch.randn(num_signals, 10)
    return windows, windows @ pattern + noise

torch.manual_seed(0)
windows, y = signals(6)
windows.shape, y.shape

# %% fit
own = torch.stack([
    torch.linalg.pinv(windows[:, t]) @ y[:, t] for t in range(10)
])
shared = torch.linalg.pinv(windows.reshape(-1, 3)) @ y.reshape(-1)
own.numel(), shared.numel()

# %% fit-tested
windows, y = signals(1000)
own_outputs = (windows * own).sum(dim=2)
mse(own_outputs, y), mse(windows @ shared, y)

# %% why-share
def why_share(width, num_uses, num_bytes, gradients, places):
    """{{why-share-doc}}"""
    ### BEGIN SOLUTION
    saved = (num_uses - 1) * (width * width + width)
    (X1, Y1), (X2, Y2) = places
    W = torch.linalg.lstsq(X1, Y1).solution
    return {
        "parameters": saved,
        "bytes": 4 * saved * num_bytes,
        "products": num_uses * width * width,
        "gradient": sum(gradients),
        "share": torch.allclose(X2 @ W, Y2, atol=0.01),
    }
    ### END SOLUTION
