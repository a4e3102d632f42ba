"""Paddle behind the adapter protocol."""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

# Paddle's C++ part logs to descriptor 2, even of its own doings: std() mixes
# two types. Errors are still shown.
os.environ.setdefault("GLOG_minloglevel", "2")

with warnings.catch_warnings():
    # Paddle warns that there is no ccache for building its extensions.
    warnings.simplefilter("ignore")
    import paddle
    from paddle import nn
    from paddle.utils import unique_name

from paramlab.frameworks.protocol import (
    Array,
    Blueprint,
    Layer,
    Net,
    NotAllocated,
    Parameter,
    array_of_numbers,
)

_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class Paddle:
    """The adapter; see ``protocol.Framework``.

    Besides its place in the network, a Paddle parameter has a name that is
    counted up, such as ``linear_0.w_0``. What is built here counts by itself,
    so that the reader's own layers are named as if there were no others.
    """

    id = "paddle"
    version = paddle.__version__

    def build(self, blueprint: Blueprint) -> Net:
        with unique_name.guard():
            return nn.Sequential(*_modules(blueprint, {}))

    def layer(self, kind: str, inputs: int, outputs: int) -> Net:
        with unique_name.guard():
            if kind == "embedding":
                return nn.Embedding(inputs, outputs)
            if kind == "conv":
                return nn.Conv2D(inputs, outputs, 3)
            return nn.Linear(inputs, outputs)

    def dense_pair(
        self, relation: str, first: Sequence[Array], second: Sequence[Array]
    ) -> tuple[Net, Net]:
        with unique_name.guard():
            a, b = self._dense(first), self._dense(second)
        if relation == "layer":
            return a, a
        if relation == "namesake":
            with unique_name.guard():
                return a, self._dense(second)
        if relation in ("both", "weight"):
            b.weight = a.weight
        if relation in ("both", "bias"):
            b.bias = a.bias
        if relation == "storage":
            b.weight.data = a.weight.data
        return a, b

    def _dense(self, values: Sequence[Array]) -> nn.Linear:
        layer = nn.Linear(*values[0].shape)
        self.assign(layer, values)
        return layer

    def is_net(self, value: object) -> bool:
        return isinstance(value, nn.Layer)

    def fancy_mlp(
        self,
        weight: Array,
        bias: Array,
        constant: Array,
        holding: str,
        tied: bool = True,
    ) -> Net:
        with unique_name.guard():
            net = _FancyMLP(self.tensor(constant), holding, tied)
        for layer in [net.dense] if tied else [net.dense, net.second]:
            self.assign(layer, [weight, bias])
        return net

    def prepare(self, net: Net, X: Array) -> None:
        for parameter in net.parameters():
            if not parameter._is_initialized():
                parameter.initialize()
        with paddle.no_grad():
            net(self._batch(net, X))

    def _batch(self, net: Net, X: Array) -> paddle.Tensor:
        """Turn a batch into the network's own type: it may be in float64."""
        kinds = [value.dtype for value in net.parameters()]
        return self.tensor(X).astype(kinds[0] if kinds else "float32")

    def parameters(self, net: Net) -> list[Parameter]:
        return [_view(name, value) for name, value in net.named_parameters()]

    def layers(self, net: Net) -> Layer:
        return _layer("", "", net)

    def assign(self, net: Net, values: Sequence[Array]) -> None:
        for parameter, value in zip(net.parameters(), values, strict=True):
            parameter.set_value(np.asarray(value))

    def forward(self, net: Net, X: Array) -> Array:
        with paddle.no_grad():
            return self.to_numpy(net(self._batch(net, X)))

    def gradients(self, net: Net, X: Array) -> list[Array | None]:
        net.clear_gradients(set_to_zero=False)
        return self.backward(net, X)

    def backward(self, net: Net, X: Array) -> list[Array | None]:
        net(self._batch(net, X)).sum().backward()
        return [_gradient(parameter) for parameter in net.parameters()]

    def differentiator(self, net: Net) -> Callable[[Array], list[Array | None]]:
        return partial(self.gradients, net)

    def clear_gradients(self, net: Net) -> None:
        net.clear_gradients()

    @contextmanager
    def recording(self, on: bool) -> Iterator[None]:
        with paddle.set_grad_enabled(on):
            yield

    def apply_rule(self, net: Net, rule: Any) -> None:
        if not isinstance(rule, nn.initializer.Initializer):
            net.apply(rule)
            return
        for name, parameter in net.named_parameters():
            if _role(name) == "weight":
                rule(parameter)

    def tensor(self, value: Array) -> paddle.Tensor:
        return paddle.to_tensor(np.array(value))

    def is_tensor(self, value: object) -> bool:
        return isinstance(value, paddle.Tensor)

    def to_numpy(self, value: Any) -> Array:
        if isinstance(value, paddle.Tensor):
            return np.array(value.numpy())
        return array_of_numbers(value)

    @contextmanager
    def usual_settings(self) -> Iterator[None]:
        kind = paddle.get_default_dtype()
        paddle.set_default_dtype("float32")
        try:
            with paddle.set_grad_enabled(True):
                yield
        finally:
            paddle.set_default_dtype(kind)

    def seed(self, seed: int) -> None:
        paddle.seed(seed)

    @contextmanager
    def preserved_random(self) -> Iterator[None]:
        python, numpy = random.getstate(), np.random.get_state()
        state = paddle.get_rng_state()
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
            paddle.set_rng_state(state)

    def initializer_names(self) -> list[str]:
        # The others there are functions: a gain, and a global default.
        return sorted(
            name
            for name in nn.initializer.__all__
            if isinstance(getattr(nn.initializer, name), type)
        )

    def sample(
        self, rule: str, arguments: dict[str, Any], shape: tuple[int, ...], seed: int
    ) -> Array:
        initializer = getattr(nn.initializer, rule)(**arguments)
        with self.preserved_random(), unique_name.guard():
            paddle.seed(seed)
            parameter = paddle.create_parameter(
                shape, "float32", default_initializer=initializer
            )
            return self.to_numpy(parameter)

    def training(self, net: Net, learning_rate: float) -> Callable[..., float]:
        optimizer = paddle.optimizer.SGD(learning_rate, parameters=net.parameters())

        def step(X: Array, y: Array) -> float:
            optimizer.clear_grad()
            loss = nn.functional.mse_loss(net(self.tensor(X)), self.tensor(y))
            loss.backward()
            optimizer.step()
            return float(loss)

        return step


