"""A direct producer that knows only the contract, on a real Kafka: confluent-kafka in, notices and refusals out."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Consumer, Producer

from plie_chassis.service import Runtime
from plie_contracts import streams
from plie_contracts.events import OrientationOutcomeNotified
from plie_contracts.records import encode, headers
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import Declare, Declared, NewDatabase, eventually
from plie_deploy.testing.instances import runtime_of
from plie_orientation.app import SERVICE

HOST, PARTNER, CLAS = "metropole.orientation", "mission-locale-voiron", "centre-isere.admission"


class Heard(NamedTuple):
    type: str
    data: dict[str, Any]


class Client:
    """A principal that speaks to Kafka without anything of ours."""

    def __init__(self, kafka: LocalKafka, declared: Declared, principal: str) -> None:
        self.name = principal
        self._options = {
            "bootstrap.servers": kafka.bootstrap_servers,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": principal,
            "sasl.password": declared.passwords[principal],
        }

    def send(self, topic: str, key: str, value: bytes, envelope: list[tuple[str, bytes]]) -> None:
        producer = Producer(self._options)
        producer.produce(topic, key=key, value=value, headers=envelope)
        assert producer.flush(10) == 0

    def hears(self, *topics: str) -> "Ear":
        consumer = Consumer({**self._options, "group.id": self.name, "auto.offset.reset": "earliest"})
        consumer.subscribe(list(topics))
        return Ear(consumer)


class Ear:
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._heard: list[Heard] = []

    def all(self, kind: str = "") -> list[Heard]:
        while (message := self._consumer.poll(0.05)) is not None:
            if message.error() is None:
                kind = dict(message.headers() or [])["ce_type"]
                assert isinstance(kind, bytes)
                self._heard.append(Heard(kind.decode().split(".")[2], json.loads(message.value() or b"null")))
        return [heard for heard in self._heard if kind in {"", heard.type}]

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture
def declared(declare: Declare) -> Declared:
    return declare("metropole", "centre-isere", "mission-locale-voiron")


@pytest.fixture
async def host(kafka: LocalKafka, declared: Declared, database: NewDatabase, schema: Any) -> AsyncIterator[Runtime]:
    """The instance that hosts the direct producer, at work."""
    async with runtime_of(SERVICE, kafka, declared, "metropole", await database(schema)).running() as runtime:
        yield runtime


def submission_envelope(partner: str, reference: str) -> list[tuple[str, bytes]]:
    told = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": f"/organisations/{partner}",
        "ce_type": "fr.plie.OrientationSubmitted.v1",
        "ce_subject": reference,
        "ce_time": datetime.now(UTC).isoformat(),
        "ce_dataschema": "urn:plie:OrientationSubmitted:v1",
        "content-type": "application/json",
    }
    return [(name, value.encode()) for name, value in told.items()]


async def test_a_submission_comes_back_as_a_receipt_then_as_the_commission_s_outcome(
    kafka: LocalKafka, declared: Declared, host: Runtime, body: Any
) -> None:
    partner = Client(kafka, declared, declared.name(PARTNER))
    clas = Client(kafka, declared, declared.name(CLAS))
    notices = partner.hears(streams.addressed_topic("notice", host.instance.name, partner.name))
    identities = clas.hears(streams.addressed_topic("identity", host.instance.name, clas.name))
    try:
        submitted = body(external_reference="MLV-2026-0042", prescriber__kind="ML", person__commune_insee="38563")
        topic = streams.submission_topic(partner.name)
        partner.send(
            topic, "MLV-2026-0042", json.dumps(submitted).encode(), submission_envelope(partner.name, "MLV-2026-0042")
        )
        (receipt,) = await eventually(notices.all, within=30)
        assert (receipt.data["status"], receipt.data["external_reference"]) == ("received", "MLV-2026-0042")
        (identity,) = await eventually(identities.all)
        assert identity.data["last_name"] == "Bérard"

        admitted = OrientationOutcomeNotified(
            orientation_id=uuid.UUID(receipt.data["orientation_id"]), status="admitted", on=datetime.now(UTC).date()
        )
        envelope = headers(
            admitted,
            id=str(uuid.uuid4()),
            source=streams.source_of(clas.name),
            sequence=1,
            time=datetime.now(UTC),
            traceparent=None,
        )
        to_host = streams.addressed_topic("notice", clas.name, host.instance.name)
        clas.send(to_host, admitted.key(), encode(admitted), envelope)
        outcome = (await eventually(lambda: notices.all()[1:]))[0]
        assert (outcome.data["status"], outcome.data["external_reference"]) == ("admitted", "MLV-2026-0042")
    finally:
        notices.close()
        identities.close()


async def test_what_a_post_refuses_comes_back_as_a_dead_letter_and_lets_the_next_one_through(
    kafka: LocalKafka, declared: Declared, host: Runtime, body: Any
) -> None:
    partner = Client(kafka, declared, declared.name(PARTNER))
    topic = streams.submission_topic(partner.name)
    hears = partner.hears(
        streams.dead_letter_topic(host.instance.name, partner.name),
        streams.addressed_topic("notice", host.instance.name, partner.name),
    )

    def submit(reference: str, **changes: Any) -> None:
        submitted = body(external_reference=reference, prescriber__kind="ML", **changes)
        partner.send(topic, reference, json.dumps(submitted).encode(), submission_envelope(partner.name, reference))

    try:
        submit("A", person__commune_insee="38140")
        submit("B", situation__unknown_field=1)
        submit("C")
        submit("C")
        submit("C", motivation="un autre contenu")
        submit("D")
        refused = await eventually(lambda: len(heard := hears.all("RecordRefused")) == 3 and heard, within=30)
        assert [(letter.data["offset"], letter.data["code"], letter.data["path"]) for letter in refused] == [
            (0, "territory.not-covered", "person.commune_insee"),
            (1, "schema.invalid", "situation.unknown_field"),
            (4, "orientation.duplicate-reference", "external_reference"),
        ]
        assert "Bérard" not in json.dumps([letter.data for letter in refused])
        received = await eventually(lambda: len(heard := hears.all("OrientationOutcomeNotified")) == 2 and heard)
        assert [notice.data["external_reference"] for notice in received] == ["C", "D"]
    finally:
        hears.close()
