"""What one organisation writes to one other: submissions, identities, ESF+ answers, notices, dead letters.

The only events that may name a person, and only on the streams that exactly one instance reads."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, Strict, model_validator

from plie_contracts.events import consistency
from plie_contracts.events.base import Event, Part
from plie_contracts.events.fields import (
    Age,
    Barriers,
    Code,
    CommuneInsee,
    Count,
    Day,
    DecisionReason,
    Disability,
    EducationLevel,
    Email,
    Employment,
    Evidence,
    Hours,
    Id,
    In,
    Instant,
    Name,
    Number,
    PrescriberKind,
    Reference,
    Reorientation,
    Rome,
    Sex,
    Slug,
    Stage,
    SubjectKind,
    Text,
    WeeklyHours,
    text_of,
)
from plie_contracts.events.parcours import ReviewedBarrier
from plie_contracts.streams import Family

_LOWER: Final = r"^[a-z0-9-]{1,64}$"
LongText = Annotated[str, text_of(10_000)]
Phone = Annotated[str, text_of(64)]
Address = Annotated[str, text_of(500)]
ClosedBarriers = Annotated[tuple[Annotated[str, In("barrier", closed=True)], ...], Strict(False)]


class SubmittedPrescriber(Part):
    kind: Annotated[str, In("prescriber-kind", closed=True)]
    structure: Name
    advisor: Name | None = None
    advisor_email: Email | None = None


class SubmittedPerson(Part):
    last_name: Name
    first_name: Name
    birth_date: Day
    sex: Annotated[str, In("sex", closed=True)] | None = None
    commune_insee: CommuneInsee
    address: Address | None = None
    phone: Phone | None = None
    email: Email | None = None


class SubmittedSituation(Part):
    employment: Annotated[str, In("employment", closed=True)]
    unemployed_since: Day | None = None
    rsa_recipient: bool
    first_time_jobseeker: bool
    entering_iae: bool
    precarious_jobs: bool | None = None
    foreign_diploma: bool | None = None
    education_level: EducationLevel | None = None
    qpv_resident: bool | None = None
    disability: Annotated[str, In("disability", closed=True)] | None = None


class Adhesion(Part):
    given: bool
    on: Day | None = None


class Continuity(Part):
    """Why a person who lives elsewhere is oriented all the same."""

    clas: Slug
    reason: LongText


class OrientationSubmitted(Event):
    """The body of `POST /api/v1/orientations`, also what a partner's own IT publishes; read strictly both ways.

    `external_reference` may be left out over HTTP only: on the stream it is the record's key.
    """

    FAMILY: ClassVar[Family] = "submission"
    KEY: ClassVar[str] = "external_reference"

    external_reference: Reference | None = None
    prescriber: SubmittedPrescriber
    person: SubmittedPerson
    situation: SubmittedSituation
    barriers: ClosedBarriers
    adhesion: Adhesion
    motivation: LongText | None = None
    continuity: Continuity | None = None


class FilePrescriber(Part):
    organisation: Slug
    kind: PrescriberKind
    structure: Text | None = None
    advisor: Text | None = None
    advisor_email: Text | None = None


class FileSituation(Part):
    employment: Employment
    unemployed_since: Day | None = None
    rsa_recipient: bool
    first_time_jobseeker: bool
    entering_iae: bool
    precarious_jobs: bool | None = None
    foreign_diploma: bool | None = None
    qpv_resident: bool | None = None


class OrientationFile(Part):
    """The prescriber's file as the CLAS and then the Maison work with it."""

    orientation_id: Id
    external_reference: Text | None = None
    prescriber: FilePrescriber
    received_on: Day
    situation: FileSituation
    education_level: EducationLevel | None = None
    barriers: Barriers
    adhesion_on: Day | None = None
    continuity_reason: Text | None = None


class IdentityProvided(Event):
    """Who a person is: always a full snapshot, never a patch."""

    FAMILY: ClassVar[Family] = "identity"
    KEY: ClassVar[str] = "subject_id"

    subject_kind: SubjectKind
    subject_id: Id
    last_name: Text
    first_name: Text
    birth_date: Day
    sex: Sex | None = None
    commune_insee: CommuneInsee
    address: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    disability: Disability | None = None
    sensitive_barriers: Barriers | None = None
    motivation: Text | None = None
    file: OrientationFile | None = None


