"""What the commands say on the screen: a progress bar, a table, the next step."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from autograder.journal import Row
from autograder.report import GRADES, SCORES, Total, summary

Commands = argparse._SubParsersAction  # argparse has no public name for it


class WrongUsage(ValueError):
    """The command cannot do what it is asked: says why."""


def progress_bar(of: str = "notebooks") -> Bar:
    """Return a bar that counts things; it goes to the error stream."""
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{of},"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
    )


def show_grades(out: Path, totals: Sequence[Total], rows: Sequence[Row]) -> None:
    """Print the table of a class, and where all of it stands."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(summary(totals, rows))
    console.print(f"{out / SCORES}, {out / GRADES}", markup=False, highlight=False)


def say_next(*command: object) -> None:
    """Print the command that comes next, ready to be copied."""
    line = shlex.join(str(word) for word in command)
    print(f"\nNext:\n  autograder {line}")


def add_command(
    commands: Commands[argparse.ArgumentParser],
    name: str,
    summary: str,
    description: str,
    epilog: str = "",
) -> argparse.ArgumentParser:
    """Add a command whose help is printed as it is written here."""
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
