"""The course set-up for stock nbgrader, in one place for every course folder.

There are three kinds of folder: the project itself, which holds the source of
every notebook, what ``autograder grade`` writes, and the course folder that
``autograder course new`` makes. All are nbgrader courses with the same settings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from traitlets.config import Config

from paramlab.messages import area

PROJECT = Path(__file__).resolve().parents[2]
COURSE_ID = "parameter-lab"
DEMONSTRATION = "demonstration"  # the tag of cells that grading skips
CELL_SECONDS = 60
SEED_VARIABLE = "PARAMLAB_SEED"  # as paramlab.grading reads it


def languages(project: Path = PROJECT) -> list[str]:
    """List the languages that have source notebooks."""
    folders = (project / "solutions").glob("*/")
    return sorted(folder.name for folder in folders if folder.is_dir())


def chosen_language(
    environment: Mapping[str, str] = os.environ, project: Path = PROJECT
) -> str:
    """Return the language that the variable LANGUAGE asks for, else English.

    Some systems set it to a list such as ``zh_CN:en``: the first entry counts.
    """
    first = environment.get("LANGUAGE", "").split(":")[0]
    language = first.replace("-", "_").split("_")[0].split(".")[0].lower()
    return language if language in languages(project) else "en"


def stubs(language: str) -> tuple[str, str]:
    """Return what stands in place of a solution: in code, and in text."""
    texts = area(language, "stubs")
    return texts["code"], texts["text"]


def configure_project(c: Config, language: str, project: Path = PROJECT) -> None:
    """Set nbgrader up on the project's own notebooks of one language.

    What nbgrader writes besides the student notebooks goes to build/course.
    """
    # Relative to the root: nbgrader uses these as regular expressions, and
    # only the root is escaped.
    work = f"build/course/{language}"
    (project / work).mkdir(parents=True, exist_ok=True)
    c.CourseDirectory.root = str(project)
    c.CourseDirectory.source_directory = f"solutions/{language}"
    c.CourseDirectory.release_directory = f"notebooks/{language}"
    for step in ("submitted", "autograded", "feedback", "solution"):
        setattr(c.CourseDirectory, f"{step}_directory", f"{work}/{step}")
    c.CourseDirectory.db_url = f"sqlite:///{project / work / 'gradebook.db'}"
    # Each language is a course: they may share an exchange.
    c.CourseDirectory.course_id = f"{COURSE_ID}-{language}"
    _settings(c, language, project / "build" / "exchange")


def configure_graded(c: Config, folder: Path, language: str, url: str = "") -> None:
    """Set nbgrader up on a folder that ``autograder grade`` wrote.

    ``url`` names another database than the folder's own.
    """
    folder = folder.resolve()
    c.CourseDirectory.root = str(folder)
    c.CourseDirectory.db_url = url or f"sqlite:///{folder / 'gradebook.db'}"
    c.CourseDirectory.course_id = COURSE_ID
    _settings(c, language, folder / "exchange")


def configure_course(c: Config, folder: Path) -> None:
    """Set nbgrader up on a course folder, as its course.toml says.

    Raises BadSettings and BadRoster.
    """
    from autograder.course.folder import Course
    from autograder.seed import class_seed, own_seed

    course = Course.open(folder)
    configure_graded(c, folder, course.language, course.database)
    c.CourseDirectory.course_id = course.settings.id
    if course.settings.exchange:
        c.Exchange.root = course.settings.exchange
    c.Autograde.autograde_preprocessors = [
        "nbgrader.preprocessors.Execute",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "autograder.course.penalties.AssignPenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    # Stock nbgrader does not shut student code in: from the seed that it sees,
    # nobody finds the one that this project's own grading draws from.
    seed = own_seed(class_seed(course.folder, None), b"stock nbgrader")
    os.environ.setdefault(SEED_VARIABLE, str(seed))


def find_scripts() -> None:
    """Let nbgrader find the commands that are installed beside this Python.

    It calls ``alembic`` when it makes a gradebook, also where nobody has put
    the environment on the path.
    """
    folders = os.environ.get("PATH", "").split(os.pathsep)
    beside = str(Path(sys.executable).parent)
    if beside not in folders:
        os.environ["PATH"] = os.pathsep.join([beside, *folders])


def _settings(c: Config, language: str, exchange: Path) -> None:
    find_scripts()
    code, text = stubs(language)
    c.ClearSolutions.code_stub = {"python": code}
    c.ClearSolutions.text_stub = text
    c.Execute.timeout = CELL_SECONDS
    c.Execute.skip_cells_with_tag = DEMONSTRATION
    c.Autograde.sanitize_preprocessors = [
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "autograder.course.tags.DropTags",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    shared = Path(os.environ.get("NBGRADER_EXCHANGE", exchange))
    # Without a folder that it can write, nbgrader's lists show an error.
    shared.mkdir(parents=True, exist_ok=True)
    c.Exchange.root = str(shared)
