"""What the inbox remembers: events taken, sequences, offsets, records held or refused. Set-based SQL only."""

from collections.abc import Collection, Iterable, Sequence
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

TAKE = text("""
    insert into inbox (source, id, digest)
    select * from unnest(cast(:sources as text[]), cast(:ids as text[]), cast(:digests as bytea[]))
    on conflict do nothing returning source, id
""")
DIGESTS = text("""
    select source, id, digest from inbox
    join unnest(cast(:sources as text[]), cast(:ids as text[])) as asked(source, id) using (source, id)
""")
STANDING = text("""
    select asked.topic, asked.key, coalesce(sequence.last, 0) as last,
        exists (select from held_record held where held.topic = asked.topic and held.key = asked.key
                and held.state in ('parked', 'behind')) as parked,
        exists (select from held_record held where held.topic = asked.topic and held.key = asked.key
                and held.state = 'gap')
        or exists (select from refused_record refused where refused.topic = asked.topic and refused.key = asked.key
                and refused.sequence > coalesce(sequence.last, 0)) as waiting
    from unnest(cast(:topics as text[]), cast(:keys as text[])) as asked(topic, key)
    left join inbox_sequence sequence using (topic, key)
""")
ADVANCE = text("""
    insert into inbox_sequence as standing (topic, key, last)
    select * from unnest(cast(:topics as text[]), cast(:keys as text[]), cast(:lasts as bigint[])) as new(topic, key, last)
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
    join unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:offsets as bigint[]))
        as asked(topic, partition, "offset") using (topic, partition, "offset")
""")
REFUSED_BEFORE = text("""
    update refused_record set resolved_at = now(), resolution = 'corrected'
    where topic = :topic and key = :key and sequence = :sequence
    and (resolved_at is null or resolution = 'replayed') returning number
""")
FORGET = text("delete from inbox where source = :source and id = :id")
REFUSED_SEQUENCE = text(
    "select exists (select from refused_record where topic = :topic and key = :key and sequence = :sequence)"
)
REFUSE = text("""
    insert into refused_record (topic, partition, "offset", key, sequence, code, path, message)
    values (:topic, :partition, :offset, :key, :sequence, :code, :path, :message)
    on conflict (topic, partition, "offset") do update
    set code = excluded.code, path = excluded.path, message = excluded.message, resolved_at = null, resolution = null
""")


def digest(value: bytes | None) -> bytes:
    return blake2b(value or b"", digest_size=16).digest()


@dataclass(slots=True)
class Standing:
    """Where a (topic, key) stands: its last contiguous sequence, and what is held of it."""

    last: int = 0
    parked: bool = False
    waiting: bool = False


async def take(session: AsyncSession, events: Sequence[tuple[str, str, bytes]]) -> set[tuple[str, str]]:
    """Remember (source, id, digest); answers those that were not known yet."""
    if not events:
        return set()
    sources, ids, digests = zip(*events, strict=True)
    rows = await session.execute(TAKE, {"sources": sources, "ids": ids, "digests": digests})
    return {(source, id_) for source, id_ in rows}


async def forget(session: AsyncSession, source: str, id_: str) -> None:
    await session.execute(FORGET, {"source": source, "id": id_})


async def digests(session: AsyncSession, events: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    asked = list(events)
    rows = await session.execute(
        DIGESTS, {"sources": [source for source, _ in asked], "ids": [id_ for _, id_ in asked]}
    )
    return {(source, id_): known for source, id_, known in rows}


async def standings(session: AsyncSession, keys: Collection[Key]) -> dict[Key, Standing]:
    if not keys:
        return {}
    topics, names = zip(*keys, strict=True)
    rows = await session.execute(STANDING, {"topics": topics, "keys": names})
    return {(topic, key): Standing(last, parked, waiting) for topic, key, last, parked, waiting in rows}


async def advance(session: AsyncSession, lasts: dict[Key, int]) -> None:
    if lasts:
        topics, keys = zip(*lasts, strict=True)
        await session.execute(ADVANCE, {"topics": topics, "keys": keys, "lasts": list(lasts.values())})


async def pass_offsets(session: AsyncSession, nexts: dict[tuple[str, int], int]) -> None:
    if nexts:
        topics, partitions = zip(*nexts, strict=True)
        await session.execute(PASS, {"topics": topics, "partitions": partitions, "nexts": list(nexts.values())})


async def discarded(session: AsyncSession, positions: Sequence[Position]) -> set[Position]:
    topics, partitions, offsets = zip(*positions, strict=True)
    rows = await session.execute(DISCARDED, {"topics": topics, "partitions": partitions, "offsets": offsets})
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