def _modules(blueprint: Blueprint, shared: dict[str, Any]) -> list[Any]:
    """Build what a blueprint becomes inside a Sequential."""
    if blueprint["kind"] == "sequential":
        modules: list[Any] = []
        for item in blueprint["layers"]:
            inner = _modules(item, shared)
            if item["kind"] == "sequential":
                inner = [nn.Sequential(*inner)]
            modules.extend(inner)
        return modules
    if blueprint["kind"] == "batchnorm":
        return [nn.BatchNorm1D(blueprint["features"])]
    key = blueprint.get("key")
    if key in shared:
        layer = shared[key]
    else:
        bias = None if blueprint.get("bias", True) else False
        layer = nn.Linear(blueprint["inputs"], blueprint["outputs"], bias_attr=bias)
        for parameter in layer.parameters():
            parameter.stop_gradient = not blueprint.get("trainable", True)
        if key is not None:
            shared[key] = layer
    activation = blueprint.get("activation")
    return [layer] if activation is None else [layer, _ACTIVATIONS[activation]()]


class _FancyMLP(nn.Layer):
    def __init__(self, constant: paddle.Tensor, holding: str, tied: bool) -> None:
        super().__init__()
        self.tied = tied
        self.dense = nn.Linear(*constant.shape)
        if not tied:
            self.second = nn.Linear(*constant.shape)
        if holding == "attribute":
            self.rand_weight = constant
        elif holding in ("buffer", "passing"):
            self.register_buffer(
                "rand_weight", constant, persistable=holding == "buffer"
            )
        else:
            attribute = paddle.ParamAttr(
                initializer=nn.initializer.Assign(constant),
                trainable=holding == "trained",
            )
            self.rand_weight = self.create_parameter(constant.shape, attribute)

    def forward(self, X: paddle.Tensor) -> paddle.Tensor:
        X = self.dense(X)
        X = nn.functional.relu(paddle.matmul(X, self.rand_weight) + 1)
        X = (self.dense if self.tied else self.second)(X)
        while X.abs().sum() > 1:
            X = X / 2
        return X.sum()


def _gradient(parameter: paddle.Tensor) -> Array | None:
    if parameter.grad is None:
        return None
    return np.array(parameter.grad.numpy())


def _role(name: str) -> str:
    last = name.rpartition(".")[2]
    return last if last in ("weight", "bias") else "other"


def _view(name: str, parameter: paddle.Tensor) -> Parameter:
    if not parameter._is_initialized():
        raise NotAllocated(f"{name} has no values yet: call its initialize()")
    return Parameter(
        name=name,
        role=_role(name),
        shape=tuple(parameter.shape),
        dtype=str(parameter.dtype).removeprefix("paddle."),
        trainable=not parameter.stop_gradient,
        identity=id(parameter),
        value=np.array(parameter.numpy()),
        gradient=_gradient(parameter),
    )


def _layer(name: str, path: str, layer: Any) -> Layer:
    prefix = f"{path}." if path else ""
    own = [(key, p) for key, p in layer._parameters.items() if p is not None]
    # _sub_layers lists a layer that is used twice twice; named_children() does not.
    children = [(key, c) for key, c in layer._sub_layers.items() if c is not None]
    return Layer(
        name=name,
        kind=type(layer).__name__,
        parameters=tuple(_view(f"{prefix}{key}", value) for key, value in own),
        children=tuple(_layer(key, f"{prefix}{key}", child) for key, child in children),
        identity=id(layer),
    )


ADAPTER = Paddle()
