"""Assigning the référent of a participant, and who the référents of this Maison are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from plie_chassis.accounts.tables import Account
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import ParcoursOpened, ReferentChanged
from plie_parcours.domain import referents
from plie_parcours.handlers import files
from plie_parcours.handlers.files import Kept
from plie_parcours.tables import ParticipantRow


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


@dataclass(frozen=True, slots=True)
class Referent:
    """A référent of this Maison; `active` counts the files they follow now."""

    referent_id: str
    display_name: str
    active: int


async def assign_referent(command: AssignReferent, work: UnitOfWork) -> Kept[ParcoursOpened | ReferentChanged]:
    """Raises CoordinatorsOnly, UnknownReferent and the refusals of `referents.assign`."""
    files.coordinators_only(work)
    async with files.change(work, command.participant_id, command.version) as file:
        if command.referent_id not in {referent.referent_id for referent in await list_referents(work)}:
            message = f"Aucun référent de cette Maison n’a l’identifiant « {command.referent_id} »."
            raise UnknownReferent(message, errors=[FieldError("referent_id", UnknownReferent.code, message)])
        event = referents.assign(
            file.parcours, command.referent_id, work.today, reason_code=command.reason_code, modality=command.modality
        )
        file.tell(event)
        return file.kept(event)


async def list_referents(work: UnitOfWork) -> Sequence[Referent]:
    """Accounts that act as a référent and are not closed, by name."""
    active = (
        select(ParticipantRow.referent_id, func.count().label("active"))
        .where(ParticipantRow.stage != "ended")
        .group_by(ParticipantRow.referent_id)
        .subquery()
    )
    query = (
        select(Account.referent_id, func.min(Account.display_name), func.coalesce(func.max(active.c.active), 0))
        .outerjoin(active, active.c.referent_id == Account.referent_id)
        .where(Account.referent_id.is_not(None), Account.disabled_at.is_(None))
        .group_by(Account.referent_id)
        .order_by(func.min(Account.display_name))
    )
    return [Referent(str(referent_id), name, count) for referent_id, name, count in await work.session.execute(query)]
