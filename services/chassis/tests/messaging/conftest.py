"""Two instances on a real broker and a real database: a Maison that writes parcours facts, and a reader that counts effects."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.database import create_engine
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Connection, Consumption
from plie_chassis.messaging.relay import Relay
from plie_chassis.settings import Settings
from plie_chassis.unit_of_work import Units
from plie_contracts import streams
from plie_contracts.events import Event
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import Declare, Declared, NewDatabase
from plie_deploy.testing.instances import settings_on

from .sample import EFFECTS, NOW, with_effects

MAISON, READER = "mde-grenoble-nord.parcours", "metropole.reporting"


@dataclass
class Side:
    """One instance: its database and its Kafka principal."""

    name: str
    declared: Declared
    connection: Connection
    engine: AsyncEngine
    units: Units
    url: str

    def relay(self, relay: type[Relay] = Relay) -> Relay:
        return relay(self.engine, streams.source_of(self.units.instance.name), self.connection.new_producer)

    def consumption(self, topics: list[str], inbox: Inbox | None = None, **options: Any) -> Consumption:
        return Consumption(
            self.connection, self.units.instance.name, topics, inbox or Inbox(self.units, EFFECTS), **options
        )

    def program(
        self, *, topics: list[str], contacts: list[tuple[str, int]] | None = None, max_records: int = 500
    ) -> list[str]:
        """The command that runs this side as a process of its own."""
        config = {
            "declaration": str(self.declared.path),
            "instance": self.units.instance.name,
            "database_url": self.url,
            "bootstrap_servers": self.connection.bootstrap_servers,
            "password": self.connection.password,
            "topics": topics,
            "contacts": contacts or [],
            "max_records": max_records,
        }
        return [sys.executable, str(Path(__file__).with_name("sample.py")), json.dumps(config)]

    async def emit(self, *events: Event) -> None:
        async with self.units.begin(now=NOW) as work:
            for event in events:
                work.emit(event)

    async def fetch(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query), values)]

    async def effects(self, key: UUID | None = None) -> list[int]:
        """The durations that took effect, in order."""
        rows = await self.fetch("select minutes, key from effect order by number")
        return [minutes for minutes, owner in rows if key is None or owner == str(key)]

    async def pending(self) -> int:
        return int((await self.fetch("select count(*) from outbox"))[0][0])


@pytest.fixture
def declared(declare: Declare) -> Declared:
    return declare("metropole", "mde-grenoble-nord", "mde-grenoble-sud")


@pytest.fixture
async def side(kafka: LocalKafka, database: NewDatabase, declared: Declared) -> AsyncIterator[Callable[[str], Any]]:
    opened: list[AsyncEngine] = []

    async def open_side(name: str) -> Side:
        url = await database(with_effects)
        engine = create_engine(url)
        opened.append(engine)
        instance = declared.instance(name)
        connection = Connection(kafka.bootstrap_servers, instance.name, declared.passwords[instance.name])
        return Side(name, declared, connection, engine, Units(engine, instance, declared.declaration), url)

    yield open_side
    for engine in opened:
        await engine.dispose()


@pytest.fixture
async def writer(side: Any) -> Side:
    return await side(MAISON)


@pytest.fixture
async def reader(side: Any) -> Side:
    return await side(READER)


@pytest.fixture
def topic(declared: Declared) -> str:
    return streams.facts_topic("parcours", declared.name("mde-grenoble-nord"))


@pytest.fixture
async def raw_producer(writer: Side) -> AsyncIterator[AIOKafkaProducer]:
    """A producer with the Maison's rights that sends whatever a test gives it."""
    producer = writer.connection.new_producer()
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


def settings_of(side: Side, kafka: LocalKafka) -> Settings:
    """The settings with which an instance of its own stands on this side."""
    return settings_on(kafka, side.declared, side.name, side.url)


@asynccontextmanager
async def consuming(*consumptions: Consumption) -> AsyncIterator[None]:
    async with AsyncExitStack() as started:
        for consumption in consumptions:
            started.push_async_callback(consumption.stop)
            await consumption.start()
        yield


async def send_all(side: Side) -> None:
    relay = side.relay()
    try:
        while await relay.relay_batch():
            pass
    finally:
        await relay.close()


async def holds(reader: Side, person: UUID, minutes: list[int]) -> bool:
    assert await reader.effects(person) == minutes
    return True


@asynccontextmanager
async def process(command: list[str], **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environment})
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
