"""Batches of events into the fact store, set-based: one COPY per family, no statement and no object per event.

Invariant: a fact is written once, and its keys are marked as touched in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import Event
from plie_reporting.tables import AdmissionFact, Fact, OrientationFact, ParcoursFact

TABLES: Mapping[str, type[Fact]] = {
    "orientation": OrientationFact,
    "admission": AdmissionFact,
    "parcours": ParcoursFact,
}
PLACE_IN_LOG = ("writer", "partition", "position", "recorded_at", "type", "sequence")
RENAMED = {"moved_from": ("from_",), "moved_to": ("to",), "moved_on": ("transferred_on", "effective_on")}
"""Columns that do not have their field's name, and the fields that they come from."""

TOUCH = text("""
    insert into touched (orientations, participants)
    values (cast(:orientations as uuid[]), cast(:participants as uuid[]))
""")

Batch = Sequence[Received[Event]]
Fields = Mapping[str, Any]


async def apply(batch: Batch, work: UnitOfWork) -> None:
    """Keep every fact of the batch, in whatever order they come; events of other streams are no facts."""
    by_family: dict[str, list[Received[Event]]] = {}
    for received in batch:
        by_family.setdefault(received.event.FAMILY, []).append(received)
    facts = {family: by_family[family] for family in TABLES if family in by_family}
    if not facts:
        return
    await work.session.execute(TOUCH, _keys(facts))
    connection = await work.session.connection()
    database: Any = (await connection.get_raw_connection()).driver_connection
    for family, told in facts.items():
        own = _own_columns(TABLES[family])
        rows = zip(*_places(told), *_values(own, [_flat(received.event) for received in told]), strict=True)
        await database.copy_records_to_table(TABLES[family].__tablename__, columns=[*PLACE_IN_LOG, *own], records=rows)


def _keys(facts: Mapping[str, Batch]) -> dict[str, list[Any]]:
    """The orientations and the participants that these facts tell of."""
    keys: dict[str, set[Any]] = {"orientation_id": set(), "participant_id": set()}
    for told in facts.values():
        name = told[0].event.KEY
        keys[name].update([received.event.__dict__[name] for received in told])
    return {"orientations": list(keys["orientation_id"]), "participants": list(keys["participant_id"])}


def _places(told: Batch) -> Iterable[Iterable[Any]]:
    """The columns of PLACE_IN_LOG."""
    return (
        [received.writer.partition(".")[0] for received in told],
        [received.partition for received in told],
        [received.offset for received in told],
        [received.recorded_at for received in told],
        [received.event.name for received in told],
        [received.sequence for received in told],
    )


def _own_columns(table: type[Fact]) -> list[str]:
    return [column.name for column in table.__table__.columns if column.name not in PLACE_IN_LOG]


def _values(columns: Sequence[str], events: Sequence[Fields]) -> Iterable[Iterable[Any]]:
    """Each column from the field of its name; None where the event has none."""
    for column in columns:
        fields = RENAMED.get(column, (column,))
        if len(fields) == 1:
            yield [event.get(fields[0]) for event in events]
        else:
            yield [next((event[field] for field in fields if field in event), None) for event in events]


def _flat(event: Event) -> Fields:
    """The fields of an event; an orientation's parts are laid beside its own."""
    fields = event.__dict__
    if "situation" not in fields:
        return fields
    parts = vars(fields["person"]) | vars(fields["situation"])
    return {**fields, **parts, "prescriber_kind": fields["prescriber"].kind}
