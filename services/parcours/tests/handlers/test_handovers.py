"""A change of Maison between two Maisons of one CLAS, each on its own database."""

import itertools
from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import OpinionGiven
from plie_contracts.refusals import Refused
from plie_parcours import store
from plie_parcours.background import hand_over_what_is_due
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.contracts import ContractDraft
from plie_parcours.domain.handovers import NoHandoverPlanned
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.parcours import HandedOver
from plie_parcours.domain.referents import NotYetHere
from plie_parcours.domain.steps import StepDraft
from plie_parcours.handlers import (
    actions,
    barriers,
    contacts,
    contracts,
    exits,
    follow_ups,
    handovers,
    jobs,
    referents,
    residence,
    steps,
)
from plie_parcours.handlers.contacts import LogContact, log_contact
from plie_parcours.handlers.referents import AssignReferent, assign_referent
from plie_parcours.queries.files import file_of

from .test_admissions import refused

NORD, SUD = "mde-grenoble-nord", "mde-grenoble-sud"
FROM_NORD, FROM_SUD = f"{NORD}.parcours", f"{SUD}.parcours"
CALL = ContactDraft(date(2026, 5, 5), "telephone", "honore")


def on(maison, day):
    """The day of a Maison, also for its background work."""
    maison.today = date.fromisoformat(day)
    maison.units.clock = lambda: maison.now


@pytest.fixture
async def admission(nord, sud):
    """Both Maisons read the decisions of their CLAS; the one of the north accompanies."""
    on(nord, "2026-06-01")
    on(sud, "2026-06-01")
    admitted = nord.admission(clas="metropole", maison=NORD)
    for maison in (nord, sud):
        await maison.receives(admitted)
    await nord.on("2026-03-19").do(assign_referent, AssignReferent(admitted.participant_id, "referent-03"))
    interview = ContactDraft(date(2026, 4, 7), "presentiel", "honore")
    await nord.do(log_contact, LogContact(admitted.participant_id, interview, note="Entre nous"))
    await nord.do(
        contracts.sign_contract,
        contracts.SignContract(admitted.participant_id, ContractDraft("contrat-plie", date(2026, 4, 7))),
    )
    return admitted


async def leaves_on_its_day(nord, admission, day="2026-07-01"):
    """The decision, its day, and the file on its way."""
    decided = nord.reassigned(admission, day)
    await nord.receives(decided)
    on(nord, day)
    await hand_over_what_is_due(nord.units)
    (file,) = await nord.sent("ParcoursFileHandedOver")
    return decided, file


async def state(maison, participant_id):
    """What the Maison knows, whatever the order in which it learned it."""
    parcours = await maison.parcours(participant_id)
    names = await maison.rows("select search_name, stage, arrives_on, leaves_on from participant")
    return parcours, names


async def test_a_change_to_come_leaves_the_file_open_until_its_day(nord, admission):
    await nord.receives(nord.reassigned(admission, "2026-07-01"))
    assert await nord.rows("select leaves_on, handed_over_on from participant") == [(date(2026, 7, 1), None)]
    await hand_over_what_is_due(nord.units)
    await nord.do(log_contact, LogContact(admission.participant_id, CALL))
    assert await nord.told() == ["ParcoursOpened", "ContactLogged", "ContractSigned", "ContactLogged"]


async def test_on_its_day_the_file_leaves_with_a_last_fact_that_says_how_many_came_before(nord, admission):
    await leaves_on_its_day(nord, admission)
    (last,) = await nord.sent("ParcoursHandedOver")
    assert (last.to, last.handed_over_on, last.last_sequence) == (SUD, date(2026, 7, 1), 3)
    streams = await nord.rows("select topic, type, sequence from outbox order by position")
    assert streams[-2:] == [
        ("plie.parcours.v1.mde-grenoble-nord", "ParcoursHandedOver", 4),
        ("plie.identity.v1.mde-grenoble-nord.parcours.to.mde-grenoble-sud.parcours", "ParcoursFileHandedOver", 1),
    ]
    assert await nord.rows("select stage, leaves_on, handed_over_on from participant") == [
        ("ended", None, date(2026, 7, 1))
    ]
    assert await nord.rows("select count(*) from deadline") == [(0,)]


