"""One table of codes: stable, labelled in French, mapped to ESF+ where it counts."""

import re

import pytest

from plie_contracts.events import EVENTS
from plie_contracts.strictness import vocabularies
from plie_contracts.vocabulary import VOCABULARIES, codes, label


def test_every_code_has_a_french_label() -> None:
    for name, terms in VOCABULARIES.items():
        assert terms, name
        for code, term in terms.items():
            assert code == term.code
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code)
            assert term.label


def test_every_vocabulary_a_field_names_exists() -> None:
    named = {vocabulary for event in EVENTS.values() for _, _, vocabulary in vocabularies(event) if vocabulary}
    assert named <= set(VOCABULARIES)


@pytest.mark.parametrize(
    ("vocabulary", "expected"),
    [
        (
            "barrier",
            "logement emploi formation difficulte-administrative difficulte-financiere mobilite sante contraintes-familiales maitrise-langue numerique",
        ),
        ("contact-medium", "presentiel telephone visio courriel autre"),
        ("contact-outcome", "honore excuse absent annule-par-le-service"),
        ("job-contract", "cdi cdd interim saisonnier cdi-interimaire alternance creation-entreprise"),
        ("stage", "welcome accompaniment training siae job ended"),
        ("step-kind", "bilan remobilisation projet pre-qualifiant qualifiant action-collective siae geiq immersion"),
        ("contract-kind", "contrat-plie cer contrat-engagement ppae cej pacea"),
        ("exit-kind", "positive en-attente sans-suite"),
        ("disability", "yes no prefer-not-to-say"),
        ("follow-up-outcome", "in-employment qualified job-ended no-news moved not-relevant"),
    ],
)
def test_the_codes_are_those_of_the_field(vocabulary: str, expected: str) -> None:
    assert list(codes(vocabulary)) == expected.split()


def test_a_reorientation_is_a_prescriber_kind_in_lower_case_or_droit_commun() -> None:
    kinds = {code.lower().replace("_", "-") for code in codes("prescriber-kind")}
    assert set(codes("reorientation")) == kinds | {"droit-commun"}


def test_a_code_we_do_not_know_is_shown_as_it_is() -> None:
    assert label("contact-medium", "presentiel") == "en présentiel"
    assert label("contact-medium", "messagerie-instantanee") == "messagerie-instantanee"


def test_education_feeds_the_three_esf_bands() -> None:
    bands = {code: term.esf for code, term in VOCABULARIES["education-level"].items()}
    assert bands["2"] == "EECO09"
    assert bands["3"] == bands["4"] == "EECO10"
    assert bands["5"] == "EECO11"
