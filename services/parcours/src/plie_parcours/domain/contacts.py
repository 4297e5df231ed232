"""Contacts of a référent with a participant; the first honoured one in person is the first interview.

Invariant: of the contacts that stand, only the earliest interview in person is marked as the first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict, NotFound
from plie_contracts.events import ContactCancelled, ContactCorrected, ContactLogged
from plie_parcours.domain.parcours import Parcours, since_admission, under_way
from plie_parcours.domain.records import Contact


class ContactNotFound(NotFound):
    code = "contact.not-found"
    title = "Contact introuvable"


class ContractRestsOnContact(Conflict):
    code = "contact.contract-rests-on-it"
    title = "Un contrat repose sur ce contact"


@dataclass(frozen=True, slots=True)
class ContactDraft:
    occurred_on: date
    medium: str
    outcome: str
    format: str | None = None
    with_referent: bool | None = None
    duration_minutes: int | None = None


def log(parcours: Parcours, contact_id: UUID, draft: ContactDraft, today: date) -> ContactLogged:
    """A contact of a référent with a participant.

    The first honoured contact in person is the first interview (field text « premier contact … par un entretien
    physique »). Raises DateInFuture, DateBeforeAdmission, NotOpened, ParcoursIsEnded.
    """
    referent_id = under_way(parcours)
    since_admission(parcours, draft.occurred_on, today, "occurred_on")
    contact = _contact(contact_id, draft, referent_id, parcours.stage_on(draft.occurred_on))
    first = first_interview_among([*parcours.contacts.values(), contact])
    return ContactLogged(**parcours.subject, **_state(contact, is_first=first == contact))


def correct(
    parcours: Parcours, contact_id: UUID, draft: ContactDraft, today: date, *, reason_code: str | None
) -> ContactCorrected:
    """The full new state of a contact; its référent stays, its stage follows its date.

    Raises ContactNotFound, ContractRestsOnContact and the refusals of `log`.
    """
    under_way(parcours)
    before = contact_of(parcours, contact_id)
    since_admission(parcours, draft.occurred_on, today, "occurred_on")
    stage = before.stage if draft.occurred_on == before.occurred_on else parcours.stage_on(draft.occurred_on)
    contact = _contact(contact_id, draft, before.referent_id, stage)
    remaining = [*_others(parcours, contact_id), contact]
    contracts_keep_their_first_interview(parcours, remaining)
    is_first = first_interview_among(remaining) == contact
    return ContactCorrected(**parcours.subject, **_state(contact, is_first=is_first), reason_code=reason_code)


def cancel(parcours: Parcours, contact_id: UUID, *, reason_code: str) -> ContactCancelled:
    """The contact never took place. Raises ContactNotFound, ContractRestsOnContact, ParcoursIsEnded."""
    under_way(parcours)
    contact_of(parcours, contact_id)
    contracts_keep_their_first_interview(parcours, _others(parcours, contact_id))
    return ContactCancelled(**parcours.subject, contact_id=contact_id, reason_code=reason_code)


def first_interviews_to_restate(parcours: Parcours) -> Iterator[ContactCorrected]:
    """Corrections of contacts whose mark as first interview no longer holds, once another contact changed."""
    first = first_interview_among(parcours.contacts.values())
    for contact in parcours.contacts_by_date:
        is_first = contact == first
        if contact.first_interview != is_first:
            yield ContactCorrected(
                **parcours.subject, **_state(contact, is_first=is_first), reason_code="erreur-saisie"
            )


def first_interview_among(contacts: Iterable[Contact]) -> Contact | None:
    """The earliest honoured contact in person with the référent."""
    interviews = [contact for contact in contacts if contact.is_interview_in_person]
    return min(interviews, key=lambda contact: (contact.occurred_on, contact.contact_id), default=None)


def contracts_keep_their_first_interview(parcours: Parcours, remaining: Iterable[Contact]) -> None:
    """A signed contract needs a first interview before it. Raises ContractRestsOnContact."""
    if not parcours.contracts:
        return
    signed_on = min(contract.signed_on for contract in parcours.contracts.values())
    first = first_interview_among(remaining)
    if first is None or first.occurred_on > signed_on:
        raise ContractRestsOnContact(
            f"Le contrat signé le {long_date(signed_on)} repose sur ce premier entretien en présentiel."
            " Notez d’abord l’entretien qui a eu lieu avant la signature, puis changez celui-ci."
        )


def contact_of(parcours: Parcours, contact_id: UUID) -> Contact:
    contact = parcours.contacts.get(contact_id)
    if contact is None:
        raise ContactNotFound("Ce contact n’existe pas dans le parcours en cours, ou il a été annulé.")
    return contact


def _others(parcours: Parcours, contact_id: UUID) -> list[Contact]:
    return [contact for contact in parcours.contacts.values() if contact.contact_id != contact_id]


def _contact(contact_id: UUID, draft: ContactDraft, referent_id: str, stage: str) -> Contact:
    return Contact(
        contact_id=contact_id,
        occurred_on=draft.occurred_on,
        medium=draft.medium,
        format=draft.format,
        with_referent=draft.with_referent is not False,
        outcome=draft.outcome,
        duration_minutes=draft.duration_minutes,
        referent_id=referent_id,
        stage=stage,
        first_interview=False,
    )


def _state(contact: Contact, *, is_first: bool) -> dict[str, Any]:
    return {
        "contact_id": contact.contact_id,
        "occurred_on": contact.occurred_on,
        "medium": contact.medium,
        "format": contact.format,
        "with_referent": contact.with_referent,
        "outcome": contact.outcome,
        "duration_minutes": contact.duration_minutes,
        "referent_id": contact.referent_id,
        "stage": contact.stage,
        "first_interview": is_first,
    }
