"""The transactional outbox: events are written with the state they tell of, in one transaction.

Invariant: sequences of a (topic, key) are 1..n without a gap, in the order of commits, and rows stand in that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Entry:
    id: UUID
    topic: str
    key: str
    type: str
    value: bytes
    time: datetime
    traceparent: str | None


# The counter rows are locked in (topic, key) order, so that two transactions never wait for each other in a ring;
# a row's position is drawn while its counter is locked, so that positions follow sequences.
WRITE = text("""
    with entry as (
        select * from unnest(
            cast(:ids as uuid[]), cast(:topics as text[]), cast(:keys as text[]), cast(:types as text[]),
            cast(:values as bytea[]), cast(:times as timestamptz[]), cast(:traceparents as text[])
        ) with ordinality as entry(id, topic, key, type, value, time, traceparent, rank)
    ), counted as (
        insert into outbox_counter as counter (topic, key, last)
        select topic, key, count(*) from entry group by topic, key order by topic, key
        on conflict (topic, key) do update set last = counter.last + excluded.last
        returning topic, key, last
    )
    insert into outbox (id, topic, key, sequence, type, value, time, traceparent)
    select id, topic, key,
           last - count(*) over (partition by topic, key) + row_number() over (partition by topic, key order by rank),
           type, value, time, traceparent
    from entry join counted using (topic, key)
    order by rank
""")


async def write(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Write the events of the session's transaction, in one statement."""
    if not entries:
        return
    await session.execute(
        WRITE,
        {
            "ids": [entry.id for entry in entries],
            "topics": [entry.topic for entry in entries],
            "keys": [entry.key for entry in entries],
            "types": [entry.type for entry in entries],
            "values": [entry.value for entry in entries],
            "times": [entry.time for entry in entries],
            "traceparents": [entry.traceparent for entry in entries],
        },
    )
