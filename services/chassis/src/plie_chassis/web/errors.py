"""Every error leaves as a Problem: problem+json for machines, a designed page for people, and never a traceback."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from plie_chassis import problems
from plie_chassis.database import is_database_away
from plie_chassis.problems import FieldError, Problem
from plie_chassis.trace import current_trace_id
from plie_chassis.web.guards import SignInNeeded
from plie_chassis.web.pages import page
from plie_chassis.web.typography import number
from plie_chassis.web.validation import sentence

log = structlog.get_logger()

PROBLEM_JSON: Final = "application/problem+json"
UNIQUE_VIOLATION: Final = "23505"

AnyRequest = Request[Any, Any, Any]


def answer(request: AnyRequest, error: Exception) -> Response[Any]:
    """The one exception handler of the application."""
    problem = problem_of(request, error)
    if problem.status >= 500:
        log.error("request failed", code=problem.code, path=request.scope.get("path_template"), exc_info=error)
    headers = _headers(problem, error)
    if wants_json(request):
        return Response(
            json.dumps(document(problem), ensure_ascii=False, default=str).encode(),
            status_code=problem.status,
            media_type=PROBLEM_JSON,
            headers=headers,
        )
    if isinstance(problem, SignInNeeded):
        return _sign_in_first(request, problem)
    template = "plie/problem.html" if "hx-request" in request.headers else "plie/error.html"
    response = page(
        template, problem=problem, trace_id=current_trace_id(), here=request.scope["path"], back=_came_from(request)
    )
    response.headers.update(headers)
    return response


def wants_json(request: AnyRequest) -> bool:
    path = request.scope["path"]
    if path.startswith(("/api/", "/health/", "/metrics")) and path != "/api/docs":
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def document(problem: Problem) -> dict[str, Any]:
    """The members of RFC 9457, with our code, the fields' errors and the trace to quote to support."""
    return {
        "type": f"urn:plie:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "errors": [{"path": error.path, "code": error.code, "message": error.message} for error in problem.errors],
        "trace_id": current_trace_id(),
        **problem.facts,
    }


