"""What the commission asks of a prescriber and what is answered: facts in their own fields, the rest as a text.

The answer goes to the commission in the identity snapshot; the codes alone travel on the notice.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict, Invalid, NotFound
from plie_chassis.typesetting import NBSP
from plie_contracts.events import OrientationSubmitted
from plie_orientation.domain.orientations import ADMITTED, REFUSED, WITHDRAWN, Orientation
from plie_orientation.domain.rules import at_field

OVER = frozenset({ADMITTED, REFUSED, WITHDRAWN})
"""In these nothing is waited for any more."""


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
    """None leaves what is there; `text` is for the commission to read."""

    text: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    employment: str | None = None
    unemployed_since: date | None = None
    adhesion_given: bool | None = None
    adhesion_on: date | None = None


def still_asked(orientation: Orientation, answered_on: date | None) -> None:
    """Raises AlreadyAnswered, NoLongerAsked."""
    if answered_on is not None:
        raise AlreadyAnswered(f"Cette demande a reçu sa réponse le {long_date(answered_on)}. Rien n’est changé.")
    if orientation.status in OVER:
        raise NoLongerAsked("La commission n’attend plus de réponse pour cette orientation. Rien n’est envoyé.")


def is_waited_for(status: str) -> bool:
    return status not in OVER


def completed(draft: OrientationSubmitted, answer: Answer, today: date) -> dict[str, Any]:
    """The orientation's fields with the answer in them, still to be validated. Raises EmptyAnswer."""
    if answer == Answer():
        raise at_field(
            "text",
            EmptyAnswer,
            f"Répondez à ce qui est demandé, par un champ ou par un texte{NBSP}; rien n’est envoyé.",
        )
    told = draft.model_dump()
    for part, name, value in (
        ("person", "address", answer.address),
        ("person", "phone", answer.phone),
        ("person", "email", answer.email),
        ("situation", "employment", answer.employment),
        ("situation", "unemployed_since", answer.unemployed_since),
        ("adhesion", "given", answer.adhesion_given),
        ("adhesion", "on", answer.adhesion_on),
    ):
        if value is not None:
            told[part][name] = value
    if answer.text is not None:
        line = f"Réponse du {long_date(today)}{NBSP}: {answer.text}"
        told["motivation"] = f"{draft.motivation}\n\n{line}" if draft.motivation else line
    return told
