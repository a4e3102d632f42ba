"""The tie dissector takes a shared gradient apart as the framework's copies do."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from drive import REPOSITORY, drawable, drive

from paramlab import widgets
from paramlab.facts import FACTS
from paramlab.frameworks import available, load
from paramlab.judges.fancy import fancy_gradient
from paramlab.messages import message
from paramlab.widgets import dissector
from paramlab.widgets.dissector import CHAIN, FANCY, Laboratory, TieDissector
from paramlab.widgets.scene import Heat, Line, Panel, Scale, Scene, short
from paramlab.widgets.view import NotAView

# Not ours: old names in MXNet 1.9.1 and TensorFlow 2.15.1.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FRAMEWORKS = available()
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS)
SETTINGS = [(CHAIN, uses) for uses in range(1, 5)] + [(FANCY, 2)]


def make(framework: str = FRAMEWORKS[0], **settings: Any) -> TieDissector:
    return widgets.tie_dissector(**settings, framework=framework, language="en")


def own(framework: str, gradient: Any) -> Any:
    """Turn (outputs, inputs) into the framework's own layout."""
    return gradient.T if FACTS[framework].weight_layout == "in_out" else gradient


def say(key: str, **values: object) -> str:
    return message("en", "widgets", key, **values)


def shown_by(found: dissector.Dissected) -> Scene:
    return dissector._scene(found, say, FACTS[FRAMEWORKS[0]])


# Against an independent computation


@each_framework
@pytest.mark.parametrize(("network", "uses"), SETTINGS)
def test_parts_are_those_of_numpy_and_sum_to_what_is_reported(
    framework: str, network: str, uses: int
) -> None:
    facts = FACTS[framework]
    laboratory = Laboratory(load(framework))
    for seed, scale in product((0, 7), (0.35, 1.0, 4.2)):
        found = laboratory.compute(network, uses, True, scale, seed)
        drawn = dissector.values(network, seed)
        expected = dissector.parts(network, drawn, facts, uses, np.array([scale]))[0]
        expected = expected / 2**found.halvings
        assert found.uses == uses
        size = np.abs(expected).max()
        for part, one in zip(found.parts, expected, strict=True):
            np.testing.assert_allclose(part, own(framework, one), atol=1e-5 * size)
        np.testing.assert_allclose(
            found.reported, own(framework, expected.sum(axis=0)), atol=1e-5 * size
        )
        assert 0 <= found.difference <= 1e-6 * size


@pytest.mark.parametrize("uses", range(1, 5))
def test_a_chains_parts_are_the_slopes_that_differences_find(uses: int) -> None:
    drawn = dissector.values(CHAIN, 3)
    (first, b1), (weight, b), (last, b2) = (
        (w.astype(np.float64), c.astype(np.float64)) for w, c in drawn.layers
    )

    def output(weights: list[Any]) -> float:
        hidden = np.tanh(1.7 * drawn.X.astype(np.float64) @ first.T + b1)
        for one in weights:
            hidden = np.tanh(hidden @ one.T + b)
        return float((hidden @ last.T + b2).sum())

    facts = FACTS["pytorch"]
    found = dissector.parts(CHAIN, drawn, facts, uses, np.array([1.7]))[0]
    for use, (row, column) in product(range(uses), ((0, 0), (2, 5), (7, 1))):
        step = np.zeros_like(weight)
        step[row, column] = 1e-6
        up = output([weight + (step if i == use else 0) for i in range(uses)])
        down = output([weight - (step if i == use else 0) for i in range(uses)])
        assert found[use][row, column] == pytest.approx((up - down) / 2e-6, abs=1e-7)


@each_framework
def test_fancys_sum_is_the_judges_own(framework: str) -> None:
    facts = FACTS[framework]
    laboratory = Laboratory(load(framework))
    for seed, scale in product((0, 4), (0.4, 1.3, 4.9)):
        found = laboratory.compute(FANCY, 2, True, scale, seed)
        drawn = dissector.values(FANCY, seed)
        ((weight, bias),) = drawn.layers
        assert drawn.constant is not None
        expected, _ = fancy_gradient(
            facts, own(framework, weight), bias, drawn.constant, drawn.X * scale
        )
        size = np.abs(expected).max()
        np.testing.assert_allclose(found.reported, expected, atol=1e-5 * size)


