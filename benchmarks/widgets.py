"""``python -m benchmarks.widgets``: how fast the widgets are in a real browser.

Times are taken in the page, so that the way of the driver to the browser and
back is no part of them. Machines differ and are busy: read the ratios.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Locator
from rich.console import Console
from rich.table import Table

from authoring.browser import REPOSITORY, Lab, Opened, chromium, jupyterlab
from paramlab.frameworks import available

# The same data as a student would plot it without this project.
PLAIN = """\
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

def draw(seed=0):
    plt.hist(np.random.default_rng(seed).normal(size=10_000), bins=60)
    plt.show()

_ = ipywidgets.interact(draw, seed=ipywidgets.IntSlider(0, 0, 1000))
"""


@dataclass(frozen=True)
class Case:
    """A widget, the control that is moved by keys, and how fast it has to be."""

    name: str
    call: str
    control: str = ".noUi-handle >> nth=-1"
    keys: tuple[str, str] = ("ArrowRight", "ArrowLeft")
    ratio: float = 4.0  # times as fast as plain matplotlib


CASES = [
    Case("initializer_picker", "initializer_picker()"),
    Case("signal_through_depth", "signal_through_depth()", ratio=2.0),
    Case("distribution_designer", "distribution_designer()"),
    Case(
        "parameter_explorer",
        "parameter_explorer(tied_network(load({framework!r})))",
        "tr[aria-selected=true]",
        ("ArrowDown", "ArrowUp"),
    ),
    Case("tie_dissector", "tie_dissector()"),
    Case("framework_comparison", "framework_comparison()"),
    Case("training_monitor", "training_monitor(steps=30)", ".noUi-handle >> nth=0"),
]

# The clock starts at the key and stops in the frame that shows new pixels: the
# one after the canvas was painted, or after the new image was decoded.
WATCH = """(place) => {
  const area = place.querySelector('.jp-OutputArea') ?? place;
  window.shown = new Promise((done) => {
    let start = 0;
    document.addEventListener(
      'keydown',
      () => { start = performance.now(); },
      { capture: true, once: true },
    );
    const end = () => done(performance.now() - start);
    const canvas = area.querySelector('canvas[data-draws]');
    if (canvas) {
      const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(end);
      });
      watch.observe(canvas, { attributes: true, attributeFilter: ['data-draws'] });
      return;
    }
    const images = () => [...area.querySelectorAll('img')];
    const before = new Set(images().map((image) => image.src));
    const watch = new MutationObserver(async () => {
      const image = images().find((one) => one.src && !before.has(one.src));
      if (!image) return;
      watch.disconnect();
      await image.decode().catch(() => null);  // replaced by a newer one
      requestAnimationFrame(end);
    });
    watch.observe(area, { attributes: true, childList: true, subtree: true });
  });
}"""
SHOWN = """() => Promise.race([
  window.shown,
  new Promise((_, fail) => setTimeout(fail, 20000, new Error('nothing is drawn'))),
])"""
STRIDE = 3  # changes in one direction, before as many back
PAUSE = 120  # ms between changes, for what follows one of them to end


@dataclass(frozen=True)
class Latency:
    """How long changes of one control took, in milliseconds."""

    case: Case
    milliseconds: list[float]

    @property
    def median(self) -> float:
        """Return the usual time."""
        return statistics.median(self.milliseconds)


def write_notebook(path: Path, sources: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def sources(cases: Sequence[Case], framework: str, language: str = "en") -> list[str]:
    """Return the code of a notebook that shows widgets, one a cell."""
    setup = (
        "from paramlab import edition\n"
        "from paramlab.frameworks import load\n"
        "from paramlab.widgets import *\n"
        "from paramlab.widgets.monitor import tied_network\n"
        f"_ = edition.use({framework!r}, {language!r})"
    )
    return [setup, *[case.call.format(framework=framework) for case in cases]]


def focus(area: Locator, case: Case) -> None:
    """Put the focus on the control that is moved."""
    handle = area.locator(case.control)
    handle.scroll_into_view_if_needed()
    handle.focus()


def change(opened: Opened, area: Locator, key: str) -> float:
    """Press a key; return the milliseconds until its new pixels are shown."""
    area.evaluate(WATCH)
    opened.page.keyboard.press(key)
    return float(opened.page.evaluate(SHOWN))


def latency(opened: Opened, area: Locator, case: Case, changes: int) -> Latency:
    """Press keys on a control and time each until its new pixels are shown."""
    focus(area, case)
    taken = []
    for number in range(changes):
        opened.page.wait_for_timeout(PAUSE)
        taken.append(change(opened, area, case.keys[number // STRIDE % 2]))
    return Latency(case, taken)


def latencies(
    lab: Lab, browser: Browser, framework: str, cases: Sequence[Case], changes: int
) -> list[Latency]:
    """Measure plain matplotlib, then widgets, in one notebook's session."""
    plain = Case("interact with plt.hist", PLAIN, ".noUi-handle")
    name = f"latency-{framework}.ipynb"
    write_notebook(lab.root / name, [*sources(cases, framework), PLAIN])
    notebook = lab.open(browser, name)
    if failures := notebook.run_all():
        raise RuntimeError(failures[0])
    measured = [
        latency(notebook, notebook.cell(number), case, changes)
        for number, case in [(len(cases) + 1, plain), *enumerate(cases, 1)]
    ]
    notebook.end()
    return measured


