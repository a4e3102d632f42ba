"""Open an edition in JupyterLab: ``python -m paramlab.lab --language zh``.

Students work on copies, in ``work/<language>/<framework>/``: an update of the
project then never meets their answers, and git never lists them. A copy in which
a student has written nothing follows the release; any other is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from paramlab.edition import FRAMEWORKS, LANGUAGES
from paramlab.frameworks import FrameworkMissing, require

PROJECT = Path(__file__).resolve().parents[1]
LOCALES = {"en": "en", "zh": "zh_CN", "ja": "ja_JP"}
RECORD = ".handed-out.json"
SETTINGS = ".jupyterlab"
PROMPT = "paramlab.websocket.PromptConnection"  # named: it imports the server
# What nbgrader and Voilà add for instructors: a student's JupyterLab only validates.
INSTRUCTOR_TOOLS = [
    "@jupyter/nbgrader:assignment-list",
    "@jupyter/nbgrader:course-list",
    "@jupyter/nbgrader:create-assignment",
    "@jupyter/nbgrader:formgrader",
    "@jupyter/nbgrader:menu",
    "@voila-dashboards/jupyterlab-preview:plugin",
]


class NoEdition(Exception):
    """The notebooks asked for do not exist: says which do."""


def editions(released: Path) -> list[tuple[str, str]]:
    """List the (language, framework) pairs that have notebooks."""
    lessons = released.glob("*/*/*.ipynb")
    return sorted({(path.parts[-3], path.parts[-2]) for path in lessons})


def first_lesson(released: Path, language: str, framework: str) -> Path:
    """Return an edition's first notebook, relative to the released ones.

    Raises NoEdition where there is none, FrameworkMissing where the edition
    exists but its framework is not installed.
    """
    existing = editions(released)
    if (language, framework) not in existing:
        known = ", ".join(f"LANGUAGE={a} FRAMEWORK={b}" for a, b in existing)
        raise NoEdition(
            f"There is no edition LANGUAGE={language} FRAMEWORK={framework} yet."
            f" There are: {known or 'none; run make notebooks'}."
        )
    require(framework)
    return min((released / language / framework).glob("*.ipynb")).relative_to(released)


def hand_out(released: Path, work: Path, edition: Path) -> list[Path]:
    """Copy an edition's notebooks to the student's folder.

    Returns the student's own notebooks that were kept although their lesson has
    changed since they were handed out.
    """
    record_file = work / RECORD
    record = json.loads(record_file.read_text()) if record_file.exists() else {}
    outdated = []
    for source in sorted((released / edition).glob("*.ipynb")):
        name = source.relative_to(released).as_posix()
        copy = work / name
        handed_out, current = record.get(name), _digest(source)
        if copy.exists() and _digest(copy) != handed_out:
            if handed_out != current:
                outdated.append(copy)
            continue
        if not copy.exists() or handed_out != current:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            record[name] = current
    record_file.write_text(json.dumps(record, indent=1, sort_keys=True))
    return outdated


def _digest(notebook: Path) -> str:
    """Hash what a person writes: running adds only outputs and metadata."""
    content = notebook.read_bytes()
    try:
        cells = json.loads(content)["cells"]
        written = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (ValueError, KeyError, TypeError):  # not a notebook any more
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()


def write_settings(language: str, folder: Path) -> None:
    """Write JupyterLab's settings: its language, no news, a student's tools."""
    folder.mkdir(parents=True, exist_ok=True)
    overrides = {
        "@jupyterlab/translation-extension:plugin": {"locale": LOCALES[language]},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
    }
    page = {"disabledExtensions": dict.fromkeys(INSTRUCTOR_TOOLS, True)}
    (folder / "overrides.json").write_text(json.dumps(overrides, indent=1))
    (folder / "page_config.json").write_text(json.dumps(page, indent=1))


def server_arguments(work: Path, lesson: Path, flags: list[str]) -> list[str]:
    """Return the arguments that open a lesson in JupyterLab."""
    arguments = [
        f"--ServerApp.root_dir={work}",
        f"--LabApp.app_settings_dir={work / SETTINGS}",
        f"--LabApp.default_url=/lab/tree/{lesson.as_posix()}",
        f"--ServerApp.kernel_websocket_connection_class={PROMPT}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    return arguments + flags


def main(argv: list[str] | None = None) -> int:
    """Hand out an edition and open it."""
    parser = argparse.ArgumentParser(prog="python -m paramlab.lab")
    parser.add_argument("--language", default="en", help=", ".join(LANGUAGES))
    parser.add_argument("--framework", default="pytorch", help=", ".join(FRAMEWORKS))
    parser.add_argument("--work", type=Path, default=PROJECT / "work")
    parser.add_argument("flags", nargs="*", help="flags for JupyterLab, after --")
    options = parser.parse_args(argv)
    released, work = PROJECT / "notebooks", options.work.resolve()
    try:
        lesson = first_lesson(released, options.language, options.framework)
    except (NoEdition, FrameworkMissing) as problem:
        print(problem, file=sys.stderr)
        return 1
    for kept in hand_out(released, work, lesson.parent):
        print(
            f"{kept} holds your work, and the lesson has a newer"
            " version. To get it, rename your notebook and run this command again."
        )
    write_settings(options.language, work / SETTINGS)
    # A terminal in JupyterLab then runs this environment's commands.
    os.environ["PATH"] = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    )
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(server_arguments(work, lesson, options.flags))
    return 0


if __name__ == "__main__":
    sys.exit(main())
