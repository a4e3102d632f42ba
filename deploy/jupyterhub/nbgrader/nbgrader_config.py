"""nbgrader in every server of the hub, which says whose server it is.

An instructor's course folder lies at home and has the name of the course's id.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821
c.Exchange.root = os.environ["NBGRADER_EXCHANGE"]
course = os.environ.get("NBGRADER_COURSE", "")
if course:
    c.CourseDirectory.course_id = course
    if (Path.home() / course / "course.toml").is_file():
        c.CourseDirectory.root = str(Path.home() / course)
if os.environ.get("NBGRADER_STUDENT"):
    c.CourseDirectory.student_id = os.environ["NBGRADER_STUDENT"]
