"""Planning a session: who sits in it, and which files stand on its agenda.

Every command on a session bumps its version, so that nobody closes what somebody else has just changed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from plie_admission.domain import files, outcomes, sessions
from plie_admission.domain.files import Status
from plie_admission.domain.sessions import Member
from plie_admission.store import UnknownFile, session_for_update
from plie_admission.tables import AgendaItemRow, FileRow, SessionRow
from plie_chassis.ids import new_id
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.unit_of_work import UnitOfWork


class AgendaEmpty(Invalid):
    code = "agenda.empty"
    title = "Aucun dossier choisi"


@dataclass(frozen=True)
class CreateSession:
    held_on: date
    place: str
    members: Sequence[Member]


@dataclass(frozen=True)
class AddToAgenda:
    session_id: UUID
    orientation_ids: Sequence[UUID]
    version: int | None = None


@dataclass(frozen=True)
class RecordAttendance:
    """`members` replaces the whole list."""

    session_id: UUID
    members: Sequence[Member]
    version: int | None = None


async def create_session(command: CreateSession, work: UnitOfWork) -> SessionRow:
    """Raises MemberTwice."""
    sessions.each_member_is_named_once(command.members)
    row = SessionRow(
        session_id=new_id(work.now),
        held_on=command.held_on,
        place=command.place,
        members=[asdict(member) for member in command.members],
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    return row


async def add_to_agenda(command: AddToAgenda, work: UnitOfWork) -> SessionRow:
    """Put files at the end of the agenda and tell their prescribers: all of them, or none.

    Raises UnknownSession, StaleVersion, AgendaEmpty, UnknownFile, and what `files.schedule` raises.
    """
    row = await session_for_update(command.session_id, command.version, work)
    session = row.state
    if not command.orientation_ids:
        message = "Choisissez au moins un dossier à inscrire à l’ordre du jour."
        raise AgendaEmpty(message, errors=[FieldError("orientation_ids", AgendaEmpty.code, message)])
    items = await work.session.scalars(select(AgendaItemRow).where(AgendaItemRow.session_id == row.session_id))
    listed = {item.orientation_id: item for item in items}
    last = max((item.rank for item in listed.values()), default=0)
    found = await work.session.scalars(select(FileRow).where(FileRow.orientation_id.in_(command.orientation_ids)))
    by_id = {file.orientation_id: file for file in found}
    for rank, orientation_id in enumerate(command.orientation_ids, start=last + 1):
        file = by_id.get(orientation_id)
        if file is None:
            raise UnknownFile(f"Aucun dossier {orientation_id} dans cette commission.")
        scheduled = files.schedule(file.state, session)
        file.status, file.agenda_of = Status.IN_COMMISSION, row.session_id
        item = listed.setdefault(
            orientation_id, AgendaItemRow(session_id=row.session_id, orientation_id=orientation_id)
        )
        item.rank, item.left_because = rank, None
        work.session.add(item)
        work.emit(scheduled)
        reference = file.orientation.external_reference
        work.emit(outcomes.in_commission(file.orientation_id, session, reference, work.today), to=file.writer)
    row.version += 1
    await work.session.flush()
    return row


async def record_attendance(command: RecordAttendance, work: UnitOfWork) -> SessionRow:
    """Raises UnknownSession, StaleVersion, SessionClosed, MemberTwice."""
    row = await session_for_update(command.session_id, command.version, work)
    sessions.is_still_open(row.state)
    sessions.each_member_is_named_once(command.members)
    row.members = [asdict(member) for member in command.members]
    await work.session.flush()
    return row
