"""Grading on a Dask cluster gives what grading here gives, whoever dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster
from tiny_course import FIRST, SECOND, TinyCourse, hand_in

from autograder import cli, cluster, task
from autograder import grade as grading
from autograder.cli import main
from autograder.isolation.guard import family
from autograder.isolation.limits import Limits

ASSIGNMENT = "mxnet"
SIZE = 8
WRONG = "def double(x):\n    return x"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    return TinyCourse(tmp_path_factory.mktemp("course"), assignment=ASSIGNMENT)


@pytest.fixture(scope="module")
def submissions(course: TinyCourse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for i in range(SIZE):
        answers = {"double": WRONG} if i % 2 else {}
        notebooks = {FIRST: course.solved(**answers), SECOND: course.solved(SECOND)}
        hand_in(folder, f"s{i}", notebooks, ASSIGNMENT)
    return folder


@pytest.fixture(scope="module")
def local(
    course: TinyCourse, submissions: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("local") / "out"
    assert main(command(course, submissions, out, "--jobs", "2")) == 0
    return out


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    # As `autograder cluster` starts it.
    with cluster.local_cluster(2) as running:
        yield running


def command(course: TinyCourse, submissions: Path, out: Path, *more: str) -> list[str]:
    arguments = ["grade", str(submissions), "--out", str(out), "--seed", "7"]
    return [*arguments, "--course", str(course.folder), "--no-feedback", *more]


def start_cluster() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "autograder", "cluster", "--workers", "1"],
        stdout=subprocess.PIPE,
        text=True,
    )


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


def tables(out: Path) -> tuple[bytes, bytes]:
    return (out / "scores.csv").read_bytes(), (out / "grades.csv").read_bytes()


def zygotes(pid: int) -> list[int]:
    return [member for member in family(pid) if is_zygote(member)]


def is_zygote(pid: int) -> bool:
    try:
        return (
            b"autograder.isolation.zygote" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
    except OSError:
        return False


def test_two_workers_give_the_local_tables_though_one_is_killed(
    course: TinyCourse,
    submissions: Path,
    local: Path,
    workers: LocalCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    with Client(workers.scheduler_address, set_as_default=False) as client:
        pids = sorted(client.run(os.getpid).values())
    assert len(pids) == 2
    recorded = 0
    real = grading.record_one

    def kills_one(*given: Any) -> None:
        nonlocal recorded
        recorded += 1
        if recorded == 3:
            os.kill(pids[0], signal.SIGKILL)
        real(*given)

    monkeypatch.setattr(grading, "record_one", kills_one)
    address = workers.scheduler_address
    assert main(command(course, submissions, out, "--scheduler", address)) == 0
    assert recorded == 2 * SIZE
    assert tables(out) == tables(local)


def test_the_processes_of_a_killed_worker_end_by_themselves(
    workers: LocalCluster,
) -> None:
    settings = task.Settings("", "en", Limits(), "auto")
    with Client(workers.scheduler_address, set_as_default=False) as client:
        client.submit(task.warm_up, ASSIGNMENT, settings).result()
        pids = client.run(os.getpid).values()
    warm = {pid: zygote for pid in pids for zygote in zygotes(pid)}
    assert warm
    for pid in warm:
        os.kill(pid, signal.SIGKILL)
    assert gone(set(warm.values()))


def gone(pids: set[int], patience: float = 10.0) -> bool:
    """Wait until these processes are no more warm processes."""
    end = time.monotonic() + patience
    while any(map(is_zygote, pids)) and time.monotonic() < end:
        time.sleep(0.1)
    return not any(map(is_zygote, pids))


def test_student_code_runs_below_a_zygote_of_the_worker(
    course: TinyCourse, submissions: Path, workers: LocalCluster
) -> None:
    """Student code never runs in a worker: there it would see its secrets."""
    settings = task.Settings(str(course.folder), "en", Limits(), "none")
    # Without namespaces a notebook sees the machine's own process numbers.
    source = (
        "import os\n"
        "def double(x):\n"
        "    raise ValueError(f'{os.getpid()=} {os.getppid()=}')"
    )
    hand_in(
        submissions.parent / "one",
        "eve",
        {FIRST: course.solved(double=source)},
        ASSIGNMENT,
    )
    path = submissions.parent / "one" / "eve" / ASSIGNMENT / f"{FIRST}.ipynb"
    one = task.Task("eve", ASSIGNMENT, FIRST, str(path))
    with Client(workers.scheduler_address, set_as_default=False) as client:
        pids = set(client.run(os.getpid).values())
        families = client.submit(cluster._in_worker, one, one.content(), settings)
        graded = cluster._from_json(families.result())
    (said,) = (r.message for r in graded.results if r.exercise.id == "double")
    own, guard = (int(x) for x in re.findall(r"=(\d+)", said))
    assert own not in pids
    assert guard not in pids


def test_a_cluster_takes_its_warm_processes_along(
    course: TinyCourse, submissions: Path, tmp_path: Path
) -> None:
    """`autograder cluster` prints an address that grades, and ends cleanly."""
    process = start_cluster()
    address = address_of(process)
    one = tmp_path / "class"
    hand_in(one, "ada", {FIRST: course.solved()}, ASSIGNMENT)
    out = tmp_path / "out"
    assert main(command(course, one, out, "--scheduler", address)) == 0
    assert b"ada,mxnet,10,14" in tables(out)[1]
    members = family(process.pid)
    assert any(is_zygote(pid) for pid in members)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == cli.STOPPED
    assert gone(set(members))


@pytest.mark.slow
def test_a_scheduler_that_dies_is_said_and_costs_nothing(
    course: TinyCourse,
    submissions: Path,
    local: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came back before is kept, and may be finished on one machine."""
    monkeypatch.setattr(cluster, "_PATIENCE", "5s")
    process = start_cluster()
    out = tmp_path / "out"
    real = grading.record_one

    def ends_it(*given: Any) -> None:
        real(*given)
        process.kill()

    address = address_of(process)
    with monkeypatch.context() as patch:
        patch.setattr(grading, "record_one", ends_it)
        assert main(command(course, submissions, out, "--scheduler", address)) == 3
    assert f"the Dask scheduler at {address} has gone" in capsys.readouterr().err
    process.wait()
    assert main(command(course, submissions, out, "--jobs", "2")) == 0
    assert "graded by an earlier run" in capsys.readouterr().out
    assert tables(out) == tables(local)


def test_a_cluster_that_is_not_there_is_said_in_a_sentence(
    course: TinyCourse,
    submissions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", "1s")
    nowhere = ["--scheduler", "tcp://127.0.0.1:9"]
    assert main(command(course, submissions, tmp_path / "out", *nowhere)) == 3
    said = capsys.readouterr().err
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in said
    assert "Traceback" not in said
    nonsense = ["--scheduler", "here"]
    assert main(command(course, submissions, tmp_path / "out", *nonsense)) == 3
    assert "no Dask scheduler answers at here" in capsys.readouterr().err


def test_a_machine_without_dask_says_what_to_install(
    course: TinyCourse,
    submissions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "autograder.cluster")
    arguments = command(course, submissions, tmp_path / "out", "--scheduler", "x")
    assert main(arguments) == 2
    assert "pip install '.[cluster]'" in capsys.readouterr().err
