"""The probes, by exercise: they call what a student wrote, and know no answers."""

from collections.abc import Callable
from typing import Any

from paramlab.probes import access, exercises, tying

PROBES: dict[str, Callable[..., Any]] = {
    **access.PROBES,
    **exercises.PROBES,
    **tying.PROBES,
}
