"""The catalogue says of every initializer what the framework really does."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator

import numpy as np
import pytest

from paramlab import laws
from paramlab.frameworks import available, load
from paramlab.frameworks.protocol import Framework
from paramlab.initializers import CATALOGUE, Initializer, LayerShape, Number, find
from paramlab.laws import Law

# Not ours: MXNet 1.9.1 reads an old name of SciPy's.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Please import `csr_matrix`:DeprecationWarning"
)

FRAMEWORKS = [name for name in CATALOGUE if name in available()]
DRAWN = [
    entry
    for name in FRAMEWORKS
    for entry in CATALOGUE[name].values()
    if entry.reason is None
]

# About 500 comparisons run here; each may fail an honest framework once in
# 10^12 runs.
FALSE_ALARM = 1e-12
SIGMAS = 7.2  # of a normal: the same probability
LARGE = {
    "dense": LayerShape("dense", 300, 500),
    "conv": LayerShape("conv", 48, 96, kernel=5),
    "gates": LayerShape("gates", 7, 200),
}
SMALL = {
    "dense": LayerShape("dense", 5, 3),
    "conv": LayerShape("conv", 3, 4, kernel=3),
    "gates": LayerShape("gates", 3, 2),
}


def name_of(entry: Initializer) -> str:
    return f"{entry.framework}-{entry.name}"


def settings(entry: Initializer) -> Iterator[dict[str, float | int | str]]:
    """Yield the defaults, then each argument's values with the others' default."""
    yield entry.defaults
    for argument in entry.arguments:
        for value in argument.values():
            if value != argument.default:
                yield {**entry.defaults, argument.name: value}


def draw(
    entry: Initializer, layer: LayerShape, arguments: dict, seed: int
) -> np.ndarray:
    settled = entry.settled(layer, arguments)
    shape = entry.shape(layer)
    return load(entry.framework).sample(entry.name, settled, shape, seed)


def distance(samples: np.ndarray, law: Law) -> float:
    """Return Kolmogorov's distance; right for laws with point masses too."""
    values, counts = np.unique(samples, return_counts=True)
    # Floats are 32 bits wide: a value beside a point mass stands on it.
    for atom, _ in law.atoms:
        values[np.isclose(values, atom, rtol=1e-6, atol=1e-9)] = atom
    after = np.cumsum(counts) / samples.size
    before = after - counts / samples.size
    theory_after = law.cdf(values)
    theory_before = law.cdf(np.nextafter(values.astype(np.float64), -np.inf))
    return float(
        max(np.abs(after - theory_after).max(), np.abs(before - theory_before).max())
    )


def widest_distance(count: int) -> float:
    """Return what the distance passes with probability FALSE_ALARM (Massart)."""
    return math.sqrt(math.log(2 / FALSE_ALARM) / (2 * count))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_catalogue_lists_what_the_module_offers(framework: str) -> None:
    assert sorted(CATALOGUE[framework]) == sorted(load(framework).initializer_names())


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_names_and_defaults_are_the_frameworks_own(framework: str) -> None:
    module = {
        "pytorch": "torch.nn.init",
        "mxnet": "mxnet.init",
        "tensorflow": "keras.initializers",
        "paddle": "paddle.nn.initializer",
    }[framework]
    parent, _, last = module.rpartition(".")
    source = getattr(__import__(parent, fromlist=[last]), last)
    given_by_us = {"tensor", "generator", "self", "seed", "name"}
    # None of these: the framework reads them from the tensor's shape.
    fans = {"fan_in", "fan_out"}
    for entry in CATALOGUE[framework].values():
        if entry.reason is not None:
            continue
        signature = inspect.signature(getattr(source, entry.name))
        theirs = {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if name not in given_by_us
        }
        assert all(theirs.pop(fan, None) is None for fan in fans)
        assert list(theirs) == [argument.name for argument in entry.arguments]
        for argument in entry.arguments:
            if isinstance(argument, Number) and argument.required:
                assert theirs[argument.name] is inspect.Parameter.empty
            else:
                assert theirs[argument.name] == argument.default


