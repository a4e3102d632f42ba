"""Write results into nbgrader's own gradebook, and read grades from it."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from traitlets.config import Config

from autograder import indexes, journal, tries
from autograder.course import COURSE_ID, configure_graded, find_scripts
from autograder.journal import Entry
from autograder.release import TEST, Shelf
from autograder.result import Result

CONFIG = "nbgrader_config.py"
DATABASE = "gradebook.db"
_CONFIG_TEXT = '''\
"""Open this folder as an nbgrader course: run nbgrader or jupyter lab here."""

from pathlib import Path

from autograder.course import configure_graded

c = get_config()  # noqa: F821
configure_graded(c, Path(__file__).parent, {language!r}, {url!r})
'''
_TRIES = 5  # two graders may enter the same student at the same moment
_LOCK = 0x706C6162  # any number that no other program of the database takes
_BUSY_SECONDS = 60  # how long SQLite waits for another writer


class _Cause(logging.Handler):
    """Keeps the error that nbgrader only logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.error: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Look at the error that is being handled where this is logged."""
        self.error = self.error or sys.exc_info()[1]


class CannotRecord(RuntimeError):
    """The gradebook cannot be opened or written: says what to do."""


class OtherRelease(ValueError):
    """A folder holds grades of another release: says what to do."""


class Record:
    """The gradebook of one output folder, which is an nbgrader course.

    ``url`` names another database than the folder's own ``gradebook.db``;
    without ``config`` the folder has an nbgrader configuration of its own. The
    sessions of one record belong to one thread.
    """

    def __init__(self, folder: Path, url: str = "", *, config: bool = True):
        self.folder = folder.resolve()
        self._config = config
        folder.mkdir(parents=True, exist_ok=True)
        find_scripts()
        # What nbgrader logs there it raises too, and we say it once.
        logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
        self.url = database_url(self.folder, url)
        try:
            if not url:
                _create_whole(self.folder / DATABASE)
            with _alone(self.url):
                address = indexes.planning_anew(self.url)
                self.gradebook = Gradebook(address, COURSE_ID)
                with self.gradebook.engine.begin() as connection:
                    indexes.create(connection)
                    journal.create(connection)
                    tries.create(connection)
        except (SQLAlchemyError, InvalidEntry, ModuleNotFoundError) as error:
            raise CannotRecord(_words(self.url, error)) from error

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

        Notebooks may be added to an assignment that has grades.
        Raises OtherRelease where the folder holds grades of another release,
        CannotRecord where the database does not take it.
        """
        source = self.folder / "source" / assignment
        shutil.rmtree(source, ignore_errors=True)
        language = shelf.language(assignment, language)
        source.mkdir(parents=True)
        names = shelf.notebooks(assignment)
        for name in names:
            file = f"{name}.ipynb"
            shutil.copyfile(shelf.source(language, assignment) / file, source / file)
        if self._config:
            self._write_config(language)
        c = Config()
        configure_graded(c, self.folder, language, self.url)
        course = CourseDirectory(config=c)
        course.assignment_id = assignment
        log = logging.Logger("generate")
        cause = _Cause()
        log.addHandler(cause)
        step = GenerateAssignment(coursedir=course, config=c, log=log)
        step.force = True
        try:
            with _alone(self.url):
                for name in self._added(assignment, names) or ["*"]:
                    course.notebook_id = name
                    step.start()
        except NbGraderException as error:
            for reason in _chain(cause.error):
                if isinstance(reason, SQLAlchemyError):
                    raise CannotRecord(_words(self.url, reason)) from error
                if isinstance(reason, OSError):
                    raise reason from error
            raise OtherRelease(
                f"{self.folder} holds grades of another release of {assignment}:"
                " choose a new folder"
            ) from error

    def _write_config(self, language: str) -> None:
        shown = "" if self.url.startswith("sqlite:///" + str(self.folder)) else self.url
        config = _CONFIG_TEXT.format(language=language, url=shown)
        (self.folder / CONFIG).write_text(config, encoding="utf-8")

    def _added(self, assignment: str, names: Sequence[str]) -> Sequence[str]:
        """Return all notebooks if some are new and grades are there, else none.

        nbgrader refuses such an assignment, but takes it notebook by notebook.
        """
        known = self.gradebook.db.query(Assignment).filter_by(name=assignment).first()
        if known is None or not known.submissions:
            return []
        there = {notebook.name for notebook in known.notebooks}
        return names if there < {*names} else []

    def keys(self) -> dict[tuple[str, str, str], str]:
        """Return what is graded, and under which key; see `journal`."""
        return journal.keys(self.gradebook.db)

    def entries(self) -> Iterator[Entry]:
        """Read what is graded, a notebook at a time."""
        return journal.entries(self.gradebook.db)

    def write(
        self,
        entry: Entry,
        results: list[Result],
        timestamp: str | None = None,
        also: Callable[[Entry], None] = lambda entry: None,
    ) -> None:
        """Write one notebook's results and its line of the journal, or neither.

        A person's own marks stay; ``also`` may write more that belongs
        to it. Raises CannotRecord where the database does not take them.
        """
        for attempt in range(_TRIES):
            try:
                with self.transaction():
                    self._enter(entry, results, timestamp)
                    journal.write(self.gradebook.db, entry)
                    also(entry)
                return
            except (SQLAlchemyError, InvalidEntry) as error:
                # Another grader was faster with the same student.
                race = any(isinstance(e, IntegrityError) for e in _chain(error))
                if not race or attempt == _TRIES - 1:
                    raise CannotRecord(_words(self.url, error)) from error

    def _enter(
        self, entry: Entry, results: list[Result], timestamp: str | None
    ) -> None:
        book = self.gradebook
        book.update_or_create_student(entry.student)
        # nbgrader builds the submission before it adds it to the session.
        with book.db.no_autoflush:
            book.update_or_create_submission(
                entry.assignment, entry.student, timestamp=timestamp
            )
        book.db.flush()
        by_exercise = {item.exercise.id: item for item in results}
        place = entry.notebook, entry.assignment, entry.student
        try:
            notebook = book.find_submission_notebook(*place)
        except MissingEntry:  # it was added to the assignment after others
            _add_notebooks(book, entry.assignment, entry.student)
            notebook = book.find_submission_notebook(*place)
        # All cells at once: else each grade and comment asks for its own.
        own = BaseCell.notebook_id == notebook.notebook_id
        cells = book.db.query(BaseCell).filter(own).all()
        for grade in notebook.grades:
            result = by_exercise[grade.name.removeprefix(TEST)]
            grade.auto_score = None if result.pending else result.score
            grade.needs_manual_grade = (
                grade.manual_score is not None or grade.auto_score is None
            )
        for comment in notebook.comments:
            comment.auto_comment = by_exercise[comment.name].message
        del cells  # the session holds them weakly

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make one transaction of what nbgrader would commit step by step.

        Nothing of it stays in memory.
        """
        session = self.gradebook.db
        commit, session.commit = session.commit, session.flush
        try:
            yield
            commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.commit = commit
            session.expunge_all()

    def refresh(self) -> None:
        """Forget what was read, so that what others write meanwhile is seen."""
        self.gradebook.db.rollback()
        self.gradebook.db.expunge_all()

    def remarks(self) -> dict[tuple[str, str, str, str], str]:
        """Read what people wrote about answers, under the keys of `marks`."""
        wrote = Comment.manual_comment.is_not(None)
        return {
            (
                comment.student.id,
                comment.assignment.name,
                comment.notebook.name,
                comment.name.removeprefix(TEST),
            ): comment.manual_comment
            for comment in self.gradebook.db.query(Comment).filter(wrote)
            if comment.manual_comment
        }

    def penalties(self) -> dict[tuple[str, str, str], float]:
        """Read what was taken off for late work: student, assignment, notebook."""
        off = SubmittedNotebook.late_submission_penalty
        lines = self.submitted(off).filter(off > 0)
        return {
            (student, assignment, name): off for student, assignment, name, off in lines
        }

    def submitted(self, *columns: Any) -> Any:
        """Return a query of every submitted notebook's place, and of more columns.

        The place is student, assignment, notebook.
        """
        handed_in = SubmittedNotebook.assignment_id == SubmittedAssignment.id
        return (
            self.gradebook.db.query(
                SubmittedAssignment.student_id, Assignment.name, Notebook.name, *columns
            )
            .select_from(SubmittedNotebook)
            .join(SubmittedAssignment, handed_in)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        )

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


def _add_notebooks(book: Gradebook, assignment: str, student: str) -> None:
    """Give a submission the notebooks that its assignment got after it."""
    submission = book.find_submission(assignment, student)
    there = {notebook.notebook_id for notebook in submission.notebooks}
    for notebook in submission.assignment.notebooks:
        if notebook.id in there:
            continue
        # As nbgrader does: it is built before it is added to the session.
        with book.db.no_autoflush:
            new = SubmittedNotebook(notebook=notebook, assignment=submission)
            for cell in notebook.grade_cells:
                Grade(cell_id=cell.id, notebook=new)
            for cell in notebook.solution_cells:
                Comment(cell_id=cell.id, notebook=new)
            book.db.add(new)
        book.db.flush()


def database_url(folder: Path, url: str) -> str:
    """Return the database's full address: the folder's own file by default."""
    if not url:
        path = folder / DATABASE
        return f"sqlite:///{path}?timeout={_BUSY_SECONDS}"
    if url.startswith(("postgresql://", "postgres://")):
        # psycopg 3, whose name SQLAlchemy wants in the address.
        return "postgresql+psycopg://" + url.partition("://")[2]
    return url


def _create_whole(path: Path) -> None:
    """Make a new gradebook whole or not at all: nbgrader takes several steps."""
    if path.exists():
        return
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    Gradebook(f"sqlite:///{part}", COURSE_ID).close()
    part.replace(path)


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Let one grader at a time set up a PostgreSQL database.

    nbgrader looks, then creates: two at once would both create.
    """
    engine = create_engine(url)
    try:
        if engine.dialect.name != "postgresql":
            yield
            return
        with engine.connect() as connection:
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            yield
    finally:
        engine.dispose()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised for: nbgrader wraps the database's."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def reason_of(error: Exception) -> str:
    """Return the database's own reason, in one line."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def _words(url: str, error: Exception) -> str:
    shown = make_url(url).render_as_string(hide_password=True)
    said = f"the gradebook {shown} does not answer: {reason_of(error)}"
    if isinstance(error, ModuleNotFoundError):
        said += "; install its driver: pip install 'psycopg[binary]'"
    return said
