"""An IPython shell whose outputs become a notebook's outputs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets import Any as AnyTrait
from traitlets.config import Config

Output = dict[str, Any]
_FRAME = 100  # what an output takes besides its text


class Outputs:
    """Collects one cell's outputs, at most so many bytes of a notebook's."""

    def __init__(self, max_bytes: int) -> None:
        self.left = max_bytes
        self.items: list[Output] = []

    def take(self) -> list[Output]:
        """Return what has come since the last call."""
        items, self.items = self.items, []
        for item in items:
            if isinstance(item.get("text"), list):
                item["text"] = "".join(item["text"])
        return items

    def add(self, output: Output, size: int) -> None:
        """Keep an output while there is room."""
        if size + _FRAME <= self.left:
            self.left -= size + _FRAME
            self.items.append(output)

    def write(self, name: str, text: str) -> None:
        """Append to a stream; what is too much is cut off."""
        last = self.items[-1] if self.items else {}
        more = last.get("output_type") == "stream" and last["name"] == name
        if not more:
            self.left -= _FRAME
        kept = text[: max(self.left, 0)]
        self.left -= len(kept)
        if not kept:
            return
        if more:
            last["text"].append(kept)
        else:
            stream = {"output_type": "stream", "name": name, "text": [kept]}
            self.items.append(stream)


class _Stream:
    """A file object that writes to the outputs."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self.outputs = outputs
        self.name = name

    def write(self, text: str) -> int:
        self.outputs.write(self.name, str(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    outputs = AnyTrait()

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        self.outputs.add(_rich("display_data", data), _size(data))

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.take()


class _Hook(DisplayHook):
    outputs = AnyTrait()

    def write_output_prompt(self) -> None:
        """Print nothing: a notebook has its own prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        output = _rich("execute_result", format_dict)
        output["execution_count"] = self.prompt_count
        self.outputs.add(output, _size(format_dict))


class NotebookShell(InteractiveShell):
    """A shell that keeps no history and reads no one's configuration."""

    outputs = AnyTrait()
    display_pub_class = _Publisher
    displayhook_class = _Hook

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        lines = [str(line) for line in stb]
        output = {
            "output_type": "error",
            "ename": getattr(etype, "__name__", str(etype)),
            "evalue": _text(evalue),
            "traceback": lines,
        }
        self.outputs.add(output, sum(map(len, lines)))

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no screen."""


def new_shell() -> NotebookShell:
    """Make the shell; cheap to do once before forking."""
    # The history would be saved by a thread; a process with threads cannot fork.
    config = Config({"HistoryManager": {"enabled": False}})
    shell: NotebookShell = NotebookShell.instance(config=config, colors="nocolor")
    shell.enable_matplotlib("inline")  # type: ignore[no-untyped-call]
    return shell


def start(shell: NotebookShell, max_bytes: int) -> Outputs:
    """Give a fork's shell its own, empty outputs."""
    outputs = Outputs(max_bytes)
    parts: list[Any] = [shell, shell.display_pub, shell.displayhook]
    for part in parts:
        part.outputs = outputs
    return outputs


def run_cell(shell: NotebookShell, outputs: Outputs, source: str) -> dict[str, Any]:
    """Run one cell; return its outputs, its number and whether it succeeded."""
    with _streams(outputs):
        result: ExecutionResult = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
    return {
        "outputs": outputs.take(),
        "execution_count": result.execution_count,
        "ok": bool(result.success),
        "error": type(result.error_in_exec or result.error_before_exec).__name__,
    }


@contextmanager
def _streams(outputs: Outputs) -> Iterator[None]:
    saved = sys.stdout, sys.stderr
    sys.stdout = _Stream(outputs, "stdout")  # type: ignore[assignment]
    sys.stderr = _Stream(outputs, "stderr")  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = saved


def _rich(kind: str, data: Any) -> Output:
    return {
        "output_type": kind,
        "data": {str(key): _plain(value) for key, value in dict(data).items()},
        "metadata": {},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode("ascii")
    return value if isinstance(value, str | int | float | list | dict) else _text(value)


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 (a student's __str__ may raise anything)
        return ""


def _size(data: Any) -> int:
    return sum(len(str(value)) for value in dict(data).values())
