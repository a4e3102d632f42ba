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


def encode(value: Plain) -> str:
    """Write plain data as JSON text, arrays as base64 of their bytes.

    Raises NotPlain for any other type; subclasses count as other types.
    """
    try:
        return json.dumps(_lower(value, "answer"), allow_nan=False)
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


def _lower(value: Plain, place: str) -> Any:
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        return value if abs(value) < 2**63 else {_FLOAT: repr(_nearest(value))}
    if kind is float:
        return value if math.isfinite(value) else {_FLOAT: repr(value)}
    if kind is list or kind is tuple:
        return [_lower(item, f"{place}[{i}]") for i, item in enumerate(value)]
    if kind is dict:
        for key in value:
            if type(key) is not str or key in (_ARRAY, _FLOAT):
                raise NotPlain(f"{place}: the key {key!r} is not allowed")
        return {key: _lower(item, f"{place}.{key}") for key, item in value.items()}
    if kind is np.ndarray:
        return _lower_array(value, place)
    if isinstance(value, np.generic) and kind.__module__ == "numpy":
        item = value.item()
        # A number that Python has no type for stays as it is.
        if type(item) is not kind:
            return _lower(item, place)
    raise NotPlain(f"{place}: {kind.__module__}.{kind.__qualname__} is not plain data")


def _nearest(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _lower_array(value: np.ndarray[Any, Any], place: str) -> dict[str, Any]:
    dtype = value.dtype.name
    if dtype not in DTYPES:
        raise NotPlain(f"{place}: an array of {dtype} is not plain data")
    data = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"))
    text = base64.b64encode(data.tobytes()).decode("ascii")
    return {_ARRAY: dtype, "shape": list(value.shape), "data": text}


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