@pytest.mark.parametrize("framework", ["pytorch", "mxnet"])
def test_no_position_of_the_slider_stands_on_a_jump(framework: str) -> None:
    """There float32 might halve once more than the number that is shown."""
    facts = FACTS[framework]
    scales = np.arange(0, dissector.LARGEST_SCALE + 0.01, dissector.STEP)
    for seed in range(dissector.LAST_SEED + 1):
        drawn = dissector.values(FANCY, seed)
        norms = dissector._result_norms(drawn, facts, scales)
        norms = norms[norms > 0.9]
        powers = np.log2(norms)
        near = np.abs(powers - np.round(powers))
        assert near.min() > 1e-5, seed


def test_each_halving_halves_the_gradient() -> None:
    laboratory = Laboratory(load(FRAMEWORKS[0]))
    counts = set()
    for scale in np.arange(0, 5.01, 0.25):
        found = laboratory.compute(FANCY, 2, True, float(scale), 0)
        counts.add(found.halvings)
        assert found.norms[-1] <= 1
        assert all(norm > 1 for norm in found.norms[:-1])
        for before, after in zip(found.norms, found.norms[1:], strict=False):
            assert after == before / 2
        facts = FACTS[FRAMEWORKS[0]]
        drawn = dissector.values(FANCY, 0)
        whole = dissector.parts(FANCY, drawn, facts, 2, np.array([scale]))[0].sum(0)
        looped = np.linalg.norm(found.total)
        assert looped * 2**found.halvings == pytest.approx(np.linalg.norm(whole), 1e-5)
    assert counts >= {0, 1, 2, 3}


@each_framework
def test_the_curve_of_norms_goes_through_what_is_shown(framework: str) -> None:
    shown = make(framework)
    for network, scale in product((CHAIN, FANCY), (0.5, 2.0, 4.0)):
        shown.network.value, shown.scale.value = network, scale
        found = shown.compute()
        place = int(np.argmin(np.abs(found.sweep.scales - scale)))
        expected = [float(np.linalg.norm(part)) for part in found.parts]
        if network == FANCY:
            sum_norm = float(np.linalg.norm(found.total))
            expected = [sum_norm, sum_norm * 2**found.halvings]
        drawn = [float(curve[place]) for curve in found.sweep.curves]
        assert drawn == pytest.approx(expected, rel=1e-4)


def test_fancys_curve_is_broken_at_every_jump() -> None:
    found = dissector.sweep(FANCY, "pytorch", 2, 0)
    looped, unlooped = found.curves
    gaps = np.flatnonzero(np.isnan(looped))
    assert gaps.size == 3
    for gap in gaps:  # just before and after: half as long
        assert looped[gap + 1] / looped[gap - 1] == pytest.approx(0.5, abs=0.03)
    assert np.isfinite(unlooped).all()
    assert found.scales.size == looped.size == unlooped.size


# Tied and untied


@each_framework
def test_untying_gives_each_use_a_weight_that_goes_its_own_way(framework: str) -> None:
    laboratory = Laboratory(load(framework))
    tied = laboratory.compute(CHAIN, 3, True, 1.0, 0)
    untied = laboratory.compute(CHAIN, 3, False, 1.0, 0)
    for one, other in zip(tied.parts, untied.parts, strict=True):
        assert np.array_equal(one, other)
    assert tied.numbers == 4 * 8 + 8 + (8 * 8 + 8) + 8 + 1
    assert untied.numbers == tied.numbers + 2 * (8 * 8 + 8)
    assert tied.apart == 0
    gaps = [np.abs(a - b).max() for a in untied.parts for b in untied.parts]
    assert untied.apart == pytest.approx(dissector.RATE * max(gaps), rel=1e-4)
    first = tied.before - dissector.RATE * float(tied.total[0, 0])
    assert tied.after == pytest.approx([first] * 3, abs=1e-6)
    expected = [
        untied.before - dissector.RATE * float(part[0, 0]) for part in untied.parts
    ]
    assert untied.after == pytest.approx(expected, abs=1e-6)
    assert laboratory.compute(FANCY, 2, True, 1.0, 0).numbers == 72
    assert laboratory.compute(FANCY, 2, False, 1.0, 0).numbers == 144


# What is drawn


