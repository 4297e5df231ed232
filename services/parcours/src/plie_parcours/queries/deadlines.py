"""What is owed for people and when: the deadlines due, and how they and the month's contacts add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from plie_chassis.calendar import month_of
from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours.domain.deadlines import Deadline
from plie_parcours.queries.people import PERSON, Person, followed_by, person
from plie_parcours.tables import DeadlineRow, IdentityRow, ParticipantRow


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


async def owed_until(
    until: date, work: UnitOfWork, *, referent_id: str | None, after: date | None = None, limit: int
) -> Sequence[Owed]:
    """Deadlines due after `after` and up to `until`, the oldest first, of one référent or of everyone."""
    query = (
        select(*PERSON, DeadlineRow)
        .select_from(DeadlineRow)
        .join(ParticipantRow, ParticipantRow.participant_id == DeadlineRow.participant_id)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(DeadlineRow.due <= until, *followed_by(referent_id))
        .order_by(DeadlineRow.due, DeadlineRow.participant_id, DeadlineRow.number)
        .limit(limit)
    )
    if after is not None:
        query = query.where(DeadlineRow.due > after)
    return [Owed(person(row), _deadline(row.DeadlineRow)) for row in await work.session.execute(query)]


async def tally(until: date, work: UnitOfWork, *, referent_id: str | None) -> Tally:
    """As of today; `until` is how far ahead one looks."""
    dues = (
        select(
            func.count().filter(DeadlineRow.due < work.today),
            func.count().filter(DeadlineRow.due >= work.today),
        )
        .join(ParticipantRow, ParticipantRow.participant_id == DeadlineRow.participant_id)
        .where(DeadlineRow.due <= until, *followed_by(referent_id))
    )
    late, soon = (await work.session.execute(dues)).one()
    people = select(func.count(), func.count().filter(ParticipantRow.last_contact_on >= month_of(work.today))).where(
        ParticipantRow.stage != "ended", ParticipantRow.referent_id.is_not(None), *followed_by(referent_id)
    )
    active, met = (await work.session.execute(people)).one()
    return Tally(late, soon, active, met)


def _deadline(row: DeadlineRow) -> Deadline:
    return Deadline(row.rule, row.title, row.text, tuple(row.facts), row.since, row.due, row.about)
