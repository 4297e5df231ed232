"""Sessions over the API: plan one, fill its agenda, record who is there, close it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from pydantic import BaseModel, Field

from plie_admission import settings
from plie_admission.domain.decisions import Kind
from plie_admission.domain.sessions import Member
from plie_admission.handlers.closing import Closed, CloseSession, close_session
from plie_admission.handlers.sessions import (
    AddToAgenda,
    CreateSession,
    RecordAttendance,
    add_to_agenda,
    create_session,
    record_attendance,
)
from plie_admission.queries import sessions
from plie_admission.queries.sessions import Item
from plie_admission.tables import SessionRow
from plie_chassis.web import Edge, Listing, Paging, scope
from plie_contracts.events import Part
from plie_contracts.events.fields import Name


class MemberBody(Part):
    organisation: Name
    name: Name
    present: bool


Members = Annotated[list[MemberBody], Field(max_length=100)]


class SessionBody(Part):
    held_on: date
    place: Name
    members: Members


class AgendaBody(Part):
    """`version`, where it is given, is the one of the session that was read."""

    orientation_ids: Annotated[list[UUID], Field(max_length=200)]
    version: int | None = None


class AttendanceBody(Part):
    members: Members
    version: int | None = None


class ClosingBody(Part):
    version: int | None = None


class SessionView(BaseModel):
    session_id: UUID
    held_on: date
    place: str
    members: list[MemberBody]
    closed_on: date | None
    version: int


class ItemView(BaseModel):
    """`decision` is a draft until the session closes; `left_because` says why a file is no longer on the agenda."""

    orientation_id: UUID
    decision: Kind | None
    left_because: str | None


class SessionWithAgenda(SessionView):
    agenda: list[ItemView]


class ClosedView(BaseModel):
    session_id: UUID
    closed_on: date | None
    admitted: int
    deferred: int
    refused: int
    not_examined: int
    version: int


@get("/", guards=[scope("admission:read")])
async def listed(edge: Edge, paging: Paging) -> Listing[SessionView]:
    """Les séances, de la dernière planifiée à la première."""
    async with edge.read() as work:
        found, cursor = await sessions.listed(paging, work)
    return Listing(items=[_session(row) for row in found], next_cursor=cursor)


@post("/", guards=[scope("admission:write")])
async def create(data: SessionBody, edge: Edge) -> Response[SessionView]:
    """Planifier une séance."""
    return await edge.answer(create_session, CreateSession(data.held_on, data.place, _members(data.members)), _session)


@get("/{session_id:uuid}", guards=[scope("admission:read")])
async def one(session_id: UUID, edge: Edge) -> SessionWithAgenda:
    """Une séance et son ordre du jour."""
    async with edge.read() as work:
        row = await sessions.found(session_id, work)
        agenda = await sessions.agenda(session_id, work)
    return SessionWithAgenda(**_session(row).model_dump(), agenda=[_item(item) for item in agenda])


@post("/{session_id:uuid}/agenda", guards=[scope("admission:write")])
async def agenda(session_id: UUID, data: AgendaBody, edge: Edge) -> Response[SessionView]:
    """Inscrire des dossiers à l’ordre du jour : tous, ou aucun. Leurs prescripteurs en sont informés."""
    return await edge.answer(add_to_agenda, AddToAgenda(session_id, data.orientation_ids, data.version), _session)


@post("/{session_id:uuid}/members", guards=[scope("admission:write")])
async def members(session_id: UUID, data: AttendanceBody, edge: Edge) -> Response[SessionView]:
    """Noter qui est présent ; la liste remplace la précédente."""
    command = RecordAttendance(session_id, _members(data.members), data.version)
    return await edge.answer(record_attendance, command, _session)


@post("/{session_id:uuid}/close", guards=[scope("admission:write")], status_code=200)
async def close(session_id: UUID, edge: Edge, data: ClosingBody | None = None) -> Response[ClosedView]:
    """Clore la séance et publier toutes ses décisions, en une fois."""
    command = CloseSession(session_id, settings.quorum(), data.version if data else None)
    return await edge.answer(close_session, command, _closed, status=200)


ROUTES = Router("/api/v1/sessions", route_handlers=[listed, create, one, agenda, members, close], tags=["Séances"])


def _members(bodies: list[MemberBody]) -> list[Member]:
    return [Member(body.organisation, body.name, body.present) for body in bodies]


def _session(row: SessionRow) -> SessionView:
    return SessionView(
        session_id=row.session_id,
        held_on=row.held_on,
        place=row.place,
        members=[MemberBody(**member) for member in row.members],
        closed_on=row.closed_on,
        version=row.version,
    )


def _item(item: Item) -> ItemView:
    return ItemView(
        orientation_id=item.file.orientation_id, decision=item.decision, left_because=item.agenda.left_because
    )


def _closed(closed: Closed) -> ClosedView:
    return ClosedView(
        session_id=closed.session.session_id,
        closed_on=closed.session.closed_on,
        admitted=closed.admitted,
        deferred=closed.deferred,
        refused=closed.refused,
        not_examined=closed.not_examined,
        version=closed.session.version,
    )
