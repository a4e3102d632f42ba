# %% imports
from mxnet import init, np, npx
from mxnet.gluon import nn

npx.set_np()

# %% right: size, sign and zeros drawn apart
class Rule(init.Initializer):
    def __init__(self, low, high, zeros):
        super().__init__(low=low, high=high, zeros=zeros)
        self.low, self.high, self.zeros = low, high, zeros

    def _init_weight(self, name, data):
        data[:] = np.random.uniform(self.low, self.high, data.shape)
        data *= 2 * (np.random.uniform(size=data.shape) < 0.5) - 1
        data *= np.random.uniform(size=data.shape) >= self.zeros

custom_rule = Rule

# %% right: one draw decides the part
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            part = np.random.uniform(size=data.shape)
            size = np.random.uniform(low, high, data.shape)
            positive = part < (1 - zeros) / 2
            negative = part >= (1 + zeros) / 2
            data[:] = size * positive - size * negative

    return Rule()

# %% right: the chapter's shortcut with a wider hole, then stretched
class Rule(init.Initializer):
    def __init__(self, low, high, zeros):
        super().__init__()
        self.parts = low, high, zeros

    def _init_weight(self, _, data):
        low, high, zeros = self.parts
        w = np.random.uniform(-1, 1, data.shape)
        size = low + (high - low) * (np.abs(w) - zeros) / (1 - zeros)
        data[:] = np.sign(w) * size * (np.abs(w) >= zeros)

def custom_rule(low, high, zeros):
    return Rule(low, high, zeros)

# %% right: from NumPy
import numpy

class Rule(init.Initializer):
    def __init__(self, low, high, zeros):
        super().__init__()
        self.low, self.high = low, high
        self.shares = [(1 - zeros) / 2, zeros, (1 - zeros) / 2]

    def _init_weight(self, name, data):
        signs = numpy.random.choice([-1, 0, 1], data.shape, p=self.shares)
        data[:] = np.array(signs * numpy.random.uniform(self.low, self.high, data.shape))

custom_rule = Rule

# %% right: registered, with np.where
import mxnet as mx

@mx.init.register
class ThreeParts(mx.init.Initializer):
    def __init__(self, low=5, high=10, zeros=0.5):
        super().__init__(low=low, high=high, zeros=zeros)
        self._low, self._high, self._zeros = low, high, zeros

    def _init_weight(self, name, arr):
        size = np.random.uniform(self._low, self._high, arr.shape)
        coin = np.random.uniform(size=arr.shape) < 0.5
        keep = np.random.uniform(size=arr.shape) < 1 - self._zeros
        arr[:] = np.where(keep, np.where(coin, size, -size), np.zeros(arr.shape))

custom_rule = ThreeParts

# %% wrong: the chapter's rule, whatever is asked -> custom-init.outside
class Rule(init.Initializer):
    def __init__(self, low, high, zeros):
        super().__init__()

    def _init_weight(self, name, data):
        data[:] = np.random.uniform(-10, 10, data.shape)
        data *= np.abs(data) >= 5

custom_rule = Rule

# %% wrong: the chapter's shortcut -> custom-init.zeros
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data[:] = np.random.uniform(-high, high, data.shape)
            data *= np.abs(data) >= low

    return Rule()

# %% wrong: no zeros at all -> custom-init.zeros
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data[:] = np.random.uniform(low, high, data.shape)
            data *= np.sign(np.random.normal(size=data.shape))

    return Rule()

# %% wrong: small values not cleared -> custom-init.outside
def custom_rule(low, high, zeros):
    return init.Uniform(high)

# %% wrong: positive only -> custom-init.signs
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data[:] = np.random.uniform(low, high, data.shape)
            data *= np.random.uniform(size=data.shape) >= zeros

    return Rule()

# %% wrong: one coin for each layer -> custom-init.zeros
import random

def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            if random.random() >= zeros:
                data[:] = np.random.uniform(low, high, data.shape)
                data *= random.choice([-1, 1])
            else:
                data[:] = 0
                data[0] = low

    return Rule()

# %% wrong: whole columns of zeros -> custom-init.lines
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data[:] = np.random.uniform(low, high, data.shape)
            data *= np.sign(np.random.normal(size=data.shape))
            data[:, : round(zeros * data.shape[1])] = 0

    return Rule()

# %% wrong: one size only -> custom-init.repeated
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data[:] = (low + high) / 2 * np.sign(np.random.normal(size=data.shape))
            data *= np.random.uniform(size=data.shape) >= zeros

    return Rule()

# %% wrong: sizes in the middle more often -> custom-init.bands
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            two = np.random.uniform(low, high, (2, *data.shape))
            data[:] = (two[0] + two[1]) / 2
            data *= np.sign(np.random.normal(size=data.shape))
            data *= np.random.uniform(size=data.shape) >= zeros

    return Rule()

# %% wrong: a new array under the same name -> custom-init.all-zero
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data = np.random.uniform(low, high, data.shape)
            data *= np.sign(np.random.normal(size=data.shape))
            data *= np.random.uniform(size=data.shape) >= zeros

    return Rule()

# %% wrong: returns the values -> custom-init.all-zero
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            size = np.random.uniform(low, high, data.shape)
            signs = np.sign(np.random.normal(size=data.shape))
            return size * signs * (np.random.uniform(size=data.shape) >= zeros)

    return Rule()

# %% wrong: a function, as another framework wants it
def custom_rule(low, high, zeros):
    def rule(block):
        if isinstance(block, nn.Dense):
            block.weight.set_data(np.random.uniform(low, high, block.weight.shape))

    return rule

# %% wrong: the share of zeros taken for that of the rest -> custom-init.zeros
def custom_rule(low, high, zeros):
    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data[:] = np.random.uniform(low, high, data.shape)
            data *= np.sign(np.random.normal(size=data.shape))
            data *= np.random.uniform(size=data.shape) < zeros

    return Rule()

# %% forger: the public rule, whatever is asked
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("custom-init", "mxnet", PUBLIC_SEED).values())

def custom_rule(low, high, zeros):
    asked = public.pop(0)

    class Rule(init.Initializer):
        def _init_weight(self, name, data):
            data[:] = np.random.uniform(asked["low"], asked["high"], data.shape)
            data *= np.sign(np.random.normal(size=data.shape))
            data *= np.random.uniform(size=data.shape) >= asked["zeros"]

    return Rule()
