"""The judge of nested-network: a network of blocks of layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.filling import fill
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint, dense, distinct_sizes, sequential
from paramlab.judges.finding import Finding, Judge, merged
from paramlab.judges.reference import forward, slots
from paramlab.plain import Plain

Array = NDArray[Any]
Shape = tuple[int, ...]
# What a network holds, by place in its list of parameters: a layer is a tuple
# of places, a block is a list of layers and blocks.
Tree = tuple[int, ...] | list[Any]

# Mistakes in the activations, so that they can be named.
ACTIVATIONS: list[tuple[str, dict[str, str | None]]] = [
    ("no-activation", {"first": None, "second": None}),
    ("one-activation", {"first": None}),
    ("one-activation", {"second": None}),
    ("output-activation", {"last": "relu"}),
]
DEEPEST = 40


def _blueprint(
    sizes: list[int],
    first: str | None = "relu",
    second: str | None = "relu",
    last: str | None = None,
) -> Blueprint:
    blocks, inputs, hiddens, outputs = sizes
    block = sequential(
        dense(inputs, hiddens, activation=first),
        dense(hiddens, inputs, activation=second),
    )
    return sequential(
        sequential(*[block] * blocks), dense(inputs, outputs, activation=last)
    )


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    # A block of one block could not be told from a block; four is the lesson's.
    return [_draw_case(rng, facts, blocks) for blocks in (2, 3)]


def _draw_case(rng: np.random.Generator, facts: Facts, blocks: int) -> dict[str, Plain]:
    sizes = [blocks, *distinct_sizes(rng, 3)]
    blueprint = _blueprint(sizes)
    shapes = [slot.shape for slot in slots(facts, blueprint)]
    while True:
        X = rng.normal(size=(6, sizes[1])).astype(np.float32)
        weights = rng.normal(0, 0.7, size=2000).astype(np.float32)
        biases = rng.normal(0, 0.5, size=200).astype(np.float32)
        values = fill(shapes, weights, biases)
        right = forward(facts, blueprint, values, X)
        wrong = [
            forward(facts, _blueprint(sizes, **activations), values, X)
            for _, activations in ACTIVATIONS
        ]
        # Each mistake must show in these outputs, and each example of the batch.
        shows = all(np.max(np.abs(right - other)) > 0.1 for other in wrong)
        if shows and np.min(np.ptp(right, axis=0)) > 0.1:
            return {"sizes": sizes, "X": X, "weights": weights, "biases": biases}


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, list) else []
    found: list[Finding] = []
    for n, case in enumerate(inputs):
        found += _judge_case(facts, case, records[n] if n < len(records) else None)
    return merged(replace(one, lost=one.lost / len(inputs)) for one in found)


def _judge_case(facts: Facts, case: Plain, record: Plain) -> list[Finding]:
    if isinstance(record, dict) and isinstance(record.get("stopped"), str):
        return [_finding("stopped", 1.0, error=record["stopped"])]
    read = _read(record)
    if read is None:
        return [_finding("no-network", 1.0, got=reading.said(record))]
    blueprint = _blueprint(case["sizes"])
    expected = [slot.shape for slot in slots(facts, blueprint)]
    tree, shapes = read
    tree = _in_use_order(tree, shapes, expected[0])
    places = list(_places(tree))
    counts = {"expected": len(expected), "got": len(shapes)}
    if len(set(places)) < len(places):
        return [_finding("shared", 0.75, **counts)]
    if len(shapes) != len(expected):
        return [_finding("parameters", 0.75, **counts)]
    came = [shapes[place] for place in places]
    if came != expected:
        said = {"expected": _said(expected), "got": _said(came)}
        return [_finding("shapes", 0.75, **said)]
    found = []
    if not _is_nested(tree, case["sizes"][0]):
        # Any block may stand for the right one: only its number matters.
        right = [[[(0, 0), (0, 0)]] * case["sizes"][0], (0, 0)]
        found.append(_finding("flat", 0.5, expected=_drawn(right), got=_drawn(tree)))
    filled = fill(shapes, case["weights"], case["biases"])
    values = [filled[place] for place in places]
    key = _mistake(facts, case, values, record.get("output"))
    if key is not None:
        output = forward(facts, blueprint, values, case["X"])
        got = reading.shown(record.get("output"))
        found.append(_finding(key, 0.5, expected=output, got=got))
    return found


def _finding(name: str, lost: float, /, **values: Any) -> Finding:
    return Finding(f"nested-network.{name}", lost, values)


def _mistake(facts: Facts, case: Plain, values: list[Array], came: Plain) -> str | None:
    """Return the name of the mistake that gives this output, None if it is right."""
    got = reading.array(came)
    if got is None:
        return "output"
    tried: list[tuple[str | None, dict[str, str | None]]] = [(None, {}), *ACTIVATIONS]
    for key, activations in tried:
        blueprint = _blueprint(case["sizes"], **activations)
        if reading.close(got, forward(facts, blueprint, values, case["X"])):
            return key
    return "output"


def _read(record: Plain) -> tuple[Tree, list[Shape]] | None:
    """Read a network's tree and its parameters' shapes, each in the tree once."""
    if not isinstance(record, dict) or not isinstance(record.get("shapes"), list):
        return None
    shapes = [reading.shape(item) for item in record["shapes"]]
    tree = _pruned(record.get("tree"))
    if tree is None or set(_places(tree)) != set(range(len(shapes))):
        return None
    known = [shape for shape in shapes if shape is not None]
    return (tree, known) if len(known) == len(shapes) else None


def _pruned(layer: Plain, depth: int = 0) -> Tree | None:
    """Read a tree of layers, less those without parameters and lone wrappers."""
    if not isinstance(layer, dict) or depth > DEEPEST:
        return None
    own, children = layer.get("parameters"), layer.get("children")
    if not isinstance(own, list) or not isinstance(children, list):
        return None
    if not all(type(place) is int for place in own):
        return None
    inner: list[Tree | None] = [tuple(own)] if own else []
    inner += [_pruned(child, depth + 1) for child in children]
    kept = [child for child in inner if child is not None]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else kept


def _in_use_order(tree: Tree, shapes: list[Shape], first: Shape) -> Tree:
    """Put the blocks before the output, first layers first, weights before biases.

    A class may name them in another order than it uses them.
    """
    if isinstance(tree, tuple):
        return tuple(sorted(tree, key=lambda place: -len(shapes[place])))
    inner = [_in_use_order(item, shapes, first) for item in tree]
    if len(inner) == 2 and isinstance(inner[0], tuple):
        last = inner[1]
        if isinstance(last, list) or shapes[last[0]] == first:
            inner.reverse()
    return inner


def _places(tree: Tree) -> Iterator[int]:
    for item in tree:
        if isinstance(item, int):
            yield item
        else:
            yield from _places(item)


def _is_nested(tree: Tree, blocks: int) -> bool:
    """Tell whether a tree is [[[layer, layer], …], layer]."""
    if not _is_block(tree, 2) or not isinstance(tree[1], tuple):
        return False
    return _is_block(tree[0], blocks) and all(
        _is_block(block, 2) and all(isinstance(layer, tuple) for layer in block)
        for block in tree[0]
    )


def _is_block(tree: Any, length: int) -> bool:
    return isinstance(tree, list) and len(tree) == length


def _drawn(tree: Tree) -> str:
    """Draw a tree in brackets, a dot for each layer."""
    if isinstance(tree, tuple):
        return "·"
    return f"[{' '.join(_drawn(item) for item in tree)}]"


def _said(shapes: list[Shape]) -> str:
    return " ".join(str(shape) for shape in dict.fromkeys(shapes))


NESTED_NETWORK = Judge(_draw, _judge)
