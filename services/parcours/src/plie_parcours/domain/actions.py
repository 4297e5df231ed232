"""Collective actions (workshops, information meetings…), traced person by person with their hours.

Field text: « une participation à une action collective … qui fera l’objet d’une traçabilité dans son parcours ».
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.problems import Conflict
from plie_contracts.events import ActionAttended
from plie_parcours.domain.parcours import Parcours, has_happened, since_admission, under_way


class AttendanceKnown(Conflict):
    code = "action.attendance-known"
    title = "Présence déjà notée"


@dataclass(frozen=True, slots=True)
class Action:
    """A collective action held on a date; `hours` is what a person who was there all along attended."""

    action_id: UUID
    kind: str
    title: str
    held_on: date
    hours: float


def attend(parcours: Parcours, action: Action, *, present: bool, today: date) -> ActionAttended:
    """Presence of a participant; noting it again with another answer corrects it.

    Raises AttendanceKnown, DateInFuture, DateBeforeAdmission, NotOpened, ParcoursIsEnded.
    """
    under_way(parcours)
    has_happened(action.held_on, today, "held_on")
    since_admission(parcours, action.held_on, today, "held_on")
    known = parcours.attendances.get(action.action_id)
    if known is not None and known.present == present:
        raise AttendanceKnown("Cette présence est déjà notée ainsi. Rien n’a été enregistré.")
    return ActionAttended(
        **parcours.subject,
        action_id=action.action_id,
        action_kind=action.kind,
        held_on=action.held_on,
        hours=action.hours if present else 0.0,
        present=present,
    )
