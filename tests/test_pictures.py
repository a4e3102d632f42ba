"""The lessons' pictures show what the widgets show today."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from editions import FEW, HERE
from PIL import Image

from authoring.pictures import draw

LESSONS = Path(__file__).parent.parent / "lessons"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Please import `csr_matrix`:DeprecationWarning")
@pytest.mark.parametrize(
    "editions",
    [
        [pair for pair in FEW if pair[1] in HERE],
        pytest.param(None, marks=pytest.mark.soak),
    ],
    ids=["few", "all"],
)
def test_the_lessons_pictures_are_up_to_date(
    tmp_path: Path, editions: list[tuple[str, str]] | None
) -> None:
    for code in LESSONS.glob("*/*.py"):  # what says which frameworks a lesson has
        (tmp_path / code.parent.name).mkdir(exist_ok=True)
        (tmp_path / code.parent.name / code.name).touch()
    drawn = draw(tmp_path, editions)
    assert len(drawn) >= 12
    for path in drawn:
        place = path.relative_to(tmp_path)
        assert path.stat().st_size < 60_000
        fresh, kept = (
            np.asarray(Image.open(folder / place).convert("RGB")).astype(int)
            for folder in (tmp_path, LESSONS)
        )
        assert fresh.shape == kept.shape, f"{place}: python -m authoring.pictures"
        # Another processor may round an edge otherwise, no more.
        different = (np.abs(fresh - kept) > 32).any(axis=2).mean()
        assert different < 0.002, f"{place}: python -m authoring.pictures"
