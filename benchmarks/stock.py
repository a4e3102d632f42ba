"""Stock nbgrader on the same class, timed in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course import configure_project
from benchmarks.classes import ASSIGNMENT


def seconds_each(project: Path, submissions: Path, work: Path, sample: int) -> float:
    """Return the seconds that nbgrader takes a submission, over a sample."""
    (work / "solutions").parent.mkdir(parents=True)
    shutil.copytree(project / "solutions", work / "solutions")
    students = sorted(folder.name for folder in submissions.iterdir())[:sample]
    for student in students:
        target = work / "build" / "course" / "en" / "submitted" / student
        shutil.copytree(submissions / student, target)
    command = [sys.executable, "-m", "benchmarks.stock", str(work), *students]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])) / sample


def main(work: str, *students: str) -> None:
    """Release, then autograde each student; print the seconds of the grading."""
    config = Config()
    configure_project(config, "en", Path(work))
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    released = api.generate_assignment(ASSIGNMENT)
    start = time.perf_counter()
    steps = [api.autograde(ASSIGNMENT, student) for student in students]
    spent = time.perf_counter() - start
    failed = [step["error"] for step in [released, *steps] if not step["success"]]
    if failed:
        raise RuntimeError(str(failed[0]))
    print(json.dumps(spent))


if __name__ == "__main__":
    main(*sys.argv[1:])
