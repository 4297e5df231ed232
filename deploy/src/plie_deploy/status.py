"""The public description of a demo (`plie-demo status --json`): addresses, secrets and the health of each instance."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from typing import Any, Literal

from plie_deploy.kafka import ADMIN, SASL_MECHANISM, SECURITY_PROTOCOL
from plie_deploy.plan import HOST, Plan, Run
from plie_deploy.state import State

Health = Literal["ok", "starting", "failing"]
START_SECONDS = 60.0


def describe(plan: Plan, state: State) -> dict[str, Any]:
    healths = health_of_all(plan.runs, state)
    return {
        "kafka": {
            "bootstrap_servers": plan.kafka.bootstrap_servers,
            "security_protocol": SECURITY_PROTOCOL,
            "sasl_mechanism": SASL_MECHANISM,
            "admin": {"username": ADMIN, "password": plan.kafka.admin_password},
        },
        "principals": [_principal(name, password) for name, password in plan.cast.kafka.items()],
        "instances": [
            {
                "service": run.service,
                "organisation": run.organisation,
                "url": run.url,
                "database_url": run.database_url,
                "pid": state.processes[run.name].pid if run.name in state.processes else None,
                "health": healths[run.name],
            }
            for run in plan.runs
        ],
        "accounts": [
            {
                "organisation": run.organisation,
                "service": run.service,
                "login": account.login,
                "password": account.password,
                "roles": [account.role],
            }
            for run in plan.runs
            for account in run.accounts
        ],
        "tokens": [
            {"organisation": run.organisation, "service": run.service, "token": run.token, "scopes": run.scopes}
            for run in plan.runs
        ],
    }


def is_healthy(description: dict[str, Any], state: State) -> bool:
    """All is started, the data is made, and each instance says that it is well."""
    return state.phase == "ready" and all(instance["health"] == "ok" for instance in description["instances"])


def nothing() -> dict[str, Any]:
    """The description where no demo runs."""
    return {"kafka": None, "principals": [], "instances": [], "accounts": [], "tokens": []}


def health_of_all(runs: list[Run], state: State) -> dict[str, Health]:
    with ThreadPoolExecutor(len(runs)) as pool:
        return dict(zip((run.name for run in runs), pool.map(lambda run: health(run, state), runs), strict=True))


def health(run: Run, state: State) -> Health:
    process = state.processes.get(run.name)
    if process is None or not process.is_alive():
        return "starting" if state.phase == "starting" else "failing"
    return _own_word(run) or ("starting" if process.age() < START_SECONDS else "failing")


def _own_word(run: Run) -> Health | None:
    """What the instance says of itself, None when it says nothing."""
    connection = HTTPConnection(HOST, run.port, timeout=10)
    try:
        connection.request("GET", "/health/ready")
        word: Health = json.load(connection.getresponse())["status"]
    except (OSError, HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()
    return word


def _principal(name: str, password: str) -> dict[str, str | None]:
    organisation, _, service = name.partition(".")
    return {"organisation": organisation, "service": service or None, "username": name, "password": password}
