"""The relay carries outbox rows to Kafka and deletes them once every replica has acknowledged.

Invariant: one relay of an instance works at a time, and a row leaves the outbox only after its acknowledgement.
The relay that works holds a lock for as long as its one connection lives; no transaction is open while Kafka answers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.partitioner import murmur2
from asyncpg import InterfaceError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from plie_chassis.crashpoints import crashpoint
from plie_chassis.messaging.kafka import start
from plie_contracts.events import EVENTS

log = structlog.get_logger()

BATCH = 2000
POLL_SECONDS = 0.5
ACK_SECONDS = 10.0
METADATA_SECONDS = 3.0
STOP_SECONDS = 1.0
FIRST_BACK_OFF, LONGEST_BACK_OFF, LONGEST_SILENCE = 1.0, 60.0, 15.0
LOCK = 0x504C4945  # one number for all databases: each instance has its own

ALONE = "select pg_try_advisory_lock($1)"
# Nobody waits for the disk here: a deletion that a crash undoes is an event sent again, which its readers pass over.
HASTE = "set synchronous_commit to off"
PENDING = """
    select position, id, topic, key, sequence, type, value, time, traceparent from outbox
    where topic <> all($1::text[]) order by position limit $2
"""
SENT = "delete from outbox where position = any($1::bigint[])"

Row = asyncpg.Record


class AcknowledgementTimeout(Exception):
    """Kafka did not answer in time: what was sent may or may not be there, and is sent again."""


@dataclass
class Circuit:
    """Back-off of one topic that Kafka refuses, so that it does not starve the others."""

    error: str
    wait: float = FIRST_BACK_OFF
    opened_at: float = field(default_factory=time.monotonic)

    def is_open(self) -> bool:
        return time.monotonic() < self.opened_at + self.wait


@dataclass(frozen=True, slots=True)
class Sent:
    """Positions that Kafka acknowledged, and whether something went unanswered."""

    positions: list[int]
    unanswered: bool = False


class Relay:
    """Drains one instance's outbox.

    It waits by `asyncio.timeout`, never by `wait_for`, which until Python 3.12 forgets that it was cancelled when what it
    waits for comes in the same moment: a relay that is stopped has to stop.

    `new_producer` gives an idempotent producer that has not been started; a fresh one is asked for after a timeout,
    because an idempotent aiokafka producer never gives a batch up.
    """

    def __init__(self, engine: AsyncEngine, source: str, new_producer: Callable[[], AIOKafkaProducer]) -> None:
        self._engine = engine
        self._source = source.encode()
        self._new_producer = new_producer
        self._producer: AIOKafkaProducer | None = None
        self._lock: tuple[AsyncConnection, Any] | None = None
        self._woken = asyncio.Event()
        self._circuits: dict[str, Circuit] = {}
        self.error: str | None = None

    @property
    def open_circuits(self) -> dict[str, str]:
        """Topics under back-off, each with the error that Kafka gave."""
        return {topic: circuit.error for topic, circuit in self._circuits.items()}

    def wake(self) -> None:
        """Say that a transaction with events has been committed."""
        self._woken.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        back_off = FIRST_BACK_OFF
        try:
            while True:
                self._woken.clear()
                try:
                    sent = await self.relay_batch()
                    self.error, back_off = None, FIRST_BACK_OFF
                except AcknowledgementTimeout as error:
                    # What is silent is left aside for a while; everyone else goes on at once, with another producer.
                    self.error = type(error).__name__
                    log.warning("relay interrupted", error=self.error)
                    await self.close()
                    continue
                except Exception as error:
                    self.error = type(error).__name__
                    log.warning("relay interrupted", error=self.error)
                    await self.close()
                    await asyncio.sleep(back_off)
                    back_off = min(back_off * 2, LONGEST_SILENCE)
                    continue
                if sent < BATCH:
                    await self._wait_for_work()
        finally:
            await self.close()

    async def relay_batch(self) -> int:
        """Send up to `BATCH` rows in their order; answers how many were acknowledged."""
        producer = await self._started_producer()
        database = await self._alone()
        if database is None:
            return 0
        closed = [topic for topic, circuit in self._circuits.items() if circuit.is_open()]
        rows = await database.fetch(PENDING, closed, BATCH)
        crashpoint("relay-selected")
        if not rows:
            return 0
        sent = await self._send(producer, rows)
        crashpoint("relay-acknowledged")
        await database.execute(SENT, sent.positions)
        crashpoint("relay-marked")
        if sent.unanswered:
            raise AcknowledgementTimeout
        return len(sent.positions)

    async def _alone(self) -> Any:
        """The driver's connection that holds the lock; None while another relay of this instance does."""
        if self._lock is None:
            connection = await self._engine.connect()
            database: Any = (await connection.get_raw_connection()).driver_connection
            self._lock = connection, database
            if not await database.fetchval(ALONE, LOCK):
                self._lock = None
                await connection.close()
                return None
            # Its lock and its settings must not go back into the pool.
            await connection.run_sync(Connection.detach)
            await database.execute(HASTE)
        return self._lock[1]

    async def _let_go(self) -> None:
        """Give the lock back: it goes with its connection, whatever state that is in."""
        if self._lock is not None:
            (connection, database), self._lock = self._lock, None
            await connection.run_sync(Connection.detach)
            database.terminate()
            with suppress(DBAPIError, InterfaceError):
                await connection.close()

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Row]) -> Sent:
        """Send the rows, each partition in their order; a topic that Kafka refuses holds nobody else up."""
        by_topic: dict[str, list[Row]] = {}
        for row in rows:
            by_topic.setdefault(row["topic"], []).append(row)
        outcomes = await asyncio.gather(
            *(self._send_topic(producer, topic, batch) for topic, batch in by_topic.items())
        )
        return Sent(
            [position for sent in outcomes for position in sent.positions], any(sent.unanswered for sent in outcomes)
        )

    async def _send_topic(self, producer: AIOKafkaProducer, topic: str, rows: Sequence[Row]) -> Sent:
        try:
            async with asyncio.timeout(METADATA_SECONDS):
                partitions = await producer.partitions_for(topic)
        except (KafkaError, TimeoutError) as error:
            self._open_circuit(topic, error)
            return Sent([])
        by_partition: dict[int, list[Row]] = {}
        for row in rows:
            by_partition.setdefault(partition_of(row["key"], len(partitions)), []).append(row)
        outcomes = await asyncio.gather(
            *(self._send_partition(producer, topic, partition, batch) for partition, batch in by_partition.items()),
            return_exceptions=True,
        )
        positions = [position for outcome in outcomes if isinstance(outcome, list) for position in outcome]
        errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for unforeseen in errors:
            if not isinstance(unforeseen, KafkaError | TimeoutError):
                raise unforeseen
        refusals = [error for error in errors if is_refusal(error)]
        if errors:
            self._open_circuit(topic, (refusals or errors)[0])
        else:
            self._circuits.pop(topic, None)
        return Sent(positions, unanswered=len(refusals) < len(errors))

    async def _send_partition(
        self, producer: AIOKafkaProducer, topic: str, partition: int, rows: Sequence[Row]
    ) -> list[int]:
        # A batch of a partition is only taken over once the one before it has left.
        async with asyncio.timeout(ACK_SECONDS):
            acknowledgements: list[Awaitable[object]] = []
            batch = producer.create_batch()
            for row in rows:
                content = {
                    "timestamp": int(row["time"].timestamp() * 1000),
                    "key": row["key"].encode(),
                    "value": row["value"],
                    "headers": self._headers(row),
                }
                if batch.append(**content) is None:
                    acknowledgements.append(await producer.send_batch(batch, topic, partition=partition))
                    batch = producer.create_batch()
                    batch.append(**content)
            batch.close()
            acknowledgements.append(await producer.send_batch(batch, topic, partition=partition))
            crashpoint("relay-sent")
            await asyncio.gather(*acknowledgements)
        return [row["position"] for row in rows]

    def _headers(self, row: Row) -> list[tuple[str, bytes]]:
        subject = row["key"].encode()
        headers = [
            *constant_headers(row["type"]),
            ("ce_source", self._source),
            ("ce_id", str(row["id"]).encode()),
            ("ce_subject", subject),
            ("ce_time", row["time"].isoformat().encode()),
            ("ce_sequence", str(row["sequence"]).encode()),
        ]
        if row["traceparent"]:
            headers.append(("traceparent", row["traceparent"].encode()))
        return headers

    def _open_circuit(self, topic: str, error: BaseException) -> None:
        """A refusal is waited out longer than a silence: that may be over any moment."""
        longest = LONGEST_BACK_OFF if is_refusal(error) else LONGEST_SILENCE
        before = self._circuits.get(topic)
        circuit = Circuit(type(error).__name__, min(before.wait * 2, longest) if before else FIRST_BACK_OFF)
        self._circuits[topic] = circuit
        log.error("topic left aside", topic=topic, error=circuit.error, again_in_seconds=circuit.wait)

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = self._new_producer()
            await start(producer)
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Let lock and producer go; what was not acknowledged is sent again by the next relay."""
        await self._let_go()
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            # A stop waits for batches that will never be acknowledged while the broker is away.
            async with asyncio.timeout(STOP_SECONDS):
                await producer.stop()
        except (TimeoutError, KafkaError) as error:
            log.warning("producer dropped", error=type(error).__name__)
            # The stop that was given up leaves its sender and its connections behind.
            if producer._sender is not None and producer._sender.sender_task is not None:
                producer._sender.sender_task.cancel()
            await producer.client.close()

    async def _wait_for_work(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()


def is_refusal(error: BaseException) -> bool:
    """Kafka has answered; what the client gave up waiting for may be there all the same."""
    return isinstance(error, KafkaError) and not isinstance(error, KafkaTimeoutError)


@lru_cache
def constant_headers(event: str) -> tuple[tuple[str, bytes], ...]:
    """The headers that every record of this event carries."""
    kind = EVENTS[event]
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", kind.ce_type().encode()),
        ("ce_dataschema", kind.dataschema().encode()),
        ("content-type", b"application/json"),
    )


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int) -> int:
    """The partition that Kafka's own clients give to `key` (murmur2)."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)
