"""check and score in a real kernel: what a student sees and nbgrader reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from paramlab import grading
from paramlab.exercises import EXERCISES
from paramlab.frameworks import available
from paramlab.judges.finding import Finding, Verdict
from paramlab.judges.verdict import draw
from paramlab.plain import encode
from paramlab.report import Report

pytestmark = pytest.mark.slow

COUNT = {
    "pytorch": """
def count_parameters(net):
    return sum(p.numel() for p in net.parameters() if p.requires_grad)
""",
    "mxnet": """
def count_parameters(net):
    params = net.collect_params().values()
    return sum(p.data().size for p in params if p.grad_req != "null")
""",
    "tensorflow": """
def count_parameters(net):
    return sum(v.shape.num_elements() for v in net.trainable_weights)
""",
    "paddle": """
def count_parameters(net):
    return sum(p.size for p in net.parameters() if not p.stop_gradient)
""",
}
# Counts frozen parameters too: loses one point of four.
WRONG = {
    "pytorch": """
def wrong(net):
    return sum(p.numel() for p in net.parameters())
""",
    "mxnet": """
def wrong(net):
    params = net.collect_params().values()
    return sum(p.data().size for p in params if "running" not in p.name)
""",
    "tensorflow": """
def wrong(net):
    return sum(v.shape.num_elements() for v in net.weights if "moving" not in v.name)
""",
    "paddle": """
def wrong(net):
    named = net.named_parameters()
    return sum(p.size for name, p in named if not name.endswith(("_mean", "_variance")))
