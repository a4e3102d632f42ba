# %% imports tags=["locked"]
from statistics import NormalDist

import paddle
from paddle import nn

# %% fancy-class
class FancyMLP(nn.Layer):
    def __init__(self):
        super().__init__()
        self.rand_weight = paddle.rand([20, 20])
        self.dense = nn.Linear(20, 20)

    def forward(self, X):
        X = self.dense(X)
        X = nn.functional.relu(X @ self.rand_weight + 1)
        X = self.dense(X)
        while X.abs().sum() > 1:
            X = X / 2
        return X.sum()

# %% fancy-run
paddle.seed(2)
net = FancyMLP()
X = paddle.rand([2, 20])
net(X)

# %% fancy-listed
[(name, parameter.shape) for name, parameter in net.named_parameters()]

# %% fancy-buffers
[name for name, _ in net.named_buffers()]

# %% fancy-saved
list(net.state_dict())

# %% fancy-buffer
rand_weight = net.rand_weight
net.register_buffer('rand_weight', rand_weight)
list(net.state_dict()), [name for name, _ in net.named_parameters()]

# %% fancy-frozen
frozen = paddle.ParamAttr(
    initializer=nn.initializer.Assign(rand_weight), trainable=False)
net.rand_weight = net.create_parameter([20, 20], frozen)
[(name, p.trainable) for name, p in net.named_parameters()]

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
        'weight': weight.detach(),
        'bias': net.dense.bias.detach(),
        'constant': constant.detach(),
        'gradient': weight.grad,
        'listed': listed,
        'saved': 'rand_weight' in net.state_dict(),
        'trained': listed and constant.trainable,
    }
    ### END SOLUTION

# %% survey-names
nn.initializer.__all__

# %% survey-read
print(nn.initializer.KaimingUniform.__doc__)

# %% survey-plot tags=["demonstration"]
from matplotlib import pyplot as plt

paddle.seed(0)
rules = [nn.initializer.XavierUniform(), nn.initializer.XavierNormal(),
         nn.initializer.TruncatedNormal(), nn.initializer.Orthogonal()]
fig, axes = plt.subplots(1, 4, figsize=(11, 2.2))
for ax, rule in zip(axes, rules):
    layer = nn.Linear(100, 200, weight_attr=rule)
    ax.hist(layer.weight.numpy().ravel(), bins=60)
    ax.set_title(type(rule).__name__)

# %% survey
def predict(rule, fan_in, fan_out, **arguments):
    """{{predict-doc}}"""
    ### BEGIN SOLUTION
    if rule == 'Constant':
        return arguments.get('value', 0.0), 0.0
    if rule == 'Uniform':
        low, high = arguments.get('low', -1.0), arguments.get('high', 1.0)
        return (low + high) / 2, (high - low) / 12**0.5
    if rule == 'Normal':
        return arguments.get('mean', 0.0), arguments.get('std', 1.0)
    if rule == 'TruncatedNormal':
        std = arguments.get('std', 1.0)
        c = arguments.get('b', 2.0) / std
        bell = NormalDist()
        lost = 2 * c * bell.pdf(c) / (2 * bell.cdf(c) - 1)
        return 0.0, std * (1 - lost) ** 0.5
    gain = arguments.get('gain', 1.0)
    if rule == 'Orthogonal':
        return 0.0, gain / max(fan_in, fan_out) ** 0.5
    if rule.startswith('Xavier'):
        return 0.0, gain * (2 / (fan_in + fan_out)) ** 0.5
    gain = nn.initializer.calculate_gain(
        arguments.get('nonlinearity', 'relu'),
        arguments.get('negative_slope', 0.0))
    fan = fan_out if arguments.get('mode') == 'fan_out' else fan_in
    return 0.0, gain / fan**0.5
    ### END SOLUTION

def measure(rule, fan_in, fan_out, **arguments):
    """{{measure-doc}}"""
    ### BEGIN SOLUTION
    initializer = getattr(nn.initializer, rule)(**arguments)
    weight = nn.Linear(fan_in, fan_out, weight_attr=initializer).weight
    return weight.mean().item(), weight.std().item()
    ### END SOLUTION

# %% data
paddle.seed(0)
X = paddle.randn([64, 4])
w = paddle.to_tensor([[0.5], [-1.0], [0.25], [0.0]])
y = paddle.sin(2 * X @ w) + 0.05 * paddle.randn([64, 1])
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
axes[0].set_title('weights')
axes[1].set_title('gradients')
legend = axes[0].legend()

# %% one-step
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = paddle.optimizer.SGD(0.1, parameters=net.parameters())
mse = nn.MSELoss()
loss = mse(net(X), y)
loss.backward()
before = net[2].bias.detach().clone()
optimizer.step()
before, net[2].bias.grad, net[2].bias.detach()

# %% one-step-checked
after = before - 0.1 * net[2].bias.grad
paddle.allclose(net[2].bias, after).item()

# %% kept
kept = net[2].weight.detach()
copied = net[2].weight.detach().clone()
optimizer.step()
weight = net[2].weight
(kept == weight).all().item(), (copied == weight).all().item()

# %% broadcast
(net(X).reshape([-1]) - y).shape

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
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    mse = nn.MSELoss()
    losses = []
    for _ in range(num_steps):
        optimizer.clear_grad()
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
    optimizer = paddle.optimizer.SGD(learning_rate, net.parameters())
    mse = nn.MSELoss()
    history = []
    for _ in range(num_steps):
        optimizer.clear_grad()
        mse(net(X), y).backward()
        history.append({
            name: (parameter.numpy(), parameter.grad.numpy())
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
optimizer = paddle.optimizer.Adam(0.01, parameters=net.parameters())
for _ in range(300):
    optimizer.clear_grad()
    loss = mse(net(X), y)
    loss.backward()
    optimizer.step()
    monitor.record(loss)

# %% windows
def signals(num_signals):
    signal = paddle.randn([num_signals, 12])
    windows = signal.unfold(1, 3, 1)
    pattern = paddle.to_tensor([1.0, -2.0, 1.0])
    noise = 0.5 * paddle.randn([num_signals, 10])
    return windows, windows @ pattern + noise

paddle.seed(0)
windows, y = signals(6)
windows.shape, y.shape

# %% fit
own = paddle.stack([
    paddle.linalg.pinv(windows[:, t]) @ y[:, t] for t in range(10)
])
shared = paddle.linalg.pinv(windows.reshape([-1, 3])) @ y.reshape([-1])
own.size, shared.size

# %% fit-tested
windows, y = signals(1000)
own_outputs = (windows * own).sum(axis=2)
mse(own_outputs, y), mse(windows @ shared, y)

# %% why-share
def why_share(width, num_uses, num_bytes, gradients, places):
    """{{why-share-doc}}"""
    ### BEGIN SOLUTION
    saved = (num_uses - 1) * (width * width + width)
    (X1, Y1), (X2, Y2) = places
    W = paddle.linalg.pinv(X1) @ Y1
    return {
        'parameters': saved,
        'bytes': 4 * saved * num_bytes,
        'products': num_uses * width * width,
        'gradient': sum(gradients),
        'share': paddle.allclose(X2 @ W, Y2, atol=0.01),
    }
    ### END SOLUTION
