"""What the commission decides about our people: an admission opens a file, a rectified decision takes it back, an opinion stays."""

from typing import TypeVar

from sqlalchemy import select

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import AdmissionDeferred, AdmissionRefused, AdmissionValidated, OpinionGiven
from plie_contracts.refusals import Refused
from plie_parcours import store
from plie_parcours.domain import admissions
from plie_parcours.handlers.identities import search_name
from plie_parcours.store import File
from plie_parcours.tables import AdmissionRow, IdentityRow, ParticipantRow

Negative = TypeVar("Negative", AdmissionRefused, AdmissionDeferred)


async def open_file(received: Received[AdmissionValidated], work: UnitOfWork) -> None:
    """Our Maison welcomes the person; a re-entry is a new parcours of the same file.

    Raises Refused `ownership.not-owner` when it is not our CLAS that speaks.
    """
    event, here = received.event, received.event.maison == work.instance.organisation
    known = await work.session.get(AdmissionRow, event.orientation_id, with_for_update=True)
    if known is None and not here:
        return
    our_clas = work.declaration.clas_of_maison(work.instance.organisation)
    if not admissions.may_decide(received.writer, our_clas, event.clas):
        raise Refused("ownership.not-owner", "$.clas", f"cette Maison relève de la CLAS {our_clas}")
    if not admissions.counts(_number(known), event.decision_number):
        return
    await work.session.merge(
        AdmissionRow(
            orientation_id=event.orientation_id,
            decision_number=event.decision_number,
            participant_id=event.participant_id,
            parcours_no=event.parcours_no,
        )
    )
    file = await store.open_locked(work, event.participant_id) or await _new_file(work, event)
    file.keep(event, event.parcours_no, elsewhere=not here)
    store.settle(file)


async def revoke_admission(received: Received[Negative], work: UnitOfWork) -> None:
    """A rectified decision about somebody we welcomed; a refusal of anybody else is not our concern."""
    event = received.event
    known = await work.session.get(AdmissionRow, event.orientation_id, with_for_update=True)
    if known is None or not admissions.counts(_number(known), event.decision_number):
        return
    our_clas = work.declaration.clas_of_maison(work.instance.organisation)
    if not admissions.may_decide(received.writer, our_clas, our_clas):
        raise Refused("ownership.not-owner", "$.orientation_id", f"cette Maison relève de la CLAS {our_clas}")
    known.decision_number = event.decision_number
    file = await store.open_locked(work, known.participant_id)
    if file is not None:
        file.keep(event, known.parcours_no)
        store.settle(file)


async def keep_opinion(received: Received[OpinionGiven], work: UnitOfWork) -> None:
    """The « et de Suivi » of our CLAS about somebody we accompany, on their timeline; about anybody else it is not ours."""
    event = received.event
    file = await store.open_locked(work, event.participant_id)
    if file is None:
        return
    our_clas = work.declaration.clas_of_maison(work.instance.organisation)
    if not admissions.may_decide(received.writer, our_clas, our_clas):
        raise Refused("ownership.not-owner", "$.participant_id", f"cette Maison relève de la CLAS {our_clas}")
    file.keep(event, file.parcours.number)
    store.settle(file)


def _number(known: AdmissionRow | None) -> int | None:
    return known.decision_number if known else None


async def _new_file(work: UnitOfWork, event: AdmissionValidated) -> File:
    identity = await work.session.scalar(select(IdentityRow).where(IdentityRow.participant_id == event.participant_id))
    row = ParticipantRow(
        participant_id=event.participant_id,
        version=0,
        created_at=work.now,
        search_name=search_name(identity.last_name, identity.first_name) if identity else "",
        orientation_id=event.orientation_id,
        parcours_no=event.parcours_no,
        stage="welcome",
        admitted_on=event.decided_on,
        deadlines=[],
    )
    work.session.add(row)
    await work.session.flush()
    return File(row, {}, work)
