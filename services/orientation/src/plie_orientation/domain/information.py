"""What the commission asks of a prescriber and what is answered: facts in their own fields, the rest as a text.

The answer goes to the commission in the identity snapshot; the codes alone travel on the notice. Invariant: a code is
answered by what was given for it, never because it was asked.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict, Invalid, NotFound
from plie_chassis.typesetting import typeset
from plie_contracts.events import OrientationSubmitted
from plie_contracts.vocabulary import label
from plie_orientation.domain.orientations import ADMITTED, REFUSED, WITHDRAWN, Orientation
from plie_orientation.domain.rules import at_field

OVER = frozenset({ADMITTED, REFUSED, WITHDRAWN})
"""In these nothing is waited for any more."""

TEXT: Final = "motivation"
"""The field that holds what is written for the commission, and the code of its own question."""
PROOF_OF_ADDRESS: Final = "justificatif-domicile"

GIVEN_BY: Final[Mapping[str, Set[str]]] = MappingProxyType(
    {
        "coordonnees": {"person.address", "person.phone", "person.email"},
        "situation-emploi": {
            "situation.employment",
            "situation.unemployed_since",
            "situation.rsa_recipient",
            "situation.first_time_jobseeker",
            "situation.entering_iae",
            "situation.precarious_jobs",
            "barriers",
        },
        "adhesion": {"adhesion.given", "adhesion.on"},
        "parcours-anterieur": {"situation.education_level", "situation.foreign_diploma"},
    }
)
"""The fields that answer a code; the other codes are answered by a text, or by a proof that was seen."""

MAY_CHANGE: Final[Set[str]] = {
    *(field for fields in GIVEN_BY.values() for field in fields),
    *(TEXT, "person.sex", "situation.qpv_resident", "situation.disability", "continuity.reason"),
    *("prescriber.advisor", "prescriber.advisor_email"),
}
"""What a corrected submission may say anew; who the person is, where they live and who orients stay as they were."""

PROOFS: Final = MappingProxyType(
    {
        "facture": "facture d’énergie, d’eau ou de téléphone",
        "quittance": "quittance de loyer",
        "avis-imposition": "avis d’imposition",
        "attestation-hebergement": "attestation d’hébergement ou de domiciliation",
    }
)
"""What a prescriber has seen as a proof of address: code → French. The code is this service's own."""


class UnknownRequest(NotFound):
    code = "information.unknown-request"
    title = "Demande introuvable"

    def __init__(self) -> None:
        super().__init__("La commission n’a pas fait cette demande pour cette orientation.")


class AlreadyAnswered(Conflict):
    code = "information.answered"
    title = "Demande déjà traitée"


class NoLongerAsked(Conflict):
    code = "information.over"
    title = "Réponse devenue inutile"


class EmptyAnswer(Invalid):
    code = "information.empty-answer"
    title = "Réponse vide"