@pytest.mark.parametrize("entry", DRAWN, ids=name_of)
def test_samples_follow_the_law(entry: Initializer) -> None:
    for kind in entry.kinds:
        for number, arguments in enumerate(settings(entry)):
            check_samples(entry, LARGE[kind], arguments, seed=number)


def check_samples(
    entry: Initializer, layer: LayerShape, arguments: dict, seed: int
) -> None:
    law = entry.law(layer, arguments)
    samples = draw(entry, layer, arguments, seed).astype(np.float64).ravel()
    case = f"{entry.name} {arguments} {layer}"
    assert samples.size == math.prod(layer.shape)
    low, high = law.support
    slack = 1e-6 * max(1.0, law.std)
    assert low - slack <= samples.min() <= samples.max() <= high + slack, case
    if not entry.random or not law.std:
        assert samples.mean() == pytest.approx(law.mean, abs=1e-6), case
        assert samples.std() == pytest.approx(law.std, abs=1e-6), case
        assert distance(samples, law) < 1e-6, case
        return
    # A share of exact zeros only takes variance away from the mean's error.
    error = law.std / math.sqrt(samples.size)
    assert abs(samples.mean() - law.mean) < SIGMAS * error, case
    fourth = float(np.mean((samples - law.mean) ** 4))
    spread = math.sqrt((fourth - law.std**4) / samples.size)
    assert abs(samples.var() - law.std**2) < SIGMAS * spread, case
    assert distance(samples, law) < widest_distance(samples.size), case


TOGETHER = [
    (
        "tensorflow",
        "VarianceScaling",
        {"scale": 2.5, "mode": mode, "distribution": kind},
    )
    for mode in ("fan_in", "fan_out", "fan_avg")
    for kind in ("truncated_normal", "untruncated_normal", "uniform")
] + [
    ("tensorflow", "TruncatedNormal", {"mean": -1.0, "stddev": 0.5}),
    (
        "paddle",
        "KaimingNormal",
        {"negative_slope": 0.5, "nonlinearity": "leaky_relu", "mode": "fan_out"},
    ),
    ("paddle", "KaimingUniform", {"negative_slope": 2.0, "nonlinearity": "leaky_relu"}),
    # As far from the bounds as Paddle goes, which is not so far as this.
    ("paddle", "TruncatedNormal", {"mean": 2.0, "std": 0.4, "a": -3.0, "b": 0.0}),
    ("paddle", "TruncatedNormal", {"mean": -2.0, "std": 0.2, "a": 0.0, "b": 0.5}),
]


@pytest.mark.parametrize(("framework", "name", "arguments"), TOGETHER)
def test_samples_follow_the_law_of_several_arguments(
    framework: str, name: str, arguments: dict
) -> None:
    if framework not in FRAMEWORKS:
        pytest.skip(f"{framework} is not installed")
    for kind in ("dense", "conv"):
        check_samples(find(framework, name), LARGE[kind], arguments, seed=1)


@pytest.mark.parametrize("entry", DRAWN, ids=name_of)
def test_equal_seeds_give_equal_weights(entry: Initializer) -> None:
    layer = LARGE[entry.kinds[0]]
    first, again, other = (draw(entry, layer, {}, seed) for seed in (3, 3, 4))
    assert first.dtype == np.float32
    assert np.array_equal(first, again)
    assert np.array_equal(first, other) != entry.random


@pytest.mark.parametrize("entry", DRAWN, ids=name_of)
def test_the_code_runs_and_fills_the_layer_so(entry: Initializer) -> None:
    framework = load(entry.framework)
    for kind in entry.kinds:
        layer = LARGE[kind]
        names: dict = {}
        exec(entry.code(layer, {}), names)
        weights = written_by(framework, names)
        assert weights.shape == entry.shape(layer)
        law = entry.law(layer, {})
        limit = 1e-6 if not entry.random else widest_distance(weights.size)
        assert distance(weights.ravel(), law) < limit


def written_by(framework: Framework, names: dict) -> np.ndarray:
    if "cell" in names:
        return framework.to_numpy(names["cell"].i2h_bias.data())
    layer = names["layer"]
    weight = layer.kernel if framework.id == "tensorflow" else layer.weight
    return framework.to_numpy(weight)


