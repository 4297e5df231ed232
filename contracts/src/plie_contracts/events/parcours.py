"""Facts about a person's parcours in a Maison; key: the participant.

`parcours_no` counts re-entries: 1 is the first parcours."""

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, Strict, model_validator

from plie_contracts.events import consistency
from plie_contracts.events.base import Event, Part
from plie_contracts.events.fields import (
    AssignmentReason,
    Barrier,
    BarrierLevel,
    Code,
    CommuneInsee,
    CorrectionReason,
    Count,
    Day,
    EducationLevel,
    Evidence,
    Hours,
    Id,
    In,
    Number,
    Rome,
    Slug,
    Stage,
    WeeklyHours,
)
from plie_contracts.streams import Family

_LOWER: Final = r"^[a-z0-9-]{1,64}$"


class ParcoursFact(Event):
    FAMILY: ClassVar[Family] = "parcours"
    KEY: ClassVar[str] = "participant_id"

    participant_id: Id
    parcours_no: Number = 1


class ParcoursOpened(ParcoursFact):
    """A référent is assigned: the parcours begins."""

    opened_on: Day
    referent_id: Code
    modality: Annotated[str, In("modality")]
    origin: Annotated[str, In("parcours-origin")] | None = None


class ReferentChanged(ParcoursFact):
    from_: Annotated[Code | None, Field(alias="from")] = None
    to: Code
    changed_on: Day
    reason_code: AssignmentReason


class ContractSigned(ParcoursFact):
    contract_id: Id
    kind: Annotated[str, In("contract-kind")]
    signed_on: Day
    ends_on: Day | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        consistency.contract_ends_after_it_is_signed(self.signed_on, self.ends_on)
        return self


class ContactLogged(ParcoursFact):
    """A contact between a participant and the Maison, honoured or not."""

    contact_id: Id
    occurred_on: Day
    medium: Annotated[str, In("contact-medium")]
    format: Annotated[str, In("contact-format")] | None = None
    with_referent: bool | None = None
    outcome: Annotated[str, In("contact-outcome")]
    duration_minutes: Count | None = None
    referent_id: Code
    stage: Stage
    first_interview: bool

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        consistency.first_interview_is_in_person(self.first_interview, self.medium)
        return self


class ContactCorrected(ContactLogged):
    """The full new state of a contact."""

    reason_code: CorrectionReason | None = None


class ContactCancelled(ParcoursFact):
    contact_id: Id
    reason_code: CorrectionReason


class ActionAttended(ParcoursFact):
    """Presence at one date of a collective action."""

    action_id: Id
    action_kind: Annotated[str, In("action-kind", pattern=_LOWER)]
    held_on: Day
    hours: Hours
    present: bool


class ReviewedBarrier(Part):
    code: Barrier
    level: BarrierLevel


class BarriersReviewed(ParcoursFact):
    reviewed_on: Day
    barriers: Annotated[tuple[ReviewedBarrier, ...], Strict(False)]


class StepStarted(ParcoursFact):
    """A step of the parcours: training, SIAE post, immersion…"""

    step_id: Id
    kind: Annotated[str, In("step-kind")]
    siae_kind: Annotated[str, In("siae-kind")] | None = None
    started_on: Day
    planned_end_on: Day | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        consistency.step_is_planned_to_end_after_its_start(self.started_on, self.planned_end_on)
        return self


class StepEnded(ParcoursFact):
    step_id: Id
    ended_on: Day
    status: Annotated[str, In("step-status")]
    hours: Hours | None = None


class QualificationObtained(ParcoursFact):
    step_id: Id
    obtained_on: Day
    level: EducationLevel | None = None
    months: Count


class JobStarted(ParcoursFact):
    """An ordinary-law job begins; a SIAE post is a step. `durable` is computed from the contract."""

    job_id: Id
    started_on: Day
    contract_kind: Annotated[str, In("job-contract")]
    contract_months: Count | None = None
    weekly_hours: WeeklyHours | None = None
    chosen_part_time: bool | None = None
    employer_kind: Annotated[str, In("employer-kind")] | None = None
    employer_size: Annotated[str, In("employer-size")] | None = None
    rome: Rome | None = None
    durable: bool

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        consistency.cdd_states_its_months(self.contract_kind, self.contract_months)
        consistency.durable_agrees_with_contract(self.contract_kind, self.contract_months, self.durable)
        return self


class JobCorrected(JobStarted):
    """The full new state of a job."""

    reason_code: CorrectionReason | None = None


class JobEnded(ParcoursFact):
    job_id: Id
    ended_on: Day
    reason_code: Annotated[str, In("job-end-reason", pattern=_LOWER)]


class FollowUpFact(ParcoursFact):
    """A follow-up in a job, or until a qualifying training is validated: exactly one of the two."""

    job_id: Id | None = None
    step_id: Id | None = None

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        consistency.exactly_one_of_job_and_step(self.job_id, self.step_id)
        return self


class FollowUpStarted(FollowUpFact):
    started_on: Day


class FollowUpMilestone(FollowUpFact):
    month: Literal[3, 6]
    in_employment: bool
    evidence: Evidence | None = None
    attested_on: Day


class FollowUpEnded(FollowUpFact):
    ended_on: Day
    outcome: Annotated[str, In("follow-up-outcome")]
    months_followed: Count
    retained_3_months: bool | None = None
    retained_6_months: bool | None = None
    evidence: Evidence | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        consistency.six_months_imply_three(self.retained_3_months, self.retained_6_months, self.months_followed)
        return self


class ResidenceChanged(ParcoursFact):
    commune_insee: CommuneInsee
    changed_on: Day
    continuity_reason_code: Annotated[str, In("override-reason", pattern=_LOWER)] | None = None


class ParcoursHandedOver(ParcoursFact):
    """The last fact of the Maison a participant leaves; `last_sequence` is the sequence of the fact before it."""

    to: Slug
    handed_over_on: Day
    last_sequence: Count


class ParcoursEnded(ParcoursFact):
    ended_on: Day
    kind: Annotated[str, In("exit-kind")]
    reason_code: Annotated[str, In("exit-reason", pattern=_LOWER)]
    positive_rule: Annotated[str, In("positive-rule", pattern=_LOWER)] | None = None


EVENTS: Final = (
    ParcoursOpened,
    ReferentChanged,
    ContractSigned,
    ContactLogged,
    ContactCorrected,
    ContactCancelled,
    ActionAttended,
    BarriersReviewed,
    StepStarted,
    StepEnded,
    QualificationObtained,
    JobStarted,
    JobCorrected,
    JobEnded,
    FollowUpStarted,
    FollowUpMilestone,
    FollowUpEnded,
    ResidenceChanged,
    ParcoursHandedOver,
    ParcoursEnded,
)
