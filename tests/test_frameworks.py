"""Every adapter does what the protocol says, and the facts are facts."""

from __future__ import annotations

import importlib.util
import inspect
import os
import platform
import random
import re
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from paramlab.facts import FACTS, Absent, Facts
from paramlab.frameworks import PACKAGES, FrameworkMissing, available, load
from paramlab.frameworks.protocol import Framework, Layer, NotAllocated
from paramlab.judges import reading, reference
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.chance import unlike_uniform, unlikely_largest
from paramlab.judges.fancy import fancy_gradient

# Not ours: old names in MXNet 1.9.1 and TensorFlow 2.15.1.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FRAMEWORKS = available()
each_framework = pytest.mark.parametrize("name", FRAMEWORKS)
many = settings(max_examples=40, deadline=None, derandomize=True)

TIED = sequential(
    dense(3, 4, activation="relu"),
    dense(4, 4, key="s", activation="tanh"),
    dense(4, 4, key="s", activation="tanh"),
    dense(4, 2),
)


@st.composite
def blueprints(draw: st.DrawFn, norms: bool = False) -> Blueprint:
    """Networks of dense layers: nested, tied, frozen, with and without biases."""
    keyed: dict[str, Blueprint] = {}
    flag = st.booleans()

    def layer(inputs: int) -> tuple[Blueprint, int]:
        if norms and draw(st.integers(0, 3)) == 0:
            return {"kind": "batchnorm", "features": inputs}, inputs
        key = draw(st.sampled_from([None, None, "s", "t"]))
        outputs = inputs if key else draw(st.integers(1, 5))
        named = f"{key}{inputs}"
        if key and named in keyed:
            return keyed[named], inputs
        made = dense(
            inputs,
            outputs,
            activation=draw(st.sampled_from([None, "relu", "tanh"])),
            bias=draw(flag),
            trainable=draw(flag),
            **({"key": named} if key else {}),
        )
        if key:
            keyed[named] = made
        return made, outputs

    def block(inputs: int, depth: int) -> tuple[Blueprint, int]:
        items = []
        for _ in range(draw(st.integers(1, 4))):
            nested = depth < 2 and draw(st.integers(0, 3)) == 0
            item, inputs = block(inputs, depth + 1) if nested else layer(inputs)
            items.append(item)
        return sequential(*items), inputs

    return block(draw(st.integers(1, 5)), 0)[0]


def first_size(blueprint: Blueprint) -> int:
    if blueprint["kind"] == "sequential":
        return first_size(blueprint["layers"][0])
    return int(blueprint["inputs"])


def batch(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(5, size)).astype(np.float32)


def filled(framework: Framework, blueprint: Blueprint, seed: int = 0) -> tuple:
    """Build a network and give it values that are known."""
    net = framework.build(blueprint)
    facts = FACTS[framework.id]
    values = reference.values(np.random.default_rng(seed), facts, blueprint)
    framework.assign(net, values)
    return net, facts, values


def names(layer: Layer) -> list[str]:
    found = [parameter.name for parameter in layer.parameters]
    return found + [name for child in layer.children for name in names(child)]


@each_framework
def test_an_adapter_has_every_method_of_the_protocol(name: str) -> None:
    framework = load(name)
    assert framework.id == name
    assert framework.version[0].isdigit()
    methods = [key for key in vars(Framework) if not key.startswith("_")]
    assert len(methods) >= 20
    for method in methods:
        own, asked = getattr(type(framework), method), getattr(Framework, method)
        parameters = list(inspect.signature(own).parameters)
        assert parameters == list(inspect.signature(asked).parameters), method


# --- networks from blueprints ----------------------------------------------


@each_framework
@given(blueprint=blueprints())
@many
def test_reference_knows_the_parameters_of_a_network(
    name: str, blueprint: Blueprint
) -> None:
    framework = load(name)
    found = framework.parameters(framework.build(blueprint))
    expected = reference.slots(FACTS[name], blueprint)
    assert [(p.name, p.role, p.shape, p.trainable) for p in found] == [
        (slot.name, slot.role, slot.shape, slot.trainable) for slot in expected
    ]
    assert len({parameter.identity for parameter in found}) == len(found)
    assert {parameter.dtype for parameter in found} == {"float32"}
    assert all(parameter.value.shape == parameter.shape for parameter in found)


@each_framework
@given(blueprint=blueprints(norms=True))
@many
def test_a_norm_changes_no_name_of_a_dense_layer(
    name: str, blueprint: Blueprint
) -> None:
    framework = load(name)
    assume(any(item["kind"] != "batchnorm" for item in blueprint["layers"][:1]))
    found = framework.parameters(framework.build(blueprint))
    slots = [
        (slot.name, slot.shape) for slot in reference.slots(FACTS[name], blueprint)
    ]
    listed = [(p.name, p.shape) for p in found if (p.name, p.shape) in slots]
    assert listed == slots
    norms = str(blueprint).count("batchnorm")
    sizes = Counter(p.trainable for p in found if (p.name, p.shape) not in slots)
    # PyTorch's moving statistics are no parameters.
    still = 0 if name == "pytorch" else 2 * norms
    assert (sizes[True], sizes[False]) == (2 * norms, still)


