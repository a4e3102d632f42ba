"""The distribution designer: its theory by hand, and its draws."""

from __future__ import annotations

import math
import re
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from drive import REPOSITORY, drawable, drive

from paramlab import widgets
from paramlab.frameworks import available, load
from paramlab.three_parts import BOOK, Side, ThreeParts
from paramlab.widgets import designer
from paramlab.widgets.designer import DistributionDesigner
from paramlab.widgets.scene import Bars, Line, Stems, short
from paramlab.widgets.view import NotAView

# Not ours: MXNet 1.9.1 reads an old name of SciPy's.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Please import `csr_matrix`:DeprecationWarning"
)

each_framework = pytest.mark.parametrize("framework", available())

NOTHING = Side(0.0, 1.0, 2.0)
RULES = {
    "book": BOOK,
    "uneven": ThreeParts(Side(0.1, 2.0, 3.0), Side(0.6, 0.5, 4.0)),
    "no gap": ThreeParts(Side(0.3, 0.0, 1.0), Side(0.2, 0.0, 2.0)),
    "no zeros": ThreeParts(Side(0.25, 1.0, 2.0), Side(0.75, 1.0, 2.0)),
    "one side": ThreeParts(NOTHING, Side(0.7, 1.0, 1.5)),
    "two values": ThreeParts(Side(0.5, 1.0, 1.0), Side(0.5, 1.0, 1.0)),
    "mixed": ThreeParts(Side(0.2, 3.0, 3.0), Side(0.3, 1.0, 2.0)),
    "zeros": ThreeParts(NOTHING, NOTHING),
    "zero bounds": ThreeParts(Side(0.4, 0.0, 0.0), Side(0.4, 0.0, 0.0)),
    "tiny": ThreeParts(Side(0.3, 1e-3, 2e-3), Side(0.3, 1e-3, 2e-3)),
}
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def by_hand(rule: ThreeParts) -> tuple[float, float]:
    """Return mean and mean square: of U(a, b) (a + b)/2 and (a² + ab + b²)/3."""
    mean = square = 0.0
    for sign, side in ((-1, rule.left), (1, rule.right)):
        a, b = side.inner, side.outer
        mean += sign * side.share * (a + b) / 2
        square += side.share * (a * a + a * b + b * b) / 3
    return mean, square


def make(framework: str, **given: Any) -> DistributionDesigner:
    return widgets.distribution_designer(framework=framework, language="en", **given)


# The rule


@each_rule
def test_moments_and_gain_are_those_of_the_integrals(rule: ThreeParts) -> None:
    mean, square = by_hand(rule)
    assert rule.law.mean == pytest.approx(mean, abs=1e-12)
    assert rule.law.std**2 == pytest.approx(square - mean**2, abs=1e-9)
    assert rule.gain(7) == pytest.approx(math.sqrt(7 * square), abs=1e-9)


def test_the_books_rule_is_29_17_wide() -> None:
    assert BOOK.law.std**2 == pytest.approx(175 / 6)
    assert BOOK.law.std == pytest.approx(5.4006, abs=1e-4)
    assert BOOK.gain(256) == pytest.approx(86.41, abs=0.01)
    # As the book draws: U(-10, 10), and 0 for what is smaller than 5.
    drawn = np.random.default_rng(0).uniform(-10, 10, 400_000)
    drawn *= np.abs(drawn) >= 5
    assert np.var(drawn) == pytest.approx(BOOK.law.std**2, rel=0.01)


@each_rule
def test_places_become_weights_of_the_law(rule: ThreeParts) -> None:
    count = 40_000
    evenly = ((np.arange(count) + 0.5) / count).astype(np.float32)
    weights = np.sort(rule.weights(evenly))
    assert weights.dtype == np.float32
    low, high = rule.law.support
    assert weights[0] >= low - 1e-5
    assert weights[-1] <= high + 1e-5
    for x in np.linspace(low - 1, high + 1, 41) + 1e-4:
        share = np.searchsorted(weights, x, side="right") / count
        assert share == pytest.approx(float(rule.law.cdf(x)), abs=2e-4)


# What is computed of it


