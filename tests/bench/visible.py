"""Who reads, in a process of its own: reporting, or a bare consume → commit; notes when each event was committed.

It answers, as JSON by key, once so many were committed as its arguments say, one after the other; then it ends. Its
environment is reporting's; its first arguments are `ours` or `bare`, and the topic. It says `ready` when it begins.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer

from plie_chassis import collector
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Consumption
from plie_chassis.messaging.readings import RawRecord
from plie_chassis.service import Runtime
from plie_chassis.settings import Settings
from plie_reporting.app import SERVICE

from .watcher import Answer, watcher

TABLE = "create table if not exists bare_event (id text primary key, value bytea not null)"
INSERT = "insert into bare_event select * from unnest($1::text[], $2::bytea[]) on conflict do nothing"

Note = Callable[[Iterable[str]], None]


def watching(
    how: str, topic: str, counts: Sequence[int], environment: Mapping[str, str]
) -> AbstractAsyncContextManager[Answer]:
    """What is given answers, once the next of `counts` were committed, when each was."""
    return watcher(__name__, how, topic, *map(str, counts), environment=environment)


class Noting(Inbox):
    def __init__(self, runtime: Runtime, note: Note) -> None:
        super().__init__(runtime.units, SERVICE.subscriptions)
        self._note = note

    async def take(self, batch: Sequence[RawRecord]) -> None:
        await super().take(batch)
        self._note(record.key.decode() for record in batch if record.key)


@asynccontextmanager
async def ours(runtime: Runtime, topic: str, note: Note) -> AsyncIterator[None]:
    consumption = Consumption(runtime.connection, runtime.instance.name, [topic], Noting(runtime, note))
    await consumption.start()
    try:
        yield
    finally:
        await consumption.stop()


@asynccontextmanager
async def bare(runtime: Runtime, topic: str, note: Note) -> AsyncIterator[None]:
    consumer = AIOKafkaConsumer(
        topic,
        **runtime.connection.client_options(),
        group_id=runtime.instance.name,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    database = await asyncpg.connect(runtime.settings.database_url.replace("+asyncpg", ""))
    await database.execute(TABLE)

    async def consume() -> None:
        while True:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=500)
            batch = [record for records in fetched.values() for record in records]
            if batch:
                keys = [record.key.decode() for record in batch]
                await database.execute(INSERT, keys, [record.value for record in batch])
                note(keys)
                await consumer.commit()

    await consumer.start()
    consuming = asyncio.create_task(consume())
    try:
        yield
    finally:
        consuming.cancel()
        with suppress(asyncio.CancelledError):
            await consuming
        await consumer.stop()
        await database.close()


READERS: Mapping[str, Callable[[Runtime, str, Note], AbstractAsyncContextManager[None]]] = {"ours": ours, "bare": bare}


async def watch(how: str, topic: str, counts: Iterable[int]) -> None:
    runtime = Runtime(SERVICE, Settings.from_environment())
    seen, more = dict[str, float](), asyncio.Event()
    began = time.time()

    def note(keys: Iterable[str]) -> None:
        now = time.time()
        seen.update((key, now) for key in keys if drawn_at(key) >= began)
        more.set()

    async with READERS[how](runtime, topic, note):
        print("ready", flush=True)
        for count in counts:
            while len(seen) < count:
                more.clear()
                await more.wait()
            print(json.dumps(seen), flush=True)
            seen.clear()
    await runtime.close()


def drawn_at(key: str) -> float:
    """When this id was drawn: what the topic holds from before is none of what is measured."""
    return (UUID(key).int >> 80) / 1000


if __name__ == "__main__":
    collector.look_rarely()
    how, topic, *counts = sys.argv[1:]
    uvloop.run(watch(how, topic, map(int, counts)))
