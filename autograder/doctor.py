"""What protects this machine from a submission: tried here and now."""

from __future__ import annotations

from rich.table import Table

from autograder.engine import Engine, Warm
from autograder.isolation.client import EngineFault
from autograder.isolation.limits import LAYERS, LEVELS, Limits
from autograder.isolation.selftest import holds
from paramlab.frameworks import PACKAGES, available

_WORDS = {
    "files": "sees a system of its own, read-only, and no file of anybody",
    "judges": "cannot read the judges",
    "network": "reaches no network, not even this machine's",
    "processes": "sees and signals no other process; all of it ends at once",
    "ipc": "shares no memory and no queue with others",
    "privileges": "is an unprivileged user without capabilities",
    "syscalls": "cannot call what only attacks call",
    "descriptors": "holds no open file of the grader",
    "environment": "has no variable of the grader",
    "cpu": "is ended after its seconds of computing",
    "wall": "is ended after its seconds of the clock",
    "memory": "is ended above its memory, all its processes together",
    "disk": "cannot fill the disk",
    "tasks": "cannot start endless processes and threads",
    "output": "cannot flood the notebook with output",
    "seeds": "draws its own random numbers, the same at each grading",
}


def frameworks(engine: Engine) -> Table:
    """Start each installed framework and say at which level, or why not."""
    table = Table("framework", "isolation", "how", title="Frameworks")
    for name in PACKAGES:
        if name not in available():
            table.add_row(name, "-", "not installed")
            continue
        try:
            warm = engine.warm(name)
        except EngineFault as error:
            table.add_row(name, "-", str(error))
            continue
        how = "a fresh process each" if warm.zygote.fresh else "forked from a warm one"
        table.add_row(name, warm.level, how)
    return table


def protections(warm: Warm, limits: Limits) -> tuple[Table, list[str]]:
    """Attack each layer; return the table and the layers that did not hold."""
    table = Table("layer", "holds", "student code ...", title="Protections")
    missing = []
    for layer in LAYERS:
        held = layer not in LEVELS[warm.level] and holds(layer, warm.zygote, limits)
        if not held:
            missing.append(layer)
        table.add_row(layer, "yes" if held else "NO", _WORDS[layer])
    return table, missing