""",
}
# The state of the framework's stream. MXNet can neither show it nor put it back,
# and TensorFlow does not show it.
STREAMS = {
    "pytorch": "torch.get_rng_state().tolist()",
    "mxnet": "None",
    "tensorflow": "None",
    # What stands before it is an address.
    "paddle": "[str(state).split()[4:] for state in paddle.get_rng_state()]",
}
DRAW = {
    "pytorch": "torch.rand(3)",
    "mxnet": "mx.np.random.uniform(size=3)",
    "tensorflow": "tf.random.uniform([3]).numpy()",
    "paddle": "paddle.rand([3])",
}
SEED = {
    "pytorch": "torch.manual_seed(5)",
    "mxnet": "mx.random.seed(5)",
    "tensorflow": "tf.random.set_seed(5)",
    "paddle": "paddle.seed(5)",
}
IMPORT = {
    "pytorch": "import torch",
    "mxnet": "import mxnet as mx",
    "tensorflow": "import tensorflow as tf",
    "paddle": "import paddle",
}


@dataclass
class Kernel:
    """A running kernel and the framework of its edition."""

    framework: str
    client: NotebookClient

    def run(self, source: str, **metadata: Any) -> Any:
        """Run one cell and return it, with its outputs."""
        cell = nbformat.v4.new_code_cell(source, metadata=metadata)
        self.client.nb.cells.append(cell)
        return self.client.execute_cell(cell, len(self.client.nb.cells) - 1)

    def value(self, expression: str) -> str:
        """Run an expression and return what it shows as text."""
        (output,) = self.run(expression).outputs
        return str(output.data["text/plain"])


@pytest.fixture(scope="module", params=[f for f in COUNT if f in available()])
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    client = NotebookClient(
        nbformat.v4.new_notebook(), kernel_name="python3", allow_errors=True
    )
    # ipykernel catches no descriptors where this is set.
    env = {name: v for name, v in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    with client.setup_kernel(env=env):
        kernel = Kernel(request.param, client)
        opened = kernel.run("from paramlab import check, setup")
        assert not opened.outputs
        yield kernel


@pytest.fixture(autouse=True)
def english(kernel: Kernel, request: pytest.FixtureRequest) -> None:
    """Set the edition, and define a right and a wrong answer."""
    if "before_setup" in request.node.name:
        return
    ready = kernel.run(f'setup("{kernel.framework}", "en")')
    assert not ready.outputs
    kernel.run(COUNT[kernel.framework] + WRONG[kernel.framework])


def graded(kernel: Kernel, call: str, points: int = 4) -> Any:
    """Run a call as a test cell that nbgrader grades."""
    nbgrader = {
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "cell_type": "code",
        "grade_id": "test",
        "points": points,
        "schema_version": 3,
    }
    return kernel.run(call, nbgrader=nbgrader)


def test_before_setup_the_error_says_what_to_run(kernel: Kernel) -> None:
    (error,) = kernel.run('check("count-parameters", len)').outputs
    assert error.ename == "NoEdition"
    assert "setup cell" in error.evalue


def test_check_shows_feedback_and_is_a_number(kernel: Kernel) -> None:
    (right,) = kernel.run('check("count-parameters", count_parameters)').outputs
    assert right.data["text/plain"] == "4.0"
    assert "4 of 4 points" in right.data["text/html"]
    (wrong,) = kernel.run('check("count-parameters", wrong)').outputs
    assert wrong.data["text/plain"] == "3.0"
    assert "3 of 4 points" in wrong.data["text/html"]
    assert "frozen" in wrong.data["text/html"]
    assert "Hint:" in wrong.data["text/html"]


def test_check_speaks_the_language_of_the_edition(kernel: Kernel) -> None:
    kernel.run(f'setup("{kernel.framework}", "zh")')
    (wrong,) = kernel.run('check("count-parameters", wrong)').outputs
    assert wrong.data["text/plain"] == "3.0"
    assert "冻结" in wrong.data["text/html"]
    assert "提示" in wrong.data["text/html"]


def test_score_gives_findings_as_data_and_then_a_number(kernel: Kernel) -> None:
    kernel.run("from paramlab.grading import score")
    shown, result = kernel.run('score("count-parameters", wrong)').outputs
    assert result.output_type == "execute_result"
    assert result.data == {"text/plain": "3.0"}
    assert shown.output_type == "display_data"
    found = shown.data[grading.FINDINGS]
    assert found["exercise"] == "count-parameters"
    assert (found["points"], found["max_points"]) == (3.0, 4.0)
    (message,) = found["messages"]
    assert "frozen" in message
    assert shown.data["text/plain"] == "3 of 4 points so far."


@pytest.mark.parametrize(
    ("answer", "points"), [("count_parameters", 4), ("wrong", 3), ("len", 0)]
)
def test_nbgrader_reads_the_points(kernel: Kernel, answer: str, points: int) -> None:
    released = graded(kernel, f'check("count-parameters", {answer})')
    assert determine_grade(released) == (points, 4)
    hidden = f"from paramlab.grading import score\nscore('count-parameters', {answer})"
    whole = graded(kernel, f'check("count-parameters", {answer})\n{hidden}')
    assert determine_grade(whole) == (points, 4)


def test_noise_of_an_answer_costs_no_point(kernel: Kernel) -> None:
    kernel.run("""
import logging, os, subprocess, sys, warnings

def noisy(net):
    warnings.warn("a warning")
    logging.warning("a log line")
    print("a line on stderr", file=sys.stderr)
    os.write(2, b"a line from C\\n")
    print("a line on stdout")
    return count_parameters(net)
