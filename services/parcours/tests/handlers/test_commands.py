"""Commands on a real database: the rule, the fact, the file and the outbox in one transaction, or nothing."""

import asyncio
from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_chassis.problems import Problem, StaleVersion
from plie_parcours import rights, store
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.contracts import ContractDraft, KindNotOpen
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.parcours import ParcoursIsEnded
from plie_parcours.domain.steps import StepDraft
from plie_parcours.handlers import (
    actions,
    barriers,
    contacts,
    contracts,
    exits,
    follow_ups,
    jobs,
    referents,
    residence,
    steps,
)
from plie_parcours.queries import people
from plie_parcours.queries.files import file_of
from plie_parcours.queries.referents import referents_of_maison

CALL = ContactDraft(date(2026, 5, 5), "telephone", "honore")


async def test_a_life_from_the_assignment_to_the_exit(maison):
    participant_id = await maison.welcomes()
    job = await maison.do(
        jobs.start_job, jobs.StartJob(participant_id, JobDraft(date(2026, 7, 1), "cdi", weekly_hours=28), "Cuisine")
    )
    job_id = job.resource.job_id
    for month, on in ((3, date(2026, 10, 1)), (6, date(2027, 1, 4))):
        await maison.do(
            follow_ups.attest_milestone, follow_ups.AttestMilestone(participant_id, job_id, month, True, on, "payslip")
        )
    followed = await maison.do(
        follow_ups.end_follow_up,
        follow_ups.EndFollowUp(participant_id, job_id, date(2027, 1, 4), "in-employment", "payslip"),
    )
    assert followed.resource.months_followed == 6
    left = await maison.do(
        exits.end_parcours, exits.EndParcours(participant_id, date(2027, 1, 31), "positive", "emploi-durable")
    )
    assert left.resource.positive_rule == "cdi-6-mois"
    assert await maison.told(participant_id) == [
        "ParcoursOpened",
        "ContactLogged",
        "ContractSigned",
        "JobStarted",
        "FollowUpStarted",
        "FollowUpMilestone",
        "FollowUpMilestone",
        "FollowUpEnded",
        "ParcoursEnded",
    ]
    assert await maison.rows("select stage, ended_on, version from participant") == [("ended", date(2027, 1, 31), 10)]
    assert await maison.rows("select count(*) from deadline") == [(0,)]


async def test_what_stays_in_the_maison_is_not_in_the_outbox(maison):
    participant_id = await maison.welcomes()
    await maison.do(contacts.log_contact, contacts.LogContact(participant_id, CALL, note="Attend le bailleur"))
    await maison.do(
        jobs.start_job, jobs.StartJob(participant_id, JobDraft(date(2026, 7, 1), "interim"), "Cuisine centrale")
    )
    await maison.do(
        barriers.review_barriers,
        barriers.ReviewBarriers(participant_id, date(2026, 7, 2), {"mobilite": 2, "sante": 3}),
    )
    await maison.do(exits.end_parcours, exits.EndParcours(participant_id, date(2026, 8, 1), "sans-suite", "sante"))
    written = b" ".join(value for (value,) in await maison.rows("select value from outbox")).decode()
    assert not [word for word in ("bailleur", "Cuisine", "sante") if word in written]
    parcours = await maison.parcours(participant_id)
    assert [contact.note for contact in parcours.contacts.values()] == [None, "Attend le bailleur"]
    assert [job.employer for job in parcours.jobs.values()] == ["Cuisine centrale"]
    assert parcours.reviews[-1].levels == {"mobilite": 2, "sante": 3}
    assert parcours.exit.reason_code == "sante"


async def test_a_refused_command_writes_nothing(maison):
    participant_id = await maison.opens()
    before = await maison.rows(
        "select (select count(*) from fact), (select count(*) from outbox), version from participant"
    )
    future = ContactDraft(date(2027, 6, 16), "telephone", "honore")
    with pytest.raises(Problem):
        await maison.do(contacts.log_contact, contacts.LogContact(participant_id, future))
    after = await maison.rows(
        "select (select count(*) from fact), (select count(*) from outbox), version from participant"
    )
    assert after == before


