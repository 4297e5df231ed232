"""Sessions over the API: plan one, fill its agenda, record who is there, close it."""

from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.sessions import Quorum
from plie_admission.handlers.closing import CloseSession, close_session
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.handlers.sessions import (
    AddFollowUp,
    AddToAgenda,
    CreateSession,
    DeclareInterests,
    PlanAgain,
    RecordAttendance,
    RemoveFromAgenda,
    ReorderAgenda,
    add_follow_up,
    add_to_agenda,
    create_session,
    declare_interests,
    plan_again,
    record_attendance,
    remove_from_agenda,
    reorder_agenda,
)
from plie_admission.queries import sessions
from plie_admission.web.access import CHOICES
from plie_admission.web.bodies import (
    AgendaBody,
    AttendanceBody,
    ClosingBody,
    FollowUpBody,
    InterestsBody,
    OpinionBody,
    PlanBody,
    RemovalBody,
    SessionBody,
    clock,
    named,
)
from plie_admission.web.views import (
    ClosedView,
    OpinionView,
    SessionView,
    SessionWithAgenda,
    agenda_item,
    closed_session,
    opinion,
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
    command = CreateSession(data.held_on, data.place, named(data.members), clock(data.starts_at))
    return await edge.answer(create_session, command, planned_session)


@post("/{session_id:uuid}/plan", guards=[scope("admission:write")])
async def replan(session_id: UUID, data: PlanBody, edge: Edge) -> Response[SessionView]:
    """Changer le jour, l’heure ou le lieu d’une séance ouverte ; un autre jour est annoncé aux prescripteurs."""
    command = PlanAgain(session_id, data.held_on, data.place, clock(data.starts_at), data.version)
    return await edge.answer(plan_again, command, planned_session)


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
async def close(session_id: UUID, edge: Edge, quorum: Quorum, data: ClosingBody | None = None) -> Response[ClosedView]:
    """Clore la séance et publier toutes ses décisions, en une fois."""
    command = CloseSession(session_id, quorum, data.version if data else None)
    return await edge.answer(close_session, command, closed_session, status=200)


@post("/{session_id:uuid}/agenda/order", guards=[scope("admission:write")])
async def order(session_id: UUID, data: AgendaBody, edge: Edge) -> Response[SessionView]:
    """Ranger l’ordre du jour : tous ses dossiers, dans leur nouvel ordre."""
    command = ReorderAgenda(session_id, data.orientation_ids, data.version)
    return await edge.answer(reorder_agenda, command, planned_session)


@post("/{session_id:uuid}/agenda/removals", guards=[scope("admission:write")])
async def remove(session_id: UUID, data: RemovalBody, edge: Edge) -> Response[SessionView]:
    """Retirer un dossier de l’ordre du jour ; il revient parmi les dossiers à examiner."""
    command = RemoveFromAgenda(session_id, data.orientation_id, data.version)
    return await edge.answer(remove_from_agenda, command, planned_session)


@post("/{session_id:uuid}/follow-ups", guards=[scope("admission:write")])
async def follow_up(session_id: UUID, data: FollowUpBody, edge: Edge) -> Response[SessionView]:
    """Inscrire un point de suivi : prolongation, sortie, mise en veille ou changement de Maison."""
    command = AddFollowUp(session_id, data.orientation_id, data.subject, data.version)
    return await edge.answer(add_follow_up, command, planned_session)


@post("/{session_id:uuid}/opinions", guards=[scope("admission:write")])
async def opinion_on(session_id: UUID, data: OpinionBody, edge: Edge) -> Response[OpinionView]:
    """Donner un avis sur un point de suivi : un brouillon jusqu’à la clôture, puis seulement une rectification motivée."""
    command = GiveOpinion(session_id, data.orientation_id, data.draft(), data.version, data.rectifies)
    return await edge.answer(give_opinion, command, opinion)


@post("/{session_id:uuid}/interests", guards=[scope("admission:write")])
async def interests(session_id: UUID, data: InterestsBody, edge: Edge) -> Response[SessionView]:
    """Noter les membres qui se déportent d’un dossier ; ceux du prescripteur le sont d’office."""
    command = DeclareInterests(session_id, data.orientation_id, data.members, data.version)
    return await edge.answer(declare_interests, command, planned_session)


ROUTES = Router(
    "/api/v1/sessions",
    route_handlers=[
        listed,
        create,
        replan,
        one,
        agenda,
        order,
        remove,
        follow_up,
        opinion_on,
        interests,
        members,
        close,
    ],
    tags=["Séances"],
    dependencies=CHOICES,
)
