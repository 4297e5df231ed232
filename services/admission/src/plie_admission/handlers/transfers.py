"""A file goes to the commission that it concerns: given away here, taken over there, in whatever order its parts arrive.

The commission that gave it away forgets who the person is, and passes on what the other one and the prescriber say.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update

from plie_admission import store
from plie_admission.domain import orientations, outcomes, transfers
from plie_admission.domain.files import Status
from plie_admission.handlers.files import complete, follow_transfers, welcome
from plie_admission.tables import FileRow, InformationRequestRow, TransferRow
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import OrientationOutcomeNotified, OrientationTransferred
from plie_contracts.refusals import Refused


@dataclass(frozen=True)
class TransferFile:
    orientation_id: UUID
    to: str
    reason_code: str
    version: int | None = None


async def transfer_file(command: TransferFile, work: UnitOfWork) -> FileRow:
    """Raises UnknownFile, StaleVersion, and what `transfers.transfer` raises."""
    await store.take_turn(work)
    row = await store.file_for_update(command.orientation_id, command.version, work)
    clas = work.instance.organisation
    event = transfers.transfer(
        row.state,
        clas=clas,
        to=command.to,
        reason_code=command.reason_code,
        others={instance.organisation for instance in work.declaration.of_service("admission")} - {clas},
        today=work.today,
    )
    claim = await store.claim(row.orientation_id, None, work)
    await store.leave_agenda(row, "transferred", work)
    row.status, row.asked_on = Status.TRANSFERRED, None
    waiting = (InformationRequestRow.orientation_id == row.orientation_id) & InformationRequestRow.answered_at.is_(None)
    await work.session.execute(update(InformationRequestRow).where(waiting).values(dropped_on=work.today))
    store.note_transfer(claim, event, work)
    work.emit(event)
    snapshot = row.received_snapshot
    if snapshot is not None:
        work.emit(orientations.snapshot_for_a_commission(snapshot), to=f"{command.to}.admission")
    row.snapshot = None
    await complete(row, claim, work)
    return row


async def take_over(received: Received[OrientationTransferred], work: UnitOfWork) -> None:
    """The file opens here with what has come of it, once every transfer before this one is known.

    Refuses `ownership.not-owner` of a file that this commission examines: it alone gives that away.
    """
    event = received.event
    await store.take_turn(work)
    claim = await store.claim(event.orientation_id, None, work)
    if claim.addressed_to == work.instance.organisation:
        raise Refused("ownership.not-owner", "from", "cette commission n’examine pas cette orientation")
    claim.awaiting = [*claim.awaiting, event.model_dump(mode="json", by_alias=True)]
    comes = follow_transfers(claim, work)
    if comes is None:
        return
    row = await work.session.get(FileRow, event.orientation_id)
    if row is None:
        row = store.open_file(event.orientation_id, claim.writer or received.writer, received.recorded_at, work)
    row.facts = row.facts or claim.facts
    if row.received_facts is not None:
        row.received_at = row.received_facts.received_at
    welcome(row, claim, comes, work)
    await complete(row, claim, work)


async def pass_outcome_on(received: Received[OrientationOutcomeNotified], work: UnitOfWork) -> None:
    """To the prescriber, who knows only the commission it addressed. Refuses `ownership.not-owner`.

    It goes on under a sequence of ours: what the other commission has replaced since must not look newer by it.
    """
    event = received.event
    row, transfer = await given_away(event.orientation_id, received.writer, work)
    if outcomes.is_superseded(event, received.sequence, transfer.heard):
        return
    if event.status in outcomes.LEADING:
        transfer.heard = max(transfer.heard, received.sequence or 0)
    work.emit(event, to=row.told_through)


async def given_away(orientation_id: UUID, to: str, work: UnitOfWork) -> tuple[FileRow, TransferRow]:
    """Our file that the commission `to` now examines, and how it went there. Refuses `ownership.not-owner`."""
    await store.take_turn(work)
    row = await work.session.get(FileRow, orientation_id)
    transfer = await store.given_away(orientation_id, work)
    if row is None or transfer is None or transfer.receiver != to:
        raise Refused("ownership.not-owner", "orientation_id", "cette commission n’examine pas cette orientation")
    return row, transfer
