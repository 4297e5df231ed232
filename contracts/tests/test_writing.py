"""A writer is strict: unknown fields, unknown codes, foreign ids and sensitive facts never leave us."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from plie_contracts.events import (
    AdmissionRefused,
    BarriersReviewed,
    ContactLogged,
    IdentityProvided,
    OrientationSubmitted,
    ParcoursEnded,
    ReferentChanged,
    ReviewedBarrier,
)
from plie_contracts.records import Accepted, Record, RefusedByContract, encode, headers, read
from plie_contracts.streams import source_of

PERSON = UUID("019a7c3e-5b00-7002-8a11-4f5e6d7c8b02")
CONTACT = UUID("019a7c3e-5b00-7005-8a11-4f5e6d7c8b05")
NOW = datetime(2026, 4, 7, 9, 5, tzinfo=UTC)


def contact(**changes: Any) -> ContactLogged:
    fields: dict[str, Any] = {
        "participant_id": PERSON,
        "contact_id": CONTACT,
        "occurred_on": date(2026, 4, 7),
        "medium": "presentiel",
        "outcome": "honore",
        "referent_id": "referent-03",
        "stage": "welcome",
        "first_interview": True,
    }
    return ContactLogged(**(fields | changes))


def test_what_we_write_is_read_back_the_same() -> None:
    event = contact()
    stated = headers(event, id="a-1", source=source_of("centre-isere.parcours"), sequence=3, time=NOW, traceparent=None)
    accepted = read(Record("plie.parcours.v1.centre-isere", event.key().encode(), stated, encode(event)))
    assert isinstance(accepted, Accepted)
    assert accepted.event == event
    assert (accepted.id, accepted.sequence, accepted.time) == ("a-1", 3, NOW)


def test_absent_fields_are_not_written() -> None:
    assert b"duration_minutes" not in encode(contact())


def test_from_is_written_under_its_own_name() -> None:
    event = ReferentChanged(
        participant_id=PERSON, from_="referent-03", to="referent-07", changed_on=date(2026, 5, 4), reason_code="charge"
    )
    assert b'"from":"referent-03"' in encode(event)


def test_an_event_refuses_a_field_it_does_not_have() -> None:
    with pytest.raises(ValidationError):
        contact(mood="bonne")


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (contact(medium="messagerie-instantanee", first_interview=False), "medium"),
        (contact(contact_id=uuid4()), "contact_id"),
        (
            BarriersReviewed(
                participant_id=PERSON,
                reviewed_on=date(2026, 4, 7),
                barriers=[ReviewedBarrier(code="mobilite", level=1), ReviewedBarrier(code="transport", level=1)],
            ),
            "barriers[1].code",
        ),
    ],
)
def test_a_code_of_no_vocabulary_and_an_id_that_is_no_uuid7_are_not_written(event: Any, path: str) -> None:
    with pytest.raises(RefusedByContract) as refused:
        encode(event)
    assert (refused.value.code, refused.value.path) == ("schema.invalid", path)


@pytest.mark.parametrize(
    "event",
    [
        ParcoursEnded(participant_id=PERSON, ended_on=date(2027, 1, 4), kind="sans-suite", reason_code="sante"),
        BarriersReviewed(
            participant_id=PERSON, reviewed_on=date(2026, 4, 7), barriers=[ReviewedBarrier(code="sante", level=1)]
        ),
        AdmissionRefused(
            orientation_id=PERSON,
            decision_number=1,
            decided_on=date(2026, 3, 19),
            session_id=CONTACT,
            reason_code="reoriente",
            reorientation="cap-emploi",
        ),
    ],
)
def test_a_sensitive_code_is_never_written_to_facts(event: Any) -> None:
    with pytest.raises(RefusedByContract) as refused:
        encode(event)
    assert refused.value.code == "privacy.sensitive-in-facts"


def test_an_event_changed_behind_the_models_back_is_not_written() -> None:
    with pytest.raises(RefusedByContract) as refused:
        encode(contact().model_copy(update={"medium": "telephone"}))
    assert refused.value.path == "first_interview"


def test_a_record_of_more_than_256_kb_is_not_written(example: Any) -> None:
    event = IdentityProvided.model_validate_json(
        json.dumps({**example("identity-provided")["data"], "motivation": "x" * 262_144})
    )
    with pytest.raises(RefusedByContract) as refused:
        encode(event)
    assert refused.value.code == "envelope.invalid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x" * 129},
        {"id": "a\nb"},
        {"source": "centre-isere.parcours"},
        {"sequence": 0},
        {"sequence": None},
        {"time": datetime(2026, 4, 7, 9, 5)},  # noqa: DTZ001 - an instant without an offset is the point
    ],
)
def test_headers_that_a_reader_would_refuse_are_not_written(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "id": "a-1",
        "source": source_of("centre-isere.parcours"),
        "sequence": 1,
        "time": NOW,
        "traceparent": None,
    }
    with pytest.raises(RefusedByContract):
        headers(contact(), **(good | wrong))


def test_a_submission_carries_no_sequence(example: Any) -> None:
    event = OrientationSubmitted.model_validate_json(json.dumps(example("orientation-submitted")["data"]))
    stated = headers(
        event, id="a-1", source=source_of("mission-locale-voiron"), sequence=None, time=NOW, traceparent=None
    )
    assert "ce_sequence" not in dict(stated)
    with pytest.raises(RefusedByContract):
        headers(event, id="a-1", source=source_of("mission-locale-voiron"), sequence=1, time=NOW, traceparent=None)
