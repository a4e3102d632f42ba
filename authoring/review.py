"""Says what keeps lessons from being woven: what is missing, stale or unused."""

from __future__ import annotations

from collections.abc import Iterator

from authoring.code import BEGIN, END, MARKER, CodeCell
from authoring.edition import FRAMEWORKS, LANGUAGES, ORIGINAL, Edition
from authoring.lesson import Lesson
from authoring.problem import Place, Problem
from authoring.prose import Part, Prose
from authoring.student import stubs
from authoring.weave import picture_name
from paramlab.exercises import EXERCISES, WRITTEN
from paramlab.messages import MissingMessage


def editions(lessons: list[Lesson]) -> list[Edition]:
    """Return the editions for which any lesson has files."""
    return [
        Edition(language, framework)
        for language in LANGUAGES
        for framework in FRAMEWORKS
        if any(language in lesson.prose for lesson in lessons)
        and any(framework in lesson.code for lesson in lessons)
    ]


def review(lessons: list[Lesson]) -> Iterator[Problem]:
    """Yield every reason not to weave these lessons."""
    wanted = editions(lessons)
    languages = dict.fromkeys(edition.language for edition in wanted)
    frameworks = dict.fromkeys(edition.framework for edition in wanted)
    for language in languages:
        try:
            stubs(language)
        except (MissingMessage, TypeError):
            file = f"paramlab/locales/{language}/stubs.toml"
            yield Problem(Place(file, 1), "must say code = … and text = …")
    for lesson in lessons:
        yield from _review_presence(lesson, list(languages), list(frameworks))
        for language, prose in lesson.prose.items():
            yield from _review_markers(prose)
            if language != ORIGINAL:
                yield from _review_translation(lesson.original, prose)
        yield from _review_exercises(lesson)
        yield from _review_setup(lesson)
        yield from _review_code(lesson)
        yield from _review_strings(lesson)
        yield from _review_pictures(lesson, wanted)


def _review_presence(
    lesson: Lesson, languages: list[str], frameworks: list[str]
) -> Iterator[Problem]:
    for language in languages:
        if language not in lesson.prose:
            yield Problem(
                Place(f"{lesson.path}/{language}.md", 1),
                f"missing, though other lessons have the language {language}",
            )
    for framework in frameworks:
        if framework not in lesson.code:
            yield Problem(
                Place(f"{lesson.path}/{framework}.py", 1),
                f"missing, though other lessons have the framework {framework}",
            )
    if not frameworks:
        yield Problem(lesson.original.end, "no framework has code for this lesson")


def _review_markers(prose: Prose) -> Iterator[Problem]:
    for part in prose.parts:
        if MARKER.search(part.text):
            yield Problem(part.place, f"a marker of nbgrader's in {part.id}")


def _review_translation(original: Prose, prose: Prose) -> Iterator[Problem]:
    written = prose.paragraphs()
    for name, part in original.paragraphs().items():
        if name not in written:
            yield Problem(
                prose.end, f"lacks the {part.kind} {name} that stands at {part.place}"
            )
            continue
        other = written[name]
        if other.kind != part.kind:
            yield Problem(
                other.place,
                f"{name} is a {other.kind} here, a {part.kind} at {part.place}",
            )
        if other.written_for != part.hash:
            yield Problem(other.place, _stale(part, other))
    for name, other in written.items():
        if name not in original.paragraphs():
            yield Problem(other.place, f"{original.path} has no {other.kind} {name}")


def _stale(part: Part, other: Part) -> str:
    accept = f"python -m authoring accept {other.place.path} {part.id}"
    if other.written_for is None:
        return (
            f"{part.id} does not say which original it was written for; when it "
            f"renders {part.place}: {accept}"
        )
    return (
        f"{part.id} was written for another original: {part.place} has changed "
        f"({other.written_for} → {part.hash}); when it renders the new one: {accept}"
    )


def _review_exercises(lesson: Lesson) -> Iterator[Problem]:
    table = {
        "exercise": {name: exercise.lesson for name, exercise in EXERCISES.items()},
        "written": {name: home for name, (home, _) in WRITTEN.items()},
    }
    for part in lesson.original.parts:
        if part.kind not in table:
            continue
        home = table[part.kind].get(part.id)
        if home is None:
            yield Problem(
                part.place, f"paramlab/exercises.py has no {part.kind} {part.id}"
            )
        elif home != lesson.name:
            yield Problem(
                part.place, f"{part.id} belongs to {home}, says paramlab/exercises.py"
            )
    for kind, homes in table.items():
        placed = {part.id for part in lesson.original.parts if part.kind == kind}
        for name, home in homes.items():
            if home == lesson.name and name not in placed:
                yield Problem(
                    lesson.original.end,
                    f"lacks the {kind} {name} of paramlab/exercises.py",
                )


