"""The widgets that the lessons show: a function for each.

Each imports what it needs when it is called: SciPy alone takes longer to import
than most widgets to show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramlab.widgets.comparison import FrameworkComparison
    from paramlab.widgets.depth import SignalThroughDepth
    from paramlab.widgets.designer import DistributionDesigner
    from paramlab.widgets.dissector import TieDissector
    from paramlab.widgets.explorer import ParameterExplorer
    from paramlab.widgets.monitor import TrainingMonitor
    from paramlab.widgets.own_loop import LoopMonitor
    from paramlab.widgets.picker import InitializerPicker

__all__ = [
    "distribution_designer",
    "framework_comparison",
    "initializer_picker",
    "parameter_explorer",
    "signal_through_depth",
    "tie_dissector",
    "training_monitor",
]


def distribution_designer(
    zeros: float = 0.5,
    inner: float = 5.0,
    outer: float = 10.0,
    *,
    inputs: int = 256,
    outputs: int = 64,
    seed: int = 0,
    view: str | None = None,
    framework: str | None = None,
    language: str | None = None,
) -> DistributionDesigner:
    """Show a rule in three parts: its moments, and the gain it amounts to.

    A weight is 0 with probability ``zeros``, else from U(inner, outer) or from
    U(-outer, -inner), with equal probability: the book's rule, where nothing
    is given. The layer has ``inputs`` and ``outputs``. ``view`` is a line that
    such a widget shows below its plot: it sets all controls.
    """
    from paramlab.widgets.designer import DistributionDesigner

    return DistributionDesigner(
        zeros, inner, outer, inputs, outputs, seed, view, framework, language
    )


def framework_comparison(
    layer: str = "dense",
    width: int = 64,
    *,
    view: str | None = None,
    framework: str | None = None,
    language: str | None = None,
) -> FrameworkComparison:
    """Show how the four frameworks differ on parameters, side by side.

    Each framework that is installed is run once, in a process of its own; the
    others are shown by the catalogue, and marked so. ``layer`` is "dense",
    "conv" or "embedding", ``width`` a power of two from 8 to 512. ``view`` is
    a line that such a widget shows below its plot: it sets all controls.
    """
    from paramlab.widgets.comparison import FrameworkComparison

    return FrameworkComparison(layer, width, view, framework, language)


def initializer_picker(
    initializer: str | None = None,
    *,
    layer: str = "dense",
    inputs: int = 64,
    outputs: int = 32,
    kernel: int = 3,
    activation: str = "relu",
    second: str | None = None,
    seed: int = 0,
    view: str | None = None,
    framework: str | None = None,
    language: str | None = None,
    **arguments: Any,
) -> InitializerPicker:
    """Show what an initializer draws beside what it should draw.

    ``initializer`` is a name of the framework's module, ``arguments`` are its
    own. ``layer`` is "dense", "conv" or "gates"; ``activation`` follows it:
    "none", "relu", "tanh", "sigmoid" or "selu". ``second`` is another
    initializer to lay over the first. ``view`` is a line that such a widget
    shows below its plot: it sets all controls. Framework and language are the
    notebook's where they are not given.
    """
    from paramlab.initializers import LayerShape
    from paramlab.widgets.picker import InitializerPicker

    return InitializerPicker(
        initializer,
        LayerShape(layer, inputs, outputs, kernel),
        arguments,
        activation,
        second,
        seed,
        view,
        framework,
        language,
    )


def parameter_explorer(
    net: Any,
    X: Any = None,
    *,
    view: str | None = None,
    framework: str | None = None,
    language: str | None = None,
) -> ParameterExplorer:
    """Show a network's tree of parameters and the values in each place.

    A network that has no values before it sees a batch is run once on ``X``,
    as ``net(X)`` would be; any other network is only read. Gradients are
    those that the network holds. ``view`` is a line that such a widget shows
    below its plot: it says which place of the tree is selected.
    """
    from paramlab.widgets.explorer import ParameterExplorer

    return ParameterExplorer(net, X, view, framework, language)


def signal_through_depth(
    rule: str = "xavier_normal",
    *,
    depth: int = 20,
    width: int = 256,
    activation: str = "relu",
    gain: float = 1.0,
    seed: int = 0,
    view: str | None = None,
    framework: str | None = None,
    language: str | None = None,
) -> SignalThroughDepth:
    """Send a batch forward through many layers, and a gradient back.

    ``rule`` is one of ``paramlab.propagation.RULES`` and ``activation`` one of
    its ``ACTIVATIONS``; ``gain``, from 0.1 to 10, multiplies the weights.
    ``depth`` goes up to 32 layers, ``width`` up to 1280 units in multiples of
    32. All of it is computed in NumPy. ``view`` is a line that such a widget
    shows below its plot: it sets all controls.
    """
    from paramlab.widgets.depth import Setting, SignalThroughDepth

    setting = Setting(depth, width, activation, rule, gain, seed)
    return SignalThroughDepth(setting, view, framework, language)


def tie_dissector(
    network: str = "chain",
    *,
    uses: int = 2,
    tied: bool = True,
    scale: float = 1.0,
    seed: int = 0,
    view: str | None = None,
    framework: str | None = None,
    language: str | None = None,
) -> TieDissector:
    """Show the gradient of a shared weight: each use's, their sum, the reported.

    ``network`` is "chain", where one dense layer is used one to four times
    (``uses``), or "fancy", the book's FancyMLP. Not ``tied``, each use has a
    copy of the weight. ``scale``, from 0 to 5, multiplies the input. ``view``
    is a line that such a widget shows below its plot: it sets all controls.
    """
    from paramlab.widgets.dissector import TieDissector

    return TieDissector(network, uses, tied, scale, seed, view, framework, language)


def training_monitor(
    net: Any = None,
    X: Any = None,
    y: Any = None,
    *,
    learning_rate: float = 0.1,
    steps: int = 100,
    view: str | None = None,
    framework: str | None = None,
    language: str | None = None,
) -> TrainingMonitor | LoopMonitor:
    """Show every weight, gradient and update of a training, step by step.

    With a network alone, the training is yours: show the monitor in one cell,
    and end the loop in another with ``monitor.record(loss)``; in TensorFlow
    ``monitor.record(loss, gradients)``. ``steps`` is how many are expected.

    With a batch too, the monitor trains the network itself, with SGD on the
    mean squared error of ``net(X)`` against ``y``. Without either, it trains a
    small network with a tied layer on a noisy curve. Starting again puts the
    first values back.

    An update is what a step adds to a value, whatever the optimizer; its size
    and the value's are norms. ``view`` is a line that such a widget shows
    below its plot: it sets all controls.
    """
    from paramlab.widgets.monitor import TrainingMonitor
    from paramlab.widgets.own_loop import LoopMonitor

    if net is not None and X is None and y is None:
        return LoopMonitor(net, steps, view, framework, language)
    return TrainingMonitor(net, X, y, learning_rate, steps, view, framework, language)
