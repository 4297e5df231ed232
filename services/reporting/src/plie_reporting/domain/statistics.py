"""Every figure with its code, French name, unit and definition, and how it follows from what was counted.

Invariant: a definition stands here once; the API, the pages and the tests quote it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from math import ceil, floor
from types import MappingProxyType
from typing import Literal

from plie_chassis.calendar import add_months, end_of_months, month_of
from plie_contracts.vocabulary import codes, label

Grouping = Literal[
    "month", "territory", "commune", "clas", "maison", "prescriber_kind", "sex", "age_band", "rsa", "qpv", "education", "barrier"
]  # fmt: skip
FILTERS = ("territory", "commune", "clas", "maison", "prescriber_kind", "sex")


class Measure(Enum):
    """How a figure follows from what was counted. Shares are in %, delays in days, quartiles by interpolation."""

    COUNT = "count"
    SUM = "sum"
    SHARE = "share"
    KEPT = "kept"
    DELAY = "delay"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class Figure:
    """`of` and `over` name what is counted above and below the line; a part of `whole` adds up to it with the others."""

    code: str
    label: str
    unit: str
    definition: str
    measure: Measure = Measure.COUNT
    of: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    whole: str | None = None


def _received(status: str, name: str, definition: str) -> Figure:
    code = f"orientations.{status}"
    return Figure(code, name, "orientations", definition, of=(code,), whole="orientations.received")


def _parts(prefix: str, vocabulary: str, unit: str, definition: str, whole: str) -> tuple[Figure, ...]:
    return tuple(
        Figure(f"{prefix}.{code}", label(vocabulary, code), unit, definition, of=(f"{prefix}.{code}",), whole=whole)
        for code in codes(vocabulary)
    )


def _delay(name: str, title: str, definition: str) -> Figure:
    return Figure(f"delay.{name}", title, "jours", definition, Measure.DELAY, of=(f"delay.{name}",))


MEDIA = tuple(f"contacts.{medium}" for medium in codes("contact-medium"))

_FIGURES = (
    Figure(
        "orientations.received",
        "Orientations reçues",
        "orientations",
        "Orientations reçues pendant la période. Une orientation corrigée compte une fois.",
        of=("orientations.received",),
    ),
    _received("pending", "En attente", "Orientations reçues pendant la période, sans décision ni retrait à ce jour."),
    _received(
        "admitted", "Admises", "Orientations reçues pendant la période dont la dernière décision est une admission."
    ),
    _received(
        "deferred", "Ajournées", "Orientations reçues pendant la période dont la dernière décision est un ajournement."
    ),
    _received("refused", "Refusées", "Orientations reçues pendant la période dont la dernière décision est un refus."),
    _received(
        "withdrawn",
        "Retirées",
        "Orientations reçues pendant la période et retirées par le prescripteur avant toute décision.",
    ),
    Figure(
        "parcours.entered",
        "Parcours ouverts",
        "parcours",
        "Parcours ouverts pendant la période, à l’affectation du référent.",
        of=("parcours.entered",),
    ),
    Figure(
        "parcours.active",
        "File active",
        "personnes",
        "Personnes dont le parcours est ouvert et non terminé au dernier jour de la période. "
        "Une personne compte une fois.",
        of=("parcours.active",),
    ),
    Figure(
        "parcours.ended",
        "Sorties",
        "parcours",
        "Parcours terminés pendant la période, quel que soit le motif.",
        of=("parcours.ended",),
    ),
    *_parts("exits", "exit-kind", "parcours", "Sorties de la période, selon leur nature.", "parcours.ended"),
    Figure(
        "contacts.total",
        "Contacts",
        "contacts",
        "Contacts honorés de la période, tous moyens confondus. Un contact annulé ou manqué ne compte pas.",
        of=MEDIA,
    ),
    *_parts(
        "contacts", "contact-medium", "contacts", "Contacts honorés de la période, selon le moyen.", "contacts.total"
    ),
    Figure(
        "contacts.collectif",
        "Contacts collectifs",
        "contacts",
        "Contacts honorés de la période tenus en groupe, déjà comptés selon leur moyen.",
        of=("contacts.collectif",),
    ),
    Figure(
        "coverage.monthly_contact",
        "Contact mensuel",
        "%",
        "Mois complets d’un parcours ouvert tout le mois qui ont un contact honoré avec le référent. Le courriel compte "
        "en formation, en SIAE ou en emploi.",
        Measure.SHARE,
        of=("coverage.contacted",),
        over=("coverage.open_month",),
    ),
    Figure(
        "actions.attendances",
        "Présences aux actions collectives",
        "présences",
        "Présences de la période, une par personne et par date.",
        of=("actions.attended",),
    ),
    Figure(
        "actions.hours",
        "Heures d’actions collectives",
        "heures",
        "Heures des présences de la période.",
        Measure.SUM,
        of=("actions.attended",),
    ),
    Figure(
        "steps.started", "Étapes commencées", "étapes", "Étapes commencées pendant la période.", of=("steps.started",)
    ),
    *_parts(
        "steps", "step-kind", "étapes", "Étapes commencées pendant la période, selon leur nature.", "steps.started"
    ),
    Figure(
        "jobs.started",
        "Emplois commencés",
        "emplois",
        "Emplois de droit commun commencés pendant la période ; un poste en SIAE est une étape.",
        of=("jobs.started",),
    ),
    Figure(
        "jobs.durable",
        "Emplois durables",
        "emplois",
        "CDI, CDD de plus de six mois et créations d’entreprise commencés pendant la période.",
        of=("jobs.durable",),
    ),
    *_parts(
        "jobs", "job-contract", "emplois", "Emplois commencés pendant la période, selon le contrat.", "jobs.started"
    ),
    *(
        Figure(
            f"retention.month_{month}",
            f"En emploi à {month} mois",
            "%",
            f"Emplois durables dont l’échéance de {month} mois tombe dans la période, emploi attesté à cette échéance. "
            "Les suivis sans objet ne comptent pas.",
            Measure.KEPT,
            of=(f"retention.month_{month}",),
        )
        for month in (3, 6)
    ),
    Figure(
        "rate.admission",
        "Taux d’admission",
        "%",
        "Admissions sur admissions et refus, parmi les orientations reçues pendant la période. Les ajournements ne "
        "comptent pas.",
        Measure.SHARE,
        of=("orientations.admitted",),
        over=("orientations.admitted", "orientations.refused"),
    ),
    Figure(
        "rate.positive_exit",
        "Sorties positives",
        "%",
        "Sorties positives (emploi durable tenu six mois, qualification ou création) sur toutes les sorties de la période.",
        Measure.SHARE,
        of=("exits.positive",),
        over=("parcours.ended",),
    ),
    _delay(
        "orientation_decision",
        "Orientation à décision",
        "Jours de la réception de l’orientation à sa dernière décision, pour les décisions de la période.",
    ),
    _delay(
        "decision_first_interview",
        "Décision à entretien",
        "Jours de l’admission au premier entretien honoré en présence, pour les entretiens de la période.",
    ),
    _delay(
        "decision_contract",
        "Décision à contrat",
        "Jours de l’admission à la première signature d’un contrat, pour les signatures de la période.",
    ),
    _delay(
        "decision_job",
        "Décision à emploi",
        "Jours de l’admission au premier emploi, pour les emplois commencés pendant la période.",
    ),
    Figure(
        "workload.active_per_etp",
        "File active par ETP",
        "personnes par ETP",
        "File active au dernier jour de la période, sur les équivalents temps plein de référents des Maisons. "
        "Repère : 70. Sans objet dès qu’un autre filtre que la Maison ou la CLAS est posé.",
        Measure.LOAD,
        of=("parcours.active",),
        over=("workload.etp",),
    ),
    Figure(
        "workload.renewal",
        "Renouvellement",
        "%",
        "Parcours ouverts pendant les douze mois qui finissent avec la période, sur la file active à ce jour. "
        "Repère : 30 %.",
        Measure.SHARE,
        of=("workload.entered",),
        over=("parcours.active",),
    ),
)

FIGURES: Mapping[str, Figure] = MappingProxyType({figure.code: figure for figure in _FIGURES})
DELAYS = tuple(figure for figure in _FIGURES if figure.measure is Measure.DELAY)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a period (both days included), filters, a grouping, and as known at which instant.

    `today` is the civil date of that instant: what falls due after it is not due, its month is partial.
    """

    first: date
    last: date
    today: date
    filters: Mapping[str, str] = field(default_factory=dict)
    group_by: Grouping | None = None
    as_known_at: datetime | None = None

    def months(self) -> Sequence[date]:
        """The first days of the months that the period touches."""
        months, month = [], month_of(self.first)
        while month <= self.last:
            months.append(month)
            month = add_months(month, 1)
        return months

    def complete_months(self) -> Sequence[date]:
        """Those that the period holds whole and that are over."""
        return [
            month
            for month in self.months()
            if month >= self.first and end_of_months(month, 1) <= min(self.last, self.today - timedelta(days=1))
        ]

    def is_partial(self, month: date) -> bool:
        return month not in self.complete_months()


