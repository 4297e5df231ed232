"""Reads every stream anew from its beginning into a shadow of the store, then puts it in the store's place.

Invariant: pages and consumption go on; the switch is one transaction, and the new store knows at least what the old knew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from aiokafka import TopicPartition
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateIndex, CreateTable

from plie_chassis.database import create_engine
from plie_chassis.messaging import ledger
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import end_offsets, partitions_of, read_up_to, reader
from plie_chassis.messaging.readings import RawRecord
from plie_chassis.messaging.tables import HeldRecord, InboxOffset, InboxSequence, RefusedRecord
from plie_chassis.messaging.tables import Inbox as Taken
from plie_chassis.problems import Conflict
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Actor, UnitOfWork, Units
from plie_reporting.derivation import settle
from plie_reporting.subscriptions import SUBSCRIPTIONS
from plie_reporting.tables import metadata

log = structlog.get_logger()

SHADOW = "rebuild"
RETIRED = "retired"

# What follows from the streams. Decisions to discard, the outbox and accounts do not, and stay where they are.
OF_THE_INBOX: Sequence[Table] = [
    table
    for model in (Taken, InboxSequence, InboxOffset, HeldRecord, RefusedRecord)
    if isinstance(table := model.__table__, Table)
]
TABLES: Sequence[Table] = (*metadata.sorted_tables, *OF_THE_INBOX)

ALONE = text("select pg_try_advisory_lock(1347438920)")
NO_LONGER_ALONE = text("select pg_advisory_unlock(1347438920)")
# Shorter than deadlock_timeout: it is the switch that gives way to a page, never the reverse.
GIVE_WAY = text("set local lock_timeout = '300ms'")
LOCK_NOT_AVAILABLE = "55P03"
NOT_ON_DISK = text("set local synchronous_commit to off")
ON_DISK = text("set local synchronous_commit to on")

RECORDS_AT_A_TIME = 2000


class AlreadyRebuilding(Conflict):
    code = "rebuild.under-way"
    title = "Reconstruction déjà en cours"


@dataclass(frozen=True, slots=True)
class Progress:
    """`read` records out of the `whole` that the streams held at the start."""

    read: int
    whole: int


async def rebuild(runtime: Runtime, say: Callable[[Progress], None]) -> Progress:
    """Raises AlreadyRebuilding."""
    async with _alone(runtime.engine):
        await _make_shadow(runtime.engine)
        engine = create_engine(runtime.settings.database_url, schemas=f"{SHADOW},public")
        try:
            return await _Rebuild(runtime, engine, say).run()
        finally:
            await engine.dispose()


class _Rebuild:
    def __init__(self, runtime: Runtime, shadow: AsyncEngine, say: Callable[[Progress], None]) -> None:
        self._runtime = runtime
        self._say = say
        self._units = _Shadow(shadow, runtime.instance, runtime.declaration)
        self._progress = Progress(0, 0)

    async def run(self) -> Progress:
        ends = await self._ends()
        self._progress = Progress(0, sum(ends.values()))
        # Two at a time: one's records are read while the database takes the other's.
        await asyncio.gather(*(self._take_up_to(self._units, some, {}) for some in _halves(ends)))
        await self._index()
        while not await self._switched():
            log.info("rebuild gives way to a page")
        return self._progress

    async def _ends(self) -> dict[TopicPartition, int]:
        async with reader(self._runtime.connection) as consumer:
            return await end_offsets(consumer, partitions_of(self._runtime.declaration, self._runtime.topics))

    async def _index(self) -> None:
        """What stands in order when its index is made costs less than what is put in its place one by one."""
        async with self._units.begin() as work:
            for table in metadata.sorted_tables:
                for index in table.indexes:
                    await work.connection.execute(CreateIndex(index))

    async def _catch_up(self, units: Units, ends: Mapping[TopicPartition, int]) -> None:
        """Take what stands between the shadow and `ends`, and derive from it."""
        async with units.begin() as work:
            starts = await _offsets(work, SHADOW)
        await self._take_up_to(units, ends, starts)
        async with units.begin() as work:
            await settle(work)

    async def _take_up_to(
        self, units: Units, ends: Mapping[TopicPartition, int], starts: Mapping[TopicPartition, int]
    ) -> None:
        inbox = Inbox(units, SUBSCRIPTIONS, announce_refusals=False)

        async def take(batch: Sequence[RawRecord]) -> None:
            await inbox.take(batch)
            self._progress = Progress(self._progress.read + len(batch), self._progress.whole)
            self._say(self._progress)

        await read_up_to(self._runtime.connection, dict(starts), dict(ends), take, max_records=RECORDS_AT_A_TIME)

    async def _switched(self) -> bool:
        """Put the shadow in the store's place; False where a page holds a table just now."""
        await self._catch_up(self._units, await self._ends())
        try:
            async with self._units.begin() as work:
                await work.connection.exec_driver_sql(ledger.REPLACE)
                await self._catch_up(_WithinOne(work), await _offsets(work, "public"))
                await work.session.execute(GIVE_WAY)
                for statement in _replace():
                    await work.session.execute(text(statement))
                await work.session.execute(ON_DISK)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                return False
            raise
        return True


