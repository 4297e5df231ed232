"""The API's description (OpenAPI 3.1) from the routes themselves, and a page to read it, without any outside host."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.utils.predicates import is_class_and_subclass
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

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
    operations = {
        (path, method): operation for path, item in written["paths"].items() for method, operation in item.items()
    }
    handlers = {
        (route.path_format, method.lower()): handler
        for route in described.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
    }
    for (path, method), operation in operations.items():
        _complete(operation, method, handlers[path, method])
    components = written.setdefault("components", {})
    known = {**components.get("schemas", {}), **_exact_schemas(operations, handlers), "Problem": PROBLEM}
    components["schemas"] = _referenced(written["paths"], known)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return written


def _complete(operation: dict[str, Any], method: str, handler: HTTPRouteHandler) -> None:
    """What all our operations share: the token and its scopes, the problems, the idempotency of a POST."""
    guards = [guard for guard in handler.resolve_guards() if isinstance(guard, BearerWith)]
    operation["security"] = [{"token": []}] if guards else []
    operation["x-scopes"] = sorted(scope for guard in guards for scope in guard.scopes)
    operation.setdefault("responses", {}).pop("400", None)
    operation["responses"]["default"] = {
        "description": "Refus ou erreur",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY)


def _exact_schemas(
    operations: Mapping[tuple[str, str], dict[str, Any]], handlers: Mapping[tuple[str, str], HTTPRouteHandler]
) -> dict[str, Any]:
    """Pydantic's own schemas in place of Litestar's, which leave out formats, vocabularies and closed objects."""
    places: list[tuple[dict[str, Any], type[BaseModel], JsonSchemaMode]] = []
    for at, operation in operations.items():
        body, answer = handlers[at].parsed_data_field, handlers[at].parsed_return_field
        if body is not None and is_class_and_subclass(body.annotation, BaseModel):
            sent = operation["requestBody"]["content"].values()
            places += [(content, body.annotation, "validation") for content in sent]
        view = answer.inner_types[0] if answer.is_subclass_of(Response) and answer.inner_types else answer
        for status, response in operation["responses"].items():
            if status.startswith("2") and is_class_and_subclass(view.annotation, BaseModel):
                places += [(content, view.annotation, "serialization") for content in response["content"].values()]
    references, schemas = models_json_schema(
        [(model, mode) for _, model, mode in places], ref_template="#/components/schemas/{model}"
    )
    for content, model, mode in places:
        content["schema"] = references[model, mode]
    found: dict[str, Any] = schemas.get("$defs", {})
    return found


def _referenced(paths: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that the paths need, and those that these need."""
    kept: dict[str, Any] = {}
    waiting = [json.dumps(paths)]
    while waiting:
        names = set(re.findall(r'"#/components/schemas/([^"]+)"', waiting.pop())) - kept.keys()
        kept |= {name: known[name] for name in names}
        waiting += [json.dumps(known[name]) for name in names]
    return dict(sorted(kept.items()))


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
