"""The page that shows the whole demo at a glance: every instance with its health, address, logins and token."""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from mimetypes import guess_type
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from plie_deploy import status
from plie_deploy.plan import HOST, Plan
from plie_deploy.state import State

_LOOK = files("plie_chassis") / "web" / "static"
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'"

SERVICES = {
    "orientation": "Orientation",
    "admission": "Commission",
    "parcours": "Parcours",
    "reporting": "Tableau de bord",
}
ROLES = {
    "prescriber": "Prescription",
    "secretary": "Secrétariat de la CLAS",
    "member": "Membre de la CLAS",
    "referent": "Référent de parcours",
    "coordinator": "Coordination",
    "analyst": "Analyse",
    "admin": "Administration",
}


STATES = {"ok": "En service", "starting": "Démarre", "failing": "Ne fonctionne pas comme il faut"}


def page(plan: Plan, state: State) -> str:
    templates = Environment(
        loader=PackageLoader("plie_deploy"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    healths = status.health_of_all(plan.runs, state)
    organisations: dict[str, list[Any]] = {}
    for run in plan.runs:
        organisations.setdefault(plan.declaration.title_of(run.organisation), []).append(run)
    return templates.get_template("index.html").render(
        organisations=organisations,
        producers=plan.declaration.producers.values(),
        healths=healths,
        services=SERVICES,
        roles=ROLES,
        states=STATES,
        kafka=plan.kafka.bootstrap_servers,
        ready=state.phase == "ready",
        data_dir=plan.data_dir,
    )


def serve(plan: Plan, state: State) -> None:
    """Answers on the index port from a thread that ends with the process."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/":
                self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page(plan, state).encode())
            elif (content := _look(path)) is not None:
                self._answer(HTTPStatus.OK, guess_type(path)[0] or "application/octet-stream", content)
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"Page introuvable.\n")

        def _answer(self, code: HTTPStatus, media_type: str, content: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", _POLICY)
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing: the pages of a demo are not worth a log."""

    server = ThreadingHTTPServer((HOST, plan.index_port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _look(path: str) -> bytes | None:
    """A file of the common look, None when `path` names none."""
    parts = path.removeprefix("/look/").split("/")
    if not path.startswith("/look/") or any(part in ("", ".", "..") or "\\" in part for part in parts):
        return None
    file = _LOOK.joinpath(*parts)
    return file.read_bytes() if file.is_file() else None
