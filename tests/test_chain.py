"""A person's way through all organisations: oriented, admitted, accompanied, in a job, counted."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from confluent_kafka import Consumer, Producer

from plie_deploy.testing import eventually

from .conftest import Platform

TODAY = datetime.now(ZoneInfo("Europe/Paris")).date()
VOIRON = "38563"


def orientation(kind: str, structure: str, **changes: Any) -> dict[str, Any]:
    return {
        "external_reference": f"TEST-{uuid.uuid4().hex[:12]}",
        "prescriber": {
            "kind": kind,
            "structure": structure,
            "advisor": "Odile Marquisan",
            "advisor_email": "o.marquisan@example.org",
        },
        "person": {
            "last_name": "Chabert",
            "first_name": f"Maëlle {uuid.uuid4().hex[:6]}",
            "birth_date": "1983-05-04",
            "sex": "F",
            "commune_insee": VOIRON,
            "address": "12 rue Exemple, 38500 Voiron",
            "phone": "+33476000000",
            "email": None,
        },
        "situation": {
            "employment": "unemployed",
            "unemployed_since": "2024-05-01",
            "rsa_recipient": True,
            "first_time_jobseeker": False,
            "entering_iae": False,
            "precarious_jobs": True,
            "foreign_diploma": False,
            "education_level": 2,
            "qpv_resident": False,
            "disability": "prefer-not-to-say",
        },
        "barriers": ["mobilite", "numerique"],
        "adhesion": {"given": True, "on": TODAY.isoformat()},
        "motivation": "Souhaite reprendre une activité à temps partiel.",
        "continuity": None,
        **changes,
    }


async def posted(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


async def seen(client: httpx.AsyncClient, path: str, **expected: Any) -> dict[str, Any]:
    async def found() -> dict[str, Any]:
        answer = await client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        assert expected.items() <= body.items(), body
        return body

    return await eventually(found, within=30)


async def admitted(platform: Platform, orientation_id: str) -> str:
    """Through a session of the CLAS of Centre Isère; answers the participant_id."""
    async with platform.api("centre-isere", "admission") as clas:
        file = await seen(clas, f"/files/{orientation_id}")
        assert {name: criterion["result"] for name, criterion in file["pre_assessment"].items()} == dict.fromkeys(
            ("territory", "without_employment", "difficulties", "adhesion"), "met"
        )
        members = [
            {"organisation": "centre-isere", "name": "Odile Marquisan", "present": True},
            {"organisation": "departement-38", "name": "Grégory Vinaypas", "present": True},
            {"organisation": "pole-emploi-38", "name": "Lucile Chavassieu", "present": True},
        ]
        session = await posted(
            clas, "/sessions", {"held_on": TODAY.isoformat(), "place": "Voiron, salle du conseil", "members": members}
        )
        await posted(clas, f"/sessions/{session['session_id']}/agenda", {"orientation_ids": [orientation_id]})
        decision = await posted(
            clas,
            f"/files/{orientation_id}/decision",
            {
                "session_id": session["session_id"],
                "decision": "admit",
                "maison": "centre-isere",
                "plus_value_code": "coordination-parcours",
            },
        )
        assert decision["decision_number"] == 1
        await posted(clas, f"/sessions/{session['session_id']}/close", {})
        again = await clas.post(f"/api/v1/sessions/{session['session_id']}/close", json={})
        assert (again.status_code, again.json()["code"]) == (409, "session.closed")
        return str(decision["participant_id"])


async def accompanied(platform: Platform, participant_id: str) -> None:
    """From the référent to the exit, all of today."""
    today = TODAY.isoformat()
    async with platform.api("centre-isere", "parcours") as maison:
        await seen(maison, f"/participants/{participant_id}", stage="welcome")
        at = f"/participants/{participant_id}"
        referents = (await maison.get("/api/v1/referents")).json()["items"]
        await posted(maison, f"{at}/referent", {"referent_id": referents[0]["referent_id"]})
        contact = {
            "occurred_on": today,
            "format": "individuel",
            "with_referent": True,
            "outcome": "honore",
            "duration_minutes": 60,
            "note": None,
        }
        await posted(maison, f"{at}/contacts", {**contact, "medium": "presentiel"})
        await posted(maison, f"{at}/contracts", {"kind": "contrat-plie", "signed_on": today, "ends_on": None})
        await posted(maison, f"{at}/contacts", {**contact, "medium": "telephone"})
        job = await posted(
            maison,
            f"{at}/jobs",
            {"started_on": today, "contract_kind": "cdi", "contract_months": None, "weekly_hours": 28, "chosen_part_time": True,
             "employer": "Association Exemple", "employer_kind": "association", "employer_size": "sme", "rome": "K2204"},
        )  # fmt: skip
        await posted(maison, f"{at}/jobs/{job['job_id']}/end", {"ended_on": today, "reason_code": "periode-essai"})
        await posted(
            maison,
            f"{at}/follow-ups/{job['job_id']}/end",
            {"ended_on": today, "outcome": "job-ended", "evidence": None},
        )
        await posted(maison, f"{at}/exit", {"ended_on": today, "kind": "sans-suite", "reason_code": "demenagement"})
        second = await maison.post(
            f"/api/v1{at}/exit", json={"ended_on": today, "kind": "sans-suite", "reason_code": "abandon"}
        )
        assert second.status_code == 409, second.text
        assert second.headers["content-type"].startswith("application/problem+json")


async def figures(client: httpx.AsyncClient, **filters: str) -> dict[str, Any]:
    answer = await client.get(
        "/api/v1/statistics", params={"from": TODAY.isoformat(), "to": TODAY.isoformat(), **filters}
    )
    assert answer.status_code == 200, answer.text
    return {figure["code"]: figure["value"] for figure in answer.json()["figures"]}


COUNTED = (
    "orientations.received", "orientations.admitted", "parcours.entered", "parcours.ended", "exits.sans-suite",
    "contacts.total", "contacts.presentiel", "contacts.telephone", "jobs.started", "jobs.durable", "jobs.cdi",
)  # fmt: skip
ONE_PERSON = (1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1)


async def balanced(client: httpx.AsyncClient) -> dict[str, Any]:
    async def found() -> dict[str, Any]:
        body: dict[str, Any] = (await client.get("/api/v1/conservation")).json()
        assert body["orientations"]["balanced"] is True, body
        assert body["parcours"]["balanced"] is True, body
        assert not any(body["unattached"].values())
        return body

    return await eventually(found, within=30)


async def follow_through(platform: Platform, orientation_id: str, participant_id: str, before: dict[str, Any]) -> None:
    await accompanied(platform, participant_id)
    async with platform.api("metropole", "reporting") as reporting:

        async def counted() -> bool:
            after = await figures(reporting)
            assert tuple(after[code] - before[code] for code in COUNTED) == ONE_PERSON
            return True

        await eventually(counted, within=30)
        await balanced(reporting)


async def test_an_orientation_posted_to_the_departement_is_counted_in_the_territory(platform: Platform) -> None:
    async with platform.api("metropole", "reporting") as reporting:
        before = await figures(reporting)
    async with platform.api("departement-38", "orientation") as departement:
        body = orientation("DEPT", "Maison du Département Voiron")
        received = await posted(departement, "/orientations", body)
        assert received["addressed_to"] == "centre-isere"
        orientation_id = received["orientation_id"]
        twice = await departement.post("/api/v1/orientations", json=body)
        assert (twice.status_code, twice.json()["code"]) == (409, "orientation.duplicate-reference")
        participant_id = await admitted(platform, orientation_id)
        await seen(departement, f"/orientations/{orientation_id}", status="admitted")
        await follow_through(platform, orientation_id, participant_id, before)

        async def told() -> bool:
            history = (await departement.get(f"/api/v1/orientations/{orientation_id}")).json()["history"]
            statuses = [step["status"] for step in history]
            assert statuses == [
                "received",
                "in-commission",
                "admitted",
                "first-interview-held",
                "job-started",
                "exited",
            ]
            return True

        await eventually(told, within=30)


def foreign_client(platform: Platform) -> dict[str, str]:
    """How the Mission Locale's own IT connects: librdkafka, as kcat does."""
    kafka, principal = platform.status["kafka"], platform.principal("mission-locale-voiron", None)
    return {
        "bootstrap.servers": kafka["bootstrap_servers"],
        "security.protocol": kafka["security_protocol"],
        "sasl.mechanism": kafka["sasl_mechanism"],
        "sasl.username": principal["username"],
        "sasl.password": principal["password"],
    }


