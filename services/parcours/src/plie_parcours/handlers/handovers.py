"""Changes of Maison: the CLAS decides, the file leaves on its day with all it tells, or comes and goes on here."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from plie_chassis.calendar import paris_date
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts import streams
from plie_contracts.events import AdmissionValidated, MaisonReassigned, ParcoursFileHandedOver
from plie_contracts.refusals import Refused
from plie_parcours import store
from plie_parcours.domain import contacts, handovers
from plie_parcours.domain.parcours import Parcours
from plie_parcours.domain.records import Note
from plie_parcours.handlers.admissions import spoken_by_our_clas
from plie_parcours.queries.referents import names_of_referents
from plie_parcours.store import File, Kept
from plie_parcours.tables import AdmissionRow, EarlyFileRow, HandoverNoteRow, ParticipantRow

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class WriteNote:
    """What the next Maison should know; None takes it back. It replaces what was written before."""

    participant_id: UUID
    text: str | None
    version: int | None = None


async def write_note(command: WriteNote, work: UnitOfWork) -> Kept[Note | None]:
    """Raises NoHandoverPlanned, ParcoursIsEnded, HandedOver."""
    async with store.change(command.participant_id, command.version, work) as file:
        parcours = file.parcours
        handovers.leaves(parcours)
        await _written_note(parcours, work)
        if command.text is None:
            return file.kept(None)
        note = Note(work.today, command.text)
        work.session.add(
            HandoverNoteRow(
                participant_id=parcours.participant_id,
                parcours_no=parcours.number,
                written_on=note.written_on,
                text=note.text,
            )
        )
        return file.kept(note)


async def follow(received: Received[MaisonReassigned], work: UnitOfWork) -> None:
    """What our CLAS decided about somebody who leaves, or who comes: the file opens, with what may have come before.

    Refuses `ownership.not-owner` for any other CLAS, for Maisons that are not both its own, and for whom it never admitted.
    """
    event, here = received.event, work.instance.organisation
    spoken_by_our_clas(received, work)
    _of_our_clas(event.from_, "$.from", work)
    _of_our_clas(event.to, "$.to", work)
    if here not in (event.from_, event.to) or event.from_ == event.to:
        return
    admission = await work.session.get(AdmissionRow, event.orientation_id, with_for_update=True)
    if admission is None:
        raise Refused("ownership.not-owner", "$.orientation_id", "aucune admission de cette orientation n’est connue")
    await store.take_turn(admission.participant_id, work)
    file = await _file_of(admission, work, leaves=event.from_ == here)
    ahead = paris_date(received.recorded_at) < event.effective_on
    file.keep(event, admission.parcours_no, leaves=event.from_ == here, ahead=ahead)
    await _take_over_what_came_early(file, admission.parcours_no, work)
    await _hand_over_if_due(file, admission.parcours_no, work)
    store.settle(file)


async def take_over(received: Received[ParcoursFileHandedOver], work: UnitOfWork) -> None:
    """The working file of the Maison before; where the CLAS's decision has not come yet, it waits for it.

    Refuses `ownership.not-owner` from a Maison of another CLAS.
    """
    event, maison = received.event, streams.organisation_of(received.writer)
    _of_our_clas(maison, "$.participant_id", work)
    await store.take_turn(event.participant_id, work)
    file = await store.open_locked(event.participant_id, work)
    parcours = file.every.get(event.parcours_no) if file else None
    if file is not None and handovers.expects(parcours, maison):
        _take_over(file, event, maison)
        await _hand_over_if_due(file, event.parcours_no, work)
        store.settle(file)
    elif handovers.goes_back(parcours, maison):
        work.emit(event, to=received.writer)
    elif handovers.came_early(parcours):
        await work.session.merge(
            EarlyFileRow(
                participant_id=event.participant_id,
                parcours_no=event.parcours_no,
                maison=maison,
                data=event.model_dump(mode="json", by_alias=True, exclude_none=True),
            )
        )


async def due(work: UnitOfWork) -> Sequence[UUID]:
    """Whose file leaves today, or should have left, the longest due first."""
    query = (
        select(ParticipantRow.participant_id)
        .where(ParticipantRow.leaves_on <= work.today)
        .order_by(ParticipantRow.leaves_on, ParticipantRow.participant_id)
        .limit(AT_ONCE)
    )
    return (await work.session.scalars(query)).all()


async def hand_over(participant_id: UUID, work: UnitOfWork) -> None:
    """What of this person's file is due; nothing where somebody else has just done it."""
    file = await store.open_locked(participant_id, work)
    if file is None:
        return
    for parcours_no in list(file.every):
        await _hand_over_if_due(file, parcours_no, work)
    store.settle(file)


