"""Judge of tied-network, whose answer is a network of any structure.

The probe writes our numbers into whatever parameters the network has, in the
network's own order. The judge finds out which parameter plays which role (a
reading). The network is right where one reading explains its output and its
gradients; otherwise the judge looks for the mistake that explains them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.facts import Facts
from paramlab.filling import fill
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.finding import Finding, Judge
from paramlab.judges.reference import forward, gradients, kink_distance, slots
from paramlab.plain import Plain

Array = NDArray[Any]
Shape = tuple[int, ...]
Activation = str | None

ROWS = 5
MOST_USES = 6  # how many uses an explanation may suppose
# Nearer than this to the kink of a relu, float32 may take its other side.
SAFE_DISTANCE = 1e-3

LOST = {
    "not-a-network": 1.0,
    "copies": 1.0,
    "storage": 0.75,
    "weight-apart": 0.75,
    "bias-apart": 0.5,
    "no-bias": 0.5,
    "parameters": 1.0,
    "output-shape": 1.0,
    "uses": 0.75,
    "once": 0.75,
    "activation": 0.5,
    "output": 1.0,
    "frozen": 0.5,
    "gradient": 0.5,
}


def _finding(name: str, **values: Any) -> Finding:
    return Finding(f"tied-network.{name}", LOST[name], values)


@dataclass(frozen=True)
class _Case:
    """One network that is asked for."""

    inputs: int
    hiddens: int
    outputs: int
    uses: int
    X: Array

    @property
    def activations(self) -> list[Activation]:
        return ["relu"] * (self.uses + 1) + [None]

    @property
    def blueprint(self) -> Blueprint:
        return self.with_activations(self.activations)

    def with_activations(self, activations: list[Activation]) -> Blueprint:
        """Return such a network; all but two activations are shared uses."""
        first, *shared, last = activations
        h = self.hiddens
        return sequential(
            dense(self.inputs, h, activation=first),
            *[dense(h, h, key="shared", activation=use) for use in shared],
            dense(h, self.outputs, activation=last),
        )

    def shapes(self, facts: Facts) -> list[Shape]:
        return [slot.shape for slot in slots(facts, self.blueprint)]


@dataclass(frozen=True)
class _Parameter:
    """One of the network's parameters: what we wrote, what came back."""

    given: Array
    value: Array
    gradient: Array | None
    trainable: bool

    def as_shape(self, shape: Shape) -> Iterator[_Parameter]:
        """Yield the parameter in every way that it may be read as that shape."""
        own = self.given.shape
        if own == shape:
            yield self
        elif own == (1, *shape):
            yield self._map(lambda array: array[0])
        if len(own) == 2 and own == shape[::-1]:
            yield self._map(np.transpose)

    def _map(self, turn: Any) -> _Parameter:
        gradient = None if self.gradient is None else turn(self.gradient)
        return _Parameter(turn(self.given), turn(self.value), gradient, self.trainable)


# A reading: the parameters in the order of their roles, in our layout.
Reading = list[_Parameter]


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    uses = [int(number) for number in rng.permutation([2, 3])]
    return {"cases": [_draw_case(rng, facts, number) for number in uses]}


def _draw_case(rng: np.random.Generator, facts: Facts, uses: int) -> Plain:
    while True:
        sizes = rng.choice(np.arange(3, 9), size=3, replace=False)
        drawn: Plain = {
            "sizes": [int(size) for size in sizes],
            "uses": uses,
            "X": rng.normal(size=(ROWS, int(sizes[0]))).astype(np.float32),
            # More numbers than needed: a wrong network may hold more.
            "weights": rng.normal(0, 0.6, 600).astype(np.float32),
            # Biases above zero keep enough relus open.
            "biases": rng.uniform(0.1, 1, 80).astype(np.float32),
        }
        case = _case(drawn)
        given = fill(case.shapes(facts), drawn["weights"], drawn["biases"])
        distance = kink_distance(facts, case.blueprint, given, case.X)
        if distance > SAFE_DISTANCE and _every_relu_matters(facts, case, given):
            return drawn


def _every_relu_matters(facts: Facts, case: _Case, given: list[Array]) -> bool:
    """Tell whether the output shows each relu that is missing or too many."""
    right = forward(facts, case.blueprint, given, case.X)
    for place in range(len(case.activations)):
        changed = case.activations
        changed[place] = "relu" if changed[place] is None else None
        other = forward(facts, case.with_activations(changed), given, case.X)
        if reading.close(other, right, relative=1e-2):
            return False
    return True


def _case(drawn: Plain) -> _Case:
    inputs, hiddens, outputs = drawn["sizes"]
    return _Case(inputs, hiddens, outputs, drawn["uses"], drawn["X"])


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    records = answer if isinstance(answer, list) else []
    if len(records) != len(inputs["cases"]):
        return [_finding("not-a-network", got=reading.kind(answer))]
    found: dict[str, Finding] = {}
    for drawn, record in zip(inputs["cases"], records, strict=True):
        finding = _judge_case(facts, drawn, record)
        if finding is not None:
            found.setdefault(finding.key, finding)
    return list(found.values())


