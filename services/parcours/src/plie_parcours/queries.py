"""What pages and API read: files one by one, and lists over the columns that follow from their facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from plie_chassis.accounts.tables import Account
from plie_chassis.paging import Paging
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts import territory
from plie_contracts.events import IdentityProvided
from plie_contracts.territory import without_accents
from plie_parcours import settings, store
from plie_parcours.domain.deadlines import Deadline, deadlines
from plie_parcours.domain.parcours import Parcours
from plie_parcours.store import ParticipantNotFound, Recorded
from plie_parcours.tables import (
    ActionRow,
    AttendanceRow,
    DeadlineRow,
    FactRow,
    HandoverNoteRow,
    IdentityRow,
    ParticipantRow,
)


@dataclass(frozen=True, slots=True)
class ParticipantFile:
    """All that is known of a participant; `identity` may not have arrived yet, `handover_note` waits to leave."""

    row: ParticipantRow
    identity: IdentityProvided | None
    commune_insee: str | None
    facts: Sequence[Recorded]
    every: Mapping[int, Parcours]
    handover_note: str | None

    @property
    def parcours(self) -> Parcours:
        return store.current(self.every)

    @property
    def owed(self) -> Sequence[Deadline]:
        return deadlines(self.parcours, settings.policy())


async def file_of(participant_id: UUID, work: UnitOfWork) -> ParticipantFile:
    """Raises ParticipantNotFound."""
    query = (
        select(ParticipantRow, IdentityRow)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(ParticipantRow.participant_id == participant_id)
    )
    found = (await work.session.execute(query)).one_or_none()
    if found is None:
        raise ParticipantNotFound
    row, known = found
    facts = await store.facts_of(participant_id, work)
    every = store.parcours_by_number(facts)
    note = await work.session.get(HandoverNoteRow, (participant_id, store.current(every).number))
    return ParticipantFile(
        row=row,
        identity=IdentityProvided.model_validate(known.snapshot, strict=False) if known else None,
        commune_insee=row.commune_insee or (known.commune_insee if known else None),
        facts=facts,
        every=every,
        handover_note=note.text if note else None,
    )


async def newest_files(
    paging: Paging, work: UnitOfWork, *, stage: str | None, referent_id: str | None
) -> tuple[Sequence[ParticipantRow], str | None]:
    """A page of files, the newest first."""
    query = select(ParticipantRow)
    if stage is not None:
        query = query.where(ParticipantRow.stage == stage)
    if referent_id is not None:
        query = query.where(ParticipantRow.referent_id == referent_id)
    cut = paging.cut(query, ParticipantRow.created_at, ParticipantRow.participant_id)
    rows = (await work.session.scalars(cut)).all()
    return paging.page(rows, lambda row: (row.created_at, row.participant_id))


@dataclass(frozen=True, slots=True)
class Person:
    """How a participant stands in a list; the name may not have arrived yet, nor who comes from another Maison."""

    participant_id: UUID
    name: str | None
    commune_insee: str | None
    phone: str | None
    stage: str
    referent_id: str | None
    version: int
    arrives_on: date | None
    arrived_on: date | None
    leaves_on: date | None
    handed_over_on: date | None


@dataclass(frozen=True, slots=True)
class Owed:
    person: Person
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Tally:
    """Deadlines past and of the days ahead, and how many of those accompanied had a contact this month."""

    late: int
    soon: int
    active: int
    met_this_month: int


COMMUNE = func.coalesce(ParticipantRow.commune_insee, IdentityRow.commune_insee)
PERSON = (
    ParticipantRow.participant_id,
    ParticipantRow.stage,
    ParticipantRow.referent_id,
    ParticipantRow.version,
    ParticipantRow.arrives_on,
    ParticipantRow.arrived_on,
    ParticipantRow.leaves_on,
    ParticipantRow.handed_over_on,
    IdentityRow.last_name,
    IdentityRow.first_name,
    COMMUNE.label("commune_insee"),
    IdentityRow.snapshot["phone"].astext.label("phone"),
)


async def owed_until(
    until: date, work: UnitOfWork, *, referent_id: str | None, after: date | None = None, limit: int
) -> Sequence[Owed]:
    """Deadlines due after `after` and up to `until`, the oldest first, of one référent or of everyone."""
    query = (
        select(*PERSON, DeadlineRow)
        .select_from(DeadlineRow)
        .join(ParticipantRow, ParticipantRow.participant_id == DeadlineRow.participant_id)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(DeadlineRow.due <= until, *_of(referent_id))
        .order_by(DeadlineRow.due, DeadlineRow.participant_id, DeadlineRow.number)
        .limit(limit)
    )
    if after is not None:
        query = query.where(DeadlineRow.due > after)
    return [Owed(_person(row), _deadline(row.DeadlineRow)) for row in await work.session.execute(query)]


async def tally(today: date, until: date, work: UnitOfWork, *, referent_id: str | None) -> Tally:
    dues = (
        select(
            func.count().filter(DeadlineRow.due < today),
            func.count().filter(DeadlineRow.due >= today),
        )
        .join(ParticipantRow, ParticipantRow.participant_id == DeadlineRow.participant_id)
        .where(DeadlineRow.due <= until, *_of(referent_id))
    )
    late, soon = (await work.session.execute(dues)).one()
    people = select(func.count(), func.count().filter(ParticipantRow.last_contact_on >= today.replace(day=1))).where(
        ParticipantRow.stage != "ended", ParticipantRow.referent_id.is_not(None), *_of(referent_id)
    )
    active, met = (await work.session.execute(people)).one()
    return Tally(late, soon, active, met)


async def awaiting_a_referent(limit: int, work: UnitOfWork) -> Sequence[tuple[Person, date]]:
    """Those the CLAS admitted and nobody accompanies yet, with the day of their admission, the oldest first."""
    query = (
        select(*PERSON, ParticipantRow.admitted_on)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(ParticipantRow.referent_id.is_(None), ParticipantRow.stage != "ended")
        .order_by(ParticipantRow.admitted_on, ParticipantRow.participant_id)
        .limit(limit)
    )
    return [(_person(row), row.admitted_on) for row in await work.session.execute(query)]


async def noted_since(
    since: datetime, actor_id: UUID, limit: int, work: UnitOfWork
) -> Sequence[tuple[Person, Recorded]]:
    """What somebody noted, the newest first."""
    query = (
        select(*PERSON, *store.RECORDED)
        .select_from(FactRow)
        .join(ParticipantRow, ParticipantRow.participant_id == FactRow.participant_id)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(FactRow.actor_id == actor_id, FactRow.recorded_at >= since)
        .order_by(FactRow.recorded_at.desc(), FactRow.number.desc())
        .limit(limit)
    )
    return [(_person(row), store.recorded(row)) for row in await work.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Search:
    """Which people to list; `stage` None is the active file. Names are compared without accents."""

    text: str = ""
    stage: str | None = None
    referent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    person: Person
    last_contact_on: date | None
    next_due: date | None


async def people(
    search: Search, work: UnitOfWork, *, after: UUID | None = None, limit: int
) -> tuple[Sequence[Listed], UUID | None]:
    """A page of people by name, and where the next one begins: after the last person of this page."""
    next_due = (
        select(func.min(DeadlineRow.due))
        .where(DeadlineRow.participant_id == ParticipantRow.participant_id)
        .scalar_subquery()
    )
    query = (
        select(*PERSON, ParticipantRow.last_contact_on, next_due.label("next_due"))
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(*_matching(search))
        .order_by(ParticipantRow.search_name, ParticipantRow.participant_id)
        .limit(limit + 1)
    )
    if after is not None:
        last = aliased(ParticipantRow)
        place = select(last.search_name, last.participant_id).where(last.participant_id == after).scalar_subquery()
        query = query.where(tuple_(ParticipantRow.search_name, ParticipantRow.participant_id) > place)
    rows = (await work.session.execute(query)).all()
    listed = [Listed(_person(row), row.last_contact_on, row.next_due) for row in rows[:limit]]
    return listed, listed[-1].person.participant_id if len(rows) > limit else None


async def counted(search: Search, work: UnitOfWork) -> int:
    query = (
        select(func.count())
        .select_from(ParticipantRow)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(*_matching(search))
    )
    return await work.session.scalar(query) or 0


async def names_of_referents(work: UnitOfWork) -> Mapping[str, str]:
    """By referent_id, also of those whose account is closed: their past acts keep a name."""
    query = select(Account.referent_id, Account.display_name).where(Account.referent_id.is_not(None))
    return {str(referent_id): name for referent_id, name in await work.session.execute(query)}


@dataclass(frozen=True, slots=True)
class Referent:
    """A référent of this Maison; `active` counts the files they follow now."""

    referent_id: str
    display_name: str
    active: int


async def referents_of_maison(work: UnitOfWork) -> Sequence[Referent]:
    """Accounts that act as a référent and are not closed, by name."""
    active = (
        select(ParticipantRow.referent_id, func.count().label("active"))
        .where(ParticipantRow.stage != "ended")
        .group_by(ParticipantRow.referent_id)
        .subquery()
    )
    query = (
        select(Account.referent_id, func.min(Account.display_name), func.coalesce(func.max(active.c.active), 0))
        .outerjoin(active, active.c.referent_id == Account.referent_id)
        .where(Account.referent_id.is_not(None), Account.disabled_at.is_(None))
        .group_by(Account.referent_id)
        .order_by(func.min(Account.display_name))
    )
    return [Referent(str(referent_id), name, count) for referent_id, name, count in await work.session.execute(query)]


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
        raise store.ActionNotFound
    query = (
        select(*PERSON, AttendanceRow.present)
        .select_from(AttendanceRow)
        .join(ParticipantRow, ParticipantRow.participant_id == AttendanceRow.participant_id)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(AttendanceRow.action_id == action_id)
        .order_by(ParticipantRow.search_name, ParticipantRow.participant_id)
    )
    return action, [(_person(row), row.present) for row in await work.session.execute(query)]


def _of(referent_id: str | None) -> list[ColumnElement[bool]]:
    return [] if referent_id is None else [ParticipantRow.referent_id == referent_id]


def _matching(search: Search) -> list[ColumnElement[bool]]:
    wanted = _of(search.referent_id)
    wanted.append(ParticipantRow.stage != "ended" if search.stage is None else ParticipantRow.stage == search.stage)
    if search.text.strip():
        named = and_(
            *(
                ParticipantRow.search_name.contains(word, autoescape=True)
                for word in without_accents(search.text).split()
            )
        )
        communes = [commune.insee for commune in territory.search(search.text)]
        wanted.append(or_(named, COMMUNE.in_(communes)))
    return wanted


def _person(row: Row[Any]) -> Person:
    return Person(
        participant_id=row.participant_id,
        name=f"{row.first_name} {row.last_name}" if row.last_name else None,
        commune_insee=row.commune_insee,
        phone=row.phone,
        stage=row.stage,
        referent_id=row.referent_id,
        version=row.version,
        arrives_on=row.arrives_on,
        arrived_on=row.arrived_on,
        leaves_on=row.leaves_on,
        handed_over_on=row.handed_over_on,
    )


def _deadline(row: DeadlineRow) -> Deadline:
    return Deadline(row.rule, row.title, row.text, tuple(row.facts), row.since, row.due, row.about)
