"""« Aujourd’hui »: what is late comes first, with how late; then the week, the month's contacts, and what was done."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from litestar import get

from plie_chassis.calendar import PARIS, end_of_months, month_of, working_days_between
from plie_chassis.typesetting import phone, typeset
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Page, page
from plie_contracts.territory import COMMUNES
from plie_parcours import rights
from plie_parcours.domain import wording
from plie_parcours.domain.deadlines import MEDIA
from plie_parcours.queries import deadlines, people
from plie_parcours.queries.deadlines import Owed
from plie_parcours.queries.people import Person, Search
from plie_parcours.web.access import READERS, own_referent, reads, writes
from plie_parcours.web.pages.obligations import SOON, Obligation, obligation

SHOWN = 25
AWAITING_SHOWN = 8
DONE_SHOWN = 5


@get("/", guards=[READERS])
async def today(edge: Edge) -> Page:
    own = own_referent(edge.actor)
    async with edge.read() as work:
        day, until = work.today, work.today + timedelta(days=SOON)
        tally = await deadlines.tally(until, work, referent_id=own)
        late = await deadlines.owed_until(day - timedelta(days=1), work, referent_id=own, limit=SHOWN)
        soon = await deadlines.owed_until(until, work, referent_id=own, after=day - timedelta(days=1), limit=SHOWN)
        awaiting = await people.awaiting_a_referent(AWAITING_SHOWN, work) if rights.coordinates(edge.actor) else []
        midnight = datetime.combine(day, time.min, PARIS)
        done = await people.noted_since(midnight, edge.actor.id, DONE_SHOWN, work)
    month_end = end_of_months(month_of(day), 1)
    return page(
        "parcours/today.html",
        day=day,
        tally=tally,
        late=[_shown(owed, day) for owed in late],
        soon=[_shown(owed, day) for owed in soon],
        awaiting=awaiting,
        done=[(person, typeset(wording.told(fact.event)), fact.recorded_at) for person, fact in done],
        everyone=own is None,
        working_days_left=working_days_between(day - timedelta(days=1), month_end),
        communes=COMMUNES,
        media_of=MEDIA,
        phone=phone,
        writes=writes(edge.actor),
    )


def _shown(owed: Owed, day: date) -> tuple[Person, Obligation]:
    person = owed.person
    return person, obligation(owed.deadline, person.participant_id, day, followed=person.referent_id is not None)


async def counts(work: UnitOfWork) -> Mapping[str, int]:
    """At « Participants »: the active file of whoever looks."""
    if work.actor is None or not reads(work.actor):
        return {}
    own = own_referent(work.actor)
    return {"/participants": await people.count_of(Search(referent_id=own), work)}
