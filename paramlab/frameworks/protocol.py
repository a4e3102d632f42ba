"""What every framework adapter offers, and the plain views it gives out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# A network or layer of some framework: no common base class exists.
Net = Any

# A network as plain data:
#   {"kind": "sequential", "layers": [blueprint, ...]}
#   {"kind": "dense", "inputs": 4, "outputs": 8, "activation": "relu",
#    "bias": True, "trainable": True, "key": "shared"}
#   {"kind": "batchnorm", "features": 8}
# "activation" is None, "relu" or "tanh"; "bias", "trainable" and "key" may
# be left out. Dense layers with the same key are one layer used again.
Blueprint = dict[str, Any]


class NotAllocated(RuntimeError):
    """A parameter has no values yet: its name, and how to give it some."""


def array_of_numbers(value: Any) -> Array:
    """Turn a number, or lists of numbers, into an array; refuse all else."""
    with warnings.catch_warnings():
        # NumPy warns of a list of arrays of different shapes; we refuse it.
        warnings.simplefilter("ignore")
        array = np.array(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{type(value).__name__} is not a tensor or a number")
    return array


@dataclass(frozen=True)
class Parameter:
    """One parameter of a network, read out as plain data."""

    name: str  # the full name that the framework gives it in the network
    role: str  # "weight", "bias", "constant" or "other"
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    identity: int  # equal for two views exactly when they are one parameter
    value: Array
    gradient: Array | None  # None where the framework holds none

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True)
class Layer:
    """One layer or block: what it is, its own parameters, its children."""

    name: str  # its place in the parent, such as "0"; "" for the network
    kind: str  # the framework's class name, such as "Linear"
    parameters: tuple[Parameter, ...]  # its own, not its children's
    children: tuple[Layer, ...]
    identity: int  # equal for two places that hold one layer object


class Framework(Protocol):
    """The few things that probes and widgets ask of a framework.

    Arrays in and out are NumPy's, float32 unless said otherwise. Weights are
    in the framework's own layout, see ``facts.Facts.weight_layout``.
    """

    id: str
    version: str

    # Networks
    def build(self, blueprint: Blueprint) -> Net:
        """Build a network whose parameters are allocated and initialised."""

    def layer(self, kind: str, inputs: int, outputs: int) -> Net:
        """Build one layer, filled by the framework's own default rules.

        "dense"; "conv", with a 3 × 3 kernel; or "embedding", of ``inputs``
        words. It draws from the global random stream.
        """

    def dense_pair(
        self, relation: str, first: Sequence[Array], second: Sequence[Array]
    ) -> tuple[Net, Net]:
        """Build two dense layers of given weight and bias, tied as said.

        "apart": nothing shared. "layer": the first layer twice. "both",
        "weight", "bias": two layers that share those parameters. "storage":
        two weight parameters in the same memory. "namesake": nothing shared
        but the names. ``facts.Facts.layer_relations`` lists which exist; what
        is shared has the first layer's values.
        """

    def is_net(self, value: object) -> bool:
        """Tell whether a value is this framework's network or layer."""

    def fancy_mlp(
        self,
        weight: Array,
        bias: Array,
        constant: Array,
        holding: str,
        tied: bool = True,
    ) -> Net:
        """Build the book's FancyMLP with these values.

        Its layer is ``net.dense``, its constant ``net.rand_weight``, held in
        one of the ways of ``facts.Facts.fancy_constant``. Where it is not
        tied, the second use has a layer of equal values, ``net.second``.
        """

    def prepare(self, net: Net, X: Array) -> None:
        """Give a student's network its parameters, where it has none yet.

        Initialises what is not initialised and runs one forward pass.
        """

    def parameters(self, net: Net) -> list[Parameter]:
        """List each distinct parameter once, in the framework's order.

        Raises NotAllocated where one has no values yet.
        """

    def layers(self, net: Net) -> Layer:
        """Read the tree of layers; a layer used twice appears twice."""

    def assign(self, net: Net, values: Sequence[Array]) -> None:
        """Write values into ``parameters(net)``, in place and in its order."""

    def forward(self, net: Net, X: Array) -> Array:
        """Return the network's output for a batch."""

    def gradients(self, net: Net, X: Array) -> list[Array | None]:
        """Return d(sum of outputs)/d(parameter) for ``parameters(net)``.

        Gradients held by the network are cleared before, not after.
        """

    def backward(self, net: Net, X: Array) -> list[Array | None]:
        """Run one backward pass from the sum of outputs, clearing nothing before.

        Returns the gradients that are there after it, as ``gradients`` does.
        """

    def differentiator(self, net: Net) -> Callable[[Array], list[Array | None]]:
        """Return ``gradients`` of one network, for many batches of one shape.

        Every parameter must take part in the output. It is compiled where the
        framework calls compiled networks much faster.
        """

    def clear_gradients(self, net: Net) -> None:
        """Clear the gradients that a network holds, as code usually does."""

    def recording(self, on: bool) -> AbstractContextManager[None]:
        """Let autograd record what happens inside, or keep it from doing so."""

    def apply_rule(self, net: Net, rule: Any) -> None:
        """Initialise a network by a rule written as the framework wants one."""

    # Values
    def tensor(self, value: Array) -> Any:
        """Turn an array into the framework's tensor."""

    def is_tensor(self, value: object) -> bool:
        """Tell whether a value is this framework's tensor or parameter."""

    def to_numpy(self, value: Any) -> Array:
        """Copy a tensor, parameter, array, number or list to NumPy.

        Raises TypeError where the value is none of these.
        """

    # State that all code shares
    def usual_settings(self) -> AbstractContextManager[None]:
        """Work with the framework's own defaults, and put settings back after.

        An earlier cell may have left another default type, or gradients off.
        """

    # Randomness
    def seed(self, seed: int) -> None:
        """Start the framework's global random stream anew."""

    def preserved_random(self) -> AbstractContextManager[None]:
        """Put the global random streams back at the end, where possible."""

    # Initializers
    def initializer_names(self) -> list[str]:
        """List what the framework's initializer module offers, from it."""

    def sample(
        self,
        rule: str,
        arguments: dict[str, Any],
        shape: tuple[int, ...],
        seed: int,
    ) -> Array:
        """Draw a tensor of the shape with a built-in initializer.

        ``shape`` is in the framework's own layout. The global random stream
        is not touched: the same seed gives the same values at each call.
        """

    def training(self, net: Net, learning_rate: float) -> Callable[..., float]:
        """Return ``step(X, y)``: one SGD step on the mean squared error.

        The step returns the loss before the update and leaves the gradients
        that it used in place.
        """
