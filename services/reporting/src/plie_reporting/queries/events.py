"""The events behind a figure, or those that wait unattached: a page at a time, pseudonymous."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.streams import facts_topic
from plie_reporting import sql
from plie_reporting.derivation import derived, settle
from plie_reporting.domain.figures import Figure
from plie_reporting.domain.statistics import Question
from plie_reporting.queries.statistics import parameters


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of events ends; `on` is None among those that count for nothing yet."""

    on: date | None
    writer: str
    partition: int
    position: int


@dataclass(frozen=True, slots=True)
class FactSeen:
    """An event as a reader may see it: who wrote what about which key, and where its log holds it.

    `on` is the day it counts for; `reason` says why it counts for nothing.
    """

    type: str
    subject_id: UUID
    writer: str
    topic: str
    partition: int
    offset: int
    recorded_at: datetime
    on: date | None = None
    reason: str | None = None

    @property
    def place(self) -> Place:
        return Place(self.on, self.writer, self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class BehindFigure:
    """Asks for the events that a figure stands on; with a grouping, those of one `cell`."""

    figure: Figure
    question: Question
    cell: str | None
    limit: int
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class WaitingUnattached:
    family: str
    limit: int
    after: Place | None = None


async def behind(asked: BehindFigure, work: UnitOfWork) -> Sequence[FactSeen]:
    """Newest day first; one more than `limit` where there is a next page."""
    question = asked.question
    tables = await derived(work, question.as_known_at)
    of_active = asked.figure.of == ("parcours.active",)
    codes = ["parcours.entered"] if of_active else [*asked.figure.of, *asked.figure.over]
    grouping = question.group_by if asked.cell is not None else None
    query = sql.events(tables, question.filters, grouping, of_active=of_active)
    given = {
        **parameters(question, months_are_kept=False),
        "codes": codes,
        "cell": asked.cell,
        "limit": asked.limit + 1,
    }
    rows = await work.session.execute(text(query), {**given, **_after(asked.after)})
    return [_seen(row, on=row.on_date) for row in rows]


async def unattached(asked: WaitingUnattached, work: UnitOfWork) -> Sequence[FactSeen]:
    """In the order of their logs; one more than `limit` where there is a next page."""
    await settle(work)
    given = {"family": asked.family, "limit": asked.limit + 1, **_after(asked.after)}
    rows = await work.session.execute(text(sql.unattached_events()), given)
    return [_seen(row, reason=row.reason) for row in rows]


def _after(place: Place | None) -> dict[str, Any]:
    return {
        "after_date": place and place.on,
        "after_writer": place and place.writer,
        "after_partition": place and place.partition,
        "after_position": place and place.position,
    }


def _seen(row: Any, *, on: date | None = None, reason: str | None = None) -> FactSeen:
    return FactSeen(
        type=row.type,
        subject_id=row.subject_id,
        writer=row.writer,
        topic=facts_topic(row.family, row.writer),
        partition=row.partition,
        offset=row.position,
        recorded_at=row.recorded_at,
        on=on,
        reason=reason,
    )
