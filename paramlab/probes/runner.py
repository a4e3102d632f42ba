"""Call a probe beside the student's code; whatever happens, return a record."""

from __future__ import annotations

import copy
import traceback
from typing import Any

from paramlab import plain
from paramlab.frameworks.protocol import Framework
from paramlab.plain import Plain
from paramlab.probes import PROBES


def run(
    exercise: str, framework: Framework, inputs: Plain, answers: tuple[Any, ...]
) -> Plain:
    """Run one exercise's probe and return its record, plain data.

    ``{"outcome": "done", "answer": ...}``, ``{"outcome": "raised", "type",
    "message", "line"}`` for an exception of the student's code, or
    ``{"outcome": "not-written"}`` where a stub is untouched. The caller's
    inputs stay as they are.
    """
    inputs = copy.deepcopy(inputs)
    try:
        with framework.preserved_random(), framework.usual_settings():
            answer = PROBES[exercise](framework, inputs, *answers)
        return plain.copied({"outcome": "done", "answer": answer})
    except NotImplementedError as error:
        if not str(error):
            return {"outcome": "not-written"}
        return _raised(error)
    # SystemExit too: a student's exit() must not end the whole notebook.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return _raised(error)


def _raised(error: BaseException) -> Plain:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "ipykernel" in frame.filename]
    own += [frame for frame in frames if frame.filename.startswith("<ipython-")]
    return {
        "outcome": "raised",
        "type": type(error).__name__,
        "message": str(error)[:500],
        "line": (own[-1].line or "") if own else "",
    }
