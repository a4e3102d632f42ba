"""A program of ours that serves pages, for as long as a test needs it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Queue


@dataclass
class Program:
    """What a program says, line by line, and where it serves."""

    lines: Queue[str]
    address: str = ""


@contextmanager
def serving(
    module: str,
    *options: str,
    host: str,
    seconds: float,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """Run a module that prints an address on a host, within so many seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    program = Program(Queue())

    def read() -> None:
        """Empty the pipe for as long as the program runs."""
        assert process.stderr
        for line in process.stderr:
            program.lines.put(line)
        program.lines.put("")

    threading.Thread(target=read, daemon=True).start()
    try:
        seen = ""
        while not program.address:
            line = program.lines.get(timeout=seconds)
            assert line, f"{module} ended:\n{seen}"
            seen += line
            if found := re.search(rf"http://{re.escape(host)}:\S+", line):
                program.address = found[0]
        yield program
    finally:
        process.terminate()
        try:
            process.wait(timeout=seconds)
        finally:
            process.kill()
