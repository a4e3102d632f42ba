"""Make a JupyterHub serve courses: the exchange, everybody's tools, the grader.

The Littlest JupyterHub reads a file of yours that calls ``configure``; see
docs/jupyterhub.md. This module runs in the hub's own Python, so it imports
nothing but what every Python has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
GROUP = "course-"  # a JupyterHub group of a course's students: course-params
SHARED = 0o1777  # all may write, and nobody may rename or remove another's folder


def configure(
    c: Any,
    courses: Mapping[str, Sequence[str]],
    environment: str = "/opt/parameter-lab",
    exchange: str = "/srv/nbgrader/exchange",
    own_accounts: bool = True,
) -> None:
    """Set a hub up.

    ``courses`` names the instructors of each course by its id in course.toml.
    ``environment`` is where this project is installed with its extras.
    ``own_accounts`` says that each user of the hub is a system user of the same
    or a similar name; otherwise nbgrader believes the hub who somebody is.
    """
    make_exchange(Path(exchange))
    programs = Path(environment) / "bin"
    instructors = {name for names in courses.values() for name in names}

    def settings(spawner: Any) -> str:
        folders = [HERE / "nbgrader"]
        if spawner.user.name not in instructors:
            folders.append(HERE / "students")
        return os.pathsep.join(map(str, folders))

    def student(spawner: Any) -> str:
        name: str = spawner.user.name
        return "" if own_accounts or name in instructors else name

    c.Spawner.cmd = [str(programs / "jupyterhub-singleuser")]
    c.Spawner.default_url = "/lab"
    c.Spawner.environment.update(
        {
            "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
            "JUPYTER_CONFIG_PATH": settings,
            "NBGRADER_EXCHANGE": exchange,
            "NBGRADER_COURSE": course_finder(courses),
            "NBGRADER_STUDENT": student,
        }
    )


def make_exchange(folder: Path) -> None:
    """Make the folder that students and instructors share."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(SHARED)


def course_finder(courses: Mapping[str, Sequence[str]]) -> Callable[[Any], str]:
    """Return what tells a user's course from the user's server.

    Where the hub has several courses, a user's is the one of the JupyterHub
    group ``course-<id>``, or the one that the user teaches. With none or more
    than one it is no text: nbgrader then offers every course of the exchange.
    """

    def find(spawner: Any) -> str:
        if len(courses) == 1:
            return next(iter(courses))
        groups = {group.name for group in spawner.user.groups}
        mine = [
            course
            for course, instructors in courses.items()
            if spawner.user.name in instructors or GROUP + course in groups
        ]
        return mine[0] if len(mine) == 1 else ""

    return find
