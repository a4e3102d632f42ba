"""Read a student's answer, which may have any shape, without ever raising."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramlab.plain import Plain

Array = NDArray[Any]


def number(answer: Plain) -> float | None:
    """Return the answer as a float: a number, or an array of one entry."""
    if isinstance(answer, bool):
        return None
    values = array(answer)
    if values is None or values.size != 1:
        return None
    return float(values.reshape(()))


def integer(answer: Plain) -> int | None:
    """Return the answer as an integer, where it is a whole number."""
    value = number(answer)
    if value is None or not np.isfinite(value) or value != int(value):
        return None
    return int(value)


def truth(answer: Plain) -> bool | None:
    """Return the answer as True or False: a boolean, or a lone 0 or 1."""
    if isinstance(answer, bool):
        return answer
    value = number(answer)
    return bool(value) if value in (0.0, 1.0) else None


def array(answer: Plain, shape: tuple[int, ...] | None = None) -> Array | None:
    """Return the answer as a float64 array (of that shape), or None."""
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    if is_number or isinstance(answer, list):
        try:
            answer = np.array(answer, dtype=np.float64)
        except (OverflowError, TypeError, ValueError):
            return None
    if not isinstance(answer, np.ndarray) or answer.dtype.kind not in "biuf":
        return None
    if shape is not None and answer.shape != shape:
        return None
    return answer.astype(np.float64)


def shape(answer: Plain) -> tuple[int, ...] | None:
    """Return the answer as a shape: a list or vector of whole numbers."""
    sizes = array(answer)
    if sizes is None or sizes.ndim != 1 or not np.all(np.isfinite(sizes)):
        return None
    if np.any(sizes != np.round(sizes)):
        return None
    return tuple(int(size) for size in sizes)


def close(
    got: Array, expected: Array, relative: float = 1e-4, absolute: float = 1e-6
) -> bool:
    """Tell whether all entries agree, up to float32 arithmetic.

    The absolute part grows with the largest expected entry, since sums in
    float32 lose digits relative to their largest term.
    """
    if got.shape != expected.shape or not np.all(np.isfinite(got)):
        return False
    scale = float(np.max(np.abs(expected), initial=0.0))
    return bool(
        np.allclose(got, expected, rtol=relative, atol=absolute + relative * scale)
    )


def kind(answer: Plain) -> str:
    """Say what an answer is, in a word or two that people know."""
    if isinstance(answer, dict) and "unreadable" in answer:
        return str(answer["unreadable"])
    if isinstance(answer, np.ndarray):
        return f"array {tuple(answer.shape)}"
    return type(answer).__name__


def raised(answer: Plain) -> str | None:
    """Return the exception that came instead of an answer (`probes.attempt`)."""
    if isinstance(answer, dict) and isinstance(answer.get("raised"), str):
        return str(answer["raised"])
    return None


def said(answer: Plain) -> str:
    """Say what came: a lone number itself, else what kind of thing it is."""
    value = number(answer)
    return kind(answer) if value is None else f"{value:g}"


def shown(answer: Plain) -> Any:
    """Give what a message can show of an answer: its numbers, else its kind."""
    numbers = array(answer)
    return kind(answer) if numbers is None else numbers