class _Shadow(Units):
    """Units of work whose commits do not wait for the disk: only the switch makes a shadow count, and that one waits."""

    @asynccontextmanager
    async def begin(self, *, actor: Actor | None = None, now: datetime | None = None) -> AsyncIterator[UnitOfWork]:
        async with super().begin(actor=actor, now=now) as work:
            await work.session.execute(NOT_ON_DISK)
            yield work


class _WithinOne(Units):
    """Units of work that are all parts of one, so that the last records are taken while nobody else takes any."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    @asynccontextmanager
    async def begin(
        self,
        *,
        actor: Actor | None = None,
        now: datetime | None = None,
    ) -> AsyncIterator[UnitOfWork]:
        async with self._work.savepoint():
            yield self._work


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.connect() as connection:
        if not await connection.scalar(ALONE):
            raise AlreadyRebuilding("Une reconstruction est déjà en cours sur cette base. Attendez sa fin.")
        await connection.commit()
        try:
            yield
        finally:
            await connection.execute(NO_LONGER_ALONE)
            await connection.commit()


async def _make_shadow(engine: AsyncEngine) -> None:
    """The tables, those of reporting without their indexes."""
    async with engine.begin() as connection:
        for statement in (
            f"drop schema if exists {SHADOW} cascade",
            f"create schema {SHADOW}",
            f"set local search_path to {SHADOW}",
        ):
            await connection.execute(text(statement))
        for table in metadata.sorted_tables:
            await connection.execute(CreateTable(table))
        for table in OF_THE_INBOX:
            await connection.run_sync(table.create, checkfirst=False)


async def _offsets(work: UnitOfWork, schema: str) -> dict[TopicPartition, int]:
    """The next offset to take of each partition, in that schema."""
    rows = await work.session.execute(text(f"select topic, partition, next from {schema}.inbox_offset"))  # noqa: S608 (a name of ours)
    return {TopicPartition(row.topic, row.partition): row.next for row in rows}


def _halves(ends: Mapping[TopicPartition, int]) -> Sequence[Mapping[TopicPartition, int]]:
    """Two parts of some equal number of records; a key stands in one partition, hence in one part."""
    halves: tuple[dict[TopicPartition, int], dict[TopicPartition, int]] = ({}, {})
    for at, end in sorted(ends.items(), key=lambda item: -item[1]):
        min(halves, key=lambda half: sum(half.values()))[at] = end
    return halves


def _replace() -> Sequence[str]:
    return (
        f"create schema {RETIRED}",
        *(f'alter table public."{table.name}" set schema {RETIRED}' for table in TABLES),
        *(f'alter table {SHADOW}."{table.name}" set schema public' for table in TABLES),
        f"drop schema {RETIRED} cascade",
        f"drop schema {SHADOW}",
    )
