"""An orientation is judged the same by whichever way it comes: API, batch, and a direct producer's topic."""

import json
from typing import Any

import pytest

from plie_contracts.events import OrientationSubmitted
from plie_contracts.refusals import Refused
from plie_orientation.handlers import submissions

PRODUCER = "mission-locale-voiron"
DECLARED = {"prescriber__kind": "ML", "prescriber__structure": "Mission Locale du Voironnais"}
NDJSON = {"Content-Type": "application/x-ndjson"}

CASES: list[dict[str, Any]] = [
    {},
    {"person__birth_date": "2031-01-01"},
    {"person__birth_date": "1890-01-01"},
    {"person__commune_insee": "38140"},
    {"person__commune_insee": "38140", "continuity": {"clas": "centre-isere", "reason": "Suivie depuis un an."}},
    {"continuity": {"clas": "nulle-part", "reason": "x"}},
    {"situation__unemployed_since": "2031-01-01"},
    {"situation__unemployed_since": "1970-01-01"},
    {"adhesion": {"given": True, "on": "2031-01-01"}},
    {"prescriber__kind": "FT"},
    {"person__birth_date": "2031-01-01", "person__commune_insee": "38140"},
]


@pytest.mark.parametrize("changes", CASES)
async def test_each_way_gives_the_same_result(new_site: Any, body: Any, from_kafka: Any, changes: Any) -> None:
    api_told, batch_told, kafka_told = (
        body(**{**DECLARED, "external_reference": way, **changes}) for way in ("api", "batch", "kafka")
    )
    site = await new_site("metropole.orientation")
    token = await site.token(organisation=PRODUCER, prescriber_kinds=("ML",))
    async with site.api(token) as api:
        by_api = (await api.post("/api/v1/orientations", json=api_told)).json()
        sent = await api.post("/api/v1/orientations/batch", content=json.dumps(batch_told), headers=NDJSON)
        by_batch = json.loads(sent.text)
    event = OrientationSubmitted.model_validate_json(json.dumps(kafka_told))
    try:
        await site.side.run(submissions.take, from_kafka(event, PRODUCER))
        by_kafka = None
    except Refused as refused:
        by_kafka = (refused.code, refused.path)
    assert refusal(by_api) == refusal(by_batch) == by_kafka
    facts = [without(fact.data, "orientation_id") for fact in await site.side.emitted("OrientationReceived")]
    identities = [without(told.data, "subject_id", "file") for told in await site.side.emitted("IdentityProvided")]
    assert len(facts) == len(identities) == (0 if by_kafka else 3)
    assert all(fact == facts[0] for fact in facts)
    assert all(identity == identities[0] for identity in identities)


def refusal(answer: dict[str, Any]) -> tuple[str, str] | None:
    return (answer["code"], answer["errors"][0]["path"]) if "code" in answer else None


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