def orthogonal(framework: str) -> Initializer:
    return find(framework, "orthogonal_" if framework == "pytorch" else "Orthogonal")


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("inputs", [40, 100])
@pytest.mark.parametrize("outputs", [40, 100])
def test_orthogonal_rows_or_columns(framework: str, inputs: int, outputs: int) -> None:
    entry = orthogonal(framework)
    layer = LayerShape("dense", inputs, outputs)
    W = draw(entry, layer, {}, 0).astype(np.float64).reshape(entry.shape(layer))
    W = W if entry.shape(layer) == layer.shape else W.T
    product = W @ W.T if outputs <= inputs else W.T @ W
    scale = float(entry.arguments[0].default)
    np.testing.assert_allclose(product, scale**2 * np.eye(len(product)), atol=1e-4)


@pytest.mark.parametrize(
    ("framework", "arguments", "dimension", "slack"),
    [
        ("pytorch", {}, 3, 0.0),
        ("pytorch", {}, 2, 0.0),
        ("pytorch", {}, 1, 0.0),
        ("tensorflow", {}, 3, 0.0),
        ("tensorflow", {}, 1, 0.0),
        ("paddle", {}, 3, 0.0),
        ("paddle", {}, 1, 0.0),
        # LAPACK chooses the signs of singular vectors: their squares tell.
        ("mxnet", {"rand_type": "normal"}, 5, 0.0),
        # Of uniform numbers they are nearly evenly spread, not exactly.
        ("mxnet", {"rand_type": "uniform"}, 30, 0.02),
    ],
)
def test_one_entry_of_many_orthogonal_matrices(
    framework: str, arguments: dict, dimension: int, slack: float
) -> None:
    if framework not in FRAMEWORKS:
        pytest.skip(f"{framework} is not installed")
    entry = orthogonal(framework)
    layer = LayerShape("dense", dimension, dimension)
    law = entry.law(layer, arguments)
    values = [
        draw(entry, layer, arguments, seed).astype(np.float64)[-1, -1] ** 2
        for seed in range(2000)
    ]
    squares = np.array(values)
    signed = np.where(np.arange(squares.size) % 2, 1, -1) * np.sqrt(squares)
    assert distance(signed, law) < widest_distance(squares.size) + slack


def test_sparse_clears_whole_entries_of_every_column() -> None:
    if "pytorch" not in FRAMEWORKS:
        pytest.skip("pytorch is not installed")
    layer = LayerShape("dense", 30, 7)
    W = draw(find("pytorch", "sparse_"), layer, {"sparsity": 0.5}, 0)
    assert (np.count_nonzero(W == 0, axis=0) == 4).all()
    law = find("pytorch", "sparse_").law(layer, {"sparsity": 0.5})
    assert law.atoms == ((0.0, 4 / 7),)


def test_known_traps() -> None:
    layer = LayerShape("dense", 64, 32)
    cut = find("pytorch", "trunc_normal_").law(layer, {})
    assert cut.std == pytest.approx(0.8796, abs=1e-4)
    wide = {"std": 3.0}
    assert find("pytorch", "trunc_normal_").law(layer, wide).support == (-2, 2)
    default = find("pytorch", "kaiming_uniform_").law(layer, {"a": math.sqrt(5)})
    assert default.support[1] == pytest.approx(1 / math.sqrt(64))
    assert find("mxnet", "Orthogonal").law(layer, {}).support[1] == 1.414
    gaussian = find("mxnet", "Xavier").law(layer, {"rnd_type": "gaussian"})
    glorot = find("pytorch", "xavier_normal_").law(layer, {})
    assert gaussian.std == pytest.approx(math.sqrt(3) * glorot.std)
    conv = LayerShape("conv", 3, 8, kernel=5)
    he = find("pytorch", "kaiming_normal_").law(conv, {})
    assert he.std == pytest.approx(math.sqrt(2 / 75))
    # Keras cuts its normals: He's keeps its spread, TruncatedNormal does not.
    cut = find("tensorflow", "HeNormal").law(conv, {})
    assert cut.std == pytest.approx(he.std)
    assert cut.support[1] == pytest.approx(2 * he.std / 0.8796, rel=1e-4)
    assert find("tensorflow", "TruncatedNormal").law(layer, {}).std < 0.045
    assert find("tensorflow", "RandomNormal").law(layer, {}).std == 0.05
    # In Paddle 3.3.1 the upsampling kernel is not symmetric, in MXNet it is.
    side = LayerShape("conv", 1, 1, kernel=4)
    assert len(find("mxnet", "Bilinear").law(side, {}).atoms) == 3
    assert find("paddle", "Bilinear").law(side, {}).support[0] < 0


