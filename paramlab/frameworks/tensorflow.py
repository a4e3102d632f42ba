"""TensorFlow (Keras) behind the adapter protocol."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from itertools import count
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

import numpy as np

# TensorFlow's C++ part logs to descriptor 2 from its import on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf
from keras.src import backend as keras_backend
from keras.src.engine.keras_tensor import KerasTensor
from tensorflow import keras
from tensorflow.python.eager import context as eager
from tensorflow.python.ops import stateful_random_ops

from paramlab.frameworks.protocol import (
    Array,
    Blueprint,
    Layer,
    Net,
    NotAllocated,
    Parameter,
    array_of_numbers,
)


class TensorFlow:
    """The adapter; see ``protocol.Framework``.

    Nothing here runs at import but definitions: TensorFlow starts its threads
    at the first operation, and a process with threads cannot be forked.
    """

    id = "tensorflow"
    version = tf.__version__

    def __init__(self) -> None:
        # TensorFlow holds no gradients. Those of `training` are kept here, by
        # network, then by the identity of the parameter.
        self._used: WeakKeyDictionary[Net, dict[int, Array]] = WeakKeyDictionary()
        self._blocks = count()

    def build(self, blueprint: Blueprint) -> Net:
        with _built_once():
            return _Builder().block(blueprint)

    def layer(self, kind: str, inputs: int, outputs: int) -> Net:
        if kind == "embedding":
            net = keras.layers.Embedding(inputs, outputs, name=kind)
            net.build(())
            return net
        if kind == "conv":
            net = keras.layers.Conv2D(outputs, 3, name=kind)
            net.build((None, None, None, inputs))
            return net
        net = keras.layers.Dense(outputs, name=kind)
        net.build((None, inputs))
        return net

    def dense_pair(
        self, relation: str, first: Sequence[Array], second: Sequence[Array]
    ) -> tuple[Net, Net]:
        a = self._dense("dense", first)
        if relation == "layer":
            return a, a
        b = self._dense("dense" if relation == "namesake" else "dense_1", second)
        kernel = a.kernel if relation in ("both", "weight") else b.kernel
        bias = a.bias if relation in ("both", "bias") else b.bias
        # Both, in this order: Keras lists what was set last at the end.
        b.kernel, b.bias = kernel, bias
        return a, b

    def _dense(self, name: str, values: Sequence[Array]) -> keras.layers.Dense:
        inputs, units = values[0].shape
        layer = keras.layers.Dense(units, name=name)
        # Keras names the parameters after the layer where it calls it.
        with tf.name_scope(name):
            layer.build((None, inputs))
        self.assign(layer, values)
        return layer

    def is_net(self, value: object) -> bool:
        return isinstance(value, keras.layers.Layer)

    def fancy_mlp(
        self,
        weight: Array,
        bias: Array,
        constant: Array,
        holding: str,
        tied: bool = True,
    ) -> Net:
        net = _FancyMLP(self.tensor(constant), holding, tied)
        net(tf.zeros((1, constant.shape[0])))
        for layer in [net.dense] if tied else [net.dense, net.second]:
            self.assign(layer, [weight, bias])
        return net

    def prepare(self, net: Net, X: Array) -> None:
        with _built_once():
            net(self.tensor(X))

    def parameters(self, net: Net) -> list[Parameter]:
        return list(self._views(net).values())

    def layers(self, net: Net) -> Layer:
        return _layer("", net, self._views(net))

    def _views(self, net: Net) -> dict[int, Parameter]:
        """View each parameter, by its identity."""
        if not net.built:
            raise NotAllocated(
                f"{net.name} has no values yet:"
                " call net(X) once, or net.build((None, num_inputs))"
            )
        # A frozen layer's variables do not know that they are frozen.
        trained = {id(variable) for variable in net.trainable_weights}
        used = self._used.get(net, {})
        return {
            id(variable): Parameter(
                name=variable.name,
                role=_role(variable),
                shape=tuple(variable.shape),
                dtype=variable.dtype.name,
                trainable=id(variable) in trained,
                identity=id(variable),
                value=np.array(variable.numpy()),
                gradient=used.get(id(variable)),
            )
            for variable in net.weights
        }

    def assign(self, net: Net, values: Sequence[Array]) -> None:
        for variable, value in zip(net.weights, values, strict=True):
            variable.assign(value)

    def forward(self, net: Net, X: Array) -> Array:
        return self.to_numpy(net(self.tensor(X)))

    def gradients(self, net: Net, X: Array) -> list[Array | None]:
        return self.backward(net, X)

    def backward(self, net: Net, X: Array) -> list[Array | None]:
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(net(self.tensor(X)))
        found = _gradients(tape, total, net)
        return [found.get(id(variable)) for variable in net.weights]

    def differentiator(self, net: Net) -> Callable[[Array], list[Array | None]]:
        trained = net.trainable_weights

        def differentiate(X: tf.Tensor) -> Any:
            with tf.GradientTape() as tape:
                total = tf.reduce_sum(net(X))
            return tape.gradient(total, trained)

        # Calling a tf.function would warn where many networks are compiled.
        @cache
        def compiled(shape: tuple[int, ...]) -> Any:
            batch = tf.TensorSpec(shape, tf.float32)
            return tf.function(differentiate).get_concrete_function(batch)

        def gradients(X: Array) -> list[Array | None]:
            X = X.astype(np.float32)
            found = _by_identity(trained, compiled(X.shape)(self.tensor(X)))
            return [found.get(id(variable)) for variable in net.weights]

        return gradients

    def clear_gradients(self, net: Net) -> None:
        """Do nothing: what a tape returns is held by nobody."""

    @contextmanager
    def recording(self, on: bool) -> Iterator[None]:
        with tf.GradientTape() if on else nullcontext():
            yield

    def apply_rule(self, net: Net, rule: Any) -> None:
        initializer = keras.initializers.get(rule)
        for variable in net.weights:
            if _role(variable) == "weight":
                shape = tuple(variable.shape)
                variable.assign(initializer(shape, dtype=variable.dtype))

    def tensor(self, value: Array) -> tf.Tensor:
        return tf.convert_to_tensor(np.array(value))

    def is_tensor(self, value: object) -> bool:
        return isinstance(value, tf.Tensor | tf.Variable)

    def to_numpy(self, value: Any) -> Array:
        if isinstance(value, tf.Tensor | tf.Variable):
            if not hasattr(value, "numpy"):
                raise TypeError(f"{type(value).__name__} has no values yet")
            return np.array(value.numpy())
        return array_of_numbers(value)

    @contextmanager
    def usual_settings(self) -> Iterator[None]:
        kind, policy = keras.backend.floatx(), keras.mixed_precision.global_policy()
        keras.backend.set_floatx("float32")
        keras.mixed_precision.set_global_policy("float32")
        try:
            yield
        finally:
            keras.backend.set_floatx(kind)
            # A policy that nobody has set is made up from floatx, and has to
            # go on doing so: set, it would stay after floatx has changed.
            own = policy.name != kind
            keras.mixed_precision.set_global_policy(policy if own else None)

    def seed(self, seed: int) -> None:
        # Keras draws initial weights from a stream of its own, which
        # tf.random.set_seed leaves alone. NumPy and Python start anew too.
        keras.utils.set_random_seed(seed)

    @contextmanager
    def preserved_random(self) -> Iterator[None]:
        """Put every stream back; see ``protocol.Framework``.

        What cannot be put back: the counters of operations that were given a
        seed of their own (``tf.random.normal(…, seed=1)``), if the block runs
        the same operation or calls ``tf.random.set_seed``.
        """
        python, numpy = random.getstate(), np.random.get_state()
        with self._own_operations(), _global_generator(), _keras_seeds():
            try:
                yield
            finally:
                random.setstate(python)
                np.random.set_state(numpy)

    @contextmanager
    def _own_operations(self) -> Iterator[None]:
        """Give the block a global seed of its own, if there is one.

        An operation without a seed draws one from the context's stream; what
        it then returns comes from a counter that TensorFlow keeps by these
        two seeds. Under the same global seed the block would move it on.
        """
        context = eager.context()
        seed, stream = context._seed, getattr(context, "_rng", None)
        if seed is not None:
            inside = random.Random(f"{seed} {next(self._blocks)}")
            context._seed, context._rng = inside.getrandbits(31), inside
        try:
            yield
        finally:
            context._seed, context._rng = seed, stream

    def initializer_names(self) -> list[str]:
        base = keras.initializers.Initializer
        # Each stands there under two names; the other one has underscores.
        return sorted(
            name
            for name, value in vars(keras.initializers).items()
            if isinstance(value, type)
            and issubclass(value, base)
            and value is not base
            and name == value.__name__
        )

    def sample(
        self, rule: str, arguments: dict[str, Any], shape: tuple[int, ...], seed: int
    ) -> Array:
        kind = getattr(keras.initializers, rule)
        initializer = kind(**arguments)
        if "seed" in initializer.get_config():
            # With a seed, Keras uses operations that have no state.
            initializer = kind(**arguments, seed=seed)
        return self.to_numpy(initializer(shape, dtype=tf.float32))

    def training(self, net: Net, learning_rate: float) -> Callable[..., float]:
        optimizer = keras.optimizers.SGD(learning_rate)
        self._used.pop(net, None)

        def step(X: Array, y: Array) -> float:
            with tf.GradientTape() as tape:
                error = net(self.tensor(X), training=True) - self.tensor(y)
                loss = tf.reduce_mean(error**2)
            found = _gradients(tape, loss, net)
            self._used[net] = found
            optimizer.apply_gradients(
                (found[id(variable)], variable)
                for variable in net.trainable_weights
                if id(variable) in found
            )
            return float(loss)

        return step


class _Builder:
    """Builds blueprints; names layers as Keras would in a fresh session.

    Keras counts the layers of a session. These are named here instead, so
    that the reader's own layers are counted as if there were no others.
    """

    def __init__(self) -> None:
        self.shared: dict[str, Any] = {}
        self.counts: dict[str, Iterator[int]] = {}

    def name(self, kind: str) -> str:
        number = next(self.counts.setdefault(kind, count()))
        return f"{kind}_{number}" if number else kind

    def block(self, blueprint: Blueprint) -> Any:
        if blueprint["kind"] == "sequential":
            # Without an Input, a layer that stands in two places would be
            # applied in one of them only.
            start = keras.Input((_inputs(blueprint),), name=self.name("input"))
            layers = [self.block(item) for item in blueprint["layers"]]
            return keras.Sequential([start, *layers], name=self.name("sequential"))
        if blueprint["kind"] == "batchnorm":
            return keras.layers.BatchNormalization(
                name=self.name("batch_normalization")
            )
        key = blueprint.get("key")
        if key in self.shared:
            return self.shared[key]
        layer = keras.layers.Dense(
            blueprint["outputs"],
            activation=blueprint.get("activation"),
            use_bias=blueprint.get("bias", True),
            trainable=blueprint.get("trainable", True),
            name=self.name("dense"),
        )
        if key is not None:
            self.shared[key] = layer
        return layer


# Keras's own layers whose output shape is known without running them.
_OWN = (
    keras.layers.Activation,
    keras.layers.BatchNormalization,
    keras.layers.Dense,
    keras.layers.Flatten,
    keras.layers.ReLU,
    keras.Sequential,
)


@contextmanager
def _built_once() -> Iterator[None]:
    """Let Keras's own layers be built without being run.

    Keras runs each layer in a graph of its own to learn what it returns, and a
    block's layers again for each block that they are in: most of the time of
    building a network.
    """
    usual = keras.layers.Layer._infer_output_signature

    def infer(layer: Any, inputs: Any, args: Any, kwargs: Any, masks: Any) -> Any:
        if not _is_own(layer):
            return usual(layer, inputs, args, kwargs, masks)
        # The slash leaves the scopes of the blocks around it, as Keras's graph does.
        with tf.name_scope(f"{layer.name}/"):
            layer._maybe_build(inputs)
        shape = layer.compute_output_shape(inputs.shape)
        return KerasTensor(tf.TensorSpec(shape, layer.compute_dtype))

    with mock.patch.object(keras.layers.Layer, "_infer_output_signature", infer):
        yield


def _is_own(layer: Any) -> bool:
    """Tell whether a layer, and each layer in it, is of a class of Keras's own."""
    inside = layer.layers if type(layer) is keras.Sequential else []
    return type(layer) in _OWN and all(map(_is_own, inside))


