"""The second lesson's notebooks run, and show what their text says."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from editions import LANGUAGE_OF, each_edition, each_language_of
from nbclient import NotebookClient

from paramlab.facts import FACTS
from paramlab.frameworks import available

ROOT = Path(__file__).parents[1]
each_framework = pytest.mark.parametrize("framework", available())
needs_mxnet = pytest.mark.skipif("mxnet" not in available(), reason="needs MXNet")
needs_paddle = pytest.mark.skipif("paddle" not in available(), reason="needs Paddle")
needs_tensorflow = pytest.mark.skipif(
    "tensorflow" not in available(), reason="needs TensorFlow"
)
needs_pytorch = pytest.mark.skipif("pytorch" not in available(), reason="needs PyTorch")
pytestmark = pytest.mark.slow

NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]?\d+)?|nan")
# MXNet and Keras warn there, and the text says so.
WARNS = ("ignored", "same-values")


def cells(tree: str, language: str, framework: str, extra: str = "") -> dict[str, Any]:
    """Run a notebook once, an extra cell before each group of the book's."""
    # A default that is left out is another key for a cache than one that is given.
    return _cells(tree, language, framework, extra)


@lru_cache
def _cells(tree: str, language: str, framework: str, extra: str) -> dict[str, Any]:
    path = ROOT / tree / language / framework / "02-initialization.ipynb"
    notebook = nbformat.read(path, 4)
    if extra:
        for group in ("normal", "custom"):
            ids = [cell.id for cell in notebook.cells]
            cell = nbformat.v4.new_code_cell(extra)
            notebook.cells.insert(ids.index(group), cell)
    NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def solved(framework: str) -> dict[str, Any]:
    """Run a framework's solutions, in one language."""
    return cells("solutions", LANGUAGE_OF[framework], framework)


def shown(ran: dict[str, Any], name: str) -> str:
    """Return what a cell shows as its last value."""
    return str(ran[name].outputs[-1].data["text/plain"])


def printed(ran: dict[str, Any], name: str) -> str:
    """Return what a cell prints."""
    return "".join(
        output.text for output in ran[name].outputs if output.output_type == "stream"
    )


def numbers(ran: dict[str, Any], name: str) -> list[str]:
    """Return the numbers in what a cell shows, as they are printed."""
    return NUMBER.findall(shown(ran, name))


def values(ran: dict[str, Any], name: str) -> Any:
    return np.array(numbers(ran, name), dtype=float)


@each_edition
def test_solutions_run_without_an_error_and_earn_everything(
    language: str, framework: str
) -> None:
    for name, cell in cells("solutions", language, framework).items():
        kinds = [output.output_type for output in cell.outputs]
        assert "error" not in kinds, name
        if name not in WARNS:
            assert all(out.get("name") != "stderr" for out in cell.outputs), name
        if name.startswith("test-"):
            assert cell.outputs[-1].data["text/plain"] == "5.0", name
            assert "stream" not in kinds, name


@pytest.mark.soak  # stock nbgrader grades some untouched: test_nbgrader_editions.py
@each_edition
def test_untouched_notebooks_fail_at_checks_only(language: str, framework: str) -> None:
    ran = cells("notebooks", language, framework)
    for name, cell in ran.items():
        assert all(output.output_type != "error" for output in cell.outputs), name
        if name.startswith("test-"):
            assert cell.outputs[-1].data["text/plain"] == "0.0", name
    for name in ("default-values", "normal", "blocks", "safe"):
        assert shown(ran, name)


@needs_mxnet
def test_nothing_in_the_lesson_depends_on_an_exercise() -> None:
    ran = cells("notebooks", LANGUAGE_OF["mxnet"], "mxnet")
    for name in ("normal", "blocks", "custom", "direct"):
        assert shown(ran, name) == shown(solved("mxnet"), name)


@needs_mxnet
@each_language_of("mxnet")
@pytest.mark.parametrize(
    "extra", ["", "np.random.uniform(size=7); nn.Dense(3)"], ids=["alone", "drawn"]
)
def test_mxnet_prints_the_books_numbers(language: str, extra: str) -> None:
    """With the book's cells alone, and with a reader's own draws in between."""
    ran = cells("solutions", language, "mxnet", extra)
    assert numbers(ran, "example") == ["0.0054572", "0.00488594"]
    first = ["-0.00324057", "-0.00895028", "-0.00698632", "0.01030831", "0."]
    assert numbers(ran, "normal") == first
    assert numbers(ran, "constant") == ["1."] * 4 + ["0."]
    xavier = ["-0.17594433", "0.02314097", "-0.1992535", "0.09509248"]
    assert numbers(ran, "blocks") == xavier + ["42."] * 8
    rows = ["0.", "-0.", "-0.", "8.522827", "0.", "-8.828651", "-0.", "-5.6012006"]
    assert numbers(ran, "custom") == rows
    assert numbers(ran, "direct") == ["42.", "1.", "1.", "9.522827"]


