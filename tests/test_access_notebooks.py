"""The first lesson's notebooks run, and show what their text says."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from editions import LANGUAGE_OF, each_edition, each_language_of
from nbclient import NotebookClient

from paramlab.frameworks import available

ROOT = Path(__file__).parents[1]
needs_mxnet = pytest.mark.skipif("mxnet" not in available(), reason="needs MXNet")
pytestmark = pytest.mark.slow

NUMBER = re.compile(r"-?\d+\.\d*(?:e-?\d+)?")
# What the book prints.
FIRST_OUTPUTS = ["0.0054572", "0.00488594"]
RGNET_OUTPUTS = [
    [
        -6.3465846e-09,
        -1.1096752e-09,
        6.4161787e-09,
        6.6354140e-09,
        -1.1265507e-09,
        1.3284951e-10,
        9.3619388e-09,
        3.2229084e-09,
        5.9429879e-09,
        8.8181435e-09,
    ],
    [
        -8.6219423e-09,
        -7.5150686e-10,
        8.3133251e-09,
        8.9321128e-09,
        -1.6740003e-09,
        3.2405989e-10,
        1.2115976e-08,
        4.4926449e-09,
        8.0741742e-09,
        1.2075874e-08,
    ],
]


def cells(language: str, framework: str, extra: str = "") -> dict[str, Any]:
    """Run a solution notebook once, with an extra cell before the nested network."""
    # A default that is left out is another key for a cache than one that is given.
    return _cells(language, framework, extra)


@lru_cache
def _cells(language: str, framework: str, extra: str) -> dict[str, Any]:
    path = ROOT / "solutions" / language / framework / "01-access.ipynb"
    notebook = nbformat.read(path, 4)
    if extra:
        place = next(n for n, cell in enumerate(notebook.cells) if cell.id == "nested")
        notebook.cells.insert(place, nbformat.v4.new_code_cell(extra))
    # ipykernel catches no descriptors where this is set.
    env = {name: v for name, v in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True)
    client.execute(env=env)
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def of_one_language(framework: str, extra: str = "") -> dict[str, Any]:
    return cells(LANGUAGE_OF[framework], framework, extra)


def shown(ran: dict[str, Any], name: str) -> str:
    """Return what a cell shows as its last value."""
    (output,) = ran[name].outputs
    return str(output.data["text/plain"])


def numbers(ran: dict[str, Any], name: str) -> list[str]:
    """Return the numbers in what a cell shows, as they are printed."""
    return NUMBER.findall(shown(ran, name))


@each_edition
def test_solutions_run_without_an_error_and_earn_everything(
    language: str, framework: str
) -> None:
    for name, cell in cells(language, framework).items():
        kinds = [output.output_type for output in cell.outputs]
        assert "error" not in kinds, name
        assert all(output.get("name") != "stderr" for output in cell.outputs), name
        if name.startswith("test-"):
            assert kinds == ["display_data", "execute_result"], name
            assert cell.outputs[-1].data["text/plain"] == "4.0", name


@needs_mxnet
@each_language_of("mxnet")
def test_mxnet_prints_the_books_numbers(language: str) -> None:
    ran = cells(language, "mxnet")
    assert numbers(ran, "example") == FIRST_OUTPUTS
    assert numbers(ran, "gradient-before") == ["0."] * 8
    found = np.array(numbers(ran, "nested"), dtype=float).reshape(2, 10)
    np.testing.assert_allclose(found, RGNET_OUTPUTS, rtol=1e-5)
    names = re.findall(r"Parameter (\S+) \(shape=(\(.*?\))", shown(ran, "nested-names"))
    assert len(names) == 18
    assert names[0] == ("dense2_weight", "(32, 4)")
    assert names[-1] == ("dense10_bias", "(10,)")
    assert "dense4_bias" in shown(ran, "nested-by-name")


@needs_mxnet
def test_the_books_numbers_survive_what_a_reader_does_in_between() -> None:
    extra = "np.random.uniform(size=7); nn.Dense(3); net = X = None"
    ran = of_one_language("mxnet", extra)
    undisturbed = of_one_language("mxnet")
    for name in ("nested", "nested-names", "nested-by-name"):
        assert shown(ran, name) == shown(undisturbed, name)


@each_edition
def test_gradients_are_what_the_text_says(language: str, framework: str) -> None:
    ran = cells(language, framework)
    once = np.array(numbers(ran, "gradient-after"), dtype=float)
    np.testing.assert_allclose(
        np.array(numbers(ran, "gradient-checked"), dtype=float), once, atol=1e-4
    )
    again = np.array(numbers(ran, "gradient-again"), dtype=float)
    factor = {"pytorch": 2, "mxnet": 1, "tensorflow": 1, "paddle": 2}[framework]
    np.testing.assert_allclose(again, factor * once, atol=2e-4)
    assert once.size == (4 if framework == "tensorflow" else 8)
    # Some units are switched off for both examples, and the text says so.
    assert 0 < np.count_nonzero(once == 0) < once.size


# What a reader is told to try, after the cells that define the blocks.
DEAD = {
    "tensorflow": """keras.utils.set_random_seed(3)
keras.Sequential([block2(), keras.layers.Dense(1)])(X)""",
    "paddle": """paddle.seed(2)
nn.Sequential(block2(), nn.Linear(4, 1))(X)""",
}


@pytest.mark.parametrize("framework", [name for name in DEAD if name in available()])
def test_two_rows_differ_and_with_the_seed_in_the_text_both_are_zero(
    framework: str,
) -> None:
    one, other = map(float, numbers(of_one_language(framework), "nested"))
    assert one != other
    assert max(abs(one), abs(other)) < 0.1
    tried = of_one_language(framework, DEAD[framework])
    (place,) = [name for name, cell in tried.items() if cell.source == DEAD[framework]]
    assert [float(number) for number in numbers(tried, place)] == [0, 0]


@pytest.mark.skipif("tensorflow" not in available(), reason="needs TensorFlow")
@each_language_of("tensorflow")
def test_tensorflow_counts_and_names_as_the_text_says(language: str) -> None:
    ran = cells(language, "tensorflow")
    assert shown(ran, "gradient-before") == "False"
    assert shown(ran, "gradient-cleared") == "True"
    summary = "".join(output.text for output in ran["structure"].outputs)
    assert "Total params: 85 " in summary
    assert shown(ran, "nested-names").count("TensorShape") == 10
    for name in ("nested-index", "nested-by-name"):
        assert "'dense_1/bias:0' shape=(4,)" in shown(ran, name)
    every, trained = shown(ran, "frozen").split("\n ")
    assert every.count("dense/") == 2
    assert trained.count("dense") == trained.count("dense_1/") == 2
    assert shown(ran, "lazy-parameters") == "[[], [], []]"


@pytest.mark.skipif("paddle" not in available(), reason="needs Paddle")
def test_paddle_makes_no_values_under_its_guard() -> None:
    ran = of_one_language("paddle")
    assert shown(ran, "lazy-parameters").count("paddle.Size") == 4
    assert "Not initialized" in shown(ran, "lazy-first")
    assert "PreconditionNotMet" in ran["lazy-second"].outputs[0].text
    assert len(numbers(ran, "lazy-after")) == 8


@pytest.mark.skipif("pytorch" not in available(), reason="needs PyTorch")
def test_pytorchs_two_rows_differ() -> None:
    one, other = numbers(of_one_language("pytorch"), "nested")
    assert one != other
    assert abs(float(one) - float(other)) < 0.01