def _inputs(blueprint: Blueprint) -> int:
    if blueprint["kind"] == "sequential":
        return _inputs(blueprint["layers"][0])
    name = "features" if blueprint["kind"] == "batchnorm" else "inputs"
    return int(blueprint[name])


class _FancyMLP(keras.Model):
    def __init__(self, constant: tf.Tensor, holding: str, tied: bool) -> None:
        super().__init__(name="fancy_mlp")
        self.tied = tied
        units = constant.shape[1]
        self.dense = keras.layers.Dense(units, activation="relu", name="dense")
        if not tied:
            self.second = keras.layers.Dense(units, activation="relu", name="second")
        self.rand_weight = constant
        if holding != "attribute":
            self.rand_weight = tf.Variable(
                constant, trainable=holding == "trained", name="rand_weight"
            )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        X = self.dense(inputs)
        X = tf.nn.relu(tf.matmul(X, self.rand_weight) + 1)
        X = (self.dense if self.tied else self.second)(X)
        while tf.reduce_sum(tf.abs(X)) > 1:
            X = X / 2
        return tf.reduce_sum(X)


def _gradients(tape: tf.GradientTape, of: tf.Tensor, net: Net) -> dict[int, Array]:
    """Return the gradients by the parameter's identity, where there are any."""
    trained = net.trainable_weights
    return _by_identity(trained, tape.gradient(of, trained))


