"""Whether an instance does its work: database, Kafka assignment, inbox and outbox, as JSON and as Prometheus metrics."""

import asyncio
import time
from typing import Any, Literal

from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from plie_chassis.messaging import dead_letters
from plie_chassis.service import Runtime

STUCK_SECONDS = 60.0
OUTBOX_SECONDS = 60.0
START_SECONDS = 60.0

OUTBOX = text("select count(*), min(position) from (select position from outbox order by position limit 10000) pending")

Status = Literal["ok", "starting", "failing"]


class Health:
    """Judges one running instance."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._started = time.monotonic()
        self._oldest: int | None = None
        self._oldest_since = self._started

    async def report(self) -> dict[str, Any]:
        """`status` and what it follows from; `reasons` are sentences for the person on call."""
        reasons: list[str] = []
        database = await self._database(reasons)
        kafka = await self._kafka(reasons)
        if self._runtime.inbox.halted:
            reasons.append(f"Le traitement échoue pour plusieurs personnes de suite ({self._runtime.inbox.halted}).")
        if self._runtime.relay.error:
            reasons.append(f"Les événements ne partent pas vers Kafka ({self._runtime.relay.error}).")
        reasons += [
            f"Kafka refuse l’écriture sur {topic} ({error})."
            for topic, error in self._runtime.relay.open_circuits.items()
        ]
        starting = bool(reasons) and time.monotonic() - self._started < START_SECONDS
        status: Status = "ok" if not reasons else "starting" if starting else "failing"
        return {
            "status": status,
            "reasons": reasons,
            "instance": self._runtime.instance.name,
            **database,
            "kafka": kafka,
        }

    async def _database(self, reasons: list[str]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(5), self._runtime.units.begin() as work:
                held = await dead_letters.counts(work.session)
                alarming = await dead_letters.alarming(work.session)
                pending, oldest = (await work.session.execute(OUTBOX)).one()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            reasons.append(f"La base de données ne répond pas ({type(error).__name__}).")
            return {"database": "failing", "inbox": None, "outbox": None}
        if oldest != self._oldest:
            self._oldest, self._oldest_since = oldest, time.monotonic()
        age = time.monotonic() - self._oldest_since if pending else 0.0
        if age > OUTBOX_SECONDS:
            reasons.append(f"Des événements attendent d’être envoyés depuis {age:.0f} s.")
        return {
            "database": "ok",
            "inbox": {"held": held, "alarming": alarming, "halted": self._runtime.inbox.halted},
            "outbox": {"pending": pending, "waiting_seconds": round(age, 1)},
        }

    async def _kafka(self, reasons: list[str]) -> dict[str, Any]:
        consumption = self._runtime.consumption
        if consumption is None:
            error = self._runtime.consumption_error
            reasons.append(f"Rien n’est lu de Kafka ({error})." if error else "La lecture de Kafka n’a pas commencé.")
            return {"assigned": 0, "lag": None}
        assigned = consumption.assignment()
        if not assigned:
            reasons.append("Aucune partition n’est attribuée à cette instance.")
            return {"assigned": 0, "lag": None}
        try:
            async with asyncio.timeout(5):
                lag = await consumption.lag()
        except (KafkaError, TimeoutError):
            lag = None
        moved = consumption.last_taken or self._started
        if lag and time.monotonic() - moved > STUCK_SECONDS:
            reasons.append(f"{lag} enregistrements attendent et rien n’est lu depuis {time.monotonic() - moved:.0f} s.")
        if consumption.error:
            reasons.append(f"Le dernier lot n’a pas pu être pris ({consumption.error}).")
        return {"assigned": len(assigned), "lag": lag}


async def metrics(health: Health) -> bytes:
    """The report as Prometheus text."""
    report = await health.report()
    registry = CollectorRegistry()

    def gauge(name: str, what: str, value: float | None) -> None:
        if value is not None:
            Gauge(name, what, registry=registry).set(value)

    gauge("plie_up", "1 when the instance does its work", report["status"] == "ok")
    gauge("plie_database_up", "1 when the database answers", report["database"] == "ok")
    gauge("plie_kafka_assigned_partitions", "partitions held by this member", report["kafka"]["assigned"])
    gauge("plie_inbox_lag_records", "records not taken yet", report["kafka"]["lag"])
    if report["outbox"]:
        gauge("plie_outbox_pending_events", "events not acknowledged by Kafka yet", report["outbox"]["pending"])
        gauge(
            "plie_outbox_waiting_seconds", "how long the outbox has not been empty", report["outbox"]["waiting_seconds"]
        )
    if report["inbox"]:
        held = Gauge("plie_inbox_held_records", "records kept aside, by state", ["state"], registry=registry)
        for state, count in report["inbox"]["held"].items():
            held.labels(state).set(count)
        gauge("plie_inbox_alarming_records", "records that wait for someone", report["inbox"]["alarming"])
    return generate_latest(registry)
