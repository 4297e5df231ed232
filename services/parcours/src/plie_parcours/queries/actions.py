"""Collective actions of the Maison, and who was noted for each."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import aliased

from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours.queries.people import PERSON, Person, person
from plie_parcours.store import ActionNotFound
from plie_parcours.tables import ActionRow, AttendanceRow, IdentityRow, ParticipantRow


async def actions_of_maison(
    work: UnitOfWork, *, after: UUID | None = None, limit: int
) -> Sequence[tuple[ActionRow, int, int]]:
    """Collective actions, the latest first, each with how many were present and how many were noted."""
    query = (
        select(
            ActionRow,
            func.count(AttendanceRow.participant_id).filter(AttendanceRow.present),
            func.count(AttendanceRow.participant_id),
        )
        .outerjoin(AttendanceRow, AttendanceRow.action_id == ActionRow.action_id)
        .group_by(ActionRow.action_id)
        .order_by(ActionRow.held_on.desc(), ActionRow.action_id.desc())
        .limit(limit)
    )
    if after is not None:
        last = aliased(ActionRow)
        place = select(last.held_on, last.action_id).where(last.action_id == after).scalar_subquery()
        query = query.where(tuple_(ActionRow.held_on, ActionRow.action_id) < place)
    return [(row, present, noted) for row, present, noted in await work.session.execute(query)]


async def action_of(action_id: UUID, work: UnitOfWork) -> tuple[ActionRow, Sequence[tuple[Person, bool]]]:
    """An action and who was noted for it, by name. Raises ActionNotFound."""
    action = await work.session.get(ActionRow, action_id)
    if action is None:
        raise ActionNotFound
    query = (
        select(*PERSON, AttendanceRow.present)
        .select_from(AttendanceRow)
        .join(ParticipantRow, ParticipantRow.participant_id == AttendanceRow.participant_id)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(AttendanceRow.action_id == action_id)
        .order_by(ParticipantRow.search_name, ParticipantRow.participant_id)
    )
    return action, [(person(row), row.present) for row in await work.session.execute(query)]