async def test_a_contact_before_the_participant_exists_is_not_found(maison):
    with pytest.raises(store.ParticipantNotFound):
        await maison.do(contacts.log_contact, contacts.LogContact(new_id(), CALL))


async def test_a_second_exit_is_refused(maison):
    participant_id = await maison.opens()
    command = exits.EndParcours(participant_id, date(2026, 8, 1), "sans-suite", "abandon")
    await maison.do(exits.end_parcours, command)
    with pytest.raises(ParcoursIsEnded):
        await maison.do(exits.end_parcours, command)


async def test_a_stale_form_is_told_what_changed(maison):
    participant_id = await maison.opens()
    await maison.as_(maison.REFERENT).do(contacts.log_contact, contacts.LogContact(participant_id, CALL, version=2))
    with pytest.raises(StaleVersion) as stale:
        await maison.do(contacts.log_contact, contacts.LogContact(participant_id, CALL, version=2))
    assert "Téléphone, honoré" in stale.value.detail
    assert "Denis Royer" in stale.value.detail
    assert stale.value.facts == {"version": 3}


async def test_two_commands_at_once_both_count(maison):
    participant_id = await maison.opens()
    command = contacts.LogContact(participant_id, CALL)
    await asyncio.gather(*(maison.do(contacts.log_contact, command) for _ in range(4)))
    assert await maison.rows("select version from participant") == [(6,)]
    assert len((await maison.parcours(participant_id)).contacts) == 4


async def test_a_form_sent_twice_at_once_counts_once(maison):
    participant_id = await maison.opens()
    command = contacts.LogContact(participant_id, CALL, version=2)
    results = await asyncio.gather(
        *(maison.do(contacts.log_contact, command) for _ in range(4)), return_exceptions=True
    )
    assert [type(result).__name__ for result in results].count("StaleVersion") == 3


async def test_a_referent_writes_in_their_own_files_only(maison):
    participant_id = await maison.opens()
    await maison.as_(maison.REFERENT).do(contacts.log_contact, contacts.LogContact(participant_id, CALL))
    with pytest.raises(rights.NotYourFile):
        await maison.as_(maison.OTHER_REFERENT).do(contacts.log_contact, contacts.LogContact(participant_id, CALL))


async def test_only_the_coordination_assigns(maison):
    participant_id = await maison.admits()
    with pytest.raises(rights.CoordinatorsOnly):
        await maison.as_(maison.REFERENT).do(
            referents.assign_referent, referents.AssignReferent(participant_id, "referent-03")
        )


async def test_only_a_referent_of_the_maison_is_assigned(maison):
    participant_id = await maison.admits()
    with pytest.raises(referents.UnknownReferent):
        await maison.do(referents.assign_referent, referents.AssignReferent(participant_id, "referent-99"))


async def test_the_referents_and_their_load(maison):
    await maison.opens()
    async with maison.units.begin() as work:
        listed = await referents_of_maison(work)
    assert [(each.referent_id, each.active) for each in listed] == [("referent-03", 1), ("referent-07", 0)]


async def test_the_prescribers_file_says_whether_a_contract_is_open_to_the_person(maison):
    participant_id = await maison.welcomes()
    await maison.receives(maison.identity(participant_id, rsa_recipient=False))
    command = contracts.SignContract(participant_id, ContractDraft("cer", date(2026, 4, 7)))
    with pytest.raises(KindNotOpen):
        await maison.do(contracts.sign_contract, command)


async def test_an_earlier_interview_noted_later_restates_the_first_one(maison):
    participant_id = await maison.opens()
    for on in (date(2026, 4, 7), date(2026, 4, 1)):
        await maison.do(
            contacts.log_contact,
            contacts.LogContact(participant_id, ContactDraft(on, "presentiel", "honore"), note="N"),
        )
    assert await maison.told(participant_id) == ["ParcoursOpened", "ContactLogged", "ContactLogged", "ContactCorrected"]
    parcours = await maison.parcours(participant_id)
    assert [(c.first_interview, c.note) for c in parcours.contacts_by_date] == [(True, "N"), (False, "N")]


