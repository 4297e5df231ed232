"""The territory dashboard: key figures, funnel, flows, delays, profile, exits, load."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Request, get

from plie_chassis.calendar import add_months, long_date, month_of
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Page, page
from plie_chassis.web.charts import Bar, Quartiles, Series, Tone
from plie_chassis.web.typography import number, percent
from plie_contracts.territory import TERRITORIES
from plie_contracts.vocabulary import VOCABULARIES, label
from plie_reporting.domain.statistics import FIGURES, Measure, Question, Value, month_key
from plie_reporting.handlers import dashboard
from plie_reporting.handlers.dashboard import Dashboard
from plie_reporting.web import names
from plie_reporting.web.asking import Asked
from plie_reporting.web.callers import ANALYSTS, sees_real_numbers

REAL = "reels"
NATIONAL_POSITIVE_EXITS = 0.47
"""AVE 2019."""

PERSONS_PER_ETP = 70
TARGET_DAYS = {"delay.decision_first_interview": 30, "delay.decision_contract": 30}
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
        return page(
            "reporting/dashboard.html",
            question=question,
            known_at=question.as_known_at or work.now,
            partial=_partial_day(question),
            real=real,
            may_see_real=may_see_real,
            choices=_choices(work),
            shortcuts=_shortcuts(work.today),
            received=found.figures["orientations.received"].total.value,
            key_figures=_key_figures(found, asked if may_see_real else None),
            **_funnel(found),
            **_flows(found),
            **_delays(found),
            **_exits(found),
            **_employment(found),
            **_profile(found),
            **_loads(found, work),
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


def _key_figures(found: Dashboard, asked: Asked | None) -> Sequence[KeyFigure]:
    def figure(code: str, value: Value, of: str) -> KeyFigure:
        known = FIGURES[code]
        url = _dated(asked, found.question).address("/evenements", figure=code) if asked else None
        return KeyFigure(known.label, None if value.suppressed else _written(code, value), of, known.definition, url)

    def whole(code: str) -> Value:
        return found.figures[code].total

    month = found.month_of_coverage()
    coverage = found.figures["coverage.monthly_contact"].cells[month] if month else Value(None)
    of_month = f", {names.month(month)}" if month else ""
    last = found.question.last
    return [
        figure("parcours.active", whole("parcours.active"), f"personnes, au {long_date(last)}"),
        figure("rate.admission", whole("rate.admission"), _of(whole("rate.admission"), "admises", "décidées")),
        figure("coverage.monthly_contact", coverage, _of(coverage) + of_month),
        figure("rate.positive_exit", whole("rate.positive_exit"), _of(whole("rate.positive_exit"), "", "sorties")),
        figure("retention.month_6", whole("retention.month_6"), _of(whole("retention.month_6"), "", "suivis échus")),
    ]


def _dated(asked: Asked, question: Question) -> Asked:
    return asked.model_copy(update={"first": question.first, "last": question.last, "group_by": None})


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


def _funnel(found: Dashboard) -> dict[str, Any]:
    steps: Sequence[tuple[str, str, Tone]] = (
        ("Reçues", "received", "b"),
        ("Étudiées", "decided", "b"),
        ("Admises", "admitted", "a"),
        ("Premier entretien", "interviewed", "a"),
        ("Contrat signé", "signed", "a"),
    )
    places = {
        name: found.figures[f"orientations.{name}"].total
        for name in ("admitted", "refused", "deferred", "pending", "withdrawn")
    }
    words = {"refused": "refusées", "deferred": "ajournées", "pending": "en attente", "withdrawn": "retirées"}
    rest = [f"{number(places[name].value or 0)} {word}" for name, word in words.items() if not places[name].suppressed]
    received = found.funnel["received"]
    admitted = found.funnel["admitted"]
    title = "Où en sont les orientations"
    if received and admitted:
        title = f"{percent(admitted / received, 0)} des orientations reçues mènent à une admission"
    return {
        "funnel_title": title,
        "funnel": [Bar(name, found.funnel[key], tone) for name, key, tone in steps],
        "funnel_rest": f"Les autres : {', '.join(rest)}." if rest else "",
        "situations": [
            (FIGURES[f"orientations.{name}"].label, value.value, _share(value.value, received))
            for name, value in places.items()
        ],
    }


def _share(part: float | None, whole: float | None) -> str | None:
    return percent(part / whole) if part is not None and whole else None if part is None else "—"


def _flows(found: Dashboard) -> dict[str, Any]:
    months = found.question.months()

    def series(name: str, tone: Tone, code: str) -> Series:
        cells = found.figures[code].cells
        return Series(name, tone, [cells[month_key(month)].value for month in months])

    return {
        "months": months,
        "flows": [
            series("orientations reçues", "b", "orientations.received"),
            series("parcours ouverts", "a", "parcours.entered"),
            series("sorties", "q", "parcours.ended"),
        ],
    }


def _delays(found: Dashboard) -> dict[str, Any]:
    rows = {
        code: Quartiles(
            FIGURES[code].label, value.q1 or 0, value.value, value.q3 or 0, value.n or 0, TARGET_DAYS.get(code)
        )
        for code, value in found.delays.items()
        if value.value is not None
    }
    contract = rows.get("delay.decision_contract")
    title = "Délais en jours"
    if contract:
        title = f"Un contrat sur deux est signé en {number(contract.median)} jours ou moins"
    masked = [FIGURES[code].label for code, value in found.delays.items() if value.suppressed]
    return {
        "delays_title": title,
        "short_delays": [row for code, row in rows.items() if code != "delay.decision_job"],
        "long_delays": [row for code, row in rows.items() if code == "delay.decision_job"],
        "masked_delays": masked,
    }


def _exits(found: Dashboard) -> dict[str, Any]:
    rate = found.figures["rate.positive_exit"].total
    title = "Comment les parcours se terminent"
    if rate.value is not None:
        title = f"{percent(rate.value / 100)} de sorties positives, pour {percent(NATIONAL_POSITIVE_EXITS, 0)} au plan national en 2019"
    bars = [Bar(_reason(one.kind, one.reason), one.n, "a" if one.kind == "positive" else "q") for one in found.exits]
    ended = found.figures["parcours.ended"].total.value
    return {"exits_title": title, "ended": ended, "exits": bars, "exits_rows": _rows(bars)}


def _rows(bars: Sequence[Bar]) -> Sequence[tuple[str, float | None]]:
    """The table under a chart of bars."""
    return [(bar.label, bar.value) for bar in bars]


def _reason(kind: str, reason: str) -> str:
    name = label("exit-reason", reason)
    return name[:1].upper() + name[1:] if kind != "en-attente" else f"En attente, {name}"


def _employment(found: Dashboard) -> dict[str, Any]:
    kinds = [figure for figure in FIGURES.values() if figure.whole == "jobs.started"]
    rows = [(figure, found.figures[figure.code].total) for figure in kinds]
    jobs = [Bar(figure.label, value.value) for figure, value in rows if value.value or value.suppressed]
    due = [(month, found.figures[f"retention.month_{month}"].total) for month in (3, 6)]
    retention = [
        Bar(f"À {month} mois", value.value, note="%")
        for month, value in due
        if value.suppressed or value.value is not None
    ]
    return {
        "jobs_started": found.figures["jobs.started"].total.value,
        "jobs_durable": found.figures["jobs.durable"].total.value,
        "jobs": jobs,
        "jobs_rows": _rows(jobs),
        "retention": retention,
        "retention_rows": [
            (f"À {month} mois", value.value, value.numerator, value.denominator) for month, value in due
        ],
    }


def _profile(found: Dashboard) -> dict[str, Any]:
    entries = found.entries

    def some(dimension: str, *keys: str) -> int | None:
        values = [entries[dimension].get(key, 0) for key in keys]
        return None if None in values else sum(value or 0 for value in values)

    lines = (
        ("Femmes", some("sex", "F")),
        ("Bénéficiaires du RSA", some("rsa", "yes")),
        ("Chômage de longue durée", some("long_term", "yes")),
        ("Moins de 30 ans", some("age_band", "under-18", "18-29")),
        ("55 ans et plus", some("age_band", "55-and-over")),
        ("Sans diplôme (CITE 0 à 2)", some("education", "0", "1", "2")),
        ("Quartier prioritaire", some("qpv", "yes")),
    )
    barriers = sorted(entries["barrier"].items(), key=lambda item: -(item[1] or 0))
    profile = [Bar(name, value) for name, value in lines]
    barrier_bars = [Bar(label("barrier", code).capitalize(), value) for code, value in barriers]
    return {
        "entered": found.entered,
        "profile": profile,
        "profile_rows": _rows(profile),
        "barriers": barrier_bars,
        "barriers_rows": _rows(barrier_bars),
    }


def _loads(found: Dashboard, work: UnitOfWork) -> dict[str, Any]:
    rows = [
        Bar(
            work.declaration.title_of(load.maison),
            load.active,
            note=f"sur {number(PERSONS_PER_ETP * load.etp)}",
            target=PERSONS_PER_ETP * load.etp,
        )
        for load in found.loads
    ]
    over = [row.label for row in rows if row.value is not None and row.target and row.value > row.target]
    title = "File active et capacité des Maisons"
    if over:
        title = f"{' et '.join(over)} : au-delà de la capacité"
    table = [
        (
            work.declaration.title_of(load.maison),
            number(load.etp, 2),
            number(PERSONS_PER_ETP * load.etp),
            load.active,
            None if load.active is None else percent(load.active / (PERSONS_PER_ETP * load.etp), 0),
        )
        for load in found.loads
    ]
    return {"loads_title": title, "loads": rows, "loads_table": table}


def _communes(found: Dashboard) -> Sequence[tuple[str, str, int | None]]:
    largest = sorted(found.communes.items(), key=lambda item: -(item[1] or 0))[:COMMUNES_SHOWN]
    return [(names.commune(insee), names.territory_of(insee), n) for insee, n in largest]
