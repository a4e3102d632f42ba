"""Write results into nbgrader's own gradebook, and read grades from it."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from types import TracebackType

from nbgrader.api import Grade, Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course import COURSE_ID, configure_graded, find_scripts
from autograder.judge import Result
from autograder.release import TEST, Shelf

CONFIG = "nbgrader_config.py"
_CONFIG_TEXT = '''\
"""Open this folder as an nbgrader course: run nbgrader or jupyter lab here."""

from pathlib import Path

from autograder.course import configure_graded

configure_graded(get_config(), Path(__file__).parent, {language!r})  # noqa: F821
'''


class CannotRecord(RuntimeError):
    """The gradebook does not fit the release: says what to do."""


class Record:
    """The gradebook of one output folder, which is an nbgrader course."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        find_scripts()
        url = f"sqlite:///{self.folder / 'gradebook.db'}"
        self.gradebook = Gradebook(url, COURSE_ID)

    def __enter__(self) -> Record:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gradebook.close()

    def prepare(self, shelf: Shelf, assignment: str, language: str) -> None:
        """Enter an assignment and its exercises, by nbgrader's own step.

        Raises CannotRecord where the folder holds grades of another release.
        """
        source = self.folder / "source" / assignment
        shutil.rmtree(source, ignore_errors=True)
        language = shelf.language(assignment, language)
        shutil.copytree(shelf.source(language, assignment), source)
        text = _CONFIG_TEXT.format(language=language)
        (self.folder / CONFIG).write_text(text, encoding="utf-8")
        c = Config()
        configure_graded(c, self.folder, language)
        course = CourseDirectory(config=c)
        course.assignment_id = assignment
        step = GenerateAssignment(coursedir=course, config=c)
        step.force = True
        step.log.setLevel(logging.CRITICAL)
        try:
            step.start()
        except NbGraderException as error:
            raise CannotRecord(
                f"{self.folder} holds grades of another release of {assignment}:"
                " choose a new folder"
            ) from error

    def write(
        self,
        student: str,
        assignment: str,
        notebooks: dict[str, list[Result]],
        timestamp: str | None = None,
    ) -> None:
        """Write one submission's results; a person's own marks stay."""
        book = self.gradebook
        book.update_or_create_student(student)
        # nbgrader builds the submission before it adds it to the session.
        with book.db.no_autoflush:
            submission = book.update_or_create_submission(
                assignment, student, timestamp=timestamp
            )
        for notebook in submission.notebooks:
            results = {item.exercise.id: item for item in notebooks[notebook.name]}
            for grade in notebook.grades:
                result = results[grade.name.removeprefix(TEST)]
                grade.auto_score = None if result.pending else result.score
                grade.needs_manual_grade = (
                    grade.manual_score is not None or grade.auto_score is None
                )
            for comment in notebook.comments:
                comment.auto_comment = results[comment.name].message
        book.db.commit()

    def written(self) -> set[tuple[str, str, str]]:
        """List the assignment, notebook and id of what a person grades."""
        return {
            (assignment.name, notebook.name, cell.name)
            for assignment in self.gradebook.assignments
            for notebook in assignment.notebooks
            for cell in notebook.solution_cells
            if cell.name in {graded.name for graded in notebook.grade_cells}
        }

    def marks(self) -> dict[tuple[str, str, str, str], float]:
        """Read the scores that a person gave, or gave extra credit to.

        The key is student, assignment, notebook and exercise.
        """
        given = Grade.manual_score.is_not(None) | Grade.extra_credit.is_not(None)
        return {
            (
                grade.student.id,
                grade.assignment.name,
                grade.notebook.name,
                grade.name.removeprefix(TEST),
            ): grade.score
            for grade in self.gradebook.db.query(Grade).filter(given)
        }
