"""How a framework behaves by itself, measured: ``python -m paramlab.comparison NAME``.

It prints plain data. So a notebook can compare the frameworks that are
installed, and never imports a second one beside its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from paramlab import measurements
from paramlab.defaults import KINDS, WORDS
from paramlab.facts import FACTS, Absent
from paramlab.frameworks import load
from paramlab.frameworks.protocol import Array, Framework, Net

WIDTHS = (8, 16, 32, 64, 128, 256, 512)
BINS = 30
DRAWN = 10_000  # numbers: narrow layers are built again, at most so often:
LAYERS = 20
KEPT = 50_000  # numbers that a histogram counts
SECONDS = 180  # for one framework, on a very busy machine

# One layer y = 2x + 1 at x = 3, used once or twice. Once, dy/dw is x.
WEIGHT, BIAS, X = 2.0, 1.0, 3.0
USES = (WEIGHT * X, WEIGHT * X + BIAS)  # d/dw of w(wx + b) + b, use by use
SIZES = (3, 5)  # inputs and outputs of the layer whose weight's shape is told


class NotMeasured(RuntimeError):
    """A framework's process failed: says its last words."""


@dataclass(frozen=True)
class Drawn:
    """Numbers that a default rule drew, as a histogram of densities."""

    mean: float
    std: float
    low: float
    high: float
    edges: list[float]  # empty where all numbers are equal
    heights: list[float]


@dataclass(frozen=True)
class Behaviour:
    """What one framework does when it is left to its defaults."""

    framework: str
    version: str  # "" where it comes from the facts
    name: str  # of the first layer's weight in a network
    shape: tuple[int, int]  # of the weight of a layer of SIZES
    held: bool  # does the parameter hold its gradient?
    # The gradient of a weight; None where there is none.
    before: float | None
    once: float | None
    twice: float | None
    cleared: float | None
    tied: float | None  # of a layer used twice
    uses: tuple[float, float]  # and of two layers with the same values
    listed: int  # how many parameters that network lists: weights and biases
    drawn: dict[str, Drawn] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Tell whether the framework was run."""
        return bool(self.version)


def key(kind: str, width: int, role: str) -> str:
    """Return the key of what was drawn for a layer's "weight" or "bias"."""
    return f"{kind} {width} {role}"


def expected(name: str) -> Behaviour:
    """Return what the facts say of a framework."""
    facts = FACTS[name]
    held = not isinstance(facts.gradient_before, Absent)
    states = {"none": None, "zeros": 0.0}
    adds = facts.second_backward == "accumulates"
    begins = facts.counted_names[0] if facts.counted_names else "0."
    inputs, outputs = SIZES
    return Behaviour(
        framework=name,
        version="",
        name=begins + facts.weight_name,
        shape=(inputs, outputs)
        if facts.weight_layout == "in_out"
        else (outputs, inputs),
        held=held,
        before=states[str(facts.gradient_before)] if held else None,
        once=X,
        twice=2 * X if adds else X,
        cleared=states[str(facts.gradient_cleared)] if held else None,
        tied=sum(USES),
        uses=USES,
        listed=2,
    )


def measure(framework: Framework) -> Behaviour:
    """Run a framework and return what it did."""
    framework.seed(0)
    net = framework.build({"kind": "sequential", "layers": [_dense()]})
    _fill(framework, net)
    before = _held(framework, net)
    once = _gradient(framework.backward(net, _batch()))
    held = _held(framework, net) is not None
    twice = _gradient(framework.backward(net, _batch()))
    framework.clear_gradients(net)
    tied = framework.build({"kind": "sequential", "layers": [_dense("one")] * 2})
    apart = framework.build({"kind": "sequential", "layers": [_dense(), _dense()]})
    for other in (tied, apart):
        _fill(framework, other)
    parts = framework.gradients(apart, _batch())
    layer = framework.layer("dense", *SIZES)
    return Behaviour(
        framework=framework.id,
        version=framework.version,
        name=framework.parameters(net)[0].name,
        shape=_pair(framework.parameters(layer)[0].shape),
        held=held,
        before=before,
        once=once,
        twice=twice,
        cleared=_held(framework, net),
        tied=_gradient(framework.gradients(tied, _batch())),
        uses=(_number(parts[0]) or 0.0, _number(parts[2]) or 0.0),
        listed=len(framework.parameters(tied)),
        drawn={
            key(kind, width, role): drawn
            for kind in KINDS
            for width in WIDTHS
            for role, drawn in _drawn(framework, kind, width).items()
        },
    )


