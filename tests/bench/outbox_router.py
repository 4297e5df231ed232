"""Debezium's outbox event router: drains the rows that our relay drains, from a table laid out as its manual says.

It carries fewer headers than ours (id and type), marks nothing as sent, and its producer is not idempotent: all in its favour.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from plie_chassis.ids import new_id
from plie_chassis.messaging.kafka import Connection
from plie_deploy.kafka import ADMIN
from plie_deploy.postgres import ADMIN as SUPERUSER
from plie_deploy.postgres import LocalPostgres

from .connect import Worker
from .lives import Lives
from .pace import at_rate
from .probe import watching
from .rows import percentile
from .stack import Stack

PARTITIONS = 6
COMMIT = 500
WITHIN_SECONDS = 120.0
PROFILES: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "lowlat": {"poll.interval.ms": "5", "producer.override.linger.ms": "0"},
    "tuned": {
        "poll.interval.ms": "10",
        "max.batch.size": "4096",
        "max.queue.size": "16384",
        "producer.override.linger.ms": "5",
        "producer.override.batch.size": "262144",
        "producer.override.compression.type": "lz4",
    },
}
TABLE = """
    create table debezium_outbox (
        id uuid primary key, aggregatetype text not null, aggregateid text not null, type text not null, payload text not null
    )
"""
COLUMNS = ("id", "aggregatetype", "aggregateid", "type", "payload")
INSERT = "insert into debezium_outbox (id, aggregatetype, aggregateid, type, payload) values ($1, $2, $3, $4, $5)"
STREAMS = "select active from pg_replication_slots where slot_name = $1"
FORGET = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active"


@asynccontextmanager
async def logical_postgres(stack: Stack) -> AsyncIterator[LocalPostgres]:
    """A server as ours, but for `wal_level`: only Debezium needs it logical."""
    server = LocalPostgres(stack.directory / f"logical-{secrets.token_hex(3)}")
    server.start()
    try:
        database = await asyncpg.connect(server.url(SUPERUSER))
        await database.execute("alter system set wal_level = 'logical'")
        await database.execute(TABLE)
        await database.close()
        server.restart()
        yield server
    finally:
        server.kill()


@dataclass
class OutboxRouter:
    stack: Stack
    server: LocalPostgres
    worker: Worker
    profile: str
    lives: Lives
    name: str = field(default_factory=lambda: f"router_{secrets.token_hex(3)}")

    @asynccontextmanager
    async def running(self) -> AsyncIterator["OutboxRouter"]:
        await asyncio.to_thread(self.worker.add, self.name, self._config())
        try:
            async with self._database() as database:
                await _until(lambda: database.fetchval(STREAMS, self.name))
            yield self
        finally:
            await asyncio.to_thread(self.worker.remove, self.name)
            async with self._database() as database:
                await _until(lambda: database.fetch(FORGET, self.name))
                await database.execute(f"drop publication {self.name}")

    async def drain(self, count: int) -> float:
        """Events per second of a backlog, from its first append to its last by the broker's clock."""
        kind, topic = await self._new_topic()
        rows = self.lives.parcours(topic, count)
        await asyncio.to_thread(self.worker.stop, self.name)
        async with self._database() as database:
            await database.execute("truncate debezium_outbox")
            records = [(id_, kind, key, type_, value.decode()) for id_, _, key, _, type_, value, *_ in rows]
            for start in range(0, count, COMMIT):
                some = records[start : start + COMMIT]
                await database.copy_records_to_table("debezium_outbox", columns=COLUMNS, records=some)
            await database.execute("checkpoint")
        await asyncio.to_thread(self.worker.resume, self.name)
        first, last = await asyncio.to_thread(self._span, topic, count)
        return count / max(last - first, 0.001)

    async def p99(self, rate: int, seconds: float) -> float:
        """Milliseconds from a commit to its event being read by somebody else."""
        kind, topic = await self._new_topic()
        _, _, _, _, type_, value, *_ = self.lives.parcours(topic, 1)[0]
        committed: dict[UUID, float] = {}
        async with (
            asyncpg.create_pool(self.server.url(SUPERUSER), max_size=10) as pool,
            watching(self._admin(), topic, PARTITIONS, int(rate * seconds), "id") as seen,
        ):

            async def commit() -> None:
                id_ = new_id()
                await pool.execute(INSERT, id_, kind, str(new_id()), type_, value.decode())
                committed[id_] = time.time()

            await at_rate(rate, seconds, commit)
            at = await seen()
        return percentile([at[str(id_)] - then for id_, then in committed.items()], 0.99) * 1000

    def _config(self) -> dict[str, str]:
        return {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "tasks.max": "1",
            "database.hostname": "127.0.0.1",
            "database.port": str(self.server.port),
            "database.user": SUPERUSER,
            "database.password": self.server.admin_password,
            "database.dbname": SUPERUSER,
            "topic.prefix": self.name,
            "plugin.name": "pgoutput",
            "slot.name": self.name,
            "publication.name": self.name,
            "publication.autocreate.mode": "filtered",
            "table.include.list": "public.debezium_outbox",
            "snapshot.mode": "no_data",
            "tombstones.on.delete": "false",
            "transforms": "outbox",
            "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
            "transforms.outbox.route.topic.replacement": f"{self.name}.${{routedByValue}}",
            "transforms.outbox.table.fields.additional.placement": "type:header:eventType",
            **PROFILES[self.profile],
        }

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[asyncpg.Connection]:
        database = await asyncpg.connect(self.server.url(SUPERUSER))
        try:
            yield database
        finally:
            await database.close()

    def _admin(self) -> Connection:
        return Connection(self.stack.kafka.bootstrap_servers, ADMIN, self.stack.kafka.admin_password)

    async def _new_topic(self) -> tuple[str, str]:
        """What its rows are routed by, and its name."""
        kind = secrets.token_hex(4)
        topic = f"{self.name}.{kind}"
        admin = AdminClient(self.stack.kafka.admin_config)
        timed = {"message.timestamp.type": "LogAppendTime"}
        await asyncio.to_thread(admin.create_topics([NewTopic(topic, PARTITIONS, 1, config=timed)])[topic].result, 20)
        return kind, topic

    def _span(self, topic: str, count: int) -> tuple[float, float]:
        """When the broker appended the first and the last of `count` records, in seconds."""
        reader = Consumer({**self.stack.kafka.admin_config, "group.id": "span", "enable.auto.commit": False})
        partitions = [TopicPartition(topic, number, 0) for number in range(PARTITIONS)]
        try:
            deadline = time.monotonic() + WITHIN_SECONDS
            while sum(reader.get_watermark_offsets(at, timeout=10)[1] for at in partitions) < count:
                self.worker.complain(self.name)
                assert time.monotonic() < deadline, f"not drained in {WITHIN_SECONDS} s"
                time.sleep(0.2)
            reader.assign(partitions)
            times: list[int] = []
            while len(times) < count:
                times += [record.timestamp()[1] for record in reader.consume(5_000, 5.0)]
            return min(times) / 1000, max(times) / 1000
        finally:
            reader.close()


async def _until(condition: Callable[[], Awaitable[object]]) -> None:
    deadline = time.monotonic() + WITHIN_SECONDS
    while not await condition():
        assert time.monotonic() < deadline, f"not true within {WITHIN_SECONDS} s"
        await asyncio.sleep(0.1)
