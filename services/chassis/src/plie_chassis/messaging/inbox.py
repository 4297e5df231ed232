"""The inbox: events take effect once, in the order of their key, and one bad record lets everyone else through.

Invariant: an event's effect, its (source, ce_id), its sequence and its offset are committed together or not at all.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import select

from plie_chassis.crashpoints import crashpoint
from plie_chassis.database import Driver, driver_of, is_database_away
from plie_chassis.messaging import ledger
from plie_chassis.messaging.ledger import Key, Standing
from plie_chassis.messaging.readings import (
    RawRecord,
    Reading,
    family_of,
    kept,
    position_of,
    raw_of,
    read,
    received,
    spans_of,
)
from plie_chassis.messaging.subscriptions import Received, Subscriptions
from plie_chassis.messaging.tables import HeldRecord, RefusedRecord
from plie_chassis.trace import tracing
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts import streams
from plie_contracts.events import Event, RecordRefused
from plie_contracts.records import Accepted, Tombstone, Unknown
from plie_contracts.refusals import Refused
from plie_contracts.streams import FACTS

log = structlog.get_logger()

SNAPSHOTS = frozenset({"identity", "fse"})
FAILING_KEYS_THAT_HALT = 3


class HandlersFailing(Exception):
    """Handlers failed on several keys in a row: the deployment is at fault, not the records."""


class Verdict(StrEnum):
    """What became of one record."""

    APPLIED = "applied"
    REFUSED = "refused"
    PARKED = "parked"
    PASSED = "passed"


class Inbox:
    """Takes batches of records into one instance's database."""

    def __init__(self, units: Units, subscriptions: Subscriptions, *, announce_refusals: bool = True) -> None:
        self._units = units
        self._subscriptions = subscriptions
        self._announce_refusals = announce_refusals
        self._failing: defaultdict[type[Event], set[Key]] = defaultdict(set)
        self.halted: str | None = None

    async def take(self, batch: Sequence[RawRecord]) -> None:
        """Apply a batch in one transaction; where that fails, record by record under savepoints.

        Raises HandlersFailing, or the database's error where it is away: nothing is taken then.
        """
        readings = [read(raw) for raw in batch]
        try:
            async with self._units.begin() as work:
                await _Intake(self, work, isolated=False).take(readings)
        except Exception as error:
            if is_database_away(error):
                raise
            async with self._units.begin() as work:
                await _Intake(self, work, isolated=True).take(readings)
        self.halted = None
        crashpoint("inbox-committed")

    async def take_up_unknown(self) -> int:
        """Apply records kept as unknown whose type this release knows; answers how many."""
        async with self._units.begin() as work:
            return await _Intake(self, work, isolated=True).take_up_unknown()

    async def resume(self, work: UnitOfWork, topic: str, key: str, *, past_gap: bool = False) -> int:
        """Take up what is held of this key, in order, until a handler fails; answers how many were applied."""
        return await _Intake(self, work, isolated=True).resume(topic, key, past_gap=past_gap)

    async def judge_again(self, work: UnitOfWork, raw: RawRecord) -> Verdict:
        """Take a record that was refused before, as if it came for the first time."""
        reading = read(raw)
        if reading.event:
            await ledger.forget(await driver_of(work.connection), reading.event)
        intake = _Intake(self, work, isolated=True)
        await intake.take([reading])
        return intake.verdict

    async def apply(self, batch: Sequence[Received[Any]], work: UnitOfWork) -> None:
        await self._subscriptions.apply(batch, work)

    def succeeded(self, *applied: Received[Any]) -> None:
        for one in applied:
            self._failing.pop(type(one.event), None)

    def failed(self, failed: Received[Any], key: Key, error: str) -> None:
        """Count a handler's failure. Raises HandlersFailing when it fails for too many keys in a row.

        Each event has its own count: what other handlers do meanwhile says nothing of this one.
        """
        failing = self._failing[type(failed.event)]
        failing.add(key)
        if len(failing) >= FAILING_KEYS_THAT_HALT:
            failing.remove(key)
            self.halted = error
            log.error("handlers failing, nothing more is taken", error=error)
            raise HandlersFailing(error)

    @property
    def announces_refusals(self) -> bool:
        return self._announce_refusals