def heats(scene: Scene) -> list[Heat]:
    return [m for panel in scene.panels for m in panel.marks if isinstance(m, Heat)]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("network", "uses"), SETTINGS)
def test_the_panels_stay_where_they_are(network: str, uses: int, tied: bool) -> None:
    scene = make(network=network, uses=uses, tied=tied).scene()
    assert [panel.span for panel in scene.panels] == [2, 2, 2, 2, 1, 2, 2, 5]
    notes = [bool(panel.note) for panel in scene.panels]
    assert notes == [False] * uses + [True] * (4 - uses) + [
        False,
        False,
        not tied,
        False,
    ]
    found = heats(scene)
    assert len(found) == uses + 1 + tied
    (bar,) = scene.panels[4].marks
    assert isinstance(bar, Scale)
    assert {heat.limit for heat in found} == {bar.limit}  # one scale of colours
    assert all(np.abs(heat.values).max() <= bar.limit for heat in found)
    assert scene.table is not None
    # What these settings do not have has no row.
    assert len(scene.table.rows) == uses + 3 + 2 * tied + 2 * (network == FANCY)
    assert all(set(row[1:]) != {"–"} for row in scene.table.rows)


def test_the_table_and_the_sentence_have_the_numbers_of_the_panels() -> None:
    shown = make(network=FANCY, scale=3.0)
    found, scene = shown.compute(), shown.scene()
    assert scene.table is not None
    rows = {row[0]: row[1:] for row in scene.table.rows}
    panels = {panel.title: panel for panel in scene.panels}
    drawn = [panels[title] for title in ("use 1", "+ use 2", "= sum")]
    for panel, row in zip(drawn, ("use 1", "use 2", "sum"), strict=True):
        (heat,) = panel.marks
        assert isinstance(heat, Heat)
        norm = float(np.linalg.norm(heat.values.astype(np.float64)))
        assert rows[row][0] == short(norm)
        assert rows[row][1] == short(float(np.abs(heat.values).max()))
    assert "use 3" not in rows
    loop = rows["result, halved step by step"][0].split(" → ")
    assert len(loop) == found.halvings + 1 == 4
    assert "✓" in scene.summary
    assert "1/8" in scene.summary
    assert "halvings: 3, factor 1/8" in scene.panels[7].title
    assert short(found.difference) in scene.summary


def test_what_does_not_add_up_is_said() -> None:
    found = Laboratory(load(FRAMEWORKS[0])).compute(CHAIN, 2, True, 1.0, 0)
    wrong = replace(found, reported=found.reported + 0.01)
    scene = shown_by(wrong)
    assert "✓" not in scene.summary
    assert "does not report the sum" in scene.summary
    assert scene.panels[6].title.startswith("≠ ")
    assert "✓" in shown_by(found).summary


def test_a_dead_network_is_drawn_and_named() -> None:
    found = Laboratory(load(FRAMEWORKS[0])).compute(CHAIN, 2, True, 1.0, 0)
    nothing = np.zeros_like(found.total)
    dead = replace(found, parts=(nothing, nothing), total=nothing, reported=nothing)
    scene = shown_by(dead)
    assert "zero" in scene.summary
    assert heats(scene)[0].limit == 1


def limits(scene: Scene) -> list[tuple[float, float]]:
    return [panel.y_range for panel in scene.panels if is_plot(panel)]


def is_plot(panel: Panel) -> bool:
    return any(isinstance(mark, Line) for mark in panel.marks)


def test_axes_stand_still_while_the_input_is_scaled() -> None:
    for network in (CHAIN, FANCY):
        shown = make(network=network)
        ranges = set()
        for scale in np.arange(0, 5.01, 0.5):
            shown.scale.value = float(scale)
            ranges.add(limits(shown.scene())[0])
        assert len(ranges) == 1


@pytest.mark.parametrize(
    ("framework", "title"),
    [
        ("pytorch", "PyTorch reports"),
        ("mxnet", "MXNet reports"),
        ("paddle", "Paddle reports"),
        ("tensorflow", "the tape returns"),
    ],
)
def test_what_is_reported_is_called_as_the_facts_say(
    framework: str, title: str
) -> None:
    if framework not in FRAMEWORKS:
        pytest.skip(f"{framework} is not installed here")
    assert make(framework).scene().panels[6].title == f"✓ {title}"
    assert make(framework, tied=False).scene().panels[6].title == title


