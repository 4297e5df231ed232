"""Sessions over the API: plan one, fill its agenda, record who is there, close it."""

from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import settings, store
from plie_admission.handlers.closing import CloseSession, close_session
from plie_admission.handlers.sessions import (
    AddToAgenda,
    CreateSession,
    RecordAttendance,
    add_to_agenda,
    create_session,
    record_attendance,
)
from plie_admission.queries import sessions
from plie_admission.web.bodies import AgendaBody, AttendanceBody, ClosingBody, SessionBody, named
from plie_admission.web.views import (
    ClosedView,
    SessionView,
    SessionWithAgenda,
    agenda_item,
    closed_session,
    planned_session,
)
from plie_chassis.web import Edge, Listing, Paging, scope


@get("/", guards=[scope("admission:read")])
async def listed(edge: Edge, paging: Paging) -> Listing[SessionView]:
    """Les séances, de la dernière planifiée à la première."""
    async with edge.read() as work:
        found, cursor = await sessions.listed(paging, work)
    return Listing(items=[planned_session(row) for row in found], next_cursor=cursor)


@post("/", guards=[scope("admission:write")])
async def create(data: SessionBody, edge: Edge) -> Response[SessionView]:
    """Planifier une séance."""
    return await edge.answer(
        create_session, CreateSession(data.held_on, data.place, named(data.members)), planned_session
    )


@get("/{session_id:uuid}", guards=[scope("admission:read")])
async def one(session_id: UUID, edge: Edge) -> SessionWithAgenda:
    """Une séance et son ordre du jour."""
    async with edge.read() as work:
        row = await store.session(session_id, work)
        agenda = await sessions.agenda(session_id, work)
    return SessionWithAgenda(**planned_session(row).model_dump(), agenda=[agenda_item(item) for item in agenda])


@post("/{session_id:uuid}/agenda", guards=[scope("admission:write")])
async def agenda(session_id: UUID, data: AgendaBody, edge: Edge) -> Response[SessionView]:
    """Inscrire des dossiers à l’ordre du jour : tous, ou aucun. Leurs prescripteurs en sont informés."""
    return await edge.answer(
        add_to_agenda, AddToAgenda(session_id, data.orientation_ids, data.version), planned_session
    )


@post("/{session_id:uuid}/members", guards=[scope("admission:write")])
async def members(session_id: UUID, data: AttendanceBody, edge: Edge) -> Response[SessionView]:
    """Noter qui est présent ; la liste remplace la précédente."""
    command = RecordAttendance(session_id, named(data.members), data.version)
    return await edge.answer(record_attendance, command, planned_session)


@post("/{session_id:uuid}/close", guards=[scope("admission:write")], status_code=200)
async def close(session_id: UUID, edge: Edge, data: ClosingBody | None = None) -> Response[ClosedView]:
    """Clore la séance et publier toutes ses décisions, en une fois."""
    command = CloseSession(session_id, settings.quorum(), data.version if data else None)
    return await edge.answer(close_session, command, closed_session, status=200)


ROUTES = Router("/api/v1/sessions", route_handlers=[listed, create, one, agenda, members, close], tags=["Séances"])
