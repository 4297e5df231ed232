"""What the Maison lives with the person after admission, told on to the prescriber; an ended parcours frees its place.

The Maison has no stream to the prescriber: the commission, which reads its facts, speaks to both.
Only a Maison that a decision named speaks of the person (`ownership.not-owner`).
"""

from datetime import date
from typing import TypeVar

from sqlalchemy import select

from plie_admission.domain import outcomes
from plie_admission.store import take_turn
from plie_admission.tables import DecisionRow, FileRow
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import ContactLogged, JobStarted, ParcoursEnded
from plie_contracts.events.parcours import ParcoursFact
from plie_contracts.refusals import Refused
from plie_contracts.streams import organisation_of

P = TypeVar("P", bound=ParcoursFact)


async def tell_first_interview(received: Received[ContactLogged], work: UnitOfWork) -> None:
    if received.event.first_interview:
        await _tell(received, "first-interview-held", received.event.occurred_on, work)


async def tell_job(received: Received[JobStarted], work: UnitOfWork) -> None:
    await _tell(received, "job-started", received.event.started_on, work)


async def end_parcours(received: Received[ParcoursEnded], work: UnitOfWork) -> None:
    row = await _tell(received, "exited", received.event.ended_on, work)
    if row is not None:
        row.ended_on = received.event.ended_on


async def _tell(received: Received[P], status: str, on: date, work: UnitOfWork) -> FileRow | None:
    """A parcours taken over from the previous tool has no orientation of ours: nobody waits for news of it."""
    event = received.event
    await take_turn(work)
    row = await work.session.scalar(
        select(FileRow).where(FileRow.participant_id == event.participant_id, FileRow.parcours_no == event.parcours_no)
    )
    if row is None:
        return None
    await _is_of_a_maison_named_for(row, organisation_of(received.writer), work)
    work.emit(outcomes.life_after(row.orientation_id, status, on, row.orientation.external_reference), to=row.writer)
    return row


async def _is_of_a_maison_named_for(row: FileRow, maison: str, work: UnitOfWork) -> None:
    if row.maison == maison:
        return
    named = select(DecisionRow.maison).where(
        DecisionRow.orientation_id == row.orientation_id, DecisionRow.maison == maison
    )
    if await work.session.scalar(named) is None:
        raise Refused("ownership.not-owner", "participant_id", "cette Maison n’accompagne pas cette personne")
