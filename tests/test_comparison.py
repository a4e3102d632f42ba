"""The four frameworks, side by side: what is said of them is what they do."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drive import drive

from paramlab import comparison, measurements, widgets
from paramlab.comparison import WIDTHS, Behaviour, NotMeasured, expected, key
from paramlab.defaults import DEFAULTS, KINDS, layer_shape
from paramlab.facts import FACTS
from paramlab.frameworks import PACKAGES, available, load
from paramlab.initializers import find
from paramlab.lab import PROJECT
from paramlab.messages import area
from paramlab.widgets import comparison as widget
from paramlab.widgets.scene import Bars, Line, Stems

# Not ours: MXNet 1.9.1 reads an old name of SciPy's.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Please import `csr_matrix`:DeprecationWarning"
)

each_framework = pytest.mark.parametrize("name", available())


@each_framework
def test_a_framework_behaves_as_its_facts_say(name: str) -> None:
    measured = comparison.run(name)
    assert measured.version == load(name).version
    assert replace(measured, version="", drawn={}) == expected(name)


@each_framework
def test_what_is_drawn_follows_the_default_rules(name: str) -> None:
    drawn = comparison.run(name).drawn
    told = set()
    for kind in KINDS:
        rules = DEFAULTS[name][kind]
        for width in WIDTHS:
            for role, rule in (("weight", rules.weight), ("bias", rules.bias)):
                if rule is None:
                    continue
                place = key(kind, width, role)
                told.add(place)
                law, found = rule.law(kind, width), drawn[place]
                low, high = law.support
                # The seed is fixed: these do not fail by chance.
                near = 0.1 if role == "weight" else 0.25
                assert found.std == pytest.approx(law.std, rel=near, abs=1e-12), place
                assert abs(found.mean) <= near * law.std
                assert low <= found.low * (1 - 1e-6) <= found.high * (1 - 1e-6) <= high
                if role == "weight" and math.isfinite(high):
                    assert found.high >= 0.98 * high
                # A normal has tails, which a uniform law of its width has not.
                if not math.isfinite(high):
                    assert found.high > 2.5 * law.std
    assert told == set(drawn)


def test_every_default_rule_is_an_initializer_of_its_framework() -> None:
    for name, kinds in DEFAULTS.items():
        assert tuple(kinds) == KINDS
        for kind, rules in kinds.items():
            for rule in (rules.weight, rules.bias):
                if rule is None:
                    assert kind == "embedding"
                    continue
                entry = find(name, rule.initializer)
                if not rule.of_fan_in:
                    law = entry.law(layer_shape(kind, 64), rule.arguments)
                    assert rule.law(kind, 64).std == law.std


NAMES: dict[str, dict[str, str]] = {
    "pytorch": {"nn": "torch.nn"},
    "mxnet": {"nn": "mxnet.gluon.nn", "gluon": "mxnet.gluon"},
    "tensorflow": {"tf": "tensorflow"},
    "paddle": {"nn": "paddle.nn"},
}


@each_framework
def test_the_code_for_tying_ties(name: str) -> None:
    framework, facts = load(name), FACTS[name]
    names: dict[str, Any] = {
        short: importlib.import_module(module) for short, module in NAMES[name].items()
    }
    if name == "paddle":
        names["EagerParamBase"] = importlib.import_module(
            "paddle.base.framework"
        ).EagerParamBase
    if name == "mxnet":
        names["net"] = names["nn"].Sequential()
    rng = np.random.default_rng(0)
    values = [
        [rng.normal(size=s).astype(np.float32) for s in ((8, 8), (8,))] for _ in "ab"
    ]
    a, b = framework.dense_pair("apart", *values)
    X = rng.normal(size=(2, 8)).astype(np.float32)
    names |= {"a": a, "b": b, "X": framework.tensor(X)}

    exec(facts.tie_layers, names)
    twice = eval(facts.tie_layers.replace("net.add(a, a)", "net"), names)
    if framework.is_net(twice):
        assert len(framework.parameters(twice)) == 2
        twice = framework.forward(twice, X)
    by_hand = framework.forward(a, framework.forward(a, X))
    np.testing.assert_allclose(framework.to_numpy(twice), by_hand, rtol=1e-5)

    weight = a.kernel if name == "tensorflow" else a.weight
    assert isinstance(weight, eval(facts.parameter_class, names))
    exec(facts.tie_weights, names)
    first, second = (framework.parameters(names[layer])[0] for layer in "ab")
    assert first.identity == second.identity


def test_what_is_measured_crosses_to_the_notebook_whole() -> None:
    drawn = comparison.Drawn(0.0, 1.0, -1.0, 2.0, [0.0, 1.0], [1.0])
    given = replace(expected("mxnet"), version="1", drawn={"dense 8 weight": drawn})
    noise = "a framework says hello\n"
    assert comparison.from_text(noise + comparison.to_text(given) + "\n") == given


@pytest.fixture
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the empty folder where measurements are kept."""
    monkeypatch.setenv(measurements.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names for which a process was asked; none is started."""
    started: list[str] = []

    def process(name: str) -> subprocess.CompletedProcess[str]:
        started.append(name)
        return subprocess.CompletedProcess([], 0, comparison.to_text(faked(name)), "")

    monkeypatch.setattr(comparison, "_process", process)
    return started


NAME = available()[0]


def test_what_was_measured_is_not_measured_again(
    nothing_kept: Path, processes: list[str]
) -> None:
    assert comparison.run(NAME) == comparison.run(NAME) == faked(NAME)
    assert processes == [NAME]
    assert [path.name for path in nothing_kept.iterdir()] == [f"{NAME}.txt"]


def test_another_version_is_measured_again(
    nothing_kept: Path,
    processes: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = tmp_path / "installed_framework.py"
    package.write_text("__version__ = '1'")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(PACKAGES, NAME, package.stem)
    comparison.run(NAME)
    comparison.run(NAME)
    assert len(processes) == 1
    package.write_text("__version__ = '1.1'")
    comparison.run(NAME)
    assert len(processes) == 2
    assert len(list(nothing_kept.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", b'{"drawn": 1}', b"\xff", b"[]"])
def test_what_is_kept_and_damaged_is_measured_again(
    nothing_kept: Path, processes: list[str], damage: bytes
) -> None:
    comparison.run(NAME)
    (kept,) = nothing_kept.iterdir()
    of, _, _ = kept.read_bytes().partition(b"\n")
    kept.write_bytes(of + b"\n" + damage)
    assert comparison.run(NAME) == comparison.run(NAME) == faked(NAME)
    assert len(processes) == 2


def test_a_folder_that_cannot_be_written_costs_time_only(
    processes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(measurements.VARIABLE, str(tmp_path / "file" / "cache"))
    assert comparison.run(NAME) == comparison.run(NAME) == faked(NAME)
    assert len(processes) == 2


def test_a_process_that_fails_is_said(
    nothing_kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nOSError: no room\n")
    monkeypatch.setattr(comparison, "_process", lambda name: failed)
    with pytest.raises(NotMeasured, match="paddle: OSError: no room"):
        comparison.run("paddle")
    shown = widgets.framework_comparison(framework=available()[0], language="en")
    assert not any(one.measured for one in shown.behaviours)
    assert shown.scene().note.count("could not be measured") == len(available())


def faked(name: str) -> Behaviour:
    """Return a behaviour that was measured, without running anything."""
    flat = comparison.Drawn(0.0, 0.5, -1.0, 1.0, [-1.0, 0.0, 1.0], [0.5, 0.5])
    zero = comparison.Drawn(0.0, 0.0, 0.0, 0.0, [], [])
    return replace(
        expected(name),
        version="9.9+cpu",
        drawn={
            key(kind, width, role): flat if role == "weight" else zero
            for kind in KINDS
            for width in WIDTHS
            for role in ("weight", "bias")[: 1 if kind == "embedding" else 2]
        },
    )


def test_says_which_is_measured_and_which_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(widget, "available", lambda: ["mxnet", "paddle"])
    monkeypatch.setattr(widget, "run", faked)
    shown = widgets.framework_comparison(framework=available()[0], language="en")
    scene = shown.scene()
    assert scene.table is not None
    assert scene.table.rows[0][1:] == (
        "catalogue, not run here",
        "measured, 9.9",
        "catalogue, not run here",
        "measured, 9.9",
    )
    weights, *biases = scene.panels
    lines = [mark for mark in weights.marks if isinstance(mark, Line)]
    assert [line.label for line in lines] == [
        "PyTorch, catalogue",
        "MXNet, measured",
        "TensorFlow, catalogue",
        "Paddle, measured",
    ]
    assert len({(line.dashed, line.dotted) for line in lines}) == 4
    # A density, measured or not, holds all the weights.
    for line in lines:
        assert np.trapz(line.y, line.x) == pytest.approx(1, abs=1e-3)
    # PyTorch's biases are spread, the others' are zero.
    (spread,) = biases[0].marks
    assert isinstance(spread, Bars)
    assert spread.heights.sum() == pytest.approx(1, abs=1e-4)
    assert all(isinstance(panel.marks[0], Stems) for panel in biases[1:])


def test_every_kind_and_width_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget, "available", lambda: ["tensorflow"])
    monkeypatch.setattr(widget, "run", faked)
    shown = widgets.framework_comparison(framework=available()[0], language="ja")
    assert drive(shown) == len(KINDS) * len(WIDTHS)
    shown.kind.value = "embedding"
    scene = shown.scene()
    assert len(scene.panels) == 1  # it has no bias
    none = area("ja", "widgets")["comparison"]["no-bias"]
    assert scene.table is not None
    assert scene.table.rows[3][1:] == (none,) * 4


@pytest.mark.parametrize(("layer", "width"), [("lstm", 64), ("dense", 63)])
def test_what_is_not_compared_is_refused(layer: str, width: int) -> None:
    with pytest.raises(ValueError, match="is not one of"):
        widgets.framework_comparison(
            layer, width, framework=available()[0], language="en"
        )


def test_a_kernel_imports_no_second_framework() -> None:
    name = available()[0]
    code = f"""
import sys
from paramlab import comparison, widgets
from paramlab.widgets import comparison as widget
widget.run = comparison.expected
widgets.framework_comparison(framework={name!r}, language="en").picture()
print(sorted({{"torch", "mxnet", "tensorflow", "paddle"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    own = {"pytorch": "torch"}.get(name, name)
    assert done.stdout.strip() == str([own])
