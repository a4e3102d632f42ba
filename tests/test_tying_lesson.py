"""What 03-tying says of its cells is what they show in a real kernel."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from paramlab.frameworks import available

SOLUTIONS = Path(__file__).parent.parent / "solutions"

# Cell -> what it must show, as the text around it claims.
CLAIMS = {
    "pytorch": {
        "check-uses": "True",
        "compare-values": "(tensor(True), tensor(True))",
        "same-object": "(True, True, False)",
        "tie-parameters": "(False, True, True)",
        "tie-data": "(100.0, False)",
        "tie-data-gradients": "False",
        "tie-data-lost": "(7.0, 100.0)",
        "untie": "(False, True)",
        "compare-gradients": "(True, False)",
        "copying": "(True, False)",
        "loading": "(True, False)",
    },
    "mxnet": {
        "check-uses": "array(True)",
        "compare-values": "(array(True), array(True))",
        "same-object": "(True, True, False)",
        "tie-parameters": "(False, True, True)",
        "names": "('shared_weight', 'shared_weight', False)",
        "untie": "(False, array(True))",
        "compare-gradients": "(True, False)",
        "copying": "(True, False)",
        "copying-connect": "True",
        "loading": "[(array(True), True), (array(True), False)]",
    },
    "tensorflow": {
        "check-uses": "True",
        "apply-once": "(3, [True, False])",
        "compare-values": "(True, True)",
        "same-object": "(True, True, False)",
        "tie-parameters": "(False, True, True)",
        "names": "('shared/kernel:0', 'shared/kernel:0', False)",
        "untie": "(False, True)",
        "compare-gradients": "(True, False)",
        "copying": "(2, False)",
        "loading": "[(True, 6, 6), (False, 2, 2), (True, 2, 4)]",
    },
    "paddle": {
        "check-uses": "True",
        "compare-values": "(True, True)",
        "same-object": "(True, True, False)",
        "tie-parameters": "(False, True, True)",
        "tie-data": "(100.0, False)",
        "tie-data-gradients": "False",
        "tie-data-lost": "(7.0, 100.0)",
        "names": "('linear_0.w_0', 'linear_0.w_0', False)",
        "untie": "(False, True)",
        "compare-gradients": "(True, False)",
        "copying": "(True, False)",
        "loading": "[(True, True), (True, False)]",
    },
}
# Cells whose result is long: what must stand in it, and what must not.
PARTS = {
    "pytorch": {
        "change-one": ("(100.0, ", "100.0)"),
        "list-parameters": ("'6.bias'", "'4.weight'"),
        "list-places": ("(True,", "False"),
        "training": ("more than one parameter group", "None"),
    },
    "mxnet": {
        "change-one": ("(array(100.), ", "100.))"),
        "list-parameters": ("'dense2_bias'", "'dense3_weight'"),
        "names-refused": ("same name 'shared_weight'", "None"),
        "list-places": ("'2.weight'", "'4.weight'"),
        "training": ("has not been updated by backward", "None"),
    },
    "tensorflow": {
        "change-one": ("(100.0, ", "100.0)"),
        "names-refused": ("should have unique names", "None"),
        "list-parameters": ("'dense_2/bias:0'", "'dense_3/kernel:0'"),
        "list-places": ("('dense', 2)", "('dense_1', 2)"),
    },
    "paddle": {
        "change-one": ("(100.0, ", "100.0)"),
        "names-refused": ("the name of parameter can't be same", "None"),
        "list-parameters": ("'6.bias'", "'4.weight'"),
        "list-places": ("(True,", "False"),
    },
}

# Where a parameter that an optimizer got twice moves by twice the step.
MOVE_TWICE = ("tensorflow", "paddle")


@pytest.mark.slow
@pytest.mark.parametrize("framework", [name for name in CLAIMS if name in available()])
def test_cells_show_what_the_text_says(framework: str, tmp_path: Path) -> None:
    path = SOLUTIONS / "en" / framework / "03-tying.ipynb"
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, cwd=str(tmp_path)).execute()
    shown = {
        cell.id: output["data"]["text/plain"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result"
    }
    assert {name: shown[name] for name in CLAIMS[framework]} == CLAIMS[framework]
    for name, (part, other) in PARTS[framework].items():
        assert part in shown[name]
        assert other not in shown[name]
    if framework in MOVE_TWICE:
        arrays = re.findall(r"\[(.*?)\]", shown["training"], re.DOTALL)
        moved, step = (np.array(text.split(","), float) for text in arrays)
        assert moved.any()
        np.testing.assert_allclose(moved, 2 * step, rtol=1e-4, atol=1e-5)
    noise = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    ]
    assert not noise
