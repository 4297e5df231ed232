"""Commit → consumable: how long after its commit an event can be read by somebody else, at a steady rate."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.ids import new_id
from plie_chassis.messaging.relay import Relay
from plie_chassis.unit_of_work import Units
from plie_contracts.events import ContactLogged

from .pace import at_rate
from .probe import watching
from .rows import percentile
from .stack import Site

PARTITIONS = 6
WARM_UP_SECONDS = 2.0


@dataclass
class CommitToConsumable:
    """An instance that commits one contact at a time, `rate` a second, and relays; `reader` listens in another process."""

    site: Site
    reader: Site
    rate: int
    seconds: float

    async def p99(self) -> float:
        """In milliseconds."""
        relay = Relay(self.site.engine, self.site.source, self.site.connection.new_producer)
        units = Units(self.site.engine, self.site.instance, self.site.units.declaration, wake=relay.wake)
        relaying = asyncio.create_task(relay.run())
        try:
            await self._commit(units, min(WARM_UP_SECONDS, self.seconds))
            async with watching(
                self.reader.connection, self.site.facts_topic, PARTITIONS, int(self.rate * self.seconds)
            ) as seen:
                committed = await self._commit(units, self.seconds)
                at = await seen()
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying
        return percentile([at[str(event)] - then for event, then in committed.items()], 0.99) * 1000

    async def _commit(self, units: Units, seconds: float) -> dict[UUID, float]:
        """When each commit returned, by the ce_id of its event."""
        committed: dict[UUID, float] = {}

        async def commit() -> None:
            async with units.begin() as work:
                event = work.emit(contact(new_id()))
            committed[event] = time.time()

        await at_rate(self.rate, seconds, commit)
        return committed


def contact(participant_id: UUID) -> ContactLogged:
    return ContactLogged(
        participant_id=participant_id,
        contact_id=new_id(),
        occurred_on=date(2026, 3, 10),
        medium="telephone",
        outcome="honore",
        duration_minutes=30,
        referent_id="ref-03",
        stage="accompaniment",
        first_interview=False,
    )
