"""Which figures there are, and how much is measured for each."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from . import dashboard, duplicates, end_to_end, growth, http, rebuild
from .apply import Intake, publish
from .connect import working
from .jdbc_sink import JdbcSink
from .latency import CommitToConsumable
from .lives import Lives
from .memory import at_rest
from .outbox_router import OutboxRouter, logical_postgres
from .relay import Drain
from .rows import NotRun, Promised, Row, in_turn
from .stack import ORGANISATIONS, Machine, Site, Stack

COMMITS_A_SECOND = 200
ORIENTATIONS_A_SECOND = 100
"""Half of what one token is let in with."""

WARM_UPS = 2
"""Drains that a JVM is given before it is measured."""


@dataclass(frozen=True)
class Sizes:
    """What one round takes: requests, rows, seconds of commits, facts. Without `peers`, theirs are not run."""

    rounds: int
    posted: int
    relayed: int
    commit_seconds: float
    applied: int
    rebuilt: int
    stored: Sequence[int]
    persons: int
    grown: int = growth.FULL
    peers: bool = True


FULL = Sizes(3, 1_000, 50_000, 10, 60_000, 1_000_000, (100_000, 1_000_000, 10_000_000), 100_000)
QUICK = Sizes(3, 200, 5_000, 2, 6_000, 10_000, (10_000, 20_000, 100_000), 1_000, grown=2_000)
SMALL = Sizes(1, 20, 1_000, 0.5, 500, 500, (1_000, 1_500, 2_000), 200, peers=False)


@dataclass(frozen=True)
class Ground:
    """What everything is measured on: a new database for each of four instances."""

    stack: Stack
    sizes: Sizes
    prescriber: Site
    clas: Site
    maison: Site
    reporting: Site

    @property
    def lives(self) -> Lives:
        return Lives(self.clas.instance.organisation, self.maison.instance.organisation)

    @property
    def writers(self) -> tuple[Site, Site, Site]:
        return self.prescriber, self.clas, self.maison


async def applying(ground: Ground) -> AsyncIterator[Row]:
    rounds, parcours = ground.sizes.rounds, ground.maison.facts_topic
    told = await publish(ground.lives, ground.writers, ground.sizes.applied)
    intake = partial(Intake, ground.stack.kafka, ground.reporting)
    facts = intake([site.facts_topic for site in ground.writers], told * ground.lives.length())
    yield await APPLY.beside(facts.ours, facts.bare, rounds)
    facts = intake([parcours], told * ground.lives.length("parcours"))
    try:
        with working(ground.stack, wanted=ground.sizes.peers) as worker:
            sink = JdbcSink(ground.reporting, worker, parcours, facts.count)
            for _ in range(WARM_UPS):
                await sink.applied()
            yield await APPLY_PEER.beside(facts.ours, sink.applied, rounds)
    except NotRun as why:
        yield APPLY_PEER.not_run(str(why))


async def relaying(ground: Ground) -> AsyncIterator[Row]:
    sizes = ground.sizes
    drain = Drain(ground.maison, ground.lives, sizes.relayed)
    await drain.prepare()
    yield await RELAY.beside(drain.ours, drain.bare, sizes.rounds)
    try:
        with working(ground.stack, wanted=sizes.peers) as worker:
            async with logical_postgres(ground.stack) as server:
                for promised, profile in ((RELAY_DEFAULT, "default"), (RELAY_TUNED, "tuned")):
                    async with OutboxRouter(ground.stack, server, worker, profile, ground.lives).running() as router:
                        for _ in range(WARM_UPS):
                            await router.drain(sizes.relayed)
                        yield await promised.beside(drain.ours, partial(router.drain, sizes.relayed), sizes.rounds)
    except NotRun as why:
        yield RELAY_DEFAULT.not_run(str(why))
        yield RELAY_TUNED.not_run(str(why))


async def waiting(ground: Ground) -> AsyncIterator[Row]:
    sizes = ground.sizes
    ours = CommitToConsumable(ground.maison, ground.reporting, COMMITS_A_SECOND, sizes.commit_seconds)
    try:
        with working(ground.stack, wanted=sizes.peers) as worker:
            async with (
                logical_postgres(ground.stack) as server,
                OutboxRouter(ground.stack, server, worker, "lowlat", ground.lives).running() as router,
            ):
                theirs = partial(router.p99, COMMITS_A_SECOND, sizes.commit_seconds)
                await theirs()
                value, reference = await in_turn([ours.p99, theirs], sizes.rounds)
        yield WAIT.alone(value)
        yield WAIT_PEER.compared(value, reference)
    except NotRun as why:
        [value] = await in_turn([ours.p99], sizes.rounds)
        yield WAIT.alone(value)
        yield WAIT_PEER.not_run(str(why))


async def serving(ground: Ground) -> AsyncIterator[Row]:
    sizes = ground.sizes
    async with (
        http.ours(ground.stack, ground.prescriber) as ours,
        http.bare(ground.stack, ground.prescriber) as bare,
    ):
        yield MEMORY.alone(await at_rest(ours.child.pid))
        yield await HTTP.beside(
            partial(ours.accepted, sizes.posted), partial(bare.accepted, sizes.posted), sizes.rounds
        )


async def reaching(ground: Ground) -> AsyncIterator[Row]:
    sizes = ground.sizes
    journey = end_to_end.Journey(
        *(ground.stack, ground.prescriber, ground.reporting, ground.clas.instance.organisation),
        *(ORIENTATIONS_A_SECOND, sizes.commit_seconds),
    )
    yield await END_TO_END.beside(journey.ours, journey.bare, sizes.rounds)


async def reading(ground: Ground) -> AsyncIterator[Row]:
    took = [await dashboard.milliseconds(ground.reporting, events) for events in ground.sizes.stored]
    yield DASHBOARD.compared(took[-1], took[0])


async def recognising(ground: Ground) -> AsyncIterator[Row]:
    yield DUPLICATES.alone(await duplicates.milliseconds(ground.clas, ground.sizes.persons))


async def rebuilding(ground: Ground) -> AsyncIterator[Row]:
    await publish(ground.lives, ground.writers, ground.sizes.rebuilt)
    yield REBUILD.alone(await rebuild.seconds_a_million(ground.stack, ground.reporting))


APPLY = Promised("apply/bare-upsert", "events/s", {"at_least": 0.5})
APPLY_PEER = Promised("apply/jdbc-sink", "events/s", {"at_least": 1.0})
RELAY = Promised("relay/bare-loop", "events/s", {"at_least": 0.7})
RELAY_DEFAULT = Promised("relay/debezium-default", "events/s", {"at_least": 1.0})
RELAY_TUNED = Promised("relay/debezium-tuned", "events/s", {"at_least": 1.0})
WAIT = Promised("relay-p99/commit-consumable", "ms", {"at_most": 15})
WAIT_PEER = Promised("relay-p99/debezium-lowlat", "ms", {"at_most": 1.0})
END_TO_END = Promised("end-to-end-p99/bare", "ms", {"at_most": 2.0})
DASHBOARD = Promised("dashboard-10m/100k", "ms", {"at_most": 2.0})
DUPLICATES = Promised("duplicates-100k-p95", "ms", {"at_most": 30})
REBUILD = Promised("rebuild-1m", "s", {"at_most": 50})
HTTP = Promised("http/bare-insert", "requests/s", {"at_least": 0.7})
MEMORY = Promised("memory-at-rest", "MB", {"at_most": 130})

MEASURES: Mapping[Callable[[Ground], AsyncIterator[Row]], Collection[Promised]] = {
    applying: (APPLY, APPLY_PEER),
    rebuilding: (REBUILD,),
    relaying: (RELAY, RELAY_DEFAULT, RELAY_TUNED),
    waiting: (WAIT, WAIT_PEER),
    reaching: (END_TO_END,),
    serving: (MEMORY, HTTP),
    recognising: (DUPLICATES,),
    reading: (DASHBOARD,),
}
NAMES = [promised.name for rows in MEASURES.values() for promised in rows]


@asynccontextmanager
async def prepared(machine: Machine, sizes: Sizes) -> AsyncIterator[Ground]:
    names = "departement-38.orientation", "metropole.admission", "mde-grenoble-nord.parcours", "metropole.reporting"
    with machine.stack(*ORGANISATIONS) as stack:
        async with AsyncExitStack() as opened:
            sites = [await opened.enter_async_context(stack.instance(name)) for name in names]
            yield Ground(stack, sizes, *sites)


async def measure(machine: Machine, sizes: Sizes, wanted: Collection[str] = ()) -> AsyncIterator[Row]:
    """The rows, as they are known; what is measured with a wanted one comes along."""
    async with prepared(machine, sizes) as ground:
        for measuring, rows in MEASURES.items():
            if not wanted or {row.name for row in rows} & set(wanted):
                async for row in measuring(ground):
                    yield row
