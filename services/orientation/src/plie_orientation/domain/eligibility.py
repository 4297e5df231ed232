"""What a prescriber is told while filling the form: which admission criteria the answers given so far meet.

Field text: territory, without employment, difficulties and adhesion, cumulatively. A hint only: the commission decides.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from plie_chassis.calendar import NBSP
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_contracts.vocabulary import VOCABULARIES
from plie_orientation.domain.addressing import Territory
from plie_orientation.domain.publication import unemployed_months

Result = Literal["met", "not-met", "unknown"]

LONG_TERM_MONTHS = 12
LOWER_SECONDARY = 2
"""ISCED level up to which qualification counts as a difficulty."""


@dataclass(frozen=True)
class Answers:
    """The form so far: None and False stand for not answered yet."""

    commune_insee: str | None = None
    continuity_clas: str | None = None
    employment: str | None = None
    unemployed_since: date | None = None
    rsa_recipient: bool = False
    first_time_jobseeker: bool = False
    entering_iae: bool = False
    precarious_jobs: bool = False
    foreign_diploma: bool = False
    qpv_resident: bool = False
    education_level: int | None = None
    disability: str | None = None
    barriers: tuple[str, ...] = ()
    adhesion_given: bool = False


@dataclass(frozen=True)
class Hint:
    """`criterion` is a code of the vocabulary; `evidence` a French sentence fragment."""

    criterion: str
    result: Result
    evidence: str


def hints(answers: Answers, territory: Territory, today: date) -> tuple[Hint, ...]:
    return (
        lives_on_the_territory(answers, territory),
        is_without_employment(answers, today),
        meets_difficulties(answers),
        adheres(answers),
    )


def lives_on_the_territory(answers: Answers, territory: Territory) -> Hint:
    """A commune that a CLAS covers, or a CLAS that goes on accompanying."""
    if answers.commune_insee is None:
        return Hint("territory", "unknown", "commune à indiquer")
    commune = COMMUNES.get(answers.commune_insee)
    name = f"{commune.name}, {TERRITORIES[commune.territory].title}" if commune else f"commune {answers.commune_insee}"
    if territory.clas_of(answers.commune_insee) is not None:
        return Hint("territory", "met", name)
    if answers.continuity_clas in territory.commissions:
        return Hint("territory", "met", f"{name}{NBSP}: continuité d’accompagnement")
    return Hint("territory", "not-met", f"{name}{NBSP}: aucune commission ne la couvre")


def is_without_employment(answers: Answers, today: date) -> Hint:
    """Without a job, and one of: a long-term jobseeker, RSA recipient, first-time jobseeker, entering IAE."""
    criterion = "without_employment"
    if answers.employment is None:
        return Hint(criterion, "unknown", "situation à indiquer")
    if answers.employment == "employed":
        return Hint(criterion, "not-met", "en emploi")
    grounds = [
        ground
        for told, ground in (
            (answers.rsa_recipient, "bénéficiaire du RSA"),
            (answers.first_time_jobseeker, "primo-demandeur d’emploi"),
            (answers.entering_iae, "entrée prévue en IAE"),
        )
        if told
    ]
    months = unemployed_months(answers.unemployed_since, today)
    if months is not None and months >= LONG_TERM_MONTHS:
        grounds.insert(0, f"{months}{NBSP}mois sans emploi")
    if grounds:
        return Hint(criterion, "met", ", ".join(grounds))
    if months is None:
        return Hint(criterion, "unknown", "date de début à indiquer")
    return Hint(criterion, "not-met", f"{months}{NBSP}mois sans emploi, moins de {LONG_TERM_MONTHS}")


def meets_difficulties(answers: Answers) -> Hint:
    """Any of those the field text names; nothing ticked yet is no proof that there are none."""
    told = [VOCABULARIES["barrier"][code].label for code in answers.barriers if code in VOCABULARIES["barrier"]]
    told += [
        difficulty
        for there, difficulty in (
            (answers.precarious_jobs, "emplois précaires successifs"),
            (answers.qpv_resident, "quartier prioritaire"),
            (answers.foreign_diploma, "diplôme étranger"),
            (answers.education_level is not None and answers.education_level <= LOWER_SECONDARY, "qualification"),
            (answers.disability == "yes", "handicap"),
        )
        if there
    ]
    return (
        Hint("difficulties", "met", ", ".join(told)) if told else Hint("difficulties", "unknown", "freins à indiquer")
    )


def adheres(answers: Answers) -> Hint:
    if answers.adhesion_given:
        return Hint("adhesion", "met", "accord de la personne")
    return Hint("adhesion", "unknown", "à recueillir avec la personne")
