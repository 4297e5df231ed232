"""The store is made anew from the streams while pages go on, and says the same."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from plie_chassis.messaging import ledger
from plie_chassis.messaging.kafka import Connection, end_offsets, partitions_of, reader
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.service import Runtime
from plie_contracts import records
from plie_deploy.testing import Declare, Declared, NewDatabase, eventually
from plie_deploy.testing.instances import runtime_of
from plie_reporting import rebuild_part
from plie_reporting.app import LOG_ENDS, SERVICE
from plie_reporting.domain.statistics import Question
from plie_reporting.queries import conservation, statistics
from plie_reporting.rebuild import PARTS, AlreadyRebuilding, PartEnded, Progress, rebuild

BETWEEN_PAGES = 0.2
"""Seconds: who reads without a pause holds the store's tables for nearly all of the time, and the switch gives way."""
Publish = Callable[[Sequence[Received[Any]]], Awaitable[None]]


@pytest.fixture
def declared(declare: Declare) -> Declared:
    return declare("departement-38", "metropole", "mde-grenoble-nord")


@pytest.fixture
async def publish(kafka: Any, declared: Declared) -> AsyncIterator[Publish]:
    """Sends facts as their writers do, each with its own rights."""
    async with AsyncExitStack() as open_:
        producers: dict[str, AIOKafkaProducer] = {}

        async def producer_of(writer: str) -> AIOKafkaProducer:
            if writer not in producers:
                producer = Connection(kafka.bootstrap_servers, writer, declared.passwords[writer]).new_producer()
                open_.push_async_callback(producer.stop)
                await producer.start()
                producers[writer] = producer
            return producers[writer]

        async def send(told: Sequence[Received[Any]]) -> None:
            sent = []
            for received in told:
                event = received.event
                headers = records.headers(
                    event,
                    id=received.id,
                    source=received.source,
                    sequence=received.sequence,
                    time=received.recorded_at,
                    traceparent=None,
                )
                producer = await producer_of(received.writer)
                sent.append(
                    await producer.send(received.topic, records.encode(event), event.key().encode(), headers=headers)
                )
            await asyncio.gather(*sent)

        yield send


@pytest.fixture
async def runtime(kafka: Any, declared: Declared, database: NewDatabase, schema: Any) -> AsyncIterator[Runtime]:
    """The reporting instance, consuming."""
    async with runtime_of(SERVICE, kafka, declared, "metropole", await database(schema)).running() as running:
        yield running


@pytest.fixture
def lives(told: Any, declared: Declared) -> Any:
    """Tells `number` lives of people of Grenoble."""

    def tell(number: int) -> None:
        for index in range(number):
            person = told.person(
                prescriber=declared.name("departement-38"),
                clas=declared.name("metropole"),
                maison=declared.name("mde-grenoble-nord"),
            )
            person.received("2026-01-10", person={"commune_insee": "38185"}).admitted("2026-01-20").opened("2026-01-21")
            for day in range(10, 10 + index % 7):
                person.contact(f"2026-02-{day}")
            if index % 3 == 0:
                person.ended("2026-03-01")

    return tell


async def seen(runtime: Runtime) -> Any:
    question = Question(date(2026, 1, 1), date(2026, 12, 31), date(2026, 3, 10), group_by="month")
    async with runtime.units.begin() as work:
        return await statistics.answer(question, work)


async def stock(runtime: Runtime, ends: Any) -> Any:
    async with runtime.units.begin() as work:
        return await conservation.take_stock(ends, work)


async def everything_taken(runtime: Runtime) -> Any:
    async def settled() -> Any:
        ends = await LOG_ENDS.read()
        found = await stock(runtime, ends)
        return found if ends and found.is_settled else None

    return await eventually(settled, within=30)


async def store_id(runtime: Runtime) -> int:
    async with runtime.units.begin() as work:
        return int(await work.session.scalar(text("select cast('journey' as regclass) :: oid")) or 0)


async def indexes(runtime: Runtime) -> Sequence[Any]:
    asked = text("select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2")
    async with runtime.units.begin() as work:
        return (await work.session.execute(asked)).all()


async def test_a_rebuilt_store_says_the_same_and_goes_on(runtime, publish, lives, told):
    lives(20)
    await publish(told.facts)
    await everything_taken(runtime)
    before, store, indexed = await seen(runtime), await store_id(runtime), await indexes(runtime)
    said: list[Progress] = []

    done = await rebuild(runtime, said.append)

    assert await indexes(runtime) == indexed

    assert done.read == done.whole == len(told.facts)
    assert [progress.read for progress in said] == sorted({progress.read for progress in said})
    assert said[-1] == done
    assert await store_id(runtime) != store
    assert await seen(runtime) == before
    so_far = len(told.facts)
    lives(3)
    await publish(told.facts[so_far:])
    after = await everything_taken(runtime)
    assert (after.received, after.orientations_balance, after.parcours_balance) == (23, True, True)


async def test_pages_answer_and_consumption_goes_on_during_a_rebuild(runtime, publish, lives, told):
    lives(30)
    await publish(told.facts)
    await everything_taken(runtime)
    so_far, over, answers = len(told.facts), asyncio.Event(), 0
    lives(30)

    async def visit() -> None:
        nonlocal answers
        while not over.is_set():
            await seen(runtime)
            answers += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), BETWEEN_PAGES)

    async def tell_on() -> None:
        for start in range(so_far, len(told.facts), 10):
            await publish(told.facts[start : start + 10])

    visitor = asyncio.create_task(visit())
    await asyncio.gather(rebuild(runtime, lambda progress: None), tell_on())
    over.set()
    await visitor

    found = await everything_taken(runtime)
    assert answers
    assert (found.received, found.orientations_balance, found.parcours_balance) == (60, True, True)


