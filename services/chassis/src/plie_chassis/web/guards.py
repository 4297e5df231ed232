"""Who may call a route. Every route carries one of these guards, else the application does not start.

Pages: a session cookie, a role, and on unsafe methods the session's own form token and an Origin of ours.
API: a bearer token with the scope; its query parameters are those the route declares.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler

from plie_chassis.accounts import sessions
from plie_chassis.accounts.sessions import SignedIn
from plie_chassis.accounts.tokens import Tokens
from plie_chassis.problems import BadRequest, FieldError, Forbidden, Invalid, Unauthenticated
from plie_chassis.unit_of_work import Actor, Units
from plie_chassis.web.navigation import Counts
from plie_chassis.web.validation import CONTROL

Connection = ASGIConnection[Any, Any, Any, Any]

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_FIELD: Final = "_csrf"
CSRF_HEADER: Final = "x-csrf-token"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class SignInNeeded(Unauthenticated):
    """Nobody is signed in; `after` is where to go once they are."""

    code = "session.needed"
    title = "Connexion nécessaire"

    def __init__(self, after: str) -> None:
        super().__init__("Connectez-vous pour continuer ; une session se ferme après 30 minutes sans activité.")
        self.after = after


class ForeignForm(Forbidden):
    code = "csrf.refused"
    title = "Formulaire refusé"


class MissingRole(Forbidden):
    code = "account.role"
    title = "Page réservée"


class MissingScope(Forbidden):
    code = "token.scope"
    title = "Droit manquant"


class OtherOrganisation(Forbidden):
    code = "organisation.foreign"
    title = "Réservé à l’organisation"


@dataclass(slots=True)
class Gate:
    """What the guards of one application share; `queries` are the parameters each API route declares.

    `open_to_others` lets people and systems of another organisation in: the service itself says what they see.
    """

    units: Units
    tokens: Tokens
    secret: bytes
    counts: Counts | None
    open_to_others: bool
    queries: Mapping[BaseRouteHandler, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Visit:
    """What a guard has found out about a request."""

    actor: Actor
    signed_in: SignedIn | None = None
    csrf: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


def gate_of(connection: Connection) -> Gate:
    gate: Gate = connection.app.state.gate
    return gate


def visit_of(connection: Connection) -> Visit | None:
    visit: Visit | None = connection.scope.get("user")
    return visit


class Public:
    """Open to everyone: sign-in, health, files of the look. An unsafe method still needs an Origin of ours."""

    async def __call__(self, connection: Connection, _handler: BaseRouteHandler) -> None:
        refuse_control_characters(connection)
        if not is_safe(connection):
            refuse_foreign_origin(connection)


@dataclass(frozen=True, slots=True)
class SignedInWith:
    roles: frozenset[str]

    async def __call__(self, connection: Connection, _handler: BaseRouteHandler) -> None:
        refuse_control_characters(connection)
        gate = gate_of(connection)
        unsafe = not is_safe(connection)
        if unsafe:
            refuse_foreign_origin(connection)
        found = await self._read(connection, gate)
        if found is None:
            raise SignInNeeded("/" if unsafe else _here(connection))
        refuse_other_organisations(gate, found.actor)
        visit = Visit(found.actor, found, sessions.csrf_token(found.token_hash, gate.secret))
        connection.scope["user"] = visit
        if gate.counts and "hx-request" not in connection.headers:
            async with gate.units.begin(actor=found.actor) as work:
                visit.counts = await gate.counts(work)
        if unsafe:
            await refuse_foreign_form(connection, visit.csrf)
        if self.roles and not self.roles & found.actor.roles:
            raise MissingRole("Cette page est réservée à un autre rôle que le vôtre.")

    async def _read(self, connection: Connection, gate: Gate) -> SignedIn | None:
        token = connection.cookies.get(cookie_name(connection))
        if not token:
            return None
        async with gate.units.engine.connect() as database:
            return await sessions.read(database, token, gate.units.clock())


@dataclass(frozen=True, slots=True)
class BearerWith:
    scopes: frozenset[str]

    async def __call__(self, connection: Connection, _handler: BaseRouteHandler) -> None:
        gate = gate_of(connection)
        actor = await gate.tokens.actor(connection.headers.get("authorization"))
        if missing := self.scopes - actor.scopes:
            raise MissingScope(f"Ce jeton n’a pas le droit « {', '.join(sorted(missing))} ».")
        refuse_other_organisations(gate, actor)
        connection.scope["user"] = Visit(actor)
        refuse_control_characters(connection)
        if connection.scope["query_string"]:
            refuse_unknown_parameters(connection, gate.queries[connection.route_handler])


public = Public()


def signed_in(*roles: str) -> SignedInWith:
    """A page for signed-in people, with any of `roles` when some are named."""
    return SignedInWith(frozenset(roles))


def scope(*scopes: str) -> BearerWith:
    """An API route for tokens that hold all of `scopes`."""
    return BearerWith(frozenset(scopes))


def refuse_other_organisations(gate: Gate, actor: Actor) -> None:
    instance = gate.units.instance
    if not gate.open_to_others and actor.organisation != instance.organisation:
        raise OtherOrganisation(f"Ce service n’est ouvert qu’à {instance.title} et à ses propres systèmes.")


def is_safe(connection: Connection) -> bool:
    return connection.scope["type"] == ScopeType.HTTP and connection.scope["method"] in SAFE


def refuse_control_characters(connection: Connection) -> None:
    """In an address they are never meant, and PostgreSQL takes no NUL."""
    query = unquote_to_bytes(connection.scope["query_string"])
    if CONTROL.search(connection.scope["path"]) or CONTROL.search(query.decode("utf-8", "replace")):
        raise BadRequest("L’adresse contient un caractère de contrôle. Vérifiez-la, puis recommencez.")


def refuse_unknown_parameters(connection: Connection, known: frozenset[str]) -> None:
    unknown = sorted(set(connection.query_params.keys()) - known)
    if unknown:
        expected = f"Paramètres admis : {', '.join(sorted(known))}." if known else "Cette adresse n’en prend aucun."
        raise Invalid(
            f"Paramètre inconnu : {', '.join(f'« {name} »' for name in unknown)}. {expected}",
            errors=[FieldError(name, "query.unknown", f"Paramètre inconnu. {expected}") for name in unknown],
        )


def refuse_foreign_origin(connection: Connection) -> None:
    """Browsers send Origin with every unsafe request; one that is not ours is another site's form."""
    origin = connection.headers.get("origin")
    ours = origin is None or urlsplit(origin).netloc == connection.headers.get("host")
    if not ours or connection.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise ForeignForm("Cet envoi vient d’un autre site. Rien n’est enregistré. Revenez à la page et recommencez.")


async def refuse_foreign_form(connection: Connection, expected: str) -> None:
    sent = connection.headers.get(CSRF_HEADER)
    if sent is None and isinstance(connection, Request):
        sent = (await connection.form()).get(CSRF_FIELD)
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise ForeignForm(
            "Le jeton de ce formulaire manque ou n’est plus le bon. Rien n’est enregistré. "
            "Rechargez la page, puis recommencez."
        )


def cookie_name(connection: Connection) -> str:
    """`__Host-plie`; on plain loopback `plie-<port>`, as cookies do not tell ports apart and a demo has nine instances."""
    url = urlsplit(str(connection.base_url))
    if url.scheme == "https" or url.hostname not in LOOPBACK:
        return "__Host-plie"
    return f"plie-{url.port or 80}"


def _here(connection: Connection) -> str:
    query = connection.scope["query_string"].decode("latin-1")
    return quote(connection.scope["path"]) + (f"?{query}" if query else "")
