"""Ending a parcours; whether the exit is positive is computed."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours import store
from plie_parcours.domain import exits
from plie_parcours.domain.records import Exit
from plie_parcours.store import Kept


@dataclass(frozen=True, slots=True)
class EndParcours:
    participant_id: UUID
    ended_on: date
    kind: str
    reason_code: str
    version: int | None = None


async def end_parcours(command: EndParcours, work: UnitOfWork) -> Kept[Exit]:
    """The true reason stays in the Maison where facts say « autre ». Raises the refusals of `exits.end`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = exits.end(file.parcours, command.ended_on, command.kind, command.reason_code, work.today)
        told = event.reason_code == command.reason_code
        file.tell(event, reason_code=None if told else command.reason_code)
        return file.kept(Exit(event.ended_on, event.kind, command.reason_code, event.positive_rule))
