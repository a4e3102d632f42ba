"""The code that the grade of a notebook depends on, and its hash.

A mended judge must have notebooks graded again, but only those that it judges.
So of `paramlab` everything counts but what only other lessons or other
frameworks use, and widgets, which have no part in a grade.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from modulefinder import ModuleFinder
from pathlib import Path, PurePosixPath
from types import CodeType

_WIDGETS = "widgets"
_SIDES = ("judges", "probes")  # each has a module a lesson
_FRAMEWORKS = "frameworks"


@lru_cache(maxsize=256)
def digest_of(package: Path, assignment: str, notebook: str) -> str:
    """Return a hash of the code that runs and judges one notebook."""
    digest = hashlib.sha256()
    for name in sorted(judging_modules(package, assignment, notebook)):
        digest.update(f"{name}\0".encode() + (package / name).read_bytes())
    return digest.hexdigest()


def judging_modules(package: Path, assignment: str, notebook: str) -> set[str]:
    """Return the files whose change may change the grade of a notebook.

    What is not known to belong to something else counts.
    """
    graph = _imports(package)
    area = notebook.partition("-")[2]  # 03-tying is judged in judges/tying.py
    areas = [_stems(graph, side) for side in _SIDES]
    own: set[str] = set()
    others: set[str] = set()
    if all(area in names for names in areas):
        for name in areas[0] & areas[1]:
            found = others if name != area else own
            found.update(f"{side}/{name}.py" for side in _SIDES)
    adapters = _stems(graph, _FRAMEWORKS)
    if assignment in adapters:
        own.add(f"{_FRAMEWORKS}/{assignment}.py")
        others.update(f"{_FRAMEWORKS}/{x}.py" for x in adapters - {assignment})
    foreign = _reached(graph, others)
    return _reached(graph, (graph.keys() - foreign) | own)


def _stems(graph: Iterable[str], folder: str) -> set[str]:
    return {
        PurePosixPath(name).stem
        for name in graph
        if name.startswith(f"{folder}/") and not name.endswith("__init__.py")
    }


def _reached(graph: dict[str, set[str]], start: Iterable[str]) -> set[str]:
    found: set[str] = set()
    pending = list(start)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            # A package's own file is a register of all that is in it.
            if not name.endswith("__init__.py"):
                pending += graph[name]
    return found


@lru_cache(maxsize=4)
def _imports(package: Path) -> dict[str, set[str]]:
    """Return each file of the package with those of the package that it imports."""
    names = {
        path.relative_to(package).as_posix(): path
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] != _WIDGETS
    }
    return {
        name: {found for found in _named(path, package) if found in names}
        for name, path in names.items()
    }


def _named(path: Path, package: Path) -> Iterator[str]:
    """Yield the files that the imports of one file may mean."""
    around = [package.name, *path.relative_to(package).parts[:-1]]
    # Read from the compiled code: in Python 3.11, `ast` is not safe in threads.
    code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    for inner in _codes(code):
        for what, said in ModuleFinder().scan_opcodes(inner):
            if what == "absolute_import":
                names, stem = said
            elif what == "relative_import":
                level, names, stem = said
                stem = ".".join([*around[: len(around) + 1 - level], stem]).rstrip(".")
            else:
                continue
            for module in (stem, *(f"{stem}.{name}" for name in names or ())):
                yield from _files(module, package.name)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _files(module: str, package: str) -> Iterator[str]:
    first, *rest = module.split(".")
    if first == package:
        yield "/".join([*rest, "__init__.py"])
        if rest:
            yield "/".join(rest) + ".py"
