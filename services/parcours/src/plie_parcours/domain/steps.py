"""Steps of a parcours: trainings, SIAE posts, immersions…; a qualifying training may end in a qualification."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.calendar import long_date, months_inclusive
from plie_chassis.problems import Conflict, FieldError, Invalid, NotFound
from plie_contracts.events import QualificationObtained, StepEnded, StepStarted
from plie_parcours.domain.parcours import Parcours, not_before, since_admission, under_way
from plie_parcours.domain.records import Step

FINAL_STATUSES = ("done", "abandoned", "cancelled")


class StepNotFound(NotFound):
    code = "step.not-found"
    title = "Étape introuvable"


class StepIsEnded(Conflict):
    code = "step.ended"
    title = "Étape déjà terminée"


class SiaeKindMismatch(Invalid):
    code = "step.siae-kind"
    title = "Type de SIAE à corriger"


class StatusNotFinal(Invalid):
    code = "step.status-not-final"
    title = "Statut de fin à corriger"


class NotQualifying(Conflict):
    code = "qualification.not-qualifying"
    title = "Étape non qualifiante"


class QualificationKnown(Conflict):
    code = "qualification.known"
    title = "Qualification déjà notée"


@dataclass(frozen=True, slots=True)
class StepDraft:
    kind: str
    started_on: date
    siae_kind: str | None = None
    planned_end_on: date | None = None


def start(parcours: Parcours, step_id: UUID, draft: StepDraft, today: date) -> StepStarted:
    """Raises SiaeKindMismatch, DateBeforeStart and the refusals of a date and of a parcours not under way."""
    under_way(parcours)
    since_admission(parcours, draft.started_on, today, "started_on")
    if draft.planned_end_on is not None:
        not_before(draft.planned_end_on, draft.started_on, "le début", "planned_end_on")
    siae_posts_name_their_structure(draft)
    return StepStarted(
        **parcours.subject,
        step_id=step_id,
        kind=draft.kind,
        siae_kind=draft.siae_kind,
        started_on=draft.started_on,
        planned_end_on=draft.planned_end_on,
    )


def siae_posts_name_their_structure(draft: StepDraft) -> None:
    """A SIAE post says ACI, AI, EI, ETTI or EITI; nothing else does."""
    if draft.kind == "siae" and draft.siae_kind is None:
        message = "Un poste en SIAE indique sa structure : ACI, AI, EI, ETTI ou EITI."
    elif draft.kind != "siae" and draft.siae_kind is not None:
        message = "Le type de SIAE ne se donne que pour un poste en SIAE. Laissez-le vide."
    else:
        return
    raise SiaeKindMismatch(message, errors=[FieldError("siae_kind", SiaeKindMismatch.code, message)])


def end(parcours: Parcours, step_id: UUID, ended_on: date, status: str, hours: float | None, today: date) -> StepEnded:
    """Raises StepNotFound, StepIsEnded, StatusNotFinal, DateBeforeStart, DateInFuture."""
    under_way(parcours)
    step = step_of(parcours, step_id)
    if step.ended_on is not None:
        raise StepIsEnded(f"Cette étape s’est terminée le {long_date(step.ended_on)}. Rien n’a été enregistré.")
    if status not in FINAL_STATUSES:
        message = "Une étape finit terminée, abandonnée par la personne ou annulée par la structure."
        raise StatusNotFinal(message, errors=[FieldError("status", StatusNotFinal.code, message)])
    since_admission(parcours, ended_on, today, "ended_on")
    not_before(ended_on, step.started_on, "le début", "ended_on")
    return StepEnded(**parcours.subject, step_id=step_id, ended_on=ended_on, status=status, hours=hours)


def obtain_qualification(
    parcours: Parcours, step_id: UUID, obtained_on: date, level: int | None, months: int | None, today: date
) -> QualificationObtained:
    """A qualifying training is validated; without `months`, its length is that of the step.

    Raises StepNotFound, NotQualifying, QualificationKnown, DateBeforeStart, DateInFuture.
    """
    under_way(parcours)
    step = step_of(parcours, step_id)
    if step.kind != "qualifiant":
        raise NotQualifying("Seule une formation qualifiante mène à une qualification. Choisissez cette étape.")
    if step.qualification is not None:
        raise QualificationKnown(f"La qualification est notée depuis le {long_date(step.qualification.obtained_on)}.")
    since_admission(parcours, obtained_on, today, "obtained_on")
    not_before(obtained_on, step.started_on, "le début de la formation", "obtained_on")
    if months is None:
        months = months_inclusive(step.started_on, step.ended_on or obtained_on)
    return QualificationObtained(
        **parcours.subject, step_id=step_id, obtained_on=obtained_on, level=level, months=months
    )


def step_of(parcours: Parcours, step_id: UUID) -> Step:
    step = parcours.steps.get(step_id)
    if step is None:
        raise StepNotFound("Cette étape n’existe pas dans le parcours en cours.")
    return step
