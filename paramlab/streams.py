"""Sends what goes to stderr to stdout for a while."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr
from typing import Any, TextIO


@contextmanager
def stderr_to_stdout() -> Iterator[None]:
    """Let warnings, logs and lines of C code go to stdout.

    nbgrader would take one line on stderr for a failure.
    """
    handlers = _log_handlers(sys.stderr)
    with ExitStack() as restore:
        saved = os.dup(2)
        restore.callback(os.close, saved)
        restore.callback(os.dup2, saved, 2)
        os.dup2(1, 2)
        for handler in handlers:
            restore.callback(handler.setStream, sys.stderr)
            handler.setStream(sys.stdout)
        restore.enter_context(redirect_stderr(sys.stdout))
        yield


def _log_handlers(stream: TextIO) -> list[logging.StreamHandler[Any]]:
    """Find the handlers that write to a stream, whoever set them up."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    return [
        handler
        for logger in loggers
        if isinstance(logger, logging.Logger)
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream
    ]
