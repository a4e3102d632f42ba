"""The probes, by exercise: they call what a student wrote, and know no answers."""

from collections.abc import Callable
from typing import Any

from paramlab.probes import access, exercises, initialization, tying

PROBES: dict[str, Callable[..., Any]] = {
    **access.PROBES,
    **initialization.PROBES,
    **tying.PROBES,
    **exercises.PROBES,
}
