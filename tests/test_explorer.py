"""The parameter explorer shows what a network holds, and what it shares."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from drive import drive
from test_widgets import NESTED, Redraws

from paramlab import widgets
from paramlab.facts import FACTS, Absent
from paramlab.frameworks import available, load
from paramlab.frameworks.protocol import Layer, Parameter
from paramlab.initializers import CATALOGUE
from paramlab.widgets import explorer, scene
from paramlab.widgets.scene import Bars, Panel
from paramlab.widgets.view import NotAView

# Not ours: MXNet 1.9.1 reads an old name of SciPy's.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Please import `csr_matrix`:DeprecationWarning"
)

FRAMEWORKS = [name for name in CATALOGUE if name in available()]
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS)


def make(framework: str, net: Any = None, **more: Any) -> explorer.ParameterExplorer:
    net = load(framework).build(NESTED) if net is None else net
    return widgets.parameter_explorer(net, framework=framework, language="en", **more)


def bars(panel: Panel) -> Bars:
    return next(mark for mark in panel.marks if isinstance(mark, Bars))


def inputs_first(framework: str) -> bool:
    return FACTS[framework].weight_layout == "in_out"


# The tree


@each_framework
def test_explorer_lists_every_place_and_each_tie(framework: str) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    found = explorer.places(adapter.layers(net))
    distinct = adapter.parameters(net)
    assert found[0].size == sum(parameter.size for parameter in distinct) == 62
    lines = [place for place in found if not place.kind]
    assert len(lines) == len(distinct) + 2  # the tied layer's stand twice
    assert len({place.path for place in found}) == len(found)
    by_path = {place.path: place for place in found}
    tied = [place for place in lines if place.tied]
    assert [place.parameters[0].shape for place in tied] == [(5, 5), (5,)] * 2
    for place in tied:  # both ways
        (other,) = place.tied
        assert by_path[other].tied == (place.path,)
        assert by_path[other].parameters[0].identity == place.parameters[0].identity
    layers = [place for place in found if place.kind and place.tied]
    assert len(layers) == 2
    assert layers[0].tied == (layers[1].path,)


@each_framework
def test_every_column_says_what_the_parameter_is(framework: str) -> None:
    shown = make(framework)
    columns = ["name", "kind", "shape", "numbers", "trained", "type", "tied with"]
    assert shown.tree.header == columns
    weight, bias = (row["cells"] for row in shown.tree.rows[-2:])
    shape = "(5, 2)" if inputs_first(framework) else "(2, 5)"
    assert weight[1:] == ("weight", shape, "10", "no", "float32", "")
    assert bias[1:] == ("bias", "(2,)", "2", "no", "float32", "")
    network = shown.tree.rows[0]["cells"]
    assert network[3:5] == ("62", "partly")
    tied = [row["cells"][-1] for row in shown.tree.rows if row["cells"][-1]]
    paths = {place.path for place in shown.places if place.tied}
    assert set(tied) == paths
    assert len(tied) == 6  # a layer, its weight and its bias, each in both places


def use(name: str, parameters: tuple[Parameter, ...]) -> Layer:
    return Layer(name, "Linear", parameters, (), identity=7)


def test_paths_are_of_their_own_where_names_are_not() -> None:
    values = np.arange(6.0)
    one = Parameter("a", "other", (6,), "float64", True, 1, values, None)
    two = Parameter("b", "other", (6,), "float64", True, 2, values, None)
    net = Layer("", "Net", (), tuple(use("0", (one, two)) for _ in range(6)), 8)
    found = explorer.places(net)
    paths = [place.path for place in found]
    assert paths[:6] == [
        "net",
        "net.0",
        "net.0.other",
        "net.0.other:2",
        "net.0:2",
        "net.0:2.other",
    ]
    assert len(set(paths)) == len(paths) == 19
    assert found[2].tied == tuple(p for p in paths if p.endswith(".other"))[1:]
    assert found[0].size == 12


def test_many_uses_are_counted() -> None:
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(2, 2)
    shown = make("pytorch", torch.nn.Sequential(*[layer] * 9))
    assert shown.tree.rows[1]["cells"][-1] == "net.1, net.2, net.3 and 5 more"


# The values


@each_framework
def test_explorer_reads_on_every_line_what_the_parameter_holds(framework: str) -> None:
    shown = make(framework)
    redraws = Redraws(shown)
    for number, place in enumerate(shown.places):
        shown.tree.selected = number
        sent = shown.plot.scene
        assert sent["title"] == place.name
        # The panels keep their places, so that the plot keeps its height.
        assert sum(panel["span"] for panel in sent["panels"]) == sent["columns"] == 3
        if not place.size:
            assert sent["panels"][0]["note"]
            continue
        assert place.path in sent["subtitle"]
        values = np.concatenate([p.value.ravel() for p in place.parameters])
        mean, std, low, high, norm = (row[1] for row in sent["table"]["rows"])
        assert mean == scene.short(float(values.mean(dtype=np.float64)))
        assert std == scene.short(float(values.std(dtype=np.float64)))
        assert low == scene.short(float(values.min()))
        assert high == scene.short(float(values.max()))
        assert norm == scene.short(float(np.linalg.norm(values.astype(np.float64))))
        heights = bars(shown.scene().panels[0]).heights
        assert heights.sum() == values.size
    assert redraws.count >= len(shown.places) - 1


@each_framework
def test_explorer_shows_gradients_that_are_held_and_asks_for_none(
    framework: str,
) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    before = [parameter.gradient for parameter in adapter.parameters(net)]
    shown = make(framework, net)
    after = [parameter.gradient for parameter in adapter.parameters(net)]
    assert [one is None for one in before] == [one is None for one in after]
    gradients = adapter.gradients(net, np.ones((4, 3), np.float32))
    shown.refresh_button.click()
    assert gradients[0] is not None
    norm = scene.short(float(np.linalg.norm(gradients[0].astype(np.float64))))
    if isinstance(FACTS[framework].gradient_before, Absent):
        norm = "–"  # the framework holds no gradients
        assert "GradientTape" in shown.plot.scene["panels"][1]["note"]
    assert shown.plot.scene["table"]["rows"][-1][2] == norm


@each_framework
def test_reading_again_redraws_once_and_keeps_the_place(framework: str) -> None:
    adapter = load(framework)
    net = adapter.build(NESTED)
    shown = make(framework, net)
    shown.select(shown.places[-1].path)
    redraws = Redraws(shown)
    values = [p.value + 3 for p in adapter.parameters(net)]
    adapter.assign(net, values)
    shown.refresh_button.click()
    assert redraws.count == 1
    assert shown.place.path == shown.places[-1].path
    np.testing.assert_allclose(shown.place.parameters[0].value, values[-1])


def deferred(framework: str) -> Any:
    """Build a layer that knows its input only when it sees a batch."""
    if framework == "pytorch":
        from torch import nn

        return nn.Sequential(nn.LazyLinear(6))
    if framework == "mxnet":
        from mxnet.gluon import nn as gluon_nn

        net = gluon_nn.Sequential()
        net.add(gluon_nn.Dense(6))
        net.initialize()
        return net
    import tensorflow as tf

    return tf.keras.Sequential([tf.keras.layers.Dense(6)])


# Paddle's layers are told their inputs.
@pytest.mark.parametrize("framework", [f for f in FRAMEWORKS if f != "paddle"])
def test_explorer_waits_for_a_network_without_values(framework: str) -> None:
    net = deferred(framework)
    shown = make(framework, net)
    assert shown.places == []
    sent = shown.plot.scene
    assert "no values yet" in sent["panels"][0]["note"]
    assert sent["summary"] == sent["panels"][0]["note"]
    assert shown.picture().axes
    assert shown.view() == "parameter_explorer?"
    adapter = load(framework)
    adapter.prepare(net, np.ones((2, 3), np.float32))
    shown.refresh_button.click()
    assert shown.places[0].size == 24
    assert len(shown.plot.scene["panels"]) == 3
    X = adapter.tensor(np.ones((2, 3), np.float32))
    assert make(framework, deferred(framework), X=X).places[0].size == 24


def test_values_that_are_not_numbers_are_shown_as_such() -> None:
    numbers = explorer.summarize(np.array([1.0, np.nan, np.inf, 2.0]))
    assert numbers.count == 4
    assert numbers.heights.sum() == 2
    assert np.isnan(numbers.mean)
    assert explorer.summarize(np.full(3, np.nan)).heights.sum() == 0
    equal = explorer.summarize(np.full(25, 7.0))
    assert equal.heights.max() == 25


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2, 9], dtype=np.int64),
        np.array([True, False]),
        np.array([1.5, -0.25], dtype=np.float16),
        np.array([1e300, -1e300]),
        np.array([3e38, -3e38], dtype=np.float32),
        np.zeros(4, dtype=np.float32),
        np.array([-np.inf, 1.0]),
    ],
)
@pytest.mark.filterwarnings("error")
def test_any_type_of_number_has_a_histogram(values: np.ndarray) -> None:
    numbers = explorer.summarize(values)
    assert numbers.heights.sum() == np.isfinite(values).sum()
    assert numbers.low == float(values.min())
    assert numbers.mean == float(values.mean(dtype=np.float64))


def test_gradients_of_a_wild_network_are_drawn() -> None:
    values = np.array([[np.nan, np.inf], [1.0, -2.0]], dtype=np.float32)
    one = Parameter("w", "weight", (2, 2), "float32", True, 1, values, values)
    (_, place) = explorer.places(Layer("", "Net", (one,), (), 2))
    content = explorer.compute(place)
    assert content.value is not None
    assert content.value.heights.sum() == 2


# Large networks


def large(layers: int, side: int) -> Layer:
    """Return a network of many dense layers, with gradients."""
    generator = np.random.default_rng(0)
    children = []
    for number in range(layers):
        value = generator.normal(size=(side, side)).astype(np.float32)
        weight = Parameter(
            f"{number}.weight",
            "weight",
            (side, side),
            "float32",
            True,
            10**6 + number,
            value,
            value,
        )
        children.append(Layer(str(number), "Linear", (weight,), (), number))
    return Layer("", "Sequential", (), tuple(children), -1)


def test_a_large_network_is_read_in_part_and_says_so() -> None:
    found = explorer.places(large(40, 300))  # 3.6 million weights
    content = explorer.compute(found[0])
    assert content.every == 4
    assert content.value is not None
    assert content.value.count == 40 * 22_500
    assert content.value.std == pytest.approx(1, abs=0.01)
    say = make("pytorch").say
    drawn = explorer._scene(content, say, "pytorch")
    assert "3600000" in drawn.summary
    assert "One number of 4 was read" in drawn.summary
    whole = explorer.compute(found[2])
    assert whole.every == 1
    assert whole.value is not None
    assert whole.value.count == 90_000


def test_a_large_network_is_shown_within_a_blink() -> None:
    """Beside a plain NumPy histogram and moments of the same numbers."""
    found = explorer.places(large(200, 71))  # a million weights
    values = np.concatenate([p.value.ravel() for p in found[0].parameters])

    def plain() -> None:
        for _ in range(2):  # values and gradients
            np.histogram(values, 31)
            values.astype(np.float64).std()

    def seconds(work: Any) -> float:
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
        return min(taken)

    assert seconds(lambda: explorer.compute(found[0])) < 4 * seconds(plain)


# Its view


@each_framework
def test_every_place_has_a_view_that_leads_back(framework: str) -> None:
    net = load(framework).build(NESTED)
    shown, other = make(framework, net), make(framework, net)
    assert drive(shown) >= len(shown.places)
    for number, place in enumerate(shown.places):
        shown.tree.selected = number
        assert shown.view() == f"parameter_explorer?place={place.path}"
        other.set_view(shown.view())
        assert other.place.path == place.path
        assert other.plot.scene == shown.plot.scene
        assert make(framework, net, view=shown.view()).tree.selected == number


@each_framework
def test_one_view_serves_all_frameworks_but_for_their_own_layers(
    framework: str,
) -> None:
    blueprint = {
        "kind": "sequential",
        "layers": [
            {"kind": "dense", "inputs": 3, "outputs": 5},
            {"kind": "dense", "inputs": 5, "outputs": 2},
        ],
    }
    net = load(framework).build(blueprint)
    shown = make(framework, net, view="parameter_explorer?place=net.1.bias")
    assert shown.place.parameters[0].shape == (2,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("parameter_explorer?place=net.9", "“place” cannot be “net.9”. It can be: net"),
        ("parameter_explorer?layer=net", "There is no “layer” here"),
        ("initializer_picker?seed=1", "has to begin with “parameter_explorer"),
    ],
)
def test_a_view_that_does_not_fit_changes_nothing(line: str, said: str) -> None:
    shown = make("pytorch")
    shown.tree.selected = 3
    with pytest.raises(NotAView, match=said):
        shown.set_view(line)
    assert shown.tree.selected == 3


def test_a_place_is_selected_by_its_path_or_its_name() -> None:
    shown = make("pytorch")
    shown.select("net.0.0.weight")
    assert shown.place.name == "0.0.weight"
    shown.select("2.bias")
    assert shown.place.path.endswith(".bias")
    with pytest.raises(ValueError, match="'weight' is no place"):
        shown.select("weight")
