"""A file of the commission as a state machine: pending, in commission, then admitted, deferred or refused.

A deferral is a decision, after which the file comes back; a withdrawal only reaches a file without any decision.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from plie_admission.domain import sessions
from plie_admission.domain.sessions import Session
from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict
from plie_contracts.events import OrientationScheduled


class Status(StrEnum):
    PENDING = "pending"
    IN_COMMISSION = "in-commission"
    DEFERRED = "deferred"
    ADMITTED = "admitted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REDIRECTED = "redirected"
    TRANSFERRED = "transferred"


EXAMINABLE = frozenset({Status.PENDING, Status.DEFERRED})
"""What a session may take up."""

LABELS = {
    Status.PENDING: "à examiner",
    Status.IN_COMMISSION: "en commission",
    Status.DEFERRED: "ajourné",
    Status.ADMITTED: "admis",
    Status.REFUSED: "refusé",
    Status.WITHDRAWN: "retiré",
    Status.REDIRECTED: "réadressé",
    Status.TRANSFERRED: "transféré",
}


class FileWithdrawn(Conflict):
    code = "file.withdrawn"
    title = "Orientation retirée"


class FileRedirected(Conflict):
    code = "file.redirected"
    title = "Orientation réadressée"


class FileTransferred(Conflict):
    code = "file.transferred"
    title = "Dossier transféré"


class FileDecided(Conflict):
    code = "file.decided"
    title = "Dossier déjà décidé"


class AlreadyOnAgenda(Conflict):
    code = "agenda.already-listed"
    title = "Dossier déjà à l’ordre du jour"


class OnAnotherAgenda(Conflict):
    code = "agenda.elsewhere"
    title = "Dossier à l’ordre du jour d’une autre séance"


class FollowedUp(Conflict):
    code = "agenda.follow-up"
    title = "Point de suivi"


class NotOnAgenda(Conflict):
    code = "agenda.not-listed"
    title = "Dossier absent de l’ordre du jour"


@dataclass(frozen=True)
class File:
    """`session_id` is the open session whose agenda lists the file; `decided_in` the session of its last decision.

    `opinions` counts those given on the parcours that the file opened.
    """

    orientation_id: UUID
    status: Status
    name: str
    session_id: UUID | None = None
    decisions: int = 0
    decided_in: UUID | None = None
    defer_until: date | None = None
    withdrawn_on: date | None = None
    opinions: int = 0

    def status_on(self, today: date) -> Status:
        """A deferred file is pending again from the day it was deferred to."""
        if self.status is Status.DEFERRED and self.defer_until is not None and self.defer_until <= today:
            return Status.PENDING
        return self.status


def schedule(file: File, session: Session) -> OrientationScheduled:
    """Put a pending or deferred file on the agenda of an open session.

    Raises SessionClosed, FileWithdrawn, FileRedirected, FileTransferred, FileDecided, AlreadyOnAgenda, OnAnotherAgenda.
    """
    sessions.is_still_open(session)
    is_still_addressed_here(file)
    if file.status in {Status.ADMITTED, Status.REFUSED}:
        raise FileDecided(
            f"Le dossier de {file.name} est déjà {LABELS[file.status]}. Rectifiez la décision, "
            "ou attendez une nouvelle orientation."
        )
    if file.session_id == session.session_id:
        raise AlreadyOnAgenda(f"Le dossier de {file.name} est déjà à l’ordre du jour de cette séance.")
    if file.session_id is not None:
        raise OnAnotherAgenda(
            f"Le dossier de {file.name} est à l’ordre du jour d’une autre séance : retirez-le d’abord."
        )
    return scheduled(file, session)


def scheduled(file: File, session: Session) -> OrientationScheduled:
    """Said again when the session moves to another day."""
    return OrientationScheduled(
        orientation_id=file.orientation_id, session_id=session.session_id, held_on=session.held_on
    )


def is_still_addressed_here(file: File) -> None:
    """Raises FileWithdrawn, FileRedirected, FileTransferred."""
    if file.status is Status.WITHDRAWN:
        day = f" le {long_date(file.withdrawn_on)}" if file.withdrawn_on else ""
        raise FileWithdrawn(f"Le prescripteur a retiré l’orientation de {file.name}{day}.")
    if file.status is Status.REDIRECTED:
        raise FileRedirected(f"Le prescripteur a réadressé l’orientation de {file.name} à une autre commission.")
    if file.status is Status.TRANSFERRED:
        raise FileTransferred("Ce dossier a été transféré : l’autre commission l’examine.")


def is_on_the_agenda_of(file: File, session: Session) -> None:
    """Raises NotOnAgenda."""
    if file.session_id != session.session_id:
        raise NotOnAgenda(
            f"Le dossier de {file.name} n’est pas à l’ordre du jour de la séance du {long_date(session.held_on)}. "
            "Ajoutez-le avant de décider."
        )


def is_to_be_decided(file: File) -> None:
    """An item of follow-up asks for an opinion, not for a decision. Raises FollowedUp."""
    if file.status is Status.ADMITTED:
        raise FollowedUp(f"{file.name} est à l’ordre du jour pour un point de suivi : donnez un avis.")


def withdrawal_is_in_time(file: File) -> bool:
    """Until a first decision is published; after it the decision wins and the prescriber is told."""
    return file.decisions == 0


def status_off_the_agenda(file: File) -> Status:
    """What a file is again when a session lets it go without a decision; one that was followed stays admitted."""
    if file.status is Status.ADMITTED:
        return file.status
    return Status.DEFERRED if file.decisions else Status.PENDING
