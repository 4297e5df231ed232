"""What the commission decides about our people: an admission opens a file, a rectified decision takes it back, an opinion stays."""

from typing import Any, TypeVar

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import AdmissionDeferred, AdmissionRefused, AdmissionValidated, Event, OpinionGiven
from plie_contracts.refusals import Refused
from plie_parcours import store
from plie_parcours.domain import admissions
from plie_parcours.tables import AdmissionRow

Negative = TypeVar("Negative", AdmissionRefused, AdmissionDeferred)


async def open_file(received: Received[AdmissionValidated], work: UnitOfWork) -> None:
    """Our Maison welcomes the person; a re-entry is a new parcours of the same file.

    A decision that is about another person than before takes the first one's admission back; a later parcours of the same
    person leaves the first one ended.
    Who is admitted to another Maison may come here one day: the decision is kept. Refuses `ownership.not-owner` when it
    is not our CLAS that speaks.
    """
    event, here = received.event, received.event.maison == work.instance.organisation
    spoken_by_our_clas(received, work, event.clas)
    known = await work.session.get(AdmissionRow, event.orientation_id, with_for_update=True)
    if not admissions.counts(_number(known), event.decision_number):
        return
    if known is not None and known.participant_id != event.participant_id:
        await _take_back(known, event, work, of_another_person=True)
    await work.session.merge(
        AdmissionRow(
            orientation_id=event.orientation_id,
            decision_number=event.decision_number,
            participant_id=event.participant_id,
            parcours_no=event.parcours_no,
            data=event.model_dump(mode="json", by_alias=True, exclude_none=True),
        )
    )
    await store.take_turn(event.participant_id, work)
    file = await store.open_locked(event.participant_id, work)
    if not here and (file is None or event.parcours_no not in file.every):
        return
    file = file or await store.new_file(event, work)
    file.keep(event, event.parcours_no, elsewhere=not here)
    store.settle(file)


async def revoke_admission(received: Received[Negative], work: UnitOfWork) -> None:
    """A rectified decision about somebody we welcomed; a refusal of anybody else is not our concern."""
    event = received.event
    known = await work.session.get(AdmissionRow, event.orientation_id, with_for_update=True)
    if known is None or not admissions.counts(_number(known), event.decision_number):
        return
    spoken_by_our_clas(received, work)
    known.decision_number = event.decision_number
    await _take_back(known, event, work)


async def keep_opinion(received: Received[OpinionGiven], work: UnitOfWork) -> None:
    """The « et de Suivi » of our CLAS about somebody we accompany, on their timeline; about anybody else it is not ours."""
    event = received.event
    file = await store.open_locked(event.participant_id, work)
    if file is None or file.parcours.elsewhere is not None:
        return
    spoken_by_our_clas(received, work)
    file.keep(event, file.parcours.number)
    store.settle(file)


def spoken_by_our_clas(received: Received[Any], work: UnitOfWork, speaks_for: str | None = None) -> None:
    """Refuses `ownership.not-owner` for any other CLAS, and for ours when it speaks for another (`speaks_for`)."""
    our_clas = work.declaration.clas_of_maison(work.instance.organisation)
    if not admissions.may_decide(received.writer, our_clas, speaks_for or our_clas):
        path = "$.orientation_id" if speaks_for is None else "$.clas"
        raise Refused("ownership.not-owner", path, f"cette Maison relève de la CLAS {our_clas}")


async def _take_back(known: AdmissionRow, event: Event, work: UnitOfWork, **withheld: Any) -> None:
    """The file of whom we welcomed keeps its facts and tells this one; before the welcome it closes by itself."""
    file = await store.open_locked(known.participant_id, work)
    if file is not None and known.parcours_no in file.every:
        file.keep(event, known.parcours_no, **withheld)
        store.settle(file)


def _number(known: AdmissionRow | None) -> int | None:
    return known.decision_number if known else None
