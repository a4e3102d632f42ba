"""Judge of tied-train: a network with a shared layer, and its training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from paramlab.dealing import deal
from paramlab.facts import Facts
from paramlab.judges import reading
from paramlab.judges.blueprints import Blueprint, dense, sequential
from paramlab.judges.finding import Finding, Judge
from paramlab.judges.reference import forward, slots, values
from paramlab.judges.training import (
    Array,
    Task,
    Values,
    all_close,
    among,
    draw_data,
    minus,
    ratio,
    read_values,
    scaled,
)
from paramlab.plain import Plain

STEPS = 2
LONG_STEPS = 5
CLOSE_OUTPUT = 1e-4
CLOSE_LOSS = 1e-3

BUILD, UPDATE, TOGETHER, LOSSES, LONG = 0.35, 0.35, 0.1, 0.15, 0.05


def tied_mlp(inputs: int, hiddens: int, activation: str, uses: int = 2) -> Blueprint:
    """Return dense, a shared layer used so often, dense with one output."""
    shared = dense(hiddens, hiddens, activation=activation, key="shared")
    return sequential(
        dense(inputs, hiddens, activation=activation),
        *[shared] * uses,
        dense(hiddens, 1),
    )


def _draw(rng: np.random.Generator, facts: Facts) -> Plain:
    while True:
        inputs, hiddens = (
            int(size) for size in (rng.integers(3, 6), rng.integers(6, 9))
        )
        data = draw_data(rng, int(rng.integers(6, 11)), inputs)
        # tanh has no kinks, where float32 could take the other side.
        smooth = tied_mlp(inputs, hiddens, "tanh")
        drawn = values(rng, facts, smooth)
        rate = round(float(rng.uniform(0.02, 0.08)), 4)
        own = tied_mlp(inputs, hiddens, "relu")
        long = _rate_for(Task(facts, own, data["X"], data["y"]), drawn)
        if long is not None and _every_part_matters(facts, data["X"], own, drawn):
            return {
                "num_inputs": inputs,
                "num_hiddens": hiddens,
                **data,
                "blueprint": smooth,
                "values": drawn,
                "run": {"rate": rate, "steps": STEPS},
                "long": {"rate": long, "steps": LONG_STEPS},
            }


def _rate_for(task: Task, start: Values) -> float | None:
    """Return a learning rate at which the loss falls, however one trains."""
    weight, bias, shared_weight, shared_bias, *last = start
    # A network may list its shared layer first: the two hidden biases, of one
    # shape, then have each other's values.
    starts = [start, [weight, shared_bias, shared_weight, bias, *last]]
    for rate in (0.02, 0.01, 0.005, 0.002, 0.001):
        if all(_falls(task, one, rate * s) for one in starts for s in task.scales):
            return rate
    return None


def _falls(task: Task, start: Values, rate: float) -> bool:
    """Tell whether every step makes the loss smaller, and all of them by much."""
    now = scaled(start, 1)
    losses = [task.loss(now)]
    for _ in range(LONG_STEPS):
        now = minus(now, scaled(task.gradients(now), rate))
        losses.append(task.loss(now))
        if not losses[-1] < losses[-2]:
            return False
    return losses[-1] < 0.98 * losses[0]


def _every_part_matters(
    facts: Facts, X: Array, blueprint: Blueprint, drawn: Values
) -> bool:
    """Tell whether the output shows a use or an activation that is missing."""
    right = forward(facts, blueprint, drawn, X)
    layers = blueprint["layers"]
    others = [sequential(*layers[:2], layers[3])]
    for place in range(3):
        changed = list(layers)
        changed[place] = {**layers[place], "activation": None}
        others.append(sequential(*changed))
    others.append(sequential(*layers[:3], {**layers[3], "activation": "relu"}))
    outputs = [forward(facts, other, drawn, X) for other in others]
    return not any(reading.close(output, right, 1e-2) for output in outputs)


def _judge(facts: Facts, inputs: Plain, answer: Plain) -> list[Finding]:
    record = answer if isinstance(answer, dict) else {}
    return [
        *_judge_own(facts, inputs, record),
        *_judge_run(facts, inputs, record.get("run")),
    ]


# --- The network that the student built --------------------------------------


def _judge_own(facts: Facts, inputs: Plain, record: Plain) -> Iterator[Finding]:
    own = record.get("own")
    raised = reading.raised(record.get("build")) or reading.raised(own)
    shapes = _shapes(own)
    if shapes is None:
        yield Finding("tied-train.build-raised", BUILD, {"got": raised or "None"})
        return
    sizes = inputs["num_inputs"], inputs["num_hiddens"]
    asked = tied_mlp(*sizes, "relu")
    given = deal(inputs["values"], shapes)
    if given is None or len(given) != len(slots(facts, asked)):
        yield _wrong_parameters(facts, asked, shapes)
        return
    order = _order(facts, asked, inputs["X"], given, own.get("output"))
    if order is None:
        yield _wrong_output(facts, inputs, sizes, given, own.get("output"))
        return
    if raised is None:
        yield from _judge_long(facts, inputs, asked, given, order, own)


def _shapes(own: Plain) -> list[tuple[int, ...]] | None:
    """Read the shapes of the parameters of the student's network."""
    shapes = own.get("shapes") if isinstance(own, dict) else None
    if not isinstance(shapes, list):
        return None
    if not all(isinstance(shape, list) for shape in shapes):
        return None
    if not all(isinstance(size, int) for shape in shapes for size in shape):
        return None
    return [tuple(shape) for shape in shapes]


