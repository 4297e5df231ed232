"""Kafka: how this instance connects, produces and consumes.

Invariant: offsets are committed after the database, decoding never raises, and a record is never skipped in silence.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512

from plie_chassis.crashpoints import crashpoint
from plie_chassis.database import is_database_away
from plie_chassis.messaging.consumer import ReadableConsumer
from plie_chassis.messaging.inbox import HandlersFailing, Inbox
from plie_chassis.settings import Settings
from plie_contracts.declaration import Declaration

log = structlog.get_logger()

MAX_RECORD_BYTES = 256 * 1024
RETRY_SECONDS = 30.0
PAUSE_SECONDS = 5.0
STOP_SECONDS = 10.0
FIRST_ANSWER_SECONDS = 2.0

Batch = tuple[ConsumerRecord, ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Kafka is, and as whom this instance speaks to it."""

    bootstrap_servers: str
    username: str
    password: str = field(repr=False)
    security_protocol: str = "SASL_PLAINTEXT"
    ca_file: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Connection":
        return cls(
            settings.kafka_bootstrap_servers,
            settings.kafka_username,
            settings.kafka_password.get_secret_value(),
            settings.kafka_security_protocol,
            str(settings.kafka_ca_file) if settings.kafka_ca_file else None,
        )

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.ca_file) if self.security_protocol == "SASL_SSL" else None

    def client_options(self) -> dict[str, Any]:
        """Options that every aiokafka client of this instance takes."""
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
            "ssl_context": self.ssl_context,
            "client_id": self.username,
        }

    def new_producer(self) -> AIOKafkaProducer:
        """An idempotent producer, not started yet."""
        return AIOKafkaProducer(
            **self.client_options(),
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=MAX_RECORD_BYTES,
            max_request_size=4 * MAX_RECORD_BYTES,
            request_timeout_ms=10_000,
        )

    def new_reader(self) -> AIOKafkaConsumer:
        """A consumer without a group, not started yet: it is assigned partitions and commits nothing."""
        return AIOKafkaConsumer(
            **self.client_options(), enable_auto_commit=False, auto_offset_reset="earliest", request_timeout_ms=10_000
        )


async def whole(starting: Coroutine[Any, Any, None]) -> None:
    """Cancelled, it waits for the start none the less: aiokafka forgets the connection over which it asks first."""
    task = asyncio.create_task(starting)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait({task}, timeout=FIRST_ANSWER_SECONDS)
        if not done:
            task.cancel()
        elif not task.cancelled():
            task.exception()  # nobody else will ask for it
        raise


async def start(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Start an aiokafka client, or leave nothing of it behind."""
    try:
        await whole(client.start())
    except BaseException:
        await client.stop()
        raise


class Consumption:
    """One member of this instance's consumer group, feeding the inbox."""

    def __init__(
        self, connection: Connection, group: str, topics: Collection[str], inbox: Inbox, *, max_records: int = 1000
    ) -> None:
        logger = logging.getLogger("faststream")
        logger.setLevel(logging.ERROR)
        self._inbox = inbox
        self._broker = KafkaBroker(
            connection.bootstrap_servers,
            security=SASLScram512(
                connection.username,
                connection.password,
                ssl_context=connection.ssl_context,
                use_ssl=connection.security_protocol == "SASL_SSL",
            ),
            client_id=connection.username,
            consumer_only=True,
            allow_auto_create_topics=False,
            logger=logger,
        )
        self._subscriber = self._broker.subscriber(
            *topics,
            batch=True,
            group_id=group,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_records=max_records,
            # A killed member holds its partitions until its session ends: the broker's least, so that a restart is short.
            session_timeout_ms=6_000,
            heartbeat_interval_ms=2_000,
            parser=with_readable_headers,
            decoder=undecoded,
        )
        self._subscriber(self._take)
        self.error: str | None = None
        self.last_taken: float | None = None

    async def start(self) -> None:
        await self._broker.connect()
        config = self._broker.config.broker_config
        config.builder = partial(ReadableConsumer, **cast(partial[Any], config.builder).keywords)
        await whole(self._broker.start())

    async def stop(self) -> None:
        try:
            await asyncio.wait_for(self._broker.stop(), STOP_SECONDS)
        except TimeoutError:
            log.warning("consumer did not stop in time")

    def assignment(self) -> list[TopicPartition]:
        """Partitions this member holds; empty while the group has not settled."""
        consumer = self._subscriber.consumer
        return sorted(consumer.assignment()) if consumer else []

    async def lag(self) -> int:
        """Records known to stand between this member's position and the ends of its partitions."""
        consumer = self._subscriber.consumer
        if consumer is None:
            return 0
        ends = {partition: consumer.highwater(partition) for partition in consumer.assignment()}
        return sum(
            [max(0, end - await consumer.position(partition)) for partition, end in ends.items() if end is not None]
        )

    async def _take(self, message: KafkaMessage) -> None:
        batch: Batch = message.raw_message
        try:
            await self._take_with_patience(batch)
        except Exception as error:
            self.error = type(error).__name__
            log.warning("batch not taken", records=len(batch), error=self.error)
            await asyncio.sleep(PAUSE_SECONDS)
            await message.nack()
            return
        self.error, self.last_taken = None, time.monotonic()
        crashpoint("offset-commit")
        try:
            await message.ack()
        except KafkaError as error:
            # The effects are in the database: the group hands the batch out again and the inbox passes over it.
            log.warning("offsets not committed", error=type(error).__name__)

    async def _take_with_patience(self, batch: Batch) -> None:
        deadline, wait = time.monotonic() + RETRY_SECONDS, 0.2
        while True:
            try:
                return await self._inbox.take(batch)
            except HandlersFailing:
                raise
            except Exception as error:
                if not is_database_away(error) or time.monotonic() + wait > deadline:
                    raise
                self.error = type(error).__name__
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)


