"""From Kafka into the database: restarts, rebalances and poison on the wire lose nothing and do nothing twice."""

import asyncio
import json
import sys
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaMessage

from plie_chassis.ids import new_id
from plie_chassis.messaging import kafka as messaging
from plie_chassis.messaging.consumer import ReadableConsumer
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Consumption
from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres
from plie_deploy.testing import eventually

from .conftest import Side, consuming, holds, process, send_all
from .sample import EFFECTS, contact


class AckFirst(Consumption):
    """What must not be done: acknowledge before the effect."""

    async def _take(self, message: KafkaMessage) -> None:
        await message.ack()
        await super()._take(message)


async def test_acknowledging_first_would_lose_what_was_being_handled(writer: Side, reader: Side, topic: str) -> None:
    person = new_id()
    await writer.emit(contact(person, 1))
    await send_all(writer)
    broken = Inbox(reader.units, EFFECTS)

    async def fail(_batch: Any) -> None:
        stopped.set()
        raise asyncio.CancelledError

    stopped = asyncio.Event()
    broken.take = fail  # type: ignore[method-assign]  # the process ends here, as a kill would
    async with consuming(AckFirst(reader.connection, reader.units.instance.name, [topic], broken)):
        await asyncio.wait_for(stopped.wait(), 20)
    await writer.emit(contact(person, 2))
    await send_all(writer)
    async with consuming(reader.consumption([topic])):
        await eventually(lambda: _held(reader), within=20)
    assert await reader.effects(person) == []


async def _held(reader: Side) -> bool:
    return bool(await reader.fetch("select 1 from held_record where state = 'gap'"))


async def test_every_subscriber_acknowledges_by_hand(reader: Side, topic: str) -> None:
    consumption = reader.consumption([topic])
    assert consumption._subscriber.ack_policy is AckPolicy.MANUAL


async def test_poison_on_the_wire_does_not_swallow_its_batch(
    writer: Side, reader: Side, topic: str, raw_producer: AIOKafkaProducer
) -> None:
    person = new_id()
    await raw_producer.send_and_wait(topic, b"x", key=b"k", headers=[("ce_id", None)], partition=0)  # type: ignore[list-item]  # a foreign producer may
    await raw_producer.send_and_wait(topic, b"\xff\xfe", key=b"\xff", headers=[("ce_source", b"\xff")], partition=0)
    await raw_producer.send_and_wait(topic, None, key=b"k", partition=0)
    await writer.emit(*(contact(person, minutes) for minutes in range(5)))
    await send_all(writer)
    async with consuming(reader.consumption([topic])):
        await eventually(lambda: holds(reader, person, list(range(5))), within=20)
        await eventually(lambda: _refused(reader, 3), within=20)


UNREADABLE_NAME = """
import asyncio, json, sys
from aiokafka import AIOKafkaProducer, TopicPartition

class Bytes(str):
    def encode(self, *_):
        return b"\\xff\\xfe"

async def send(options, topic):
    producer = AIOKafkaProducer(**options)
    await producer.start()
    await producer.send_and_wait(topic, b"{}", key=b"k", headers=[(Bytes("x"), b"1")])
    await producer.stop()

asyncio.run(send(json.loads(sys.argv[1]), sys.argv[2]))
"""


async def send_unreadable(writer: Side, topic: str) -> None:
    options = {name: value for name, value in writer.connection.client_options().items() if name != "ssl_context"}
    command = [sys.executable, "-c", UNREADABLE_NAME, json.dumps(options), topic]
    async with process(command, AIOKAFKA_NO_EXTENSIONS="1") as sent:
        assert await sent.wait() == 0


async def test_a_batch_that_was_not_taken_comes_again_whatever_cannot_be_read_after_it(
    writer: Side, reader: Side, topic: str
) -> None:
    await writer.emit(*(contact(new_id(), minutes) for minutes in range(12)))
    await send_all(writer)
    async with ReadableConsumer(**reader.connection.client_options()) as consumer:
        partitions = [TopicPartition(topic, number) for number in range(6)]
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)

        async def read(count: int) -> set[tuple[int, int]]:
            places: set[tuple[int, int]] = set()
            while len(places) < count:
                for at, records in (await consumer.getmany(timeout_ms=500)).items():
                    places |= {(at.partition, record.offset) for record in records}
            return places

        handed_over = await read(12)
        for partition in {TopicPartition(topic, number) for number, _ in handed_over}:
            consumer.seek(partition, 0)
        await send_unreadable(writer, topic)
        assert await read(13) > handed_over