async def test_a_change_whose_day_has_come_is_carried_out_at_once(nord, admission):
    await nord.receives(nord.reassigned(admission, "2026-06-01"))
    assert (await nord.told())[-2:] == ["ParcoursHandedOver", "ParcoursFileHandedOver"]


async def test_a_file_is_handed_over_once(nord, admission):
    decided, _ = await leaves_on_its_day(nord, admission)
    told = await nord.told()
    await hand_over_what_is_due(nord.units)
    async with nord.units.begin() as work:
        await handovers.hand_over(decided.participant_id, work)
    assert await nord.told() == told


async def test_what_leaves_today_waits_for_nobody_whose_file_fails(nord, admission):
    other = nord.admission(clas="metropole", maison=NORD)
    await nord.receives(other)
    for each in (admission, other):
        await nord.receives(nord.reassigned(each, "2026-07-01"))
    async with nord.engine.begin() as connection:
        await connection.exec_driver_sql(
            f"update fact set data = '{{}}' where participant_id = '{admission.participant_id}' and number = 2"
        )
    on(nord, "2026-07-01")
    await hand_over_what_is_due(nord.units)
    assert [each.participant_id for each in await nord.sent("ParcoursHandedOver")] == [other.participant_id]


async def test_after_the_handover_every_command_is_refused(nord, admission):
    id_, today = admission.participant_id, date(2026, 6, 30)
    contact_id = next(iter((await nord.parcours(id_)).contacts))
    action = await nord.do(actions.plan_action, actions.PlanAction("atelier-numerique", "Atelier", today, 3.0))
    await leaves_on_its_day(nord, admission)
    commands = (
        (referents.assign_referent, AssignReferent(id_, "referent-07")),
        (contacts.log_contact, LogContact(id_, CALL)),
        (contacts.correct_contact, contacts.CorrectContact(id_, contact_id, CALL, None)),
        (contacts.cancel_contact, contacts.CancelContact(id_, contact_id, "doublon")),
        (contracts.sign_contract, contracts.SignContract(id_, ContractDraft("contrat-plie", today))),
        (barriers.review_barriers, barriers.ReviewBarriers(id_, today, {"mobilite": 1})),
        (steps.start_step, steps.StartStep(id_, StepDraft("projet", today))),
        (steps.end_step, steps.EndStep(id_, new_id(), today, "done")),
        (steps.obtain_qualification, steps.ObtainQualification(id_, new_id(), today)),
        (jobs.start_job, jobs.StartJob(id_, JobDraft(today, "cdi"))),
        (jobs.correct_job, jobs.CorrectJob(id_, new_id(), JobDraft(today, "cdi"), None)),
        (jobs.end_job, jobs.EndJob(id_, new_id(), today, "demission")),
        (follow_ups.start_follow_up, follow_ups.StartFollowUp(id_, today, new_id())),
        (follow_ups.attest_milestone, follow_ups.AttestMilestone(id_, new_id(), 3, True, today)),
        (follow_ups.end_follow_up, follow_ups.EndFollowUp(id_, new_id(), today, "no-news")),
        (residence.change_residence, residence.ChangeResidence(id_, "38185", today)),
        (actions.note_attendance, actions.NoteAttendance(action.action_id, [(id_, True)])),
        (exits.end_parcours, exits.EndParcours(id_, today, "sans-suite", "abandon")),
        (handovers.write_note, handovers.WriteNote(id_, "Trop tard")),
    )
    for handler, command in commands:
        with pytest.raises(HandedOver):
            await nord.do(handler, command)