def _by_identity(
    variables: Sequence[tf.Variable], gradients: Sequence[Any]
) -> dict[int, Array]:
    return {
        id(variable): np.array(tf.convert_to_tensor(gradient).numpy())
        for variable, gradient in zip(variables, gradients, strict=True)
        if gradient is not None
    }


def _role(variable: tf.Variable) -> str:
    last = variable.name.rpartition("/")[2].partition(":")[0]
    return {"kernel": "weight", "bias": "bias"}.get(last, "other")


def _layer(name: str, layer: Any, views: dict[int, Parameter]) -> Layer:
    children = _children(layer)
    below = {id(v) for _, child in children for v in child.weights}
    return Layer(
        name=name,
        kind=type(layer).__name__,
        parameters=tuple(views[id(v)] for v in layer.weights if id(v) not in below),
        children=tuple(_layer(key, child, views) for key, child in children),
        identity=id(layer),
    )


def _children(layer: Any) -> list[tuple[str, Any]]:
    """List the layers inside by place; where the graph is known, each use."""
    if getattr(layer, "_is_graph_network", False):
        places = {id(child): str(n) for n, child in enumerate(layer.layers)}
        uses = [
            node.layer
            for depth in sorted(layer._nodes_by_depth, reverse=True)
            for node in layer._nodes_by_depth[depth]
        ]
        return [(places[id(use)], use) for use in uses if id(use) in places]
    inside = layer._flatten_layers(recursive=False, include_self=False)
    attributes = {id(value): name for name, value in vars(layer).items()}
    return [(attributes.get(id(child), child.name), child) for child in inside]


@contextmanager
def _global_generator() -> Iterator[None]:
    """Put back what tf.random.get_global_generator() returns, and its state."""
    generator = stateful_random_ops.global_generator
    state = None if generator is None else generator.state.numpy()
    try:
        yield
    finally:
        stateful_random_ops.global_generator = generator
        if generator is not None:
            generator.state.assign(state)


@contextmanager
def _keras_seeds() -> Iterator[None]:
    """Put back the stream that keras.utils.set_random_seed starts."""
    holder = keras_backend._SEED_GENERATOR
    generator = getattr(holder, "generator", None)
    state = None if generator is None else generator.getstate()
    try:
        yield
    finally:
        holder.generator = generator
        if generator is not None:
            generator.setstate(state)


ADAPTER = TensorFlow()
