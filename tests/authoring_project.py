"""A small project for the tests of `python -m authoring`."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat

from authoring.__main__ import main
from paramlab.exercises import EXERCISES, LESSONS, WRITTEN

REPOSITORY = Path(__file__).resolve().parents[1]
ACCESS = "lessons/01-access"
EN, ZH = f"{ACCESS}/en.md", f"{ACCESS}/zh.md"
TORCH, MXNET = f"{ACCESS}/pytorch.py", f"{ACCESS}/mxnet.py"
DOC = "Return a number.\n\nArgs:\n    net: a network."
DOCS = {"zh": "返回一个数。\n\n参数：\n    net：一个网络。"}
ANSWER = "Sharing saves memory and ties the gradients."
ANSWERS = {"zh": "共享参数可以节省内存，并把各处的梯度加在一起，还能减少过拟合。"}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


class Result(NamedTuple):
    """What a run of the command left on the screen."""

    code: int
    output: str


class Project:
    """A small project with every exercise of the table."""

    def __init__(
        self,
        root: Path,
        languages: tuple[str, ...] = ("en", "zh"),
        frameworks: tuple[str, ...] = ("pytorch", "mxnet"),
    ) -> None:
        self.root = root
        for lesson in LESSONS:
            paragraphs = _paragraphs(lesson)
            self.write(f"lessons/{lesson}/en.md", _original(lesson, paragraphs))
            for language in languages:
                if language != "en":
                    self.write(
                        f"lessons/{lesson}/{language}.md",
                        _rendered(language, paragraphs),
                    )
            for framework in frameworks:
                self.write(f"lessons/{lesson}/{framework}.py", _code(lesson))

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert old in text, f"the fixture has no {old!r} in {path}"
        self.write(path, text.replace(old, new, 1))

    def line(self, path: str, text: str) -> int:
        lines = self.read(path).split("\n")
        return next(n for n, line in enumerate(lines, start=1) if text in line)

    def built(self) -> dict[str, bytes]:
        return {
            file.relative_to(self.root).as_posix(): file.read_bytes()
            for tree in ("notebooks", "solutions")
            for file in sorted((self.root / tree).rglob("*"))
            if file.is_file()
        }

    def cells(self, path: str) -> dict[str, nbformat.NotebookNode]:
        notebook = nbformat.reads(self.read(path), as_version=4)
        nbformat.validate(notebook)
        return {cell.id: cell for cell in notebook.cells}

    def run(self, *arguments: str) -> Result:
        """Run the command in this process: one start of Python for many runs."""
        screen = io.StringIO()
        with (
            contextlib.chdir(self.root),
            contextlib.redirect_stdout(screen),
            contextlib.redirect_stderr(screen),
        ):
            code = main(list(arguments))
        return Result(code, screen.getvalue())

    def command(self, *arguments: str, hash_seed: str = "0") -> Result:
        """Run the command as a person does, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "authoring", *arguments],
            cwd=self.root,
            env={
                **os.environ,
                "PYTHONPATH": str(REPOSITORY),
                "PYTHONHASHSEED": hash_seed,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout + done.stderr)


def _paragraphs(lesson: str) -> dict[str, tuple[str, str]]:
    """Return each paragraph's delimiter and English text, by id."""
    found = {
        "goals": ("text", f"# {lesson}\n\nYou will read parameters."),
        "first": ("string", "Take the first one."),
        "aside": ("text", "MXNet waits for the first batch."),
        "recap": ("text", "You have read parameters."),
    }
    for exercise in EXERCISES.values():
        if exercise.lesson == lesson:
            found[f"{exercise.id}-doc"] = ("string", DOC)
    for name, (home, _) in WRITTEN.items():
        if home == lesson:
            found[name] = ("written", ANSWER)
    return found


def _original(lesson: str, paragraphs: dict[str, tuple[str, str]]) -> str:
    blocks = []
    for name, (kind, text) in paragraphs.items():
        only = " only=mxnet" if name == "aside" else ""
        blocks.append(f"<!-- {kind} {name}{only} -->\n{text}")
        if name == "goals":
            blocks += ["<!-- setup -->", "<!-- code imports -->", "<!-- code show -->"]
        if name.endswith("-doc"):
            blocks.append(f"<!-- exercise {name.removesuffix('-doc')} -->")
    return "\n\n".join(blocks) + "\n"


def _rendered(language: str, paragraphs: dict[str, tuple[str, str]]) -> str:
    blocks = []
    for name, (kind, text) in paragraphs.items():
        rendered = f"这是 {name} 的文字。"
        if text == DOC:
            rendered = DOCS.get(language, rendered)
        if text == ANSWER:
            rendered = ANSWERS.get(language, rendered)
        blocks.append(f"<!-- {kind} {name} from={short_hash(text)} -->\n{rendered}")
    return "\n\n".join(blocks) + "\n"


def _code(lesson: str) -> str:
    cells = [
        '# %% imports tags=["locked"]\nimport math',
        '# %% show tags=["demonstration"]\n# {{first}}\n[math.pi, 2][0]',
    ]
    for exercise in EXERCISES.values():
        if exercise.lesson != lesson:
            continue
        functions = [
            f"def {name}(net):\n"
            f'    """{{{{{exercise.id}-doc}}}}"""\n'
            "    ### BEGIN SOLUTION\n"
            f"    total_{name} = 1 + 2\n"
            f"    return total_{name}\n"
            "    ### END SOLUTION"
            for name in exercise.answers
        ]
        cells.append(f"# %% {exercise.id}\n" + "\n\n\n".join(functions))
    return "\n\n\n".join(cells) + "\n"


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


GOALS = short_hash("# 01-access\n\nYou will read parameters.")
