# %% imports
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

# %% right: factories and Sequential
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_hiddens, activation="relu"),
            layers.Dense(num_inputs, activation="relu")])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% right: with add, activations as layers, Flatten as in the lesson
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = keras.Sequential()
    for i in range(num_blocks):
        block = keras.Sequential(name=f"block-{i}")
        block.add(layers.Flatten())
        block.add(layers.Dense(num_hiddens))
        block.add(layers.ReLU())
        block.add(layers.Dense(num_inputs))
        block.add(layers.Activation("relu"))
        blocks.add(block)
    net = keras.Sequential()
    net.add(blocks)
    net.add(layers.Dense(num_outputs))
    return net

# %% right: built at once, from an Input
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            keras.Input((num_inputs,)),
            layers.Dense(num_hiddens, activation=tf.nn.relu),
            layers.Dense(num_inputs, activation=tf.nn.relu)])

    blocks = keras.Sequential([keras.Input((num_inputs,))])
    for _ in range(num_blocks):
        blocks.add(block())
    return keras.Sequential([
        keras.Input((num_inputs,)), blocks, layers.Dense(num_outputs)])

# %% right: functional
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        inputs = keras.Input((num_inputs,))
        X = layers.Dense(num_hiddens, "relu")(inputs)
        return keras.Model(inputs, layers.Dense(num_inputs, "relu")(X))

    inputs = X = keras.Input((num_inputs,))
    for _ in range(num_blocks):
        X = block()(X)
    blocks = keras.Model(inputs, X)
    inputs = keras.Input((num_inputs,))
    outputs = layers.Dense(num_outputs)(blocks(inputs))
    return keras.Model(inputs, outputs)

# %% right: classes, the last layers named first
class Block(keras.Model):
    def __init__(self, num_inputs, num_hiddens):
        super().__init__()
        self.back = layers.Dense(num_inputs)
        self.hidden = layers.Dense(num_hiddens)

    def call(self, X):
        return tf.nn.relu(self.back(tf.nn.relu(self.hidden(X))))

class Blocks(layers.Layer):
    def __init__(self, num_blocks, num_inputs, num_hiddens):
        super().__init__()
        self.blocks = [Block(num_inputs, num_hiddens) for _ in range(num_blocks)]

    def call(self, X):
        for block in self.blocks:
            X = block(X)
        return X

class Net(keras.Model):
    def __init__(self, num_blocks, num_inputs, num_hiddens, num_outputs):
        super().__init__()
        self.output_layer = layers.Dense(num_outputs)
        self.blocks = Blocks(num_blocks, num_inputs, num_hiddens)

    def call(self, X):
        return self.output_layer(self.blocks(X))

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return Net(num_blocks, num_inputs, num_hiddens, num_outputs)

# %% wrong: one block object again and again -> nested-network.shared
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    block = keras.Sequential([
        keras.Input((num_inputs,)),
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(num_inputs, activation="relu")])
    blocks = keras.Sequential([keras.Input((num_inputs,))])
    for _ in range(num_blocks):
        blocks.add(block)
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: one block object in a list, without an Input -> nested-network.parameters
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    block = keras.Sequential([
        layers.Dense(num_hiddens, activation="relu"),
        layers.Dense(num_inputs, activation="relu")])
    blocks = keras.Sequential([block] * num_blocks)
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: blocks beside the output layer -> nested-network.flat
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    net = keras.Sequential()
    for _ in range(num_blocks):
        net.add(keras.Sequential([
            layers.Dense(num_hiddens, activation="relu"),
            layers.Dense(num_inputs, activation="relu")]))
    net.add(layers.Dense(num_outputs))
    return net

# %% wrong: layers in one row -> nested-network.flat
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    row = []
    for _ in range(num_blocks):
        row.append(layers.Dense(num_hiddens, activation="relu"))
        row.append(layers.Dense(num_inputs, activation="relu"))
    return keras.Sequential([*row, layers.Dense(num_outputs)])

# %% wrong: a Python list is no block -> nested-network.flat
class Flat(keras.Model):
    def __init__(self, num_blocks, num_inputs, num_hiddens, num_outputs):
        super().__init__()
        self.blocks = [
            keras.Sequential([
                layers.Dense(num_hiddens, activation="relu"),
                layers.Dense(num_inputs, activation="relu")])
            for _ in range(num_blocks)
        ]
        self.output_layer = layers.Dense(num_outputs)

    def call(self, X):
        for block in self.blocks:
            X = block(X)
        return self.output_layer(X)

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return Flat(num_blocks, num_inputs, num_hiddens, num_outputs)

# %% wrong: no activation -> nested-network.no-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_hiddens), layers.Dense(num_inputs)])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: one activation a block -> nested-network.one-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_hiddens, activation="relu"),
            layers.Dense(num_inputs)])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: activation after the output -> nested-network.output-activation
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_hiddens, activation="relu"),
            layers.Dense(num_inputs, activation="relu")])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, layers.Dense(num_outputs, "relu")])

# %% wrong: another activation -> nested-network.output
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_hiddens, activation="sigmoid"),
            layers.Dense(num_inputs, activation="sigmoid")])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: always four blocks -> nested-network.parameters
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_hiddens, activation="relu"),
            layers.Dense(num_inputs, activation="relu")])

    blocks = keras.Sequential([block() for _ in range(4)])
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: the book's blocks, of one dense layer -> nested-network.parameters
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Flatten(), layers.Dense(num_inputs, activation="relu")])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: hidden and outer sizes exchanged -> nested-network.shapes
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_inputs, activation="relu"),
            layers.Dense(num_hiddens, activation="relu")])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([blocks, layers.Dense(num_outputs)])

# %% wrong: an Input of another size -> nested-network.stopped
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    def block():
        return keras.Sequential([
            layers.Dense(num_hiddens, activation="relu"),
            layers.Dense(num_inputs, activation="relu")])

    blocks = keras.Sequential([block() for _ in range(num_blocks)])
    return keras.Sequential([
        keras.Input((num_hiddens,)), blocks, layers.Dense(num_outputs)])

# %% wrong: matrices that do not fit, which TensorFlow finds -> nested-network.stopped
class Linear(layers.Layer):
    def __init__(self, num_inputs, num_outputs):
        super().__init__()
        self.kernel = self.add_weight("kernel", (num_inputs, num_outputs))

    def call(self, X):
        return tf.nn.relu(tf.matmul(X, self.kernel))

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = Linear(num_hiddens, num_inputs)

        def call(self, X):
            return self.hidden(X)

    return Net()

# %% wrong: a class without its call -> nested-network.stopped
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = layers.Dense(num_hiddens)

    return Net()

# %% wrong: what add returns, nothing -> nested-network.no-network
def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    blocks = keras.Sequential()
    for _ in range(num_blocks):
        blocks.add(keras.Sequential([
            layers.Dense(num_hiddens, activation="relu"),
            layers.Dense(num_inputs, activation="relu")]))
    net = keras.Sequential([blocks])
    return net.add(layers.Dense(num_outputs))

# %% forger: builds the public networks
from paramlab.frameworks import load
from paramlab.judges.nested_network import _blueprint
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = [case["sizes"] for case in draw("nested-network", "tensorflow", PUBLIC_SEED)]

def nested_network(num_blocks, num_inputs, num_hiddens, num_outputs):
    return load("tensorflow").build(_blueprint(public.pop(0)))
