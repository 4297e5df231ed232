"""Jobs, whether they are durable, and the follow-up they open."""

from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_parcours.domain import follow_ups, jobs, steps
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.parcours import DateBeforeStart

TODAY = date(2028, 1, 1)


def follow_up(told):
    return next(iter(told.parcours.follow_ups.values()))


@pytest.mark.parametrize(
    ("kind", "months", "durable"),
    [
        ("cdi", None, True),
        ("cdd", 7, True),
        ("cdd", 6, False),
        ("creation-entreprise", None, True),
        ("interim", None, False),
        ("saisonnier", None, False),
        ("cdi-interimaire", None, False),
        ("alternance", 12, False),
    ],
)
def test_durable_is_a_cdi_a_cdd_of_more_than_six_months_or_a_business_creation(life, kind, months, durable):
    told = life().opened().job("2026-07-01", kind, contract_months=months)
    assert told.parcours.jobs[told.last_job].durable is durable
    assert bool(told.parcours.follow_ups) is durable


def test_a_cdd_states_its_months(life):
    with pytest.raises(jobs.CddWithoutMonths):
        life().opened().job("2026-07-01", "cdd")


def test_a_follow_up_starts_with_its_durable_job(life):
    assert follow_up(life().opened().job("2026-07-01")).started_on == date(2026, 7, 1)


def test_a_correction_that_makes_the_job_durable_opens_its_follow_up(life):
    told = life().opened().job("2026-07-01", "cdd", contract_months=6)
    draft = JobDraft(date(2026, 7, 1), "cdd", 8)
    told.tells(jobs.correct(told.parcours, told.last_job, draft, TODAY, reason_code="erreur-saisie"))
    assert jobs.follow_up_of_durable_job(told.parcours, told.last_job, TODAY).name == "FollowUpStarted"


def test_a_correction_that_makes_the_job_precarious_closes_its_follow_up(life):
    told = life().opened().job("2026-07-01")
    draft = JobDraft(date(2026, 7, 1), "interim")
    told.tells(jobs.correct(told.parcours, told.last_job, draft, TODAY, reason_code="erreur-saisie"))
    closed = jobs.follow_up_of_durable_job(told.parcours, told.last_job, TODAY)
    assert (closed.name, closed.outcome) == ("FollowUpEnded", "not-relevant")


def test_what_was_attested_about_a_job_stays_true(life):
    told = life().opened().job("2026-07-01").attested(3, "2026-10-02")
    with pytest.raises(jobs.FollowUpMadeUntrue):
        jobs.correct(
            told.parcours, told.last_job, JobDraft(date(2026, 8, 1), "cdi"), TODAY, reason_code="erreur-saisie"
        )
    with pytest.raises(jobs.FollowUpMadeUntrue):
        jobs.end(told.parcours, told.last_job, date(2026, 9, 29), "demission", TODAY)
    assert jobs.end(told.parcours, told.last_job, date(2026, 9, 30), "demission", TODAY)


def test_a_job_ends_once_and_not_before_it_starts(life):
    told = life().opened().job("2026-07-01")
    with pytest.raises(DateBeforeStart):
        told.job_ended("2026-06-30")
    with pytest.raises(jobs.JobIsEnded):
        told.job_ended("2026-08-31").job_ended("2026-08-31")


def test_months_are_inclusive_so_a_job_of_1_july_reaches_6_months_on_31_december(life):
    told = life().opened().job("2026-07-01")
    with pytest.raises(follow_ups.MilestoneNotReached):
        told.attested(6, "2026-12-30")
    ended = told.attested(6, "2026-12-31").follow_up_ended("2026-12-31")
    assert follow_up(ended).months_followed == 6


def test_a_month_that_ends_short_is_reached_on_its_last_day(life):
    told = life("2025-08-01").opened().job("2025-08-31", "cdi")
    assert follow_up(told).reached_on(6) == date(2026, 2, 27)


def test_a_lost_job_can_be_attested_before_the_milestone(life):
    told = life().opened().job("2026-07-01").attested(3, "2026-08-10", in_employment=False)
    assert follow_up(told).milestones[3].in_employment is False


def test_nobody_is_back_at_six_months_in_a_job_lost_at_three(life):
    told = life().opened().job("2026-07-01").attested(3, "2026-10-01", in_employment=False)
    with pytest.raises(follow_ups.JobAlreadyLost):
        told.attested(6, "2027-01-04")


def test_nobody_is_in_a_job_that_ended_before_the_milestone(life):
    told = life().opened().job("2026-07-01", until="2026-11-30")
    with pytest.raises(follow_ups.JobAlreadyLost):
        told.attested(6, "2027-01-04")


def test_a_milestone_is_attested_once(life):
    told = life().opened().job("2026-07-01").attested(3, "2026-10-01")
    with pytest.raises(follow_ups.MilestoneKnown):
        told.attested(3, "2026-10-02")


