"""Turn what a student's function returned into plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from paramlab.frameworks.protocol import Framework
from paramlab.plain import Plain

MAX_ITEMS = 10_000


def plainly(framework: Framework, value: Any) -> Plain:
    """Copy an answer to plain data; tensors become arrays.

    What cannot be read becomes ``{"unreadable": "module.Class"}``, so that
    the judge can say what came.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MAX_ITEMS]
        return {_key(key): plainly(framework, item) for key, item in pairs}
    if framework.is_tensor(value) or isinstance(value, np.ndarray | np.generic):
        return _array(framework, value)
    # TensorFlow's shape is neither a list nor a tensor.
    if type(value).__name__ == "TensorShape":
        value = list(value)
    if isinstance(value, list | tuple):
        return [plainly(framework, item) for item in value[:MAX_ITEMS]]
    return _unreadable(value)


def _key(key: object) -> str:
    return key if type(key) is str else repr(key)


def _array(framework: Framework, value: Any) -> Plain:
    try:
        array = framework.to_numpy(value)
    except TypeError:
        return _unreadable(value)
    if array.dtype.kind not in "biuf":
        return _unreadable(value)
    # A subclass of ndarray may lie about its content: only the base crosses.
    return np.array(array, subok=False)


def _unreadable(value: object) -> Plain:
    kind = type(value)
    return {"unreadable": f"{kind.__module__}.{kind.__qualname__}"}