BARE = """\
import {module}
import ipywidgets
ipywidgets.IntSlider()
"""
MODULES = {"pytorch": "torch", "mxnet": "mxnet", "tensorflow": "tensorflow"}
# Runs cells down to one and waits for a plot or a slider in that one's output.
# Returns the seconds since the page was asked for.
RUN_TO = """async (number) => {
  const { commands, shell } = window.jupyterapp;
  const cells = shell.currentWidget.content;
  cells.activeCellIndex = number;
  if (number) await commands.execute('notebook:run-all-above');
  cells.activeCellIndex = number;
  commands.execute('notebook:run-cell');
  const place = cells.widgets[number].node;
  const isThere = () => {
    const canvas = place.querySelector('canvas');
    if (canvas) return Number(canvas.dataset.draws) > 0;
    return Boolean(place.querySelector('.noUi-handle'));
  };
  while (!isThere()) {
    await new Promise(requestAnimationFrame);
    const outputs = cells.widgets[number].model.outputs.toJSON();
    const failed = outputs.find((output) => output.output_type === 'error');
    if (failed) throw new Error(failed.evalue);
  }
  return performance.now() / 1000;
}"""


def first_widget(notebook: Path) -> tuple[int, Case]:
    """Return the number of the first cell that shows a widget, and which."""
    for number, cell in enumerate(nbformat.read(notebook, as_version=4).cells):
        for case in CASES:
            if cell.cell_type == "code" and f"{case.name}(" in cell.source:
                return number, case
    raise ValueError(f"{notebook} shows no widget")


def seconds_to_slider(lab: Lab, browser: Browser, framework: str) -> float:
    """Return how long a bare notebook takes to show one slider."""
    name = f"bare-{framework}.ipynb"
    bare = BARE.format(module=MODULES.get(framework, framework))
    write_notebook(lab.root / name, [bare])
    notebook = lab.open(browser, name)
    notebook.wait_for_kernel()
    seconds = float(notebook.page.evaluate(RUN_TO, 0))
    notebook.end()
    return seconds


def seconds_to_widget(lab: Lab, browser: Browser, lesson: str) -> float:
    """Return how long a lesson takes until its first widget answers a key.

    All cells above it are run.
    """
    number, case = first_widget(lab.root / lesson)
    notebook = lab.open(browser, lesson)
    notebook.wait_for_kernel()
    seconds = float(notebook.page.evaluate(RUN_TO, number))
    focus(notebook.cell(number), case)
    seconds += change(notebook, notebook.cell(number), case.keys[0]) / 1000
    notebook.end()
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.widgets", description=__doc__)
    parser.add_argument("--framework", default="pytorch", choices=available())
    parser.add_argument("--changes", type=int, default=30)
    options = parser.parse_args()
    console = Console(width=100)
    folder = Path("notebooks") / "en" / options.framework
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        root = Path(name) / "root"
        shutil.copytree(REPOSITORY / folder, root / folder)
        with chromium() as browser, jupyterlab(root, Path(name) / "state") as lab:
            _latency(
                console,
                latencies(lab, browser, options.framework, CASES, options.changes),
            )
            _start(console, lab, browser, options.framework, folder)


def _latency(console: Console, measured: Sequence[Latency]) -> None:
    title = f"From a key to new pixels, median of {len(measured[0].milliseconds)}"
    table = Table("widget", "ms", "times plt.hist", "required", title=title)
    plain = measured[0]
    for one in measured:
        times, required = plain.median / one.median, f"{one.case.ratio:g}"
        table.add_row(
            one.case.name,
            f"{one.median:.0f}",
            f"{times:.1f}",
            "" if one is plain else required,
        )
    console.print(table)


def _start(
    console: Console, lab: Lab, browser: Browser, framework: str, folder: Path
) -> None:
    bare = seconds_to_slider(lab, browser, framework)
    title = "From opening a notebook to a widget that answers"
    table = Table("notebook", "seconds", "times bare", title=title)
    table.add_row("bare: the framework, one slider", f"{bare:.1f}", "1.0")
    for path in sorted((lab.root / folder).glob("*.ipynb")):
        seconds = seconds_to_widget(lab, browser, str(folder / path.name))
        table.add_row(path.stem, f"{seconds:.1f}", f"{seconds / bare:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
