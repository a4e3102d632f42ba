"""Run nbgrader here: ``LANGUAGE=zh nbgrader generate_assignment pytorch``.

An assignment is an edition's framework, its notebooks are the lessons. The
variable LANGUAGE names the language, English by default.
"""

from traitlets.config import get_config

from autograder.course import chosen_language, configure_project

configure_project(get_config(), chosen_language())
