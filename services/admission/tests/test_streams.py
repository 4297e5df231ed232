"""A commission at work on a real Kafka: what prescribers publish becomes files, what it decides is published."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from plie_admission.app import SERVICE
from plie_admission.handlers import closing, decisions, sessions
from plie_admission.tables import FileRow
from plie_chassis.ids import new_id
from plie_chassis.messaging.kafka import Connection
from plie_chassis.service import Runtime
from plie_contracts import streams
from plie_contracts.events import Event
from plie_contracts.records import encode, headers
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import Declare, Declared, NewDatabase, eventually
from plie_deploy.testing.instances import runtime_of

from .conftest import migrated
from .domain import givens

CLAS, PRESCRIBER, MAISON = "centre-isere.admission", "departement-38.orientation", "centre-isere.parcours"


class Told(NamedTuple):
    type: str
    key: str
    data: dict[str, Any]


class Principal:
    """Somebody else on the broker, with the rights of that instance and nothing more."""

    def __init__(self, kafka: LocalKafka, declared: Declared, instance: str) -> None:
        self.name = declared.name(instance)
        self._connection = Connection(kafka.bootstrap_servers, self.name, declared.passwords[self.name])

    async def publishes(self, topic: str, event: Event, *, sequence: int = 1) -> None:
        envelope = headers(
            event,
            id=str(new_id()),
            source=streams.source_of(self.name),
            sequence=sequence,
            time=givens.facts().received_at,
            traceparent=None,
        )
        producer: AIOKafkaProducer = self._connection.new_producer()
        try:
            await producer.start()
            await producer.send_and_wait(topic, encode(event), key=event.key().encode(), headers=envelope)
        finally:
            await producer.stop()

    async def reads(self, topic: str, number: int) -> list[Told]:
        """The first records of a topic, in the order of each key."""
        consumer = AIOKafkaConsumer(
            topic, **self._connection.client_options(), group_id=self.name, auto_offset_reset="earliest"
        )
        found: list[Told] = []
        try:
            await consumer.start()
            while len(found) < number:
                batches = await consumer.getmany(timeout_ms=10_000)
                assert batches, f"{len(found)} of {number} records came"
                for record in (record for batch in batches.values() for record in batch):
                    kind = dict(record.headers)["ce_type"].decode().split(".")[2]
                    found.append(Told(kind, record.key.decode(), json.loads(record.value)))
        finally:
            await consumer.stop()
        return found


@pytest.fixture
def declared(declare: Declare) -> Declared:
    return declare("centre-isere", "departement-38", "pole-emploi-38")


@pytest.fixture
async def running(kafka: LocalKafka, declared: Declared, database: NewDatabase) -> AsyncIterator[Runtime]:
    async with runtime_of(SERVICE, kafka, declared, "centre-isere", await database(migrated)).running() as runtime:
        yield runtime


async def known(running: Runtime, orientation_id: UUID) -> FileRow | None:
    async with running.units.begin() as work:
        return await work.session.get(FileRow, orientation_id)


async def test_an_orientation_on_kafka_is_admitted_and_told_to_everybody(
    kafka: LocalKafka, declared: Declared, running: Runtime
) -> None:
    orientation_id, clas = new_id(), declared.name("centre-isere")
    prescriber, maison = Principal(kafka, declared, PRESCRIBER), Principal(kafka, declared, MAISON)
    identity = streams.addressed_topic("identity", prescriber.name, declared.name(CLAS))
    snapshot = givens.snapshot(subject_id=orientation_id)
    assert snapshot.file is not None
    file = snapshot.file.model_copy(update={"orientation_id": orientation_id})
    await prescriber.publishes(identity, snapshot.model_copy(update={"file": file}))
    facts = givens.facts(orientation_id=orientation_id, addressed_to=clas)
    await prescriber.publishes(streams.facts_topic("orientation", declared.name("departement-38")), facts)

    async def complete() -> bool:
        row = await known(running, orientation_id)
        return row is not None and row.facts is not None and row.snapshot is not None

    await eventually(complete, within=30)
    today = running.units.clock().date()
    async with running.units.begin() as work:
        created = await sessions.create_session(sessions.CreateSession(today, "Voiron", givens.members()), work)
        await sessions.add_to_agenda(sessions.AddToAgenda(created.session_id, [orientation_id]), work)
        stated = givens.admission(maison=clas)
        await decisions.decide(decisions.DecideFile(orientation_id, created.session_id, stated), work)
        await closing.close_session(closing.CloseSession(created.session_id), work)

    told = await maison.reads(streams.facts_topic("admission", clas), 2)
    assert [(one.type, one.key) for one in told] == [
        ("OrientationScheduled", str(orientation_id)),
        ("AdmissionValidated", str(orientation_id)),
    ]
    (handed,) = await maison.reads(streams.addressed_topic("identity", declared.name(CLAS), maison.name), 1)
    assert (handed.key, handed.data["last_name"]) == (told[1].data["participant_id"], "Bérard")
    notices = await prescriber.reads(streams.addressed_topic("notice", declared.name(CLAS), prescriber.name), 2)
    assert [one.data["status"] for one in notices] == ["in-commission", "admitted"]


async def test_another_prescriber_who_takes_an_orientation_over_is_refused_and_told(
    kafka: LocalKafka, declared: Declared, running: Runtime
) -> None:
    orientation_id, clas = new_id(), declared.name("centre-isere")
    owner, other = Principal(kafka, declared, PRESCRIBER), Principal(kafka, declared, "pole-emploi-38.orientation")
    facts = givens.facts(orientation_id=orientation_id, addressed_to=clas)
    await owner.publishes(streams.facts_topic("orientation", declared.name("departement-38")), facts)

    async def opened() -> bool:
        return await known(running, orientation_id) is not None

    await eventually(opened, within=30)
    later = givens.facts(
        orientation_id=orientation_id, addressed_to=clas, received_at=facts.received_at + timedelta(days=1)
    )
    await other.publishes(streams.facts_topic("orientation", declared.name("pole-emploi-38")), later)
    (refused,) = await other.reads(streams.dead_letter_topic(declared.name(CLAS), other.name), 1)
    assert (refused.type, refused.data["code"]) == ("RecordRefused", "ownership.not-owner")
    row = await known(running, orientation_id)
    assert row is not None
    assert (row.writer, row.received_at) == (owner.name, facts.received_at)
