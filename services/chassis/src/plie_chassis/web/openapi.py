"""The API's description (OpenAPI 3.1) from the routes themselves, and a page to read it, without any outside host."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute

from plie_chassis.web.edge import edge
from plie_chassis.web.guards import BearerWith, public
from plie_chassis.web.pages import Page, page
from plie_chassis.web.paging import paging
from plie_chassis.web.routing import ModelsFromBytes, plain_annotations

VERSION: Final = "1.0.0"

PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. `code` est stable, `detail` et `message` sont pour les personnes.",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["territory.not-covered"]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {
                    "path": {"type": "string", "examples": ["person.birth_date"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "trace_id": {"type": ["string", "null"]},
    },
}

IDEMPOTENCY: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "La même clé avec le même corps rend la première réponse, pendant 7 jours.",
}


class Described(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def routes(self) -> Sequence[Any]: ...


def document(service: Described) -> dict[str, Any]:
    """The OpenAPI document of a service; it needs neither its database nor its settings."""
    with plain_annotations():
        described = Litestar(
            route_handlers=[Router("/", route_handlers=list(service.routes))],
            dependencies={"edge": Provide(edge), "paging": Provide(paging)},
            plugins=[ModelsFromBytes()],
            openapi_config=OpenAPIConfig(title=f"PLIE, {service.title}", version=VERSION, use_handler_docstrings=True),
            logging_config=None,
        )
    written: dict[str, Any] = json.loads(json.dumps(described.openapi_schema.to_schema(), default=str))
    written["paths"] = {path: item for path, item in written["paths"].items() if path.startswith("/api/")}
    components = written.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    scopes = _scopes(described)
    for path, item in written["paths"].items():
        for method, operation in item.items():
            operation["security"] = [{"token": []}]
            operation["x-scopes"] = sorted(scopes.get((path, method.upper()), ()))
            answers = operation.setdefault("responses", {})
            answers.pop("400", None)
            answers["default"] = {
                "description": "Refus ou erreur",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            if method == "post":
                operation.setdefault("parameters", []).append(IDEMPOTENCY)
    return written


def _scopes(described: Litestar) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for route in described.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                for guard in handler.resolve_guards():
                    if isinstance(guard, BearerWith):
                        found[route.path_format, method] = guard.scopes
    return found


def routes(service: Described) -> Sequence[HTTPRouteHandler]:
    @cache
    def described() -> dict[str, Any]:
        return document(service)

    @get("/api/openapi.json", guards=[public], include_in_schema=False)
    async def openapi_document() -> Response[bytes]:
        return Response(json.dumps(described(), ensure_ascii=False).encode(), media_type="application/json")

    @get("/api/docs", guards=[public], include_in_schema=False)
    async def openapi_page() -> Page:
        return page("plie/api.html", api=described())

    return openapi_document, openapi_page