@each_framework
@given(blueprint=blueprints(), seed=st.integers(0, 99))
@many
def test_reference_computes_what_the_framework_does(
    name: str, blueprint: Blueprint, seed: int
) -> None:
    framework = load(name)
    net, facts, values = filled(framework, blueprint, seed)
    X = batch(first_size(blueprint), seed)
    assume(reference.kink_distance(facts, blueprint, values, X) > 1e-3)
    out = framework.forward(net, X)
    assert reading.close(out, reference.forward(facts, blueprint, values, X))
    slots = reference.slots(facts, blueprint)
    assume(any(slot.trainable for slot in slots))
    expected = reference.gradients(facts, blueprint, values, X)
    for _ in range(2):
        found = framework.gradients(net, X)
        for slot, gradient, right in zip(slots, found, expected, strict=True):
            if slot.trainable:
                assert gradient is not None
                assert reading.close(gradient, right)
            else:
                assert gradient is None


@each_framework
def test_a_differentiator_gives_the_gradients_of_each_batch(name: str) -> None:
    """Also after the network got other values: what is compiled reads them anew."""
    framework = load(name)
    net, _, _ = filled(framework, TIED)
    differentiate = framework.differentiator(net)
    for seed in range(3):
        X = batch(first_size(TIED), seed)
        for found, right in zip(
            differentiate(X), framework.gradients(net, X), strict=True
        ):
            assert reading.close(found, right)
        values = [0.5 * p.value for p in framework.parameters(net)]
        framework.assign(net, values)


@each_framework
def test_a_tied_layer_is_applied_at_each_place(name: str) -> None:
    framework = load(name)
    net, facts, values = filled(framework, TIED)
    once = sequential(*TIED["layers"][:2], TIED["layers"][3])
    X = batch(3)
    right = reference.forward(facts, TIED, values, X)
    assert reading.close(framework.forward(net, X), right)
    assert not reading.close(right, reference.forward(facts, once, values, X))


@each_framework
def test_tree_shows_each_use_and_who_owns_what(name: str) -> None:
    framework = load(name)
    inner = sequential(dense(4, 4, key="s"), dense(4, 4))
    net = framework.build(sequential(dense(3, 4), dense(4, 4, key="s"), inner))
    tree = framework.layers(net)
    assert tree.name == ""
    assert tree.parameters == ()
    assert [child.name for child in tree.children] == ["0", "1", "2"]
    first, shared, block = tree.children
    again, last = block.children
    assert shared.identity == again.identity != first.identity != last.identity
    assert [p.identity for p in shared.parameters] == [
        p.identity for p in again.parameters
    ]
    listed = {parameter.identity for parameter in framework.parameters(net)}
    leaves = [first, shared, again, last]
    owned = [p.identity for leaf in leaves for p in leaf.parameters]
    assert len(owned) == 8
    assert set(owned) == listed
    assert len(listed) == 6
    assert {leaf.kind for leaf in leaves} == {first.kind}
    assert tree.kind == block.kind == "Sequential"


@each_framework
def test_values_are_written_in_place_and_in_order(name: str) -> None:
    framework = load(name)
    net = framework.build(TIED)
    before = framework.parameters(net)
    values = [np.full(p.shape, n, np.float32) for n, p in enumerate(before)]
    framework.assign(net, values)
    after = framework.parameters(net)
    assert [p.identity for p in after] == [p.identity for p in before]
    for parameter, value in zip(after, values, strict=True):
        assert np.array_equal(parameter.value, value)
    # A view is a copy: nobody changes a network through it.
    after[0].value[:] = -1
    assert np.array_equal(framework.parameters(net)[0].value, values[0])
    with pytest.raises(ValueError, match="zip"):
        framework.assign(net, values[:-1])


@each_framework
def test_parameters_of_a_lone_layer(name: str) -> None:
    framework, facts = load(name), FACTS[name]
    W = np.arange(6, dtype=np.float32).reshape(2, 3)
    b = np.zeros(3 if facts.weight_layout == "in_out" else 2, np.float32)
    layer, _ = framework.dense_pair("layer", [W, b], [W, b])
    found = framework.parameters(layer)
    assert [parameter.role for parameter in found] == ["weight", "bias"]
    assert np.array_equal(found[0].value, W)
    assert [p.identity for p in framework.layers(layer).parameters] == [
        parameter.identity for parameter in found
    ]


# --- training ---------------------------------------------------------------


@each_framework
def test_a_step_goes_down_the_gradient_of_the_mean_squared_error(name: str) -> None:
    framework = load(name)
    frozen = dense(4, 4, trainable=False)
    blueprint = sequential(*TIED["layers"][:3], frozen, TIED["layers"][3])
    net, facts, values = filled(framework, blueprint)
    X, y = batch(3), batch(2, seed=1)
    assert reference.kink_distance(facts, blueprint, values, X) > 1e-3
    step = framework.training(net, 0.1)
    slots = reference.slots(facts, blueprint)
    losses = []
    for _ in range(3):
        error = reference.forward(facts, blueprint, values, X) - y
        upstream = 2 * error / error.size
        right = reference.gradients(facts, blueprint, values, X, upstream)
        losses.append(step(X, y))
        assert isinstance(losses[-1], float)
        assert losses[-1] == pytest.approx(float((error**2).mean()), rel=1e-4)
        found = framework.parameters(net)
        for slot, old, g, new in zip(slots, values, right, found, strict=True):
            if slot.trainable:
                assert new.gradient is not None
                assert reading.close(new.gradient, g)
                assert reading.close(new.value, old - 0.1 * g)
            else:
                assert new.gradient is None
                assert np.array_equal(new.value, old)
        values = [parameter.value for parameter in found]
    assert losses == sorted(losses, reverse=True)