@dataclass(frozen=True)
class Answer:
    """None leaves what is there; `text` is for the commission to read, `text_answers` the codes that it answers."""

    text: str | None = None
    text_answers: tuple[str, ...] = ()
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    employment: str | None = None
    unemployed_since: date | None = None
    barriers: tuple[str, ...] | None = None
    education_level: int | None = None
    adhesion_given: bool | None = None
    adhesion_on: date | None = None
    proof_of_address: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What is given, by the name of its field in the orientation."""
        named = {
            "person.address": self.address,
            "person.phone": self.phone,
            "person.email": self.email,
            "situation.employment": self.employment,
            "situation.unemployed_since": self.unemployed_since,
            "situation.education_level": self.education_level,
            "barriers": self.barriers,
            "adhesion.given": self.adhesion_given,
            "adhesion.on": self.adhesion_on,
        }
        return {name: value for name, value in named.items() if value is not None}


def still_asked(orientation: Orientation, answered_on: date | None) -> None:
    """Raises AlreadyAnswered, NoLongerAsked."""
    if answered_on is not None:
        raise AlreadyAnswered(f"Cette demande a reçu sa réponse le {long_date(answered_on)}. Rien n’est changé.")
    if orientation.status in OVER:
        raise NoLongerAsked("La commission n’attend plus de réponse pour cette orientation. Rien n’est envoyé.")


def is_waited_for(status: str) -> bool:
    return status not in OVER


def left(asked: Sequence[str], answered: Sequence[str]) -> list[str]:
    """The codes that still wait for their answer."""
    return [code for code in asked if code not in answered]


def answered(waiting: Sequence[str], answer: Answer) -> list[str]:
    """The codes of `waiting` that an answer answers. Raises EmptyAnswer where there is none."""
    found = _by_fields(waiting, answer.fields)
    if answer.proof_of_address is not None:
        found |= {PROOF_OF_ADDRESS}
    if answer.text is not None:
        found |= set(answer.text_answers) or _by_text(waiting, found)
    told = [code for code in waiting if code in found]
    if not told:
        raise _nothing(waiting, "text_answers" if answer.text is not None else "text")
    return told


def changed(before: OrientationSubmitted, after: OrientationSubmitted) -> Set[str]:
    """The fields in which a submission differs from what is known, by name."""
    known, told = _flat(before.model_dump()), _flat(after.model_dump())
    return {name for name in known.keys() | told.keys() if known.get(name) != told.get(name)}


def answered_by_correction(waiting: Sequence[str], fields: Set[str]) -> list[str]:
    """The codes that a corrected submission answers by the fields in which it differs."""
    found = _by_fields(waiting, fields)
    if TEXT in fields:
        found |= _by_text(waiting, found)
    return [code for code in waiting if code in found]


def concerns_what_is_asked(waiting: Sequence[str], fields: Set[str]) -> None:
    """Words and an address may answer any code without a field of its own; which one, the producer says apart.

    Raises EmptyAnswer.
    """
    words = {TEXT, "person.address", "continuity.reason"} & fields
    if not _by_fields(waiting, fields) and not (words and set(waiting) - GIVEN_BY.keys()):
        raise _nothing(waiting, TEXT)


def completed(draft: OrientationSubmitted, answer: Answer, today: date) -> dict[str, Any]:
    """The orientation's fields with the answer in them, still to be validated."""
    told = draft.model_dump()
    for path, value in answer.fields.items():
        *parents, name = path.split(".")
        part = told
        for parent in parents:
            part = part[parent]
        part[name] = value
    lines = []
    if answer.proof_of_address is not None:
        proof = PROOFS[answer.proof_of_address]
        lines.append(typeset(f"Justificatif de domicile vu le {long_date(today)} : {proof}."))
    if answer.text is not None:
        lines.append(typeset(f"Réponse du {long_date(today)} :") + f" {answer.text}")
    if lines:
        told[TEXT] = "\n\n".join([*filter(None, [draft.motivation]), *lines])
    return told


def _by_fields(waiting: Sequence[str], fields: Set[str] | Mapping[str, Any]) -> set[str]:
    return {code for code in waiting if not GIVEN_BY.get(code, frozenset()).isdisjoint(fields)}


def _by_text(waiting: Sequence[str], otherwise: Set[str]) -> set[str]:
    """Without a word on what it answers, a text is the motivation where that is asked, or answers the only code left."""
    unanswered = [code for code in waiting if code not in otherwise]
    if TEXT in unanswered:
        return {TEXT}
    return set(unanswered) if len(unanswered) == 1 else set()


def _nothing(waiting: Sequence[str], path: str) -> Invalid:
    asked = ", ".join(label("information", code) for code in waiting)
    how = "Cochez à quoi votre texte répond" if path == "text_answers" else "Répondez à ce qui est demandé"
    return at_field(path, EmptyAnswer, f"{how} : {asked}. Rien n’est envoyé.")


def _flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
