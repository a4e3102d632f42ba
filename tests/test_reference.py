"""The NumPy reference agrees with calculus; test_frameworks compares it with each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paramlab.facts import FACTS, Facts
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.reference import (
    dense_uses,
    forward,
    gradients,
    kink_distance,
    slots,
    use_gradients,
    values,
)

Array = NDArray[Any]

INNER = sequential(dense(4, 6, activation="relu"), dense(6, 4, activation="tanh"))
SHARED = dense(4, 4, key="shared", activation="relu")
NETS = {
    "one layer": sequential(dense(3, 2)),
    "relu": sequential(dense(3, 5, activation="relu"), dense(5, 2)),
    "tanh": sequential(dense(3, 5, activation="tanh"), dense(5, 2)),
    "no bias": sequential(dense(3, 5, bias=False), dense(5, 2, activation="relu")),
    "nested": sequential(sequential(INNER, INNER), dense(4, 1)),
    "frozen": sequential(dense(3, 5, trainable=False), dense(5, 2)),
    "tied": sequential(dense(3, 4), SHARED, SHARED, dense(4, 2)),
    "tied, in blocks": sequential(
        sequential(SHARED, dense(4, 4, activation="tanh")), sequential(SHARED)
    ),
    "tied, no bias": sequential(
        *[dense(4, 4, key="w", bias=False, activation="tanh")] * 3
    ),
}
# Names and activations as PyTorch has them, in either layout.
LAYOUTS = {
    "out_in": FACTS["pytorch"],
    "in_out": replace(FACTS["pytorch"], weight_layout="in_out"),
}


def example(facts: Facts, net: Blueprint) -> tuple[list[Array], Array, Array]:
    """Draw values, a batch and an upstream gradient, far from any kink."""
    rng = np.random.default_rng(7)
    layers = list(dense_uses(net))
    while True:
        drawn = [value.astype(np.float64) for value in values(rng, facts, net)]
        X = rng.normal(size=(3, layers[0]["inputs"]))
        upstream = rng.normal(size=(3, layers[-1]["outputs"]))
        if kink_distance(facts, net, drawn, X) > 1e-3:
            return drawn, X, upstream


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NETS)
def test_gradients_are_slopes(name: str, layout: str) -> None:
    facts, net = LAYOUTS[layout], NETS[name]
    drawn, X, upstream = example(facts, net)

    def loss() -> float:
        return float(np.sum(upstream * forward(facts, net, drawn, X)))

    found = gradients(facts, net, drawn, X, upstream)
    step = 1e-6
    for value, gradient in zip(drawn, found, strict=True):
        assert gradient.shape == value.shape
        for place in np.ndindex(value.shape):
            was = value[place]
            value[place] = was + step
            above = loss()
            value[place] = was - step
            slope = (above - loss()) / (2 * step)
            value[place] = was
            assert slope == pytest.approx(gradient[place], rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", NETS)
def test_without_upstream_it_is_the_gradient_of_the_sum(name: str) -> None:
    facts, net = FACTS["pytorch"], NETS[name]
    drawn, X, upstream = example(facts, net)
    ones = np.ones_like(upstream)
    for left_out, given in zip(
        gradients(facts, net, drawn, X),
        gradients(facts, net, drawn, X, ones),
        strict=True,
    ):
        np.testing.assert_array_equal(left_out, given)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NETS)
def test_each_use_has_the_gradient_of_an_untied_copy(name: str, layout: str) -> None:
    facts, net = LAYOUTS[layout], NETS[name]
    drawn, X, upstream = example(facts, net)
    uses = use_gradients(facts, net, drawn, X, upstream)

    # The same network, each use with parameters of its own.
    untied = sequential(*[{**layer, "key": None} for layer in dense_uses(net)])
    starts: dict[Any, int] = {}
    owners: list[int] = []  # for each copied parameter, which one it copies
    for n, layer in enumerate(dense_uses(net)):
        width = 2 if layer.get("bias", True) else 1
        known = starts.setdefault(layer.get("key") or n, len(set(owners)))
        owners += range(known, known + width)
    copies = [drawn[owner] for owner in owners]
    for owner, gradient in zip(
        owners, gradients(facts, untied, copies, X, upstream), strict=True
    ):
        np.testing.assert_allclose(uses[owner].pop(0), gradient, rtol=1e-12)
    assert not any(uses)


def test_layouts_differ_by_a_transpose() -> None:
    net = NETS["nested"]
    drawn, X, _ = example(LAYOUTS["out_in"], net)
    turned = [value.T if value.ndim == 2 else value for value in drawn]
    shapes = [slot.shape for slot in slots(LAYOUTS["in_out"], net)]
    assert [value.shape for value in turned] == shapes
    np.testing.assert_allclose(
        forward(LAYOUTS["in_out"], net, turned, X),
        forward(LAYOUTS["out_in"], net, drawn, X),
    )


@pytest.mark.parametrize("framework", FACTS)
def test_drawn_values_hide_no_mistake(framework: str) -> None:
    facts = FACTS[framework]
    for net in NETS.values():
        drawn = values(np.random.default_rng(0), facts, net)
        numbers = np.concatenate([value.ravel() for value in drawn])
        assert np.all(numbers != 0)
        assert len(np.unique(numbers)) == numbers.size
