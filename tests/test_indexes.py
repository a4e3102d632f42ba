"""A gradebook of many students is looked up, not read from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Base, Gradebook
from postgresql_server import server
from sqlalchemy import text
from sqlalchemy.engine import make_url

from autograder.indexes import planning_anew
from autograder.record import DATABASE, Record

LOOKED_UP = [
    ("submitted_assignment", "student_id"),
    ("submitted_notebook", "assignment_id"),
    ("grade", "notebook_id"),
    ("comment", "notebook_id"),
]


@pytest.mark.parametrize("made_by", ["us", "nbgrader"])
def test_rows_are_found_by_an_index(tmp_path: Path, made_by: str) -> None:
    """Also in a gradebook that nbgrader has made, and when it is opened again."""
    if made_by == "nbgrader":
        Gradebook(f"sqlite:///{tmp_path / DATABASE}").close()
    for _ in range(2):
        with (
            Record(tmp_path, config=False) as record,
            record.gradebook.engine.connect() as connection,
        ):
            for table, column in LOOKED_UP:
                asked = f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {column} = 'x'"
                plan = str(connection.execute(text(asked)).fetchall())
                assert f"USING INDEX parameter_lab_{table}_{column}" in plan


def test_what_nbgrader_makes_itself_stays_as_it_is(tmp_path: Path) -> None:
    Record(tmp_path, config=False).gradebook.close()
    names = {
        index.name for table in Base.metadata.tables.values() for index in table.indexes
    }
    assert not any(str(name).startswith("parameter_lab") for name in names)


@pytest.mark.postgresql
def test_postgresql_plans_for_what_is_there(tmp_path: Path) -> None:
    """A plan from an empty gradebook would read whole tables for good."""
    with (
        server(tmp_path / "server") as url,
        Record(tmp_path / "out", url, config=False) as record,
        record.gradebook.engine.connect() as connection,
    ):
        mode = connection.execute(text("SHOW plan_cache_mode")).scalar()
        assert mode == "force_custom_plan"
        made = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'parameter_lab_%'"
        assert connection.execute(text(made)).scalar() >= len(LOOKED_UP)


def test_settings_in_an_address_are_kept() -> None:
    """Also where the address has options twice."""
    address = "postgresql+psycopg://db.example.org/grades?options=-c%20work_mem%3D8MB"
    for asked in (address, f"{address}&options=-c%20jit%3Doff"):
        options = str(planning_anew(asked).query["options"])
        assert "work_mem=8MB" in options
        assert ("jit=off" in options) == ("jit" in asked)
        assert "plan_cache_mode" in options
    assert planning_anew("sqlite:///grades.db") == make_url("sqlite:///grades.db")
