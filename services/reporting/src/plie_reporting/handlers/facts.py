"""Batches of events into the fact store, set-based: one COPY per family, no statement and no object per event.

Invariant: a fact is written once, and its keys are marked as touched in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Any
from uuid import UUID

from plie_chassis.database import driver_of
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import Event, OrientationReceived
from plie_reporting.tables import AdmissionFact, Fact, OrientationFact, ParcoursFact

TABLES: Mapping[str, type[Fact]] = {
    "orientation": OrientationFact,
    "admission": AdmissionFact,
    "parcours": ParcoursFact,
}
PLACE_IN_LOG = ("writer", "partition", "position", "recorded_at", "type", "sequence")
RENAMED = {"moved_from": ("from_",), "moved_to": ("to",), "moved_on": ("transferred_on", "effective_on")}
"""Columns that do not have their field's name, and the fields that they come from."""

TOUCH = "insert into touched (orientations, participants) values ($1::uuid[], $2::uuid[])"

Batch = Sequence[Received[Event]]


async def apply(batch: Batch, work: UnitOfWork) -> None:
    """Keep every fact of the batch, in whatever order they come; events of other streams are no facts."""
    by_type: dict[type[Event], list[Received[Event]]] = {}
    for received in batch:
        by_type.setdefault(type(received.event), []).append(received)
    facts = {kind: told for kind, told in by_type.items() if kind.FAMILY in TABLES}
    if not facts:
        return
    driver = await driver_of(work.connection)
    await driver.execute(TOUCH, _keys(facts, "orientation_id"), _keys(facts, "participant_id"))
    for family, table in TABLES.items():
        rows = [_rows(kind, told) for kind, told in facts.items() if family == kind.FAMILY]
        if rows:
            await driver.copy_records_to_table(
                table.__tablename__, columns=[*PLACE_IN_LOG, *_own_columns(table)], records=chain.from_iterable(rows)
            )


def _keys(facts: Mapping[type[Event], Batch], name: str) -> list[UUID]:
    """What these facts tell of, among orientations or participants."""
    return list(
        {received.event.__dict__[name] for kind, told in facts.items() if name == kind.KEY for received in told}
    )


def _rows(kind: type[Event], told: Batch) -> Iterable[tuple[Any, ...]]:
    """A row for each of these events of one type: its place in the log, then each column from the field of its name."""
    events = [received.event.__dict__ for received in told]
    if issubclass(kind, OrientationReceived):
        events = [
            {**event, **vars(event["person"]), **vars(event["situation"]), "prescriber_kind": event["prescriber"].kind}
            for event in events
        ]
    return zip(
        [received.writer.partition(".")[0] for received in told],
        [received.partition for received in told],
        [received.offset for received in told],
        [received.recorded_at for received in told],
        repeat(kind.name),
        [received.sequence for received in told],
        *([event[field] for event in events] if field in events[0] else repeat(None) for field in _fields(kind)),
        strict=False,
    )


@cache
def _fields(kind: type[Event]) -> Sequence[str]:
    """The field that each column comes from."""
    columns = _own_columns(TABLES[kind.FAMILY])
    return [
        next((field for field in RENAMED.get(column, ()) if field in kind.model_fields), column) for column in columns
    ]


@cache
def _own_columns(table: type[Fact]) -> Sequence[str]:
    return [column.name for column in table.__table__.columns if column.name not in PLACE_IN_LOG]
