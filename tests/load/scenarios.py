"""What is done to the platform, each scenario on its own, and what became of it."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import asyncpg
import psutil
from httpx import AsyncClient, HTTPError

from plie_deploy.processes import Child, environment, free_port

from .arrival import Partners, Told
from .platform import Platform
from .watch import Sample, Watch

REPORTING = "metropole.reporting"
SLOW = "metropole.admission"
READ_BY_BOTH = "select coalesce(sum(next), 0)::bigint from inbox_offset where topic like 'plie.orientation.%'"


@dataclass(frozen=True)
class Sizes:
    """`rate` is the peak, in orientations and contacts a second; `hour` the events of one hour."""

    rate: float
    seconds: float
    hour: int
    scaled: int
    members: Sequence[int]
    within: float


FULL = Sizes(rate=60, seconds=30, hour=5_000, scaled=3_000, members=(1, 2, 4), within=90)
QUICK = Sizes(rate=10, seconds=2, hour=40, scaled=0, members=(), within=30)


@dataclass(frozen=True)
class Outcome:
    """`delays` are seconds from accepted to visible in statistics; `lost` was accepted and did not become visible."""

    scenario: str
    rate: float | None
    told: Told
    delays: Sequence[float]
    seconds: float
    recovery: float | None
    lost: int
    samples: Sequence[Sample]
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    platform: Platform
    partners: Partners
    watch: Watch
    sizes: Sizes

    async def half_load(self) -> Outcome:
        return await self._steady("half load", self.sizes.rate / 2)

    async def peak(self) -> Outcome:
        return await self._steady("peak", self.sizes.rate)

    async def twice_the_peak(self) -> Outcome:
        return await self._steady("twice the peak", self.sizes.rate * 2)

    async def one_consumer_slow(self) -> Outcome:
        """A CLAS stands still while the others go on; then it has to catch up with them."""
        await self._level()
        with paused(self.platform[SLOW].pid):
            outcome = await self._steady("one consumer slow", self.sizes.rate / 2)
        return replace(outcome, recovery=await self._level())

    async def _level(self) -> float:
        """Seconds until the CLAS has read all that reporting has."""
        started = time.monotonic()
        slow, reporting = self.platform[SLOW].database, self.platform[REPORTING].database
        while await _value(slow, READ_BY_BOTH) < await _value(reporting, READ_BY_BOTH):
            assert time.monotonic() - started < self.sizes.within, f"{SLOW} did not catch up in {self.sizes.within} s"
            await asyncio.sleep(0.2)
        return time.monotonic() - started

    async def an_hour_of_backlog(self) -> Outcome:
        """Reporting was away for an hour: how long it takes to be up to date again."""
        return await self._backlog("an hour's backlog", self.sizes.hour, [self.platform[REPORTING].pid])

    async def members(self, number: int, logs: Path) -> Outcome:
        """The same backlog for so many members of reporting's group, each a process of its own."""
        with more_members(self.platform, number - 1, logs) as pids:
            await self._until_ready(pids)
            everyone = [self.platform[REPORTING].pid, *pids.values()]
            self.watch.extra_pids = list(pids.values())
            before = _cpu(everyone)
            outcome = await self._backlog(f"reporting × {number}", self.sizes.scaled, everyone)
            more = {
                "members_mb": sum(psutil.Process(pid).memory_info().rss / 2**20 for pid in everyone),
                "cpu_us_an_event": (_cpu(everyone) - before) / max(len(outcome.told.orientations), 1) * 1e6,
            }
            self.watch.extra_pids = ()
        return replace(outcome, more=more)

    async def _steady(self, name: str, rate: float) -> Outcome:
        told, first = Told(), len(self.watch.samples)
        started = time.monotonic()
        number, acts = int(rate * self.sizes.seconds), set[asyncio.Task[None]]()
        for due in range(number):
            await asyncio.sleep(started + due / rate - time.monotonic())
            acts.add(asyncio.create_task(self._act(told)))
        await asyncio.wait(acts)
        took = time.monotonic() - started
        return await self._seen(name, rate, told, took, first)

    async def _act(self, told: Told) -> None:
        before = told.orientations.keys() | told.contacts.keys()
        await self.partners.act(told)
        self.watch.due |= (told.orientations.keys() | told.contacts.keys()) - before - self.watch.visible.keys()

    async def _backlog(self, name: str, count: int, pids: Sequence[int]) -> Outcome:
        told, first = Told(), len(self.watch.samples)
        with paused(*pids):
            await self.partners.batch(count, told)
            assert await self.watch.outboxes_empty(self.sizes.within), "the outboxes did not empty"
            self.watch.due |= told.orientations.keys()
        return await self._seen(name, None, told, 0.0, first)

    async def _seen(self, name: str, rate: float | None, told: Told, took: float, first: int) -> Outcome:
        accepted = {**told.orientations, **told.contacts}
        recovery = await self.watch.all_visible(accepted.keys(), self.sizes.within)
        visible = self.watch.visible
        return Outcome(
            scenario=name,
            rate=rate,
            told=told,
            delays=[max(visible[id_] - at, 0.0) for id_, at in accepted.items() if id_ in visible],
            seconds=took or recovery or self.sizes.within,
            recovery=recovery,
            lost=sum(id_ not in visible for id_ in accepted),
            samples=self.watch.samples[first:],
        )

    async def _until_ready(self, pids: Mapping[int, int]) -> None:
        deadline = time.monotonic() + self.sizes.within
        async with AsyncClient() as client:
            for port in pids:
                while True:
                    try:
                        if (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                            break
                    except HTTPError:
                        pass
                    assert time.monotonic() < deadline, "a member did not join"
                    await asyncio.sleep(0.2)


def all_of(ground: Ground, logs: Path) -> Mapping[str, Callable[[], Coroutine[None, None, Outcome]]]:
    """By the name that it is asked for by."""
    return {
        "half": ground.half_load,
        "peak": ground.peak,
        "twice": ground.twice_the_peak,
        "slow": ground.one_consumer_slow,
        "backlog": ground.an_hour_of_backlog,
        **{f"members-{number}": partial(ground.members, number, logs) for number in ground.sizes.members},
    }


@contextmanager
def paused(*pids: int) -> Iterator[None]:
    """They stand still without a connection being closed, as a stalled machine does."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def more_members(platform: Platform, number: int, logs: Path) -> Iterator[Mapping[int, int]]:
    """More processes of reporting on the same database and in the same group; their pids by port."""
    members: dict[int, Child] = {}
    try:
        for _ in range(number):
            port = free_port()
            told = {**platform[REPORTING].environment, "PLIE_PORT": str(port)}
            command = [str(Path(sys.executable).with_name("plie-reporting")), "serve"]
            members[port] = Child(command, log=logs / f"member-{port}.log", env=environment(told))
        yield {port: child.pid for port, child in members.items()}
    finally:
        for child in members.values():
            child.stop()


def _cpu(pids: Sequence[int]) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


async def _value(url: str, query: str) -> int:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()
