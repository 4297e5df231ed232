"""What the Maison lives with the person after admission: who accompanies them, and news told on to the prescriber.

The Maison has no stream to the prescriber: the commission, which reads its facts, speaks to both.
Only a Maison that the commission named speaks of the person (`ownership.not-owner`).
"""

from datetime import date
from typing import Any

from sqlalchemy import select

from plie_admission.domain import outcomes
from plie_admission.store import take_turn
from plie_admission.tables import DecisionRow, FileRow, OpinionRow
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
    row = await _file_of(received, work)
    if row is None:
        return
    event, maison = received.event, organisation_of(received.writer)
    if isinstance(event, ParcoursOpened):
        on, referent_id = event.opened_on, event.referent_id
        row.opened_on = row.opened_on or on
    else:
        on, referent_id = event.changed_on, event.to
    if maison == row.moves_to:
        _arrive(row, on)
    if maison == row.maison:
        row.referent_id = referent_id


async def note_handover(received: Received[ParcoursHandedOver], work: UnitOfWork) -> None:
    """The Maison that the person leaves has passed the file on: from now on the other one accompanies them.

    Refuses `ownership.not-owner` where the commission never chose that other Maison.
    """
    row = await _file_of(received, work)
    if row is None:
        return
    await _is_of_a_maison_named_for(row, received.event.to, work)
    if row.moves_to == received.event.to:
        _arrive(row, received.event.handed_over_on)


async def tell_first_interview(
    received: Received[ContactLogged] | Received[ContactCorrected], work: UnitOfWork
) -> None:
    """Told once a parcours, also when only a correction says that a contact was the first interview."""
    event = received.event
    if not event.first_interview:
        return
    row = await _file_of(received, work)
    if row is None or row.first_interview_on is not None:
        return
    row.first_interview_on = event.occurred_on
    _tell(row, "first-interview-held", event.occurred_on, work)


async def tell_job(received: Received[JobStarted], work: UnitOfWork) -> None:
    row = await _file_of(received, work)
    if row is not None:
        _tell(row, "job-started", received.event.started_on, work)


async def end_parcours(received: Received[ParcoursEnded], work: UnitOfWork) -> None:
    """Nothing ends where a rectified admission has meanwhile left the parcours to another Maison, which goes on."""
    row = await _file_of(received, work)
    if row is not None and not _another_goes_on(row, organisation_of(received.writer)):
        row.ended_on = received.event.ended_on
        _tell(row, "exited", received.event.ended_on, work)


def _another_goes_on(row: FileRow, maison: str) -> bool:
    """Whom a change of Maison brought there took along what the Maison before had said, however late it is heard."""
    return row.maison is not None and maison not in {row.maison, row.moves_to} and row.moved_on is None


def _arrive(row: FileRow, on: date) -> None:
    """Whichever comes first: the old Maison hands over, or the new one names a référent."""
    row.maison, row.referent_id, row.moved_on = row.moves_to, None, on
    row.moves_to = row.moves_on = None


def _tell(row: FileRow, status: str, on: date, work: UnitOfWork) -> None:
    outcome = outcomes.life_after(row.orientation_id, status, on, row.orientation.external_reference)
    work.emit(outcome, to=row.told_through)


async def _file_of(received: Received[Any], work: UnitOfWork) -> FileRow | None:
    """A parcours taken over from the previous tool has no orientation of ours: nobody waits for news of it."""
    event: ParcoursFact = received.event
    await take_turn(work)
    row = await work.session.scalar(
        select(FileRow).where(FileRow.participant_id == event.participant_id, FileRow.parcours_no == event.parcours_no)
    )
    if row is None:
        return None
    await _is_of_a_maison_named_for(row, organisation_of(received.writer), work)
    return row


async def _is_of_a_maison_named_for(row: FileRow, maison: str, work: UnitOfWork) -> None:
    if row.maison == maison:
        return
    named = [
        select(table.maison).where(table.orientation_id == row.orientation_id, table.maison == maison)
        for table in (DecisionRow, OpinionRow)
    ]
    if await work.session.scalar(named[0].union_all(named[1]).limit(1)) is None:
        raise Refused("ownership.not-owner", "participant_id", "cette Maison n’accompagne pas cette personne")
