"""Planning a session: who sits in it, and which files stand on its agenda, in which order.

Every command on a session bumps its version, so that nobody closes what somebody else has just changed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from uuid import UUID

from sqlalchemy import select

from plie_admission import store
from plie_admission.domain import agendas, files, follow_ups, interests, outcomes, sessions
from plie_admission.domain.files import Status
from plie_admission.domain.follow_ups import Subject
from plie_admission.domain.sessions import Member, Session
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
    starts_at: time | None = None


@dataclass(frozen=True)
class PlanAgain:
    """Another day, hour or place."""

    session_id: UUID
    held_on: date
    place: str
    starts_at: time | None = None
    version: int | None = None


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


@dataclass(frozen=True)
class AddFollowUp:
    """A parcours under way on which the Maison asks the commission's opinion; the file is the one that opened it."""

    session_id: UUID
    orientation_id: UUID
    subject: Subject
    version: int | None = None


@dataclass(frozen=True)
class RemoveFromAgenda:
    session_id: UUID
    orientation_id: UUID
    version: int | None = None


@dataclass(frozen=True)
class ReorderAgenda:
    """`orientation_ids` is the whole agenda in its new order."""

    session_id: UUID
    orientation_ids: Sequence[UUID]
    version: int | None = None


@dataclass(frozen=True)
class MoveOnAgenda:
    """`by` is -1 for up, 1 for down."""

    session_id: UUID
    orientation_id: UUID
    by: int
    version: int | None = None


@dataclass(frozen=True)
class DeclareInterests:
    """`members` are the names of all who said that they do not decide this item."""

    session_id: UUID
    orientation_id: UUID
    members: Sequence[str]
    version: int | None = None


