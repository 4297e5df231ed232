"""Debezium's JDBC sink, batch 500: upserts the Maisons' facts, as our inbox reads them, into the columns that ours fills.

It keys each row by its place in the log, as ours does; it remembers no event and no sequence, which is in its favour.
"""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Boolean, Double, Integer, SmallInteger
from sqlalchemy.engine import make_url

from plie_reporting.tables import ParcoursFact

from .connect import Worker
from .stack import Site

BATCH = 500
WITHIN_SECONDS = 120.0
PLACE = ("writer", "partition", "position", "recorded_at", "type", "sequence")
FIELDS = {
    column.name: (
        ("boolean", "boolean")
        if isinstance(column.type, Boolean)
        else ("double", "double precision")
        if isinstance(column.type, Double)
        else ("int32", "integer")
        if isinstance(column.type, Integer | SmallInteger)
        else ("string", "text")
    )
    for column in ParcoursFact.__table__.columns
    if column.name not in PLACE
}
"""Of each field the type in a Connect schema and in PostgreSQL; dates and ids stay text, as they are in JSON."""

SCHEMA = {
    "type": "struct",
    "optional": False,
    "name": "plie.ParcoursFact",
    "fields": [{"field": name, "type": type_, "optional": True} for name, (type_, _) in FIELDS.items()],
}
TABLE = f"""
    create table sink (
        __connect_topic text, __connect_partition integer, __connect_offset bigint,
        {", ".join(f'"{name}" {type_}' for name, (_, type_) in FIELDS.items())},
        inserted_at timestamptz not null default clock_timestamp(),
        primary key (__connect_topic, __connect_partition, __connect_offset)
    )
"""
SPAN = "select count(*) as kept, extract(epoch from max(inserted_at) - min(inserted_at))::float8 as seconds from sink"


@dataclass
class JdbcSink:
    site: Site
    worker: Worker
    topic: str
    count: int

    async def applied(self) -> float:
        """Facts per second, from the first row to the last by the database's clock."""
        name = f"sink_{secrets.token_hex(3)}"
        async with self.site.database() as database:
            await database.execute("drop table if exists sink")
            await database.execute(TABLE)
            await asyncio.to_thread(self.worker.add, name, self._config())
            try:
                deadline = time.monotonic() + WITHIN_SECONDS
                while (await database.fetchval("select count(*) from sink")) < self.count:
                    await asyncio.to_thread(self.worker.complain, name)
                    assert time.monotonic() < deadline, f"not applied in {WITHIN_SECONDS} s"
                    await asyncio.sleep(0.3)
                span = await database.fetchrow(SPAN)
            finally:
                await asyncio.to_thread(self.worker.remove, name)
        assert span is not None
        return self.count / max(float(span["seconds"]), 0.001)

    def _config(self) -> dict[str, str]:
        url = make_url(self.site.url)
        return {
            "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
            "tasks.max": "1",
            "topics": self.topic,
            "connection.url": f"jdbc:postgresql://{url.host}:{url.port}/{url.database}",
            "connection.username": str(url.username),
            "connection.password": str(url.password),
            "insert.mode": "upsert",
            "primary.key.mode": "kafka",
            "schema.evolution": "none",
            "collection.name.format": "sink",
            "batch.size": str(BATCH),
            "consumer.override.max.poll.records": str(BATCH),
            "consumer.override.auto.offset.reset": "earliest",
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "true",
            "value.converter.schema.content": json.dumps(SCHEMA),
        }
