"""Jobs of a participant; a durable one opens its follow-up in the same transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.ids import new_id
from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours import store
from plie_parcours.domain import jobs
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.records import Job
from plie_parcours.store import File, Kept


@dataclass(frozen=True, slots=True)
class StartJob:
    """`employer` stays in the Maison."""

    participant_id: UUID
    draft: JobDraft
    employer: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CorrectJob:
    participant_id: UUID
    job_id: UUID
    draft: JobDraft
    reason_code: str | None
    employer: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class EndJob:
    participant_id: UUID
    job_id: UUID
    ended_on: date
    reason_code: str
    version: int | None = None


async def start_job(command: StartJob, work: UnitOfWork) -> Kept[Job]:
    """Raises the refusals of `jobs.start`."""
    async with store.change(command.participant_id, command.version, work) as file:
        job_id = new_id(work.now)
        file.tell(jobs.start(file.parcours, job_id, command.draft, work.today), employer=command.employer)
        _follow_if_durable(file, job_id, work.today)
        return file.kept(file.parcours.jobs[job_id])


async def correct_job(command: CorrectJob, work: UnitOfWork) -> Kept[Job]:
    """Raises the refusals of `jobs.correct`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = jobs.correct(file.parcours, command.job_id, command.draft, work.today, reason_code=command.reason_code)
        file.tell(event, employer=command.employer)
        _follow_if_durable(file, command.job_id, work.today)
        return file.kept(file.parcours.jobs[command.job_id])


async def end_job(command: EndJob, work: UnitOfWork) -> Kept[Job]:
    """Raises the refusals of `jobs.end`."""
    async with store.change(command.participant_id, command.version, work) as file:
        file.tell(jobs.end(file.parcours, command.job_id, command.ended_on, command.reason_code, work.today))
        return file.kept(file.parcours.jobs[command.job_id])


def _follow_if_durable(file: File, job_id: UUID, today: date) -> None:
    event = jobs.follow_up_of_durable_job(file.parcours, job_id, today)
    if event is not None:
        file.tell(event)
