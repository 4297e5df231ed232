"""Following a participant in a durable job, or until a qualifying training is validated."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours import store
from plie_parcours.domain import follow_ups
from plie_parcours.domain.follow_ups import Month
from plie_parcours.domain.records import FollowUp
from plie_parcours.store import Kept


@dataclass(frozen=True, slots=True)
class StartFollowUp:
    """Of a job or of a step, exactly one of them."""

    participant_id: UUID
    started_on: date
    job_id: UUID | None = None
    step_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class AttestMilestone:
    """`subject_id` is the job or the step that is followed."""

    participant_id: UUID
    subject_id: UUID
    month: Month
    in_employment: bool
    attested_on: date
    evidence: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class EndFollowUp:
    """`reason_code` says why there is no follow-up (`not-relevant`); it stays in the Maison."""

    participant_id: UUID
    subject_id: UUID
    ended_on: date
    outcome: str
    evidence: str | None = None
    reason_code: str | None = None
    version: int | None = None


async def start_follow_up(command: StartFollowUp, work: UnitOfWork) -> Kept[FollowUp]:
    """Raises the refusals of `follow_ups.start`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = follow_ups.start(
            file.parcours,
            job_id=command.job_id,
            step_id=command.step_id,
            started_on=command.started_on,
            today=work.today,
        )
        file.tell(event)
        return file.kept(list(file.parcours.follow_ups.values())[-1])


async def attest_milestone(command: AttestMilestone, work: UnitOfWork) -> Kept[FollowUp]:
    """Raises the refusals of `follow_ups.attest`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = follow_ups.attest(
            file.parcours,
            command.subject_id,
            month=command.month,
            in_employment=command.in_employment,
            evidence=command.evidence,
            attested_on=command.attested_on,
            today=work.today,
        )
        file.tell(event)
        return file.kept(file.parcours.follow_ups[command.subject_id])


async def end_follow_up(command: EndFollowUp, work: UnitOfWork) -> Kept[FollowUp]:
    """Raises the refusals of `follow_ups.end`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = follow_ups.end(
            file.parcours,
            command.subject_id,
            ended_on=command.ended_on,
            outcome=command.outcome,
            evidence=command.evidence,
            reason_code=command.reason_code,
            today=work.today,
        )
        file.tell(event, reason_code=command.reason_code)
        return file.kept(file.parcours.follow_ups[command.subject_id])
