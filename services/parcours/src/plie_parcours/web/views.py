"""What the API answers: a participant, and the resource that each command made with the version of the file it left."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from plie_contracts.events import ContactCancelled, IdentityProvided, ParcoursOpened, ReferentChanged, ResidenceChanged
from plie_parcours.domain.deadlines import Deadline
from plie_parcours.domain.exits import PositiveExit
from plie_parcours.domain.parcours import Parcours
from plie_parcours.domain.records import Elsewhere, Move, Note
from plie_parcours.store import Kept

V = TypeVar("V", bound=BaseModel)


class Versioned(BaseModel):
    version: int


class ContactState(BaseModel):
    contact_id: UUID
    occurred_on: date
    medium: str
    format: str | None
    with_referent: bool
    outcome: str
    duration_minutes: int | None
    referent_id: str
    stage: str
    first_interview: bool
    note: str | None


class ContractState(BaseModel):
    contract_id: UUID
    kind: str
    signed_on: date
    ends_on: date | None


class QualificationState(BaseModel):
    obtained_on: date
    level: int | None
    months: int


class StepState(BaseModel):
    step_id: UUID
    kind: str
    siae_kind: str | None
    started_on: date
    planned_end_on: date | None
    title: str | None
    status: str
    ended_on: date | None
    hours: float | None
    qualification: QualificationState | None


class JobState(BaseModel):
    job_id: UUID
    started_on: date
    contract_kind: str
    contract_months: int | None
    weekly_hours: float | None
    chosen_part_time: bool | None
    employer: str | None
    employer_kind: str | None
    employer_size: str | None
    rome: str | None
    durable: bool
    ended_on: date | None
    end_reason: str | None


class MilestoneState(BaseModel):
    month: int
    in_employment: bool
    evidence: str | None
    attested_on: date


class FollowUpState(BaseModel):
    job_id: UUID | None
    step_id: UUID | None
    started_on: date
    milestones: list[MilestoneState]
    ended_on: date | None
    outcome: str | None
    months_followed: int | None
    retained_3_months: bool | None
    retained_6_months: bool | None
    evidence: str | None
    reason_code: str | None


class ReviewState(BaseModel):
    reviewed_on: date
    levels: dict[str, int]


class AttendanceState(BaseModel):
    action_id: UUID
    action_kind: str
    held_on: date
    hours: float
    present: bool


class ExitState(BaseModel):
    ended_on: date
    kind: str
    reason_code: str
    positive_rule: str | None


class PositiveExitState(BaseModel):
    """What the facts make of the exit today; while something is missing it is provisional."""

    rule: str
    evidence: list[str]
    missing: list[str]
    provisional: bool


class Alert(BaseModel):
    """Which rule, which facts, since when, due on which day."""

    rule: str
    facts: list[str]
    since: date
    due: date


class ContactView(ContactState, Versioned): ...


class ContractView(ContractState, Versioned): ...


class StepView(StepState, Versioned): ...


class JobView(JobState, Versioned): ...


class ReviewView(ReviewState, Versioned): ...


class ExitView(ExitState, Versioned): ...


class FollowUpView(FollowUpState, Versioned): ...


class ReferentView(Versioned):
    participant_id: UUID
    parcours_no: int
    referent_id: str
    since: date


class CancelledContactView(Versioned):
    contact_id: UUID
    reason_code: str


class HandoverNoteView(Versioned):
    """Null once it is taken back."""

    written_on: date | None
    text: str | None


class ResidenceView(Versioned):
    commune_insee: str
    changed_on: date
    continuity_reason_code: str | None


class ActionView(Versioned):
    action_id: UUID
    kind: str
    title: str
    held_on: date
    hours: float
    place: str | None


class NotedAttendance(AttendanceState, Versioned):
    participant_id: UUID


class AttendanceView(BaseModel):
    action_id: UUID
    attendances: list[NotedAttendance]


class ReferentOfMaison(BaseModel):
    referent_id: str
    display_name: str
    active: int


class Listed(BaseModel):
    participant_id: UUID
    referent_id: str | None
    stage: str
    version: int


class MoveState(BaseModel):
    """A change of Maison: the other one, and the day."""

    maison: str
    on: date


class EarlierParcours(BaseModel):
    parcours_no: int
    admitted_on: date
    opened_on: date | None
    exit: ExitState | None


class ParticipantView(Versioned):
    """`identity` is null until the CLAS has sent it; `commune_insee` follows the person's moves.

    `leaving`, `arriving`: a change of Maison to come, or whose file is awaited; `elsewhere`: the Maison that accompanies now.
    """

    participant_id: UUID
    orientation_id: UUID
    parcours_no: int
    stage: str
    referent_id: str | None
    admitted_on: date
    opened_on: date | None
    created_at: datetime
    identity: IdentityProvided | None
    commune_insee: str | None
    leaving: MoveState | None
    arriving: MoveState | None
    elsewhere: MoveState | None
    alerts: list[Alert]
    contracts: list[ContractState]
    contacts: list[ContactState]
    barriers: list[ReviewState]
    steps: list[StepState]
    jobs: list[JobState]
    follow_ups: list[FollowUpState]
    attendances: list[AttendanceState]
    positive_exit: PositiveExitState | None
    exit: ExitState | None
    earlier: list[EarlierParcours]


def kept_as(view: type[V]) -> Callable[[Kept[Any]], V]:
    """How to show what a command made, field for field, with the file's version."""
    return partial(_kept, view)