def _wrong_parameters(
    facts: Facts, asked: Blueprint, got: list[tuple[int, ...]]
) -> Finding:
    expected = [slot.shape for slot in slots(facts, asked)]
    told = {"expected": expected, "got": got, "count": len(got)}
    more = set(Counter(got) - Counter(expected))
    shared = set(expected[2:4])  # the shapes of the shared weight and bias
    name = "untied" if more and more <= shared else "parameters"
    return Finding(f"tied-train.{name}", BUILD, told)


def _order(
    facts: Facts, blueprint: Blueprint, X: Array, given: Values, output: Plain
) -> tuple[int, ...] | None:
    """Find which of the network's parameters is which, by what comes out."""
    got = reading.array(output)
    shapes = [slot.shape for slot in slots(facts, blueprint)]
    for order in permutations(range(len(given))):
        if [given[n].shape for n in order] != shapes:
            continue
        expected = forward(facts, blueprint, [given[n] for n in order], X)
        if got is not None and reading.close(got, expected, CLOSE_OUTPUT):
            return order
    return None


def _wrong_output(
    facts: Facts,
    inputs: Plain,
    sizes: tuple[int, int],
    given: Values,
    output: Plain,
) -> Finding:
    once = tied_mlp(*sizes, "relu", uses=1)
    if _order(facts, once, inputs["X"], given, output) is not None:
        name = "once" if facts.sequential_repeats else "once-listed"
        return Finding(f"tied-train.{name}", BUILD)
    asked = tied_mlp(*sizes, "relu")
    expected = forward(facts, asked, inputs["values"], inputs["X"])
    got = reading.array(output)
    values = {
        "expected": expected[:3, 0],
        "got": reading.kind(output) if got is None else got.ravel()[:3],
    }
    return Finding("tied-train.output", BUILD, values)


def _judge_long(
    facts: Facts,
    inputs: Plain,
    asked: Blueprint,
    given: Values,
    order: tuple[int, ...],
    own: Plain,
) -> Iterator[Finding]:
    """Look at the student's own network after some training."""
    task = Task(facts, asked, inputs["X"], inputs["y"])
    after = own.get("after")
    count = len(after) if isinstance(after, list) else 0
    kept = read_values(after, given)
    if kept is None:
        yield Finding("tied-train.tie-lost", LONG, {"count": count})
        return
    output = reading.array(own.get("output after"))
    expected = forward(facts, asked, [kept[n] for n in order], inputs["X"])
    if output is None or not reading.close(output, expected, CLOSE_OUTPUT):
        yield Finding("tied-train.tie-lost", LONG, {"count": count})
        return
    before = task.loss([given[n] for n in order])
    end = task.loss([kept[n] for n in order])
    if not end < before:
        values = {"steps": inputs["long"]["steps"], "before": before, "after": end}
        yield Finding("tied-train.long", LONG, values)


# --- The training, on networks of ours ----------------------------------------


@dataclass(frozen=True)
class _Step:
    """One recorded step: the parameters around it and what was returned."""

    before: Values
    after: Values
    returned: Plain


def _judge_run(facts: Facts, inputs: Plain, record: Plain) -> Iterator[Finding]:
    task = Task(facts, inputs["blueprint"], inputs["X"], inputs["y"])
    run = inputs["run"]
    steps = _read_steps(
        inputs["values"], run, record if isinstance(record, dict) else {}
    )
    if isinstance(steps, Finding):
        yield steps
        return
    *single, together = steps
    wrong = _wrong_update(task, single, run["rate"])
    if wrong is not None:
        yield wrong
    elif not _same_change(together, single[-1].after):
        yield _wrong_together(together, single)
    yield from _judge_losses(task, steps)


