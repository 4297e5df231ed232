"""Batches of events into the fact store, set-based: one COPY per family, no statement per event.

Invariant: a fact is written once, and its keys are marked as touched in the same transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import Event
from sqlalchemy import text

from plie_reporting.tables import AdmissionFact, Fact, OrientationFact, ParcoursFact

TOUCH = text("""
    insert into touched (orientations, participants)
    values (cast(:orientations as uuid[]), cast(:participants as uuid[]))
""")

IN_LOG = ("writer", "partition", "position", "recorded_at", "type", "sequence")

Fields = Mapping[str, Any]
Columns = Sequence[Iterable[Any]]


async def apply(batch: Sequence[Received[Event]], work: UnitOfWork) -> None:
    """Keep every fact of the batch, in whatever order and of whatever type; other streams carry no fact."""
    by_family: dict[str, list[Received[Event]]] = {}
    for received in batch:
        by_family.setdefault(received.event.FAMILY, []).append(received)
    touched: dict[str, set[Any]] = {"orientation_id": set(), "participant_id": set()}
    facts = [
        (family, by_family[family], [r.event.__dict__ for r in by_family[family]])
        for family in FIELDS
        if family in by_family
    ]
    for _, received, fields in facts:
        key = received[0].event.KEY
        touched[key].update([each[key] for each in fields])
    if not facts:
        return
    await work.session.execute(
        TOUCH, {"orientations": list(touched["orientation_id"]), "participants": list(touched["participant_id"])}
    )
    connection = await work.session.connection()
    database: Any = (await connection.get_raw_connection()).driver_connection
    for family, received, fields in facts:
        table, columns = FIELDS[family]
        rows = zip(*_place_in_log(received), *columns(fields), strict=True)
        await database.copy_records_to_table(table.__tablename__, columns=[*IN_LOG, *_own_columns(table)], records=rows)


def _place_in_log(batch: Sequence[Received[Event]]) -> Columns:
    """The columns `IN_LOG`."""
    return (
        [received.writer.partition(".")[0] for received in batch],
        [received.partition for received in batch],
        [received.offset for received in batch],
        [received.recorded_at for received in batch],
        [received.event.name for received in batch],
        [received.sequence for received in batch],
    )


def _own_columns(table: type[Fact]) -> list[str]:
    return [column.name for column in table.__table__.columns if column.name not in IN_LOG]


def _by_name(
    table: type[Fact], renamed: Mapping[str, Sequence[str]] | None = None
) -> Callable[[Sequence[Fields]], Columns]:
    """Each column from the field of its name; a column of `renamed` from the first of those fields that the event has."""
    sources = [(renamed or {}).get(name, (name,)) for name in _own_columns(table)]

    def columns(events: Sequence[Fields]) -> Columns:
        return [
            [event.get(names[0]) for event in events] if len(names) == 1 else [_first(event, names) for event in events]
            for names in sources
        ]

    return columns


def _first(event: Fields, names: Sequence[str]) -> Any:
    return next((event[name] for name in names if name in event), None)


def _of_orientation(events: Sequence[Fields]) -> Columns:
    """Orientation facts group their fields: the columns come from the event or from one of its parts."""
    flat = [
        {
            **event,
            **(
                vars(event["person"]) | vars(event["situation"]) | {"prescriber_kind": event["prescriber"].kind}
                if "person" in event
                else {}
            ),
        }
        for event in events
    ]
    return _by_name(OrientationFact)(flat)


FIELDS: Mapping[str, tuple[type[Fact], Callable[[Sequence[Fields]], Columns]]] = {
    "orientation": (OrientationFact, _of_orientation),
    "admission": (
        AdmissionFact,
        _by_name(
            AdmissionFact,
            {"moved_from": ("from_",), "moved_to": ("to",), "moved_on": ("transferred_on", "effective_on")},
        ),
    ),
    "parcours": (ParcoursFact, _by_name(ParcoursFact)),
}
