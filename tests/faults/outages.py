"""The broker and the database server: killed, stopped as in a crash, or without room on their disk."""

import asyncio
from collections.abc import Callable

from plie_chassis.messaging.relay import AcknowledgementTimeout

from .proxy import Weather
from .round import Fault, NotInjected, Round
from .servers import SERVICES, Disk, Servers
from .world import Member, until

WRITERS = ("orientation", "admission", "parcours")
TIMES = 5
PATIENCE = 1.0
"""Of the processes in an outage that outlasts it: the product's own is longer than a round."""

OUTLASTED_WITHIN = 40.0


async def kill_the_broker(round_: Round) -> None:
    kafka = round_.world.servers.kafka
    round_.live()
    for _ in range(TIMES):
        await asyncio.sleep(round_.rng.uniform(0.2, 2.0))
        await asyncio.to_thread(kafka.kill)
        await asyncio.sleep(round_.rng.uniform(0, 1.0))
        await asyncio.to_thread(kafka.start)


async def stop_postgres_at_once(round_: Round) -> None:
    postgres = round_.world.servers.postgres
    round_.live()
    for _ in range(2):
        await asyncio.sleep(round_.rng.uniform(0.3, 2.0))
        await asyncio.to_thread(postgres.stop_immediately)
        await asyncio.sleep(round_.rng.uniform(0, 2.0))
        await asyncio.to_thread(postgres.start)


async def stall_the_broker(round_: Round) -> None:
    """It answers nothing for a while and closes no connection, as a machine that swaps."""
    kafka = round_.world.servers.kafka
    round_.live()
    await asyncio.sleep(round_.rng.uniform(0.3, 1.0))
    kafka.pause()
    await asyncio.sleep(round_.rng.uniform(2.0, 5.0))
    kafka.resume()


async def outlast_the_patience_for_postgres(round_: Round) -> None:
    """One reader's database is away for longer than it tries: it hands its batch back, and gets it again."""
    member = round_.member(*SERVICES)
    await round_.restart(member, patience=PATIENCE)
    await until(lambda: _is_well(member), OUTLASTED_WITHIN)  # it consumes
    before = member.said("batch not taken")
    member.postgres.change(Weather(cut=True))
    round_.live(round_.person(way="kafka", fate="admit"))
    try:
        if not await until(lambda: _goes_on(round_, [member], "batch not taken", before), OUTLASTED_WITHIN, pause=0.2):
            raise NotInjected(f"{member.service} handed no batch back")
        await asyncio.sleep(round_.rng.uniform(0, 8.0))  # healed before or after it gets the batch again
    finally:
        member.postgres.heal()
    round_.note(f"{member.service} handed {member.said('batch not taken') - before} batches back")
    await asyncio.wait(round_.lives, timeout=60)
    await round_.restart(member)


async def outlast_the_patience_for_the_broker(round_: Round) -> None:
    """No acknowledgement comes in time: what was sent is sent again by another producer, and the first may arrive as well."""
    kafka, writers = round_.world.servers.kafka, [round_.world[service] for service in WRITERS]
    for member in writers:
        await round_.restart(member, patience=PATIENCE)
    given_up = AcknowledgementTimeout.__name__
    before = sum(member.said(given_up) for member in writers)
    first = round_.person(way="http", fate="admit")
    await first.oriented()
    await round_.driver.seen(round_.world["admission"], f"/files/{first.orientation_id}", "external_reference")
    round_.live(first)
    await asyncio.sleep(round_.rng.uniform(0.3, 1.0))
    kafka.pause()
    try:
        await until(lambda: _goes_on(round_, writers, given_up, before), OUTLASTED_WITHIN / 2, pause=0.2)
        await asyncio.sleep(round_.rng.uniform(0, 5.0))
    finally:
        kafka.resume()
    await asyncio.wait(round_.lives, timeout=60)
    for member in writers:
        await round_.restart(member)
    times = sum(member.said(given_up) for member in writers) - before
    if not times:
        raise NotInjected("every acknowledgement came in time")
    round_.note(f"{times} times no acknowledgement in time")


async def _is_well(member: Member) -> bool:
    return await member.health() == "ok"


async def _goes_on(round_: Round, members: list[Member], words: str, before: int) -> bool:
    """Others set out, when all have arrived, until these members say so once more."""
    if round_.lives and all(life.done() for life in round_.lives):
        round_.live()
    return sum(member.said(words) for member in members) > before


async def fill_the_disk_of_postgres(round_: Round) -> None:
    servers = round_.world.servers
    round_.live()
    await _full_for_a_while(round_, servers.postgres_disk)
    if not servers.postgres.is_running():
        round_.note("PostgreSQL ended and was started again")
        await asyncio.to_thread(servers.postgres.start)


async def fill_the_disk_of_kafka(round_: Round) -> None:
    servers = round_.world.servers
    round_.live()
    await _full_for_a_while(round_, servers.kafka_disk)
    if not servers.kafka.is_running():
        round_.note("Kafka ended and was started again")
    await asyncio.to_thread(servers.kafka.kill)  # a log directory that failed once stays out of use
    await asyncio.to_thread(servers.kafka.start)


async def _full_for_a_while(round_: Round, disk: Disk) -> None:
    await asyncio.sleep(round_.rng.uniform(0.3, 1.5))
    await asyncio.to_thread(disk.fill)
    await asyncio.sleep(round_.rng.uniform(2.0, 4.0))
    disk.make_room()


SLOW_COMMITS = """
    create function commit_slowly() returns trigger language plpgsql as $$
        begin perform pg_sleep(random() * 0.4); return null; end $$;
    create constraint trigger commit_slowly after insert on outbox deferrable initially deferred
        for each row execute function commit_slowly();
"""


async def commit_slowly(round_: Round) -> None:
    """Commits take their time, each its own: events are committed in another order than that of their positions."""
    member = round_.member("orientation", "admission", "parcours")
    async with round_.world.database(member.service) as connection:
        await connection.execute(SLOW_COMMITS)
    round_.live()
    await asyncio.wait(round_.lives, timeout=30)
    async with round_.world.database(member.service) as connection:
        await connection.execute("drop function commit_slowly cascade")
    # Whoever comes afterwards shows what was passed over: until then it might be late.
    round_.lives.append(asyncio.create_task(round_.person(fate="admit").run()))


def _no_small(disk: Callable[[Servers], Disk]) -> Callable[[Servers], str]:
    return lambda servers: "" if disk(servers).is_small else "no small file system may be mounted here"


FAULTS = (
    Fault("broker-kill", kill_the_broker),
    Fault("broker-stall", stall_the_broker),
    Fault("broker-stall/long", outlast_the_patience_for_the_broker),
    Fault("postgres-stop", stop_postgres_at_once),
    Fault("postgres-away", outlast_the_patience_for_postgres),
    Fault("slow-commits", commit_slowly, people=12),
    Fault("disk-full/postgres", fill_the_disk_of_postgres, _no_small(lambda servers: servers.postgres_disk)),
    Fault("disk-full/kafka", fill_the_disk_of_kafka, _no_small(lambda servers: servers.kafka_disk)),
)