def problem_of(request: AnyRequest, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case NotFoundException():
            return _nowhere(request)
        case MethodNotAllowedException():
            if request.method == "GET" and not wants_json(request):
                return problems.MethodNotAllowed(
                    "Cette adresse reçoit un formulaire et ne s’ouvre pas d’elle-même. Revenez à la page du formulaire."
                )
            allowed = error.headers.get("allow", "") if error.headers else ""
            return problems.MethodNotAllowed(
                f"Cette adresse n’accepte pas {request.method}. Méthodes admises : {allowed or 'aucune'}."
            )
        case ValidationException():
            return _misfit(error)
        case HTTPException() if error.status_code == problems.TooLarge.status:
            return too_large(request)
        case HTTPException() if error.status_code < 500:
            return problems.BadRequest(
                "Cette demande n’est pas lisible. Vérifiez son adresse, ses en-têtes et son corps."
            )
        case StaleDataError():
            return problems.StaleVersion(
                "Quelqu’un d’autre a modifié cette fiche pendant votre saisie. Rien n’est enregistré. "
                "Rechargez-la, puis recommencez."
            )
        case Exception() if is_database_away(error):
            return problems.Unavailable(
                "La base de données ne répond pas. Rien n’est enregistré. Réessayez dans une minute."
            )
        case IntegrityError() if getattr(error.orig, "sqlstate", None) == UNIQUE_VIOLATION:
            return problems.Conflict(
                "La même chose vient d’être enregistrée par une autre demande. Celle-ci n’a rien changé ; relisez avant de recommencer."
            )
        case _:
            return problems.Unexpected(
                "Le serveur a rencontré une erreur. Rien n’est enregistré. Réessayez dans un moment ; "
                "si l’erreur revient, transmettez le code ci-dessous à l’assistance."
            )


def too_large(request: AnyRequest) -> Problem:
    handler = request.scope.get("route_handler")
    limit = handler.resolve_request_max_body_size() if isinstance(handler, HTTPRouteHandler) else None
    most = f" La taille maximale est de {number((limit or 0) / 1_000_000)} Mo." if limit else ""
    return problems.TooLarge(f"Cet envoi est trop volumineux.{most} Rien n’est enregistré ; découpez-le.")


def _nowhere(request: AnyRequest) -> Problem:
    """No route there, or one whose identifier is no UUID: then it is said which."""
    segments = request.scope["path"].strip("/").split("/")
    for route in request.app.routes:
        if isinstance(route, HTTPRoute) and (wrong := _not_uuids(route.path_components, segments)):
            rule = "Un identifiant est un UUID, par exemple 01995b6e-7c00-7a31-9f55-0a1b2c3d4e01."
            return problems.Invalid(
                "L’adresse contient un identifiant mal formé.",
                errors=[FieldError(name, "field.format", rule) for name in wrong],
            )
    return problems.NotFound("Cette page n’existe pas, ou plus. Vérifiez l’adresse, ou repartez de l’accueil.")


def _not_uuids(components: Sequence[Any], segments: Sequence[str]) -> Sequence[str]:
    if len(components) != len(segments):
        return ()
    wrong = []
    for component, segment in zip(components, segments, strict=True):
        if isinstance(component, str):
            if component != segment:
                return ()
        elif component.type is UUID and not _is_uuid(segment):
            wrong.append(component.name)
    return wrong


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


_RULES: Final[Sequence[tuple[re.Pattern[str], str, str]]] = (
    (re.compile(r"Expected `int` >= (\S+)"), "field.range", "La valeur minimale est {0}."),
    (re.compile(r"Expected `int` <= (\S+)"), "field.range", "La valeur maximale est {0}."),
    (re.compile(r"Expected `int`"), "field.type", "Un nombre entier est attendu."),
    (re.compile(r"Expected `float`"), "field.type", "Un nombre est attendu."),
    (re.compile(r"Expected `bool`"), "field.type", "Vrai ou faux est attendu (true, false)."),
    (re.compile(r"Expected `uuid`|Invalid UUID|badly formed hexadecimal"), "field.format", "Un UUID est attendu."),
    (re.compile(r"datetime"), "field.format", "Un instant ISO 8601 avec décalage est attendu."),
    (re.compile(r"date"), "field.format", "Une date AAAA-MM-JJ est attendue."),
    (re.compile(r"[Ii]nvalid enum value"), "field.value", "Cette valeur n’est pas dans la liste admise."),
    (re.compile(r"Expected `str` of length <= (\d+)"), "field.length", "{0} caractères au plus."),
    (re.compile(r"Expected `str` of length >= (\d+)"), "field.length", "{0} caractère au moins."),
    (re.compile(r"Expected `str` matching regex"), "field.format", "Cette valeur n’a pas la forme attendue."),
)
_MISSING: Final = re.compile(r"Missing required (\w+) parameter '([^']+)'")


def _misfit(error: ValidationException) -> Problem:
    """What Litestar found wrong with parameters, in our words."""
    if missing := _MISSING.search(error.detail):
        return problems.Invalid(
            f"Le paramètre « {missing[2]} » manque.",
            errors=[FieldError(missing[2], "field.missing", "Ce paramètre est obligatoire.")],
        )
    found = error.extra if isinstance(error.extra, list) else []
    errors = [_field_error(item) for item in found if isinstance(item, Mapping)]
    if any(item.path == "" for item in errors):
        return problems.Invalid("Le corps de la demande est obligatoire. Rien n’est enregistré.", errors=errors)
    names = ", ".join(f"« {item.path} »" for item in errors)
    return problems.Invalid(
        f"Paramètre à corriger : {names}." if names else "La demande est à corriger.", errors=errors
    )


def _field_error(found: Mapping[str, Any]) -> FieldError:
    path, message = str(found.get("key", "")), str(found.get("message", ""))
    if path == "data":
        return FieldError("", "field.missing", "Un corps JSON est attendu.")
    for pattern, code, rule in _RULES:
        if match := pattern.search(message):
            return FieldError(path, code, rule.format(*match.groups()))
    return FieldError(path, "field.invalid", sentence("cette valeur est refusée"))


def _headers(problem: Problem, error: Exception) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(problem, problems.TooManyRequests):
        headers["Retry-After"] = str(problem.retry_after)
    if problem.status == problems.Unauthenticated.status:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowedException) and error.headers:
        headers["Allow"] = error.headers.get("allow", "")
    return headers


def _came_from(request: AnyRequest) -> str:
    """The page of ours that the request was sent from."""
    came = urlsplit(request.headers.get("referer", ""))
    return urlunsplit(("", "", came.path, came.query, "")) if came.netloc == request.headers.get("host") else "/"


def _sign_in_first(request: AnyRequest, problem: SignInNeeded) -> Response[Any]:
    address = "/connexion" if problem.after == "/" else f"/connexion?suite={quote(problem.after, safe='')}"
    if "hx-request" in request.headers:
        return Response(b"", status_code=401, headers={"HX-Redirect": address})
    return Response(b"", status_code=303, headers={"Location": address})
