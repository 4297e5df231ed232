"""Refusals with a stable code for machines and French sentences for people (RFC 9457).

Pure: the domain raises them, the web turns them into responses; nothing here knows HTTP beyond a status number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from plie_chassis.typesetting import typeset


@dataclass(frozen=True)
class FieldError:
    """`path` names the field (`person.birth_date`), `code` the rule, `message` the rule and the fix in French."""

    path: str
    code: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", typeset(self.message))


class Problem(Exception):
    """A refusal. Subclass it with a `code` of your own; `detail` says what happened and what to do.

    `facts` are extension members of the problem document, such as the id of the resource that is in the way.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, errors: Sequence[FieldError] = (), **facts: object) -> None:
        self.detail = typeset(detail)
        super().__init__(self.detail)
        self.errors = tuple(errors)
        self.facts = facts


class BadRequest(Problem):
    status = 400
    code = "request.malformed"
    title = "Demande illisible"


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"
    title = "Identification nécessaire"


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    title = "Accès refusé"


class NotFound(Problem):
    status = 404
    code = "not-found"
    title = "Introuvable"


class MethodNotAllowed(Problem):
    status = 405
    code = "request.method"
    title = "Méthode non prévue"


class Conflict(Problem):
    status = 409
    code = "conflict"
    title = "Impossible dans l’état actuel"


class StaleVersion(Conflict):
    """The resource changed since it was read; `detail` says what changed, the fact `version` is the present one."""

    code = "conflict.stale"
    title = "La fiche a changé entre-temps"


class TooLarge(Problem):
    status = 413
    code = "request.too-large"
    title = "Demande trop volumineuse"


class UnsupportedMedia(Problem):
    status = 415
    code = "request.media-type"
    title = "Format non pris en charge"


class Invalid(Problem):
    status = 422
    code = "invalid"
    title = "Demande à corriger"


class TooManyRequests(Problem):
    status = 429
    code = "rate.limited"
    title = "Trop de demandes"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        """`retry_after` is in whole seconds."""
        super().__init__(detail)
        self.retry_after = retry_after


class Unexpected(Problem):
    status = 500
    code = "internal"
    title = "Erreur de notre côté"


class Unavailable(Problem):
    status = 503
    code = "unavailable"
    title = "Service momentanément indisponible"
