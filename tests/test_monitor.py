"""The training monitor shows what a step has done, its own or a reader's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drive import REPOSITORY, drawable, drive
from jupyter_client.manager import start_new_kernel
from test_widgets import FRAMEWORKS, LANGUAGES, NESTED, Redraws

from paramlab import widgets
from paramlab.frameworks import load
from paramlab.frameworks.protocol import Parameter
from paramlab.messages import area
from paramlab.widgets import monitor, monitor_scene, recording
from paramlab.widgets.gate import Gate
from paramlab.widgets.monitor import TrainingMonitor
from paramlab.widgets.own_loop import LoopMonitor
from paramlab.widgets.picture import png
from paramlab.widgets.recording import Recording
from paramlab.widgets.scene import Bars, Level, Line, short
from paramlab.widgets.view import NotAView

pytestmark = pytest.mark.filterwarnings(
    # Not ours: MXNet 1.9.1 reads an old name of SciPy's.
    "ignore:Please import `csr_matrix`:DeprecationWarning"
)
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS)
each_language = pytest.mark.parametrize("language", LANGUAGES)

MESSAGES = area("en", "widgets")["monitor"]


def make(framework: str, steps: int = 12, **options: Any) -> TrainingMonitor:
    shown = widgets.training_monitor(
        steps=steps, framework=framework, language="en", **options
    )
    assert isinstance(shown, TrainingMonitor)
    return shown


def by_hand(framework: str, steps: int) -> tuple[list[float], list[list[np.ndarray]]]:
    """Train the monitor's own network with the adapter alone."""
    adapter = load(framework)
    net = monitor.tied_network(adapter)
    X, y = monitor._task(4)
    step = adapter.training(net, 0.1)
    losses, values = [], [[p.value for p in adapter.parameters(net)]]
    for _ in range(steps):
        losses.append(step(X, y))
        values.append([parameter.value for parameter in adapter.parameters(net)])
    return losses, values


def size(values: np.ndarray) -> float:
    return float(np.linalg.norm(values.astype(np.float64)))


# It trains a network itself


@each_framework
def test_it_trains_as_the_framework_does(framework: str) -> None:
    losses, values = by_hand(framework, 12)
    shown = make(framework)
    shown.play.value = 12  # what the browser's play button sends
    state = shown.compute()
    np.testing.assert_allclose(state.losses, losses, rtol=1e-6)
    weights = [number for number, value in enumerate(values[0]) if value.ndim == 2]
    assert len(state.layers) == len(weights) == 3  # the tied one counts once
    for layer, number in zip(state.layers, weights, strict=True):
        path = [step[number] for step in values]
        assert layer.norm == pytest.approx(size(path[-1]), rel=1e-5)
        np.testing.assert_allclose(layer.norms, list(map(size, path)), rtol=1e-5)
        updates = [
            size(after - before) / size(before) for before, after in pairwise(path)
        ]
        np.testing.assert_allclose(layer.ratios, updates, rtol=1e-3)
        # SGD moves a value by the rate times the gradient.
        expected = 0.1 * layer.gradient_norms / layer.norms[:-1]
        np.testing.assert_allclose(layer.ratios, expected, rtol=1e-3)
        assert layer.value.heights.sum() == path[-1].size
        assert layer.gradient is not None
    assert shown.progress.value == shown.step.value == 12


def test_monitors_of_all_frameworks_agree() -> None:
    states = []
    for framework in FRAMEWORKS:
        shown = make(framework)
        shown.go(12)
        states.append(shown.compute())
    for state in states[1:]:
        np.testing.assert_allclose(state.losses, states[0].losses, rtol=1e-4)
        for layer, other in zip(state.layers, states[0].layers, strict=True):
            assert layer.gradient_norm == pytest.approx(other.gradient_norm, rel=1e-3)
            assert layer.ratio == pytest.approx(other.ratio, rel=1e-3)


@each_framework
def test_it_goes_back_without_training_again(framework: str) -> None:
    shown = make(framework)
    redraws = Redraws(shown)
    shown.go(4)
    there = shown.compute()
    shown.go(9)
    shown.go(4)
    again = shown.compute()
    assert shown.recording.steps == 9
    assert [layer.norm for layer in again.layers] == [
        layer.norm for layer in there.layers
    ]
    shown.forward.click()
    assert shown.step.value == 5
    assert redraws.count == 4
    shown.play.value = 0  # the browser's stop button
    assert all(layer.gradient is None for layer in shown.compute().layers)