def month_key(month: date) -> str:
    """The cell of a month: 2026-03."""
    return f"{month:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted under one name: how many, their sum, and for delays how many took how many days."""

    n: int = 0
    amount: float = 0.0
    by_days: Mapping[int, int] = field(default_factory=dict)

    def quantile(self, share: float) -> float | None:
        """The days within which `share` of the delays end, between two neighbours in proportion."""
        if not self.by_days:
            return None
        rank = share * (self.n - 1)
        low, high = self._ranked(floor(rank)), self._ranked(ceil(rank))
        return low + (high - low) * (rank - floor(rank))

    def _ranked(self, rank: int) -> int:
        for days in sorted(self.by_days):
            rank -= self.by_days[days]
            if rank < 0:
                return days
        raise IndexError(rank)


NOTHING = Tally()
Spot = tuple[str, str | None]
"""What is counted, or a figure's code, and the cell's key; None is the whole."""

Tallies = Mapping[Spot, Tally]


OF_A_DAY = frozenset({"parcours.active", "workload.entered", "workload.etp"})


def whole_of_months(tallies: Tallies, last: str) -> Tallies:
    """The whole of a period from its months: flows add up, what is of a day is that of the `last` month."""
    whole: dict[Spot, Tally] = {}
    for (name, key), tally in tallies.items():
        if name in OF_A_DAY:
            if key == last:
                whole[name, None] = tally
        else:
            so_far = whole.get((name, None), NOTHING)
            whole[name, None] = Tally(so_far.n + tally.n, so_far.amount + tally.amount)
    return whole


