"""Engagement contracts: signed after the first interview in person, of a kind that is open to the person.

Field text: « premier contact … par un entretien physique … notamment pour l’élaboration et la signature du contrat PLIE ».
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict, FieldError, Invalid
from plie_contracts import vocabulary
from plie_contracts.events import ContractSigned
from plie_parcours.domain.parcours import Parcours, since_admission, under_way

CONTRAT_ENGAGEMENT_SINCE = date(2025, 1, 1)


class NoFirstInterview(Conflict):
    code = "contract.no-first-interview"
    title = "Premier entretien manquant"


class SignedBeforeFirstInterview(Invalid):
    code = "contract.before-first-interview"
    title = "Signature avant le premier entretien"


class EndsBeforeSignature(Invalid):
    code = "contract.ends-before-signature"
    title = "Fin antérieure à la signature"


class KindNotOpen(Invalid):
    code = "contract.kind-not-open"
    title = "Contrat non ouvert à cette personne"


@dataclass(frozen=True, slots=True)
class ContractDraft:
    kind: str
    signed_on: date
    ends_on: date | None = None


def sign(
    parcours: Parcours, contract_id: UUID, draft: ContractDraft, today: date, *, rsa_recipient: bool | None
) -> ContractSigned:
    """`rsa_recipient` is None while the identity has not arrived.

    Raises NoFirstInterview, SignedBeforeFirstInterview, EndsBeforeSignature, KindNotOpen and the refusals of a date.
    """
    under_way(parcours)
    since_admission(parcours, draft.signed_on, today, "signed_on")
    signed_after_the_first_interview(parcours, draft.signed_on)
    ends_after_it_is_signed(draft)
    kind_is_open_to_the_person(draft, rsa_recipient=rsa_recipient)
    return ContractSigned(
        **parcours.subject, contract_id=contract_id, kind=draft.kind, signed_on=draft.signed_on, ends_on=draft.ends_on
    )


def signed_after_the_first_interview(parcours: Parcours, signed_on: date) -> None:
    """The first interview is in person and comes before the contract, or on its day."""
    first = parcours.first_interview
    if first is None:
        raise NoFirstInterview(
            "Le contrat se signe au premier entretien en présentiel ou après lui, et aucun n’est noté."
            " Notez d’abord ce contact, honoré et en présentiel."
        )
    if signed_on < first.occurred_on:
        message = (
            f"Le contrat se signe au premier entretien du {long_date(first.occurred_on)} ou après lui."
            " Indiquez une date égale ou postérieure."
        )
        raise SignedBeforeFirstInterview(
            message, errors=[FieldError("signed_on", SignedBeforeFirstInterview.code, message)]
        )


def ends_after_it_is_signed(draft: ContractDraft) -> None:
    if draft.ends_on is not None and draft.ends_on < draft.signed_on:
        message = (
            f"La fin précède la signature du {long_date(draft.signed_on)}. Indiquez une date égale ou postérieure."
        )
        raise EndsBeforeSignature(message, errors=[FieldError("ends_on", EndsBeforeSignature.code, message)])


def kind_is_open_to_the_person(draft: ContractDraft, *, rsa_recipient: bool | None) -> None:
    """The contrat PLIE is for everyone, the others for RSA recipients, the contrat d’engagement since 1 January 2025."""
    name = vocabulary.label("contract-kind", draft.kind)
    if draft.kind == "contrat-engagement" and draft.signed_on < CONTRAT_ENGAGEMENT_SINCE:
        message = f"Le {name} existe depuis le {long_date(CONTRAT_ENGAGEMENT_SINCE)}. Choisissez un autre contrat."
    elif draft.kind != "contrat-plie" and rsa_recipient is False:
        message = f"Le {name} concerne les bénéficiaires du RSA. Choisissez le contrat PLIE, ouvert à tous."
    else:
        return
    raise KindNotOpen(message, errors=[FieldError("kind", KindNotOpen.code, message)])