async def test_a_correction_and_a_cancellation_keep_what_was_said(maison):
    participant_id = await maison.opens()
    logged = await maison.do(contacts.log_contact, contacts.LogContact(participant_id, CALL))
    contact_id = logged.resource.contact_id
    draft = ContactDraft(date(2026, 5, 6), "courriel", "honore")
    await maison.do(
        contacts.correct_contact, contacts.CorrectContact(participant_id, contact_id, draft, "erreur-saisie")
    )
    await maison.do(contacts.cancel_contact, contacts.CancelContact(participant_id, contact_id, "doublon"))
    names = await maison.rows("select name from fact order by number")
    assert [name for (name,) in names][2:] == ["ContactLogged", "ContactCorrected", "ContactCancelled"]
    assert (await maison.parcours(participant_id)).contacts == {}


async def test_a_training_its_qualification_and_its_hours(maison):
    participant_id = await maison.welcomes()
    step = await maison.do(
        steps.start_step, steps.StartStep(participant_id, StepDraft("qualifiant", date(2026, 5, 1)), "CAP cuisine")
    )
    step_id = step.resource.step_id
    await maison.do(steps.end_step, steps.EndStep(participant_id, step_id, date(2026, 10, 31), "done", 420.0))
    done = await maison.do(
        steps.obtain_qualification, steps.ObtainQualification(participant_id, step_id, date(2026, 11, 10), 3)
    )
    assert (done.resource.title, done.resource.hours, done.resource.qualification.months) == ("CAP cuisine", 420.0, 6)


async def test_a_workshop_is_noted_for_everyone_or_for_nobody(maison):
    here, there = await maison.welcomes(), await maison.welcomes()
    action = await maison.do(
        actions.plan_action, actions.PlanAction("atelier-numerique", "Atelier", date(2026, 9, 10), 3.0)
    )
    with pytest.raises(store.ParticipantNotFound):
        await maison.do(
            actions.note_attendance, actions.NoteAttendance(action.action_id, [(here, True), (new_id(), True)])
        )
    assert await maison.rows("select count(*) from attendance") == [(0,)]
    # Whoever leads the workshop notes who came, also of other référents' files.
    await maison.as_(maison.OTHER_REFERENT).do(
        actions.note_attendance, actions.NoteAttendance(action.action_id, [(here, True), (there, False)])
    )
    assert sorted(await maison.rows("select present from attendance")) == [(False,), (True,)]
    assert (await maison.told()).count("ActionAttended") == 2


async def test_a_move_off_the_territory_changes_the_commune_of_the_file(maison):
    participant_id = await maison.welcomes()
    await maison.receives(maison.identity(participant_id))
    await maison.do(
        residence.change_residence,
        residence.ChangeResidence(participant_id, "38185", date(2026, 9, 1), "poursuite-accompagnement"),
    )
    async with maison.units.begin() as work:
        assert (await file_of(participant_id, work)).commune_insee == "38185"


async def test_a_new_identity_does_not_take_a_move_back(maison):
    participant_id = await maison.welcomes()
    await maison.do(residence.change_residence, residence.ChangeResidence(participant_id, "38563", date(2026, 9, 1)))
    await maison.receives(maison.identity(participant_id, commune_insee="38185"))
    async with maison.units.begin() as work:
        listed, _ = await people.listed(people.Search("voiron"), work, limit=5)
    assert [each.person.commune_insee for each in listed] == ["38563"]


async def test_deadlines_are_written_anew_with_every_fact(maison):
    participant_id = await maison.opens("2026-03-19")
    owed = await maison.rows("select rule, due from deadline order by due, rule")
    assert owed == [
        ("first-interview", date(2026, 4, 18)),
        ("contract", date(2026, 4, 19)),
        ("barrier-review", date(2026, 9, 19)),
    ]
    met = ContactDraft(date(2026, 4, 7), "presentiel", "honore")
    await maison.do(contacts.log_contact, contacts.LogContact(participant_id, met))
    rules = await maison.rows("select rule from deadline order by due")
    assert [rule for (rule,) in rules] == ["contract", "monthly-contact", "barrier-review"]
