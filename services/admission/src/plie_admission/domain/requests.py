"""Asking the prescriber for what a file lacks: codes of a vocabulary go out, codes come back; texts travel in the snapshot."""

from collections.abc import Sequence, Set
from uuid import UUID

from plie_admission.domain import files
from plie_admission.domain.files import EXAMINABLE, LABELS, File, Status
from plie_chassis.problems import Conflict, FieldError, Invalid
from plie_contracts.events import InformationRequested
from plie_contracts.vocabulary import codes, label

ASKED_FOR = {
    "contact": "coordonnees",
    "adhesion": "adhesion",
    "unemployed_since": "situation-emploi",
    "education_level": "parcours-anterieur",
    "barriers": "situation-emploi",
    "motivation": "motivation",
    "continuity_reason": "justificatif-domicile",
}
"""What is asked of the prescriber for each thing that a file may lack (`completeness.py`)."""


class NothingAsked(Invalid):
    code = "request.nothing-asked"
    title = "Rien n’est demandé"


class InformationUnknown(Invalid):
    code = "request.code-unknown"
    title = "Information inconnue"


class AlreadyAsked(Conflict):
    code = "request.already-asked"
    title = "Déjà demandé"


class TooLateToAsk(Conflict):
    code = "request.file-decided"
    title = "Dossier déjà décidé"


def ask(request_id: UUID, file: File, asked: Sequence[str], waiting_for: Set[str]) -> InformationRequested:
    """`waiting_for` is what was asked and has no answer yet.

    Raises NothingAsked, InformationUnknown, AlreadyAsked, TooLateToAsk, FileWithdrawn, FileRedirected, FileTransferred.
    """
    files.is_still_addressed_here(file)
    if file.status not in EXAMINABLE | {Status.IN_COMMISSION}:
        raise TooLateToAsk(f"Le dossier de {file.name} est {LABELS[file.status]} : il n’y a plus rien à demander.")
    if not asked:
        raise _refusal(NothingAsked, "Choisissez au moins une information à demander au prescripteur.")
    for code in asked:
        if code not in codes("information"):
            raise _refusal(InformationUnknown, f"« {code} » n’est pas une information qui se demande.")
    again = [code for code in asked if code in waiting_for]
    if again:
        named = ", ".join(label("information", code) for code in again)
        message = f"Le prescripteur n’a pas encore répondu : {named}. Attendez sa réponse, ou appelez-le."
        raise AlreadyAsked(message, errors=[FieldError("asked", AlreadyAsked.code, message)])
    return InformationRequested(
        request_id=request_id, orientation_id=file.orientation_id, asked=tuple(dict.fromkeys(asked))
    )


def unanswered(asked: Sequence[str], answered: Sequence[str]) -> list[str]:
    """What is still to come, in the order it was asked."""
    return [code for code in asked if code not in answered]


def _refusal(problem: type[Invalid], message: str) -> Invalid:
    return problem(message, errors=[FieldError("asked", problem.code, message)])