async def test_the_parcours_goes_on_in_the_other_maison_and_nothing_is_told_again(nord, sud, admission):
    decided, file = await leaves_on_its_day(nord, admission)
    await sud.receives(decided)
    on(sud, "2026-07-02")
    await sud.receives(file, writer=FROM_NORD)
    before, here = await nord.parcours(admission.participant_id), await sud.parcours(admission.participant_id)
    assert here.contracts == before.contracts
    assert [(each.occurred_on, each.first_interview, each.note) for each in here.contacts.values()] == [
        (date(2026, 4, 7), True, None)
    ]
    assert (here.number, here.opened_on, here.elsewhere, here.arriving) == (1, date(2026, 3, 19), None, None)
    assert await sud.told() == []
    await sud.do(assign_referent, AssignReferent(admission.participant_id, "referent-07"))
    await sud.do(log_contact, LogContact(admission.participant_id, ContactDraft(sud.today, "telephone", "honore")))
    assert await sud.told() == ["ReferentChanged", "ContactLogged"]


async def test_what_was_missed_before_the_handover_is_noted_by_the_next_maison(nord, sud, admission):
    decided, file = await leaves_on_its_day(nord, admission)
    on(sud, "2026-07-02")
    await sud.receives(decided)
    await sud.receives(file, writer=FROM_NORD)
    await sud.do(assign_referent, AssignReferent(admission.participant_id, "referent-07"))
    await sud.do(log_contact, LogContact(admission.participant_id, CALL))
    (logged,) = await sud.sent("ContactLogged")
    assert logged.occurred_on < date(2026, 7, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_decision_identity_and_file_come_in_any_order(nord, sud, admission, order):
    decided, file = await leaves_on_its_day(nord, admission)
    arriving = (
        (decided, None),
        (sud.identity(admission.participant_id), None),
        (file, FROM_NORD),
    )
    on(sud, "2026-07-02")
    for place in order:
        event, writer = arriving[place]
        await sud.receives(event, writer=writer)
    parcours, listed = await state(sud, admission.participant_id)
    assert listed == [("berard noemie", "accompaniment", None, None)]
    assert len(parcours.contacts) == len(parcours.contracts) == len(parcours.referents) == 1
    assert await sud.rows("select count(*) from early_file") == [(0,)]
    assert await sud.rows("select rule from deadline order by rule") == [("barrier-review",), ("monthly-contact",)]


async def test_what_comes_twice_has_no_second_effect(nord, sud, admission):
    decided, file = await leaves_on_its_day(nord, admission)
    on(sud, "2026-07-02")
    await sud.receives(decided)
    for _ in range(2):
        await sud.receives(file, writer=FROM_NORD)
    assert await sud.rows("select name from fact order by number") == [
        ("AdmissionValidated",),
        ("MaisonReassigned",),
        ("ContractSigned",),
        ("ContactLogged",),
        ("ParcoursFileHandedOver",),
    ]
    assert await sud.rows("select count(*) from early_file") == [(0,)]


async def test_a_referent_is_not_assigned_before_the_day_of_the_arrival(sud, admission):
    await sud.receives(sud.reassigned(admission, "2026-07-01"))
    assert await sud.rows("select arrives_on, referent_id from participant") == [(date(2026, 7, 1), None)]
    with pytest.raises(NotYetHere):
        await sud.do(assign_referent, AssignReferent(admission.participant_id, "referent-07"))


async def test_a_maison_works_from_the_day_of_the_arrival_even_before_the_file_comes(nord, sud, admission):
    decided, file = await leaves_on_its_day(nord, admission)
    await sud.receives(decided)
    on(sud, "2026-07-02")
    await sud.do(assign_referent, AssignReferent(admission.participant_id, "referent-07"))
    met = ContactDraft(date(2026, 7, 2), "presentiel", "honore")
    await sud.do(log_contact, LogContact(admission.participant_id, met))
    await sud.receives(file, writer=FROM_NORD)
    parcours = await sud.parcours(admission.participant_id)
    assert [(each.occurred_on, each.first_interview) for each in parcours.contacts_by_date] == [
        (date(2026, 4, 7), True),
        (date(2026, 7, 2), False),
    ]
    assert await sud.told() == ["ParcoursOpened", "ContactLogged", "ContactCorrected"]
    assert (parcours.opened_on, parcours.referent_id) == (date(2026, 3, 19), "referent-07")
    assert [each.name for each in parcours.referents] == ["Référent 03", None]


async def test_what_is_written_for_the_next_maison_leaves_with_the_file(nord, sud, admission):
    with pytest.raises(NoHandoverPlanned):
        await nord.do(handovers.write_note, handovers.WriteNote(admission.participant_id, "Trop tôt"))
    await nord.receives(nord.reassigned(admission, "2026-07-01"))
    for text in ("Un mot", "Rappeler le bailleur"):
        await nord.do(handovers.write_note, handovers.WriteNote(admission.participant_id, text))
    async with nord.units.begin() as work:
        assert (await file_of(admission.participant_id, work)).handover_note == "Rappeler le bailleur"
    on(nord, "2026-07-01")
    await hand_over_what_is_due(nord.units)
    (file,) = await nord.sent("ParcoursFileHandedOver")
    assert [(note.written_on, note.text) for note in file.notes] == [(date(2026, 6, 1), "Rappeler le bailleur")]
    assert await nord.rows("select withheld from fact where name = 'ParcoursHandedOver'") == [
        ({"note": "Rappeler le bailleur"},)
    ]
    (last,) = await nord.rows("select value from outbox where type = 'ParcoursHandedOver'")
    assert b"bailleur" not in last[0]


async def test_a_note_taken_back_does_not_leave(nord, admission):
    await nord.receives(nord.reassigned(admission, "2026-07-01"))
    for text in ("Un mot", None):
        await nord.do(handovers.write_note, handovers.WriteNote(admission.participant_id, text))
    on(nord, "2026-07-01")
    await hand_over_what_is_due(nord.units)
    assert (await nord.sent("ParcoursFileHandedOver"))[0].notes == ()


async def test_a_change_taken_back_before_its_day_never_happens(nord, sud, admission):
    decided = nord.reassigned(admission, "2026-07-01")
    back = nord.reassigned(admission, "2026-07-01", from_=SUD, to=NORD, reason_code="autre")
    for maison in (nord, sud):
        await maison.receives(decided)
        await maison.receives(back)
        on(maison, "2026-07-01")
        await hand_over_what_is_due(maison.units)
    assert "ParcoursHandedOver" not in await nord.told()
    await nord.do(log_contact, LogContact(admission.participant_id, CALL))
    assert await sud.rows("select stage, arrives_on, leaves_on, handed_over_on from participant") == [
        ("ended", None, None, None)
    ]
    with pytest.raises(HandedOver):
        await sud.do(assign_referent, AssignReferent(admission.participant_id, "referent-07"))


async def test_a_file_that_left_before_its_maison_knew_that_the_change_was_taken_back_returns(nord, sud, admission):
    back = nord.reassigned(admission, "2026-07-01", from_=SUD, to=NORD, reason_code="autre")
    await sud.receives(nord.reassigned(admission, "2026-07-01"))
    await sud.receives(back)
    _, file = await leaves_on_its_day(nord, admission)
    await sud.receives(file, writer=FROM_NORD)
    (returned,) = await sud.sent("ParcoursFileHandedOver")
    await nord.receives(returned, writer=FROM_SUD)
    await nord.receives(back)
    await nord.do(assign_referent, AssignReferent(admission.participant_id, "referent-07"))
    parcours = await nord.parcours(admission.participant_id)
    assert (parcours.moves, parcours.elsewhere, len(parcours.contacts)) == ((), None, 1)
    assert await sud.told() == ["ParcoursFileHandedOver"]


async def test_who_comes_back_finds_the_notes_of_before_and_brings_what_was_done_elsewhere(nord, sud, admission):
    id_ = admission.participant_id
    decided, file = await leaves_on_its_day(nord, admission)
    on(sud, "2026-07-02")
    await sud.receives(decided)
    await sud.receives(file, writer=FROM_NORD)
    await sud.do(assign_referent, AssignReferent(id_, "referent-07"))
    await sud.do(log_contact, LogContact(id_, ContactDraft(sud.today, "telephone", "honore")))
    back = nord.reassigned(admission, "2026-08-03", from_=SUD, to=NORD)
    for maison in (sud, nord):
        await maison.receives(back)
        on(maison, "2026-08-03")
    await hand_over_what_is_due(sud.units)
    await nord.receives((await sud.sent("ParcoursFileHandedOver"))[0], writer=FROM_SUD)
    await nord.do(assign_referent, AssignReferent(id_, "referent-07"))
    parcours = await nord.parcours(id_)
    assert [(each.occurred_on, each.note) for each in parcours.contacts_by_date] == [
        (date(2026, 4, 7), "Entre nous"),
        (date(2026, 7, 2), None),
    ]
    assert [each.referent_id for each in parcours.referents] == ["referent-03", "referent-07", "referent-07"]
    assert (await nord.told())[-2:] == ["ParcoursFileHandedOver", "ReferentChanged"]
    assert (await sud.sent("ParcoursHandedOver"))[0].last_sequence == 2


async def test_an_exit_noted_before_the_handover_closes_the_file_in_both_maisons(nord, sud, admission):
    await nord.do(
        exits.end_parcours, exits.EndParcours(admission.participant_id, date(2026, 6, 1), "sans-suite", "demenagement")
    )
    decided, file = await leaves_on_its_day(nord, admission)
    await sud.receives(decided)
    await sud.receives(file, writer=FROM_NORD)
    assert await sud.rows("select stage, ended_on from participant") == [("ended", date(2026, 6, 1))]
    assert await sud.told() == []


async def test_an_opinion_that_comes_after_the_handover_is_the_next_maisons(nord, sud, admission):
    decided, _ = await leaves_on_its_day(nord, admission)
    await sud.receives(decided)
    opinion = OpinionGiven(
        orientation_id=admission.orientation_id,
        participant_id=admission.participant_id,
        session_id=new_id(),
        subject="extension",
        opinion="favourable",
        given_on=date(2026, 7, 1),
    )
    for maison in (nord, sud):
        await maison.receives(opinion)
    kept = [await maison.rows("select count(*) from fact where name = 'OpinionGiven'") for maison in (nord, sud)]
    assert kept == [[(0,)], [(1,)]]


async def test_a_re_entry_in_the_old_maison_is_a_parcours_of_its_own(nord, admission):
    await leaves_on_its_day(nord, admission)
    again = nord.admission(
        "2027-01-05", clas="metropole", maison=NORD, participant_id=admission.participant_id, parcours_no=2
    )
    await nord.receives(again)
    assert await nord.rows("select parcours_no, stage from participant") == [(2, "welcome")]


async def test_a_change_between_other_maisons_is_not_ours(maison):
    admitted = maison.admission(maison="centre-isere")
    await maison.receives(admitted)
    with pytest.raises(Refused) as refusal:
        await maison.receives(maison.reassigned(admitted, "2026-07-01"))
    assert (refusal.value.code, refusal.value.path) == ("ownership.not-owner", "$.to")


async def test_only_our_clas_moves_our_people(nord, admission):
    with pytest.raises(Refused):
        await nord.receives(nord.reassigned(admission, "2026-07-01"), writer="centre-isere.admission")
    assert await nord.rows("select leaves_on from participant") == [(None,)]


async def test_nobody_leaves_who_is_not_here_nor_comes_without_an_admission(nord, sud, admission):
    elsewhere = sud.admission(clas="metropole", maison=SUD)
    await nord.receives(elsewhere)
    with pytest.raises(Refused):
        await nord.receives(nord.reassigned(elsewhere, "2026-07-01", from_=NORD, to=SUD))
    with pytest.raises(Refused):
        await sud.receives(sud.reassigned(sud.admission(clas="metropole", maison=NORD), "2026-07-01"))


async def test_a_file_from_a_maison_of_another_clas_is_refused(nord, sud, admission):
    _, file = await leaves_on_its_day(nord, admission)
    with pytest.raises(Refused):
        await sud.receives(file, writer="centre-isere.parcours")
    assert await sud.rows("select count(*) from early_file") == [(0,)]


async def test_an_admission_elsewhere_that_is_taken_back_opens_nothing_here(sud, admission):
    await sud.receives(refused(admission))
    assert await sud.rows("select count(*) from participant") == [(0,)]


async def test_the_file_of_who_arrives_is_found_only_once_the_clas_decided(sud, admission):
    async with sud.units.begin() as work:
        with pytest.raises(store.ParticipantNotFound):
            await file_of(admission.participant_id, work)
