"""What 04-exercises says of its cells is what they show in a real kernel."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from editions import each_edition
from nbclient import NotebookClient

from paramlab import setup
from paramlab.exercises import EXERCISES
from paramlab.frameworks import available
from paramlab.widgets import training_monitor

ROOT = Path(__file__).parent.parent
FRAMEWORKS = available()
POINTS = {
    f"test-{name}": exercise.points
    for name, exercise in EXERCISES.items()
    if exercise.lesson == "04-exercises"
}

# Cell -> what it must show, as the text around it claims.
CLAIMS = {
    "pytorch": {
        "fancy-listed": "[('dense.weight', torch.Size([20, 20])),"
        " ('dense.bias', torch.Size([20]))]",
        "fancy-saved": "['dense.weight', 'dense.bias']",
        "fancy-buffer": "(['rand_weight', 'dense.weight', 'dense.bias'],"
        " ['dense.weight', 'dense.bias'])",
        "fancy-frozen": "[('rand_weight', False), ('dense.weight', True),"
        " ('dense.bias', True)]",
        "fancy-gradient": "(torch.Size([20, 20]), None)",
        "one-step-checked": "True",
        "kept": "(tensor(True), tensor(False))",
        "broadcast": "torch.Size([64, 64])",
        "fit": "(30, 3)",
    },
    "mxnet": {
        "fancy-saved": "['rand_weight', 'dense.weight', 'dense.bias']",
        "fancy-gradient": "((20, 20), 'null')",
        "one-step-checked": "array(True)",
        "kept": "(array(True), array(False))",
        "broadcast": "(64, 64)",
        "fit": "(30, 3)",
    },
    "tensorflow": {
        "fancy-listed": "[('fancy_mlp/dense/kernel:0', TensorShape([20, 20])),"
        " ('fancy_mlp/dense/bias:0', TensorShape([20]))]",
        "fancy-saved": "['_CHECKPOINTABLE_OBJECT_GRAPH',"
        " 'dense/bias/.ATTRIBUTES/VARIABLE_VALUE',"
        " 'dense/kernel/.ATTRIBUTES/VARIABLE_VALUE']",
        "fancy-frozen": "[('fancy_mlp/dense/kernel:0', True),"
        " ('fancy_mlp/dense/bias:0', True), ('rand_weight:0', False)]",
        "fancy-gradient": "(TensorShape([20, 20]), None)",
        "one-step-checked": "True",
        "kept": "(True, False)",
        "broadcast": "TensorShape([64, 64])",
        "fit": "(30, 3)",
    },
    "paddle": {
        "fancy-listed": "[('dense.weight', paddle.Size([20, 20])),"
        " ('dense.bias', paddle.Size([20]))]",
        "fancy-buffers": "['rand_weight']",
        "fancy-saved": "['dense.weight', 'dense.bias']",
        "fancy-buffer": "(['rand_weight', 'dense.weight', 'dense.bias'],"
        " ['dense.weight', 'dense.bias'])",
        "fancy-frozen": "[('rand_weight', False), ('dense.weight', True),"
        " ('dense.bias', True)]",
        "fancy-gradient": "(paddle.Size([20, 20]), None)",
        "one-step-checked": "True",
        "kept": "(True, False)",
        "broadcast": "paddle.Size([64, 64])",
        "fit": "(30, 3)",
    },
}
PARTS = {
    "pytorch": {"survey-names": "'kaiming_normal_'"},
    "mxnet": {
        "fancy-listed": "Constant fancymlp0_rand_weight (shape=(20, 20)",
        "fancy-halving": "already in a computational graph",
        "survey-names": "['Initializer', 'Zero'",
    },
    "tensorflow": {"survey-names": "'HeUniform', 'Identity', 'Initializer'"},
    "paddle": {"survey-names": "'set_global_initializer', 'calculate_gain']"},
}
# Where the layer has a relu, the output is the norm itself.
POSITIVE = ("mxnet", "tensorflow")


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Run every cell in a real kernel; an error ends the test."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, cwd=str(folder)).execute()
    return notebook


def shown(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Return the text of each cell's result."""
    return {
        cell.id: " ".join(output["data"]["text/plain"].split())
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result"
    }


@pytest.mark.slow
@each_edition
def test_solutions_earn_everything_and_cells_show_what_the_text_says(
    language: str, framework: str, tmp_path: Path
) -> None:
    path = ROOT / "solutions" / language / framework / "04-exercises.ipynb"
    notebook = run(path, tmp_path)
    results = shown(notebook)
    assert {name: float(results[name]) for name in POINTS} == POINTS
    for name, claim in CLAIMS[framework].items():
        assert results[name] == claim, name
    for name, part in PARTS[framework].items():
        assert part in results[name], name
    (output,) = map(float, _numbers(results["fancy-run"])[:1])
    assert 0.5 < output <= 1 if framework in POSITIVE else -1 <= output <= 1
    own, shared = map(float, _numbers(results["fit-tested"]))
    assert 0.25 < shared < 0.3
    assert own > 1.5 * shared
    noise = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert noise == []


def _numbers(text: str) -> list[str]:
    return re.findall(r"-?\d+\.\d+", text)


@pytest.mark.soak  # stock nbgrader grades some untouched: test_nbgrader_editions.py
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_untouched_notebook_runs_to_its_end_and_earns_nothing(
    framework: str, tmp_path: Path
) -> None:
    path = ROOT / "notebooks" / "zh" / framework / "04-exercises.ipynb"
    results = shown(run(path, tmp_path))
    assert {name: float(results[name]) for name in POINTS} == dict.fromkeys(POINTS, 0)


VIEWS = [
    "training_monitor?rate=0.001&show=weights&step=100",
    "training_monitor?rate=1&show=weights&step=11",
]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_monitor_shows_what_the_text_says_of_it(framework: str) -> None:
    setup(framework, "en")
    monitor = training_monitor(learning_rate=0.1, steps=100)
    monitor.go(100)
    state = monitor.compute()
    assert state.losses[0] / state.losses[-1] > 18
    for layer in state.layers:
        assert np.max(np.abs(layer.norms / layer.norms[0] - 1)) < 0.08
        assert layer.gradient_norms[0] / layer.gradient_norms[-1] > 30
        assert 0.02 < layer.ratios[0] < 0.06
        assert layer.ratios[59] < 0.0013
        assert layer.ratios[99] < 0.001
    first, shared, last = (layer.gradient_norms[0] for layer in state.layers)
    assert shared > max(first, last)

    slow, fast = VIEWS
    monitor.set_view(slow)
    state = monitor.compute()
    assert all(layer.ratios.max() < 0.001 for layer in state.layers)
    assert 0.7 < state.losses[-1] / state.losses[0] < 0.8

    monitor.set_view(fast)
    layers = monitor.compute().layers
    assert all(layer.ratios[0] > 0.25 for layer in layers)
    first, shared, last = (layer.gradient_norms for layer in layers)
    assert first[-1] == shared[-1] == 0
    assert last[-1] > 1000 * last[0]
    monitor.go(30)
    state = monitor.compute()
    assert state.broken == 27
    assert all(np.isnan(layer.norm) for layer in state.layers)


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_the_monitors_views_stand_in_the_text(language: str) -> None:
    text = (ROOT / "lessons" / "04-exercises" / f"{language}.md").read_text()
    assert [line for line in text.splitlines() if "training_monitor?" in line] == VIEWS
