from datetime import date
from typing import Any

import pytest

from plie_orientation.domain.addressing import Territory
from plie_orientation.domain.eligibility import Answers, Result, hints

TODAY = date(2026, 3, 2)
TERRITORY = Territory(clas_of={"38563": "centre-isere"}.get, commissions=frozenset({"centre-isere", "metropole"}))


def result(criterion: str, **answers: Any) -> Result:
    return next(h.result for h in hints(Answers(**answers), TERRITORY, TODAY) if h.criterion == criterion)


def evidence(criterion: str, **answers: Any) -> str:
    return next(h.evidence for h in hints(Answers(**answers), TERRITORY, TODAY) if h.criterion == criterion)


def test_nothing_is_judged_before_it_is_answered() -> None:
    assert [hint.result for hint in hints(Answers(), TERRITORY, TODAY)] == ["unknown"] * 4


def test_the_territory_is_the_commune_s_or_a_continuity() -> None:
    assert result("territory", commune_insee="38563") == "met"
    assert result("territory", commune_insee="38140") == "not-met"
    assert result("territory", commune_insee="38140", continuity_clas="centre-isere") == "met"
    assert result("territory", commune_insee="38140", continuity_clas="elsewhere") == "not-met"


@pytest.mark.parametrize("ground", ["rsa_recipient", "first_time_jobseeker", "entering_iae"])
def test_without_a_job_each_ground_of_the_field_text_suffices(ground: str) -> None:
    assert result("without_employment", employment="unemployed", **{ground: True}) == "met"


def test_twelve_months_make_a_long_term_jobseeker() -> None:
    assert result("without_employment", employment="unemployed", unemployed_since=date(2025, 3, 2)) == "met"
    assert result("without_employment", employment="unemployed", unemployed_since=date(2025, 3, 3)) == "not-met"


def test_a_job_excludes_whatever_else_is_true() -> None:
    assert result("without_employment", employment="employed", rsa_recipient=True) == "not-met"


def test_without_a_date_nor_a_ground_the_criterion_stays_open() -> None:
    assert result("without_employment", employment="unemployed") == "unknown"


@pytest.mark.parametrize(
    "difficulty",
    [
        {"barriers": ("sante",)},
        {"precarious_jobs": True},
        {"qpv_resident": True},
        {"foreign_diploma": True},
        {"education_level": 2},
        {"disability": "yes"},
    ],
)
def test_any_difficulty_of_the_field_text_suffices(difficulty: dict[str, Any]) -> None:
    assert result("difficulties", **difficulty) == "met"


def test_a_diploma_and_no_handicap_are_no_difficulties() -> None:
    assert result("difficulties", education_level=3, disability="no") == "unknown"


def test_adhesion_is_the_person_s_own_word() -> None:
    assert result("adhesion", adhesion_given=True) == "met"


def test_the_evidence_is_told_with_the_result() -> None:
    assert "22\N{NO-BREAK SPACE}mois sans emploi" in evidence(
        "without_employment", employment="unemployed", unemployed_since=date(2024, 5, 1)
    )
    assert evidence("territory", commune_insee="38563").startswith("Voiron")