class HandedReferent(Part):
    referent_id: Code
    name: Text | None = None
    from_: Annotated[Day, Field(alias="from")]
    until: Day | None = None


class HandedContract(Part):
    contract_id: Id
    kind: Annotated[str, In("contract-kind")]
    signed_on: Day
    ends_on: Day | None = None


class HandedContact(Part):
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
    note: Text | None = None


class HandedQualification(Part):
    obtained_on: Day
    level: EducationLevel | None = None
    months: Count


class HandedStep(Part):
    step_id: Id
    kind: Annotated[str, In("step-kind")]
    siae_kind: Annotated[str, In("siae-kind")] | None = None
    title: Text | None = None
    started_on: Day
    planned_end_on: Day | None = None
    ended_on: Day | None = None
    status: Annotated[str, In("step-status")]
    hours: Hours | None = None
    qualification: HandedQualification | None = None


class HandedJob(Part):
    job_id: Id
    started_on: Day
    contract_kind: Annotated[str, In("job-contract")]
    contract_months: Count | None = None
    weekly_hours: WeeklyHours | None = None
    chosen_part_time: bool | None = None
    employer: Text | None = None
    employer_kind: Annotated[str, In("employer-kind")] | None = None
    employer_size: Annotated[str, In("employer-size")] | None = None
    rome: Rome | None = None
    durable: bool
    ended_on: Day | None = None
    end_reason_code: Annotated[str, In("job-end-reason", pattern=_LOWER)] | None = None


class HandedMilestone(Part):
    month: Literal[3, 6]
    in_employment: bool
    evidence: Evidence | None = None
    attested_on: Day


class HandedFollowUp(Part):
    """Of a job or of a step, exactly one of the two; what stands after `ended_on` tells how it ended."""

    job_id: Id | None = None
    step_id: Id | None = None
    started_on: Day
    milestones: Annotated[tuple[HandedMilestone, ...], Strict(False)] = ()
    ended_on: Day | None = None
    outcome: Annotated[str, In("follow-up-outcome")] | None = None
    months_followed: Count | None = None
    retained_3_months: bool | None = None
    retained_6_months: bool | None = None
    evidence: Evidence | None = None
    reason_code: Code | None = None

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        consistency.exactly_one_of_job_and_step(self.job_id, self.step_id)
        return self


class HandedAttendance(Part):
    action_id: Id
    action_kind: Annotated[str, In("action-kind", pattern=_LOWER)]
    held_on: Day
    hours: Hours
    present: bool


class HandedReview(Part):
    reviewed_on: Day
    barriers: Annotated[tuple[ReviewedBarrier, ...], Strict(False)]


class HandedNote(Part):
    written_on: Day
    text: Text


class HandedResidence(Part):
    """Where the person lives since they moved; without a move the identity says it."""

    commune_insee: CommuneInsee
    changed_on: Day
    continuity_reason_code: Annotated[str, In("override-reason", pattern=_LOWER)] | None = None


class HandedExit(Part):
    """The parcours ended before it was handed over; `reason_code` is the true reason."""

    ended_on: Day
    kind: Annotated[str, In("exit-kind")]
    reason_code: Annotated[str, In("exit-reason", pattern=_LOWER)]
    positive_rule: Annotated[str, In("positive-rule", pattern=_LOWER)] | None = None


class ParcoursFileHandedOver(Event):
    """The working file that a Maison passes on to the next one of the same CLAS."""

    FAMILY: ClassVar[Family] = "identity"
    KEY: ClassVar[str] = "participant_id"

    participant_id: Id
    parcours_no: Number = 1
    opened_on: Day | None = None
    modality: Annotated[str, In("modality")] | None = None
    referents: Annotated[tuple[HandedReferent, ...], Strict(False)] = ()
    contracts: Annotated[tuple[HandedContract, ...], Strict(False)] = ()
    contacts: Annotated[tuple[HandedContact, ...], Strict(False)] = ()
    steps: Annotated[tuple[HandedStep, ...], Strict(False)] = ()
    jobs: Annotated[tuple[HandedJob, ...], Strict(False)] = ()
    follow_ups: Annotated[tuple[HandedFollowUp, ...], Strict(False)] = ()
    attendances: Annotated[tuple[HandedAttendance, ...], Strict(False)] = ()
    barriers: Annotated[tuple[HandedReview, ...], Strict(False)] = ()
    notes: Annotated[tuple[HandedNote, ...], Strict(False)] = ()
    residence: HandedResidence | None = None
    exit: HandedExit | None = None


