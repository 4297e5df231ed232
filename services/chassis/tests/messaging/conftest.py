"""Two instances on a real broker and a real database: a Maison that writes parcours facts, and a reader that counts effects."""

import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.crashpoints import crashpoint
from plie_chassis.database import create_chassis_tables, create_engine
from plie_chassis.ids import new_id
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Connection, Consumption
from plie_chassis.messaging.relay import Relay
from plie_chassis.messaging.subscriptions import Received, reads, subscriptions
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts import streams
from plie_contracts.events import ContactLogged, Event
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import Declare, Declared, NewDatabase

MAISON, READER = "mde-grenoble-nord.parcours", "metropole.reporting"
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def contact(participant: UUID, minutes: int = 30, **changes: Any) -> ContactLogged:
    """A contact that is told apart by its duration."""
    fields: dict[str, Any] = {
        "participant_id": participant,
        "parcours_no": 1,
        "contact_id": new_id(),
        "occurred_on": NOW.date(),
        "medium": "telephone",
        "outcome": "honore",
        "duration_minutes": minutes,
        "referent_id": "referent-03",
        "stage": "accompaniment",
        "first_interview": False,
    }
    return ContactLogged(**fields | changes)


async def with_effects(url: str) -> None:
    """The chassis' tables, and one that shows every effect that an event had."""
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: create_chassis_tables(_Bound(sync)))
        await connection.execute(
            text(
                "create table effect (number bigint generated always as identity, key text, event_id text, minutes int)"
            )
        )
    await engine.dispose()


@dataclass(frozen=True)
class _Bound:
    connection: Any

    def get_bind(self) -> Any:
        return self.connection


async def keep_effect(received: Received[ContactLogged], work: UnitOfWork) -> None:
    if received.event.duration_minutes == 666:
        raise ZeroDivisionError("a bug in the handler")
    await work.session.execute(
        text("insert into effect (key, event_id, minutes) values (:key, :id, :minutes)"),
        {"key": received.event.key(), "id": received.id, "minutes": received.event.duration_minutes},
    )
    crashpoint("inbox-state")


EFFECTS = subscriptions(reads(ContactLogged, keep_effect))


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
    await producer.start()
    yield producer
    await producer.stop()


SCRIPTS = Path(__file__).parent
PYTHON = sys.executable
