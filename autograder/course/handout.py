"""What students get: the released notebooks as folders and as ZIP files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat

from autograder.files import write_whole
from autograder.release import Shelf

HANDOUT = "handout"
_DATE = (1980, 1, 1, 0, 0, 0)  # the same files make the same ZIP


def write_handouts(
    folder: Path, shelf: Shelf, languages: Sequence[str]
) -> Iterator[Path]:
    """Write a folder and a ZIP for each edition and yield the ZIP."""
    for assignment in shelf.assignments:
        for language in languages:
            files = {
                f"{assignment}/{name}.ipynb": nbformat.writes(
                    shelf.release(language, assignment, name).given
                )
                for name in shelf.notebooks(assignment)
            }
            for name, text in files.items():
                write_whole(folder / HANDOUT / language / name, text + "\n")
            path = folder / HANDOUT / f"{assignment}-{language}.zip"
            _write_zip(path, files)
            yield path


def _write_zip(path: Path, files: dict[str, str]) -> None:
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, text + "\n")
    part.replace(path)
