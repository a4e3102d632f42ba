"""What crosses the border from student code comes out equal, or not at all."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramlab.plain import DTYPES, MAX_CHARACTERS, NotPlain, copied, decode, encode

KEYS = st.text(max_size=8).filter(lambda key: key not in ("array/", "float/"))
ARRAYS = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0))
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats()
    | st.text(max_size=20)
)
PLAIN = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)
# Whatever JSON can say, with the names that mean something here.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["array/", "float/", "shape", "data", "other"]),
            inner | st.sampled_from(sorted(DTYPES)),
            max_size=4,
        )
    ),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal in type and content, NaN to NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return alike and one.tobytes() == other.tobytes()
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    return bool(one == other)


@given(PLAIN)
def test_plain_data_comes_back_equal(value: Any) -> None:
    assert same(decode(encode(value)), value)
    assert same(copied(value), value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, (2.5, "x")), [1, [2.5, "x"]]),
        (np.float32(0.5), 0.5),
        (np.int64(-3), -3),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (2**70, float(2**70)),
        (10**400, math.inf),
        (-(10**400), -math.inf),
    ],
)
def test_neighbours_of_plain_data_come_back_as_plain(value: Any, expected: Any) -> None:
    assert same(decode(encode(value)), expected)
    assert same(copied(value), expected)


def test_arrays_arrive_in_this_machines_order_and_can_be_written() -> None:
    values = np.arange(6.0).reshape(2, 3)
    for sent in (values.astype(">f8"), values.T.copy().T, values[:, ::-1][:, ::-1]):
        for came in (decode(encode(sent)), copied(sent)):
            assert came.dtype.isnative
            np.testing.assert_array_equal(came, values)
            came[0, 0] = 7
            assert sent[0, 0] == 0


class Number(float):
    """Subclasses may lie about what they are."""


class Text(str):
    """See above."""


class Matrix(np.ndarray):  # type: ignore[type-arg]
    """See above."""


def endless() -> list[Any]:
    inner: list[Any] = []
    inner.append(inner)
    return inner


@pytest.mark.parametrize(
    "value",
    [
        object(),
        b"bytes",
        {1, 2},
        1 + 2j,
        len,
        Number(1.0),
        Text("x"),
        np.zeros(2).view(Matrix),
        np.array([object()]),
        np.array(["text"]),
        np.array([1 + 2j]),
        np.longdouble(1),
        np.datetime64("2024-01-01"),
        {1: "a number as a key"},
        {Text("x"): 1},
        {"array/": "float32"},
        {"float/": "nan"},
        [{"deep": [object()]}],
        endless(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_refused(value: Any) -> None:
    for function in (encode, copied):
        with pytest.raises(NotPlain):
            function(value)


def test_a_refusal_names_the_place_and_the_type() -> None:
    with pytest.raises(NotPlain, match=r"answer\.net\[1\]: builtins\.object"):
        encode({"net": [1, object()]})


def array_text(**changes: Any) -> str:
    zeros = base64.b64encode(bytes(8)).decode()
    return json.dumps({"array/": "float32", "shape": [2], "data": zeros} | changes)


def test_the_text_of_an_array_is_what_the_refusals_below_change() -> None:
    np.testing.assert_array_equal(decode(array_text()), np.zeros(2, np.float32))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1, 2",
        "no record",
        "[" * 100_000,
        array_text(**{"array/": "object"}),
        array_text(**{"array/": "complex64"}),
        array_text(**{"array/": ["float32"]}),
        array_text(shape=[3]),
        array_text(shape=[-2]),
        array_text(shape=[math.inf]),
        array_text(shape=None),
        array_text(shape=["x"]),
        array_text(data="AAA"),
        array_text(data="?"),
        array_text(data=7),
        '{"array/": "float32"}',
        '{"float/": "one"}',
        '{"float/": [1]}',
    ],
)
def test_what_encode_never_writes_is_refused(text: str) -> None:
    with pytest.raises(NotPlain):
        decode(text)


def test_too_long_a_record_is_refused_unread() -> None:
    with pytest.raises(NotPlain, match="characters"):
        decode(" " * (MAX_CHARACTERS + 1))


@given(st.text() | JSON.map(json.dumps))
def test_no_text_makes_decode_fail_otherwise(text: str) -> None:
    try:
        value = decode(text)
    except NotPlain:
        return
    # What decode lets in is plain data: encode takes it again.
    encode(value)
