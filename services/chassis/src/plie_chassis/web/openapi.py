"""The API's description (OpenAPI 3.1) from the routes themselves, and a page to read it, without any outside host."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
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
from plie_contracts.vocabulary import VOCABULARIES

VERSION: Final = "1.0.0"

PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. `code` est stable, `detail` et `message` sont pour les personnes.",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "description": "`urn:plie:problem:` puis le code."},
        "title": {"type": "string", "description": "Ce que le code veut dire, en peu de mots."},
        "status": {"type": "integer", "description": "Le statut HTTP."},
        "code": {
            "type": "string",
            "examples": ["territory.not-covered"],
            "description": "La règle, pour un programme.",
        },
        "detail": {"type": "string", "description": "Ce qui ne va pas et que faire, pour une personne."},
        "errors": {
            "type": "array",
            "description": "Les champs à corriger.",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {
                    "path": {
                        "type": "string",
                        "examples": ["person.birth_date"],
                        "description": "Le champ, depuis la racine du corps.",
                    },
                    "code": {"type": "string", "description": "La règle, pour un programme."},
                    "message": {"type": "string", "description": "La règle, pour une personne."},
                },
            },
        },
        "trace_id": {"type": ["string", "null"], "description": "À transmettre à l’assistance."},
    },
}

IDEMPOTENCY: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "La même clé avec le même corps rend la première réponse, pendant 7 jours.",
}


MEANINGS: Final = "meanings"
"""`opt` of a router: what its fields and parameters mean, in French, by `field` or, where that differs,
by `Model.field`; what a model is, by `Model`."""

LINES: Final = "lines"
"""`opt` of a route whose body and answer are JSON lines: its Lines."""

NDJSON: Final = "application/x-ndjson"

SHARED: Final[Mapping[str, str]] = {
    "items": "Une page de la liste, dans son ordre.",
    "next_cursor": "À donner en `cursor` pour la page suivante ; `null` sur la dernière.",
    "version": "Change à chaque écriture. La version lue, si elle est envoyée, est comparée : `conflict.stale` (409) quand "
    "elle est dépassée.",
}
"""Meanings of the fields that all services have."""


@dataclass(frozen=True)
class Lines:
    """What one line of the body and of the answer is."""

    sent: type[BaseModel]
    answered: type[BaseModel]
    most: int


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
    meanings = dict(SHARED)
    for (path, method), operation in operations.items():
        handler = handlers[path, method]
        meanings |= handler.opt.get(MEANINGS, {})
        _complete(operation, path, method, handler)
    components = written.setdefault("components", {})
    known = {**components.get("schemas", {}), **_exact_schemas(operations, handlers), "Problem": PROBLEM}
    components["schemas"] = _referenced(written["paths"], known)
    _explain(components["schemas"], operations.values(), meanings)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return written


def text(service: Described) -> str:
    """The document as it is committed: the same for the same routes."""
    return json.dumps(document(service), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _complete(operation: dict[str, Any], path: str, method: str, handler: HTTPRouteHandler) -> None:
    """What all our operations share: a name, the token and its scopes, the problems, the idempotency of a POST."""
    operation["operationId"] = f"{path.split('/')[3].replace('-', '_')}_{handler.handler_name}"
    operation["summary"] = re.split(r"\.(?:\s|$)| [;:] ", operation.get("description", ""), maxsplit=1)[0]
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
    if lines := handler.opt.get(LINES):
        most = f"{lines.most:,}".replace(",", "\N{NO-BREAK SPACE}")
        sent = f"Un objet JSON par ligne, {most} lignes au plus ; le schéma est celui d’une ligne."
        answered = "Un objet JSON par ligne envoyée, dans l’ordre ; le schéma est celui d’une ligne."
        operation["requestBody"] = {"required": True, "description": sent, "content": {NDJSON: {}}}
        operation["responses"]["200"] = {"description": answered, "content": {NDJSON: {}}}


def _exact_schemas(
    operations: Mapping[tuple[str, str], dict[str, Any]], handlers: Mapping[tuple[str, str], HTTPRouteHandler]
) -> dict[str, Any]:
    """Pydantic's own schemas in place of Litestar's, which leave out formats, vocabularies and closed objects."""
    places: list[tuple[dict[str, Any], type[BaseModel], JsonSchemaMode]] = []
    for at, operation in operations.items():
        if lines := handlers[at].opt.get(LINES):
            places.append((operation["requestBody"]["content"][NDJSON], lines.sent, "validation"))
            places.append((operation["responses"]["200"]["content"][NDJSON], lines.answered, "serialization"))
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


def _explain(schemas: Mapping[str, Any], operations: Iterable[Mapping[str, Any]], meanings: Mapping[str, str]) -> None:
    """What each field and parameter means and, where it is a code, what each code means."""
    for model, schema in schemas.items():
        if model in meanings:
            schema["description"] = meanings[model]
        for name, field in schema.get("properties", {}).items():
            field.pop("title", None)
            meaning = field.get("description") or meanings.get(f"{model}.{name}") or meanings.get(name)
            if told := " ".join(part for part in (meaning, _codes(field)) if part):
                field["description"] = told
    for operation in operations:
        for parameter in operation.get("parameters", []):
            if "description" not in parameter and parameter["name"] in meanings:
                parameter["description"] = meanings[parameter["name"]]


def _codes(field: dict[str, Any]) -> str:
    """« `met` (rempli), `not-met` (non rempli). »; the field's schemas get the codes as their enum."""
    told: dict[str, str] = {}
    more = False
    for part in _parts(field):
        terms = VOCABULARIES[part["x-vocabulary"]] if "x-vocabulary" in part else {}
        if terms and "enum" not in part:
            part["enum"] = list(terms)
            more = True
        told |= {code: terms[code].label for code in part["enum"]} if terms else {}
    listed = ", ".join(f"`{code}` ({label})" for code, label in told.items())
    return (f"{listed}." if listed else "") + (" D’autres codes peuvent s’ajouter un jour." if more else "")


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema, its alternatives, and what it is a list of."""
    yield schema
    for part in schema.get("anyOf", ()):
        yield from _parts(part)
    if "items" in schema:
        yield from _parts(schema["items"])


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


def main(service: str, path: str) -> None:
    """`python -m plie_chassis.web.openapi plie_orientation.app FILE` writes the document of its SERVICE."""
    Path(path).write_text(text(import_module(service).SERVICE), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