async def create_session(command: CreateSession, work: UnitOfWork) -> SessionRow:
    """Raises MemberTwice."""
    sessions.each_member_is_named_once(command.members)
    row = SessionRow(
        session_id=new_id(work.now),
        held_on=command.held_on,
        place=command.place,
        starts_at=command.starts_at,
        former_plans=[],
        members=[asdict(member) for member in command.members],
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    return row


async def plan_again(command: PlanAgain, work: UnitOfWork) -> SessionRow:
    """What it was planned for stays, for the members to see; the prescribers of its files are told another day.

    Raises UnknownSession, StaleVersion, SessionClosed.
    """
    row = await session_for_update(command.session_id, command.version, work)
    sessions.is_still_open(row.state)
    before, after = (row.held_on, row.starts_at, row.place), (command.held_on, command.starts_at, command.place)
    if before == after:
        return row
    row.former_plans = [
        {
            "held_on": row.held_on.isoformat(),
            "starts_at": row.starts_at.isoformat("minutes") if row.starts_at else None,
            "place": row.place,
            "changed_on": work.today.isoformat(),
            "changed_by": work.author,
        },
        *row.former_plans,
    ]
    row.held_on, row.starts_at, row.place = after
    if before[0] != row.held_on:
        await _tell_another_day(row, work)
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
    listed = await _items(row, work)
    last = max((item.rank for item in listed.values()), default=0)
    found = await work.session.scalars(select(FileRow).where(FileRow.orientation_id.in_(command.orientation_ids)))
    by_id = {file.orientation_id: file for file in found}
    for rank, orientation_id in enumerate(command.orientation_ids, start=last + 1):
        file = by_id.get(orientation_id)
        if file is None:
            raise UnknownFile(f"Aucun dossier {orientation_id} dans cette commission.")
        scheduled = files.schedule(file.state, session)
        file.status, file.agenda_of = Status.IN_COMMISSION, row.session_id
        _place(listed, row, orientation_id, rank, None, work)
        work.emit(scheduled)
        _tell_prescriber(file, session, work)
    row.version += 1
    await work.session.flush()
    return row


async def add_follow_up(command: AddFollowUp, work: UnitOfWork) -> SessionRow:
    """At the end of the agenda; the prescriber is told nothing, as nothing about its orientation is decided again.

    Raises UnknownSession, StaleVersion, UnknownFile, and what `follow_ups.may_be_followed` raises.
    """
    row = await session_for_update(command.session_id, command.version, work)
    file = await store.file(command.orientation_id, work)
    maisons = set(work.declaration.maisons_of(work.instance.organisation))
    parcours = file.parcours and file.parcours.as_of(work.today)
    follow_ups.may_be_followed(file.state, parcours, row.state, command.subject, maisons)
    listed = await _items(row, work)
    rank = max((item.rank for item in listed.values()), default=0) + 1
    _place(listed, row, file.orientation_id, rank, command.subject, work)
    file.agenda_of = row.session_id
    row.version += 1
    await work.session.flush()
    return row


async def remove_from_agenda(command: RemoveFromAgenda, work: UnitOfWork) -> SessionRow:
    """The file goes back to the inbox. Raises UnknownSession, StaleVersion, UnknownFile, SessionClosed, NotOnAgenda."""
    row = await session_for_update(command.session_id, command.version, work)
    file = await _listed_file(row, command.orientation_id, work)
    file.status = files.status_off_the_agenda(file.state)
    await store.leave_agenda(file, "removed", work)
    await work.session.flush()
    return row


async def reorder_agenda(command: ReorderAgenda, work: UnitOfWork) -> SessionRow:
    """Raises UnknownSession, StaleVersion, SessionClosed, AnotherAgenda."""
    row = await session_for_update(command.session_id, command.version, work)
    sessions.is_still_open(row.state)
    standing = await _standing(row, work)
    _rank(standing, agendas.reordered([item.orientation_id for item in standing], command.orientation_ids))
    row.version += 1
    await work.session.flush()
    return row


async def move_on_agenda(command: MoveOnAgenda, work: UnitOfWork) -> SessionRow:
    """Raises UnknownSession, StaleVersion, UnknownFile, SessionClosed, NotOnAgenda."""
    row = await session_for_update(command.session_id, command.version, work)
    await _listed_file(row, command.orientation_id, work)
    standing = await _standing(row, work)
    present = [item.orientation_id for item in standing]
    _rank(standing, agendas.moved(present, command.orientation_id, command.by))
    row.version += 1
    await work.session.flush()
    return row


async def declare_interests(command: DeclareInterests, work: UnitOfWork) -> SessionRow:
    """Raises UnknownSession, StaleVersion, UnknownFile, SessionClosed, NotOnAgenda, NotAMember."""
    row = await session_for_update(command.session_id, command.version, work)
    file = await _listed_file(row, command.orientation_id, work)
    item = await work.session.get_one(AgendaItemRow, (row.session_id, file.orientation_id))
    item.declared = interests.declares(row.state, command.members)
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


async def _tell_another_day(row: SessionRow, work: UnitOfWork) -> None:
    standing = (AgendaItemRow.session_id == row.session_id) & AgendaItemRow.left_because.is_(None)
    listed = await work.session.scalars(
        select(FileRow)
        .join(AgendaItemRow, AgendaItemRow.orientation_id == FileRow.orientation_id)
        .where(standing, AgendaItemRow.subject.is_(None))
        .order_by(AgendaItemRow.rank)
    )
    for file in listed:
        work.emit(files.scheduled(file.state, row.state))
        _tell_prescriber(file, row.state, work)


def _tell_prescriber(file: FileRow, session: Session, work: UnitOfWork) -> None:
    reference = file.orientation.external_reference
    work.emit(outcomes.in_commission(file.orientation_id, session, reference, work.today), to=file.told_through)


async def _items(row: SessionRow, work: UnitOfWork) -> dict[UUID, AgendaItemRow]:
    items = await work.session.scalars(select(AgendaItemRow).where(AgendaItemRow.session_id == row.session_id))
    return {item.orientation_id: item for item in items}


async def _standing(row: SessionRow, work: UnitOfWork) -> list[AgendaItemRow]:
    items = (await _items(row, work)).values()
    return sorted((item for item in items if item.left_because is None), key=lambda item: item.rank)


async def _listed_file(row: SessionRow, orientation_id: UUID, work: UnitOfWork) -> FileRow:
    """Raises SessionClosed, UnknownFile, NotOnAgenda."""
    sessions.is_still_open(row.state)
    file = await store.file(orientation_id, work)
    files.is_on_the_agenda_of(file.state, row.state)
    return file


def _place(
    listed: dict[UUID, AgendaItemRow],
    row: SessionRow,
    orientation_id: UUID,
    rank: int,
    subject: Subject | None,
    work: UnitOfWork,
) -> None:
    """An item, or the one that left this agenda before, at its end."""
    item = listed.setdefault(orientation_id, AgendaItemRow(session_id=row.session_id, orientation_id=orientation_id))
    item.rank, item.left_because, item.subject, item.declared = rank, None, subject, []
    work.session.add(item)


def _rank(items: Sequence[AgendaItemRow], order: Sequence[UUID]) -> None:
    places = {orientation_id: place for place, orientation_id in enumerate(order, start=1)}
    for item in items:
        item.rank = places[item.orientation_id]
