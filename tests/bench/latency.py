"""Commit → consumable: how long after its commit an event can be read by somebody else, at a steady rate."""

import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from plie_chassis.ids import new_id
from plie_chassis.messaging.relay import Relay
from plie_chassis.unit_of_work import Units
from plie_contracts.events import ContactLogged

from .rows import Row, percentile
from .stack import Site

WARM_UP_SECONDS = 2.0


@dataclass
class CommitToConsumable:
    """An instance that commits one contact at a time, `rate` a second, and relays; `reader` listens in another process."""

    site: Site
    reader: Site
    rate: int
    seconds: float

    async def row(self) -> Row:
        relay = Relay(self.site.engine, self.site.source, self.site.connection.new_producer)
        units = Units(self.site.engine, self.site.instance, self.site.units.declaration, wake=relay.wake)
        relaying = asyncio.create_task(relay.run())
        try:
            await self._commit(units, min(WARM_UP_SECONDS, self.seconds))
            delays = await self._delays(units)
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying
        p99 = percentile(delays, 0.99) * 1000
        return Row("relay-p99/commit-consumable", round(p99, 1), "ms", None, None, {"at_most": 15})

    async def _delays(self, units: Units) -> list[float]:
        asked = {
            "connection": asdict(self.reader.connection),
            "topic": self.site.facts_topic,
            "partitions": 6,
            "count": int(self.rate * self.seconds),
        }
        probe = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"{__package__}.probe", json.dumps(asked), stdout=asyncio.subprocess.PIPE, limit=2**24
        )
        assert probe.stdout is not None
        try:
            assert (await probe.stdout.readline()).strip() == b"ready"
            committed = await self._commit(units, self.seconds)
            seen = json.loads(await asyncio.wait_for(probe.stdout.readline(), 30))
        finally:
            with suppress(ProcessLookupError):
                probe.kill()
            await probe.wait()
        return [seen[str(event)] - at for event, at in committed.items()]

    async def _commit(self, units: Units, seconds: float) -> dict[UUID, float]:
        """When each commit returned, by the ce_id of its event; each begins at its own time, whatever the others do."""
        committed: dict[UUID, float] = {}

        async def commit() -> None:
            async with units.begin() as work:
                event = work.emit(contact(new_id()))
            committed[event] = time.time()

        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(int(self.rate * seconds)):
                await asyncio.sleep(started + number / self.rate - time.monotonic())
                group.create_task(commit())
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
