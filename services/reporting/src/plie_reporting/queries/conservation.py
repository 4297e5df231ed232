"""Takes stock: both balances, what waits unattached, and how far each stream is applied."""

from collections.abc import Mapping

from sqlalchemy import text

from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.streams import FACTS
from plie_reporting import sql
from plie_reporting.derivation import settle
from plie_reporting.domain.conservation import ORIENTATIONS, PARCOURS, Conservation, Stream

EndOffsets = Mapping[tuple[str, int], int]
"""By topic and partition, as Kafka tells; empty while it cannot be asked."""

UNATTACHED = text("select family, count(*) as n from unattached group by family")


async def take_stock(ends: EndOffsets, work: UnitOfWork) -> Conservation:
    """`ends` were asked for before, and how far each stream is applied is read before it is counted: the figures hold at
    least what the streams say is applied.
    """
    topics, partitions = [topic for topic, _ in ends], [partition for _, partition in ends]
    streams = (await work.session.execute(text(sql.streams()), {"topics": topics, "partitions": partitions})).all()
    await settle(work)
    counted = (await work.session.execute(text(sql.conservation()))).one()._mapping
    unattached = {row.family: row.n for row in await work.session.execute(UNATTACHED)}
    return Conservation(
        received=counted["received"],
        orientations={name: counted[name] for name in ORIENTATIONS},
        admitted=counted["admitted"],
        parcours={name: counted[name] for name in PARCOURS},
        unattached={family: unattached.get(family, 0) for family in sorted(FACTS)},
        streams=[
            Stream(row.topic, row.partition, ends.get((row.topic, row.partition)), row.next, row.parked, row.refused)
            for row in streams
        ],
        is_derived=not counted["underway"],
    )