async def test_a_header_name_that_is_not_text_is_refused_and_holds_nobody_up(
    writer: Side, reader: Side, topic: str
) -> None:
    before, after = [new_id() for _ in range(6)], [new_id() for _ in range(6)]
    await writer.emit(*(contact(person, 1) for person in before))
    await send_all(writer)
    await send_unreadable(writer, topic)
    await writer.emit(*(contact(person, 2) for person in after))
    await send_all(writer)
    async with consuming(reader.consumption([topic])):
        for person in before:
            await eventually(lambda person=person: holds(reader, person, [1]), within=30)
        for person in after:
            await eventually(lambda person=person: holds(reader, person, [2]), within=30)
        await eventually(lambda: _refused(reader, 1), within=20)


async def _refused(reader: Side, count: int) -> bool:
    assert [code for (code,) in await reader.fetch("select code from refused_record")] == ["envelope.invalid"] * count
    return True


async def test_a_rebalance_in_the_middle_of_a_batch_repeats_nothing(writer: Side, reader: Side, topic: str) -> None:
    people = [new_id() for _ in range(12)]
    for minutes in range(20):
        await writer.emit(*(contact(person, minutes) for person in people))
    first, second = reader.consumption([topic], max_records=7), reader.consumption([topic], max_records=7)
    async with consuming(first):
        await eventually(lambda: len(first.assignment()) == 6, within=20)
        sending = asyncio.create_task(send_all(writer))
        async with consuming(second):
            await eventually(lambda: len(first.assignment()) == 3 and len(second.assignment()) == 3, within=30)
            await sending
        for person in people:
            await eventually(lambda person=person: holds(reader, person, list(range(20))), within=40)


async def test_a_database_that_restarts_is_waited_for(
    writer: Side, reader: Side, topic: str, postgres: LocalPostgres
) -> None:
    person = new_id()
    await writer.emit(*(contact(person, minutes) for minutes in range(5)))
    await send_all(writer)
    await asyncio.to_thread(postgres.stop_immediately)
    async with consuming(reader.consumption([topic])):
        await asyncio.to_thread(postgres.start)
        await eventually(lambda: holds(reader, person, list(range(5))), within=40)
    assert await reader.fetch("select 1 from held_record") == []


async def test_a_broker_that_restarts_is_waited_for(writer: Side, reader: Side, topic: str, kafka: LocalKafka) -> None:
    person = new_id()
    async with consuming(reader.consumption([topic])):
        await writer.emit(contact(person, 1))
        await send_all(writer)
        await eventually(lambda: holds(reader, person, [1]), within=20)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await writer.emit(contact(person, 2))
        await send_all(writer)
        await eventually(lambda: holds(reader, person, [1, 2]), within=60)


async def test_a_principal_without_the_right_cannot_write_anothers_facts(
    writer: Side, reader: Side, topic: str
) -> None:
    from aiokafka.errors import TopicAuthorizationFailedError

    intruder = reader.connection.new_producer()
    try:
        await intruder.start()
        with pytest.raises(TopicAuthorizationFailedError):
            await intruder.send_and_wait(topic, b"{}", key=b"k")
    finally:
        await intruder.stop()


async def test_a_record_is_found_again_by_its_position(writer: Side, reader: Side, topic: str) -> None:
    await writer.emit(contact(person := new_id(), 1))
    await send_all(writer)
    async with messaging.reader(reader.connection) as consumer:
        ends = await messaging.end_offsets(consumer, messaging.partitions_of(reader.declared.declaration, [topic]))
    [filled] = [partition for partition, end in ends.items() if end]
    record = await messaging.fetch(reader.connection, topic, filled.partition, 0)
    assert record is not None
    assert record.key == str(person).encode()
    assert await messaging.fetch(reader.connection, topic, filled.partition, 1) is None


async def test_a_poll_returns_with_records_and_never_without(writer: Side, reader: Side, topic: str) -> None:
    """FastStream sleeps after an empty one: what came meanwhile would wait for it."""
    await writer.emit(contact(new_id()))
    consumer = ReadableConsumer(**reader.connection.client_options(), auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(messaging.partitions_of(reader.declared.declaration, [topic]))
        polling = asyncio.create_task(consumer.getmany(timeout_ms=10))
        assert not (await asyncio.wait({polling}, timeout=0.2))[0]
        await send_all(writer)
        assert len(await asyncio.wait_for(polling, 10)) == 1
    finally:
        await consumer.stop()
