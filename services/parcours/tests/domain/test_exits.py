"""A positive exit is computed, never ticked."""

from datetime import date

import pytest

from plie_parcours.domain import exits
from plie_parcours.domain.exits import positive_exit

TODAY = date(2028, 1, 1)


def computed(told, on):
    found = positive_exit(told.parcours, date.fromisoformat(on))
    return found and (found.rule, found.provisional)


def leave(told, kind="sans-suite", reason="abandon", on="2027-06-30"):
    return exits.end(told.parcours, date.fromisoformat(on), kind, reason, TODAY)


@pytest.mark.parametrize(
    ("kind", "months", "rule"),
    [("cdi", None, "cdi-6-mois"), ("cdd", 8, "cdd-6-mois"), ("creation-entreprise", None, "creation-6-mois")],
)
def test_a_durable_job_is_provisional_until_attested_at_six_months(life, kind, months, rule):
    told = life().opened().job("2026-07-01", kind, contract_months=months)
    assert computed(told, "2026-07-01") == (rule, True)
    assert computed(told, "2027-01-15") == (rule, True)
    assert computed(told.attested(6, "2027-01-04"), "2027-01-15") == (rule, False)


def test_the_provisional_exit_says_what_is_missing_and_from_when(life):
    told = life("2025-03-06").opened().job("2025-11-03")
    found = positive_exit(told.parcours, date(2026, 3, 10))
    assert [fact.replace("\N{NO-BREAK SPACE}", " ") for fact in found.missing] == [
        "attestation à 6 mois, à demander à partir du 2 mai 2026"
    ]


def test_an_attestation_is_known_from_its_day_on(life):
    told = life().opened().job("2026-07-01").attested(6, "2027-01-04")
    assert computed(told, "2027-01-03") == ("cdi-6-mois", True)


def test_a_durable_job_lost_before_six_months_is_no_positive_exit(life):
    assert computed(life().opened().job("2026-07-01", until="2026-12-30"), "2027-06-30") is None
    assert (
        computed(life().opened().job("2026-07-01").attested(3, "2026-10-01", in_employment=False), "2027-06-30") is None
    )


def test_a_job_whose_recorded_end_comes_after_six_months_was_held(life):
    assert computed(life().opened().job("2026-07-01", until="2026-12-31"), "2027-06-30") == ("cdi-6-mois", False)


@pytest.mark.parametrize(
    ("weekly_hours", "chosen", "counts"),
    [
        (17.5, True, True),
        (17.0, True, False),
        (28, False, False),
        (28, None, True),
        (35, False, True),
        (None, None, True),
    ],
)
def test_the_job_is_at_least_a_chosen_half_time(life, weekly_hours, chosen, counts):
    told = life().opened().job("2026-07-01", "cdi", weekly_hours=weekly_hours, chosen_part_time=chosen)
    assert (computed(told.attested(6, "2027-01-04"), "2027-01-15") is not None) is counts


def test_six_continuous_months_in_short_contracts_that_follow_one_another(life):
    told = life().opened().job("2026-07-01", "cdd", until="2026-09-30", contract_months=3)
    told.job("2026-10-01", "cdd", until="2026-12-31", contract_months=3)
    assert computed(told, "2026-12-31") == ("emploi-6-mois", False)


def test_a_break_of_one_working_day_ends_the_continuity(life):
    told = life().opened().job("2026-07-01", "cdd", until="2026-09-30", contract_months=3)
    told.job("2026-10-02", "cdd", until="2027-01-01", contract_months=3)
    assert computed(told, "2027-01-15") is None


def test_interim_adds_up_to_six_months_over_weekends_and_holidays(life):
    told = life("2026-01-05").opened().job("2026-01-05", "interim", until="2026-04-03")
    told.job("2026-04-07", "interim", until="2026-07-04")  # Easter weekend and its Monday in between
    assert computed(told, "2026-07-04") == ("interim-6-mois", False)


def test_interim_with_a_working_day_between_does_not_add_up(life):
    told = life("2026-01-05").opened().job("2026-01-05", "interim", until="2026-04-03")
    told.job("2026-04-08", "interim", until="2026-07-05")
    assert computed(told, "2026-07-05") is None


