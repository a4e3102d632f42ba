"""A course folder: one file of settings, one of students, and an nbgrader course."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.course import PROJECT
from autograder.course.editions import catalogue_of
from autograder.course.roster import COLUMNS, ROSTER, Roster, read_roster
from autograder.course.settings import (
    SETTINGS,
    BadSettings,
    Catalogue,
    CourseSettings,
    read_settings,
)
from autograder.files import write_whole
from autograder.record import database_url
from autograder.release import NoRelease, Shelf
from autograder.seed import class_seed
from paramlab.exercises import EXERCISES, WRITTEN

CONFIG = "nbgrader_config.py"
UNMATCHED = "unmatched"
_TEMPLATES = Path(__file__).parents[1] / "templates"
_CONFIG_TEXT = '''\
"""Open this course with nbgrader: run nbgrader or jupyter lab in this folder.

What to change stands in course.toml.
"""

from pathlib import Path

from autograder.course import configure_course

c = get_config()  # noqa: F821
configure_course(c, Path(__file__).parent)
'''
# Solutions, names, grades and the seed are nobody else's.
_GITIGNORE = """\
# Nothing in here is for a repository.
*
!.gitignore
"""


class NoCourse(ValueError):
    """A folder is no course: says what to do."""


@dataclass(frozen=True)
class Course:
    """A course folder, its settings and its students."""

    folder: Path
    settings: CourseSettings
    roster: Roster
    source: Path  # where notebooks come from that the course does not have yet

    @classmethod
    def open(cls, folder: Path) -> Course:
        """Read a course; raises NoCourse, BadSettings and BadRoster."""
        if not (folder / SETTINGS).is_file():
            raise NoCourse(
                f"{folder} is no course, it has no {SETTINGS}; make one:"
                f" autograder course new {folder}"
            )
        folder = folder.resolve()
        settings = read_settings(folder / SETTINGS, lambda o: _offer(folder, o))
        points = full_points(_offer(folder, settings.notebooks), settings)
        settings = replace(settings, points=points)
        roster = read_roster(folder / ROSTER, settings.names)
        return cls(folder, settings, roster, _origin(folder, settings.notebooks))

    @property
    def language(self) -> str:
        """Return the language of nbgrader's pages."""
        return self.settings.languages[0]

    @property
    def database(self) -> str:
        """Return the address of another gradebook than the folder's own, or no text."""
        url = self.settings.gradebook
        return database_url(self.folder, url) if url else ""

    @property
    def submitted(self) -> Path:
        """Return where work lies that was collected."""
        return self.folder / "submitted"

    @property
    def editions(self) -> dict[str, list[str]]:
        """Return the notebooks of each assignment."""
        lessons = list(self.settings.lessons)
        return dict.fromkeys(sorted(self.settings.frameworks), lessons)

    def shelf(self) -> Shelf:
        """Return what the course has released; raises NoRelease before that."""
        try:
            return Shelf(self.folder, self.editions)
        except NoRelease as error:
            raise NoRelease(
                f"{self.folder} has nothing released yet:"
                f" autograder release {self.folder}"
            ) from error


def is_course(folder: Path) -> bool:
    """Tell whether a folder is a course."""
    return (folder / SETTINGS).is_file()


def new_course(
    folder: Path,
    frameworks: Sequence[str],
    languages: Sequence[str],
    name: str,
    origin: Path | None = None,
) -> list[str]:
    """Make a course folder and return the files that it lacked.

    What is there stays as it is. Raises NoCourse where the folder holds
    something else, BadSettings for what there is not, OSError.
    """
    if folder.exists() and not folder.is_dir():
        raise NoCourse(f"{folder} is not a folder")
    if folder.is_dir() and any(folder.iterdir()) and not is_course(folder):
        raise NoCourse(f"{folder} holds other files: choose a new folder")
    catalogue = _offer(folder, str(origin.resolve()) if origin else "")
    text = _settings_text(
        catalogue,
        id=re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-._")
        or "course",
        name=name or folder.resolve().name,
        frameworks=frameworks,
        languages=languages,
        notebooks=str(origin.resolve()) if origin else "",
    )
    files = {
        SETTINGS: text,
        ROSTER: ",".join(COLUMNS) + "\n",
        CONFIG: _CONFIG_TEXT,
        ".gitignore": _GITIGNORE,
    }
    known = (catalogue.frameworks, catalogue.languages)
    for asked, there in zip((frameworks, languages), known, strict=True):
        for item in asked:
            if item not in there:
                raise BadSettings(f"{item!r} is not one of {', '.join(there)}")
    # Names and grades are nobody else's; what is released leaves by a copy.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for file, content in files.items():
        if not (folder / file).exists():
            write_whole(folder / file, content)
            written.append(file)
    if ROSTER in written:
        (folder / ROSTER).chmod(0o600)
    class_seed(folder, None)
    (folder / "source").mkdir(exist_ok=True)
    return written


def full_points(catalogue: Catalogue, settings: CourseSettings) -> dict[str, float]:
    """Return the points of every exercise that the course may weigh."""
    own = {
        exercise: points
        for exercise, points in catalogue.exercises.items()
        if exercise in EXERCISES or exercise in WRITTEN
    }
    return {**own, **settings.points}


def _origin(folder: Path, notebooks: str) -> Path:
    """Return the folder of solutions/ that a course copies from."""
    return folder / notebooks if notebooks else PROJECT


def _offer(folder: Path, notebooks: str) -> Catalogue:
    try:
        return catalogue_of(Shelf(_origin(folder, notebooks)))
    except NoRelease as error:
        raise BadSettings(f"{folder / SETTINGS}: notebooks: {error}") from error


def _settings_text(catalogue: Catalogue, **values: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["toml"] = _toml
    template = environment.get_template("course.toml.j2")
    return template.render(catalogue=catalogue, **values)


def _toml(value: object) -> str:
    """Write a text, a number or a list of texts as TOML."""
    if isinstance(value, str):
        plain = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else " " for c in plain) + '"'
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    raise TypeError(type(value).__name__)
