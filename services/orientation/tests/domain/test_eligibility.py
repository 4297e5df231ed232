"""The hints agree with the commission: each case bears the verdict of its pre-assessment."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from plie_orientation.domain.addressing import Territory
from plie_orientation.domain.eligibility import Answers, Hint, Result, hints, months_unemployed

TODAY = date(2026, 3, 12)
VOIRON, CHAMBERY = "38563", "73065"
TERRITORY = Territory(clas_of={VOIRON: "centre-isere"}.get, commissions=frozenset({"centre-isere", "metropole"}))
NBSP = "\N{NO-BREAK SPACE}"

COMPLETE = Answers(
    commune_insee=VOIRON,
    employment="unemployed",
    unemployed_since=date(2024, 5, 1),
    precarious_jobs=False,
    foreign_diploma=False,
    qpv_resident=False,
    education_level=4,
    disability="no",
    barriers=("mobilite",),
    adhesion_given=True,
    adhesion_on=date(2026, 3, 1),
)
"""An eligible person, every question answered; a case says what is otherwise."""


def hint(criterion: str, **otherwise: Any) -> Hint:
    return next(h for h in hints(replace(COMPLETE, **otherwise), TERRITORY, TODAY) if h.criterion == criterion)


Cases = list[tuple[str, dict[str, Any], Result]]

RESIDENCE: Cases = [
    ("« personnes résidant sur le territoire »", {}, "met"),
    ("commune inconnue", {"commune_insee": None}, "unknown"),
    ("domiciliée en dehors, sans motif de continuité", {"commune_insee": CHAMBERY}, "not-met"),
    (
        "domiciliée en dehors, « nécessaire continuité d’accompagnement »",
        {"commune_insee": CHAMBERY, "continuity_clas": "centre-isere", "continuity_reason": "suivie depuis un an"},
        "met",
    ),
    (
        "continuité annoncée, motif non indiqué",
        {"commune_insee": CHAMBERY, "continuity_clas": "centre-isere"},
        "unknown",
    ),
    (
        "sur le territoire d’une autre commission, sans motif",
        {"continuity_clas": "metropole"},
        "unknown",
    ),
    (
        "sur le territoire d’une autre commission, continuité justifiée",
        {"continuity_clas": "metropole", "continuity_reason": "a déménagé"},
        "met",
    ),
    ("continuité auprès de sa propre commission", {"continuity_clas": "centre-isere"}, "met"),
    (
        "continuité auprès d’une commission qui n’existe pas",
        {"commune_insee": CHAMBERY, "continuity_clas": "ailleurs", "continuity_reason": "a déménagé"},
        "not-met",
    ),
]

RECENT = date(2026, 1, 12)

WITHOUT_EMPLOYMENT: Cases = [
    ("« demandeurs d’emploi de longue durée » : 12 mois", {"unemployed_since": date(2025, 3, 12)}, "met"),
    ("11 mois", {"unemployed_since": date(2025, 3, 13)}, "not-met"),
    ("« bénéficiaires du RSA »", {"unemployed_since": RECENT, "rsa_recipient": True}, "met"),
    ("« primo demandeurs d’emploi »", {"unemployed_since": RECENT, "first_time_jobseeker": True}, "met"),
    (
        "« entrant dans une démarche d’insertion par l’activité économique »",
        {"unemployed_since": RECENT, "entering_iae": True},
        "met",
    ),
    ("durée de chômage non renseignée", {"unemployed_since": None}, "unknown"),
    ("durée non renseignée, RSA", {"unemployed_since": None, "rsa_recipient": True}, "met"),
    ("situation non renseignée", {"employment": None, "rsa_recipient": True}, "unknown"),
    ("en emploi", {"employment": "employed"}, "not-met"),
    ("en emploi, RSA", {"employment": "employed", "rsa_recipient": True}, "not-met"),
    ("en emploi, entre en IAE", {"employment": "employed", "entering_iae": True}, "unknown"),
    ("inactive depuis 22 mois, aucun des publics cités", {"employment": "inactive"}, "unknown"),
    ("inactive depuis peu", {"employment": "inactive", "unemployed_since": RECENT}, "unknown"),
    ("inactive, RSA", {"employment": "inactive", "rsa_recipient": True}, "met"),
    ("inactive, entre en IAE", {"employment": "inactive", "entering_iae": True}, "met"),
]

DIFFICULTIES: Cases = [
    ("« cumul d’emplois précaires »", {"barriers": (), "precarious_jobs": True}, "met"),
    ("« habitants des quartiers [prioritaires] »", {"barriers": (), "qpv_resident": True}, "met"),
    ("« personnes diplômées à l’étranger »", {"barriers": (), "foreign_diploma": True}, "met"),
    ("« problématiques liées à leur qualification »", {"barriers": (), "education_level": 2}, "met"),
    ("« leur situation familiale »", {"barriers": ("contraintes-familiales",)}, "met"),
    ("« leur santé »", {"barriers": ("sante",)}, "met"),
    ("« leur logement »", {"barriers": ("logement",)}, "met"),
    ("« personnes porteuses de handicap »", {"barriers": (), "disability": "yes"}, "met"),
    ("un CAP est une qualification", {"barriers": (), "education_level": 3}, "not-met"),
    ("l’emploi seul n’est pas un frein", {"barriers": ("emploi",)}, "not-met"),
    ("l’emploi seul, niveau d’études inconnu", {"barriers": ("emploi",), "education_level": None}, "unknown"),
    ("l’emploi et la mobilité", {"barriers": ("emploi", "mobilite")}, "met"),
    ("aucune difficulté, toutes les réponses données", {"barriers": ()}, "not-met"),
    ("emplois précaires non renseignés", {"barriers": (), "precarious_jobs": None}, "unknown"),
    ("quartier non renseigné", {"barriers": (), "qpv_resident": None}, "unknown"),
    ("diplôme étranger non renseigné", {"barriers": (), "foreign_diploma": None}, "unknown"),
    ("handicap non renseigné", {"barriers": (), "disability": None}, "unknown"),
    ("ne souhaite pas répondre", {"barriers": (), "disability": "prefer-not-to-say"}, "unknown"),
]

ADHESION: Cases = [
    ("« adhérant à la démarche d’accompagnement proposée par le PLIE »", {}, "met"),
    ("accord donné, date non renseignée", {"adhesion_on": None}, "unknown"),
    ("accord non donné", {"adhesion_given": False, "adhesion_on": None}, "not-met"),
    ("accord non recueilli", {"adhesion_given": None, "adhesion_on": None}, "unknown"),
]


def table(cases: Cases) -> Any:
    return pytest.mark.parametrize(("otherwise", "verdict"), [pytest.param(*case, id=told) for told, *case in cases])


@table(RESIDENCE)
def test_the_hint_on_the_territory_is_the_commission_s(otherwise: dict[str, Any], verdict: Result) -> None:
    assert hint("territory", **otherwise).result == verdict


@table(WITHOUT_EMPLOYMENT)
def test_the_hint_on_employment_is_the_commission_s(otherwise: dict[str, Any], verdict: Result) -> None:
    assert hint("without_employment", **otherwise).result == verdict


@table(DIFFICULTIES)
def test_the_hint_on_difficulties_is_the_commission_s(otherwise: dict[str, Any], verdict: Result) -> None:
    assert hint("difficulties", **otherwise).result == verdict


@table(ADHESION)
def test_the_hint_on_adhesion_is_the_commission_s(otherwise: dict[str, Any], verdict: Result) -> None:
    assert hint("adhesion", **otherwise).result == verdict


def test_nothing_is_judged_before_it_is_answered() -> None:
    assert [hint.result for hint in hints(Answers(), TERRITORY, TODAY)] == ["unknown"] * 4


def test_a_year_from_29_february_is_whole_on_1_march() -> None:
    since = Answers(employment="unemployed", unemployed_since=date(2024, 2, 29))
    assert [months_unemployed(since, day) for day in (date(2025, 2, 28), date(2025, 3, 1))] == [11, 12]


def test_the_evidence_is_told_with_the_result() -> None:
    assert f"22{NBSP}mois sans emploi" in hint("without_employment").evidence
    assert hint("territory").evidence.startswith("Voiron")
    assert hint("difficulties", barriers=("emploi", "mobilite")).evidence == "mobilité"
    assert hint("adhesion").evidence == f"accord donné le 1er{NBSP}mars{NBSP}2026"
