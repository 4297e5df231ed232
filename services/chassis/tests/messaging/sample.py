"""A small instance to test with: it writes contacts and keeps one row for every effect a contact had.

Run as a program it relays and consumes until it is ended, so that a test can kill it at any step.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from plie_chassis.crashpoints import crashpoint
from plie_chassis.database import create_engine
from plie_chassis.ids import new_id
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Connection, Consumption
from plie_chassis.messaging.relay import Relay
from plie_chassis.messaging.subscriptions import Received, reads, subscriptions
from plie_chassis.migrations import create_chassis_tables
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts import streams
from plie_contracts.declaration import load
from plie_contracts.events import ContactLogged

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


async def run(config: dict[str, Any]) -> None:
    """`config`: declaration, instance, database_url, bootstrap_servers, password, and topics to consume (none: relay)."""
    declaration = load(Path(config["declaration"]))
    instance = declaration.instance(config["instance"])
    connection = Connection(config["bootstrap_servers"], instance.name, config["password"])
    engine = create_engine(config["database_url"])
    relay = Relay(engine, streams.source_of(instance.name), connection.new_producer)
    units = Units(engine, instance, declaration, wake=relay.wake)
    for person, minutes in config["contacts"]:
        async with units.begin(now=NOW) as work:
            work.emit(contact(UUID(person), minutes))
    if not config["topics"]:
        await relay.run()
    consumption = Consumption(
        connection, instance.name, config["topics"], Inbox(units, EFFECTS), max_records=config["max_records"]
    )
    await consumption.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
