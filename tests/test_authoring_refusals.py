"""What `python -m authoring` refuses to build, and what it says of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from authoring_project import ACCESS, EN, GOALS, MXNET, PNG, TORCH, ZH, Project

from paramlab import messages


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


class Refusal(NamedTuple):
    """An edit of the small project, and what must be said of it."""

    path: str
    old: str
    new: str
    where: str  # the file that is named
    at: str  # a text on the line that is named; "" for the last line
    sentence: str


SHOW = '# %% show tags=["demonstration"]\n# {{first}}\n[math.pi, 2][0]\n'

REFUSALS = {
    "a code cell that one framework lacks": Refusal(
        MXNET,
        SHOW,
        "",
        MXNET,
        "",
        "lacks the code cell show that lessons/01-access/en.md:10",
    ),
    "an exercise that one framework lacks": Refusal(
        MXNET,
        "# %% nested-bias",
        "# %% nested-cias",
        MXNET,
        "",
        "lacks stub and solution of the exercise nested-bias",
    ),
    "an exercise without stub": Refusal(
        TORCH,
        "    ### BEGIN SOLUTION\n    total_count_parameters = 1 + 2\n"
        "    return total_count_parameters\n    ### END SOLUTION",
        "    return 3",
        TORCH,
        "# %% count-parameters",
        "the exercise count-parameters has no stub",
    ),
    "an exercise without solution": Refusal(
        TORCH,
        "    total_count_parameters = 1 + 2\n    return total_count_parameters",
        "    pass",
        TORCH,
        "### BEGIN SOLUTION",
        "count-parameters has no solution",
    ),
    "a solution that never ends": Refusal(
        TORCH,
        "    ### END SOLUTION\n",
        "",
        TORCH,
        "### BEGIN SOLUTION",
        "without an end",
    ),
    "a solution within a solution": Refusal(
        TORCH,
        "    total_count_parameters = 1 + 2",
        "    ### BEGIN SOLUTION\n    a = 1",
        TORCH,
        "    ### BEGIN SOLUTION\n    a = 1",
        "### BEGIN SOLUTION within",
    ),
    "a solution that never begins": Refusal(
        TORCH,
        "    ### BEGIN SOLUTION\n",
        "",
        TORCH,
        "### END SOLUTION",
        "without a beginning",
    ),
    "a solution in a cell that is no exercise": Refusal(
        TORCH,
        "[math.pi, 2][0]",
        "### BEGIN SOLUTION\nx = 1\n### END SOLUTION",
        TORCH,
        "### BEGIN SOLUTION",
        "a solution in show, which is no exercise",
    ),
    "a marker that is not alone on its line": Refusal(
        TORCH,
        "[math.pi, 2][0]",
        "x = 1  ### BEGIN SOLUTION",
        TORCH,
        "x = 1",
        "a comment must be",
    ),
    "a marker in a string of code": Refusal(
        TORCH, "[math.pi, 2][0]", "x = 'BEGIN SOLUTION'", TORCH, "x = '", "a marker"
    ),
    "a marker in a paragraph": Refusal(
        ZH, "这是 recap", "### BEGIN SOLUTION", ZH, "text recap", "a marker"
    ),
    "a stub that raises as soon as it is defined": Refusal(
        TORCH,
        "def count_parameters(net):\n",
        "class count_parameters:\n",
        TORCH,
        "# %% count-parameters",
        "would raise where it is defined",
    ),
    "a stub that does not define what is graded": Refusal(
        TORCH,
        "def count_parameters(",
        "def count(",
        TORCH,
        "# %% count-parameters",
        "the stub of count-parameters does not define count_parameters",
    ),
    "a solution shown in a demonstration": Refusal(
        TORCH,
        "[math.pi, 2][0]",
        "total_nested_bias = 1 + 2\nif total_nested_bias:\n"
        "    def show():\n        total_nested_bias = 1 + 2\n"
        "        return total_nested_bias",
        TORCH,
        "# %% show",
        "shows the solution of nested-bias (lessons/01-access/",
    ),
    "a solution shown in the text": Refusal(
        ZH,
        "这是 recap",
        "```\ntotal_nested_bias = 1 + 2\nreturn total_nested_bias\n```\n",
        ZH,
        "text recap",
        "shows the solution of nested-bias",
    ),
    "a paragraph that one language lacks": Refusal(
        ZH,
        f"<!-- text goals from={GOALS} -->\n这是 goals 的文字。\n\n",
        "",
        ZH,
        "",
        "lacks the text goals that stands at lessons/01-access/en.md:1",
    ),
    "a string that one language lacks": Refusal(
        ZH,
        "<!-- string first ",
        "<!-- string furst ",
        ZH,
        "",
        "lacks the string first that stands at lessons/01-access/en.md:12",
    ),
    "a paragraph whose original has changed": Refusal(
        EN,
        "You will read",
        "You read",
        ZH,
        "text goals",
        "goals was written for another original: lessons/01-access/en.md:1 has changed",
    ),
    "a paragraph that says no original": Refusal(
        ZH,
        f" from={GOALS}",
        "",
        ZH,
        "text goals",
        "goals does not say which original it was written for",
    ),
    "a paragraph that the original does not have": Refusal(
        ZH,
        "<!-- text goals",
        "<!-- text more from=0 -->\n多\n\n<!-- text goals",
        ZH,
        "text more",
        "lessons/01-access/en.md has no text more",
    ),
    "a paragraph of another kind": Refusal(
        ZH,
        "<!-- text recap",
        "<!-- string recap",
        ZH,
        "string recap",
        "recap is a string here, a text at lessons/01-access/en.md:",
    ),
    "cells placed by a language that is not the original": Refusal(
        ZH,
        "<!-- text goals",
        "<!-- setup -->\n\n<!-- text goals",
        ZH,
        "setup",
        "setup belongs in en.md only",
    ),
    "only= in a language that is not the original": Refusal(
        ZH,
        "<!-- text aside",
        "<!-- text aside only=mxnet",
        ZH,
        "text aside",
        "only= belongs in en.md only",
    ),
    "from= in the original": Refusal(
        EN,
        "<!-- text goals",
        "<!-- text goals from=12345678",
        EN,
        "text goals",
        "from= belongs in the other languages",
    ),
    "an empty paragraph": Refusal(
        ZH, "这是 recap 的文字。", "", ZH, "text recap", "text recap is empty"
    ),
    "text before the first paragraph": Refusal(
        EN,
        "<!-- text goals -->",
        "Hello.\n\n<!-- text goals -->",
        EN,
        "Hello",
        "text stands before the first",
    ),
    "text after a cell's place": Refusal(
        EN,
        "<!-- code imports -->",
        "<!-- code imports -->\nThese are imports.",
        EN,
        "code imports",
        "code imports is followed by text of no paragraph",
    ),
    "an unknown delimiter": Refusal(
        EN, "<!-- text recap", "<!-- txt recap", EN, "txt recap", "unknown delimiter"
    ),
    "an id that no cell can have": Refusal(
        EN, "<!-- text recap", "<!-- text re.cap", EN, "text re.cap", "is not an id"
    ),
    "an id of a test cell": Refusal(
        EN,
        "<!-- text recap",
        "<!-- text test-recap",
        EN,
        "test-recap",
        "test cell's id",
    ),
    "an id used twice in prose": Refusal(
        EN,
        "<!-- text recap",
        "<!-- text show",
        EN,
        "text show",
        "the id show is taken by lessons/01-access/en.md:10",
    ),
    "an id used twice in code": Refusal(
        TORCH,
        "# %% nested-bias",
        "# %% show",
        TORCH,
        "# %% show\ndef",
        "the id show is taken by lessons/01-access/pytorch.py:",
    ),
    "only= for a framework that does not exist": Refusal(
        EN, "only=mxnet", "only=mxnet,jax", EN, "only=", "'jax', no framework"
    ),
    "an exercise for some frameworks only": Refusal(
        EN,
        "<!-- exercise nested-bias",
        "<!-- exercise nested-bias only=mxnet",
        EN,
        "exercise nested-bias",
        "exercise takes no only=",
    ),
    "an exercise that the table does not have": Refusal(
        EN,
        "<!-- exercise nested-bias",
        "<!-- exercise nested-cias",
        EN,
        "nested-cias",
        "paramlab/exercises.py has no exercise nested-cias",
    ),
    "an exercise of the table that is not placed": Refusal(
        EN,
        "<!-- exercise nested-bias -->",
        "",
        EN,
        "",
        "lacks the exercise nested-bias of paramlab/exercises.py",
    ),
    "an exercise in the wrong lesson": Refusal(
        EN,
        "<!-- exercise nested-bias",
        "<!-- exercise survey",
        EN,
        "exercise survey",
        "survey belongs to 04-exercises",
    ),
    "a written answer in the wrong lesson": Refusal(
        EN,
        "<!-- text recap",
        "<!-- written why-share-written",
        EN,
        "written",
        "why-share-written belongs to 04-exercises",
    ),
    "an exercise with tags": Refusal(
        TORCH,
        "# %% nested-bias",
        '# %% nested-bias tags=["locked"]',
        TORCH,
        "# %% nested-bias",
        "the exercise nested-bias takes no tags",
    ),
    "a lesson without setup cell": Refusal(
        EN, "<!-- setup -->", "", EN, "", "lacks the line <!-- setup -->"
    ),
    "a setup cell in another place": Refusal(
        EN,
        "<!-- setup -->\n\n<!-- code imports -->",
        "<!-- code imports -->\n\n<!-- setup -->",
        EN,
        "setup",
        "must be the second",
    ),
    "a line of code that is too wide": Refusal(
        TORCH,
        "[math.pi, 2][0]",
        "x = 1" + " + 1" * 19,
        TORCH,
        "x = 1",
        "81 columns wide in a notebook, 78 fit",
    ),
    "a string that makes a line too wide": Refusal(
        ZH,
        "这是 first 的文字。",
        "字" * 39,
        ZH,
        "字字",
        "80 columns wide",
    ),
    "a string that no language has": Refusal(
        MXNET,
        "{{first}}",
        "{{second}}",
        MXNET,
        "{{second}}",
        "no language has the string second",
    ),
    "a code cell that is not placed": Refusal(
        EN, "<!-- code show -->", "", TORCH, "# %% show", "does not place the cell show"
    ),
    "a string that no code uses": Refusal(
        EN,
        "<!-- text recap",
        "<!-- string recap",
        EN,
        "string recap",
        "no code uses the string recap",
    ),
    "a comment that is not the language's": Refusal(
        TORCH,
        "# {{first}}",
        "# Take the first one.",
        TORCH,
        "# Take",
        "a comment must be a {{string}}",
    ),
    "a docstring that is not the language's": Refusal(
        TORCH,
        "{{nested-bias-doc}}",
        "Return the bias.",
        TORCH,
        "Return the bias",
        "a docstring must be a {{string}}",
    ),
    "a sentence in a string of code": Refusal(
        TORCH,
        "[math.pi, 2][0]",
        'print("this is the first one")',
        TORCH,
        "print",
        "a sentence in code must be a {{string}}",
    ),
    "a string of a language in a locked cell": Refusal(
        TORCH,
        "import math",
        "import math  # {{first}}",
        TORCH,
        "import math",
        "first in a locked cell",
    ),
    "a comment of several lines behind code": Refusal(
        TORCH,
        "# {{first}}\n[math.pi, 2][0]",
        "x = 1  # {{count-parameters-doc}}\n# {{first}}",
        TORCH,
        "x = 1",
        "count-parameters-doc has several lines",
    ),
    "code that is no Python": Refusal(
        TORCH, "[math.pi, 2][0]", "x = = 1", TORCH, "x = = 1", "this is no Python"
    ),
    "a string with an escape that Python does not know": Refusal(
        ZH, "返回一个数。", "返回 $\\sigma$。", ZH, "sigma", "this is no Python"
    ),
    "code before the first cell": Refusal(
        TORCH,
        "# %% imports",
        "x = 1\n# %% imports",
        TORCH,
        "x = 1",
        "code stands before the first # %% id",
    ),
    "an empty cell": Refusal(
        TORCH, "# {{first}}\n[math.pi, 2][0]\n", "", TORCH, "# %% show", "show is empty"
    ),
    "an unknown tag": Refusal(
        TORCH, "demonstration", "demo", TORCH, "# %% show", "unknown tag 'demo'"
    ),
    "an unknown option of a cell": Refusal(
        TORCH,
        "# %% show",
        "# %% show hidden=true",
        TORCH,
        "# %% show",
        "a cell takes nothing but an id",
    ),
    "a cell without id": Refusal(
        TORCH, "# %% show", "# %%", TORCH, "# %% tags", "is not a cell id"
    ),
    "a picture that is not there": Refusal(
        EN,
        "<!-- text recap",
        "<!-- picture recap",
        EN,
        "picture recap",
        "lessons/01-access/pictures/recap.mxnet.zh.png is missing",
    ),
}


class TestRefusals:
    @pytest.mark.parametrize("refusal", REFUSALS.values(), ids=list(REFUSALS))
    def test_names_file_and_line_and_writes_nothing(self, project, refusal):
        project.edit(refusal.path, refusal.old, refusal.new)
        result = project.run("build", "01-access")
        assert result.code == 1
        text = project.read(refusal.where).removesuffix("\n")
        place = text.find(refusal.at) if refusal.at else len(text)
        assert place >= 0
        line = text[:place].count("\n") + 1
        told = [p for p in result.output.split("\n") if refusal.sentence in p]
        assert any(p.startswith(f"{refusal.where}:{line}: ") for p in told), (
            f"{refusal.where}:{line}: … {refusal.sentence} …\n{result.output}"
        )
        assert project.built() == {}

    def test_a_short_solution_may_stand_elsewhere(self, project):
        solution = "    total_nested_bias = 1 + 2\n    return total_nested_bias"
        project.edit(TORCH, solution, "    return 3")
        project.edit(ZH, "这是 recap", "```\nreturn 3\n```\n")
        assert project.run("build", "01-access").code == 0

    def test_a_picture_that_nothing_shows(self, project):
        (project.root / ACCESS / "pictures").mkdir()
        (project.root / ACCESS / "pictures/old.mxnet.zh.png").write_bytes(PNG)
        assert f"{ACCESS}/pictures/old.mxnet.zh.png:1: " in project.run("build").output

    def test_a_language_that_one_lesson_lacks(self, project):
        (project.root / "lessons/03-tying/zh.md").unlink()
        assert "lessons/03-tying/zh.md:1: missing" in project.run("build").output

    def test_a_framework_that_one_lesson_lacks(self, project):
        (project.root / "lessons/03-tying/mxnet.py").unlink()
        assert "lessons/03-tying/mxnet.py:1: missing" in project.run("build").output

    def test_a_lesson_without_original(self, project):
        (project.root / "lessons/03-tying/en.md").unlink()
        assert (
            "lessons/03-tying/en.md:1: the lesson's original"
            in project.run("build").output
        )

    def test_a_lesson_that_the_table_does_not_have(self, project):
        project.write("lessons/05-more/en.md", "<!-- text goals -->\nMore.\n")
        assert "lessons/05-more/en.md:1: " in project.run("build").output

    def test_an_unknown_language_and_an_unknown_framework(self, project):
        project.write(f"{ACCESS}/fr.md", "<!-- text goals -->\nBonjour.\n")
        project.write(f"{ACCESS}/jax.py", "# %% imports\nimport math\n")
        output = project.run("build").output
        assert f"{ACCESS}/fr.md:1: fr is no language" in output
        assert f"{ACCESS}/jax.py:1: jax is no framework" in output

    def test_a_language_without_stubs(self, tmp_path, monkeypatch):
        monkeypatch.setattr("paramlab.messages.LOCALES", tmp_path / "locales")
        messages.area.cache_clear()  # of what other tests have read
        result = Project(tmp_path, languages=("en", "ja")).run("build")
        assert result.code == 1
        assert "paramlab/locales/ja/stubs.toml:1: " in result.output

    def test_all_problems_are_told_at_once(self, project):
        project.edit(f"{ACCESS}/en.md", "<!-- setup -->", "")
        project.edit("lessons/03-tying/mxnet.py", "{{first}}", "{{second}}")
        output = project.run("build").output
        assert f"{ACCESS}/en.md:" in output
        assert "lessons/03-tying/mxnet.py:" in output
        assert "nothing written" in output

    def test_what_was_built_before_stays_as_it_was(self, project):
        project.run("build")
        before = project.built()
        project.edit(f"{ACCESS}/zh.md", "这是 recap", "那是 recap")
        project.edit("lessons/04-exercises/mxnet.py", "import math", "import math (")
        assert project.run("build").code == 1
        assert project.built() == before

    def test_check_refuses_too(self, project):
        project.run("build")
        project.edit(EN, "You will read", "You read")
        result = project.run("check")
        assert result.code == 1
        assert "goals was written for another original" in result.output
