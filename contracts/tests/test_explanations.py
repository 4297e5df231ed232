"""Whoever gets a refusal reads French that names the field and the rule."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from plie_contracts.events import OrientationSubmitted
from plie_contracts.explanations import explain, json_path


def explained(body: Any, **changes: Any) -> list[tuple[str, str, str]]:
    for path, value in changes.items():
        *way, last = path.split("__")
        target = body
        for name in way:
            target = target[name]
        target[last] = value
    with pytest.raises(ValidationError) as refused:
        OrientationSubmitted.model_validate_json(json.dumps(body))
    return explain(refused.value)


@pytest.fixture
def body(example: Any) -> Any:
    return example("orientation-submitted")["data"]


@pytest.mark.parametrize(
    ("field", "value", "path", "code", "says"),
    [
        ("person__birth_date", "04/05/1983", "person.birth_date", "field.format", "AAAA-MM-JJ"),
        ("person__birth_date", 7, "person.birth_date", "field.format", "AAAA-MM-JJ"),
        ("person__commune_insee", "38500 ", "person.commune_insee", "field.format", "code INSEE"),
        ("person__last_name", " ", "person.last_name", "field.format", "1 à 200 caractères"),
        ("person__last_name", "x" * 201, "person.last_name", "field.format", "1 à 200 caractères"),
        ("person__shoe_size", 38, "person.shoe_size", "field.unknown", "n’existe pas"),
        ("prescriber__kind", "MAIRIE", "prescriber.kind", "field.value", "DEPT"),
        ("prescriber__advisor_email", "x", "prescriber.advisor_email", "field.format", "adresse électronique"),
        ("situation__rsa_recipient", "oui", "situation.rsa_recipient", "field.type", "vrai ou faux"),
        ("situation__education_level", 9, "situation.education_level", "field.range", "maximale est 8"),
        ("situation__education_level", "3", "situation.education_level", "field.type", "nombre entier"),
        ("situation", [], "situation", "field.type", "objet"),
        ("barriers", "mobilite", "barriers", "field.type", "liste"),
        ("barriers", ["mobilite", "transport"], "barriers[1]", "field.value", "logement"),
        ("motivation", "a\u0007b", "motivation", "field.format", "caractère de contrôle"),
        ("motivation", "x" * 10_001, "motivation", "field.format", "10 000 caractères au plus"),
    ],
)
def test_an_error_names_the_field_and_the_rule(
    body: Any, field: str, value: Any, path: str, code: str, says: str
) -> None:
    [(found_path, found_code, message)] = explained(body, **{field: value})
    assert (found_path, found_code) == (path, code)
    assert says in message


def test_every_error_is_told_at_once(body: Any) -> None:
    del body["adhesion"]
    found = explained(body, person__birth_date="hier", prescriber__kind="MAIRIE")
    assert {path for path, _, _ in found} == {"adhesion", "person.birth_date", "prescriber.kind"}


def test_something_that_is_not_json_says_so() -> None:
    with pytest.raises(ValidationError) as refused:
        OrientationSubmitted.model_validate_json(b"{")
    assert explain(refused.value) == [("", "json.invalid", "ce n’est pas du JSON")]


def test_a_path_is_written_as_in_javascript() -> None:
    assert json_path(("person", "birth_date")) == "person.birth_date"
    assert json_path(("barriers", 1, "code")) == "barriers[1].code"
    assert json_path((0, "code")) == "[0].code"
