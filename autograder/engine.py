"""The warm processes that notebooks run in, at the strongest level there is.

One engine serves a whole process, a grader's or a Dask worker's: it starts a
zygote for a framework when the first notebook needs it.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict
from dataclasses import dataclass

from autograder.isolation.client import Ended, EngineFault, Zygote
from autograder.isolation.limits import LEVELS, Limits
from paramlab.frameworks import PACKAGES, require

FULL = "full"
_CANARY_SECONDS = 60.0
# Real work: a library that hangs after a fork hangs in here.
_CANARY = """
import numpy as np
from paramlab.frameworks import load
framework = load({framework!r})
layer = {{"kind": "dense", "inputs": 64, "outputs": 64, "activation": "relu"}}
net = framework.build({{"kind": "sequential", "layers": [layer, layer]}})
X = np.ones((64, 64), dtype=np.float32)
framework.forward(net, X)
framework.gradients(net, X)
framework.training(net, 0.01)(X, X)
"""


class TooWeak(RuntimeError):
    """Full isolation was asked for, and this system does not give it."""


@dataclass(frozen=True)
class Warm:
    """A zygote that has shown that it works, and how."""

    zygote: Zygote
    limits: Limits
    level: str  # a key of LEVELS

    @property
    def words(self) -> str:
        """Say in a sentence what is not as it should be, or nothing."""
        said = []
        if self.level != FULL:
            said.append(f"{self.zygote.framework}: isolation is only {self.level}")
        if self.zygote.fresh:
            said.append(
                f"{self.zygote.framework}: forking is not safe here,"
                " so each notebook gets a fresh process"
            )
        return "; ".join(said)


class Engine:
    """Gives out warm processes; safe to share between threads.

    ``isolation`` is "auto" (the strongest level that works here), "strict"
    (that or TooWeak) or "none".
    """

    def __init__(self, limits: Limits, isolation: str = "auto") -> None:
        self.limits = limits
        self.isolation = isolation
        self._warm: dict[str, Warm] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def warm(self, framework: str) -> Warm:
        """Return the warm process of a framework; the first call starts it.

        Raises FrameworkMissing, TooWeak and EngineFault.
        """
        with self._locks[framework]:
            if framework not in self._warm:
                self._warm[framework] = self._start(framework)
            return self._warm[framework]

    def stop(self) -> None:
        """End every warm process."""
        for framework in list(self._locks):
            with self._locks[framework]:
                if framework in self._warm:
                    self._warm.pop(framework).zygote.stop()

    def _start(self, framework: str) -> Warm:
        if framework in PACKAGES:
            require(framework)
        levels = {"auto": list(LEVELS), "strict": [FULL], "none": ["none"]}
        fault: EngineFault | None = None
        for level in levels[self.isolation]:
            limits = dataclasses.replace(self.limits, without=LEVELS[level])
            try:
                return Warm(_proven(framework, limits), limits, level)
            except EngineFault as error:
                fault = error
        if self.isolation == "strict":
            raise TooWeak(f"full isolation does not work here: {fault}") from fault
        raise EngineFault(str(fault)) from fault


def _proven(framework: str, limits: Limits) -> Zygote:
    """Start a zygote whose fork did real work, or else one that does not fork.

    Raises EngineFault where neither works.
    """
    for fresh in (False, True):
        zygote = Zygote(framework, fresh)
        if not fresh and zygote.start()["threads"] != 1:
            zygote.stop()
            continue
        try:
            if _sings(zygote, limits):
                return zygote
        except Ended:
            pass  # it hung or died: the next way may work
        except BaseException:
            zygote.stop()
            raise
        zygote.stop()
    raise EngineFault(f"a process for {framework} starts, but cannot compute")


def _sings(zygote: Zygote, limits: Limits) -> bool:
    watched = dataclasses.replace(limits, wall_seconds=_CANARY_SECONDS)
    with zygote.session(watched, seed=0, language="en") as session:
        return bool(session.cell(_CANARY.format(framework=zygote.framework))["ok"])
