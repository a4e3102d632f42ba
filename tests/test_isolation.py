"""Each layer of protection holds, and is the one that holds.

A check that still passes with its layer switched off would prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.isolation import selftest
from autograder.isolation.client import Ended, Zygote
from autograder.isolation.limits import LAYERS, Limits


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    warm = Zygote("pytorch")
    warm.start()
    yield warm
    warm.stop()


def test_the_warm_process_has_one_thread(zygote: Zygote) -> None:
    assert zygote.start()["threads"] == 1


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
