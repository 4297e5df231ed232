"""Noting, correcting and cancelling contacts with a participant."""

from dataclasses import dataclass
from uuid import UUID

from plie_chassis.ids import new_id
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import ContactCancelled
from plie_parcours import store
from plie_parcours.domain import contacts
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.records import Contact
from plie_parcours.store import File, Kept


@dataclass(frozen=True, slots=True)
class LogContact:
    """`note` stays in the Maison."""

    participant_id: UUID
    draft: ContactDraft
    note: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CorrectContact:
    participant_id: UUID
    contact_id: UUID
    draft: ContactDraft
    reason_code: str | None
    note: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CancelContact:
    participant_id: UUID
    contact_id: UUID
    reason_code: str
    version: int | None = None


async def log_contact(command: LogContact, work: UnitOfWork) -> Kept[Contact]:
    """Raises the refusals of `contacts.log`."""
    async with store.change(command.participant_id, command.version, work) as file:
        contact_id = new_id(work.now)
        file.tell(contacts.log(file.parcours, contact_id, command.draft, work.today), note=command.note)
        _restate_first_interviews(file)
        return file.kept(file.parcours.contacts[contact_id])


async def correct_contact(command: CorrectContact, work: UnitOfWork) -> Kept[Contact]:
    """Raises the refusals of `contacts.correct`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = contacts.correct(
            file.parcours, command.contact_id, command.draft, work.today, reason_code=command.reason_code
        )
        file.tell(event, note=command.note)
        _restate_first_interviews(file)
        return file.kept(file.parcours.contacts[command.contact_id])


async def cancel_contact(command: CancelContact, work: UnitOfWork) -> Kept[ContactCancelled]:
    """Raises the refusals of `contacts.cancel`."""
    async with store.change(command.participant_id, command.version, work) as file:
        event = contacts.cancel(file.parcours, command.contact_id, reason_code=command.reason_code)
        file.tell(event)
        _restate_first_interviews(file)
        return file.kept(event)


def _restate_first_interviews(file: File) -> None:
    for event in contacts.first_interviews_to_restate(file.parcours):
        file.tell(event, note=file.parcours.contacts[event.contact_id].note)