class _Intake:
    """One batch on its way into the tables, within one unit of work."""

    def __init__(self, inbox: Inbox, work: UnitOfWork, *, isolated: bool) -> None:
        self.inbox = inbox
        self.work = work
        self.session = work.session
        self.driver: Driver
        self.isolated = isolated
        self.due: list[Received[Any]] = []
        self.held: list[HeldRecord] = []
        self.standings: dict[Key, Standing] = {}
        self.lasts: dict[Key, int] = {}
        self.verdict = Verdict.PASSED

    async def take(self, readings: Sequence[Reading]) -> None:
        self.driver = await ledger.enter(self.work.connection)
        crashpoint("inbox-polled")
        spans = spans_of(readings)
        discarded = await ledger.discarded(self.driver, {topic for topic, _ in spans})
        digests = {reading.event: reading.digest for reading in reversed(readings) if reading.event}
        known = await ledger.take(self.driver, digests)
        keys = {(reading.raw.topic, reading.key) for reading in readings if reading.key is not None}
        self.standings = await ledger.standings(self.driver, keys)
        troubled = [key for key, standing in self.standings.items() if standing.parked or standing.waiting]
        if troubled:
            await ledger.lock(self.driver, troubled)
            self.standings |= await ledger.standings(self.driver, troubled)
        crashpoint("inbox-noted")
        for reading in readings:
            is_discarded = bool(discarded) and position_of(reading.raw) in discarded
            if reading.event is None:
                if not is_discarded:
                    await self._take_unidentified(reading)
            elif reading.event not in known:
                known[reading.event] = reading.digest
                await self._take_fresh(reading, discarded=is_discarded)
            elif reading.digest != known[reading.event]:
                await self._take_reused(reading, discarded=is_discarded)
        if self.due:
            await self.inbox.apply(self.due, self.work)
            self.inbox.succeeded(*self.due)
        crashpoint("inbox-applied")
        await ledger.hold(self.work.connection, self.held)
        await ledger.advance(self.driver, self.lasts)
        for key, standing in self.standings.items():
            if standing.waiting:
                await self._fill_gap(key, standing)
        await ledger.pass_offsets(self.driver, {partition: last + 1 for partition, (_, last) in spans.items()})

    async def _take_unidentified(self, reading: Reading) -> None:
        if isinstance(reading.outcome, Refused):
            await self._refuse(reading, reading.outcome)

    async def _take_reused(self, reading: Reading, *, discarded: bool) -> None:
        if discarded:
            return await self._leave_out(reading)
        refusal = Refused("envelope.id-reused", "ce_id", "cet identifiant porte déjà un autre contenu")
        await self._refuse(reading, refusal)
        return self._count(reading)

    async def _take_fresh(self, reading: Reading, *, discarded: bool) -> None:
        if reading.key is None or isinstance(reading.outcome, Tombstone):
            return await self._take_unidentified(reading)
        topic, key, sequence = reading.raw.topic, reading.key, reading.sequence
        standing = self.standings[topic, key]
        if discarded:
            return await self._leave_out(reading)
        if isinstance(reading.outcome, Refused):
            await self._refuse(reading, reading.outcome)
            return self._count(reading)
        if standing.parked:
            return self._hold(reading, "behind")
        if not await self._is_its_turn(reading, standing):
            return None
        if isinstance(reading.outcome, Unknown):
            self._hold(reading, "unknown")
            verdict = Verdict.PASSED
        else:
            verdict = self.verdict = await self.attempt(reading)
        if verdict is Verdict.PARKED:
            standing.parked = True
        elif sequence is not None and (verdict is not Verdict.REFUSED or family_of(topic) in FACTS):
            # A snapshot that a handler refused may come again under its sequence.
            standing.last = self.lasts[topic, key] = max(standing.last, sequence)
        return None

    async def _is_its_turn(self, reading: Reading, standing: Standing) -> bool:
        """Facts are taken in an unbroken sequence; of snapshots only a newer one counts; the rest as it comes."""
        topic, key, sequence = reading.raw.topic, reading.key or "", reading.sequence
        family = family_of(topic)
        if sequence is None or family not in FACTS:
            return sequence is None or family not in SNAPSHOTS or sequence > standing.last
        if sequence > standing.last + 1:
            standing.waiting = True
            self._hold(reading, "gap")
            return False
        if sequence <= standing.last:
            reading.corrects = await ledger.corrects_a_refusal(self.driver, topic, key, sequence)
        if sequence == standing.last + 1 or reading.corrects:
            return True
        taken = f"la séquence {sequence} a déjà été prise par un autre événement"
        await self._refuse(reading, Refused("envelope.invalid", "ce_sequence", taken))
        return False

    async def _leave_out(self, reading: Reading) -> None:
        """What was discarded is told to nobody; what comes behind it finds it where it is looked for to close a gap."""
        if reading.key is not None and reading.sequence is not None:
            await ledger.leave_out(self.driver, position_of(reading.raw), reading.key, reading.sequence)
        self._count(reading)

    def _count(self, reading: Reading) -> None:
        """A record that is not applied takes its place in the sequence all the same."""
        topic, key, sequence = reading.raw.topic, reading.key, reading.sequence
        if key is None or sequence is None or family_of(topic) not in FACTS:
            return
        standing = self.standings[topic, key]
        if sequence == standing.last + 1 and not standing.parked:
            standing.last = self.lasts[topic, key] = sequence
        elif sequence > standing.last:
            standing.waiting = True

    async def attempt(self, reading: Reading, held: HeldRecord | None = None) -> Verdict:
        """Apply one accepted event: it is applied, refused by its handler, or parked where the handler failed."""
        accepted = reading.outcome
        if not isinstance(accepted, Accepted):
            raise TypeError("only an accepted event can be applied")
        if not self.isolated:
            self.due.append(received(reading, accepted))
            return Verdict.APPLIED
        key, one = (reading.raw.topic, reading.key or ""), received(reading, accepted)
        emitted_before = len(self.work.emitted)
        try:
            with tracing(accepted.traceparent):
                async with self.work.savepoint():
                    await self.inbox.apply([one], self.work)
                    await self.session.flush()
        except Refused as refusal:
            del self.work.emitted[emitted_before:]
            await self._refuse(reading, refusal)
            return Verdict.REFUSED
        except Exception as error:
            if is_database_away(error):
                raise
            del self.work.emitted[emitted_before:]
            self.inbox.failed(one, key, type(error).__name__)
            log.exception("record parked", topic=key[0], partition=reading.raw.partition, offset=reading.raw.offset)
            explanation = explain(error)
            if held is None:
                self._hold(reading, "parked", explanation)
            else:
                held.state, held.error, held.attempts = "parked", explanation, held.attempts + 1
            return Verdict.PARKED
        self.inbox.succeeded(one)
        return Verdict.APPLIED

    def _hold(self, reading: Reading, state: str, error: str | None = None) -> None:
        self.held.append(kept(reading, state, error))

    async def _refuse(self, reading: Reading, refusal: Refused) -> None:
        raw, self.verdict = reading.raw, Verdict.REFUSED
        is_news = await ledger.refuse(
            self.driver,
            RefusedRecord(
                topic=raw.topic,
                partition=raw.partition,
                offset=raw.offset,
                key=reading.key,
                sequence=reading.sequence if self._takes_its_place(reading) else None,
                code=refusal.code,
                path=refusal.path,
                message=refusal.message,
            ),
        )
        if not is_news:
            return
        log.warning(
            "record refused",
            topic=raw.topic,
            partition=raw.partition,
            offset=raw.offset,
            code=refusal.code,
            path=refusal.path,
        )
        topic = streams.parse_topic(raw.topic)
        if topic is None or topic.family == "dead-letter" or not self.inbox.announces_refusals:
            return
        self.work.emit(
            RecordRefused(
                topic=raw.topic,
                partition=raw.partition,
                offset=raw.offset,
                code=refusal.code,
                path=refusal.path,
                refused_at=self.work.now,
            ),
            to=topic.writer,
        )

    def _takes_its_place(self, reading: Reading) -> bool:
        """Whether the sequence of a refused record was still free: only then may a correction come under it."""
        standing = self.standings.get((reading.raw.topic, reading.key or ""))
        sequence = reading.sequence
        return sequence is not None and (reading.corrects or standing is None or sequence > standing.last)

    async def take_up_unknown(self) -> int:
        self.driver = await ledger.enter(self.work.connection)
        await self.driver.execute(ledger.TAKE_UP)
        rows = await self.session.scalars(
            select(HeldRecord)
            .where(HeldRecord.state == "unknown")
            .order_by(HeldRecord.topic, HeldRecord.partition, HeldRecord.offset)
        )
        taken = 0
        for held in rows.all():
            reading = read(raw_of(held))
            if isinstance(reading.outcome, Accepted) and await self.attempt(reading, held) is not Verdict.PARKED:
                await self.session.delete(held)
                taken += 1
        return taken

    async def resume(self, topic: str, key: str, *, past_gap: bool) -> int:
        self.driver = await ledger.enter(self.work.connection)
        await ledger.lock(self.driver, [(topic, key)])
        before = await self._held_of(topic, key)
        self.standings = await ledger.standings(self.driver, [(topic, key)])
        standing = self.standings[topic, key]
        standing.parked = False
        for held in before:
            if held.state == "gap" or standing.parked:
                continue
            if family_of(topic) in FACTS and held.sequence is not None and held.sequence > standing.last + 1:
                held.state = "gap"
                continue
            await self._take_held(held, standing)
        waiting = [held.sequence for held in await self._held_of(topic, key) if held.state == "gap" and held.sequence]
        if past_gap and waiting:
            standing.last = max(standing.last, min(waiting) - 1)
        await self._fill_gap((topic, key), standing)
        return len(before) - len(await self._held_of(topic, key))

    async def _held_of(self, topic: str, key: str) -> list[HeldRecord]:
        rows = await self.session.scalars(
            select(HeldRecord)
            .where(HeldRecord.topic == topic, HeldRecord.key == key, HeldRecord.state != "unknown")
            .order_by(HeldRecord.offset)
        )
        return list(rows)

    async def _fill_gap(self, key: Key, standing: Standing) -> None:
        """Go on from the last sequence over what was held or refused behind a gap."""
        topic, name = key
        while not standing.parked:
            following = standing.last + 1
            held = await self.session.scalar(
                select(HeldRecord).where(
                    HeldRecord.topic == topic,
                    HeldRecord.key == name,
                    HeldRecord.state == "gap",
                    HeldRecord.sequence == following,
                )
            )
            if held is not None:
                await self._take_held(held, standing)
            elif await ledger.was_refused(self.driver, topic, name, following):
                standing.last = following
            else:
                break
        await ledger.advance(self.driver, {key: standing.last})

    async def _take_held(self, held: HeldRecord, standing: Standing) -> None:
        isolated, self.isolated = self.isolated, True
        reading = read(raw_of(held))
        if isinstance(reading.outcome, Unknown):
            held.state = "unknown"
        elif isinstance(reading.outcome, Accepted) and await self.attempt(reading, held) is Verdict.PARKED:
            standing.parked = True
        else:
            if isinstance(reading.outcome, Refused):
                await self._refuse(reading, reading.outcome)
            await self.session.delete(held)
        if not standing.parked and held.sequence is not None:
            standing.last = max(standing.last, held.sequence)
        self.isolated = isolated
        await self.session.flush()


def explain(error: BaseException) -> str:
    """Type and place of a handler's failure; its message may quote a person's data and stays out."""
    traceback = error.__traceback__
    place = ""
    while traceback is not None:
        place = f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"
        if place.startswith("plie_") and not place.startswith("plie_chassis"):
            break
        traceback = traceback.tb_next
    return f"{type(error).__name__} ({place})"