async def with_readable_headers(batch: Batch, original: Callable[[Batch], Awaitable[KafkaMessage]]) -> KafkaMessage:
    """FastStream's parser dies on a header that is None or not UTF-8: show it one clean record, keep them all raw."""
    message = await original((replace(batch[0], headers=(), value=b""),))
    message.raw_message = batch
    return message


async def undecoded(_message: KafkaMessage) -> None:
    """The inbox decodes; nothing here may raise."""


@asynccontextmanager
async def reader(connection: Connection) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = connection.new_reader()
    await start(consumer)
    try:
        yield consumer
    finally:
        await asyncio.wait_for(consumer.stop(), STOP_SECONDS)


async def end_offsets(consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """The next offset of each partition; `consumer` is assigned to them."""
    consumer.assign(list(partitions))
    return dict(await consumer.end_offsets(list(partitions)))


def partitions_of(declaration: Declaration, topics: Collection[str]) -> list[TopicPartition]:
    """The partitions that the declaration gives to `topics`."""
    return [
        TopicPartition(topic.name, number)
        for topic in declaration.topics()
        if topic.name in topics
        for number in range(topic.partitions)
    ]


async def fetch(connection: Connection, topic: str, partition: int, offset: int) -> ConsumerRecord | None:
    """The record at this position, or None where Kafka no longer keeps it."""
    async with reader(connection) as consumer:
        at = TopicPartition(topic, partition)
        consumer.assign([at])
        if offset >= (await consumer.end_offsets([at]))[at] or offset < (await consumer.beginning_offsets([at]))[at]:
            return None
        consumer.seek(at, offset)
        record = await asyncio.wait_for(consumer.getone(at), STOP_SECONDS)
        return record if record.offset == offset else None


async def read_up_to(
    connection: Connection,
    starts: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
    take: Callable[[Sequence[ConsumerRecord]], Awaitable[None]],
    *,
    max_records: int = 1000,
) -> None:
    """Hand `take` every record from `starts` (0 where absent) up to `ends`, without a group."""
    due = {partition: end for partition, end in ends.items() if starts.get(partition, 0) < end}
    if not due:
        return
    async with reader(connection) as consumer:
        consumer.assign(list(due))
        for partition in due:
            consumer.seek(partition, starts.get(partition, 0))
        while due:
            fetched = await consumer.getmany(timeout_ms=500, max_records=max_records)
            batch = [record for at, records in fetched.items() for record in records if record.offset < ends[at]]
            if batch:
                await take(batch)
            for partition in list(due):
                if await consumer.position(partition) >= due[partition]:
                    del due[partition]
                    consumer.pause(partition)