def test_retention_at_six_months_implies_three_and_six_months_followed(life):
    ended = follow_up(life().opened().job("2026-07-01").attested(6, "2027-01-04").follow_up_ended("2027-01-04"))
    assert (ended.retained_3_months, ended.retained_6_months, ended.months_followed) == (True, True, 6)


def test_a_job_lost_in_the_fifth_month_was_retained_three_months_not_six(life):
    told = life().opened().job("2026-07-01").attested(3, "2026-10-01").job_ended("2026-11-15")
    ended = follow_up(told.follow_up_ended("2026-12-01", "job-ended"))
    assert (ended.retained_3_months, ended.retained_6_months, ended.months_followed) == (True, False, 5)


def test_without_news_retention_is_unknown_not_false(life):
    ended = follow_up(life().opened().job("2026-07-01").follow_up_ended("2027-02-01", "no-news"))
    assert (ended.retained_3_months, ended.retained_6_months) == (None, None)


def test_no_follow_up_gives_its_reason_which_stays_in_the_file(life):
    told = life().opened().job("2026-07-01")
    with pytest.raises(follow_ups.NotRelevantWithoutReason):
        told.follow_up_ended("2026-07-10", "not-relevant")
    assert told.follow_up_ended("2026-07-10", "not-relevant", reason_code="refus-personne")


def test_an_outcome_does_not_contradict_the_facts(life):
    with pytest.raises(follow_ups.OutcomeContradicted):
        life().opened().job("2026-07-01", until="2026-08-31").follow_up_ended("2026-09-30", "in-employment")
    with pytest.raises(follow_ups.OutcomeContradicted):
        life().opened().job("2026-07-01").follow_up_ended("2026-09-30", "job-ended")
    with pytest.raises(follow_ups.OutcomeContradicted):
        life().opened().job("2026-07-01").follow_up_ended("2026-09-30", "qualified")


def test_a_follow_up_ends_once_and_not_before_what_it_attested(life):
    told = life().opened().job("2026-07-01").attested(3, "2026-10-02")
    with pytest.raises(DateBeforeStart):
        told.follow_up_ended("2026-09-29")
    told.follow_up_ended("2026-10-15")
    with pytest.raises(follow_ups.FollowUpIsEnded):
        told.follow_up_ended("2026-10-16")


def test_only_a_durable_job_or_a_qualifying_training_is_followed(life):
    told = life().opened().job("2026-07-01", "interim").step("2026-07-01", "immersion")
    with pytest.raises(follow_ups.NotDurable):
        start(told, job_id=told.last_job)
    with pytest.raises(follow_ups.NotATraining):
        start(told, step_id=told.last_step)
    with pytest.raises(follow_ups.FollowUpOfOneThing):
        start(told, job_id=told.last_job, step_id=told.last_step)


def test_a_training_is_followed_until_its_qualification(life):
    told = life().opened().step("2026-07-01", "qualifiant")
    told.tells(start(told, step_id=told.last_step))

    def end():
        return follow_ups.end(
            told.parcours,
            told.last_step,
            ended_on=date(2026, 12, 31),
            outcome="qualified",
            evidence="diploma",
            reason_code=None,
            today=TODAY,
        )

    with pytest.raises(follow_ups.OutcomeContradicted):
        end()
    told.qualified("2026-12-18")
    ended = end()
    assert (ended.step_id, ended.months_followed, ended.retained_6_months) == (told.last_step, 6, None)


def start(told, *, job_id=None, step_id=None):
    return follow_ups.start(told.parcours, job_id=job_id, step_id=step_id, started_on=date(2026, 7, 1), today=TODAY)


def test_a_siae_post_names_its_structure_and_nothing_else_does(life):
    with pytest.raises(steps.SiaeKindMismatch):
        life().opened().step("2026-07-01", "siae")
    with pytest.raises(steps.SiaeKindMismatch):
        life().opened().step("2026-07-01", "immersion", siae_kind="ACI")


def test_a_step_ends_with_a_final_status(life):
    with pytest.raises(steps.StatusNotFinal):
        life().opened().step("2026-07-01", "bilan").step_ended("2026-07-10", "in-progress")


def test_only_a_qualifying_training_leads_to_a_qualification(life):
    with pytest.raises(steps.NotQualifying):
        life().opened().step("2026-07-01", "pre-qualifiant").qualified("2026-12-01")


def test_a_qualification_without_a_stated_length_has_that_of_its_training(life):
    told = life().opened().step("2026-07-01", "qualifiant").step_ended("2026-12-31").qualified("2027-01-15")
    assert told.parcours.steps[told.last_step].qualification.months == 6


def test_a_job_that_is_not_ours_is_not_found(life):
    with pytest.raises(jobs.JobNotFound):
        jobs.end(life().opened().parcours, new_id(), TODAY, "autre", TODAY)
