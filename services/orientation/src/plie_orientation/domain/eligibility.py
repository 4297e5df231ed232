"""What a prescriber is told while filling the form: the verdict that the commission's pre-assessment will come to.

Source: field document « Le PLIE Centre Isère », « Pour qui ? », four cumulative criteria. A hint only: the commission decides.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from plie_chassis.calendar import long_date
from plie_chassis.typesetting import NBSP, typeset
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_contracts.vocabulary import label
from plie_orientation.domain.addressing import Territory
from plie_orientation.domain.publication import unemployed_months

Result = Literal["met", "not-met", "unknown"]

LONG_TERM_MONTHS = 12
LEVEL_OF_A_FIRST_QUALIFICATION = 3
"""ISCED level of the CAP: below it, qualification counts as a difficulty."""


@dataclass(frozen=True)
class Answers:
    """The form so far; None stands for not answered."""

    birth_date: date | None = None
    commune_insee: str | None = None
    continuity_clas: str | None = None
    continuity_reason: str | None = None
    employment: str | None = None
    unemployed_since: date | None = None
    rsa_recipient: bool = False
    first_time_jobseeker: bool = False
    entering_iae: bool = False
    precarious_jobs: bool | None = None
    foreign_diploma: bool | None = None
    qpv_resident: bool | None = None
    education_level: int | None = None
    disability: str | None = None
    barriers: tuple[str, ...] = ()
    adhesion_given: bool | None = None
    adhesion_on: date | None = None


@dataclass(frozen=True)
class Hint:
    """`criterion` is a code of the vocabulary; `evidence` a French sentence fragment."""

    criterion: str
    result: Result
    evidence: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", typeset(self.evidence))


def hints(answers: Answers, territory: Territory, today: date) -> tuple[Hint, ...]:
    return (
        lives_on_the_territory(answers, territory),
        is_without_employment(answers, today),
        meets_difficulties(answers),
        adheres(answers),
    )


def lives_on_the_territory(answers: Answers, territory: Territory) -> Hint:
    """Resident of a commune of the commission addressed, or accompanied further by it for a reason."""
    criterion = "territory"
    if answers.commune_insee is None:
        return Hint(criterion, "unknown", "commune à indiquer")
    commune = COMMUNES.get(answers.commune_insee)
    name = f"{commune.name}, {TERRITORIES[commune.territory].title}" if commune else f"commune {answers.commune_insee}"
    covering = territory.clas_of(answers.commune_insee)
    wished = answers.continuity_clas if answers.continuity_clas in territory.commissions else covering
    if wished is None:
        return Hint(criterion, "not-met", f"{name} : aucune commission ne la couvre")
    if wished == covering:
        return Hint(criterion, "met", name)
    if not answers.continuity_reason:
        return Hint(criterion, "unknown", f"{name} : motif de la continuité à indiquer")
    return Hint(criterion, "met", f"{name} : continuité d’accompagnement")


def is_without_employment(answers: Answers, today: date) -> Hint:
    """« Sans emploi (demandeurs d’emploi de longue durée, bénéficiaires du RSA, primo demandeurs d’emploi, IAE…) ».

    Who has a job and enters IAE, and who is inactive and of no public named, are left to the commission.
    """
    criterion = "without_employment"
    if answers.employment is None:
        return Hint(criterion, "unknown", "situation à indiquer")
    if answers.employment == "employed":
        if answers.entering_iae:
            return Hint(criterion, "unknown", "en emploi, entrée prévue en IAE")
        return Hint(criterion, "not-met", "en emploi")
    months = months_unemployed(answers, today)
    grounds = [
        ground
        for told, ground in (
            (months is not None and months >= LONG_TERM_MONTHS, f"{months}{NBSP}mois sans emploi"),
            (answers.rsa_recipient, "bénéficiaire du RSA"),
            (answers.first_time_jobseeker, "primo-demandeur d’emploi"),
            (answers.entering_iae, "entrée prévue en IAE"),
        )
        if told
    ]
    if grounds:
        return Hint(criterion, "met", ", ".join(grounds))
    if answers.employment != "unemployed":
        return Hint(criterion, "unknown", "sans activité, aucun des publics cités")
    if months is None:
        return Hint(criterion, "unknown", "date de début à indiquer")
    return Hint(criterion, "not-met", f"{months}{NBSP}mois sans emploi, moins de {LONG_TERM_MONTHS}")


def months_unemployed(answers: Answers, today: date) -> int | None:
    """Whole months of a jobseeker; time spent inactive is no unemployment."""
    return unemployed_months(answers.unemployed_since, today) if answers.employment == "unemployed" else None


def meets_difficulties(answers: Answers) -> Hint:
    """Any that the field text names; that there is none is only concluded when every question has its answer.

    Looking for a job (barrier `emploi`) is what brings everybody here, so no difficulty by itself.
    """
    criterion = "difficulties"
    level = answers.education_level
    told = [label("barrier", code) for code in answers.barriers if code != "emploi"]
    told += [
        difficulty
        for there, difficulty in (
            (answers.precarious_jobs, "emplois précaires successifs"),
            (answers.qpv_resident, "quartier prioritaire"),
            (answers.foreign_diploma, "diplôme étranger"),
            (level is not None and level < LEVEL_OF_A_FIRST_QUALIFICATION, "niveau inférieur au CAP"),
            (answers.disability == "yes", "handicap"),
        )
        if there
    ]
    if told:
        return Hint(criterion, "met", ", ".join(told))
    if None in (answers.precarious_jobs, answers.qpv_resident, answers.foreign_diploma, level):
        return Hint(criterion, "unknown", "difficultés à indiquer")
    if answers.disability != "no":
        return Hint(criterion, "unknown", "situation de handicap non connue")
    return Hint(criterion, "not-met", "aucune difficulté indiquée")


def adheres(answers: Answers) -> Hint:
    """The person agreed, on a known date; without the date the commission asks in session."""
    criterion = "adhesion"
    if answers.adhesion_given is None:
        return Hint(criterion, "unknown", "accord à recueillir, sans lequel le critère n’est pas rempli")
    if not answers.adhesion_given:
        return Hint(criterion, "not-met", "accord non donné")
    if answers.adhesion_on is None:
        return Hint(criterion, "unknown", "date de l’accord à indiquer")
    return Hint(criterion, "met", f"accord donné le {long_date(answers.adhesion_on)}")