@each_framework
def test_it_starts_again_from_the_first_values(framework: str) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    # Where every unit is dead by chance, nothing would be trained.
    drawn = [np.abs(parameter.value) for parameter in adapter.parameters(net)]
    adapter.assign(net, drawn)
    first = [parameter.value for parameter in adapter.parameters(net)]
    X, y = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32)
    shown = widgets.training_monitor(
        net, X, y, steps=5, framework=framework, language="en"
    )
    shown.go(5)
    trained = [parameter.value for parameter in adapter.parameters(net)]
    assert not np.array_equal(trained[0], first[0])
    assert np.array_equal(trained[-1], first[-1])  # the frozen bias
    shown.again.click()
    for parameter, value in zip(adapter.parameters(net), first, strict=True):
        assert np.array_equal(parameter.value, value)
    assert shown.step.value == shown.recording.steps == shown.progress.value == 0
    shown.go(5)
    for parameter, value in zip(adapter.parameters(net), trained, strict=True):
        np.testing.assert_allclose(parameter.value, value, rtol=1e-6)


@each_framework
@pytest.mark.filterwarnings(
    "error",
    # Keras's own, whenever it draws a seed; nobody is shown it.
    "ignore:non-integer arguments to randrange:DeprecationWarning",
)
def test_it_survives_its_whole_grid(framework: str) -> None:
    shown = make(framework, 60)
    for rate in (1e-3, 0.1, 10.0):  # the last one diverges
        shown.rate.value = rate
        for number, group in enumerate(shown.groups):
            shown.which.value = number
            for step in (0, 1, 30, 60, 2):
                shown.step.value = step
                sent = shown.plot.scene
                assert f"step {step} of 60" in sent["subtitle"]
                assert len(sent["panels"]) == 2 + 2 * len(group.numbers)
                drawable(sent)
        png(shown.picture())
    assert drive(shown) > 15


@each_framework
def test_its_guide_stands_at_a_thousandth(framework: str) -> None:
    shown = make(framework)
    shown.go(12)
    _, ratios, *others = shown.scene().panels
    (guide,) = (mark for mark in ratios.marks if isinstance(mark, Level))
    assert guide.y == 1e-3
    assert ratios.y_range[0] < guide.y < ratios.y_range[1]
    lines = [mark for mark in ratios.marks if isinstance(mark, Line)]
    assert len({(line.dashed, line.dotted) for line in lines}) == len(lines) == 3
    assert len({line.label for line in lines}) == 3
    for line, layer in zip(lines, shown.compute().layers, strict=True):
        assert np.array_equal(line.y, layer.ratios)
        assert layer.track.name.startswith(line.label)
    assert all(panel.compact for panel in others)
    assert len(others) == 6


@each_framework
@each_language
def test_a_rate_that_is_too_large_is_told_in_words(
    framework: str, language: str
) -> None:
    shown = widgets.training_monitor(
        learning_rate=1.0, steps=40, framework=framework, language=language
    )
    shown.go(40)
    state = shown.compute()
    broken = next(i for i, loss in enumerate(state.losses, 1) if not np.isfinite(loss))
    assert state.broken == broken
    said = area(language, "widgets")["monitor"]["broken"].format(step=broken)
    assert said in shown.plot.scene["subtitle"]
    assert said in shown.plot.scene["summary"]
    assert "NaN" in shown.plot.scene["summary"]
    drawable(shown.plot.scene)
    png(shown.picture())
    shown.go(broken - 1)
    assert said not in shown.plot.scene["subtitle"]


@each_framework
def test_a_line_sets_it_and_it_gives_the_line(framework: str) -> None:
    line = "training_monitor?rate=0.5&show=biases&step=7"
    shown = make(framework, view=line)
    assert shown.view() == line
    assert shown.recording.steps == shown.play.value == shown.progress.value == 7
    assert {layer.track.role for layer in shown.compute().layers} == {"bias"}
    other = make(framework, learning_rate=0.5)
    other.go(7)
    np.testing.assert_array_equal(other.compute().losses, shown.compute().losses)
    redraws = Redraws(shown)
    shown.set_view("training_monitor?rate=0.1&show=weights&step=3")
    assert redraws.count == 1
    assert (shown.recording.steps, shown.recording.learning_rate) == (3, 0.1)
    for wrong in ("step=13", "rate=100", "show=all", "speed=1"):
        with pytest.raises(NotAView):
            shown.set_view(f"training_monitor?{wrong}")
    assert shown.view() == "training_monitor?rate=0.1&show=weights&step=3"


