"""The territory dashboard: key figures, funnel, flows, delays, profile, exits, load."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Request, get

from plie_chassis.calendar import add_months, long_date, month_of
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Page, page
from plie_chassis.web.typography import number, percent
from plie_contracts.territory import TERRITORIES
from plie_contracts.vocabulary import VOCABULARIES
from plie_reporting.domain.figures import FIGURES, Measure
from plie_reporting.domain.statistics import Question, Value
from plie_reporting.queries import dashboard
from plie_reporting.queries.dashboard import Dashboard
from plie_reporting.web import wording
from plie_reporting.web.access import ANALYSTS, sees_real_numbers
from plie_reporting.web.asking import Asked
from plie_reporting.web.pages import charts
from plie_reporting.web.pages.charts import Leads

REAL = "reels"
COMMUNES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """`value` None is masked."""

    label: str
    value: str | None
    of: str
    definition: str
    url: str | None


@get("/", guards=[ANALYSTS])
async def show_dashboard(edge: Edge, request: Request[Any, Any, Any]) -> Page:
    asked = Asked.of(request.query_params)
    async with edge.read() as work:
        question = asked.question(work)
        may_see_real = sees_real_numbers(edge.actor, work)
        real = may_see_real and request.query_params.get("effectifs") == REAL
        found = await dashboard.read(question, work, real_numbers=real)
        leads = _leads(asked, question) if may_see_real else _nowhere
        return page(
            "reporting/dashboard.html",
            question=question,
            known_at=question.as_known_at or work.now,
            partial=_partial_day(question),
            real=real,
            may_see_real=may_see_real,
            choices=_choices(work),
            shortcuts=_shortcuts(work.today),
            key_figures=_key_figures(found, leads),
            entered=found.entered,
            funnel=charts.funnel(found, leads),
            flows=charts.flows(found),
            delays=charts.delays(found),
            exits=charts.exits(found),
            profile=charts.profile(found),
            barriers=charts.barriers(found),
            jobs=charts.jobs(found, leads),
            retention=charts.retention(found, leads),
            loads=charts.loads(found, work.declaration),
            communes=_communes(found),
            empty=not any(result.total.n for result in found.figures.values()),
        )


def _choices(work: UnitOfWork) -> dict[str, Sequence[tuple[str, str]]]:
    declared = work.declaration
    served = [slug for slug, territory in TERRITORIES.items() if declared.territories[slug].clas]
    kinds = {kind for organisation in declared.organisations.values() for kind in organisation.prescriber_kinds}
    kinds |= {producer.kind for producer in declared.producers.values()}
    return {
        "territory": [(slug, TERRITORIES[slug].title) for slug in served],
        "prescriber_kind": [
            (code, term.label)
            for code, term in VOCABULARIES["prescriber-kind"].items()
            if code in kinds and term.in_facts is None
        ],
        "maison": [(m.organisation, declared.title_of(m.organisation)) for m in declared.of_service("parcours")],
    }


def _shortcuts(today: date) -> Sequence[tuple[str, str, str]]:
    """Periods that are asked for often: name, first and last day."""
    first = add_months(month_of(today), -11)
    years = [(f"Année {year}", f"{year}-01-01", f"{year}-12-31") for year in (today.year - 1, today.year - 2)]
    return [("12 derniers mois", first.isoformat(), today.isoformat()), *years]


def _partial_day(question: Question) -> date | None:
    """A day of the last month, where it is not over."""
    last = month_of(question.last)
    return question.last if question.is_partial(last) else None


def _leads(asked: Asked, question: Question) -> Leads:
    dated = asked.model_copy(update={"first": question.first, "last": question.last, "group_by": None})
    return lambda code: dated.address("/evenements", figure=code)


def _nowhere(_code: str) -> None:
    return None


def _key_figures(found: Dashboard, leads: Leads) -> Sequence[KeyFigure]:
    def figure(code: str, value: Value, of: str) -> KeyFigure:
        known = FIGURES[code]
        return KeyFigure(
            known.label, None if value.suppressed else _written(code, value), of, known.definition, leads(code)
        )

    def whole(code: str) -> Value:
        return found.figures[code].total

    month = found.month_of_coverage()
    coverage = found.figures["coverage.monthly_contact"].cells[month] if month else Value(None)
    of_month = f", {wording.month(month)}" if month else ""
    return [
        figure("parcours.active", whole("parcours.active"), f"personnes, au {long_date(found.question.last)}"),
        figure("rate.admission", whole("rate.admission"), _of(whole("rate.admission"), "admises", "décidées")),
        figure("coverage.monthly_contact", coverage, _of(coverage) + of_month),
        figure("rate.positive_exit", whole("rate.positive_exit"), _of(whole("rate.positive_exit"), "", "sorties")),
        figure("retention.month_6", whole("retention.month_6"), _of(whole("retention.month_6"), "", "suivis échus")),
    ]


def _written(code: str, value: Value) -> str:
    if value.value is None:
        return "—"
    if FIGURES[code].measure in {Measure.SHARE, Measure.KEPT}:
        return percent(value.value / 100)
    return number(value.value)


def _of(value: Value, above: str = "", below: str = "") -> str:
    """« 548 admises sur 665 décidées »."""
    if value.suppressed:
        return "effectif de 1 à 4"
    if not value.denominator:
        return "rien à compter sur la période"
    parts = (number(value.numerator or 0), above, "sur", number(value.denominator), below)
    return " ".join(part for part in parts if part)


def _communes(found: Dashboard) -> Sequence[tuple[str, str, int | None]]:
    largest = sorted(found.communes.items(), key=lambda item: -(item[1] or 0))[:COMMUNES_SHOWN]
    return [(wording.commune(insee), wording.territory_of(insee), n) for insee, n in largest]