class FseAnswers(Part):
    """The six sensitive questions of the ESF+ questionnaire."""

    disability: Annotated[str, In("answer")]
    third_country: Annotated[str, In("answer")]
    foreign_background: Annotated[str, In("answer")]
    minority: Annotated[str, In("answer")]
    homeless: Annotated[str, In("answer")]
    rural: Annotated[str, In("answer")]


class FseOperation(Part):
    """A participant's record in one ESF+ operation: counted once, even after a re-entry."""

    operation: Code
    parcours_no: Number = 1
    entered_on: Day
    age_at_entry: Age
    sex: Sex | None = None
    employment_at_entry: Annotated[str, In("employment-at-entry")] | None = None
    education_level: EducationLevel | None = None
    household: Annotated[str, In("household")] | None = None
    answers: FseAnswers
    exited_on: Day | None = None
    situation_at_exit: Annotated[str, In("situation-at-exit")] | None = None
    situation_6_months: Annotated[str, In("situation-6-months")] | None = None


class FseRecordUpdated(Event):
    """All ESF+ records of a participant: always a full snapshot."""

    FAMILY: ClassVar[Family] = "fse"
    KEY: ClassVar[str] = "participant_id"

    participant_id: Id
    operations: Annotated[tuple[FseOperation, ...], Strict(False)]


class OrientationOutcomeNotified(Event):
    """What became of an orientation, told to its prescriber: a status and codes, never a barrier."""

    FAMILY: ClassVar[Family] = "notice"
    KEY: ClassVar[str] = "orientation_id"

    orientation_id: Id
    external_reference: Text | None = None
    status: Annotated[str, In("orientation-status")]
    on: Day
    session_on: Day | None = None
    reason_code: DecisionReason | None = None
    reorientation: Reorientation | None = None


class InformationRequested(Event):
    """The CLAS asks the prescriber for something; texts travel in the identity snapshot."""

    FAMILY: ClassVar[Family] = "notice"
    KEY: ClassVar[str] = "orientation_id"

    request_id: Id
    orientation_id: Id
    asked: Annotated[tuple[Annotated[str, In("information", pattern=_LOWER)], ...], Strict(False)]


class InformationProvided(Event):
    FAMILY: ClassVar[Family] = "notice"
    KEY: ClassVar[str] = "orientation_id"

    request_id: Id
    orientation_id: Id
    answered: Annotated[tuple[Annotated[str, In("information", pattern=_LOWER)], ...], Strict(False)]


class ErasureRequested(Event):
    FAMILY: ClassVar[Family] = "notice"
    KEY: ClassVar[str] = "subject_id"

    erasure_id: Id
    subject_kind: SubjectKind
    subject_id: Id
    ground: Annotated[str, In("erasure-ground", pattern=_LOWER)]


class ErasureCompleted(Event):
    """What one store did about an erasure."""

    FAMILY: ClassVar[Family] = "notice"
    KEY: ClassVar[str] = "erasure_id"

    erasure_id: Id
    store: Code
    result: Annotated[str, In("erasure-result")]
    restricted_until: Day | None = None
    ground: Annotated[str, In("erasure-ground", pattern=_LOWER)] | None = None


class RecordRefused(Event):
    """A reader tells the writer which record it could not take and why: never the payload."""

    FAMILY: ClassVar[Family] = "dead-letter"
    KEY: ClassVar[str] = "topic-partition-offset"

    topic: Annotated[str, text_of(249)]
    partition: Count
    offset: Annotated[int, Field(ge=0)]
    code: Annotated[str, text_of(128)]
    path: Annotated[str, text_of(1000)] | None = None
    refused_at: Instant

    def key(self) -> str:
        return f"{self.topic}-{self.partition}-{self.offset}"

    @classmethod
    def key_in(cls, data: Mapping[str, Any]) -> object:
        parts = [data.get(field) for field in ("topic", "partition", "offset")]
        return None if None in parts else "-".join(map(str, parts))


EVENTS: Final = (
    OrientationSubmitted,
    IdentityProvided,
    ParcoursFileHandedOver,
    FseRecordUpdated,
    OrientationOutcomeNotified,
    InformationRequested,
    InformationProvided,
    ErasureRequested,
    ErasureCompleted,
    RecordRefused,
)