def _kept(view: type[V], kept: Kept[Any]) -> V:
    return view.model_validate({**asdict(kept.resource), "version": kept.version})


def assigned(kept: Kept[ParcoursOpened | ReferentChanged]) -> ReferentView:
    event = kept.resource
    return ReferentView(
        participant_id=event.participant_id,
        parcours_no=event.parcours_no,
        referent_id=event.referent_id if isinstance(event, ParcoursOpened) else event.to,
        since=event.opened_on if isinstance(event, ParcoursOpened) else event.changed_on,
        version=kept.version,
    )


def cancelled(kept: Kept[ContactCancelled]) -> CancelledContactView:
    event = kept.resource
    return CancelledContactView(contact_id=event.contact_id, reason_code=event.reason_code, version=kept.version)


def moved(kept: Kept[ResidenceChanged]) -> ResidenceView:
    event = kept.resource
    return ResidenceView(
        commune_insee=event.commune_insee,
        changed_on=event.changed_on,
        continuity_reason_code=event.continuity_reason_code,
        version=kept.version,
    )


def written(kept: Kept[Note | None]) -> HandoverNoteView:
    note = kept.resource
    return HandoverNoteView(
        written_on=note.written_on if note else None, text=note.text if note else None, version=kept.version
    )


def followed(kept: Kept[Any]) -> FollowUpView:
    return FollowUpView(**follow_up(kept.resource).model_dump(), version=kept.version)


def follow_up(state: Any) -> FollowUpState:
    shown = asdict(state)
    subject_id, in_job = shown.pop("subject_id"), shown.pop("in_job")
    return FollowUpState.model_validate(
        {
            **shown,
            "job_id": subject_id if in_job else None,
            "step_id": None if in_job else subject_id,
            "milestones": [asdict(state.milestones[month]) for month in sorted(state.milestones)],
        }
    )


def alert(deadline: Deadline) -> Alert:
    return Alert(rule=deadline.rule, facts=list(deadline.facts), since=deadline.since, due=deadline.due)


def positive(found: PositiveExit | None) -> PositiveExitState | None:
    if found is None:
        return None
    return PositiveExitState(
        rule=found.rule, evidence=list(found.evidence), missing=list(found.missing), provisional=found.provisional
    )


def move(to_come: Move | None) -> MoveState | None:
    return MoveState(maison=to_come.maison, on=to_come.on) if to_come else None


def elsewhere(now: Elsewhere | None) -> MoveState | None:
    return MoveState(maison=now.maison, on=now.since) if now else None


def earlier(parcours: Parcours) -> EarlierParcours:
    return EarlierParcours(
        parcours_no=parcours.number,
        admitted_on=parcours.admitted_on,
        opened_on=parcours.opened_on,
        exit=ExitState(**asdict(parcours.exit)) if parcours.exit else None,
    )