@each_framework
def test_the_frameworks_own_generator_draws(framework: str) -> None:
    shown = make(framework, inputs=20, outputs=10, seed=3)
    at = designer.places(framework, 3)
    assert at.dtype == np.float32
    assert at.min() >= 0
    assert at.max() <= 1
    assert at.mean() == pytest.approx(0.5, abs=0.01)
    name, arguments, shift = designer._UNIFORM[framework]
    drawn = load(framework).sample(name, arguments, at.shape, 3) + shift
    np.testing.assert_array_equal(at, drawn.astype(np.float32))
    assert not np.array_equal(at, designer.places(framework, 4))
    # MXNet's stream cannot be put back; the page says who draws instead.
    said = "NumPy" if framework == "mxnet" else shown.framework.id.lower()
    header = shown.plot.scene["table"]["header"]
    assert header[1].lower() == f"drawn by {said}".lower()


@each_rule
def test_what_is_drawn_is_counted_and_all_of_it(rule: ThreeParts) -> None:
    at = designer.places("pytorch", 1)[:300, :100]
    found = designer.compute(rule, at)
    weights = rule.weights(at).astype(np.float64)
    assert found.drawn.mean == pytest.approx(weights.mean(), abs=1e-9)
    assert found.drawn.variance == pytest.approx(weights.var(), abs=1e-9)
    assert found.drawn.zeros == pytest.approx((weights == 0).mean())
    # Measured against theory: 30,000 weights, 3 % is five standard errors.
    assert found.gain == pytest.approx(rule.gain(300), rel=0.03)
    X = np.random.default_rng(1).normal(size=(500, 300))
    wide = math.sqrt(found.after.square)
    assert wide == pytest.approx((X @ weights).std(), rel=0.05)
    assert wide == pytest.approx(rule.gain(300), rel=0.05)
    spread = found.heights * np.diff(found.edges)
    assert spread.sum() + found.shares.sum() == pytest.approx(1, abs=1e-4)
    theory = float(np.trapz(found.curve_y, found.curve_x))
    assert theory + found.expected_shares.sum() == pytest.approx(1, abs=1e-4)
    # Bin by bin, what is no single value; a rounding may fall on either side.
    solid = np.isclose(weights[..., None], found.values, rtol=1e-5, atol=0)
    loose = weights[~solid.any(axis=-1)]
    if loose.size:
        counted, _ = np.histogram(loose, found.edges.astype(np.float64))
        np.testing.assert_allclose(spread, counted / weights.size, atol=2e-4)
    if rule.size:
        assert found.after.shares.sum() == pytest.approx(1, abs=1e-4)


def test_outputs_of_a_rule_with_a_mean_are_as_wide_as_its_gain_says() -> None:
    rule = ThreeParts(NOTHING, Side(1.0, 1.0, 3.0))
    found = designer.compute(rule, designer.places("pytorch", 0)[:400, :100])
    assert math.sqrt(found.after.square) == pytest.approx(rule.gain(400), rel=0.1)
    assert rule.gain(400) > 3 * math.sqrt(400) * rule.law.std  # the mean counts


# What is shown of it


def marks(shown: DistributionDesigner, number: int, kind: type) -> list[Any]:
    return [m for m in shown.scene().panels[number].marks if isinstance(m, kind)]


