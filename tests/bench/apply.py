"""Kafka → reporting store: the inbox and reporting's own subscriptions beside a plain read, parse and upsert."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from confluent_kafka.admin import AdminClient

from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Consumption
from plie_chassis.messaging.readings import RawRecord
from plie_chassis.messaging.relay import Relay
from plie_deploy.kafka import LocalKafka
from plie_reporting.subscriptions import SUBSCRIPTIONS

from .lives import COLUMNS, Lives, people
from .stack import Site

BATCH = 500
FACTS = {"orientation": "orientation_fact", "admission": "admission_fact", "parcours": "parcours_fact"}
MEMORY = ("inbox", "inbox_sequence", "inbox_offset", "touched")
WITHIN_SECONDS = 120.0


async def publish(lives: Lives, writers: Sequence[Site], count: int) -> int:
    """Have a prescriber, a CLAS and a Maison publish some `count` facts of whole lives; answers of how many people."""
    told = people(count // lives.length())
    for site in writers:
        async with site.database() as database:
            rows = lives.rows(site.instance.service, site.facts_topic, told)
            await database.copy_records_to_table("outbox", columns=COLUMNS, records=rows)
        relay = Relay(site.engine, site.source, site.connection.new_producer)
        while await relay.relay_batch():
            pass
        await relay.close()
    return len(told)


class Timed(Inbox):
    """Notes when the first batch came, and when all `count` records were taken."""

    def until(self, count: int) -> asyncio.Event:
        self.left, self.done = count, asyncio.Event()
        self.started: float | None = None
        return self.done

    async def take(self, batch: Sequence[RawRecord]) -> None:
        self.started = self.started or time.perf_counter()
        await super().take(batch)
        self.left -= len(batch)
        if self.left <= 0:
            self.ended = time.perf_counter()
            self.done.set()


@dataclass
class Intake:
    """Each measure reads the same `count` facts of `topics` from their beginning, as the group of `site`."""

    kafka: LocalKafka
    site: Site
    topics: Sequence[str]
    count: int

    async def ours(self) -> float:
        """Facts per second into reporting's store."""
        await self._begin_anew(*FACTS.values(), *MEMORY)
        inbox = Timed(self.site.units, SUBSCRIPTIONS)
        consumption = Consumption(self.site.connection, self.site.instance.name, self.topics, inbox)
        done = inbox.until(self.count)
        await consumption.start()
        try:
            await asyncio.wait_for(done.wait(), WITHIN_SECONDS)
        finally:
            await consumption.stop()
        assert inbox.started is not None
        return await self._checked(inbox.ended - inbox.started, FACTS.values())

    async def bare(self) -> float:
        """The same columns with getmany(500), json.loads, and an upsert of arrays."""
        tables = {family: f"bare_{table}" for family, table in FACTS.items()}
        async with self.site.database() as database:
            for family, table in FACTS.items():
                await database.execute(f"create table if not exists {tables[family]} (like {table} including all)")
            upserts = {family: await Upsert.into(database, table) for family, table in tables.items()}
            await self._begin_anew(*tables.values())
            consumer = AIOKafkaConsumer(
                *self.topics,
                **self.site.connection.client_options(),
                group_id=self.site.instance.name,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            async with consumer:
                left, started = self.count, None
                while left > 0:
                    fetched = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
                    started = started or (time.perf_counter() if fetched else None)
                    by_family: dict[str, list[ConsumerRecord]] = {}
                    for partition, records in fetched.items():
                        by_family.setdefault(partition.topic.split(".")[1], []).extend(records)
                    for family, records in by_family.items():
                        await upserts[family].run(records)
                    await consumer.commit()
                    left -= sum(map(len, fetched.values()))
                took = time.perf_counter() - (started or 0)
        return await self._checked(took, tables.values())

    async def _begin_anew(self, *tables: str) -> None:
        async with self.site.database() as database:
            await database.execute(f"truncate {', '.join(tables)}")
        admin = AdminClient(self.kafka.admin_config)
        group = self.site.instance.name
        known = {listed.group_id for listed in admin.list_consumer_groups().result().valid}
        if group in known:
            admin.delete_consumer_groups([group])[group].result()

    async def _checked(self, took: float, tables: Any) -> float:
        async with self.site.database() as database:
            kept = sum([await database.fetchval(f"select count(*) from {table}") for table in tables])
        assert kept == self.count, f"{kept} facts of {self.count}"
        return self.count / took


class Upsert:
    """Into one table; only the columns that a batch fills are sent: a column that is sent empty costs as much as a full one."""

    def __init__(self, database: asyncpg.Connection, table: str, columns: Mapping[str, str]) -> None:
        self._database, self._table, self._columns = database, table, columns

    @classmethod
    async def into(cls, database: asyncpg.Connection, table: str) -> "Upsert":
        rows = await database.fetch(
            "select column_name, udt_name from information_schema.columns where table_name = $1", table
        )
        return cls(database, table, {row["column_name"]: row["udt_name"] for row in rows})

    async def run(self, records: Sequence[ConsumerRecord]) -> None:
        rows = [self._row(record) for record in records]
        names = tuple(sorted({name for row in rows for name in row if name in self._columns}))
        await self._database.execute(self._statement(names), *([row.get(name) for row in rows] for name in names))

    @lru_cache  # noqa: B019 (as long as the measure)
    def _statement(self, names: Sequence[str]) -> str:
        arrays, values = [], []
        for place, name in enumerate(names, start=1):
            type_ = self._columns[name]
            sent = type_ if type_ in {"int2", "int4", "int8", "float8", "bool", "timestamptz", "uuid"} else "text"
            arrays.append(f"${place}::{sent}[]")
            values.append(f"string_to_array({name}, ',')" if type_ == "_text" else f"{name}::{type_}")
        listed = ", ".join(names)
        return (
            f"insert into {self._table} ({listed}) select {', '.join(values)} from unnest({', '.join(arrays)}) as sent({listed}) "
            "on conflict (writer, partition, position) do update set "
            + ", ".join(f"{name} = excluded.{name}" for name in names)
        )

    def _row(self, record: ConsumerRecord) -> dict[str, Any]:
        said, headers = json.loads(record.value), dict(record.headers)
        row = {**said, **said.get("person", {}), **said.get("situation", {})}
        if "received_at" in row:
            row["received_at"] = datetime.fromisoformat(row["received_at"])
            row["prescriber_kind"] = row["prescriber"]["kind"]
            row["barriers"] = ",".join(row["barriers"])
        row["writer"] = record.topic.rsplit(".", 1)[1]
        row["partition"], row["position"] = record.partition, record.offset
        row["recorded_at"] = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        row["type"], row["sequence"] = headers["ce_type"].decode(), int(headers["ce_sequence"])
        return row
