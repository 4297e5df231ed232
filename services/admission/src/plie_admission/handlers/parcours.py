"""What the Maison lives with the person after admission: who accompanies them, and news told on to the prescriber.

The Maison has no stream to the prescriber: the commission, which reads its facts, speaks to both.
Only a Maison that the commission named speaks of the person (`ownership.not-owner`).
"""

from datetime import date
from typing import Any

from sqlalchemy import select

from plie_admission import store
from plie_admission.domain import outcomes
from plie_admission.tables import DecisionRow, FileRow, OpinionRow, ParcoursRow
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import (
    ContactCorrected,
    ContactLogged,
    JobStarted,
    ParcoursEnded,
    ParcoursHandedOver,
    ParcoursOpened,
    ReferentChanged,
)
from plie_contracts.events.parcours import ParcoursFact
from plie_contracts.refusals import Refused
from plie_contracts.streams import organisation_of


async def note_referent(received: Received[ParcoursOpened] | Received[ReferentChanged], work: UnitOfWork) -> None:
    """Beside the choice of a Maison, the commission sees the load of each of its référents."""
    found = await _parcours_of(received, work)
    if found is None:
        return
    lived, row = found
    event, maison = received.event, organisation_of(received.writer)
    if isinstance(event, ParcoursOpened):
        on, referent_id = event.opened_on, event.referent_id
        lived.opened_on = lived.opened_on or on
    else:
        on, referent_id = event.changed_on, event.to
    if maison == row.moves_to and row.names(lived):
        _arrive(lived, row, on)
    lived.referents = lived.referents | {maison: referent_id}
    store.show(lived, row)


async def note_handover(received: Received[ParcoursHandedOver], work: UnitOfWork) -> None:
    """The Maison that the person leaves has passed the file on: from now on the other one accompanies them.

    Refuses `ownership.not-owner` where the commission never chose that other Maison.
    """
    found = await _parcours_of(received, work)
    if found is None:
        return
    lived, row = found
    await _is_of_a_maison_named_for(row, received.event.to, work)
    if row.moves_to == received.event.to and row.names(lived):
        _arrive(lived, row, received.event.handed_over_on)
        store.show(lived, row)


async def tell_first_interview(
    received: Received[ContactLogged] | Received[ContactCorrected], work: UnitOfWork
) -> None:
    """Told once a parcours, also when only a correction says that a contact was the first interview."""
    event = received.event
    if not event.first_interview:
        return
    found = await _parcours_of(received, work)
    if found is None or found[0].first_interview_on is not None:
        return
    lived, row = found
    lived.first_interview_on = event.occurred_on
    store.show(lived, row)
    _tell(lived, row, "first-interview-held", event.occurred_on, work)


async def tell_job(received: Received[JobStarted], work: UnitOfWork) -> None:
    found = await _parcours_of(received, work)
    if found is not None:
        _tell(*found, "job-started", received.event.started_on, work)


async def end_parcours(received: Received[ParcoursEnded], work: UnitOfWork) -> None:
    """Nothing ends where a rectified admission has meanwhile left the parcours to another Maison, which goes on."""
    found = await _parcours_of(received, work)
    if found is None or _another_goes_on(*found, organisation_of(received.writer)):
        return
    lived, row = found
    lived.ended_on = received.event.ended_on
    store.show(lived, row)
    _tell(lived, row, "exited", received.event.ended_on, work)


def _another_goes_on(lived: ParcoursRow, row: FileRow, maison: str) -> bool:
    """Whom a change of Maison brought there took along what the Maison before had said, however late it is heard."""
    if not row.names(lived) or row.maison is None or row.moved_on is not None:
        return False
    return maison not in {row.maison, row.moves_to}


def _arrive(lived: ParcoursRow, row: FileRow, on: date) -> None:
    """Whichever comes first: the old Maison hands over, or the new one names a référent, whom it chooses anew."""
    row.maison, row.moved_on, lived.referents = row.moves_to, on, {}
    row.moves_to = row.moves_on = None


def _tell(lived: ParcoursRow, row: FileRow, status: str, on: date, work: UnitOfWork) -> None:
    """What is lived by somebody whom the file no longer names is no news of the orientation."""
    if not row.names(lived):
        return
    outcome = outcomes.life_after(row.orientation_id, status, on, row.orientation.external_reference)
    work.emit(outcome, to=row.told_through)


async def _parcours_of(received: Received[Any], work: UnitOfWork) -> tuple[ParcoursRow, FileRow] | None:
    """With the file that gave it, whomever that names by now.

    A parcours taken over from the previous tool has no orientation of ours: nobody waits for news of it.
    """
    event: ParcoursFact = received.event
    await store.take_turn(work)
    lived = await work.session.get(ParcoursRow, (event.participant_id, event.parcours_no))
    if lived is None:
        return None
    row = await store.file(lived.orientation_id, work)
    await _is_of_a_maison_named_for(row, organisation_of(received.writer), work)
    return lived, row


async def _is_of_a_maison_named_for(row: FileRow, maison: str, work: UnitOfWork) -> None:
    if row.maison == maison:
        return
    named = [
        select(table.maison).where(table.orientation_id == row.orientation_id, table.maison == maison)
        for table in (DecisionRow, OpinionRow)
    ]
    if await work.session.scalar(named[0].union_all(named[1]).limit(1)) is None:
        raise Refused("ownership.not-owner", "participant_id", "cette Maison n’accompagne pas cette personne")
