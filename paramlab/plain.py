"""Plain data: what crosses the border between student code and judge.

None, booleans, integers, floats, strings, lists, dictionaries with string
keys, and NumPy arrays of numbers. Nothing here is ever unpickled.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np

# Recursive types are not worth their weight here: Any stands for plain data.
Plain = Any

DTYPES = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
)
MAX_CHARACTERS = 64_000_000
_ARRAY = "array/"
_FLOAT = "float/"


class NotPlain(ValueError):
    """A value that may not cross: it names the place and the type."""


def copied(value: Plain) -> Plain:
    """Copy plain data; what comes is what would come back from its text.

    Raises NotPlain for any other type; subclasses count as other types.
    """
    try:
        return _copy(value, "answer")
    except RecursionError as error:
        raise NotPlain("answer: it is nested too deeply") from error


def encode(value: Plain) -> str:
    """Write plain data as JSON text, arrays as base64 of their bytes.

    Raises NotPlain as `copied` does.
    """
    try:
        return json.dumps(_lower(_copy(value, "answer")), allow_nan=False)
    except RecursionError as error:
        raise NotPlain("answer: it is nested too deeply") from error


def decode(text: str) -> Plain:
    """Read what `encode` wrote; raises NotPlain on anything else."""
    if len(text) > MAX_CHARACTERS:
        raise NotPlain(f"{len(text)} characters are more than {MAX_CHARACTERS}")
    try:
        return _raise(json.loads(text))
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise NotPlain(f"not a record: {error}") from error


def _copy(value: Plain, place: str) -> Plain:
    kind = type(value)
    if value is None or kind in (bool, float, str):
        return value
    if kind is int:
        return value if abs(value) < 2**63 else _nearest(value)
    if kind is list or kind is tuple:
        return [_copy(item, f"{place}[{i}]") for i, item in enumerate(value)]
    if kind is dict:
        for key in value:
            if type(key) is not str or key in (_ARRAY, _FLOAT):
                raise NotPlain(f"{place}: the key {key!r} is not allowed")
        return {key: _copy(item, f"{place}.{key}") for key, item in value.items()}
    if kind is np.ndarray:
        if value.dtype.name not in DTYPES:
            raise NotPlain(f"{place}: an array of {value.dtype.name} is not plain data")
        return np.array(value, dtype=value.dtype.name, order="C")
    if isinstance(value, np.generic) and kind.__module__ == "numpy":
        item = value.item()
        # A number that Python has no type for stays as it is.
        if type(item) is not kind:
            return _copy(item, place)
    raise NotPlain(f"{place}: {kind.__module__}.{kind.__qualname__} is not plain data")


def _nearest(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _lower(value: Plain) -> Any:
    """Turn a copy of plain data into what JSON can say."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {_FLOAT: repr(value)}
    if isinstance(value, list):
        return [_lower(item) for item in value]
    if isinstance(value, dict):
        return {key: _lower(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        data = value.astype(value.dtype.newbyteorder("<"), copy=False)
        text = base64.b64encode(data.tobytes()).decode("ascii")
        return {_ARRAY: value.dtype.name, "shape": list(value.shape), "data": text}
    return value


def _raise(value: Any) -> Plain:
    if isinstance(value, list):
        return [_raise(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _FLOAT in value:
        return float(value[_FLOAT])
    if _ARRAY not in value:
        return {key: _raise(item) for key, item in value.items()}
    if value[_ARRAY] not in DTYPES:
        raise NotPlain(f"an array of {value[_ARRAY]!r} is not plain data")
    dtype = np.dtype(value[_ARRAY]).newbyteorder("<")
    shape = [int(size) for size in value["shape"]]
    if any(size < 0 for size in shape):
        raise NotPlain(f"{shape} is not a shape")
    data = base64.b64decode(value["data"], validate=True)
    array = np.frombuffer(data, dtype=dtype).reshape(shape)
    return array.astype(np.dtype(value[_ARRAY]))
