"""The options of every command that runs notebooks."""

from __future__ import annotations

import argparse
import importlib
import os
from functools import partial
from pathlib import Path
from types import ModuleType

from autograder.console import WrongUsage
from autograder.grade import Mapper
from autograder.isolation.limits import Limits
from autograder.task import Settings


def add_engine_options(command: argparse.ArgumentParser) -> None:
    """Add how many notebooks run at once, with which limits, and where."""
    command.add_argument(
        "--jobs",
        metavar="N",
        type=positive,
        default=os.cpu_count() or 1,
        help="how many notebooks to run at once (here: %(default)s)",
    )
    command.add_argument(
        "--time-limit",
        metavar="S",
        type=positive,
        default=Limits.cpu_seconds,
        help="seconds of computing for one notebook; it may wait four times as long"
        " besides (%(default)s)",
    )
    command.add_argument(
        "--memory-limit",
        metavar="MB",
        type=positive,
        default=Limits.memory_mb,
        help="memory of one notebook, besides what its framework takes (%(default)s)",
    )
    command.add_argument(
        "--isolation",
        choices=["auto", "strict", "none"],
        default="auto",
        help="auto: the strongest that works here; strict: that, or do not start;"
        " none: limits only. `autograder doctor` says what works (%(default)s)",
    )


def add_scheduler(command: argparse.ArgumentParser) -> None:
    """Add where else notebooks may run."""
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        default="",
        help="grade on a Dask cluster, such as tcp://10.0.0.1:8786",
    )


def settings_of(options: argparse.Namespace, project: Path, language: str) -> Settings:
    """Return what the grades depend on, from the options."""
    return Settings(
        course=str(project.resolve()),  # a worker stands elsewhere
        language=language,
        limits=Limits(
            cpu_seconds=options.time_limit,
            wall_seconds=5.0 * options.time_limit,
            memory_mb=options.memory_limit,
        ),
        isolation=options.isolation,
    )


def mapper_of(options: argparse.Namespace) -> Mapper | None:
    """Return what grades on the cluster that is named, if one is."""
    if not options.scheduler:
        return None
    return partial(cluster_module().grade_on, options.scheduler)


def cluster_module() -> ModuleType:
    """Import what a cluster needs; raises WrongUsage where it is not installed."""
    # Imported here: Dask takes a second, and few need it.
    try:
        return importlib.import_module("autograder.cluster")
    except ModuleNotFoundError as error:
        raise WrongUsage(
            f"{error.name} is not installed; a cluster needs it, on every machine:"
            " pip install '.[cluster]'"
        ) from error


def positive(text: str) -> int:
    """Read a whole number above 0, as argparse wants it."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
