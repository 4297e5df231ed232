"""What prescribers tell of an orientation: received, corrected, withdrawn, and who the person is, in whatever order.

The first valid writer of an orientation owns it; a file holds what is there and is completed as the rest comes.
"""

from datetime import datetime, time

from plie_admission import store
from plie_admission.domain import completeness, files, orientations, outcomes, transfers
from plie_admission.domain.files import Status
from plie_admission.domain.likeness import phone_key
from plie_admission.domain.people import folded
from plie_admission.tables import ClaimRow, FileRow
from plie_chassis.calendar import PARIS
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import (
    IdentityProvided,
    OrientationCorrected,
    OrientationReceived,
    OrientationTransferred,
    OrientationWithdrawn,
)
from plie_contracts.refusals import Refused
from plie_contracts.streams import organisation_of


async def keep_facts(
    received: Received[OrientationReceived] | Received[OrientationCorrected], work: UnitOfWork
) -> None:
    """Open or complete the file of an orientation addressed here; one addressed elsewhere leaves the inbox.

    What is another commission's is kept as it came, without a name, for the day that it is transferred here.
    Refuses `ownership.not-owner`.
    """
    event = received.event
    await store.take_turn(work)
    claim = await store.claim(event.orientation_id, received.writer, work)
    if not claim.transfers:
        claim.addressed_to = event.addressed_to
    comes = follow_transfers(claim, work)
    here = claim.addressed_to == work.instance.organisation
    row = await work.session.get(FileRow, event.orientation_id)
    if row is None and here:
        row = store.open_file(event.orientation_id, received.writer, event.received_at, work)
    facts = event.model_dump(mode="json", exclude={"reason_code"}, exclude_none=True)
    if row is None:
        claim.facts = facts
        return
    row.facts, row.received_at, row.writer = facts, event.received_at, received.writer
    if comes is not None:
        welcome(row, claim, comes, work)
    elif not here:
        await _redirect(row, work)
    elif row.status == Status.REDIRECTED:
        row.status = Status.PENDING
    await complete(row, claim, work)


async def keep_identity(received: Received[IdentityProvided], work: UnitOfWork) -> None:
    """Put a name on a file. The Maison of an admitted person, or the commission it was transferred to, gets it too;
    where a change of Maison was decided and not carried out, both Maisons do.

    From another commission it counts with the transfer that announces it, whichever comes first.
    Refuses `ownership.not-owner`.
    """
    event = received.event
    if event.subject_kind != "orientation":
        raise Refused("schema.invalid", "subject_kind", "la commission attend l’identité d’une orientation")
    from_a_commission = received.writer.endswith(".admission")
    await store.take_turn(work)
    claim = await store.claim(event.subject_id, None if from_a_commission else received.writer, work)
    if from_a_commission and not _is_handed_over(claim, received.writer, work):
        claim.snapshot = event.model_dump(mode="json", exclude_none=True)
        claim.snapshot_from = received.writer
        return
    row = await work.session.get(FileRow, event.subject_id)
    if row is not None and row.status == Status.TRANSFERRED:
        target = await store.passed_on_to(event.subject_id, work)
        if target is not None:
            work.emit(orientations.snapshot_for_a_commission(event), to=target)
        return
    if row is None:
        received_at = datetime.combine(event.file.received_on, time(), PARIS) if event.file else received.recorded_at
        row = store.open_file(event.subject_id, received.writer, received_at, work)
    row.snapshot = event.model_dump(mode="json", exclude_none=True)
    await complete(row, claim, work)
    if row.status == Status.ADMITTED:
        for maison in filter(None, (row.maison, row.moves_to)):
            hand_over(row, maison, work)


async def withdraw_file(received: Received[OrientationWithdrawn], work: UnitOfWork) -> None:
    """Close the file and take it off the agenda; after a decision, tell the prescriber that it came too late.

    A deferral is a decision that the prescriber knows: it no longer withdraws either, and calls the commission.
    Refuses `ownership.not-owner`.
    """
    event = received.event
    await store.take_turn(work)
    claim = await store.claim(event.orientation_id, received.writer, work)
    claim.withdrawn_on = event.withdrawn_on
    row = await work.session.get(FileRow, event.orientation_id)
    if row is None or row.status == Status.TRANSFERRED:
        return
    if files.withdrawal_is_in_time(row.state):
        await _withdraw(row, claim, work)
    else:
        reference = row.orientation.external_reference
        work.emit(outcomes.withdrawal_too_late(row.orientation_id, reference, event.withdrawn_on), to=row.told_through)