def test_interim_counts_from_the_day_it_reaches_six_months(life):
    told = life("2026-01-05").opened().job("2026-01-05", "interim")
    assert computed(told, "2026-07-03") is None
    assert computed(told, "2026-07-04") == ("interim-6-mois", False)


def test_eight_seasonal_months_of_the_last_twelve(life):
    told = life("2025-10-01").opened().job("2025-11-01", "saisonnier", until="2026-03-31")
    told.job("2026-06-01", "saisonnier")
    assert computed(told, "2026-08-30") is None
    assert computed(told, "2026-08-31") == ("saisonnier-8-mois", False)


def test_seasonal_months_older_than_a_year_do_not_count(life):
    told = life("2024-10-01").opened().job("2024-11-01", "saisonnier", until="2025-03-31")
    told.job("2025-06-01", "saisonnier", until="2025-08-31")
    assert computed(told, "2025-08-31") == ("saisonnier-8-mois", False)
    assert computed(told, "2026-01-31") is None


def test_work_study_is_acquired_once_held_six_months(life):
    told = life().opened().job("2026-09-01", "alternance", contract_months=12)
    assert computed(told, "2026-09-01") == ("alternance", True)
    assert computed(told, "2027-02-28") == ("alternance", False)


def test_a_work_study_contract_broken_early_is_no_positive_exit(life):
    assert computed(life().opened().job("2026-09-01", "alternance", until="2026-11-30"), "2027-02-28") is None


def test_a_validated_qualifying_training(life):
    told = life().opened().step("2026-07-01", "qualifiant")
    assert computed(told, "2026-12-31") is None
    assert computed(told.qualified("2026-12-18"), "2026-12-31") == ("formation-qualifiante", False)


def test_a_qualifying_training_of_more_than_nine_months_counts_after_six(life):
    long = life().opened().step("2026-07-01", "qualifiant", "2027-04-30")
    assert computed(long, "2026-12-30") == ("formation-qualifiante", True)
    assert computed(long, "2026-12-31") == ("formation-qualifiante", False)
    assert computed(life().opened().step("2026-07-01", "qualifiant", "2027-03-31"), "2026-12-31") is None


def test_an_abandoned_long_training_does_not_count(life):
    told = life().opened().step("2026-07-01", "qualifiant", "2027-04-30").step_ended("2026-11-30", "abandoned")
    assert computed(told, "2027-01-31") is None


def test_an_acquired_rule_comes_before_a_provisional_one(life):
    told = life().opened().step("2026-04-01", "qualifiant").qualified("2026-06-30").job("2026-07-01")
    assert computed(told, "2026-08-01") == ("formation-qualifiante", False)


def test_the_rule_that_fired_is_written_on_the_exit(life):
    told = life().opened().job("2026-07-01").attested(6, "2027-01-04").follow_up_ended("2027-01-04")
    event = leave(told, "positive", "emploi-durable")
    assert (event.kind, event.positive_rule) == ("positive", "cdi-6-mois")


def test_nobody_ticks_a_positive_exit(life):
    with pytest.raises(exits.ExitNotPositive):
        leave(life().opened(), "positive", "emploi-durable")


def test_a_provisional_exit_is_not_positive_yet(life):
    told = life().opened().job("2026-09-01", "alternance")
    with pytest.raises(exits.ExitStillProvisional):
        leave(told, "positive", "emploi-durable", on="2026-12-31")
    assert leave(told, "en-attente", "consolidation", on="2026-12-31").positive_rule is None


def test_the_reason_fits_the_kind_of_exit(life):
    with pytest.raises(exits.ReasonDoesNotFit):
        leave(life().opened(), "sans-suite", "emploi-durable")


def test_the_health_reason_is_other_for_everybody_else(life):
    assert leave(life().opened(), "sans-suite", "sante").reason_code == "autre"


def test_an_open_follow_up_is_ended_before_the_exit(life):
    with pytest.raises(exits.FollowUpStillOpen):
        leave(life().opened().job("2026-07-01"), "sans-suite", "demenagement")


def test_nothing_of_a_parcours_happens_after_its_end(life):
    from plie_parcours.domain.parcours import DateBeforeStart

    with pytest.raises(DateBeforeStart):
        leave(life().opened().contact("2026-05-20"), on="2026-05-19")
