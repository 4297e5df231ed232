"""What the commission decides, as it arrives at the Maison."""

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import AdmissionDeferred, AdmissionRefused, OpinionGiven
from plie_contracts.refusals import Refused
from plie_parcours import store
from plie_parcours.domain.parcours import AdmissionRevoked, HandedOver
from plie_parcours.handlers import exits, referents
from plie_parcours.handlers.exits import EndParcours
from plie_parcours.handlers.referents import AssignReferent
from plie_parcours.web.pages.timeline import lines


def refused(admission, number=2, on=None):
    return AdmissionRefused(
        orientation_id=admission.orientation_id,
        decision_number=number,
        decided_on=on or admission.decided_on,
        session_id=new_id(),
        reason_code="non-eligible",
        rectifies=True,
    )


async def participants(maison):
    return await maison.rows("select participant_id, stage, parcours_no from participant")


async def test_an_admission_for_our_maison_opens_a_file_in_the_welcome_stage(maison):
    participant_id = await maison.admits()
    assert await participants(maison) == [(participant_id, "welcome", 1)]
    assert await maison.told() == []


async def test_an_admission_for_another_maison_is_not_ours(maison):
    await maison.receives(maison.admission(maison="mde-grenoble-nord"))
    assert await participants(maison) == []


async def test_only_our_clas_may_admit_to_our_maison(maison):
    with pytest.raises(Refused) as refusal:
        await maison.receives(maison.admission(clas="metropole"), writer="metropole.admission")
    assert refusal.value.code == "ownership.not-owner"
    assert await participants(maison) == []


async def test_the_identity_may_come_before_or_after_the_admission(maison):
    before, after = maison.admission(), maison.admission()
    await maison.receives(maison.identity(before.participant_id, "Avant"))
    await maison.receives(before)
    await maison.receives(after)
    await maison.receives(maison.identity(after.participant_id, "Après"))
    assert sorted(await maison.rows("select search_name from participant")) == [("apres noemie",), ("avant noemie",)]


async def test_only_the_newest_identity_is_kept(maison):
    participant_id = await maison.admits()
    await maison.receives(maison.identity(participant_id, "Nouveau"), sequence=8)
    await maison.receives(maison.identity(participant_id, "Ancien"), sequence=7)
    assert await maison.rows("select last_name from identity") == [("Nouveau",)]
    assert await maison.rows("select search_name from participant") == [("nouveau noemie",)]


async def test_an_identity_from_anybody_but_our_clas_is_refused(maison):
    with pytest.raises(Refused):
        await maison.receives(maison.identity(new_id()), writer="metropole.admission")


async def test_an_admission_taken_back_before_the_welcome_closes_the_file(maison):
    admission = maison.admission()
    await maison.receives(admission)
    await maison.receives(refused(admission))
    assert await participants(maison) == [(admission.participant_id, "ended", 1)]
    with pytest.raises(AdmissionRevoked):
        await maison.do(referents.assign_referent, AssignReferent(admission.participant_id, "referent-03"))


async def test_an_admission_taken_back_after_the_welcome_asks_for_the_exit(maison):
    admission = maison.admission()
    await maison.receives(admission)
    await maison.do(referents.assign_referent, AssignReferent(admission.participant_id, "referent-03"))
    deferred = AdmissionDeferred(
        orientation_id=admission.orientation_id,
        decision_number=2,
        decided_on=admission.decided_on,
        session_id=new_id(),
        reason_code="dossier-incomplet",
        defer_until=admission.decided_on,
    )
    await maison.receives(deferred)
    assert await maison.rows("select rule from deadline") == [("admission-rectified",)]
    await maison.do(
        exits.end_parcours, EndParcours(admission.participant_id, maison.today, "sans-suite", "reorientation")
    )
    assert await participants(maison) == [(admission.participant_id, "ended", 1)]


async def test_the_highest_decision_number_counts_whatever_the_order(maison):
    admission = maison.admission(decision_number=3)
    await maison.receives(admission)
    await maison.receives(refused(admission, number=2))
    assert await participants(maison) == [(admission.participant_id, "welcome", 1)]


async def test_a_refusal_of_somebody_else_is_no_concern_of_ours(maison):
    await maison.receives(refused(maison.admission()))
    assert await participants(maison) == []


async def test_a_decision_that_sends_the_person_to_another_maison_closes_the_file_here(maison):
    admission = maison.admission()
    await maison.receives(admission)
    await maison.receives(admission.model_copy(update={"decision_number": 2, "maison": "mde-grenoble-sud"}))
    assert await participants(maison) == [(admission.participant_id, "ended", 1)]


async def test_the_maison_that_a_rectified_admission_no_longer_names_does_not_announce_the_exit(maison):
    admission = maison.admission()
    await maison.receives(admission)
    await maison.do(referents.assign_referent, AssignReferent(admission.participant_id, "referent-03"))
    await maison.receives(admission.model_copy(update={"decision_number": 2, "maison": "mde-grenoble-sud"}))
    assert await maison.rows("select rule from deadline") == []
    with pytest.raises(HandedOver):
        await maison.do(exits.end_parcours, EndParcours(admission.participant_id, maison.today, "sans-suite", "autre"))
    assert await maison.told() == ["ParcoursOpened"]