def _judge_case(facts: Facts, drawn: Plain, record: Plain) -> Finding | None:
    case = _case(drawn)
    parameters = _parameters(drawn, record)
    if parameters is None:
        return _finding("not-a-network", got=reading.kind(record))
    readings = _readings(parameters, case.shapes(facts))
    if not readings:
        return _explain_parameters(case, case.shapes(facts), parameters)
    output = reading.array(record.get("output"), (ROWS, case.outputs))
    if output is None:
        expected = [ROWS, case.outputs]
        got = reading.kind(record.get("output"))
        return _finding("output-shape", expected=expected, got=got)
    asked = case.blueprint
    right = [way for way in readings if _gives(facts, asked, way, case, output)]
    if not right:
        return _explain_output(facts, case, readings, output)
    if not all(parameter.trainable for parameter in parameters):
        return _finding("frozen")
    wrong = [_wrong_gradient(facts, case, way) for way in right]
    return None if None in wrong else wrong[0]


def _parameters(drawn: Plain, record: Plain) -> list[_Parameter] | None:
    """Read the parameters of a record, or None where it is no network's."""
    listed = record.get("parameters") if isinstance(record, dict) else None
    if not isinstance(listed, list):
        return None
    found = []
    for item in listed:
        value = reading.array(item.get("value")) if isinstance(item, dict) else None
        if value is None:
            return None
        found.append((value, item))
    given = fill([value.shape for value, _ in found], drawn["weights"], drawn["biases"])
    return [
        _Parameter(
            written.astype(np.float64),
            value,
            reading.array(item.get("gradient"), value.shape),
            item.get("trainable") is True,
        )
        for written, (value, item) in zip(given, found, strict=True)
    ]


def _readings(parameters: list[_Parameter], shapes: list[Shape]) -> list[Reading]:
    """List every way to see the parameters as these roles."""
    if len(parameters) != len(shapes):
        return []
    options = [
        [
            (place, read)
            for place, parameter in enumerate(parameters)
            for read in parameter.as_shape(shape)
        ]
        for shape in shapes
    ]
    return [
        [read for _, read in chosen]
        for chosen in product(*options)
        if len({place for place, _ in chosen}) == len(shapes)
    ]


def _gives(
    facts: Facts, blueprint: Blueprint, way: Reading, case: _Case, output: Array
) -> bool:
    values = [parameter.given for parameter in way]
    return reading.close(output, forward(facts, blueprint, values, case.X))


def _explain_parameters(
    case: _Case, shapes: list[Shape], parameters: list[_Parameter]
) -> Finding:
    """Say why the parameters are not the six that are asked for."""
    for a, b in combinations(parameters, 2):
        if a.given.shape == b.given.shape and np.array_equal(a.value, b.value):
            return _finding("storage", got=len(parameters))
    h = case.hiddens
    got = [parameter.given.shape for parameter in parameters]
    weights = got.count((h, h))
    biases = got.count((h,)) + got.count((1, h))
    if weights > 1 and biases > 2:
        return _finding("copies", expected=len(shapes), got=len(got))
    if weights > 1 and biases == 2:
        return _finding("weight-apart", got=weights)
    if weights == 1 and biases > 2:
        return _finding("bias-apart", got=biases - 1)
    matrices = sum(len(shape) == 2 and 1 not in shape for shape in got)
    if weights == 1 and matrices == 3 and len(got) < len(shapes):
        return _finding("no-bias", expected=len(shapes), got=len(got))
    return _finding("parameters", expected=shapes, got=got)


def _explain_output(
    facts: Facts, case: _Case, readings: list[Reading], output: Array
) -> Finding:
    """Say which other network of these parameters would give the output."""

    def fits(activations: list[Activation]) -> bool:
        blueprint = case.with_activations(activations)
        return any(_gives(facts, blueprint, way, case, output) for way in readings)

    for uses in range(MOST_USES + 1):
        if fits(["relu"] * (uses + 1) + [None]):
            listed_only = uses == 1 and not facts.sequential_repeats
            name = "once" if listed_only else "uses"
            return _finding(name, expected=case.uses, got=uses)
    for pattern in product(["relu", None], repeat=case.uses + 2):
        if fits(list(pattern)):
            expected = [name or "none" for name in case.activations]
            got = [name or "none" for name in pattern]
            return _finding("activation", expected=expected, got=got)
    values = [parameter.given for parameter in readings[0]]
    expected_row = forward(facts, case.blueprint, values, case.X)[0]
    return _finding("output", expected=expected_row, got=output[0])


def _wrong_gradient(facts: Facts, case: _Case, way: Reading) -> Finding | None:
    values = [parameter.given for parameter in way]
    if kink_distance(facts, case.blueprint, values, case.X) < SAFE_DISTANCE / 10:
        return None
    expected = gradients(facts, case.blueprint, values, case.X)
    for parameter, right in zip(way, expected, strict=True):
        got = parameter.gradient
        if got is None or not reading.close(got, right):
            return _finding(
                "gradient",
                shape=list(right.shape),
                expected=np.atleast_2d(right)[0],
                got=None if got is None else np.atleast_2d(got)[0],
            )
    return None


TIED_NETWORK = Judge(_draw, _judge)
