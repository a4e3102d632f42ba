"""Shut this process in: its own root, its own namespaces, no privileges.

Order matters: namespaces in the guard (`separate`), then in its child the
root, the limits, and last the privileges (`enter`), after which nothing can
be undone.
"""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.isolation import kernel, syscalls
from autograder.isolation.limits import Limits

HOME = "/home/student"
NOBODY = 65534
INNER_ID = 1000
_SYSTEM = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/fonts"]
_SYSTEM += ["/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"]
_DEVICES = ["null", "zero", "full", "random", "urandom"]
_KEPT_FLAGS = os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME


@dataclass(frozen=True)
class View:
    """What the isolated process may read, and what is empty in there."""

    readable: tuple[str, ...]
    hidden: tuple[str, ...]


def view() -> View:
    """Return what this installation needs: Python, packages, our probes."""
    import paramlab

    package = Path(paramlab.__file__).parent
    readable = [*_SYSTEM, sys.base_prefix, sys.prefix, str(package)]
    hidden = [str(package / "judges")]
    for packages in sys.path:
        if packages.endswith("site-packages"):
            readable.append(packages)
            hidden += [
                str(Path(packages, name)) for name in ("autograder", "authoring")
            ]
    return View(tuple(dict.fromkeys(readable)), tuple(dict.fromkeys(hidden)))


def separate(limits: Limits) -> None:
    """Enter fresh namespaces; the next fork is the first process in there.

    Raises OSError where the system does not allow it.
    """
    flags = kernel.CLONE_NEWPID if limits.on("processes") else 0
    flags |= kernel.CLONE_NEWNET if limits.on("network") else 0
    flags |= kernel.CLONE_NEWIPC if limits.on("ipc") else 0
    if sys.platform != "linux" and (flags or limits.on("files")):
        raise OSError("only Linux has namespaces")
    if os.geteuid() == 0:
        kernel.unshare(flags)
    elif flags or limits.on("files"):
        _enter_user_namespace(flags, inner=0)


def _enter_user_namespace(flags: int, inner: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(flags | kernel.CLONE_NEWUSER)
    kernel.write("/proc/self/setgroups", "deny")
    kernel.write("/proc/self/uid_map", f"{inner} {uid} 1")
    kernel.write("/proc/self/gid_map", f"{inner} {gid} 1")


def enter(limits: Limits, seen: View) -> None:
    """Take the new root, the limits and the loss of privileges.

    Raises OSError where the system does not allow it, or where a library has
    started a thread: it would keep the old root.
    """
    if limits.on("files"):
        if len(list(Path("/proc/self/task").iterdir())) != 1:
            raise OSError("a library has started threads")
        _new_root(limits, seen)
        os.chdir(HOME)
    _limit(limits)
    if limits.on("privileges"):
        _drop_privileges()
    if sys.platform == "linux":
        # A change of user clears this, so it comes last.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if limits.on("syscalls"):
        kernel.install_filter(syscalls.program())


def _new_root(limits: Limits, seen: View) -> None:
    # Not in the guard, which must keep seeing the machine's own /proc.
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    # A folder that every Linux has, and that holds nothing to be bound.
    root = Path("/sys")
    quiet = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", str(root), "tmpfs", quiet, "size=1m,mode=755")
    _devices(root)
    size = f"size={limits.disk_mb}m,nr_inodes=20k,mode=1777"
    if not limits.on("disk"):
        size = "mode=1777"
    for path in (HOME, "/tmp", "/dev/shm"):
        scratch = _below(root, path)
        scratch.mkdir(parents=True, exist_ok=True)
        kernel.mount("tmpfs", str(scratch), "tmpfs", quiet, size)
    # After the scratch folders: Python itself may be installed below one.
    for path in seen.readable:
        _bind_read_only(path, root)
    if limits.on("judges"):
        for path in seen.hidden:
            if _below(root, path).is_dir():
                covered = str(_below(root, path))
                kernel.mount("tmpfs", covered, "tmpfs", quiet, "size=4k,mode=555")
    proc = root / "proc"
    proc.mkdir()
    if limits.on("processes"):
        kernel.mount("proc", str(proc), "proc", quiet | kernel.MS_NOEXEC)
    else:
        kernel.mount("/proc", str(proc), None, kernel.MS_BIND | kernel.MS_REC)
    Path(root, "etc").mkdir(exist_ok=True)
    account = f"student:x:{INNER_ID}:{INNER_ID}::{HOME}:/bin/sh\n"
    Path(root, "etc/passwd").write_text(account, encoding="ascii")
    old = root / "old"
    old.mkdir()
    kernel.pivot_root(str(root), str(old))
    os.chdir("/")
    kernel.detach("/old")
    Path("/old").rmdir()
    kernel.mount(None, "/", None, kernel.MS_REMOUNT | kernel.MS_RDONLY | quiet)


def _below(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _bind_read_only(path: str, root: Path) -> None:
    source, target = Path(path), _below(root, path)
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    else:
        return
    kernel.mount(path, str(target), None, kernel.MS_BIND | kernel.MS_REC)
    # An unprivileged user may not take these away from what root mounted.
    kept = os.statvfs(target).f_flag & _KEPT_FLAGS
    flags = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kept
    kernel.mount(None, str(target), None, flags | kernel.MS_NOSUID | kernel.MS_NODEV)


def _devices(root: Path) -> None:
    folder = root / "dev"
    folder.mkdir()
    for name in _DEVICES:
        device = folder / name
        device.touch()
        kernel.mount(f"/dev/{name}", str(device), None, kernel.MS_BIND)
    (folder / "fd").symlink_to("/proc/self/fd")


def _limit(limits: Limits) -> None:
    def cap(what: int, amount: int) -> None:
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            amount = min(amount, hard)
        resource.setrlimit(what, (amount, amount))

    cap(resource.RLIMIT_CORE, 0)
    if limits.on("cpu"):
        cap(resource.RLIMIT_CPU, limits.cpu_seconds)
    if limits.on("memory") and sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        taken = pages * resource.getpagesize()
        cap(resource.RLIMIT_AS, taken + limits.memory_mb * 1024**2)
    if limits.on("disk"):
        cap(resource.RLIMIT_FSIZE, limits.disk_mb * 1024**2)
    cap(resource.RLIMIT_NOFILE, limits.files)


def limit_tasks(limits: Limits) -> None:
    """Cap processes and threads: counted by user, so after `enter`."""
    if limits.on("tasks"):
        resource.setrlimit(resource.RLIMIT_NPROC, (limits.tasks, limits.tasks))


def _drop_privileges() -> None:
    if os.geteuid() == 0 and _is_real_root():
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # A change of user hides /proc/self from the process itself.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    # A user namespace of its own counts its tasks apart from its neighbours'.
    _enter_user_namespace(0, inner=INNER_ID)
    kernel.drop_capabilities()


def _is_real_root() -> bool:
    # In the initial user namespace the map covers every user.
    return int(Path("/proc/self/uid_map").read_text().split()[2]) > 1
