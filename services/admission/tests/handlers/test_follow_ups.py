"""The « et de Suivi » of the CLAS: opinions to the Maison, a change of Maison, and rectifying either."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from plie_admission.domain import follow_ups
from plie_admission.domain.decisions import MaisonChangedSince
from plie_admission.domain.files import FollowedUp, OnAnotherAgenda, Status
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.sessions import NothingDecided, SessionClosed, SessionStillOpen
from plie_admission.handlers import parcours
from plie_admission.handlers.closing import DraftOutdated
from plie_admission.handlers.sessions import AddFollowUp, RemoveFromAgenda, add_follow_up, remove_from_agenda
from plie_admission.queries.sessions import agenda
from plie_chassis.problems import Problem
from plie_contracts.events import ParcoursEnded, ParcoursHandedOver

NORD, SUD = "mde-grenoble-nord", "mde-grenoble-sud"
CHANGE = OpinionDraft(Opinion.FAVOURABLE, None, SUD, "demenagement", date(2026, 4, 1))


async def test_an_opinion_goes_to_the_maison_when_the_session_closes(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    session_id = await commission.follows(orientation_id, Subject.EXTENSION)
    await commission.gives(orientation_id, session_id, OpinionDraft(Opinion.FAVOURABLE))
    assert await commission.emitted("OpinionGiven") == []
    closed = await commission.closes(session_id)
    (given_,) = await commission.emitted("OpinionGiven")
    assert given_.value == {
        "orientation_id": str(orientation_id),
        "participant_id": str((await commission.file(orientation_id)).participant_id),
        "session_id": str(session_id),
        "subject": "extension",
        "opinion": "favourable",
        "given_on": "2026-03-12",
    }
    assert (closed.opinions, (await commission.file(orientation_id)).status) == (1, Status.ADMITTED)
    assert (await commission.file(orientation_id)).agenda_of is None


async def test_a_change_of_maison_moves_the_person_and_who_they_are(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    session_id = await grenoble.follows(orientation_id, Subject.REASSIGNMENT)
    await grenoble.gives(orientation_id, session_id, CHANGE)
    await grenoble.closes(session_id)
    (moved,) = await grenoble.emitted("MaisonReassigned")
    assert {name: moved.value[name] for name in ("from", "to", "effective_on", "reason_code")} == {
        "from": NORD,
        "to": SUD,
        "effective_on": "2026-04-01",
        "reason_code": "demenagement",
    }
    identity = (await grenoble.emitted("IdentityProvided"))[-1]
    assert identity.topic == f"plie.identity.v1.metropole.admission.to.{SUD}.parcours"
    assert identity.value["subject_id"] == moved.value["participant_id"]
    file = await grenoble.file(orientation_id)
    assert (file.maison, file.moves_to, file.moves_on) == (NORD, SUD, date(2026, 4, 1))


async def test_a_deferred_opinion_moves_nobody(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    session_id = await grenoble.follows(orientation_id, Subject.REASSIGNMENT)
    await grenoble.gives(orientation_id, session_id, OpinionDraft(Opinion.DEFERRED))
    await grenoble.closes(session_id)
    assert await grenoble.emitted("MaisonReassigned") == []
    assert (await grenoble.file(orientation_id)).maison == NORD


@pytest.mark.parametrize(
    ("stated", "refusal", "field"),
    [
        (replace(CHANGE, maison=None), follow_ups.NewMaisonMissing, "maison"),
        (replace(CHANGE, maison=NORD), follow_ups.SameMaison, "maison"),
        (replace(CHANGE, maison="centre-isere"), follow_ups.NewMaisonMissing, "maison"),
        (replace(CHANGE, reason_code=None), follow_ups.ChangeReasonMissing, "reason_code"),
        (replace(CHANGE, effective_on=None), follow_ups.ChangeDayMissing, "effective_on"),
        (replace(CHANGE, effective_on=date(2026, 3, 11)), follow_ups.ChangeDayPast, "effective_on"),
        (OpinionDraft(Opinion.UNFAVOURABLE), follow_ups.OpinionReasonMissing, "note"),
    ],
)
async def test_each_rule_of_an_opinion_names_its_field(
    grenoble: Any, given: Any, stated: OpinionDraft, refusal: type[Problem], field: str
) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    session_id = await grenoble.follows(orientation_id, Subject.REASSIGNMENT)
    with pytest.raises(refusal) as refused:
        await grenoble.gives(orientation_id, session_id, stated)
    assert [error.path for error in refused.value.errors] == [field]
    assert await grenoble.count("select count(*) from agenda_item where opinion is not null") == 0


async def test_only_a_parcours_under_way_is_followed_up(commission: Any, given: Any) -> None:
    pending, admitted = await commission.receives(), await commission.admits(given.admission())
    session = await commission.plans()
    with pytest.raises(follow_ups.NoParcours):
        await commission.run(add_follow_up, AddFollowUp(session.session_id, pending, Subject.EXIT))
    with pytest.raises(follow_ups.NowhereToGo):
        await commission.run(add_follow_up, AddFollowUp(session.session_id, admitted, Subject.REASSIGNMENT))
    ended = ParcoursEnded(
        participant_id=(await commission.file(admitted)).participant_id,
        ended_on=date(2026, 3, 11),
        kind="positive",
        reason_code="emploi-durable",
    )
    await commission.hears(parcours.end_parcours, ended, "centre-isere.parcours")
    with pytest.raises(follow_ups.ParcoursOver):
        await commission.run(add_follow_up, AddFollowUp(session.session_id, admitted, Subject.EXIT))


async def test_a_follow_up_gets_an_opinion_and_an_admission_a_decision(commission: Any, given: Any) -> None:
    followed, examined = await commission.admits(given.admission()), await commission.receives()
    session_id = await commission.follows(followed, Subject.STANDBY)
    with pytest.raises(FollowedUp):
        await commission.decides(followed, session_id, given.refusal())
    other = await commission.plans(examined)
    with pytest.raises(follow_ups.NoParcours):
        await commission.gives(examined, other.session_id, OpinionDraft(Opinion.FAVOURABLE))
    with pytest.raises(OnAnotherAgenda):
        await commission.run(add_follow_up, AddFollowUp(other.session_id, followed, Subject.EXIT))


async def test_an_opinion_left_without_answer_leaves_the_person_admitted(commission: Any, given: Any) -> None:
    followed = await commission.admits(given.admission())
    session_id = await commission.follows(followed, Subject.STANDBY)
    with pytest.raises(NothingDecided):
        await commission.closes(session_id)
    await commission.run(remove_from_agenda, RemoveFromAgenda(session_id, followed))
    row = await commission.file(followed)
    assert (row.status, row.agenda_of) == (Status.ADMITTED, None)


async def test_a_parcours_that_ended_since_the_draft_stops_the_closing(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    session_id = await commission.follows(orientation_id, Subject.EXTENSION)
    await commission.gives(orientation_id, session_id, OpinionDraft(Opinion.FAVOURABLE))
    ended = ParcoursEnded(
        participant_id=(await commission.file(orientation_id)).participant_id,
        ended_on=date(2026, 3, 12),
        kind="positive",
        reason_code="emploi-durable",
    )
    await commission.hears(parcours.end_parcours, ended, "centre-isere.parcours")
    with pytest.raises(DraftOutdated):
        await commission.closes(session_id)
    assert await commission.emitted("OpinionGiven") == []


CORRECTED = OpinionDraft(Opinion.UNFAVOURABLE, "Dossier confondu avec un autre.")


async def test_a_rectified_opinion_is_given_again_under_the_next_number(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    stated = OpinionDraft(Opinion.FAVOURABLE)
    session_id = await commission.gives_and_closes(orientation_id, Subject.EXTENSION, stated)
    again = await commission.later(3).gives(orientation_id, session_id, CORRECTED, rectifies=True)
    first, last = await commission.emitted("OpinionGiven")
    assert (again.number, last.value["opinion"], last.value["given_on"]) == (2, "unfavourable", "2026-03-15")
    assert {**last.value, "opinion": "favourable", "given_on": "2026-03-12"} == first.value
    async with commission.units.begin() as work:
        (item,) = await agenda(session_id, work)
    assert [(one.opinion, one.rectifies) for one in item.opinions] == [("favourable", False), ("unfavourable", True)]


async def test_an_opinion_of_an_open_session_is_changed_and_not_rectified(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    session_id = await commission.follows(orientation_id, Subject.EXTENSION)
    await commission.gives(orientation_id, session_id, OpinionDraft(Opinion.FAVOURABLE))
    with pytest.raises(SessionStillOpen):
        await commission.gives(orientation_id, session_id, CORRECTED, rectifies=True)
    await commission.closes(session_id)
    with pytest.raises(SessionClosed):
        await commission.gives(orientation_id, session_id, CORRECTED)
    assert len(await commission.emitted("OpinionGiven")) == 1


async def test_a_rectification_says_why(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    stated = OpinionDraft(Opinion.FAVOURABLE)
    session_id = await commission.gives_and_closes(orientation_id, Subject.EXTENSION, stated)
    with pytest.raises(follow_ups.RectificationReasonMissing):
        await commission.gives(orientation_id, session_id, OpinionDraft(Opinion.DEFERRED), rectifies=True)


async def test_only_the_last_opinion_is_rectified(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    admitted_in = (await commission.file(orientation_id)).decided_in
    with pytest.raises(follow_ups.NothingToRectify):
        await commission.gives(orientation_id, admitted_in, CORRECTED, rectifies=True)
    stated = OpinionDraft(Opinion.FAVOURABLE)
    first = await commission.gives_and_closes(orientation_id, Subject.EXTENSION, stated)
    later = await commission.follows(orientation_id, Subject.EXIT)
    with pytest.raises(follow_ups.OpinionSuperseded):
        await commission.gives(orientation_id, first, CORRECTED, rectifies=True)
    await commission.gives(orientation_id, later, stated)
    await commission.closes(later)
    with pytest.raises(follow_ups.OpinionSuperseded):
        await commission.gives(orientation_id, first, CORRECTED, rectifies=True)


async def test_a_change_of_maison_is_taken_back_before_its_day(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    session_id = await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    await grenoble.later(2).gives(orientation_id, session_id, CORRECTED, rectifies=True)
    moved, back = await grenoble.emitted("MaisonReassigned")
    assert (back.value["from"], back.value["to"]) == (moved.value["to"], moved.value["from"])
    assert back.value["effective_on"] == moved.value["effective_on"]
    file = await grenoble.file(orientation_id)
    assert (file.maison, file.moves_to) == (NORD, None)


async def test_another_day_of_a_change_takes_the_first_one_back(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    session_id = await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    later = replace(CHANGE, note="Le bail commence plus tard.", effective_on=date(2026, 5, 1))
    await grenoble.gives(orientation_id, session_id, later, rectifies=True)
    told = [one.value for one in await grenoble.emitted("MaisonReassigned")]
    assert [(one["from"], one["to"], one["effective_on"]) for one in told] == [
        (NORD, SUD, "2026-04-01"),
        (SUD, NORD, "2026-04-01"),
        (NORD, SUD, "2026-05-01"),
    ]
    assert (await grenoble.file(orientation_id)).moves_on == date(2026, 5, 1)


async def test_another_opinion_rectified_meanwhile_leaves_the_change_of_maison(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    stated = OpinionDraft(Opinion.FAVOURABLE)
    session_id = await grenoble.gives_and_closes(orientation_id, Subject.EXTENSION, stated)
    await grenoble.gives(orientation_id, session_id, CORRECTED, rectifies=True)
    assert len(await grenoble.emitted("MaisonReassigned")) == 1
    assert (await grenoble.file(orientation_id)).moves_to == SUD


async def test_a_change_of_maison_that_is_effective_is_not_taken_back(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    session_id = await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    on_its_day = grenoble.later(20)
    with pytest.raises(follow_ups.ChangeCarriedOut, match="nouveau changement de Maison"):
        await on_its_day.gives(orientation_id, session_id, CORRECTED, rectifies=True)
    assert len(await grenoble.emitted("MaisonReassigned")) == 1


async def test_one_change_of_maison_is_decided_at_a_time(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    with pytest.raises(follow_ups.ChangePending):
        await grenoble.follows(orientation_id, Subject.REASSIGNMENT)
    on_its_day = grenoble.later(20)
    session_id = await on_its_day.follows(orientation_id, Subject.REASSIGNMENT)
    back = replace(CHANGE, maison=NORD, effective_on=date(2026, 5, 1))
    await on_its_day.gives(orientation_id, session_id, back)
    await on_its_day.closes(session_id)
    last = (await grenoble.emitted("MaisonReassigned"))[-1]
    assert (last.value["from"], last.value["to"]) == (SUD, NORD)


async def test_both_maisons_are_told_who_the_person_is_until_one_has_handed_over(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    before = len(await grenoble.emitted())
    await grenoble.is_told_identity(orientation_id, commune_insee="38185", phone="+33476000009")
    told = (await grenoble.emitted())[before:]
    assert [one.topic.split(".to.")[1] for one in told] == [f"{NORD}.parcours", f"{SUD}.parcours"]


async def test_a_change_that_is_no_longer_to_come_is_not_forgotten_for_the_next_one(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    back = replace(CHANGE, maison=NORD, effective_on=date(2026, 5, 1))
    await grenoble.later(20).gives_and_closes(orientation_id, Subject.REASSIGNMENT, back)
    file = await grenoble.file(orientation_id)
    assert (file.maison, file.moved_on, file.moves_to) == (SUD, date(2026, 4, 1), NORD)


async def moved(grenoble: Any, given: Any, *, handed_over: bool) -> tuple[Any, Any, Any]:
    """Somebody admitted to the north whom a change of Maison has led to the south; the commission on a later day."""
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    admitted_in = (await grenoble.file(orientation_id)).decided_in
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    on_its_day = grenoble.later(20)
    if handed_over:
        event = ParcoursHandedOver(
            participant_id=(await grenoble.file(orientation_id)).participant_id,
            to=SUD,
            handed_over_on=date(2026, 4, 1),
            last_sequence=1,
        )
        await on_its_day.hears(parcours.note_handover, event, f"{NORD}.parcours")
    return on_its_day, orientation_id, admitted_in


@pytest.mark.parametrize("handed_over", [True, False])
async def test_an_admission_rectified_after_a_change_of_maison_stays_at_the_maison_of_today(
    grenoble: Any, given: Any, handed_over: bool
) -> None:
    later, orientation_id, session_id = await moved(grenoble, given, handed_over=handed_over)
    before, number = await grenoble.file(orientation_id), len(await grenoble.emitted())
    again = given.admission(plus_value_code="remobilisation", reason_code="autre", maison=NORD)
    with pytest.raises(MaisonChangedSince, match="nouveau changement de Maison") as refused:
        await later.decides(orientation_id, session_id, again, rectifies=True)
    assert [error.path for error in refused.value.errors] == ["maison"]
    await later.decides(orientation_id, session_id, replace(again, maison=SUD), rectifies=True)
    admitted, _, identity = (await grenoble.emitted())[number:]
    assert (admitted.type, admitted.value["maison"], admitted.value["parcours_no"]) == ("AdmissionValidated", SUD, 1)
    assert identity.topic == f"plie.identity.v1.metropole.admission.to.{SUD}.parcours"
    after = await grenoble.file(orientation_id)
    assert [(file.maison, file.moves_to, file.moved_on) for file in (before, after)] == [
        (SUD, None, date(2026, 4, 1)) if handed_over else (NORD, SUD, None)
    ] * 2


@pytest.mark.parametrize("handed_over", [True, False])
async def test_an_admission_taken_back_and_given_again_stays_at_the_maison_of_today(
    grenoble: Any, given: Any, handed_over: bool
) -> None:
    later, orientation_id, session_id = await moved(grenoble, given, handed_over=handed_over)
    await later.decides(orientation_id, session_id, given.refusal(), rectifies=True)
    with pytest.raises(MaisonChangedSince):
        await later.decides(
            orientation_id, session_id, given.admission(maison=NORD, reason_code="autre"), rectifies=True
        )
    await later.decides(orientation_id, session_id, given.admission(maison=SUD, reason_code="autre"), rectifies=True)
    assert len(await grenoble.emitted("MaisonReassigned")) == 1


async def test_an_admission_rectified_at_its_maison_keeps_the_change_to_come(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    admitted_in = (await grenoble.file(orientation_id)).decided_in
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    again = given.admission(plus_value_code="remobilisation", reason_code="autre", maison=NORD)
    await grenoble.later(2).decides(orientation_id, admitted_in, again, rectifies=True)
    file = await grenoble.file(orientation_id)
    assert (file.maison, file.moves_to, file.moves_on) == (NORD, SUD, date(2026, 4, 1))
    assert len(await grenoble.emitted("MaisonReassigned")) == 1


@pytest.mark.parametrize("decision", ["refusal", "other Maison", "other person"])
async def test_a_rectification_that_ends_or_displaces_the_admission_takes_the_change_to_come_back_first(
    grenoble: Any, given: Any, decision: str
) -> None:
    known = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    admitted_in = (await grenoble.file(orientation_id)).decided_in
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    number = len(await grenoble.emitted())
    stated = {
        "refusal": given.refusal(),
        "other Maison": given.admission(maison=SUD, reason_code="autre"),
        "other person": given.admission(maison=NORD, reason_code="autre", same_person_as=known),
    }[decision]
    await grenoble.later(2).decides(orientation_id, admitted_in, stated, rectifies=True)
    back, decided = (await grenoble.emitted())[number:][:2]
    assert (back.value["from"], back.value["to"], back.value["effective_on"]) == (SUD, NORD, "2026-04-01")
    assert decided.type == ("AdmissionRefused" if decision == "refusal" else "AdmissionValidated")
    file = await grenoble.file(orientation_id)
    assert (file.maison, file.moves_to, file.moves_on) == (stated.maison, None, None)


async def test_a_change_that_a_rectified_admission_took_back_is_not_said_to_be_carried_out(
    grenoble: Any, given: Any
) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    admitted_in = (await grenoble.file(orientation_id)).decided_in
    session_id = await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    stated = given.admission(maison=SUD, reason_code="autre")
    await grenoble.later(2).decides(orientation_id, admitted_in, stated, rectifies=True)
    with pytest.raises(follow_ups.ChangeTakenBack, match=r"rapporté par la décision n°\s2"):
        await grenoble.later(2).gives(orientation_id, session_id, CORRECTED, rectifies=True)
    assert len(await grenoble.emitted("OpinionGiven")) == 1
