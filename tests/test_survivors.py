"""Nothing of a submission outlives it: no process, socket, file or open handle."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from editions import HERE

from autograder.isolation import kernel
from autograder.isolation.client import Ended, GuardLost, Session, Zygote
from autograder.isolation.guard import family
from autograder.isolation.limits import LEVELS, Limits
from paramlab.edition import FRAMEWORKS

# Ways to stay, or to leave something for the next one. Each ends with a mark
# that shows that it ran to its end.
ATTEMPTS = {
    "daemon": """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(1)
    os._exit(0)
os.wait()
""",
    "deaf": """
import os, signal, time
if os.fork() == 0:
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        time.sleep(1)
""",
    "successors": """
import os, time
if os.fork() == 0:
    os.setsid()
    for _ in range(10):
        if os.fork():
            os._exit(0)
        time.sleep(0.01)
    while True:
        time.sleep(1)
""",
    "program": """
import subprocess
subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True)
""",
    "atexit": """
import atexit, time
atexit.register(time.sleep, 1000)
""",
    "thread": """
import threading, time
threading.Thread(target=time.sleep, args=(1000,)).start()
threading.Timer(1000, print).start()
""",
    "destructor": """
import time
class Late:
    def __del__(self):
        time.sleep(1000)
kept = Late()
kept.me = kept
""",
    "timer": """
import signal
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
""",
    "sockets": """
import socket
kept = [socket.socket() for _ in range(20)]
for one in kept:
    one.bind(("127.0.0.1", 0))
    one.listen()
port = kept[0].getsockname()[1]
unix = socket.socket(socket.AF_UNIX)
unix.bind("\\0parameter-lab-survivor")
unix.listen()
""",
    "files": """
import os, pathlib
for folder in ("/tmp", "/dev/shm", os.path.expanduser("~")):
    pathlib.Path(folder, "parameter-lab-survivor").write_text("still here")
os.mkfifo("/tmp/parameter-lab-survivor-pipe")
""",
    "shared memory": """
from multiprocessing import shared_memory
kept = shared_memory.SharedMemory("parameter-lab-survivor", create=True, size=4096)
""",
    "next one": """
import builtins, os, sys
builtins.survivor = os.environ["SURVIVOR"] = "still here"
sys.modules["survivor"] = sys
sys.path.insert(0, "/tmp")
""",
}
MARK = "\nprint('did it')"
LOOK = """
import builtins, glob, os, sys
assert not hasattr(builtins, "survivor")
assert "SURVIVOR" not in os.environ
assert "survivor" not in sys.modules
for folder in ("/tmp", "/dev/shm", os.path.expanduser("~")):
    assert not glob.glob(folder + "/*survivor*")
assert len([name for name in os.listdir("/proc") if name.isdigit()]) == 1
"""


@pytest.fixture(scope="module", params=HERE)
def zygote(request: pytest.FixtureRequest) -> Iterator[Zygote]:
    warm = Zygote(request.param)
    warm.start()
    yield warm
    warm.stop()


def open_files() -> list[str]:
    """List what this process has open, but for the handle that reads the list."""
    folder = Path("/proc/self/fd")
    return sorted(str(path.readlink()) for path in folder.iterdir() if path.exists())


def unix_sockets() -> set[str]:
    return {
        line.split()[-1]
        for line in Path("/proc/net/unix").read_text().splitlines()
        if "survivor" in line
    }


def children(zygote: Zygote) -> list[int]:
    assert zygote._process is not None
    return family(zygote._process.pid)[1:]


def left_files() -> list[Path]:
    folders = (Path("/tmp"), Path("/dev/shm"), Path.home(), Path.cwd())
    return [path for folder in folders for path in folder.glob("*lab-survivor*")]


def attempt(session: Session, name: str) -> None:
    """Run one attempt; it may only fail by ending its own process."""
    try:
        answer = session.cell(ATTEMPTS[name] + MARK)
    except Ended:
        return
    shown = "".join(item.get("text", "") for item in answer["outputs"])
    assert "did it" in shown, (name, answer["outputs"])


def check_nothing_left(zygote: Zygote, times: int) -> None:
    limits = Limits(wall_seconds=20)
    names = list(ATTEMPTS)
    with zygote.session(limits, seed=0, language="en") as session:
        assert session.cell("1")["ok"]
    before = open_files()
    inner = []
    for i in range(times):
        with zygote.session(limits, seed=i, language="en") as session:
            inner += children(zygote)
            attempt(session, names[i % len(names)])
            inner += children(zygote)
        with zygote.session(limits, seed=i, language="en") as session:
            answer = session.cell(LOOK)
            assert answer["ok"], (names[i % len(names)], answer["outputs"])
        assert unix_sockets() == set()
    end = time.monotonic() + 10
    while children(zygote) and time.monotonic() < end:
        time.sleep(0.05)
    assert len(set(inner)) > times  # it did look at them
    assert children(zygote) == []
    assert [pid for pid in set(inner) if is_ours(pid)] == []
    assert left_files() == []
    assert open_files() == before


def is_ours(pid: int) -> bool:
    """Tell whether a process still is one of the isolated ones."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return b"autograder.isolation.zygote" in words and state != "Z"


