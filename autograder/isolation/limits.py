"""What one submission may use, and which protections are on."""

from __future__ import annotations

from dataclasses import dataclass, field

# Each layer of protection by name; tests switch them off one at a time.
LAYERS = (
    "files",  # a root of its own: read-only system, nothing of the grader's
    "judges",  # the judges' own folder is empty in there
    "network",  # no interface but its own loopback, no abstract sockets
    "processes",  # a pid namespace: sees and signals nobody else; dies as one
    "ipc",  # its own shared memory and queues
    "privileges",  # an unprivileged user without capabilities
    "syscalls",  # a seccomp filter
    "descriptors",  # no open file but its socket
    "environment",  # no variable of the grader's
    "cpu",
    "wall",
    "memory",
    "disk",  # size-capped tmpfs, file size limit
    "tasks",  # processes and threads
    "output",
    "seeds",  # random streams start anew for each submission
)


@dataclass(frozen=True)
class Limits:
    """Limits for one notebook of one student."""

    cpu_seconds: int = 60
    wall_seconds: float = 300.0
    memory_mb: int = 1024  # above what the framework itself takes
    disk_mb: int = 64
    tasks: int = 64
    files: int = 256
    output_bytes: int = 1_000_000  # of one notebook's outputs
    without: frozenset[str] = field(default_factory=frozenset)

    def on(self, layer: str) -> bool:
        """Tell whether a layer of protection is on."""
        if layer not in LAYERS:
            raise ValueError(f"{layer!r} is not one of {', '.join(LAYERS)}")
        return layer not in self.without


_NAMESPACES = frozenset(["files", "judges", "network", "processes", "ipc"])

# Isolation levels, strongest first, and the layers that each goes without.
LEVELS: dict[str, frozenset[str]] = {
    "full": frozenset(),
    "reduced": _NAMESPACES | {"privileges"},
    "none": _NAMESPACES | {"privileges", "syscalls"},
}
