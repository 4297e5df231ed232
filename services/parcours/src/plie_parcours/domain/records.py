"""What a parcours is made of: référents, contacts, contracts, steps, jobs, follow-ups, reviews, attendances, exit.

Frozen; codes are those of the contracts' vocabularies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from plie_chassis.calendar import end_of_months
from plie_contracts.events import Event


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened, as the streams say it, and what only this Maison knows of it (`withheld`)."""

    event: Event
    withheld: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who accompanied from when to when; `name` comes with the file of another Maison, whose référents are its own."""

    referent_id: str
    since: date
    until: date | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
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
    note: str | None = None

    @property
    def is_interview_in_person(self) -> bool:
        """« premier contact avec le référent … par un entretien physique »: honoured, face to face, not in a group."""
        in_person = self.medium == "presentiel" and self.format != "collectif"
        return in_person and self.outcome == "honore" and self.with_referent


@dataclass(frozen=True, slots=True)
class Contract:
    contract_id: UUID
    kind: str
    signed_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Qualification:
    obtained_on: date
    level: int | None
    months: int


@dataclass(frozen=True, slots=True)
class Step:
    step_id: UUID
    kind: str
    siae_kind: str | None
    started_on: date
    planned_end_on: date | None
    title: str | None = None
    status: str = "in-progress"
    ended_on: date | None = None
    hours: float | None = None
    qualification: Qualification | None = None

    def runs_on(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


@dataclass(frozen=True, slots=True)
class Job:
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
    ended_on: date | None = None
    end_reason: str | None = None

    def runs_on(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


@dataclass(frozen=True, slots=True)
class Milestone:
    month: int
    in_employment: bool
    evidence: str | None
    attested_on: date


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The follow-up in a durable job, or until a qualifying training is validated; `subject_id` is that job or step."""

    subject_id: UUID
    in_job: bool
    started_on: date
    milestones: Mapping[int, Milestone] = field(default_factory=dict)
    ended_on: date | None = None
    outcome: str | None = None
    months_followed: int | None = None
    retained_3_months: bool | None = None
    retained_6_months: bool | None = None
    evidence: str | None = None
    reason_code: str | None = None

    def reached_on(self, month: int) -> date:
        """The last of `month` inclusive months: a job of 3 November reaches 6 months on 2 May."""
        return end_of_months(self.started_on, month)


@dataclass(frozen=True, slots=True)
class BarrierReview:
    reviewed_on: date
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Attendance:
    action_id: UUID
    action_kind: str
    held_on: date
    hours: float
    present: bool


@dataclass(frozen=True, slots=True)
class Exit:
    """`reason_code` is the true one, which facts may not say."""

    ended_on: date
    kind: str
    reason_code: str
    positive_rule: str | None


@dataclass(frozen=True, slots=True)
class Residence:
    """Where a participant moved to."""

    commune_insee: str
    changed_on: date
    continuity_reason_code: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """What a Maison wrote for the next one."""

    written_on: date
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change of Maison that the CLAS decided and that is not done yet; `maison` is the other one."""

    maison: str
    on: date
    leaves: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The Maison that accompanies in the place of this one: the file was `handed_over`, or it never came.

    `admitted`: it is the one that a rectified admission names, without any change of Maison.
    """

    maison: str
    since: date
    handed_over: bool
    admitted: bool = False