def test_wrong_use_is_refused() -> None:
    given = {"framework": "pytorch", "language": "en"}
    with pytest.raises(ValueError, match="both X and y"):
        widgets.training_monitor(X=np.ones((2, 4)), **given)
    with pytest.raises(ValueError, match=r"rate is 20, .* from 0\.001 to 10"):
        widgets.training_monitor(learning_rate=20, **given)
    with pytest.raises(ValueError, match="steps is 0"):
        widgets.training_monitor(steps=0, **given)


def test_a_picture_of_a_late_step_costs_no_more_than_of_an_early_one() -> None:
    shown = make("pytorch", 900)

    def cost(step: int) -> float:
        shown.go(step)
        costs = []
        for _ in range(15):
            start = time.perf_counter()
            shown.scene()
            costs.append(time.perf_counter() - start)
        return sorted(costs)[7]

    assert cost(30) * 5 > cost(900)


# What is kept of a training


class Numbers:
    """A framework whose networks are lists of arrays."""

    def parameters(self, net: list[np.ndarray]) -> list[Parameter]:
        return [
            Parameter(str(i), "weight", one.shape, "float32", True, i, one.copy(), None)
            for i, one in enumerate(net)
        ]

    def assign(self, net: list[np.ndarray], values: list[np.ndarray]) -> None:
        for one, value in zip(net, values, strict=True):
            one[:] = value

    def to_numpy(self, value: Any) -> np.ndarray:
        return np.asarray(value)


def recorded(*net: np.ndarray) -> Recording:
    return Recording(Numbers(), list(net))  # type: ignore[arg-type]


@pytest.mark.parametrize("steps", [5, 999, 1000, 1001, 4567, 10_000])
def test_a_long_training_is_thinned_out_evenly(steps: int) -> None:
    weight = np.ones(3, np.float32)
    kept = recorded(weight)
    for step in range(1, steps + 1):
        weight += 1
        kept.add(float(step))
        assert len(kept.kept) <= recording.MOST
    assert kept.steps == kept.kept[-1] == steps
    assert kept.kept[0] == 0
    gaps = set(np.diff(kept.kept[:-1]).tolist())
    assert len(gaps) == 1
    assert steps < recording.MOST or len(kept.kept) >= recording.MOST // 2
    assert kept.losses[1:] == kept.kept[1:]
    for step, moment in zip(kept.kept, kept.tracks[0].moments, strict=True):
        assert moment.values.tolist() == [step + 1] * 3
        if step:  # one step's update, not that since the last one kept
            assert moment.ratio == pytest.approx(1 / step)
    middle = kept.at(steps // 2)
    assert kept.kept[middle] <= steps // 2 < kept.kept[middle + 1]


def test_what_is_kept_is_bounded_for_large_networks_too() -> None:
    many = recorded(*(np.ones(5000, np.float32) for _ in range(30)))
    assert recording.FEWEST < many.room < recording.MOST
    assert many.room * 30 * recording.KEPT * 8 <= recording.BYTES
    many.add(0.0, [np.ones(5000)] * 30)
    moment = many.tracks[0].moments[-1]
    assert moment.gradient is not None
    assert moment.values.nbytes + moment.gradient.nbytes <= recording.KEPT * 8
    assert recorded(np.ones(3, np.float32)).room == recording.MOST


@pytest.mark.parametrize("scale", [1e-30, 1e-15, 1.0, 1e15, 1e30, 1e37])
def test_norms_are_right_whatever_the_size(scale: float) -> None:
    values = (np.random.default_rng(0).normal(size=(40, 30)) * scale).astype(np.float32)
    assert recording.norm(values) == pytest.approx(size(values), rel=1e-5)


def test_gradients_that_were_cleared_are_not_shown_as_zeros() -> None:
    weight = np.ones(3, np.float32)
    kept = recorded(weight)
    weight += 1
    kept.add(1.0, [np.zeros(3)])
    assert kept.tracks[0].moments[-1].gradient is None
    assert not kept.still
    kept.add(1.0, [np.zeros(3)])  # nothing moves: those are real
    assert kept.tracks[0].moments[-1].gradient is not None
    assert kept.still
    with pytest.raises(ValueError, match="2 gradients were given for a network with 1"):
        kept.add(1.0, [np.zeros(3)] * 2)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["0.weight", "2.weight"], ["0.weight", "2.weight"]),
        (["dense/kernel:0"], ["dense/kernel"]),
        (
            ["dense0_weight", "dense1_weight", "dense2_weight"],
            ["dense0", "dense1", "dense2"],
        ),
        (
            [f"sequential3_dense{i}_weight" for i in range(4)],
            ["dense0", "dense1", "dense2", "dense3"],
        ),
        (["encoder.layers.attention.projection.weight"], None),
        (["a" * 20, "b" * 20], ["…" + "a" * 16, "…" + "b" * 16]),
    ],
)
def test_names_beside_lines_fit(names: list[str], expected: list[str] | None) -> None:
    found = monitor_scene.labels(names)
    assert expected is None or found == expected
    assert sum(map(len, found)) <= monitor_scene.LEGEND
    assert len(set(found)) == len(names)


