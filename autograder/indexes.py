"""What keeps a gradebook with many students as fast as an empty one.

nbgrader looks up a submission's notebooks, grades and comments by columns that
its tables have no index on. With tens of thousands of students, each notebook
that is recorded would read the whole tables.
"""

from __future__ import annotations

from nbgrader.api import Base
from sqlalchemy import Index
from sqlalchemy.engine import URL, Connection, make_url

_LOOKED_UP = {
    "submitted_assignment": "student_id",
    "submitted_notebook": "assignment_id",
    "grade": "notebook_id",
    "comment": "notebook_id",
}
# PostgreSQL keeps the plan of a repeated query. One that was made while the
# gradebook was empty reads whole tables once it is full.
_PLAN_ANEW = "-c plan_cache_mode=force_custom_plan"


def create(connection: Connection) -> None:
    """Make the indexes, unless they are there."""
    for name, column in _LOOKED_UP.items():
        table = Base.metadata.tables[name]
        index = Index(f"parameter_lab_{name}_{column}", table.c[column])
        index.create(connection, checkfirst=True)
        # The table is nbgrader's: other gradebooks are made without.
        table.indexes.discard(index)


def planning_anew(url: str) -> URL:
    """Return an address with which PostgreSQL plans each query for what is there."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return parsed
    asked = parsed.query.get("options", ())
    options = [asked] if isinstance(asked, str) else asked
    return parsed.update_query_dict({"options": " ".join([*options, _PLAN_ANEW])})