# Controls


@each_framework
@pytest.mark.filterwarnings("error")
def test_the_whole_grid_is_drawn(framework: str) -> None:
    shown = make(framework)
    assert drive(shown) == 2 * (3 + 2 + 3 + 3)
    for network, tied, scale, uses in product(
        (CHAIN, FANCY), (True, False), (0.0, 0.05, 1.65, 5.0), range(1, 5)
    ):
        shown.network.value, shown.tied.value = network, tied
        shown.scale.value, shown.uses.value = scale, uses
        drawable(shown.plot.scene)
        assert shown.uses.value == (2 if network == FANCY else uses)


def test_one_change_is_one_redraw() -> None:
    shown = make(uses=4)
    count = 0

    def seen(change: Any) -> None:
        nonlocal count
        count += 1

    shown.plot.observe(seen, names="scene")
    for number, (control, value) in enumerate(
        [
            (shown.network, FANCY),
            (shown.scale, 3.0),
            (shown.tied, False),
            (shown.network, CHAIN),
            (shown.uses, 3),
            (shown.seed, 9),
        ],
        start=1,
    ):
        control.value = value
        assert count == number
    assert shown.uses.disabled is False


@pytest.mark.parametrize(
    "line",
    [
        "tie_dissector?network=chain&uses=4&tied=no&scale=2.5&seed=3",
        "tie_dissector?network=fancy&tied=yes&scale=4&seed=0",
    ],
)
def test_a_view_says_and_sets_all(line: str) -> None:
    shown = make()
    shown.set_view(line)
    assert shown.view() == line
    again = make(view=line)
    assert again.scene().text() == shown.scene().text()


def test_a_view_of_fancy_has_no_number_of_uses() -> None:
    shown = make()
    before = shown.view()
    with pytest.raises(NotAView, match="no “uses” here"):
        shown.set_view("tie_dissector?network=fancy&uses=3")
    assert shown.view() == before
    with pytest.raises(NotAView, match="has to be from 0"):
        shown.set_view("tie_dissector?scale=7")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"network": "resnet"}, "'resnet' is not one of chain, fancy"),
        ({"uses": 5}, "uses has to be from 1 to 4, not 5"),
        ({"scale": -1.0}, "scale has to be from 0 to 5.0, not -1.0"),
        ({"seed": 99}, "seed has to be from 0 to 20, not 99"),
    ],
)
def test_wrong_use_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(**settings)


# The lessons

LESSONS = REPOSITORY / "lessons"
# A view of a lesson, and the numbers that its text quotes.
QUOTED = {
    "network=chain&uses=3&tied=yes&scale=1&seed=0": ["1.046", "1.352", "1.366"],
    "network=chain&uses=2&tied=yes&scale=5&seed=7": ["1.252", "0.9555", "1.224"],
    "network=chain&uses=3&tied=no&scale=1&seed=0": ["265", "0.07401", "1.985"],
}
SIGNED = {
    "network=fancy&tied=yes&scale=1.3&seed=0": ["1.955", "14.56"],
    "network=fancy&tied=yes&scale=1.35&seed=0": ["2.025", "7.515"],
}
RELU = {
    "network=fancy&tied=yes&scale=1.4&seed=0": ["1.957", "14.7"],
    "network=fancy&tied=yes&scale=1.45&seed=0": ["2.022", "7.569"],
}


@each_framework
def test_the_numbers_of_the_lessons_are_what_the_widget_shows(framework: str) -> None:
    fancy = RELU if FACTS[framework].fancy_activation else SIGNED
    shown = make(framework)
    for lesson, quoted in (("03-tying", QUOTED), ("04-exercises", fancy)):
        for language in ("en", "zh", "ja"):
            prose = (LESSONS / lesson / f"{language}.md").read_text(encoding="utf-8")
            lines = re.findall(r"^tie_dissector\?(.*)$", prose, flags=re.M)
            assert lines
            for line in lines:
                shown.set_view(f"tie_dissector?{line}")  # whatever the framework
                assert line in {**QUOTED, **SIGNED, **RELU}
            for line, numbers in quoted.items():
                shown.set_view(f"tie_dissector?{line}")
                text = shown.scene().text()
                for number in numbers:
                    assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", text)
                    assert number in prose
