"""The hub of the tests: the recipe of deploy/jupyterhub, on loopback only.

``HUB_PLAN`` says where everything lies. Accounts are the machine's own where
the hub may switch between them, else one for all.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "deploy" / "jupyterhub"))
from course_hub import configure

plan = json.loads(os.environ.pop("HUB_PLAN"))
c = get_config()  # type: ignore[name-defined]  # noqa: F821
configure(
    c,
    courses={plan["course"]: [plan["instructor"]]},
    environment=sys.prefix,
    exchange=plan["exchange"],
    own_accounts=plan["own_accounts"],
)

c.JupyterHub.bind_url = plan["url"]
c.JupyterHub.hub_bind_url = plan["hub_url"]
c.JupyterHub.db_url = f"sqlite:///{plan['state']}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{plan['state']}/cookie_secret"
c.ConfigurableHTTPProxy.api_url = plan["proxy_url"]
c.ConfigurableHTTPProxy.pid_file = f"{plan['state']}/proxy.pid"
c.ConfigurableHTTPProxy.command = [
    str(Path(sys.prefix, "bin", "configurable-http-proxy")),
    "--proxy-timeout=120000",
]

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = plan["password"]
c.Authenticator.allowed_users = set(plan["users"])
c.JupyterHub.spawner_class = "localprocess" if plan["own_accounts"] else "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{plan['homes']}/{{username}}"
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