def test_many_parameters_are_shown_a_few_at_a_time() -> None:
    roles = ["weight"] * 6 + ["bias", "constant"]
    tracks: Any = [SimpleNamespace(role=role) for role in roles]
    found = monitor.groups(tracks)
    assert [group.name for group in found] == [
        *("weights-1", "weights-5", "biases", "others")
    ]
    assert [group.numbers for group in found] == [(0, 1, 2, 3), (4, 5), (6,), (7,)]
    say = make("pytorch").say
    assert found[1].label(say) == "weights 5 to 6"
    assert found[2].label(say) == "biases"


# A loop of the reader's own


def network(framework: str) -> Any:
    return monitor.tied_network(load(framework))


def own_loop(framework: str, net: Any) -> Iterator[tuple[Any, ...]]:
    """Train as people do, with an optimizer that remembers; yield what to record."""
    X, y = monitor._task(4)
    if framework == "pytorch":
        import torch

        optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
        while True:
            optimizer.zero_grad()
            loss = torch.nn.functional.l1_loss(net(torch.tensor(X)), torch.tensor(y))
            loss.backward()
            optimizer.step()
            yield (loss,)
    elif framework == "mxnet":
        import mxnet as mx

        trainer = mx.gluon.Trainer(net.collect_params(), "adam")
        l2 = mx.gluon.loss.L2Loss()
        while True:
            with mx.autograd.record():
                loss = l2(net(mx.np.array(X)), mx.np.array(y))
            loss.backward()
            trainer.step(len(X))
            yield (loss,)
    elif framework == "tensorflow":
        import tensorflow as tf

        adam = tf.keras.optimizers.Adam(0.01)
        while True:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((net(X) - y) ** 2)
            gradients = tape.gradient(loss, net.trainable_variables)
            adam.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
            yield loss, gradients
    else:
        import paddle

        adam = paddle.optimizer.Adam(0.01, parameters=net.parameters())
        while True:
            loss = ((net(paddle.to_tensor(X)) - paddle.to_tensor(y)) ** 2).mean()
            loss.backward()
            adam.step()
            yield (loss,)
            adam.clear_grad()


def watch(framework: str, net: Any, steps: int = 20) -> LoopMonitor:
    shown = widgets.training_monitor(
        net, steps=steps, framework=framework, language="en"
    )
    assert isinstance(shown, LoopMonitor)
    return shown


@each_framework
def test_one_line_shows_the_readers_own_loop(framework: str) -> None:
    adapter, net = load(framework), network(framework)
    shown = watch(framework, net)
    assert MESSAGES["waiting"] in shown.plot.scene["subtitle"]
    values = [[parameter.value for parameter in adapter.parameters(net)]]
    losses = []
    loop = own_loop(framework, net)
    for _ in range(20):
        step = next(loop)
        values.append([parameter.value for parameter in adapter.parameters(net)])
        losses.append(float(adapter.to_numpy(step[0]).mean()))
        shown.record(*step)
    assert shown.step.value == shown.progress.value == 20
    state = shown.compute()
    np.testing.assert_allclose(state.losses, losses, rtol=1e-6)
    weights = [n for n, value in enumerate(values[0]) if value.ndim == 2]
    for layer, number in zip(state.layers, weights, strict=True):
        path = [step[number] for step in values]
        updates = [
            size(after - before) / size(before) for before, after in pairwise(path)
        ]
        np.testing.assert_allclose(layer.ratios, updates, rtol=1e-3)
        assert layer.gradient is not None
        assert np.isfinite(layer.gradient_norms).all()
    assert losses[-1] < losses[0]
    # It can be looked through, and no further than it went.
    shown.go(5)
    assert "step 5 of 20" in shown.plot.scene["subtitle"]
    shown.forward.click()
    assert "step 6 of 20" in shown.plot.scene["subtitle"]
    assert drive(shown) > 3
    bundle = shown._repr_mimebundle_()
    assert shown.scene().summary in bundle["text/plain"]


