"""How facts make a parcours: one branch a fact. A correction replaces, a cancellation removes; facts themselves stay."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from plie_contracts import events
from plie_parcours.domain import moves
from plie_parcours.domain.parcours import Parcours
from plie_parcours.domain.records import (
    Assignment,
    Attendance,
    BarrierReview,
    Contact,
    Contract,
    Exit,
    Fact,
    FollowUp,
    Job,
    Milestone,
    Move,
    Note,
    Qualification,
    Residence,
    Step,
)


def told_by(facts: Iterable[Fact]) -> Parcours:
    """The parcours that these facts tell, in their order; the first is its admission."""
    remaining = iter(facts)
    admission = next(remaining).event
    if not isinstance(admission, events.AdmissionValidated):
        raise TypeError(f"a parcours begins with its admission, not with {admission.name}")
    parcours = Parcours(
        participant_id=admission.participant_id,
        number=admission.parcours_no,
        orientation_id=admission.orientation_id,
        admitted_on=admission.decided_on,
    )
    for fact in remaining:
        parcours = after(parcours, fact)
    return parcours


def after(parcours: Parcours, fact: Fact) -> Parcours:  # noqa: PLR0912 (one branch a fact, nothing nested)
    """The parcours once `fact` has happened."""
    p, event, withheld = parcours, fact.event, fact.withheld
    match event:
        case events.AdmissionValidated():
            if withheld.get("of_another_person"):
                return replace(p, revoked_on=event.decided_on)
            return moves.admitted_again(p, event.maison if withheld.get("elsewhere") else None, event.decided_on)
        case events.AdmissionRefused() | events.AdmissionDeferred():
            return replace(p, revoked_on=event.decided_on)
        case events.ParcoursOpened(opened_on=day):
            return replace(_accompanied(p, event.referent_id, day), opened_on=day, modality=event.modality)
        case events.ReferentChanged():
            return _accompanied(p, event.to, event.changed_on)
        case events.ContractSigned(contract_id=id_):
            return replace(p, contracts={**p.contracts, id_: Contract(id_, event.kind, event.signed_on, event.ends_on)})
        case events.ContactLogged(contact_id=id_):
            return replace(p, contacts={**p.contacts, id_: _contact(event, withheld)})
        case events.ContactCancelled(contact_id=cancelled):
            return replace(p, contacts={id_: contact for id_, contact in p.contacts.items() if id_ != cancelled})
        case events.BarriersReviewed(reviewed_on=day):
            return replace(p, reviews=_reviews(p.reviews, BarrierReview(day, _levels(event, withheld))))
        case events.ActionAttended(action_id=id_):
            attendance = Attendance(id_, event.action_kind, event.held_on, event.hours, event.present)
            return replace(p, attendances={**p.attendances, id_: attendance})
        case events.StepStarted(step_id=id_):
            return replace(p, steps={**p.steps, id_: _step(event, withheld, p.steps.get(id_))})
        case events.StepEnded(step_id=id_):
            step = replace(p.steps[id_], ended_on=event.ended_on, status=event.status, hours=event.hours)
            return replace(p, steps={**p.steps, id_: step})
        case events.QualificationObtained(step_id=id_):
            qualification = Qualification(event.obtained_on, event.level, event.months)
            return replace(p, steps={**p.steps, id_: replace(p.steps[id_], qualification=qualification)})
        case events.JobStarted(job_id=id_):
            return replace(p, jobs={**p.jobs, id_: _job(event, withheld, p.jobs.get(id_))})
        case events.JobEnded(job_id=id_):
            job = replace(p.jobs[id_], ended_on=event.ended_on, end_reason=event.reason_code)
            return replace(p, jobs={**p.jobs, id_: job})
        case events.FollowUpStarted() | events.FollowUpMilestone() | events.FollowUpEnded():
            follow_up = _follow_up(p, event, withheld)
            return replace(p, follow_ups={**p.follow_ups, follow_up.subject_id: follow_up})
        case events.ResidenceChanged(commune_insee=commune):
            return replace(p, residence=Residence(commune, event.changed_on, event.continuity_reason_code))
        case events.MaisonReassigned():
            leaves = bool(withheld.get("leaves"))
            move = Move(event.to if leaves else event.from_, event.effective_on, leaves)
            return moves.decided(p, move, ahead=bool(withheld.get("ahead")))
        case events.ParcoursHandedOver():
            return moves.handed_over(p, event.to, event.handed_over_on)
        case events.ParcoursFileHandedOver():
            return moves.taken_over(_with_the_file(p, event))
        case events.ParcoursEnded(ended_on=day):
            reason = withheld.get("reason_code", event.reason_code)
            return replace(p, exit=Exit(day, event.kind, reason, event.positive_rule))
        case _:
            return p


def _accompanied(p: Parcours, referent_id: str, since: date) -> Parcours:
    before = tuple(each if each.until else replace(each, until=since) for each in p.referents)
    return replace(
        p, referent_id=referent_id, referent_since=since, referents=(*before, Assignment(referent_id, since))
    )


def _with_the_file(p: Parcours, file: events.ParcoursFileHandedOver) -> Parcours:
    """What the working file says besides facts; those stand each on its own (handovers.py)."""
    before = tuple(Assignment(each.referent_id, each.from_, each.until, each.name) for each in file.referents)
    here = tuple(each for each in p.referents if each.until is None)
    return replace(
        p,
        opened_on=min(filter(None, (p.opened_on, file.opened_on)), default=None),
        modality=p.modality or file.modality,
        referents=(*before, *here),
        notes=tuple(Note(note.written_on, note.text) for note in file.notes),
    )


def _contact(event: events.ContactLogged, withheld: Mapping[str, Any]) -> Contact:
    return Contact(
        contact_id=event.contact_id,
        occurred_on=event.occurred_on,
        medium=event.medium,
        format=event.format,
        with_referent=event.with_referent is not False,
        outcome=event.outcome,
        duration_minutes=event.duration_minutes,
        referent_id=event.referent_id,
        stage=event.stage,
        first_interview=event.first_interview,
        note=withheld.get("note"),
    )


def _levels(event: events.BarriersReviewed, withheld: Mapping[str, Any]) -> dict[str, int]:
    withheld_levels: dict[str, int] = withheld.get("levels", {})
    return {barrier.code: barrier.level for barrier in event.barriers} | withheld_levels


def _reviews(reviews: tuple[BarrierReview, ...], review: BarrierReview) -> tuple[BarrierReview, ...]:
    """A second review of a day replaces the first."""
    others = [other for other in reviews if other.reviewed_on != review.reviewed_on]
    return tuple(sorted([*others, review], key=lambda each: each.reviewed_on))


def _step(event: events.StepStarted, withheld: Mapping[str, Any], before: Step | None) -> Step:
    started = Step(
        step_id=event.step_id,
        kind=event.kind,
        siae_kind=event.siae_kind,
        started_on=event.started_on,
        planned_end_on=event.planned_end_on,
        title=withheld.get("title"),
    )
    if before is None:
        return started
    return replace(
        started,
        status=before.status,
        ended_on=before.ended_on,
        hours=before.hours,
        qualification=before.qualification,
    )


def _job(event: events.JobStarted, withheld: Mapping[str, Any], before: Job | None) -> Job:
    return Job(
        job_id=event.job_id,
        started_on=event.started_on,
        contract_kind=event.contract_kind,
        contract_months=event.contract_months,
        weekly_hours=event.weekly_hours,
        chosen_part_time=event.chosen_part_time,
        employer=withheld.get("employer"),
        employer_kind=event.employer_kind,
        employer_size=event.employer_size,
        rome=event.rome,
        durable=event.durable,
        ended_on=before.ended_on if before else None,
        end_reason=before.end_reason if before else None,
    )


def _follow_up(
    p: Parcours,
    event: events.FollowUpStarted | events.FollowUpMilestone | events.FollowUpEnded,
    withheld: Mapping[str, Any],
) -> FollowUp:
    in_job = event.job_id is not None
    subject_id = event.job_id if event.job_id is not None else event.step_id
    assert subject_id is not None, "the contract demands a job or a step"
    match event:
        case events.FollowUpStarted():
            return FollowUp(subject_id, in_job, event.started_on)
        case events.FollowUpMilestone():
            before = p.follow_ups[subject_id]
            milestone = Milestone(event.month, event.in_employment, event.evidence, event.attested_on)
            return replace(before, milestones={**before.milestones, event.month: milestone})
        case events.FollowUpEnded():
            return replace(
                p.follow_ups[subject_id],
                ended_on=event.ended_on,
                outcome=event.outcome,
                months_followed=event.months_followed,
                retained_3_months=event.retained_3_months,
                retained_6_months=event.retained_6_months,
                evidence=event.evidence,
                reason_code=withheld.get("reason_code"),
            )
