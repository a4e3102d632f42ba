"""A real PostgreSQL server on loopback, for as long as a test needs it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"


def server_program() -> str | None:
    """Return the path of the server's set-up program."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return str(installed[-1]) if installed else shutil.which("initdb")


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start a server whose data lies in a folder, and give its address.

    It refuses to run as root, so root runs it as the package's own user.
    """
    program = server_program()
    assert program is not None
    tools = Path(program).resolve().parent
    data = folder / "data"
    data.mkdir(parents=True)
    become: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(data, USER, USER)
        for above in [folder, *folder.parents]:
            if above.stat().st_uid == 0 and above.is_relative_to("/tmp"):
                above.chmod(above.stat().st_mode | 0o011)
        become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"]

    def run(tool: str, *arguments: str) -> None:
        command = [*become, str(tools / tool), "--pgdata", str(data), *arguments]
        subprocess.run(
            command, check=True, cwd="/", timeout=120, stdout=subprocess.DEVNULL
        )

    run("initdb", "--username", USER, "--auth", "trust", "--no-sync")
    port = _free_port()
    options = f"-F -p {port} -c listen_addresses=127.0.0.1"
    options += f" -c unix_socket_directories={data}"
    run("pg_ctl", "start", "--wait", "--log", str(data / "log"), "--options", options)
    try:
        yield f"postgresql://{USER}@127.0.0.1:{port}/{USER}"
    finally:
        run("pg_ctl", "stop", "--wait", "--mode", "immediate")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
