"""Assigning the référent of a participant."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plie_chassis.accounts.tables import Account
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import ParcoursOpened, ReferentChanged
from plie_parcours import rights, store
from plie_parcours.domain import referents
from plie_parcours.store import Kept


class UnknownReferent(Invalid):
    code = "referent.unknown"
    title = "Référent inconnu"


@dataclass(frozen=True, slots=True)
class AssignReferent:
    """`reason_code` says why another référent takes over; the first assignment needs none."""

    participant_id: UUID
    referent_id: str
    reason_code: str = "autre"
    modality: str = "emploi-renforce"
    version: int | None = None


async def assign_referent(command: AssignReferent, work: UnitOfWork) -> Kept[ParcoursOpened | ReferentChanged]:
    """Raises CoordinatorsOnly, UnknownReferent and the refusals of `referents.assign`."""
    rights.coordinators_only(work)
    async with store.change(command.participant_id, command.version, work) as file:
        if not await _is_known(command.referent_id, work):
            message = f"Aucun référent de cette Maison n’a l’identifiant « {command.referent_id} »."
            raise UnknownReferent(message, errors=[FieldError("referent_id", UnknownReferent.code, message)])
        event = referents.assign(
            file.parcours, command.referent_id, work.today, reason_code=command.reason_code, modality=command.modality
        )
        file.tell(event)
        return file.kept(event)


async def _is_known(referent_id: str, work: UnitOfWork) -> bool:
    query = select(Account.id).where(Account.referent_id == referent_id, Account.disabled_at.is_(None)).limit(1)
    return await work.session.scalar(query) is not None
