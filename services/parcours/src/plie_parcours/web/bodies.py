"""What the API takes and the forms send: one model a command, with the contracts' own types and vocabularies.

Every body may state the `version` of the file that was read.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from plie_contracts.events import Part
from plie_contracts.events.fields import NOT_CONTROL as PRINTABLE
from plie_contracts.events.fields import (
    BarrierLevel,
    Code,
    CommuneInsee,
    Count,
    Day,
    EducationLevel,
    Format,
    Hours,
    In,
    Name,
    Rome,
    WeeklyHours,
)
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.contracts import ContractDraft
from plie_parcours.domain.follow_ups import Month
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.steps import StepDraft
from plie_parcours.handlers import (
    actions,
    contacts,
    contracts,
    exits,
    follow_ups,
    handovers,
    jobs,
    referents,
    residence,
    steps,
)
from plie_parcours.handlers.barriers import ReviewBarriers

Note = Annotated[str, Format(PRINTABLE, "un texte de 4 000 caractères au plus est attendu", max_length=4_000)]
Correction = Annotated[str, In("correction-reason", closed=True)]
Evidence = Annotated[str, In("evidence", closed=True)]


class Change(Part):
    version: int | None = None


class ReferentBody(Change):
    referent_id: Code
    reason_code: Annotated[str, In("assignment-reason", closed=True)] = "autre"
    modality: Annotated[str, In("modality", closed=True)] = "emploi-renforce"

    def command(self, participant_id: UUID) -> referents.AssignReferent:
        return referents.AssignReferent(participant_id, self.referent_id, self.reason_code, self.modality, self.version)


class HandoverNoteBody(Change):
    """Nothing written takes the note back."""

    text: Note | None = None

    def command(self, participant_id: UUID) -> handovers.WriteNote:
        return handovers.WriteNote(participant_id, self.text or None, self.version)


class ContractBody(Change):
    kind: Annotated[str, In("contract-kind", closed=True)]
    signed_on: Day
    ends_on: Day | None = None

    def command(self, participant_id: UUID) -> contracts.SignContract:
        draft = ContractDraft(self.kind, self.signed_on, self.ends_on)
        return contracts.SignContract(participant_id, draft, self.version)


class ContactBody(Change):
    """`note` stays in the Maison."""

    occurred_on: Day
    medium: Annotated[str, In("contact-medium", closed=True)]
    outcome: Annotated[str, In("contact-outcome", closed=True)]
    format: Annotated[str, In("contact-format", closed=True)] | None = None
    with_referent: bool | None = None
    duration_minutes: Annotated[Count, Field(le=1_440)] | None = None
    note: Note | None = None

    def command(self, participant_id: UUID) -> contacts.LogContact:
        return contacts.LogContact(participant_id, self.draft(), self.note, self.version)

    def draft(self) -> ContactDraft:
        return ContactDraft(
            self.occurred_on, self.medium, self.outcome, self.format, self.with_referent, self.duration_minutes
        )


class ContactCorrection(ContactBody):
    """The full new state of the contact."""

    reason_code: Correction | None = None

    def correction(self, participant_id: UUID, contact_id: UUID) -> contacts.CorrectContact:
        return contacts.CorrectContact(
            participant_id, contact_id, self.draft(), self.reason_code, self.note, self.version
        )


class ContactCancellation(Change):
    reason_code: Correction

    def command(self, participant_id: UUID, contact_id: UUID) -> contacts.CancelContact:
        return contacts.CancelContact(participant_id, contact_id, self.reason_code, self.version)


class RatedBarrier(Part):
    code: Annotated[str, In("barrier", closed=True)]
    level: BarrierLevel


class BarriersBody(Change):
    """Levels: 0 none, 1 light, 2 marked, 3 blocking; that of health stays in the Maison."""

    reviewed_on: Day
    barriers: Annotated[list[RatedBarrier], Field(max_length=10)]

    def command(self, participant_id: UUID) -> ReviewBarriers:
        levels = {barrier.code: barrier.level for barrier in self.barriers}
        return ReviewBarriers(participant_id, self.reviewed_on, levels, self.version)


class StepBody(Change):
    """`title` (« aide-cuisinière ») stays in the Maison."""

    kind: Annotated[str, In("step-kind", closed=True)]
    started_on: Day
    siae_kind: Annotated[str, In("siae-kind", closed=True)] | None = None
    planned_end_on: Day | None = None
    title: Name | None = None

    def command(self, participant_id: UUID) -> steps.StartStep:
        draft = StepDraft(self.kind, self.started_on, self.siae_kind, self.planned_end_on)
        return steps.StartStep(participant_id, draft, self.title, self.version)


class StepEnding(Change):
    ended_on: Day
    status: Annotated[str, In("step-status", closed=True)]
    hours: Hours | None = None

    def command(self, participant_id: UUID, step_id: UUID) -> steps.EndStep:
        return steps.EndStep(participant_id, step_id, self.ended_on, self.status, self.hours, self.version)


class QualificationBody(Change):
    """Without `months`, the length is that of the training."""

    step_id: UUID
    obtained_on: Day
    level: EducationLevel | None = None
    months: Count | None = None

    def command(self, participant_id: UUID) -> steps.ObtainQualification:
        return steps.ObtainQualification(
            participant_id, self.step_id, self.obtained_on, self.level, self.months, self.version
        )


class JobBody(Change):
    """Whether the job is durable is computed; `employer` stays in the Maison."""

    started_on: Day
    contract_kind: Annotated[str, In("job-contract", closed=True)]
    contract_months: Annotated[Count, Field(ge=1, le=120)] | None = None
    weekly_hours: WeeklyHours | None = None
    chosen_part_time: bool | None = None
    employer: Name | None = None
    employer_kind: Annotated[str, In("employer-kind", closed=True)] | None = None
    employer_size: Annotated[str, In("employer-size", closed=True)] | None = None
    rome: Rome | None = None

    def command(self, participant_id: UUID) -> jobs.StartJob:
        return jobs.StartJob(participant_id, self.draft(), self.employer, self.version)

    def draft(self) -> JobDraft:
        return JobDraft(
            self.started_on,
            self.contract_kind,
            self.contract_months,
            self.weekly_hours,
            self.chosen_part_time,
            self.employer_kind,
            self.employer_size,
            self.rome,
        )


class JobCorrection(JobBody):
    """The full new state of the job."""

    reason_code: Correction | None = None

    def correction(self, participant_id: UUID, job_id: UUID) -> jobs.CorrectJob:
        return jobs.CorrectJob(participant_id, job_id, self.draft(), self.reason_code, self.employer, self.version)


class JobEnding(Change):
    ended_on: Day
    reason_code: Annotated[str, In("job-end-reason", closed=True)]

    def command(self, participant_id: UUID, job_id: UUID) -> jobs.EndJob:
        return jobs.EndJob(participant_id, job_id, self.ended_on, self.reason_code, self.version)


class FollowUpBody(Change):
    """Of a job or of a step, exactly one of them."""

    job_id: UUID | None = None
    step_id: UUID | None = None
    started_on: Day

    def command(self, participant_id: UUID) -> follow_ups.StartFollowUp:
        return follow_ups.StartFollowUp(participant_id, self.started_on, self.job_id, self.step_id, self.version)


class MilestoneBody(Change):
    month: Month
    in_employment: bool
    evidence: Evidence | None = None
    attested_on: Day

    def command(self, participant_id: UUID, subject_id: UUID) -> follow_ups.AttestMilestone:
        return follow_ups.AttestMilestone(
            participant_id,
            subject_id,
            self.month,
            self.in_employment,
            self.attested_on,
            self.evidence,
            self.version,
        )


class FollowUpEnding(Change):
    """`not-relevant` (« pas de suivi ») gives a `reason_code`, which stays in the Maison."""

    ended_on: Day
    outcome: Annotated[str, In("follow-up-outcome", closed=True)]
    evidence: Evidence | None = None
    reason_code: Code | None = None

    def command(self, participant_id: UUID, subject_id: UUID) -> follow_ups.EndFollowUp:
        return follow_ups.EndFollowUp(
            participant_id,
            subject_id,
            self.ended_on,
            self.outcome,
            self.evidence,
            self.reason_code,
            self.version,
        )


class ResidenceBody(Change):
    """Off the territory of the CLAS, `continuity_reason_code` says why the accompaniment goes on."""

    commune_insee: CommuneInsee
    changed_on: Day
    continuity_reason_code: Annotated[str, In("override-reason", closed=True)] | None = None

    def command(self, participant_id: UUID) -> residence.ChangeResidence:
        return residence.ChangeResidence(
            participant_id, self.commune_insee, self.changed_on, self.continuity_reason_code, self.version
        )


class ExitBody(Change):
    """A `positive` exit is accepted when a rule proves it."""

    ended_on: Day
    kind: Literal["positive", "en-attente", "sans-suite"]
    reason_code: Annotated[str, In("exit-reason", closed=True)]

    def command(self, participant_id: UUID) -> exits.EndParcours:
        return exits.EndParcours(participant_id, self.ended_on, self.kind, self.reason_code, self.version)


class ActionBody(Part):
    kind: Annotated[str, In("action-kind", closed=True)]
    title: Name
    held_on: Day
    hours: Annotated[float, Field(gt=0, le=1_000)]
    place: Name | None = None

    def command(self) -> actions.PlanAction:
        return actions.PlanAction(self.kind, self.title, self.held_on, self.hours, self.place)


class Presence(Part):
    participant_id: UUID
    present: bool


class AttendanceBody(Part):
    attendances: Annotated[list[Presence], Field(min_length=1, max_length=200)]

    def command(self, action_id: UUID) -> actions.NoteAttendance:
        return actions.NoteAttendance(action_id, [(each.participant_id, each.present) for each in self.attendances])