def submit(platform: Platform, body: dict[str, Any]) -> None:
    reference = body["external_reference"]
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": "/organisations/mission-locale-voiron",
        "ce_type": "fr.plie.OrientationSubmitted.v1",
        "ce_subject": reference,
        "ce_time": datetime.now(UTC).isoformat(),
        "ce_dataschema": "urn:plie:OrientationSubmitted:v1",
        "content-type": "application/json",
    }
    producer = Producer(foreign_client(platform))
    producer.produce("plie.submission.v1.mission-locale-voiron", key=reference, value=json.dumps(body), headers=headers)
    assert producer.flush(20) == 0


def read_topic(platform: Platform, topic: str, count: int) -> list[dict[str, Any]]:
    consumer = Consumer(
        {
            **foreign_client(platform),
            "group.id": "mission-locale-voiron",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    found: list[dict[str, Any]] = []
    try:
        while len(found) < count:
            message = consumer.poll(20)
            assert message is not None, f"{len(found)} of {count} on {topic}"
            assert message.error() is None, message.error()
            found.append(json.loads(message.value()))
    finally:
        consumer.close()
    return found


async def test_an_orientation_submitted_over_kafka_by_a_partner_goes_the_same_way(platform: Platform) -> None:
    body = orientation("ML", "Mission Locale du Voironnais")
    async with platform.api("metropole", "reporting") as reporting, platform.api("metropole", "orientation") as host:
        before = await figures(reporting)
        submit(platform, body)

        async def received() -> str:
            items = (
                await host.get("/api/v1/orientations", params={"external_reference": body["external_reference"]})
            ).json()["items"]
            assert items
            return str(items[0]["orientation_id"])

        orientation_id = await eventually(received, within=30)
        submit(platform, body)
        participant_id = await admitted(platform, orientation_id)
        await follow_through(platform, orientation_id, participant_id, before)
        await seen(host, f"/orientations/{orientation_id}", status="admitted")
    topic = "plie.notice.v1.metropole.orientation.to.mission-locale-voiron"
    mine = [n["status"] for n in read_topic(platform, topic, 6) if n["orientation_id"] == orientation_id]
    assert mine[:3] == ["received", "in-commission", "admitted"]


async def test_a_submission_that_breaks_the_contract_is_refused_with_the_code_rest_would_give(
    platform: Platform,
) -> None:
    async with platform.api("metropole", "orientation") as host:
        body = orientation("ML", "Mission Locale du Voironnais")
        body["person"]["commune_insee"] = "75056"
        answer = await host.post("/api/v1/orientations", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "territory.not-covered")
    submit(platform, body)
    topic = "plie.dead-letter.v1.metropole.orientation.to.mission-locale-voiron"
    refused = read_topic(platform, topic, 1)[-1]
    assert refused["code"] == "territory.not-covered"
    assert "Chabert" not in json.dumps(refused)


async def test_no_name_reaches_a_facts_stream(platform: Platform) -> None:
    """Facts are kept for ten years: scan every one of them for what was given about the people of this run."""
    kafka = platform.status["kafka"]
    consumer = Consumer({
        "bootstrap.servers": kafka["bootstrap_servers"],
        "security.protocol": kafka["security_protocol"],
        "sasl.mechanism": kafka["sasl_mechanism"],
        "sasl.username": kafka["admin"]["username"],
        "sasl.password": kafka["admin"]["password"],
        "group.id": f"scan-{uuid.uuid4()}",
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
    })  # fmt: skip
    topics = [
        name
        for name in consumer.list_topics(timeout=20).topics
        if name.startswith(("plie.orientation.", "plie.admission.", "plie.parcours."))
    ]
    consumer.subscribe(topics)
    ended: set[tuple[str, int]] = set()
    scanned = 0
    while len(ended) < 6 * len(topics):
        message = consumer.poll(20)
        assert message is not None
        if message.error():
            ended.add((message.topic(), message.partition()))
            continue
        value = message.value()
        scanned += 1
        for trace in (
            b"Chabert",
            b"Exemple",
            b"+33476",
            b"1983-05-04",
            b"Souhaite",
            b"last_name",
            b"birth_date",
            b'"sante"',
        ):
            assert trace not in value, (message.topic(), message.offset())
    consumer.close()
    assert scanned > 100
