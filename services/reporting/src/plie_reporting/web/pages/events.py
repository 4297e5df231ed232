"""The events behind a figure, and those that wait unattached: pseudonymous, a page at a time."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, get

from plie_chassis.problems import NotFound
from plie_chassis.unit_of_work import Actor, UnitOfWork
from plie_chassis.web import Edge, Page, page
from plie_contracts.declaration import Declaration
from plie_reporting.queries import events
from plie_reporting.queries.events import BehindFigure, FactSeen, WaitingUnattached
from plie_reporting.web import cursors, wording
from plie_reporting.web.access import ANALYSTS, sees_real_numbers
from plie_reporting.web.api.statistics import EventsWithheld, figure_of
from plie_reporting.web.asking import Asked

PAGE = 50


@get("/evenements", guards=[ANALYSTS])
async def show_events(
    edge: Edge, request: Request[Any, Any, Any], figure: str = "parcours.active", cursor: str = ""
) -> Page:
    known, asked, after = figure_of(figure), Asked.of(request.query_params), cursors.read(cursor)
    async with edge.read() as work:
        refuse_outsiders(edge.actor, work)
        question = asked.question(work)
        found = await events.behind(BehindFigure(known, question, None, PAGE, after), work)
        return page(
            "reporting/events.html",
            figure=known,
            question=question,
            filters=[wording.cell(name, value, work.declaration) for name, value in question.filters.items()],
            back=asked.address("/"),
            **_listed(found, work.declaration),
        )


@get("/conservation/{family:str}", guards=[ANALYSTS])
async def show_unattached(family: str, edge: Edge, cursor: str = "") -> Page:
    if family not in wording.FAMILIES:
        raise NotFound("Cette page n’existe pas. Repartez de la page Conservation.")
    after = cursors.read(cursor)
    async with edge.read() as work:
        refuse_outsiders(edge.actor, work)
        found = await events.unattached(WaitingUnattached(family, PAGE, after), work)
        return page("reporting/unattached.html", family=wording.FAMILIES[family], **_listed(found, work.declaration))


def refuse_outsiders(actor: Actor, work: UnitOfWork) -> None:
    """Raises EventsWithheld."""
    if not sees_real_numbers(actor, work):
        raise EventsWithheld("Le détail des événements ne sort pas de la Métropole.")


def _listed(found: Sequence[FactSeen], declared: Declaration) -> dict[str, Any]:
    shown = found[:PAGE]
    return {
        "events": [
            {
                "seen": seen,
                "name": wording.EVENTS.get(seen.type, seen.type),
                "writer": declared.title_of(seen.writer) if seen.writer in declared.organisations else seen.writer,
                "reason": wording.UNATTACHED.get(seen.reason or "", ""),
            }
            for seen in shown
        ],
        "next_cursor": cursors.written(shown[-1].place) if len(found) > PAGE else None,
    }
