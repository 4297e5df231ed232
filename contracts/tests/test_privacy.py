"""What may never travel, at any depth and in any spelling."""

from typing import Any, get_args

import pytest

from plie_contracts import privacy
from plie_contracts.events import EVENTS
from plie_contracts.events.base import Part
from plie_contracts.streams import FACTS
from plie_contracts.strictness import vocabularies
from plie_contracts.vocabulary import VOCABULARIES, in_facts


def code(family: str, data: Any) -> str | None:
    broken = privacy.breach(family, data)
    return broken and broken[0]


@pytest.mark.parametrize("family", sorted(FACTS))
@pytest.mark.parametrize("name", sorted(privacy.IDENTITY_NAMES))
def test_a_name_that_identifies_is_refused_in_facts_at_any_depth(family: str, name: str) -> None:
    for data in (
        {name: None},
        {"a": {"b": [{name: 1}]}},
        {"a": [[{name.upper(): ""}]]},
        {name.replace("_", "-").title(): 1},
    ):
        assert code(family, data) == "privacy.identity-in-facts"


@pytest.mark.parametrize("name", ["prénom", "lastName", "DateNaissance", "birth date"])
def test_another_spelling_is_the_same_name(name: str) -> None:
    assert code("parcours", {name: 1}) == "privacy.identity-in-facts"


@pytest.mark.parametrize("family", ["identity", "submission", "fse", "notice", "dead-letter", "orientation"])
@pytest.mark.parametrize("name", ["nir", "NIR", "numero_securite_sociale", "Numéro_Sécurité_Sociale"])
def test_the_social_security_number_is_refused_on_every_stream(family: str, name: str) -> None:
    assert code(family, {"a": [{"b": {name: "1"}}]}) == "privacy.forbidden-field"


@pytest.mark.parametrize(
    "data",
    [
        {"barriers": ["sante"]},
        {"barriers": [{"code": "sante", "level": 2}]},
        {"reason_code": "sante"},
        {"later": [["sante"]]},
    ],
)
def test_health_is_refused_in_facts_wherever_it_stands(data: Any) -> None:
    assert code("parcours", data) == "privacy.sensitive-in-facts"
    assert code("identity", data) is None


@pytest.mark.parametrize("name", sorted(privacy.SENSITIVE_NAMES))
def test_a_sensitive_answer_is_refused_in_facts(name: str) -> None:
    assert code("orientation", {"situation": {name: "no"}}) == "privacy.sensitive-in-facts"
    assert code("fse", {"situation": {name: "no"}}) is None


@pytest.mark.parametrize("kind", ["CAP_EMPLOI", "CIDFF", "SPIP", "PJJ", "CHRS"])
def test_a_prescriber_that_reveals_something_is_said_autre_in_facts(kind: str) -> None:
    assert code("orientation", {"prescriber": {"kind": kind}}) == "privacy.sensitive-in-facts"
    assert in_facts("prescriber-kind", kind) == "AUTRE"
    assert code("orientation", {"prescriber": {"kind": "AUTRE"}}) is None


def test_the_exit_reason_sante_is_said_autre_and_the_barrier_is_not_said() -> None:
    assert in_facts("exit-reason", "sante") == "autre"
    assert in_facts("barrier", "sante") is None
    assert in_facts("barrier", "mobilite") == "mobilite"
    assert in_facts("reorientation", "cap-emploi") == "autre"


def parts(event: type[Part]) -> set[type[Part]]:
    found = {event}
    for field in event.model_fields.values():
        stack = [field.annotation]
        while stack:
            annotation = stack.pop()
            if isinstance(annotation, type) and issubclass(annotation, Part):
                found |= parts(annotation)
            stack += get_args(annotation)
    return found


def test_no_event_of_facts_has_a_field_that_identifies_or_is_sensitive() -> None:
    """So a record whose fields are all known needs no search for names."""
    forbidden = {privacy.plain(n) for n in privacy.IDENTITY_NAMES | privacy.SENSITIVE_NAMES | privacy.NEVER_COLLECTED}
    for event in EVENTS.values():
        if event.FAMILY in FACTS:
            assert not {privacy.plain(name) for part in parts(event) for name in part.model_fields} & forbidden


def test_no_event_at_all_has_a_social_security_number() -> None:
    never = {privacy.plain(name) for name in privacy.NEVER_COLLECTED}
    for event in EVENTS.values():
        assert not {privacy.plain(name) for part in parts(event) for name in part.model_fields} & never


def test_every_field_of_facts_whose_vocabulary_holds_something_sensitive_is_watched() -> None:
    watched = {path.rpartition(".")[2] for path in privacy.SENSITIVE_CODES}
    for event in EVENTS.values():
        if event.FAMILY not in FACTS:
            continue
        for part in parts(event):
            for name, _, vocabulary in vocabularies(part):
                hidden = (
                    {t.code for t in VOCABULARIES[vocabulary].values() if t.in_facts is not None}
                    if vocabulary
                    else set()
                )
                assert not hidden - {"sante"} or name in watched, f"{event.name}.{name}"


def test_an_aggregate_is_named_once_in_an_event() -> None:
    """The quick reader finds the key by its bytes: no part may have a field of that name."""
    for event in EVENTS.values():
        for part in parts(event) - {event}:
            assert event.KEY not in part.model_fields
