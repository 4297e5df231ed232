"""The transactional outbox: events are written with the state they tell of, in one transaction.

Invariant: sequences of a (topic, key) are 1..n without a gap, in the order of commits, and rows stand in that order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plie_chassis.database import driver_of


class Entry(NamedTuple):
    id: UUID
    topic: str
    key: str
    type: str
    value: bytes
    time: datetime
    traceparent: str | None


# The counter rows are locked in (topic, key) order, so that two transactions never wait for each other in a ring;
# a row's position is drawn while its counter is locked, so that positions follow sequences.
WRITE = """
    with entry as (
        select * from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[], $7::text[]
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
"""


LAST = "select last from outbox_counter where topic = $1 and key = $2"


async def last_sequence(connection: AsyncConnection, topic: str, key: str) -> int:
    """Of what the connection's transaction has written or can see; 0 before the first."""
    driver = await driver_of(connection)
    return await driver.fetchval(LAST, topic, key) or 0


async def write(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Write the events of the connection's transaction, in one statement."""
    if not entries:
        return
    driver = await driver_of(connection)
    await driver.execute(WRITE, *map(list, zip(*entries, strict=True)))
