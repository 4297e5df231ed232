"""Reads some partitions anew into the shadow of the store; run as a program, it is one part of a rebuild.

Invariant: a part ends with the rebuild that started it, and says on standard output how many records it took, a line a batch.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import structlog
import uvloop
from aiokafka import TopicPartition
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis import collector
from plie_chassis.database import create_engine
from plie_chassis.messaging.inbox import Inbox, explain
from plie_chassis.messaging.kafka import Connection, read_up_to
from plie_chassis.messaging.readings import RawRecord
from plie_chassis.settings import Settings
from plie_chassis.unit_of_work import Actor, UnitOfWork, Units
from plie_contracts.declaration import load as load_declaration
from plie_reporting.subscriptions import SUBSCRIPTIONS

SHADOW: Final = "rebuild"
NOT_ON_DISK = text("set local synchronous_commit to off")

RECORDS_AT_A_TIME = 2000

Offsets = Mapping[TopicPartition, int]


class Shadow(Units):
    """Units of work whose commits do not wait for the disk: only the switch makes a shadow count, and that one waits."""

    @asynccontextmanager
    async def begin(self, *, actor: Actor | None = None, now: datetime | None = None) -> AsyncIterator[UnitOfWork]:
        async with super().begin(actor=actor, now=now) as work:
            await work.session.execute(NOT_ON_DISK)
            yield work


def engine_of(settings: Settings) -> AsyncEngine:
    return create_engine(settings.database_url, schemas=f"{SHADOW},public")


async def take_up_to(
    units: Units, connection: Connection, starts: Offsets, ends: Offsets, say: Callable[[int], None]
) -> None:
    """Take what stands between `starts` and `ends`; `say` hears how many records a batch had."""
    inbox = Inbox(units, SUBSCRIPTIONS, announce_refusals=False)

    async def take(batch: Sequence[RawRecord]) -> None:
        await inbox.take(batch)
        say(len(batch))

    await read_up_to(connection, dict(starts), dict(ends), take, max_records=RECORDS_AT_A_TIME)


def order(settings: Settings, ends: Offsets) -> bytes:
    """What a part reads from standard input, in one line of JSON; it holds secrets, and goes through a pipe only."""
    known = {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in settings}
    return json.dumps([known, [[*at, end] for at, end in ends.items()]], default=str).encode() + b"\n"


def _ordered(line: bytes) -> tuple[Settings, Offsets]:
    known, ends = json.loads(line)
    return Settings(**known), {TopicPartition(topic, number): end for topic, number, end in ends}


async def _take_part(settings: Settings, ends: Offsets) -> None:
    part = asyncio.current_task()
    assert part is not None
    # The rebuild says nothing more: what there is to read is its end.
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), part.cancel)
    declaration = load_declaration(settings.declaration)
    engine = engine_of(settings)
    try:
        units = Shadow(engine, declaration.instance(f"{settings.organisation}.reporting"), declaration)
        await take_up_to(units, Connection.of(settings), {}, ends, _say)
    finally:
        await engine.dispose()


def _say(taken: int) -> None:
    print(taken, flush=True)


if __name__ == "__main__":
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    collector.look_rarely()
    try:
        uvloop.run(_take_part(*_ordered(sys.stdin.buffer.readline())))
    except asyncio.CancelledError:
        sys.exit(1)
    except Exception as error:
        sys.exit(explain(error))
