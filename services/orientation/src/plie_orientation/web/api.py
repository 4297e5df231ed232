"""The API of partners' systems: the same handlers as the pages, JSON in and out."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import QueryParameter
from pydantic import BaseModel

from plie_chassis.calendar import NBSP, PARIS
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.web import Edge, Listing, Paging, scope
from plie_contracts.events import (
    Adhesion,
    Continuity,
    OrientationSubmitted,
    SubmittedPerson,
    SubmittedPrescriber,
    SubmittedSituation,
)
from plie_orientation import queries
from plie_orientation.domain import authors
from plie_orientation.handlers.orientations import (
    ReceiveOrientation,
    WithdrawOrientation,
    receive_orientation,
    see_orientation,
    withdraw_orientation,
)
from plie_orientation.queries import Search
from plie_orientation.store import Stored
from plie_orientation.web.actors import author_of
from plie_orientation.web.forms import Withdrawal

Status = Literal["received", "in-commission", "admitted", "deferred", "refused", "withdrawn"]


class Received(BaseModel):
    orientation_id: UUID
    status: str
    received_at: datetime
    addressed_to: str
    links: dict[str, str]


class HistoryEntry(BaseModel):
    status: str
    on: date
    reason_code: str | None


class Followed(Received):
    """An orientation, what was submitted, and what became of it."""

    version: int
    history: list[HistoryEntry]
    external_reference: str | None
    prescriber: SubmittedPrescriber
    person: SubmittedPerson
    situation: SubmittedSituation
    barriers: tuple[str, ...]
    adhesion: Adhesion
    motivation: str | None
    continuity: Continuity | None


class Listed(BaseModel):
    orientation_id: UUID
    external_reference: str | None
    status: str
    received_at: datetime
    addressed_to: str


@post("/", guards=[scope("orientation:write")])
async def receive(data: OrientationSubmitted, edge: Edge) -> Response[Received]:
    """Orienter une personne. La commune désigne la commission (CLAS) ; hors territoire, indiquez `continuity`."""
    command = ReceiveOrientation(data, author_of(edge.actor))
    return await edge.answer(receive_orientation, command, _received)


@get("/", guards=[scope("orientation:read")])
async def listed(
    edge: Edge,
    paging: Paging,
    status: Status | None = None,
    since: Annotated[str | None, QueryParameter(description="Reçues depuis cette date ou cet instant")] = None,
    external_reference: str | None = None,
) -> Listing[Listed]:
    """Vos orientations, de la plus récente à la plus ancienne."""
    search = Search(
        statuses=(status,) if status else (),
        since=_instant(since) if since else None,
        external_reference=external_reference,
    )
    async with edge.read() as work:
        sight = authors.sight(author_of(edge.actor), work.instance.organisation)
        found, cursor = await queries.listed(work.session, search, sight, paging)
    return Listing(items=[_listed(stored) for stored in found], next_cursor=cursor)


@get("/{orientation_id:uuid}", guards=[scope("orientation:read")])
async def followed(orientation_id: UUID, edge: Edge) -> Followed:
    """Une orientation et son historique, tenu à jour par la commission."""
    async with edge.read() as work:
        return _followed(await see_orientation(orientation_id, author_of(edge.actor), work))


@post("/{orientation_id:uuid}/withdraw", guards=[scope("orientation:write")], status_code=200)
async def withdraw(orientation_id: UUID, data: Withdrawal, edge: Edge) -> Response[Followed]:
    """Retirer une orientation, tant qu’aucune décision n’est connue."""
    command = WithdrawOrientation(orientation_id, data.reason_code, author_of(edge.actor), data.version)
    return await edge.answer(withdraw_orientation, command, _followed, status=200)


ROUTES = Router("/api/v1/orientations", route_handlers=[receive, listed, followed, withdraw], tags=["Orientations"])


def _received(stored: Stored) -> Received:
    return Received(**_common(stored), links=_links(stored))


def _followed(stored: Stored) -> Followed:
    submitted = {name: getattr(stored.draft, name) for name in OrientationSubmitted.model_fields}
    history = [
        HistoryEntry(status=entry.status, on=entry.on, reason_code=entry.reason_code)
        for entry in stored.orientation.history
    ]
    return Followed(**_common(stored), **submitted, links=_links(stored), version=stored.version, history=history)


def _listed(stored: Stored) -> Listed:
    return Listed(**_common(stored), external_reference=stored.draft.external_reference)


def _common(stored: Stored) -> dict[str, Any]:
    return {
        "orientation_id": stored.orientation.id,
        "status": stored.orientation.status,
        "received_at": stored.received_at.astimezone(PARIS),
        "addressed_to": stored.orientation.addressed_to,
    }


def _links(stored: Stored) -> dict[str, str]:
    here = f"/api/v1/orientations/{stored.orientation.id}"
    return {"self": here, "withdraw": f"{here}/withdraw", "page": f"/orientations/{stored.orientation.id}"}


def _instant(text: str) -> datetime:
    """An instant with its offset, or the beginning of a day in Paris."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time.min, PARIS)
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        rule = "Une date AAAA-MM-JJ ou un instant ISO 8601 avec décalage est attendu."
        raise Invalid(
            f"Paramètre à corriger{NBSP}: «{NBSP}since{NBSP}». {rule}",
            errors=[FieldError("since", "field.format", rule)],
        )
    return instant
