"""What `python -m authoring` builds, keeps and removes.

Each test makes a small project of its own and runs the command on it. Only two
of them look at the real lessons.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from authoring_project import (
    ACCESS,
    ANSWERS,
    EN,
    GOALS,
    PNG,
    REPOSITORY,
    ZH,
    Project,
    short_hash,
)

from authoring.translation import states
from paramlab.exercises import EXERCISES, LESSONS


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


class TestBuild:
    def test_every_edition_of_every_lesson_is_built(self, project):
        assert project.run("build").code == 0
        assert set(project.built()) == {
            f"{tree}/{language}/{framework}/{lesson}.ipynb"
            for tree in ("notebooks", "solutions")
            for language in ("en", "zh")
            for framework in ("pytorch", "mxnet")
            for lesson in LESSONS
        }

    def test_all_four_frameworks_can_be_built(self, tmp_path):
        frameworks = ("pytorch", "mxnet", "tensorflow", "paddle")
        project = Project(tmp_path, languages=("en",), frameworks=frameworks)
        assert project.command().code == 0
        for framework in frameworks:
            assert (
                f'setup("{framework}", "en")'
                in project.cells(f"notebooks/en/{framework}/03-tying.ipynb")[
                    "setup"
                ].source
            )

    def test_cells_stand_in_the_order_of_the_original(self, project):
        project.run("build")
        assert list(project.cells("notebooks/zh/pytorch/03-tying.ipynb")) == [
            "goals",
            "setup",
            "imports",
            "show",
            "recap",
            "tied-network",
            "test-tied-network",
            "tied-or-equal",
            "test-tied-or-equal",
            "count-tied",
            "test-count-tied",
            "use-gradients",
            "test-use-gradients",
        ]

    def test_a_notebook_names_its_edition_and_holds_no_outputs(self, project):
        project.run("build")
        for path, content in project.built().items():
            _, language, framework, file = path.split("/")
            notebook = json.loads(content)
            assert notebook["metadata"]["paramlab"] == {
                "framework": framework,
                "language": language,
                "lesson": file.removesuffix(".ipynb"),
            }
            assert notebook["metadata"]["kernelspec"]["name"] == "python3"
            assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
            assert content.startswith(b'{\n "cells"')
            assert content.endswith(b"}\n")
            for cell in notebook["cells"]:
                assert not cell.get("outputs")

    def test_a_paragraph_for_one_framework_stands_in_its_notebooks_only(self, project):
        project.run("build")
        assert "aside" in project.cells("notebooks/zh/mxnet/01-access.ipynb")
        assert "aside" not in project.cells("notebooks/zh/pytorch/01-access.ipynb")

    def test_the_setup_cell_names_framework_and_language(self, project):
        project.run("build")
        setup = project.cells("solutions/zh/mxnet/02-initialization.ipynb")["setup"]
        assert setup.source == (
            'from paramlab import check, setup\n\nsetup("mxnet", "zh")'
        )

    def test_the_test_cell_comes_from_the_table_of_exercises(self, project):
        project.run("build")
        cell = project.cells("solutions/en/pytorch/04-exercises.ipynb")["test-survey"]
        assert cell.source.split("\n") == [
            'check("survey", predict, measure)',
            "### BEGIN HIDDEN TESTS",
            "from paramlab.grading import score",
            'score("survey", predict, measure)',
            "### END HIDDEN TESTS",
        ]
        assert cell.metadata.nbgrader.points == EXERCISES["survey"].points
        released = project.cells("notebooks/en/pytorch/04-exercises.ipynb")
        assert released["test-survey"].source == 'check("survey", predict, measure)'

    def test_the_student_sees_the_stub_of_the_language(self, project):
        project.run("build")
        cells = project.cells("notebooks/zh/pytorch/04-exercises.ipynb")
        assert cells["observe"].source == (
            "def observe(net):\n"
            '    """返回一个数。\n'
            "\n"
            "    参数：\n"
            "        net：一个网络。\n"
            '    """\n'
            "    # 在此处编写代码\n"
            "    raise NotImplementedError()"
        )
        assert ANSWERS["zh"] not in cells["why-share-written"].source
        solved = project.cells("solutions/zh/pytorch/04-exercises.ipynb")
        assert solved["why-share-written"].source == ANSWERS["zh"]
        assert solved["why-share-written"].metadata.nbgrader.points == 5

    def test_a_comment_of_several_lines_keeps_indentation_and_marks(self, project):
        project.edit(f"{ACCESS}/en.md", "Take the first one.", "Take it.\n\nNot two.")
        project.edit(f"{ACCESS}/zh.md", short_hash("Take the first one."), "x")
        project.edit(f"{ACCESS}/mxnet.py", "# {{first}}", "if math:\n    # {{first}}")
        project.edit(f"{ACCESS}/mxnet.py", "\n[math.pi", "\n    [math.pi")
        assert project.run("accept", f"{ACCESS}/zh.md", "first").code == 0
        assert project.run("build").code == 0
        assert project.cells("notebooks/en/mxnet/01-access.ipynb")["show"].source == (
            "if math:\n    # Take it.\n    #\n    # Not two.\n    [math.pi, 2][0]"
        )

    def test_a_picture_is_the_editions_own_and_has_its_text(self, project):
        text = "A curve [one] of\ntwo."
        for file, option in ((EN, ""), (ZH, f" from={short_hash(text)}")):
            picture = f"<!-- picture draw{option} -->\n{text}\n\n<!-- text recap"
            project.edit(file, "<!-- text recap", picture)
        pictures = project.root / ACCESS / "pictures"
        pictures.mkdir()
        for framework in ("pytorch", "mxnet"):
            for language in ("en", "zh"):
                name = f"draw.{framework}.{language}.png"
                (pictures / name).write_bytes(PNG + name.encode())
        assert project.run("build").code == 0
        cell = project.cells("notebooks/zh/mxnet/01-access.ipynb")["draw"]
        assert cell.source == r"![A curve \[one\] of two.](attachment:draw.png)"
        shown = base64.b64decode(cell.attachments["draw.png"]["image/png"])
        assert shown == PNG + b"draw.mxnet.zh.png"

    def test_the_builder_imports_no_framework(self, project):
        code = (
            "import sys; from authoring.__main__ import main; main(['build']);"
            "print({'torch', 'mxnet', 'tensorflow', 'paddle'} & set(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines()[-1] == "set()"


class TestSameness:
    """Languages of an edition are one course; runs of the builder are one build."""

    def test_two_languages_have_the_same_cells_and_grade_ids(self, project):
        project.run("build")
        for path in [p for p in project.built() if "/en/" in p]:
            english = project.cells(path)
            chinese = project.cells(path.replace("/en/", "/zh/"))
            assert _skeleton(english) == _skeleton(chinese)

    def test_locked_cells_are_the_same_to_the_byte(self, project):
        project.run("build")
        compared = 0
        for path in [p for p in project.built() if "/en/" in p]:
            english = project.cells(path)
            chinese = project.cells(path.replace("/en/", "/zh/"))
            for name, cell in english.items():
                if cell.metadata.get("nbgrader", {}).get("locked"):
                    assert json.dumps(cell) == json.dumps(chinese[name])
                    compared += 1
        assert compared == 2 * 2 * (len(EXERCISES) + len(LESSONS))

    def test_two_builds_are_the_same_to_the_byte(self, project, tmp_path_factory):
        other = Project(tmp_path_factory.mktemp("other"))
        assert project.command("build", hash_seed="1").code == 0
        assert other.command("build", hash_seed="2").code == 0
        assert project.built() == other.built()

    def test_a_second_build_writes_nothing(self, project):
        project.run("build")
        times = {p: (project.root / p).stat().st_mtime_ns for p in project.built()}
        assert "0 changed" in project.run("build").output
        assert times == {
            p: (project.root / p).stat().st_mtime_ns for p in project.built()
        }

    def test_one_sentence_changes_the_notebooks_it_stands_in(self, project):
        project.run("build")
        before = project.built()
        project.edit("lessons/03-tying/zh.md", "这是 aside 的文字", "换了一句话")
        assert project.run("build").code == 0
        after = project.built()
        assert {path for path in after if after[path] != before[path]} == {
            "notebooks/zh/mxnet/03-tying.ipynb",
            "solutions/zh/mxnet/03-tying.ipynb",
        }


def _skeleton(cells: dict[str, nbformat.NotebookNode]) -> list[object]:
    """Return what must not depend on the language."""
    ignored = {"checksum"}  # covers the text
    return [
        (
            name,
            cell.cell_type,
            cell.metadata.get("tags"),
            {
                key: value
                for key, value in cell.metadata.get("nbgrader", {}).items()
                if key not in ignored
            },
        )
        for name, cell in cells.items()
    ]


class TestStockNbgrader:
    """What is built is what stock nbgrader releases.

    Of the project's own notebooks test_nbgrader_editions.py shows it each time.
    """

    @pytest.mark.soak
    def test_generate_assignment_yields_the_built_notebooks(
        self, project, tmp_path_factory
    ):
        project.run("build")
        course = tmp_path_factory.mktemp("course")
        assert released(project.root, course) == {
            path: content
            for path, content in project.built().items()
            if path.startswith("notebooks/")
        }


def released(project: Path, course: Path) -> dict[str, bytes]:
    """Return what stock nbgrader releases of a project's solutions."""
    for source in (project / "solutions").glob("*/*/*.ipynb"):
        copy = course / source.relative_to(project)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    (course / "nbgrader_config.py").write_text(
        "import os\n"
        "from pathlib import Path\n"
        "from autograder.course import configure_project\n"
        "configure_project(get_config(), os.environ['LANGUAGE'], Path.cwd())\n"
    )
    beside_python = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for folder in sorted((course / "solutions").glob("*/*")):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_assignment", folder.name],
            cwd=course,
            env={
                **os.environ,
                "PATH": beside_python,  # nbgrader calls alembic
                "PYTHONPATH": str(REPOSITORY),
                "LANGUAGE": folder.parent.name,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    return {
        file.relative_to(course).as_posix(): file.read_bytes()
        for file in (course / "notebooks").glob("*/*/*.ipynb")
    }


class TestCheck:
    def test_clean_after_a_build(self, project):
        project.run("build")
        assert project.run("check") == (0, "")

    def test_names_a_notebook_that_was_edited_by_hand(self, project):
        project.run("build")
        path = "notebooks/en/mxnet/02-initialization.ipynb"
        project.edit(path, "You will read", "You may read")
        result = project.run("check")
        assert result.code == 1
        assert path in result.output
        assert result.output.count(".ipynb") == 1

    def test_names_a_notebook_that_is_missing(self, project):
        project.run("build")
        (project.root / "solutions/zh/pytorch/03-tying.ipynb").unlink()
        assert "solutions/zh/pytorch/03-tying.ipynb" in project.run("check").output

    def test_names_a_notebook_that_is_left_over(self, project):
        project.run("build")
        for lesson in LESSONS:
            (project.root / f"lessons/{lesson}/mxnet.py").unlink()
            project.edit(f"lessons/{lesson}/en.md", " only=mxnet", "")
        result = project.run("check")
        assert result.code == 1
        assert "notebooks/zh/mxnet/01-access.ipynb" in result.output

    def test_writes_nothing(self, project):
        assert project.run("check").code == 1
        assert project.built() == {}

    def test_exit_code_reaches_the_shell(self, project):
        assert project.command("check").code == 1
        assert project.command().code == 0
        assert project.command("check").code == 0


class TestRemoval:
    def test_notebooks_of_a_dropped_framework_go_and_a_students_copy_stays(
        self, project
    ):
        project.run("build")
        copy = "notebooks/zh/mxnet/01-access-Copy1.ipynb"
        project.write(copy, project.read("notebooks/zh/mxnet/01-access.ipynb"))
        project.write("notebooks/zh/mxnet/mine.ipynb", "{}")
        for lesson in LESSONS:
            (project.root / f"lessons/{lesson}/mxnet.py").unlink()
        assert project.run("build").code == 0
        assert [p for p in project.built() if "mxnet" in p] == [
            copy,
            "notebooks/zh/mxnet/mine.ipynb",
        ]

    def test_a_build_of_one_lesson_leaves_the_others(self, project):
        project.run("build")
        before = project.built()
        project.write("lessons/03-tying/en.md", "")
        project.edit(f"{ACCESS}/zh.md", "这是 recap", "那是 recap")
        assert project.run("build", "01-access").code == 0
        after = project.built()
        assert set(after) == set(before)
        assert {
            path.split("/")[-1] for path in after if after[path] != before[path]
        } == {"01-access.ipynb"}


class TestTranslation:
    def test_hashes_lists_paragraphs_and_who_is_behind(self, project):
        project.edit(EN, "You will read", "You read")
        project.edit(ZH, "<!-- string first ", "<!-- string furst ")
        lines = project.run("hashes", ACCESS).output.split("\n")
        new = short_hash("# 01-access\n\nYou read parameters.")
        assert lines[0] == f"{new}  text    goals  zh: stale"
        assert "string  first  zh: missing" in lines[1]
        assert lines[2].endswith("aside")

    def test_translations_says_how_far_each_language_is(self, project):
        project.edit(EN, "You will read", "You read")
        project.edit(ZH, "<!-- string first ", "<!-- string furst ")
        result = project.run("translations", ACCESS)
        assert result.code == 0
        head, *lines = result.output.splitlines()
        assert head.split() == ["done", "of", "missing", "stale", "unknown"]
        numbers = {
            line.split()[0]: [int(number) for number in line.split()[1:]]
            for line in lines
            if ": " not in line
        }
        done, total, *rest = numbers[ZH]
        assert (done, rest) == (total - 2, [1, 1, 1])
        # There is no Japanese file yet.
        assert numbers[f"{ACCESS}/ja.md"] == [0, total, total, 0, 0]
        for line in ("missing: first", "stale: goals", "unknown: furst"):
            assert f"{ZH}: {line}" in lines

    def test_translations_compares_the_messages_key_by_key(self, tmp_path):
        for language, text in (
            ("en", 'a = "1"\n[b]\nc = "2"\nd = "3"\n'),
            ("zh", 'a = "一"\n[b]\ne = "五"\n'),
        ):
            (tmp_path / language).mkdir()
            (tmp_path / language / "checks.toml").write_text(text, encoding="utf-8")
        chinese, japanese = states([], tmp_path)
        assert (chinese.done, chinese.total) == (1, 3)
        assert (chinese.missing, chinese.unknown) == (("b.c", "b.d"), ("b.e",))
        assert japanese.missing == ("a", "b.c", "b.d")
        assert list(chinese.open)[-1] == "locales/zh/checks.toml: unknown: b.e"

    def test_accept_records_the_original_of_today(self, project):
        project.edit(EN, "You will read", "You read")
        assert project.run("build").code == 1
        before = project.read(ZH)
        assert project.run("accept", ZH, "goals").code == 0
        new = short_hash("# 01-access\n\nYou read parameters.")
        assert project.read(ZH) == before.replace(GOALS, new)
        assert project.run("build").code == 0

    def test_accept_adds_a_hash_that_was_not_there(self, project):
        before = project.read(ZH)
        project.edit(ZH, f" from={GOALS}", "")
        assert project.run("accept", ZH, "goals").code == 0
        assert project.read(ZH) == before

    def test_accept_refuses_an_unknown_paragraph(self, project):
        before = project.read(ZH)
        result = project.run("accept", ZH, "goals", "golas")
        assert result.code == 1
        assert "golas" in result.output
        assert project.read(ZH) == before

    def test_accept_refuses_a_file_that_is_not_there(self, project):
        result = project.run("accept", f"{ACCESS}/ja.md", "goals")
        assert result.code == 1
        assert f"{ACCESS}/ja.md:1: there is no such file" in result.output

    def test_accept_refuses_the_original(self, project):
        assert project.run("accept", EN, "goals").code == 1


def test_the_committed_notebooks_are_what_the_lessons_say():
    done = subprocess.run(
        [sys.executable, "-m", "authoring", "check"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
