"""Follow-up in a durable job up to 6 months, or until a qualifying training is validated, where it seems relevant.

Field text: « assurer le suivi dans l’emploi jusqu’à 6 mois après l’intégration … quand cela semble pertinent ».
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from plie_chassis.calendar import long_date, months_inclusive
from plie_chassis.problems import Conflict, FieldError, Invalid, NotFound
from plie_contracts.events import FollowUpEnded, FollowUpMilestone, FollowUpStarted
from plie_parcours.domain.jobs import job_of
from plie_parcours.domain.parcours import Parcours, not_before, since_admission, under_way
from plie_parcours.domain.records import FollowUp
from plie_parcours.domain.steps import step_of

Month = Literal[3, 6]
NO_FOLLOW_UP: Mapping[str, str] = {
    "refus-personne": "refus de la personne",
    "suivi-ailleurs": "suivi par un autre acteur",
    "situation-stable": "situation déjà stable",
    "autre": "autre motif",
}
"""Why there is « pas de suivi », for the screens; the reason stays in the Maison."""
MILESTONES: tuple[Month, Month] = (3, 6)


class FollowUpNotFound(NotFound):
    code = "follow-up.not-found"
    title = "Suivi introuvable"


class FollowUpOfOneThing(Invalid):
    code = "follow-up.of-one-thing"
    title = "Un emploi ou une étape"


class FollowUpKnown(Conflict):
    code = "follow-up.known"
    title = "Suivi déjà ouvert"


class NotDurable(Conflict):
    code = "follow-up.not-durable"
    title = "Emploi non durable"


class NotATraining(Conflict):
    code = "follow-up.not-qualifying"
    title = "Étape non qualifiante"


class FollowUpIsEnded(Conflict):
    code = "follow-up.ended"
    title = "Suivi déjà terminé"


class MilestoneKnown(Conflict):
    code = "follow-up.milestone-known"
    title = "Échéance déjà attestée"


class MilestoneNotReached(Invalid):
    code = "follow-up.milestone-not-reached"
    title = "Échéance pas encore atteinte"


class JobAlreadyLost(Conflict):
    code = "follow-up.job-lost"
    title = "Emploi déjà perdu"


class OutcomeContradicted(Conflict):
    code = "follow-up.outcome-contradicted"
    title = "Issue contredite par les faits"


class NotRelevantWithoutReason(Invalid):
    code = "follow-up.reason-missing"
    title = "Motif manquant"


def start(
    parcours: Parcours, *, job_id: UUID | None, step_id: UUID | None, started_on: date, today: date
) -> FollowUpStarted:
    """Of a durable job whose follow-up is not open, or of a qualifying training.

    Raises FollowUpOfOneThing, FollowUpKnown, NotDurable, NotATraining and the refusals of a date.
    """
    under_way(parcours)
    if job_id is not None and step_id is None:
        job = job_of(parcours, job_id)
        if not job.durable:
            raise NotDurable(
                "Le suivi en emploi concerne un emploi durable : CDI, CDD de plus de six mois ou création d’entreprise."
            )
        subject_id, begun_on = job_id, job.started_on
    elif step_id is not None and job_id is None:
        step = step_of(parcours, step_id)
        if step.kind != "qualifiant":
            raise NotATraining("Hors emploi, le suivi concerne une formation qualifiante jusqu’à sa validation.")
        subject_id, begun_on = step_id, step.started_on
    else:
        message = "Un suivi porte sur un emploi ou sur une étape, exactement un des deux."
        raise FollowUpOfOneThing(message, errors=[FieldError("job_id", FollowUpOfOneThing.code, message)])
    known = parcours.follow_ups.get(subject_id)
    if known is not None:
        raise FollowUpKnown(f"Ce suivi existe déjà : il a commencé le {long_date(known.started_on)}.")
    since_admission(parcours, started_on, today, "started_on")
    not_before(started_on, begun_on, "le début", "started_on")
    return FollowUpStarted(**parcours.subject, job_id=job_id, step_id=step_id, started_on=started_on)


def attest(
    parcours: Parcours,
    subject_id: UUID,
    *,
    month: Month,
    in_employment: bool,
    evidence: str | None,
    attested_on: date,
    today: date,
) -> FollowUpMilestone:
    """The situation at 3 or 6 months; being in the job can be attested from the day the month is reached.

    Raises FollowUpNotFound, FollowUpIsEnded, MilestoneKnown, MilestoneNotReached, JobAlreadyLost, DateInFuture.
    """
    under_way(parcours)
    follow_up = open_follow_up_of(parcours, subject_id)
    if month in follow_up.milestones:
        attested = follow_up.milestones[month].attested_on
        raise MilestoneKnown(f"La situation à {month} mois est attestée depuis le {long_date(attested)}.")
    since_admission(parcours, attested_on, today, "attested_on")
    not_before(attested_on, follow_up.started_on, "le début du suivi", "attested_on")
    if in_employment:
        employment_is_attested_once_reached(follow_up, month, attested_on)
        a_lost_job_is_not_regained(parcours, follow_up, month)
    return FollowUpMilestone(
        **parcours.subject,
        **_of(follow_up),
        month=month,
        in_employment=in_employment,
        evidence=evidence,
        attested_on=attested_on,
    )


def employment_is_attested_once_reached(follow_up: FollowUp, month: int, attested_on: date) -> None:
    """Months are inclusive: a job of 1 July reaches 6 months on 31 December."""
    reached = follow_up.reached_on(month)
    if attested_on < reached:
        message = f"Les {month} mois sont atteints le {long_date(reached)}. Attestez à partir de cette date."
        raise MilestoneNotReached(message, errors=[FieldError("attested_on", MilestoneNotReached.code, message)])


def a_lost_job_is_not_regained(parcours: Parcours, follow_up: FollowUp, month: int) -> None:
    """Out of the job at 3 months, or a job ended before: nobody is in that job at the milestone."""
    job = parcours.jobs.get(follow_up.subject_id)
    if job is not None and job.ended_on is not None and job.ended_on < follow_up.reached_on(month):
        raise JobAlreadyLost(
            f"Cet emploi s’est terminé le {long_date(job.ended_on)}, avant les {month} mois."
            " Attestez que la personne n’est plus dans cet emploi, ou terminez le suivi."
        )
    if any(not milestone.in_employment for milestone in follow_up.milestones.values() if milestone.month < month):
        raise JobAlreadyLost(f"La personne n’était plus dans cet emploi à 3 mois : elle n’y est pas à {month} mois.")


def end(
    parcours: Parcours,
    subject_id: UUID,
    *,
    ended_on: date,
    outcome: str,
    evidence: str | None,
    reason_code: str | None,
    today: date,
) -> FollowUpEnded:
    """Months followed and retention are computed; « pas de suivi » gives its reason, which stays in the file.

    Raises FollowUpNotFound, FollowUpIsEnded, OutcomeContradicted, NotRelevantWithoutReason, DateBeforeStart.
    """
    under_way(parcours)
    follow_up = open_follow_up_of(parcours, subject_id)
    since_admission(parcours, ended_on, today, "ended_on")
    not_before(ended_on, follow_up.started_on, "le début du suivi", "ended_on")
    attested_months_are_followed(follow_up, ended_on)
    outcome_agrees_with_the_facts(parcours, follow_up, outcome, ended_on)
    not_relevant_has_a_reason(outcome, reason_code)
    three, six = (retained(parcours, follow_up, month, outcome, ended_on) for month in MILESTONES)
    return FollowUpEnded(
        **parcours.subject,
        **_of(follow_up),
        ended_on=ended_on,
        outcome=outcome,
        months_followed=months_inclusive(follow_up.started_on, ended_on),
        retained_3_months=True if six else three,
        retained_6_months=six,
        evidence=evidence,
    )


def retained(parcours: Parcours, follow_up: FollowUp, month: int, outcome: str, ended_on: date) -> bool | None:
    """Whether the person was still in the job at `month` months: as attested, else as the end shows, else unknown."""
    if not follow_up.in_job:
        return None
    if month in follow_up.milestones:
        return follow_up.milestones[month].in_employment
    reached, job = follow_up.reached_on(month), job_of(parcours, follow_up.subject_id)
    if job.ended_on is not None and job.ended_on < min(reached, ended_on + timedelta(days=1)):
        return False
    if ended_on >= reached and (job.ended_on is not None or outcome == "in-employment"):
        return True
    return None


def attested_months_are_followed(follow_up: FollowUp, ended_on: date) -> None:
    """A follow-up that attested the job at 6 months does not end before they were reached."""
    for month, milestone in follow_up.milestones.items():
        if milestone.in_employment:
            not_before(ended_on, follow_up.reached_on(month), f"l’échéance attestée à {month} mois,", "ended_on")


def outcome_agrees_with_the_facts(parcours: Parcours, follow_up: FollowUp, outcome: str, ended_on: date) -> None:
    """« En emploi » needs the job to run, « emploi terminé » its end, « qualification » the qualification itself."""
    job, step = parcours.jobs.get(follow_up.subject_id), parcours.steps.get(follow_up.subject_id)
    last = follow_up.milestones[max(follow_up.milestones)] if follow_up.milestones else None
    lost = job is not None and (not job.runs_on(ended_on) or (last is not None and not last.in_employment))
    if outcome == "in-employment" and lost:
        raise OutcomeContradicted("La personne n’est plus dans cet emploi à cette date. Choisissez « emploi terminé ».")
    if outcome == "job-ended" and (job is None or job.ended_on is None):
        raise OutcomeContradicted("La fin de cet emploi n’est pas notée. Notez-la d’abord, avec sa date et son motif.")
    if outcome == "qualified" and (step is None or step.qualification is None):
        raise OutcomeContradicted("Aucune qualification n’est notée pour cette étape. Notez-la d’abord.")


def not_relevant_has_a_reason(outcome: str, reason_code: str | None) -> None:
    if outcome == "not-relevant" and not reason_code:
        message = "« Pas de suivi » donne son motif. Il reste dans le dossier de la Maison."
        raise NotRelevantWithoutReason(
            message, errors=[FieldError("reason_code", NotRelevantWithoutReason.code, message)]
        )


def open_follow_up_of(parcours: Parcours, subject_id: UUID) -> FollowUp:
    follow_up = parcours.follow_ups.get(subject_id)
    if follow_up is None:
        raise FollowUpNotFound("Aucun suivi n’est ouvert pour cet emploi ou cette étape.")
    if follow_up.ended_on is not None:
        raise FollowUpIsEnded(f"Ce suivi s’est terminé le {long_date(follow_up.ended_on)}. Rien n’a été enregistré.")
    return follow_up


def _of(follow_up: FollowUp) -> dict[str, Any]:
    return {"job_id" if follow_up.in_job else "step_id": follow_up.subject_id}
