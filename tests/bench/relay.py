"""Outbox → Kafka: the relay beside the plainest loop that sends the same records."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from plie_chassis.messaging.relay import Relay, constant_headers

from .lives import COLUMNS, Lives, Row
from .stack import Site

BATCH = 500


async def fill(database: asyncpg.Connection, table: str, rows: Sequence[Row]) -> None:
    await database.execute(f"truncate {table}")
    await database.copy_records_to_table(table, columns=COLUMNS, records=rows)
    await database.execute(f"vacuum analyze {table}")


async def timed(batch: Callable[[], Awaitable[int]]) -> float:
    """Events per second of `batch`, called until nothing is left; its first call is the warm-up."""
    await batch()
    started, sent = time.perf_counter(), 0
    while more := await batch():
        sent += more
    return sent / (time.perf_counter() - started)


@dataclass
class Drain:
    """Each measure drains `count` rows of people who are new, and answers events per second."""

    site: Site
    lives: Lives
    count: int

    async def ours(self) -> float:
        async with self.site.database() as database:
            await fill(database, "outbox", self.lives.parcours(self.site.facts_topic, self.count))
        relay = Relay(self.site.engine, self.site.source, self.site.connection.new_producer)
        speed = await timed(relay.relay_batch)
        await relay.close()
        return speed

    async def prepare(self) -> None:
        """Make the reference's table."""
        async with self.site.database() as database:
            await database.execute("create table bare_outbox (like outbox including all, sent_at timestamptz)")
            await database.execute("create index on bare_outbox (position) where sent_at is null")

    async def bare(self) -> float:
        """select 500 → idempotent send of each → one UPDATE, on one connection; set as ours, producer and database both."""
        async with self.site.database() as database:
            await database.execute("set synchronous_commit to off")
            await fill(database, "bare_outbox", self.lives.parcours(self.site.facts_topic, self.count))
            async with self.site.connection.new_producer() as producer:
                return await timed(partial(self._batch, database, producer))

    async def _batch(self, database: asyncpg.Connection, producer: AIOKafkaProducer) -> int:
        rows = await database.fetch("select * from bare_outbox where sent_at is null order by position limit $1", BATCH)
        sent = [
            await producer.send(
                row["topic"],
                row["value"],
                key=row["key"].encode(),
                timestamp_ms=int(row["time"].timestamp() * 1000),
                headers=headers_of(row, self.site.source),
            )
            for row in rows
        ]
        for acknowledged in sent:
            await acknowledged
        positions = [row["position"] for row in rows]
        await database.execute(
            "update bare_outbox set sent_at = now() where sent_at is null and position = any($1::bigint[])", positions
        )
        return len(rows)


def headers_of(row: asyncpg.Record | Mapping[str, Any], source: str) -> list[tuple[str, bytes]]:
    return [
        *constant_headers(row["type"]),
        ("ce_source", source.encode()),
        ("ce_id", str(row["id"]).encode()),
        ("ce_subject", row["key"].encode()),
        ("ce_time", row["time"].isoformat().encode()),
        ("ce_sequence", str(row["sequence"]).encode()),
        ("traceparent", row["traceparent"].encode()),
    ]
