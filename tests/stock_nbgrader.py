"""Run stock nbgrader on the course of one language, in a process of its own.

nbgrader changes the directory of its process, so two courses at once need two.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course import configure_project


def main(project: str, language: str, result: str) -> None:
    """Generate every assignment, autograde what is handed in, give feedback."""
    config = Config()
    configure_project(config, language, Path(project))
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    steps = []
    for assignment in sorted(api.get_source_assignments()):
        steps.append(api.generate_assignment(assignment))
        for student in sorted(api.get_submitted_students(assignment)):
            steps.append(api.autograde(assignment, student))
            steps.append(api.generate_feedback(assignment, student))
    with api.gradebook as book:
        scores = {
            f"{grade.student.id} {grade.notebook.name} {grade.name}": grade.auto_score
            for student in book.students
            for submission in student.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
    failed = [step for step in steps if not step["success"]]
    text = json.dumps({"failed": failed, "scores": scores})
    Path(result).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
