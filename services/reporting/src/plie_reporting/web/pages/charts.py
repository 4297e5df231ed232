"""The dashboard's charts: each with the finding or the measure as its title, its bars, and the table under it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from plie_chassis.typesetting import capitalized
from plie_chassis.web.charts import Bar, Quartiles, Series, Tone
from plie_chassis.web.typography import count, number, percent
from plie_contracts.declaration import Declaration
from plie_contracts.vocabulary import label
from plie_reporting.domain.figures import FIGURES
from plie_reporting.domain.statistics import month_key
from plie_reporting.queries.dashboard import Dashboard

NATIONAL_POSITIVE_EXITS = 0.47
"""AVE 2019."""

PERSONS_PER_ETP = 70
TARGET_DAYS = {"delay.decision_first_interview": 30, "delay.decision_contract": 30}

Leads = Callable[[str], str | None]
"""The address of the events behind a figure, None for whom they are not."""


@dataclass(frozen=True, slots=True)
class Chart:
    """`title` says the finding, or the measure; `table` is its caption, head, rows and foot."""

    title: str
    measure: str
    rows: Sequence[Bar]
    table: tuple[Any, ...]
    rest: str = ""


def _table(caption: str, of: str, what: str, bars: Sequence[Bar], total: float | None = None) -> tuple[Any, ...]:
    """The table under a chart of bars; `total` None: they do not add up."""
    foot = None if total is None else ("Total", total)
    return caption, (of, what), [(bar.label, bar.value) for bar in bars], foot


def funnel(found: Dashboard, leads: Leads) -> Chart:
    steps: Sequence[tuple[str, str, Tone, str | None]] = (
        ("Reçues", "received", "b", leads("orientations.received")),
        ("Étudiées", "decided", "b", None),
        ("Admises", "admitted", "a", leads("orientations.admitted")),
        ("Premier entretien", "interviewed", "a", None),
        ("Contrat signé", "signed", "a", None),
    )
    received, admitted = found.funnel["received"], found.funnel["admitted"]
    title = "Où en sont les orientations"
    if received and admitted:
        title = f"{percent(admitted / received, 0)} des orientations reçues mènent à une admission"
    words = {"refused": "refusées", "deferred": "ajournées", "pending": "en attente", "withdrawn": "retirées"}
    places = {name: found.figures[f"orientations.{name}"].total for name in ("admitted", *words)}
    rest = [f"{number(places[name].value or 0)} {word}" for name, word in words.items() if not places[name].suppressed]
    lines = [
        (FIGURES[f"orientations.{name}"].label, value.value, _share(value.value, received))
        for name, value in places.items()
    ]
    return Chart(
        title,
        f"{_counted(received, 'orientation reçue', 'orientations reçues')} sur la période, où elles en sont",
        [Bar(name, found.funnel[key], tone, url=url) for name, key, tone, url in steps],
        (
            "Reçues = en attente + admises + ajournées + refusées + retirées",
            ("Situation", "Orientations", "Part"),
            lines,
            ("Reçues", received, _share(received, received)),
        ),
        f"Les autres : {', '.join(rest)}." if rest else "",
    )


def _share(part: float | None, whole: float | None) -> str | None:
    """None where masked."""
    if part is None or whole is None:
        return None
    return percent(part / whole) if whole else "—"


def _counted(n: float | None, one: str, many: str) -> str:
    """« 12 sorties », or only what they are where the number is masked."""
    return capitalized(many) if n is None else count(int(n), one, many)


def flows(found: Dashboard) -> dict[str, Any]:
    months = found.question.months()

    def series(name: str, tone: Tone, code: str) -> Series:
        cells = found.figures[code].cells
        return Series(name, tone, [cells[month_key(month)].value for month in months])

    return {
        "months": months,
        "series": [
            series("orientations reçues", "b", "orientations.received"),
            series("parcours ouverts", "a", "parcours.entered"),
            series("sorties", "q", "parcours.ended"),
        ],
    }


def delays(found: Dashboard) -> dict[str, Any]:
    rows = {
        code: Quartiles(
            FIGURES[code].label,
            round(value.q1 or 0),
            round(value.value),
            round(value.q3 or 0),
            value.n or 0,
            TARGET_DAYS.get(code),
        )
        for code, value in found.delays.items()
        if value.value is not None
    }
    contract = rows.get("delay.decision_contract")
    title = (
        f"Un contrat sur deux est signé en {count(int(contract.median), 'jour')} ou moins" if contract else "Les délais"
    )
    short = [row for code, row in rows.items() if code != "delay.decision_job"]
    long = [row for code, row in rows.items() if code == "delay.decision_job"]
    return {
        "title": title,
        "groups": [group for group in (short, long) if group],
        "table": (
            "Délais en jours, mois complets seulement",
            ("Délai", "1er quartile", "Médiane", "3e quartile", "Dossiers"),
            [(row.label, row.q1, row.median, row.q3, row.n) for row in (*short, *long)],
        ),
        "masked": [FIGURES[code].label for code, value in found.delays.items() if value.suppressed],
    }


def exits(found: Dashboard) -> Chart:
    rate, ended = (found.figures[code].total.value for code in ("rate.positive_exit", "parcours.ended"))
    title = "Comment les parcours se terminent"
    if rate is not None:
        national = percent(NATIONAL_POSITIVE_EXITS, 0)
        title = f"{percent(rate / 100)} de sorties positives, pour {national} au plan national en 2019"
    bars = [Bar(_reason(one.kind, one.reason), one.n, "a" if one.kind == "positive" else "q") for one in found.exits]
    measure = f"{_counted(ended, 'sortie', 'sorties')} sur la période, par motif"
    return Chart(title, measure, bars, _table("Sorties par motif", "Motif", "Sorties", bars, ended))


def _reason(kind: str, reason: str) -> str:
    name = label("exit-reason", reason)
    return f"En attente, {name}" if kind == "en-attente" else capitalized(name)


def profile(found: Dashboard) -> Chart:
    def entries(dimension: str, *keys: str) -> int | None:
        values = [found.entries[dimension].get(key, 0) for key in keys]
        return None if None in values else sum(value or 0 for value in values)

    bars = [
        Bar("Femmes", entries("sex", "F")),
        Bar("Bénéficiaires du RSA", entries("rsa", "yes")),
        Bar("Chômage de longue durée", entries("long_term", "yes")),
        Bar("Moins de 30 ans", entries("age_band", "under-18", "18-29")),
        Bar("55 ans et plus", entries("age_band", "55-and-over")),
        Bar("Sans diplôme (CITE 0 à 2)", entries("education", "0", "1", "2")),
        Bar("Quartier prioritaire", entries("qpv", "yes")),
    ]
    measure = f"Sur {_entered(found)} ; une personne peut compter sur plusieurs lignes"
    return Chart("Qui entre dans le PLIE", measure, bars, _table("Profil des entrées", "Profil", "Parcours", bars))


def barriers(found: Dashboard) -> Chart:
    told = sorted(found.entries["barrier"].items(), key=lambda item: -(item[1] or 0))
    bars = [Bar(capitalized(label("barrier", code)), n) for code, n in told]
    measure = f"Sur {_entered(found)} ; une personne peut en avoir plusieurs"
    return Chart(
        "Freins repérés à l’orientation", measure, bars, _table("Freins des entrées", "Frein", "Parcours", bars)
    )


def _entered(found: Dashboard) -> str:
    return count(found.entered, "parcours ouvert", "parcours ouverts")


def jobs(found: Dashboard, leads: Leads) -> Chart:
    kinds = [figure for figure in FIGURES.values() if figure.whole == "jobs.started"]
    values = [(figure, found.figures[figure.code].total) for figure in kinds]
    bars = [
        Bar(figure.label, value.value, url=leads(figure.code))
        for figure, value in values
        if value.value or value.suppressed
    ]
    started, durable = (found.figures[f"jobs.{name}"].total.value for name in ("started", "durable"))
    measure = _counted(started, "emploi", "emplois") + (f", dont {count(int(durable), 'durable')}" if durable else "")
    table = _table("Emplois commencés", "Contrat", "Emplois", bars, started)
    return Chart("Emplois commencés, par contrat", measure, bars, table)


def retention(found: Dashboard, leads: Leads) -> Chart:
    due = {month: found.figures[f"retention.month_{month}"].total for month in (3, 6)}
    bars = [
        Bar(f"À {month} mois", value.value, note="%", url=leads(f"retention.month_{month}"))
        for month, value in due.items()
        if value.suppressed or value.value is not None
    ]
    table = (
        "Emploi attesté à l’échéance",
        ("Échéance", "Part, en %", "En emploi", "Suivis échus"),
        [(f"À {month} mois", value.value, value.numerator, value.denominator) for month, value in due.items()],
    )
    return Chart("Tenue dans l’emploi durable", "En % des suivis dont l’échéance tombe dans la période", bars, table)


def loads(found: Dashboard, declared: Declaration) -> Chart:
    capacity = {load.maison: PERSONS_PER_ETP * load.etp for load in found.loads}
    bars = [
        Bar(
            declared.title_of(load.maison),
            load.active,
            note=f"sur {number(capacity[load.maison])}",
            target=capacity[load.maison],
        )
        for load in found.loads
    ]
    over = [bar.label for bar in bars if bar.value is not None and bar.value > (bar.target or 0)]
    title = f"Au-delà de la capacité : {', '.join(over)}" if over else "File active et capacité des Maisons"
    lines = [
        (
            declared.title_of(load.maison),
            number(load.etp, 2),
            number(capacity[load.maison]),
            load.active,
            None if load.active is None else percent(load.active / capacity[load.maison], 0),
        )
        for load in found.loads
    ]
    return Chart(
        title,
        "File active par Maison, pour 70 personnes par équivalent temps plein (ETP)",
        bars,
        ("Charge par Maison", ("Maison", "ETP", "70 × ETP", "File active", "Charge"), lines),
    )
