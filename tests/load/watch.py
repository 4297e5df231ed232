"""What is seen from outside while load runs: when each event counts in statistics, outboxes, lag, memory."""

import asyncio
import time
from collections.abc import Collection
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import psutil

from .platform import Platform

LOOKS_A_SECOND = 20
NEW = """
    select 'o' as kind, orientation_id as id from orientation_fact where orientation_id = any($1) and type = 'OrientationReceived'
    union all select 'c', contact_id from parcours_fact where participant_id is not null and contact_id = any($2)
"""
OUTBOX = "select count(*) as pending, coalesce(extract(epoch from now() - min(time)), 0)::float8 as age from outbox"
TAKEN = "select topic, partition, next from inbox_offset"


@dataclass(frozen=True)
class Sample:
    """One look: seconds since the start, events in all outboxes and the age of the oldest, events not visible, megabytes."""

    at: float
    outbox: int
    outbox_age: float
    waiting: int
    megabytes: float


@dataclass
class Watch:
    """An event is visible once reporting holds its fact: a figure that is read from then on counts it."""

    platform: Platform
    due: set[UUID] = field(default_factory=set)
    visible: dict[UUID, float] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    extra_pids: Collection[int] = ()

    async def __aenter__(self) -> "Watch":
        self._one_at_a_time = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._writers = [
            await self._connected(one.database)
            for name, one in self.platform.instances.items()
            if not name.endswith("reporting")
        ]
        self._reporting = await self._connected(self.platform["metropole.reporting"].database)
        self._started = time.time()
        self._task = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await self._task
        finally:
            await self._stack.aclose()

    async def all_visible(self, ids: Collection[UUID], within: float) -> float | None:
        """Seconds until all of these are; None where some are not within that time."""
        started = time.monotonic()
        while time.monotonic() - started < within:
            if set(ids) <= self.visible.keys():
                return time.monotonic() - started
            self.due |= set(ids) - self.visible.keys()
            await asyncio.sleep(0.1)
        return None

    async def outboxes_empty(self, within: float) -> bool:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if not sum(pending for pending, _ in await self._outboxes()):
                return True
            await asyncio.sleep(0.1)
        return False

    async def _keep(self) -> None:
        last = 0.0
        while True:
            await asyncio.sleep(1 / LOOKS_A_SECOND)
            due = list(self.due)
            if due:
                rows = await self._reporting.fetch(NEW, due, due)
                now = time.time()
                for row in rows:
                    self.visible.setdefault(row["id"], now)
                self.due -= {row["id"] for row in rows}
            if time.time() - last >= 0.5:
                last = time.time()
                await self._sample()

    async def _sample(self) -> None:
        looks = await self._outboxes()
        pids = [one.pid for one in self.platform.instances.values()] + list(self.extra_pids)
        memory = 0.0
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                memory += psutil.Process(pid).memory_info().rss / 2**20
        self.samples.append(
            Sample(
                time.time() - self._started,
                sum(pending for pending, _ in looks),
                max(age for _, age in looks),
                len(self.due),
                memory,
            )
        )

    async def _outboxes(self) -> list[tuple[int, float]]:
        """Of each what is pending, and the age of its oldest."""
        async with self._one_at_a_time:
            return [tuple(row) for writer in self._writers for row in await writer.fetch(OUTBOX)]

    async def _connected(self, url: str) -> asyncpg.Connection:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        self._stack.push_async_callback(connection.close)
        return connection
