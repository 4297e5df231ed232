from datetime import date

import pytest

from plie_admission.domain.criteria import Residence, Result

from .givens import TODAY, VOIRON, assessment

CHAMBERY = Residence(commune=None, territory=None, served=False)
NBSP = "\N{NO-BREAK SPACE}"


def test_the_territory_criterion_is_met_by_a_commune_of_this_commission():
    found = assessment().territory
    assert (found.result, found.evidence) == (Result.MET, "Voiron, Pays voironnais")


def test_living_elsewhere_without_continuity_does_not_meet_the_territory():
    found = assessment(CHAMBERY, commune_insee="73065").territory
    assert found.result is Result.NOT_MET
    assert found.evidence == "commune 73065, hors du territoire, sans motif de continuité"


def test_living_elsewhere_with_a_recorded_reason_of_continuity_meets_the_territory():
    found = assessment(CHAMBERY, continuity=True, continuity_reason="déménage à Voiron").territory
    assert found.result is Result.MET
    assert "déménage à Voiron" in found.evidence
    assert "continuité d’accompagnement" in found.source


def test_a_continuity_whose_reason_has_not_come_leaves_the_territory_unknown():
    assert assessment(CHAMBERY, continuity=True).territory.result is Result.UNKNOWN


def test_twelve_months_without_a_job_are_long_term():
    found = assessment(unemployed_since=date(2025, 3, 12)).without_employment
    assert (found.result, found.evidence) == (Result.MET, "12 mois de chômage (au moins 12)")


def test_eleven_months_without_a_job_and_no_other_public_is_not_met():
    found = assessment(unemployed_since=date(2025, 3, 13)).without_employment
    assert found.result is Result.NOT_MET
    assert found.evidence.startswith("11 mois de chômage")


@pytest.mark.parametrize(
    ("public", "evidence"),
    [
        ("rsa_recipient", "RSA"),
        ("first_time_jobseeker", "première recherche d’emploi"),
        ("entering_iae", "entre en insertion par l’activité économique"),
    ],
)
def test_each_public_of_the_text_is_without_employment_whatever_the_months(public: str, evidence: str):
    found = assessment(unemployed_since=TODAY, **{public: True}).without_employment
    assert (found.result, found.evidence) == (Result.MET, evidence)


def test_every_ground_is_given_as_evidence():
    found = assessment(unemployed_since=date(2024, 5, 12), rsa_recipient=True).without_employment
    assert found.evidence == "22 mois de chômage (au moins 12) ; RSA"


def test_somebody_in_a_job_is_not_without_employment_even_with_rsa():
    assert assessment(employment="employed", rsa_recipient=True).without_employment.result is Result.NOT_MET


def test_somebody_in_a_job_who_enters_iae_is_left_to_the_commission():
    assert assessment(employment="employed", entering_iae=True).without_employment.result is Result.UNKNOWN


def test_an_unknown_length_of_unemployment_is_unknown():
    found = assessment(unemployed_since=None, unemployed_months=None).without_employment
    assert (found.result, found.evidence) == (Result.UNKNOWN, "durée de chômage non renseignée")


def test_months_given_by_the_facts_count_while_the_date_is_not_known():
    assert assessment(unemployed_since=None, unemployed_months=12).without_employment.result is Result.MET


def test_an_inactive_person_of_no_named_public_is_left_to_the_commission():
    assert assessment(employment="inactive").without_employment.result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("situation", "evidence"),
    [
        ({"precarious_jobs": True}, "emplois précaires"),
        ({"qpv_resident": True}, "quartier prioritaire"),
        ({"foreign_diploma": True}, "diplôme étranger"),
        ({"education_level": 2}, "niveau inférieur au CAP"),
        ({"disability": "yes"}, "situation de handicap"),
        ({"barriers": ("mobilite", "numerique")}, "mobilité, numérique"),
        ({"barriers": ("sante",)}, "santé"),
    ],
)
def test_each_difficulty_of_the_text_meets_the_criterion(situation: dict[str, object], evidence: str):
    found = assessment(**({"barriers": ()} | situation)).difficulties
    assert (found.result, found.evidence) == (Result.MET, evidence)


def test_a_cap_is_a_qualification():
    assert assessment(barriers=(), education_level=3).difficulties.result is Result.NOT_MET


def test_looking_for_a_job_is_no_difficulty_by_itself():
    assert assessment(barriers=("emploi",)).difficulties.result is Result.NOT_MET


@pytest.mark.parametrize(
    "unanswered",
    [{"qpv_resident": None}, {"precarious_jobs": None}, {"education_level": None}, {"disability": "prefer-not-to-say"}],
)
def test_no_declared_difficulty_is_unknown_while_an_answer_is_missing(unanswered: dict[str, object]):
    assert assessment(barriers=(), **unanswered).difficulties.result is Result.UNKNOWN


def test_adhesion_is_met_by_an_agreement_with_its_date():
    found = assessment().adhesion
    assert (found.result, found.evidence) == (Result.MET, f"accord donné le 1er{NBSP}mars{NBSP}2026")


def test_adhesion_without_its_date_is_asked_in_session():
    assert assessment(adhesion_on=None).adhesion.result is Result.UNKNOWN


def test_an_agreement_not_given_is_not_met():
    assert assessment(adhesion=False).adhesion.result is Result.NOT_MET


def test_what_the_person_tells_the_session_stands_instead_of_the_file():
    asked = assessment(adhesion_on=None)
    assert asked.with_adhesion(True, TODAY).adhesion.result is Result.MET
    assert asked.with_adhesion(False, TODAY).adhesion.result is Result.NOT_MET
    assert asked.with_adhesion(None, TODAY) == asked


def test_each_criterion_quotes_the_sentence_of_the_field_text():
    for _, criterion in assessment(VOIRON):
        assert criterion.source.startswith("«")
