"""Collective actions and who was there."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from litestar import Response, post

from plie_chassis.web import Edge, scope
from plie_parcours.domain.records import Attendance
from plie_parcours.handlers import actions
from plie_parcours.tables import ActionRow
from plie_parcours.web import views
from plie_parcours.web.bodies import ActionBody, AttendanceBody


@post("/actions", guards=[scope("parcours:write")])
async def plan(data: ActionBody, edge: Edge) -> Response[views.ActionView]:
    """Créer une action collective : un atelier d’une date et d’une durée."""
    return await edge.answer(actions.plan_action, data.command(), _shown)


@post("/actions/{action_id:uuid}/attendance", guards=[scope("parcours:write")])
async def note(action_id: UUID, data: AttendanceBody, edge: Edge) -> Response[views.AttendanceView]:
    """Noter les présences : toutes sont enregistrées, ou aucune."""
    return await edge.answer(actions.note_attendance, data.command(action_id), _noted)


ROUTES = (plan, note)


def _shown(row: ActionRow) -> views.ActionView:
    return views.ActionView(
        action_id=row.action_id,
        kind=row.kind,
        title=row.title,
        held_on=row.held_on,
        hours=row.hours,
        place=row.place,
        version=1,
    )


def _noted(noted: Sequence[tuple[UUID, Attendance, int]]) -> views.AttendanceView:
    attendances = [
        views.NotedAttendance(participant_id=participant_id, version=version, **asdict(attendance))
        for participant_id, attendance, version in noted
    ]
    return views.AttendanceView(action_id=noted[0][1].action_id, attendances=attendances)
