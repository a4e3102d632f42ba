"""Parameter Lab: what a notebook imports."""

from paramlab.grading import check, setup

__all__ = ["check", "setup"]
