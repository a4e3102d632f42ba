"""What 03-tying says of its cells is what they show in a real kernel."""

from __future__ import annotations

from pathlib import Path

import nbformat
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
}


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
    noise = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    ]
    assert not noise