def follow_transfers(claim: ClaimRow, work: UnitOfWork) -> OrientationTransferred | None:
    """Judge the transfers that await their predecessor; the last one, where it brings the file here."""
    awaiting = [OrientationTransferred.model_validate(one, strict=False) for one in claim.awaiting]
    followed, left = transfers.in_order(claim.addressed_to, awaiting)
    for event in followed:
        store.note_transfer(claim, event, work)
    claim.awaiting = [one.model_dump(mode="json", by_alias=True) for one in left]
    return followed[-1] if followed and followed[-1].to == work.instance.organisation else None


def welcome(row: FileRow, claim: ClaimRow, event: OrientationTransferred, work: UnitOfWork) -> None:
    """Examine what another commission transferred here, under the name that it handed over.

    A file that comes back to the commission it was addressed to is told to its prescriber directly again.
    """
    giver = f"{event.from_}.admission"
    claim.told_through = giver
    if claim.snapshot is not None and claim.snapshot_from == giver:
        row.snapshot = claim.snapshot
    claim.facts = claim.snapshot = claim.snapshot_from = None
    facts = row.received_facts
    ours = facts is not None and facts.addressed_to == work.instance.organisation
    row.told_through = row.writer if ours else giver
    if row.status in {Status.TRANSFERRED, Status.REDIRECTED}:
        row.status = Status.PENDING


def hand_over(row: FileRow, maison: str, work: UnitOfWork) -> None:
    """The whole file to the Maison that welcomes the person; without an identity yet, it goes when that comes."""
    snapshot = row.received_snapshot
    if snapshot is None or row.participant_id is None:
        return
    handed = orientations.snapshot_for_the_maison(
        row.participant_id, snapshot, row.received_facts, organisation_of(row.writer)
    )
    work.emit(handed, to=f"{maison}.parcours")


async def complete(row: FileRow, claim: ClaimRow, work: UnitOfWork) -> None:
    """Derive what lists and search need; a withdrawal that came before its orientation takes effect."""
    orientation = row.orientation
    identity = orientation.identity
    known = (row.last_name, row.first_name, row.birth_date, row.phone)
    row.last_name = identity.last_name if identity else None
    row.first_name = identity.first_name if identity else None
    row.birth_date = identity.birth_date if identity else None
    row.phone = phone_key(identity.phone) if identity else None
    row.searchable = folded(f"{identity.last_name} {identity.first_name} {identity.last_name}") if identity else ""
    row.age_at_reception = orientation.age_at_reception
    row.commune_insee = orientation.commune_insee
    row.prescriber_kind = orientation.prescriber_kind
    row.structure = orientation.structure
    row.missing = [lack.code for lack in completeness.missing(orientation)]
    if claim.withdrawn_on is not None and row.status == Status.PENDING:
        await _withdraw(row, claim, work)
    await work.session.flush()
    if known != (row.last_name, row.first_name, row.birth_date, row.phone):
        await store.compare_again(row, work)
        await work.session.flush()


def _is_handed_over(claim: ClaimRow, commission: str, work: UnitOfWork) -> bool:
    """Refuses `ownership.not-owner` where the orientation was addressed here, and never transferred by that commission."""
    if claim.addressed_to == work.instance.organisation and claim.told_through != commission:
        raise Refused("ownership.not-owner", "subject_id", "cette commission n’a pas transféré cette orientation")
    return claim.addressed_to == work.instance.organisation


async def _withdraw(row: FileRow, claim: ClaimRow, work: UnitOfWork) -> None:
    await store.leave_agenda(row, "withdrawn", work)
    row.status, row.withdrawn_on = Status.WITHDRAWN, claim.withdrawn_on


async def _redirect(row: FileRow, work: UnitOfWork) -> None:
    """The prescriber now addresses another commission; a decision already published stands."""
    if files.withdrawal_is_in_time(row.state) and row.status not in {Status.WITHDRAWN, Status.TRANSFERRED}:
        await store.leave_agenda(row, "redirected", work)
        row.status = Status.REDIRECTED
