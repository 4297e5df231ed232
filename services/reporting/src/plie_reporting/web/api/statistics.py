"""Figures of a period with their cells, and the events behind each, as JSON."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import Provide
from litestar.params import QueryParameter
from pydantic import BaseModel

from plie_chassis.calendar import PARIS
from plie_chassis.problems import FieldError, Forbidden, Invalid
from plie_chassis.web import Edge, Listing, scope
from plie_chassis.web.paging import LARGEST_PAGE
from plie_reporting.domain.statistics import FIGURES, Figure, Question, Result, Value, month_key
from plie_reporting.domain.suppression import suppress
from plie_reporting.handlers import events, statistics
from plie_reporting.handlers.events import BehindFigure, FactSeen
from plie_reporting.web import cursors
from plie_reporting.web.asking import Asked, asked
from plie_reporting.web.callers import sees_real_numbers

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


class EventsWithheld(Forbidden):
    code = "statistics.events-withheld"
    title = "Détail réservé à la Métropole"


@get("/statistics", guards=[scope("reporting:read")])
async def read_statistics(edge: Edge, asked: Asked) -> StatisticsView:
    """Every figure of the period; small numbers are masked for callers from outside the Métropole."""
    async with edge.read() as work:
        question = asked.question(work)
        results = await statistics.answer(question, work)
        real = sees_real_numbers(edge.actor, work)
    if not real:
        results = suppress(results, question.group_by)
    return StatisticsView(
        period={"from": question.first, "to": question.last},
        partial_months=[month_key(month) for month in question.months() if question.is_partial(month)],
        filters=dict(question.filters),
        group_by=question.group_by,
        as_known_at=question.as_known_at,
        figures=[_figure(result, asked, question, drills_down=real) for result in results],
    )


@get("/statistics/events", guards=[scope("reporting:read")])
async def read_events(
    edge: Edge,
    asked: Asked,
    figure: Annotated[str, QueryParameter(description="code du chiffre")],
    cell: Annotated[str | None, QueryParameter(description="case du regroupement", required=False)] = None,
    cursor: Annotated[
        str | None, QueryParameter(description="`next_cursor` de la page précédente", required=False)
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
) -> Listing[EventView]:
    """The events behind a figure, newest day first."""
    after = cursors.read(cursor)
    async with edge.read() as work:
        if not sees_real_numbers(edge.actor, work):
            raise EventsWithheld(
                "Le détail des événements ne sort pas de la Métropole ; les chiffres, eux, sont à vous."
            )
        found = await events.behind(BehindFigure(figure_of(figure), asked.question(work), cell, limit, after), work)
    shown = found[:limit]
    next_cursor = cursors.written(shown[-1].place) if len(found) > limit else None
    return Listing[EventView](items=[EventView.of(seen) for seen in shown], next_cursor=next_cursor)


def figure_of(code: str) -> Figure:
    """Raises Invalid."""
    if code not in FIGURES:
        rule = f"« {code} » n’est pas un chiffre. Reprenez un code de /api/v1/statistics."
        raise Invalid(rule, errors=[FieldError("figure", "figure.unknown", rule)])
    return FIGURES[code]


def _figure(result: Result, asked: Asked, question: Question, *, drills_down: bool) -> FigureView:
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
        cells=[_cell(key, value) for key, value in result.cells.items()],
    )


def _cell(key: str, value: Value) -> CellView:
    return CellView(key=key, value=value.value, suppressed=value.suppressed)


ROUTES = Router(
    "/api/v1",
    route_handlers=[read_statistics, read_events],
    dependencies={"asked": Provide(asked)},
    tags=["statistiques"],
)
