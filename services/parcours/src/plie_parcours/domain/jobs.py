"""Ordinary-law jobs (SIAE posts are steps). A durable job opens its follow-up by itself.

Field text: « un accès et un maintien dans l’emploi de droit commun (CDI, CDD de plus de 6 mois, création d’entreprise) ».
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from plie_chassis.calendar import long_date, months_inclusive
from plie_chassis.problems import Conflict, FieldError, Invalid, NotFound
from plie_contracts.events import (
    FollowUpEnded,
    FollowUpStarted,
    JobCorrected,
    JobEnded,
    JobStarted,
    is_durable,
)
from plie_parcours.domain.parcours import Parcours, not_before, since_admission, under_way
from plie_parcours.domain.records import Job


class JobNotFound(NotFound):
    code = "job.not-found"
    title = "Emploi introuvable"


class JobIsEnded(Conflict):
    code = "job.ended"
    title = "Emploi déjà terminé"


class CddWithoutMonths(Invalid):
    code = "job.cdd-without-months"
    title = "Durée du CDD manquante"


class FollowUpMadeUntrue(Conflict):
    code = "job.follow-up-made-untrue"
    title = "Un suivi repose sur cet emploi"


@dataclass(frozen=True, slots=True)
class JobDraft:
    started_on: date
    contract_kind: str
    contract_months: int | None = None
    weekly_hours: float | None = None
    chosen_part_time: bool | None = None
    employer_kind: str | None = None
    employer_size: str | None = None
    rome: str | None = None


def start(parcours: Parcours, job_id: UUID, draft: JobDraft, today: date) -> JobStarted:
    """Raises CddWithoutMonths, DateInFuture, DateBeforeAdmission, NotOpened, ParcoursIsEnded."""
    under_way(parcours)
    since_admission(parcours, draft.started_on, today, "started_on")
    return JobStarted(**parcours.subject, job_id=job_id, **_state(draft))


def correct(parcours: Parcours, job_id: UUID, draft: JobDraft, today: date, *, reason_code: str | None) -> JobCorrected:
    """The full new state of a job; whether it is durable is computed anew.

    Raises JobNotFound, FollowUpMadeUntrue, DateBeforeStart and the refusals of `start`.
    """
    under_way(parcours)
    job = job_of(parcours, job_id)
    since_admission(parcours, draft.started_on, today, "started_on")
    if job.ended_on is not None:
        not_before(job.ended_on, draft.started_on, "le début corrigé", "started_on")
    what_was_attested_stays_true(parcours, job, draft)
    return JobCorrected(**parcours.subject, job_id=job_id, **_state(draft), reason_code=reason_code)


def what_was_attested_stays_true(parcours: Parcours, job: Job, draft: JobDraft) -> None:
    """A job whose follow-up has attested or ended keeps its start and stays durable. Raises FollowUpMadeUntrue."""
    follow_up = parcours.follow_ups.get(job.job_id)
    if follow_up is None or (follow_up.ended_on is None and not follow_up.milestones):
        return
    if draft.started_on != job.started_on or not _durable(draft):
        raise FollowUpMadeUntrue(
            "Le suivi de cet emploi a déjà été attesté : son début et son caractère durable ne changent plus."
            " Vous pouvez corriger les autres réponses."
        )


def end(parcours: Parcours, job_id: UUID, ended_on: date, reason_code: str, today: date) -> JobEnded:
    """Raises JobNotFound, JobIsEnded, DateBeforeStart, DateInFuture."""
    under_way(parcours)
    job = job_of(parcours, job_id)
    if job.ended_on is not None:
        raise JobIsEnded(f"Cet emploi s’est terminé le {long_date(job.ended_on)}. Rien n’a été enregistré.")
    since_admission(parcours, ended_on, today, "ended_on")
    not_before(ended_on, job.started_on, "le début", "ended_on")
    lasted_until_its_milestones(parcours, job, ended_on)
    return JobEnded(**parcours.subject, job_id=job_id, ended_on=ended_on, reason_code=reason_code)


def lasted_until_its_milestones(parcours: Parcours, job: Job, ended_on: date) -> None:
    """A job attested at 3 or 6 months did not end before them. Raises FollowUpMadeUntrue."""
    follow_up = parcours.follow_ups.get(job.job_id)
    for month, milestone in (follow_up.milestones if follow_up else {}).items():
        if follow_up and milestone.in_employment and ended_on < follow_up.reached_on(month):
            raise FollowUpMadeUntrue(
                f"La personne était dans cet emploi à {month} mois, le {long_date(follow_up.reached_on(month))} :"
                " c’est attesté. Indiquez une date de fin égale ou postérieure."
            )


def follow_up_of_durable_job(parcours: Parcours, job_id: UUID, today: date) -> FollowUpStarted | FollowUpEnded | None:
    """Only a durable job is followed: its follow-up opens with it, and closes when a correction shows it is not one."""
    job, follow_up = job_of(parcours, job_id), parcours.follow_ups.get(job_id)
    if job.durable and (follow_up is None or (follow_up.ended_on is None and follow_up.started_on != job.started_on)):
        return FollowUpStarted(**parcours.subject, job_id=job_id, started_on=job.started_on)
    if not job.durable and follow_up is not None and follow_up.ended_on is None:
        return FollowUpEnded(
            **parcours.subject,
            job_id=job_id,
            ended_on=today,
            outcome="not-relevant",
            months_followed=months_inclusive(follow_up.started_on, today),
        )
    return None


def job_of(parcours: Parcours, job_id: UUID) -> Job:
    job = parcours.jobs.get(job_id)
    if job is None:
        raise JobNotFound("Cet emploi n’existe pas dans le parcours en cours.")
    return job


def cdd_states_its_months(draft: JobDraft) -> None:
    if draft.contract_kind == "cdd" and not draft.contract_months:
        message = "Un CDD indique sa durée en mois : au-delà de six mois, l’emploi est durable et ouvre un suivi."
        raise CddWithoutMonths(message, errors=[FieldError("contract_months", CddWithoutMonths.code, message)])


def _durable(draft: JobDraft) -> bool:
    return bool(is_durable(draft.contract_kind, draft.contract_months))


def _state(draft: JobDraft) -> dict[str, Any]:
    cdd_states_its_months(draft)
    return {
        "started_on": draft.started_on,
        "contract_kind": draft.contract_kind,
        "contract_months": draft.contract_months,
        "weekly_hours": draft.weekly_hours,
        "chosen_part_time": draft.chosen_part_time,
        "employer_kind": draft.employer_kind,
        "employer_size": draft.employer_size,
        "rome": draft.rome,
        "durable": _durable(draft),
    }
