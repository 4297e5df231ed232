"""Orientation → visible in statistics, at a steady rate, beside a bare produce → consume → commit.

Who writes and who reads are two processes, as they are two organisations.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from plie_chassis.calendar import PARIS
from plie_chassis.ids import new_id
from plie_chassis.messaging.relay import Relay
from plie_chassis.unit_of_work import Units
from plie_contracts import records
from plie_contracts.events import OrientationReceived

from .pace import at_rate
from .rows import percentile
from .stack import Site, Stack
from .visible import watching

WARM_UP_SECONDS = 2.0

Send = Callable[[OrientationReceived], Awaitable[object]]


@dataclass(frozen=True)
class Journey:
    """Orientations of one instance, `rate` a second."""

    stack: Stack
    prescriber: Site
    reporting: Site
    clas: str
    rate: int
    seconds: float

    async def ours(self) -> float:
        """p99 in milliseconds: from the beginning of the transaction to the end of reporting's."""
        relay = Relay(self.prescriber.engine, self.prescriber.source, self.prescriber.connection.new_producer)
        units = Units(
            self.prescriber.engine, self.prescriber.instance, self.prescriber.units.declaration, wake=relay.wake
        )
        relaying = asyncio.create_task(relay.run())

        async def send(event: OrientationReceived) -> None:
            async with units.begin() as work:
                work.emit(event)

        try:
            return await self._p99("ours", send)
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying

    async def bare(self) -> float:
        """The same from produce to commit."""
        async with self.prescriber.connection.new_producer() as producer:

            async def send(event: OrientationReceived) -> None:
                headers = records.headers(
                    event,
                    id=str(new_id()),
                    source=self.prescriber.source,
                    sequence=1,
                    time=datetime.now(PARIS),
                    traceparent=None,
                )
                value, key = records.encode(event), event.key().encode()
                await producer.send(self.prescriber.facts_topic, value, key, headers=headers)

            return await self._p99("bare", send)

    async def _p99(self, how: str, send: Send) -> float:
        lengths = min(WARM_UP_SECONDS, self.seconds), self.seconds
        counts = [int(self.rate * seconds) for seconds in lengths]
        begun: dict[str, float] = {}

        async def act() -> None:
            event = orientation(self.clas)
            begun[event.key()] = time.time()
            await send(event)

        environment = self.stack.environment(self.reporting, port=0)
        async with watching(how, self.prescriber.facts_topic, counts, environment) as committed:
            for seconds in lengths:
                begun.clear()
                await at_rate(self.rate, seconds, act)
                seen = await committed()
        return percentile([seen[key] - at for key, at in begun.items()], 0.99) * 1000


def orientation(clas: str) -> OrientationReceived:
    """Of somebody new."""
    person = {"age": 42, "sex": "F", "commune_insee": "38185", "qpv_resident": False, "education_level": 2}
    situation = {
        "employment": "unemployed",
        "unemployed_months": 20,
        "rsa_recipient": True,
        "first_time_jobseeker": False,
        "entering_iae": False,
    }
    return OrientationReceived.model_validate(
        {
            "orientation_id": new_id(),
            "addressed_to": clas,
            "received_at": datetime.now(PARIS),
            "prescriber": {"kind": "DEPT"},
            "person": person,
            "situation": situation,
            "barriers": ("mobilite", "numerique"),
            "adhesion": True,
            "continuity": False,
        },
        strict=False,
    )