@each_framework
def test_starting_again_puts_the_first_values_back(framework: str) -> None:
    adapter, net = load(framework), network(framework)
    first = [parameter.value for parameter in adapter.parameters(net)]
    shown = watch(framework, net)
    loop = own_loop(framework, net)
    for _ in range(3):
        shown.record(*next(loop))
    shown.again.click()
    for parameter, value in zip(adapter.parameters(net), first, strict=True):
        assert np.array_equal(parameter.value, value)
    assert shown.recording.steps == shown.step.value == shown.progress.value == 0
    assert MESSAGES["waiting"] in shown.plot.scene["subtitle"]
    shown.record(*next(own_loop(framework, net)))
    assert shown.recording.steps == 1


def deferred(framework: str) -> Any:
    """Build a layer that knows its input only when it sees a batch."""
    if framework == "pytorch":
        from torch import nn

        return nn.Sequential(nn.LazyLinear(6))
    if framework == "mxnet":
        from mxnet.gluon import nn as gluon_nn

        net = gluon_nn.Dense(6)
        net.initialize()
        return net
    import tensorflow as tf

    return tf.keras.Sequential([tf.keras.layers.Dense(6)])


# Paddle's layers are told their inputs.
@pytest.mark.parametrize("framework", [f for f in FRAMEWORKS if f != "paddle"])
def test_a_network_without_values_is_shown_from_its_first_step(framework: str) -> None:
    net = deferred(framework)
    shown = watch(framework, net)
    assert "no values yet" in shown.plot.scene["note"]
    assert shown.view() == "training_monitor?"
    adapter = load(framework)
    adapter.prepare(net, np.ones((2, 3), np.float32))
    shown.restart()
    shown.record(2.0)
    shown.record(1.0)
    assert shown.plot.scene["panels"]
    (layer,) = shown.compute().layers
    assert np.isnan(layer.ratios[0])
    assert layer.ratios[1] == 0
    shown.go(2)
    assert MESSAGES["still"] in shown.scene().subtitle


def test_a_longer_loop_than_expected_is_shown_to_its_end() -> None:
    net = network("pytorch")
    shown = watch("pytorch", net, steps=10)
    for loss in range(25):
        shown.record(loss)
    shown._draw()
    assert shown.step.value == shown.progress.value == 25
    assert shown.step.max == shown.progress.max == 40
    shown._ended()  # now its length is known
    assert shown.step.max == shown.progress.max == 25


@pytest.mark.filterwarnings("error")
def test_losses_of_both_signs_and_odd_ones_are_drawn() -> None:
    on_a_log_axis = {
        (3.0, -1.0, 2.0): False,
        (0.0, 0.0): False,
        (np.nan, np.nan): True,
        (np.inf, 1.0): True,
        (1e300,): True,
    }
    for losses, log in on_a_log_axis.items():
        shown = watch("pytorch", network("pytorch"))
        for loss in losses:
            shown.record(loss)
        shown._draw()
        drawable(shown.plot.scene)
        png(shown.picture())
        assert shown.scene().panels[0].log == log
    net = network("pytorch")
    shown = watch("pytorch", net)
    load("pytorch").assign(net, [p * np.inf for p in shown.recording.net.parameters()])
    shown.record(1.0)
    assert MESSAGES["own-broken"].format(step=1) in shown.plot.scene["subtitle"]
    drawable(shown.plot.scene)


# While the loop runs