@each_framework
def test_no_gradient_is_shown_before_one_was_used(name: str) -> None:
    framework = load(name)
    net, facts, _ = filled(framework, TIED)
    framework.training(net, 0.1)
    for parameter in framework.parameters(net):
        if facts.gradient_before == "zeros":
            assert parameter.gradient is not None
            assert not parameter.gradient.any()
        else:
            assert parameter.gradient is None


@each_framework
def test_a_norm_is_trained_with_the_rest(name: str) -> None:
    framework = load(name)
    norm = {"kind": "batchnorm", "features": 6}
    net = framework.build(sequential(dense(3, 6), norm, dense(6, 1)))
    before = framework.parameters(net)
    step = framework.training(net, 0.05)
    for seed in range(2):
        step(batch(3, seed), batch(1, seed))
    for old, new in zip(before, framework.parameters(net), strict=True):
        # A bias before a norm has no effect: what it gets is rounding.
        if old is not before[1]:
            assert not np.array_equal(old.value, new.value), new.name


# --- layers that are related -------------------------------------------------


def pair_values(facts: Facts) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(0)
    shape = (3, 2) if facts.weight_layout == "in_out" else (2, 3)
    first, second = (
        [rng.normal(size=shape).astype(np.float32), rng.normal(size=2)] for _ in "ab"
    )
    first[1], second[1] = first[1].astype(np.float32), second[1].astype(np.float32)
    return first, second


RELATIONS = [
    (name, relation) for name in FRAMEWORKS for relation in FACTS[name].layer_relations
]


@pytest.mark.parametrize(("name", "relation"), RELATIONS)
def test_pairs_of_layers_are_related_as_said(name: str, relation: str) -> None:
    framework, facts = load(name), FACTS[name]
    first, second = pair_values(facts)
    a, b = framework.dense_pair(relation, first, second)
    assert (a is b) == (relation == "layer")
    ones, others = framework.parameters(a), framework.parameters(b)
    same = [p.identity == q.identity for p, q in zip(ones, others, strict=True)]
    assert [p.role for p in others] == ["weight", "bias"]
    shared = {
        "layer": [True, True],
        "both": [True, True],
        "weight": [True, False],
        "bias": [False, True],
    }
    assert same == shared.get(relation, [False, False])
    takes_first = [relation == "storage" or same[0], same[1]]
    for p, q, mine, theirs, take in zip(
        ones, others, first, second, takes_first, strict=True
    ):
        assert np.array_equal(p.value, mine)
        assert np.array_equal(q.value, mine if take else theirs)
    X = batch(3)
    W = others[0].value if facts.weight_layout == "in_out" else others[0].value.T
    assert reading.close(framework.forward(b, X), X @ W + others[1].value)
    if relation in ("namesake", "apart") and facts.counted_names is not None:
        alike = [p.name for p in ones] == [p.name for p in others]
        assert alike == (relation == "namesake")
    framework.assign(a, [value + 1 for value in first])
    moved = [
        np.array_equal(q.value, mine + 1)
        for q, mine in zip(framework.parameters(b), first, strict=True)
    ]
    assert moved == takes_first


def test_paddles_counted_names_of_namesakes() -> None:
    pytest.importorskip("paddle")
    first, second = pair_values(FACTS["paddle"])
    for relation in ("apart", "namesake"):
        a, b = load("paddle").dense_pair(relation, first, second)
        assert (a.weight.name == b.weight.name) == (relation == "namesake")


# --- FancyMLP ----------------------------------------------------------------

HOLDINGS = [
    (name, holding) for name in FRAMEWORKS for holding in FACTS[name].fancy_constant
]


def fancy_case(facts: Facts) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    while True:
        case = {
            "weight": rng.normal(0, 0.5, (8, 8)),
            "bias": rng.normal(0, 0.5, 8),
            "constant": rng.uniform(0, 1, (8, 8)),
            "X": rng.normal(size=(2, 8)),
        }
        case = {key: value.astype(np.float32) for key, value in case.items()}
        if fancy_gradient(facts, **case)[1] > 1e-2:
            return case


def saved(name: str, net: Any, folder: Path) -> list[str]:
    """Save a network as its framework does and list what is in the file."""
    if name == "pytorch":
        return list(net.state_dict())
    if name == "paddle":
        return list(net.state_dict())
    path = str(folder / "net")
    if name == "mxnet":
        import mxnet as mx

        net.save_parameters(path)
        return list(mx.npx.load(path))
    import tensorflow as tf

    net.save_weights(path)
    return [variable for variable, _ in tf.train.list_variables(path)]