@each_framework
def test_defaults_are_what_the_text_says(framework: str) -> None:
    ran = solved(framework)
    drawn = values(ran, "default-values")
    units = 4 if framework == "tensorflow" else 8
    weights, biases = np.abs(drawn[: 4 * units]), np.abs(drawn[4 * units :])
    assert biases.size == units
    xavier = (6 / (4 + units)) ** 0.5
    bounds = {"pytorch": 0.5, "mxnet": 0.07, "tensorflow": xavier, "paddle": xavier}
    bound = bounds[framework]
    assert 0.7 * bound < weights.max() <= bound
    assert np.all(biases > 0) if framework == "pytorch" else not biases.any()
    wide = values(ran, "default-range")
    xavier = (6 / 700) ** 0.5
    expected = {
        "pytorch": [0.05, 0.05],
        "mxnet": [0.07, 0],
        "tensorflow": [xavier, 0],
        "paddle": [xavier, 0],
    }[framework]
    np.testing.assert_allclose(wide, expected, atol=5e-4)


@each_framework
def test_equal_weights_get_equal_gradients(framework: str) -> None:
    gradient = values(solved(framework), "symmetry")
    if FACTS[framework].weight_layout == "in_out":
        gradient = gradient.reshape(4, -1).T
    rows = gradient.reshape(-1, 4)
    assert np.all(rows == rows[0])
    assert np.all(rows > 0)
    assert np.ptp(rows[0]) > 0


@each_framework
def test_own_rule_has_the_shares_of_the_text(framework: str) -> None:
    ran = solved(framework)
    np.testing.assert_allclose(values(ran, "custom-share"), [0.5, 0.25], atol=0.01)
    assert printed(ran, "custom").count("Init") == 2
    assert "bias (" not in printed(ran, "custom")


@each_framework
def test_unsafe_changes_fail_as_the_text_says(framework: str) -> None:
    ran = solved(framework)
    said = {
        "pytorch": "leaf Variable",
        "mxnet": "record section",
        "tensorflow": "does not support item assignment",
        "paddle": "can't use inplace strategy",
    }[framework]
    assert said in printed(ran, "refused")
    before, after = values(ran, "direct"), values(ran, "safe")
    np.testing.assert_allclose(after[1:], before[1:] + 1, rtol=1e-5)
    assert after[0] == 42
    # TensorFlow's tape has kept the values that the forward pass read.
    assert values(ran, "unnoticed").any() == (framework == "tensorflow")


@needs_pytorch
def test_pytorch_notices_a_change_under_no_grad() -> None:
    said = printed(solved("pytorch"), "noticed")
    assert "modified by an inplace operation" in said


@needs_mxnet
def test_mxnet_ignores_a_second_initialize_and_says_so() -> None:
    ran = solved("mxnet")
    assert "force_reinit=True" in printed(ran, "ignored")
    assert numbers(ran, "ignored") == numbers(ran, "normal")[:4]
    assert shown(ran, "own-rule") == "'zeros'"


@needs_tensorflow
def test_one_keras_rule_returns_the_same_values_and_says_so() -> None:
    ran = solved("tensorflow")
    assert "return identical values each time" in printed(ran, "same-values")
    drawn = values(ran, "same-values")
    assert drawn.size == 12
    assert np.array_equal(drawn[:6], drawn[6:])


@needs_paddle
def test_a_paddle_rule_that_is_dropped_changes_nothing() -> None:
    ran = solved("paddle")
    assert numbers(ran, "dropped") == numbers(ran, "normal")[:8]
    assert numbers(ran, "constant") == ["1."] * 8 + ["0."] * 8


@each_framework
def test_signal_gets_as_far_as_the_text_says(framework: str) -> None:
    default, factor = {
        "pytorch": ("PyTorch", 1 / 6),
        "mxnet": ("MXNet", 128 * 0.07**2 / 3),
        "tensorflow": ("TensorFlow", 1 / 2),
        "paddle": ("Paddle", 1 / 2),
    }[framework]
    after = ast.literal_eval(shown(solved(framework), "depth-plot"))
    reached = {name: float(std) for name, std in after.items()}
    assert 0.2 < reached["He"] < 2
    assert 2e-4 < reached["Xavier"] < 2e-3
    assert reached[default] == pytest.approx(factor**10, rel=0.9)
    assert reached["N(0, 0.01²)"] < 1e-18
    assert reached["N(0, 1)"] > 1e18
