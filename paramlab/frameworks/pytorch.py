"""PyTorch behind the adapter protocol."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

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


class PyTorch:
    """The adapter; see ``protocol.Framework``."""

    id = "pytorch"
    version = torch.__version__

    def build(self, blueprint: Blueprint) -> Net:
        return nn.Sequential(*_modules(blueprint, {}))

    def layer(self, kind: str, inputs: int, outputs: int) -> Net:
        if kind == "embedding":
            return nn.Embedding(inputs, outputs)
        if kind == "conv":
            return nn.Conv2d(inputs, outputs, 3)
        return nn.Linear(inputs, outputs)

    def dense_pair(
        self, relation: str, first: Sequence[Array], second: Sequence[Array]
    ) -> tuple[Net, Net]:
        a, b = self._dense(first), self._dense(second)
        if relation == "layer":
            return a, a
        if relation in ("both", "weight"):
            b.weight = a.weight
        if relation in ("both", "bias"):
            b.bias = a.bias
        if relation == "storage":
            b.weight.data = a.weight.data
        return a, b

    def _dense(self, values: Sequence[Array]) -> nn.Linear:
        layer = nn.Linear(values[0].shape[1], values[0].shape[0])
        self.assign(layer, values)
        return layer

    def is_net(self, value: object) -> bool:
        return isinstance(value, nn.Module)

    def fancy_mlp(
        self,
        weight: Array,
        bias: Array,
        constant: Array,
        holding: str,
        tied: bool = True,
    ) -> Net:
        net = _FancyMLP(self.tensor(constant), holding, tied)
        for layer in [net.dense] if tied else [net.dense, net.second]:
            self.assign(layer, [weight, bias])
        return net

    def prepare(self, net: Net, X: Array) -> None:
        with torch.no_grad():
            net(self._batch(net, X))

    def _batch(self, net: Net, X: Array) -> torch.Tensor:
        """Turn a batch into the network's own type: it may be in float64."""
        kinds = [value.dtype for value in net.parameters()]
        return self.tensor(X).to(kinds[0] if kinds else torch.float32)

    def parameters(self, net: Net) -> list[Parameter]:
        return [_view(name, value) for name, value in net.named_parameters()]

    def layers(self, net: Net) -> Layer:
        return _layer("", "", net)

    def assign(self, net: Net, values: Sequence[Array]) -> None:
        with torch.no_grad():
            for parameter, value in zip(net.parameters(), values, strict=True):
                parameter.copy_(torch.from_numpy(np.asarray(value)))

    def forward(self, net: Net, X: Array) -> Array:
        with torch.no_grad():
            return self.to_numpy(net(self._batch(net, X)))

    def gradients(self, net: Net, X: Array) -> list[Array | None]:
        self.clear_gradients(net)
        return self.backward(net, X)

    def backward(self, net: Net, X: Array) -> list[Array | None]:
        net(self._batch(net, X)).sum().backward()
        return [_gradient(parameter) for parameter in net.parameters()]

    def differentiator(self, net: Net) -> Callable[[Array], list[Array | None]]:
        return partial(self.gradients, net)

    def clear_gradients(self, net: Net) -> None:
        net.zero_grad()

    @contextmanager
    def recording(self, on: bool) -> Iterator[None]:
        with torch.set_grad_enabled(on):
            yield

    def apply_rule(self, net: Net, rule: Any) -> None:
        net.apply(rule)

    def tensor(self, value: Array) -> torch.Tensor:
        return torch.from_numpy(np.array(value))

    def is_tensor(self, value: object) -> bool:
        return isinstance(value, torch.Tensor)

    def to_numpy(self, value: Any) -> Array:
        if isinstance(value, torch.Tensor):
            return np.array(value.detach().cpu().numpy())
        return array_of_numbers(value)

    @contextmanager
    def usual_settings(self) -> Iterator[None]:
        kind = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        try:
            with torch.enable_grad():
                yield
        finally:
            torch.set_default_dtype(kind)

    def seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    @contextmanager
    def preserved_random(self) -> Iterator[None]:
        python, numpy = random.getstate(), np.random.get_state()
        with torch.random.fork_rng(devices=[]):
            try:
                yield
            finally:
                random.setstate(python)
                np.random.set_state(numpy)

    def initializer_names(self) -> list[str]:
        return sorted(
            name
            for name, value in vars(nn.init).items()
            if name.endswith("_") and not name.startswith("_") and callable(value)
        )

    def sample(
        self, rule: str, arguments: dict[str, Any], shape: tuple[int, ...], seed: int
    ) -> Array:
        with self.preserved_random():
            # torch.manual_seed would seed devices too that nothing is drawn on,
            # which takes longer than to draw.
            torch.default_generator.manual_seed(seed)
            tensor = torch.empty(shape)
            getattr(nn.init, rule)(tensor, **arguments)
            return self.to_numpy(tensor)

    def training(self, net: Net, learning_rate: float) -> Callable[..., float]:
        optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)

        def step(X: Array, y: Array) -> float:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(self.tensor(X)), self.tensor(y))
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            return float(loss.detach())

        return step


