"""What an instructor runs: the grading engine and the nbgrader course."""
