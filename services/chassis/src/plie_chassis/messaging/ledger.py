"""What the inbox remembers: events taken, sequences, offsets, records held or refused. Set-based SQL only, by the driver."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from plie_chassis.database import Driver, driver_of
from plie_chassis.messaging.tables import HeldRecord, RefusedRecord

Key = tuple[str, str]
Position = tuple[str, int, int]

# Taken before all else of a transaction: whoever replaces the tables (a rebuild) waits for it, and it for them.
ENTER = "select pg_advisory_xact_lock_shared(1347438917)"
REPLACE = "select pg_advisory_xact_lock(1347438917)"

# One at a time takes up what was kept as unknown; one at a time works on a key that something is held of.
TAKE_UP = "select pg_advisory_xact_lock(1347438918)"
LOCK_KEY = "select pg_advisory_xact_lock(hashtextextended($1, 1347438919))"

# What a batch asks by key travels as one JSON document: the driver looks twice at every element of an array.
TAKE = """
    with taken as (
        insert into inbox (event, digest)
        select * from unnest($1::bytea[], $2::bytea[])
        on conflict do nothing returning event
    )
    select event from unnest($1::bytea[]) as sent(event) except select event from taken
"""
DIGESTS = "select event, digest from inbox where event = any($1::bytea[])"
# Each key by the index: the planner takes any document for thousands of keys, and would read all sequences for one.
STANDING = """
    select asked.topic, asked.key, coalesce(sequence.last, 0) as last,
        exists (select from held_record held where held.topic = asked.topic and held.key = asked.key
                and held.state in ('parked', 'behind')) as parked,
        exists (select from held_record held where held.topic = asked.topic and held.key = asked.key
                and held.state = 'gap')
        or exists (select from refused_record refused where refused.topic = asked.topic and refused.key = asked.key
                and refused.sequence > coalesce(sequence.last, 0)) as waiting
    from (select topic, key from json_each($1::json) as of_topic(topic, keys), json_array_elements_text(keys) as key)
        as asked
    left join lateral (
        select last from inbox_sequence where (topic, key) = (asked.topic, asked.key) limit 1
    ) as sequence on true
"""
ADVANCE = """
    insert into inbox_sequence as standing (topic, key, last)
    select topic, key, last::bigint
    from json_each($1::json) as of_topic(topic, lasts), json_each_text(lasts) as reached(key, last)
    order by topic, key
    on conflict (topic, key) do update set last = greatest(standing.last, excluded.last)
"""
OFFSETS = """
    insert into inbox_offset as standing (topic, partition, next)
    select * from unnest($1::text[], $2::int[], $3::bigint[]) as new(topic, partition, next)
    order by topic, partition
    on conflict (topic, partition) do update set next = greatest(standing.next, excluded.next)
"""
DISCARDED = 'select topic, partition, "offset" from discarded_record where topic = any($1::text[])'
REFUSED_BEFORE = """
    update refused_record set resolved_at = now(), resolution = 'corrected'
    where topic = $1 and key = $2 and sequence = $3
    and resolved_at is null returning number
"""
FORGET = "delete from inbox where event = $1"
REFUSED_SEQUENCE = "select exists (select from refused_record where topic = $1 and key = $2 and sequence = $3)"
REFUSE = """
    insert into refused_record as known (topic, partition, "offset", key, sequence, code, path, message)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (topic, partition, "offset") do update
    set code = excluded.code, path = excluded.path, message = excluded.message, resolved_at = null, resolution = null
    where (known.code, known.path) is distinct from (excluded.code, excluded.path)
    returning number
"""

LEAVE_OUT = """
    insert into refused_record (topic, partition, "offset", key, sequence, code, message, resolved_at, resolution)
    values ($1, $2, $3, $4, $5, 'discarded', 'écarté par une décision antérieure', now(), 'discarded')
    on conflict do nothing