""")
    call = 'check("count-parameters", noisy)\n'
    call += "from paramlab.grading import score\nscore('count-parameters', noisy)"
    cell = graded(kernel, call)
    said = "".join(o.text for o in cell.outputs if o.output_type == "stream")
    assert all(o.name == "stdout" for o in cell.outputs if o.output_type == "stream")
    for noise in ("a warning", "a log line", "on stderr", "from C", "on stdout"):
        assert noise in said
    assert determine_grade(cell) == (4, 4)
    # Afterwards stderr is itself again.
    (after,) = kernel.run("print('back', file=sys.stderr)").outputs
    assert (after.name, after.text) == ("stderr", "back\n")


def test_an_untouched_stub_earns_nothing_and_is_told_so(kernel: Kernel) -> None:
    kernel.run("def stub(net):\n    raise NotImplementedError()")
    (report,) = kernel.run('check("count-parameters", stub)').outputs
    assert report.data["text/plain"] == "0.0"
    assert "stub" in report.data["text/html"]


@pytest.mark.parametrize(
    "statement", ["1 / 0", "import sys; sys.exit()", "raise SystemExit", "f(net)"]
)
def test_an_error_of_an_answer_is_a_finding(kernel: Kernel, statement: str) -> None:
    kernel.run(f"def f(net):\n    {statement}")
    (report,) = kernel.run('check("count-parameters", f)').outputs
    assert report.data["text/plain"] == "0.0"
    assert "Your code stopped with" in report.data["text/html"]
    assert kernel.value("1 + 1") == "2"


def test_a_message_of_a_student_is_shown_as_text(kernel: Kernel) -> None:
    kernel.run('def f(net):\n    raise ValueError("<script>alert(1)</script> {x}")')
    (report,) = kernel.run('check("count-parameters", f)').outputs
    assert "<script>" not in report.data["text/html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {x}" in report.data["text/html"]


def test_an_unknown_exercise_is_an_error(kernel: Kernel) -> None:
    for call in ('check("count", len)', 'score("count", len)'):
        (error,) = kernel.run(f"from paramlab.grading import score\n{call}").outputs
        assert error.ename == "ValueError"
        assert error.evalue == "there is no exercise 'count'"


def test_a_check_touches_no_random_stream(kernel: Kernel) -> None:
    framework = kernel.framework
    kernel.run(f"{IMPORT[framework]}\nimport random\nimport numpy")
    kernel.run("from paramlab.grading import score")
    seed = f"{SEED[framework]}; random.seed(5); numpy.random.seed(5)"
    draws = f"({DRAW[framework]}.tolist(), random.random(), numpy.random.rand())"
    kernel.run(seed)
    undisturbed = kernel.value(draws)
    kernel.run(seed)
    kernel.run('check("count-parameters", count_parameters)')
    kernel.run('score("count-parameters", count_parameters)')
    assert kernel.value(draws) == undisturbed


def test_draws_of_an_answer_are_put_back(kernel: Kernel) -> None:
    framework = kernel.framework
    kernel.run(f"""
{IMPORT[framework]}
import random
import numpy

def drawing(net):
    {DRAW[framework]}
    random.random(), numpy.random.rand()
    return count_parameters(net)

def streams():
    return [{STREAMS[framework]}, random.getstate(), numpy.random.get_state()[2]]
""")
    kernel.run("before = streams()")
    kernel.run('check("count-parameters", drawing)')
    assert kernel.value("streams() == before") == "True"
    kernel.run("numpy.random.rand()")
    assert kernel.value("streams() == before") == "False"


def test_a_grader_from_outside_leaves_nothing_to_do(kernel: Kernel) -> None:
    kernel.run("from paramlab import grading\ngrading.leave_to_grader()")
    try:
        assert not kernel.run('check("count-parameters", wrong)').outputs
        assert kernel.value('grading.score("count-parameters", wrong)') == "0.0"
    finally:
        kernel.run("grading._judged_outside = False")


# --- without a kernel -----------------------------------------------------------


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_seed_of_an_instructor_changes_the_inputs(exercise: str) -> None:
    assert encode(draw(exercise, "pytorch", 1)) == encode(draw(exercise, "pytorch", 1))
    assert encode(draw(exercise, "pytorch", 1)) != encode(draw(exercise, "pytorch", 2))


def test_score_draws_from_the_seed_of_the_instructor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    framework = next(name for name in COUNT if name in available())
    grading.setup(framework, "en")
    seen = []

    def answer(net: Any) -> int:
        seen.append(net)
        return 0

    def sizes() -> list[str]:
        seen.clear()
        grading.score("count-parameters", answer)
        return [str(net) for net in seen]

    monkeypatch.setenv(grading.SEED_VARIABLE, "1")
    one = sizes()
    assert one == sizes()
    monkeypatch.setenv(grading.SEED_VARIABLE, "2")
    assert one != sizes()


def test_a_report_needs_no_html_to_be_read() -> None:
    finding = Finding("count-parameters.frozen", 0.25, {"expected": 7, "got": 9})
    report = Report(Verdict("count-parameters", 3.0, 4.0, (finding,)), "en")
    assert repr(report) == "3.0"
    assert report.title == "3 of 4 points so far."
    ((said, hint),) = report.messages
    assert "7" in said
    assert "9" in said
    assert hint
