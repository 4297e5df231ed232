"""What the API answers."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from plie_chassis.calendar import PARIS
from plie_reporting.domain.conservation import Conservation
from plie_reporting.domain.statistics import Question, Result, Value
from plie_reporting.queries.events import FactSeen
from plie_reporting.web.asking import Asked

Number = int | float


class CellView(BaseModel):
    key: str
    value: Number | None
    suppressed: bool


class FigureView(BaseModel):
    """`value` is null when there is nothing to divide by, or `suppressed`. Shares are in %, delays in days."""

    code: str
    label: str
    unit: str
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    n: int | None
    q1: Number | None
    q3: Number | None
    suppressed: bool
    events_url: str | None
    cells: list[CellView]


class StatisticsView(BaseModel):
    """`period` has `from` and `to`, both included; `partial_months` are those that it cuts or that are not over."""

    period: dict[str, date]
    partial_months: list[str]
    filters: dict[str, str]
    group_by: str | None
    as_known_at: datetime | None
    figures: list[FigureView]


class EventView(BaseModel):
    """A fact, pseudonymous: `subject_id` is its orientation or its participant. `on` is the day it counts for."""

    type: str
    subject_id: UUID
    writer: str
    on: date | None
    recorded_at: datetime
    topic: str
    partition: int
    offset: int

    @classmethod
    def of(cls, seen: FactSeen) -> "EventView":
        return cls(
            type=seen.type,
            subject_id=seen.subject_id,
            writer=seen.writer,
            on=seen.on,
            recorded_at=seen.recorded_at.astimezone(PARIS),
            topic=seen.topic,
            partition=seen.partition,
            offset=seen.offset,
        )


def figure_view(result: Result, asked: Asked, question: Question, *, drills_down: bool) -> FigureView:
    total, figure = result.total, result.figure
    dated = asked.model_copy(update={"first": question.first, "last": question.last, "group_by": None})
    address = dated.address("/api/v1/statistics/events", figure=figure.code)
    return FigureView(
        code=figure.code,
        label=figure.label,
        unit=figure.unit,
        value=total.value,
        numerator=total.numerator,
        denominator=total.denominator,
        n=total.n,
        q1=total.q1,
        q3=total.q3,
        suppressed=total.suppressed,
        events_url=address if drills_down else None,
        cells=[_cell_view(key, value) for key, value in result.cells.items()],
    )


def _cell_view(key: str, value: Value) -> CellView:
    return CellView(key=key, value=value.value, suppressed=value.suppressed)


class OrientationsView(BaseModel):
    """`balanced` is null while anything is unattached, parked or lagging."""

    received: int
    pending: int
    admitted: int
    deferred: int
    refused: int
    withdrawn: int
    balanced: bool | None


class ParcoursView(BaseModel):
    admitted: int
    awaiting_welcome: int
    open: int
    ended: int
    balanced: bool | None


class StreamView(BaseModel):
    """`end_offset` and `lag` are null while Kafka does not answer."""

    topic: str
    partition: int
    end_offset: int | None
    applied_offset: int
    lag: int | None
    parked: int
    refused: int


class ConservationView(BaseModel):
    orientations: OrientationsView
    parcours: ParcoursView
    unattached: dict[str, int]
    streams: list[StreamView]

    @classmethod
    def of(cls, found: Conservation) -> "ConservationView":
        return cls(
            orientations=OrientationsView(
                received=found.received, **found.orientations, balanced=found.orientations_balance
            ),
            parcours=ParcoursView(admitted=found.admitted, **found.parcours, balanced=found.parcours_balance),
            unattached=dict(found.unattached),
            streams=[
                StreamView(
                    topic=stream.topic,
                    partition=stream.partition,
                    end_offset=stream.end_offset,
                    applied_offset=stream.applied_offset,
                    lag=stream.lag,
                    parked=stream.parked,
                    refused=stream.refused,
                )
                for stream in found.streams
            ],
        )
