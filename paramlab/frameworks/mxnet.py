"""MXNet (Gluon, NumPy interface) behind the adapter protocol."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

with warnings.catch_warnings():
    # MXNet 1.9 uses names that NumPy 1.23 has deprecated.
    warnings.simplefilter("ignore")
    import mxnet as mx
    from mxnet import autograd, gluon, npx
    from mxnet.gluon import nn

from paramlab.frameworks.protocol import (
    Array,
    Blueprint,
    Layer,
    Net,
    NotAllocated,
    Parameter,
    array_of_numbers,
)

npx.set_np()


class MXNet:
    """The adapter; see ``protocol.Framework``.

    MXNet cannot save and restore its random stream, so whatever must not
    touch it draws from NumPy instead (`_numpy_randomness`).
    """

    id = "mxnet"
    version = mx.__version__

    def build(self, blueprint: Blueprint) -> Net:
        with mx.name.NameManager(), _numpy_randomness(0):
            net = _block(blueprint, {})
            net.initialize()
        return net

    def layer(self, kind: str, inputs: int, outputs: int) -> Net:
        with mx.name.NameManager():
            if kind == "embedding":
                net: Net = nn.Embedding(inputs, outputs)
            elif kind == "conv":
                net = nn.Conv2D(outputs, 3, in_channels=inputs)
            else:
                net = nn.Dense(outputs, in_units=inputs)
        net.initialize()
        return net

    def dense_pair(
        self, relation: str, first: Sequence[Array], second: Sequence[Array]
    ) -> tuple[Net, Net]:
        with mx.name.NameManager():
            a = self._dense(first)
            if relation == "layer":
                return a, a
            if relation == "apart":
                return a, self._dense(second)
            shared = gluon.ParameterDict(a.prefix)
            if relation in ("both", "weight"):
                shared.update({a.weight.name: a.weight})
            if relation in ("both", "bias"):
                shared.update({a.bias.name: a.bias})
            return a, self._dense(second, shared)

    def _dense(self, values: Sequence[Array], shared: Any = None) -> Any:
        """Build a layer; a parameter that it shares keeps its values."""
        units, inputs = values[0].shape
        layer = nn.Dense(units, in_units=inputs, params=shared)
        own = [layer.weight, layer.bias]
        for parameter, value in zip(own, values, strict=True):
            if parameter._data is None:
                parameter.initialize(mx.init.Constant(self.tensor(value)))
        return layer

    def is_net(self, value: object) -> bool:
        return isinstance(value, gluon.Block)

    def fancy_mlp(
        self,
        weight: Array,
        bias: Array,
        constant: Array,
        holding: str,
        tied: bool = True,
    ) -> Net:
        with mx.name.NameManager(), _numpy_randomness(0):
            net = _FancyMLP(self.tensor(constant), holding, tied)
            net.initialize()
        if isinstance(net.rand_weight, gluon.Parameter):
            net.rand_weight.set_data(self.tensor(constant))
        for layer in [net.dense] if tied else [net.dense, net.second]:
            layer.weight.set_data(self.tensor(weight))
            layer.bias.set_data(self.tensor(bias))
        return net

    def prepare(self, net: Net, X: Array) -> None:
        missing = [p for p in _parameters(net) if p._data is None]
        for parameter in missing:
            if not parameter._deferred_init:
                parameter.initialize()
        net(self._batch(net, X))

    def _batch(self, net: Net, X: Array) -> Any:
        """Turn a batch into the network's own type: it may be in float64."""
        kinds = [parameter.dtype for parameter in _parameters(net)]
        return self.tensor(X.astype(kinds[0] if kinds else "float32"))

    def parameters(self, net: Net) -> list[Parameter]:
        return [_view(parameter) for parameter in _parameters(net)]

    def layers(self, net: Net) -> Layer:
        return _layer("", net)

    def assign(self, net: Net, values: Sequence[Array]) -> None:
        for parameter, value in zip(_parameters(net), values, strict=True):
            parameter.set_data(value)  # MXNet copies it at once; a tensor costs twice

    def forward(self, net: Net, X: Array) -> Array:
        return self.to_numpy(net(self._batch(net, X)))

    def gradients(self, net: Net, X: Array) -> list[Array | None]:
        self.clear_gradients(net)
        return self.backward(net, X)

    def backward(self, net: Net, X: Array) -> list[Array | None]:
        with autograd.record():
            total = net(self._batch(net, X)).sum()
        total.backward()
        return [_gradient(parameter) for parameter in _parameters(net)]

    def differentiator(self, net: Net) -> Callable[[Array], list[Array | None]]:
        return partial(self.backward, net)  # which overwrites: nothing to clear

    def clear_gradients(self, net: Net) -> None:
        for parameter in _parameters(net):
            if parameter.grad_req != "null":
                # Parameter.zero_grad() refuses NumPy-style arrays.
                parameter.grad()[:] = 0

    @contextmanager
    def recording(self, on: bool) -> Iterator[None]:
        with autograd.record() if on else autograd.pause():
            yield

    def apply_rule(self, net: Net, rule: Any) -> None:
        net.initialize(rule, force_reinit=True)

    def tensor(self, value: Array) -> Any:
        array = np.asarray(value)
        return mx.np.array(array, dtype=array.dtype)

    def is_tensor(self, value: object) -> bool:
        return isinstance(value, mx.nd.NDArray | gluon.Parameter)

    def to_numpy(self, value: Any) -> Array:
        if isinstance(value, gluon.Parameter):
            value = value.data()
        if isinstance(value, mx.nd.NDArray):
            return np.array(value.asnumpy())
        return array_of_numbers(value)

    @contextmanager
    def usual_settings(self) -> Iterator[None]:
        with autograd.pause(), mx.util.np_shape(True), mx.util.np_array(True):
            yield

    def seed(self, seed: int) -> None:
        mx.random.seed(seed)

    @contextmanager
    def preserved_random(self) -> Iterator[None]:
        python, numpy = random.getstate(), np.random.get_state()
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)

    def initializer_names(self) -> list[str]:
        # The module keeps Load and Mixed apart: they are no Initializer.
        classes = [
            value
            for value in vars(mx.initializer).values()
            if isinstance(value, type) and value.__module__ == "mxnet.initializer"
        ]
        return sorted(
            kind.__name__
            for kind in classes
            if kind.__name__ not in ("InitDesc", "Initializer")
        )

    def sample(
        self, rule: str, arguments: dict[str, Any], shape: tuple[int, ...], seed: int
    ) -> Array:
        initializer = getattr(mx.init, rule)(**arguments)
        values = mx.np.zeros(shape)
        with _numpy_randomness(seed):
            initializer._init_weight(mx.init.InitDesc("weight"), values)
        return self.to_numpy(values)

    def training(self, net: Net, learning_rate: float) -> Callable[..., float]:
        trainer = gluon.Trainer(
            net.collect_params(), "sgd", {"learning_rate": learning_rate}
        )

        def step(X: Array, y: Array) -> float:
            with autograd.record():
                loss = ((net(self.tensor(X)) - self.tensor(y)) ** 2).mean()
            loss.backward()
            trainer.step(1)
            return float(loss)

        return step