@dataclass(frozen=True, slots=True)
class Value:
    """One number with what stands behind it; `value` None: nothing to divide by, or masked."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    q1: float | None = None
    q3: float | None = None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    figure: Figure
    total: Value
    cells: Mapping[str, Value]


def measure(figure: Figure, tallies: Tallies, key: str | None = None) -> Value:
    """The value of one figure, for the whole (`key` None) or one cell."""
    above = [tallies.get((name, key), NOTHING) for name in figure.of]
    below = [tallies.get((name, key), NOTHING) for name in figure.over]
    n = sum(tally.n for tally in above)
    amount = sum(tally.amount for tally in above)
    match figure.measure:
        case Measure.COUNT:
            return Value(n, n=n)
        case Measure.SUM:
            return Value(round(amount, 2), n=n)
        case Measure.SHARE:
            whole = sum(tally.n for tally in below)
            return Value(_percent(n, whole), n, whole, whole)
        case Measure.KEPT:
            return Value(_percent(amount, n), round(amount), n, n)
        case Measure.LOAD:
            etp = sum(tally.amount for tally in below)
            return Value(round(n / etp, 1) if etp else None, n, round(etp, 2) if etp else None, n)
        case Measure.DELAY:
            q1, median, q3 = (above[0].quantile(share) for share in (0.25, 0.5, 0.75))
            return Value(median, n=n, q1=q1, q3=q3)


def results(figures: Iterable[Figure], tallies: Tallies, months: Sequence[str] | None = None) -> Sequence[Result]:
    """Each figure for the whole and for the cells that have something to it; every month where `months` are given."""
    keys = sorted({key for _, key in tallies if key is not None})

    def cells(figure: Figure) -> Mapping[str, Value]:
        names = (*figure.of, *figure.over)
        told = months or [key for key in keys if any((name, key) in tallies for name in names)]
        return {key: measure(figure, tallies, key) for key in told}

    return [Result(figure, measure(figure, tallies), cells(figure)) for figure in figures]


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 1) if whole else None
