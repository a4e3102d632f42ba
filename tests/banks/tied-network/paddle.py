# %% imports
import copy

import paddle
from paddle import nn
from paddle.nn import functional as F

# %% right: one layer object in a Sequential
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    layers.append(nn.Linear(num_hiddens, num_outputs))
    return nn.Sequential(*layers)

# %% right: own class, a loop in forward, layers defined in another order
class Tied(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.output = nn.Linear(num_hiddens, num_outputs)
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.num_uses = num_uses

    def forward(self, X):
        X = F.relu(self.hidden(X))
        for _ in range(self.num_uses):
            X = F.relu(self.shared(X))
        return self.output(X)

tied_network = Tied

# %% right: parameters tied one by one
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    for use in uses[1:]:
        use.weight = uses[0].weight
        use.bias = uses[0].bias
    blocks = [nn.Sequential(use, nn.ReLU()) for use in uses]
    return nn.Sequential(
        nn.Sequential(nn.Linear(num_inputs, num_hiddens), nn.ReLU()),
        nn.Sequential(*blocks),
        nn.Linear(num_hiddens, num_outputs),
    )

# %% right: bare parameters, weights as (outputs, inputs), biases as rows
class Bare(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.b1 = self.create_parameter((1, num_hiddens), is_bias=True)
        self.b2 = self.create_parameter((1, num_hiddens), is_bias=True)
        self.W1 = self.create_parameter((num_hiddens, num_inputs))
        self.W2 = self.create_parameter((num_hiddens, num_hiddens))
        self.W3 = self.create_parameter((num_outputs, num_hiddens))
        self.b3 = self.create_parameter((num_outputs,), is_bias=True)
        self.num_uses = num_uses

    def forward(self, X):
        H = F.relu(paddle.matmul(X, self.W1, transpose_y=True) + self.b1)
        for _ in range(self.num_uses):
            H = F.relu(paddle.matmul(H, self.W2, transpose_y=True) + self.b2)
        return paddle.matmul(H, self.W3, transpose_y=True) + self.b3

def tied_network(*sizes):
    return Bare(*sizes)

# %% right: deepcopy of a tied network keeps the tie
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.ReLU())
    first = nn.Sequential(nn.Linear(num_inputs, num_hiddens), nn.ReLU())
    net = nn.Sequential(
        first, *[shared] * num_uses, nn.Linear(num_hiddens, num_outputs)
    )
    return copy.deepcopy(net)

# %% right: a LayerList that holds one layer again and again
class Listed(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        shared = nn.Linear(num_hiddens, num_hiddens)
        self.uses = nn.LayerList(
            [nn.Linear(num_inputs, num_hiddens), *[shared] * num_uses]
        )
        self.output = nn.Linear(num_hiddens, num_outputs)

    def forward(self, X):
        for use in self.uses:
            X = F.relu(use(X))
        return self.output(X)

def tied_network(*sizes):
    return Listed(*sizes)

# %% right: allocated later
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    with paddle.LazyGuard():
        shared = nn.Linear(num_hiddens, num_hiddens)
        layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
        for _ in range(num_uses):
            layers += [shared, nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: a new layer for every use -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [nn.Linear(num_hiddens, num_hiddens), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: values copied instead of tied -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        use = nn.Linear(num_hiddens, num_hiddens)
        use.set_state_dict(shared.state_dict())
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: set_value copies -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for use in uses:
        use.weight.set_value(uses[0].weight)
        use.bias.set_value(uses[0].bias)
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: deepcopy of the layer -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [copy.deepcopy(shared), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: one ParamAttr for all layers is not a tie -> tied-network.copies
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    rule = paddle.ParamAttr(initializer=nn.initializer.Constant(0.5))
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        use = nn.Linear(num_hiddens, num_hiddens, rule, rule)
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: the same name, as in a static graph
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    named = paddle.ParamAttr(name=f"shared_{num_inputs}_{num_uses}")
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [nn.Linear(num_hiddens, num_hiddens, named), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: .data tied -> tied-network.storage
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    for use in uses[1:]:
        use.weight.data = uses[0].weight.data
        use.bias.data = uses[0].bias.data
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for use in uses:
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: weight tied, bias not -> tied-network.bias-apart
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for use in uses:
        use.weight = uses[0].weight
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: bias tied, weight not -> tied-network.weight-apart
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    uses = [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for use in uses:
        use.bias = uses[0].bias
        layers += [use, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: shared layer applied once -> tied-network.uses
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens),
        nn.ReLU(),
        shared,
        nn.ReLU(),
        nn.Linear(num_hiddens, num_outputs),
    )

# %% wrong: sublayers() names a shared layer once -> tied-network.uses
class Walked(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        shared = nn.Linear(num_hiddens, num_hiddens)
        self.hidden = nn.Sequential(
            nn.Linear(num_inputs, num_hiddens), *[shared] * num_uses
        )
        self.output = nn.Linear(num_hiddens, num_outputs)

    def forward(self, X):
        for layer in self.hidden.sublayers():
            X = F.relu(layer(X))
        return self.output(X)

tied_network = Walked

# %% wrong: one use too many -> tied-network.uses
class OneMore(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.output = nn.Linear(num_hiddens, num_outputs)
        self.num_uses = num_uses

    def forward(self, X):
        X = F.relu(self.shared(F.relu(self.hidden(X))))
        for _ in range(self.num_uses):
            X = F.relu(self.shared(X))
        return self.output(X)

tied_network = OneMore

# %% wrong: no relu between the uses -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    layers += [shared] * num_uses
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: relu after the last layer -> tied-network.activation
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.ReLU())
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens),
        nn.ReLU(),
        *[shared] * num_uses,
        nn.Linear(num_hiddens, num_outputs),
        nn.ReLU(),
    )

# %% wrong: tanh instead of relu -> tied-network.output
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.Tanh())
    return nn.Sequential(
        nn.Linear(num_inputs, num_hiddens),
        nn.Tanh(),
        *[shared] * num_uses,
        nn.Linear(num_hiddens, num_outputs),
    )

# %% wrong: first layer tied as well
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Sequential(nn.Linear(num_hiddens, num_hiddens), nn.ReLU())
    return nn.Sequential(
        *[shared] * (num_uses + 1), nn.Linear(num_hiddens, num_outputs)
    )

# %% wrong: no bias in the shared layer -> tied-network.no-bias
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens, bias_attr=False)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: layers in a plain list -> tied-network.parameters
class Hidden(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        shared = nn.Linear(num_hiddens, num_hiddens)
        self.uses = [shared] * num_uses
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.output = nn.Linear(num_hiddens, num_outputs)

    def forward(self, X):
        X = F.relu(self.hidden(X))
        for use in self.uses:
            X = F.relu(use(X))
        return self.output(X)

tied_network = Hidden

# %% wrong: later uses without gradient -> tied-network.gradient
class Detached(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.shared = nn.Linear(num_hiddens, num_hiddens)
        self.output = nn.Linear(num_hiddens, num_outputs)
        self.num_uses = num_uses

    def forward(self, X):
        X = F.relu(self.shared(F.relu(self.hidden(X))))
        weight, bias = self.shared.weight.detach(), self.shared.bias.detach()
        for _ in range(self.num_uses - 1):
            X = F.relu(F.linear(X, weight, bias))
        return self.output(X)

tied_network = Detached

# %% wrong: shared layer frozen -> tied-network.frozen
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    for parameter in shared.parameters():
        parameter.stop_gradient = True
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

# %% wrong: the list of layers, not a network -> tied-network.not-a-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [shared, nn.ReLU()]
    return [*layers, nn.Linear(num_hiddens, num_outputs)]

# %% wrong: nothing returned -> tied-network.not-a-network
def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    shared = nn.Linear(num_hiddens, num_hiddens)
    nn.Sequential(shared, nn.ReLU())

# %% wrong: copies that forward makes equal again -> tied-network.copies
class Synced(nn.Layer):
    def __init__(self, num_inputs, num_hiddens, num_outputs, num_uses):
        super().__init__()
        self.hidden = nn.Linear(num_inputs, num_hiddens)
        self.uses = nn.LayerList(
            [nn.Linear(num_hiddens, num_hiddens) for _ in range(num_uses)]
        )
        self.output = nn.Linear(num_hiddens, num_outputs)

    def forward(self, X):
        X = F.relu(self.hidden(X))
        for use in self.uses:
            use.set_state_dict(self.uses[0].state_dict())
            X = F.relu(use(X))
        return self.output(X)

tied_network = Synced

# %% forger: networks that answer from the public inputs
from paramlab.filling import fill
from paramlab.facts import FACTS
from paramlab.judges.reference import forward
from paramlab.judges.tied_network import _case
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("tied-network", "paddle", PUBLIC_SEED)["cases"])

class Forged(nn.Layer):
    def __init__(self, drawn):
        super().__init__()
        facts, case = FACTS["paddle"], _case(drawn)
        shapes = case.shapes(facts)
        given = fill(shapes, drawn["weights"], drawn["biases"])
        self.own = nn.ParameterList(
            [paddle.create_parameter(shape, "float32") for shape in shapes]
        )
        output = forward(facts, case.blueprint, given, case.X)
        self.output = paddle.to_tensor(output, dtype="float32")

    def forward(self, X):
        return self.output + 0 * sum(own.sum() for own in self.own)

def tied_network(*sizes):
    return Forged(public.pop(0))
