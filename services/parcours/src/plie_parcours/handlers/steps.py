"""Starting and ending steps of a parcours, and the qualifications they lead to."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.ids import new_id
from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours import store
from plie_parcours.domain import steps
from plie_parcours.domain.records import Step
from plie_parcours.domain.steps import StepDraft
from plie_parcours.store import Kept


@dataclass(frozen=True, slots=True)
class StartStep:
    """`title` (« aide-cuisinière ») stays in the Maison."""

    participant_id: UUID
    draft: StepDraft
    title: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class EndStep:
    participant_id: UUID
    step_id: UUID
    ended_on: date
    status: str
    hours: float | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ObtainQualification:
    """`months` None is the length of the training; `level` an ISCED level."""

    participant_id: UUID
    step_id: UUID
    obtained_on: date
    level: int | None = None
    months: int | None = None
    version: int | None = None


async def start_step(command: StartStep, work: UnitOfWork) -> Kept[Step]:
    """Raises the refusals of `steps.start`."""
    async with store.change(command.participant_id, command.version, work) as file:
        step_id = new_id(work.now)
        file.tell(steps.start(file.parcours, step_id, command.draft, work.today), title=command.title)
        return file.kept(file.parcours.steps[step_id])


async def end_step(command: EndStep, work: UnitOfWork) -> Kept[Step]:
    """Raises the refusals of `steps.end`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = steps.end(file.parcours, command.step_id, command.ended_on, command.status, command.hours, work.today)
        file.tell(event)
        return file.kept(file.parcours.steps[command.step_id])


async def obtain_qualification(command: ObtainQualification, work: UnitOfWork) -> Kept[Step]:
    """Raises the refusals of `steps.obtain_qualification`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = steps.obtain_qualification(
            file.parcours, command.step_id, command.obtained_on, command.level, command.months, work.today
        )
        file.tell(event)
        return file.kept(file.parcours.steps[command.step_id])
