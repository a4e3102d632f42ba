"""A step of stock nbgrader's autograding that its own list of steps lacks."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution


class DropTags(NbGraderPreprocessor):
    """Drop the tags of graded cells and of answers.

    The tags in a submission are the student's. A test cell with the tag of
    skipped cells would not run, and nbgrader gives full marks to a test that
    prints nothing.
    """

    def preprocess_cell(
        self, cell: Any, resources: Any, cell_index: int
    ) -> tuple[Any, Any]:
        """Return the cell without tags if it is graded or holds an answer."""
        if is_grade(cell) or is_solution(cell):
            cell.metadata.pop("tags", None)
        return cell, resources