async def _hand_over_if_due(file: File, parcours_no: int, work: UnitOfWork) -> None:
    """ParcoursHandedOver to everybody, the working file to the next Maison alone."""
    parcours = file.every[parcours_no]
    if parcours.leaving is None or not handovers.is_due(parcours, work.today):
        return
    to, names = parcours.leaving.maison, await names_of_referents(work)
    note = await _written_note(parcours, work)
    working_file = handovers.working_file(parcours, names, [note] if note else [], work.today)
    facts = streams.facts_topic("parcours", work.instance.organisation)
    last = await work.last_sequence(facts, str(parcours.participant_id))
    told = handovers.hand_over(parcours, to, last, work.today)
    file.tell(told, note=note.text if note else None)
    work.emit(working_file, to=f"{to}.parcours")
    # A return that the CLAS decided in the meantime comes next.
    await _take_over_what_came_early(file, parcours_no, work)


async def _take_over_what_came_early(file: File, parcours_no: int, work: UnitOfWork) -> None:
    arriving = file.every[parcours_no].arriving
    if arriving is None:
        return
    taken = await work.session.scalar(
        delete(EarlyFileRow)
        .where(
            EarlyFileRow.participant_id == file.row.participant_id,
            EarlyFileRow.parcours_no == parcours_no,
            EarlyFileRow.maison == arriving.maison,
        )
        .returning(EarlyFileRow.data)
    )
    if taken is not None:
        _take_over(file, ParcoursFileHandedOver.model_validate(taken, strict=False), arriving.maison)


def _take_over(file: File, event: ParcoursFileHandedOver, maison: str) -> None:
    """Its facts stay in the file and are not told again; only what they change in what was told here is."""
    for fact in handovers.facts_to_keep(file.every[event.parcours_no], event, maison):
        file.keep(fact.event, event.parcours_no, **fact.withheld)
    file.keep(event, event.parcours_no, **{handovers.TOLD_BY: maison})
    for correction in contacts.first_interviews_to_restate(file.every[event.parcours_no]):
        note = file.every[event.parcours_no].contacts[correction.contact_id].note
        file.tell(correction, note=note)


async def _file_of(admission: AdmissionRow, work: UnitOfWork, *, leaves: bool) -> File:
    """Refuses `ownership.not-owner` where somebody would leave who is not here."""
    file = await store.open_locked(admission.participant_id, work)
    if file is not None and admission.parcours_no in file.every:
        return file
    if leaves:
        raise Refused("ownership.not-owner", "$.from", "cette Maison n’accompagne pas cette personne")
    admitted = AdmissionValidated.model_validate(admission.data, strict=False)
    file = file or await store.new_file(admitted, work)
    file.keep(admitted, admission.parcours_no)
    return file


async def _written_note(parcours: Parcours, work: UnitOfWork) -> Note | None:
    """Taken out of where it waited: it leaves with the file, or another one takes its place."""
    waiting = (
        delete(HandoverNoteRow)
        .where(
            HandoverNoteRow.participant_id == parcours.participant_id, HandoverNoteRow.parcours_no == parcours.number
        )
        .returning(HandoverNoteRow.written_on, HandoverNoteRow.text)
    )
    found = (await work.session.execute(waiting)).one_or_none()
    return Note(*found) if found else None


def _of_our_clas(maison: str, path: str, work: UnitOfWork) -> None:
    our_clas = work.declaration.clas_of_maison(work.instance.organisation)
    if maison not in work.declaration.maisons_of(our_clas):
        raise Refused("ownership.not-owner", path, f"« {maison} » n’est pas une Maison de la CLAS {our_clas}")
