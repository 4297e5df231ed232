"""Orientation → visible in statistics, at a steady rate, beside a bare produce → consume → commit."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer

from plie_chassis.calendar import PARIS
from plie_chassis.ids import new_id
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Consumption
from plie_chassis.messaging.readings import RawRecord
from plie_chassis.messaging.relay import Relay
from plie_chassis.unit_of_work import Units
from plie_contracts import records
from plie_contracts.events import OrientationReceived
from plie_reporting.subscriptions import SUBSCRIPTIONS

from .pace import at_rate
from .rows import percentile
from .stack import Site

WARM_UP_SECONDS = 2.0
WITHIN_SECONDS = 30.0
TABLE = "create table if not exists bare_event (id text primary key, value bytea not null)"
INSERT = "insert into bare_event select * from unnest($1::text[], $2::bytea[]) on conflict do nothing"

Send = Callable[[OrientationReceived], Awaitable[object]]


class Seen(Inbox):
    """Notes when each key was committed to the store: a figure read from then on counts it."""

    def __init__(self, units: Units, at: dict[str, float]) -> None:
        super().__init__(units, SUBSCRIPTIONS)
        self._at = at

    async def take(self, batch: Sequence[RawRecord]) -> None:
        await super().take(batch)
        now = time.perf_counter()
        self._at |= {record.key.decode(): now for record in batch if record.key}


@dataclass(frozen=True)
class Journey:
    """Orientations of one instance, `rate` a second; each is due to the other by what carries it, in one process."""

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
        seen: dict[str, float] = {}
        topics = [self.prescriber.facts_topic]
        inbox = Seen(self.reporting.units, seen)
        consumption = Consumption(self.reporting.connection, self.reporting.instance.name, topics, inbox)
        relaying = asyncio.create_task(relay.run())

        async def send(event: OrientationReceived) -> None:
            async with units.begin() as work:
                work.emit(event)

        await consumption.start()
        try:
            return await self._p99(send, seen)
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying
            await consumption.stop()

    async def bare(self) -> float:
        """The same from produce to commit."""
        topic, seen = self.prescriber.facts_topic, dict[str, float]()
        consumer = AIOKafkaConsumer(
            topic,
            **self.reporting.connection.client_options(),
            group_id=self.reporting.instance.name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        async with (
            self.prescriber.connection.new_producer() as producer,
            consumer,
            self.reporting.database() as database,
        ):
            await database.execute(TABLE)

            async def consume() -> None:
                while True:
                    fetched = await consumer.getmany(timeout_ms=1000, max_records=500)
                    batch = [record for records_ in fetched.values() for record in records_]
                    if batch:
                        keys = [record.key.decode() for record in batch]
                        await database.execute(INSERT, keys, [r.value for r in batch])
                        now = time.perf_counter()
                        seen.update(dict.fromkeys(keys, now))
                        await consumer.commit()

            async def send(event: OrientationReceived) -> None:
                headers = records.headers(
                    event,
                    id=str(new_id()),
                    source=self.prescriber.source,
                    sequence=1,
                    time=datetime.now(PARIS),
                    traceparent=None,
                )
                await producer.send(topic, records.encode(event), event.key().encode(), headers=headers)

            consuming = asyncio.create_task(consume())
            try:
                return await self._p99(send, seen)
            finally:
                consuming.cancel()
                with suppress(asyncio.CancelledError):
                    await consuming

    async def _p99(self, send: Send, seen: dict[str, float]) -> float:
        begun: dict[str, float] = {}

        async def act() -> None:
            event = orientation(self.clas)
            begun[event.key()] = time.perf_counter()
            await send(event)

        await at_rate(self.rate, min(WARM_UP_SECONDS, self.seconds), act)
        await self._all(begun, seen)
        begun.clear()
        await at_rate(self.rate, self.seconds, act)
        await self._all(begun, seen)
        return percentile([seen[key] - at for key, at in begun.items()], 0.99) * 1000

    async def _all(self, begun: dict[str, float], seen: dict[str, float]) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            while not begun.keys() <= seen.keys():  # noqa: ASYNC110 (looking costs less than telling)
                await asyncio.sleep(0.02)


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
