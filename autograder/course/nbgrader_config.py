"""Run nbgrader here: ``LANGUAGE=zh nbgrader generate_assignment pytorch``.

An assignment is an edition's framework, its notebooks are the lessons. The
variable LANGUAGE names the language, English by default.
"""

from autograder.course import chosen_language, configure_project

# nbgrader runs this file with a function get_config.
c = get_config()  # type: ignore[name-defined]  # noqa: F821
configure_project(c, chosen_language())
