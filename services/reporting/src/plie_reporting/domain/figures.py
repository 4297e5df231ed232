"""Every figure with its code, French name, unit and definition, and how it follows from what was counted.

Invariant: a definition stands here once; the API, the pages and the tests quote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from plie_contracts.vocabulary import codes, label


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
