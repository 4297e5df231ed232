"""The pre-assessment: four cumulative criteria, each met, not met or unknown, with its evidence in French.

Source: field document « Le PLIE Centre Isère », « Pour qui ? »; each function quotes the sentence it applies.
It informs the commission, which alone decides (`decisions.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from plie_admission.domain.orientations import Orientation
from plie_chassis.calendar import completed_months, long_date
from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_contracts.vocabulary import label

LONG_TERM_MONTHS = 12
LEVEL_OF_A_FIRST_QUALIFICATION = 3


class Result(StrEnum):
    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Criterion:
    """`evidence` is what the file says; `source` the sentence of the field document that asks for it."""

    result: Result
    evidence: str
    source: str


@dataclass(frozen=True)
class Residence:
    """Where the commune stands for this commission; `commune` is None when no table of ours knows it."""

    commune: str | None
    territory: str | None
    served: bool


@dataclass(frozen=True)
class PreAssessment:
    territory: Criterion
    without_employment: Criterion
    difficulties: Criterion
    adhesion: Criterion

    def not_met(self) -> list[str]:
        return [name for name, criterion in self if criterion.result is Result.NOT_MET]

    def with_adhesion(self, confirmed: bool | None, held_on: date) -> "PreAssessment":
        """What the person told the session stands instead of what the file said; None keeps the file's."""
        if confirmed is None:
            return self
        result, verb = (Result.MET, "confirmé") if confirmed else (Result.NOT_MET, "refusé")
        return replace(
            self, adhesion=Criterion(result, f"accord {verb} en séance le {long_date(held_on)}", ADHESION_TEXT)
        )

    def __iter__(self) -> Iterator[tuple[str, Criterion]]:
        yield "territory", self.territory
        yield "without_employment", self.without_employment
        yield "difficulties", self.difficulties
        yield "adhesion", self.adhesion


NAMES = {
    "territory": "Territoire",
    "without_employment": "Sans emploi",
    "difficulties": "Difficultés",
    "adhesion": "Adhésion",
}

TERRITORY_TEXT = "« personnes résidant sur le territoire »"
CONTINUITY_TEXT = (
    "« il est possible d’accompagner des participants domiciliés en dehors de ce périmètre […] "
    "si cela est justifié au regard de la nécessaire continuité d’accompagnement »"
)
EMPLOYMENT_TEXT = (
    "« Sans emploi (demandeurs d’emploi de longue durée, bénéficiaires du RSA, primo demandeurs d’emploi, "
    "personne entrant dans une démarche d’insertion par l’activité économique…) »"
)
DIFFICULTIES_TEXT = (
    "« Rencontrant des difficultés dans leur insertion professionnelle durable (cumul d’emplois précaires, habitants "
    "des quartiers [prioritaires], personnes diplômées à l’étranger, problématiques liées à leur qualification, leur "
    "situation familiale, leur santé, leur logement, personnes porteuses de handicap…) »"
)
ADHESION_TEXT = "« Adhérant à la démarche d’accompagnement proposée par le PLIE »"


def pre_assessment(orientation: Orientation, clas: str, declaration: Declaration, today: date) -> PreAssessment:
    """As the commission of the organisation `clas` sees it on that day."""
    return assess(orientation, residence(orientation.commune_insee, clas, declaration), today)


def residence(insee: str | None, clas: str, declaration: Declaration) -> Residence:
    commune = COMMUNES.get(insee) if insee else None
    if insee is None or commune is None:
        return Residence(commune=None, territory=None, served=False)
    return Residence(commune.name, TERRITORIES[commune.territory].title, served=declaration.clas_of(insee) == clas)


def assess(orientation: Orientation, residence: Residence, today: date) -> PreAssessment:
    return PreAssessment(
        territory=lives_in_the_territory(orientation, residence),
        without_employment=is_without_employment(orientation, today),
        difficulties=meets_difficulties(orientation),
        adhesion=adheres(orientation),
    )


def lives_in_the_territory(orientation: Orientation, residence: Residence) -> Criterion:
    """Resident of a commune of this commission, or off-territory with a recorded reason of continuity."""
    if orientation.commune_insee is None:
        return Criterion(Result.UNKNOWN, "commune non reçue", TERRITORY_TEXT)
    commune = residence.commune or f"commune {orientation.commune_insee}"
    if residence.served:
        return Criterion(Result.MET, ", ".join(filter(None, (commune, residence.territory))), TERRITORY_TEXT)
    if not orientation.continuity:
        return Criterion(Result.NOT_MET, f"{commune}, hors du territoire, sans motif de continuité", TERRITORY_TEXT)
    if orientation.continuity_reason is None:
        return Criterion(Result.UNKNOWN, f"{commune}, continuité annoncée, motif non reçu", CONTINUITY_TEXT)
    return Criterion(Result.MET, f"{commune}, continuité : {orientation.continuity_reason}", CONTINUITY_TEXT)


