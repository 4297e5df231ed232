import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from plie_admission.domain.sessions import NoQuorum, NothingDecided, Quorum, SessionClosed
from plie_admission.handlers.closing import CloseSession, DraftOutdated, close_session
from plie_chassis.problems import StaleVersion


async def test_closing_publishes_every_decision_with_its_outcome(commission: Any, given: Any) -> None:
    admitted, deferred, refused, left = [await commission.receives() for _ in range(4)]
    session = await commission.plans(admitted, deferred, refused, left)
    for orientation_id, stated in (
        (admitted, given.admission()),
        (deferred, given.deferral()),
        (refused, given.refusal()),
    ):
        await commission.decides(orientation_id, session.session_id, stated)
    before = len(await commission.emitted())
    closed = await commission.closes(session.session_id)
    assert (closed.admitted, closed.deferred, closed.refused, closed.not_examined) == (1, 1, 1, 1)
    published = (await commission.emitted())[before:]
    assert [one.type for one in published] == [
        "AdmissionValidated",
        "OrientationOutcomeNotified",
        "IdentityProvided",
        "AdmissionDeferred",
        "OrientationOutcomeNotified",
        "AdmissionRefused",
        "OrientationOutcomeNotified",
    ]
    assert [one.value["status"] for one in published if "status" in one.value] == ["admitted", "deferred", "refused"]
    statuses = [(await commission.file(one)).status for one in (admitted, deferred, refused, left)]
    assert statuses == ["admitted", "deferred", "refused", "pending"]


async def test_a_sensitive_reorientation_reaches_the_prescriber_and_no_facts_stream(
    commission: Any, given: Any
) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.refusal(reorientation="cap-emploi"), orientation_id)
    (refused,) = await commission.emitted("AdmissionRefused")
    told = (await commission.emitted("OrientationOutcomeNotified"))[-1]
    assert refused.value["reorientation"] == "autre"
    assert told.value["reorientation"] == "cap-emploi"


async def test_nothing_is_known_before_the_session_closes(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    await commission.decides(orientation_id, session.session_id, given.admission())
    assert await commission.emitted("AdmissionValidated", "IdentityProvided") == []
    assert (await commission.file(orientation_id)).status == "in-commission"


async def test_the_maison_gets_the_person_and_the_whole_file(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.admission(), orientation_id)
    (admitted,) = await commission.emitted("AdmissionValidated")
    (handed,) = await commission.emitted("IdentityProvided")
    assert handed.topic == "plie.identity.v1.centre-isere.admission.to.centre-isere.parcours"
    assert handed.value["subject_id"] == admitted.value["participant_id"]
    assert handed.value["file"]["orientation_id"] == str(orientation_id)
    assert handed.value["sensitive_barriers"] == ["sante"]


async def test_a_publication_that_fails_leaves_nothing(commission: Any, given: Any) -> None:
    first, second = await commission.receives(), await commission.receives()
    session = await commission.plans(first, second)
    await commission.decides(first, session.session_id, given.admission())
    await commission.decides(second, session.session_id, given.refusal())
    before = await commission.emitted()
    async with commission.units.engine.begin() as connection:
        await connection.execute(text("alter table outbox add constraint full_disk check (type <> 'AdmissionRefused')"))
    with pytest.raises(Exception, match="full_disk"):
        await commission.closes(session.session_id)
    assert await commission.emitted() == before
    assert await commission.count("select count(*) from decision") == 0
    assert await commission.count("select count(*) from participant") == 0
    assert await commission.count("select count(*) from commission_session where closed_on is not null") == 0
    assert (await commission.file(first)).status == "in-commission"


async def test_a_session_closes_once_even_when_clicked_twice(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    await commission.decides(orientation_id, session.session_id, given.admission())
    clicks = [commission.closes(session.session_id) for _ in range(2)]
    outcomes = await asyncio.gather(*clicks, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Closed", "SessionClosed"]
    assert len(await commission.emitted("AdmissionValidated")) == 1


async def test_no_quorum_no_closing(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id, members=given.members(present=2))
    await commission.decides(orientation_id, session.session_id, given.admission())
    with pytest.raises(NoQuorum):
        await commission.closes(session.session_id)
    await commission.run(close_session, CloseSession(session.session_id, quorum=Quorum(members=2)))


async def test_an_empty_session_does_not_close(commission: Any) -> None:
    session = await commission.plans(await commission.receives())
    with pytest.raises(NothingDecided):
        await commission.closes(session.session_id)


async def test_what_changed_since_the_summary_is_not_closed_blindly(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    await commission.decides(orientation_id, session.session_id, given.admission())
    with pytest.raises(StaleVersion):
        await commission.closes(session.session_id, version=session.version)


async def test_a_file_withdrawn_after_its_draft_is_not_published(commission: Any, given: Any) -> None:
    kept, withdrawn = await commission.receives(), await commission.receives()
    session = await commission.plans(kept, withdrawn)
    for orientation_id in (kept, withdrawn):
        await commission.decides(orientation_id, session.session_id, given.admission())
    await commission.is_told_withdrawal(withdrawn)
    assert (await commission.closes(session.session_id)).admitted == 1
    assert len(await commission.emitted("AdmissionValidated")) == 1


async def test_a_draft_that_no_longer_stands_stops_the_closing(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    await commission.decides(orientation_id, session.session_id, given.admission())
    await commission.is_told_correction(orientation_id, adhesion=False)
    with pytest.raises(DraftOutdated, match="Noémie Bérard") as stopped:
        await commission.closes(session.session_id)
    assert stopped.value.facts == {"orientation_id": str(orientation_id)}


async def test_a_deferred_file_comes_back_and_a_later_session_decides_again(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.deferral(defer_until=date(2026, 4, 9)), orientation_id)
    assert (await commission.file(orientation_id)).state.status_on(date(2026, 4, 9)) == "pending"
    await commission.later(28).settles(given.admission(), orientation_id)
    (admitted,) = await commission.emitted("AdmissionValidated")
    assert admitted.value["decision_number"] == 2
    assert (await commission.file(orientation_id)).defer_until is None


async def test_a_deferred_file_that_a_session_leaves_is_deferred_still(commission: Any, given: Any) -> None:
    deferred, other = await commission.receives(), await commission.receives()
    await commission.settles(given.deferral(), deferred)
    session = await commission.plans(deferred, other)
    await commission.decides(other, session.session_id, given.admission())
    await commission.closes(session.session_id)
    assert (await commission.file(deferred)).status == "deferred"


async def test_a_closed_session_is_closed(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    with pytest.raises(SessionClosed):
        await commission.decides(orientation_id, session.session_id, given.refusal())
    with pytest.raises(SessionClosed):
        await commission.closes(session.session_id)
