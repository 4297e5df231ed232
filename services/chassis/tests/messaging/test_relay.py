"""The relay: every committed event reaches Kafka, in the order of its person, and only then leaves the outbox."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import Any, cast

import asyncpg
import pytest
from aiokafka.errors import KafkaTimeoutError
from sqlalchemy import QueuePool, text

from plie_chassis.ids import new_id
from plie_chassis.messaging import kafka as messaging
from plie_chassis.messaging.relay import Relay
from plie_contracts import records, streams
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import eventually

from .conftest import Side
from .sample import NOW, contact


async def on_topic(reader: Side, topic: str) -> list[Any]:
    """Every record of a topic, partition by partition."""
    found: list[Any] = []

    async def keep(batch: Any) -> None:
        found.extend(batch)

    async with messaging.reader(reader.connection) as consumer:
        ends = await messaging.end_offsets(consumer, messaging.partitions_of(reader.declared.declaration, [topic]))
    await messaging.read_up_to(reader.connection, {}, ends, keep)
    return found


def sequences(found: list[Any]) -> dict[str, list[int]]:
    by_key: dict[str, list[int]] = defaultdict(list)
    for record in found:
        by_key[record.key.decode()].append(int(dict(record.headers)["ce_sequence"]))
    return by_key


async def drain(relay: Relay) -> None:
    while await relay.relay_batch():
        pass


async def test_an_event_arrives_as_a_cloudevent_that_the_contract_accepts(
    writer: Side, reader: Side, topic: str
) -> None:
    await writer.emit(event := contact(new_id()))
    relay = writer.relay()
    await drain(relay)
    await relay.close()
    [record] = await on_topic(reader, topic)
    accepted = records.read(record)
    assert isinstance(accepted, records.Accepted)
    assert accepted.event == event
    assert accepted.sequence == 1
    assert record.timestamp == NOW.timestamp() * 1000
    assert await writer.pending() == 0


async def test_order_of_a_person_is_kept_over_many_batches(
    writer: Side, reader: Side, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plie_chassis.messaging.relay.BATCH", 150)
    people = [new_id() for _ in range(7)]
    for first in range(0, 200, 20):
        await writer.emit(*(contact(people[n % 7], n) for n in range(first, first + 20) for _ in range(8)))
    relay = writer.relay()
    await drain(relay)
    await relay.close()
    for sent in sequences(await on_topic(reader, topic)).values():
        assert sent == list(range(1, len(sent) + 1))


async def test_two_relays_of_one_instance_keep_the_order_and_send_once(writer: Side, reader: Side, topic: str) -> None:
    people = [new_id() for _ in range(5)]
    relays = [writer.relay(), writer.relay()]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    for number in range(60):
        await writer.emit(*(contact(person, number) for person in people))
        for relay in relays:
            relay.wake()
    await eventually(lambda: _is_empty(writer), within=20)
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    found = sequences(await on_topic(reader, topic))
    assert {key: len(sent) for key, sent in found.items()} == {str(person): 60 for person in people}
    assert all(sent == list(range(1, 61)) for sent in found.values())


async def test_a_relay_that_is_not_alone_gives_its_connection_back_to_the_pool(writer: Side) -> None:
    first, second = writer.relay(), writer.relay()
    await first.relay_batch()
    for _ in range(3):
        assert await second.relay_batch() == 0
    pool = cast(QueuePool, writer.engine.sync_engine.pool)
    assert (pool.checkedout(), pool.checkedin()) == (0, 1)
    await first.close()
    await writer.emit(contact(new_id()))
    assert await second.relay_batch() == 1
    await second.close()


async def _is_empty(side: Side) -> bool:
    return await side.pending() == 0


class CursorRelay(Relay):
    """What must not be done: remember the last position instead of what was sent."""

    last = 0

    async def relay_batch(self) -> int:
        async with self._engine.connect() as connection:
            raw = await connection.get_raw_connection()
            database: Any = raw.driver_connection
            rows: list[asyncpg.Record] = await database.fetch(
                "select position, id, topic, key, sequence, type, value, time, traceparent from outbox where position > $1 order by position",
                self.last,
            )
            if rows:
                await self._send(await self._started_producer(), rows)
                self.last = rows[-1]["position"]
        return len(rows)


async def sent_after_late_commit(relay: Relay, writer: Side, reader: Side, topic: str) -> set[str]:
    """Keys that reach Kafka when the transaction that drew the lower position commits last."""
    late, early = new_id(), new_id()
    async with writer.units.begin(now=NOW) as slow:
        slow.emit(contact(late))
        from plie_chassis.messaging import outbox

        await outbox.write(slow.connection, slow.emitted)
        slow.emitted.clear()
        await writer.emit(contact(early))
        await drain(relay)
    await drain(relay)
    await relay.close()
    return set(sequences(await on_topic(reader, topic))) & {str(late), str(early)}


async def test_a_transaction_that_commits_after_a_later_one_is_not_lost(writer: Side, reader: Side, topic: str) -> None:
    assert len(await sent_after_late_commit(writer.relay(), writer, reader, topic)) == 2


async def test_a_cursor_would_lose_it(writer: Side, reader: Side, topic: str) -> None:
    assert len(await sent_after_late_commit(writer.relay(CursorRelay), writer, reader, topic)) == 1


async def test_a_topic_without_right_is_left_aside_and_starves_nobody(writer: Side, reader: Side, topic: str) -> None:
    forbidden = topic.replace("mde-grenoble-nord", "mde-grenoble-sud")
    await writer.emit(contact(new_id()))
    async with writer.engine.begin() as connection:
        await connection.execute(text("update outbox set topic = :topic"), {"topic": forbidden})
    await writer.emit(contact(new_id()))
    relay = writer.relay()
    await drain(relay)
    assert relay.open_circuits == {forbidden: "TopicAuthorizationFailedError"}
    assert len(await on_topic(reader, topic)) == 1
    assert await writer.pending() == 1
    await relay.close()


async def test_a_topic_that_is_missing_holds_up_no_other(
    writer: Side, reader: Side, topic: str, kafka: LocalKafka
) -> None:
    missing = topic.replace("plie.parcours", "plie.notice") + ".parcours.to.nobody.admission"
    await writer.emit(contact(new_id()))
    async with writer.engine.begin() as connection:
        await connection.execute(text("update outbox set topic = :topic"), {"topic": missing})
    await writer.emit(contact(new_id()))
    relay = writer.relay()
    await drain(relay)
    assert list(relay.open_circuits) == [missing]
    assert len(await on_topic(reader, topic)) == 1
    await relay.close()


class Unanswered(Relay):
    """As where a partition has no leader: its producer tries again, for ever."""

    silent: str | None = None
    silence: type[Exception] = TimeoutError
    producers_dropped = 0

    async def _send_partition(self, producer: Any, topic: str, partition: int, rows: Any) -> list[int]:
        if topic == self.silent:
            raise self.silence
        return await super()._send_partition(producer, topic, partition, rows)

    async def close(self) -> None:
        self.producers_dropped += self._producer is not None
        await super().close()


# Kafka's client itself gives up where a second batch of a partition waits for the first.
@pytest.mark.parametrize("silence", [TimeoutError, KafkaTimeoutError])
async def test_a_topic_that_gives_no_answer_is_left_aside_and_starves_nobody(
    writer: Side, reader: Side, topic: str, silence: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plie_chassis.messaging.relay.BATCH", 3)
    await writer.emit(*(contact(new_id()) for _ in range(5)))
    relay = cast(Unanswered, writer.relay(Unanswered))
    relay.silence = silence
    relay.silent = streams.addressed_topic("notice", writer.units.instance.name, reader.units.instance.name)
    async with writer.engine.begin() as connection:
        await connection.execute(text("update outbox set topic = :topic"), {"topic": relay.silent})
    await writer.emit(contact(new_id()))
    running = asyncio.create_task(relay.run())
    await eventually(lambda: holds_on(reader, topic, 1), within=20)
    await eventually(lambda: holds_back(writer, 5))
    assert relay.open_circuits == {relay.silent: silence.__name__}
    assert relay.producers_dropped
    relay.silent = None
    await eventually(lambda: _is_empty(writer), within=30)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def holds_back(side: Side, count: int) -> bool:
    return await side.pending() == count


async def holds_on(reader: Side, topic: str, count: int) -> bool:
    return len(await on_topic(reader, topic)) == count


async def test_the_relay_outlives_whatever_goes_wrong(writer: Side, reader: Side, topic: str) -> None:
    await writer.emit(contact(new_id()))
    async with writer.engine.begin() as connection:
        await connection.execute(text("update outbox set type = 'OfALaterRelease'"))
    relay = writer.relay()
    running = asyncio.create_task(relay.run())
    await eventually(lambda: relay.error == "KeyError")
    async with writer.engine.begin() as connection:
        await connection.execute(text("update outbox set type = 'ContactLogged'"))
    await eventually(lambda: _is_empty(writer), within=20)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert len(await on_topic(reader, topic)) == 1


async def test_events_wait_for_a_broker_that_restarts(
    writer: Side, reader: Side, topic: str, kafka: LocalKafka
) -> None:
    relay = writer.relay()
    running = asyncio.create_task(relay.run())
    person = new_id()
    for number in range(10):
        await writer.emit(contact(person, number))
    await asyncio.to_thread(kafka.kill)
    for number in range(10, 20):
        await writer.emit(contact(person, number))
    await asyncio.to_thread(kafka.start)
    relay.wake()
    await eventually(lambda: _is_empty(writer), within=45)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    sent = sequences(await on_topic(reader, topic))[str(person)]
    assert list(dict.fromkeys(sent)) == list(range(1, 21))


async def test_a_relay_that_is_woken_in_the_moment_it_is_stopped_stops(writer: Side) -> None:
    relay = writer.relay()
    waiting = asyncio.create_task(relay._wait_for_work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    relay.wake()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