@each_framework
def test_the_page_shows_the_numbers(framework: str) -> None:
    shown = make(framework)
    found, scene = shown.compute(), shown.scene()
    assert scene.subtitle.split(" · ") == [
        "U(−10, −5): 25 %",
        "0: 50 %",
        "U(5, 10): 25 %",
    ]
    assert scene.table is not None
    rows = {name: cells for name, *cells in scene.table.rows}
    assert rows["variance"] == [short(found.drawn.variance), "29.17"]
    assert rows["standard deviation"] == [short(found.drawn.std), "5.401"]
    assert rows["standard deviation of the outputs"][1] == "86.41"
    assert rows["factor for gain 1"][1] == "× 0.01157"
    assert rows["factor for gain √2"][1] == "× 0.01637"
    assert "grows" in scene.note
    assert "61.1" in scene.note
    (bars,) = marks(shown, 0, Bars)
    (line,) = marks(shown, 0, Line)
    drawn, expected = marks(shown, 0, Stems)
    assert np.array_equal(bars.heights, found.heights)
    assert line.y.max() == pytest.approx(0.25 / 5)
    # A stem's share is its part of the panel's height.
    top = scene.panels[0].y_range[1]
    assert expected.y / top == pytest.approx(0.5)
    assert drawn.y / top == pytest.approx(found.drawn.zeros)
    he, one, rule = marks(shown, 2, Line)
    assert he.y.tolist() == pytest.approx([math.sqrt(2)] * 2)
    assert one.y.tolist() == [1, 1]
    at_256 = np.interp(256, rule.x, rule.y)
    assert at_256 == pytest.approx(BOOK.gain(256), rel=1e-3)


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        (0.5, "fades from layer"),
        (1.0, "keeps its size. With ReLU it fades"),
        (1.2, "grows slowly"),
        (math.sqrt(2), "as He's rule does"),
        (2.0, "grows from layer"),
    ],
)
def test_a_sentence_says_what_the_gain_does(gain: float, said: str) -> None:
    shown = make(available()[0])
    shown._scaler(gain)()
    assert said in shown.scene().note
    assert shown.rule.gain(256) == pytest.approx(gain)


def test_a_rule_of_zeros_says_so_and_keeps_its_panels() -> None:
    shown = make(available()[0])
    before = [(p.title, p.span) for p in shown.scene().panels]
    shown.zeros.value = 1.0
    scene = shown.scene()
    assert [(p.title, p.span) for p in scene.panels] == before
    assert "nothing gets through" in scene.note
    assert scene.panels[1].note
    assert scene.panels[2].note
    shown.keep.click()  # there is no such scale
    assert shown.scale.value == 1.0
    drawable(shown.plot.scene)


@each_framework
@pytest.mark.filterwarnings("error")
def test_it_survives_its_whole_grid(framework: str) -> None:
    shown = make(framework)
    assert drive(shown) > 50
    for alike in (False, True):
        shown.alike.value = alike
        for zeros in (0.0, 0.37, 1.0):
            shown.zeros.value = zeros
            for share in (0.0, 0.63, 1.0):
                shown.share.value = share
                for inner, outer in ((0, 0), (0, 12), (4, 4), (3, 9)):
                    shown.outer.value, shown.inner.value = outer, inner
                    assert_right(shown)
                    for inputs, outputs in ((1, 1), (1, 128), (512, 1), (512, 128)):
                        shown.inputs.value, shown.outputs.value = inputs, outputs
                        assert_right(shown)


def assert_right(shown: DistributionDesigner) -> None:
    """Hold what was sent to the browser against the integrals."""
    sent, rule = shown.plot.scene, shown.rule
    drawable(sent)
    assert np.isfinite(np.frombuffer(sent["data"], "<f4")).all()
    assert [panel["span"] for panel in sent["panels"]] == [2, 1, 1]
    mean, square = by_hand(rule)
    assert rule.left.share + rule.zeros + rule.right.share == pytest.approx(1)
    assert rule.right.inner <= rule.right.outer
    assert rule.left.inner <= rule.left.outer
    assert rule.law.mean == pytest.approx(mean, abs=1e-9)
    assert rule.gain(shown.inputs.value) ** 2 == pytest.approx(
        shown.inputs.value * square, abs=1e-6
    )


# Controls that depend on each other


def test_one_change_is_one_redraw() -> None:
    shown = make(available()[0])
    shown.alike.value = False
    scenes: list[Any] = []
    shown.plot.observe(scenes.append, names="scene")
    changes = [
        lambda: setattr(shown.zeros, "value", 0.3),
        lambda: setattr(shown.inner, "value", 11.0),  # pushes the outer bound
        lambda: setattr(shown.left_outer, "value", 2.0),  # pushes the inner bound
        lambda: setattr(shown.seed, "value", 4),
        shown.keep.click,
        shown.keep_relu.click,
        shown.book.click,
    ]
    for number, change in enumerate(changes, start=1):
        change()
        assert len(scenes) == number
    assert shown.rule == BOOK


