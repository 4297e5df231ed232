"""Signing an engagement contract."""

from dataclasses import dataclass
from uuid import UUID

from plie_chassis.ids import new_id
from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours import store
from plie_parcours.domain import contracts
from plie_parcours.domain.contracts import ContractDraft
from plie_parcours.domain.records import Contract
from plie_parcours.store import Kept
from plie_parcours.tables import IdentityRow


@dataclass(frozen=True, slots=True)
class SignContract:
    participant_id: UUID
    draft: ContractDraft
    version: int | None = None


async def sign_contract(command: SignContract, work: UnitOfWork) -> Kept[Contract]:
    """Raises the refusals of `contracts.sign`."""
    async with store.change(command.participant_id, command.version, work) as file:
        contract_id = new_id(work.now)
        rsa_recipient = await _receives_rsa(command.participant_id, work)
        file.tell(contracts.sign(file.parcours, contract_id, command.draft, work.today, rsa_recipient=rsa_recipient))
        return file.kept(file.parcours.contracts[contract_id])


async def _receives_rsa(participant_id: UUID, work: UnitOfWork) -> bool | None:
    """As the prescriber's file says; None while it has not arrived."""
    identity = await work.session.get(IdentityRow, participant_id)
    file = identity.snapshot.get("file") if identity else None
    return bool(file["situation"]["rsa_recipient"]) if file else None
