"""Saying that two files are one person, or are not: always somebody's statement, never a score's, and it can be undone.

Between admitted people it is announced by ParticipantMerged; the participant who was known first is kept.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.problems import Conflict, Invalid
from plie_contracts.events import ParticipantMerged, ParticipantUnmerged


class SameFile(Invalid):
    code = "recognition.same-file"
    title = "Un seul dossier"


class IdentityMissing(Conflict):
    code = "recognition.identity-missing"
    title = "Identité à recevoir"


class AlreadyStated(Conflict):
    code = "recognition.already-stated"
    title = "Réponse déjà donnée"


class AlreadyUndone(Conflict):
    code = "recognition.already-undone"
    title = "Réponse déjà annulée"


class AdmittedTogether(Conflict):
    code = "recognition.admitted-together"
    title = "Admis sous la même identité"


@dataclass(frozen=True)
class Subject:
    """A file as far as recognising goes; `participant_id` only once admitted, `named` once the identity is here."""

    orientation_id: UUID
    name: str
    named: bool
    participant_id: UUID | None


def may_be_compared(one: Subject, other: Subject) -> None:
    """Raises SameFile, IdentityMissing."""
    if one.orientation_id == other.orientation_id:
        raise SameFile("C’est le même dossier : il n’y a rien à rapprocher.")
    for subject in (one, other):
        if not subject.named:
            raise IdentityMissing("Un dossier dont l’identité n’est pas encore arrivée ne se rapproche d’aucun autre.")


def merge(one: Subject, other: Subject, today: date) -> ParticipantMerged | None:
    """The announcement, where both were admitted under different ids; ids are given in the order of time."""
    if one.participant_id is None or other.participant_id is None or one.participant_id == other.participant_id:
        return None
    kept, merged = sorted((one, other), key=lambda subject: str(subject.participant_id))
    return ParticipantMerged(
        orientation_id=merged.orientation_id,
        participant_id=_known(merged.participant_id),
        merged_into=_known(kept.participant_id),
        merged_on=today,
    )


def unmerge(merged: UUID, into: UUID, orientation_id: UUID, today: date) -> ParticipantUnmerged:
    return ParticipantUnmerged(
        orientation_id=orientation_id, participant_id=merged, merged_into=into, unmerged_on=today
    )


def was_not_used_by_an_admission(one: Subject, other: Subject) -> None:
    """An admission gave both files one participant: only a rectified decision parts them. Raises AdmittedTogether."""
    if one.participant_id is not None and one.participant_id == other.participant_id:
        raise AdmittedTogether(
            f"{one.name} et {other.name} ont été admis comme une seule personne. Rectifiez d’abord la décision."
        )


def came_back(since: Subject) -> AdmittedTogether:
    """Without the merge, the re-entry would be the wrong person's."""
    return AdmittedTogether(
        f"{since.name} a été admis depuis sous l’identité réunie (parcours suivant). Rectifiez d’abord cette décision."
    )


def _known(participant_id: UUID | None) -> UUID:
    if participant_id is None:
        raise ValueError("only admitted people are merged")
    return participant_id
