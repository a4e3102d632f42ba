"""Draw the lessons' static pictures of the widgets: ``python -m authoring.pictures``.

Each is the widget's own picture in a state worth seeing, for every framework
that the lesson has and that is installed here, in every language.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from paramlab import frameworks, widgets
from paramlab.facts import FACTS
from paramlab.messages import LOCALES
from paramlab.widgets.monitor import tied_network
from paramlab.widgets.picture import png
from paramlab.widgets.shown import Shown

LESSONS = Path("lessons")
XAVIER = {
    "pytorch": "xavier_uniform_",
    "mxnet": "Xavier",
    "tensorflow": "GlorotUniform",
    "paddle": "XavierUniform",
}
STEPS = 60


def picker(framework: str, language: str) -> Shown:
    """Return the picker on Xavier's rule for a wide layer."""
    return widgets.initializer_picker(
        XAVIER[framework],
        inputs=256,
        outputs=128,
        framework=framework,
        language=language,
    )


def designer(framework: str, language: str) -> Shown:
    """Return the designer on the book's rule, for a layer of 256 inputs."""
    return widgets.distribution_designer(framework=framework, language=language)


def signal(framework: str, language: str) -> Shown:
    """Return twenty ReLU layers under Xavier's rule, as the lesson starts them."""
    return widgets.signal_through_depth(framework=framework, language=language)


def explorer(framework: str, language: str) -> Shown:
    """Return the explorer on a network that holds gradients."""
    adapter = frameworks.load(framework)
    net = tied_network(adapter)
    X = np.random.default_rng(0).normal(size=(2, 4))
    adapter.gradients(net, X.astype(np.float32))
    return widgets.parameter_explorer(net, framework=framework, language=language)


def monitor(framework: str, language: str) -> Shown:
    """Return the monitor after enough steps to see what training does."""
    shown = widgets.training_monitor(
        steps=STEPS, framework=framework, language=language
    )
    shown.go(STEPS)
    return shown


def comparison(framework: str, language: str) -> Shown:
    """Return the comparison of all frameworks: the same in every edition."""
    return widgets.framework_comparison(framework=framework, language=language)


def dissector(framework: str, language: str) -> Shown:
    """Return the dissector on a layer that is used three times."""
    return widgets.tie_dissector(uses=3, framework=framework, language=language)


def halvings(framework: str, language: str) -> Shown:
    """Return the dissector on FancyMLP, halved several times."""
    return widgets.tie_dissector(
        "fancy", scale=3.0, framework=framework, language=language
    )


PICTURES: dict[str, Callable[[str, str], Shown]] = {
    "01-access/pictures/explorer": explorer,
    "02-initialization/pictures/picker": picker,
    "02-initialization/pictures/designer": designer,
    "02-initialization/pictures/signal": signal,
    "03-tying/pictures/comparison": comparison,
    "03-tying/pictures/dissector": dissector,
    "04-exercises/pictures/halvings": halvings,
    "04-exercises/pictures/monitor": monitor,
}
# Where a framework is missing, this one would show another picture.
ALL_INSTALLED = comparison


def draw(root: Path, editions: Iterable[tuple[str, str]] | None = None) -> list[Path]:
    """Write the pictures of some editions, or of all, and return their paths.

    An edition is a language and a framework; the root is a folder of lessons.
    """
    languages = sorted(path.parent.name for path in LOCALES.glob("*/widgets.toml"))
    if editions is None:
        editions = itertools.product(languages, frameworks.available())
    written = []
    for language, framework in editions:
        for place, make in PICTURES.items():
            if make is ALL_INSTALLED and set(frameworks.available()) != set(FACTS):
                continue
            lesson = root / Path(place).parts[0]
            if not (lesson / f"{framework}.py").is_file():
                continue
            path = root / f"{place}.{framework}.{language}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(make(framework, language).picture()))
            written.append(path)
    return written


def main() -> int:
    """Draw the pictures of the project in the current directory."""
    for path in draw(LESSONS):
        print(f"{path}: {path.stat().st_size // 1000} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