async def test_the_switch_gives_way_to_a_page_that_reads_and_makes_no_other_wait(runtime, publish, lives, told):
    lives(3)
    await publish(told.facts)
    await everything_taken(runtime)
    store = await store_id(runtime)
    async with runtime.engine.connect() as page:
        await page.execute(text("select count(*) from journey"))
        rebuilding = asyncio.create_task(rebuild(runtime, lambda progress: None))
        await eventually(lambda: waits_for_a_lock(runtime), within=30)
        await asyncio.wait_for(seen(runtime), 5)
        assert not rebuilding.done()
    await asyncio.wait_for(rebuilding, 30)

    assert await store_id(runtime) != store


async def waits_for_a_lock(runtime: Runtime) -> bool:
    async with runtime.engine.connect() as other:
        asked = text("select exists (select from pg_locks where not granted and locktype = 'relation')")
        return bool(await other.scalar(asked))


async def test_what_was_damaged_in_the_store_is_whole_again(runtime, publish, lives, told):
    lives(10)
    await publish(told.facts)
    await everything_taken(runtime)
    before = await seen(runtime)
    async with runtime.units.begin() as work:
        for table in ("parcours_fact", "counted", "journey"):
            await work.session.execute(text(f"delete from {table}"))

    await rebuild(runtime, lambda progress: None)

    assert await seen(runtime) == before


async def test_a_discarded_record_stays_discarded(runtime, publish, lives, told):
    lives(5)
    contact = next(fact for fact in told.facts if fact.event.name == "ContactLogged")
    await publish(told.facts)
    await everything_taken(runtime)
    async with runtime.units.begin() as work:
        place = (
            await work.session.execute(
                text("select partition, position from parcours_fact where contact_id = :id"),
                {"id": contact.event.contact_id},
            )
        ).one()
        await work.session.execute(
            text('insert into discarded_record (topic, partition, "offset", reason) values (:t, :p, :o, :r)'),
            {"t": contact.topic, "p": place.partition, "o": place.position, "r": "essai"},
        )
    before = total(await seen(runtime), "contacts.total")

    await rebuild(runtime, lambda progress: None)

    assert total(await seen(runtime), "contacts.total") == before - 1


def total(results: Any, code: str) -> Any:
    return next(result.total.value for result in results if result.figure.code == code)


async def test_a_part_that_dies_fails_the_rebuild_and_leaves_the_old_store(runtime, publish, lives, told):
    lives(3)
    await publish(told.facts)
    await everything_taken(runtime)
    before, store = await seen(runtime), await store_id(runtime)
    async with nothing_taken(runtime):
        rebuilding = asyncio.create_task(rebuild(runtime, lambda progress: None))
        await eventually(lambda: all_parts_wait(runtime), within=60)
        parts()[0].kill()
        with pytest.raises(PartEnded):
            await asyncio.wait_for(rebuilding, 10)

        assert not parts()
    assert (await store_id(runtime), await seen(runtime)) == (store, before)


async def test_a_rebuild_that_is_broken_off_leaves_no_part_at_work(runtime, publish, lives, told):
    lives(3)
    await publish(told.facts)
    await everything_taken(runtime)
    store = await store_id(runtime)
    async with nothing_taken(runtime):
        rebuilding = asyncio.create_task(rebuild(runtime, lambda progress: None))
        await eventually(lambda: all_parts_wait(runtime), within=60)
        rebuilding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(rebuilding, 10)

        assert not parts()
    assert await store_id(runtime) == store


async def test_a_part_ends_when_nobody_is_left_who_started_it(runtime, publish, lives, told):
    lives(3)
    await publish(told.facts)
    async with reader(runtime.connection) as consumer:
        ends = await end_offsets(consumer, partitions_of(runtime.declaration, runtime.topics))
    await everything_taken(runtime)
    async with nothing_taken(runtime):
        part = await asyncio.create_subprocess_exec(sys.executable, "-m", rebuild_part.__name__, stdin=PIPE)
        part.stdin.write(rebuild_part.order(runtime.settings, ends))
        await eventually(lambda: waiting_parts(runtime), within=60)
        part.stdin.close()

        assert await asyncio.wait_for(part.wait(), 10)


@asynccontextmanager
async def nothing_taken(runtime: Runtime) -> AsyncIterator[None]:
    """Whoever takes records waits, as for a switch, until the block ends."""
    async with runtime.engine.begin() as connection:
        await connection.exec_driver_sql(ledger.REPLACE)
        yield


async def waiting_parts(runtime: Runtime) -> int:
    async with runtime.engine.connect() as other:
        asked = text("""
            select count(*) from pg_locks join pg_database on pg_database.oid = database
            where not granted and objid = 1347438917 and datname = current_database()
        """)
        return int(await other.scalar(asked) or 0)


async def all_parts_wait(runtime: Runtime) -> bool:
    return await waiting_parts(runtime) == PARTS


def parts() -> Sequence[psutil.Process]:
    return [process for process in psutil.Process().children() if rebuild_part.__name__ in process.cmdline()]


async def test_one_rebuild_at_a_time(runtime):
    async with runtime.engine.connect() as other:
        await other.execute(text("select pg_advisory_lock(1347438920)"))
        with pytest.raises(AlreadyRebuilding):
            await rebuild(runtime, lambda progress: None)
