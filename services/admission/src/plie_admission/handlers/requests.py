"""Asking the prescriber for what a file lacks, and taking its answers; between another commission and it, passing both on."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plie_admission import store
from plie_admission.domain import requests
from plie_admission.domain.files import Status
from plie_admission.handlers.transfers import given_away
from plie_admission.tables import FileRow, InformationRequestRow
from plie_chassis.ids import new_id
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import InformationProvided, InformationRequested
from plie_contracts.refusals import Refused


@dataclass(frozen=True)
class AskPrescriber:
    """`asked` are codes of the vocabulary « information »."""

    orientation_id: UUID
    asked: Sequence[str]


async def ask_prescriber(command: AskPrescriber, work: UnitOfWork) -> InformationRequestRow:
    """Raises UnknownFile, and what `requests.ask` raises."""
    await store.take_turn(work)
    row = await store.file(command.orientation_id, work)
    open_ones = await _open(row, work)
    waiting = {code for one in open_ones for code in one.unanswered}
    event = requests.ask(new_id(work.now), row.state, command.asked, waiting)
    request = InformationRequestRow(
        request_id=event.request_id,
        orientation_id=row.orientation_id,
        asked=list(event.asked),
        answered=[],
        asked_at=work.now,
        asked_by=work.author,
    )
    work.session.add(request)
    row.asked_on = row.asked_on or work.today
    work.emit(event, to=row.told_through)
    await work.session.flush()
    return request


async def pass_request_on(received: Received[InformationRequested], work: UnitOfWork) -> None:
    """Another commission asks of a file that was transferred to it. Refuses `ownership.not-owner`."""
    row, _ = await given_away(received.event.orientation_id, received.writer, work)
    work.emit(received.event, to=row.told_through)


async def keep_answer(received: Received[InformationProvided], work: UnitOfWork) -> None:
    """What is answered no longer waits; what another commission asked goes on to it. Refuses `ownership.not-owner`."""
    event = received.event
    await store.take_turn(work)
    row = await work.session.get(FileRow, event.orientation_id)
    if row is None or received.writer != row.told_through:
        raise Refused("ownership.not-owner", "orientation_id", "cette orientation est à un autre prescripteur")
    request = await work.session.get(InformationRequestRow, event.request_id)
    if request is not None and request.orientation_id == row.orientation_id:
        request.answered = list(dict.fromkeys([*request.answered, *event.answered]))
        request.last_answer_at = work.now
        if not request.unanswered:
            request.answered_at = work.now
    if request is None:
        target = await store.passed_on_to(row.orientation_id, work) if row.status == Status.TRANSFERRED else None
        if target is None:
            raise Refused("schema.invalid", "request_id", "cette demande n’est pas de cette commission")
        work.emit(event, to=target)
        return
    await work.session.flush()
    if not await _open(row, work):
        row.asked_on = None


async def _open(row: FileRow, work: UnitOfWork) -> Sequence[InformationRequestRow]:
    wanted = select(InformationRequestRow).where(
        InformationRequestRow.orientation_id == row.orientation_id,
        InformationRequestRow.answered_at.is_(None),
        InformationRequestRow.dropped_on.is_(None),
    )
    return (await work.session.scalars(wanted)).all()
