"""Networks of dense layers in NumPy: what should have come out.

Works on the blueprints of ``frameworks.protocol`` in float64. Derivatives by
back-propagation, checked against finite differences by the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts

Array = NDArray[Any]
Blueprint = dict[str, Any]


@dataclass(frozen=True)
class Slot:
    """One parameter that a blueprint asks for."""

    name: str  # as the framework names it
    role: str  # "weight" or "bias"
    shape: tuple[int, ...]  # in the framework's layout
    trainable: bool


def dense_uses(blueprint: Blueprint) -> Iterator[Blueprint]:
    """Walk through the dense layers in the order of their use."""
    if blueprint["kind"] == "sequential":
        for item in blueprint["layers"]:
            yield from dense_uses(item)
    elif blueprint["kind"] == "dense":
        yield blueprint


def slots(facts: Facts, blueprint: Blueprint) -> list[Slot]:
    """List each distinct parameter of the dense layers, in the framework's order."""
    found: list[Slot] = []
    seen: set[str] = set()
    created = 0
    for path, layer in _placed(facts, blueprint, ""):
        key = layer.get("key")
        if key is not None:
            if key in seen:
                continue
            seen.add(key)
        if facts.counted_names is not None:
            path = facts.counted_names[min(created, 1)].format(created)
        created += 1
        trainable = bool(layer.get("trainable", True))
        shape: tuple[int, ...] = (layer["outputs"], layer["inputs"])
        if facts.weight_layout == "in_out":
            shape = shape[::-1]
        found.append(Slot(f"{path}{facts.weight_name}", "weight", shape, trainable))
        if layer.get("bias", True):
            shape = (layer["outputs"],)
            found.append(Slot(f"{path}{facts.bias_name}", "bias", shape, trainable))
    return found


def _placed(
    facts: Facts, blueprint: Blueprint, path: str
) -> Iterator[tuple[str, Blueprint]]:
    """Walk through the dense layers, each with its place in the network."""
    place = 0
    for item in blueprint["layers"]:
        if item["kind"] == "sequential":
            yield from _placed(facts, item, f"{path}{place}.")
        elif item["kind"] == "dense":
            yield f"{path}{place}.", item
            if item.get("activation") and facts.activation_is_layer:
                place += 1
        place += 1


def values(
    rng: np.random.Generator, facts: Facts, blueprint: Blueprint
) -> list[NDArray[np.float32]]:
    """Draw a value for each slot: sizes like a trained network's, all distinct.

    Biases are drawn too: where the default is zero, a bias that is forgotten
    would not be seen.
    """
    drawn = []
    for slot in slots(facts, blueprint):
        fan_in = slot.shape[0 if facts.weight_layout == "in_out" else -1]
        std = 0.5 if slot.role == "bias" else float(np.sqrt(2 / fan_in))
        drawn.append(rng.normal(0, std, slot.shape).astype(np.float32))
    return drawn


@dataclass
class _Use:
    weight: int  # position among the slots
    bias: int | None
    activation: str | None


def _uses(blueprint: Blueprint) -> list[_Use]:
    places: dict[str, _Use] = {}
    uses = []
    count = 0
    for layer in dense_uses(blueprint):
        key = layer.get("key")
        known = places.get(key) if key is not None else None
        if known is None:
            has_bias = layer.get("bias", True)
            known = _Use(count, count + 1 if has_bias else None, None)
            count += 2 if has_bias else 1
            if key is not None:
                places[key] = known
        uses.append(_Use(known.weight, known.bias, layer.get("activation")))
    return uses


def forward(
    facts: Facts, blueprint: Blueprint, parameters: Sequence[Array], X: Array
) -> Array:
    """Return the output for a batch, in float64."""
    return _run(facts, _uses(blueprint), parameters, X)[-1][1]


def outputs(
    facts: Facts, blueprint: Blueprint, parameters: Sequence[Array], X: Array
) -> list[Array]:
    """Return the output of every dense layer's use, after its activation."""
    return [out for _, out in _run(facts, _uses(blueprint), parameters, X)]


def kink_distance(
    facts: Facts, blueprint: Blueprint, parameters: Sequence[Array], X: Array
) -> float:
    """Return how near any relu comes to zero, where float32 may decide otherwise."""
    uses = _uses(blueprint)
    linear = [_Use(use.weight, use.bias, None) for use in uses]
    distances = [
        float(np.min(np.abs(_run(facts, [*uses[:n], linear[n]], parameters, X)[-1][1])))
        for n, use in enumerate(uses)
        if use.activation == "relu"
    ]
    return min(distances, default=float("inf"))


def _run(
    facts: Facts, uses: list[_Use], parameters: Sequence[Array], X: Array
) -> list[tuple[Array, Array]]:
    """Return (input, output) of every use."""
    steps = []
    hidden = np.asarray(X, dtype=np.float64)
    for use in uses:
        weight = _out_in(facts, parameters[use.weight])
        out = hidden @ weight.T
        if use.bias is not None:
            out = out + np.asarray(parameters[use.bias], dtype=np.float64)
        if use.activation == "relu":
            out = np.maximum(out, 0)
        elif use.activation == "tanh":
            out = np.tanh(out)
        steps.append((hidden, out))
        hidden = out
    return steps


def gradients(
    facts: Facts,
    blueprint: Blueprint,
    parameters: Sequence[Array],
    X: Array,
    upstream: Array | None = None,
) -> list[Array]:
    """Return the gradient of every slot, summed over the uses of a layer.

    ``upstream`` is d(loss)/d(output); ones, the gradient of the sum, if left
    out.
    """
    return [
        np.sum(parts, axis=0)
        for parts in use_gradients(facts, blueprint, parameters, X, upstream)
    ]


def use_gradients(
    facts: Facts,
    blueprint: Blueprint,
    parameters: Sequence[Array],
    X: Array,
    upstream: Array | None = None,
) -> list[list[Array]]:
    """Return for every slot the gradient of each of its uses, first use first."""
    uses = _uses(blueprint)
    steps = _run(facts, uses, parameters, X)
    found: list[list[Array]] = [[] for _ in parameters]
    delta = np.ones_like(steps[-1][1]) if upstream is None else np.asarray(upstream)
    for use, (hidden, out) in zip(reversed(uses), reversed(steps), strict=True):
        if use.activation == "relu":
            delta = delta * (out > 0)
        elif use.activation == "tanh":
            delta = delta * (1 - out**2)
        gradient = delta.T @ hidden
        found[use.weight].insert(0, _out_in(facts, gradient))
        if use.bias is not None:
            found[use.bias].insert(0, delta.sum(axis=0))
        delta = delta @ _out_in(facts, parameters[use.weight])
    return found


def _out_in(facts: Facts, weight: Array) -> Array:
    """Transpose where the framework's layout is (in, out); its own inverse."""
    weight = np.asarray(weight, dtype=np.float64)
    return weight.T if facts.weight_layout == "in_out" else weight
