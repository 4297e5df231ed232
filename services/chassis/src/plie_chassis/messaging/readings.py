"""Records as they come from Kafka or from what was kept of them, and what the contract says of each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from plie_chassis.messaging import ledger
from plie_chassis.messaging.ledger import Position
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.messaging.tables import HeldRecord
from plie_contracts import records, streams
from plie_contracts.records import Accepted, Tombstone, Unknown
from plie_contracts.refusals import Refused

LONGEST_KEY = 200
LATEST_MS = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1000)


class RawRecord(Protocol):
    """A record as aiokafka hands it over; `timestamp` in milliseconds."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


@dataclass(slots=True)
class Reading:
    """A record and what the contract says of it.

    `event` stands for its (source, ce_id), where it has one; `corrects` a record refused before under its sequence.
    """

    raw: RawRecord
    outcome: Accepted | Refused | Unknown | Tombstone
    key: str | None
    event: bytes | None
    digest: bytes
    sequence: int | None
    corrects: bool = False


def read(raw: RawRecord) -> Reading:
    outcome = records.read(cast(records.Record, raw))
    event, sequence = None, None
    if not isinstance(outcome, Tombstone):
        sequence = outcome.sequence
        if outcome.source is not None and outcome.id is not None:
            event = ledger.event_of(outcome.source, outcome.id)
    return Reading(raw, outcome, key_of(raw), event, ledger.digest(raw.value), sequence)


def key_of(raw: RawRecord) -> str | None:
    """None for a key that no table can hold."""
    try:
        key = raw.key.decode() if raw.key is not None else None
    except UnicodeDecodeError:
        return None
    return None if key is None or "\0" in key or len(key) > LONGEST_KEY else key


def received(reading: Reading, accepted: Accepted) -> Received[Any]:
    raw = reading.raw
    return Received(
        accepted.event,
        accepted.id,
        accepted.source,
        accepted.writer,
        accepted.sequence,
        raw.topic,
        raw.partition,
        raw.offset,
        recorded_at(raw),
    )


def recorded_at(raw: RawRecord) -> datetime:
    """When the broker says it was written; a writer's own clock may say anything, of which the nearest date is kept."""
    return datetime.fromtimestamp(min(max(raw.timestamp, 0), LATEST_MS) / 1000, UTC)


def position_of(raw: RawRecord) -> Position:
    return raw.topic, raw.partition, raw.offset


def spans_of(readings: Sequence[Reading]) -> dict[tuple[str, int], tuple[int, int]]:
    """The first and the last offset of each partition."""
    spans: dict[tuple[str, int], tuple[int, int]] = {}
    for reading in readings:
        topic, partition, offset = position_of(reading.raw)
        first, last = spans.get((topic, partition), (offset, offset))
        spans[topic, partition] = min(first, offset), max(last, offset)
    return spans


@dataclass(frozen=True, slots=True)
class _StoredRecord:
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def kept(reading: Reading, state: str, error: str | None) -> HeldRecord:
    """The record with its bytes, to be applied later."""
    raw = reading.raw
    return HeldRecord(
        state=state,
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        key=reading.key or "",
        sequence=reading.sequence,
        type=getattr(reading.outcome, "type", ""),
        value=raw.value or b"",
        header_names=[name.replace("\0", "\N{REPLACEMENT CHARACTER}") for name, _ in raw.headers],
        header_values=[value for _, value in raw.headers],
        recorded_at=recorded_at(raw),
        error=error,
    )


def raw_of(held: HeldRecord) -> RawRecord:
    """The record as it came, from the bytes that were kept."""
    return _StoredRecord(
        topic=held.topic,
        partition=held.partition,
        offset=held.offset,
        timestamp=int(held.recorded_at.timestamp() * 1000),
        key=held.key.encode(),
        value=held.value,
        headers=list(zip(held.header_names, held.header_values, strict=True)),
    )


def family_of(topic: str) -> str:
    parsed = streams.parse_topic(topic)
    return parsed.family if parsed else ""
