"""Run a command where accounts exist that the machine does not know.

    unshare --mount python accounts.py PASSWD USER COMMAND...

PASSWD takes the place of /etc/passwd, for this command and its children only.
USER, if it is not empty, runs it. Folders that only root may enter, such as
/root, are replaced by open ones where the project or its Python lies in them.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def needed() -> set[Path]:
    """Return the folders that every account must be able to enter."""
    return {Path(folder).resolve() for folder in (sys.prefix, sys.base_prefix)} | {
        REPOSITORY
    }


def closed(path: Path) -> bool:
    """Tell whether other accounts can neither list nor enter a folder."""
    return path.stat().st_mode & 0o005 != 0o005


def open_ways(paths: set[Path], staging: Path) -> None:
    """Replace each closed folder above the paths by one that holds only these."""
    behind: dict[Path, list[Path]] = {}
    for path in paths:
        ways = [*reversed(path.parents), path]
        barrier = next((way for way in ways if closed(way)), None)
        if barrier is not None:
            kept = [path] if barrier != path else sorted(path.iterdir())
            behind.setdefault(barrier, []).extend(kept)
    for barrier, kept in behind.items():
        copies = []
        for path in kept:
            copy = staging / str(len(list(staging.iterdir())))
            bind(path, copy)
            copies.append(copy)
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(barrier))
        for path, copy in zip(kept, copies, strict=True):
            bind(copy, path)


def bind(source: Path, target: Path) -> None:
    """Show a file or a folder at a second place."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir(mode=0o755, exist_ok=True)
    else:
        target.touch()
    run("mount", "--rbind", str(source), str(target))


def run(*command: str) -> None:
    """Run a program that must succeed."""
    subprocess.run(command, check=True)


def become(user: str) -> None:
    """Go on as another account."""
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def main(passwd: str, user: str, *command: str) -> None:
    """Set the accounts up, then become the command."""
    staging = tempfile.mkdtemp(prefix="ways-", dir=Path(passwd).parent)
    open_ways(needed(), Path(staging))
    run("mount", "--bind", passwd, "/etc/passwd")
    if user:
        become(user)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
