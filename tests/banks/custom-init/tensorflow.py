# %% imports
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import initializers, layers

# %% right: size, sign and zeros drawn apart
class Rule(initializers.Initializer):
    def __init__(self, low, high, zeros):
        self.low, self.high, self.zeros = low, high, zeros

    def __call__(self, shape, dtype=None, **kwargs):
        dtype = dtype or tf.float32
        size = tf.random.uniform(shape, self.low, self.high, dtype)
        signs = tf.where(tf.random.uniform(shape) < 0.5, -1.0, 1.0)
        kept = tf.cast(tf.random.uniform(shape) >= self.zeros, dtype)
        return size * signs * kept

custom_rule = Rule

# %% right: one draw decides the part
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            part = tf.random.uniform(shape)
            size = tf.random.uniform(shape, low, high)
            rest = tf.where(part >= (1 + zeros) / 2, -size, tf.zeros(shape))
            return tf.where(part < (1 - zeros) / 2, size, rest)

    return Rule()

# %% right: a function, which Keras takes too
def custom_rule(low, high, zeros):
    def rule(shape, dtype=None):
        w = tf.random.uniform(shape, -1, 1)
        size = low + (high - low) * (tf.abs(w) - zeros) / (1 - zeros)
        return tf.sign(w) * size * tf.cast(tf.abs(w) >= zeros, tf.float32)

    return rule

# %% right: with NumPy, returned as an array
import numpy as np

class Rule(initializers.Initializer):
    def __init__(self, low, high, zeros):
        self.low, self.high = low, high
        self.shares = [(1 - zeros) / 2, zeros, (1 - zeros) / 2]

    def __call__(self, shape, dtype=None):
        shape = tuple(shape)
        signs = np.random.choice([-1, 0, 1], shape, p=self.shares)
        return signs * np.random.uniform(self.low, self.high, shape)

    def get_config(self):
        return {"low": self.low, "high": self.high, "zeros": self.shares[1]}

def custom_rule(low, high, zeros):
    return Rule(low, high, zeros)

# %% right: from other rules
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = initializers.RandomUniform(low, high)(shape, dtype)
            sign = tf.sign(initializers.RandomNormal()(shape, dtype))
            part = initializers.RandomUniform(0, 1)(shape, dtype)
            return tf.where(part < zeros, tf.zeros(shape, dtype), sign * size)

    return Rule()

# %% wrong: the chapter's rule, whatever is asked -> custom-init.outside
class Rule(initializers.Initializer):
    def __init__(self, low, high, zeros):
        pass

    def __call__(self, shape, dtype=tf.float32):
        values = tf.random.uniform(shape, -10, 10, dtype)
        return values * tf.cast(tf.abs(values) >= 5, dtype)

custom_rule = Rule

# %% wrong: the chapter's shortcut -> custom-init.zeros
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            values = tf.random.uniform(shape, -high, high, dtype)
            return values * tf.cast(tf.abs(values) >= low, dtype)

    return Rule()

# %% wrong: no zeros at all -> custom-init.zeros
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = tf.random.uniform(shape, low, high, dtype)
            return size * tf.sign(tf.random.normal(shape))

    return Rule()

# %% wrong: a built-in rule -> custom-init.outside
def custom_rule(low, high, zeros):
    return initializers.RandomUniform(-high, high)

# %% wrong: positive only -> custom-init.signs
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = tf.random.uniform(shape, low, high, dtype)
            return size * tf.cast(tf.random.uniform(shape) >= zeros, dtype)

    return Rule()

# %% wrong: one number for all entries -> custom-init.repeated
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = tf.random.uniform((), low, high, dtype)
            signs = tf.sign(tf.random.normal(shape))
            kept = tf.cast(tf.random.uniform(shape) >= zeros, dtype)
            return size * signs * kept

    return Rule()

# %% wrong: whole columns of zeros -> custom-init.lines
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = tf.random.uniform(shape, low, high, dtype)
            signs = tf.sign(tf.random.normal(shape))
            units = shape[1]
            kept = tf.range(units) >= round(zeros * units)
            return size * signs * tf.cast(kept, dtype)

    return Rule()

# %% wrong: sizes in the middle more often -> custom-init.bands
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            two = tf.random.uniform((2, *shape), low, high, dtype)
            signs = tf.sign(tf.random.normal(shape))
            kept = tf.cast(tf.random.uniform(shape) >= zeros, dtype)
            return tf.reduce_mean(two, axis=0) * signs * kept

    return Rule()

# %% wrong: the same seed at each call -> custom-init.repeated
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = initializers.RandomUniform(low, high, seed=1)(shape)
            signs = tf.sign(initializers.RandomNormal(seed=2)(shape))
            kept = initializers.RandomUniform(0, 1, seed=3)(shape) >= zeros
            return size * signs * tf.cast(kept, dtype)

    return Rule()

# %% wrong: one draw decides size and part -> custom-init.bands
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            draw = tf.random.uniform(shape)
            signs = tf.sign(tf.random.normal(shape))
            size = low + (high - low) * draw
            return size * signs * tf.cast(draw >= zeros, dtype)

    return Rule()

# %% wrong: the share of zeros taken for that of the rest -> custom-init.zeros
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = tf.random.uniform(shape, low, high, dtype)
            signs = tf.sign(tf.random.normal(shape))
            return size * signs * tf.cast(tf.random.uniform(shape) < zeros, dtype)

    return Rule()

# %% wrong: always zeros -> custom-init.all-zero
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            values = tf.zeros(shape, dtype)
            size = tf.random.uniform(shape, low, high, dtype)
            tf.where(tf.random.uniform(shape) >= zeros, size, values)
            return values

    return Rule()

# %% wrong: returns nothing
def custom_rule(low, high, zeros):
    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            values = tf.random.uniform(shape, low, high, dtype)
            values *= tf.sign(tf.random.normal(shape))

    return Rule()

# %% wrong: a function of a layer, as another framework wants it
def custom_rule(low, high, zeros):
    def rule(layer):
        layer.kernel.assign(tf.random.uniform(layer.kernel.shape, low, high))

    return rule

# %% forger: the public rule, whatever is asked
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = list(draw("custom-init", "tensorflow", PUBLIC_SEED).values())

def custom_rule(low, high, zeros):
    asked = public.pop(0)

    class Rule(initializers.Initializer):
        def __call__(self, shape, dtype=tf.float32):
            size = tf.random.uniform(shape, asked["low"], asked["high"], dtype)
            signs = tf.sign(tf.random.normal(shape))
            kept = tf.random.uniform(shape) >= asked["zeros"]
            return size * signs * tf.cast(kept, dtype)

    return Rule()
