from datetime import date

import pytest

from plie_orientation.domain.columns import TARGETS, document, escaped, guess, lacking
from plie_orientation.domain.imports import person_key

COLUMNS = ("NOM *", "Prénom", "Date naissance", "Ville", "Tél.", "Situation d'emploi", "Bénéficiaire RSA", "Freins")


def test_columns_are_guessed_by_their_names() -> None:
    assert guess(COLUMNS) == {
        "person.last_name": 0,
        "person.first_name": 1,
        "person.birth_date": 2,
        "person.commune_insee": 3,
        "person.phone": 4,
        "situation.employment": 5,
        "situation.rsa_recipient": 6,
        "barriers": 7,
    }


def test_a_column_fills_one_field_only() -> None:
    mapping = guess(tuple(name for target in TARGETS for name in target.names))
    assert len(set(mapping.values())) == len(mapping) == len(TARGETS)


def test_what_nothing_can_be_sent_without_is_asked_for() -> None:
    known = ("prescriber.kind", "prescriber.structure")
    assert [target.field for target in lacking(guess(COLUMNS), known)] == ["adhesion.given"]


@pytest.mark.parametrize(
    ("field", "typed", "meant"),
    [
        ("person.birth_date", "4/5/1983", date(1983, 5, 4)),
        ("person.birth_date", "1983-05-04 00:00:00", date(1983, 5, 4)),
        ("person.sex", "Madame", "F"),
        ("person.commune_insee", "voiron", "38563"),
        ("situation.employment", "Demandeur d’emploi", "unemployed"),
        ("situation.employment", "au chômage", "unemployed"),
        ("situation.employment", "Inactive", "inactive"),
        ("situation.rsa_recipient", "X", True),
        ("situation.rsa_recipient", "non", False),
        ("situation.education_level", "CITE 3", 3),
        ("situation.education_level", "Licence (CITE 6)", 6),
        ("barriers", "Mobilité; maîtrise de la langue", ["mobilite", "maitrise-langue"]),
        ("prescriber.kind", "mission locale", "ML"),
        ("motivation", "=SOMME(A1)", "=SOMME(A1)"),
    ],
)
def test_a_cell_is_read_as_people_write_it(field: str, typed: str, meant: object) -> None:
    body, errors = document([typed], {field: 0}, {})
    assert errors == []
    *parents, name = field.split(".")
    for parent in parents:
        body = body[parent]
    assert body[name] == meant


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("person.birth_date", "31/02/1983"),
        ("person.birth_date", "hier"),
        ("person.commune_insee", "Nulle Part"),
        ("person.commune_insee", "38500"),
        ("situation.rsa_recipient", "peut-être"),
        ("situation.employment", "ailleurs"),
        ("barriers", "mobilité, ennui"),
        ("motivation", "x" * 12_001),
    ],
)
def test_a_cell_that_cannot_be_read_names_its_field(field: str, typed: str) -> None:
    _, errors = document([typed], {field: 0}, {})
    assert [(error.path, error.code) for error in errors] == [(field, "import.unreadable")]


def test_what_is_known_of_the_author_fills_what_a_line_leaves_empty() -> None:
    body, _ = document(["", ""], {"prescriber.structure": 1}, {"prescriber.structure": "Voiron"})
    assert body["prescriber"] == {"structure": "Voiron"}


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-1", "@x", "\tx"])
def test_what_a_spreadsheet_would_evaluate_goes_out_escaped(cell: str) -> None:
    assert escaped(cell) == f"'{cell}"
    assert escaped("Bérard") == "Bérard"


def test_a_person_is_the_same_whatever_the_accents() -> None:
    assert person_key("BERARD", "noémie", "1983-05-04") == person_key("Bérard", "Noemie", "1983-05-04")


def test_who_orients_is_needed_of_a_line_only_where_the_account_does_not_say_it() -> None:
    mapping = guess(["Nom", "Prénom", "Né(e) le", "Commune", "Situation", "Accord", "Réf"])
    assert [target.field for target in lacking(mapping, ())] == ["prescriber.kind", "prescriber.structure"]
    assert lacking(mapping, ("prescriber.kind", "prescriber.structure")) == []
    assert mapping["external_reference"] == 6
