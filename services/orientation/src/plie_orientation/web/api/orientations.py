"""Orientations of a partner's system: received, followed, withdrawn, completed with what the commission asks for."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import QueryParameter

from plie_chassis.calendar import PARIS
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.web import Edge, Listing, Paging, scope
from plie_contracts.events import OrientationSubmitted
from plie_orientation import queries
from plie_orientation.handlers.information import Answered, AnswerRequest, answer_request
from plie_orientation.handlers.orientations import (
    ReceiveOrientation,
    WithdrawOrientation,
    receive_orientation,
    withdraw_orientation,
)
from plie_orientation.queries import Search
from plie_orientation.web import views
from plie_orientation.web.access import author_of
from plie_orientation.web.bodies import InformationAnswer, Withdrawal
from plie_orientation.web.views import AnswerReceipt, OrientationLine, OrientationReceipt, OrientationView, Status


@post("/", guards=[scope("orientation:write")])
async def receive(data: OrientationSubmitted, edge: Edge) -> Response[OrientationReceipt]:
    """Orienter une personne. La commune désigne la commission (CLAS) ; hors territoire, indiquez `continuity`."""
    command = ReceiveOrientation(data, author_of(edge.actor))
    return await edge.answer(receive_orientation, command, views.receipt)


@get("/", guards=[scope("orientation:read")])
async def listed(
    edge: Edge,
    paging: Paging,
    status: Status | None = None,
    since: Annotated[str | None, QueryParameter(description="Reçues depuis cette date ou cet instant")] = None,
    external_reference: str | None = None,
) -> Listing[OrientationLine]:
    """Vos orientations, de la plus récente à la plus ancienne."""
    search = Search(
        author_of(edge.actor),
        paging,
        statuses=(status,) if status else (),
        since=_instant(since) if since else None,
        external_reference=external_reference,
    )
    async with edge.read() as work:
        found, cursor = await queries.listed(search, work)
    return Listing(items=[views.line(stored) for stored in found], next_cursor=cursor)


@get("/{orientation_id:uuid}", guards=[scope("orientation:read")])
async def followed(orientation_id: UUID, edge: Edge) -> OrientationView:
    """Une orientation et son historique, tenu à jour par la commission."""
    async with edge.read() as work:
        stored = await queries.one(orientation_id, author_of(edge.actor), work)
        return views.view(stored, await queries.open_requests(stored, work))


@post("/{orientation_id:uuid}/withdraw", guards=[scope("orientation:write")], status_code=200)
async def withdraw(orientation_id: UUID, data: Withdrawal, edge: Edge) -> Response[OrientationView]:
    """Retirer une orientation, tant qu’aucune décision n’est connue."""
    command = WithdrawOrientation(orientation_id, data.reason_code, author_of(edge.actor), data.version)
    return await edge.answer(withdraw_orientation, command, views.view, status=200)


@post("/{orientation_id:uuid}/information", guards=[scope("orientation:write")])
async def answer(orientation_id: UUID, data: InformationAnswer, edge: Edge) -> Response[AnswerReceipt]:
    """Répondre à la commission (`waiting_for`). Ce qui est donné remplace ; `text` s’ajoute à la motivation.

    Une demande reste ouverte pour ce qui n’a pas sa réponse (`left`).
    """
    command = AnswerRequest(orientation_id, data.answer(), author_of(edge.actor), data.request_id)

    def view(told: Answered) -> AnswerReceipt:
        return AnswerReceipt(
            orientation_id=orientation_id,
            request_id=data.request_id,
            answered=list(told.answered),
            left=list(told.left),
        )

    return await edge.answer(answer_request, command, view)


ROUTES = Router(
    "/api/v1/orientations", route_handlers=[receive, listed, followed, withdraw, answer], tags=["Orientations"]
)


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
            f"Paramètre à corriger : « since ». {rule}",
            errors=[FieldError("since", "field.format", rule)],
        )
    return instant
