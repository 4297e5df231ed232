"""Each deadline: which rule, which facts, since when, due on which day."""

from datetime import date

import pytest

from plie_parcours.domain.deadlines import Policy, alerts, deadlines

NBSP = "\N{NO-BREAK SPACE}"


def owed(told, rule, policy=None):
    found = [each for each in deadlines(told.parcours, policy or Policy()) if each.rule == rule]
    return found[0] if found else None


def due(told, rule, policy=None):
    found = owed(told, rule, policy)
    return found and found.due.isoformat()


def test_the_first_interview_is_due_30_days_after_the_admission(life):
    told = life("2026-02-05").opened()
    assert due(told, "first-interview") == "2026-03-07"
    assert owed(told.interview("2026-03-01"), "first-interview") is None


def test_the_days_to_the_first_interview_are_configurable(life):
    assert due(life("2026-02-05"), "first-interview", Policy(first_interview_days=15)) == "2026-02-20"


def test_a_change_of_clock_does_not_move_a_deadline(life):
    assert due(life("2026-03-10").opened(), "first-interview") == "2026-04-09"
    assert due(life("2026-10-10").opened(), "first-interview") == "2026-11-09"


def test_the_contract_is_due_within_one_month_of_the_notification(life):
    told = life("2026-02-02").opened()
    assert due(told, "contract") == "2026-03-02"
    assert owed(told.interview("2026-02-17").contract("2026-02-17"), "contract") is None


def test_a_month_after_31_january_is_the_end_of_february(life):
    assert due(life("2026-01-31"), "contract") == "2026-02-28"
    assert due(life("2028-01-31"), "contract") == "2028-02-29"


def test_the_monthly_contact_begins_after_the_first_interview(life):
    assert owed(life("2026-01-05").opened(), "monthly-contact") is None
    assert due(life("2026-01-05").opened().interview("2026-01-22"), "monthly-contact") == "2026-02-28"


def test_a_contact_of_the_last_day_fills_its_month_and_one_of_the_first_the_next(life):
    told = life("2026-01-05").opened().interview("2026-01-22")
    assert due(told.contact("2026-01-31"), "monthly-contact") == "2026-02-28"
    assert due(told.contact("2026-02-01"), "monthly-contact") == "2026-03-31"


def test_a_missed_month_stays_owed_until_the_next_contact(life):
    told = life("2026-01-05").opened().interview("2026-01-22").contact("2026-02-12", outcome="absent")
    missed = owed(told, "monthly-contact")
    assert (missed.since, missed.due, missed.days_late(date(2026, 3, 10))) == (date(2026, 2, 1), date(2026, 2, 28), 10)
    assert missed.title == "contact de février"
    assert [fact.replace(NBSP, " ") for fact in missed.facts] == [
        "dernier contact honoré le 22 janvier 2026",
        "absent le 12 février 2026, téléphone",
    ]


@pytest.mark.parametrize(
    ("stage", "fills"), [("accompaniment", False), ("job", True), ("training", True), ("siae", True)]
)
def test_an_email_fills_the_month_only_in_training_siae_or_a_job(life, stage, fills):
    told = life("2026-01-05").welcomed("2026-01-22")
    if stage == "job":
        told.job("2026-02-02")
    elif stage != "accompaniment":
        told.step(
            "2026-02-02",
            {"training": "qualifiant", "siae": "siae"}[stage],
            siae_kind="ACI" if stage == "siae" else None,
        )
    told.contact("2026-02-20", "courriel")
    assert due(told, "monthly-contact") == ("2026-03-31" if fills else "2026-02-28")


def test_a_contact_without_the_referent_does_not_fill_the_month(life):
    told = life("2026-01-05").opened().interview("2026-01-22").contact("2026-02-12", with_referent=False)
    assert due(told, "monthly-contact") == "2026-02-28"


def test_a_collective_action_fills_the_month_only_where_the_maison_says_so(life):
    from plie_chassis.ids import new_id
    from plie_parcours.domain import actions

    told = life("2026-01-05").opened().interview("2026-01-22")
    workshop = actions.Action(new_id(), "atelier-numerique", "Atelier", date(2026, 2, 10), 3.0)
    told.tells(actions.attend(told.parcours, workshop, present=True, today=date(2026, 2, 11)))
    assert due(told, "monthly-contact") == "2026-02-28"
    assert due(told, "monthly-contact", Policy(actions_fill_the_month=True)) == "2026-03-31"


def test_milestones_are_due_when_3_and_6_inclusive_months_are_reached(life):
    told = life("2025-03-06").opened().job("2025-11-03")
    assert (due(told, "milestone-3-months"), due(told, "milestone-6-months")) == ("2026-02-02", "2026-05-02")
    told.attested(3, "2026-02-05")
    assert (due(told, "milestone-3-months"), due(told, "milestone-6-months")) == (None, "2026-05-02")


def test_a_job_of_31_august_reaches_six_months_before_march(life):
    assert due(life("2025-08-01").opened().job("2025-08-31"), "milestone-6-months") == "2026-02-27"


def test_no_milestone_is_owed_for_a_job_that_ended_or_is_not_durable(life):
    assert due(life().opened().job("2026-07-01", until="2026-08-31"), "milestone-3-months") is None
    assert due(life().opened().job("2026-07-01", "interim"), "milestone-3-months") is None


def test_barriers_are_reviewed_every_six_months(life):
    told = life("2025-03-06").opened()
    assert due(told, "barrier-review") == "2025-09-06"
    assert due(told.reviewed("2025-09-16"), "barrier-review") == "2026-03-16"
    assert due(life("2025-03-06").opened().reviewed("2025-08-31"), "barrier-review") == "2026-02-28"


def test_nothing_is_owed_after_the_exit(life):
    from plie_parcours.domain import exits

    told = life().opened()
    told.tells(exits.end(told.parcours, date(2026, 5, 1), "sans-suite", "abandon", date(2026, 5, 1)))
    assert deadlines(told.parcours, Policy()) == []


def test_after_a_rectified_admission_only_the_exit_is_owed(life):
    assert [each.rule for each in deadlines(life().opened().revoked("2026-05-04").parcours, Policy())] == [
        "admission-rectified"
    ]


def test_an_alert_runs_today_and_ends_within_a_month(life):
    told = life("2026-03-01").opened()
    rules = [each.rule for each in alerts(deadlines(told.parcours, Policy()), date(2026, 3, 10))]
    assert rules == ["first-interview", "contract"]


def test_the_soonest_deadline_comes_first(life):
    found = deadlines(life("2026-03-01").opened().parcours, Policy())
    assert [each.due for each in found] == sorted(each.due for each in found)
