"""Collective actions of the Maison, and who was there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from plie_chassis.ids import new_id
from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours import store
from plie_parcours.domain import actions
from plie_parcours.domain.actions import Action
from plie_parcours.domain.records import Attendance
from plie_parcours.tables import ActionRow, AttendanceRow


@dataclass(frozen=True, slots=True)
class PlanAction:
    kind: str
    title: str
    held_on: date
    hours: float
    place: str | None = None


@dataclass(frozen=True, slots=True)
class NoteAttendance:
    """`present` by participant; all of them, or none is noted."""

    action_id: UUID
    present: Sequence[tuple[UUID, bool]]


async def plan_action(command: PlanAction, work: UnitOfWork) -> ActionRow:
    row = ActionRow(
        action_id=new_id(work.now),
        created_at=work.now,
        kind=command.kind,
        title=command.title,
        held_on=command.held_on,
        hours=command.hours,
        place=command.place,
    )
    work.session.add(row)
    await work.session.flush()
    return row


async def note_attendance(command: NoteAttendance, work: UnitOfWork) -> Sequence[tuple[UUID, Attendance, int]]:
    """Each with the version of the file it left. Raises ActionNotFound and the refusals of `actions.attend`.

    Files are locked in the order of their ids, so that two lists never wait for each other in a ring.
    """
    row = await work.session.get(ActionRow, command.action_id)
    if row is None:
        raise store.ActionNotFound
    action = Action(row.action_id, row.kind, row.title, row.held_on, row.hours)
    noted = []
    for participant_id, present in sorted(dict(command.present).items()):
        async with store.change(participant_id, None, work, by_any_referent=True) as file:
            file.tell(actions.attend(file.parcours, action, present=present, today=work.today))
            noted.append((participant_id, file.parcours.attendances[action.action_id], file.row.version))
    written = insert(AttendanceRow).values(
        [{"action_id": action.action_id, "participant_id": id_, "present": each.present} for id_, each, _ in noted]
    )
    await work.session.execute(
        written.on_conflict_do_update(
            index_elements=[AttendanceRow.action_id, AttendanceRow.participant_id],
            set_={"present": written.excluded.present},
        )
    )
    return noted
