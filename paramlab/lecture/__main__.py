"""Show the widgets of a lesson as a page, for a lecture.

The page has the lesson's title and, for each widget, its heading, the question
that stands before it, and the widget: no code, no exercises. The widgets work as
in the lesson. Reloading the page puts all of them back.

  python -m paramlab.lecture 02-initialization
  python -m paramlab.lecture 03-tying --language ja --framework paddle
  python -m paramlab.lecture 03-tying -- --no-browser --port=8900

What stands after -- are flags for Voilà, which serves the page. The links below
the title turn it light or dark. On a wall, the browser's own zoom (Ctrl and +)
makes everything larger. Ctrl+C in the terminal ends it.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from traitlets.config import Config

from paramlab.edition import FRAMEWORKS, LANGUAGES
from paramlab.frameworks import FrameworkMissing
from paramlab.lab import PROJECT, PROMPT, NoEdition, first_lesson
from paramlab.lecture.page import NoWidgets, page, shows_widget

FIRST = "02-initialization"  # where most widgets stand
JUPYTER_PATH = Path(__file__).parent  # voila/templates/lecture is below it

# JupyterLab's other extensions only complain on such a page.
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
)


class NoLesson(Exception):
    """There is no such lesson, or it has no widgets: says which have some."""


def lessons(edition: Path) -> dict[str, bool]:
    """Return the names of an edition's lessons, and whether they show widgets."""
    return {
        path.stem: any(map(shows_widget, nbformat.read(path, as_version=4).cells))
        for path in sorted(edition.glob("*.ipynb"))
    }


def write(released: Path, lesson: str, edition: tuple[str, str], folder: Path) -> Path:
    """Write the page's notebook into a folder and return its path.

    Raises NoLesson, NoEdition or FrameworkMissing, each with what there is.
    """
    existing = released / first_lesson(released, *edition).parent
    path = existing / f"{lesson}.ipynb"
    try:
        if not path.is_file():
            raise NoLesson(f"There is no lesson {lesson}.")
        made = page(nbformat.read(path, as_version=4))
    except (NoLesson, NoWidgets) as problem:
        known = [name for name, shows in lessons(existing).items() if shows]
        reason = str(problem) or f"The lesson {lesson} shows no widgets."
        raise NoLesson(f"{reason} These show some: {', '.join(known)}.") from problem
    notebook = folder / path.name
    nbformat.write(made, notebook)
    return notebook


def settings(language: str) -> Config:
    """Return the settings of Voilà for a page in a language."""
    config = Config()
    config.VoilaConfiguration.template = "lecture"
    config.VoilaConfiguration.extension_allowlist = list(EXTENSIONS)
    config.VoilaConfiguration.prelaunch_hook = _give_token
    config.VoilaExporter.language_code = language
    config.Voila.kernel_websocket_connection_class = PROMPT
    return config


def _give_token(request: Any, notebook: Any, cwd: str) -> None:
    """Give the page the token with which it ends its kernel when it is left."""
    _ = request.xsrf_token  # sets the cookie


def main(argv: list[str] | None = None) -> int:
    """Make the page and show it until it is stopped."""
    words = sys.argv[1:] if argv is None else argv
    end = words.index("--") if "--" in words else len(words)
    options, flags = _parser().parse_args(words[:end]), words[end + 1 :]
    edition = (options.language, options.framework)
    with TemporaryDirectory(prefix="lecture-") as folder:
        try:
            notebook = write(
                PROJECT / "notebooks", options.lesson, edition, Path(folder)
            )
        except (NoLesson, NoEdition, FrameworkMissing) as problem:
            print(problem, file=sys.stderr)
            return 1
        paths = [str(JUPYTER_PATH), os.environ.get("JUPYTER_PATH", "")]
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
        from voila.app import Voila

        Voila.launch_instance(
            [str(notebook), *flags], config=settings(options.language)
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m paramlab.lecture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "lesson",
        nargs="?",
        default=FIRST,
        help=f"such as 03-tying; {FIRST} if not said",
    )
    parser.add_argument("--language", default="en", help=", ".join(LANGUAGES))
    parser.add_argument("--framework", default="pytorch", help=", ".join(FRAMEWORKS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
