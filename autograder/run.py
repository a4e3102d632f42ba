"""Run a rebuilt notebook in a fresh kernel, within limits."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.course import CELL_SECONDS, DEMONSTRATION, PROJECT
from paramlab.grading import SEED_VARIABLE

_TIMED_OUT = "autograder: out of time"
_NO_MEMORY = ("MemoryError", "can't allocate memory", "bad_alloc")


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; seconds of the clock."""

    cell_seconds: float = CELL_SECONDS
    notebook_seconds: float = 5 * CELL_SECONDS
    megabytes: int = 6000


@dataclass
class Run:
    """An executed notebook, and why some of its cells did not finish.

    A cell's state is "timeout", "memory" or "crashed".
    """

    notebook: NotebookNode
    states: dict[int, str] = field(default_factory=dict)


def run(notebook: NotebookNode, limits: Limits, seed: int | None = None) -> Run:
    """Run a notebook's cells in place, all of them if possible.

    ``seed`` draws the hidden inputs. Raises RuntimeError when no kernel starts.
    """
    result = Run(notebook)
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        work = Path(folder, "work")
        work.mkdir()
        client = _Client(notebook, limits, Path(folder, "kernel.json"))
        process: dict[str, Any] = {
            "cwd": str(work),
            "env": _environment(folder, seed),
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        try:
            asyncio.run(client.async_execute(**process))
        except CellTimeoutError:
            result.states = client.rest("timeout")
        except DeadKernelError:
            result.states = client.rest("crashed")
    for index in client.timed_out:
        result.states[index] = "timeout"
    for index, cell in enumerate(notebook.cells):
        if any(sign in error_of(cell) for sign in _NO_MEMORY):
            result.states.setdefault(index, "memory")
    return result


def error_of(cell: NotebookNode) -> str:
    """Return the error that a cell stopped with in one line, or no text."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            line = " ".join(f"{output.ename}: {output.evalue}".split())
            return line if len(line) <= 200 else line[:199] + "…"
    return ""


class _Client(NotebookClient):
    """A notebook client that notes which cells did not finish."""

    def __init__(self, notebook: NotebookNode, limits: Limits, connection: Path):
        super().__init__(
            notebook,
            kernel_name="python3",
            allow_errors=True,
            force_raise_errors=False,
            skip_cells_with_tag=DEMONSTRATION,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": _TIMED_OUT, "evalue": "", "traceback": []},
            # A cell that takes no interrupt ends the notebook after this time.
            iopub_timeout=10,
            raise_on_iopub_timeout=True,
            shutdown_kernel="immediate",
            store_widget_state=False,
            timeout_func=self._seconds_left,
            on_notebook_start=self._limit_memory,
            on_cell_start=self._start,
            on_cell_executed=self._executed,
        )
        self.limits = limits
        self.connection = connection
        self.deadline = time.monotonic() + limits.notebook_seconds
        self.current = 0
        self.timed_out: set[int] = set()

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Use this Python's own kernel, whatever else is installed for a user."""
        specs = KernelSpecManager(kernel_dirs=[])
        self.km = AsyncKernelManager(
            kernel_name=self.kernel_name,
            kernel_spec_manager=specs,
            connection_file=str(self.connection),
            transport="tcp" if sys.platform == "win32" else "ipc",
        )
        return self.km

    def rest(self, state: str) -> dict[int, str]:
        """Give one state to the current cell and all that follow."""
        return dict.fromkeys(range(self.current, len(self.nb.cells)), state)

    def _seconds_left(self, cell: NotebookNode) -> float:
        left = self.deadline - time.monotonic()
        return max(1, min(self.limits.cell_seconds, left))

    def _limit_memory(self, notebook: NotebookNode) -> None:
        if sys.platform == "linux":
            import resource

            size = self.limits.megabytes * 1_000_000
            manager: Any = self.km
            process = manager.provisioner.pid
            resource.prlimit(process, resource.RLIMIT_DATA, (size, size))

    def _start(self, cell: NotebookNode, cell_index: int) -> None:
        self.current = cell_index
        if time.monotonic() > self.deadline:
            raise CellTimeoutError

    def _executed(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        if execute_reply["content"].get("ename") == _TIMED_OUT:
            self.timed_out.add(cell_index)


def _environment(folder: str, seed: int | None) -> dict[str, str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])
        ),
        "IPYTHONDIR": folder,  # no start-up files of the person who grades
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
    }
    if seed is not None:
        environment[SEED_VARIABLE] = str(seed)
    return environment