@contextmanager
def elsewhere(work: Callable[[], None]) -> Iterator[None]:
    """Do work on another thread, as JupyterLab handles clicks beside a cell."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        yield
        done.result(20)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def in_a_notebook(cell: Callable[[], LoopMonitor]) -> LoopMonitor:
    """Run a cell in an event loop, and what it has left to do after it."""

    async def kernel() -> LoopMonitor:
        shown = cell()
        await asyncio.sleep(0.01)
        return shown

    return asyncio.run(kernel())


def test_the_loop_waits_steps_and_goes_on() -> None:
    paused = area("en", "widgets")["monitor"]["paused"]
    seen: list[Any] = []

    def cell() -> LoopMonitor:
        shown = watch("pytorch", network("pytorch"), steps=60)
        main = threading.get_ident()
        drawn: set[int] = set()
        shown.plot.observe(lambda change: drawn.add(threading.get_ident()), "scene")

        def person() -> None:
            until(lambda: shown.recording.steps > 3)
            shown.pause.click()
            until(lambda: paused in shown.plot.scene["subtitle"])
            there = shown.recording.steps
            time.sleep(0.15)
            seen.append(shown.recording.steps == there)
            seen.append(shown.pause.description)
            shown.forward.click()
            until(lambda: f"step {there + 1} of" in shown.plot.scene["subtitle"])
            time.sleep(0.15)
            seen.append(shown.recording.steps == there + 1)
            shown.step.value = 2  # looked at while the loop waits
            until(lambda: "step 2 of" in shown.plot.scene["subtitle"])
            shown.step.value = there + 1
            until(lambda: f"step {there + 1} of" in shown.plot.scene["subtitle"])
            shown.pause.click()
            until(lambda: shown.recording.steps > there + 2)
            seen.append(shown.pause.description)
            shown.forward.click()  # a step of a loop that runs: it stops there
            until(lambda: paused in shown.plot.scene["subtitle"])
            shown.pause.click()

        with elsewhere(person):
            for _ in range(60):
                time.sleep(0.01)
                shown.record(1.0)
        seen.append(drawn == {main})
        return shown

    shown = in_a_notebook(cell)
    assert seen == [True, MESSAGES["continue"], True, MESSAGES["pause"], True]
    assert shown.recording.steps == shown.step.value == 60
    assert paused not in shown.plot.scene["subtitle"]
    assert shown.pause.description == MESSAGES["pause"]


def test_a_loop_can_be_stepped_from_its_start_and_started_again_in_between() -> None:
    adapter, net = load("pytorch"), network("pytorch")
    first = adapter.parameters(net)[0].value

    def cell() -> LoopMonitor:
        shown = watch("pytorch", net)
        loop = own_loop("pytorch", net)

        def person() -> None:
            until(lambda: MESSAGES["paused"] in shown.plot.scene["subtitle"])
            assert shown.recording.steps == 1
            shown.again.click()
            until(lambda: shown.recording.steps == 0)
            assert np.array_equal(adapter.parameters(net)[0].value, first)
            shown.pause.click()

        with elsewhere(shown.pause.click):
            pass  # before the loop
        with elsewhere(person):
            for _ in range(6):
                shown.record(*next(loop))
        return shown

    assert in_a_notebook(cell).recording.steps == 5


def test_the_last_step_is_drawn_and_few_of_a_fast_loop() -> None:
    counted: list[Redraws] = []

    def cell() -> LoopMonitor:
        shown = watch("pytorch", network("pytorch"), steps=1000)
        counted.append(Redraws(shown))
        for loss in range(333):
            shown.record(loss)
        return shown

    shown = in_a_notebook(cell)
    assert "step 333 of 1000" in shown.plot.scene["subtitle"]
    assert shown.progress.value == 333
    assert 2 <= counted[0].count < 40


def test_nothing_waits_where_clicks_come_only_after_the_cell() -> None:
    def cell() -> LoopMonitor:
        shown = watch("pytorch", network("pytorch"))
        shown.pause.click()  # on the thread that runs the cells
        for loss in range(20):
            shown.record(loss)
        return shown

    start = time.monotonic()
    shown = in_a_notebook(cell)
    assert time.monotonic() - start < 5
    assert shown.recording.steps == 20
    assert MESSAGES["deaf"] in shown.plot.scene["subtitle"]
    assert not shown.gate.closed


def test_an_interrupted_loop_leaves_the_gate_open() -> None:
    gate = Gate()
    gate.wait(lambda: pytest.fail("an open gate makes nobody wait"))
    gate.close()

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gate.wait(interrupt)
    assert not gate.closed


def test_a_gate_lets_so_many_through_as_it_was_told() -> None:
    gate = Gate()
    gate.let_one()
    gate.let_one()
    waited: list[int] = []

    def meanwhile() -> None:
        waited.append(passed)
        if len(waited) == 3:
            gate.open()

    for passed in range(5):  # noqa: B007
        gate.wait(meanwhile)
    assert waited == [2, 2, 2]


@each_framework
def test_bars_stand_on_axes_that_hold_all_steps(framework: str) -> None:
    shown = make(framework)
    shown.go(12)
    late = shown.scene().panels
    shown.go(3)
    early = shown.scene().panels
    # The first of the two lines of histograms: the weights.
    for one, other in zip(early[2:5], late[2:5], strict=True):
        assert one.x_range == other.x_range
        now, start = (mark for mark in one.marks if isinstance(mark, Bars))
        assert now.heights.sum() == start.heights.sum()
    rows = shown.plot.scene["table"]["rows"]
    state = shown.compute()
    for row, layer in zip(rows, state.layers, strict=True):
        assert row[0] == layer.track.name
        assert row[2:] == [
            *(short(float(layer.norms[0])), short(layer.norm)),
            *(short(layer.gradient_norm), short(layer.ratio)),
        ]


KERNEL_CELL = """
import time
from paramlab import widgets
from paramlab.frameworks import load
from paramlab.widgets.monitor import tied_network
net = tied_network(load({framework!r}))
shown = widgets.training_monitor(
    net, steps=1000, framework={framework!r}, language="en"
)
print(shown.pause.comm.comm_id, shown.forward.comm.comm_id)
"""
KERNEL_LOOP = """
for step in range(150):
    shown.record(1.0)
    time.sleep(0.02)
