"""python -m authoring: build notebooks from lessons, check them, keep hashes.

What `build` does with lessons/<lesson>/:

1. divides en.md, zh.md, ja.md and the frameworks' .py files into named parts;
2. refuses, naming file and line, whatever is missing, stale, unused or unknown;
3. for each language and framework lines up the parts in the order of en.md:
   paragraphs become Markdown cells, pictures become attachments, code cells get
   the language's strings for their comments and docstrings;
4. writes the setup cell and, after each exercise, its test cell;
5. marks solutions, tests and locked cells for nbgrader: solutions/ is done;
6. runs nbgrader's own steps, with the language's stubs: notebooks/ is done;
7. refuses a student notebook that shows a solution or whose stubs cannot run;
8. writes what has changed, and removes what is no longer built.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from authoring.lesson import Lesson, read_lesson
from authoring.problem import LessonError
from authoring.translation import accept, hashes, states, table
from authoring.tree import differing, weave_all, write
from paramlab.exercises import LESSONS


def main(arguments: list[str]) -> int:
    """Run one command in the project of the current directory."""
    options = _parser().parse_args(arguments or ["build"])
    root = Path.cwd()
    try:
        if options.command == "build":
            return _build(root, _lessons(options.lessons))
        if options.command == "check":
            return _check(root, _lessons(options.lessons))
        if options.command in ("hashes", "translations"):
            lessons = [_read(root, name) for name in _lessons(options.lessons)]
            if options.command == "translations":
                print(*table(list(states(lessons))), sep="\n")
                return 0
            for lesson in lessons:
                print(*hashes(lesson), sep="\n")
            return 0
        accept(options.file, options.ids)
        return 0
    except LessonError as refusal:
        print(refusal, file=sys.stderr)
        print(f"{len(refusal.problems)} to mend; nothing written", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m authoring",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in (
        ("build", "write notebooks/ and solutions/ (the default)"),
        ("check", "fail when a built notebook is stale"),
        ("translations", "print how far each language is, and what it lacks"),
        ("hashes", "print each paragraph's hash, and which languages are behind"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument(
            "lessons", nargs="*", metavar="LESSON", help="such as 01-access; else all"
        )
    command = commands.add_parser(
        "accept", help="record that paragraphs render their originals of today"
    )
    command.add_argument("file", type=Path, help="such as lessons/01-access/zh.md")
    command.add_argument("ids", nargs="+", metavar="ID")
    return parser


def _lessons(given: list[str]) -> list[str]:
    return [Path(name).name for name in given] or list(LESSONS)


def _read(root: Path, name: str) -> Lesson:
    lesson, found = read_lesson(root, name)
    if lesson is None:
        raise LessonError(found)
    return lesson


def _build(root: Path, names: list[str]) -> int:
    built = weave_all(root, names)
    touched = write(root, built, names)
    for path in touched:
        print(path if path in built else f"{path} removed")
    print(f"{len(built)} notebooks, {len(touched)} changed")
    return 0


def _check(root: Path, names: list[str]) -> int:
    stale = differing(root, weave_all(root, names), names)
    for path in stale:
        print(f"{path} is stale: run `make notebooks`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
