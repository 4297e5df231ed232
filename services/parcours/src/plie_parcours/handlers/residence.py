"""A participant moves; the file's commune follows."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import ResidenceChanged
from plie_parcours import store
from plie_parcours.domain import residence
from plie_parcours.store import Kept


@dataclass(frozen=True, slots=True)
class ChangeResidence:
    participant_id: UUID
    commune_insee: str
    changed_on: date
    continuity_reason_code: str | None = None
    version: int | None = None


async def change_residence(command: ChangeResidence, work: UnitOfWork) -> Kept[ResidenceChanged]:
    """Raises the refusals of `residence.move`."""
    our_clas = work.declaration.clas_of_maison(work.instance.organisation)
    async with store.change(command.participant_id, command.version, work) as file:
        event = residence.move(
            file.parcours,
            command.commune_insee,
            command.changed_on,
            on_territory=work.declaration.clas_of(command.commune_insee) == our_clas,
            continuity_reason_code=command.continuity_reason_code,
            today=work.today,
        )
        file.tell(event)
        return file.kept(event)