@contextmanager
def _numpy_randomness(seed: int) -> Iterator[None]:
    """Let MXNet's own initializers draw from a NumPy generator for a while."""
    generator = np.random.default_rng(seed)

    def uniform(low: float, high: float, shape: Any, out: Any = None) -> Any:
        return _put(generator.uniform(low, high, shape), out)

    def normal(mean: float, std: float, shape: Any, out: Any = None) -> Any:
        return _put(generator.normal(mean, std, shape), out)

    source = SimpleNamespace(uniform=uniform, normal=normal)
    with (
        mock.patch.object(mx.initializer, "random", source),
        mock.patch.object(mx.initializer, "_mx_np", SimpleNamespace(random=source)),
    ):
        yield


def _put(values: Array, out: Any) -> Any:
    if out is None:
        return mx.nd.array(values)
    out[:] = mx.np.array(values)
    return out


def _block(blueprint: Blueprint, shared: dict[str, Any]) -> Any:
    if blueprint["kind"] == "sequential":
        net = nn.Sequential()
        for item in blueprint["layers"]:
            net.add(_block(item, shared))
        return net
    if blueprint["kind"] == "batchnorm":
        return nn.BatchNorm(in_channels=blueprint["features"])
    key = blueprint.get("key")
    if key in shared:
        return shared[key]
    layer = nn.Dense(
        blueprint["outputs"],
        activation=blueprint.get("activation"),
        use_bias=blueprint.get("bias", True),
        in_units=blueprint["inputs"],
        flatten=False,
    )
    if not blueprint.get("trainable", True):
        layer.collect_params().setattr("grad_req", "null")
    if key is not None:
        shared[key] = layer
    return layer