def test_submissions_leave_nothing_behind(zygote: Zygote) -> None:
    check_nothing_left(zygote, len(ATTEMPTS))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_thousand_submissions_leave_nothing_behind(zygote: Zygote) -> None:
    check_nothing_left(zygote, 1000 // len(HERE))


# A daemon: it has left its parent and its session, and its children fork on.
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    while True:
        if os.fork() != 0:
            os._exit(0)
"""


@pytest.mark.parametrize("level", list(LEVELS))
def test_a_daemon_does_not_outlive_its_submission(zygote: Zygote, level: str) -> None:
    limits = Limits(wall_seconds=20, without=LEVELS[level])
    # Orphans become this process's children, so that only this test's are seen.
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    with zygote.session(limits, seed=0, language="en") as session:
        assert session.cell(DAEMON)["ok"]
        time.sleep(0.2)
    end = time.monotonic() + 10
    while (left := children(zygote)) and time.monotonic() < end:
        time.sleep(0.05)
    assert left == []
    # Between two forks none of them may be there to be seen.
    assert [strays(zygote) for _ in range(50)] == [[]] * 50


def strays(zygote: Zygote) -> list[int]:
    """List the isolated processes that have lost the warm one, and come to us."""
    assert zygote._process is not None
    ours = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    found = {int(pid) for path in ours for pid in path.read_text().split()}
    return [pid for pid in found - {zygote._process.pid} if is_ours(pid)]


def test_members_that_end_while_they_are_looked_for_are_left_out() -> None:
    code = "import os\nwhile True:\n if os.fork(): os.wait()\n else: os._exit(0)"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert family(process.pid)[0] == process.pid
    finally:
        process.kill()
        process.wait()


# Real work: a library that hangs after a fork hangs in here.
WORK = """
from paramlab.frameworks import load
framework = load({name!r})
layer = {{"kind": "dense", "inputs": 32, "outputs": 32, "activation": "relu"}}
net = framework.build({{"kind": "sequential", "layers": [layer, layer]}})
import numpy as np
X = np.ones((32, 32), dtype=np.float32)
framework.training(net, 0.01)(X, X)
"""


def check_forks(zygote: Zygote, times: int) -> None:
    for i in range(times):
        with zygote.session(Limits(wall_seconds=60), seed=i, language="en") as session:
            assert session.cell(WORK.format(name=zygote.framework))["ok"]


def test_forks_do_not_hang(zygote: Zygote) -> None:
    check_forks(zygote, 20)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("zygote", FRAMEWORKS, indirect=True)
def test_two_thousand_forks_do_not_hang(zygote: Zygote) -> None:
    check_forks(zygote, 2000)


def test_a_session_that_nobody_finishes_is_ended(zygote: Zygote) -> None:
    """A grader that is killed closes its sockets, and no more."""
    opened = zygote.session(Limits(), seed=1, language="en")
    session = opened.__enter__()
    session.cell(ATTEMPTS["daemon"])
    assert len(children(zygote)) >= 3
    session._talk.shutdown(socket.SHUT_RDWR)
    session._status.shutdown(socket.SHUT_RDWR)
    end = time.monotonic() + 10
    while children(zygote) and time.monotonic() < end:
        time.sleep(0.05)
    assert children(zygote) == []
    with pytest.raises(GuardLost):
        opened.__exit__(None, None, None)