"""


def event_of(source: str, id_: str) -> bytes:
    """What stands for (source, ce_id) in `inbox`."""
    return blake2b(f"{source}\n{id_}".encode(), digest_size=16).digest()


def digest(value: bytes | None) -> bytes:
    return blake2b(value or b"", digest_size=16).digest()


@dataclass(slots=True)
class Standing:
    """Where a (topic, key) stands: its last contiguous sequence, and what is held of it."""

    last: int = 0
    parked: bool = False
    waiting: bool = False


async def enter(connection: AsyncConnection) -> Driver:
    """Begin to take records; whoever replaces these tables waits until the transaction ends."""
    await connection.exec_driver_sql(ENTER)
    return await driver_of(connection)


async def take(driver: Driver, digests: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Remember these events and their digests; answers those known before, with the digest they had."""
    if not digests:
        return {}
    events = sorted(digests)  # two transactions never wait for each other in a ring
    known = await driver.fetch(TAKE, events, [digests[event] for event in events])
    if not known:
        return {}
    return dict(await driver.fetch(DIGESTS, [event for (event,) in known]))


async def lock(driver: Driver, keys: Collection[Key]) -> None:
    """Wait until nobody else works on what is held of these keys, until the transaction ends."""
    for topic, key in sorted(keys):
        await driver.execute(LOCK_KEY, f"{topic}\n{key}")


async def forget(driver: Driver, event: bytes) -> None:
    await driver.execute(FORGET, event)


async def standings(driver: Driver, keys: Collection[Key]) -> dict[Key, Standing]:
    by_topic: dict[str, list[str]] = {}
    for topic, key in keys:
        by_topic.setdefault(topic, []).append(key)
    rows = await driver.fetch(STANDING, json.dumps(by_topic))
    return {(topic, key): Standing(last, parked, waiting) for topic, key, last, parked, waiting in rows}


async def advance(driver: Driver, lasts: Mapping[Key, int]) -> None:
    by_topic: dict[str, dict[str, int]] = {}
    for (topic, key), last in lasts.items():
        by_topic.setdefault(topic, {})[key] = last
    if by_topic:
        await driver.execute(ADVANCE, json.dumps(by_topic))


async def pass_offsets(driver: Driver, nexts: Mapping[tuple[str, int], int]) -> None:
    if nexts:
        topics, partitions = zip(*nexts, strict=True)
        await driver.execute(OFFSETS, topics, partitions, list(nexts.values()))


async def discarded(driver: Driver, topics: Collection[str]) -> set[Position]:
    """The records of these topics that are never to be applied: few, for each was somebody's decision."""
    return {(topic, partition, offset) for topic, partition, offset in await driver.fetch(DISCARDED, list(topics))}


async def hold(connection: AsyncConnection, held: Sequence[HeldRecord]) -> None:
    if held:
        columns = [c.key for c in HeldRecord.__table__.columns if c.key not in {"number", "held_since", "attempts"}]
        await connection.execute(
            insert(HeldRecord), [{name: getattr(record, name) for name in columns} for record in held]
        )


async def refuse(driver: Driver, refused: RefusedRecord) -> bool:
    """False where this was said before, and whatever was settled about it stays so."""
    said = await driver.fetchval(
        REFUSE,
        *(refused.topic, refused.partition, refused.offset, refused.key, refused.sequence),
        *(refused.code, refused.path, refused.message),
    )
    return said is not None


async def leave_out(driver: Driver, position: Position, key: str, sequence: int) -> None:
    """Remember that a record takes its place in the sequence without being applied."""
    await driver.execute(LEAVE_OUT, *position, key, sequence)


async def corrects_a_refusal(driver: Driver, topic: str, key: str, sequence: int) -> bool:
    """True, and the refusal is resolved, where this sequence was refused before."""
    return await driver.fetchrow(REFUSED_BEFORE, topic, key, sequence) is not None


async def was_refused(driver: Driver, topic: str, key: str, sequence: int) -> bool:
    return bool(await driver.fetchval(REFUSED_SEQUENCE, topic, key, sequence))
