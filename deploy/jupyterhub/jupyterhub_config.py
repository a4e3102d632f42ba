"""For The Littlest JupyterHub: /opt/tljh/config/jupyterhub_config.d/courses.py.

Change the names, then run `sudo tljh-config reload hub`.
"""

import sys

sys.path.insert(0, "/opt/parameter-lab/jupyterhub")
from course_hub import configure

c = get_config()  # noqa: F821
configure(
    c,
    # The id of each course, as its course.toml says, and who teaches it.
    courses={"params": ["teacher"]},
    environment="/opt/parameter-lab",
    exchange="/srv/nbgrader/exchange",
)
