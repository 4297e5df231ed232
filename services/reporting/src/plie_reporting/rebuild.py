"""Reads every stream anew from its beginning into a shadow of the store, then puts it in the store's place.

Invariant: pages and consumption go on; the switch is one transaction, and the new store knows at least what the old knew.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from aiokafka import TopicPartition
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateIndex, CreateTable

from plie_chassis.messaging import ledger
from plie_chassis.messaging.kafka import end_offsets, partitions_of, reader
from plie_chassis.messaging.tables import HeldRecord, InboxOffset, InboxSequence, RefusedRecord
from plie_chassis.messaging.tables import Inbox as Taken
from plie_chassis.problems import Conflict, Problem
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Actor, UnitOfWork, Units
from plie_reporting import rebuild_part
from plie_reporting.derivation import settle, settle_all, several_at_once
from plie_reporting.rebuild_part import SHADOW, Offsets, Shadow, engine_of, take_up_to
from plie_reporting.tables import metadata

log = structlog.get_logger()

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
ON_DISK = text("set local synchronous_commit to on")

PARTS = 2
"""Processes that read: more of them than cores bring nothing, and each takes its memory."""


class AlreadyRebuilding(Conflict):
    code = "rebuild.under-way"
    title = "Reconstruction déjà en cours"


class PartEnded(Problem):
    status = 500
    code = "rebuild.part-ended"
    title = "Reconstruction interrompue"


@dataclass(frozen=True, slots=True)
class Progress:
    """`read` records out of the `whole` that the streams held at the start."""

    read: int
    whole: int


async def rebuild(runtime: Runtime, say: Callable[[Progress], None]) -> Progress:
    """Raises AlreadyRebuilding, or PartEnded: the store is as it was then."""
    async with _alone(runtime.engine):
        await _make_shadow(runtime.engine)
        engine = engine_of(runtime.settings)
        try:
            return await _Rebuild(runtime, engine, say).run()
        finally:
            await engine.dispose()


class _Rebuild:
    def __init__(self, runtime: Runtime, shadow: AsyncEngine, say: Callable[[Progress], None]) -> None:
        self._runtime = runtime
        self._say = say
        self._units = Shadow(shadow, runtime.instance, runtime.declaration)
        self._progress = Progress(0, 0)

    async def run(self) -> Progress:
        ends = await self._ends()
        self._progress = Progress(0, sum(ends.values()))
        await several_at_once(map(self._take_part, _parts(ends)), PARTS)
        await self._index()
        await settle_all(self._units, PARTS)
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

    async def _take_part(self, ends: Offsets) -> None:
        """Have a process of its own take these partitions: Python keeps each busy with one core."""
        async with _process(rebuild_part.__name__) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(rebuild_part.order(self._runtime.settings, ends))
            async for taken in process.stdout:
                self._took(int(taken))
            if status := await process.wait():
                raise PartEnded(f"Une partie de la reconstruction a échoué ({status}) ; les données n’ont pas changé.")

    def _took(self, records: int) -> None:
        self._progress = Progress(self._progress.read + records, self._progress.whole)
        self._say(self._progress)

    async def _catch_up(self, units: Units, ends: Offsets) -> None:
        """Take what stands between the shadow and `ends`, and derive from it."""
        async with units.begin() as work:
            starts = await _offsets(work, SHADOW)
        await take_up_to(units, self._runtime.connection, starts, ends, self._took)
        async with units.begin() as work:
            await settle(work)

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


def _parts(ends: Offsets) -> Sequence[Offsets]:
    """Parts of some equal number of records; a key stands in one partition, hence in one part."""
    parts: Sequence[dict[TopicPartition, int]] = [{} for _ in range(PARTS)]
    for at, end in sorted(ends.items(), key=lambda item: -item[1]):
        min(parts, key=lambda part: sum(part.values()))[at] = end
    return parts


@asynccontextmanager
async def _process(module: str) -> AsyncIterator[Process]:
    """A Python process that has ended when the block ends. In a session of its own: whose Ctrl-C it is ends it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _replace() -> Sequence[str]:
    return (
        f"create schema {RETIRED}",
        *(f'alter table public."{table.name}" set schema {RETIRED}' for table in TABLES),
        *(f'alter table {SHADOW}."{table.name}" set schema public' for table in TABLES),
        f"drop schema {RETIRED} cascade",
        f"drop schema {SHADOW}",
    )