async def test_who_is_admitted_here_again_after_another_maison_goes_on_with_their_referent(maison):
    admission = maison.admission("2026-03-19")
    await maison.receives(admission)
    await maison.do(referents.assign_referent, AssignReferent(admission.participant_id, "referent-03"))
    await maison.receives(admission.model_copy(update={"decision_number": 2, "maison": "mde-grenoble-sud"}))
    again = {"decision_number": 3, "decided_on": maison.today}
    await maison.receives(admission.model_copy(update=again))
    parcours = await maison.parcours(admission.participant_id)
    assert (parcours.is_closed, parcours.referent_id, parcours.admitted_on) == (False, "referent-03", maison.today)


async def test_an_admission_that_is_repeated_leaves_the_parcours_as_it_is(maison):
    admission = maison.admission("2026-03-19")
    await maison.receives(admission)
    before = await maison.parcours(admission.participant_id)
    again = {"decision_number": 2, "decided_on": maison.today, "plus_value_code": "remobilisation"}
    await maison.receives(admission.model_copy(update=again))
    assert await maison.parcours(admission.participant_id) == before


@pytest.mark.parametrize("opened", [False, True])
async def test_an_admission_that_becomes_another_persons_is_taken_back_from_the_first(maison, opened):
    first = maison.admission()
    await maison.receives(first)
    await maison.receives(maison.identity(first.participant_id, "Première"))
    if opened:
        await maison.do(referents.assign_referent, AssignReferent(first.participant_id, "referent-03"))
    second = first.model_copy(update={"decision_number": 2, "participant_id": new_id(), "parcours_no": 2})
    await maison.receives(second)
    assert sorted(await participants(maison)) == sorted(
        [(first.participant_id, "welcome" if opened else "ended", 1), (second.participant_id, "welcome", 2)]
    )
    query = "select rule from deadline join participant using (participant_id) where participant_id = :id"
    alerts = await maison.rows(query, id=first.participant_id)
    assert alerts == ([("admission-rectified",)] if opened else [])
    async with maison.units.begin() as work:
        told = lines(await store.facts_of(first.participant_id, work), work.declaration.title_of)
    assert [line.icon for line in told if "celle d’une autre personne" in line.title] == ["x"]
    assert len(told) == (3 if opened else 2)
    with pytest.raises(AdmissionRevoked):
        await maison.do(referents.assign_referent, AssignReferent(first.participant_id, "referent-07"))
    await maison.do(referents.assign_referent, AssignReferent(second.participant_id, "referent-03"))


async def test_who_is_admitted_anew_after_the_exit_that_a_refusal_asked_for_is_welcomed_in_the_next_parcours(maison):
    admission = maison.admission()
    id_ = admission.participant_id
    await maison.receives(admission)
    await maison.do(referents.assign_referent, AssignReferent(id_, "referent-03"))
    await maison.receives(refused(admission))
    await maison.do(exits.end_parcours, EndParcours(id_, maison.today, "sans-suite", "autre"))
    await maison.receives(admission.model_copy(update={"decision_number": 3, "parcours_no": 2}))
    assert await participants(maison) == [(id_, "welcome", 2)]
    async with maison.units.begin() as work:
        told = lines(await store.facts_of(id_, work), work.declaration.title_of)
    assert [line.title for line in told if "autre personne" in line.title] == []


async def test_a_re_entry_opens_a_new_parcours_and_keeps_the_first(maison):
    participant_id = await maison.welcomes()
    await maison.do(exits.end_parcours, EndParcours(participant_id, maison.today, "sans-suite", "abandon"))
    await maison.receives(maison.admission("2027-06-15", participant_id=participant_id, parcours_no=2))
    assert await participants(maison) == [(participant_id, "welcome", 2)]
    assert (await maison.parcours(participant_id)).contacts == {}
    kept = await maison.rows("select count(*) from fact where parcours_no = 1")
    assert kept == [(5,)]


async def test_a_re_entry_waits_for_the_end_of_the_parcours_before_it(maison):
    participant_id = await maison.opens()
    await maison.receives(maison.admission("2027-06-15", participant_id=participant_id, parcours_no=2))
    assert await participants(maison) == [(participant_id, "welcome", 1)]
    await maison.do(exits.end_parcours, EndParcours(participant_id, maison.today, "sans-suite", "abandon"))
    assert await participants(maison) == [(participant_id, "welcome", 2)]


def opinion(admission, **changes):
    given = {
        "orientation_id": admission.orientation_id,
        "participant_id": admission.participant_id,
        "session_id": new_id(),
        "subject": "extension",
        "opinion": "favourable",
        "given_on": admission.decided_on,
    }
    return OpinionGiven(**(given | changes))


async def test_an_opinion_of_the_commission_stands_in_the_file_and_changes_nothing_else(maison):
    admission = maison.admission()
    await maison.receives(admission)
    await maison.receives(opinion(admission))
    assert await maison.rows("select name from fact order by number") == [("AdmissionValidated",), ("OpinionGiven",)]
    assert await participants(maison) == [(admission.participant_id, "welcome", 1)]
    assert await maison.told() == []


async def test_an_opinion_about_somebody_else_or_from_another_commission_is_not_kept(maison):
    admission = maison.admission()
    await maison.receives(opinion(admission))
    await maison.receives(admission)
    with pytest.raises(Refused):
        await maison.receives(opinion(admission), writer="metropole.admission")
    assert await maison.rows("select name from fact") == [("AdmissionValidated",)]