def is_without_employment(orientation: Orientation, today: date) -> Criterion:
    """Without a job, and of one of the publics named by the text; long term is 12 months or more."""
    if orientation.employment is None:
        return Criterion(Result.UNKNOWN, "situation non reçue", EMPLOYMENT_TEXT)
    if orientation.employment == "employed":
        if orientation.entering_iae:
            return Criterion(Result.UNKNOWN, "en emploi, entre en insertion par l’activité économique", EMPLOYMENT_TEXT)
        return Criterion(Result.NOT_MET, "en emploi", EMPLOYMENT_TEXT)
    seeking = orientation.employment == "unemployed"
    months = months_unemployed(orientation, today) if seeking else None
    grounds = [
        f"{months} mois de chômage (au moins {LONG_TERM_MONTHS})" if (months or 0) >= LONG_TERM_MONTHS else None,
        "RSA" if orientation.rsa_recipient else None,
        "première recherche d’emploi" if orientation.first_time_jobseeker else None,
        "entre en insertion par l’activité économique" if orientation.entering_iae else None,
    ]
    if any(grounds):
        return Criterion(Result.MET, " ; ".join(filter(None, grounds)), EMPLOYMENT_TEXT)
    if not seeking:
        return Criterion(Result.UNKNOWN, "sans activité, aucun des publics cités", EMPLOYMENT_TEXT)
    if months is None:
        return Criterion(Result.UNKNOWN, "durée de chômage non renseignée", EMPLOYMENT_TEXT)
    evidence = f"{months} mois de chômage (au moins {LONG_TERM_MONTHS}), aucun autre des publics cités"
    return Criterion(Result.NOT_MET, evidence, EMPLOYMENT_TEXT)


def months_unemployed(orientation: Orientation, today: date) -> int | None:
    """Whole months without a job: up to today when its first day is known, else as the facts gave them."""
    since = orientation.unemployed_since
    if since is None:
        return orientation.unemployed_months
    return completed_months(since, today)


def meets_difficulties(orientation: Orientation) -> Criterion:
    """At least one difficulty; none is only concluded when every question has its answer."""
    level = orientation.education_level
    situations = [
        "emplois précaires" if orientation.precarious_jobs else None,
        "quartier prioritaire" if orientation.qpv_resident else None,
        "diplôme étranger" if orientation.foreign_diploma else None,
        "niveau inférieur au CAP" if level is not None and level < LEVEL_OF_A_FIRST_QUALIFICATION else None,
        "situation de handicap" if orientation.disability == "yes" else None,
    ]
    barriers = [label("barrier", code).lower() for code in orientation.barriers if code != "emploi"]
    found = [*filter(None, situations), *([", ".join(barriers)] if barriers else [])]
    if found:
        return Criterion(Result.MET, " ; ".join(found), DIFFICULTIES_TEXT)
    answers = (orientation.precarious_jobs, orientation.qpv_resident, orientation.foreign_diploma, level)
    if None in answers or orientation.disability != "no":
        return Criterion(
            Result.UNKNOWN, "aucune difficulté déclarée, toutes les réponses ne sont pas connues", DIFFICULTIES_TEXT
        )
    return Criterion(Result.NOT_MET, "aucune difficulté déclarée", DIFFICULTIES_TEXT)


def adheres(orientation: Orientation) -> Criterion:
    """The person agreed, on a known date; without the date the commission asks in session."""
    if orientation.adhesion is None:
        return Criterion(Result.UNKNOWN, "accord non reçu, à demander en séance", ADHESION_TEXT)
    if not orientation.adhesion:
        return Criterion(Result.NOT_MET, "accord non donné", ADHESION_TEXT)
    if orientation.adhesion_on is None:
        return Criterion(Result.UNKNOWN, "accord donné, date non renseignée, à confirmer en séance", ADHESION_TEXT)
    return Criterion(Result.MET, f"accord donné le {long_date(orientation.adhesion_on)}", ADHESION_TEXT)
