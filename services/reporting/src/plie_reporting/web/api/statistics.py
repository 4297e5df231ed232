"""Figures of a period with their cells, and the events behind each, as JSON."""

from typing import Annotated

from litestar import Router, get
from litestar.di import Provide
from litestar.params import QueryParameter

from plie_chassis.problems import FieldError, Forbidden, Invalid
from plie_chassis.web import Edge, Listing, scope
from plie_chassis.web.paging import LARGEST_PAGE
from plie_reporting.domain.figures import FIGURES, Figure
from plie_reporting.domain.statistics import month_key
from plie_reporting.domain.suppression import suppress
from plie_reporting.queries import events, statistics
from plie_reporting.queries.events import BehindFigure
from plie_reporting.web import cursors
from plie_reporting.web.access import sees_real_numbers
from plie_reporting.web.asking import Asked, asked
from plie_reporting.web.views import EventView, StatisticsView, figure_view


class EventsWithheld(Forbidden):
    code = "statistics.events-withheld"
    title = "Détail réservé à la Métropole"


@get("/statistics", guards=[scope("reporting:read")])
async def read_statistics(edge: Edge, asked: Asked) -> StatisticsView:
    """Tous les chiffres d’une période. Les petits nombres sont masqués pour qui n’est pas de la Métropole."""
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
        figures=[figure_view(result, asked, question, drills_down=real) for result in results],
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
    """Les événements d’un chiffre, du jour le plus récent au plus ancien ; réservé à la Métropole."""
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


ROUTES = Router(
    "/",
    route_handlers=[read_statistics, read_events],
    dependencies={"asked": Provide(asked)},
    tags=["Statistiques"],
)