def test_shapes_are_the_frameworks_own() -> None:
    dense, conv = LayerShape("dense", 3, 5), LayerShape("conv", 3, 5, kernel=2)
    shapes = {
        "pytorch": ((5, 3), (5, 3, 2, 2)),
        "mxnet": ((5, 3), (5, 3, 2, 2)),
        "tensorflow": ((3, 5), (2, 2, 3, 5)),
        "paddle": ((3, 5), (5, 3, 2, 2)),
    }
    for framework, expected in shapes.items():
        entry = next(e for e in CATALOGUE[framework].values() if "conv" in e.kinds)
        assert (entry.shape(dense), entry.shape(conv)) == expected
    assert find("mxnet", "LSTMBias").shape(LayerShape("gates", 1, 2)) == (8,)


def test_settled_arguments_are_ones_that_the_framework_takes() -> None:
    layer = LayerShape("conv", 3, 6, kernel=3)
    assert find("pytorch", "dirac_").settled(layer, {"groups": 5}) == {"groups": 3}
    crossed = find("pytorch", "uniform_").settled(layer, {"a": 1.0, "b": -0.5})
    assert crossed == {"a": -0.5, "b": 1.0}
    entry = find("pytorch", "normal_")
    assert entry.settled(layer, {"std": 0.1 + 0.2})["std"] == 0.3


def test_entries_that_draw_nothing_say_why() -> None:
    silent = [e for f in CATALOGUE.values() for e in f.values() if e.theory is None]
    assert [entry.name for entry in silent] == ["FusedRNN", "Load", "Mixed", "Assign"]
    assert all(entry.reason for entry in silent)
    with pytest.raises(ValueError, match="on its own"):
        silent[0].law(SMALL["dense"], {})
    with pytest.raises(ValueError, match="conv"):
        find("pytorch", "eye_").law(SMALL["conv"], {})


@pytest.mark.parametrize("entry", DRAWN, ids=name_of)
def test_smallest_layers_have_a_law_too(entry: Initializer) -> None:
    for kind in entry.kinds:
        for size in (1, 2, 3):
            layer = LayerShape(kind, size, size, kernel=1)
            for arguments in settings(entry):
                law = entry.law(layer, arguments)
                values = draw(entry, layer, arguments, 0)
                low, high = law.support
                assert np.isfinite([law.mean, law.std]).all()
                assert low - 1e-5 <= values.min()
                assert values.max() <= high + 1e-5


@pytest.mark.parametrize(
    "law",
    [
        laws.uniform(-1, 3),
        laws.normal(0.5, 2),
        laws.truncated_normal(2.0, 0.5, -3.0, 0.5),
        laws.sphere(4, 1.5),
        laws.with_zeros(laws.normal(0, 1), 0.3),
        laws.with_zeros(laws.uniform(1, 2), 0.25),
        laws.counted([0, 0, 1, 3]),
        laws.constant(-2),
    ],
)
def test_density_cdf_and_moments_of_a_law_agree(law: Law) -> None:
    x = np.linspace(-15, 15, 300_001)
    step = x[1] - x[0]
    share = law.density(x).sum() * step
    assert share + sum(p for _, p in law.atoms) == pytest.approx(1, abs=1e-3)
    increments = np.diff(law.cdf(x))
    middle = (x[1:] + x[:-1]) / 2
    mean = (increments * middle).sum()
    assert mean == pytest.approx(law.mean, abs=1e-3)
    variance = (increments * (middle - mean) ** 2).sum()
    assert math.sqrt(variance) == pytest.approx(law.std, abs=1e-3)
    assert law.cdf(law.support[1]) == pytest.approx(1)