@pytest.mark.parametrize(("name", "holding"), HOLDINGS)
def test_fancy_mlp_holds_its_constant_as_the_facts_say(
    name: str, holding: str, tmp_path: Path
) -> None:
    framework, facts = load(name), FACTS[name]
    said = facts.fancy_constant[holding]
    case = fancy_case(facts)
    X = case.pop("X")
    net = framework.fancy_mlp(**case, holding=holding)
    assert framework.is_net(net)
    constant = framework.to_numpy(net.rand_weight)
    assert np.array_equal(constant, case["constant"])
    found = framework.parameters(net)
    assert len(found) == 2 + said.listed
    assert any("rand_weight" in key for key in saved(name, net, tmp_path)) == said.saved
    expected, _ = fancy_gradient(facts, **case, X=X)
    (place,) = (
        n for n, p in enumerate(found) if np.array_equal(p.value, case["weight"])
    )
    gradient = framework.gradients(net, X)[place]
    assert gradient is not None
    assert reading.close(gradient, expected, 1e-3)
    assert abs(float(framework.forward(net, X))) <= 1
    framework.training(net, 1.0)(X, np.array(5, np.float32))
    trained = not np.array_equal(framework.to_numpy(net.rand_weight), constant)
    assert trained == said.trained
    assert not np.array_equal(framework.parameters(net)[place].value, case["weight"])


@each_framework
def test_an_untied_fancy_mlp_has_a_layer_for_each_use(name: str) -> None:
    framework, facts = load(name), FACTS[name]
    case = fancy_case(facts)
    X = case.pop("X")
    tied = framework.fancy_mlp(**case, holding="attribute")
    untied = framework.fancy_mlp(**case, holding="attribute", tied=False)
    assert len(framework.parameters(tied)) == 2
    layers = framework.parameters(untied)
    assert len({layer.identity for layer in layers}) == 4
    weights = [n for n, p in enumerate(layers) if p.role == "weight"]
    first, second = (framework.gradients(untied, X)[n] for n in weights)
    assert first is not None
    assert second is not None
    assert not np.allclose(first, second)
    expected, _ = fancy_gradient(facts, **case, X=X)
    assert reading.close(first + second, expected, 1e-3)
    assert framework.forward(untied, X) == framework.forward(tied, X)


# --- networks of the student's own -------------------------------------------


def unready(name: str) -> Any:
    """A network as a student may leave it: it has no values yet."""
    if name == "pytorch":
        from torch import nn

        return nn.Sequential(nn.LazyLinear(2))
    if name == "mxnet":
        from mxnet.gluon import nn

        net = nn.Sequential()
        net.add(nn.Dense(2))
        return net
    if name == "tensorflow":
        import tensorflow as tf

        return tf.keras.Sequential([tf.keras.layers.Dense(2)])
    import paddle

    with paddle.LazyGuard():
        return paddle.nn.Sequential(paddle.nn.Linear(3, 2))


@each_framework
def test_a_network_without_values_says_so_until_it_is_prepared(name: str) -> None:
    framework = load(name)
    net = unready(name)
    assert framework.is_net(net)
    for read in (framework.parameters, framework.layers):
        with pytest.raises(NotAllocated, match="no values yet"):
            read(net)
    framework.prepare(net, batch(3))
    assert sorted(p.size for p in framework.parameters(net)) == [2, 6]
    assert len(framework.layers(net).children) == 1
    assert framework.forward(net, batch(3)).shape == (5, 2)


@each_framework
def test_is_net(name: str) -> None:
    framework = load(name)
    net = framework.build(sequential(dense(2, 2)))
    assert framework.is_net(net)
    for other in (None, 3, [net], framework.tensor(batch(2)), framework):
        assert not framework.is_net(other)


