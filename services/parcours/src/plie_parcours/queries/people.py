"""People as they stand in a list: by name, awaiting a référent, and with what was last noted of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts import territory
from plie_contracts.territory import without_accents
from plie_parcours import store
from plie_parcours.store import Recorded
from plie_parcours.tables import DeadlineRow, FactRow, IdentityRow, ParticipantRow


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


async def listed(
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
    found = [Listed(person(row), row.last_contact_on, row.next_due) for row in rows[:limit]]
    return found, found[-1].person.participant_id if len(rows) > limit else None


async def count_of(search: Search, work: UnitOfWork) -> int:
    query = (
        select(func.count())
        .select_from(ParticipantRow)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(*_matching(search))
    )
    return await work.session.scalar(query) or 0


async def awaiting_a_referent(limit: int, work: UnitOfWork) -> Sequence[tuple[Person, date]]:
    """Those the CLAS admitted and nobody accompanies yet, with the day of their admission, the oldest first."""
    query = (
        select(*PERSON, ParticipantRow.admitted_on)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(ParticipantRow.referent_id.is_(None), ParticipantRow.stage != "ended")
        .order_by(ParticipantRow.admitted_on, ParticipantRow.participant_id)
        .limit(limit)
    )
    return [(person(row), row.admitted_on) for row in await work.session.execute(query)]


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
    return [(person(row), store.recorded(row)) for row in await work.session.execute(query)]


def followed_by(referent_id: str | None) -> list[ColumnElement[bool]]:
    """None: by anybody."""
    return [] if referent_id is None else [ParticipantRow.referent_id == referent_id]


def _matching(search: Search) -> list[ColumnElement[bool]]:
    wanted = followed_by(search.referent_id)
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


def person(row: Row[Any]) -> Person:
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