def _review_setup(lesson: Lesson) -> Iterator[Problem]:
    cells = [part for part in lesson.original.parts if part.kind != "string"]
    setup = [part for part in cells if part.kind == "setup"]
    if not setup:
        yield Problem(lesson.original.end, "lacks the line <!-- setup -->")
    elif cells.index(setup[0]) != 1 or cells[0].only is not None:
        yield Problem(
            setup[0].place,
            "the setup cell must be the second, after one for all frameworks",
        )


def _review_code(lesson: Lesson) -> Iterator[Problem]:
    for code in lesson.code.values():
        placed = {
            part.id: part
            for part in lesson.original.parts
            if part.kind in ("code", "exercise") and part.serves(code.framework)
        }
        for name, part in placed.items():
            if name in code.cells:
                yield from _review_cell(code.cells[name], part)
            elif part.kind == "code":
                yield Problem(
                    code.end, f"lacks the code cell {name} that {part.place} places"
                )
            else:
                yield Problem(
                    code.end,
                    f"lacks stub and solution of the exercise {name} that {part.place} "
                    "places",
                )
        for name, cell in code.cells.items():
            if name not in placed:
                yield Problem(
                    cell.place, f"{lesson.original.path} does not place the cell {name}"
                )


def _review_cell(cell: CodeCell, part: Part) -> Iterator[Problem]:
    if "locked" in cell.tags:
        for name, place in cell.placeholders:
            yield Problem(
                place, f"{name} in a locked cell, which is the same in all languages"
            )
    if part.kind == "exercise":
        if cell.tags:
            yield Problem(cell.place, f"the exercise {cell.id} takes no tags")
        yield from _review_regions(cell)
        return
    for line in cell.lines:
        if line.text.strip() in (BEGIN, END):
            yield Problem(line.place, f"a solution in {cell.id}, which is no exercise")


def _review_regions(cell: CodeCell) -> Iterator[Problem]:
    """Yield what is wrong with the solution regions of an exercise's cell."""
    opened = None
    regions = filled = 0
    for line in cell.lines:
        text = line.text.strip()
        if text == BEGIN:
            if opened is not None:
                yield Problem(line.place, f"{BEGIN} within {opened.place}")
            opened = line
            filled = 0
            regions += 1
        elif text == END:
            if opened is None:
                yield Problem(line.place, f"{END} without a beginning")
            elif not filled:
                yield Problem(opened.place, f"the exercise {cell.id} has no solution")
            opened = None
        elif opened is not None:
            filled += text != "" and not text.startswith("#") and text != "pass"
    if opened is not None:
        yield Problem(opened.place, f"{BEGIN} without an end")
    if not regions:
        yield Problem(
            cell.place, f"the exercise {cell.id} has no stub: {BEGIN} … {END}"
        )


def _review_strings(lesson: Lesson) -> Iterator[Problem]:
    strings = {part.id: part for part in lesson.original.parts if part.kind == "string"}
    used = set()
    for code in lesson.code.values():
        for cell in code.cells.values():
            for name, place in cell.placeholders:
                used.add(name)
                if name not in strings:
                    yield Problem(place, f"no language has the string {name}")
    for name, part in strings.items():
        if name not in used:
            yield Problem(part.place, f"no code uses the string {name}")


def _review_pictures(lesson: Lesson, wanted: list[Edition]) -> Iterator[Problem]:
    needed = set()
    for part in lesson.original.parts:
        if part.kind != "picture":
            continue
        for edition in wanted:
            if part.serves(edition.framework):
                name = picture_name(part.id, edition)
                needed.add(name)
                if name not in lesson.pictures:
                    yield Problem(
                        part.place, f"{lesson.path}/pictures/{name} is missing"
                    )
    for name in lesson.pictures:
        if name not in needed:
            yield Problem(
                Place(f"{lesson.path}/pictures/{name}", 1),
                "no edition shows this picture",
            )