def test_keras_networks_of_every_style() -> None:
    tf = pytest.importorskip("tensorflow")
    layers, framework = tf.keras.layers, load("tensorflow")
    shared = layers.Dense(4)

    class Net(tf.keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = layers.Dense(4)
            self.others = [shared, layers.Dense(2)]
            self.unused = layers.Dense(7)
            self.scale = tf.Variable(2.0, trainable=False)

        def call(self, X: Any) -> Any:
            for layer in (self.first, *self.others):
                X = layer(X)
            return X * self.scale

    start = tf.keras.Input((4,))
    functional = tf.keras.Model(start, shared(shared(start)))
    deferred = tf.keras.Sequential([layers.Flatten(), shared, shared])
    nets = {"subclass": Net(), "functional": functional, "deferred": deferred}
    trees = {}
    for style, net in nets.items():
        framework.prepare(net, batch(4))
        trees[style] = framework.layers(net)
        owned = Counter(names(trees[style]))
        assert set(owned) == {p.name for p in framework.parameters(net)}
    places = [child.name for child in trees["subclass"].children]
    assert places == ["first", shared.name, nets["subclass"].others[1].name, "unused"]
    (scale,) = trees["subclass"].parameters
    assert (scale.shape, scale.trainable, scale.role) == ((), False, "other")
    # A layer that stands twice in a Sequential without Input is applied once.
    kinds = [child.kind for child in trees["functional"].children]
    assert kinds == ["InputLayer", "Dense", "Dense"]
    assert [c.kind for c in trees["deferred"].children] == ["Flatten", "Dense"]
    for net in nets.values():
        net.compile("sgd", "mse", metrics=["mae"])
        net.fit(batch(4), framework.forward(net, batch(4)), verbose=0)
        assert set(names(framework.layers(net))) == {
            p.name for p in framework.parameters(net)
        }
    nets["subclass"].first.trainable = False
    frozen = [p.name for p in framework.parameters(nets["subclass"]) if not p.trainable]
    assert len(frozen) == 3
    gradients = framework.gradients(nets["subclass"], batch(4))
    assert [gradient is None for gradient in gradients].count(True) == 3


READERS_NAMES: dict[str, Callable[[Any], str]] = {
    "mxnet": lambda package: package.gluon.nn.Dense(2).name,
    "tensorflow": lambda package: package.keras.layers.Dense(2).name,
    "paddle": lambda package: package.nn.Linear(2, 2).weight.name,
}


@pytest.mark.parametrize("name", [n for n in FRAMEWORKS if n in READERS_NAMES])
def test_what_is_built_here_does_not_count_among_the_readers_layers(name: str) -> None:
    framework = load(name)
    package = pytest.importorskip(PACKAGES[name])
    start = [READERS_NAMES[name](package) for _ in range(2)]
    case = fancy_case(FACTS[name])
    del case["X"]
    first, second = pair_values(FACTS[name])
    framework.build(TIED)
    framework.fancy_mlp(**case, holding="trained")
    for relation in FACTS[name].layer_relations:
        framework.dense_pair(relation, first, second)
    end = READERS_NAMES[name](package)
    numbers = [int(re.findall(r"\d+", said)[0]) for said in (*start[1:], end)]
    assert numbers[1] - numbers[0] == 1


# --- values -------------------------------------------------------------------


@each_framework
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_a_tensor_is_a_copy_of_an_array(name: str, dtype: str) -> None:
    framework = load(name)
    array = np.array([[1, 0], [3, 4]]).astype(dtype)
    tensor = framework.tensor(array)
    assert framework.is_tensor(tensor)
    back = framework.to_numpy(tensor)
    assert np.array_equal(back, array)
    back[:] = 7
    array[:] = 1
    assert framework.to_numpy(tensor)[0, 1] == 0


@each_framework
def test_what_can_be_read_as_numbers(name: str) -> None:
    framework = load(name)
    for value in (3, 2.5, True, [1, 2], np.float32(3)):
        assert np.array_equal(framework.to_numpy(value), np.array(value))
        assert not framework.is_tensor(value)
    net, _, values = filled(framework, TIED)
    weight = next(iter(_own_parameters(name, net)))
    assert framework.is_tensor(weight)
    assert np.array_equal(framework.to_numpy(weight), values[0])
    for value in ("three", None, net, object()):
        with pytest.raises(TypeError):
            framework.to_numpy(value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TypeError, match="list is not"):
            framework.to_numpy([np.ones((2, 3)), np.ones(3)])


def _own_parameters(name: str, net: Any) -> list[Any]:
    if name == "mxnet":
        return list(net.collect_params().values())
    return list(net.weights if name == "tensorflow" else net.parameters())


# --- randomness ---------------------------------------------------------------


def draw(name: str) -> list[float]:
    """Take numbers from each of a framework's global streams."""
    if name == "pytorch":
        import torch

        return torch.rand(3).tolist()
    if name == "mxnet":
        import mxnet as mx

        return mx.np.random.uniform(size=(3,)).asnumpy().tolist()
    if name == "paddle":
        import paddle

        return paddle.rand([3]).tolist()
    import tensorflow as tf

    return [
        *tf.random.uniform([3]).numpy().tolist(),
        *tf.keras.initializers.RandomNormal()([3]).numpy().tolist(),
    ]


def draw_all(name: str) -> list[float]:
    return [*draw(name), float(np.random.rand()), random.random()]


@each_framework
def test_a_seed_starts_the_stream_anew(name: str) -> None:
    framework = load(name)
    with framework.preserved_random():
        framework.seed(5)
        first, second = draw(name), draw(name)
        framework.seed(5)
        assert [draw(name), draw(name)] == [first, second]
        framework.seed(6)
        assert draw(name) != first
        assert first != second
    framework.seed(0)


def disturbance(name: str) -> dict[str, Callable[[], object]]:
    framework = load(name)

    def train() -> None:
        framework.training(framework.build(TIED), 0.1)(batch(3), batch(2))

    return {
        "draws": lambda: [draw_all(name) for _ in range(3)],
        "a seed": lambda: (framework.seed(5), random.seed(5), np.random.seed(5)),
        "training": train,
    }


@pytest.mark.parametrize("what", ["draws", "a seed", "training"])
@pytest.mark.parametrize("error", [None, KeyError])
@each_framework
def test_the_streams_go_on_as_if_nothing_had_been(
    name: str, what: str, error: type[Exception] | None
) -> None:
    framework = load(name)
    # MXNet cannot save its own stream: Python's and NumPy's are all there is.
    take = (lambda: draw_all(name)[3:]) if name == "mxnet" else lambda: draw_all(name)

    def start() -> None:
        framework.seed(1)
        random.seed(1)
        np.random.seed(1)

    start()
    expected = [take() for _ in range(3)]
    start()
    first = take()
    with suppress(KeyError), framework.preserved_random():
        disturbance(name)[what]()
        if error is not None:
            raise error
    assert [first, take(), take()] == expected


def test_every_stream_of_tensorflow_is_put_back() -> None:
    tf = pytest.importorskip("tensorflow")
    framework = load("tensorflow")
    framework.seed(2)
    generator = tf.random.Generator.from_seed(3)
    tf.random.set_global_generator(generator)
    expected = generator.uniform([4]).numpy().tolist()
    generator.reset_from_seed(3)
    with framework.preserved_random():
        generator.uniform([7])
        tf.random.get_global_generator().normal([2])
        tf.random.set_global_generator(tf.random.Generator.from_seed(4))
    assert tf.random.get_global_generator() is generator
    assert generator.uniform([4]).numpy().tolist() == expected
    # Within, draws depend on the seed alone, so that a grade can be repeated.
    runs = []
    for _ in range(2):
        adapter = type(framework)()
        adapter.seed(2)
        with adapter.preserved_random():
            runs.append(tf.random.normal([3]).numpy().tolist())
        with adapter.preserved_random():
            runs.append(tf.random.normal([3]).numpy().tolist())
    assert runs[:2] == runs[2:]
    assert runs[0] != runs[1]


def test_tensorflow_without_a_seed_has_none_afterwards() -> None:
    code = """
import random
from paramlab.frameworks import load
framework = load("tensorflow")
import tensorflow as tf
from tensorflow.python.eager import context
state = random.getstate()
with framework.preserved_random():
    framework.seed(5)
    tf.random.normal([2])
assert context.global_seed() is None
assert random.getstate() == state
one = tf.keras.initializers.RandomNormal()([9]).numpy()
random.setstate(state)
two = tf.keras.initializers.RandomNormal()([9]).numpy()
assert (one == two).all()
"""
    pytest.importorskip("tensorflow")
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


@each_framework
def test_sampling_touches_no_stream(name: str) -> None:
    framework = load(name)
    rules = {
        "pytorch": "normal_",
        "mxnet": "Normal",
        "tensorflow": "RandomNormal",
        "paddle": "Normal",
    }

    def draws(sampling: bool) -> list[float]:
        framework.seed(1)
        random.seed(1)
        np.random.seed(1)
        first = draw_all(name)
        if sampling:
            framework.sample(rules[name], {}, (4, 5), seed=9)
        return first + draw_all(name)

    assert draws(sampling=True) == draws(sampling=False)
    one, two = (framework.sample(rules[name], {}, (4, 5), 9) for _ in range(2))
    assert np.array_equal(one, two)
    assert one.dtype == np.float32
    other = framework.sample(rules[name], {}, (4, 5), 10)
    assert not np.array_equal(one, other)


# --- autograd and rules --------------------------------------------------------


@each_framework
def test_recording_can_be_switched(name: str) -> None:
    framework = load(name)
    checks: dict[str, Callable[[], bool]] = {
        "pytorch": lambda: sys.modules["torch"].is_grad_enabled(),
        "mxnet": lambda: sys.modules["mxnet"].autograd.is_recording(),
        "paddle": lambda: sys.modules["paddle"].is_grad_enabled(),
        "tensorflow": _a_tape_is_open,
    }
    before = checks[name]()
    for on in (True, False):
        with framework.recording(on):
            assert checks[name]() == on
        assert checks[name]() == before


def _a_tape_is_open() -> bool:
    from tensorflow.python.eager import record

    return bool(record.could_possibly_record())


def rule(name: str) -> Any:
    """A rule as the framework wants one: every weight 3."""
    if name == "pytorch":
        import torch

        def fill(module: Any) -> None:
            if isinstance(module, torch.nn.Linear):
                torch.nn.init.constant_(module.weight, 3)

        return fill
    if name == "mxnet":
        import mxnet as mx

        class Three(mx.init.Initializer):
            def _init_weight(self, name: str, data: Any) -> None:
                data[:] = 3

        return Three()
    if name == "tensorflow":
        import tensorflow as tf

        class Threes(tf.keras.initializers.Initializer):
            def __call__(self, shape: Any, dtype: Any = None) -> Any:
                return 3 * tf.ones(shape, dtype)

        return Threes()
    import paddle

    return paddle.nn.initializer.Constant(3.0)


@each_framework
def test_a_rule_fills_the_weights(name: str) -> None:
    framework, facts = load(name), FACTS[name]
    block = sequential(dense(4, 4, activation="relu"))
    net = framework.build(sequential(dense(3, 4), block, dense(4, 2, bias=False)))
    shapes = [p.shape for p in framework.parameters(net)]
    framework.assign(net, [np.full(shape, 7, np.float32) for shape in shapes])
    framework.apply_rule(net, rule(name))
    for parameter in framework.parameters(net):
        kept = parameter.role == "bias"
        number = 3 if not kept else 7 if facts.rule_keeps_bias else 0
        assert np.all(parameter.value == number), parameter.name


def test_paddle_takes_a_function_as_rule_too() -> None:
    paddle = pytest.importorskip("paddle")
    framework = load("paddle")

    def fill(layer: Any) -> None:
        if isinstance(layer, paddle.nn.Linear):
            paddle.nn.initializer.Constant(3.0)(layer.weight)

    net = framework.build(TIED)
    framework.apply_rule(net, fill)
    weights = [p for p in framework.parameters(net) if p.role == "weight"]
    assert all(np.all(weight.value == 3) for weight in weights)


# --- facts ----------------------------------------------------------------------


def test_every_framework_has_facts_and_every_absence_a_reason() -> None:
    assert set(FACTS) == set(PACKAGES)
    for facts in FACTS.values():
        for field in fields(facts):
            value = getattr(facts, field.name)
            if isinstance(value, Absent):
                assert len(value.reason.split()) > 4
            else:
                assert value is None or isinstance(value, bool | str | dict | tuple)


@each_framework
def test_layout_and_names(name: str) -> None:
    framework, facts = load(name), FACTS[name]
    net = framework.build(sequential(dense(3, 4, activation="relu"), dense(4, 2)))
    weight = framework.parameters(net)[0]
    assert weight.shape == ((3, 4) if facts.weight_layout == "in_out" else (4, 3))
    kinds = [child.kind for child in framework.layers(net).children]
    assert len(kinds) == (3 if facts.activation_is_layer else 2)
    parameter = _own_parameters(name, net)[0]
    tensors = {
        "pytorch": lambda: sys.modules["torch"].Tensor,
        "mxnet": lambda: sys.modules["mxnet"].nd.NDArray,
        "tensorflow": lambda: sys.modules["tensorflow"].Tensor,
        "paddle": lambda: sys.modules["paddle"].Tensor,
    }
    assert isinstance(parameter, tensors[name]()) == facts.parameter_is_tensor


def listed_twice(name: str) -> tuple[Any, Any]:
    """Return a layer, and a Sequential that a reader makes of it, listed twice."""
    if name == "pytorch":
        from torch import nn

        layer = nn.Linear(3, 3)
        return layer, nn.Sequential(layer, layer)
    if name == "mxnet":
        from mxnet.gluon import nn

        layer, net = nn.Dense(3, in_units=3), nn.Sequential()
        net.add(layer, layer)
        net.initialize()
        return layer, net
    if name == "tensorflow":
        from tensorflow import keras

        layer = keras.layers.Dense(3)
        return layer, keras.Sequential([layer, layer])
    from paddle import nn

    layer = nn.Linear(3, 3)
    return layer, nn.Sequential(layer, layer)


@each_framework
def test_how_often_a_sequential_applies_what_it_lists_twice(name: str) -> None:
    framework, facts = load(name), FACTS[name]
    X = framework.tensor(batch(3))
    layer, net = listed_twice(name)
    once, twice, came = (
        framework.to_numpy(value.detach() if hasattr(value, "detach") else value)
        for value in (layer(X), layer(layer(X)), net(X))
    )
    assert not np.allclose(once, twice)
    np.testing.assert_allclose(came, twice if facts.sequential_repeats else once)


def gradient_states(name: str) -> dict[str, np.ndarray | None] | None:
    """Read a weight's gradient, as a reader would, at four moments."""
    if name == "tensorflow":
        import tensorflow as tf

        variable = tf.Variable([1.0])
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(variable)
        assert tape.gradient(total, variable).numpy() == [1]
        public = [name for name in dir(variable) if not name.startswith("_")]
        assert not any("grad" in name for name in public)
        return None
    framework = load(name)
    net = framework.build(sequential(dense(2, 1)))
    X = framework.tensor(np.ones((1, 2), np.float32))
    if name == "mxnet":
        from mxnet import autograd

        def backward() -> None:
            with autograd.record():
                total = net(X).sum()
            total.backward()

        # Parameter.zero_grad refuses NumPy-style arrays in 1.9.1.
        def clear() -> None:
            net[0].weight.grad()[:] = 0

    else:

        def backward() -> None:
            net(X).sum().backward()

        clear = {"pytorch": "zero_grad", "paddle": "clear_gradients"}[name]
        clear = getattr(net, clear)

    def now() -> np.ndarray | None:
        weight = net[0].weight
        gradient = weight.grad() if name == "mxnet" else weight.grad
        return None if gradient is None else framework.to_numpy(gradient)

    states = {"before": now()}
    for state in ("once", "twice"):
        backward()
        states[state] = now()
    clear()
    return {**states, "cleared": now()}


@each_framework
def test_what_a_gradient_is_before_after_twice_and_cleared(name: str) -> None:
    facts = FACTS[name]
    said = (facts.gradient_before, facts.gradient_cleared, facts.second_backward)
    states = gradient_states(name)
    if states is None:
        assert all(isinstance(fact, Absent) for fact in said)
        return
    for state, fact in (("before", said[0]), ("cleared", said[1])):
        gradient = states[state]
        assert fact == ("none" if gradient is None else "zeros")
        assert gradient is None or not gradient.any()
    once, twice = states["once"], states["twice"]
    assert once is not None
    assert twice is not None
    assert np.all(once == 1)
    assert np.all(twice == {"accumulates": 2, "overwrites": 1}[str(said[2])])


def default_layer(name: str, inputs: int, outputs: int) -> Any:
    if name == "pytorch":
        import torch

        return torch.nn.Linear(inputs, outputs)
    if name == "paddle":
        import paddle

        return paddle.nn.Linear(inputs, outputs)
    if name == "mxnet":
        from mxnet.gluon import nn

        layer = nn.Dense(outputs, in_units=inputs)
        layer.initialize()
        return layer
    import tensorflow as tf

    layer = tf.keras.layers.Dense(outputs)
    layer.build((None, inputs))
    return layer


@each_framework
def test_default_rules(name: str) -> None:
    framework, facts = load(name), FACTS[name]
    inputs, outputs = 400, 300
    framework.seed(1)
    weight, bias = framework.parameters(default_layer(name, inputs, outputs))
    sizes = {"fan_in": inputs, "fan_out": outputs, "sqrt": np.sqrt}
    for said, values in ((facts.dense_weight, weight), (facts.dense_bias, bias)):
        if said == "0":
            assert not values.value.any()
            continue
        low, high = eval(said.removeprefix("U"), sizes)
        assert low == -high
        assert np.abs(values.value).max() <= high * (1 + 1e-6)
        assert not unlike_uniform(values.value, low, high)
        assert not unlikely_largest(values.value, high)


# --- where there is none ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "system", "machine", "said"),
    [
        ("mxnet", "Darwin", "arm64", "mxnet has no package for Darwin arm64"),
        ("mxnet", "Windows", "AMD64", "mxnet has no package for Windows AMD64"),
        ("mxnet", "Linux", "x86_64", "mxnet is not installed here.*pip install"),
        ("pytorch", "Darwin", "x86_64", "torch has no package for Darwin x86_64"),
        ("paddle", "Linux", "aarch64", "paddle has no package for Linux aarch64"),
        ("tensorflow", "Darwin", "arm64", "tensorflow is not installed here"),
    ],
)
def test_a_missing_framework_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, system: str, machine: str, said: str
) -> None:
    load.cache_clear()
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    assert available() == []
    with pytest.raises(FrameworkMissing, match=said):
        load(name)


