"""Try to break out, layer by layer, on this machine and now.

Each check runs an attack in an isolated process and tells whether the layer
held. ``autograder doctor`` prints them; the tests switch each layer off and
expect its check to fail.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.isolation.client import Ended, Session, Zygote
from autograder.isolation.guard import End
from autograder.isolation.limits import Limits

Check = Callable[[Zygote, Limits], bool]


def holds(layer: str, zygote: Zygote, limits: Limits) -> bool:
    """Tell whether one layer of protection holds here."""
    return _CHECKS[layer](zygote, limits)


def _says(session: Session, code: str) -> Any:
    """Run code whose last line is an expression, and read what it shows."""
    for output in session.cell(code)["outputs"]:
        if output["output_type"] == "execute_result":
            return output["data"]["text/plain"]
    return None


def _is_true(zygote: Zygote, limits: Limits, code: str) -> bool:
    with zygote.session(limits, seed=1, language="en") as session:
        return bool(_says(session, code) == "True")


def _refused(code: str) -> str:
    """Write code that shows True where ``code`` raises an error."""
    return f"""
def attack():
    {code}
try:
    attack()
    held = False
except Exception:
    held = True
held
"""


def _files(zygote: Zygote, limits: Limits) -> bool:
    with tempfile.NamedTemporaryFile(dir="/var/tmp", suffix=".secret") as secret:
        Path(secret.name).chmod(0o644)
        read = _refused(f"open({secret.name!r}).read()")
        return _is_true(zygote, limits, read)


def _judges(zygote: Zygote, limits: Limits) -> bool:
    code = """
import os, paramlab
os.listdir(os.path.join(os.path.dirname(paramlab.__file__), "judges")) == []
"""
    return _is_true(zygote, limits, code)


def _network(zygote: Zygote, limits: Limits) -> bool:
    name = f"paramlab-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, _abstract(name):
        port = server.getsockname()[1]
        loopback = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        abstract = (
            f"import socket; socket.socket(socket.AF_UNIX).connect(chr(0) + {name!r})"
        )
        return all(
            _is_true(zygote, limits, _refused(code)) for code in (loopback, abstract)
        )


@contextmanager
def _abstract(name: str) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + name)
        server.listen()
        yield


def _processes(zygote: Zygote, limits: Limits) -> bool:
    mine = os.getpid()
    # Signal 0 asks whether a process is there; a foreign one answers EPERM.
    code = f"""
import os
def there(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
os.getpid() == 1 and not there({mine})
"""
    return _is_true(zygote, limits, code)


def _ipc(zygote: Zygote, limits: Limits) -> bool:
    here = Path("/proc/self/ns/ipc").readlink()
    code = f"import os; os.readlink('/proc/self/ns/ipc') != {str(here)!r}"
    return _is_true(zygote, limits, code)


def _privileges(zygote: Zygote, limits: Limits) -> bool:
    code = """
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
sets = [int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")]
not any(sets) and __import__("os").getuid() == 1000
"""
    return _is_true(zygote, limits, code)


def _syscalls(zygote: Zygote, limits: Limits) -> bool:
    code = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
new_user_namespace = libc.unshare(0x10000000)
new_user_namespace == -1 and ctypes.get_errno() == errno.EPERM
"""
    return _is_true(zygote, limits, code)


def _descriptors(zygote: Zygote, limits: Limits) -> bool:
    # Three that lead nowhere, its own socket, and the one that lists them.
    code = """
import os
nowhere = [os.readlink(f"/proc/self/fd/{i}") == "/dev/null" for i in range(3)]
all(nowhere) and len(os.listdir("/proc/self/fd")) == 5
"""
    return _is_true(zygote, limits, code)


def _environment(zygote: Zygote, limits: Limits) -> bool:
    code = "import os; set(os.environ) <= {'PATH', 'LANG', 'HOME', 'MPLCONFIGDIR'}"
    return _is_true(zygote, limits, code)


def _ends(zygote: Zygote, limits: Limits, code: str) -> End | None:
    """Run code that must be ended from outside; None where it was not."""
    try:
        with zygote.session(limits, seed=1, language="en") as session:
            session.cell(code)
    except Ended as ended:
        return ended.end
    return None


def _cpu(zygote: Zygote, limits: Limits) -> bool:
    tight = dataclasses.replace(limits, cpu_seconds=1, wall_seconds=20.0)
    code = "import time\nstart = time.time()\nwhile time.time() < start + 4: pass"
    end = _ends(zygote, tight, code)
    return end is not None and end.how == "cpu"


def _wall(zygote: Zygote, limits: Limits) -> bool:
    end = _ends(
        zygote,
        dataclasses.replace(limits, wall_seconds=1.0),
        "import time; time.sleep(4)",
    )
    return end is not None and end.how == "wall"


def _memory(zygote: Zygote, limits: Limits) -> bool:
    """Check the heap, and the sum over several processes."""
    tight = dataclasses.replace(limits, memory_mb=128)
    heap = _refused("return len(bytearray(256 * 2**20))")
    family = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        kept = bytearray(os.urandom(2**20) * 60)
        time.sleep(3)
        os._exit(0)
time.sleep(3)
"""
    end = _ends(zygote, tight, family)
    return _is_true(zygote, tight, heap) and end is not None and end.how == "memory"


def _disk(zygote: Zygote, limits: Limits) -> bool:
    tight = dataclasses.replace(limits, disk_mb=4)
    code = _refused(
        "import os\n"
        "    os.chdir('/tmp')\n"
        "    for i in range(3):\n"
        "        with open(f'part{i}', 'wb') as part: part.write(bytes(2 * 2**20))"
    )
    return _is_true(zygote, tight, code)


def _tasks(zygote: Zygote, limits: Limits) -> bool:
    tight = dataclasses.replace(limits, tasks=16)
    code = _refused(
        "import os, time\n"
        "    for _ in range(40):\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(2)\n"
        "            os._exit(0)"
    )
    return _is_true(zygote, tight, code)


def _output(zygote: Zygote, limits: Limits) -> bool:
    tight = dataclasses.replace(limits, output_bytes=1000)
    with zygote.session(tight, seed=1, language="en") as session:
        outputs = session.cell("print('x' * 100_000)")["outputs"]
    return sum(len(output["text"]) for output in outputs) <= 1000


def _seeds(zygote: Zygote, limits: Limits) -> bool:
    drawn = []
    for seed in (1, 1, 2):
        with zygote.session(limits, seed=seed, language="en") as session:
            drawn.append(_says(session, "import random; random.random()"))
    return bool(drawn[0] == drawn[1] != drawn[2])


_CHECKS: dict[str, Check] = {
    "files": _files,
    "judges": _judges,
    "network": _network,
    "processes": _processes,
    "ipc": _ipc,
    "privileges": _privileges,
    "syscalls": _syscalls,
    "descriptors": _descriptors,
    "environment": _environment,
    "cpu": _cpu,
    "wall": _wall,
    "memory": _memory,
    "disk": _disk,
    "tasks": _tasks,
    "output": _output,
    "seeds": _seeds,
}
