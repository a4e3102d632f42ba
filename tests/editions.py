"""The editions that the project has: what its built notebooks say."""

from __future__ import annotations

import pytest

from paramlab import edition
from paramlab.frameworks import available
from paramlab.lab import PROJECT
from paramlab.lab import editions as built

_BUILT = built(PROJECT / "notebooks")
LANGUAGES = [x for x in edition.LANGUAGES if x in dict(_BUILT)]
FRAMEWORKS = [x for x in edition.FRAMEWORKS if x in {pair[1] for pair in _BUILT}]
# (language, framework), in the order of the languages.
EDITIONS = sorted(_BUILT, key=lambda pair: LANGUAGES.index(pair[0]))
HERE = [name for name in FRAMEWORKS if name in available()]


def rotated(names: list[str]) -> list[str]:
    """Return a list that starts with its second entry and ends with its first."""
    return names[1:] + names[:1]


def _few() -> list[tuple[str, str]]:
    """Choose editions so that each language and each framework is in one."""
    count = max(len(LANGUAGES), len(FRAMEWORKS))
    pairs = [
        (LANGUAGES[i % len(LANGUAGES)], FRAMEWORKS[i % len(FRAMEWORKS)])
        for i in range(count)
    ]
    assert set(pairs) <= set(EDITIONS)
    return pairs


FEW = _few()
LANGUAGE_OF = {framework: language for language, framework in FEW}
# Languages differ in texts only (test_editions.py): a lesson that runs in one of
# them runs in all. `make soak` runs each.
each_edition = pytest.mark.parametrize(
    ("language", "framework"),
    [
        pytest.param(*pair, marks=() if pair in FEW else pytest.mark.soak)
        for pair in EDITIONS
        if pair[1] in HERE
    ],
)
# One framework each time, the others in `make soak`.
one_framework = pytest.mark.parametrize(
    "framework",
    [
        pytest.param(name, marks=pytest.mark.soak if number else ())
        for number, name in enumerate(HERE)
    ],
)


def each_language_of(framework: str) -> pytest.MarkDecorator:
    """Run a test in one language of a framework, and in all in `make soak`."""
    return pytest.mark.parametrize(
        "language",
        [
            pytest.param(
                name, marks=() if (name, framework) in FEW else pytest.mark.soak
            )
            for name in LANGUAGES
        ],
    )