def test_an_unknown_framework_is_no_missing_one() -> None:
    with pytest.raises(ValueError, match="'jax' is not one of pytorch, mxnet"):
        load("jax")


# --- at import --------------------------------------------------------------------


@each_framework
def test_importing_and_using_an_adapter_prints_nothing(name: str) -> None:
    code = f"""
from paramlab.frameworks import load
from paramlab.judges.blueprints import dense, sequential
import numpy as np
framework = load({name!r})
X = np.ones((2, 3), np.float32)
net = framework.build(sequential(dense(3, 2)))
framework.training(net, 0.1)(X, np.ones((2, 2), np.float32))
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout + done.stderr == ""


def test_a_standard_deviation_prints_nothing_in_paddle() -> None:
    pytest.importorskip("paddle")
    code = """
from paramlab.frameworks import load
load("paddle")
import paddle
paddle.ones([3]).std()
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GLOG_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout + done.stderr == ""


def leave_float64(name: str) -> Callable[[], object]:
    """Set another default type, as an earlier cell may; return what undoes it."""
    if name == "pytorch":
        torch = importlib.import_module("torch")
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        return lambda: (
            torch.set_default_dtype(torch.float32),
            torch.set_grad_enabled(True),
        )
    if name == "paddle":
        paddle = importlib.import_module("paddle")
        paddle.set_default_dtype("float64")
        return lambda: paddle.set_default_dtype("float32")
    if name == "tensorflow":
        backend = importlib.import_module("tensorflow").keras.backend
        backend.set_floatx("float64")
        return lambda: backend.set_floatx("float32")
    npx = importlib.import_module("mxnet").npx
    npx.reset_np()
    return npx.set_np


