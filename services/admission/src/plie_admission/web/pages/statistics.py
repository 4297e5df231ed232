"""Statistics for the CLAS itself: waiting, delays, reasons, by prescriber."""

from collections.abc import Sequence
from datetime import date

from litestar import Router, get

from plie_admission.domain.figures import Period, Spread, twelve_months
from plie_admission.queries import statistics
from plie_admission.web import wording
from plie_admission.web.access import READERS
from plie_chassis.typesetting import capitalized
from plie_chassis.web import Edge, Page, page
from plie_chassis.web.charts import Bar, Quartiles
from plie_contracts.vocabulary import label


@get("/", guards=[READERS])
async def overview(edge: Edge, du: str = "", au: str = "") -> Page:
    """`du` and `au` are days; without them, or with something else, the last twelve months."""
    async with edge.read() as work:
        usual = twelve_months(work.today)
        period = Period(_day(du) or usual.first, _day(au) or usual.last)
        found = await statistics.figures(period, work)
        today = work.today
    decided = sum(found.decided.values())
    waiting = sum(number for _, _, number in found.waiting)
    return page(
        "admission/statistics.html",
        period=period,
        today=today,
        found=found,
        rows=_rows,
        waiting=waiting,
        decided=decided,
        decisions=[Bar(capitalized(wording.DECISIONS[kind][0]), number) for kind, number in found.decided.items()],
        bands=[
            Bar(f"{low} à {high} jours" if high else f"plus de {low - 1} jours", number)
            for low, high, number in found.waiting
        ],
        delays=_quartiles(("Orientation → première décision", found.delay), ("Demande → réponse", found.answer)),
        reasons=[
            Bar(f"{capitalized(label('decision-reason', one.code))} ({wording.DECISIONS[one.kind][0]})", one.number)
            for one in found.reasons
        ],
        without=sum(one.number for one in found.reasons),
        prescribers=[
            {"name": wording.prescriber(one.kind, one.structure), "figures": one} for one in found.prescribers
        ],
    )


def _rows(bars: Sequence[Bar]) -> list[tuple[object, ...]]:
    """The data table of a chart."""
    return [(one.label, one.value) for one in bars]


def _quartiles(*spreads: tuple[str, Spread]) -> list[Quartiles]:
    return [
        Quartiles(name, one.q1, one.median, one.q3, one.n)
        for name, one in spreads
        if one.q1 is not None and one.median is not None and one.q3 is not None
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


ROUTES = Router("/statistiques", route_handlers=[overview], include_in_schema=False)
