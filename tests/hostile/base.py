# The submission that every attack is put into: right, half right and wrong.
# Without the attack it earns what this earns, and with it no more.

# %% gradient-states
def gradient_states(net, X):
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad.clone()
    net.zero_grad()
    return {"before": before, "after": after, "cleared": weight.grad}

# %% parameter-shapes
def parameter_shapes(net):
    return {n: tuple(p.shape) for n, p in net.named_parameters() if p.requires_grad}

# %% count-parameters
def count_parameters(net):
    return sum(p.numel() for p in net.parameters())

# %% nested-bias
def nested_bias(net, i):
    return net[0][0][0].bias

# %% nested-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return nn.Sequential(nn.Linear(num_inputs, num_outputs))

# %% tied-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [nn.Linear(num_hiddens, num_hiddens), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% tied-or-equal
def is_tied(a, b):
    return torch.equal(a.weight, b.weight)

# %% count-tied
def count_tied(net):
    count = sum(p.numel() for p in net.parameters())
    return count, count
