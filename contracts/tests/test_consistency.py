"""Rules between fields: each holds for whoever writes or reads the event."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from plie_contracts.events import (
    ContactLogged,
    ContractSigned,
    FollowUpEnded,
    FollowUpMilestone,
    FollowUpStarted,
    JobCorrected,
    JobStarted,
    StepStarted,
    is_durable,
)
from plie_contracts.explanations import explain

PERSON = UUID("019a7c3e-5b00-7002-8a11-4f5e6d7c8b02")
THING = UUID("019a7c3e-5b00-7003-8a11-4f5e6d7c8b03")
OTHER = UUID("019a7c3e-5b00-7004-8a11-4f5e6d7c8b04")


def broken_rule(event: type[Any], **fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        event(participant_id=PERSON, **fields)
    [(path, code, message)] = explain(refused.value)
    assert path
    assert message
    return code.removeprefix("consistency.")


def job(**fields: Any) -> dict[str, Any]:
    return {"job_id": THING, "started_on": date(2026, 7, 1), **fields}


@pytest.mark.parametrize(
    ("kind", "months", "durable"),
    [
        ("cdi", None, True),
        ("creation-entreprise", None, True),
        ("cdd", 7, True),
        ("cdd", 6, False),
        ("cdd", 1, False),
        ("interim", None, False),
        ("saisonnier", 8, False),
        ("cdi-interimaire", None, False),
        ("alternance", 24, False),
        ("portage-salarial", None, None),
    ],
)
def test_durable_is_a_cdi_a_cdd_of_more_than_six_months_or_a_business_creation(
    kind: str, months: int | None, durable: bool | None
) -> None:
    assert is_durable(kind, months) is durable


@pytest.mark.parametrize("event", [JobStarted, JobCorrected])
@pytest.mark.parametrize(("kind", "months"), [("cdi", None), ("cdd", 7), ("creation-entreprise", None)])
def test_a_durable_contract_is_not_said_otherwise(event: type[Any], kind: str, months: int | None) -> None:
    fields = job(contract_kind=kind, contract_months=months)
    assert event(participant_id=PERSON, durable=True, **fields)
    assert broken_rule(event, durable=False, **fields) == "durable-agrees-with-contract"


@pytest.mark.parametrize(("kind", "months"), [("interim", None), ("cdd", 6), ("alternance", 12)])
def test_a_passing_contract_is_not_said_durable(kind: str, months: int | None) -> None:
    fields = job(contract_kind=kind, contract_months=months)
    assert broken_rule(JobStarted, durable=True, **fields) == "durable-agrees-with-contract"


@pytest.mark.parametrize("event", [JobStarted, JobCorrected])
def test_a_cdd_states_its_months(event: type[Any]) -> None:
    assert broken_rule(event, durable=False, **job(contract_kind="cdd")) == "cdd-states-its-months"


def follow_up(**fields: Any) -> dict[str, Any]:
    return {"job_id": THING, "ended_on": date(2026, 12, 31), "outcome": "in-employment", "months_followed": 6, **fields}


@pytest.mark.parametrize("three", [False, None])
def test_kept_at_six_months_implies_kept_at_three(three: bool | None) -> None:
    fields = follow_up(retained_3_months=three, retained_6_months=True)
    assert broken_rule(FollowUpEnded, **fields) == "six-months-imply-three"


def test_kept_at_six_months_implies_six_months_followed() -> None:
    fields = follow_up(retained_3_months=True, retained_6_months=True, months_followed=5)
    assert broken_rule(FollowUpEnded, **fields) == "six-months-imply-three"


def test_kept_at_three_months_only_is_a_possible_end() -> None:
    assert FollowUpEnded(
        participant_id=PERSON, **follow_up(retained_3_months=True, retained_6_months=False, months_followed=4)
    )


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (FollowUpStarted, {"started_on": date(2026, 7, 1)}),
        (FollowUpMilestone, {"month": 3, "in_employment": True, "attested_on": date(2026, 9, 30)}),
        (FollowUpEnded, {"ended_on": date(2026, 12, 31), "outcome": "moved", "months_followed": 2}),
    ],
)
def test_a_follow_up_is_of_a_job_or_of_a_step_exactly_one(event: type[Any], fields: dict[str, Any]) -> None:
    assert event(participant_id=PERSON, job_id=THING, **fields)
    assert event(participant_id=PERSON, step_id=THING, **fields)
    assert broken_rule(event, **fields) == "exactly-one-of-job-and-step"
    assert broken_rule(event, job_id=THING, step_id=OTHER, **fields) == "exactly-one-of-job-and-step"


def test_a_contract_does_not_end_before_it_is_signed() -> None:
    fields = {"contract_id": THING, "kind": "cer", "signed_on": date(2026, 4, 7)}
    assert ContractSigned(participant_id=PERSON, ends_on=date(2026, 4, 7), **fields)
    assert broken_rule(ContractSigned, ends_on=date(2026, 4, 6), **fields) == "contract-ends-after-it-is-signed"


def test_a_step_is_not_planned_to_end_before_it_starts() -> None:
    fields = {"step_id": THING, "kind": "projet", "started_on": date(2026, 5, 4)}
    assert StepStarted(participant_id=PERSON, planned_end_on=date(2026, 5, 4), **fields)
    rule = broken_rule(StepStarted, planned_end_on=date(2026, 5, 3), **fields)
    assert rule == "step-is-planned-to-end-after-its-start"


@pytest.mark.parametrize("medium", ["telephone", "visio", "courriel", "messagerie-instantanee"])
def test_the_first_interview_is_in_person(medium: str) -> None:
    fields: dict[str, Any] = {
        "contact_id": THING,
        "occurred_on": date(2026, 4, 7),
        "outcome": "honore",
        "referent_id": "referent-03",
        "stage": "welcome",
    }
    assert ContactLogged(participant_id=PERSON, medium="presentiel", first_interview=True, **fields)
    assert broken_rule(ContactLogged, medium=medium, first_interview=True, **fields) == "first-interview-is-in-person"
