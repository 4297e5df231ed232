"""A released schema stays good: whatever would break its users is red, and adding something optional is not."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plie_contracts import schemas
from plie_contracts.compatibility import breaks, released

RELEASED = Path(__file__).parent.parent / "released"


@pytest.fixture(scope="module")
def current() -> dict[str, Any]:
    return dict(schemas.documents())


def test_the_events_of_today_break_no_released_version(current: dict[str, Any]) -> None:
    versions = released(RELEASED)
    assert "1.0.0" in versions
    for documents in versions.values():
        assert breaks(documents, current) == []


def field(documents: Any, event: str, name: str, part: str | None = None) -> Any:
    schema = documents[f"{event}.json"]
    return (schema["$defs"][part] if part else schema)["properties"][name]


def limit(documents: Any, event: str, name: str, **limits: Any) -> None:
    field(documents, event, name).update(limits)


RED: dict[str, Callable[[Any], Any]] = {
    "an event removed": lambda d: d.pop("JobEnded.json"),
    "a field removed": lambda d: d["ContactLogged.json"]["properties"].pop("format"),
    "a nested field removed": lambda d: d["OrientationReceived.json"]["$defs"]["Person"]["properties"].pop("sex"),
    "a field newly required": lambda d: d["ContactLogged.json"]["required"].append("format"),
    "a nested field newly required": lambda d: d["OrientationReceived.json"]["$defs"]["Person"]["required"].append(
        "sex"
    ),
    "a new field that is required": lambda d: (
        d["JobEnded.json"]["properties"].update(later={"type": "string"}),
        d["JobEnded.json"]["required"].append("later"),
    ),
    "a field no longer required": lambda d: d["ContactLogged.json"]["required"].remove("medium"),
    "a type changed": lambda d: field(d, "ContactLogged", "medium").update(type="integer"),
    "null no longer accepted": lambda d: field(d, "ContactLogged", "duration_minutes")["anyOf"].pop(),
    "a number narrowed to a whole number": lambda d: field(d, "ActionAttended", "hours").update(type="integer"),
    "a minimum raised": lambda d: field(d, "OrientationReceived", "age", "Person").update(minimum=16),
    "a maximum lowered": lambda d: field(d, "OrientationReceived", "age", "Person").update(maximum=65),
    "a maximum length imposed": lambda d: field(d, "IdentityProvided", "last_name").update(maxLength=20),
    "a pattern changed": lambda d: field(d, "ParcoursOpened", "referent_id").update(pattern="^[0-9]+$"),
    "a format changed": lambda d: field(d, "ContactLogged", "occurred_on").update(format="date-time"),
    "a value removed from a list": lambda d: field(d, "FollowUpMilestone", "month").update(enum=[6]),
    "a list of values imposed": lambda d: field(d, "ContactLogged", "medium").update(enum=["presentiel"]),
    "a code removed from a vocabulary": lambda d: d["vocabularies.json"]["barrier"].pop(),
    "a vocabulary removed": lambda d: d["vocabularies.json"].pop("barrier"),
    "another vocabulary": lambda d: field(d, "ContactLogged", "medium").update({"x-vocabulary": "contact-format"}),
    "unknown fields refused": lambda d: d["JobEnded.json"].update(additionalProperties=False),
    "a rule between fields added": lambda d: d["JobEnded.json"].update(allOf=[{"if": {}, "then": {}}]),
    "another key": lambda d: d["JobEnded.json"].update({"x-key": "job_id"}),
    "another stream": lambda d: d["JobEnded.json"].update({"x-stream": "admission"}),
    "an item of a list narrowed": lambda d: field(d, "BarriersReviewed", "level", "ReviewedBarrier").update(maximum=2),
}


@pytest.mark.parametrize("change", RED, ids=lambda name: name.replace(" ", "-"))
def test_it_is_red_for(current: dict[str, Any], change: str) -> None:
    later = copy.deepcopy(current)
    RED[change](later)
    assert breaks(current, later) != []


GREEN: dict[str, Callable[[Any], Any]] = {
    "an optional field added": lambda d: d["JobEnded.json"]["properties"].update(later={"type": "string"}),
    "an event added": lambda d: d.update({"Later.json": copy.deepcopy(d["JobEnded.json"])}),
    "a code added to a vocabulary": lambda d: d["vocabularies.json"]["barrier"].append({"code": "x", "label": "x"}),
    "a label said better": lambda d: d["vocabularies.json"]["barrier"][0].update(label="le logement"),
    "a limit widened": lambda d: field(d, "OrientationReceived", "age", "Person").update(maximum=120),
    "another description": lambda d: d["JobEnded.json"].update(description="…"),
    "a list of values lengthened": lambda d: field(d, "FollowUpMilestone", "month").update(enum=[3, 6, 12]),
}


@pytest.mark.parametrize("change", GREEN, ids=lambda name: name.replace(" ", "-"))
def test_it_is_green_for(current: dict[str, Any], change: str) -> None:
    later = copy.deepcopy(current)
    GREEN[change](later)
    assert breaks(current, later) == []


def test_a_break_names_the_document_the_field_and_what_is_broken(current: dict[str, Any]) -> None:
    later = copy.deepcopy(current)
    later["OrientationReceived.json"]["$defs"]["Person"]["properties"].pop("sex")
    assert ("OrientationReceived.json", "person.sex", "field removed") in breaks(current, later)