def _dense(name: str | None = None) -> dict[str, Any]:
    layer = {"kind": "dense", "inputs": 1, "outputs": 1}
    return layer | ({"key": name} if name else {})


def _fill(framework: Framework, net: Net) -> None:
    framework.assign(
        net,
        [
            np.full(p.shape, WEIGHT if p.role == "weight" else BIAS, np.float32)
            for p in framework.parameters(net)
        ],
    )


def _batch() -> Array:
    return np.full((1, 1), X, np.float32)


def _held(framework: Framework, net: Net) -> float | None:
    return _number(framework.parameters(net)[0].gradient)


def _gradient(gradients: list[Array | None]) -> float | None:
    return _number(gradients[0])


def _number(value: Array | None) -> float | None:
    return None if value is None else float(value.ravel()[0])


def _pair(shape: tuple[int, ...]) -> tuple[int, int]:
    first, second = shape
    return first, second


def _drawn(framework: Framework, kind: str, width: int) -> dict[str, Drawn]:
    """Build layers of one kind until enough numbers are drawn."""
    numbers: dict[str, list[Array]] = {}
    inputs = WORDS if kind == "embedding" else width
    for _ in range(LAYERS):
        layer = framework.layer(kind, inputs, width)
        for parameter in framework.parameters(layer):
            role = "bias" if parameter.role == "bias" else "weight"
            numbers.setdefault(role, []).append(parameter.value.ravel())
        if sum(map(len, numbers["weight"])) >= DRAWN:
            break
    return {role: _counted(np.concatenate(found)) for role, found in numbers.items()}


def _counted(values: Array) -> Drawn:
    values = values.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    edges, heights = np.array([]), np.array([])
    if low < high:
        every = -(-values.size // KEPT)
        heights, edges = np.histogram(values[::every], BINS, (low, high), density=True)
    return Drawn(
        mean=float(values.mean()),
        std=float(values.std()),
        low=low,
        high=high,
        edges=edges.tolist(),
        heights=heights.tolist(),
    )


def run(name: str) -> Behaviour:
    """Measure a framework in a process of its own; raises NotMeasured.

    Once: what the installed version did is kept for notebooks to come.
    """
    if kept := measurements.recall(name):
        return from_text(kept)
    try:
        done = _process(name)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotMeasured(f"{name}: {error}") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise NotMeasured(f"{name}: {said[-1]}")
    behaviour = from_text(done.stdout)
    measurements.keep(name, to_text(behaviour))
    return behaviour


@lru_cache
def _process(name: str) -> subprocess.CompletedProcess[str]:
    here = str(Path(__file__).resolve().parents[1])
    paths = [here, os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-m", "paramlab.comparison", name],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


def to_text(behaviour: Behaviour) -> str:
    """Write what was measured in one line."""
    return json.dumps(asdict(behaviour))


def from_text(text: str) -> Behaviour:
    """Read what ``to_text`` wrote, at the end of whatever a framework printed."""
    data = json.loads(text.strip().splitlines()[-1])
    data["drawn"] = {name: Drawn(**drawn) for name, drawn in data["drawn"].items()}
    data["shape"], data["uses"] = tuple(data["shape"]), tuple(data["uses"])
    return Behaviour(**data)


def main(arguments: list[str]) -> int:
    """Measure one framework and print what it did."""
    (name,) = arguments
    print(to_text(measure(load(name))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
