"""Each layer of protection holds, and is the one that holds.

A check that still passes with its layer switched off would prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.isolation import selftest
from autograder.isolation.client import Ended, Zygote
from autograder.isolation.limits import LAYERS, Limits
from paramlab.frameworks import available


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    warm = Zygote("pytorch")
    warm.start()
    yield warm
    warm.stop()


@pytest.fixture(scope="module", autouse=True)
def many_threads_are_asked_for() -> Iterator[None]:
    """As on a machine with cores to spare: one thread is what the engine sees to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            patch.setenv(name, "2")
        yield


def test_the_warm_process_has_one_thread(zygote: Zygote) -> None:
    assert zygote.start()["threads"] == 1


TRAINING = """
import numpy as np
from paramlab import edition
from paramlab.frameworks import load
framework = load(edition.current().framework)
dense = {"kind": "dense", "inputs": 4, "outputs": 4, "activation": "relu", "key": "s"}
last = {"kind": "dense", "inputs": 4, "outputs": 1}
net = framework.build({"kind": "sequential", "layers": [dense, dense, last]})
step = framework.training(net, 0.05)
X = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
losses = [step(X, X.sum(1, keepdims=True)) for _ in range(10)]
assert losses[-1] < losses[0], losses
"""


@pytest.mark.slow
@pytest.mark.parametrize("framework", available())
def test_a_network_is_trained_in_forks_of_one_thread(framework: str) -> None:
    warm = Zygote(framework)
    assert warm.start()["threads"] == 1
    for seed in range(4):
        with warm.session(Limits(), seed=seed, language="en") as session:
            trained = session.cell(TRAINING)
            assert trained["ok"], trained["outputs"]
            assert trained["outputs"] == []
    warm.stop()


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_holds(zygote: Zygote, layer: str) -> None:
    assert selftest.holds(layer, zygote, Limits())


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_else_does_the_work_of_a_layer(zygote: Zygote, layer: str) -> None:
    assert not selftest.holds(layer, zygote, Limits(without=frozenset([layer])))


def test_an_early_exit_ends_only_its_own_session(zygote: Zygote) -> None:
    with (
        pytest.raises(Ended) as ended,
        zygote.session(Limits(), seed=1, language="en") as session,
    ):
        session.cell("import os; os._exit(7)")
    assert (ended.value.end.how, ended.value.end.code) == ("exit", 7)
    with zygote.session(Limits(), seed=1, language="en") as session:
        assert session.cell("1 + 1")["ok"]
