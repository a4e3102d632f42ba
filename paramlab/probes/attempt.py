"""Call a student's function so that one case's exception spares the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from paramlab.frameworks.protocol import Framework
from paramlab.plain import Plain
from paramlab.probes.plainly import plainly

NOT_WRITTEN = "NotImplementedError: "


def attempt(
    framework: Framework,
    function: Callable[..., Any],
    *arguments: Any,
    **named: Any,
) -> Plain:
    """Return ``{"came": answer}``, or ``{"raised": "Type: message"}``."""
    try:
        return {"came": plainly(framework, function(*arguments, **named))}
    # Whatever a student's code raises is an answer: the judge reports it.
    except Exception as error:  # noqa: BLE001
        return {"raised": f"{type(error).__name__}: {str(error)[:300]}"}


def refuse_stubs(attempts: Iterable[Plain]) -> None:
    """Raise NotImplementedError where all that came is what a stub raises."""
    if all(found.get("raised") == NOT_WRITTEN for found in attempts):
        raise NotImplementedError
