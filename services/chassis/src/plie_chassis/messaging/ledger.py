"""What the inbox remembers: events taken, sequences, offsets, records held or refused. Set-based SQL only."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from plie_chassis.messaging.tables import HeldRecord, RefusedRecord

Key = tuple[str, str]
Position = tuple[str, int, int]

# Taken before all else of a transaction: whoever replaces the tables (a rebuild) waits for it, and it for them.
ENTER = text("select pg_advisory_xact_lock_shared(1347438917)")
REPLACE = text("select pg_advisory_xact_lock(1347438917)")

# One at a time takes up what was kept as unknown; one at a time works on a key that something is held of.
TAKE_UP = text("select pg_advisory_xact_lock(1347438918)")
LOCK_KEY = text("select pg_advisory_xact_lock(hashtextextended(:name, 1347438919))")

# What a batch asks by key travels as one JSON document: the driver looks twice at every element of an array.
TAKE = text("""
    with taken as (
        insert into inbox (event, digest)
        select * from unnest(cast(:events as bytea[]), cast(:digests as bytea[]))
        on conflict do nothing returning event
    )
    select event from unnest(cast(:events as bytea[])) as sent(event) except select event from taken
""")
DIGESTS = text("select event, digest from inbox where event = any(cast(:events as bytea[]))")
STANDING = text("""
    select asked.topic, asked.key, coalesce(sequence.last, 0) as last,
        exists (select from held_record held where held.topic = asked.topic and held.key = asked.key
                and held.state in ('parked', 'behind')) as parked,
        exists (select from held_record held where held.topic = asked.topic and held.key = asked.key
                and held.state = 'gap')
        or exists (select from refused_record refused where refused.topic = asked.topic and refused.key = asked.key
                and refused.sequence > coalesce(sequence.last, 0)) as waiting
    from (select topic, key from json_each(cast(:keys as json)) as of_topic(topic, keys), json_array_elements_text(keys) as key)
        as asked
    left join inbox_sequence sequence using (topic, key)
""")
ADVANCE = text("""
    insert into inbox_sequence as standing (topic, key, last)
    select topic, key, cast(last as bigint)
    from json_each(cast(:lasts as json)) as of_topic(topic, lasts), json_each_text(lasts) as reached(key, last)
    order by topic, key
    on conflict (topic, key) do update set last = greatest(standing.last, excluded.last)
""")
PASS = text("""
    insert into inbox_offset as standing (topic, partition, next)
    select * from unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:nexts as bigint[])) as new(topic, partition, next)
    order by topic, partition
    on conflict (topic, partition) do update set next = greatest(standing.next, excluded.next)
""")
DISCARDED = text("""
    select topic, partition, "offset" from discarded_record
    join unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:firsts as bigint[]), cast(:lasts as bigint[]))
        as asked(topic, partition, first, last) using (topic, partition)
    where "offset" between first and last
""")
REFUSED_BEFORE = text("""
    update refused_record set resolved_at = now(), resolution = 'corrected'
    where topic = :topic and key = :key and sequence = :sequence
    and resolved_at is null returning number
""")
FORGET = text("delete from inbox where event = :event")
REFUSED_SEQUENCE = text(
    "select exists (select from refused_record where topic = :topic and key = :key and sequence = :sequence)"
)
REFUSE = text("""
    insert into refused_record (topic, partition, "offset", key, sequence, code, path, message)
    values (:topic, :partition, :offset, :key, :sequence, :code, :path, :message)
    on conflict (topic, partition, "offset") do update
    set code = excluded.code, path = excluded.path, message = excluded.message, resolved_at = null, resolution = null
""")


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


async def take(session: AsyncSession, digests: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Remember these events and their digests; answers those known before, with the digest they had."""
    if not digests:
        return {}
    events = sorted(digests)  # two transactions never wait for each other in a ring
    repeated = await session.scalars(TAKE, {"events": events, "digests": [digests[event] for event in events]})
    known = repeated.all()
    if not known:
        return {}
    return {row.event: row.digest for row in await session.execute(DIGESTS, {"events": known})}


async def lock(session: AsyncSession, keys: Collection[Key]) -> None:
    """Wait until nobody else works on what is held of these keys, until the transaction ends."""
    for topic, key in sorted(keys):
        await session.execute(LOCK_KEY, {"name": f"{topic}\n{key}"})


async def forget(session: AsyncSession, event: bytes) -> None:
    await session.execute(FORGET, {"event": event})


async def standings(session: AsyncSession, keys: Collection[Key]) -> dict[Key, Standing]:
    by_topic: dict[str, list[str]] = {}
    for topic, key in keys:
        by_topic.setdefault(topic, []).append(key)
    rows = await session.execute(STANDING, {"keys": json.dumps(by_topic)})
    return {(topic, key): Standing(last, parked, waiting) for topic, key, last, parked, waiting in rows.all()}


async def advance(session: AsyncSession, lasts: Mapping[Key, int]) -> None:
    by_topic: dict[str, dict[str, int]] = {}
    for (topic, key), last in lasts.items():
        by_topic.setdefault(topic, {})[key] = last
    if by_topic:
        await session.execute(ADVANCE, {"lasts": json.dumps(by_topic)})


async def pass_offsets(session: AsyncSession, nexts: Mapping[tuple[str, int], int]) -> None:
    if nexts:
        topics, partitions = zip(*nexts, strict=True)
        await session.execute(PASS, {"topics": topics, "partitions": partitions, "nexts": list(nexts.values())})


async def discarded(session: AsyncSession, spans: Mapping[tuple[str, int], tuple[int, int]]) -> set[Position]:
    """The records never to be applied among those from the first to the last offset of each partition."""
    topics, partitions = zip(*spans, strict=True)
    firsts, lasts = zip(*spans.values(), strict=True)
    rows = await session.execute(
        DISCARDED, {"topics": topics, "partitions": partitions, "firsts": firsts, "lasts": lasts}
    )
    return {(topic, partition, offset) for topic, partition, offset in rows}


async def hold(session: AsyncSession, held: Sequence[HeldRecord]) -> None:
    if held:
        columns = [c.key for c in HeldRecord.__table__.columns if c.key not in {"number", "held_since", "attempts"}]
        await session.execute(
            insert(HeldRecord), [{name: getattr(record, name) for name in columns} for record in held]
        )


async def refuse(session: AsyncSession, refused: RefusedRecord) -> None:
    await session.execute(REFUSE, {name: getattr(refused, name) for name in REFUSE.compile().params})


async def corrects_a_refusal(session: AsyncSession, topic: str, key: str, sequence: int) -> bool:
    """True, and the refusal is resolved, where this sequence was refused before."""
    row = await session.execute(REFUSED_BEFORE, {"topic": topic, "key": key, "sequence": sequence})
    return row.first() is not None


async def was_refused(session: AsyncSession, topic: str, key: str, sequence: int) -> bool:
    return bool(await session.scalar(REFUSED_SEQUENCE, {"topic": topic, "key": key, "sequence": sequence}))