class _FancyMLP(nn.Block):
    def __init__(self, constant: Any, holding: str, tied: bool) -> None:
        super().__init__()
        inputs, units = constant.shape
        self.tied = tied
        self.dense = nn.Dense(units, activation="relu", in_units=inputs)
        if not tied:
            self.second = nn.Dense(units, activation="relu", in_units=inputs)
        if holding == "attribute":
            self.rand_weight = constant
        elif holding == "constant":
            self.rand_weight = self.params.get_constant("rand_weight", constant)
        else:
            self.rand_weight = self.params.get(
                "rand_weight",
                shape=constant.shape,
                grad_req="write" if holding == "trained" else "null",
            )

    def forward(self, X: Any) -> Any:
        constant = self.rand_weight
        if isinstance(constant, gluon.Parameter):
            constant = constant.data()
        X = self.dense(X)
        X = npx.relu(mx.np.dot(X, constant) + 1)
        X = (self.dense if self.tied else self.second)(X)
        # X /= 2 would raise where autograd is recording.
        while mx.np.abs(X).sum() > 1:
            X = X / 2
        return X.sum()


def _parameters(net: Net) -> list[Any]:
    distinct = {id(p): p for p in net.collect_params().values()}
    return list(distinct.values())


def _gradient(parameter: Any) -> Array | None:
    if parameter.grad_req == "null" or parameter._grad is None:
        return None
    return np.array(parameter.grad().asnumpy())


def _view(parameter: Any) -> Parameter:
    if parameter._data is None:
        raise NotAllocated(
            f"{parameter.name} has no values yet:"
            " call net.initialize(), then net(X) once"
        )
    last = parameter.name.rpartition("_")[2]
    role = last if last in ("weight", "bias") else "other"
    if isinstance(parameter, gluon.Constant):
        role = "constant"
    return Parameter(
        name=parameter.name,
        role=role,
        shape=tuple(parameter.shape),
        dtype=np.dtype(parameter.dtype).name,
        trainable=parameter.grad_req != "null",
        identity=id(parameter),
        value=np.array(parameter.data().asnumpy()),
        gradient=_gradient(parameter),
    )


def _layer(name: str, block: Any) -> Layer:
    own = [] if block._reg_params is None else list(block._reg_params.values())
    # A block's constants stand in its .params without being registered.
    own += [p for p in block.params.values() if all(p is not q for q in own)]
    return Layer(
        name=name,
        kind=type(block).__name__,
        parameters=tuple(_view(parameter) for parameter in own),
        children=tuple(
            _layer(str(key), child)
            for key, child in block._children.items()
            if isinstance(child, gluon.Block) and child is not None
        ),
        identity=id(block),
    )


ADAPTER = MXNet()
