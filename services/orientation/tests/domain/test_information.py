from datetime import date
from typing import Any

import pytest

from plie_orientation.domain.information import (
    MAY_CHANGE,
    Answer,
    EmptyAnswer,
    answered,
    answered_by_correction,
    changed,
    completed,
    concerns_what_is_asked,
    left,
)

TODAY = date(2026, 3, 12)
ALL = (
    "coordonnees",
    "situation-emploi",
    "adhesion",
    "justificatif-domicile",
    "parcours-anterieur",
    "motivation",
    "autre",
)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"phone": "0476112233"}, ["coordonnees"]),
        ({"email": "a@b.example"}, ["coordonnees"]),
        ({"employment": "inactive"}, ["situation-emploi"]),
        ({"barriers": ("mobilite",)}, ["situation-emploi"]),
        ({"adhesion_given": False}, ["adhesion"]),
        ({"education_level": 0}, ["parcours-anterieur"]),
        ({"proof_of_address": "quittance"}, ["justificatif-domicile"]),
        ({"text": "Projet de vente."}, ["motivation"]),
        ({"text": "Voir ci-dessous.", "text_answers": ("autre", "coordonnees")}, ["coordonnees", "autre"]),
        ({"phone": "0476112233", "text": "Projet."}, ["coordonnees", "motivation"]),
    ],
)
def test_a_code_is_answered_by_what_is_given_for_it(given: dict[str, Any], codes: list[str]) -> None:
    assert answered(ALL, Answer(**given)) == codes


def test_a_text_without_a_word_on_what_it_answers_is_for_the_only_code_left() -> None:
    assert answered(["autre"], Answer(text="Voici.")) == ["autre"]
    assert answered(["coordonnees", "autre"], Answer(phone="0476112233", text="Voici.")) == ["coordonnees", "autre"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "text"),
        ({"education_level": 3}, "text"),
        ({"text_answers": ("autre",)}, "text"),
        ({"text": "De quoi parle-t-il ?"}, "text_answers"),
        ({"text": "x", "text_answers": ("motivation",)}, "text_answers"),
    ],
)
def test_an_answer_that_answers_nothing_is_refused_with_what_is_asked(given: dict[str, Any], path: str) -> None:
    with pytest.raises(EmptyAnswer) as refused:
        answered(["autre", "coordonnees"], Answer(**given))
    assert refused.value.errors[0].path == path
    assert "autre information, coordonnées" in refused.value.detail


def test_what_is_left_is_what_has_no_answer() -> None:
    assert left(["autre", "adhesion"], ["adhesion"]) == ["autre"]


def test_a_correction_answers_by_the_fields_in_which_it_differs(draft: Any) -> None:
    fields = changed(draft(), draft(person__phone="0476112233", barriers=["mobilite"], motivation="Autre projet."))
    assert fields == {"person.phone", "barriers", "motivation"}
    assert answered_by_correction(ALL, fields) == ["coordonnees", "situation-emploi", "motivation"]


def test_a_correction_may_not_turn_the_orientation_into_another_one(draft: Any) -> None:
    for other in (
        {"person__last_name": "Traoré"},
        {"person__birth_date": "1990-01-01"},
        {"person__commune_insee": "38544"},
        {"prescriber__kind": "TRAVAILLEUR_SOCIAL"},
        {"continuity": {"clas": "metropole", "reason": "Suivie depuis un an."}},
    ):
        assert not changed(draft(), draft(**other)) <= MAY_CHANGE, other


def test_a_correction_of_what_nobody_asks_is_refused(draft: Any) -> None:
    with pytest.raises(EmptyAnswer):
        concerns_what_is_asked(["coordonnees"], changed(draft(), draft(motivation="Autre projet.", barriers=[])))
    concerns_what_is_asked(["justificatif-domicile", "autre"], changed(draft(), draft(person__address="1 rue Basse")))


def test_words_go_to_the_commission_under_what_it_has_read(draft: Any) -> None:
    told = completed(draft(), Answer(text="Projet de vente.", proof_of_address="quittance", education_level=3), TODAY)
    assert told["situation"]["education_level"] == 3
    first, proof, text = told["motivation"].replace("\N{NO-BREAK SPACE}", " ").split("\n\n")
    assert first.startswith("Souhaite reprendre")
    assert proof == "Justificatif de domicile vu le 12 mars 2026 : quittance de loyer."
    assert text == "Réponse du 12 mars 2026 : Projet de vente."