print(shown.recording.steps)
"""


class Kernel:
    """A kernel, and a page that asks for clicks to be handled beside the cells."""

    def __init__(self, client: Any) -> None:
        self.client = client
        message = client.session.msg("create_subshell_request", {})
        client.control_channel.send(message)
        reply = client.get_control_msg(timeout=30)
        self.subshell = reply["content"]["subshell_id"]
        assert self.subshell

    def click(self, comm: str) -> None:
        data = {"method": "custom", "content": {"event": "click"}}
        content = {"comm_id": comm, "data": data}
        message = self.client.session.msg("comm_msg", content)
        message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def heard(self, wanted: Callable[[dict[str, Any]], Any]) -> Any:
        """Return what the kernel says, once it says what is wanted."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=30)
            assert message["msg_type"] != "error", message["content"]
            found = wanted(message)
            if found:
                return found
        raise AssertionError("the kernel did not say so")


def printed(message: dict[str, Any]) -> Any:
    return message["content"].get("text") if message["msg_type"] == "stream" else None


def subtitle(part: str) -> Callable[[dict[str, Any]], Any]:
    def found(message: dict[str, Any]) -> Any:
        data = message["content"].get("data") or {}
        state = data.get("state") if isinstance(data, dict) else None
        said = (state or {}).get("scene", {}).get("subtitle", "")
        return said if part in said else None

    return found


@pytest.mark.slow
def test_a_loop_in_a_kernel_is_paused_stepped_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY), prepend=":")
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        kernel = Kernel(client)
        client.execute(KERNEL_CELL.format(framework=FRAMEWORKS[0]))
        pause, forward = kernel.heard(printed).split()
        client.execute(KERNEL_LOOP)
        kernel.heard(subtitle("step 1 of 1000"))
        kernel.click(pause)
        said = kernel.heard(subtitle(MESSAGES["paused"]))
        step = int(said.split()[1])
        kernel.click(forward)
        kernel.heard(subtitle(f"step {step + 1} of 1000. {MESSAGES['paused']}"))
        kernel.click(pause)
        assert int(kernel.heard(printed)) > step + 1
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_click_is_not_handed_to_the_thread_that_the_loop_keeps_busy() -> None:
    shown = watch("pytorch", network("pytorch"))
    controls = [shown.pause, shown.forward, shown.again, shown.step, shown.which]
    for control in controls:  # as ipykernel does, when the loop's thread writes
        control.comm._reply_subshell_id = None
    shown.record(1.0)
    assert not any(hasattr(control.comm, "_reply_subshell_id") for control in controls)
