"""A file sent to the wrong commission: it goes to the right one with its history, the identity follows to that one alone."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from plie_admission.domain.files import FileTransferred, Status
from plie_admission.domain.transfers import CommissionUnknown, TransferReasonMissing, TransferTooLate
from plie_admission.handlers import files, requests, transfers
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_admission.handlers.transfers import TransferFile, transfer_file
from plie_chassis.ids import new_id
from plie_contracts.events import (
    EVENTS,
    IdentityProvided,
    InformationProvided,
    InformationRequested,
    OrientationOutcomeNotified,
    OrientationTransferred,
)
from plie_contracts.refusals import Refused

HERE, THERE, PRESCRIBER = "centre-isere.admission", "metropole.admission", "departement-38.orientation"
NORTH = "nord-isere.admission"
HEARS = {
    "OrientationTransferred": transfers.take_over,
    "IdentityProvided": files.keep_identity,
    "OrientationOutcomeNotified": transfers.pass_outcome_on,
    "InformationRequested": requests.pass_request_on,
    "InformationProvided": requests.keep_answer,
}


@pytest.fixture
async def grenoble(commission_of: Any) -> Any:
    return await commission_of("metropole")


async def wrong(commission: Any, grenoble: Any) -> UUID:
    """Both hear the fact; Voiron, where it was sent, gets the identity of somebody who lives in Grenoble."""
    orientation_id = new_id()
    await commission.is_told_facts(orientation_id)
    await grenoble.is_told_facts(orientation_id)
    await commission.is_told_identity(orientation_id, commune_insee="38185")
    return orientation_id


async def carry(source: Any, target: Any, writer: str, *types: str) -> None:
    """What one commission wrote, as the other one reads it."""
    for one in await source.emitted(*types):
        await target.hears(HEARS[one.type], EVENTS[one.type].model_validate(one.value, strict=False), writer)


async def transfer(commission: Any, orientation_id: UUID, to: str = "metropole") -> Any:
    return await commission.run(transfer_file, TransferFile(orientation_id, to, "autre-territoire"))


def handed_over(orientation_id: UUID, giver: str, to: str) -> OrientationTransferred:
    told = {
        "orientation_id": orientation_id,
        "from": giver,
        "to": to,
        "transferred_on": "2026-03-12",
        "reason_code": "autre",
    }
    return OrientationTransferred.model_validate(told, strict=False)


async def test_a_transferred_file_is_examined_there_and_forgotten_here(commission: Any, grenoble: Any) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    (event,) = await commission.emitted("OrientationTransferred")
    assert event.value == {
        "orientation_id": str(orientation_id),
        "from": "centre-isere",
        "to": "metropole",
        "transferred_on": "2026-03-12",
        "reason_code": "autre-territoire",
    }
    (identity,) = await commission.emitted("IdentityProvided")
    assert identity.topic == f"plie.identity.v1.{HERE}.to.{THERE}"
    gone = await commission.file(orientation_id)
    assert (gone.status, gone.snapshot, gone.last_name, gone.likeness) == (Status.TRANSFERRED, None, None, [])
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    came = await grenoble.file(orientation_id)
    assert (came.status, came.last_name, came.commune_insee) == (Status.PENDING, "Bérard", "38185")
    assert await commission.count("select count(*) from transfer") == 1
    assert await grenoble.count("select count(*) from transfer") == 1


PARTS = ("facts", "transfer", "identity")


@pytest.mark.parametrize("order", list(permutations(PARTS)), ids="-".join)
async def test_the_parts_of_a_transferred_file_arrive_in_any_order(
    commission: Any, grenoble: Any, order: Sequence[str]
) -> None:
    orientation_id = new_id()
    await commission.is_told_facts(orientation_id)
    await commission.is_told_identity(orientation_id)
    await transfer(commission, orientation_id)
    for part in order:
        if part == "facts":
            await grenoble.is_told_facts(orientation_id)
        else:
            await carry(
                commission, grenoble, HERE, "OrientationTransferred" if part == "transfer" else "IdentityProvided"
            )
    row = await grenoble.file(orientation_id)
    assert (row.status, row.last_name, row.facts is not None) == (Status.PENDING, "Bérard", True)
    assert (row.writer, row.told_through) == (PRESCRIBER, HERE)


@pytest.mark.parametrize(
    "order",
    [
        ("facts", "there", "back", "third"),
        ("back", "facts", "there", "third"),
        ("there", "third", "facts", "back"),
        ("back", "there", "third", "facts"),
    ],
    ids="-".join,
)
async def test_transfers_between_two_commissions_are_followed_by_a_third_in_whatever_order_it_reads_them(
    commission_of: Any, order: Sequence[str]
) -> None:
    third, orientation_id = await commission_of("metropole"), new_id()
    way = {
        "there": ("centre-isere", "nord-isere"),
        "back": ("nord-isere", "centre-isere"),
        "third": ("centre-isere", "metropole"),
    }
    for step in order:
        if step == "facts":
            await third.is_told_facts(orientation_id)
            continue
        giver, to = way[step]
        await third.hears(transfers.take_over, handed_over(orientation_id, giver, to), f"{giver}.admission")
        if step == "third":
            await third.is_told_identity(orientation_id, HERE)
    row = await third.file(orientation_id)
    assert (row.status, row.last_name, row.told_through) == (Status.PENDING, "Bérard", HERE)
    assert await third.count("select count(*) from transfer") == 3


async def test_a_commission_that_does_not_examine_a_file_gives_it_to_nobody(commission_of: Any) -> None:
    third, orientation_id = await commission_of("metropole"), new_id()
    await third.hears(transfers.take_over, handed_over(orientation_id, "nord-isere", "metropole"), NORTH)
    await third.is_told_identity(orientation_id, NORTH)
    await third.is_told_facts(orientation_id)
    assert await third.count("select count(*) from file") == 0
    await third.hears(transfers.take_over, handed_over(orientation_id, "centre-isere", "metropole"), HERE)
    await third.is_told_identity(orientation_id, HERE)
    assert (await third.file(orientation_id)).told_through == HERE


async def test_what_was_asked_before_the_transfer_is_answered_to_nobody_there(commission: Any, grenoble: Any) -> None:
    orientation_id = await wrong(commission, grenoble)
    request = await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["motivation"]))
    await transfer(commission, orientation_id)
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    answer = InformationProvided(request_id=request.request_id, orientation_id=orientation_id, answered=("motivation",))
    await commission.hears(requests.keep_answer, answer, PRESCRIBER)
    assert await commission.emitted("InformationProvided") == []


async def test_what_was_asked_before_the_transfer_may_be_asked_again_when_the_file_is_back(
    commission: Any, grenoble: Any
) -> None:
    orientation_id = await wrong(commission, grenoble)
    await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["motivation"]))
    await transfer(commission, orientation_id)
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    await transfer(grenoble, orientation_id, "centre-isere")
    await carry(grenoble, commission, THERE, "OrientationTransferred", "IdentityProvided")
    await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["motivation"]))
    assert (await commission.file(orientation_id)).asked_on == commission.now.date()


async def test_the_prescriber_hears_the_outcome_through_the_commission_it_addressed(
    commission: Any, grenoble: Any, given: Any
) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    await grenoble.settles(given.admission(maison="mde-grenoble-nord"), orientation_id)
    told = await grenoble.emitted("OrientationOutcomeNotified")
    assert {one.topic for one in told} == {f"plie.notice.v1.{THERE}.to.{HERE}"}
    await carry(grenoble, commission, THERE, "OrientationOutcomeNotified")
    passed_on = await commission.emitted("OrientationOutcomeNotified")
    assert {one.topic for one in passed_on} == {f"plie.notice.v1.{HERE}.to.{PRESCRIBER}"}
    assert [one.value["status"] for one in passed_on] == ["in-commission", "admitted"]


async def test_a_notice_that_the_other_commission_has_replaced_since_is_not_passed_on(
    commission: Any, grenoble: Any, received: Any
) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    for sequence, status in ((2, "first-interview-held"), (5, "refused"), (4, "admitted"), (3, "in-commission")):
        notice = OrientationOutcomeNotified(orientation_id=orientation_id, status=status, on=commission.now.date())
        await commission.run(transfers.pass_outcome_on, received(notice, THERE)._replace(sequence=sequence))
    told = [one.value["status"] for one in await commission.emitted("OrientationOutcomeNotified")]
    assert told == ["first-interview-held", "refused"]


async def test_what_is_told_of_the_persons_life_is_passed_on_however_late_it_comes(
    commission: Any, grenoble: Any, received: Any
) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    for sequence, status in ((5, "exited"), (4, "admitted"), (3, "first-interview-held")):
        notice = OrientationOutcomeNotified(orientation_id=orientation_id, status=status, on=commission.now.date())
        await commission.run(transfers.pass_outcome_on, received(notice, THERE)._replace(sequence=sequence))
    told = [one.value["status"] for one in await commission.emitted("OrientationOutcomeNotified")]
    assert told == ["exited", "admitted", "first-interview-held"]


async def test_questions_and_answers_pass_through_it_too(commission: Any, grenoble: Any) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    request = await grenoble.run(ask_prescriber, AskPrescriber(orientation_id, ["motivation"]))
    await carry(grenoble, commission, THERE, "InformationRequested")
    (asked,) = await commission.emitted("InformationRequested")
    assert asked.topic.endswith(PRESCRIBER)
    answer = InformationProvided(request_id=request.request_id, orientation_id=orientation_id, answered=("motivation",))
    await commission.hears(requests.keep_answer, answer, PRESCRIBER)
    await carry(commission, grenoble, HERE, "InformationProvided")
    assert (await grenoble.file(orientation_id)).asked_on is None


async def test_a_later_identity_follows_to_the_right_commission(commission: Any, grenoble: Any) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    await commission.is_told_identity(orientation_id, last_name="Bérard-Durand")
    assert (await commission.file(orientation_id)).snapshot is None
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    assert (await grenoble.file(orientation_id)).last_name == "Bérard-Durand"


async def test_a_file_transferred_back_is_told_to_its_prescriber_directly(commission: Any, grenoble: Any) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    await transfer(grenoble, orientation_id, "centre-isere")
    await carry(grenoble, commission, THERE, "OrientationTransferred", "IdentityProvided")
    back = await commission.file(orientation_id)
    assert (back.status, back.last_name, back.told_through) == (Status.PENDING, "Bérard", PRESCRIBER)


async def test_a_withdrawal_reaches_the_commission_that_examines_the_file(commission: Any, grenoble: Any) -> None:
    orientation_id = await wrong(commission, grenoble)
    await transfer(commission, orientation_id)
    await carry(commission, grenoble, HERE, "OrientationTransferred", "IdentityProvided")
    for one in (commission, grenoble):
        await one.is_told_withdrawal(orientation_id)
    assert (await grenoble.file(orientation_id)).status == Status.WITHDRAWN
    assert (await commission.file(orientation_id)).status == Status.TRANSFERRED


async def test_a_transferred_file_leaves_the_agenda(commission: Any, grenoble: Any) -> None:
    orientation_id = await wrong(commission, grenoble)
    session = await commission.plans(orientation_id)
    await transfer(commission, orientation_id)
    assert (await commission.file(orientation_id)).agenda_of is None
    assert await commission.count("select count(*) from agenda_item where left_because = 'transferred'") == 1
    with pytest.raises(FileTransferred):
        await commission.plans(orientation_id, held_on=session.held_on)


async def test_a_decided_file_stays_with_the_commission_that_decided(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.deferral(), orientation_id)
    with pytest.raises(TransferTooLate):
        await transfer(commission, orientation_id)


@pytest.mark.parametrize(
    ("to", "reason", "refusal"),
    [
        ("centre-isere", "autre", CommissionUnknown),
        ("mde-grenoble-nord", "autre", CommissionUnknown),
        ("metropole", "", TransferReasonMissing),
    ],
)
async def test_a_transfer_names_another_commission_and_its_reason(
    commission: Any, to: str, reason: str, refusal: type[Exception]
) -> None:
    orientation_id = await commission.receives()
    with pytest.raises(refusal):
        await commission.run(transfer_file, TransferFile(orientation_id, to, reason))
    assert await commission.emitted("OrientationTransferred") == []


async def test_a_commission_transfers_only_what_is_its_own(commission: Any) -> None:
    orientation_id = await commission.receives()
    event = handed_over(orientation_id, "metropole", "centre-isere")
    with pytest.raises(Refused) as refused:
        await commission.hears(transfers.take_over, event, THERE)
    assert refused.value.code == "ownership.not-owner"


async def test_another_commission_hands_over_no_identity_of_ours(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    with pytest.raises(Refused):
        snapshot: IdentityProvided = given.snapshot(subject_id=orientation_id, last_name="Autre", file=None)
        await commission.hears(files.keep_identity, snapshot, THERE)
    assert (await commission.file(orientation_id)).last_name == "Bérard"


async def test_another_commission_speaks_to_our_prescribers_only_of_what_we_gave_it(commission: Any) -> None:
    orientation_id = await commission.receives()
    outcome = OrientationOutcomeNotified(orientation_id=orientation_id, status="admitted", on=commission.now.date())
    asked = InformationRequested(request_id=new_id(), orientation_id=orientation_id, asked=("motivation",))
    for handler, event in ((transfers.pass_outcome_on, outcome), (requests.pass_request_on, asked)):
        with pytest.raises(Refused):
            await commission.hears(handler, event, THERE)