def test_bounds_push_each_other() -> None:
    shown = make(available()[0])
    shown.inner.value = 11.0
    assert shown.outer.value == 11.0
    shown.outer.value = 2.0
    assert shown.inner.value == 2.0


def test_the_left_side_starts_as_the_right_one_was() -> None:
    shown = make(available()[0])
    assert shown.left_inner not in shown.box.children
    shown.inner.value, shown.outer.value = 1.0, 3.0
    before = shown.rule
    shown.alike.value = False
    assert shown.left_inner in shown.box.children
    assert shown.rule == before
    shown.left_inner.value, shown.share.value = 2.0, 0.9
    assert astuple(shown.rule.right) == pytest.approx((0.45, 1.0, 3.0))
    assert astuple(shown.rule.left) == pytest.approx((0.05, 2.0, 3.0))
    shown.alike.value = True
    assert shown.rule == before


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_a_view_goes_from_one_to_another(language: str) -> None:
    framework = available()[0]
    shown = make(framework)
    shown.alike.value = False
    shown.left_outer.value, shown.left_inner.value = 3.0, 2.5
    shown.inner.value, shown.zeros.value, shown.share.value = 7.0, 0.2, 0.75
    shown.inputs.value = 100
    shown.keep.click()
    other = widgets.distribution_designer(
        view=shown.view(), framework=framework, language=language
    )
    assert other.view() == shown.view()
    assert other.rule.gain(100) == pytest.approx(1, rel=1e-5)
    other.set_view("distribution_designer?alike=yes&inner=1&outer=2&scale=1")
    assert other.rule.left == other.rule.right
    assert astuple(other.rule.right) == pytest.approx((0.4, 1.0, 2.0))
    other.set_view("distribution_designer?outer=0.5")
    assert other.rule.right.inner == other.rule.right.outer == 0.5


@pytest.mark.parametrize(
    "line",
    [
        "initializer_picker?seed=1",
        "distribution_designer?zeros=1.5",
        "distribution_designer?zeros=half",
        "distribution_designer?alike=perhaps",
        "distribution_designer?right=0.2",  # while both sides are alike
        "distribution_designer?inputs=0",
    ],
)
def test_a_line_that_does_not_fit_changes_nothing(line: str) -> None:
    shown = make(available()[0], zeros=0.25)
    before = shown.view()
    with pytest.raises(NotAView):
        shown.set_view(line)
    assert shown.view() == before


@pytest.mark.parametrize(
    "given",
    [{"zeros": 1.2}, {"inner": 6, "outer": 5}, {"outer": 99}, {"inputs": 0}],
)
def test_wrong_numbers_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is not from|above outer"):
        make(available()[0], **given)


def test_the_lines_of_the_lesson_show_what_it_says() -> None:
    lesson = REPOSITORY / "lessons" / "02-initialization"
    lines = {
        language: re.findall(
            r"^distribution_designer\?.+$",
            (lesson / f"{language}.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        for language in ("en", "zh", "ja")
    }
    assert lines["en"]
    assert lines["en"] == lines["zh"] == lines["ja"]
    (three_values,) = lines["en"]
    shown = make(available()[0], inputs=64, view=three_values)
    assert shown.rule.gain(shown.inputs.value) == pytest.approx(1, rel=1e-5)
    assert shown.scene().subtitle == "−0.08839: 25 % · 0: 50 % · 0.08839: 25 %"
    # Two inputs: a quarter of the units have no weight but 0.
    assert shown.rule.zeros**2 == 0.25
    # The bounds after either button, and the gain of a quarter of the inputs.
    for button, bounds, gain in (
        (shown.keep, (0.058, 0.116), 0.5),
        (shown.keep_relu, (0.082, 0.164), math.sqrt(0.5)),
    ):
        shown.inputs.value = 256
        shown.book.click()
        button.click()
        right = shown.rule.right
        assert (round(right.inner, 3), round(right.outer, 3)) == bounds
        assert shown.rule.gain(64) == pytest.approx(gain)
