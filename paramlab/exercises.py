"""The exercises: where each stands, what it is worth, what a student names.

This table holds no answers: probes, judges, notebooks and the engine all
read it.
"""

from __future__ import annotations

from dataclasses import dataclass

LESSONS = ("01-access", "02-initialization", "03-tying", "04-exercises")


@dataclass(frozen=True)
class Exercise:
    """One automatically graded exercise."""

    id: str
    lesson: str
    points: int
    answers: tuple[str, ...]  # the names that the student's cell defines


EXERCISES = {
    exercise.id: exercise
    for exercise in [
        Exercise("count-parameters", "01-access", 4, ("count_parameters",)),
        Exercise("parameter-shapes", "01-access", 4, ("parameter_shapes",)),
        Exercise("nested-bias", "01-access", 4, ("nested_bias",)),
        Exercise("gradient-states", "01-access", 4, ("gradient_states",)),
        Exercise("nested-network", "01-access", 4, ("nested_network",)),
        Exercise("normal-init", "02-initialization", 5, ("init_normal",)),
        Exercise("block-init", "02-initialization", 5, ("init_blocks",)),
        Exercise("custom-init", "02-initialization", 5, ("custom_rule",)),
        Exercise("set-directly", "02-initialization", 5, ("set_directly",)),
        Exercise("keep-signal", "02-initialization", 5, ("keep_signal",)),
        Exercise("tied-network", "03-tying", 6, ("tied_network",)),
        Exercise("tied-or-equal", "03-tying", 4, ("is_tied",)),
        Exercise("count-tied", "03-tying", 4, ("count_tied",)),
        Exercise("use-gradients", "03-tying", 6, ("use_gradients",)),
        Exercise("fancy-access", "04-exercises", 8, ("fancy_access",)),
        Exercise("survey", "04-exercises", 8, ("predict", "measure")),
        Exercise("tied-train", "04-exercises", 8, ("build_net", "train")),
        Exercise("observe", "04-exercises", 7, ("observe",)),
        Exercise("why-share", "04-exercises", 4, ("why_share",)),
    ]
}

# The written answer, graded by a person outside the automatic points.
WRITTEN = {"why-share-written": ("04-exercises", 5)}
