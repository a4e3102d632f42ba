"""Take the pictures of the widgets in docs/: ``python -m authoring.screenshots``.

Every widget, set by a view line to a state worth seeing, in a real JupyterLab in a
real Chromium, light and dark, in each language:

  docs/pictures/widgets/<widget>.<language>.<light or dark>.png

Chromium and a font for Chinese and Japanese are system packages (`make
screenshots` installs them where it can); playwright comes with the extra `test`.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import nbformat
from PIL import Image

from authoring.pictures import XAVIER
from paramlab.edition import FRAMEWORKS, LANGUAGES

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from authoring.browser import Opened

FOLDER = Path("docs/pictures/widgets")
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
MARGIN = ".paramlab-widget { padding: 8px !important }"
# How often a plot has been drawn, how wide it is, and how wide its place is.
DRAWN = """(canvas) => [
  canvas.dataset.draws,
  canvas.clientWidth,
  canvas.closest('.paramlab-plot').clientWidth,
]"""
LIMIT = 80_000  # bytes of a picture
ROOM = {"width": 1180, "height": 2400}  # the highest widget fits

# How each widget is made, and how it is set. A line is for one framework only
# where it names an initializer of that framework.
MADE = {
    "initializer_picker": "",
    "signal_through_depth": "",
    "distribution_designer": "",
    "parameter_explorer": "net, ",
    "tie_dissector": "",
    "training_monitor": "steps=100, ",
    "framework_comparison": "",
}
VIEWS = {
    "initializer_picker": "initializer={xavier}&inputs=256&outputs=128",
    "signal_through_depth": "",
    "distribution_designer": "zeros=0.4&inner=4&outer=9",
    "parameter_explorer": "place={shared}",
    "tie_dissector": "uses=3",
    "training_monitor": "step=60",
    "framework_comparison": "layer=dense&width=64",
}
# The weight that two places share, in the tree of each framework's network.
SHARED = {
    "pytorch": "net.2.weight",
    "mxnet": "net.1.weight",
    "tensorflow": "net.1.weight",
    "paddle": "net.2.weight",
}
# A network with a shared layer that holds gradients, as the lessons' one.
NETWORK = """\
import numpy as np
from paramlab import widgets
from paramlab.edition import use
from paramlab.frameworks import load
from paramlab.widgets.monitor import tied_network

_ = use({framework!r}, {language!r})
adapter = load({framework!r})
net = tied_network(adapter)
X = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
_ = adapter.gradients(net, X)
"""


def view(widget: str, framework: str) -> str:
    """Return the line that sets a widget for its picture."""
    names = {"xavier": XAVIER[framework], "shared": SHARED[framework]}
    return f"{widget}?{VIEWS[widget].format(**names)}"


def notebook(names: list[str], framework: str, language: str) -> Any:
    """Return a notebook with these widgets, a cell each."""
    calls = [
        f"widgets.{name}({MADE[name]}view={view(name, framework)!r})" for name in names
    ]
    network = NETWORK.format(framework=framework, language=language)
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in [network, *calls]],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


def small(png: bytes) -> bytes:
    """Return a picture with as many colours as fit into the limit."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        written = io.BytesIO()
        picture.quantize(
            colours,
            method=Image.Quantize.MAXCOVERAGE,
            kmeans=2,
            dither=Image.Dither.NONE,
        ).save(written, "PNG", optimize=True)
        if written.tell() <= LIMIT:
            return written.getvalue()
    raise ValueError(f"{len(written.getvalue())} bytes, more than {LIMIT}")


def take(opened: Opened, names: list[str]) -> Iterator[tuple[str, str, bytes]]:
    """Yield (widget, light or dark, PNG) of each widget on a page that has run."""
    page = opened.page
    page.set_viewport_size(ROOM)  # type: ignore[arg-type]
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.add_style_tag(content=MARGIN)
    for theme, name in THEMES.items():
        opened.theme(name)
        for number, widget in enumerate(names):
            shown = page.locator(".paramlab-widget:has(.paramlab-plot)").nth(number)
            shown.scroll_into_view_if_needed()
            _settle(shown)
            yield widget, theme, shown.screenshot()


def _settle(shown: Locator) -> None:
    """Wait until a widget's plot fills its place, and is drawn no more."""
    state: Any = None
    for _ in range(60):
        shown.page.wait_for_timeout(300)
        before, state = state, shown.locator("canvas").evaluate(DRAWN)
        _, width, room = state
        if state == before and abs(width - room) <= 1:
            return
    raise TimeoutError(f"a plot does not settle: {state}")


def main(argv: list[str] | None = None) -> int:
    """Take the pictures into the project of the current directory."""
    options = _parser().parse_args(argv)
    try:
        from authoring.browser import chromium, executable, jupyterlab
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] != "playwright":
            raise
        print(
            "Screenshots need playwright, which is not installed:"
            " pip install -c requirements.lock -e '.[test]'",
            file=sys.stderr,
        )
        return 1
    if executable() is None:
        print("Screenshots need Chromium, a system package.", file=sys.stderr)
        return 1
    names = options.widgets or list(MADE)
    languages = options.language or list(LANGUAGES)
    FOLDER.mkdir(parents=True, exist_ok=True)
    count, last = 0, len(names) * len(languages) * len(THEMES)
    with TemporaryDirectory(prefix="screenshots-") as folder:
        root, state = Path(folder, "root"), Path(folder, "state")
        root.mkdir()
        for language in languages:
            book = notebook(names, options.framework, language)
            nbformat.write(book, root / f"{language}.ipynb")
        with jupyterlab(root, state) as lab, chromium() as browser:
            for language in languages:
                opened = lab.open(browser, f"{language}.ipynb")
                if failures := opened.run_all():
                    print(*failures, sep="\n", file=sys.stderr)
                    return 1
                for widget, theme, png in take(opened, names):
                    path = FOLDER / f"{widget}.{language}.{theme}.png"
                    path.write_bytes(small(png))
                    count += 1
                    size = path.stat().st_size // 1000
                    print(f"{count}/{last} {path}: {size} KB", flush=True)
                opened.page.context.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m authoring.screenshots",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "widgets", nargs="*", metavar="WIDGET", choices=[*MADE, []], help="else all"
    )
    parser.add_argument("--framework", default="pytorch", choices=FRAMEWORKS)
    parser.add_argument(
        "--language", action="append", choices=LANGUAGES, help="may be said again"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