def _modules(blueprint: Blueprint, shared: dict[str, nn.Module]) -> list[nn.Module]:
    """Build what a blueprint becomes inside a Sequential."""
    if blueprint["kind"] == "sequential":
        modules: list[nn.Module] = []
        for item in blueprint["layers"]:
            inner = _modules(item, shared)
            if item["kind"] == "sequential":
                inner = [nn.Sequential(*inner)]
            modules.extend(inner)
        return modules
    if blueprint["kind"] == "batchnorm":
        return [nn.BatchNorm1d(blueprint["features"])]
    key = blueprint.get("key")
    if key not in shared:
        shared_or_new: nn.Module = nn.Linear(
            blueprint["inputs"], blueprint["outputs"], bias=blueprint.get("bias", True)
        )
        shared_or_new.requires_grad_(blueprint.get("trainable", True))
        if key is not None:
            shared[key] = shared_or_new
    else:
        shared_or_new = shared[key]
    activation = blueprint.get("activation")
    if activation is None:
        return [shared_or_new]
    return [shared_or_new, _ACTIVATIONS[activation]()]


class _FancyMLP(nn.Module):
    def __init__(self, constant: torch.Tensor, holding: str, tied: bool) -> None:
        super().__init__()
        self.tied = tied
        self.dense = nn.Linear(*constant.shape)
        if not tied:
            self.second = nn.Linear(*constant.shape)
        if holding == "attribute":
            self.rand_weight = constant
        elif holding in ("buffer", "passing"):
            self.register_buffer(
                "rand_weight", constant, persistent=holding == "buffer"
            )
        else:
            self.rand_weight = nn.Parameter(
                constant, requires_grad=holding == "trained"
            )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = self.dense(X)
        X = torch.relu(X @ self.rand_weight + 1)
        X = (self.dense if self.tied else self.second)(X)
        while X.abs().sum() > 1:
            X = X / 2
        return X.sum()


def _gradient(parameter: torch.Tensor) -> Array | None:
    if parameter.grad is None:
        return None
    return np.array(parameter.grad.detach().cpu().numpy())


def _view(name: str, parameter: torch.Tensor) -> Parameter:
    if isinstance(parameter, nn.parameter.UninitializedParameter):
        raise NotAllocated(f"{name} has no values yet: call net(X) once")
    last = name.rpartition(".")[2]
    return Parameter(
        name=name,
        role=last if last in ("weight", "bias") else "other",
        shape=tuple(parameter.shape),
        dtype=str(parameter.dtype).removeprefix("torch."),
        trainable=parameter.requires_grad,
        identity=id(parameter),
        value=np.array(parameter.detach().cpu().numpy()),
        gradient=_gradient(parameter),
    )


def _layer(name: str, path: str, module: nn.Module) -> Layer:
    prefix = f"{path}." if path else ""
    own = module.named_parameters(recurse=False, remove_duplicate=False)
    # _modules lists a module that is used twice twice; children() does not.
    children = [(key, child) for key, child in module._modules.items() if child]
    return Layer(
        name=name,
        kind=type(module).__name__,
        parameters=tuple(_view(f"{prefix}{key}", value) for key, value in own),
        children=tuple(_layer(key, f"{prefix}{key}", child) for key, child in children),
        identity=id(module),
    )


ADAPTER = PyTorch()