def _read_steps(start: Values, run: Plain, record: Plain) -> list[_Step] | Finding:
    """Read the steps taken one by one, and then the call that took them all."""
    everything = UPDATE + TOGETHER + LOSSES
    listed = record.get("steps")
    parts = [*(listed if isinstance(listed, list) else []), record.get("together")]
    if len(parts) != run["steps"] + 1:
        return Finding("tied-train.train-raised", everything, {"got": "None"})
    steps: list[_Step] = []
    for n, part in enumerate(parts):
        raised = reading.raised(part)
        if raised is not None:
            return Finding("tied-train.train-raised", everything, {"got": raised})
        before = start if n in (0, len(parts) - 1) else steps[-1].after
        after = part.get("after") if isinstance(part, dict) else None
        after = read_values(after, start)
        if after is None:
            return Finding("tied-train.shapes-changed", everything)
        steps.append(_Step(before, after, part.get("came")))
    return steps


def _wrong_update(task: Task, steps: list[_Step], rate: float) -> Finding | None:
    """Compare each step with plain SGD from the parameters before it."""
    scale: float | None = None
    total = scaled(steps[0].before, 0)
    for n, step in enumerate(steps):
        change = minus(step.before, step.after)
        base = scaled(task.gradients(step.before), rate)
        total = [so_far + more for so_far, more in zip(total, base, strict=True)]
        found = among(ratio(change, base), task.scales)
        if found is not None and scale in (None, found):
            scale = found
            continue
        return _explain(task, step, change, base, total if n else base, rate)
    return None


def _explain(
    task: Task,
    step: _Step,
    change: Values,
    base: Values,
    total: Values,
    rate: float,
) -> Finding:
    """Say which mistake turned the gradient into this change."""
    if not any(np.any(part) for part in change):
        return Finding("tied-train.no-update", UPDATE)
    if not all(np.all(np.isfinite(part)) for part in change):
        return Finding("tied-train.update", UPDATE, {"rate": rate})
    factor = ratio(change, base)
    if factor is not None and factor < 0:
        return Finding("tied-train.ascends", UPDATE)
    rows = len(task.X)
    if among(factor, [1 / rows**2, 2 / rows**2]) is not None:
        return Finding("tied-train.averaged-twice", UPDATE / 2, {"rows": rows})
    if factor is not None:
        return Finding("tied-train.rate", UPDATE / 2, {"expected": rate})
    if total is not base and among(ratio(change, total), task.scales) is not None:
        return Finding("tied-train.accumulates", UPDATE)
    still = [n for n, part in enumerate(change) if not np.any(part)]
    if still:
        names = [slot.name for slot in slots(task.facts, task.blueprint)]
        unmoved = ", ".join(names[n] for n in still)
        return Finding("tied-train.some-layers", UPDATE, {"names": unmoved})
    for n in range(rows):
        if ratio(change, task.row(n).gradients(step.before)) is not None:
            return Finding("tied-train.one-sample", UPDATE, {"rows": rows})
    return Finding("tied-train.update", UPDATE, {"rate": rate})


def _same_change(step: _Step, end: Values) -> bool:
    """Tell whether the call went where the single steps went."""
    return all_close(minus(step.before, step.after), minus(step.before, end))


def _wrong_together(together: _Step, single: list[_Step]) -> Finding:
    for n, step in enumerate(single[:-1], start=1):
        if _same_change(together, step.after):
            values = {"expected": len(single), "got": n}
            return Finding("tied-train.num-steps", TOGETHER, values)
    return Finding("tied-train.together", TOGETHER, {"expected": len(single)})


def _judge_losses(task: Task, steps: list[_Step]) -> Iterator[Finding]:
    """Look at what the calls returned: a loss a step, each before its update."""
    single = steps[:-1]
    firsts = []
    for n, step in enumerate(steps):
        expected = len(single) if n == len(single) else 1
        losses = reading.array(step.returned)
        if losses is None or losses.size != expected:
            told = {"expected": expected, "got": reading.kind(step.returned)}
            yield Finding("tied-train.losses", LOSSES, told)
            return
        firsts.append(float(losses.ravel()[0]))
    got = np.array(firsts[:-1])
    before = np.array([task.loss(step.before) for step in single])
    after = np.array([task.loss(step.after) for step in single])
    if _one_scale(task, got, before):
        return
    name = "after" if _one_scale(task, got, after) else "wrong"
    told = {"expected": before * 2 / len(task.X), "got": got}
    yield Finding(f"tied-train.losses-{name}", LOSSES, told)


def _one_scale(task: Task, got: Array, losses: Array) -> bool:
    """Tell whether these are the losses, as a sum or a mean, halved or not."""
    return any(np.allclose(got, scale * losses, CLOSE_LOSS) for scale in task.scales)


JUDGE = Judge(_draw, _judge)