@each_framework
def test_what_earlier_cells_left_set_does_not_count(name: str) -> None:
    framework = load(name)
    layer = {"kind": "dense", "inputs": 3, "outputs": 2}
    X = np.ones((4, 3), dtype=np.float32)
    undo = leave_float64(name)
    try:
        with framework.usual_settings():
            net = framework.build({"kind": "sequential", "layers": [layer]})
            assert framework.forward(net, X).dtype == np.float32
            weight, _ = framework.gradients(net, X)
            assert np.allclose(weight, 4)
    finally:
        undo()
    # Nothing of it stays, such as a policy made up while it was set.
    net = framework.build({"kind": "sequential", "layers": [layer]})
    assert framework.forward(net, X).dtype == np.float32


@each_framework
def test_a_network_in_float64_takes_a_batch(name: str) -> None:
    framework = load(name)
    layer = {"kind": "dense", "inputs": 3, "outputs": 2}
    net = framework.build({"kind": "sequential", "layers": [layer]})
    if name == "mxnet":
        net.cast("float64")
    elif name == "tensorflow":
        keras = importlib.import_module("tensorflow").keras
        net = keras.Sequential([keras.layers.Dense(2, dtype="float64")])
    else:
        net.to(dtype="float64") if name == "paddle" else net.double()
    X = np.ones((4, 3), dtype=np.float32)
    framework.prepare(net, X)
    assert framework.forward(net, X).shape == (4, 2)
    assert np.allclose(framework.gradients(net, X)[0], 4)


