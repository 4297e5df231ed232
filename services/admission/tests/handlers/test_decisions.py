import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from plie_admission.domain.decisions import DecisionSuperseded, MaisonNotOurs, OverrideReasonMissing, SamePersonUnknown
from plie_admission.domain.files import NotOnAgenda
from plie_admission.handlers import parcours
from plie_admission.store import UnknownFile, UnknownSession
from plie_chassis.problems import StaleVersion
from plie_contracts.events import ParcoursOpened

from .test_parcours import NORD, SUD, exit_of, interview


async def test_a_later_draft_replaces_the_first(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    admitted = await commission.decides(orientation_id, session.session_id, given.admission())
    assert admitted.decision_number == 1
    assert isinstance(admitted.participant_id, UUID)
    refused = await commission.decides(orientation_id, session.session_id, given.refusal())
    assert (refused.decision_number, refused.participant_id) == (1, None)
    await commission.closes(session.session_id)
    assert [one.type for one in await commission.emitted("AdmissionValidated", "AdmissionRefused")] == [
        "AdmissionRefused"
    ]


async def test_the_participant_of_a_draft_is_the_one_published(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    first = await commission.decides(orientation_id, session.session_id, given.admission())
    again = await commission.decides(
        orientation_id, session.session_id, given.admission(plus_value_code="remobilisation")
    )
    await commission.closes(session.session_id)
    (admitted,) = await commission.emitted("AdmissionValidated")
    assert first.participant_id == again.participant_id
    assert admitted.value["participant_id"] == str(first.participant_id)
    assert (admitted.value["parcours_no"], admitted.value["plus_value_code"]) == (1, "remobilisation")


async def test_a_person_who_comes_back_keeps_her_id_and_gets_the_next_parcours(commission: Any, given: Any) -> None:
    first = await commission.receives()
    await commission.settles(given.admission(), first)
    known = (await commission.file(first)).participant_id
    for number, named_by in ((2, known), (3, first)):
        again = await commission.receives()
        session = await commission.plans(again)
        stated = given.admission(same_person_as=named_by)
        assert (await commission.decides(again, session.session_id, stated)).participant_id == known
        await commission.closes(session.session_id)
        admitted = (await commission.emitted("AdmissionValidated"))[-1]
        assert (admitted.value["participant_id"], admitted.value["parcours_no"]) == (str(known), number)


async def test_a_person_nobody_admitted_cannot_come_back(commission: Any, given: Any) -> None:
    orientation_id, pending = await commission.receives(), await commission.receives()
    session = await commission.plans(orientation_id)
    for stranger in (uuid4(), pending, orientation_id):
        with pytest.raises(SamePersonUnknown):
            await commission.decides(orientation_id, session.session_id, given.admission(same_person_as=stranger))


async def test_a_decision_is_made_where_the_file_is_examined(commission: Any, given: Any) -> None:
    orientation_id, elsewhere = await commission.receives(), await commission.receives()
    session, other = await commission.plans(orientation_id), await commission.plans(elsewhere)
    with pytest.raises(NotOnAgenda):
        await commission.decides(orientation_id, other.session_id, given.admission())
    with pytest.raises(UnknownFile):
        await commission.decides(uuid4(), session.session_id, given.admission())
    with pytest.raises(UnknownSession):
        await commission.decides(orientation_id, uuid4(), given.admission())


async def test_a_maison_belongs_to_the_commission(commission_of: Any, given: Any) -> None:
    grenoble = await commission_of("metropole")
    orientation_id = await grenoble.receives_at_grenoble()
    session = await grenoble.plans(orientation_id)
    with pytest.raises(MaisonNotOurs):
        await grenoble.decides(orientation_id, session.session_id, given.admission(maison="centre-isere"))
    await grenoble.decides(orientation_id, session.session_id, given.admission(maison="mde-grenoble-sud"))
    await grenoble.closes(session.session_id)
    (handed,) = await grenoble.emitted("IdentityProvided")
    assert handed.topic == "plie.identity.v1.metropole.admission.to.mde-grenoble-sud.parcours"


async def test_the_territory_is_that_of_this_commission(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives(commune_insee="38185")
    session = await commission.plans(orientation_id)
    with pytest.raises(OverrideReasonMissing, match="territoire"):
        await commission.decides(orientation_id, session.session_id, given.admission())
    await commission.decides(orientation_id, session.session_id, given.admission(override_reason="déménage à Voiron"))
    await commission.closes(session.session_id)
    (admitted,) = await commission.emitted("AdmissionValidated")
    assert admitted.value["overridden"] is True
    assert admitted.value["criteria"]["territory"] == "not-met"


async def test_a_draft_on_a_stale_file_is_refused(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    seen = (await commission.file(orientation_id)).version
    await commission.decides(orientation_id, session.session_id, given.refusal(), version=seen)
    with pytest.raises(StaleVersion, match="en commission"):
        await commission.decides(orientation_id, session.session_id, given.admission(), version=seen)


async def test_a_rectification_is_a_new_decision_published_at_once(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    before = len(await commission.emitted())
    rectified = await commission.later(3).decides(orientation_id, session.session_id, given.refusal(), rectifies=True)
    assert rectified.decision_number == 2
    refused, told = (await commission.emitted())[before:]
    assert (refused.value["decision_number"], refused.value["rectifies"]) == (2, True)
    assert refused.value["decided_on"] == "2026-03-15"
    assert told.value["status"] == "refused"
    assert (await commission.file(orientation_id)).status == "refused"
    assert await commission.count("select count(*) from decision") == 2


async def test_a_rectified_admission_keeps_the_person_and_her_parcours(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    for stated in (given.refusal(), given.admission(reason_code="autre")):
        await commission.decides(orientation_id, session.session_id, stated, rectifies=True)
    first, last = await commission.emitted("AdmissionValidated")
    assert last.value["decision_number"] == 3
    assert [last.value[field] for field in ("participant_id", "parcours_no")] == [
        first.value[field] for field in ("participant_id", "parcours_no")
    ]


MAISON = "centre-isere.parcours"


def opening(person: UUID) -> ParcoursOpened:
    return ParcoursOpened(
        participant_id=person, opened_on=date(2026, 3, 12), referent_id="referent-1", modality="autre"
    )


async def test_a_rectification_that_names_another_person_leaves_what_the_first_one_lived_to_them(
    commission: Any, given: Any
) -> None:
    known = await commission.admits(given.admission())
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    first = (await commission.file(orientation_id)).participant_id
    await commission.hears(parcours.note_referent, opening(first), MAISON)
    stated = given.admission(same_person_as=known, reason_code="autre")
    await commission.decides(orientation_id, session.session_id, stated, rectifies=True)
    file = await commission.file(orientation_id)
    assert (file.participant_id, file.parcours_no) == ((await commission.file(known)).participant_id, 2)
    assert (file.opened_on, file.referent_id) == (None, None)


async def statuses(commission: Any, orientation_id: UUID) -> list[str]:
    notices = await commission.emitted("OrientationOutcomeNotified")
    return [one.value["status"] for one in notices if one.value["orientation_id"] == str(orientation_id)]


async def test_a_rectification_comes_back_to_whom_the_admission_named_first_and_to_their_parcours(
    commission: Any, given: Any
) -> None:
    known = await commission.admits(given.admission())
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    own = (await commission.file(orientation_id)).participant_id
    await commission.hears(parcours.note_referent, opening(own), MAISON)
    for named in (known, own):
        stated = given.admission(same_person_as=named, reason_code="autre")
        await commission.decides(orientation_id, session.session_id, stated, rectifies=True)
    file = await commission.file(orientation_id)
    assert (file.participant_id, file.parcours_no) == (own, 1)
    assert (file.opened_on, file.referent_id) == (date(2026, 3, 12), "referent-1")
    assert await commission.count("select max(parcours_count) from participant") == 2


async def test_what_the_maison_tells_of_somebody_while_the_file_names_another_is_found_again_and_is_no_news(
    commission: Any, given: Any
) -> None:
    known = await commission.admits(given.admission())
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    own = (await commission.file(orientation_id)).participant_id
    another = given.admission(same_person_as=known, reason_code="autre")
    await commission.decides(orientation_id, session.session_id, another, rectifies=True)
    await commission.hears(parcours.note_referent, opening(own), MAISON)
    await commission.hears(parcours.tell_first_interview, interview(own), MAISON)
    meanwhile = await commission.file(orientation_id)
    assert (meanwhile.opened_on, meanwhile.referent_id, meanwhile.first_interview_on) == (None, None, None)
    back = given.admission(same_person_as=own, reason_code="autre")
    await commission.decides(orientation_id, session.session_id, back, rectifies=True)
    await commission.hears(parcours.tell_first_interview, interview(own), MAISON)
    file = await commission.file(orientation_id)
    assert (file.opened_on, file.referent_id) == (date(2026, 3, 12), "referent-1")
    assert file.first_interview_on == date(2026, 3, 26)
    assert await statuses(commission, orientation_id) == ["in-commission", "admitted", "admitted", "admitted"]


@pytest.mark.parametrize("meanwhile", ["another person", "refused"])
async def test_a_rectification_does_not_admit_anybody_into_a_parcours_that_ended_meanwhile(
    commission: Any, given: Any, meanwhile: str
) -> None:
    known = await commission.admits(given.admission())
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    own = (await commission.file(orientation_id)).participant_id
    await commission.hears(parcours.note_referent, opening(own), MAISON)
    another = given.admission(same_person_as=known, reason_code="autre")
    stated = given.refusal() if meanwhile == "refused" else another
    await commission.decides(orientation_id, session.session_id, stated, rectifies=True)
    await commission.hears(parcours.end_parcours, exit_of(own), MAISON)
    named = {} if meanwhile == "refused" else {"same_person_as": own}
    back = given.admission(reason_code="autre", **named)
    await commission.decides(orientation_id, session.session_id, back, rectifies=True)
    last = (await commission.emitted("AdmissionValidated"))[-1]
    assert (last.value["participant_id"], last.value["parcours_no"]) == (str(own), 2)
    file = await commission.file(orientation_id)
    assert (file.parcours_no, file.opened_on, file.ended_on, file.referent_id) == (2, None, None, None)
    await commission.hears(parcours.note_referent, opening(own).model_copy(update={"parcours_no": 2}), MAISON)
    assert (await commission.file(orientation_id)).referent_id == "referent-1"


async def test_an_admission_rectified_after_the_exit_for_the_same_person_and_maison_opens_no_other_parcours(
    commission: Any, given: Any
) -> None:
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    own = (await commission.file(orientation_id)).participant_id
    await commission.hears(parcours.end_parcours, exit_of(own), MAISON)
    stated = given.admission(plus_value_code="remobilisation", reason_code="autre")
    await commission.decides(orientation_id, session.session_id, stated, rectifies=True)
    file = await commission.file(orientation_id)
    assert (file.participant_id, file.parcours_no, file.ended_on) == (own, 1, date(2026, 3, 13))


async def test_somebody_who_left_one_maison_is_admitted_to_another_under_their_next_parcours(
    grenoble: Any, given: Any
) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    admitted = await grenoble.file(orientation_id)
    await grenoble.hears(parcours.end_parcours, exit_of(admitted.participant_id), f"{NORD}.parcours")
    stated = given.admission(maison=SUD, reason_code="autre")
    await grenoble.decides(orientation_id, admitted.decided_in, stated, rectifies=True)
    file = await grenoble.file(orientation_id)
    assert (file.participant_id, file.parcours_no, file.ended_on) == (admitted.participant_id, 2, None)


async def test_back_at_the_maison_named_first_the_person_has_the_referent_that_it_had_chosen(
    grenoble: Any, given: Any
) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    admitted = await grenoble.file(orientation_id)
    await grenoble.hears(parcours.note_referent, opening(admitted.participant_id), f"{NORD}.parcours")
    referents = []
    for maison in (SUD, NORD):
        stated = given.admission(maison=maison, reason_code="autre")
        await grenoble.decides(orientation_id, admitted.decided_in, stated, rectifies=True)
        referents.append((await grenoble.file(orientation_id)).referent_id)
    assert referents == [None, "referent-1"]


async def test_a_rectification_comes_back_to_somebody_whom_no_file_names_any_more(commission: Any, given: Any) -> None:
    other = await commission.admits(given.admission())
    first, again = await commission.receives(), await commission.receives()
    admitted = await commission.settles(given.admission(), first)
    person = (await commission.file(first)).participant_id
    returned = await commission.settles(given.admission(same_person_as=person), again)
    for orientation_id, session in ((again, returned), (first, admitted)):
        stated = given.admission(same_person_as=other, reason_code="autre")
        await commission.decides(orientation_id, session.session_id, stated, rectifies=True)
    stated = given.admission(same_person_as=person, reason_code="autre")
    await commission.decides(again, returned.session_id, stated, rectifies=True)
    file = await commission.file(again)
    assert (file.participant_id, file.parcours_no) == (person, 2)


async def test_a_rectification_says_that_whom_the_admission_recognised_is_somebody_else(
    commission: Any, given: Any
) -> None:
    known = await commission.admits(given.admission())
    again = await commission.receives()
    session = await commission.settles(given.admission(same_person_as=known), again)
    person = (await commission.file(known)).participant_id
    for named in (again, person, again):
        stated = given.admission(same_person_as=named, reason_code="autre")
        await commission.decides(again, session.session_id, stated, rectifies=True)
    told = [
        (one.value["participant_id"], one.value["parcours_no"])
        for one in await commission.emitted("AdmissionValidated")
    ]
    assert told[1:4:2] == [(str(person), 2)] * 2
    assert told[2] == told[4] != told[1]
    assert told[2][1] == 1


async def test_only_the_last_decision_is_rectified(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    first = await commission.settles(given.deferral(defer_until=date(2026, 4, 9)), orientation_id)
    later = commission.later(28)
    await later.settles(given.admission(), orientation_id)
    with pytest.raises(DecisionSuperseded):
        await later.decides(orientation_id, first.session_id, given.refusal(), rectifies=True)


async def test_of_two_who_decide_a_file_at_once_one_wins_and_the_other_is_told(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    read = (await commission.file(orientation_id)).version
    outcomes = await asyncio.gather(
        *(
            commission.decides(orientation_id, session.session_id, stated, version=read)
            for stated in (given.admission(), given.refusal())
        ),
        return_exceptions=True,
    )
    told = [one for one in outcomes if isinstance(one, StaleVersion)]
    assert len(told) == 1
    assert "Noémie Bérard" in told[0].detail
    assert await commission.count("select count(*) from agenda_item where decision is not null") == 1