@pytest.mark.skipif("tensorflow" not in available(), reason="needs TensorFlow")
def test_keras_networks_are_prepared_as_a_call_prepares_them() -> None:
    from tensorflow import keras

    framework = load("tensorflow")

    class Doubled(keras.layers.Dense):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return 2 * super().call(inputs)

    def block(kind: Any) -> Any:
        return keras.Sequential(
            [keras.layers.Flatten(), kind(3), keras.layers.Activation("relu")]
        )

    def network() -> Any:
        kinds = (keras.layers.Dense, Doubled, keras.layers.Dense)
        return keras.Sequential(
            [keras.Sequential([block(kind) for kind in kinds]), keras.layers.Dense(2)]
        )

    X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    prepared, called = network(), network()
    framework.prepare(prepared, X)
    called(framework.tensor(X))
    assert [v.shape for v in prepared.weights] == [v.shape for v in called.weights]
    for mine, theirs in zip(prepared.weights, called.weights, strict=True):
        # Keras counts all layers that it ever made.
        assert mine.name.partition("/")[2] == theirs.name.partition("/")[2]
        mine.assign(theirs)
    same = framework.forward(prepared, X), framework.forward(called, X)
    assert np.any(same[0])
    np.testing.assert_array_equal(*same)
    with pytest.raises(ValueError, match="incompatible"):
        framework.prepare(prepared, X[:, :3])
